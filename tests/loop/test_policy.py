"""Promotion, samples and the terminal report's small parts."""

from __future__ import annotations

import pytest
from rich.text import Text

from loop.policy import decide, margin
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
