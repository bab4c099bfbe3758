"""How Paddock talks to PostgreSQL.

`schema.sql` is the first file to read; `roles.sql` says who may do what. `connect` opens
connections as one program's role, `queries` loads the named statements, `queue` serves the
claimable tables, `migrate` brings a database up to the schema, `cluster` runs the project's own
server when no `DATABASE_URL` names one.
"""
