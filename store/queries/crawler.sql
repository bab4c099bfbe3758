-- The crawler's statements: what a run appends, and the record it leaves. Claims are in queue.sql.

-- stamp --
-- The run's one observed_at: the wanted time, or the database's now; and whether it lies too far ahead to be stored.
SELECT coalesce(%(wanted)s::timestamptz, now()) AS observed_at,
       coalesce(%(wanted)s::timestamptz > now() + interval '10 minutes', false) AS is_ahead;

-- lock_pages --
-- Wait for every other run that appends to the same pages, in one order for all, so that nobody deadlocks.
SELECT count(pg_advisory_xact_lock(page.lock))
FROM (
    SELECT DISTINCT hashtextextended(concat_ws(E'\n', o.source, o.kind, o.url, o.organization_id), 7) AS lock
    FROM unnest(%(sources)s::text[], %(kinds)s::text[], %(urls)s::text[], %(organizations)s::uuid[])
        o (source, kind, url, organization_id)
    ORDER BY lock
) page;

-- append_observations --
-- Append observations whose key is new. Where `always` is not set, one that says the same as the newest of its page is
-- left out; a later one on record makes it history, which is never left out. The pages must be locked before: this
-- statement's snapshot has to be younger than the locks.
INSERT INTO import_queue (key, source, kind, version, url, organization_id, observed_at, payload_hash, raw_data, run_id)
SELECT DISTINCT ON (o.key)
       o.key, o.source, o.kind, o.version, o.url, o.organization_id, o.observed_at, o.payload_hash, o.raw_data::jsonb,
       o.run_id
FROM unnest(
    %(keys)s::text[], %(sources)s::text[], %(kinds)s::text[], %(versions)s::integer[], %(urls)s::text[],
    %(organizations)s::uuid[], %(times)s::timestamptz[], %(hashes)s::text[], %(contents)b::text[], %(runs)s::uuid[],
    %(always)s::boolean[]
) WITH ORDINALITY o (key, source, kind, version, url, organization_id, observed_at, payload_hash, raw_data, run_id,
                     always, position)
LEFT JOIN LATERAL (
    SELECT q.payload_hash = o.payload_hash AND (q.observed_at, q.key) <= (o.observed_at, o.key) AS is_mine
    FROM import_queue q
    WHERE NOT o.always
      AND q.url = o.url AND q.kind = o.kind AND q.source = o.source
      AND q.organization_id IS NOT DISTINCT FROM o.organization_id
    ORDER BY q.observed_at DESC, q.key DESC
    LIMIT 1
) newest ON true
WHERE newest.is_mine IS NOT TRUE
  AND NOT EXISTS (SELECT FROM import_queue q WHERE q.key = o.key)
ORDER BY o.key, o.position
RETURNING key;

-- upsert_sellers --
-- Put sellers on the roster's queue. Seeing one again keeps its status, and a known field is never lost to a null.
INSERT INTO classic_seller_queue AS q (profile_url, seller_type, seller_name)
SELECT s.profile_url, s.seller_type, s.seller_name
FROM unnest(%(urls)s::text[], %(types)s::text[], %(names)s::text[]) s (profile_url, seller_type, seller_name)
ORDER BY s.profile_url
ON CONFLICT (profile_url) DO UPDATE
SET seller_type = coalesce(excluded.seller_type, q.seller_type),
    seller_name = coalesce(excluded.seller_name, q.seller_name),
    last_seen_at = greatest(q.last_seen_at, excluded.last_seen_at),
    updated_at = now()
RETURNING q.profile_url, q.xmax = 0 AS is_new;

-- finished_by_token --
-- Whether a claim that was held with this token is already completed: every transition adds one to the token.
SELECT EXISTS (SELECT FROM {table} q WHERE q.id = %(id)s AND q.token = %(token)s + 1 AND q.status = 'completed');

-- open_run --
-- Record that a run began.
INSERT INTO crawl_runs (id, spider, arguments, observed_at)
VALUES (%(id)s, %(spider)s, %(arguments)s, %(observed_at)s)
ON CONFLICT (id) DO NOTHING;

-- close_run --
-- Record how a run ended; it is recorded even where its beginning was not.
INSERT INTO crawl_runs AS r (id, spider, arguments, observed_at, finished_at, finish_reason, exit_code, counts, errors,
                             outcomes)
VALUES (%(id)s, %(spider)s, %(arguments)s, %(observed_at)s, now(), %(finish_reason)s, %(exit_code)s, %(counts)s,
        %(errors)s, %(outcomes)s)
ON CONFLICT (id) DO UPDATE
SET finished_at = excluded.finished_at,
    finish_reason = excluded.finish_reason,
    exit_code = excluded.exit_code,
    counts = excluded.counts,
    errors = excluded.errors,
    outcomes = excluded.outcomes;

-- last_runs --
-- What the last runs of a spider counted that did not fail, newest first: what a run is compared with for thirty days.
SELECT r.counts
FROM crawl_runs r
WHERE r.spider = %(spider)s AND r.id <> %(id)s
  AND r.exit_code IN (0, 3) AND r.finish_reason = 'finished'
  AND r.observed_at < %(observed_at)s AND r.observed_at > %(observed_at)s::timestamptz - interval '30 days'
  AND r.counts ?| ARRAY['platforms', 'dealers']
ORDER BY r.observed_at DESC, r.id
LIMIT 40;
