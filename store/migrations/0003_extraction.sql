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

-- Times are those of the observations: of the last attempt, and of the last one that read the page or heard that it is as
-- it was. A `failure` names why the last attempt gave nothing; what the last reading left stays. `reader` is the version of
-- what read the page: another one asks for it whole.
ALTER TABLE page_fetches
    ADD COLUMN payload_hash text,
    ADD COLUMN last_read_at timestamptz,
    ADD COLUMN failure text,
    ADD COLUMN reader text;

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

-- A picture that failed, `failures` times in a row, is not asked for again before `due_at`.
ALTER TABLE page_fetches
    ADD COLUMN failures integer NOT NULL DEFAULT 0,
    ADD COLUMN due_at timestamptz;
CREATE INDEX vehicle_images_failed ON vehicle_images (vehicle_id, position) WHERE status = 'failed';

-- What the operator took down: an organization, or one vehicle. The crawler leaves it alone, the publisher answers 410.
-- A row without `until` holds until it is withdrawn; past `until` the crawler looks again, and what it sees lifts it.
CREATE TABLE takedowns (
    subject_id      uuid PRIMARY KEY,
    dealer_id       uuid NOT NULL,
    subject         text NOT NULL CHECK (subject IN ('organization', 'vehicle')),
    since           timestamptz NOT NULL,
    until           timestamptz,
    reason          text NOT NULL,
    observation_key text NOT NULL
);
CREATE INDEX takedowns_dealer ON takedowns (dealer_id);

-- The operator's rulings, which every batch asks for.
CREATE INDEX import_queue_rulings ON import_queue (organization_id) WHERE kind = 'ruling';

-- What waits for one organization.
CREATE INDEX import_queue_waiting ON import_queue (organization_id) WHERE status = 'pending';

-- The site that shows a listing, however its URL is spelled; listings on different sites are never one page.
CREATE FUNCTION listing_site(url text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(lower(coalesce(substring(url FROM '://([^/?#]*)'), '') COLLATE "C"), '^www\.|:(?:80|443)$', '', 'g');
CREATE INDEX import_queue_site ON import_queue (listing_site(url), organization_id) WHERE kind IN ('listing', 'listing_detail');

-- What each finished walk of a grid counted: its cards, how many of them fill each field, how many different values there
-- are among how many, the cards of its fullest page, and the fields each listing fills (pairs of checksum and bits). Later walks are compared with the good ones (crawler/walk_figures.py).
-- `scope` is the identity of the grid's URL, `observation_key` the walk's manifest.
CREATE TABLE walk_figures (
    observation_key text PRIMARY KEY,
    organization_id uuid NOT NULL,
    grid            text NOT NULL CHECK (grid IN ('current', 'sold', 'feed')),
    scope           text NOT NULL,
    observed_at     timestamptz NOT NULL,
    run_id          uuid,
    platform        text NOT NULL,
    cards           integer NOT NULL,
    pages           integer NOT NULL,
    per_page        integer NOT NULL,
    fills           jsonb NOT NULL,
    distinct_values jsonb NOT NULL,
    filled          jsonb NOT NULL,
    complete        boolean NOT NULL,
    drift           jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX walk_figures_scope ON walk_figures (organization_id, grid, scope, observed_at);

-- What drawing a site's grid in a browser brought (docs/rendering.md). `gained` are the listings that only the browser
-- showed, the last time; with any, the next walks go straight to it, without asking endpoints before; with none, `failure`
-- says why. Both hold until `due_at`. A grid that shows its cars without a browser takes its row away.
CREATE TABLE rendered_sites (
    site         text PRIMARY KEY,
    needed_since timestamptz NOT NULL,
    rendered_at  timestamptz NOT NULL,
    gained       integer NOT NULL CHECK (gained >= 0),
    failure      text,
    due_at       timestamptz NOT NULL
);
