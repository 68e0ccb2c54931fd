"""The reports on the terminal as pictures in text: compared with files under golden/.

Made again with SQLLOOP_GOLDEN=1 (then look at the difference before committing it).
"""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from loop.progress import Reporter
from loop.report.collecting import _families
from loop.report.figures import (
    Diagnosed,
    Generated,
    MadeFor,
    RoundFigures,
    RunFigures,
    Sample,
    Share,
    SplitFigures,
    TrainFigures,
)
from loop.report.rounds import show_run
from loop.report.terminal import show_round
from schemas.records import Decision, Question, Slice, Verdict

GOLDEN = Path(__file__).parent / "golden"


def split(exact: int, total: int, change: float | None = None) -> SplitFigures:
    exact = min(exact, total)
    ends = {} if change is None else {"change_low": change - 8.2, "change_high": change + 9.4}
    low, high = max(0.0, 100 * exact / total - 10), min(100.0, 100 * exact / total + 10)
    correct = min(total, exact + 2)
    return SplitFigures(exact=exact, correct=correct, total=total, low=low, high=high, change=change, **ends)


def base() -> RoundFigures:
    return RoundFigures(
        number=0,
        champion=0,
        dev=split(3, 40),
        select=split(2, 40),
        test=split(4, 48),
        probe=split(5, 40),
        families={"join": Share(exact=3, total=40), "date": Share(exact=0, total=22)},
        failure_modes={"projection_missing": 22, "binding": 8},
        questions_per_second=4.2,
        verdicts_per_second=61.0,
        seconds={"probe": 3.0, "predict": 39.2, "score": 3.3},
    )


def later(number: int, *, promoted: bool, test: SplitFigures | None) -> RoundFigures:
    question = "Which hotels [in Vienna] have more than 3 stars and a swimming pool, and how many rooms do they have?"
    sql = (
        "SELECT h.name, COUNT(*) FROM hotel h JOIN room r ON r.hotel_id = h.hotel_id WHERE h.stars > 3 GROUP BY h.name"
    )
    concepts = {"projection": 60, "aggregate": 50, "scalar_subquery": 6, "window_aggregate": 4}
    return RoundFigures(
        number=number,
        champion=number - 1,
        dev=split(3 + 3 * number, 40, 7.5),
        select=split(2 + 2 * number, 40, 5.0 if promoted else -2.5),
        test=test,
        probe=split(5 + 4 * number, 40, 10.0),
        families={
            "join": Share(exact=min(3 + number, 40), total=40, change=2.5),
            "set_operation": Share(exact=1, total=9, change=0.0),
            "date": Share(exact=min(number, 22), total=22, change=-4.5),
        },
        failure_modes={"projection_missing": max(22 - number, 1), "filter_value": 9, "binding": 5},
        failure_modes_before={"projection_missing": max(23 - number, 1), "syntax": 3},
        diagnosed=Diagnosed(
            answers=26,
            confirmed=21,
            worst=(Slice(kind="concept", name="window_rank", failed=9, total=9, rate=1.0, low=0.77, high=1.0),),
            examples={"filter_value": "expected WHERE stay.status = 'done', got WHERE stay.status = [closed]"},
        ),
        generated=Generated(
            curriculum=500,
            hard=300,
            natural=216,
            replay=120,
            made_for=(MadeFor(mode="projection_missing", count=120, weight=2.5, concepts=concepts, reason="most"),),
            samples=(Sample(mode="projection_missing", question=question, sql=sql, weight=2.5, schema_name="h"),),
            offered=1200,
            rejected={"duplicate question": 200, "empty answer": 150, "leak: shared 8-gram": 50},
        ),
        train=TrainFigures(
            examples=1136,
            left_out=2,
            steps=71,
            losses=tuple(2.0 / (1 + step / 10) for step in range(71)),
            examples_per_second=3.2,
            parameters=134_515_008,
        ),
        decision=Decision(
            promoted=promoted,
            reason="promoted: 4 fixed" if promoted else "held: 1 fixed, 2 broken on select",
            champion_right=2 * number,
            candidate_right=2 * number + 2,
            total=40,
            fixed=tuple(f"hotel_group/select-{place:02d}" for place in range(number + 3)),
            broken=() if promoted else ("mobile_network/select-31",),
        ),
        questions_per_second=4.2,
        verdicts_per_second=61.0,
        seconds={"diagnose": 0.3, "plan": 0.01, "generate": 41.0, "mix": 0.2, "train": 360.5, "predict": 38.0},
    )


def figures(rounds: int = 5, name: str = "nightly") -> RunFigures:
    """A run whose last candidate was held, so that test was asked of the one before it."""
    made = [
        later(n, promoted=n < rounds, test=split(14, 48, 20.8) if n == rounds - 1 else None)
        for n in range(1, rounds + 1)
    ]
    return RunFigures(
        name=name,
        model="smollm2-135m",
        schemas=("hotel_group", "mobile_network"),
        seed=1,
        champion=rounds - 1,
        rounds=(base(), *made),
    )


def shown(run: RunFigures, width: int, monkeypatch: pytest.MonkeyPatch, *, colour: bool) -> str:
    """Round 0, the last round and the run, as a terminal of that width gets them."""
    for variable in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(variable, raising=False)
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    out = io.StringIO()
    terminal = Console(file=out, width=width, force_terminal=True, color_system="truecolor", legacy_windows=False)
    reporter = Reporter(terminal, quiet=False)
    for number in (0, len(run.rounds) - 1):
        show_round(reporter, run, number)
    show_run(reporter, run)
    return out.getvalue()


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(("width", "colour"), [(80, True), (80, False), (120, True), (120, False)])
def test_reports_look_as_agreed(width: int, colour: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(figures(), width, monkeypatch, colour=colour)
    path = GOLDEN / f"report-{width}{'' if colour else '-no-color'}.txt"
    if os.environ.get("SQLLOOP_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [80, 100, 107, 108, 110, 120, 160])
@pytest.mark.parametrize("rounds", [1, 5, 40])
def test_nothing_is_cut_off_or_too_wide(width: int, rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = plain(shown(figures(rounds), width, monkeypatch, colour=True))
    assert "…" not in text
    assert {cell_len(line) for line in text.splitlines()} == {width}


def test_without_colour_there_is_none_and_the_words_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = shown(figures(), 80, monkeypatch, colour=False)
    codes = {code for found in re.findall(r"\x1b\[([0-9;]*)m", bare) for code in found.split(";")}
    assert codes <= {"0", "1", "2", "3"}  # bold, dim and italic are no colours
    assert plain(bare) == plain(shown(figures(), 80, monkeypatch, colour=True))


def test_the_run_names_champion_held_candidate_and_rounds_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    text = " ".join(plain(shown(figures(40), 80, monkeypatch, colour=True)).replace("│", " ").split())
    assert "Champion: round 39." in text
    assert "Test: 8% in the base model, 29% in round 39; +20.8 points" in text
    assert "earlier rounds are in report.json" in text
    assert "39 ★" in text


def test_the_closing_line_is_about_the_champion_though_later_rounds_were_asked_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where every round asks test, a held candidate's answers are in the table and not in the sentence."""
    made = [later(n, promoted=n < 4, test=split(10 + n, 48, 2.0)) for n in range(1, 5)]
    run = figures(4).model_copy(update={"champion": 3, "rounds": (base(), *made)})
    text = " ".join(plain(shown(run, 100, monkeypatch, colour=True)).replace("│", " ").split())
    assert "Test: 8% in the base model, 27% in round 3; +2.0 points since round 2" in text


def test_names_are_not_read_as_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    text = plain(shown(figures(1, name="[bold]x[/]"), 80, monkeypatch, colour=True))
    assert "Run [bold]x[/] ·" in text
    assert "[in Vienna]" in text


def test_a_quiet_reporter_shows_nothing() -> None:
    out = io.StringIO()
    reporter = Reporter(Console(file=out), quiet=True)
    show_round(reporter, figures(), 1)
    show_run(reporter, figures())
    reporter.say("x")
    assert out.getvalue() == ""


def test_causes_and_worst_slices_are_shown() -> None:
    out = io.StringIO()
    reporter = Reporter(Console(file=out, width=110), quiet=False)
    show_round(reporter, figures(), 1)
    shown = out.getvalue()
    assert "21 of the champion's 26 wrong answers have a cause confirmed by execution" in shown
    assert "fails most: concept window_rank 9/9" in shown
    assert "expected WHERE stay.status = 'done', got WHERE stay.status = [closed]" in shown


def test_report_json_keeps_its_fields() -> None:
    loaded = json.loads(figures().model_dump_json())
    first, second = loaded["rounds"][:2]
    assert set(first) == {
        "number", "champion", "dev", "select", "test", "probe", "transfer", "families", "failure_modes",
        "failure_modes_before", "diagnosed", "generated", "train", "decision", "questions_per_second",
        "verdicts_per_second", "seconds",
    }  # fmt: skip
    assert {"exact", "correct", "total", "low", "high", "change", "change_low", "change_high"} == set(first["dev"])
    assert second["test"] is None
    assert first["train"] is None
    assert second["train"]["examples"] == 1136
    assert RunFigures.model_validate(loaded) == figures()


def test_a_familys_change_counts_only_questions_asked_before_too() -> None:
    sql = "SELECT a.x FROM a JOIN b ON a.x = b.x"
    questions = [
        Question(id=str(n), schema_name="s", split="test" if n > 2 else "dev", text="?", golds=(sql,)) for n in range(6)
    ]

    def verdicts(right: dict[str, bool]) -> list[Verdict]:
        return [
            Verdict(id=n, schema_name="s", split="dev", exact=ok, correct=ok, sql="", gold="")
            for n, ok in right.items()
        ]

    now = verdicts({"0": True, "1": True, "2": False, "3": False, "4": False, "5": False})
    shares = _families(questions, now, verdicts({"0": True, "1": False, "2": False}))
    assert shares == {"join": Share(exact=2, total=6, change=33.3)}
    assert _families(questions, now, [])["join"].change is None
