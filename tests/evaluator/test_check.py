"""Sound questions pass; each way in which a question can be unsound is found and named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluator.check import check_questions
from evaluator.copies import Instance, build_shuffled
from evaluator.execute import Executor
from evaluator.server import Server
from schemas.catalog import Schema
from schemas.records import Question, Split


@pytest.fixture(scope="module")
def shuffled(server: Server, tiny_schema: Schema) -> Instance:
    return build_shuffled(server, tiny_schema, seed=7)


def _asked(name: str, text: str, sql: str, split: Split = "dev") -> Question:
    return Question(id=f"tiny/{name}", schema_name="tiny", split=split, text=text, golds=(sql,))


def _problems(
    executor: Executor, instances: tuple[Instance, ...], shuffled: Instance, schema: Schema, *questions: Question
) -> list[str]:
    changed = replace(schema, questions=questions)
    return [f"{p.question}: {p.what}" for p in check_questions(executor, instances, shuffled, changed)]


def test_shipped_questions_of_the_tiny_schema_are_sound(
    executor: Executor, instances: tuple[Instance, ...], shuffled: Instance, tiny_schema: Schema
) -> None:
    assert _problems(executor, instances, shuffled, tiny_schema, *tiny_schema.questions) == []


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT nothing FROM item", "does not run"),
        ("SELECT id FROM item WHERE id < 0", "no row on any instance"),
        ("SELECT id FROM item LIMIT 3", "order of rows"),
        ("SELECT DISTINCT ON (maker_id) maker_id, id FROM item", "order of rows"),
        ("SELECT id FROM sale WHERE sold_on <= 'today'", "reads the clock"),
        ("SELECT id FROM item WHERE random() < 2", "random"),
        ("SELECT {} FROM item", "braces"),
    ],
)
def test_unsound_gold_is_named(
    sql: str, named: str, executor: Executor, instances: tuple[Instance, ...], shuffled: Instance, tiny_schema: Schema
) -> None:
    found = _problems(executor, instances, shuffled, tiny_schema, _asked("dev-01", "What?", sql))
    assert len(found) == 1
    assert found[0].startswith("tiny/dev-01: ")
    assert named in found[0]


def test_ties_at_a_limit_are_allowed(
    executor: Executor, instances: tuple[Instance, ...], shuffled: Instance, tiny_schema: Schema
) -> None:
    question = _asked("dev-01", "Two items of the first shades?", "SELECT id, shade FROM item ORDER BY shade LIMIT 2")
    assert _problems(executor, instances, shuffled, tiny_schema, question) == []


def test_repeated_question_and_family_in_two_splits(
    executor: Executor, instances: tuple[Instance, ...], shuffled: Instance, tiny_schema: Schema
) -> None:
    one = _asked("dev-01", "Which items weigh over 1?", "SELECT id FROM item WHERE weight > 1")
    same = _asked("dev-02", "which items weigh over 1", "SELECT label FROM item WHERE weight > 1")
    other = _asked("test-01", "Items over 2?", "SELECT id FROM item WHERE weight > 2", "test")
    found = _problems(executor, instances, shuffled, tiny_schema, one, same, other)
    assert [line.split(":")[0] for line in found] == ["tiny/dev-02", "tiny/test-01"]
    assert "asks the same as tiny/dev-01" in found[0]
    assert "differs from that of tiny/dev-01 in literals only" in found[1]


def test_shuffled_copy_holds_the_same_rows_in_another_order(
    executor: Executor, instances: tuple[Instance, ...], shuffled: Instance
) -> None:
    first = executor.execute(instances[0], "SELECT id FROM sale").table
    other = executor.execute(shuffled, "SELECT id FROM sale").table
    assert first is not None
    assert other is not None
    assert sorted(first.rows) == sorted(other.rows)
    assert first.rows != other.rows
