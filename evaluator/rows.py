"""A row that tells two results apart, in words: what a person looks at first. Knows no SQL."""

from __future__ import annotations

from collections import Counter
from typing import Any

from evaluator.cells import normalise
from evaluator.compare import Gold
from evaluator.execute import Table

MOST_CELLS = 6
"""Cells of a row that are written out."""


def differing_row(gold: Gold, predicted: Table) -> str:
    """One row that is missing from the answer and one that should not be there; or how else they differ.

    Of several rows the first by its text is taken, so that the server's order of rows does not show.
    """
    if len(gold.table.columns) != len(predicted.columns):
        return f"{len(predicted.columns)} columns, expected {len(gold.table.columns)}"
    wanted, given = _counted(gold.table.rows), _counted(predicted.rows)
    missing, extra = wanted - given, given - wanted
    parts = [
        f"{_shown(rows, min(surplus))} {word}"
        for surplus, rows, word in ((missing, gold.table.rows, "missing"), (extra, predicted.rows, "found"))
        if surplus
    ]
    if parts:
        return ", ".join(parts)
    for number, (left, right) in enumerate(zip(gold.table.rows, predicted.rows, strict=False), start=1):
        if _key(left) != _key(right):
            return f"row {number}: {_written(left)} expected, {_written(right)} found"
    return ""


def _key(row: tuple[Any, ...]) -> str:
    return repr(tuple(normalise(value) for value in row))


def _counted(rows: tuple[tuple[Any, ...], ...]) -> Counter[str]:
    return Counter(_key(row) for row in rows)


def _shown(rows: tuple[tuple[Any, ...], ...], key: str) -> str:
    return _written(next(row for row in rows if _key(row) == key))


def _written(row: tuple[Any, ...]) -> str:
    cells = [_cell(value) for value in row[:MOST_CELLS]]
    return f"({', '.join(cells)}{', …' if len(row) > MOST_CELLS else ''})"


def _cell(value: Any) -> str:
    line = "NULL" if value is None else repr(value) if isinstance(value, str) else str(value)
    return line if len(line) <= 40 else line[:39] + "…"
