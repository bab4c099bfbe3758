-- What `explain` shows beside the canonical rows themselves.

-- vehicle_evidence --
-- The newest walks of a vehicle's dealer, each with what it says of the vehicle: whether it saw one of its listings, and
-- what a listing that it missed answered.
SELECT w.observed_at, w.source, w.grid_url, w.grid, w.complete, w.seen, w.verdict, w.reason, w.observation_key,
       (SELECT string_agg(DISTINCT l->>'status' || ' by ' || (l->>'evidence'), ', ')
        FROM jsonb_array_elements(q.raw_data->'listings') l WHERE l->>'url' = ANY(%(urls)s)) AS saw,
       (SELECT string_agg(DISTINCT concat_ws(', ', p->>'verdict', p->>'sign',
                                             CASE WHEN (p->>'sold')::boolean THEN 'marked sold' END), '; ')
        FROM jsonb_array_elements(q.raw_data->'probes') p WHERE p->>'url' = ANY(%(urls)s)) AS probed,
       q.raw_data IS NULL AS is_archived
FROM inventory_walks w
LEFT JOIN LATERAL (SELECT raw_data FROM import_queue WHERE key = w.observation_key AND status = 'completed' LIMIT 1) AS q
    ON true
WHERE w.dealer_id = %(dealer_id)s
ORDER BY w.observed_at DESC, w.grid_url LIMIT 12;

-- vehicle_visits --
-- The newest visits to a vehicle's own pages, and what each gave; what the page said, where its reading is on record.
SELECT v.observed_at, v.url, v.outcome, d.raw_data->>'page_status' AS page_status,
       d.raw_data->>'status_sign' AS status_sign, v.key AS observation_key
FROM (SELECT q.observed_at, q.key, q.source, p->>'url' AS url, p->>'outcome' AS outcome, p->>'payload_hash' AS payload_hash
      FROM import_queue q, jsonb_array_elements(q.raw_data->'pages') p
      WHERE q.kind = 'page_manifest' AND q.status = 'completed' AND p->>'url' = ANY(%(urls)s)
        AND q.organization_id IN (SELECT handle FROM business_aliases WHERE organization_id = %(dealer_id)s)) AS v
LEFT JOIN LATERAL (SELECT raw_data FROM import_queue
                   WHERE url = v.url AND kind = 'listing_detail' AND source = v.source
                     AND payload_hash = v.payload_hash AND status = 'completed'
                   ORDER BY observed_at LIMIT 1) AS d ON true
ORDER BY v.observed_at DESC, v.url, v.key LIMIT 6;

-- vehicle_pages --
-- Every address of a vehicle.
SELECT url FROM vehicle_aliases WHERE vehicle_id = %(id)s
UNION SELECT listing_url FROM dealer_inventory_seen WHERE vehicle_id = %(id)s;

-- other_cars --
-- The other cars that an address of a vehicle has shown: since when, or until when.
SELECT theirs.listing, theirs.vehicle_id, coalesce(v.title, concat_ws(' ', v.year, v.make, v.model)) AS title,
       theirs.until > mine.until AS is_newer, greatest(v.first_seen_at, mine.until) AS since, theirs.until
FROM (SELECT source, listing, max(last_asserted_at) AS until FROM vehicle_sources
      WHERE vehicle_id = %(id)s GROUP BY source, listing) AS mine
JOIN (SELECT source, listing, vehicle_id, max(last_asserted_at) AS until FROM vehicle_sources
      WHERE dealer_id = %(dealer_id)s AND vehicle_id <> %(id)s GROUP BY source, listing, vehicle_id) AS theirs
    USING (source, listing)
JOIN vehicles v ON v.id = theirs.vehicle_id
ORDER BY theirs.until, theirs.vehicle_id;

-- fates --
-- What became of the cards and pages of an address, and which rulings redacted them.
SELECT q.kind, q.status, q.last_error, count(*) AS count, min(q.observed_at) AS first, max(q.observed_at) AS last,
       r.key AS ruling, r.observed_at AS ruled_at, r.raw_data->>'author' AS author, r.raw_data->>'reason' AS reason
FROM import_queue q
LEFT JOIN import_queue r ON q.raw_data ? 'redacted' AND r.kind = 'ruling' AND r.organization_id = q.organization_id
                        AND r.raw_data->>'action' = 'redact' AND r.raw_data->>'observation' = q.key
WHERE q.url = ANY(%(urls)s) AND q.kind IN ('listing', 'listing_detail')
GROUP BY q.kind, q.status, q.last_error, r.key, r.observed_at, r.raw_data
ORDER BY first, q.kind, q.status, r.key;

-- vehicle_photos --
-- A vehicle's photos and what became of each.
SELECT position, source_url, status, reason, storage_key, width, height, is_primary
FROM vehicle_images WHERE vehicle_id = %(id)s ORDER BY position;

-- vehicle_handles --
-- The listing handles of a vehicle.
SELECT handle::text FROM vehicle_aliases WHERE vehicle_id = %(id)s;

-- organization --
-- One organization as readers see it.
SELECT to_jsonb(b) - 'location' || jsonb_build_object('location', ST_AsText(b.location)) AS columns
FROM businesses b WHERE b.id = %(id)s;

-- members --
-- The profile pages of an organization, and the keys by which they joined.
SELECT handle, source, url, first_observed_at, dealer_license, website, geographic_key
FROM business_aliases WHERE organization_id = %(id)s ORDER BY first_observed_at, url;

-- namesakes --
-- Who else holds the keys of an organization's profile pages, each with the license and the website of its organization.
SELECT k.key, k.value, a.organization_id, b.name, b.dealer_license, b.website, count(*) AS pages
FROM (SELECT DISTINCT key, value FROM business_aliases,
             LATERAL (VALUES ('dealer_license', dealer_license), ('website', website),
                             ('geographic_key', geographic_key)) AS keys (key, value)
      WHERE organization_id = %(id)s AND value IS NOT NULL) AS k
JOIN business_aliases a ON a.organization_id <> %(id)s
     AND k.value = CASE k.key WHEN 'dealer_license' THEN a.dealer_license WHEN 'website' THEN a.website
                              ELSE a.geographic_key END
JOIN businesses b ON b.id = a.organization_id
GROUP BY k.key, k.value, a.organization_id, b.name, b.dealer_license, b.website ORDER BY k.key, k.value, b.name;

-- profiles --
-- The newest profile of each page of an organization, the newest first.
SELECT DISTINCT ON (q.organization_id, q.source) q.key, q.source, q.url, q.observed_at, q.raw_data
FROM import_queue q JOIN business_aliases a ON a.handle = q.organization_id
WHERE a.organization_id = %(id)s AND q.kind = 'seller_profile' AND q.status = 'completed'
ORDER BY q.organization_id, q.source, q.observed_at DESC, q.key DESC;

-- holdings --
-- How many vehicles of each status an organization has.
SELECT status, count(*) FROM vehicles WHERE dealer_id = %(id)s GROUP BY status ORDER BY status;

-- newest_walks --
-- The newest walks of an organization.
SELECT observed_at, source, grid_url, grid, complete, seen, verdict, reason, observation_key
FROM inventory_walks WHERE dealer_id = %(id)s ORDER BY observed_at DESC, grid_url LIMIT 6;

-- organization_pictures --
-- An organization's own pictures and what became of each.
SELECT purpose, source_url, status, reason, storage_key FROM organization_images
WHERE organization_id = %(id)s ORDER BY purpose;
