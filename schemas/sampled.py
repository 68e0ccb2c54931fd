"""Rows of a schema that was taken from a user's database: the sample itself, and small changed copies of it.

`rows.jsonl` holds the sample, one JSON array a line: the table's name and its cells, as Postgres prints them (arrays as
lists, integers and booleans as such). The `rows.py` of such a schema calls `sampled_rows`. Instance 1 is the sample;
the others are made by `schemas.fuzz`. Knows files and types, no server.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any

from schemas.catalog import Rows, load_schema
from schemas.ddl import Column, Table
from schemas.errors import SchemaError
from schemas.fuzz import fuzzed_copy

ROWS_PY = '''"""Rows sampled from a database (rows.jsonl); the other instances hold small changed copies of them."""

from pathlib import Path

from schemas.catalog import Rows
from schemas.sampled import sampled_rows


def rows(seed: int, instance: int) -> Rows:
    """Rows of every table, parents first; deterministic in (seed, instance)."""
    return sampled_rows(Path(__file__).parent, seed, instance)
'''
"""The rows.py of every such schema."""


def sampled_rows(folder: Path, seed: int, instance: int) -> Rows:
    """The rows of one instance: the sample for 1, a changed part of it for every other.

    Raises:
        SchemaError: rows.jsonl is missing, malformed or names a table that is not in schema.sql; names the line.
    """
    schema = load_schema(folder.name, folder.parent)
    sample = read_rows(folder / "rows.jsonl", schema.tables)
    if instance == 1:
        return sample
    golds = tuple(gold for question in schema.questions for gold in question.golds)
    return fuzzed_copy(schema.tables, sample, golds, schema.glossary.as_of, f"{schema.name}:{seed}:{instance}")


@lru_cache(maxsize=8)
def read_rows(path: Path, tables: tuple[Table, ...]) -> Rows:
    """The sample with Python's values; raises as `sampled_rows` does."""
    loaders = {table.name: [_loader(column) for column in table.columns] for table in tables}
    found: dict[str, list[tuple[Any, ...]]] = {}
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemaError(f"{path} cannot be read ({error}): add the schema again with loop schemas add") from None
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            table, cells = json.loads(line)
            loaded = [load(cell) for load, cell in zip(loaders[table], cells, strict=True)]
        except (ValueError, KeyError, TypeError, InvalidOperation) as error:
            raise SchemaError(f"{path}:{number}: no row of a table in schema.sql ({error}); mend the line") from None
        found.setdefault(table, []).append(tuple(loaded))
    for item in tables:
        found.setdefault(item.name, [])
    return found


def write_rows(path: Path, rows: Rows) -> None:
    """Write a sample: cells that JSON can hold, in the order given."""
    lines = (json.dumps([table, list(row)], ensure_ascii=False) for table, cells in rows.items() for row in cells)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def _loader(column: Column) -> Callable[[Any], Any]:
    """How a cell as Postgres prints it becomes a value; what we have no type for stays text."""
    kind = column.type.split("(")[0].strip()
    load: Callable[[str], Any] = _LOADERS.get(kind, lambda cell: cell)
    if column.type.endswith("]"):
        return lambda cell: cell
    return lambda cell: None if cell is None else load(cell)


def _moment(text: str) -> Any:
    """A timestamp with or without its zone; "infinity" and years that Python has not stay text."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def _day(text: str) -> Any:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _clock(text: str) -> Any:
    try:
        return time.fromisoformat(text)
    except ValueError:
        return text


def _json(text: str) -> Any:
    """An object as a dict; other JSON stays text, which Postgres reads again."""
    value = json.loads(text)
    return value if isinstance(value, dict) else text


_LOADERS: dict[str, Callable[[Any], Any]] = {
    "decimal": Decimal,
    "double precision": float,
    "real": float,
    "date": _day,
    "time": _clock,
    "timestamp": _moment,
    "timestamptz": _moment,
    "jsonb": _json,
}
"""Types as `schemas.ddl` spells them."""
