"""What a person sees while a round runs: a live line a stage on a terminal, plain lines off it, nothing if quiet.

Knows counts and seconds, not what a stage does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from loop.interrupt import leave_if_asked, patient
from loop.runlog import logger

PLAIN_SECONDS = 30.0
"""Off a terminal, at most one progress line in this time."""


class Ticker:
    """Counts the items of one stage."""

    def __init__(self, name: str, unit: str, on_change: _OnChange, may_pause: Callable[[], None]) -> None:
        self.name = name
        self.unit = unit
        self.total: int | None = None
        self.count = 0
        self.note = ""
        self.began = time.monotonic()
        self._on_change = on_change
        self.may_pause = may_pause
        """Called by a stage where what is done is kept: raises `PausedError` when the night is over."""

    def start(self, total: int, unit: str) -> None:
        """Say how many items there will be, and what they are called."""
        self.total, self.unit, self.count, self.began = total, unit, 0, time.monotonic()
        self._on_change(self)

    def advance(self, by: int = 1, note: str = "") -> None:
        """Count items done, with a word on how it goes ("loss 0.412"); leaves here after SIGTERM."""
        self.count += by
        self.note = note or self.note
        self._on_change(self)
        leave_if_asked()

    def say(self, sentence: str) -> None:
        """Tell of something that is not as asked for: on the screen, and in the log."""
        self.note = sentence
        logger().warning("%s: %s", self.name, sentence)
        self._on_change(self)

    def step(self, by: int, note: str) -> None:
        """Count items after which what is done can be kept."""
        self.advance(by, note)
        self.may_pause()

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


def _never() -> None:
    """Until further notice there is no end of the night."""


class Reporter:
    """Shows stages as they run, and writes them to the run's log, shown or not."""

    def __init__(self, console: Console, *, quiet: bool) -> None:
        self.console = console
        self.quiet = quiet
        self.may_pause: Callable[[], None] = _never
        """What a stage's ticker calls where the stage can be gone on with."""

    def say(self, text: str) -> None:
        """A line of its own, markup allowed."""
        plain = Text.from_markup(text).plain.strip()
        if plain:
            logger().info(plain)
        if not self.quiet:
            self.console.print(text, highlight=False, soft_wrap=True)

    @contextmanager
    def stage(self, name: str) -> Iterator[Ticker]:
        """Show one stage; leaves a line with its time when it is done."""
        began = time.monotonic()
        logger().info(f"{name} begins")
        with patient():
            if self.quiet:
                ticker = Ticker(name, "", _OnChange(), self.may_pause)
                yield ticker
            elif not self.console.is_terminal:
                ticker = Ticker(name, "", _Plain(self.console), self.may_pause)
                yield ticker
            else:
                columns = (
                    SpinnerColumn(), TextColumn("[bold]{task.description:<9}"), BarColumn(24), MofNCompleteColumn(),
                    TimeElapsedColumn(), TextColumn("[dim]{task.fields[status]}"),
                )  # fmt: skip
                with Progress(*columns, console=self.console, transient=True) as progress:
                    task = progress.add_task(name, total=None, status="")
                    ticker = Ticker(name, "", _Live(progress, task), self.may_pause)
                    yield ticker
            self._finished(ticker, time.monotonic() - began)

    def _finished(self, ticker: Ticker, seconds: float) -> None:
        amount = f"{ticker.count:>5} {ticker.unit}" if ticker.count else ""
        rate = f"{ticker.rate:.1f}/s" if ticker.count and ticker.seconds > 1 else ""
        logger().info(" ".join(f"{ticker.name} done in {seconds:.1f} s {amount} {ticker.note}".split()))
        if not self.quiet:
            line = f"  [green]✓[/] {ticker.name:<9}{seconds:>7.1f} s  {amount:<16}{rate:>9}  [dim]{ticker.note}[/]"
            self.console.print(line.rstrip(), highlight=False)
