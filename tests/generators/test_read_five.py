"""What readers of 20261210 and 20261211 found wrong and was left then does not come again."""

from __future__ import annotations

import random

import pytest
from sketched import sketches
from sqlglot import exp

from generators.draw import Draw
from generators.pattern import PATTERNS
from generators.phrases import say_count
from generators.reword import reword
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


@pytest.mark.parametrize(
    ("phrase", "never"),
    [
        ("projects that lie above our average hour budget", ("How many", "Are there")),
        ("works with the smallest height of all", ("How many", "Are there", "Tell me")),
        ("guests from Bonn", ()),
    ],
)
def test_rows_said_in_a_clause_are_counted_by_a_phrase(phrase: str, never: tuple[str, ...]) -> None:
    said = {say_count(random.Random(seed), phrase) for seed in range(200)}
    assert len(said) >= 6
    assert not [text for text in said if text.startswith(never)] if never else "How many guests from Bonn?" in said


def test_articles_stay_where_a_sentence_needs_them() -> None:
    question = "How high is the percentage of lines among the lines?"
    reworded = {reword(random.Random(seed), question) for seed in range(300)}
    assert any("among lines" in text for text in reworded)
    assert not any("is percentage" in text for text in reworded)


def test_idioms_with_numbers_stay_whole() -> None:
    question = "Which countries have more than one of the guests?"
    assert not any("over one" in reword(random.Random(seed), question) for seed in range(300))


def test_who_and_what_is_left_out_of_a_share_is_said(hotels: View) -> None:
    """Calls without a cell are calls: a share of all calls by kind of cell would leave them out unsaid."""
    mobile = View.of(load_schema("mobile_network"), 1)
    optional = {(link.child, link.parent) for link in mobile.links if mobile.optional(link)}
    assert ("calls", "cells") in optional
    for view in (mobile, hotels):
        lost = {(link.child, link.parent) for link in view.links if view.optional(link)}
        for _, query in sketches(view, "share_of_total"):
            tables = [table.name for table in query.find_all(exp.Table)]
            assert len(tables) == 1 or (tables[0], tables[-1]) not in lost


def test_two_kinds_of_children_are_told_apart() -> None:
    port = View.of(load_schema("container_port"), 1)
    for question, _ in sketches(port, "children_of_two_kinds"):
        assert not ("gate moves" in question and "also have moves" in question), question


def test_spans_clash_only_where_few_are_at_once(city: View) -> None:
    made = [PATTERNS["clashing_pairs"].make(Draw(random.Random(seed), city)) for seed in range(200)]
    assert not [item for item in made if item is not None and "category_id" in item.query.sql()]


def test_days_and_years_are_few_rather_than_low() -> None:
    farm = View.of(load_schema("crop_farm"), 1)
    asked = [question for question, _ in sketches(farm, "aggregate") if "days left on the lease" in question]
    assert asked
    assert not [text for text in asked if "lowest days" in text or "highest days" in text]
