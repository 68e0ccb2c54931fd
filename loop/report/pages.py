"""Pages of the generators: pairs side by side, the heat map of concepts over schemas, figures of diversity.

Knows what to show, not where it comes from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import sqlglot
from rich.box import SIMPLE
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from generators.coverage import Cell, Diversity
from schemas.records import Example

_HEAT = ((0.0, "white on #8b1a1a"), (0.5, "white on #a8611f"), (1.0, "black on #b9a33a"))
"""Share of the cap below which a cell is shown in this style; a full one is green."""
_FULL = "black on #5fa463"


def show_pairs(console: Console, examples: Sequence[Example]) -> None:
    """Questions on the left, their SQL, laid out and highlighted, on the right."""
    table = Table(box=SIMPLE, pad_edge=False, show_lines=True, expand=True)
    table.add_column("question", ratio=2)
    table.add_column("SQL", ratio=3)
    for example in examples:
        said = Text(example.question)
        said.append(f"\n{example.schema_name} · stage {example.stage} · {example.pattern}", style="dim")
        said.append(f"\n{', '.join(example.concepts)}", style="dim italic")
        if example.mode:
            said.append(f"\nagainst {example.mode}, weight {example.weight:g}", style="dim")
        laid_out = sqlglot.transpile(example.sql, read="postgres", write="postgres", pretty=True)[0]
        table.add_row(said, Syntax(laid_out, "postgresql", theme="ansi_dark", word_wrap=True))
    console.print(table)


def _short(names: Sequence[str]) -> dict[str, str]:
    """The shortest beginnings, of three letters at least, that tell the names apart."""
    length = 3
    while len({name[:length] for name in names}) < len(set(names)):
        length += 1
    return {name: name[:length] for name in names}


def show_coverage(console: Console, cells: Sequence[Cell], cap: int) -> None:
    """Concepts down, schemas across: distinct examples found; then what does not apply, and why."""
    schemas = list(dict.fromkeys(cell.schema_name for cell in cells))
    short = _short(schemas)
    table = Table(
        box=None, pad_edge=False, padding=(0, 0), title=f"distinct examples, up to {cap}", title_justify="left"
    )
    table.add_column("concept", no_wrap=True, min_width=17)
    for name in schemas:
        table.add_column(short[name], justify="right", no_wrap=True, min_width=4)
    table.add_column("shapes", justify="right", min_width=8)
    rows: defaultdict[str, dict[str, Cell]] = defaultdict(dict)
    for cell in cells:
        rows[cell.concept][cell.schema_name] = cell
    for concept, own in rows.items():
        shapes = frozenset[str]().union(*[cell.skeletons for cell in own.values()])
        table.add_row(concept, *[_heat(own[name], cap) for name in schemas], str(len(shapes)))
    console.print(table)
    console.print(f"[dim]{', '.join(f'{short[name]} {name}' for name in schemas)}[/]", highlight=False)
    _show_inapplicable(console, cells, cap)


def _heat(cell: Cell, cap: int) -> Text:
    if cell.reason:
        return Text(" · ", style="dim")
    styles = [style for share, style in _HEAT if cell.found <= share * cap and cell.found < cap]
    return Text(f"{cell.found:>3} ", style=styles[0] if styles else _FULL)


def _show_inapplicable(console: Console, cells: Sequence[Cell], cap: int) -> None:
    named: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for cell in cells:
        if cell.reason:
            named[cell.concept, cell.reason].append(cell.schema_name)
    for (concept, reason), schemas in named.items():
        console.print(f"· {concept}: {reason} ({', '.join(schemas)})", highlight=False)
    apply = [cell for cell in cells if not cell.reason]
    full = sum(cell.found >= cap for cell in apply)
    console.print(f"{full} of {len(apply)} cells full, {len(cells) - len(apply)} do not apply", highlight=False)


def show_diversity(console: Console, found: Diversity) -> None:
    """Figures of the last stage's mixture, in the columns of the human sets they stand beside."""
    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("words", "dist-1", "dist-2", "MATTR-500", "first 2 words"):
        table.add_column(name, justify="right")
    table.add_row(
        f"{found.words:.1f}", f"{found.distinct_1:.3f}", f"{found.distinct_2:.3f}", f"{found.mattr:.3f}",
        f"{found.openings:.0%}",
    )  # fmt: skip
    console.print(f"{found.questions} questions of the last stage's mixture", highlight=False)
    console.print(table)
    said = f"{found.skeletons} distinct skeletons among {found.statements} examples of stages 3 to 5"
    console.print(said, highlight=False)
