"""Reads a `glossary.toml` and checks that it names what the DDL has; every complaint names the file's line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlglot import exp

from schemas.ddl import Table
from schemas.errors import SchemaError
from schemas.glossary import ConditionWords, Glossary, MeasureWords
from schemas.sql import parse


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file of a schema folder; `SchemaError` names the file and what is wrong with it."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SchemaError(f"{path} is missing: every schema folder needs it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SchemaError(f"{path} is not valid TOML: {error}; mend it and run again") from None


def line_of(path: Path, *needles: str) -> str:
    """Where the last of several texts stands, each looked for after the one before: "path:line"; else the path."""
    text = path.read_text(encoding="utf-8")
    place = -1
    for needle in needles:
        place = text.find(needle, place + 1)
        if place < 0:
            return str(path)
    return f"{path}:{text.count(chr(10), 0, place) + 1}"


def load_glossary(path: Path, tables: Sequence[Table]) -> Glossary:
    """The glossary, sure to agree with the tables.

    Raises:
        SchemaError: the file is missing or malformed, or names what is not in schema.sql, or leaves something out.
    """
    try:
        glossary = Glossary.model_validate(read_toml(path))
    except ValidationError as error:
        first = error.errors()[0]
        parts = [str(part) for part in first["loc"]]
        raise SchemaError(
            f"{_place_of_key(path, parts)}: {'.'.join(parts)}: {first['msg']}; mend it and run again"
        ) from None
    problems = [*_table_problems(glossary, tables, path), *_expression_problems(glossary, tables, path)]
    if problems:
        raise SchemaError(f"{'; '.join(problems[:5])}; mend the glossary or schema.sql")
    return glossary


def _place_of_key(path: Path, parts: Sequence[str]) -> str:
    """Where a key stands: after its table's header."""
    if parts[0] == "tables" and len(parts) > 2:
        header = f"[tables.{parts[1]}.columns]" if parts[2] == "columns" else f"[tables.{parts[1]}]"
        return line_of(path, header, parts[3] if parts[2] == "columns" and len(parts) > 3 else parts[2])
    if len(parts) > 1 and parts[1].isdecimal():
        return line_of(path, *[f"[[{parts[0]}]]"] * (int(parts[1]) + 1))
    return line_of(path, parts[-1])


def _table_problems(glossary: Glossary, tables: Sequence[Table], path: Path) -> Iterator[str]:
    """Tables, columns, labels and keys that one of the two lacks."""
    by_name = {table.name: table for table in tables}
    for name in glossary.tables:
        if name not in by_name:
            yield f"{line_of(path, f'[tables.{name}')}: table {name!r} is not in schema.sql"
    for name, table in by_name.items():
        words = glossary.tables.get(name)
        if words is None:
            yield f"{path}: table {name!r} has no words"
            continue
        header = f"[tables.{name}.columns]"
        columns = {column.name for column in table.columns}
        for column in words.columns:
            if column not in columns:
                yield f"{line_of(path, header, column)}: {name}.{column} is not in schema.sql"
        for column in sorted(columns - set(words.columns)):
            yield f"{line_of(path, header)}: {name}.{column} has no words"
        if words.label and words.label not in columns:
            where = line_of(path, f"[tables.{name}]", "label")
            yield f"{where}: the label {name}.{words.label} is not in schema.sql"
    for number, join in enumerate(glossary.joins):
        child = by_name.get(join.child)
        keys = {(key.columns, key.parent) for key in child.foreign_keys} if child else set()
        if (join.columns, join.parent) not in keys:
            where = line_of(path, *["[[joins]]"] * (number + 1))
            yield f"{where}: join {join.child}({', '.join(join.columns)}) -> {join.parent} is no foreign key"


def _expression_problems(glossary: Glossary, tables: Sequence[Table], path: Path) -> Iterator[str]:
    """What is wrong with the SQL of conditions and measures."""
    by_name = {table.name: table for table in tables}
    items: list[tuple[str, ConditionWords | MeasureWords]] = []
    for number, condition in enumerate(glossary.conditions):
        items.append((line_of(path, *["[[conditions]]"] * (number + 1)), condition))
    for number, measure in enumerate(glossary.measures):
        items.append((line_of(path, *["[[measures]]"] * (number + 1)), measure))
    for where, item in items:
        table, tree = by_name.get(item.table), parse(f"SELECT {item.sql}")
        if table is None:
            yield f"{where}: {item.table!r} is no table"
        elif tree is None:
            yield f"{where}: {item.sql!r} on {item.table} cannot be parsed"
        else:
            known = {column.name for column in table.columns}
            for column in sorted({column.name for column in tree.find_all(exp.Column)} - known):
                yield f"{where}: {item.table}.{column} in {item.sql!r} is not in schema.sql"
