"""What the readers of 20261206 and of the nine idioms found wrong does not come again."""

from __future__ import annotations

import pytest
from sketched import sketches
from sqlglot import exp

from generators.bounds import _divides
from generators.phrases import bank
from generators.view import View
from schemas.catalog import load_schema


@pytest.fixture(scope="module")
def wildlife() -> View:
    return View.of(load_schema("wildlife_tracking"), 1)


@pytest.fixture(scope="module")
def hotels() -> View:
    return View.of(load_schema("hotel_group"), 1)


def test_a_bound_divides_what_people_ask_for() -> None:
    amounts = (-66, 12, 30, 45, 80, 120, 250, 300, 400, 27_500)
    assert not _divides(exp.GT, amounts, -20)
    assert _divides(exp.GT, (-9, -4, -2, 1, 3), -3)
    assert not _divides(exp.EQ, amounts, 27_500)
    assert _divides(exp.EQ, amounts, 45)
    assert _divides(exp.EQ, (*amounts, 27_500), 27_500)


def test_dates_that_may_be_missing_make_no_bins(wildlife: View) -> None:
    for question, query in sketches(wildlife, "date_bins"):
        assert not any(isinstance(node.this, exp.Is) for node in query.find_all(exp.Not)), question


def test_days_without_rows_are_of_years_that_are_over_and_of_events(hotels: View) -> None:
    today = hotels.schema.glossary.as_of.date()
    for question, query in sketches(hotels, "quiet_days"):
        assert str(today.year) not in question
        table = next(iter({item.name for item in query.find_all(exp.Table)} & set(hotels.subjects)))
        label = hotels.words(table).label
        assert not label or label in hotels.table(table).primary_key, question


def test_a_parents_own_attribute_is_not_looked_for_in_its_children(wildlife: View) -> None:
    """An animal's sightings are of its species."""
    for question, query in sketches(wildlife, "all_alike"):
        having = query.args["having"].sql()
        if "anim.anim_id" in query.args["group"].sql():
            assert "sp_code" not in having, question


def test_a_rank_is_among_several_groups(hotels: View) -> None:
    for question, query in sketches(hotels, "rank_groups"):
        group = [column for item in query.args["group"].expressions for column in item.find_all(exp.Column)]
        assert len(hotels.distinct(group[-1].table, group[-1].name)) >= 4, question


def test_rank_within_promises_no_order() -> None:
    for phrase in bank()["rank_within"]:
        assert not any(word in phrase.lower() for word in ("league", "highest first", "top first", "number them")), (
            phrase
        )


def test_a_rank_within_tells_its_rows_apart(hotels: View) -> None:
    for question, query in sketches(hotels, "rank_within"):
        shown = {item.sql() for item in query.selects}
        assert all(item.sql() in shown for item in query.args["group"].expressions), question


def test_a_time_between_dates_is_one_that_some_rows_take() -> None:
    """Contracts run for months: "more than a day after the start" leaves none out."""
    view = View.of(load_schema("mobile_network"), 1)
    asked = 0
    for question, query in sketches(view, "elapsed"):
        for test in query.find_all(exp.GT):
            days_between = test.this.unnest()
            if not isinstance(days_between, exp.Sub):
                continue
            table = next(query.find_all(exp.Table)).name
            taken = view.durations[table, days_between.expression.name, days_between.this.name]
            share = sum(days > int(test.expression.name) for days in taken) / len(taken)
            assert 0.05 <= share <= 0.95, question
            asked += 1
    assert asked
