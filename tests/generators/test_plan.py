"""The plan steers: slices that fail get more hard examples at more weight, and none starves."""

from __future__ import annotations

from collections.abc import Mapping

from evaluator.slices import slices
from generators.hard import CAP, FLOOR, hard_examples, lift, make_plan, slice_rates, target_concepts
from generators.view import View
from schemas.records import Diagnosis, Question, Verdict

GROUP = "SELECT city, COUNT(*) FROM hotel GROUP BY city"
RATIO = "SELECT 100.0 * COUNT(*) FILTER (WHERE stars = 5) / COUNT(*) FROM hotel"
WINDOW = "SELECT name, RANK() OVER (ORDER BY stars) FROM hotel"


def case(sql: str, name: str, wrong: bool, mode: str) -> tuple[Question, Verdict, Diagnosis | None]:
    from schemas.sql import concepts

    question = Question(id=name, schema_name="hotel_group", split="dev", text=name, golds=(sql,))
    verdict = Verdict(id=name, schema_name="hotel_group", split="dev", sql="", gold=sql, exact=not wrong,
                      correct=not wrong)  # fmt: skip
    if not wrong:
        return question, verdict, None
    found = tuple(sorted(concepts(sql)))
    return question, verdict, Diagnosis(id=name, schema_name="hotel_group", mode=mode, confirmed=True, concepts=found)


def cases() -> tuple[list[Question], list[Verdict], list[Diagnosis]]:
    """40 questions of each of three kinds: ratios fail at 80%, the rest at 20%."""
    rows = [case(GROUP, f"g{n}", n % 5 == 0, "grouping") for n in range(40)]
    rows += [case(RATIO, f"r{n}", n % 5 != 0, "ratio_logic") for n in range(40)]
    rows += [case(WINDOW, f"w{n}", n % 5 == 0, "window") for n in range(40)]
    return [q for q, _, _ in rows], [v for _, v, _ in rows], [d for _, _, d in rows if d is not None]


def test_lift_is_one_at_the_overall_rate_and_bounded() -> None:
    assert lift(0.3, 0.3) == 1.0
    assert lift(1.0, 0.1) == CAP
    assert lift(0.0, 0.9) == FLOOR


def test_the_failing_slice_rises_and_none_starves() -> None:
    questions, verdicts, diagnoses = cases()
    overall, rates = slice_rates(slices(questions, verdicts, diagnoses))
    assert abs(overall - 0.4) < 1e-9
    assert rates["share_if"].rate > 0.6 > 0.35 > rates["window_rank"].rate
    assert all(FLOOR <= rate.lift <= CAP for rate in rates.values())
    plan = make_plan(slices(questions, verdicts, diagnoses), diagnoses, 200)
    assert sum(item.count for item in plan.items) == 200
    by_mode: dict[str, int] = {}
    for item in plan.items:
        by_mode[item.mode] = by_mode.get(item.mode, 0) + item.count
    failed = {mode: sum(d.mode == mode for d in diagnoses) for mode in by_mode}
    assert by_mode["ratio_logic"] / 200 > failed["ratio_logic"] / len(diagnoses)
    assert all(count > 0 for count in by_mode.values())
    weights = {item.mode: item.weight for item in plan.items}
    assert weights["ratio_logic"] > weights["window"] >= 1.0
    assert max(weights.values()) <= CAP


def test_small_slices_stay_near_the_overall_rate() -> None:
    rows = [case(GROUP, f"g{n}", n % 2 == 0, "grouping") for n in range(60)] + [case(WINDOW, "w", True, "window")]
    _, rates = slice_rates(slices([q for q, _, _ in rows], [v for _, v, _ in rows], []))
    assert rates["window_rank"].failed == 1
    assert 0.4 < rates["window_rank"].rate < 0.75


def test_no_failures_no_plan() -> None:
    question, verdict, _ = case(GROUP, "g", False, "grouping")
    assert make_plan(slices([question], [verdict], []), [], 50).items == ()


def test_targets_follow_the_family_else_the_gold() -> None:
    def diagnosis(mode: str) -> Diagnosis:
        return Diagnosis(id="x", schema_name="s", mode=mode, confirmed=None, concepts=("count", "group_by", "share_if"))

    assert target_concepts(diagnosis("grouping")) == ("group_by",)
    assert target_concepts(diagnosis("window")) == ("count", "group_by", "share_if")


def test_hard_examples_carry_the_plan(views: Mapping[str, View]) -> None:
    questions, verdicts, diagnoses = cases()
    item = next(
        i for i in make_plan(slices(questions, verdicts, diagnoses), diagnoses, 60).items if i.mode == "ratio_logic"
    )
    item = item.model_copy(update={"count": 1})
    golds = {question.id: question.golds[0] for question in questions}
    found = list(hard_examples(views["hotel_group"], item, golds, 1))
    assert found
    for made in found:
        assert made.source == "hard"
        assert (made.mode, made.weight) == (item.mode, item.weight)
        assert item.concept in made.concepts
        assert made.parent in item.parents
    assert [e.sql for e in found] == [e.sql for e in hard_examples(views["hotel_group"], item, golds, 1)]
