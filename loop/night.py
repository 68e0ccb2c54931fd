"""When a run with nobody watching ends: a time of day, rounds that bring nothing, a budget that is used up.

Knows the clock and the decisions, not what a stage does. The end is found on two clocks, so that one that is set back
does not prolong the night.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.errors import ConfigError, PausedError
from schemas.records import Decision

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def clock_time(text: str, flag: str) -> tuple[int, int]:
    """Hour and minute of "06:00"; `ConfigError` names the flag that holds something else."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ConfigError(f"{flag} {text!r} is no time of day: write hours and minutes, such as 06:00")
    return int(found[1]), int(found[2])


def next_time(text: str, now: datetime, flag: str = "--stop-by") -> datetime:
    """The next moment at which a local clock shows that time."""
    hour, minute = clock_time(text, flag)
    moment = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return moment if moment > now else moment + timedelta(days=1)


def _local_now() -> datetime:
    return datetime.now()


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run's complete rounds have cost."""

    examples: int = 0
    """Pairs trained on, passes counted."""
    hours: float = 0.0
    """Wall time of all stages."""


@dataclass(frozen=True)
class Night:
    """The limits of one start of `loop run`."""

    stop_by: str | None = None
    """Local time after which no new stage or batch of items begins ("06:00")."""
    patience: int = 0
    """Rounds in a row that may be held before no other is begun; 0 for any number."""
    budget: Spent = Spent()
    """What a run may have cost when another round begins; 0 for any amount."""
    now: Callable[[], datetime] = _local_now
    _ends: tuple[datetime, float] | None = field(init=False, default=None)
    """The end on the wall clock and on the monotonic one (seconds)."""

    def __post_init__(self) -> None:
        if self.stop_by is not None:
            now = self.now()
            wall = next_time(self.stop_by, now)
            object.__setattr__(self, "_ends", (wall, time.monotonic() + (wall - now).total_seconds()))

    def leave_if_over(self) -> None:
        """Raises `PausedError` once the time has come on either clock."""
        if self._ends is not None and (self.now() >= self._ends[0] or time.monotonic() >= self._ends[1]):
            raise PausedError(f"it is past {self.stop_by}")

    def why_not_another(self, decisions: Sequence[Decision], wrong: int, spent: Spent) -> str:
        """Why no further round shall begin, in words; empty if one may.

        Args:
            decisions: of the complete rounds, in order.
            wrong: answers of the champion on dev and probes that are wrong.
            spent: by the complete rounds.
        """
        last = decisions[-self.patience :] if self.patience else ()
        if last and len(last) == self.patience and not any(decision.promoted for decision in last):
            return f"the last {self.patience} candidates were held (--patience {self.patience})"
        if 0 < self.budget.examples <= spent.examples:
            return (
                f"{spent.examples:,} pairs were trained on, the budget is {self.budget.examples:,} (--budget-examples)"
            )
        if 0 < self.budget.hours <= spent.hours:
            return f"the rounds took {spent.hours:.2f} hours, the budget is {self.budget.hours:g} (--budget-hours)"
        return "" if wrong else "the champion answers every question of dev and every probe: nothing is left to fix"
