-- What an inventory walk needs to know of an organization before it starts.

-- organization --
-- The organization behind a handle, with the addresses where its inventory may be. No row: it is gone. Whether its own
-- inventory was ever walked to the end decides if the directory's part of it is worth a look.
SELECT b.id, b.name, b.website, b.inventory_url, b.inventory_candidates,
       ARRAY(SELECT n.url FROM business_aliases n
             WHERE n.organization_id = b.id AND n.source = 'classic.com'
             ORDER BY n.first_observed_at, n.url) AS profiles,
       EXISTS (SELECT FROM inventory_walks w
               WHERE w.dealer_id = b.id AND w.source <> 'classic.com' AND w.complete AND w.seen > 0) AS own_is_known
FROM business_aliases a
JOIN businesses b ON b.id = a.organization_id
WHERE a.handle = %(organization_id)s
  AND NOT EXISTS (SELECT FROM takedowns t WHERE t.subject_id = b.id AND (t.until IS NULL OR t.until > now()));

-- organization_named --
-- The organization that an operator means by an id, a handle or a website.
SELECT b.id
FROM businesses b
WHERE b.id::text = %(name)s
   OR b.id = (SELECT a.organization_id FROM business_aliases a WHERE a.handle::text = %(name)s)
   OR b.website = %(name)s
   OR %(name)s = ANY (b.profile_urls)
ORDER BY b.id
LIMIT 1;

-- last_grid --
-- Where the inventory was found before: the grid of the newest walk that saw listings, complete ones first.
SELECT w.grid_url
FROM inventory_walks w
WHERE w.dealer_id = %(organization_id)s AND w.source = 'dealer_site' AND w.grid = 'current' AND w.seen > 0
ORDER BY w.verdict = 'good' DESC, w.observed_at DESC, w.grid_url
LIMIT 1;

-- known_offers --
-- The listings that were last seen as offered, longest unseen first: what a walk has to find or to ask for. Those that
-- only a profile page on classic.com showed are not the own site's to find.
SELECT s.listing_url,
       EXISTS (SELECT FROM business_aliases n
               WHERE n.organization_id = s.dealer_id AND n.source = 'classic.com' AND n.url = s.grid_url) AS in_directory
FROM dealer_inventory_seen s
WHERE s.dealer_id = %(organization_id)s
  AND s.last_seen_status IN ('in_stock', 'pending')
  AND s.listing_url LIKE 'http%%'
ORDER BY s.last_seen_at, s.listing_url;

-- known_places --
-- The cars that a dealer's pages were seen to show without a page of their own, each with what its card said last: those
-- seen last, for what was sold long ago matters no more.
SELECT s.listing_url, said.raw_data
FROM dealer_inventory_seen s
JOIN LATERAL (
    SELECT q.raw_data
    FROM import_queue q
    WHERE q.source = 'dealer_site' AND q.kind = 'listing' AND q.url = s.listing_url
    ORDER BY q.observed_at DESC, q.key DESC
    LIMIT 1
) said ON true
WHERE s.dealer_id = %(organization_id)s AND s.listing_url LIKE '%%:~:%%'
ORDER BY s.last_seen_at DESC, s.listing_url
LIMIT 1000;

-- remembered_pages --
-- The grid pages that today's readers have read, where each listing they told is on record as the newest of its page.
SELECT g.grid, g.url, g.body_hash, g.urls, g.hashes, g.reading, g.etag, g.last_modified
FROM grid_pages g
WHERE g.organization_id = %(organization_id)s
  AND g.reader = %(reader)s
  AND NOT EXISTS (
      SELECT FROM unnest(g.urls, g.hashes) l (url, hash)
      LEFT JOIN LATERAL (
          SELECT q.payload_hash, q.observed_at
          FROM import_queue q
          WHERE q.source = 'dealer_site' AND q.kind = 'listing' AND q.url = l.url
            AND q.organization_id = g.organization_id
          ORDER BY q.observed_at DESC, q.key DESC
          LIMIT 1
      ) newest ON true
      WHERE l.hash IS NOT NULL
        AND (newest.payload_hash IS DISTINCT FROM l.hash OR newest.observed_at > %(observed_at)s)
  );

-- remember_pages --
-- Keep how grid pages were read.
INSERT INTO grid_pages (organization_id, grid, url, reader, body_hash, etag, last_modified, urls, hashes, reading,
                        observed_at)
SELECT %(organization_id)s, p.grid, p.url, %(reader)s, p.body_hash, p.etag, p.last_modified,
       ARRAY(SELECT jsonb_array_elements_text(p.urls)), ARRAY(SELECT jsonb_array_elements_text(p.hashes)), p.reading,
       %(observed_at)s
FROM jsonb_to_recordset(%(pages)s::jsonb)
    p (grid text, url text, body_hash text, etag text, last_modified text, urls jsonb, hashes jsonb, reading jsonb)
ON CONFLICT (organization_id, grid, url) DO UPDATE
SET reader = excluded.reader, body_hash = excluded.body_hash, etag = excluded.etag,
    last_modified = excluded.last_modified, urls = excluded.urls, hashes = excluded.hashes,
    reading = excluded.reading, observed_at = excluded.observed_at;

-- forget_pages --
-- Forget the pages that a grid, walked to its end, no longer has.
DELETE FROM grid_pages g
WHERE g.organization_id = %(organization_id)s AND g.grid = %(grid)s AND g.url <> ALL (%(urls)s::text[]);

-- reassert_listings --
-- Append what is on record once more where it is no longer the newest of its page: another run told otherwise since.
-- The pages must be locked before, as for append_observations.
INSERT INTO import_queue (key, source, kind, version, url, organization_id, observed_at, payload_hash, raw_data, run_id)
SELECT DISTINCT ON (o.key)
       o.key, 'dealer_site', 'listing', said.version, o.url, %(organization_id)s, %(observed_at)s, o.hash,
       said.raw_data, %(run_id)s
FROM unnest(%(keys)s::text[], %(urls)s::text[], %(hashes)s::text[]) o (key, url, hash)
LEFT JOIN LATERAL (
    SELECT q.payload_hash = o.hash AND (q.observed_at, q.key) <= (%(observed_at)s, o.key) AS is_mine
    FROM import_queue q
    WHERE q.source = 'dealer_site' AND q.kind = 'listing' AND q.url = o.url
      AND q.organization_id = %(organization_id)s
    ORDER BY q.observed_at DESC, q.key DESC
    LIMIT 1
) newest ON true
JOIN LATERAL (
    SELECT q.version, q.raw_data
    FROM import_queue q
    WHERE q.source = 'dealer_site' AND q.kind = 'listing' AND q.url = o.url
      AND q.organization_id = %(organization_id)s AND q.payload_hash = o.hash
    ORDER BY q.observed_at DESC, q.key DESC
    LIMIT 1
) said ON true
WHERE newest.is_mine IS NOT TRUE
  AND NOT EXISTS (SELECT FROM import_queue q WHERE q.key = o.key)
ORDER BY o.key
RETURNING key;

-- good_figures --
-- The figures of an organization's last good walks, newest first in each scope. An accepted one is good by a ruling only.
SELECT newest.grid, newest.scope, newest.cards, newest.pages, newest.per_page, newest.fills, newest.distinct_values,
       newest.filled, newest.was_accepted
FROM (
    SELECT f.*, NOT (f.complete AND f.drift = '[]') AS was_accepted,
           row_number() OVER (PARTITION BY f.grid, f.scope ORDER BY f.observed_at DESC, f.observation_key) AS place
    FROM walk_figures f
    LEFT JOIN inventory_walks w ON w.observation_key = f.observation_key
    WHERE f.organization_id IN (SELECT other.handle
                                FROM business_aliases mine
                                JOIN business_aliases other ON other.organization_id = mine.organization_id
                                WHERE mine.handle = %(organization_id)s)
      AND f.observed_at < %(observed_at)s
      AND coalesce(w.verdict = 'good', f.complete AND f.drift = '[]')
) newest
WHERE newest.place <= 5
ORDER BY newest.grid, newest.scope, newest.place;

-- remember_figures --
-- Keep what a walk counted.
INSERT INTO walk_figures (observation_key, organization_id, grid, scope, observed_at, run_id, platform, cards, pages,
                          per_page, fills, distinct_values, filled, complete, drift)
VALUES (%(observation_key)s, %(organization_id)s, %(grid)s, %(scope)s, %(observed_at)s, %(run_id)s, %(platform)s,
        %(cards)s, %(pages)s, %(per_page)s, %(fills)s, %(distinct_values)s, %(filled)s, %(complete)s, %(drift)s)
ON CONFLICT (observation_key) DO NOTHING;

-- forget_figures --
-- Forget a scope's old walks: of those that may be good and of the others twelve each are kept, so that no number of bad
-- walks drives out the last good ones.
DELETE FROM walk_figures f
USING (
    SELECT o.observation_key,
           row_number() OVER (PARTITION BY o.complete AND o.drift = '[]'
                              ORDER BY o.observed_at DESC, o.observation_key) AS place
    FROM walk_figures o
    WHERE o.organization_id = %(organization_id)s AND o.grid = %(grid)s AND o.scope = %(scope)s
) old
WHERE old.place > 12 AND f.observation_key = old.observation_key;

-- rendered_site --
-- What a browser brought on a site, as long as it holds.
SELECT gained FROM rendered_sites WHERE site = %(site)s AND kind = %(kind)s AND due_at > %(observed_at)s;

-- note_rendered_site --
-- Keep what a browser brought on a site.
INSERT INTO rendered_sites (site, kind, needed_since, rendered_at, gained, failure, due_at)
VALUES (%(site)s, %(kind)s, %(observed_at)s, %(observed_at)s, %(gained)s, %(failure)s, %(due_at)s)
ON CONFLICT (site, kind) DO UPDATE
SET rendered_at = excluded.rendered_at, gained = excluded.gained, failure = excluded.failure, due_at = excluded.due_at
WHERE rendered_sites.rendered_at <= excluded.rendered_at;

-- forget_rendered_site --
-- A site whose grid shows its cars without a browser.
DELETE FROM rendered_sites WHERE site = %(site)s AND kind = %(kind)s;
