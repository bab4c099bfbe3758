-- Which vehicle pages are due, and what their fetches remember. Times are observations' times: a backfill of old days
-- decides as those days would have.

-- dealers --
-- The dealers with listings that have a page, whose turn it is longest first. A place in a page (":~:") is none.
SELECT b.id, b.name, b.website
FROM businesses b
JOIN (
    SELECT s.dealer_id, max(f.last_checked_at) AS last_visit
    FROM dealer_inventory_seen s
    LEFT JOIN page_fetches f ON f.url = s.listing_url
    WHERE s.listing_url LIKE 'http%%' AND s.listing_url NOT LIKE '%%:~:%%'
      AND (%(organization_id)s::uuid IS NULL OR s.dealer_id = %(organization_id)s::uuid)
    GROUP BY s.dealer_id
) visited ON visited.dealer_id = b.id
WHERE NOT EXISTS (SELECT FROM takedowns t WHERE t.subject_id = b.id AND (t.until IS NULL OR t.until > now()))
ORDER BY visited.last_visit NULLS FIRST, b.id;

-- try_lock --
-- Keep other runs from a dealer's vehicle pages until this connection lets go.
SELECT pg_try_advisory_lock(hashtextextended(concat('listings of ', %(dealer_id)s::text), 11));

-- still_there --
-- Find out whether the connection that holds the locks is still alive.
SELECT %(dealer_id)s::uuid IS NOT NULL;

-- unlock --
-- Let other runs visit a dealer's vehicle pages.
SELECT pg_advisory_unlock(hashtextextended(concat('listings of ', %(dealer_id)s::text), 11));

-- due --
-- A dealer's due vehicle pages behind the place (rank, url), most urgent first: new ones (0), those whose sold mark a
-- later card contradicts (1), changed on the grid (2), just sold (3), old (4). A page that gave nothing rests a while,
-- and so does a site that refused. Of a car that another source knows, the directory's page is not asked.
WITH card AS MATERIALIZED (
    SELECT DISTINCT ON (c.vehicle_id, listing_url)
           c.vehicle_id, coalesce(q.raw_data ->> 'listing_url', q.url) AS listing_url, c.source, c.observed_at,
           c.last_asserted_at, q.organization_id, q.raw_data ->> 'listing_status' AS listing_status,
           q.raw_data ->> 'title' AS title, q.raw_data ->> 'vin' AS vin
    FROM vehicle_sources c
    JOIN import_queue q ON q.key = c.observation_key
    WHERE c.dealer_id = %(dealer_id)s AND c.kind = 'listing'
    ORDER BY c.vehicle_id, listing_url, c.observed_at DESC, c.observation_key DESC, q.id
), known AS MATERIALIZED (
    SELECT f.failure, f.last_checked_at, f.last_read_at
    FROM dealer_inventory_seen s
    JOIN page_fetches f ON f.url = s.listing_url
    WHERE s.dealer_id = %(dealer_id)s
), refusal AS MATERIALIZED (
    -- A site that refused three pages, and has let none be read since, rests as a whole.
    SELECT count(*) >= 3 AS is_recent
    FROM known
    WHERE known.failure LIKE 'blocked: %%' AND known.failure <> 'blocked: robots'
      AND known.last_checked_at > %(observed_at)s::timestamptz - %(retry_after)s::interval
      AND known.last_checked_at > coalesce((SELECT max(last_read_at) FROM known), '-infinity')
), page AS (
    SELECT s.listing_url AS url, card.source, coalesce(card.organization_id, s.dealer_id) AS organization_id,
           card.title, card.vin, s.grid_url, f.etag, f.last_modified, f.payload_hash, f.body_hash, f.reader,
           CASE
               WHEN f.failure IS NOT NULL AND f.last_checked_at > %(observed_at)s::timestamptz - %(retry_after)s::interval THEN NULL
               WHEN s.last_seen_status IN ('in_stock', 'pending') AND f.last_read_at IS NULL THEN 0
               WHEN card.listing_status = 'in_stock' AND card.last_asserted_at > f.last_read_at
                    AND s.last_seen_status <> 'removed'
                    AND (SELECT q.raw_data ->> 'page_status'
                         FROM import_queue q
                         WHERE q.url = s.listing_url AND q.kind = 'listing_detail'
                         ORDER BY q.observed_at DESC, q.key DESC
                         LIMIT 1) = 'sold' THEN 1
               WHEN s.last_seen_status IN ('in_stock', 'pending') AND card.observed_at > f.last_read_at THEN 2
               WHEN s.last_seen_status = 'sold' AND f.last_read_at IS NOT NULL AND f.last_checked_at < v.sold_at THEN 3
               WHEN s.last_seen_status IN ('in_stock', 'pending')
                    AND f.last_read_at <= %(observed_at)s::timestamptz - %(max_age)s::interval THEN 4
           END AS rank
    FROM dealer_inventory_seen s
    JOIN vehicles v ON v.id = s.vehicle_id
    LEFT JOIN card ON card.vehicle_id = s.vehicle_id AND card.listing_url = s.listing_url
    LEFT JOIN page_fetches f ON f.url = s.listing_url
    WHERE s.dealer_id = %(dealer_id)s
      AND s.listing_url LIKE 'http%%' AND s.listing_url NOT LIKE '%%:~:%%'
      AND NOT EXISTS (SELECT FROM takedowns t WHERE t.subject_id = s.vehicle_id AND (t.until IS NULL OR t.until > now()))
      AND (card.source IS DISTINCT FROM 'classic.com'
           OR NOT EXISTS (SELECT FROM vehicle_sources o
                          WHERE o.vehicle_id = s.vehicle_id AND o.source <> 'classic.com'))
)
SELECT rank, url, source, organization_id, title, vin, grid_url, etag, last_modified, payload_hash, body_hash, reader
FROM page
WHERE rank IS NOT NULL AND NOT (SELECT is_recent FROM refusal) AND (rank, url) > (%(after_rank)s, %(after_url)s::text)
ORDER BY rank, url
LIMIT %(limit)s;

-- siblings --
-- Pages of a dealer that answered when they were asked last: one of them must answer before another page's 404 means
-- anything.
SELECT s.listing_url AS url, f.etag, f.last_modified, f.reader
FROM dealer_inventory_seen s
JOIN page_fetches f ON f.url = s.listing_url
WHERE s.dealer_id = %(dealer_id)s AND s.last_seen_status IN ('in_stock', 'pending')
  AND f.last_read_at IS NOT NULL AND f.failure IS NULL AND NOT s.listing_url = ANY (%(visited)s::text[])
ORDER BY f.last_read_at DESC, s.listing_url
LIMIT 3;

-- remember --
-- Keep what page fetches told. A failure keeps what the last reading left; an older run changes nothing.
INSERT INTO page_fetches AS p (url, etag, last_modified, last_checked_at, last_status, payload_hash, last_read_at, failure,
                               reader, body_hash)
SELECT DISTINCT ON (f.url)
       f.url, f.etag, f.last_modified, %(observed_at)s::timestamptz, f.status, f.payload_hash,
       CASE WHEN f.failure IS NULL THEN %(observed_at)s::timestamptz END, f.failure,
       CASE WHEN f.failure IS NULL THEN %(reader)s::text END, f.body_hash
FROM unnest(%(urls)s::text[], %(etags)s::text[], %(dates)s::text[], %(statuses)s::integer[], %(hashes)s::text[],
            %(failures)s::text[], %(bodies)s::text[])
     f (url, etag, last_modified, status, payload_hash, failure, body_hash)
ORDER BY f.url
ON CONFLICT (url) DO UPDATE
SET last_checked_at = excluded.last_checked_at,
    last_status = excluded.last_status,
    failure = excluded.failure,
    reader = coalesce(excluded.reader, p.reader),
    last_read_at = coalesce(excluded.last_read_at, p.last_read_at),
    payload_hash = coalesce(excluded.payload_hash, p.payload_hash),
    etag = CASE WHEN excluded.failure IS NULL THEN excluded.etag ELSE p.etag END,
    last_modified = CASE WHEN excluded.failure IS NULL THEN excluded.last_modified ELSE p.last_modified END,
    body_hash = CASE WHEN excluded.failure IS NULL THEN excluded.body_hash ELSE p.body_hash END
WHERE excluded.last_checked_at >= p.last_checked_at;
