-- What nearly every walk changes: the times of the last sight. Half of a page stays free, so that a row's next version finds
-- room beside it and no index has to learn of it.
ALTER TABLE vehicles SET (fillfactor = 50);
ALTER TABLE vehicle_sources SET (fillfactor = 50);
ALTER TABLE dealer_inventory_seen SET (fillfactor = 50);

-- The site of a listing, cut out instead of searched for: every new row of the queue asks, and every mark asks again.
CREATE OR REPLACE FUNCTION listing_site(url text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(lower(split_part(split_part(split_part(split_part(url, '://', 2), '/', 1), '?', 1), '#', 1) COLLATE "C"),
                          '^www\.|:(?:80|443)$', '', 'g');
REINDEX INDEX import_queue_site;
