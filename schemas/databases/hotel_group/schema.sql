-- A group of city and coast hotels: rooms, seasonal rates, guests, stays and what they were billed.

CREATE TABLE hotel (
    hotel_id integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    city text NOT NULL,
    country text NOT NULL,
    stars integer NOT NULL CHECK (stars BETWEEN 1 AND 5),
    opened_on date NOT NULL,
    has_pool boolean NOT NULL
);

CREATE TABLE room_type (
    code text PRIMARY KEY CHECK (code IN ('sgl', 'dbl', 'twn', 'fam', 'ste')),
    name text NOT NULL,
    beds integer NOT NULL,
    max_guests integer NOT NULL
);

CREATE TABLE room (
    hotel_id integer NOT NULL REFERENCES hotel,
    room_no text NOT NULL,
    type_code text NOT NULL REFERENCES room_type (code),
    floor integer NOT NULL,
    size_m2 numeric(5, 1),
    PRIMARY KEY (hotel_id, room_no)
);

CREATE TABLE season_rate (
    hotel_id integer NOT NULL REFERENCES hotel,
    type_code text NOT NULL REFERENCES room_type (code),
    valid_from date NOT NULL,
    valid_to date NOT NULL,
    season text NOT NULL CHECK (season IN ('low', 'mid', 'high')),
    rate numeric(7, 2) NOT NULL,
    PRIMARY KEY (hotel_id, type_code, valid_from),
    CHECK (valid_to >= valid_from)
);

CREATE TABLE guest (
    guest_id integer PRIMARY KEY,
    full_name text NOT NULL,
    email text,
    country text NOT NULL,
    birth_date date,
    tier text CHECK (tier IN ('silver', 'gold', 'platinum'))
);

CREATE TABLE stay (
    stay_id integer PRIMARY KEY,
    hotel_id integer NOT NULL REFERENCES hotel,
    room_no text,
    guest_id integer NOT NULL REFERENCES guest,
    channel text NOT NULL CHECK (channel IN ('web', 'phone', 'agency', 'walk_in')),
    status text NOT NULL CHECK (status IN ('booked', 'in_house', 'done', 'cancelled', 'no_show')),
    booked_at timestamptz NOT NULL,
    check_in date NOT NULL,
    check_out date NOT NULL,
    rate numeric(7, 2) NOT NULL,
    FOREIGN KEY (hotel_id, room_no) REFERENCES room (hotel_id, room_no),
    CHECK (check_out > check_in)
);

CREATE TABLE folio (
    folio_id integer PRIMARY KEY,
    stay_id integer NOT NULL REFERENCES stay,
    issued_on date NOT NULL,
    settled_on date,
    method text CHECK (method IN ('card', 'cash', 'transfer')),
    company text
);

CREATE TABLE folio_line (
    folio_id integer NOT NULL REFERENCES folio,
    line_no integer NOT NULL,
    posted_on date NOT NULL,
    item text NOT NULL CHECK (item IN ('room', 'food', 'bar', 'spa', 'parking', 'refund')),
    amount numeric(9, 2) NOT NULL,
    PRIMARY KEY (folio_id, line_no)
);

CREATE TABLE review (
    review_id integer PRIMARY KEY,
    stay_id integer NOT NULL REFERENCES stay,
    posted_on date NOT NULL,
    score integer NOT NULL CHECK (score BETWEEN 1 AND 10),
    comment text
);

CREATE TABLE staff (
    staff_id integer PRIMARY KEY,
    hotel_id integer NOT NULL REFERENCES hotel,
    full_name text NOT NULL,
    job text NOT NULL CHECK (job IN ('manager', 'desk', 'cleaning', 'kitchen')),
    salary numeric(8, 2) NOT NULL,
    hired_on date NOT NULL,
    boss_id integer REFERENCES staff (staff_id)
);

COMMENT ON TABLE hotel IS 'One house of the group';
COMMENT ON TABLE room_type IS 'Kinds of rooms: sgl single, dbl double, twn twin, fam family, ste suite';
COMMENT ON TABLE room IS 'One room of a hotel; its number is unique within the hotel only';
COMMENT ON TABLE season_rate IS 'List price a night by hotel, kind of room and season';
COMMENT ON TABLE guest IS 'A person who books or has booked';
COMMENT ON TABLE stay IS 'One booking of one room, from reservation to departure';
COMMENT ON TABLE folio IS 'The bill of a stay';
COMMENT ON TABLE folio_line IS 'One amount on a bill';
COMMENT ON TABLE review IS 'What a guest said after a stay';
COMMENT ON TABLE staff IS 'People employed at a hotel';
COMMENT ON COLUMN room.size_m2 IS 'Floor area in square metres; NULL if not measured';
COMMENT ON COLUMN season_rate.valid_to IS 'Last day the rate applies, included';
COMMENT ON COLUMN season_rate.rate IS 'Euros a night';
COMMENT ON COLUMN guest.tier IS 'Level in the loyalty programme; NULL for guests who have not joined';
COMMENT ON COLUMN stay.room_no IS 'NULL until a room is assigned';
COMMENT ON COLUMN stay.check_out IS 'Day of departure: this night is not part of the stay';
COMMENT ON COLUMN stay.rate IS 'Agreed euros a night';
COMMENT ON COLUMN folio.settled_on IS 'NULL while the bill is open';
COMMENT ON COLUMN folio.method IS 'How it was paid; NULL while the bill is open';
COMMENT ON COLUMN folio.company IS 'Employer who pays; NULL if the guest pays';
COMMENT ON COLUMN folio_line.amount IS 'Euros; refunds are negative';
COMMENT ON COLUMN review.score IS '1 (worst) to 10 (best)';
COMMENT ON COLUMN staff.salary IS 'Euros a year';
COMMENT ON COLUMN staff.boss_id IS 'NULL for the manager of a hotel';
