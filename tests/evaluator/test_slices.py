"""Slices: counts, intervals, order; and questions that look at fault themselves."""

from __future__ import annotations

from evaluator.slices import slices, worst
from evaluator.triage import suspects
from schemas.catalog import Schema
from schemas.records import Diagnosis, Question, Verdict

GOLDS = {
    "a": "SELECT count(*) FROM item",
    "b": "SELECT status, count(*) FROM sale GROUP BY status",
    "c": "SELECT DISTINCT shade FROM item WHERE price > 3",
}


def question(key: str, text: str = "?") -> Question:
    return Question(id=key, schema_name="tiny", split="dev", text=text, golds=(GOLDS[key],))


def verdict(key: str, exact: bool = False, sql: str = "SELECT 1") -> Verdict:
    failure = None if exact else "wrong_result"
    return Verdict(
        id=key, schema_name="tiny", split="dev", exact=exact, correct=exact, sql=sql, gold=GOLDS[key], failure=failure
    )


def diagnosis(key: str, mode: str, confirmed: bool | None = True) -> Diagnosis:
    return Diagnosis(id=key, schema_name="tiny", mode=mode, confirmed=confirmed)


def test_counts_rates_and_intervals() -> None:
    asked = [question(key) for key in GOLDS]
    verdicts = [verdict("a", exact=True), verdict("b"), verdict("c")]
    named = [
        diagnosis("b", "grouping"),
        diagnosis("c", "grouping", confirmed=False),
        diagnosis("c", "distinct"),
        diagnosis("c", "gold_suspect"),
    ]
    found = {(item.kind, item.name): item for item in slices(asked, verdicts, named)}
    grouping = found["mode", "grouping"]
    assert (grouping.failed, grouping.total, grouping.confirmed) == (2, 3, 1)
    assert grouping.low < grouping.rate < grouping.high
    assert ("mode", "gold_suspect") not in found
    assert (found["concept", "group_by"].failed, found["concept", "group_by"].total) == (1, 1)
    assert (found["schema", "tiny"].failed, found["schema", "tiny"].total) == (2, 3)
    assert (found["stage", "1"].failed, found["stage", "1"].total) == (1, 2)
    assert found["stage", "2"].rate == 1.0


def test_worst_goes_by_the_lower_end() -> None:
    asked = [question("a").model_copy(update={"id": str(n)}) for n in range(30)]
    asked.append(question("b"))
    verdicts = [verdict("a", exact=n < 6).model_copy(update={"id": str(n)}) for n in range(30)] + [verdict("b")]
    found = slices(asked, verdicts, [])
    concepts = [item for item in found if item.kind == "concept"]
    assert concepts[0].name == "group_by"  # 1 of 1
    assert [item.name for item in worst(concepts, 1)] == ["count"]  # 25 of 31 is surer


def test_triage_names_agreement_and_what_the_question_does_not_say(tiny_schema: Schema) -> None:
    asked = [question("a"), question("b"), question("c", "Which shades cost more than 3?")]
    rounds = {
        0: [verdict("a", sql="SELECT count(*) FROM sale"), verdict("b", sql="SELECT 1"), verdict("c", sql="SELECT 3")],
        1: [verdict("a", sql="select count(1) from sale s"), verdict("b", sql="SELECT 2")],
    }
    named = [diagnosis("c", "distinct"), diagnosis("b", "grouping")]
    found = suspects(asked, rounds, named, {"tiny": tiny_schema})
    assert [(item.question.id, item.kind) for item in found] == [("a", "gold_suspect"), ("c", "ambiguous")]
    said = [asked[2].model_copy(update={"text": "Which different shades cost more than 3?"})]
    assert suspects(said, rounds, named, {"tiny": tiny_schema}) == []
