"""Causes confirmed by executing repairs on real instances: what is kept, what is dropped, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from support import cases

from evaluator.copies import Instance
from evaluator.diagnose import Confirm, diagnose, diagnose_pair
from evaluator.execute import Executor
from evaluator.repair import Budget, Repairer
from evaluator.score import score
from schemas.catalog import Schema
from schemas.records import Diagnosis, Prediction, Question, Verdict


def question(*golds: str) -> Question:
    return Question(id="tiny/x", schema_name="tiny", split="dev", text="?", golds=golds)


def judged(executor: Executor, instances: Sequence[Instance], asked: Question, predicted: str) -> Verdict:
    answers = [Prediction(id=asked.id, sql=predicted)]
    (verdict,) = score(executor, {"tiny": instances}, [asked], answers)
    return verdict


def found(
    executor: Executor,
    instances: Sequence[Instance],
    schema: Schema,
    asked: Question,
    predicted: str,
    budget: Budget | None = None,
) -> list[Diagnosis]:
    verdict = judged(executor, instances, asked, predicted)
    assert not verdict.exact, "the case is no wrong answer"
    confirm = Confirm(Repairer(executor, budget), {"tiny": instances})
    return diagnose([verdict], [asked], {"tiny": schema}, confirm)


@pytest.mark.parametrize("case", cases("repair.toml"))
def test_causes(case: dict[str, Any], executor: Executor, instances: Sequence[Instance], tiny_schema: Schema) -> None:
    diagnoses = found(executor, instances, tiny_schema, question(case["gold"]), case["predicted"])
    assert [item.mode for item in diagnoses] == case["modes"], diagnoses
    assert {item.confirmed for item in diagnoses} == {case.get("confirmed", True)}
    static = {item.mode for item in diagnose_pair(case["gold"], case["predicted"], tiny_schema.tables)}
    assert set(case.get("dropped", [])) <= static - set(case["modes"])
    if "repair" in case:
        assert {item.repair for item in diagnoses} == {case["repair"]}
    if case.get("confirmed", True):
        asked = question(case["gold"])
        assert all(judged(executor, instances, asked, item.repair).exact for item in diagnoses)


def test_evidence_points_into_both_texts(
    executor: Executor, instances: Sequence[Instance], tiny_schema: Schema
) -> None:
    gold = "SELECT id FROM sale WHERE status = 'paid' AND quantity >= 3"
    predicted = "SELECT s.id FROM sale s WHERE s.quantity > 3 AND s.status = 'paid'"
    (item,) = found(executor, instances, tiny_schema, question(gold), predicted)
    assert item.gold == gold
    assert item.gold_span is not None
    assert gold[slice(*item.gold_span)] == "quantity >= 3"
    assert item.span is not None
    assert predicted[slice(*item.span)] == "s.quantity > 3"
    assert item.instance in {1, 2, 3}
    assert item.row.endswith("missing")
    assert item.rank == 1


def test_nearest_gold_is_mended(executor: Executor, instances: Sequence[Instance], tiny_schema: Schema) -> None:
    asked = question("SELECT count(*) FROM sale WHERE quantity > 3", "SELECT label FROM item WHERE price > 30")
    (item,) = found(executor, instances, tiny_schema, asked, "SELECT label FROM item WHERE price > 20")
    assert (item.mode, item.gold, item.confirmed) == ("filter_value", asked.golds[1], True)


def test_several_smallest_repairs_are_kept_nearest_first(
    executor: Executor, instances: Sequence[Instance], tiny_schema: Schema
) -> None:
    gold = "SELECT count(DISTINCT i.id) FROM item i WHERE i.in_stock"
    predicted = "SELECT count(i.id) FROM item i LEFT JOIN sale s ON s.item_id = i.id WHERE i.in_stock"
    diagnoses = found(executor, instances, tiny_schema, question(gold), predicted)
    assert [(item.mode, item.rank) for item in diagnoses] == [("distinct", 1), ("join_extra", 2)]
    assert all(item.confirmed for item in diagnoses)


def test_budget_of_no_set_confirms_nothing(
    executor: Executor, instances: Sequence[Instance], tiny_schema: Schema
) -> None:
    asked, predicted = question("SELECT id FROM sale WHERE quantity >= 3"), "SELECT id FROM sale WHERE quantity > 3"
    (item,) = found(executor, instances, tiny_schema, asked, predicted, Budget(sets=0))
    assert (item.mode, item.confirmed, item.repair) == ("filter_boundary", False, "")


def test_second_run_says_the_same(executor: Executor, instances: Sequence[Instance], tiny_schema: Schema) -> None:
    pairs = [(case.values[0]["gold"], case.values[0]["predicted"]) for case in cases("repair.toml")]
    asked = [
        Question(id=f"tiny/{n}", schema_name="tiny", split="dev", text="?", golds=(gold,))
        for n, (gold, _) in enumerate(pairs)
    ]
    verdicts = [judged(executor, instances, q, predicted) for q, (_, predicted) in zip(asked, pairs, strict=True)]
    runs = [
        diagnose(verdicts, asked, {"tiny": tiny_schema}, Confirm(Repairer(executor), {"tiny": instances}))
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
