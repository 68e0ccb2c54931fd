"""A user's database -> a schema folder like ours: schema.sql, rows.jsonl, rows.py, glossary.toml, questions.toml.

Reads the database once, in one read-only transaction that sees one state of it, and writes nothing there. Questions
come from a file in sql-eval's format and are dealt out to the splits by family. Knows neither instances nor verdicts.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluator.introspect import read_source
from evaluator.sample import sample_rows
from evaluator.server import PINNED, checked_dsn, unreachable
from evaluator.sql_eval import ForeignQuestion
from schemas.catalog import Schema, load_schema
from schemas.errors import DatabaseError
from schemas.first_words import first_glossary, words_of
from schemas.records import Split
from schemas.sampled import ROWS_PY, write_rows
from schemas.sql import mask_literals
from schemas.toml_text import toml_string

if TYPE_CHECKING:
    import psycopg

SHARES: dict[Split, float] = {"train": 0.36, "dev": 0.20, "select": 0.20, "test": 0.24}
"""Shares of the questions in each split, as in the shipped schemas."""
_SECONDS = 300
"""Time limit of one statement that reads the catalogue or a sample."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to take of a database."""

    namespace: str = "public"
    tables: tuple[str, ...] = ()
    """Names; all if empty."""
    rows: int = 1000
    """Rows of a table, before parents that keys need."""


def adopt(
    dsn: str,
    folder: Path,
    wanted: Wanted,
    as_of: datetime,
    questions: Sequence[ForeignQuestion] = (),
    on_table: Callable[[str, int], None] | None = None,
) -> Schema:
    """Write the folder, which exists and is named after the schema, and load it.

    Args:
        dsn: the database; read only.
        folder: where the files go.
        wanted: what to take.
        as_of: the schema's constant "now", with a zone.
        questions: to deal out to the splits.
        on_table: called after each table with its name and the rows taken.

    Raises:
        DatabaseError: the database does not answer, or refuses or cuts off the reading.
        SchemaError: there is no such table, or what was read cannot be used.
    """
    title = words_of(folder.name)
    with _reading(dsn) as connection:
        source = read_source(connection, wanted.namespace, wanted.tables)
        rows = sample_rows(connection, source, wanted.namespace, wanted.rows, on_table)
    (folder / "schema.sql").write_text(source.ddl(f"{title.capitalize()}, as read from a database."), encoding="utf-8")
    write_rows(folder / "rows.jsonl", rows)
    (folder / "rows.py").write_text(ROWS_PY, encoding="utf-8")
    write_questions(folder / "questions.toml", deal_out(questions))
    _write_glossary(folder, title, as_of)
    return load_schema(folder.name, folder.parent)


def _write_glossary(folder: Path, title: str, as_of: datetime) -> None:
    from schemas.ddl import parse_ddl
    from schemas.sampled import read_rows

    tables = parse_ddl((folder / "schema.sql").read_text(encoding="utf-8"), folder / "schema.sql")
    rows = read_rows(folder / "rows.jsonl", tables)
    (folder / "glossary.toml").write_text(first_glossary(title, tables, rows, as_of), encoding="utf-8")


@contextmanager
def _reading(dsn: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """One read-only transaction on one state of the database; whatever goes wrong there is one `DatabaseError`."""
    import psycopg
    from psycopg.conninfo import make_conninfo

    kept = {name: value for name, value in PINNED.items() if name not in {"search_path", "work_mem"}}
    options = " ".join(f"-c {name}={value}" for name, value in kept.items())
    given = make_conninfo(checked_dsn(dsn), options=options)
    try:
        connection = psycopg.connect(given, autocommit=True)
    except psycopg.Error as error:
        raise DatabaseError(unreachable(given, error, own=True)) from None
    with connection:
        try:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute(f"SET LOCAL statement_timeout = '{_SECONDS}s'".encode())
            yield connection
        except psycopg.Error as error:
            reason = (str(error).strip().splitlines() or ["no message"])[0]
            raise DatabaseError(
                f"reading the database failed ({reason}): let the DSN's role SELECT from its tables, or name those it "
                "may read with --tables"
            ) from None


def deal_out(questions: Sequence[ForeignQuestion]) -> dict[Split, list[ForeignQuestion]]:
    """The questions of each split: families (golds alike but for literals) stay together.

    Splits come near `SHARES`; each gets at least one family where there are four. The same questions are dealt alike.
    """
    families = sorted(_families(questions), key=lambda family: (-len(family[1]), family[0]))
    dealt: dict[Split, list[ForeignQuestion]] = {split: [] for split in SHARES}
    for place, (_, members) in enumerate(families):
        empty: list[Split] = [split for split in SHARES if not dealt[split]]
        choices: list[Split] = empty if len(families) - place <= len(empty) else list(SHARES)
        best = max(choices, key=lambda split: SHARES[split] * len(questions) - len(dealt[split]))
        dealt[best] += members
    order = {id(item): place for place, item in enumerate(questions)}
    return {split: sorted(members, key=lambda item: order[id(item)]) for split, members in dealt.items()}


def _families(questions: Sequence[ForeignQuestion]) -> list[tuple[str, list[ForeignQuestion]]]:
    """Questions that share a masked gold, with a hash to order families by."""
    home: dict[str, int] = {}
    members: defaultdict[int, list[ForeignQuestion]] = defaultdict(list)
    for number, item in enumerate(questions):
        masks = [mask_literals(gold) for gold in item.question.golds]
        known = sorted({home[mask] for mask in masks if mask in home})
        group = known[0] if known else number
        for other in known[1:]:  # this question joins what were two families
            members[group] += members.pop(other)
        home.update((mask, group) for mask, place in list(home.items()) if place in known)
        home.update((mask, group) for mask in masks)
        members[group].append(item)
    return [(_hash(items), items) for items in members.values()]


def _hash(items: Sequence[ForeignQuestion]) -> str:
    return hashlib.sha256("\n".join(item.question.golds[0] for item in items).encode()).hexdigest()


def write_questions(path: Path, dealt: dict[Split, list[ForeignQuestion]]) -> None:
    """Write a questions.toml; instructions that came with a question end its text, since they are part of it."""
    lines = ["# Taken from a file of questions. Families (SQL alike but for literals) share a split."]
    for split, items in dealt.items():
        for item in items:
            question = item.question
            golds = [toml_string(gold) for gold in question.golds]
            lines += [
                "",
                "[[question]]",
                f"id = {toml_string(f'{split}-{item.key}')}",
                f"split = {toml_string(split)}",
                f"question = {toml_string(' '.join(part for part in (question.text, question.note) if part))}",
                f"sql = {golds[0] if len(golds) == 1 else '[' + ', '.join(golds) + ']'}",
            ]
            lines += [f"note = {toml_string(item.category)}"] if item.category else []
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
