"""What status, compare and doctor print. Knows their records and rich."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from loop.compare import RunComparison, SplitComparison
from loop.disk import size
from loop.doctor import Finding
from loop.report.terminal import WIDE, percent
from loop.status import RunStatus

_MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "broken": "[red]✗[/]"}


def show_status(console: Console, runs: Sequence[RunStatus]) -> None:
    """A run a line; under them who is at which, and the last decisions."""
    wide = console.width >= WIDE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("run", "rounds", "champion", "now", "last stage (UTC)", "disk", *(["models"] if wide else [])):
        folds = name in {"run", "models"}
        justify: Literal["left", "right"] = "right" if name in {"rounds", "disk"} else "left"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=not folds)
    for run in runs:
        now = "running" if run.holder else f"open at {run.open_stage}" if run.open_stage else "idle"
        champion = f"round {run.champion}" if run.champion else "base"
        models = [", ".join(map(str, run.checkpoints)) or "–"] if wide else []
        table.add_row(
            escape(run.name), str(max(run.rounds, 0)), champion, now, f"{run.changed:%Y-%m-%d %H:%M}",
            size(run.bytes), *models,
        )  # fmt: skip
    console.print(table)
    for run in runs:
        if run.holder:
            console.print(Text.assemble((f"{run.name}  ", "bold"), f"held by {run.holder}"), soft_wrap=True)
        if run.decision:
            console.print(Text.assemble((f"{run.name}  ", "bold"), run.decision), soft_wrap=True)


def show_comparison(console: Console, names: tuple[str, str], found: RunComparison) -> None:
    """A split a line, then what the rule of promotion says. Where there is little room, counts and words go below."""
    wide = console.width >= WIDE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("split")
    titles = (escape(names[0]), escape(names[1]), "points", "90% interval", "fixed", "broken", "p")
    for place, name in enumerate(titles):
        table.add_column(name, justify="right", overflow="fold", no_wrap=place > 1)
    if wide:
        table.add_column("", no_wrap=True)
    for item in found.splits:
        table.add_row(item.split, *_cells(item, wide), *([item.verdict] if wide else []))
    console.print(table)
    for item in () if wide else found.splits:
        counts = f" ({item.first} and {item.second} of {item.total})" if item.total else ""
        console.print(Text(f"{item.split}: {item.verdict}{counts}"))
    champions = " and ".join(
        f"{name}: {f'round {number}' if number else 'base model'}"
        for name, number in zip(names, found.rounds, strict=True)
    )
    console.print(Text(f"champions: {champions}; p: McNemar's exact test, paired", style="dim"))
    console.print(Text(f"as a candidate against the first, the second would be {found.reason}"))


def _cells(item: SplitComparison, wide: bool) -> list[str]:
    if not item.total:
        return ["–"] * 7
    points = 100.0 * (item.second - item.first) / item.total
    sides = [percent(right, item.total) for right in (item.first, item.second)]
    if wide:
        sides = [f"{side} ({right}/{item.total})" for side, right in zip(sides, (item.first, item.second), strict=True)]
    ends = f"{item.low:+.1f} to {item.high:+.1f}"
    p = "<0.001" if item.p < 0.001 else f"{item.p:.3f}"
    return [*sides, f"{points:+.1f}", ends, str(len(item.fixed)), str(len(item.broken)), p]


def show_findings(console: Console, found: Sequence[Finding]) -> None:
    """A check a line."""
    for item in found:
        remedy = f" [dim]→[/] {escape(item.remedy)}" if item.remedy else ""
        console.print(
            f"{_MARKS[item.state]} [bold]{item.what:<12}[/]{escape(item.found)}{remedy}",
            soft_wrap=True,
            highlight=False,
        )
