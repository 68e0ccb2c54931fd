"""What determines what: rows that come once, groups that are the same, and near misses that are not claimed."""

from __future__ import annotations

import pytest
from sqlglot import exp

from schemas.catalog import load_schema
from schemas.dependencies import read_facts, relation_of, tables_of
from schemas.equivalent import why_equivalent
from schemas.mutate import Mutant, mutants
from schemas.sql import parse

HOTEL = load_schema("hotel_group")
TABLES = tables_of(HOTEL.tables)


def proven(sql: str, operator: str) -> list[str]:
    """Reasons for the mutants of one operator; empty texts where there is none."""
    found = list(mutants(sql, HOTEL.tables, (operator,)))
    assert found
    return [why_equivalent(sql, mutant, HOTEL) for mutant in found]


@pytest.mark.parametrize(
    ("operator", "sql"),
    [
        # the output holds what tells rows apart, through keys, joins and conditions
        ("distinct", "SELECT n FROM (SELECT hotel_id, COUNT(*) AS n FROM stay GROUP BY hotel_id) t WHERE hotel_id = 3"),
        ("distinct", "SELECT f.folio_id, l.line_no FROM stay s JOIN folio f ON f.stay_id = s.stay_id"
                     " JOIN folio_line l ON l.folio_id = f.folio_id"),
        ("distinct", "SELECT h.name FROM hotel h LEFT JOIN stay s ON s.hotel_id = h.hotel_id AND s.stay_id = 5"),
        ("distinct", "WITH t AS (SELECT guest_id, COUNT(*) AS n FROM stay GROUP BY guest_id)"
                     " SELECT g.guest_id, t.n FROM guest g JOIN t ON t.guest_id = g.guest_id"),
        ("distinct", "SELECT h.hotel_id, x.rate FROM hotel h CROSS JOIN LATERAL"
                     " (SELECT rate FROM stay WHERE hotel_id = h.hotel_id ORDER BY rate DESC LIMIT 1) x"),
        ("distinct", "SELECT d FROM generate_series(1, 9) AS d"),
        ("distinct", "SELECT COUNT(DISTINCT s.stay_id) FROM hotel h LEFT JOIN stay s ON s.hotel_id = h.hotel_id"
                     " GROUP BY h.name"),
        ("distinct", "SELECT h.name, COUNT(DISTINCT r.room_no) FROM hotel h LEFT JOIN room r"
                     " ON r.hotel_id = h.hotel_id GROUP BY h.name"),
        # groups that are the same
        ("group_key", "SELECT COUNT(*) FROM hotel h JOIN stay s USING (hotel_id) GROUP BY h.hotel_id, h.name"),
        # no ties
        ("rank", "SELECT stay_id, RANK() OVER (PARTITION BY hotel_id ORDER BY stay_id) FROM stay"),
        ("rank", "SELECT hotel_id, DENSE_RANK() OVER (ORDER BY hotel_id) FROM stay GROUP BY hotel_id"),
    ],
)  # fmt: skip
def test_is_proven(operator: str, sql: str) -> None:
    assert any(proven(sql, operator)), sql


@pytest.mark.parametrize(
    ("operator", "sql"),
    [
        ("distinct", "SELECT n FROM (SELECT hotel_id, COUNT(*) AS n FROM stay GROUP BY hotel_id) t"),
        ("distinct", "SELECT f.folio_id FROM folio f JOIN folio_line l ON l.folio_id = f.folio_id"),
        ("distinct", "SELECT h.name FROM hotel h LEFT JOIN stay s ON s.hotel_id = h.hotel_id AND s.channel = 'web'"),
        ("distinct", "SELECT s.stay_id FROM hotel h LEFT JOIN stay s ON s.hotel_id = h.hotel_id"),
        ("distinct", "SELECT h.name FROM hotel h JOIN stay s ON s.hotel_id <= h.hotel_id AND s.stay_id = 5 OR h.stars = 3"),  # noqa: E501
        ("distinct", "SELECT h.hotel_id, x.rate FROM hotel h CROSS JOIN LATERAL"
                     " (SELECT rate FROM stay WHERE hotel_id = h.hotel_id ORDER BY rate DESC LIMIT 2) x"),
        ("distinct", "SELECT room_no FROM room WHERE floor = 2"),
        ("distinct", "SELECT COUNT(DISTINCT s.guest_id) FROM hotel h LEFT JOIN stay s ON s.hotel_id = h.hotel_id"
                     " GROUP BY h.name"),
        ("distinct", "SELECT COUNT(DISTINCT f.folio_id) FROM folio f JOIN folio_line l ON l.folio_id = f.folio_id"),
        ("distinct", "SELECT COUNT(DISTINCT r.room_no) FROM room r"),
        ("group_key", "SELECT COUNT(*) FROM hotel h JOIN stay s ON s.hotel_id = h.hotel_id GROUP BY h.city, h.country"),
        ("rank", "SELECT stay_id, RANK() OVER (PARTITION BY hotel_id ORDER BY rate) FROM stay"),
        ("rank", "SELECT room_no, RANK() OVER (ORDER BY room_no) FROM room"),
    ],
)  # fmt: skip
def test_is_not_proven(operator: str, sql: str) -> None:
    assert not any(proven(sql, operator)), sql


COUNTS = "SELECT h.name, COUNT({}) FROM hotel h LEFT JOIN stay s ON s.hotel_id = h.hotel_id GROUP BY h.name"
NONE = "SELECT h.name FROM hotel h LEFT JOIN stay s ON s.hotel_id = h.hotel_id WHERE {} IS NULL"


@pytest.mark.parametrize(
    ("gold", "mutant", "same"),
    [
        (COUNTS.format("s.stay_id"), COUNTS.format("s.guest_id"), True),
        (COUNTS.format("s.stay_id"), COUNTS.format("s.room_no"), False),
        (COUNTS.format("s.stay_id"), COUNTS.format("h.hotel_id"), False),
        (COUNTS.format("DISTINCT s.stay_id"), COUNTS.format("DISTINCT s.guest_id"), False),
        (NONE.format("s.stay_id"), NONE.format("s.check_in"), True),
        (NONE.format("s.stay_id"), NONE.format("s.checked_out_at"), False),
        ("SELECT h.name FROM hotel h GROUP BY h.name", "SELECT h.name FROM hotel h GROUP BY h.hotel_id", True),
        ("SELECT h.city FROM hotel h GROUP BY h.city", "SELECT h.city FROM hotel h GROUP BY h.hotel_id", False),
        ("SELECT COUNT(*) FROM hotel h GROUP BY h.name", "SELECT COUNT(*) FROM hotel h GROUP BY h.city", False),
    ],
)
def test_another_column(gold: str, mutant: str, same: bool) -> None:
    assert bool(why_equivalent(gold, Mutant("column_swap", mutant, ""), HOTEL)) == same


@pytest.mark.parametrize(
    ("sql", "keys"),
    [
        ("SELECT hotel_id, name FROM hotel", [{"hotel_id"}, {"name"}]),
        ("SELECT hotel_id, room_no, floor FROM room", [{"hotel_id", "room_no"}]),
        ("SELECT city, COUNT(*) AS n FROM hotel GROUP BY city", [{"city"}]),
        ("SELECT COUNT(*) AS n FROM hotel", [set()]),
        ("SELECT name FROM hotel ORDER BY stars LIMIT 1", [set()]),
        ("SELECT city FROM hotel", []),
        ("SELECT unnest(ARRAY[1, 2]) AS u, hotel_id FROM hotel", []),
        ("SELECT h.hotel_id AS a FROM hotel h LEFT JOIN stay s ON s.hotel_id = h.hotel_id", []),
    ],
)
def test_keys_of_a_query(sql: str, keys: list[set[str]]) -> None:
    tree = parse(sql)
    assert tree is not None
    relation = relation_of(tree, TABLES)
    assert relation is not None
    assert [set(key) for key in relation.keys] == keys


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM hotel h RIGHT JOIN stay s ON s.hotel_id = h.hotel_id",
        "SELECT 1 FROM hotel NATURAL JOIN stay",
        "SELECT 1 FROM nowhere",
        "SELECT 1 FROM hotel h LEFT JOIN stay s ON s.stay_id = (SELECT MAX(stay_id) FROM stay)",
    ],
)
def test_what_is_not_understood_says_nothing(sql: str) -> None:
    tree = parse(sql)
    assert isinstance(tree, exp.Select)
    assert read_facts(tree, TABLES) is None
