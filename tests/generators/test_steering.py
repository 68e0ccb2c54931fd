"""The plan's bounds: the failing slice rises to the cap, nobody falls below the floor, idle slices are damped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

from generators.hard import CAP, ELSEWHERE, FLOOR, lift, make_plan, slice_rates, spread, uniform_plan
from generators.view import View
from schemas.records import Diagnosis, Plan, PlanItem, Slice

CONCEPTS = ("window_rank", "group_by", "join", "date_filter", "like", "null_test", "cte", "set_operation", "case")
MODES = {"window_rank": "window", "group_by": "grouping", "join": "join_missing", "date_filter": "date_logic",
         "like": "string_match", "null_test": "null_handling", "cte": "nesting", "set_operation": "set_operation",
         "case": "case_logic"}  # fmt: skip


def counted(kind: str, name: str, failed: int, total: int) -> Slice:
    return Slice(kind=kind, name=name, failed=failed, total=total, rate=failed / total, low=0, high=1)  # type: ignore[arg-type]


def verdicts(failing: int = 32) -> tuple[list[Slice], list[Diagnosis]]:
    """40 questions of each concept: ranks fail at 80%, the rest at 20%."""
    failed = {name: failing if name == "window_rank" else 8 for name in CONCEPTS}
    slices = [counted("concept", name, failed[name], 40) for name in CONCEPTS]
    slices.append(counted("schema", "hotel_group", sum(failed.values()), 40 * len(CONCEPTS)))
    diagnoses = [
        Diagnosis(id=f"{name}{n}", schema_name="hotel_group", mode=MODES[name], concepts=(name,))
        for name in CONCEPTS for n in range(failed[name])
    ]  # fmt: skip
    return slices, diagnoses


def test_80_percent_rises_to_the_cap_and_20_stays_above_the_floor() -> None:
    slices, diagnoses = verdicts()
    _, rates = slice_rates(slices)
    assert rates["window_rank"].lift == CAP
    assert all(rate.lift >= FLOOR for rate in rates.values())
    plan = make_plan(slices, diagnoses, 1000)
    counts = {item.concept: item.count for item in plan.items}
    weights = {item.concept: item.weight for item in plan.items}
    assert weights["window_rank"] == CAP == max(weights.values())
    assert min(weights.values()) >= FLOOR
    by_failures = {name: 1000 * sum(d.concepts == (name,) for d in diagnoses) / len(diagnoses) for name in CONCEPTS}
    scale = 1000 / sum(by_failures[name] * rates[name].lift for name in CONCEPTS)
    assert counts["window_rank"] == pytest.approx(CAP * by_failures["window_rank"] * scale, abs=1)
    assert all(counts[name] >= FLOOR * by_failures[name] * scale - 1 for name in CONCEPTS)
    assert counts["window_rank"] > 3 * sum(counts.values()) / len(counts)
    assert all(counts[name] > 0 for name in CONCEPTS)


def test_damped_after_two_rounds_without_a_gain() -> None:
    slices, diagnoses = verdicts()
    worse, better = verdicts(30)[0], verdicts(36)[0]

    def weight(*earlier: list[Slice]) -> float:
        return next(i.weight for i in make_plan(slices, diagnoses, 90, earlier).items if i.concept == "window_rank")

    def factor(*earlier: list[Slice]) -> float:
        return slice_rates(slices, earlier)[1]["window_rank"].lift

    assert factor(slices) == factor(better, better) == CAP  # one idle round; a gain in the latest one
    assert factor(slices, slices) == factor(worse, slices) == 1 + (CAP - 1) / 2
    assert factor(slices, slices, slices, slices) == 1 + (CAP - 1) / 4
    assert factor(better, slices) == CAP
    assert weight(slices, slices, slices, slices) < CAP == weight()
    plan = make_plan(slices, diagnoses, 90, [slices, slices])
    assert "damped: no gain in 2 rounds" in next(i.reason for i in plan.items if i.concept == "window_rank")


def test_uniform_has_the_same_totals_and_looks_at_no_failure(views: Mapping[str, View]) -> None:
    slices, diagnoses = verdicts()
    plan = make_plan(slices, diagnoses, 300)
    control = uniform_plan(plan, list(views.values()))

    def totals(of: Plan) -> tuple[int, float]:
        return sum(i.count for i in of.items), sum(i.count * i.weight for i in of.items)

    assert totals(control) == pytest.approx(totals(plan))
    assert {item.mode for item in control.items} == {""}
    assert not any(item.parents for item in control.items)
    counts = Counter({(item.concept, item.schema_name): item.count for item in control.items})
    assert max(counts.values()) - min(counts.values()) <= 1
    assert uniform_plan(Plan(items=(), overall_rate=0.0), list(views.values())).items == ()


def test_a_third_of_an_item_is_made_elsewhere(views: Mapping[str, View]) -> None:
    item = PlanItem(mode="window", concept="window_rank", schema_name="hotel_group", count=20, weight=2, reason="why")
    own, other = spread(item, views, 1)
    assert (own.schema_name, other.schema_name) == ("hotel_group", "mobile_network")
    assert (own.count, other.count) == (20 - round(20 * ELSEWHERE), round(20 * ELSEWHERE))
    assert "hotel_group" in other.reason
    assert spread(item, {"hotel_group": views["hotel_group"]}, 1) == [item]


def test_lift_at_its_ends() -> None:
    assert (lift(1.0, 0.01), lift(0.0, 1.0)) == (CAP, FLOOR)
