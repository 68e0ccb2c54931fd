"""Contrast pairs and hard examples: what differs is what was confused, and each says where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

import pytest

from evaluator.pairs import Pair, diagnose_texts
from generators.contrast import Contrast, contrasts
from generators.hard import composed, hard_examples, nearest
from generators.turned import Turned, branch
from generators.view import View
from schemas.aims import MODE_AIMS, aimed
from schemas.records import Example, PlanItem
from schemas.sql import concepts, skeleton


def item(mode: str, concept: str, parents: tuple[str, ...] = ()) -> PlanItem:
    return PlanItem(mode=mode, concept=concept, schema_name="hotel_group", count=4, weight=2.5, reason="why",
                    parents=parents)  # fmt: skip


def confused(view: View, gold: str, answer: str) -> tuple[str, ...]:
    found = diagnose_texts(Pair(id=1, gold=gold, predicted=answer), view.schema.tables)
    return tuple(sorted({diagnosis.mode for diagnosis in found}))


def test_a_turned_source_differs_in_one_number() -> None:
    plain, turned = Turned(7), Turned(7, place=3, turn=0.5)
    pairs = [(plain.random(), turned.random()) for _ in range(8)]
    assert [first != second for first, second in pairs] == [False] * 3 + [True] + [False] * 4
    assert plain.made == 8


def test_a_branch_leaves_the_source_alone() -> None:
    first, second = Turned(7), Turned(7)
    long, short = branch(first), branch(second)
    assert long.random() == short.random()
    assert len({long.random() for _ in range(4)}) == 4
    assert first.random() == second.random()
    assert (first.made, second.made) == (7, 3)


@pytest.mark.parametrize(
    ("mode", "concept"),
    [("ordering", "order_limit"), ("limit", "order_limit"), ("set_operation", "set_operation"),
     ("filter_value", "compare"), ("date_logic", "date_filter"), ("window", "window_aggregate")],
)  # fmt: skip
def test_taking_one_for_the_other_is_just_the_mode(mode: str, concept: str, views: Mapping[str, View]) -> None:
    view = views["hotel_group"]

    def modes(name: str, gold: str, answer: str) -> tuple[str, ...]:
        assert name == "hotel_group"
        return confused(view, gold, answer)

    def drawn() -> list[Contrast]:
        return list(islice(contrasts(view, item(mode, concept, ("p1", "p2")), modes, 3, limit=60), 2))

    found = drawn()
    assert found == drawn()
    assert found
    for pair in found:
        assert confused(view, pair.first.sql, pair.second.sql) == (mode,)
        assert pair.first.question != pair.second.question
        for example in (pair.first, pair.second):
            assert (example.mode, example.made, example.source, example.seed) == (mode, "contrast", "hard", 3)
            assert example.parent in {"p1", "p2"}
            assert example.pattern
            assert concept in example.concepts
        assert pair.second.id in pair.first.reason
        assert pair.first.parent == pair.second.parent


def test_hard_examples_come_in_the_failed_shape_and_in_new_ones(views: Mapping[str, View]) -> None:
    gold = "SELECT city, COUNT(*) FROM hotel GROUP BY city HAVING COUNT(*) > 2"
    found = list(islice(hard_examples(views["hotel_group"], item("having", "having", ("p",)), {"p": gold}, 5), 12))
    assert {example.made for example in found} == {"skeleton", "composed"}
    assert all((example.parent, example.seed, example.aim) == ("p", 5, "having") for example in found)
    shaped = [example for example in found if example.made == "skeleton"]
    assert sum("GROUP BY" in example.sql and "WITH" not in example.sql for example in shaped) > len(shaped) / 2
    for example in found:
        assert next(aimed(example.sql, MODE_AIMS["having"], views["hotel_group"].schema.tables), None) is not None


def test_the_nearest_and_the_most_composed() -> None:
    def made(sql: str) -> Example:
        return Example(id=sql, schema_name="s", question="q", sql=sql, source="hard", concepts=tuple(concepts(sql)))

    gold = "SELECT a, COUNT(*) FROM t WHERE b > 1 GROUP BY a"
    pool = [made("SELECT a FROM t"), made("SELECT c, COUNT(*) FROM u WHERE d > 3 GROUP BY c"),
            made("SELECT a, COUNT(*) FROM t JOIN u USING (x) WHERE b > 1 GROUP BY a ORDER BY 2")]  # fmt: skip
    assert skeleton(nearest(pool, gold).sql) == skeleton(gold)
    assert composed(pool, gold) is pool[2]
