-- The bytes of a vehicle's page when it was read last, as crawler/body_hash.py counts them: most sites name no version of
-- their pages, and one that did not change need not be read again.
ALTER TABLE page_fetches ADD COLUMN body_hash text;
