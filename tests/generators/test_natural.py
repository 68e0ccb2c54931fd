"""Variants of hand-written questions: what changes in the question changes in the SQL, and nothing else does."""

from __future__ import annotations

import re

import pytest

from generators.canonical import canonical
from generators.natural import natural_variants
from generators.view import View
from schemas.catalog import load_schema
from schemas.records import Question
from schemas.sql import mask_literals

VIEW = View.of(load_schema("hotel_group"), 1)


def _question(text: str, sql: str) -> Question:
    return Question(id="hotel_group/train-99", schema_name="hotel_group", split="train", text=text, golds=(sql,))


def _variants(text: str, sql: str, count: int = 60) -> list[tuple[str, str]]:
    made = natural_variants(VIEW, [_question(text, sql)], "test", limit=count)
    return [(example.question, example.sql) for example in made]


def test_a_value_changes_on_both_sides() -> None:
    found = _variants("How many hotels are in Lisbon?", "SELECT COUNT(*) FROM hotel WHERE city = 'Lisbon'")
    cities = {re.findall(r"'(\w+)'", sql)[0] for _, sql in found}
    assert len(cities) > 3
    for text, sql in found:
        assert re.findall(r"'(\w+)'", sql)[0] in text


@pytest.mark.parametrize("said", ["3", "three"])
def test_a_number_changes_on_both_sides(said: str) -> None:
    sql = "SELECT hotel_id FROM stay GROUP BY hotel_id HAVING COUNT(*) >= 3"
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    for text, changed in _variants(f"Which hotels had at least {said} stays?", sql):
        number = re.findall(r">= (\d+)", changed)[0]
        assert (number if said == "3" else words[int(number)]) in text


def test_a_month_changes_with_both_its_ends() -> None:
    sql = "SELECT COUNT(*) FROM stay WHERE check_in >= '2024-03-01' AND check_in < '2024-04-01'"
    found = dict(_variants("Stays that began in March 2024?", sql))
    assert len(set(found.values())) > 3
    for text, changed in found.items():
        first, last = re.findall(r"'(\d{4}-\d\d)-01'", changed)
        months = int(last[:4]) * 12 + int(last[5:]) - int(first[:4]) * 12 - int(first[5:])
        assert months == 1
        assert first[:4] in text


def test_structural_numbers_stay() -> None:
    sql = "SELECT CASE WHEN score <= 4 THEN 'bad' ELSE 'good' END AS bin, COUNT(*) FROM review GROUP BY bin"
    assert {changed for _, changed in _variants("Reviews up to 4 are bad: how many of each?", sql)} <= {canonical(sql)}


def test_shapes_are_those_of_the_train_questions_and_other_splits_never_come() -> None:
    schema = VIEW.schema
    shapes = {mask_literals(canonical(question.golds[0])) for question in schema.split("train")}
    made = list(natural_variants(VIEW, schema.questions, "test", limit=200))
    assert made
    assert {mask_literals(example.sql) for example in made} <= shapes
    assert {example.parent.split("/")[1].split("-")[0] for example in made} == {"train"}


def test_same_seed_same_variants() -> None:
    first = list(natural_variants(VIEW, VIEW.schema.questions, 3, limit=80))
    assert first == list(natural_variants(VIEW, VIEW.schema.questions, 3, limit=80))
    assert first != list(natural_variants(VIEW, VIEW.schema.questions, 4, limit=80))


def _of(schema: str, text: str, sql: str, count: int = 80) -> set[str]:
    """Questions of a schema's variants, in small letters."""
    question = Question(id="q/train-1", schema_name=schema, split="train", text=text, golds=(sql,))
    view = View.of(load_schema(schema), 1)
    return {example.question.lower() for example in natural_variants(view, [question], "tests", limit=count)}


def test_a_state_that_is_said_twice_keeps_its_value() -> None:
    """A crew that "never paused a job, i.e. never set any request to waiting" did not leave out setting it to done."""
    sql = "SELECT name FROM runners WHERE runner_id NOT IN (SELECT runner_id FROM jobs WHERE status = 'running')"
    made = _of("build_farm", "Runners that have no job running at the moment", sql)
    assert made
    assert all("running at the moment" in text for text in made)


def test_a_noun_that_is_there_in_full_is_not_put_in_once_more() -> None:
    made = _of(
        "build_farm",
        "How many pipeline runs did somebody start by hand?",
        "SELECT COUNT(*) FROM pipelines WHERE source = 'manual'",
    )
    assert not any("run runs" in text or "runs runs" in text for text in made)
    made = _of("wildlife_tracking", "How many fixes, that is GPS fixes, are there?", "SELECT COUNT(*) FROM fix")
    assert made
    assert not any("gps gps" in text for text in made)


def test_a_verb_is_no_noun() -> None:
    made = _of("build_farm", "What branches do people commit to?", "SELECT DISTINCT branch FROM commits")
    assert all("commit to" in text for text in made)


def test_no_value_stands_twice_in_a_list() -> None:
    sql = "SELECT COUNT(*) FROM folio_line WHERE item IN ('bar', 'minibar')"
    for text in _of("hotel_group", "How many folio lines are for bar or minibar?", sql, 200):
        named = [word for word in re.findall(r"[a-z]+", text.partition(" for ")[2]) if word != "or"]
        assert len(set(named)) == len(named), text
