"""What three readers of 450 generated pairs found stays away: unsaid roles, sums over a history, rows that are lost."""

from __future__ import annotations

import random
import re
from functools import lru_cache

import pytest
from drawn_cases import drawn, tree
from sqlglot import exp

from generators import curriculum
from generators.dates import relative
from generators.draw import Draw
from generators.expr import col
from generators.phrases import plural, say
from generators.synonyms import renamed, synonym_groups
from generators.view import View
from schemas.catalog import load_schema
from schemas.records import Example


@lru_cache(maxsize=16)
def view_of(name: str) -> View:
    return View.of(load_schema(name), 1)


@pytest.fixture(autouse=True)
def unworded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions in the bank's own words."""
    monkeypatch.setattr(curriculum, "REWORD", 0.0)


def examples(name: str, *patterns: str, limit: int = 300) -> list[Example]:
    return drawn(view_of(name), patterns, "once more", limit)


def test_whoever_leads_is_said_to() -> None:
    """Colleagues are on projects by assignment: those they lead are asked for in these words."""
    asked = [e for e in examples("workforce", "with_children", "without_children") if "lead_id" in e.sql]
    assert asked
    for example in asked:
        assert re.search(r"\blead|\bled\b|in charge|run by", example.question, re.IGNORECASE), example.question
    counted = examples("workforce", "outer_count", "total_or_zero", "meeting_counts")
    assert counted
    assert not any("lead_id" in example.sql for example in counted)


def test_salaries_one_after_the_other_are_not_added_up() -> None:
    for name, table in (("workforce", "emp_salary"), ("esports_league", "t_roster")):
        pay = [item for item in Draw(random.Random(1), view_of(name)).measures(table) if item.unit == "euros"]
        assert len(pay) == 2
        assert not any(item.additive for item in pay)


def test_a_mean_per_parent_leaves_out_what_belongs_to_none() -> None:
    asked = [e for e in examples("crop_farm", "per_parent") if "FROM treatments" in e.sql]
    assert asked
    for example in asked:
        by_worker = "DISTINCT worker_id" in example.sql or "FROM workers" in example.sql
        assert not by_worker or "worker_id IS NOT NULL" in example.sql, example.sql


def test_the_largest_are_few_of_many_and_no_row_is_lost() -> None:
    asked = examples("hotel_group", "top_share")
    assert asked
    for example in asked:
        assert "GROUP BY room." not in example.sql, example.sql  # a stay may have no room yet
        places = [int(node.expression.name) for node in tree(example).find_all(exp.LTE) if node.this.name == "place"]
        if "GROUP BY type_code" in example.sql:
            assert 2 * max(places) < view_of("hotel_group").size("room_type")


def test_names_that_several_have_make_no_set() -> None:
    asked = examples("mobile_network", "groups_in_both")
    assert asked
    assert not any("full_name" in example.sql.split(" FROM ")[0] for example in asked)


@pytest.mark.parametrize("name", ["crop_farm", "wildlife_tracking", "museum_collection"])
def test_kinds_set_against_each_other_share_no_row(name: str) -> None:
    asked = examples(name, "difference_of_sums", "two_counts")
    assert asked
    for example in asked:
        tests = [node.expression for node in tree(example).find_all(exp.Filter)]
        first, second = ({column.name for column in test.find_all(exp.Column)} for test in tests)
        assert first == second, example.sql
        assert not any(test.find(exp.In) for test in tests), example.sql


def test_what_one_animal_leads_to_is_not_counted() -> None:
    asked = [e for e in examples("wildlife_tracking", "with_children", "without_children") if " FROM sp WHERE" in e.sql]
    assert asked
    assert not any("anim_id = '" in example.sql for example in asked)


def test_a_group_is_not_said_within_itself() -> None:
    """Not "which claims have more events of claims covered by ... than the average claim"."""
    asked = [e for e in examples("insurance_claims", "groups_above_average") if "GROUP BY clm.clm_no" in e.sql]
    assert asked
    assert not any("pol_cov" in example.sql for example in asked)


def test_what_the_calendar_settles_is_not_counted() -> None:
    asked = examples("crop_farm", "running_total")
    assert any("FROM weather" in example.sql for example in asked)
    assert not any("SUM(COUNT(*))" in e.sql and re.search(r"FROM weather (?!WHERE)", e.sql) for e in asked)


def test_tomorrow_begins_at_midnight() -> None:
    rng, column = random.Random(4), col("t_match", "mt_at")
    spans = [relative(rng, column, future=True) for _ in range(600)]
    ahead = [span.sql.sql("postgres") for span in spans if span.said in {"after today", "from tomorrow on"}]
    assert set(ahead) == {"t_match.mt_at >= CURRENT_DATE + 1"}


def test_sentences_are_searched_for_whole_words() -> None:
    comments = [str(text).split() for text in view_of("hotel_group").values["review", "comment"]]
    found = [
        node.expression.name.strip("%")
        for example in examples("hotel_group", limit=2500) if "comment" in example.sql
        for node in tree(example).find_all(exp.Like, exp.ILike) if node.this.name == "comment"
    ]  # fmt: skip
    assert found
    assert all(any(word in comment for comment in comments) for word in found)


@pytest.mark.parametrize(
    ("figure", "said"),
    [("money spent", "money spent on tags"), ("hours worked", "hours worked in tags"), ("cost", "cost of tags")],
)
def test_what_was_spent_was_spent_on_something(figure: str, said: str) -> None:
    rng = random.Random(1)
    phrases = [say(rng, "group_agg", agg=figure, subject="tags", dim="kind", dims="kinds") for _ in range(60)]
    held = [phrase for phrase in phrases if re.search(rf"{figure} (?:of|in|on) tags", phrase)]
    assert held
    assert all(said in phrase for phrase in held)


def test_a_noun_within_another_stays() -> None:
    """The "animal" of "kinds of animal", which are species, is no "known animal"."""
    groups = synonym_groups(load_schema("wildlife_tracking").glossary)
    for seed in range(40):
        assert renamed(random.Random(seed), "List the kinds of animal.", groups) == "List the kinds of animal."


def test_plurals_of_what_has_a_complement() -> None:
    assert plural("office in charge") == "offices in charge"
    assert plural("coverage claimed under") == "coverages claimed under"
    assert plural("hiring date") == "hiring dates"


def test_commits_in_a_line_make_no_tree() -> None:
    tables = {t.name for e in examples("build_farm", "levels", "branches") for t in tree(e).find_all(exp.Table)}
    assert "commits" not in tables


def test_the_largest_within_a_group_has_a_figure() -> None:
    """A sum over rooms not measured is NULL, which Postgres ranks first downwards."""
    asked = [e for e in examples("hotel_group", "top_within") if re.search(r"\((?:SUM|AVG|MAX)\(room\.size_m2", e.sql)]
    asked += [e for e in examples("hotel_group", "top_within") if "ORDER BY SUM(room.size_m2)" in e.sql]
    assert asked
    assert all("DESC NULLS LAST" in example.sql for example in asked)


def test_a_city_leaves_one_country() -> None:
    view = view_of("museum_collection")
    assert view.determines("borrowers", "city", "country")
    assert not view.determines("borrowers", "country", "city")
    asked = examples("museum_collection", "shared_values")
    assert asked
    assert not any("city = " in e.sql for e in asked if e.sql.startswith("SELECT country"))


def test_thresholds_are_said() -> None:
    """What the glossary calls "big" or "long" by a number says the number."""
    for name in ("satellite_ops", "wildlife_tracking", "city_services", "container_port"):
        for item in load_schema(name).glossary.conditions:
            if re.search(r"(?:>=?|<=?) \d", item.sql) and "EXTRACT" not in item.sql:
                said = r"\d|two|ten|five|months|second|return"
                assert all(re.search(said, phrase) for phrase in item.phrases), (name, item.phrases)
