"""What a person sees while a round runs: a live line a stage on a terminal, plain lines off it, nothing if quiet.

Knows counts and seconds, not what a stage does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

PLAIN_SECONDS = 30.0
"""Off a terminal, at most one progress line in this time."""


class Ticker:
    """Counts the items of one stage."""

    def __init__(self, name: str, unit: str, on_change: _OnChange) -> None:
        self.name = name
        self.unit = unit
        self.total: int | None = None
        self.count = 0
        self.note = ""
        self.began = time.monotonic()
        self._on_change = on_change

    def start(self, total: int, unit: str) -> None:
        """Say how many items there will be, and what they are called."""
        self.total, self.unit, self.count, self.began = total, unit, 0, time.monotonic()
        self._on_change(self)

    def advance(self, by: int = 1, note: str = "") -> None:
        """Count items done, with a word on how it goes ("loss 0.412")."""
        self.count += by
        self.note = note or self.note
        self._on_change(self)

    @property
    def rate(self) -> float:
        """Items a second."""
        return self.count / max(self.seconds, 1e-9)

    @property
    def seconds(self) -> float:
        """Seconds since the first item could be counted."""
        return time.monotonic() - self.began

    def status(self) -> str:
        """Rate and note, as shown."""
        rate = f"{self.rate:.1f} {self.unit}/s" if self.count and self.unit else ""
        return "  ".join(part for part in (rate, self.note) if part)


class _OnChange:
    """Called by a ticker after each change."""

    def __call__(self, ticker: Ticker) -> None:
        """Do nothing: the quiet form."""


class _Plain(_OnChange):
    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = time.monotonic()

    def __call__(self, ticker: Ticker) -> None:
        now = time.monotonic()
        if ticker.count and now - self._last >= PLAIN_SECONDS:
            self._last = now
            total = f"/{ticker.total}" if ticker.total else ""
            self._console.print(f"    {ticker.name} {ticker.count}{total}  {ticker.status()}", highlight=False)


class _Live(_OnChange):
    def __init__(self, progress: Progress, task: object) -> None:
        self._progress = progress
        self._task = task

    def __call__(self, ticker: Ticker) -> None:
        self._progress.update(self._task, total=ticker.total, completed=ticker.count, status=ticker.status())  # type: ignore[arg-type]


class Reporter:
    """Shows stages as they run."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self.console = console
        self.quiet = quiet

    def say(self, text: str) -> None:
        """A line of its own, markup allowed."""
        if not self.quiet:
            self.console.print(text, highlight=False, soft_wrap=True)

    @contextmanager
    def stage(self, name: str) -> Iterator[Ticker]:
        """Show one stage; leaves a line with its time when it is done."""
        began = time.monotonic()
        if self.quiet:
            yield Ticker(name, "", _OnChange())
            return
        if not self.console.is_terminal:
            ticker = Ticker(name, "", _Plain(self.console))
            yield ticker
        else:
            columns = (
                SpinnerColumn(), TextColumn("[bold]{task.description:<9}"), BarColumn(24), MofNCompleteColumn(),
                TimeElapsedColumn(), TextColumn("[dim]{task.fields[status]}"),
            )  # fmt: skip
            with Progress(*columns, console=self.console, transient=True) as progress:
                task = progress.add_task(name, total=None, status="")
                ticker = Ticker(name, "", _Live(progress, task))
                yield ticker
        self._finished(ticker, time.monotonic() - began)

    def _finished(self, ticker: Ticker, seconds: float) -> None:
        amount = f"{ticker.count:>5} {ticker.unit}" if ticker.count else ""
        rate = f"{ticker.rate:.1f}/s" if ticker.count and ticker.seconds > 1 else ""
        line = f"  [green]✓[/] {ticker.name:<9}{seconds:>7.1f} s  {amount:<16}{rate:>9}  [dim]{ticker.note}[/]"
        self.console.print(line.rstrip(), highlight=False)
