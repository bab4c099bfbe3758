-- The normalizer's shell: what it locks, what it reads, and how it moves observations along. The canonical tables
-- themselves are written by one generic writer (normalizer/write.py) from the row types of the rules.

-- wait_for_locks --
-- Give up waiting for a lock after so many milliseconds.
SELECT set_config('lock_timeout', %(milliseconds)s::text, false);

-- share_the_clusters --
-- Keep every handle with the organization it belongs to now, until this transaction ends.
SELECT pg_advisory_xact_lock_shared(hashtextextended('paddock: organization clusters', 0));

-- own_the_clusters --
-- Keep every other normalizer out, for profiles may join and part organizations.
SELECT pg_advisory_xact_lock(hashtextextended('paddock: organization clusters', 0));

-- try_dealers --
-- Lock the dealers that nobody else works on, without waiting.
SELECT id FROM unnest(%(ids)s::uuid[]) AS id
WHERE pg_try_advisory_xact_lock(hashtextextended('paddock: dealer ' || id, 0));

-- wait_for_dealers --
-- Lock these dealers one after the other, in the given order, waiting for whoever holds one.
SELECT pg_advisory_xact_lock(hashtextextended('paddock: dealer ' || id, 0)) FROM unnest(%(ids)s::uuid[]) AS id;

-- plan --
-- What is pending, by the handle it is stamped with, the longest waiting first. A profile that introduces an
-- organization is drained by itself, before what waits for it, where that is much.
SELECT organization_id,
       CASE WHEN everything - profiles >= %(many)s AND profiles > 0 AND NOT EXISTS (SELECT FROM business_aliases WHERE handle = organization_id)
            THEN profiles ELSE everything END,
       profiles > 0
FROM (SELECT organization_id, min(id) AS first, count(*) AS everything,
             count(*) FILTER (WHERE kind IN ('seller_profile', 'page_manifest', 'ruling')
                                AND (kind <> 'page_manifest' OR raw_data->>'spider' IS DISTINCT FROM 'listings')) AS profiles
      FROM import_queue WHERE status = 'pending' GROUP BY organization_id) AS pending
ORDER BY first;

-- plan_again --
-- Everything that was ever observed, by the handle it is stamped with: for folding it all again.
SELECT organization_id, count(*), true
FROM import_queue WHERE status <> 'dead' AND (organization_id IS NOT NULL OR status = 'pending')
GROUP BY organization_id ORDER BY min(id);

-- pending --
-- How many observations wait.
SELECT count(*) FROM import_queue WHERE status = 'pending';

-- still_pending --
-- Which of these handles have anything pending.
SELECT handle FROM unnest(%(handles)s::uuid[]) AS handle
WHERE EXISTS (SELECT FROM import_queue WHERE organization_id = handle AND status = 'pending');

-- profiles_pending --
-- Which of these handles have anything pending that decides their keys. Runs over vehicle pages decide none, though
-- their manifests are of the kind that runs over profiles leave (normalizer/load.py: `decides_organizations`).
SELECT handle FROM unnest(%(handles)s::uuid[]) AS handle
WHERE EXISTS (SELECT FROM import_queue WHERE organization_id = handle AND status = 'pending'
                AND kind IN ('seller_profile', 'page_manifest', 'ruling')
                AND (kind <> 'page_manifest' OR raw_data->>'spider' IS DISTINCT FROM 'listings'));

-- more_pending --
-- Which of these handles have much pending beside what decides their keys.
SELECT organization_id FROM import_queue
WHERE organization_id = ANY(%(handles)s) AND status = 'pending'
  AND NOT (kind IN ('seller_profile', 'page_manifest', 'ruling')
           AND (kind <> 'page_manifest' OR raw_data->>'spider' IS DISTINCT FROM 'listings'))
GROUP BY organization_id HAVING count(*) >= %(many)s;

-- observations --
-- Everything that was stamped with these handles and is not parked; a text beyond the limit stays where it is.
SELECT id, key, source, kind, version, url, organization_id, greatest(observed_at, '0002-01-01') AS observed_at, payload_hash, status,
       CASE WHEN octet_length(content) <= %(largest)s THEN content END AS content
FROM (SELECT *, raw_data::text AS content FROM import_queue
      WHERE organization_id = ANY(%(handles)s) AND status <> 'dead' OFFSET 0) AS mine;

-- profiles --
-- What decides the organizations of these handles: their profiles, the runs that found a profile unchanged, and the
-- rulings.
SELECT id, key, source, kind, version, url, organization_id, greatest(observed_at, '0002-01-01') AS observed_at, payload_hash, status,
       CASE WHEN octet_length(content) <= %(largest)s THEN content END AS content
FROM (SELECT *, raw_data::text AS content FROM import_queue
      WHERE organization_id = ANY(%(handles)s) AND kind IN ('seller_profile', 'page_manifest', 'ruling')
        AND (kind <> 'page_manifest' OR raw_data->>'spider' IS DISTINCT FROM 'listings')
        AND status <> 'dead' OFFSET 0) AS mine;

-- links --
-- The rulings about who is the same organization, and the withdrawals: those in force and those of these handles.
SELECT id, key, source, kind, version, url, organization_id, greatest(observed_at, '0002-01-01') AS observed_at, payload_hash, status,
       CASE WHEN octet_length(raw_data::text) <= %(largest)s THEN raw_data::text END AS content
FROM import_queue
WHERE kind = 'ruling' AND raw_data->>'action' IN ('same', 'not_same', 'withdraw')
  AND (status = 'completed' OR status <> 'dead' AND organization_id = ANY(%(handles)s));

-- of_handles --
-- The rulings stamped with these handles.
SELECT id, key, source, kind, version, url, organization_id, greatest(observed_at, '0002-01-01') AS observed_at, payload_hash, status,
       CASE WHEN octet_length(raw_data::text) <= %(largest)s THEN raw_data::text END AS content
FROM import_queue
WHERE kind = 'ruling' AND organization_id = ANY(%(handles)s) AND status <> 'dead';

-- unaddressed --
-- Pending observations that name no organization.
SELECT id, key, source, kind, version, url, organization_id, greatest(observed_at, '0002-01-01') AS observed_at, payload_hash, status,
       CASE WHEN octet_length(content) <= %(largest)s THEN content END AS content
FROM (SELECT *, raw_data::text AS content FROM import_queue
      WHERE organization_id IS NULL AND status = 'pending' ORDER BY id LIMIT %(limit)s OFFSET 0) AS mine;

-- repeated --
-- Which of these rows repeat an earlier one, and which.
SELECT q.id, e.first
FROM import_queue q,
     LATERAL (SELECT min(id) AS first FROM import_queue WHERE key = q.key AND status <> 'dead') AS e
WHERE q.id = ANY(%(ids)s) AND e.first < q.id;

-- page_checks --
-- The entries of drained page manifests without an organization, for these pages.
SELECT q.key, q.source, q.url, q.observed_at, q.payload_hash, q.raw_data->>'spider', page
FROM import_queue q, jsonb_array_elements(q.raw_data->'pages') AS page
WHERE q.organization_id IS NULL AND q.kind = 'page_manifest' AND q.status = 'completed'
  AND page->>'url' = ANY(%(urls)s);

-- listing_sites --
-- The sites of the listings that were stamped with these handles.
SELECT DISTINCT listing_site(url), organization_id FROM import_queue
WHERE organization_id = ANY(%(handles)s) AND kind IN ('listing', 'listing_detail') AND status <> 'dead';

-- crowded_sites --
-- Which of these sites show listings of others, too.
SELECT site FROM unnest(%(sites)s::text[]) AS site
WHERE EXISTS (SELECT FROM import_queue q
              WHERE listing_site(q.url) = site AND q.kind IN ('listing', 'listing_detail')
                AND q.organization_id <> ALL(%(handles)s) AND q.status <> 'dead');

-- listing_pages --
-- The pages of the listings on these sites that were stamped with these handles.
SELECT DISTINCT url, organization_id FROM import_queue
WHERE organization_id = ANY(%(handles)s) AND kind IN ('listing', 'listing_detail') AND status <> 'dead'
  AND listing_site(url) = ANY(%(sites)s);

-- other_listers --
-- Who else saw a listing on one of these pages.
SELECT DISTINCT q.url, q.organization_id
FROM unnest(%(urls)s::text[]) AS page (url) JOIN import_queue q ON q.url = page.url
WHERE q.kind IN ('listing', 'listing_detail') AND q.organization_id <> ALL(%(handles)s) AND q.status <> 'dead';

-- claims --
-- The listings on these pages, whoever saw them.
SELECT id, key, source, kind, version, url, organization_id, greatest(observed_at, '0002-01-01') AS observed_at, payload_hash, status,
       CASE WHEN octet_length(content) <= %(largest)s THEN content END AS content
FROM (SELECT *, raw_data::text AS content FROM import_queue
      WHERE url = ANY(%(urls)s) AND kind IN ('listing', 'listing_detail') AND status <> 'dead' OFFSET 0) AS mine;

-- nodes --
-- Every node with the organization it belongs to.
SELECT handle, source, url, first_observed_at, dealer_license, website, geographic_key, organization_id
FROM business_aliases;

-- nodes_beside --
-- The nodes of the organizations that these handles belong to.
SELECT handle, source, url, first_observed_at, dealer_license, website, geographic_key, organization_id
FROM business_aliases
WHERE organization_id IN (SELECT organization_id FROM business_aliases WHERE handle = ANY(%(handles)s));

-- mark --
-- Move observations along; the reason says why a row was skipped or parked.
UPDATE import_queue AS q SET status = %(status)s, last_error = m.reason, updated_at = now()
FROM unnest(%(ids)s::bigint[], %(reasons)s::text[]) AS m (id, reason)
WHERE q.id = m.id;

-- redrive --
-- Send parked observations round again.
UPDATE import_queue SET status = 'pending', last_error = NULL, updated_at = now() WHERE status = 'dead';

-- schedule --
-- Give these organizations a schedule where they have none.
INSERT INTO organization_inventory_sync_queue (organization_id, run_mode)
SELECT organization.id, 'both' FROM unnest(%(ids)s::uuid[]) AS organization (id)
WHERE NOT EXISTS (SELECT FROM organization_inventory_sync_queue s WHERE s.organization_id = organization.id)
ON CONFLICT (organization_id, run_mode) DO NOTHING;

-- hand_over_schedule --
-- Give a vanished organization's schedule to its successor where that has none, lease and all.
UPDATE organization_inventory_sync_queue AS s SET organization_id = %(successor)s, updated_at = now()
WHERE s.organization_id = %(vanished)s
  AND NOT EXISTS (SELECT FROM organization_inventory_sync_queue o
                  WHERE o.organization_id = %(successor)s);

-- retire_schedules --
-- Drop the schedules of organizations that are no more; a claimed one is left until its walk has ended.
DELETE FROM organization_inventory_sync_queue
WHERE id IN (SELECT s.id FROM organization_inventory_sync_queue s
             WHERE s.status <> 'processing'
               AND NOT EXISTS (SELECT FROM businesses b WHERE b.id = s.organization_id)
             FOR UPDATE SKIP LOCKED);

-- sizes --
-- How many bytes the tables take whose rows a report counts.
SELECT pg_table_size('businesses') + pg_table_size('vehicles') + pg_table_size('vehicle_images');

-- organizations --
-- The organizations.
SELECT FROM businesses;

-- vehicles_of --
-- The vehicles of some statuses.
SELECT FROM vehicles WHERE status = ANY(%(statuses)s);

-- images --
-- The photos.
SELECT FROM vehicle_images;

-- parked_by_dealer --
-- How many observations are parked, by organization and reason.
SELECT b.id, b.name, split_part(q.last_error, ': ', 1), count(*)
FROM import_queue q
LEFT JOIN business_aliases a ON a.handle = q.organization_id
LEFT JOIN businesses b ON b.id = a.organization_id
WHERE q.status = 'dead'
GROUP BY 1, 2, 3
ORDER BY 4 DESC, 2, 3;

-- parked --
-- The parked observations, the newest first. A time may be why one is parked: before our era, or no end of time.
SELECT q.id, q.kind, q.source, q.url, (q.observed_at AT TIME ZONE 'UTC')::text, q.last_error, b.name
FROM import_queue q
LEFT JOIN business_aliases a ON a.handle = q.organization_id
LEFT JOIN businesses b ON b.id = a.organization_id
WHERE q.status = 'dead'
ORDER BY q.id DESC LIMIT %(limit)s;

-- vehicle --
-- One vehicle as readers see it, with its dealer's name.
SELECT to_jsonb(v) AS columns, b.name AS dealer
FROM vehicles v LEFT JOIN businesses b ON b.id = v.dealer_id WHERE v.id = %(id)s;

-- vehicle_candidates --
-- The newest snapshot per page of a vehicle, with what each said.
SELECT s.observation_key, s.source, s.kind, s.listing, s.observed_at, s.last_asserted_at, q.raw_data
FROM vehicle_sources s
LEFT JOIN LATERAL (SELECT raw_data FROM import_queue WHERE key = s.observation_key AND status = 'completed'
                   LIMIT 1) AS q ON true
WHERE s.vehicle_id = %(id)s ORDER BY s.last_asserted_at DESC, s.observation_key;

-- cited --
-- The observations with these keys.
SELECT DISTINCT ON (key) key, source, kind, url, observed_at, raw_data FROM import_queue
WHERE key = ANY(%(keys)s) AND status = 'completed' ORDER BY key, id;

-- vehicle_history --
-- What happened to a vehicle, in order.
SELECT happened_at, event, detail, observation_key FROM vehicle_events
WHERE vehicle_id = %(id)s ORDER BY position;

-- vehicle_seen --
-- Where a vehicle was seen, and how often its grids lacked it since.
SELECT listing_url, grid_url, first_seen_at, last_seen_at, last_seen_status, seen_count, missed_runs
FROM dealer_inventory_seen WHERE vehicle_id = %(id)s ORDER BY first_seen_at, listing_url;

-- drained_handles --
-- The handles that profiles have introduced.
SELECT DISTINCT organization_id FROM import_queue
WHERE kind = 'seller_profile' AND status = 'completed' AND organization_id IS NOT NULL ORDER BY 1;
