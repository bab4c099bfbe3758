-- What an inventory walk needs to know of an organization before it starts.

-- organization --
-- The organization behind a handle, with the addresses where its inventory may be. No row: it is gone.
SELECT b.id, b.name, b.website, b.inventory_url, b.inventory_candidates
FROM business_aliases a
JOIN businesses b ON b.id = a.organization_id
WHERE a.handle = %(organization_id)s;

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
-- The listings that were last seen as offered, longest unseen first: what a walk has to find or to ask for.
SELECT s.listing_url
FROM dealer_inventory_seen s
WHERE s.dealer_id = %(organization_id)s
  AND s.last_seen_status IN ('in_stock', 'pending')
  AND s.listing_url LIKE 'http%%'
ORDER BY s.last_seen_at, s.listing_url;
