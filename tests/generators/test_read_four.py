"""What the readers of 20261208 to 20261211 found wrong does not come again."""

from __future__ import annotations

import random

import pytest
from sketched import sketches
from sqlglot import exp

from generators.bounds import compare
from generators.condition import names_of
from generators.draw import Draw
from generators.paraphrase import introduction, tidy
from generators.phrases import article, which
from generators.synonyms import synonym_groups
from generators.view import View
from schemas.catalog import load_schema
from schemas.glossary import ColumnWords


@pytest.fixture(scope="module")
def museum() -> View:
    return View.of(load_schema("museum_collection"), 1)


def test_what_children_do_is_not_asked_of_their_parents() -> None:
    phrase = "fields without plantings that went into the ground in April 2024"
    assert which(phrase) == f"Which are the {phrase}?"
    assert which("guests that made stays") == "Which guests made stays?"


@pytest.mark.parametrize(
    ("noun", "said"),
    [
        ("hour budget", "an hour budget"),
        ("house", "a house"),
        ("unit", "a unit"),
        ("age", "an age"),
        ("utility bill", "a utility bill"),
    ],
)
def test_articles_go_by_the_sound(noun: str, said: str) -> None:
    assert article(noun) == said
    assert tidy(f"projects with a {noun}") == f"Projects with {said}"


def test_years_are_not_spoken_of_as_amounts(museum: View) -> None:
    rng = random.Random(1)
    years = 0
    for _ in range(3000):
        condition = compare(rng, museum, "makers")
        if condition is not None and "year" in condition.phrase:
            years += 1
            assert not any(word in condition.phrase for word in (" even ", "reach", "short of", "smaller")), (
                condition.phrase
            )
    assert years > 50


def test_a_name_in_the_plural_alone_becomes_a_number() -> None:
    words = ColumnWords(name="working hours", role="measure")
    assert names_of(words) == ("number of working hours",)
    assert names_of(ColumnWords(name="fault flags", role="category")) == ("fault flags",)


def test_months_of_one_parents_rows_are_groups() -> None:
    """The day of a reserve is in its key; its month may hold several."""
    view = View.of(load_schema("insurance_claims"), 1)
    found = 0
    for seed in range(400):
        draw = Draw(random.Random(f"months {seed}"), view)
        subject = draw.subject("rsv", most=1)
        if "clm" in subject._settled(subject.joins):
            found += any(item.kind == "time" and subject.allows(item) for item in draw.dimensions("rsv"))
    assert found


def test_singular_and_plural_names_do_not_stand_for_each_other() -> None:
    """Of "a sown area of 20 hectares" comes no "a planted hectares of 20 hectares"."""
    groups = synonym_groups(load_schema("crop_farm").glossary)
    assert not any({"sown area", "planted hectares"} <= set(group) for group in groups)
    assert any({"hectares sown", "planted hectares"} <= set(group) for group in groups)
    network = synonym_groups(load_schema("mobile_network").glossary)
    assert not any(name in {"hectares sowns", "included datas"} for group in (*groups, *network) for name in group)


def test_a_streak_is_nobodys_where_the_owner_is_unknown() -> None:
    view = View.of(load_schema("esports_league"), 1)
    for question, query in sketches(view, "longest_streak"):
        for owner in query.find_all(exp.Alias):
            if owner.alias == "owner":
                assert not view.nullable(owner.this.table or "t_match", owner.this.name), question


def test_shares_are_of_few_parts(museum: View) -> None:
    for question, query in sketches(museum, "share_of_total"):
        assert "inventory_no" not in query.args["group"].sql(), question


def test_what_is_shown_is_asked_before_the_span_is_explained() -> None:
    view = View.of(load_schema("workforce"), 1)
    explained = 0
    for question, query in sketches(view, "running_on"):
        if "The time that counts is" in question and "COUNT" not in query.sql():
            explained += 1
            assert question.partition("The time that counts is")[2].count(",") <= 1, question
    assert explained


def test_a_request_is_not_what_somebody_wants_to_know() -> None:
    rng = random.Random(1)
    said = {introduction(rng, "mind pulling the makers with a year of birth?") for _ in range(500)}
    assert not any(words in {"marketing wants to know: ", "i was wondering: "} for words in said)


def test_groups_of_one_row_each_are_not_asked_for() -> None:
    """One policy has a kind of coverage once."""
    view = View.of(load_schema("insurance_claims"), 1)
    for question, query in sketches(view, "group_several"):
        tested = {item.this.sql() for item in query.find_all(exp.EQ) if isinstance(item.expression, exp.Literal)}
        grouped = query.args["group"].sql()
        assert not ("pol.pol_no" in tested and "cov.cov_cd" in grouped and "pol_cov" in query.sql()), question


def test_the_latest_date_of_a_span_is_not_asked_for(museum: View) -> None:
    for question, query in sketches(museum, "first_or_last_date"):
        asked = query.selects[0].find(exp.Column).name
        where = query.args.get("where")
        assert where is None or asked not in {column.name for column in where.find_all(exp.Column)}, question
