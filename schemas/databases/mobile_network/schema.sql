-- A mobile operator: subscribers and their plans, calls, data, cells, outages, invoices, top-ups and support tickets.

CREATE TABLE plans (
    plan_id integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    monthly_fee numeric(6, 2) NOT NULL,
    data_gb integer,
    call_min integer,
    retired_on date
);

CREATE TABLE subscribers (
    sub_id integer PRIMARY KEY,
    msisdn text NOT NULL UNIQUE,
    full_name text NOT NULL,
    city text NOT NULL,
    pay_type text NOT NULL CHECK (pay_type IN ('pre', 'post')),
    birth_yr integer,
    joined_on date NOT NULL,
    churned_on date,
    ref_by integer REFERENCES subscribers (sub_id)
);

CREATE TABLE contracts (
    contract_id integer PRIMARY KEY,
    sub_id integer NOT NULL REFERENCES subscribers (sub_id),
    plan_id integer NOT NULL REFERENCES plans (plan_id),
    start_on date NOT NULL,
    end_on date,
    CHECK (end_on > start_on)
);

CREATE TABLE cells (
    cell_id text PRIMARY KEY,
    city text NOT NULL,
    tech text NOT NULL CHECK (tech IN ('3g', '4g', '5g')),
    cap_mbps integer NOT NULL,
    live_on date NOT NULL,
    off_on date
);

CREATE TABLE calls (
    call_id integer PRIMARY KEY,
    sub_id integer NOT NULL REFERENCES subscribers (sub_id),
    cell_id text REFERENCES cells (cell_id),
    started_at timestamptz NOT NULL,
    dur_s integer NOT NULL,
    dest text NOT NULL CHECK (dest IN ('local', 'intl', 'service')),
    result text NOT NULL CHECK (result IN ('ok', 'drop', 'busy')),
    charge numeric(7, 2) NOT NULL
);

CREATE TABLE data_usage (
    sub_id integer NOT NULL REFERENCES subscribers (sub_id),
    used_on date NOT NULL,
    mb_used numeric(9, 1) NOT NULL,
    roam_mb numeric(9, 1),
    PRIMARY KEY (sub_id, used_on)
);

CREATE TABLE invoices (
    inv_id integer PRIMARY KEY,
    sub_id integer NOT NULL REFERENCES subscribers (sub_id),
    month date NOT NULL,
    amt numeric(8, 2) NOT NULL,
    due_on date NOT NULL,
    paid_on date
);

CREATE TABLE topups (
    topup_id integer PRIMARY KEY,
    sub_id integer NOT NULL REFERENCES subscribers (sub_id),
    topped_at timestamptz NOT NULL,
    amt numeric(6, 2) NOT NULL,
    via text NOT NULL CHECK (via IN ('app', 'shop', 'voucher'))
);

CREATE TABLE outages (
    cell_id text NOT NULL REFERENCES cells (cell_id),
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    cause text NOT NULL CHECK (cause IN ('power', 'fibre', 'storm', 'works')),
    PRIMARY KEY (cell_id, began_at)
);

CREATE TABLE tickets (
    ticket_id integer PRIMARY KEY,
    sub_id integer NOT NULL REFERENCES subscribers (sub_id),
    cell_id text REFERENCES cells (cell_id),
    topic text NOT NULL CHECK (topic IN ('billing', 'signal', 'device', 'other')),
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    csat integer CHECK (csat BETWEEN 1 AND 5)
);

COMMENT ON TABLE plans IS 'Tariffs on offer, now or formerly';
COMMENT ON TABLE subscribers IS 'One SIM card and the person who holds it';
COMMENT ON TABLE contracts IS 'Which plan a subscriber was on, and when; at most one runs at a time';
COMMENT ON TABLE cells IS 'Radio cells';
COMMENT ON TABLE calls IS 'Outgoing calls';
COMMENT ON TABLE data_usage IS 'Mobile data per subscriber and day, for days with any use';
COMMENT ON TABLE invoices IS 'Monthly bills of postpaid subscribers';
COMMENT ON TABLE topups IS 'Credit bought by prepaid subscribers';
COMMENT ON TABLE outages IS 'Times during which a cell was down';
COMMENT ON TABLE tickets IS 'Support cases';
COMMENT ON COLUMN plans.monthly_fee IS 'Euros a month';
COMMENT ON COLUMN plans.data_gb IS 'Included data a month in GB; NULL if unlimited';
COMMENT ON COLUMN plans.call_min IS 'Included minutes a month; NULL if unlimited';
COMMENT ON COLUMN plans.retired_on IS 'NULL while on sale';
COMMENT ON COLUMN subscribers.msisdn IS 'Phone number';
COMMENT ON COLUMN subscribers.pay_type IS 'pre prepaid, post postpaid';
COMMENT ON COLUMN subscribers.churned_on IS 'Day the subscriber left; NULL while active';
COMMENT ON COLUMN subscribers.ref_by IS 'Subscriber who referred this one';
COMMENT ON COLUMN contracts.end_on IS 'First day no longer covered; NULL while running';
COMMENT ON COLUMN cells.cap_mbps IS 'Capacity in Mbit/s';
COMMENT ON COLUMN cells.off_on IS 'Day it was switched off for good; NULL while live';
COMMENT ON COLUMN calls.cell_id IS 'NULL for calls over Wi-Fi';
COMMENT ON COLUMN calls.dur_s IS 'Seconds; 0 if not answered';
COMMENT ON COLUMN calls.charge IS 'Euros; 0 if covered by the plan';
COMMENT ON COLUMN data_usage.mb_used IS 'Megabytes, roaming included';
COMMENT ON COLUMN data_usage.roam_mb IS 'Megabytes used abroad; NULL if not abroad';
COMMENT ON COLUMN invoices.month IS 'First day of the month billed';
COMMENT ON COLUMN invoices.paid_on IS 'NULL while unpaid';
COMMENT ON COLUMN outages.ended_at IS 'NULL while the cell is down';
COMMENT ON COLUMN tickets.cell_id IS 'Cell complained about, if any';
COMMENT ON COLUMN tickets.csat IS 'Satisfaction, 1 to 5; NULL if not answered';
