-- The operator's rulings: what a batch asks about them, what a redaction does, and what the commands look up.

-- links --
-- The rulings about who is the same organization, and the withdrawals: those in force and those of these handles.
SELECT id, key, source, kind, version, url, organization_id, observed_at, payload_hash, status,
       CASE WHEN octet_length(raw_data::text) <= %(largest)s THEN raw_data::text END AS content
FROM import_queue
WHERE kind = 'ruling' AND raw_data->>'action' IN ('same', 'not_same', 'withdraw')
  AND (status = 'completed' OR status <> 'dead' AND organization_id = ANY(%(handles)s));

-- of_handles --
-- The rulings stamped with these handles.
SELECT id, key, source, kind, version, url, organization_id, observed_at, payload_hash, status,
       CASE WHEN octet_length(raw_data::text) <= %(largest)s THEN raw_data::text END AS content
FROM import_queue
WHERE kind = 'ruling' AND organization_id = ANY(%(handles)s) AND status <> 'dead';

-- redact --
-- Put a tombstone in the place of these observations' content. A picture's says that it was refused, so that nobody
-- fetches it again.
UPDATE import_queue SET raw_data = tombstone.content, updated_at = now()
FROM (SELECT id,
             CASE WHEN kind = 'image_fetch'
                  THEN jsonb_build_object('organization_id', organization_id, 'source_url', url,
                                          'purpose', coalesce(raw_data->>'purpose', 'vehicle'),
                                          'outcome', 'refused', 'reason', 'redacted')
                  ELSE '{"redacted": true}'::jsonb END AS content
      FROM import_queue
      WHERE key = ANY(%(keys)s) AND organization_id = ANY(%(handles)s) AND kind <> 'ruling') AS tombstone
WHERE import_queue.id = tombstone.id AND import_queue.raw_data <> tombstone.content;

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
