"""A sweep's table: whole words and figures on a narrow terminal, what all share told once."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from loop.report.sweep import show_sweep
from loop.sweep.figures import Answered, SweepFigures, TrialFigures


def _figures(count: int, right: int = 41) -> SweepFigures:
    profiles = ("linear", "warmup-stable-decay")
    trials = tuple(
        TrialFigures(
            number=number,
            values={"profile": profiles[number % 2], "peak_rate": 3.5e-4, "batch_size": 8 * (1 + number), "block": 8},
            state="stopped" if number else "complete",
            looks=(Answered(share=0.125, right=3, total=120), Answered(share=0.375, right=14, total=120)),
            end=None if number else Answered(share=1.0, right=right, total=520),
            dev=min(21, right),
            p=0.0004 if number else None,
            examples=118_696,
        )
        for number in range(count)
    )
    return SweepFigures(trials=trials, best=0, examples=118_696, spent=237_392, drawn=400_000, grid=None, dev=260,
                        base_right=0, total=520)  # fmt: skip


def _shown(figures: SweepFigures, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    show_sweep(console, figures)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_nothing_is_cut_at_80_columns() -> None:
    text = _shown(_figures(12), 80)
    table = text.split("All with")[0]
    for whole in ("11 ", "3/120", "14/120", "21/260", "20/260", "118,696", "select", "stopped", "<.001"):
        assert whole in table


def test_what_all_share_is_told_once() -> None:
    text = _shown(_figures(3), 120)
    assert "All with peak rate 0.00035, block 8." in text
    assert "block" not in text.split("All with", maxsplit=1)[0]


@pytest.mark.parametrize("width", [80, 120])
def test_one_configuration_shows_its_keys(width: int) -> None:
    text = _shown(_figures(1), width)
    assert "linear" in text
    assert "All with" not in text


@pytest.mark.parametrize(("right", "said"), [(0, True), (1, False)])
def test_nobody_right_is_said_with_what_to_do(right: int, said: bool) -> None:
    assert ("raise --passes" in _shown(_figures(2, right), 80)) is said
