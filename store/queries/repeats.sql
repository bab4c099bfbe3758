-- Walks that saw exactly what the walks before them saw: what they change can be said without a fold.

-- repeated --
-- The organizations, of these, for which nothing is pending but walks that repeat the last ones, with the time of the
-- last ones and of the new ones. docs/decisions/0014 says why each condition is needed.
WITH member AS (
    SELECT handle, organization_id AS id FROM business_aliases WHERE organization_id = ANY(%(ids)s)
), waiting AS (
    SELECT m.id, q.id AS row, q.key, q.kind, q.source, q.url, q.version, q.organization_id AS handle, q.observed_at
    FROM member m JOIN import_queue q ON q.organization_id = m.handle AND q.status = 'pending'
), moment AS (
    -- Nothing but walks of one time, each once, that did not come too late.
    SELECT id, min(observed_at) AS now
    FROM waiting
    GROUP BY id
    HAVING bool_and(kind = 'inventory_manifest') AND min(observed_at) = max(observed_at)
       AND count(*) = count(DISTINCT key)
       AND NOT EXISTS (SELECT FROM archive_files
                       WHERE month = date_trunc('month', min(waiting.observed_at) AT TIME ZONE 'UTC')::date)
), last AS (
    -- The walks before them, and nothing later that the rules weigh against time.
    SELECT o.id, o.now, max(newest.observed_at) FILTER (WHERE newest.kind = 'inventory_manifest') AS before
    FROM moment o
    JOIN member m ON m.id = o.id
    CROSS JOIN LATERAL (
        SELECT kind, (SELECT max(q.observed_at) FROM import_queue q
                      WHERE q.organization_id = m.handle AND q.kind = weighed.kind AND q.status <> 'pending') AS observed_at
        FROM unnest(ARRAY['inventory_manifest', 'listing', 'listing_detail', 'page_manifest', 'ruling', 'relationship'])
             AS weighed (kind)
        OFFSET 0
    ) newest
    WHERE newest.observed_at IS NOT NULL
    GROUP BY o.id, o.now
    HAVING max(newest.observed_at) = max(newest.observed_at) FILTER (WHERE newest.kind = 'inventory_manifest')
       AND max(newest.observed_at) < o.now
       AND NOT bool_or(newest.kind = 'ruling')
), earlier AS (
    SELECT l.id, q.key, q.source, q.url, q.version, q.organization_id AS handle, q.raw_data
    FROM last l
    JOIN member m ON m.id = l.id
    JOIN import_queue q ON q.organization_id = m.handle AND q.kind = 'inventory_manifest' AND q.observed_at = l.before
                       AND q.status = 'completed'
), paired AS MATERIALIZED (
    -- Each new walk with the earlier one that it repeats word for word, as long as that proved absence. Every look into a
    -- manifest unpacks the whole of it: one for all its entries, not one for each.
    SELECT w.id, w.row, w.key, e.key AS repeats, w.source, new.raw_data->>'grid_url' AS grid_url,
           new.raw_data->>'grid' <> 'sold' AS is_current, new.raw_data->'listings' AS listings
    FROM waiting w
    JOIN import_queue new ON new.id = w.row
    JOIN earlier e ON e.id = w.id AND e.handle = w.handle AND e.source = w.source AND e.url = w.url AND e.version = w.version
                  AND e.raw_data = new.raw_data
    JOIN inventory_walks k ON k.observation_key = e.key AND k.dealer_id = e.id AND k.verdict = 'good'
    WHERE jsonb_array_length(coalesce(new.raw_data->'probes', '[]')) = 0 AND w.source <> ALL(%(secondary)s)
), complete AS (
    SELECT l.id, l.before, l.now
    FROM last l
    WHERE (SELECT count(*) FROM waiting w WHERE w.id = l.id) = (SELECT count(*) FROM paired p WHERE p.id = l.id)
      AND (SELECT count(*) FROM earlier e WHERE e.id = l.id) = (SELECT count(*) FROM paired p WHERE p.id = l.id)
      AND (SELECT count(DISTINCT p.repeats) FROM paired p WHERE p.id = l.id)
          = (SELECT count(*) FROM paired p WHERE p.id = l.id)
), sighting AS MATERIALIZED (
    SELECT p.id, entry->>'url' AS url, entry->>'payload_hash' AS payload_hash,
           entry->>'status' = 'in_stock' AND p.is_current AS is_offer
    FROM paired p
    JOIN complete c ON c.id = p.id
    CROSS JOIN jsonb_array_elements(p.listings) AS entry
), doubtful AS (
    -- A listing whose last sight was none of these walks'.
    SELECT s.dealer_id AS id
    FROM complete c JOIN dealer_inventory_seen s ON s.dealer_id = c.id AND s.last_seen_at = c.before
    WHERE (s.dealer_id, s.listing_url) NOT IN (SELECT id, url FROM sighting)
    UNION
    -- A snapshot that somebody else asserted at the same time.
    SELECT v.dealer_id
    FROM complete c JOIN vehicle_sources v ON v.dealer_id = c.id AND v.last_asserted_at = c.before
    WHERE (v.dealer_id, v.payload_hash) NOT IN (SELECT id, payload_hash FROM sighting WHERE payload_hash IS NOT NULL)
    UNION
    -- A car whose absence still counts.
    SELECT v.dealer_id
    FROM complete c JOIN vehicles v ON v.dealer_id = c.id
    WHERE (v.status IN ('in_stock', 'pending') OR (v.status = 'removed' AND v.status_evidence = 'gone'))
      AND v.id NOT IN (SELECT s.vehicle_id
                       FROM complete o JOIN dealer_inventory_seen s ON s.dealer_id = o.id AND s.last_seen_at = o.before
                       WHERE (s.dealer_id, s.listing_url) IN (SELECT id, url FROM sighting WHERE is_offer))
)
SELECT c.id, c.before, c.now, walk.rows, walk.keys, walk.repeats, walk.scopes, seen.urls, seen.hashes
FROM complete c
JOIN (SELECT id, array_agg(row) AS rows, array_agg(key) AS keys, array_agg(repeats) AS repeats,
             array_agg(source || ' ' || grid_url) AS scopes
      FROM paired GROUP BY id) walk ON walk.id = c.id
JOIN (SELECT o.id, array_remove(array_agg(g.url), NULL) AS urls, array_remove(array_agg(g.payload_hash), NULL) AS hashes
      FROM complete o LEFT JOIN sighting g ON g.id = o.id AND g.payload_hash IS NOT NULL GROUP BY o.id) seen ON seen.id = c.id
WHERE c.id NOT IN (SELECT id FROM doubtful);

-- see_listings_again --
-- The listings that these walks saw were seen once more.
UPDATE dealer_inventory_seen s SET last_seen_at = r.now, seen_count = s.seen_count + 1
FROM unnest(%(ids)s::uuid[], %(before)s::timestamptz[], %(now)s::timestamptz[]) AS r (id, before, now)
WHERE s.dealer_id = r.id AND s.last_seen_at = r.before;

-- see_vehicles_again --
-- So were their vehicles.
UPDATE vehicles v SET last_seen_at = r.now, revision = nextval('canonical_revision')
FROM (SELECT DISTINCT s.vehicle_id, r.now
      FROM unnest(%(ids)s::uuid[], %(now)s::timestamptz[]) AS r (id, now)
      JOIN dealer_inventory_seen s ON s.dealer_id = r.id AND s.last_seen_at = r.now) AS r
WHERE v.id = r.vehicle_id;

-- assert_again --
-- What they showed was asserted once more.
UPDATE vehicle_sources v SET last_asserted_at = r.now
FROM unnest(%(ids)s::uuid[], %(before)s::timestamptz[], %(now)s::timestamptz[]) AS r (id, before, now)
WHERE v.dealer_id = r.id AND v.last_asserted_at = r.before;

-- repeat_walks --
-- Record the walks with the verdict of those that they repeat.
INSERT INTO inventory_walks (observation_key, dealer_id, source, grid_url, grid, observed_at, complete, seen, verdict, reason)
SELECT r.key, w.dealer_id, w.source, w.grid_url, w.grid, o.now, w.complete, w.seen, w.verdict, w.reason
FROM unnest(%(keys)s::text[], %(repeats)s::text[]) AS r (key, repeats)
JOIN inventory_walks w ON w.observation_key = r.repeats
JOIN unnest(%(ids)s::uuid[], %(now)s::timestamptz[]) AS o (id, now) ON o.id = w.dealer_id;
