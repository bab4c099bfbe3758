-- Vehicle pages, pictures of organizations, and what page fetches remember.

CREATE TABLE organization_images (
    organization_id uuid NOT NULL,
    purpose         text NOT NULL CHECK (purpose IN ('logo', 'favicon', 'banner')),
    source_url      text NOT NULL,
    status          text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'stored', 'refused', 'failed')),
    reason          text,
    sha256          text,
    storage_key     text,
    width           integer,
    height          integer,
    PRIMARY KEY (organization_id, purpose)
);
CREATE INDEX organization_images_pending ON organization_images (organization_id) WHERE status = 'pending';

ALTER TABLE page_fetches ADD COLUMN payload_hash text;

-- How each page of an inventory grid was last read, so that an unchanged one is not read again. `urls` are its
-- listings, `hashes` their payloads (null: the page told none of it); `reading` is crawler/grid_memory.py's.
CREATE TABLE grid_pages (
    organization_id uuid NOT NULL,
    grid            text NOT NULL CHECK (grid IN ('current', 'sold')),
    url             text NOT NULL,
    reader          text NOT NULL,
    body_hash       text NOT NULL,
    etag            text,
    last_modified   text,
    urls            text[] NOT NULL,
    hashes          text[] NOT NULL,
    reading         jsonb NOT NULL,
    observed_at     timestamptz NOT NULL,
    PRIMARY KEY (organization_id, grid, url)
);
