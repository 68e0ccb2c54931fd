"""Reads the WikiSQL release: tables and questions as its files hold them, from a folder or an archive.

The layout is the release's own (Zhong et al. 2017): `train.tables.jsonl` with `id`, `header`, `types`, `rows` and, at
times, titles; `train.jsonl` with `table_id`, `question` and `sql: {sel, agg, conds}`. The `.db` files beside them hold
the same rows and are not needed. Only the split train is read. Knows files, not what is made of them.
"""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from schemas.errors import DataError

AGGREGATES = ("", "MAX", "MIN", "COUNT", "SUM", "AVG")
"""The release's numbers of aggregates."""
OPERATORS = ("=", ">", "<")
"""The release's numbers of operators; its fourth, "OP", is used nowhere."""
TABLES, QUESTIONS = "train.tables.jsonl", "train.jsonl"

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class RawQuestion:
    """One question as released, its numbers resolved."""

    table_id: str
    text: str
    column: int
    """Which column is asked for."""
    aggregate: str
    """One of AGGREGATES."""
    conditions: tuple[tuple[int, str, Cell], ...]
    """(column, operator, value), all of which hold."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """One table as released, with its questions."""

    id: str
    title: str
    """What the page or the table is called; empty where the release does not say."""
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    questions: tuple[RawQuestion, ...] = ()


def read_release(path: Path) -> tuple[RawTable, ...]:
    """The tables of the split train that have rows, with their questions, in the release's order.

    Args:
        path: the unpacked folder (or its `data/`), or the archive: .tar.bz2, .tar.gz, .tar or .zip.

    Raises:
        DataError: there is nothing there, a file is missing, or a line is not what the release holds (named).
    """
    packed = path / "data.tar.bz2"
    if packed.is_file() and not any(_in_folder(path, QUESTIONS)):
        path = packed  # the release's repository, as cloned
    with _opened(path) as files:
        missing = [name for name in (TABLES, QUESTIONS) if name not in files]
        if missing:
            raise DataError(
                f"{path} holds no {' and no '.join(missing)}: give the folder or the archive of the WikiSQL release"
            )
        asked: dict[str, list[RawQuestion]] = {}
        for where, record in _lines(files[QUESTIONS], f"{path}: {QUESTIONS}"):
            question = as_question(record, where)
            asked.setdefault(question.table_id, []).append(question)
        tables = [as_table(record, where) for where, record in _lines(files[TABLES], f"{path}: {TABLES}")]
    return with_questions(tables, asked)


def with_questions(tables: Iterable[RawTable], asked: Mapping[str, list[RawQuestion]]) -> tuple[RawTable, ...]:
    """The tables that have rows, each with those of its questions that name columns it has."""
    return tuple(
        RawTable(item.id, item.title, item.header, item.rows, tuple(_fitting(asked.get(item.id, ()), item.header)))
        for item in tables
        if item.header and item.rows
    )


def _fitting(questions: Iterable[RawQuestion], header: tuple[str, ...]) -> Iterator[RawQuestion]:
    for question in questions:
        if max((question.column, *(column for column, _, _ in question.conditions))) < len(header):
            yield question


def as_question(record: Mapping[str, Any], where: str) -> RawQuestion:
    """A line of train.jsonl; `DataError` names it where it is something else."""
    try:
        sql = record["sql"]
        return RawQuestion(
            str(record["table_id"]),
            " ".join(str(record["question"]).split()),
            int(sql["sel"]),
            AGGREGATES[int(sql["agg"])],
            tuple((int(column), OPERATORS[int(operator)], value) for column, operator, value in sql["conds"]),
        )
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise DataError(f"{where} is no question of WikiSQL ({_said(error)}); get the release again") from None


def as_table(record: Mapping[str, Any], where: str) -> RawTable:
    """A line of train.tables.jsonl; `DataError` names it where it is something else."""
    try:
        header = tuple(" ".join(str(name).split()) for name in record["header"])
        rows = tuple(tuple(row) for row in record["rows"])
        if any(len(row) != len(header) for row in rows):
            raise ValueError("a row has more or fewer cells than the header")
        title = str(record.get("page_title") or record.get("caption") or record.get("section_title") or "")
        return RawTable(str(record["id"]), " ".join(title.split()), header, rows)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{where} is no table of WikiSQL ({_said(error)}); get the release again") from None


def _said(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error)


def _lines(file: IO[bytes], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(io.TextIOWrapper(file, encoding="utf-8"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise DataError(f"{name}:{number} is no JSON ({error}); get the release again") from None
        yield f"{name}:{number}", record


@contextmanager
def _opened(path: Path) -> Iterator[dict[str, IO[bytes]]]:
    """The release's two files by name, wherever in the folder or the archive they lie."""
    wanted = {TABLES, QUESTIONS}
    try:
        if path.is_dir():
            yield {file.name: io.BytesIO(file.read_bytes()) for name in wanted for file in _in_folder(path, name)}
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = [name for name in archive.namelist() if Path(name).name in wanted]
                yield {Path(name).name: io.BytesIO(archive.read(name)) for name in names}
        else:
            with tarfile.open(path, "r:*") as packed:  # read member by member: going back would unpack all again
                members = ((item.name, packed.extractfile(item)) for item in packed if Path(item.name).name in wanted)
                yield {Path(name).name: io.BytesIO(file.read()) for name, file in members if file is not None}
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise DataError(
            f"{path} cannot be read ({error}): give the folder or the archive of the WikiSQL release"
        ) from None


def _in_folder(path: Path, name: str) -> list[Path]:
    """The file in the folder or in its `data/`, at most one."""
    return [file for file in (path / name, path / "data" / name) if file.is_file()][:1]
