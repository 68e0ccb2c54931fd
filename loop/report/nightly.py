"""What status, compare and doctor print. Knows their records and rich."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from loop.compare import RunComparison, SplitComparison
from loop.disk import size
from loop.doctor import Finding
from loop.report.terminal import percent
from loop.status import RunStatus

_MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "broken": "[red]✗[/]"}


def show_status(console: Console, runs: Sequence[RunStatus]) -> None:
    """A run a line, its last decision under it."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("run", "rounds", "champion", "now", "last stage (UTC)", "disk", "models"):
        table.add_column(name, justify="right" if name in {"rounds", "disk"} else "left", overflow="fold")
    for run in runs:
        now = f"held by {run.holder}" if run.holder else f"open: {run.open_stage} is next" if run.open_stage else "idle"
        champion = f"round {run.champion}" if run.champion else "base"
        models = ", ".join(map(str, run.checkpoints)) or "–"
        table.add_row(
            escape(run.name), str(max(run.rounds, 0)), champion, escape(now), f"{run.changed:%Y-%m-%d %H:%M}",
            size(run.bytes), models,
        )  # fmt: skip
    console.print(table)
    for run in runs:
        if run.decision:
            console.print(Text.assemble((f"{run.name}  ", "bold"), run.decision), soft_wrap=True)


def show_comparison(console: Console, names: tuple[str, str], found: RunComparison) -> None:
    """A split a line, then what the rule of promotion says."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("split")
    titles = (escape(names[0]), escape(names[1]), "points", "90% interval", "fixed", "broken", "p")
    for name in titles:
        table.add_column(name, justify="right")
    table.add_column("")
    for item in found.splits:
        table.add_row(item.split, *_cells(item), item.verdict)
    console.print(table)
    champions = " and ".join(
        f"{name}: {f'round {number}' if number else 'base model'}"
        for name, number in zip(names, found.rounds, strict=True)
    )
    console.print(Text(f"champions: {champions}; p: McNemar's exact test, paired", style="dim"))
    console.print(Text(f"as a candidate against the first, the second would be {found.reason}"))


def _cells(item: SplitComparison) -> list[str]:
    if not item.total:
        return ["–"] * 7
    points = 100.0 * (item.second - item.first) / item.total
    sides = [f"{percent(right, item.total)} ({right}/{item.total})" for right in (item.first, item.second)]
    ends = f"{item.low:+.1f} to {item.high:+.1f}"
    return [*sides, f"{points:+.1f}", ends, str(len(item.fixed)), str(len(item.broken)), f"{item.p:.3f}"]


def show_findings(console: Console, found: Sequence[Finding]) -> None:
    """A check a line."""
    for item in found:
        remedy = f" [dim]→[/] {escape(item.remedy)}" if item.remedy else ""
        console.print(
            f"{_MARKS[item.state]} [bold]{item.what:<12}[/]{escape(item.found)}{remedy}",
            soft_wrap=True,
            highlight=False,
        )
