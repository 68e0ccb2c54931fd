"""Loads, checks and lists the schemas: the folders under `databases/`.

A folder holds `schema.sql` (DDL), `glossary.toml` (words, see `schemas.glossary`), `rows.py` (a function
`rows(seed, instance)` that returns the rows of every table) and `questions.toml`. This module reads them and checks
that they agree with each other; it does not know how rows reach a server, nor how questions are judged.
"""

from __future__ import annotations

import hashlib
import importlib.util
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError
from sqlglot import exp

from schemas.ddl import Table, parse_ddl
from schemas.errors import SchemaError
from schemas.glossary import ConditionWords, Glossary, MeasureWords
from schemas.records import SPLITS, Question, Split
from schemas.sql import parse

DATABASES = Path(__file__).parent / "databases"

Rows = Mapping[str, Sequence[tuple[Any, ...]]]
"""Table name -> row tuples in the column order of schema.sql; tables in an order that satisfies foreign keys."""


@dataclass(frozen=True, slots=True)
class Schema:
    """One schema with all that is written about it."""

    name: str
    folder: Path
    ddl: str
    """Text of schema.sql."""
    tables: tuple[Table, ...]
    glossary: Glossary
    questions: tuple[Question, ...]

    def table(self, name: str) -> Table:
        """The table of that name; `KeyError` if there is none."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    def rows(self, seed: int, instance: int) -> Rows:
        """The rows of one instance, counted from 1: deterministic in (seed, instance)."""
        return _load_rows(self.folder / "rows.py")(seed, instance)

    def split(self, *splits: Split) -> tuple[Question, ...]:
        """The questions of the given splits, in file order."""
        return tuple(question for question in self.questions if question.split in splits)

    @property
    def digest(self) -> str:
        """Hash of what decides the instances' content: DDL and rows.py (hex, 16 characters)."""
        content = self.ddl.encode() + b"\0" + (self.folder / "rows.py").read_bytes()
        return hashlib.sha256(content).hexdigest()[:16]


def schema_names() -> tuple[str, ...]:
    """Names of all shipped schemas, sorted."""
    return tuple(sorted(path.parent.name for path in DATABASES.glob("*/schema.sql")))


def select_schemas(wanted: str) -> tuple[Schema, ...]:
    """Schemas named by `all`, `original`, `new` or a comma-separated list.

    Raises:
        SchemaError: a name is unknown, or the selection is empty.
    """
    if wanted in {"all", "original", "new"}:
        loaded = tuple(load_schema(name) for name in schema_names())
        chosen = tuple(s for s in loaded if wanted == "all" or s.glossary.origin == wanted)
    else:
        names = dict.fromkeys(name.strip() for name in wanted.split(",") if name.strip())
        chosen = tuple(load_schema(name) for name in names)
    if not chosen:
        raise SchemaError(f"no schema is selected by {wanted!r}: choose from {', '.join(schema_names())}")
    return chosen


@lru_cache(maxsize=64)
def load_schema(name: str, root: Path = DATABASES) -> Schema:
    """Load and check one schema.

    Raises:
        SchemaError: the name is unknown, or a file is missing, malformed or disagrees with the DDL (named).
    """
    folder = root / name
    if not (folder / "schema.sql").is_file():
        known = ", ".join(schema_names())
        raise SchemaError(f"unknown schema {name!r}: choose from {known}, or several with commas, or all")
    if not (folder / "rows.py").is_file():
        raise SchemaError(f"{folder / 'rows.py'} is missing: it must define rows(seed, instance)")
    ddl = (folder / "schema.sql").read_text(encoding="utf-8")
    tables = parse_ddl(ddl, folder / "schema.sql")
    glossary = _load_glossary(folder / "glossary.toml")
    _check_glossary(glossary, tables, folder / "glossary.toml")
    questions = _load_questions(folder / "questions.toml", name)
    return Schema(name, folder, ddl, tables, glossary, questions)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SchemaError(f"{path} is missing: every schema folder needs it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SchemaError(f"{path} is not valid TOML: {error}; mend it and run again") from None


def _load_glossary(path: Path) -> Glossary:
    try:
        return Glossary.model_validate(_read_toml(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SchemaError(f"{path}: {where}: {first['msg']}; mend it and run again") from None


def _check_glossary(glossary: Glossary, tables: Sequence[Table], path: Path) -> None:
    """Raise `SchemaError` where the glossary and the DDL name different things."""
    by_name = {table.name: table for table in tables}
    problems = [f"table {name!r} is not in schema.sql" for name in glossary.tables if name not in by_name]
    problems += [f"table {name!r} has no words" for name in by_name if name not in glossary.tables]
    for name, words in glossary.tables.items():
        if name not in by_name:
            continue
        columns = {column.name for column in by_name[name].columns}
        problems += [f"{name}.{column} is not in schema.sql" for column in words.columns if column not in columns]
        problems += [f"{name}.{column} has no words" for column in columns if column not in words.columns]
        if words.label and words.label not in columns:
            problems.append(f"the label {name}.{words.label} is not in schema.sql")
    for join in glossary.joins:
        table = by_name.get(join.child)
        keys = {(key.columns, key.parent) for key in table.foreign_keys} if table else set()
        if (join.columns, join.parent) not in keys:
            problems.append(f"join {join.child}({', '.join(join.columns)}) -> {join.parent} is no foreign key")
    computed: list[ConditionWords | MeasureWords] = [*glossary.conditions, *glossary.measures]
    for item in computed:
        problems += _expression_problems(item.sql, item.table, by_name.get(item.table))
    if problems:
        raise SchemaError(f"{path}: {'; '.join(problems[:5])}; mend the glossary or schema.sql")


def _expression_problems(sql: str, name: str, table: Table | None) -> list[str]:
    """What is wrong with a condition or a measure on a table."""
    tree = parse(f"SELECT {sql}")
    if table is None:
        return [f"{name!r} is no table"]
    if tree is None:
        return [f"{sql!r} on {name} cannot be parsed"]
    unknown = {column.name for column in tree.find_all(exp.Column)} - {column.name for column in table.columns}
    return [f"{name}.{column} in {sql!r} is not in schema.sql" for column in sorted(unknown)]


def _load_questions(path: Path, schema_name: str) -> tuple[Question, ...]:
    entries = _read_toml(path).get("question", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SchemaError(f"{path}: `question` is no list of tables; write each question under [[question]]")
    questions: list[Question] = []
    seen: set[str] = set()
    for number, entry in enumerate(entries, start=1):
        missing = [key for key in ("id", "split", "question", "sql") if not entry.get(key)]
        label = f"{path}: question {number} ({entry.get('id', 'no id')})"
        if missing:
            raise SchemaError(f"{label} has no {', '.join(missing)}; add it")
        if entry["split"] not in SPLITS:
            raise SchemaError(f"{label} has the unknown split {entry['split']!r}: use one of {', '.join(SPLITS)}")
        if entry["id"] in seen:
            raise SchemaError(f"{label}: the id occurs twice; rename one")
        seen.add(entry["id"])
        sql = entry["sql"]
        golds = tuple(sql) if isinstance(sql, list) else (sql,)
        try:
            question = Question(
                id=f"{schema_name}/{entry['id']}",
                schema_name=schema_name,
                split=entry["split"],
                text=entry["question"],
                golds=golds,
                note=entry.get("note", ""),
            )
        except ValidationError as error:
            raise SchemaError(f"{label}: {error.errors()[0]['msg']}; mend it and run again") from None
        questions.append(question)
    return tuple(questions)


@lru_cache(maxsize=64)
def _load_rows(path: Path) -> Callable[[int, int], Rows]:
    """The function `rows` of a schema's rows.py."""
    spec = importlib.util.spec_from_file_location(f"sqlloop_rows_{path.parent.name}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise SchemaError(f"{path} is missing: it must define rows(seed, instance)")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function = getattr(module, "rows", None)
    if not callable(function):
        raise SchemaError(f"{path} defines no function rows(seed, instance); add it")
    return cast("Callable[[int, int], Rows]", function)
