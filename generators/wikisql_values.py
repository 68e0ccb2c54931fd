"""Cells of WikiSQL's tables: what type a column has, how a cell reads as that type, how it is written in SQL and said.

Knows single values only.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generators.wikisql_release import Cell
    from generators.wikisql_tables import Kind

Value = str | int | Decimal | date | None

_NOTHING = frozenset({"", "-", "–", "—", "--", "n/a", "na", "none", "null", "tba", "tbd"})
_WHOLE = re.compile(r"[-−+]?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)")
_DECIMAL = re.compile(r"[-−+]?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)?\.\d+")
_DAYS = ("%Y-%m-%d", "%B %d, %Y", "%d %B %Y", "%b %d, %Y", "%d %b %Y")
_INT4, _INT8 = 2**31, 2**63


def infer(cells: Sequence[Cell]) -> Kind:
    """The narrowest type that all cells read as; text where a cell reads as nothing else, or all are empty."""
    held = [text for cell in cells if (text := _text(cell)) is not None]
    if not held:
        return "text"
    if all(_WHOLE.fullmatch(text) for text in held):
        largest = max(abs(int(_digits(text))) for text in held)
        return "integer" if largest < _INT4 else "bigint" if largest < _INT8 else "numeric"
    if all(_DECIMAL.fullmatch(text) or _WHOLE.fullmatch(text) for text in held):
        return "numeric"
    return "date" if all(_day(text) is not None for text in held) else "text"


def read_as(cell: Cell, kind: Kind) -> Value:
    """The cell as a value of that type; None where it is empty or reads as something else."""
    text = _text(cell)
    if text is None or kind == "text":
        return text
    if kind == "date":
        return _day(text)
    if not _DECIMAL.fullmatch(text) and not _WHOLE.fullmatch(text):
        return None
    number = Decimal(_digits(text))
    if kind == "numeric":
        return number
    return int(number) if number == int(number) else None


def _text(cell: Cell) -> str | None:
    if isinstance(cell, float) and cell == int(cell):
        cell = int(cell)
    text = " ".join(str(cell).replace("\x00", "").split()) if cell is not None else ""
    return None if text.lower() in _NOTHING else text


def _digits(text: str) -> str:
    return text.replace(",", "").replace("−", "-").lstrip("+")


def _day(text: str) -> date | None:
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def written(value: Value) -> str:
    """The value as an SQL literal.

    >>> written("it's"), written(12), written(date(2024, 5, 1))
    ("'it''s'", '12', "'2024-05-01'")
    """
    if isinstance(value, (int, Decimal)):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return "'" + str(value).replace("'", "''") + "'"


def said(value: Value, rng: random.Random) -> str:
    """The value as a person writes it in a question."""
    if isinstance(value, date):
        forms = (f"{value:%B} {value.day}, {value.year}", f"{value.day} {value:%B} {value.year}", value.isoformat())
        return rng.choice(forms)
    if isinstance(value, int) and abs(value) >= 10_000 and rng.random() < 0.5:
        return f"{value:,}"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def spellings(value: Value) -> tuple[str, ...]:
    """All ways in which a question may name the value."""
    if isinstance(value, date):
        return (f"{value:%B} {value.day}, {value.year}", f"{value.day} {value:%B} {value.year}", value.isoformat())
    if isinstance(value, int):
        return tuple(dict.fromkeys((str(value), f"{value:,}")))
    return (f"{value:f}" if isinstance(value, Decimal) else str(value),)
