"""The mix: everything once, simple to hard with breadth, schemas in alternating blocks."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from generators.mix import mix, natural_examples
from schemas.records import Example, Question


def examples(count: int, schema_name: str, weight: float = 1.0) -> list[Example]:
    return [
        Example(id=f"{schema_name}{n}", schema_name=schema_name, question=f"q{n}", sql="SELECT 1", source="curriculum",
                stage=1 + n % 5, weight=weight)
        for n in range(count)
    ]  # fmt: skip


def test_everything_is_kept_once() -> None:
    pairs = examples(100, "a") + examples(60, "b", 3.0)
    mixed = mix(pairs, 8, 1)
    assert Counter(item.id for item in mixed.examples) == Counter(item.id for item in pairs)
    assert abs(mixed.mean_weight - (100 + 180) / 160) < 1e-12


def test_same_seed_same_order() -> None:
    pairs = examples(50, "a")
    assert mix(pairs, 8, 1).examples == mix(pairs, 8, 1).examples
    assert mix(pairs, 8, 1).examples != mix(pairs, 8, 2).examples


def test_schemas_alternate_in_blocks() -> None:
    mixed = mix(examples(96, "a") + examples(96, "b"), 16, 1).examples
    runs = [len(list(group)) for _, group in groupby(item.schema_name for item in mixed)]
    assert runs == [16] * 12


def test_a_small_schema_is_spread_over_the_whole() -> None:
    mixed = mix(examples(160, "a") + examples(32, "b"), 8, 1).examples
    places = [n for n, item in enumerate(mixed) if item.schema_name == "b"]
    assert places[0] < 40
    assert places[-1] > 150


def test_simple_comes_earlier_and_every_stage_everywhere() -> None:
    mixed = mix(examples(1000, "a"), 8, 1).examples
    first, last = mixed[:250], mixed[-250:]
    assert sum(item.stage for item in first) / 250 + 0.5 < sum(item.stage for item in last) / 250
    assert {item.stage for item in first} == {item.stage for item in last} == {1, 2, 3, 4, 5}


def test_empty() -> None:
    assert mix([], 8, 1).examples == ()


def test_natural_examples_take_golds_in_turn() -> None:
    question = Question(id="s/1", schema_name="s", split="train", text="How many?",
                        golds=("SELECT  COUNT(*)\nFROM t", "SELECT COUNT(1) FROM t"))  # fmt: skip
    found = natural_examples([question], 2.0, 3)
    assert [item.sql for item in found] == [
        "SELECT COUNT(*) FROM t",
        "SELECT COUNT(1) FROM t",
        "SELECT COUNT(*) FROM t",
    ]
    assert len({item.id for item in found}) == 3
    assert {item.weight for item in found} == {2.0}
    assert {item.source for item in found} == {"train"}


@settings(deadline=None)
@given(count=st.integers(1, 60), repeats=st.sampled_from([0, 0.1, 0.25, 0.5, 1, 1.5, 2]), rounds=st.integers(1, 9))
def test_over_the_rounds_every_natural_question_comes_as_often(count: int, repeats: float, rounds: int) -> None:
    questions = [
        Question(id=f"{name}/{n}", schema_name=name, split="train", text="How many?", golds=("SELECT 1", "SELECT 2"))
        for name in ("s", "t")
        for n in range(count)
    ]
    each = [natural_examples(questions, 1.0, repeats, number) for number in range(1, rounds + 1)]
    for made in each:
        assert len({item.id for item in made}) == len(made)
        for name in ("s", "t"):  # both schemas in every round
            assert abs(sum(item.schema_name == name for item in made) - count * repeats) <= 2
    passed = Counter(item.parent for made in each for item in made)
    assert all(abs(passed[question.id] - rounds * repeats) <= 1 for question in questions)
    for question in questions:
        golds = [item.sql for made in each for item in made if item.parent == question.id]
        assert golds == ["SELECT 1", "SELECT 2"] * (len(golds) // 2) + ["SELECT 1"] * (len(golds) % 2)
