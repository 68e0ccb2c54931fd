"""Reads questions in the format of Defog's sql-eval, and answers to them.

A CSV with the columns `db_name, query_category, question, query` and, where there are any, `instructions` and `id`;
without an `id` a question's id is its row, counted from 0. Several golds stand in one `query`, separated by semicolons
outside quotes; `{a, b}` stands for any of those columns. Answers are JSON lines of `id` and `sql`. Knows files, neither
servers nor verdicts.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluator.clock import lex
from schemas.errors import DataError
from schemas.records import Prediction, Question

COLUMNS = ("db_name", "query_category", "question", "query")


@dataclass(frozen=True, slots=True)
class ForeignQuestion:
    """One row of such a file."""

    key: int | str
    """Its id as the file gives it, or its row counted from 0."""
    category: str
    """`query_category`; empty if the file leaves it so."""
    line: int
    """Line of the file it begins on, counted from 1."""
    question: Question
    """The question itself; its schema name is the database's."""


def read_questions(path: Path) -> list[ForeignQuestion]:
    """The questions of a file, in order.

    Raises:
        DataError: the file cannot be read, lacks a column or a value, or repeats an id; names file and line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            header = reader.fieldnames or []
            missing = [name for name in COLUMNS if name not in header]
            if missing:
                raise DataError(
                    f"{path}:1: the column{'s' * (len(missing) > 1)} {', '.join(missing)} is missing: a question file "
                    f"has the columns {', '.join(COLUMNS)}"
                )
            rows: list[tuple[int, dict[str, str]]] = []
            line = reader.line_num + 1
            for row in reader:
                rows.append((line, row))
                line = reader.line_num + 1
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read ({error}): give a CSV file of questions") from None
    found: list[ForeignQuestion] = []
    seen: dict[str, int] = {}
    for number, (line, row) in enumerate(rows):
        item = _question(path, line, number, row)
        if item.question.id in seen:
            raise DataError(f"{path}:{line}: the id {item.key!r} stands in line {seen[item.question.id]} already")
        seen[item.question.id] = line
        found.append(item)
    if not found:
        raise DataError(f"{path}: holds no question; give one row each")
    return found


def _question(path: Path, line: int, number: int, row: dict[str, str]) -> ForeignQuestion:
    empty = [name for name in ("db_name", "question", "query") if not (row.get(name) or "").strip()]
    if empty:
        raise DataError(f"{path}:{line}: {', '.join(empty)} is empty; fill it in")
    written = (row.get("id") or "").strip()
    key: int | str = (int(written) if written.isdecimal() else written) if written else number
    golds = split_statements(row["query"])
    if not golds:
        raise DataError(f"{path}:{line}: query holds no statement; fill it in")
    database = row["db_name"].strip()
    question = Question(
        id=str(key), schema_name=database, split="test", text=row["question"].strip(), golds=tuple(golds),
        note=(row.get("instructions") or "").strip(),
    )  # fmt: skip
    return ForeignQuestion(key, (row.get("query_category") or "").strip(), line, question)


def split_statements(text: str) -> list[str]:
    """The statements between semicolons that stand in no quotes.

    >>> split_statements("SELECT ';'; SELECT 2;")
    ["SELECT ';'", 'SELECT 2']
    """
    cuts = [token.start for token in lex(text) or () if text[token.start] == ";"]
    parts = [text[start:stop] for start, stop in zip([0, *(cut + 1 for cut in cuts)], [*cuts, len(text)], strict=True)]
    return [part.strip() for part in parts if part.strip()]


def read_predictions(path: Path, questions: Sequence[ForeignQuestion]) -> list[Prediction]:
    """The answers of a file to these questions, in the file's order.

    Raises:
        DataError: the file cannot be read, a line is malformed, repeats an id, or answers no question; names the line.
    """
    known = {item.question.id for item in questions}
    found: list[Prediction] = []
    seen: dict[str, int] = {}
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}): give a JSON-lines file of id and sql") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            entry = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{where}: not JSON ({error.msg}); write one object a line: id and sql") from None
        if not isinstance(entry, dict) or not isinstance(entry.get("sql"), str) or isinstance(entry.get("id"), bool):
            raise DataError(f"{where}: needs id and the text sql; mend the line")
        key = str(entry.get("id"))
        if key not in known:
            raise DataError(
                f"{where}: no question has the id {entry.get('id')!r}; ids are the CSV's id column or its rows from 0"
            )
        if key in seen:
            raise DataError(f"{where}: the id {entry['id']!r} was answered in line {seen[key]} already; drop one")
        seen[key] = number
        found.append(Prediction(id=key, sql=entry["sql"]))
    return found
