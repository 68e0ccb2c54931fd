"""Loads, checks and lists the schemas: the folders under `databases/`.

A folder holds `schema.sql` (DDL), `glossary.toml` (words, see `schemas.glossary`), `rows.py` (a function
`rows(seed, instance)` that returns the rows of every table) and `questions.toml`. This module reads them and checks
that they agree with each other; it does not know how rows reach a server, nor how questions are judged.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from schemas.ddl import Table, parse_ddl
from schemas.errors import SchemaError
from schemas.glossary import Glossary
from schemas.glossary_check import line_of, load_glossary, read_toml
from schemas.home import own_schemas
from schemas.records import SPLITS, Question, Split

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
        """The rows of one instance, counted from 1: deterministic in (seed, instance).

        Raises:
            SchemaError: rows.py fails; names its line.
        """
        path = self.folder / "rows.py"
        function = _load_rows(path)
        try:
            return function(seed, instance)
        except SchemaError:
            raise
        except Exception as error:
            raise SchemaError(f"{_last_line(path, error)}: rows({seed}, {instance}) failed ({_said(error)})") from None

    def split(self, *splits: Split) -> tuple[Question, ...]:
        """The questions of the given splits, in file order."""
        return tuple(question for question in self.questions if question.split in splits)

    @property
    def digest(self) -> str:
        """Hash of what decides the instances' content: DDL, rows and golds (hex, 16 characters)."""
        parts = [self.ddl.encode(), (self.folder / "rows.py").read_bytes()]
        sample = self.folder / "rows.jsonl"
        parts += [sample.read_bytes()] if sample.is_file() else []
        parts += [gold.encode() for question in self.questions for gold in question.golds]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def schema_names(root: Path = DATABASES) -> tuple[str, ...]:
    """Names of the schemas in a folder, the shipped ones unless another is given; sorted."""
    return tuple(sorted(path.parent.name for path in root.glob("*/schema.sql")))


def select_schemas(wanted: str) -> tuple[Schema, ...]:
    """Schemas by name, each once, in the order asked for.

    Args:
        wanted: Names with commas between. `all`, `original` and `new` stand for shipped schemas, `own` for those that
            `loop schemas add` made; a name with a slash is a schema folder's path.

    Raises:
        SchemaError: a name is unknown, or the selection is empty.
    """
    chosen: dict[str, Schema] = {}
    for name in (part.strip() for part in wanted.split(",")):
        if name in {"all", "original", "new"}:
            found = [load_schema(shipped) for shipped in schema_names()]
            found = [schema for schema in found if name in {"all", schema.glossary.origin}]
        elif name == "own":
            found = [load_schema(own, own_schemas()) for own in schema_names(own_schemas())]
        else:
            found = [_load_named(name)] if name else []
        chosen.update((schema.name, schema) for schema in found)
    if not chosen:
        raise SchemaError(f"no schema is selected by {wanted!r}: choose from {_known()}")
    return tuple(chosen.values())


def spell_out(wanted: str) -> str:
    """A selection with relative paths made absolute, so that it means the same from any folder."""
    parts = [part.strip() for part in wanted.split(",")]
    return ",".join(str(Path(part).expanduser().absolute()) if "/" in part else part for part in parts)


def _load_named(name: str) -> Schema:
    if "/" in name:
        folder = Path(name).expanduser().absolute()
        return load_schema(folder.name, folder.parent)
    return load_schema(name, DATABASES if (DATABASES / name / "schema.sql").is_file() else own_schemas())


def _known() -> str:
    return ", ".join([*schema_names(), *schema_names(own_schemas())])


@lru_cache(maxsize=64)
def load_schema(name: str, root: Path = DATABASES) -> Schema:
    """Load and check one schema.

    Raises:
        SchemaError: the name is unknown, or a file is missing, malformed or disagrees with the DDL (named).
    """
    folder = root / name
    if not (folder / "schema.sql").is_file():
        raise SchemaError(f"unknown schema {name!r}: choose from {_known()}, or several with commas, or all")
    if not (folder / "rows.py").is_file():
        raise SchemaError(f"{folder / 'rows.py'} is missing: it must define rows(seed, instance)")
    ddl = (folder / "schema.sql").read_text(encoding="utf-8")
    tables = parse_ddl(ddl, folder / "schema.sql")
    glossary = load_glossary(folder / "glossary.toml", tables)
    questions = _load_questions(folder / "questions.toml", name)
    return Schema(name, folder, ddl, tables, glossary, questions)


def _load_questions(path: Path, schema_name: str) -> tuple[Question, ...]:
    entries = read_toml(path).get("question", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SchemaError(f"{path}: `question` is no list of tables; write each question under [[question]]")
    questions: list[Question] = []
    seen: set[str] = set()
    for number, entry in enumerate(entries, start=1):
        problem = _question_problem(entry, seen)
        if problem:
            raise SchemaError(f"{_label(path, number, entry)}{problem}")
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
            what = f"{error.errors()[0]['msg']}; mend it and run again"
            raise SchemaError(f"{_label(path, number, entry)}: {what}") from None
        questions.append(question)
    return tuple(questions)


def _label(path: Path, number: int, entry: dict[str, Any]) -> str:
    where = line_of(path, *["[[question]]"] * number)
    return f"{where}: question {number} ({entry.get('id', 'no id')})"


def _question_problem(entry: dict[str, Any], seen: set[str]) -> str:
    """What is wrong with an entry of questions.toml, and what to do; empty if nothing is."""
    missing = [key for key in ("id", "split", "question", "sql") if not entry.get(key)]
    if missing:
        return f" has no {', '.join(missing)}; add it"
    if entry["split"] not in SPLITS:
        return f" has the unknown split {entry['split']!r}: use one of {', '.join(SPLITS)}"
    return ": the id occurs twice; rename one" if entry["id"] in seen else ""


@lru_cache(maxsize=64)
def _load_rows(path: Path) -> Callable[[int, int], Rows]:
    """The function `rows` of a schema's rows.py."""
    spec = importlib.util.spec_from_file_location(f"sqlloop_rows_{path.parent.name}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise SchemaError(f"{path} is missing: it must define rows(seed, instance)")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise SchemaError(f"{_last_line(path, error)}: rows.py does not load ({_said(error)})") from None
    function = getattr(module, "rows", None)
    if not callable(function):
        raise SchemaError(f"{path} defines no function rows(seed, instance); add it")
    return cast("Callable[[int, int], Rows]", function)


def _last_line(path: Path, error: Exception) -> str:
    """The last line of that file which an error passed through, as "path:line"."""
    import traceback

    if isinstance(error, SyntaxError) and error.lineno:
        return f"{path}:{error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f"{path}:{lines[-1]}" if lines else str(path)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}; mend it and run again"
