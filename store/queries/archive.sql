-- The archive: which months there are, what leaves import_queue for a file, what is put back, and what is read again.

-- months --
-- The months, before a time, whose drained observations are not all in the archive: how many there are, and how many more
-- are pending; with the length of the slices that were begun.
SELECT q.month, q.drained, q.pending, f.digits, coalesce(f.files, 0)
FROM (SELECT date_trunc('month', observed_at AT TIME ZONE 'UTC')::date AS month,
             count(*) FILTER (WHERE status IN ('completed', 'skipped')) AS drained,
             count(*) FILTER (WHERE status IN ('pending', 'processing')) AS pending
      FROM import_queue
      WHERE observed_at >= '1990-01-01' AND observed_at < %(before)s AND status <> 'dead' GROUP BY 1) AS q
LEFT JOIN (SELECT month, max(length(slice)) AS digits, count(*) AS files FROM archive_files GROUP BY month) AS f
    ON f.month = q.month
WHERE f.files IS NULL OR f.files < power(16, f.digits)
ORDER BY q.month;

-- first_month_kept --
-- The month from which on everything stays: so many full ones before this one.
SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => %(keep)s))::date;

-- slices --
-- The slices of a month that are in the archive.
SELECT slice FROM archive_files WHERE month = %(month)s;

-- drained --
-- A month's drained observations of a range of handles, in the order of a file. What is asked for row by row stays in
-- import_queue, too: whatever decides organizations, rulings, points and relations; pictures that were fetched; the newest
-- drained observation of each page, which an appender compares with; and what a snapshot cites.
SELECT q.id, q.key, q.source, q.kind, q.version, q.url, q.organization_id, q.observed_at, q.payload_hash, q.run_id, q.status,
       q.last_error, q.created_at, q.raw_data::text AS content,
       q.organization_id IS NULL
       OR CASE q.kind
              WHEN 'listing' THEN false
              WHEN 'listing_detail' THEN false
              WHEN 'inventory_manifest' THEN false
              WHEN 'page_manifest' THEN q.raw_data->>'spider' IS DISTINCT FROM 'listings'
              WHEN 'image_fetch' THEN q.raw_data->>'outcome' IS DISTINCT FROM 'failed'
              ELSE true
          END
       OR NOT EXISTS (SELECT FROM import_queue n
                      WHERE n.url = q.url AND n.kind = q.kind AND n.source = q.source
                        AND n.organization_id = q.organization_id AND n.observed_at > q.observed_at
                        AND n.status IN ('completed', 'skipped'))
       OR EXISTS (SELECT FROM business_aliases a
                  JOIN vehicle_sources s ON s.dealer_id = a.organization_id AND s.observation_key = q.key
                  WHERE a.handle = q.organization_id) AS stays
FROM import_queue q
WHERE (q.organization_id BETWEEN %(first)s AND %(last)s OR (q.organization_id IS NULL AND %(nobodys)s))
  AND q.observed_at >= %(begin)s AND q.observed_at < %(end)s
  AND q.status IN ('completed', 'skipped')
ORDER BY q.organization_id NULLS FIRST, q.kind, q.url, q.observed_at, q.id;

-- catalogue --
-- Enter a file.
INSERT INTO archive_files (month, slice, file, sha256, bytes, rows, taken, first_observed_at, last_observed_at)
VALUES (%(month)s, %(slice)s, %(file)s, %(sha256)s, %(bytes)s, %(rows)s, %(taken)s, %(first)s, %(last)s);

-- replace_file --
-- Enter a file in the place of another one of the same rows.
UPDATE archive_files SET file = %(file)s, sha256 = %(sha256)s, bytes = %(bytes)s, stale = false
WHERE month = %(month)s AND slice = %(slice)s;

-- remember --
-- Keep what leaves import_queue where the rules read it.
INSERT INTO observation_histories (organization_id, month, kind, names, content)
VALUES (%(organization_id)s, %(month)s, %(kind)s, %(names)s, %(content)s);

-- take --
-- Take observations out of import_queue.
DELETE FROM import_queue WHERE id = ANY(%(ids)s);

-- files --
-- The files of the archive, the oldest month first.
SELECT month, slice, file, sha256, bytes, rows, taken, first_observed_at, last_observed_at, stale
FROM archive_files ORDER BY month, slice;

-- archived_months --
-- The months that are in the archive.
SELECT DISTINCT month FROM archive_files;

-- restore --
-- Put observations back as they were; those that stayed are there.
INSERT INTO import_queue (id, key, source, kind, version, url, organization_id, observed_at, payload_hash, raw_data, run_id,
                          status, last_error, created_at)
OVERRIDING SYSTEM VALUE
SELECT r.id, r.key, r.source, r.kind, r.version, r.url, r.organization_id, r.observed_at, r.payload_hash, r.raw_data,
       r.run_id, r.status, r.last_error, r.created_at
FROM unnest(%(lines)s::text[]) AS line,
     jsonb_to_record(line::jsonb) AS r (id bigint, key text, source text, kind text, version integer, url text,
         organization_id uuid, observed_at timestamptz, payload_hash text, raw_data jsonb, run_id uuid, status text,
         last_error text, created_at timestamptz)
WHERE NOT EXISTS (SELECT FROM import_queue q WHERE q.id = r.id);

-- forget_histories --
-- Forget the history of a slice that is back in import_queue.
DELETE FROM observation_histories WHERE month = %(month)s AND starts_with(organization_id::text, %(slice)s);

-- forget_file --
-- Take a file out of the catalogue.
DELETE FROM archive_files WHERE month = %(month)s AND slice = %(slice)s;

-- histories --
-- What has left import_queue of these handles, of some kinds.
SELECT organization_id, month, kind, content FROM observation_histories
WHERE organization_id = ANY(%(handles)s) AND kind = ANY(%(kinds)s)
ORDER BY organization_id, month, kind;

-- named --
-- The histories of these handles that hold observations whose keys begin so.
SELECT organization_id, month, kind, content FROM observation_histories
WHERE organization_id = ANY(%(handles)s) AND names && %(names)s::bigint[];

-- handles_of --
-- The handles of an organization.
SELECT handle FROM business_aliases WHERE organization_id = %(organization)s;

-- named_between --
-- The histories, of whomever, that hold an observation whose key begins within these bounds.
SELECT organization_id, month, kind, content FROM observation_histories
WHERE EXISTS (SELECT FROM unnest(names) AS name WHERE name BETWEEN %(first)s AND %(last)s);

-- rewrite --
-- Put another content in the place of a history.
UPDATE observation_histories SET content = %(content)s
WHERE organization_id = %(organization_id)s AND month = %(month)s AND kind = %(kind)s;

-- make_stale --
-- Note that a file holds what was redacted.
UPDATE archive_files SET stale = true
WHERE month = %(month)s AND starts_with(%(organization_id)s::text, slice) AND NOT stale;

-- stale --
-- How many files hold what was redacted.
SELECT count(*) FROM archive_files WHERE stale;

-- redactions --
-- The keys of the observations that rulings have redacted.
SELECT DISTINCT raw_data->>'observation' FROM import_queue
WHERE kind = 'ruling' AND raw_data->>'action' = 'redact' AND status = 'completed';

-- contents --
-- What import_queue holds of these observations.
SELECT id, raw_data::text FROM import_queue WHERE id = ANY(%(ids)s);
