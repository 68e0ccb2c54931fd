"""How a start of `loop run` ended: one record, handed to the user's own command.

Knows the run's figures, not how they came about.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Literal

from loop.report.figures import RunFigures
from schemas.records import Record

COMMAND_SECONDS = 300
"""How long the user's command may take."""

Kind = Literal["done", "nothing_due", "paused", "terminated", "interrupted", "failed"]


class Outcome(Record):
    """What the command of --on-outcome reads as JSON."""

    run: str
    """The run's folder, absolute."""
    kind: Kind
    """done: rounds were completed; nothing_due; paused: --stop-by; terminated: SIGTERM; interrupted: Ctrl-C; failed."""
    exit_code: int
    message: str = ""
    """What was said, where it was not done."""
    rounds: int = 0
    """Complete rounds, the base model's not counted."""
    completed: tuple[int, ...] = ()
    """Rounds completed by this start."""
    champion: int = 0
    """Round whose model is the champion; 0 is the base model."""
    promoted: bool | None = None
    """Whether the last candidate was; None where no round was completed."""
    reason: str = ""
    """Of the last decision."""
    select_exact: int | None = None
    """Right answers of the last candidate on select."""
    select_total: int | None = None
    seconds: float = 0.0
    """Wall time of this start."""


def of_figures(run: str, figures: RunFigures, before: int, exit_code: int, seconds: float) -> Outcome:
    """The outcome of a start that came to its end.

    Args:
        run: the run's folder.
        figures: the run's, now.
        before: rounds that were complete when it started, the base model's counted.
        exit_code: what the command leaves with.
        seconds: wall time.
    """
    now = figures.rounds[-1] if figures.rounds else None
    completed = tuple(item.number for item in figures.rounds if item.number >= before)
    last = now if completed else None
    return Outcome(
        run=run,
        kind="done" if completed else "nothing_due",
        exit_code=exit_code,
        rounds=max(len(figures.rounds) - 1, 0),
        completed=completed,
        champion=figures.champion,
        promoted=last.decision.promoted if last and last.decision else None,
        reason=last.decision.reason if last and last.decision else "",
        select_exact=last.select.exact if last and last.select else None,
        select_total=last.select.total if last and last.select else None,
        seconds=round(seconds, 1),
    )


def tell(command: str, outcome: Outcome, warn: Callable[[str], None]) -> None:
    """Run the user's command through the shell with the outcome on its standard input; a failure is said, no more."""
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", command], input=outcome.model_dump_json() + "\n", text=True, capture_output=True,
            timeout=COMMAND_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        warn(f"the command of --on-outcome failed ({error}); the run itself is not affected")
        return
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        warn(f"the command of --on-outcome left with {done.returncode} ({last}); the run itself is not affected")
