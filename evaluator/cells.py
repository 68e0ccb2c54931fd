"""Values as codes: equal codes mean equal cells by the judge's rules.

Integers are equal exactly; where a side is not integral, within 1e-6 relative or 1e-9 absolute, Decimal and float
alike. A date equals its midnight; a time with a zone equals the same instant without one, read as UTC; booleans equal
only booleans, text only text, NULL only NULL, NaN only NaN. Closeness is no equivalence, so numbers are clustered over
all tables compared at once: noise around one value falls into one cluster, two integers never do.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

RELATIVE = 1e-6
ABSOLUTE = 1e-9
_EXACT_FLOAT = 2.0**53

Cell = Any
"""Hashable: an int is integral, a float is not; everything else carries its kind in a tuple, a str or a datetime."""


def normalise(value: Any) -> Cell:
    """A value as a hashable cell of its kind; numbers are not yet clustered."""
    if value is None or type(value) is int or type(value) is str:
        return value
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, list | tuple):
        return ("list", *map(normalise, value))
    if isinstance(value, dict):
        return ("dict", *sorted(((str(k), normalise(v)) for k, v in value.items()), key=lambda item: item[0]))
    try:
        hash(value)
    except TypeError:
        return ("other", repr(value))
    return (type(value).__name__, value)


def _number(value: float | Decimal) -> Cell:
    if isinstance(value, int):
        return value
    if isinstance(value, Decimal):
        if value.is_nan():
            return ("nan",)
        if value.is_finite() and value == value.to_integral_value():
            return int(value)
        return float(value)
    if math.isnan(value):
        return ("nan",)
    # Beyond 2**53 a float no longer tells neighbouring integers apart, so it is held to the tolerance instead.
    return int(value) if value.is_integer() and abs(value) < _EXACT_FLOAT else value


def close(a: float, b: float) -> bool:
    """Whether two numbers are equal: ints (integral values) exactly, else within the tolerances."""
    if a == b:
        return True
    if isinstance(a, int) and isinstance(b, int):
        return False
    try:
        return math.isclose(a, b, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    except OverflowError:
        return False


class Coder:
    """Gives equal cells equal codes; `learn` every table first, then `codes`."""

    def __init__(self) -> None:
        self._numbers: set[float] = set()
        self._cluster: dict[float, float] = {}
        self._codes: dict[Cell, int] = {}
        self._fractions = False

    def learn(self, cells: Iterable[Cell]) -> None:
        """Take note of the numbers that occur."""
        for cell in cells:
            for number in _numbers(cell):
                self._numbers.add(number)
                self._fractions = self._fractions or type(number) is float

    def settle(self) -> None:
        """Cluster the numbers; where only integers occur there is nothing to do."""
        if not self._fractions:
            return
        first: float | None = None
        integral: float | None = None
        for number in sorted(self._numbers):
            is_integral = type(number) is int
            joins = first is not None and close(first, number) and (not is_integral or integral is None)
            if not joins:
                first, integral = number, None
            if is_integral:
                integral = number
            self._cluster[number] = first if first is not None else number

    def codes(self, cells: Sequence[Cell]) -> list[int]:
        """One code a cell."""
        known, cluster = self._codes, self._cluster
        result = []
        for cell in cells:
            key = _replace(cell, cluster) if cluster else cell
            result.append(known.setdefault(key, len(known)))
        return result


def _numbers(cell: Cell) -> Iterator[float]:
    kind = type(cell)
    if kind is int or kind is float:
        yield cell
    elif kind is tuple and cell[0] in {"list", "dict"}:
        for part in cell[1:]:
            yield from _numbers(part[1] if cell[0] == "dict" else part)


def _replace(cell: Cell, cluster: dict[float, float]) -> Cell:
    kind = type(cell)
    if kind is int or kind is float:
        return cluster.get(cell, cell)
    if kind is tuple and cell[0] == "list":
        return ("list", *(_replace(part, cluster) for part in cell[1:]))
    if kind is tuple and cell[0] == "dict":
        return ("dict", *((key, _replace(part, cluster)) for key, part in cell[1:]))
    return cell
