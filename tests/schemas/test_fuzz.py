"""Small changed copies of a sample: keys hold, edges and literals are hit, nothing else is broken."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from schemas.ddl import parse_ddl
from schemas.fuzz import ROWS, Row, compared_literals, fuzzed_copy

DDL = """
CREATE TABLE site (code text PRIMARY KEY, name text NOT NULL UNIQUE, region text);
CREATE TABLE room (code text, no int, beds smallint, PRIMARY KEY (code, no), FOREIGN KEY (code) REFERENCES site (code));
CREATE TABLE stay (
    id int PRIMARY KEY,
    code text NOT NULL REFERENCES site (code),
    no int,
    boss int REFERENCES stay (id),
    price numeric(4, 1),
    state text NOT NULL CHECK (state IN ('new', 'done')),
    start_on date NOT NULL,
    end_on date,
    paid boolean,
    FOREIGN KEY (code, no) REFERENCES room (code, no)
);
"""
TABLES = parse_ddl(DDL, Path("schema.sql"))
AS_OF = datetime(2024, 3, 31, 10, tzinfo=UTC)
GOLDS = (
    "SELECT count(*) FROM stay WHERE price > 12.5",
    "SELECT code FROM site WHERE region = 'north'",
    "SELECT s.id FROM stay AS s WHERE s.start_on BETWEEN '2024-02-01' AND '2024-02-10' AND s.state = 'gone'",
)


def _sample() -> dict[str, list[Row]]:
    draw = random.Random(5)
    sites = [(f"s{n}", f"site {n}", draw.choice(["south", "west"])) for n in range(20)]
    rooms = [(site[0], no, draw.randrange(1, 4)) for site in sites for no in range(10)]
    stays: list[Row] = []
    for number in range(1, 601):
        code, no, _ = draw.choice(rooms)
        start = date(2023, 1, 1) + timedelta(days=draw.randrange(400))
        end = start + timedelta(days=draw.randrange(9)) if number % 5 else None
        price = Decimal(draw.randrange(10, 9999)) / 10
        stays.append((number, code, no, number // 3 or None, price, "done", start, end, draw.random() < 0.5))
    return {"site": sites, "room": rooms, "stay": stays}


@pytest.fixture(scope="module", params=["a:1:2", "a:1:3", "b:2:2"])
def copy(request: pytest.FixtureRequest) -> dict[str, list[Row]]:
    return {name: list(rows) for name, rows in fuzzed_copy(TABLES, _sample(), GOLDS, AS_OF, request.param).items()}


def test_literals_are_read_from_the_golds() -> None:
    assert compared_literals(GOLDS, TABLES) == {
        ("stay", "price"): (Decimal("12.5"),),
        ("site", "region"): ("north",),
        ("stay", "start_on"): (date(2024, 2, 1), date(2024, 2, 10)),
    }  # 'gone' is no value of state


def test_a_copy_is_deterministic_and_small(copy: dict[str, list[Row]]) -> None:
    assert copy != fuzzed_copy(TABLES, _sample(), GOLDS, AS_OF, "another")
    assert 60 <= len(copy["stay"]) <= 3 * ROWS
    assert fuzzed_copy(TABLES, _sample(), GOLDS, AS_OF, "x") == fuzzed_copy(TABLES, _sample(), GOLDS, AS_OF, "x")


def test_keys_hold_even_where_they_share_columns(copy: dict[str, list[Row]]) -> None:
    sites = {row[0] for row in copy["site"]}
    rooms = {row[:2] for row in copy["room"]}
    stays = {row[0] for row in copy["stay"]}
    assert len(stays) == len(copy["stay"])
    assert len(rooms) == len(copy["room"])
    assert len({row[1] for row in copy["site"]}) == len(sites)
    for row in copy["stay"]:
        assert row[1] in sites
        assert row[2] is None or (row[1], row[2]) in rooms
        assert row[3] is None or row[3] in stays


def test_types_lists_and_the_order_of_days_are_kept(copy: dict[str, list[Row]]) -> None:
    for row in copy["stay"]:
        assert row[4] is None or abs(row[4]) < 1000
        assert row[5] in {"new", "done"}
        assert row[7] is None or row[6] <= row[7]


def test_what_tells_near_misses_apart_is_there(copy: dict[str, list[Row]]) -> None:
    prices = [row[4] for row in copy["stay"]]
    assert Decimal("12.5") in prices
    assert {Decimal("12.4"), Decimal("12.6")} & set(prices)
    assert None in prices
    assert {date(2024, 2, 1), date(2024, 2, 10)} <= {row[6] for row in copy["stay"]} | {row[7] for row in copy["stay"]}
    assert "north" in {row[2] for row in copy["site"]}
    assert None in {row[2] for row in copy["site"]}
    twins = [row[1:] for row in copy["stay"]]
    assert len(set(twins)) < len(twins)
    used = {row[1:3] for row in copy["stay"]}
    assert {row[:2] for row in copy["room"]} - used, "a room without stays"
