-- A city's service desk: what citizens report, how each request moves through its statuses, crews, targets and feedback.

CREATE TYPE dept_kind AS ENUM ('roads', 'waste', 'water', 'parks', 'lighting');
CREATE TYPE priority_level AS ENUM ('low', 'normal', 'high', 'urgent');
CREATE TYPE channel_kind AS ENUM ('app', 'web', 'phone', 'counter');
CREATE TYPE request_status AS ENUM ('new', 'assigned', 'in_progress', 'on_hold', 'done', 'rejected');
CREATE TYPE shift_kind AS ENUM ('day', 'night', 'weekend');

CREATE TABLE district (
    district_id integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    population integer NOT NULL,
    area_km2 numeric(5, 1) NOT NULL
);

CREATE TABLE category (
    category_id integer PRIMARY KEY,
    name text NOT NULL,
    dept dept_kind NOT NULL
);

CREATE TABLE sla_target (
    category_id integer NOT NULL REFERENCES category,
    priority priority_level NOT NULL,
    ack_hours integer NOT NULL,
    fix_days integer NOT NULL,
    PRIMARY KEY (category_id, priority)
);

CREATE TABLE holiday (
    day date PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE citizen (
    citizen_id integer PRIMARY KEY,
    full_name text NOT NULL,
    email text,
    district_id integer REFERENCES district,
    joined_on date NOT NULL,
    deleted_at timestamptz
);

CREATE TABLE crew (
    crew_id integer PRIMARY KEY,
    name text NOT NULL,
    dept dept_kind NOT NULL,
    shift shift_kind NOT NULL,
    members integer NOT NULL,
    depot_id integer REFERENCES district (district_id)
);

CREATE TABLE service_request (
    request_id uuid PRIMARY KEY,
    citizen_id integer REFERENCES citizen,
    category_id integer NOT NULL REFERENCES category,
    district_id integer NOT NULL REFERENCES district,
    priority priority_level NOT NULL,
    channel channel_kind NOT NULL,
    status request_status NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    duplicate_of uuid REFERENCES service_request (request_id),
    deleted_at timestamptz
);

CREATE TABLE status_change (
    request_id uuid NOT NULL REFERENCES service_request,
    seq integer NOT NULL,
    status request_status NOT NULL,
    changed_at timestamptz NOT NULL,
    crew_id integer REFERENCES crew,
    PRIMARY KEY (request_id, seq)
);

CREATE TABLE crew_visit (
    visit_id integer PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES service_request,
    crew_id integer NOT NULL REFERENCES crew,
    visited_on date NOT NULL,
    minutes integer NOT NULL,
    cost numeric(8, 2)
);

CREATE TABLE feedback (
    request_id uuid PRIMARY KEY REFERENCES service_request,
    rating integer NOT NULL CHECK (rating BETWEEN 1 AND 5),
    comment text,
    given_on date NOT NULL
);

COMMENT ON TABLE district IS 'Parts of the city';
COMMENT ON TABLE category IS 'Kinds of problem a citizen can report, and the department in charge';
COMMENT ON TABLE sla_target IS 'Service levels promised by category and priority; some combinations have none';
COMMENT ON TABLE holiday IS 'Public holidays; working days are Monday to Friday without these';
COMMENT ON TABLE citizen IS 'People with an account at the service desk';
COMMENT ON TABLE crew IS 'Teams that are sent out';
COMMENT ON TABLE service_request IS 'One report of a problem';
COMMENT ON TABLE status_change IS 'History of a request: every status it has taken, from seq 1 (new) on';
COMMENT ON TABLE crew_visit IS 'One visit of a crew to the site of a request';
COMMENT ON TABLE feedback IS 'What the citizen thought of a closed request';
COMMENT ON COLUMN sla_target.ack_hours IS 'Hours from opening until the request leaves the status new';
COMMENT ON COLUMN sla_target.fix_days IS 'Calendar days from opening to closing';
COMMENT ON COLUMN citizen.district_id IS 'Home district; NULL if outside the city';
COMMENT ON COLUMN citizen.deleted_at IS 'Soft delete; NULL while the account exists';
COMMENT ON COLUMN crew.depot_id IS 'District of the depot; NULL if the crew has none of its own';
COMMENT ON COLUMN service_request.citizen_id IS 'NULL if reported anonymously';
COMMENT ON COLUMN service_request.status IS 'Where it stands now: new, assigned, in progress, on hold; closed as done or rejected';
COMMENT ON COLUMN service_request.closed_at IS 'When it was done or rejected; NULL while open';
COMMENT ON COLUMN service_request.duplicate_of IS 'Earlier request that reports the same problem';
COMMENT ON COLUMN service_request.deleted_at IS 'Soft delete (spam, test entries); NULL for live requests';
COMMENT ON COLUMN status_change.crew_id IS 'Crew that made the change; NULL if the office did';
COMMENT ON COLUMN crew_visit.cost IS 'Euros for material and machines; NULL until it is booked';
COMMENT ON COLUMN feedback.rating IS '1 (worst) to 5 (best)';
