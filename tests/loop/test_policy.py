"""Promotion, samples and the terminal report's small parts."""

from __future__ import annotations

import pytest
from rich.text import Text

from benchmarks.promotion import simulate
from loop.policy import ALPHA, decide, gain_level, margin
from loop.report.terminal import clock, sparkline
from loop.samples import stratified
from schemas.catalog import load_schema
from schemas.records import Verdict
from schemas.sql import concepts, curriculum_stage


def verdicts(rights: str) -> list[Verdict]:
    """Verdicts on select from a string of 1 and 0."""
    return [
        Verdict(id=f"s/{i}", schema_name="s", split="select", exact=right == "1", correct=right == "1", sql="", gold="")
        for i, right in enumerate(rights)
    ]


def test_more_right_is_promoted_and_fewer_is_held() -> None:
    better = decide(verdicts("1100" * 10), verdicts("1110" * 10), 2.0, seed=1)
    assert better.promoted
    assert (len(better.fixed), len(better.broken)) == (10, 0)
    worse = decide(verdicts("1110" * 10), verdicts("1100" * 10), 2.0, seed=1)
    assert not worse.promoted
    assert "10 broken" in worse.reason


def test_as_many_right_but_too_uncertain_is_held() -> None:
    decision = decide(verdicts("10" * 20), verdicts("01" * 20), 2.0, seed=1)
    assert decision.champion_right == decision.candidate_right == 20
    assert decision.low < -margin(40, 2.0)
    assert not decision.promoted


def answers(fixed: int, broken: int, right: int, wrong: int) -> tuple[list[Verdict], list[Verdict]]:
    before = "0" * fixed + "1" * broken + "1" * right + "0" * wrong
    return verdicts(before), verdicts("1" * fixed + "0" * broken + "1" * right + "0" * wrong)


def test_the_word_gain_needs_the_exact_test_at_the_rounds_level() -> None:
    """12 fixed, 2 broken: p is 0.0129, enough in round 1 (0.025), not in round 2 (0.0083)."""
    first, second = (decide(*answers(12, 2, 40, 40), 2.0, 1, number) for number in (1, 2))
    assert first.promoted
    assert second.promoted
    assert (first.p, first.level) == (pytest.approx(0.01293945), 0.025)
    assert first.gain
    assert first.reason.startswith("promoted: 12 fixed, 2 broken on select, the interval begins at +")
    assert first.reason.endswith("; a gain (McNemar's exact p 0.013, 0.025 needed in round 1)")
    assert not second.gain
    assert second.reason.endswith("; may be chance (McNemar's exact p 0.013, 0.0083 needed in round 2)")


def test_a_reason_speaks_of_a_gain_only_where_there_is_one() -> None:
    for fixed in range(0, 20, 3):
        for broken in range(0, 20, 3):
            for number in (None, 1, 5):
                made = decide(*answers(fixed, broken, 30, 30), 2.0, 1, number)
                assert ("gain" in made.reason) == made.gain
                assert not made.gain or (made.promoted and fixed > broken)
                assert made.reason.startswith("promoted: " if made.promoted else "held: ")
                assert f"{fixed} fixed, {broken} broken" in made.reason
                assert (len(made.fixed), len(made.broken)) == (fixed, broken)


def test_the_levels_of_all_rounds_together_are_alpha() -> None:
    assert sum(gain_level(number) for number in range(1, 100_000)) == pytest.approx(ALPHA, abs=1e-6)


def test_a_margin_wider_than_the_tolerance_is_said() -> None:
    made = decide(*answers(9, 9, 20, 20), 2.0, 1, 1)
    assert not made.promoted
    assert made.reason == (
        f"held: 9 fixed, 9 broken on select, the interval reaches {made.low:+.1f} points, "
        f"below the {-margin(58, 2.0):.1f} allowed with 58 questions"
    )
    assert decide([], [], 2.0, 1, 1).reason == "held: no question of select was answered by both"


def test_runs_without_any_change_speak_of_a_gain_at_most_once_in_twenty() -> None:
    assert simulate(100, 0.0, 0.4, runs=60, seed=3).runs_with_gain <= 3
    worse, better = (simulate(260, step, 0.2, runs=15, seed=3) for step in (-5.0, 5.0))
    assert worse.promoted < 0.2 * worse.decisions
    assert better.promoted > 0.8 * better.decisions


def test_only_questions_both_answered_count() -> None:
    decision = decide(verdicts("11"), verdicts("11000"), 2.0, seed=1)
    assert decision.total == 2


def test_the_margin_is_the_tolerance_where_there_are_questions_enough() -> None:
    assert margin(1_000_000, 2.0) == 2.0
    assert margin(100, 2.0) == pytest.approx(100 * 1.6449 * (0.2 / 100) ** 0.5)


def test_a_sample_is_fixed_and_spread_over_stages() -> None:
    questions = load_schema("hotel_group").questions
    sample = stratified(questions, 20, 1, "x")
    assert sample == stratified(questions, 20, 1, "x")
    assert sample != stratified(questions, 20, 2, "x")
    assert len({q.id for q in sample}) == 20
    stages = [curriculum_stage(concepts(question.golds[0])) for question in sample]
    assert all(stages.count(stage) >= 3 for stage in range(1, 6))
    assert stratified(questions, 0, 1) == tuple(questions)


def test_a_sparkline_falls_with_its_values() -> None:
    line = sparkline([float(v) for v in range(100, 0, -1)], width=10)
    assert len(line) == 10
    assert line[0] == "█"
    assert line[-1] == "▁"
    assert sparkline([]) == ""


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.04, "0.0 s"), (59.94, "59.9 s"), (61, "1:01 min"), (3600, "60:00 min")]
)
def test_clock(seconds: float, said: str) -> None:
    assert Text(clock(seconds)).plain == said
