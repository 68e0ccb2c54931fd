-- A kiosk's goods and what it sold: small enough for a model of 0.1 million parameters to learn.
CREATE TABLE product (
    product_id integer PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('drink', 'snack', 'paper')),
    price integer NOT NULL,
    stock integer NOT NULL
);
CREATE TABLE sale (
    sale_id integer PRIMARY KEY,
    product_id integer NOT NULL REFERENCES product,
    sold_on date NOT NULL,
    pieces integer NOT NULL,
    paid text NOT NULL CHECK (paid IN ('cash', 'card'))
);
