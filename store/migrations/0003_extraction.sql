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
