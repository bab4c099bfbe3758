-- A site whose grid needs no browser may have vehicle pages that do: what drawing brought is kept for either.
ALTER TABLE rendered_sites
    ADD COLUMN kind text NOT NULL DEFAULT 'grid' CHECK (kind IN ('grid', 'vehicle')),
    DROP CONSTRAINT rendered_sites_pkey,
    ADD PRIMARY KEY (site, kind);
