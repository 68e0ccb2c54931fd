-- A museum: its artefacts and their makers, owners before it, exhibitions, loans and conservation.

CREATE TYPE maker_role AS ENUM ('artist', 'workshop', 'designer', 'attributed');

CREATE TABLE departments (
    department_id integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    floor integer
);

CREATE TABLE makers (
    maker_id integer PRIMARY KEY,
    name text NOT NULL,
    country text,
    born_year integer,
    died_year integer
);

CREATE TABLE artefacts (
    inventory_no text PRIMARY KEY,
    title text NOT NULL,
    department_id integer NOT NULL REFERENCES departments (department_id),
    made_year integer,
    made_month integer CHECK (made_month BETWEEN 1 AND 12),
    acquired_on date NOT NULL,
    acquired_by text NOT NULL CHECK (acquired_by IN ('purchase', 'gift', 'bequest', 'find')),
    insured_value numeric(12, 2),
    attributes jsonb NOT NULL
);

CREATE TABLE artefact_makers (
    inventory_no text NOT NULL REFERENCES artefacts (inventory_no),
    maker_id integer NOT NULL REFERENCES makers (maker_id),
    role maker_role NOT NULL,
    PRIMARY KEY (inventory_no, maker_id)
);

CREATE TABLE provenance (
    inventory_no text NOT NULL REFERENCES artefacts (inventory_no),
    seq integer NOT NULL,
    owner_name text,
    from_year integer,
    to_year integer,
    price numeric(12, 2),
    PRIMARY KEY (inventory_no, seq)
);

CREATE TABLE exhibitions (
    exhibition_id integer PRIMARY KEY,
    title text NOT NULL,
    opened_on date NOT NULL,
    closed_on date,
    visitors integer,
    CHECK (closed_on >= opened_on)
);

CREATE TABLE exhibition_items (
    exhibition_id integer NOT NULL REFERENCES exhibitions (exhibition_id),
    inventory_no text NOT NULL REFERENCES artefacts (inventory_no),
    room text,
    PRIMARY KEY (exhibition_id, inventory_no)
);

CREATE TABLE borrowers (
    borrower_id integer PRIMARY KEY,
    name text NOT NULL,
    city text NOT NULL,
    country text NOT NULL
);

CREATE TABLE loans (
    loan_id integer PRIMARY KEY,
    inventory_no text NOT NULL REFERENCES artefacts (inventory_no),
    borrower_id integer NOT NULL REFERENCES borrowers (borrower_id),
    lent_on date NOT NULL,
    due_on date NOT NULL,
    returned_on date,
    fee numeric(9, 2)
);

CREATE TABLE treatments (
    treatment_id integer PRIMARY KEY,
    inventory_no text NOT NULL REFERENCES artefacts (inventory_no),
    kind text NOT NULL CHECK (kind IN ('cleaning', 'repair', 'varnish', 'analysis')),
    conservator text NOT NULL,
    started_on date NOT NULL,
    finished_on date,
    hours numeric(6, 1)
);

COMMENT ON TABLE departments IS 'Parts of the collection';
COMMENT ON TABLE makers IS 'Artists, designers and workshops';
COMMENT ON TABLE artefacts IS 'Objects the museum owns';
COMMENT ON TABLE artefact_makers IS 'Who made an artefact; several may have';
COMMENT ON TABLE provenance IS 'Owners before the museum, seq 1 the earliest known';
COMMENT ON TABLE exhibition_items IS 'Artefacts shown in an exhibition';
COMMENT ON TABLE borrowers IS 'Museums that borrow from us';
COMMENT ON TABLE loans IS 'Artefacts lent out';
COMMENT ON TABLE treatments IS 'Work by conservators';
COMMENT ON COLUMN departments.floor IS 'NULL for the off-site store';
COMMENT ON COLUMN makers.died_year IS 'NULL if living or unknown';
COMMENT ON COLUMN artefacts.made_year IS 'Negative before Christ; NULL if unknown';
COMMENT ON COLUMN artefacts.made_month IS 'NULL if only the year is known';
COMMENT ON COLUMN artefacts.insured_value IS 'Euros; NULL if not insured';
COMMENT ON COLUMN artefacts.attributes IS 'Keys: material (text), height_cm, weight_kg (numbers), signed (true or false), tags (list of texts); any may be missing';
COMMENT ON COLUMN provenance.owner_name IS 'NULL if unknown';
COMMENT ON COLUMN provenance.to_year IS 'Year it was passed on';
COMMENT ON COLUMN provenance.price IS 'Euros the owner paid; NULL if inherited or unknown';
COMMENT ON COLUMN exhibitions.closed_on IS 'Last day; NULL for permanent displays';
COMMENT ON COLUMN exhibitions.visitors IS 'NULL if not counted';
COMMENT ON COLUMN loans.returned_on IS 'NULL while away';
COMMENT ON COLUMN loans.fee IS 'Euros; NULL if lent free of charge';
COMMENT ON COLUMN treatments.finished_on IS 'NULL while under way';
