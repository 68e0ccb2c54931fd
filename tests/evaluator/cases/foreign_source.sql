-- A database as users have them: what a catalogue can hold that our own schemas do not.
CREATE SCHEMA crm;
CREATE TYPE crm.mood AS ENUM ('calm', 'cross');
CREATE DOMAIN crm.euros AS numeric(10, 2) CHECK (VALUE >= 0);
CREATE DOMAIN crm.price AS crm.euros NOT NULL;

CREATE TABLE crm."Client" (
    "clientId" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "fullName" varchar(40) NOT NULL,
    mood crm.mood,
    "share%" real,
    tags text[] NOT NULL DEFAULT '{}',
    extra jsonb,
    flags bit varying(5),
    referred_by bigint REFERENCES crm."Client" ("clientId"),
    seen tstzrange,
    letters integer GENERATED ALWAYS AS (length("fullName")) STORED
);
COMMENT ON TABLE crm."Client" IS 'Who buys; it''s "them"';
COMMENT ON COLUMN crm."Client".mood IS 'As of the last call';

CREATE TABLE crm.orders (
    order_no integer PRIMARY KEY,
    client_id bigint NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'paid', 'void')),
    total crm.price,
    placed_at timestamptz NOT NULL DEFAULT now(),
    due_on date,
    CHECK (due_on > '2000-01-01')
);
CREATE UNIQUE INDEX ON crm.orders (client_id, placed_at);

CREATE TABLE crm.order_line (
    order_no integer NOT NULL REFERENCES crm.orders,
    line_no smallint NOT NULL,
    sku char(6) NOT NULL,
    qty integer NOT NULL,
    PRIMARY KEY (order_no, line_no)
);

-- keys that go round in a circle
CREATE TABLE crm.team (id uuid PRIMARY KEY, lead_id uuid);
CREATE TABLE crm.agent (id uuid PRIMARY KEY, team_id uuid REFERENCES crm.team, email text UNIQUE);
ALTER TABLE crm.team ADD FOREIGN KEY (lead_id) REFERENCES crm.agent;

CREATE TABLE crm.visit (at timestamptz NOT NULL, agent_id uuid, client_id bigint, minutes int) PARTITION BY RANGE (at);
CREATE TABLE crm.visit_2024 PARTITION OF crm.visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE crm.empty_one (id integer PRIMARY KEY, note text);
CREATE VIEW crm.paid AS SELECT * FROM crm.orders WHERE status = 'paid';

INSERT INTO crm."Client" ("fullName", mood, "share%", tags, extra, flags, referred_by, seen)
SELECT 'Client ' || i, (ARRAY['calm', 'cross', NULL]::crm.mood[])[1 + i % 3], i / 7.0, ARRAY['a', 'b "c"'],
       jsonb_build_object('n', i), B'101', NULLIF(i / 2, 0),
       tstzrange('2024-01-01', '2024-01-01'::timestamptz + i * interval '1 hour')
FROM generate_series(1, 300) AS i;
INSERT INTO crm.orders (order_no, client_id, status, total, placed_at, due_on)
SELECT i, 1 + (i * 7) % 300, (ARRAY['open', 'paid', 'void'])[1 + i % 3], i * 1.25,
       '2024-01-01'::timestamptz + i * interval '5 hours', CASE WHEN i % 4 > 0 THEN '2024-02-01'::date + i % 200 END
FROM generate_series(1, 900) AS i;
UPDATE crm.orders SET placed_at = 'infinity' WHERE order_no = 900;
INSERT INTO crm.order_line
SELECT o, l, 'SKU' || (o % 9), 1 + (o + l) % 5 FROM generate_series(1, 900) AS o, generate_series(1, 1 + o % 3) AS l;
INSERT INTO crm.team SELECT md5('t' || i)::uuid FROM generate_series(1, 5) AS i;
INSERT INTO crm.agent SELECT md5('a' || i)::uuid, md5('t' || 1 + i % 5)::uuid, NULLIF('a' || i || '@x.org', 'a3@x.org')
FROM generate_series(1, 40) AS i;
UPDATE crm.team SET lead_id = (SELECT a.id FROM crm.agent a WHERE a.team_id = team.id ORDER BY a.id LIMIT 1);
INSERT INTO crm.visit
SELECT '2024-01-01'::timestamptz + i * interval '7 hours', md5('a' || 1 + i % 40)::uuid, 1 + i % 300, i % 90
FROM generate_series(1, 500) AS i;

-- a key added late and never checked, with rows that have no parent
INSERT INTO crm.orders VALUES (5000, 999999, 'open', 1, '2024-05-05', NULL);
ALTER TABLE crm.orders ADD FOREIGN KEY (client_id) REFERENCES crm."Client" ("clientId") NOT VALID;
ANALYZE;
