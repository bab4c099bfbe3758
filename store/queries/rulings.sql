-- The operator's rulings: what a redaction does, and what the commands look up and append.

-- redact --
-- Put a tombstone in the place of these observations' content. A picture's says that it was refused, so that nobody
-- fetches it again. The keys in the store that stood there.
UPDATE import_queue SET raw_data = tombstone.content, updated_at = now()
FROM (SELECT id, raw_data->>'storage_key' AS storage_key,
             CASE WHEN kind = 'image_fetch'
                  THEN jsonb_build_object('organization_id', organization_id, 'source_url', url,
                                          'purpose', coalesce(raw_data->>'purpose', 'vehicle'),
                                          'outcome', 'refused', 'reason', 'redacted')
                  ELSE '{"redacted": true}'::jsonb END AS content
      FROM import_queue
      WHERE key = ANY(%(keys)s) AND organization_id = ANY(%(handles)s) AND kind <> 'ruling') AS tombstone
WHERE import_queue.id = tombstone.id AND import_queue.raw_data <> tombstone.content
RETURNING tombstone.storage_key, import_queue.organization_id,
          date_trunc('month', import_queue.observed_at AT TIME ZONE 'UTC')::date;

-- tombstone --
-- The same for an observation that has left the queue for the archive.
SELECT CASE WHEN %(kind)s = 'image_fetch'
            THEN jsonb_build_object('organization_id', %(organization_id)s::uuid, 'source_url', %(url)s::text,
                                    'purpose', coalesce(%(content)s::jsonb->>'purpose', 'vehicle'),
                                    'outcome', 'refused', 'reason', 'redacted')
            ELSE '{"redacted": true}'::jsonb END::text;

-- stored_pictures --
-- The pictures that these organizations show, by their keys in the store.
SELECT storage_key FROM vehicle_images WHERE dealer_id = ANY(%(dealers)s) AND storage_key IS NOT NULL
UNION
SELECT storage_key FROM organization_images WHERE organization_id = ANY(%(dealers)s) AND storage_key IS NOT NULL;

-- unused_pictures --
-- Which of these pictures nobody shows any more.
SELECT stored.key FROM unnest(%(keys)s::text[]) AS stored (key)
WHERE NOT EXISTS (SELECT FROM vehicle_images i WHERE i.storage_key = stored.key)
  AND NOT EXISTS (SELECT FROM organization_images i WHERE i.storage_key = stored.key)
ORDER BY stored.key;

-- enqueue_cleanup --
-- Have a worker delete what a redaction left in the store.
INSERT INTO job_queue (task, payload, idempotency_key) VALUES ('cleanup', %(payload)s, %(idempotency_key)s)
ON CONFLICT DO NOTHING;

-- organizations_named --
-- The organizations that an operator may mean, each with the handle that his word names best.
SELECT b.id, coalesce((SELECT a.handle FROM business_aliases a
                       WHERE a.organization_id = b.id AND (a.handle::text = lower(%(text)s) OR a.url = ANY(%(urls)s))
                       ORDER BY a.first_observed_at, a.url LIMIT 1), b.id), b.name
FROM businesses b
WHERE starts_with(b.id::text, %(prefix)s)
   OR b.website = ANY(%(urls)s) OR lower(b.name) = lower(%(text)s)
   OR b.id IN (SELECT organization_id FROM business_aliases
               WHERE starts_with(handle::text, %(prefix)s) OR url = ANY(%(urls)s) OR website = %(site)s)
ORDER BY b.id LIMIT 10;

-- vehicles_named --
-- The vehicles that an operator may mean, each with the listing handle that his word names best and its dealer's.
SELECT v.id,
       coalesce((SELECT a.handle FROM vehicle_aliases a
                 WHERE a.vehicle_id = v.id AND (a.handle::text = lower(%(text)s) OR a.url = ANY(%(urls)s))
                 ORDER BY a.handle LIMIT 1), v.id),
       coalesce((SELECT q.organization_id FROM vehicle_sources s JOIN import_queue q ON q.key = s.observation_key
                 WHERE s.vehicle_id = v.id AND q.organization_id IS NOT NULL
                 ORDER BY s.observed_at, s.observation_key LIMIT 1), v.dealer_id),
       coalesce(v.title, concat_ws(' ', v.year, v.make, v.model)), v.discovery_url, v.dealer_id, b.name, v.currency,
       v.mileage_unit, v.status
FROM vehicles v LEFT JOIN businesses b ON b.id = v.dealer_id
WHERE starts_with(v.id::text, %(prefix)s) OR v.vin = upper(%(text)s) OR v.discovery_url = ANY(%(urls)s)
   OR v.id IN (SELECT vehicle_id FROM vehicle_aliases
               WHERE url = ANY(%(urls)s) OR starts_with(handle::text, %(prefix)s))
ORDER BY v.id LIMIT 10;

-- manifests_named --
-- The walks with this key, each with the handle that its manifest is stamped with (null where that is in the archive).
SELECT w.observation_key, q.organization_id, w.grid_url, w.observed_at, w.seen, w.verdict, w.reason, b.name, w.dealer_id
FROM inventory_walks w
LEFT JOIN import_queue q ON q.key = w.observation_key AND q.status = 'completed'
LEFT JOIN businesses b ON b.id = w.dealer_id
WHERE starts_with(w.observation_key, lower(%(text)s))
ORDER BY w.observation_key LIMIT 10;

-- observations_named --
-- The observations with this key, however they ended.
SELECT DISTINCT ON (key) key, organization_id, kind, source, url, observed_at, payload_hash
FROM import_queue WHERE key >= lower(%(text)s) AND starts_with(key, lower(%(text)s))
ORDER BY key, id LIMIT 10;

-- observations_alike --
-- The observations of the same page with the same content; of a picture, all that was fetched from its address.
SELECT DISTINCT ON (key) key, organization_id, kind, source, url, observed_at, payload_hash
FROM import_queue
WHERE url = %(url)s AND kind = %(kind)s AND source = %(source)s AND organization_id = %(organization_id)s
  AND (payload_hash = %(payload_hash)s OR kind = 'image_fetch')
ORDER BY key, id;

-- rulings --
-- Every ruling, with its organization as it is now and the newest time at which that was observed.
SELECT q.id, q.key, q.source, q.kind, q.version, q.url, q.organization_id, q.observed_at, q.payload_hash, q.status,
       q.raw_data::text, coalesce(a.organization_id, q.organization_id), b.name,
       (SELECT max(o.observed_at) FROM import_queue o
        WHERE o.organization_id IN (SELECT n.handle FROM business_aliases n WHERE n.organization_id = a.organization_id)
          AND o.kind <> 'ruling' AND o.status IN ('completed', 'skipped'))
FROM import_queue q
LEFT JOIN business_aliases a ON a.handle = q.organization_id
LEFT JOIN businesses b ON b.id = a.organization_id
WHERE q.kind = 'ruling' AND (%(organization)s::uuid IS NULL OR a.organization_id = %(organization)s)
ORDER BY q.observed_at, q.key;

-- addresses --
-- The addresses of the listings and the profile pages with these handles.
SELECT handle, url FROM vehicle_aliases WHERE handle = ANY(%(handles)s::uuid[])
UNION ALL SELECT handle, url FROM business_aliases WHERE handle = ANY(%(handles)s::uuid[]);

-- moment --
-- The database's time, which the operator's words are dated by.
SELECT clock_timestamp();

-- append --
-- Append one observation of the operator, once.
INSERT INTO import_queue (key, source, kind, version, url, organization_id, observed_at, payload_hash, raw_data)
SELECT %(key)s, %(source)s, %(kind)s, %(version)s, %(url)s, %(organization_id)s, %(observed_at)s, %(payload_hash)s,
       %(raw_data)s
WHERE NOT EXISTS (SELECT FROM import_queue WHERE key = %(key)s);

-- quarantined --
-- The scopes whose newest walk may not prove absence (what the operator rejected is judged, not waiting), with the last
-- good walk before it, since when the scope is in doubt and by how many walks, and when the newest observation of the
-- organization was made.
SELECT w.observation_key, w.dealer_id, b.name, w.source, w.grid_url, w.grid, w.observed_at, w.seen, w.reason,
       EXISTS (SELECT FROM inventory_walks e WHERE e.dealer_id = w.dealer_id AND e.seen > 0) AS had_cars,
       good.observed_at, good.seen, doubt.since, doubt.walks, now.observed_at
FROM inventory_walks w
LEFT JOIN businesses b ON b.id = w.dealer_id
LEFT JOIN LATERAL (
    SELECT g.observed_at, g.seen FROM inventory_walks g
    WHERE g.dealer_id = w.dealer_id AND g.source = w.source AND g.grid_url = w.grid_url AND g.verdict = 'good'
    ORDER BY g.observed_at DESC, g.observation_key DESC LIMIT 1
) AS good ON true
CROSS JOIN LATERAL (
    SELECT min(d.observed_at) AS since, count(*) AS walks FROM inventory_walks d
    WHERE d.dealer_id = w.dealer_id AND d.source = w.source AND d.grid_url = w.grid_url
      AND d.verdict = 'quarantined' AND d.reason <> 'rejected'
      AND (good.observed_at IS NULL OR d.observed_at > good.observed_at)
) AS doubt
CROSS JOIN LATERAL (
    SELECT max(o.observed_at) AS observed_at FROM import_queue o
    WHERE o.status IN ('completed', 'skipped') AND o.kind <> 'ruling'
      AND o.organization_id IN (SELECT a.handle FROM business_aliases a WHERE a.organization_id = w.dealer_id)
) AS now
WHERE w.verdict = 'quarantined' AND w.reason <> 'rejected'
  AND NOT EXISTS (SELECT FROM inventory_walks n
                  WHERE n.dealer_id = w.dealer_id AND n.observed_at >= w.observed_at
                    AND n.source = w.source AND n.grid_url = w.grid_url AND n.reason IS DISTINCT FROM 'rejected'
                    AND (n.observed_at, n.observation_key) > (w.observed_at, w.observation_key))
  -- Where a dealer only speaks of sold cars, there is no archive whose walk could be doubted.
  AND NOT (w.grid = 'sold' AND w.seen = 0 AND good.observed_at IS NULL
           AND w.reason IN ('incomplete:no_listings', 'incomplete:http_404', 'incomplete:http_410'))
ORDER BY b.name, w.dealer_id, w.grid_url;

-- manifest --
-- What a walk's manifest says beside its listings.
SELECT raw_data->'drift', raw_data->>'incomplete_because', (raw_data->>'declared_total')::bigint
FROM import_queue WHERE key = %(key)s AND status = 'completed' LIMIT 1;

-- withheld --
-- The cars on offer that stood on this grid and that its newest walk did not see.
SELECT s.listing_url, v.title, s.last_seen_at
FROM dealer_inventory_seen s JOIN vehicles v ON v.id = s.vehicle_id
WHERE s.dealer_id = %(dealer_id)s AND s.grid_url = %(grid_url)s AND s.last_seen_at < %(observed_at)s
  AND s.last_seen_status IN ('in_stock', 'pending')
ORDER BY s.last_seen_at, s.listing_url;

-- append_new --
-- Append one observation unless its page has one with the same content from the same source.
INSERT INTO import_queue (key, source, kind, version, url, organization_id, observed_at, payload_hash, raw_data)
SELECT %(key)s, %(source)s, %(kind)s, %(version)s, %(url)s, %(organization_id)s, %(observed_at)s, %(payload_hash)s,
       %(raw_data)s
WHERE NOT EXISTS (SELECT FROM import_queue q
                  WHERE q.url = %(url)s AND q.kind = %(kind)s AND q.source = %(source)s
                    AND q.organization_id = %(organization_id)s AND q.payload_hash = %(payload_hash)s);
