-- Who may do what. Each program works as its own role, so the golden rule is not a convention: whoever but the
-- normalizer writes a canonical table is refused by the database. Applied by `python -m store roles` in one
-- transaction; it takes everything away first and may run again after every migration.
--
-- Everybody may read everything: no program keeps a secret from another.

-- Roles belong to the whole server, so another database's set-up may be making them at the same moment.
DO $$
DECLARE
    program  text;
    -- Since PostgreSQL 16, being a member does not imply that one may SET ROLE.
    may_set  constant text := CASE WHEN current_setting('server_version_num')::integer >= 160000
                                   THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    FOREACH program IN ARRAY ARRAY['paddock_crawler', 'paddock_normalizer', 'paddock_worker', 'paddock_operator',
                                   'paddock_archivist', 'paddock_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = program) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', program);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
        IF NOT pg_has_role(current_user, program, may_set) THEN
            BEGIN
                EXECUTE format('GRANT %I TO %I', program, current_user);
            EXCEPTION WHEN unique_violation THEN
                NULL;
            END;
        END IF;
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', program);
        EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM %I', program);
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', program);
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA public TO %I', program);
    END LOOP;

    -- Temporary tables are writing, too: only the normalizer stages its batches in them. A database copied from a
    -- template does not inherit this.
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO paddock_normalizer', current_database());
END
$$;

-- Before PostgreSQL 15 everybody could create tables here.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- ---------------------------------------------------------------------------------------------------- observations
-- Appended, never changed. Nobody who appends may choose the queue's columns: `created_at` is what `observed_at` is
-- checked against, and a row may not arrive finished.
GRANT INSERT (key, source, kind, version, url, organization_id, observed_at, payload_hash, raw_data, run_id)
    ON import_queue TO paddock_crawler, paddock_worker, paddock_operator;
-- The normalizer drains: it moves a row along. What was observed it touches for one purpose alone: a redaction, which
-- leaves a tombstone in its place (docs/decisions/0013).
GRANT UPDATE (raw_data, status, attempts, next_run_at, token, lease_until, locked_by, last_error, updated_at)
    ON import_queue TO paddock_normalizer;

-- The archivist alone takes rows away, whole months of them that are in a file, and puts them back as they were
-- (docs/decisions/0019).
GRANT INSERT, DELETE ON import_queue TO paddock_archivist;
GRANT INSERT, UPDATE, DELETE ON archive_files, observation_histories TO paddock_archivist;
-- A redaction reaches into the archive.
GRANT UPDATE (content) ON observation_histories TO paddock_normalizer;
GRANT UPDATE (stale) ON archive_files TO paddock_normalizer;

-- ---------------------------------------------------------------------------------------------------------- queues
GRANT INSERT, UPDATE (seller_type, seller_name, last_seen_at,
                      status, attempts, next_run_at, token, lease_until, locked_by, last_error, updated_at)
    ON classic_seller_queue TO paddock_crawler;

-- The schedule is the normalizer's; the crawler claims and finishes what is due.
-- It follows the organization where that merges into another.
GRANT INSERT, DELETE, UPDATE (organization_id, every, priority,
                              status, attempts, next_run_at, token, lease_until, locked_by, last_error, updated_at)
    ON organization_inventory_sync_queue TO paddock_normalizer;
GRANT UPDATE (last_run_at,
              status, attempts, next_run_at, token, lease_until, locked_by, last_error, updated_at)
    ON organization_inventory_sync_queue TO paddock_crawler;

GRANT INSERT ON job_queue TO paddock_normalizer;
GRANT DELETE, UPDATE (status, attempts, next_run_at, token, lease_until, locked_by, last_error, updated_at)
    ON job_queue TO paddock_worker;

-- The operator sends dead rows round again.
GRANT UPDATE (status, attempts, next_run_at, token, lease_until, locked_by, last_error, updated_at)
    ON classic_seller_queue, organization_inventory_sync_queue, job_queue TO paddock_operator;

-- ------------------------------------------------------------------------------------------------------- canonical
GRANT INSERT, UPDATE, DELETE
    ON businesses, business_aliases, vehicles, vehicle_aliases, vehicle_sources, vehicle_images,
       organization_images, organization_vehicles, dealer_inventory, dealer_inventory_seen, inventory_walks, vehicle_events,
       takedowns
    TO paddock_normalizer;
GRANT USAGE ON SEQUENCE canonical_revision TO paddock_normalizer;

-- ----------------------------------------------------------------------------------------------------- operational
GRANT INSERT, UPDATE ON crawl_runs, page_fetches TO paddock_crawler;
GRANT INSERT, UPDATE, DELETE ON grid_pages, rendered_sites TO paddock_crawler;
GRANT INSERT, DELETE ON walk_figures TO paddock_crawler;
GRANT INSERT, UPDATE, DELETE ON vehicle_links TO paddock_worker;
