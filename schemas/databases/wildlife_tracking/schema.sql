-- Wildlife research in several parks: taxa and species, animals, the tags they carry, GPS fixes and sightings.

CREATE TABLE taxa (
    tax_id integer PRIMARY KEY,
    par_id integer REFERENCES taxa (tax_id),
    rnk text NOT NULL CHECK (rnk IN ('class', 'order', 'family', 'genus')),
    sci_nm text NOT NULL UNIQUE
);

CREATE TABLE sp (
    sp_code text PRIMARY KEY,
    tax_id integer NOT NULL REFERENCES taxa (tax_id),
    com_nm text NOT NULL UNIQUE,
    iucn text CHECK (iucn IN ('LC', 'NT', 'VU', 'EN')),
    nocturnal boolean
);

CREATE TABLE park (
    park_cd text PRIMARY KEY,
    nm text NOT NULL UNIQUE,
    reg text NOT NULL CHECK (reg IN ('north', 'south', 'east', 'west')),
    km2 numeric(7, 1) NOT NULL,
    est_yr integer
);

CREATE TABLE anim (
    anim_id text PRIMARY KEY,
    sp_code text NOT NULL REFERENCES sp,
    park_cd text REFERENCES park,
    nick text,
    sex text CHECK (sex IN ('f', 'm')),
    born_yr integer,
    mom_id text REFERENCES anim (anim_id),
    died_on date
);

CREATE TABLE tag (
    tag_id integer PRIMARY KEY,
    model text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('gps', 'sat', 'vhf')),
    batt_mo integer NOT NULL,
    cost numeric(7, 2)
);

CREATE TABLE depl (
    anim_id text NOT NULL REFERENCES anim,
    fit_on date NOT NULL,
    tag_id integer NOT NULL REFERENCES tag,
    off_on date,
    off_why text CHECK (off_why IN ('dropped', 'battery', 'removed', 'death')),
    wt_kg numeric(6, 1),
    PRIMARY KEY (anim_id, fit_on),
    CHECK (off_on >= fit_on)
);

CREATE TABLE fix (
    fix_id integer PRIMARY KEY,
    anim_id text NOT NULL REFERENCES anim,
    fix_at timestamptz NOT NULL,
    lat numeric(7, 4) NOT NULL,
    lon numeric(7, 4) NOT NULL,
    alt_m integer,
    hdop numeric(4, 1)
);

CREATE TABLE sight (
    sight_id integer PRIMARY KEY,
    seen_on date NOT NULL,
    sp_code text NOT NULL REFERENCES sp,
    park_cd text REFERENCES park,
    anim_id text REFERENCES anim,
    n_ind integer NOT NULL,
    obs text
);

COMMENT ON TABLE taxa IS 'Tree of taxa from class down to genus';
COMMENT ON TABLE sp IS 'Species, each below the lowest taxon we keep for it';
COMMENT ON TABLE park IS 'Protected areas';
COMMENT ON TABLE anim IS 'Animals known one by one';
COMMENT ON TABLE tag IS 'Tracking devices; a tag can be used again after it comes off';
COMMENT ON TABLE depl IS 'Deployments: which animal carried which tag, and when';
COMMENT ON TABLE fix IS 'Positions that tags have sent';
COMMENT ON TABLE sight IS 'Sightings by people, of one or several animals';
COMMENT ON COLUMN taxa.par_id IS 'Taxon above; NULL for classes';
COMMENT ON COLUMN taxa.sci_nm IS 'Scientific name';
COMMENT ON COLUMN sp.com_nm IS 'Common name';
COMMENT ON COLUMN sp.iucn IS 'Red list status: LC least concern, NT near threatened, VU vulnerable, EN endangered; NULL if not assessed';
COMMENT ON COLUMN sp.nocturnal IS 'Active at night; NULL if not known';
COMMENT ON COLUMN park.est_yr IS 'Year of foundation; NULL if not known';
COMMENT ON COLUMN anim.park_cd IS 'Home park; NULL if it roams outside';
COMMENT ON COLUMN anim.nick IS 'Nickname';
COMMENT ON COLUMN anim.mom_id IS 'Mother, if known';
COMMENT ON COLUMN anim.died_on IS 'NULL while alive as far as known';
COMMENT ON COLUMN tag.batt_mo IS 'Months that the battery should last from fitting';
COMMENT ON COLUMN tag.cost IS 'Euros; NULL if it was donated';
COMMENT ON COLUMN depl.off_on IS 'Day the tag came off or went dead; NULL while it is on';
COMMENT ON COLUMN depl.wt_kg IS 'Weight of the animal at fitting; NULL if not weighed';
COMMENT ON COLUMN fix.hdop IS 'Dilution of precision: the lower the better';
COMMENT ON COLUMN sight.park_cd IS 'NULL if outside the parks';
COMMENT ON COLUMN sight.anim_id IS 'Which animal, if it was recognised';
COMMENT ON COLUMN sight.n_ind IS 'Individuals counted';
COMMENT ON COLUMN sight.obs IS 'Observer; NULL if anonymous';
