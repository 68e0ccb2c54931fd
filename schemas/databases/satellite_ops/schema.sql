-- Satellite operations: missions and satellites, ground stations with antennas, passes, contacts, commands, telemetry.

CREATE TABLE missions (
    mission_code text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    operator text NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('imaging', 'weather', 'science', 'relay')),
    approved_on date
);

CREATE TABLE satellites (
    satellite_id text PRIMARY KEY,
    mission_code text NOT NULL REFERENCES missions,
    name text NOT NULL,
    launched_at timestamptz,
    mass_kg numeric(6, 1) NOT NULL,
    replaces_id text REFERENCES satellites (satellite_id),
    retired_on date
);

CREATE TABLE ground_stations (
    station_code text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    country text NOT NULL,
    time_zone text NOT NULL,
    opened_on date NOT NULL,
    staffed boolean
);

CREATE TABLE antennas (
    station_code text NOT NULL REFERENCES ground_stations,
    antenna_no integer NOT NULL,
    diameter_m numeric(4, 1) NOT NULL,
    bands bit(3) NOT NULL,
    can_uplink boolean,
    PRIMARY KEY (station_code, antenna_no)
);

CREATE TABLE passes (
    pass_id integer PRIMARY KEY,
    satellite_id text NOT NULL REFERENCES satellites,
    station_code text NOT NULL REFERENCES ground_stations,
    antenna_no integer,
    visibility tstzrange NOT NULL CHECK (lower(visibility) IS NOT NULL AND upper(visibility) IS NOT NULL),
    max_elevation numeric(4, 1),
    status text NOT NULL CHECK (status IN ('planned', 'tracked', 'missed', 'cancelled')),
    FOREIGN KEY (station_code, antenna_no) REFERENCES antennas (station_code, antenna_no)
);

CREATE TABLE contacts (
    contact_id uuid PRIMARY KEY,
    pass_id integer NOT NULL REFERENCES passes,
    acquired_at timestamptz NOT NULL,
    lost_at timestamptz,
    downlink_mb numeric(8, 1),
    encrypted boolean,
    CHECK (lost_at >= acquired_at)
);

CREATE TABLE commands (
    command_id integer PRIMARY KEY,
    satellite_id text NOT NULL REFERENCES satellites,
    contact_id uuid REFERENCES contacts,
    mnemonic text NOT NULL,
    sent_at timestamptz,
    executed_at timestamptz,
    accepted boolean
);

CREATE TABLE telemetry (
    satellite_id text NOT NULL REFERENCES satellites,
    sampled_at timestamptz NOT NULL,
    mode text NOT NULL CHECK (mode IN ('nominal', 'eclipse', 'safe')),
    battery_volts numeric(4, 2),
    temperature_c numeric(4, 1),
    fault_flags bit(8) NOT NULL,
    PRIMARY KEY (satellite_id, sampled_at)
);

CREATE TABLE anomalies (
    anomaly_id integer PRIMARY KEY,
    satellite_id text NOT NULL REFERENCES satellites,
    cause_id integer REFERENCES anomalies (anomaly_id),
    subsystem text NOT NULL CHECK (subsystem IN ('power', 'thermal', 'attitude', 'payload', 'radio')),
    severity text NOT NULL CHECK (severity IN ('minor', 'major', 'critical')),
    raised_at timestamptz NOT NULL,
    closed_at timestamptz,
    reproducible boolean
);

CREATE TABLE manoeuvres (
    manoeuvre_id integer PRIMARY KEY,
    satellite_id text NOT NULL REFERENCES satellites,
    purpose text NOT NULL CHECK (purpose IN ('station_keeping', 'avoidance', 'orbit_raising', 'disposal')),
    burn tstzrange NOT NULL CHECK (lower(burn) IS NOT NULL AND upper(burn) IS NOT NULL),
    delta_v numeric(5, 2),
    successful boolean
);

CREATE TABLE maintenance (
    maintenance_id integer PRIMARY KEY,
    station_code text NOT NULL REFERENCES ground_stations,
    antenna_no integer,
    period tstzrange NOT NULL CHECK (lower(period) IS NOT NULL),
    planned boolean,
    note text,
    FOREIGN KEY (station_code, antenna_no) REFERENCES antennas (station_code, antenna_no)
);

COMMENT ON TABLE passes IS 'A satellite in view of a station, used or not';
COMMENT ON TABLE contacts IS 'Radio links within a pass; one pass may have several or none';
COMMENT ON TABLE maintenance IS 'Times when an antenna or a whole station is out of use';
COMMENT ON COLUMN satellites.launched_at IS 'NULL while on the ground';
COMMENT ON COLUMN satellites.replaces_id IS 'The satellite it takes over from';
COMMENT ON COLUMN satellites.retired_on IS 'NULL while in service';
COMMENT ON COLUMN ground_stations.time_zone IS 'IANA name, e.g. Europe/Stockholm';
COMMENT ON COLUMN ground_stations.staffed IS 'NULL if it depends on the season';
COMMENT ON COLUMN antennas.bands IS 'From the left: S, X and Ka band';
COMMENT ON COLUMN antennas.can_uplink IS 'NULL while not licensed or tested';
COMMENT ON COLUMN passes.antenna_no IS 'NULL while no antenna is allocated';
COMMENT ON COLUMN passes.visibility IS 'From rise to set, start included, end not';
COMMENT ON COLUMN passes.max_elevation IS 'Degrees above the horizon; NULL if not computed';
COMMENT ON COLUMN contacts.lost_at IS 'Loss of signal; NULL while on or if not logged';
COMMENT ON COLUMN contacts.encrypted IS 'NULL if not known';
COMMENT ON COLUMN commands.contact_id IS 'NULL while queued, or if sent through another network';
COMMENT ON COLUMN commands.sent_at IS 'NULL while queued';
COMMENT ON COLUMN commands.accepted IS 'Verdict on board; NULL if no answer came';
COMMENT ON COLUMN telemetry.fault_flags IS 'Bits 0 to 7 from the left: power, thermal, attitude, propulsion, payload, radio, memory, safe mode; 1 is a fault';
COMMENT ON COLUMN anomalies.cause_id IS 'The earlier anomaly that led to it';
COMMENT ON COLUMN anomalies.closed_at IS 'NULL while open';
COMMENT ON COLUMN anomalies.reproducible IS 'NULL if not tried';
COMMENT ON COLUMN manoeuvres.delta_v IS 'Metres a second; NULL until computed';
COMMENT ON COLUMN manoeuvres.successful IS 'NULL until assessed';
COMMENT ON COLUMN maintenance.antenna_no IS 'NULL if the whole station is out of use';
COMMENT ON COLUMN maintenance.period IS 'No upper end: until further notice';
COMMENT ON COLUMN maintenance.planned IS 'NULL if not recorded';
