-- A container terminal: ships, voyages and port calls, boxes and their moves, the yard, the gate and demurrage.

CREATE TABLE "ShippingLine" (
    "lineCode" text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    country text NOT NULL
);

CREATE TABLE "Vessel" (
    imo integer PRIMARY KEY,
    name text NOT NULL,
    "lineCode" text NOT NULL REFERENCES "ShippingLine",
    teu integer NOT NULL,
    "builtYear" integer
);

CREATE TABLE "Voyage" (
    imo integer NOT NULL REFERENCES "Vessel",
    "voyageNo" text NOT NULL,
    service text NOT NULL,
    PRIMARY KEY (imo, "voyageNo")
);

CREATE TABLE "Berth" (
    "berthNo" text PRIMARY KEY,
    quay text NOT NULL CHECK (quay IN ('north', 'south', 'river')),
    "lengthM" integer NOT NULL,
    cranes integer NOT NULL
);

CREATE TABLE "PortCall" (
    imo integer NOT NULL,
    "voyageNo" text NOT NULL,
    visit integer NOT NULL,
    "berthNo" text REFERENCES "Berth",
    status text NOT NULL CHECK (status IN ('expected', 'anchored', 'alongside', 'sailed', 'cancelled')),
    "plannedAt" timestamptz NOT NULL,
    "arrivedAt" timestamptz,
    "berthedAt" timestamptz,
    "departedAt" timestamptz,
    PRIMARY KEY (imo, "voyageNo", visit),
    FOREIGN KEY (imo, "voyageNo") REFERENCES "Voyage" (imo, "voyageNo")
);

CREATE TABLE "Container" (
    "boxNo" text PRIMARY KEY,
    "lineCode" text NOT NULL REFERENCES "ShippingLine",
    kind text NOT NULL CHECK (kind IN ('dry', 'reefer', 'tank', 'open_top')),
    "sizeFt" integer NOT NULL CHECK ("sizeFt" IN (20, 40, 45)),
    "tareKg" integer
);

CREATE TABLE "Move" (
    "moveId" integer PRIMARY KEY,
    "boxNo" text NOT NULL REFERENCES "Container",
    imo integer NOT NULL,
    "voyageNo" text NOT NULL,
    visit integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('discharge', 'load', 'shift')),
    "movedAt" timestamptz NOT NULL,
    crane text,
    "grossKg" integer,
    FOREIGN KEY (imo, "voyageNo", visit) REFERENCES "PortCall" (imo, "voyageNo", visit)
);

CREATE TABLE "YardStay" (
    "boxNo" text NOT NULL REFERENCES "Container",
    "inAt" timestamptz NOT NULL,
    "outAt" timestamptz,
    block text NOT NULL,
    PRIMARY KEY ("boxNo", "inAt"),
    CHECK ("outAt" > "inAt")
);

CREATE TABLE "Haulier" (
    "haulierId" integer PRIMARY KEY,
    name text NOT NULL,
    city text NOT NULL,
    "isBlocked" boolean NOT NULL
);

CREATE TABLE "GateEvent" (
    "eventId" integer PRIMARY KEY,
    "boxNo" text NOT NULL REFERENCES "Container",
    "haulierId" integer REFERENCES "Haulier",
    direction text NOT NULL CHECK (direction IN ('in', 'out')),
    "passedAt" timestamptz NOT NULL,
    "waitMin" integer
);

CREATE TABLE "Demurrage" (
    "invoiceNo" integer PRIMARY KEY,
    "boxNo" text NOT NULL,
    "inAt" timestamptz NOT NULL,
    "chargedDays" integer NOT NULL,
    amount numeric(9, 2) NOT NULL,
    "issueDate" date NOT NULL,
    "paidDate" date,
    FOREIGN KEY ("boxNo", "inAt") REFERENCES "YardStay" ("boxNo", "inAt")
);

COMMENT ON TABLE "Voyage" IS 'A round trip of a vessel; its number is unique within the vessel only';
COMMENT ON TABLE "PortCall" IS 'One visit of a voyage to this port';
COMMENT ON TABLE "Move" IS 'A crane move of one box at a port call';
COMMENT ON TABLE "YardStay" IS 'A time that a box spends in the yard';
COMMENT ON TABLE "Haulier" IS 'Trucking companies';
COMMENT ON TABLE "GateEvent" IS 'A box passes the landside gate';
COMMENT ON TABLE "Demurrage" IS 'Invoice for staying in the yard beyond the free days';
COMMENT ON COLUMN "Vessel".teu IS 'Capacity in twenty-foot units';
COMMENT ON COLUMN "PortCall".visit IS '1 for the first visit of the voyage, 2 for the second';
COMMENT ON COLUMN "PortCall"."berthNo" IS 'NULL until a berth is assigned';
COMMENT ON COLUMN "PortCall"."arrivedAt" IS 'At the anchorage; NULL until then';
COMMENT ON COLUMN "PortCall"."berthedAt" IS 'Made fast at the berth; NULL until then';
COMMENT ON COLUMN "PortCall"."departedAt" IS 'NULL until it sails';
COMMENT ON COLUMN "Container"."lineCode" IS 'Line that owns the box';
COMMENT ON COLUMN "Container"."tareKg" IS 'Empty weight in kg';
COMMENT ON COLUMN "Move".crane IS 'NULL for the ship''s own gear';
COMMENT ON COLUMN "Move"."grossKg" IS 'Weight in kg; NULL if not weighed';
COMMENT ON COLUMN "YardStay"."outAt" IS 'NULL while in the yard';
COMMENT ON COLUMN "Haulier"."isBlocked" IS 'Not let in at present';
COMMENT ON COLUMN "GateEvent"."haulierId" IS 'NULL for boxes by rail';
COMMENT ON COLUMN "GateEvent".direction IS 'Into or out of the terminal';
COMMENT ON COLUMN "GateEvent"."waitMin" IS 'Minutes the truck queued; NULL for rail';
COMMENT ON COLUMN "Demurrage".amount IS 'Euros';
COMMENT ON COLUMN "Demurrage"."paidDate" IS 'NULL while unpaid';
