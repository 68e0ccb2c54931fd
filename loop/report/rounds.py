"""The report of a whole run on the terminal: its rounds side by side.

Knows figures and rich; computes nothing but sums for show.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from loop.progress import Reporter
from loop.report.figures import MEASURED, RoundFigures, RunFigures, SplitFigures
from loop.report.terminal import clock, percent

LABELS = 26
"""Columns that frame and labels take where rounds stand side by side."""
NARROW_COLUMN = 9
"""Columns that one round takes there without counts."""


def show_run(reporter: Reporter, figures: RunFigures) -> None:
    """The rounds side by side; where not all fit, the base model and the last ones."""
    if reporter.quiet:
        return
    room = reporter.console.width - LABELS
    rounds = figures.rounds
    measured = [part for item in rounds for split in MEASURED if (part := getattr(item, split)) is not None]
    column = 3 + max((len(_right(part, wide=True)) for part in measured), default=0)
    wide = room >= column * len(rounds)
    most = max(room // NARROW_COLUMN, 2)
    if not wide and len(rounds) > most:
        rounds = (rounds[0], *rounds[len(rounds) - most + 1 :])
    left_out = len(figures.rounds) - len(rounds)
    parts: list[RenderableType] = [_side_by_side(figures, rounds, wide), _closing(figures)]
    if left_out:
        parts.insert(1, Text(f"{left_out} earlier rounds are in report.json", style="dim"))
    count = len(figures.schemas)
    about = f"{figures.model} · {count} schema{'s' * (count != 1)}"
    title = f"[bold]Run {escape(figures.name)}[/] [dim]· {escape(about)}[/]"
    reporter.console.print(Panel(Group(*parts), title=title, title_align="left", border_style="green", padding=(1, 2)))


def _side_by_side(figures: RunFigures, rounds: Sequence[RoundFigures], wide: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("" if wide else "round", no_wrap=True)
    for item in rounds:
        name = "base" if item.number == 0 else f"round {item.number}" if wide else str(item.number)
        table.add_column(f"{name} ★" if item.number == figures.champion else name, justify="right", no_wrap=True)
    for split in MEASURED:
        shown: list[SplitFigures | None] = [getattr(item, split) for item in rounds]
        if split == "transfer" and not any(shown):
            continue
        table.add_row(split, *[_right(part, wide) if part else "–" for part in shown])
    table.add_row("")
    table.add_row("promoted", *[_promoted(item) for item in rounds], style="dim")
    table.add_row("pairs trained", *[str(item.train.examples) if item.train else "–" for item in rounds], style="dim")
    times = [sum(item.seconds.values()) for item in rounds]
    table.add_row("time" if wide else "minutes", *[clock(t) if wide else f"{t / 60:.1f}" for t in times], style="dim")
    modes = _most_frequent(figures)
    if modes:
        table.add_row("")
        table.add_row(Text("failures on dev", style="bold"))
    for mode in modes:
        table.add_row(mode, *[str(item.failure_modes.get(mode, 0)) for item in rounds])
    return table


def _right(figures: SplitFigures, wide: bool) -> str:
    share = percent(figures.exact, figures.total)
    return f"{share} ({figures.exact}/{figures.total})" if wide else share


def _promoted(item: RoundFigures) -> str:
    return "–" if item.decision is None else "yes" if item.decision.promoted else "held"


def _most_frequent(figures: RunFigures) -> list[str]:
    """The ten modes that were most frequent in any round."""
    most: dict[str, int] = {}
    for item in figures.rounds:
        for mode, count in item.failure_modes.items():
            most[mode] = max(most.get(mode, 0), count)
    return sorted(most, key=lambda name: (-most[name], name))[:10]


def _closing(figures: RunFigures) -> Text:
    """The champion, and what test says of the base model and of the champion, in one sentence each."""
    name = "the base model" if figures.champion == 0 else f"round {figures.champion}"
    text = Text.assemble(("Champion: ", "bold"), f"{name}. ")
    measured = [(item.number, item.test) for item in figures.rounds if item.test is not None]
    if len(measured) > 1:
        own = [item for item in measured[1:] if item[0] == figures.champion]
        (start, first), (end, last) = measured[0], own[-1] if own else measured[-1]
        earlier = [number for number, _ in measured if number < end]
        decision = figures.rounds[end].decision
        held = " (held)" if decision is not None and not decision.promoted else ""
        text.append(
            f"Test: {percent(first.exact, first.total)} in {'the base model' if not start else f'round {start}'}, "
            f"{percent(last.exact, last.total)} in round {end}{held}"
        )
        if last.change is not None:
            since = "" if earlier == [start] else f" since round {earlier[-1]}"
            text.append(f"; {last.change:+.1f} points{since}, 90% interval ")
            text.append(f"{last.change_low:+.1f} to {last.change_high:+.1f}")
        text.append(".")
    total = sum(sum(item.seconds.values()) for item in figures.rounds)
    text.append(f" Whole run: {clock(total)}.")
    return text
