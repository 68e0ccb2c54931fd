"""What readers of 20261210 and 20261211 found wrong and was left then does not come again."""

from __future__ import annotations

import random

import pytest
from sketched import sketches
from sqlglot import exp

from generators.draw import Draw
from generators.view import View
from schemas.catalog import load_schema


@pytest.fixture(scope="module")
def city() -> View:
    return View.of(load_schema("city_services"), 1)


@pytest.fixture(scope="module")
def hotels() -> View:
    return View.of(load_schema("hotel_group"), 1)


def test_what_a_table_has_itself_is_not_grouped_by_in_its_parent(city: View) -> None:
    """Status changes have a status; that of their request is another one."""
    draw = Draw(random.Random(1), city)
    shown = {item.columns[0].sql() for item in draw.dimensions("status_change") if item.kind == "category"}
    assert "status_change.status" in shown
    assert "service_request.priority" in shown
    assert "service_request.status" not in shown


def test_a_state_is_said_with_its_owner(city: View) -> None:
    owner = city.words("service_request").one
    names = set()
    for seed in range(60):
        draw = Draw(random.Random(seed), city)
        for item in draw.dimensions("crew_visit"):
            if item.columns[0].sql() == "service_request.status":
                names.add(item.name)
                assert draw.noun("service_request")[0] in item.name or owner in item.name, item.name
    assert len(names) > 1


def test_nobody_asks_for_the_days_from_end_to_end() -> None:
    league = View.of(load_schema("esports_league"), 1)
    ends = {(table, end) for table, _, end in league.spans}
    assert ("t_roster", "rs_to") in ends
    for _, query in sketches(league, "since_previous"):
        [difference] = [item for item in query.find_all(exp.Sub) if isinstance(item.expression, exp.Window)]
        assert (difference.this.table, difference.this.name) not in ends


def test_days_of_price_lists_are_not_counted_one_by_one(hotels: View) -> None:
    counted = {
        column.table for _, query in sketches(hotels, "daily_series") for column in query.find_all(exp.Column)
        if column.table != "slot"
    }  # fmt: skip
    assert "stay" in counted
    assert "season_rate" not in counted


def test_who_meets_a_named_one_is_told_what_it_is() -> None:
    wild = View.of(load_schema("wildlife_tracking"), 1)
    for question, query in sketches(wild, "meeting_named"):
        [value] = [item for item in query.find_all(exp.EQ) if isinstance(item.expression, exp.Literal)]
        before = question.partition(str(value.expression.this))[0]
        assert not before.endswith((" with ", " of ", " to ")), question
