-- The image fetcher's statements. What is wanted is read from the canonical tables alone, so that a removed car or
-- organization wants nothing; what is known already, from the observations, which may be ahead of them.

-- take_time --
-- Let this transaction's statements take longer than others may: they look over everything that is pending.
SET LOCAL statement_timeout = '10min';

-- due_sites --
-- The sites (host and port) that serve pictures which nobody has observed yet and which may be asked for now.
WITH wanted AS (
    SELECT i.source_url AS url, i.dealer_id AS organization_id, 'vehicle' AS purpose
    FROM vehicle_images i
    WHERE i.status IN ('pending', 'failed')
      AND NOT EXISTS (SELECT FROM takedowns t WHERE t.subject_id IN (i.vehicle_id, i.dealer_id) AND (t.until IS NULL OR t.until > now()))
    UNION
    SELECT o.source_url, o.organization_id, o.purpose
    FROM organization_images o
    WHERE o.status IN ('pending', 'failed')
      AND NOT EXISTS (SELECT FROM takedowns t WHERE t.subject_id = o.organization_id AND (t.until IS NULL OR t.until > now()))
)
SELECT DISTINCT lower(split_part(translate(w.url, '?#', '//'), '/', 3)) AS site
FROM wanted w
WHERE starts_with(w.url, 'http')
  AND NOT EXISTS (
      SELECT FROM import_queue q
      WHERE q.url = w.url AND q.kind = 'image_fetch' AND q.source = 'image_fetcher'
        AND q.organization_id = w.organization_id
        AND q.raw_data ->> 'purpose' = w.purpose AND q.raw_data ->> 'outcome' <> 'failed')
  AND NOT EXISTS (SELECT FROM page_fetches f WHERE f.url = w.url AND f.due_at > %(now)s)
ORDER BY site;

-- hold_sites --
-- Lock, for this session, those of the sites that no other run is fetching from; return them.
SELECT site
FROM unnest(%(sites)s::text[]) site
WHERE pg_try_advisory_lock(hashtextextended('pictures of ' || site, 11));

-- due_pictures --
-- The next pictures of each site, by URL: primary photos first, then organizations' own, then the galleries by position,
-- and the sites in turns. `wanted_by` are pairs of organization and purpose; `known` is what an earlier fetch of the URL
-- came to, for whichever organization.
WITH wanted AS (
    SELECT i.source_url AS url, i.dealer_id AS organization_id, 'vehicle' AS purpose,
           min(CASE WHEN i.is_primary THEN 0 ELSE i.position + 2 END) AS rank
    FROM vehicle_images i
    WHERE i.status IN ('pending', 'failed')
      AND NOT EXISTS (SELECT FROM takedowns t WHERE t.subject_id IN (i.vehicle_id, i.dealer_id) AND (t.until IS NULL OR t.until > now()))
    GROUP BY i.source_url, i.dealer_id
    UNION ALL
    SELECT o.source_url, o.organization_id, o.purpose, 1
    FROM organization_images o
    WHERE o.status IN ('pending', 'failed')
      AND NOT EXISTS (SELECT FROM takedowns t WHERE t.subject_id = o.organization_id AND (t.until IS NULL OR t.until > now()))
),
open AS (
    SELECT w.url, lower(split_part(translate(w.url, '?#', '//'), '/', 3)) AS site, min(w.rank) AS rank,
           array_agg(DISTINCT w.organization_id::text || ' ' || w.purpose) AS wanted_by
    FROM wanted w
    WHERE lower(split_part(translate(w.url, '?#', '//'), '/', 3)) = ANY (%(sites)s::text[])
      AND w.url <> ALL (%(not_again)s::text[])
      AND NOT EXISTS (
          SELECT FROM import_queue q
          WHERE q.url = w.url AND q.kind = 'image_fetch' AND q.source = 'image_fetcher'
            AND q.organization_id = w.organization_id
            AND q.raw_data ->> 'purpose' = w.purpose AND q.raw_data ->> 'outcome' <> 'failed')
      AND NOT EXISTS (SELECT FROM page_fetches f WHERE f.url = w.url AND f.due_at > %(now)s)
    GROUP BY w.url
),
next AS (
    SELECT o.*, row_number() OVER (PARTITION BY o.site ORDER BY o.rank, o.url) AS turn
    FROM open o
)
SELECT n.site, n.url, n.wanted_by, known.raw_data AS known
FROM next n
LEFT JOIN LATERAL (
    SELECT q.raw_data
    FROM import_queue q
    WHERE q.url = n.url AND q.kind = 'image_fetch' AND q.source = 'image_fetcher'
      AND q.raw_data ->> 'outcome' <> 'failed'
    ORDER BY q.observed_at DESC, q.key DESC
    LIMIT 1
) known ON true
WHERE n.turn <= %(per_site)s
ORDER BY n.turn, n.site;

-- picture_failed --
-- Note a failure; the next attempt is due after twice the time that the last one waited, a week at most.
INSERT INTO page_fetches AS f (url, last_checked_at, last_status, failure, failures, due_at)
VALUES (%(url)s, %(now)s, %(status)s, %(failure)s, 1, %(now)s + %(first)s::interval)
ON CONFLICT (url) DO UPDATE
SET last_checked_at = excluded.last_checked_at,
    last_status = excluded.last_status,
    failure = excluded.failure,
    failures = f.failures + 1,
    due_at = excluded.last_checked_at
             + least(%(first)s::interval * power(2, least(f.failures, 20)), %(longest)s::interval)
WHERE f.last_checked_at < excluded.last_checked_at OR f.failures = 0;

-- picture_read --
-- Forget the failures of a picture that was read.
UPDATE page_fetches
SET last_checked_at = %(now)s, last_status = 200, failure = NULL, failures = 0, due_at = NULL
WHERE url = %(url)s;
