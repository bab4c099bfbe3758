-- Paddock's whole schema: the first file to read. The rules live here as constraints; docs/data-model.md tells the story.
--
-- Three groups of tables:
--   queues        what is to be done, and the observations that came in      (crawler, workers, operator, normalizer)
--   canonical     what is believed, a pure function of the observations      (normalizer only)
--   operational   run records and caches that no rule reads                  (each program its own)
--
-- Who may write what is decided by roles.sql, not by convention.

CREATE EXTENSION IF NOT EXISTS postgis;

-- ------------------------------------------------------------------------------------------------------------ queues
-- Columns that every queue shares. A row goes
--   pending → processing (claimed: attempts and token grow, the lease runs) → completed | skipped
--   processing → pending (failed, backed off; or the lease ran out) → … → dead (attempts used up)
-- `token` grows with every transition; whoever finishes a row must name the token it claimed with (fencing).
-- All times are the database's.

CREATE TABLE classic_seller_queue (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    profile_url   text NOT NULL UNIQUE,
    seller_type   text CHECK (seller_type IN ('dealer', 'auction_house')),
    seller_name   text,
    discovered_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at  timestamptz NOT NULL DEFAULT now(),

    status        text NOT NULL DEFAULT 'pending'
                  CHECK (status IN ('pending', 'processing', 'completed', 'skipped', 'dead')),
    priority      smallint NOT NULL DEFAULT 0,
    attempts      integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    max_attempts  integer NOT NULL DEFAULT 5 CHECK (max_attempts > 0),
    next_run_at   timestamptz NOT NULL DEFAULT now(),
    token         bigint NOT NULL DEFAULT 0,
    lease_until   timestamptz,
    locked_by     text,
    last_error    text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CHECK ((status = 'processing') = (lease_until IS NOT NULL)),
    CONSTRAINT attempts_within_bounds
        CHECK (attempts <= max_attempts AND (attempts < max_attempts OR status <> 'pending'))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);

-- One row is the recurring schedule of one organization's inventory. The normalizer inserts and retires rows; the
-- crawler claims and finishes them. Finishing sets the next slot; missed slots coalesce.
CREATE TABLE organization_inventory_sync_queue (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id uuid NOT NULL,
    run_mode        text NOT NULL DEFAULT 'both' CHECK (run_mode IN ('current', 'sold', 'both')),
    every           interval NOT NULL DEFAULT '24 hours' CHECK (every > '0 seconds'),
    last_run_at     timestamptz,

    status          text NOT NULL DEFAULT 'pending'
                    CHECK (status IN ('pending', 'processing', 'completed', 'skipped', 'dead')),
    priority        smallint NOT NULL DEFAULT 0,
    attempts        integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    max_attempts    integer NOT NULL DEFAULT 5 CHECK (max_attempts > 0),
    next_run_at     timestamptz NOT NULL DEFAULT now(),
    token           bigint NOT NULL DEFAULT 0,
    lease_until     timestamptz,
    locked_by       text,
    last_error      text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, run_mode),
    CHECK ((status = 'processing') = (lease_until IS NOT NULL)),
    CONSTRAINT attempts_within_bounds
        CHECK (attempts <= max_attempts AND (attempts < max_attempts OR status <> 'pending'))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);

-- One row is one observation: something learned from outside. Rows are inserted by the crawler, the workers and the
-- operator and never changed in content; the normalizer drains them in one transaction per batch, without leases.
-- `key` is not unique so that the table can be partitioned by observed_at: the normalizer skips the later row of a key.
CREATE TABLE import_queue (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key             text NOT NULL,
    source          text NOT NULL,
    kind            text NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    url             text NOT NULL,
    organization_id uuid,
    observed_at     timestamptz NOT NULL,
    payload_hash    text NOT NULL,
    raw_data        jsonb NOT NULL,
    run_id          uuid,

    status          text NOT NULL DEFAULT 'pending'
                    CHECK (status IN ('pending', 'processing', 'completed', 'skipped', 'dead')),
    priority        smallint NOT NULL DEFAULT 0,
    attempts        integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    max_attempts    integer NOT NULL DEFAULT 5 CHECK (max_attempts > 0),
    next_run_at     timestamptz NOT NULL DEFAULT now(),
    token           bigint NOT NULL DEFAULT 0,
    lease_until     timestamptz,
    locked_by       text,
    last_error      text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    -- A clock that runs ahead would win every comparison of times.
    CONSTRAINT observed_at_not_ahead CHECK (observed_at <= created_at + interval '10 minutes')
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02);

CREATE INDEX import_queue_pending ON import_queue (id) WHERE status = 'pending';
CREATE INDEX import_queue_waiting ON import_queue (organization_id) WHERE status = 'pending';
CREATE INDEX import_queue_key ON import_queue (key);
-- The page's history: suppression of equal payloads, and the owner of a shared listing URL.
CREATE INDEX import_queue_page ON import_queue (url, kind, source, organization_id, observed_at);
-- The organization's observations: what a fold reads.
CREATE INDEX import_queue_organization ON import_queue (organization_id, kind, observed_at);
CREATE INDEX import_queue_parked ON import_queue (id) WHERE status = 'dead';
-- The site that shows a listing, however its URL is spelled; listings on different sites are never one page.
CREATE FUNCTION listing_site(url text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(lower(split_part(split_part(split_part(split_part(url, '://', 2), '/', 1), '?', 1), '#', 1) COLLATE "C"),
                          '^www\.|:(?:80|443)$', '', 'g');
CREATE INDEX import_queue_site ON import_queue (listing_site(url), organization_id) WHERE kind IN ('listing', 'listing_detail');
-- The operator's rulings, which every batch asks for.
CREATE INDEX import_queue_rulings ON import_queue (organization_id) WHERE kind = 'ruling';

-- Who may append, may not thereby speak in everybody's name: grants are for tables, and every kind of observation is in one.
-- What the operator says stands above every page, so it is the operator's role that must say it. The archivist puts back
-- what is in his files.
CREATE FUNCTION only_the_operator_says_so() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname IN ('paddock_operator', 'paddock_archivist')
                                          AND pg_has_role(current_user, oid, 'MEMBER')) THEN
        RAISE insufficient_privilege
            USING MESSAGE = format('%s may not append observations of source "%s"', current_user, NEW.source);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER whose_word BEFORE INSERT ON import_queue
    FOR EACH ROW WHEN (NEW.source IN ('operator', 'legacy')) EXECUTE FUNCTION only_the_operator_says_so();

-- One row is one file of the archive: the drained observations of one month, UTC, whose organization ids begin with `slice`
-- (those that name none begin with zeros). `taken` of its `rows` have left import_queue for
-- observation_histories. A `stale` file still holds what a ruling has redacted since.
CREATE TABLE archive_files (
    month             date NOT NULL CHECK (extract(day FROM month) = 1),
    slice             text NOT NULL CHECK (slice ~ '^[0-9a-f]{0,3}$'),
    file              text NOT NULL UNIQUE,
    sha256            text NOT NULL,
    bytes             bigint NOT NULL,
    rows              integer NOT NULL,
    taken             integer NOT NULL CHECK (taken <= rows),
    first_observed_at timestamptz,
    last_observed_at  timestamptz,
    stale             boolean NOT NULL DEFAULT false,
    archived_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (month, slice)
);

-- What has left import_queue, packed by normalizer/histories.py: the observations of one kind, stamped with one handle, of
-- one month. `names` are the beginnings of their keys, so that one can be found.
CREATE TABLE observation_histories (
    organization_id uuid NOT NULL,
    month           date NOT NULL,
    kind            text NOT NULL,
    names           bigint[] NOT NULL,
    content         bytea NOT NULL,
    PRIMARY KEY (organization_id, month, kind)
);
-- It is compressed already.
ALTER TABLE observation_histories ALTER COLUMN content SET STORAGE EXTERNAL;

-- A background task. Unique (task, idempotency_key) while open; `once` makes the key unique for ever.
CREATE TABLE job_queue (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task            text NOT NULL CHECK (task IN ('geocode', 'url_shortening', 'indexnow_ping',
                                                  'feature_normalization', 'cleanup')),
    payload         jsonb NOT NULL DEFAULT '{}',
    idempotency_key text NOT NULL,
    once            boolean NOT NULL DEFAULT false,

    status          text NOT NULL DEFAULT 'pending'
                    CHECK (status IN ('pending', 'processing', 'completed', 'skipped', 'dead')),
    priority        smallint NOT NULL DEFAULT 0,
    attempts        integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    max_attempts    integer NOT NULL DEFAULT 8 CHECK (max_attempts > 0),
    next_run_at     timestamptz NOT NULL DEFAULT now(),
    token           bigint NOT NULL DEFAULT 0,
    lease_until     timestamptz,
    locked_by       text,
    last_error      text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CHECK ((status = 'processing') = (lease_until IS NOT NULL)),
    CONSTRAINT attempts_within_bounds
        CHECK (attempts <= max_attempts AND (attempts < max_attempts OR status <> 'pending'))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);

CREATE UNIQUE INDEX job_queue_open ON job_queue (task, idempotency_key) WHERE status IN ('pending', 'processing');
CREATE UNIQUE INDEX job_queue_once ON job_queue (task, idempotency_key) WHERE once;

-- What a claim walks, in its order. A recurring row is due again when its completed run lies far enough back.
CREATE INDEX classic_seller_queue_due ON classic_seller_queue (priority, next_run_at, id)
    WHERE status IN ('pending', 'completed');
CREATE INDEX organization_inventory_sync_queue_due ON organization_inventory_sync_queue (priority, next_run_at, id)
    WHERE status IN ('pending', 'completed');
CREATE INDEX job_queue_due ON job_queue (priority, next_run_at, id) WHERE status = 'pending';
CREATE INDEX job_queue_task_due ON job_queue (task, priority, next_run_at, id) WHERE status = 'pending';
-- What a sweep walks.
CREATE INDEX classic_seller_queue_leased ON classic_seller_queue (lease_until) WHERE status = 'processing';
CREATE INDEX organization_inventory_sync_queue_leased ON organization_inventory_sync_queue (lease_until)
    WHERE status = 'processing';
CREATE INDEX job_queue_leased ON job_queue (lease_until) WHERE status = 'processing';
-- What waits for an operator, and what a prune deletes: never a row whose key is taken for ever.
CREATE INDEX classic_seller_queue_dead ON classic_seller_queue (id) WHERE status = 'dead';
CREATE INDEX organization_inventory_sync_queue_dead ON organization_inventory_sync_queue (id) WHERE status = 'dead';
CREATE INDEX job_queue_dead ON job_queue (id) WHERE status = 'dead';
CREATE INDEX job_queue_finished ON job_queue (updated_at) WHERE status IN ('completed', 'skipped') AND NOT once;

-- --------------------------------------------------------------------------------------------------------- canonical
-- Written by the normalizer only. Every id is a UUIDv5 of raw source fields, every time an observation's.
-- `provenance` maps a column to [source, observation key]. `content_changed_at` is the time of the observation that
-- changed the row last (part of the digest); `revision` is a sequence for ETags and cursors (outside the digest).

CREATE SEQUENCE canonical_revision;

CREATE TABLE businesses (
    id                   uuid PRIMARY KEY,
    name                 text NOT NULL,
    business_type        text NOT NULL CHECK (business_type IN ('dealer', 'auction_house')),
    dealer_license       text,
    website              text,
    geographic_key       text,
    phone                text,
    email                text,
    address              text,
    city                 text,
    state                text,
    postal_code          text,
    country              text CHECK (country ~ '^[A-Z]{2}$'),
    location             geography (Point, 4326),
    logo_url             text,
    favicon_url          text,
    primary_image_url    text,
    description          text,
    inventory_url        text,
    inventory_candidates text[] NOT NULL DEFAULT '{}',
    same_as              text[] NOT NULL DEFAULT '{}',
    profile_urls         text[] NOT NULL DEFAULT '{}',
    provenance           jsonb NOT NULL DEFAULT '{}',
    first_seen_at        timestamptz NOT NULL,
    last_seen_at         timestamptz NOT NULL,
    content_changed_at   timestamptz NOT NULL,
    revision             bigint NOT NULL DEFAULT nextval('canonical_revision')
);
CREATE INDEX businesses_location ON businesses USING gist (location);
CREATE INDEX businesses_website ON businesses (website);

-- Every node (a profile page or feed root), the keys in force that it joins by, and the organization it belongs to now:
-- a total map from handles to organizations. The clustering reads this table alone.
CREATE TABLE business_aliases (
    handle            uuid PRIMARY KEY,
    organization_id   uuid NOT NULL,
    source            text NOT NULL,
    url               text NOT NULL,
    first_observed_at timestamptz NOT NULL,
    dealer_license    text,
    website           text,
    geographic_key    text
);
CREATE INDEX business_aliases_organization ON business_aliases (organization_id);

CREATE TABLE vehicles (
    id                 uuid PRIMARY KEY,
    dealer_id          uuid NOT NULL,
    identity_key       text NOT NULL,
    discovery_url      text NOT NULL,
    vin                text,
    vin_kind           text CHECK (vin_kind IN ('vin', 'chassis')),
    stock              text,
    title              text,
    year               integer CHECK (year BETWEEN 1880 AND 2100),
    make               text,
    model              text,
    trim               text,
    body_style         text,
    exterior_color     text,
    interior_color     text,
    engine             text,
    transmission       text,
    drivetrain         text,
    mileage            integer CHECK (mileage >= 0),
    mileage_unit       text CHECK (mileage_unit IN ('mi', 'km')),
    price              numeric(14, 2) CHECK (price > 0),
    currency           text CHECK (currency ~ '^[A-Z]{3}$'),
    price_kind         text CHECK (price_kind IN ('asking', 'on_request', 'sold', 'bid')),
    description        text,
    status             text NOT NULL CHECK (status IN ('in_stock', 'pending', 'sold', 'removed')),
    status_evidence    text NOT NULL,
    sold_at            timestamptz,
    flags              text[] NOT NULL DEFAULT '{}',
    provenance         jsonb NOT NULL DEFAULT '{}',
    first_seen_at      timestamptz NOT NULL,
    last_seen_at       timestamptz NOT NULL,
    content_changed_at timestamptz NOT NULL,
    revision           bigint NOT NULL DEFAULT nextval('canonical_revision'),
    -- Deferred: one transaction may hand a URL or an identity from one vehicle to another.
    CONSTRAINT vehicles_identity UNIQUE (dealer_id, identity_key) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT vehicles_discovery_url UNIQUE (discovery_url) DEFERRABLE INITIALLY DEFERRED,
    CHECK (last_seen_at >= first_seen_at),
    CHECK (price IS NULL OR currency IS NOT NULL),
    CHECK ((mileage IS NULL) = (mileage_unit IS NULL)),
    CHECK (sold_at IS NULL OR status = 'sold')
) WITH (fillfactor = 50);
CREATE INDEX vehicles_vin ON vehicles (vin) WHERE vin IS NOT NULL;

-- Every listing handle that was ever seen, and the vehicle it belongs to now.
CREATE TABLE vehicle_aliases (
    handle     uuid PRIMARY KEY,
    dealer_id  uuid NOT NULL,
    vehicle_id uuid NOT NULL,
    url        text NOT NULL
);
CREATE INDEX vehicle_aliases_vehicle ON vehicle_aliases (vehicle_id);
CREATE INDEX vehicle_aliases_dealer ON vehicle_aliases (dealer_id);

-- The newest snapshot per (source, kind, listing): what the merge of a vehicle folds over.
CREATE TABLE vehicle_sources (
    vehicle_id       uuid NOT NULL,
    dealer_id        uuid NOT NULL,
    source           text NOT NULL,
    kind             text NOT NULL,
    listing          text NOT NULL,
    observation_key  text NOT NULL,
    payload_hash     text NOT NULL,
    observed_at      timestamptz NOT NULL,
    last_asserted_at timestamptz NOT NULL,
    PRIMARY KEY (vehicle_id, source, kind, listing)
) WITH (fillfactor = 50);
CREATE INDEX vehicle_sources_dealer ON vehicle_sources (dealer_id);

CREATE TABLE vehicle_images (
    vehicle_id  uuid NOT NULL,
    position    integer NOT NULL CHECK (position >= 0),
    dealer_id   uuid NOT NULL,
    source_url  text NOT NULL,
    is_primary  boolean NOT NULL DEFAULT false,
    status      text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'stored', 'refused', 'failed')),
    reason      text,
    sha256      text,
    storage_key text,
    width       integer,
    height      integer,
    PRIMARY KEY (vehicle_id, position)
);
CREATE INDEX vehicle_images_dealer ON vehicle_images (dealer_id);
CREATE INDEX vehicle_images_pending ON vehicle_images (vehicle_id, position) WHERE status = 'pending';
CREATE INDEX vehicle_images_failed ON vehicle_images (vehicle_id, position) WHERE status = 'failed';

-- An organization's own pictures, as its profile names them.
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

CREATE TABLE organization_vehicles (
    organization_id   uuid NOT NULL,
    vehicle_id        uuid NOT NULL,
    relationship_type text NOT NULL CHECK (relationship_type IN ('consigner', 'sold_by')),
    status            text NOT NULL CHECK (status IN ('active', 'sold', 'archived')),
    listing_status    text NOT NULL CHECK (listing_status IN ('for_sale', 'sold', 'removed')),
    since             timestamptz NOT NULL,
    -- One relation per pair: a car is either offered or sold by an organization, never both.
    PRIMARY KEY (organization_id, vehicle_id),
    CHECK ((relationship_type = 'sold_by') = (status = 'sold')),
    CHECK ((status = 'active') = (listing_status = 'for_sale'))
);

CREATE TABLE dealer_inventory (
    dealer_id    uuid NOT NULL,
    vehicle_id   uuid NOT NULL,
    status       text NOT NULL CHECK (status IN ('in_stock', 'pending', 'sold', 'removed')),
    asking_price numeric(14, 2) CHECK (asking_price > 0),
    sale_price   numeric(14, 2) CHECK (sale_price > 0),
    currency     text CHECK (currency ~ '^[A-Z]{3}$'),
    listed_at    timestamptz NOT NULL,
    sold_at      timestamptz,
    removed_at   timestamptz,
    evidence     text NOT NULL,
    PRIMARY KEY (dealer_id, vehicle_id),
    CHECK (sold_at IS NULL OR status = 'sold'),
    CHECK (sale_price IS NULL OR status = 'sold')
);

CREATE TABLE dealer_inventory_seen (
    dealer_id        uuid NOT NULL,
    listing_url      text NOT NULL,
    vehicle_id       uuid NOT NULL,
    grid_url         text,
    first_seen_at    timestamptz NOT NULL,
    last_seen_at     timestamptz NOT NULL,
    last_seen_status text NOT NULL CHECK (last_seen_status IN ('in_stock', 'pending', 'sold', 'removed')),
    seen_count       integer NOT NULL CHECK (seen_count >= 0),
    missed_runs      integer NOT NULL CHECK (missed_runs >= 0),
    PRIMARY KEY (dealer_id, listing_url)
) WITH (fillfactor = 50);
CREATE INDEX dealer_inventory_seen_vehicle ON dealer_inventory_seen (vehicle_id);

-- One row per manifest: the walk, and whether it may prove absence.
CREATE TABLE inventory_walks (
    observation_key text PRIMARY KEY,
    dealer_id       uuid NOT NULL,
    source          text NOT NULL,
    grid_url        text NOT NULL,
    grid            text NOT NULL CHECK (grid IN ('current', 'sold', 'feed')),
    observed_at     timestamptz NOT NULL,
    complete        boolean NOT NULL,
    seen            integer NOT NULL,
    verdict         text NOT NULL CHECK (verdict IN ('good', 'quarantined')),
    reason          text,
    CHECK ((verdict = 'quarantined') = (reason IS NOT NULL))
);
CREATE INDEX inventory_walks_dealer ON inventory_walks (dealer_id, observed_at);
-- What every run ends with.
CREATE INDEX inventory_walks_quarantined ON inventory_walks (dealer_id) WHERE verdict = 'quarantined';

-- The derived history of a vehicle, recomputed from the sorted observations, not appended to.
CREATE TABLE vehicle_events (
    vehicle_id      uuid NOT NULL,
    position        integer NOT NULL,
    dealer_id       uuid NOT NULL,
    happened_at     timestamptz NOT NULL,
    event           text NOT NULL CHECK (event IN ('listed', 'price_changed', 'status_changed', 'sold', 'relisted',
                                                   'removed')),
    detail          jsonb NOT NULL DEFAULT '{}',
    observation_key text NOT NULL,
    PRIMARY KEY (vehicle_id, position)
);
CREATE INDEX vehicle_events_dealer ON vehicle_events (dealer_id);

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

CREATE VIEW dealers AS SELECT * FROM businesses WHERE business_type = 'dealer';

-- Where a VIN or chassis number has been offered, over all dealers.
CREATE VIEW vin_histories AS
    SELECT v.vin, v.dealer_id, b.name AS dealer_name, v.id AS vehicle_id, v.status, v.price, v.currency,
           v.first_seen_at, v.last_seen_at, v.sold_at
    FROM vehicles v JOIN businesses b ON b.id = v.dealer_id
    WHERE v.vin IS NOT NULL;

-- The roster with the organization behind each profile, which only the normalizer knows.
CREATE VIEW classic_sellers AS
    SELECT q.profile_url, q.seller_type, q.seller_name, q.status, q.discovered_at, q.last_seen_at, a.organization_id
    FROM classic_seller_queue q LEFT JOIN business_aliases a ON a.url = q.profile_url AND a.source = 'classic.com';

-- ------------------------------------------------------------------------------------------------------- operational
CREATE TABLE crawl_runs (
    id            uuid PRIMARY KEY,
    spider        text NOT NULL,
    arguments     jsonb NOT NULL DEFAULT '{}',
    observed_at   timestamptz,
    started_at    timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz,
    finish_reason text,
    exit_code     smallint,
    counts        jsonb NOT NULL DEFAULT '{}',
    errors        jsonb NOT NULL DEFAULT '{}',
    outcomes      jsonb NOT NULL DEFAULT '[]'
);
CREATE INDEX crawl_runs_started ON crawl_runs (started_at);

-- What a page fetch needs to be polite. Times are those of the observations: of the last attempt, and of the last one
-- that read the page or heard that it is as it was. A `failure` names why the last attempt gave nothing; what the last
-- reading left stays. A picture that failed, `failures` times in a row, is not asked for again before `due_at`.
CREATE TABLE page_fetches (
    url             text PRIMARY KEY,
    etag            text,
    last_modified   text,
    last_checked_at timestamptz NOT NULL DEFAULT now(),
    last_status     integer,
    payload_hash    text,
    last_read_at    timestamptz,
    failure         text,
    reader          text,
    failures        integer NOT NULL DEFAULT 0,
    due_at          timestamptz,
    body_hash       text
);

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

-- What drawing a site's grid in a browser brought (docs/rendering.md). `gained` are the listings that only the browser
-- showed, the last time; with any, the next walks go straight to it, without asking endpoints before; with none, `failure`
-- says why. Both hold until `due_at`. A grid that shows its cars without a browser takes its row away. Of `kind` vehicle is
-- what drawing the site's vehicle pages brought, where its grid needs no browser.
CREATE TABLE rendered_sites (
    site         text NOT NULL,
    needed_since timestamptz NOT NULL,
    rendered_at  timestamptz NOT NULL,
    gained       integer NOT NULL CHECK (gained >= 0),
    failure      text,
    due_at       timestamptz NOT NULL,
    kind         text NOT NULL DEFAULT 'grid' CHECK (kind IN ('grid', 'vehicle')),
    PRIMARY KEY (site, kind)
);

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

-- The url_shortening worker's cache.
CREATE TABLE vehicle_links (
    target_url      text PRIMARY KEY,
    short_url       text,
    rebrandly_id    text,
    status          text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'ready', 'failed')),
    attempts        integer NOT NULL DEFAULT 0,
    last_attempt_at timestamptz
);
