"""One pair of statements as a person sees it: the two texts with their faults marked, the modes, the repair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from schemas.records import Diagnosis
from schemas.taxonomy import MODES

if TYPE_CHECKING:
    from evaluator.pairs import Pair
    from evaluator.triage import Suspect

_CONFIRMED = {True: "[green]confirmed[/]", False: "[yellow]not confirmed[/]", None: "[dim]not executed[/]"}


def show_pair(console: Console, pair: Pair, found: Sequence[Diagnosis]) -> None:
    """Print a pair's diagnosis."""
    gold, given = Text(found[0].gold if found else pair.gold), Text(pair.predicted.strip())
    for item in found:
        if item.gold_span is not None:
            gold.stylize("bold green", *item.gold_span)
        if item.span is not None:
            given.stylize("bold red", *item.span)
    console.print(Text.assemble(("expected  ", "dim"), gold), soft_wrap=True)
    console.print(Text.assemble(("given     ", "dim"), given), soft_wrap=True)
    if not found:
        console.print("\nno difference in meaning was found", style="green")
        return
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    for column in ("mode", "where", "cause", "what"):
        table.add_column(column, overflow="fold")
    for item in found:
        table.add_row(
            f"[bold]{item.mode}[/]",
            escape(item.where),
            _CONFIRMED[item.confirmed],
            escape(item.evidence or MODES[item.mode].meaning),
        )
    console.print()
    console.print(table)
    first = found[0]
    if first.repair:
        console.print(Text.assemble(("\nrepaired  ", "dim"), first.repair), soft_wrap=True)
    if first.row:
        console.print(Text.assemble((f"instance {first.instance}  ", "dim"), first.row), soft_wrap=True)


def show_suspects(console: Console, found: Sequence[Suspect]) -> None:
    """Print the questions that look at fault themselves."""
    if not found:
        console.print("no question looks at fault")
        return
    for item in found:
        console.print(f"[bold]{escape(item.question.id)}[/]  {item.kind}: {escape(item.reason)}", soft_wrap=True)
        lines = (("asked", item.question.text), ("gold", item.question.golds[0]), ("answer", item.answer))
        for word, line in lines:
            console.print(Text.assemble((f"  {word:<7} ", "dim"), " ".join(line.split())), soft_wrap=True)
