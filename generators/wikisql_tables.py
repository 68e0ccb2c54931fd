"""WikiSQL's tables as Postgres tables: readable names, types inferred from the values, rows added where there are few.

A column is integer, numeric or date if all its values read as such, else text. To each table come rows in which its
own questions have an answer (half of the release's have none), then rows mixed from the others, until an aggregate has
something to work on. Knows values and names, neither questions' words nor a server.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

from generators.curriculum import seeded
from generators.wikisql_release import Cell, RawQuestion, RawTable
from generators.wikisql_values import Value, infer, read_as
from schemas.catalog import Rows, Schema
from schemas.ddl import Column, Table, parse_ddl
from schemas.glossary import Glossary
from schemas.reserved import RESERVED

PREFIX = "wikisql/"
"""Beginning of the schema name of every such table."""
LEAST_ROWS = 9
"""Rows a table has at least once it is filled."""
MOST_ROWS = 60
"""Rows kept of a long table."""
LONGEST = 40
"""Characters of a name."""
AS_OF = datetime(2025, 1, 1, tzinfo=UTC)
"""The constant "today" of these tables; no question refers to it."""

_GLOSSARY = Glossary(title="WikiSQL", about="Tables of WikiSQL.", as_of=AS_OF, origin="foreign", tables={})

Kind = Literal["text", "integer", "bigint", "numeric", "date"]


@dataclass(frozen=True, slots=True)
class Field:
    """One column."""

    header: str
    """As released: the words people use for it."""
    name: str
    """Its name in SQL: lower case, never quoted."""
    kind: Kind
    clear: bool = True
    """Whether no other column of the table has the same header, so that the words mean this one."""

    @property
    def numeric(self) -> bool:
        """Whether it can be summed."""
        return self.kind in {"integer", "bigint", "numeric"}


@dataclass(frozen=True, slots=True)
class WikiTable:
    """One table of the release, ready for Postgres."""

    id: str
    """The release's."""
    name: str
    fields: tuple[Field, ...]
    rows: tuple[tuple[Value, ...], ...]
    questions: tuple[RawQuestion, ...] = ()

    @property
    def schema_name(self) -> str:
        """What its examples call their schema."""
        return PREFIX + self.name

    @property
    def ddl(self) -> str:
        """CREATE TABLE."""
        return f"CREATE TABLE {self.name} ({', '.join(f'{item.name} {item.kind}' for item in self.fields)});\n"

    def values(self, column: int) -> tuple[Value, ...]:
        """A column's cells that are not NULL, in row order."""
        return tuple(row[column] for row in self.rows if row[column] is not None)


@dataclass(frozen=True, slots=True)
class TableSchema(Schema):
    """Some of the tables as a schema like any other; its rows are at hand."""

    held: Mapping[str, tuple[tuple[Value, ...], ...]] | None = None

    def rows(self, seed: int, instance: int) -> Rows:
        """The tables' rows, the same for all seeds and instances."""
        del seed, instance
        return self.held or {}

    @property
    def digest(self) -> str:
        """Hash of DDL and rows (hex, 16 characters)."""
        import hashlib

        return hashlib.sha256(repr((self.ddl, self.held)).encode()).hexdigest()[:16]


def as_schema(name: str, tables: Sequence[WikiTable]) -> TableSchema:
    """Tables with different names as one schema, whose prompt text and instances come as any other's."""
    shaped = tuple(Table(item.name, tuple(Column(field.name, field.kind) for field in item.fields)) for item in tables)
    held = {item.name: item.rows for item in tables}
    return TableSchema(name, Path("wikisql"), "".join(item.ddl for item in tables), shaped, _GLOSSARY, (), held)


def build_tables(raw: Sequence[RawTable], seed: int, start: int = 0, count: int | None = None) -> Iterator[WikiTable]:
    """Tables in an order drawn by the seed, filled; the names do not depend on how many are asked for.

    Args:
        raw: the release.
        seed: decides order and added rows.
        start: tables passed over.
        count: tables wanted at most; all for None.
    """
    order = list(raw)
    seeded(seed, "wikisql", "order").shuffle(order)
    taken: Counter[str] = Counter()
    stop = len(order) if count is None else start + count
    for number, item in enumerate(order[:stop]):
        base = _table_name(item)
        taken[base] += 1
        if number >= start:
            name = base if taken[base] == 1 else f"{base}_{taken[base]}"
            yield _build(item, name, seeded(seed, "wikisql", "rows", item.id))


def _build(raw: RawTable, name: str, rng: random.Random) -> WikiTable:
    kept = raw.rows[:MOST_ROWS]
    kinds = [infer([row[place] for row in kept]) for place in range(len(raw.header))]
    names = _column_names(raw.header, kinds)
    counts = Counter(header.lower() for header in raw.header)
    fields = tuple(
        Field(header, own, kind, clear=counts[header.lower()] == 1 and bool(re.search(r"\w", header)))
        for header, own, kind in zip(raw.header, names, kinds, strict=True)
    )
    rows = [tuple(read_as(cell, kind) for cell, kind in zip(row, kinds, strict=True)) for row in kept]
    table = WikiTable(raw.id, name, fields, tuple(rows), raw.questions)
    return WikiTable(raw.id, name, fields, tuple(_filled(table, rng)), raw.questions)


def _filled(table: WikiTable, rng: random.Random) -> list[tuple[Value, ...]]:
    """The rows, those that the table's questions lack, and mixed ones up to LEAST_ROWS."""
    rows = list(table.rows)
    for question in table.questions:
        wanted = _wanted(table, question.conditions)
        if len(rows) >= MOST_ROWS or not wanted or any(_meets(row, wanted) for row in rows):
            continue
        row = list(_mixed(table, rng))
        for column, operator, value in wanted:
            row[column] = value if operator == "=" else _beyond(value, operator)
        rows.append(tuple(row))
    while len(rows) < LEAST_ROWS:
        rows.append(_mixed(table, rng))
    return rows


def _wanted(table: WikiTable, conditions: Iterable[tuple[int, str, Cell]]) -> list[tuple[int, str, Value]]:
    """A question's conditions with values of their columns' types; none at all where one does not fit."""
    found: list[tuple[int, str, Value]] = []
    for column, operator, cell in conditions:
        kind = table.fields[column].kind
        value = read_as(cell, kind)
        if value is None or (operator != "=" and kind in {"text", "date"}) or column in {c for c, _, _ in found}:
            return []
        found.append((column, operator, value))
    return found


def _meets(row: Sequence[Value], wanted: Iterable[tuple[int, str, Value]]) -> bool:
    return all(meets(row[column], operator, value) for column, operator, value in wanted)


def meets(cell: Value, operator: str, value: Value) -> bool:
    """Whether a cell compares so with a value of its own type; NULL never does."""
    if cell is None or value is None:
        return False
    if operator == "=":
        return cell == value
    if isinstance(cell, str) or isinstance(value, str) or isinstance(cell, date) != isinstance(value, date):
        return False
    over = cell > value  # type: ignore[operator]  # both dates or both numbers
    under = cell < value  # type: ignore[operator]
    return {">": over, "<": under, ">=": not under, "<=": not over}[operator]


def _beyond(value: Value, operator: str) -> Value:
    step = 1 if operator == ">" else -1
    return value + step if isinstance(value, (int, Decimal)) else value


def _mixed(table: WikiTable, rng: random.Random) -> tuple[Value, ...]:
    """A row whose cells come from the columns' own values, numbers between them."""
    cells: list[Value] = []
    for place, field in enumerate(table.fields):
        values = table.values(place)
        low, high = (min(values), max(values)) if values and field.numeric else (None, None)  # type: ignore[type-var]
        if isinstance(low, int) and isinstance(high, int) and high - low > 1:
            cells.append(rng.randint(low, high))
        else:
            cells.append(rng.choice(values) if values else None)
    return tuple(cells)


def _table_name(raw: RawTable) -> str:
    """After the page's title, else after the first two columns whose names begin with a letter and differ."""
    columns = list(dict.fromkeys(part for header in raw.header if (part := identifier(header))))
    columns = [part for part in columns if not part.startswith(("no_", "year_"))] or columns
    return _safe(_cut(identifier(raw.title) or "_".join(columns[:2])) or "listing", "text", "table")


def _column_names(header: Sequence[str], kinds: Sequence[Kind]) -> list[str]:
    """One name a column, each once."""
    names: list[str] = []
    for place, (text, kind) in enumerate(zip(header, kinds, strict=True), start=1):
        base = _safe(_cut(identifier(text)) or f"column_{place}", kind, "")
        name, number = base, 1
        while name in names:
            number += 1
            name = f"{base}_{number}"
        names.append(name)
    return names


_SIGNS = {
    "#": " number ",
    "%": " percent ",
    "&": " and ",
    "£": " pounds ",
    "$": " dollars ",
    "€": " euros ",
    "+": " plus ",
}


def identifier(text: str) -> str:
    """Words of a header joined by underscores, in lower-case ASCII; empty where it has none.

    >>> identifier("Fleet series (quantity)"), identifier("% of votes"), identifier("2008 gross")
    ('fleet_series_quantity', 'percent_of_votes', 'year_2008_gross')
    """
    spelt = "".join(_SIGNS.get(sign, sign) for sign in text.replace("'", ""))
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode().lower()
    joined = "_".join(re.findall(r"[a-z0-9]+", plain))
    if re.match(r"(1[5-9]|20)\d\d(_|$)", joined):
        return f"year_{joined}"
    return f"no_{joined}" if joined[:1].isdigit() else joined


def _cut(name: str) -> str:
    while len(name) > LONGEST and "_" in name:
        name = name.rpartition("_")[0]
    return name[:LONGEST]


def _safe(name: str, kind: Kind, what: str) -> str:
    """A word that Postgres keeps for itself, made a name by what it stands for: "order" as "order_number"."""
    if name not in RESERVED:
        return name
    return f"{name}_{what or {'text': 'name', 'date': 'date'}.get(kind, 'number')}"


def schema_of(schema_name: str, ddl: str) -> Schema:
    """The small schema of one table from its DDL: what its prompt is made of."""
    shaped = parse_ddl(ddl, Path(schema_name))
    return TableSchema(schema_name, Path("wikisql"), ddl, shaped, _GLOSSARY, ())
