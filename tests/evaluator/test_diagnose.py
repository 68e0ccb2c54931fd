"""Which modes are found in which pair of statements, and what is read from verdicts that failed to run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from support import cases

from evaluator.copies import Instance
from evaluator.diagnose import diagnose, diagnose_pair, mode_counts
from evaluator.execute import Executor
from evaluator.score import score
from schemas.catalog import Schema
from schemas.records import Prediction, Question, Verdict
from schemas.taxonomy import MODES


@pytest.mark.parametrize("case", cases("diagnose.toml"))
def test_case(case: dict[str, Any], tiny_schema: Schema) -> None:
    findings = diagnose_pair(case["gold"], case["predicted"], tiny_schema.tables)
    assert [finding.mode for finding in findings] == case["modes"], findings


@pytest.mark.parametrize("case", cases("messages.toml"))
def test_what_postgres_says(
    case: dict[str, str], executor: Executor, instances: Sequence[Instance], tiny_schema: Schema
) -> None:
    asked = Question(id="tiny/x", schema_name="tiny", split="dev", text="?", golds=("SELECT count(*) FROM item",))
    (judged,) = score(executor, {"tiny": instances}, [asked], [Prediction(id="tiny/x", sql=case["predicted"])])
    (found, *_) = diagnose([judged], [asked], {"tiny": tiny_schema})
    assert (judged.failure, found.mode if judged.failure != "wrong_result" else judged.failure) == (case["mode"],) * 2
    assert found.where == case.get("where", found.where)
    assert case.get("says", "") in found.evidence
    if "points_at" in case:
        assert found.span is not None
        assert judged.sql[slice(*found.span)] == case["points_at"]


def test_every_mode_is_found_somewhere_and_not_named_in_a_near_miss() -> None:
    pairs = [case.values[0] for case in cases("diagnose.toml")]
    messages = [case.values[0] for case in cases("messages.toml")]
    found = {mode for case in pairs for mode in case["modes"]} | {case["mode"] for case in messages}
    assert found - {"wrong_result"} == set(MODES)
    assert all(not set(case.get("near", [])) & set(case["modes"]) for case in pairs)
    near = {mode for case in pairs for mode in case.get("near", [])}
    near |= {case["name"].split(":")[0].removeprefix("near ") for case in messages if case["mode"] == "wrong_result"}
    assert near == set(MODES)


def verdict(failure: str, sql: str = "SELECT 1", message: str = "", gold: str = "SELECT 2") -> Verdict:
    return Verdict(
        id="tiny/x",
        schema_name="tiny",
        split="dev",
        exact=False,
        correct=False,
        sql=sql,
        gold=gold,
        failure=failure,
        message=message,
        instance=1,
    )


@pytest.mark.parametrize(
    ("message", "where"),
    [
        ('column "mail" does not exist', "column mail"),
        ("column g.mail does not exist", "column g.mail"),
        ('relation "guests" does not exist', "table guests"),
        ('missing FROM-clause entry for table "x"', "table x"),
        ('column reference "id" is ambiguous', "column id"),
        ("function datediff(date, date) does not exist", "function datediff"),
        ('column "item.label" must appear in the GROUP BY clause or be used in an aggregate', "column item.label"),
        ("operator does not exist: text > integer", "operator text > integer"),
        ('invalid input syntax for type date: "x"', "x"),
        ("division by zero", ""),
    ],
)
def test_name_at_fault(message: str, where: str, tiny_schema: Schema) -> None:
    (found,) = diagnose([verdict("binding", message=message)], [], {"tiny": tiny_schema})
    assert (found.mode, found.where, found.confirmed) == ("binding", where, None)
    assert found.evidence.startswith(message)


def test_nearest_gold_and_concepts(tiny_schema: Schema) -> None:
    golds = ("SELECT count(*) FROM sale WHERE quantity > 3", "SELECT label FROM item WHERE price > 10")
    question = Question(id="tiny/x", schema_name="tiny", split="dev", text="?", golds=golds)
    wrong = verdict("wrong_result", sql="SELECT label FROM item WHERE price > 20", gold=golds[0])
    (found,) = diagnose([wrong], [question], {"tiny": tiny_schema})
    assert found.mode == "filter_value"
    assert found.where == "WHERE item.price"
    assert found.evidence == "expected WHERE item.price > 10, got WHERE item.price > 20"
    assert "compare" in found.concepts


def test_mode_counts(tiny_schema: Schema) -> None:
    found = diagnose([verdict("syntax"), verdict("runtime"), verdict("runtime")], [], {"tiny": tiny_schema})
    assert list(mode_counts(found).items()) == [("runtime", 2), ("syntax", 1)]
