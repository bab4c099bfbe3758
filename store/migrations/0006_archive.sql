-- The archive of import_queue: its catalogue, and what the rules still have to read of it.

-- One row is one file of the archive: the drained observations of one month, UTC, whose organization ids begin with `slice`
-- (those that name none begin with zeros). `taken` of its `rows` have left import_queue for
-- observation_histories. A `stale` file still holds what a ruling has redacted since.
CREATE TABLE archive_files (
    month             date NOT NULL CHECK (extract(day FROM month) = 1),
    slice             text NOT NULL CHECK (slice ~ '^[0-9a-f]{0,3}$'),
    file              text NOT NULL UNIQUE,
    sha256            text NOT NULL,
    bytes             bigint NOT NULL,
    rows              integer NOT NULL,
    taken             integer NOT NULL CHECK (taken <= rows),
    first_observed_at timestamptz,
    last_observed_at  timestamptz,
    stale             boolean NOT NULL DEFAULT false,
    archived_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (month, slice)
);

-- What has left import_queue, packed by normalizer/histories.py: the observations of one kind, stamped with one handle, of
-- one month. `names` are the beginnings of their keys, so that one can be found.
CREATE TABLE observation_histories (
    organization_id uuid NOT NULL,
    month           date NOT NULL,
    kind            text NOT NULL,
    names           bigint[] NOT NULL,
    content         bytea NOT NULL,
    PRIMARY KEY (organization_id, month, kind)
);
-- It is compressed already.
ALTER TABLE observation_histories ALTER COLUMN content SET STORAGE EXTERNAL;

-- What every run ends with.
CREATE INDEX inventory_walks_quarantined ON inventory_walks (dealer_id) WHERE verdict = 'quarantined';
