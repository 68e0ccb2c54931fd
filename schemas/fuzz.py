"""A small changed copy of a sample: the rows that tell a query from its near misses, made from any schema's rows.

Takes part of the rows such that every key still finds its row, then changes cells that belong to no key: NULLs, values
shared with other rows (ties), the next number or day, days at the edges of today's month and year, and the literals
that the golds compare with, each hit and just missed. Some rows come twice under a new key. Types, keys, unique
columns and closed lists are kept, and the order of two days that holds in every row of the sample; other rules of the
business are not known here.

The idea of telling queries apart on changed copies is that of Zhong, Yu and Klein (2020), "Semantic Evaluation for
Text-to-SQL with Distilled Test Suites".
"""

from __future__ import annotations

import itertools
import random
import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlglot import exp

from schemas.catalog import Rows
from schemas.ddl import Column, ForeignKey, Table
from schemas.operator import table_of
from schemas.sql import parse

ROWS = 120
"""Rows of a table in a copy, before parents that its children need."""
_WHOLE = 30
"""Tables up to this many rows are lookups and kept whole."""
_NULL, _TIE, _NEIGHBOUR, _EDGE, _REPOINT = 0.06, 0.12, 0.08, 0.04, 0.06
_LITERAL_SHARE = 0.12
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between)

Row = tuple[Any, ...]
Literals = dict[tuple[str, str], tuple[Any, ...]]
"""(table, column) -> literals that queries compare it with, as Python's values."""


def fuzzed_copy(tables: Sequence[Table], sample: Rows, golds: Sequence[str], as_of: datetime, seed: str) -> Rows:
    """One copy; deterministic in its arguments.

    Args:
        tables: the schema's.
        sample: rows of every table, parents first.
        golds: queries whose literals should be hit and just missed.
        as_of: the schema's constant "now".
        seed: of every draw.
    """
    rng = random.Random(seed)
    by_name = {table.name: table for table in tables}
    kept = _part(rng, by_name, sample)
    literals = compared_literals(golds, tables)
    changed: dict[str, list[Row]] = {}
    for name in sample:  # the sample's order: parents first
        table = by_name[name]
        rows = [list(row) for row in kept[name]]
        for position, column in enumerate(table.columns):
            if not _is_held(table, column.name):
                _change_column(rng, rows, position, column, literals.get((name, column.name), ()), as_of)
        for key in table.foreign_keys:
            if key.parent in changed and not _is_bound(table, key):
                theirs = _positions(by_name[key.parent], key.parent_columns)
                _repoint(rng, table, rows, key, [tuple(row[p] for p in theirs) for row in changed[key.parent]])
        _restore_order(rows, _ordered_days(table, sample[name]))
        changed[name] = [*map(tuple, rows), *_twins(rng, table, rows)]
    return changed


def compared_literals(golds: Sequence[str], tables: Sequence[Table]) -> Literals:
    """What golds compare columns with; a column reached through a function does not count."""
    found: defaultdict[tuple[str, str], dict[Any, None]] = defaultdict(dict)
    kinds = {(table.name, column.name): column for table in tables for column in table.columns}
    for gold in golds:
        tree = parse(gold.replace("{", "").replace("}", ""))
        for node in (
            tree.find_all(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between) if tree else ()
        ):
            column = node.this
            owner = table_of(column, tables) if isinstance(column, exp.Column) else None
            if owner is None or (owner.name, column.name) not in kinds:
                continue
            for literal in node.find_all(exp.Literal):
                value = _as_value(literal, kinds[owner.name, column.name])
                if value is not None and literal.find_ancestor(exp.Interval, exp.Select) is node.find_ancestor(
                    exp.Select
                ):
                    found[owner.name, column.name][value] = None
    return {key: tuple(values) for key, values in found.items()}


def _as_value(literal: exp.Literal, column: Column) -> Any:
    """The literal as the column would hold it; None if it would not."""
    text, kind = literal.this, column.type
    try:
        if kind in {"int", "bigint", "smallint"}:
            return int(text)
        if kind.startswith("decimal"):
            return Decimal(text)
        if kind in {"real", "double precision"}:
            return float(text)
        if kind == "date":
            return date.fromisoformat(text[:10])
        if kind.startswith("timestamp"):
            moment = datetime.fromisoformat(text)
            return moment.replace(tzinfo=UTC) if kind.startswith("timestamptz") and moment.tzinfo is None else moment
    except (ValueError, ArithmeticError):
        return None
    if column.values:
        return text if text in column.values else None
    return text if literal.is_string and kind.startswith(("text", "varchar")) else None


def _is_held(table: Table, column: str) -> bool:
    """Whether a key or a unique constraint holds the column."""
    held = {*table.primary_key, *(name for key in table.foreign_keys for name in key.columns)}
    held |= {name for unique in table.uniques for name in unique}
    return column in held or table.column(column).unique


# --- which rows ---------------------------------------------------------------------------------------------------


def _part(rng: random.Random, tables: dict[str, Table], sample: Rows) -> dict[str, list[Row]]:
    """Part of the rows, closed under keys: first children, in clumps, then the parents they need and some more."""
    chosen: dict[str, set[int]] = {name: set() for name in sample}
    for name in reversed(list(sample)):
        rows, table = sample[name], tables[name]
        if len(rows) <= _WHOLE:
            chosen[name] = set(range(len(rows)))
        else:
            wanted = max(0, ROWS - len(chosen[name])) if not chosen[name] else ROWS // 4
            chosen[name] |= _clumps(rng, table, rows, wanted)
        _require(tables, sample, name, chosen)
    return {name: [row for place, row in enumerate(sample[name]) if place in chosen[name]] for name in sample}


def _clumps(rng: random.Random, table: Table, rows: Sequence[Row], count: int) -> set[int]:
    """Half of them anywhere, half sharing a parent with one of those, so that groups hold several rows."""
    found = set(rng.sample(range(len(rows)), min(count // 2, len(rows))))
    if not table.foreign_keys:
        return found | set(rng.sample(range(len(rows)), min(count - len(found), len(rows))))
    positions = _positions(table, rng.choice(table.foreign_keys).columns)
    wanted = {tuple(rows[place][p] for p in positions) for place in sorted(found)[:: max(1, len(found) // 8)]}
    others = [p for p, row in enumerate(rows) if p not in found and tuple(row[i] for i in positions) in wanted]
    return found | set(others[: count - len(found)])


def _require(tables: dict[str, Table], sample: Rows, name: str, chosen: dict[str, set[int]]) -> None:
    """Choose the parents of all that is chosen of a table, and theirs."""
    open_names = [name]
    while open_names:
        child = open_names.pop()
        for key in tables[child].foreign_keys:
            own, theirs = _positions(tables[child], key.columns), _positions(tables[key.parent], key.parent_columns)
            needed = {tuple(sample[child][place][p] for p in own) for place in chosen[child]}
            missing = {
                place for place, row in enumerate(sample[key.parent])
                if tuple(row[p] for p in theirs) in needed and place not in chosen[key.parent]
            }  # fmt: skip
            if missing:
                chosen[key.parent] |= missing
                open_names.append(key.parent)


def _positions(table: Table, columns: Sequence[str]) -> list[int]:
    names = [column.name for column in table.columns]
    return [names.index(name) for name in columns]


# --- which cells --------------------------------------------------------------------------------------------------


def _change_column(
    rng: random.Random, rows: list[list[Any]], position: int, column: Column, literals: Sequence[Any], as_of: datetime
) -> None:
    """Change some cells of one column in place."""
    cells = [row[position] for row in rows if row[position] is not None]
    if not cells:
        return
    for row in rows:
        draw = rng.random()
        if draw < _NULL:
            row[position] = row[position] if column.not_null else None
        elif draw < _NULL + _TIE:
            row[position] = rng.choice(cells)
        elif draw < _NULL + _TIE + _NEIGHBOUR:
            row[position] = _neighbour(rng, row[position], column)
        elif draw < _NULL + _TIE + _NEIGHBOUR + _EDGE:
            row[position] = _edge(rng, row[position], as_of)
    for literal in literals:
        share = max(2, int(_LITERAL_SHARE * len(rows) / len(literals)))
        for row in rng.sample(rows, min(share, len(rows))):
            row[position] = literal if rng.random() < 0.6 else _neighbour(rng, literal, column)
    if not column.not_null and rows and all(row[position] is not None for row in rows):
        rng.choice(rows)[position] = None


def _neighbour(rng: random.Random, value: Any, column: Column) -> Any:
    """The next number or day, either way; other values as they are."""
    sign = rng.choice((-1, 1))
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + sign if abs(value) < 30_000 or column.type != "smallint" else value
    if isinstance(value, Decimal) and value.is_finite():
        step = Decimal(1).scaleb(min(0, int(value.as_tuple().exponent)))
        return value + sign * step if _fits(value + sign * step, column) else value
    if isinstance(value, float):
        return value + sign * max(abs(value), 1.0) / 64
    if isinstance(value, date) and date.min + timedelta(days=9) < _day_of(value) < date.max - timedelta(days=9):
        return value + sign * timedelta(days=1)
    if column.values:
        return rng.choice(column.values)
    return value


def _fits(value: Decimal, column: Column) -> bool:
    """Whether a number keeps to the column's precision, such as decimal(8, 2)."""
    digits = column.type.partition("(")[2].rstrip(")").split(",")
    if not digits[0].strip().isdecimal():
        return True
    whole = int(digits[0]) - (int(digits[1]) if len(digits) > 1 else 0)
    return abs(value) < Decimal(10) ** whole


def _day_of(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _edge(rng: random.Random, value: Any, as_of: datetime) -> Any:
    """A day at an edge: today and its neighbours, the first and last of this month, the one before, this year."""
    if not isinstance(value, date):
        return value
    today = as_of.astimezone(UTC).date()
    first, new_year = today.replace(day=1), today.replace(month=1, day=1)
    step = timedelta(days=1)
    past = [today - timedelta(days=days) for days in (7, 30, 90, 365)]
    day = rng.choice([today, today - step, today + step, first, first - step, new_year, new_year - step, *past])
    return value.replace(year=day.year, month=day.month, day=day.day) if isinstance(value, datetime) else day


def _ordered_days(table: Table, rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Pairs of date columns of which the first is never after the second: a stay's first day and its last."""
    kinds = [c.type if c.type.startswith(("date", "timestamp")) and "[" not in c.type else "" for c in table.columns]
    found: list[tuple[int, int]] = []
    places = range(len(kinds))
    for first, second in itertools.permutations(places, 2):
        if not kinds[first] or kinds[first] != kinds[second]:
            continue
        pairs = [(row[first], row[second]) for row in rows]
        both = [pair for pair in pairs if isinstance(pair[0], date) and isinstance(pair[1], date)]
        if len(both) > 4 and all(start <= end for start, end in both):
            found.append((first, second))
    return found


def _restore_order(rows: list[list[Any]], pairs: Sequence[tuple[int, int]]) -> None:
    """Exchange the days that changed places, so that a query may count on their order."""
    for row in rows:
        for first, second in [*pairs, *pairs]:
            start, end = row[first], row[second]
            if isinstance(start, date) and isinstance(end, date) and start > end:
                row[first], row[second] = end, start


def _is_bound(table: Table, key: ForeignKey) -> bool:
    """Whether a foreign key is part of what tells rows apart, or shares a column with another foreign key."""
    unique = {*table.primary_key, *(name for names in table.uniques for name in names)}
    shared = {name for other in table.foreign_keys if other != key for name in other.columns}
    return bool((unique | shared) & set(key.columns)) or any(table.column(name).unique for name in key.columns)


def _repoint(
    rng: random.Random, table: Table, rows: list[list[Any]], key: ForeignKey, choices: Sequence[tuple[Any, ...]]
) -> None:
    """Give some rows another parent, or none where that may be."""
    own = _positions(table, key.columns)
    optional = not any(table.column(name).not_null for name in key.columns)
    for row in rows:
        draw = rng.random()
        if draw < _NULL and optional:
            _set(row, own, [None] * len(own))
        elif _NULL <= draw < _NULL + _REPOINT and choices:
            _set(row, own, rng.choice(choices))


def _set(row: list[Any], positions: Sequence[int], values: Sequence[Any]) -> None:
    for position, value in zip(positions, values, strict=True):
        row[position] = value


def _twins(rng: random.Random, table: Table, rows: Sequence[Sequence[Any]]) -> list[Row]:
    """A few rows again under a new key, alike in all else: what DISTINCT and COUNT(*) tell apart."""
    if len(table.primary_key) != 1 or not rows or table.uniques or table.primary_key[0] in _key_columns(table):
        return []
    place = _positions(table, table.primary_key)[0]
    single = [p for p, column in enumerate(table.columns) if column.unique and p != place]
    if any(table.columns[p].not_null for p in single):
        return []
    found: list[Row] = []
    for number, row in enumerate(rng.sample(list(rows), min(4, len(rows))), start=1):
        key = _new_key(rng, table.columns[place], [other[place] for other in rows], number)
        if key is None:
            return []
        twin = [None if p in single else cell for p, cell in enumerate(row)]
        twin[place] = key
        found.append(tuple(twin))
    return found


def _key_columns(table: Table) -> set[str]:
    return {name for key in table.foreign_keys for name in key.columns}


def _new_key(rng: random.Random, column: Column, there: Sequence[Any], number: int) -> Any:
    """A key that no row has; None for a type whose keys we do not invent."""
    if column.type in {"int", "bigint", "smallint"}:
        key = max(there) + number
        return key if column.type != "smallint" or key < 32_767 else None
    if column.type == "uuid":
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))
    return None
