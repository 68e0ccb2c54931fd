"""What `loop ask` prints: the SQL highlighted, its rows, what it took. Knows the answer and rich."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from loop.ask import Answer

ROWS = 20
"""Rows shown."""


def show_answer(console: Console, answer: Answer) -> None:
    """Print one answer."""
    if answer.sql.strip():
        console.print(Syntax(answer.sql, "sql", word_wrap=True, background_color="default", theme="ansi_dark"))
    else:
        console.print("the model wrote nothing", style="yellow")
    if answer.truncated:
        console.print("cut off at max_new_tokens", style="yellow")
    if answer.failure is not None:
        state = f" ({answer.failure.sqlstate})" if answer.failure.sqlstate else ""
        console.print(Text(f"it does not run: {answer.failure.message}{state}", style="red"))
    if answer.table is not None:
        _rows(console, answer)
    who = f"round {answer.number}" if answer.number else "the base model"
    console.print(
        f"{who}: loaded in {answer.load_seconds:.1f} s, written in {answer.write_seconds:.2f} s, "
        f"run in {1000 * answer.run_seconds:.0f} ms",
        style="dim",
        highlight=False,
    )


def _rows(console: Console, answer: Answer) -> None:
    assert answer.table is not None  # noqa: S101 - for mypy: the caller has looked
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in answer.table.columns:
        table.add_column(Text(name), overflow="fold")
    for row in answer.table.rows[:ROWS]:
        table.add_row(*[Text("NULL", style="dim") if cell is None else Text(str(cell)) for cell in row])
    console.print(table)
    count = len(answer.table.rows)
    more = f", the first {ROWS} shown" if count > ROWS else ""
    console.print(f"{count} {'row' if count == 1 else 'rows'}{more}", style="dim", highlight=False)
