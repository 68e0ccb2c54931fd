"""What the rarer concepts need of a schema: fields of JSON values, elements of arrays, ranges, and spans of time.

Found in the types of columns and in the values of instance 1. Knows no pattern and no phrase.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from generators.view import Link, View

_UNITS = {"cm": "in cm", "mm": "in mm", "kg": "in kg", "g": "in g", "min": "in minutes", "mb": "in MB", "gb": "in GB",
          "s": "in seconds", "sec": "in seconds", "pct": "in percent", "c": "in degrees"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class JsonField:
    """A field of the objects in one JSON column."""

    table: str
    column: str
    key: str
    kind: str
    """number, text, flag or list (of texts)."""
    values: tuple[Any, ...]
    """Its values in instance 1, elements for a list, in row order."""
    missing: bool
    """Whether some rows do without it."""

    @property
    def name(self) -> str:
        """How it is said: "height in cm" for height_cm."""
        front, _, unit = self.key.rpartition("_")
        said = f"{front} {_UNITS[unit]}" if front and unit in _UNITS else self.key
        return said.replace("_", " ")


@dataclass(frozen=True, slots=True)
class ArrayColumn:
    """A column that holds arrays of texts."""

    table: str
    column: str
    elements: tuple[str, ...]
    """The different elements of instance 1, most frequent first."""
    longest: int
    """Most elements that a row has."""


def json_fields(view: View) -> list[JsonField]:
    """Fields that at least three rows have, of every JSON column of the tables asked about."""
    found: list[JsonField] = []
    for table in view.subjects:
        for column in view.table(table).columns:
            if column.type in {"jsonb", "json"}:
                objects = [item for item in map(_object, view.values[table, column.name]) if item]
                found += _fields(table, column.name, objects)
    return found


def _object(value: Any) -> dict[str, Any]:
    loaded = json.loads(value) if isinstance(value, str) else value
    return loaded if isinstance(loaded, dict) else {}


def _fields(table: str, column: str, objects: list[dict[str, Any]]) -> list[JsonField]:
    cells: defaultdict[str, list[Any]] = defaultdict(list)
    for item in objects:
        for key, value in item.items():
            if value is not None:
                cells[key].append(value)
    found = []
    for key, values in cells.items():
        kind = _kind(values)
        if kind and len(values) >= 3:
            flat = [part for value in values for part in value] if kind == "list" else values
            found.append(JsonField(table, column, key, kind, tuple(flat), len(values) < len(objects)))
    return found


def _kind(values: list[Any]) -> str:
    """What all the values are, or empty."""
    if all(isinstance(value, bool) for value in values):
        return "flag"
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        return "number"
    if all(isinstance(value, str) for value in values):
        return "text"
    texts = all(isinstance(value, list) and all(isinstance(part, str) for part in value) for value in values)
    return "list" if texts and any(values) else ""


def array_columns(view: View) -> list[ArrayColumn]:
    """Columns of arrays of texts that hold at least two different elements."""
    found = []
    for table in view.subjects:
        for column in view.table(table).columns:
            if column.type in {"text[]", "varchar[]"}:
                cells = [elements(value) for value in view.values[table, column.name]]
                counts = Counter(part for cell in cells for part in cell)
                named = tuple(sorted(counts, key=lambda part: (-counts[part], part)))
                if len(named) > 1:
                    found.append(ArrayColumn(table, column.name, named, max(map(len, cells))))
    return found


def elements(value: Any) -> tuple[str, ...]:
    """Elements of an array as Postgres prints it, or as a list.

    >>> elements("{x64,docker}"), elements("{}"), elements(["a"])
    (('x64', 'docker'), (), ('a',))
    """
    if isinstance(value, (list, tuple)):
        return tuple(str(part) for part in value)
    return tuple(part.strip('"') for part in str(value).strip("{}").split(",") if part)


def range_columns(view: View) -> list[tuple[str, str]]:
    """(table, column) of every column of a range of time that holds values."""
    return [
        (table, column.name) for table in view.subjects for column in view.table(table).columns
        if column.type in {"daterange", "tsrange", "tstzrange"} and view.values[table, column.name]
    ]  # fmt: skip


def spans(view: View) -> list[tuple[str, str, str]]:
    """(table, start, end) of every span that a table asked about records in two date columns people ask about."""
    return [
        (table, start, end) for table, start, end in view.spans
        if table in view.subjects and {start, end} <= set(view.columns(table, "date", "timestamp"))
        and not end.lower().startswith(("deleted", "removed"))  # nothing lasts until its row is marked
    ]  # fmt: skip


def own_links(view: View) -> list[Link]:
    """Links from a table to itself through one column, of tables asked about."""
    return [
        link for link in view.links
        if link.child == link.parent and len(link.key.columns) == 1 and link.child in view.subjects
    ]  # fmt: skip


def meetings(view: View) -> list[tuple[Link, Link]]:
    """Those of `bridges` that are many to many in instance 1: some row of either side meets several of the other.

    A release of a commit names the commit's repository too; that repositories meet commits through it says nothing.
    """
    return [
        (first, second) for first, second in bridges(view)
        if (first.child, first.key.columns, second.key.columns) in view.met
        and (first.child, second.key.columns, first.key.columns) in view.met
    ]  # fmt: skip


def bridges(view: View) -> list[tuple[Link, Link]]:
    """Pairs of links that lead from one table to two different ones."""
    return [
        (first, second)
        for first in view.links for second in view.links
        if first.child == second.child and first.parent != second.parent
        and first in view.parents(first.child) and second in view.parents(second.child)
        and first.parent in view.subjects and second.parent in view.subjects
        and view.words(first.parent).label and view.words(second.parent).label
    ]  # fmt: skip
