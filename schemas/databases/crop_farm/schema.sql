-- An arable farm: fields, crops, what was sown and harvested, soil tests, treatments, workers and the weather.

CREATE TABLE fields (
    code text PRIMARY KEY,
    name text NOT NULL,
    ha numeric(5, 2) NOT NULL,
    soil text NOT NULL CHECK (soil IN ('clay', 'loam', 'sand', 'peat')),
    tags text[] NOT NULL,
    lease_end date
);

CREATE TABLE crops (
    crop_id integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    family text NOT NULL CHECK (family IN ('cereal', 'legume', 'root', 'oilseed', 'forage')),
    price_t numeric(7, 2),
    pests text[] NOT NULL
);

CREATE TABLE plantings (
    pl_id integer PRIMARY KEY,
    field text NOT NULL REFERENCES fields (code),
    crop_id integer NOT NULL REFERENCES crops,
    yr integer NOT NULL,
    variety text,
    season text NOT NULL CHECK (season IN ('winter', 'spring')),
    sown_on date NOT NULL,
    ha numeric(5, 2) NOT NULL,
    seed_kg numeric(7, 1),
    failed boolean NOT NULL
);

CREATE TABLE harvests (
    hv_id integer PRIMARY KEY,
    pl_id integer NOT NULL REFERENCES plantings,
    cut_on date NOT NULL,
    tonnes numeric(7, 2) NOT NULL,
    moist numeric(4, 1),
    grade text CHECK (grade IN ('a', 'b', 'c')),
    store text
);

CREATE TABLE soil_tests (
    field text NOT NULL REFERENCES fields (code),
    taken_on date NOT NULL,
    depth_cm integer NOT NULL,
    ph numeric(3, 1) NOT NULL,
    p_ppm numeric(5, 1),
    flags text[],
    PRIMARY KEY (field, taken_on, depth_cm)
);

CREATE TABLE workers (
    worker_id integer PRIMARY KEY,
    name text NOT NULL,
    skills text[] NOT NULL,
    wage_h numeric(5, 2) NOT NULL,
    left_on date
);

CREATE TABLE products (
    prod_id integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    kind text NOT NULL CHECK (kind IN ('fert', 'herb', 'fung', 'insect')),
    unit text NOT NULL CHECK (unit IN ('kg', 'l')),
    unit_cost numeric(6, 2) NOT NULL,
    targets text[] NOT NULL
);

CREATE TABLE treatments (
    tr_id integer PRIMARY KEY,
    pl_id integer NOT NULL REFERENCES plantings,
    prod_id integer NOT NULL REFERENCES products,
    done_on date NOT NULL,
    ha numeric(5, 2) NOT NULL,
    per_ha numeric(6, 2) NOT NULL,
    hours numeric(4, 1),
    worker_id integer REFERENCES workers
);

CREATE TABLE weather (
    day date PRIMARY KEY,
    rain_mm numeric(4, 1) NOT NULL,
    t_min numeric(3, 1)
);

COMMENT ON TABLE fields IS 'Fields of the farm; the first letter of the code is the block';
COMMENT ON TABLE crops IS 'Crops the farm knows, with the pests they suffer from';
COMMENT ON TABLE plantings IS 'One crop sown on a field or a part of it for one harvest year';
COMMENT ON TABLE harvests IS 'One day''s cut from a planting; a planting may be cut several times';
COMMENT ON TABLE soil_tests IS 'Results of soil samples by field, day and depth';
COMMENT ON TABLE workers IS 'People who work on the farm, now or formerly';
COMMENT ON TABLE products IS 'Fertilisers and sprays: fert fertiliser, herb herbicide, fung fungicide, insect insecticide';
COMMENT ON TABLE treatments IS 'One application of a product on a planting';
COMMENT ON TABLE weather IS 'The farm''s own weather station, one row a day';
COMMENT ON COLUMN fields.ha IS 'Size in hectares';
COMMENT ON COLUMN fields.lease_end IS 'Last day of the lease; NULL for land the farm owns';
COMMENT ON COLUMN crops.price_t IS 'Euros a tonne; NULL if the crop is not sold';
COMMENT ON COLUMN plantings.yr IS 'Harvest year: winter crops are sown in the autumn before';
COMMENT ON COLUMN plantings.variety IS 'NULL if farm-saved seed of unknown variety';
COMMENT ON COLUMN plantings.ha IS 'Hectares sown';
COMMENT ON COLUMN plantings.seed_kg IS 'Seed used in all, in kg; NULL if not recorded';
COMMENT ON COLUMN plantings.failed IS 'Ploughed in without a harvest';
COMMENT ON COLUMN harvests.moist IS 'Moisture in percent; NULL if not measured';
COMMENT ON COLUMN harvests.grade IS 'Quality, a best; NULL if not graded';
COMMENT ON COLUMN harvests.store IS 'Where it is stored; NULL if sold straight off the field';
COMMENT ON COLUMN soil_tests.p_ppm IS 'Phosphorus; NULL if not measured';
COMMENT ON COLUMN soil_tests.flags IS 'Remarks of the laboratory; NULL if it made none';
COMMENT ON COLUMN workers.wage_h IS 'Euros an hour';
COMMENT ON COLUMN workers.left_on IS 'Last day of work; NULL while employed';
COMMENT ON COLUMN products.unit_cost IS 'Euros a unit (kg or l)';
COMMENT ON COLUMN products.targets IS 'Pests and weeds it acts on; empty for fertilisers';
COMMENT ON COLUMN treatments.ha IS 'Hectares treated';
COMMENT ON COLUMN treatments.per_ha IS 'Dose: units of the product a hectare';
COMMENT ON COLUMN treatments.hours IS 'Working time; NULL if not written down';
COMMENT ON COLUMN treatments.worker_id IS 'NULL if a contractor did it';
COMMENT ON COLUMN weather.t_min IS 'Lowest temperature in degrees Celsius; NULL if the sensor was down';
