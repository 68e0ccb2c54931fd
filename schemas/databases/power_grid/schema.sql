-- A regional electricity distributor: feeders, customers and meters, interval readings, tariffs, outages and bills.

CREATE TABLE feeder (
    feeder_id integer PRIMARY KEY,
    code text NOT NULL UNIQUE,
    parent_id integer REFERENCES feeder (feeder_id),
    town text NOT NULL,
    kv numeric(5, 1) NOT NULL,
    limit_kw integer NOT NULL,
    built_on date
);

CREATE TABLE customer (
    customer_id integer PRIMARY KEY,
    full_name text NOT NULL,
    sector text NOT NULL CHECK (sector IN ('home', 'shop', 'farm', 'plant', 'public')),
    town text NOT NULL,
    email text,
    since date NOT NULL
);

CREATE TABLE meter (
    meter_id integer PRIMARY KEY,
    serial text NOT NULL UNIQUE,
    feeder_id integer NOT NULL REFERENCES feeder,
    customer_id integer REFERENCES customer,
    is_smart boolean NOT NULL,
    solar_kw numeric(5, 1),
    fitted_on date NOT NULL,
    removed_on date
);

CREATE TABLE tariff (
    tariff_code text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    scheme text NOT NULL CHECK (scheme IN ('flat', 'day_night', 'green'))
);

CREATE TABLE tariff_price (
    tariff_code text NOT NULL REFERENCES tariff,
    valid_from date NOT NULL,
    valid_to date,
    day_ct numeric(5, 2) NOT NULL,
    night_ct numeric(5, 2),
    standing numeric(6, 2) NOT NULL,
    PRIMARY KEY (tariff_code, valid_from),
    CHECK (valid_to >= valid_from)
);

CREATE TABLE supply (
    meter_id integer NOT NULL REFERENCES meter,
    start_on date NOT NULL,
    end_on date,
    tariff_code text NOT NULL REFERENCES tariff,
    PRIMARY KEY (meter_id, start_on),
    CHECK (end_on > start_on)
);

CREATE TABLE reading (
    meter_id integer NOT NULL REFERENCES meter,
    read_at timestamptz NOT NULL,
    kwh numeric(8, 2) NOT NULL,
    sent_kwh numeric(8, 2),
    quality text NOT NULL CHECK (quality IN ('ok', 'estimated', 'suspect')),
    PRIMARY KEY (meter_id, read_at)
);

CREATE TABLE outage (
    outage_id integer PRIMARY KEY,
    feeder_id integer NOT NULL REFERENCES feeder,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    cause text NOT NULL CHECK (cause IN ('storm', 'tree', 'animal', 'equipment', 'planned')),
    homes_out integer
);

CREATE TABLE bill (
    bill_id integer PRIMARY KEY,
    meter_id integer NOT NULL REFERENCES meter,
    month date NOT NULL,
    kwh numeric(9, 1) NOT NULL,
    amount numeric(9, 2) NOT NULL,
    due_on date NOT NULL,
    paid_on date,
    UNIQUE (meter_id, month)
);

COMMENT ON TABLE feeder IS 'A line of the grid; each hangs off its parent feeder, up to a main feeder without a parent';
COMMENT ON TABLE meter IS 'One metering point';
COMMENT ON TABLE tariff IS 'A price plan';
COMMENT ON TABLE tariff_price IS 'Prices of a tariff and the days on which they apply';
COMMENT ON TABLE supply IS 'Which tariff a meter was on, and when; at most one runs at a time';
COMMENT ON TABLE reading IS 'Energy of one 4-hour interval of a smart meter';
COMMENT ON TABLE outage IS 'A power cut on a feeder';
COMMENT ON TABLE bill IS 'Monthly bill for one meter';
COMMENT ON COLUMN feeder.kv IS 'Voltage in kilovolts';
COMMENT ON COLUMN feeder.limit_kw IS 'Load the line can carry, kilowatts';
COMMENT ON COLUMN meter.customer_id IS 'NULL while the premises are vacant';
COMMENT ON COLUMN meter.solar_kw IS 'Rated solar panels behind the meter; NULL if none';
COMMENT ON COLUMN meter.removed_on IS 'NULL while in service';
COMMENT ON COLUMN tariff.scheme IS 'flat one price, day_night two prices, green renewable';
COMMENT ON COLUMN tariff_price.valid_to IS 'Last day these prices apply, included; NULL while open-ended';
COMMENT ON COLUMN tariff_price.day_ct IS 'Cents per kWh, by day or all day';
COMMENT ON COLUMN tariff_price.night_ct IS 'Cents per kWh by night; NULL if one price all day';
COMMENT ON COLUMN tariff_price.standing IS 'Standing charge, euros a month';
COMMENT ON COLUMN supply.end_on IS 'First day no longer covered; NULL while running';
COMMENT ON COLUMN reading.read_at IS 'Start of the interval';
COMMENT ON COLUMN reading.sent_kwh IS 'Energy sent back to the grid; NULL without solar panels';
COMMENT ON COLUMN outage.ended_at IS 'NULL while power is still out';
COMMENT ON COLUMN outage.homes_out IS 'Homes cut off; NULL if not counted';
COMMENT ON COLUMN bill.month IS 'First day of the month billed';
COMMENT ON COLUMN bill.amount IS 'Euros; negative where feed-in exceeds consumption';
COMMENT ON COLUMN bill.paid_on IS 'NULL while unpaid';
