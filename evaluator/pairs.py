"""Pairs of statements, a right one and one to judge, diagnosed from their text alone: no database, DDL or not.

Knows the file format and what can be said without Postgres: text that is no SELECT, that cannot be parsed, or that
speaks of tables and columns that the DDL does not have.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError
from sqlglot import exp

from evaluator.diagnose import diagnose
from evaluator.statement import clean, why_not_a_read
from evaluator.trees.canonical import canonical
from schemas.catalog import Schema
from schemas.ddl import Table
from schemas.errors import DataError
from schemas.glossary import Glossary
from schemas.records import Diagnosis, Record, Verdict
from schemas.taxonomy import MODES

POSTGRES = "postgres"


class Pair(Record):
    """One line of a file of pairs."""

    id: str | int
    gold: str
    predicted: str
    question: str = ""
    dialect: str = POSTGRES
    """How both statements are read, by sqlglot's names."""


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a JSON lines file.

    Raises:
        DataError: the file cannot be read, a line is malformed, or a dialect is unknown; names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}): give a file of JSON lines") from None
    pairs = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            pairs.append(Pair.model_validate(json.loads(line)))
            check_dialect(pairs[-1].dialect)
        except json.JSONDecodeError as error:
            raise DataError(f"{path}:{number}: this is no JSON ({error.msg}); write one object a line") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the line"
            raise DataError(f"{path}:{number}: {where}: {first['msg']}; a line needs id, gold and predicted") from None
        except DataError as error:
            raise DataError(f"{path}:{number}: {error}") from None
    return pairs


def check_dialect(name: str) -> None:
    """Raise `DataError` for a dialect that sqlglot does not read."""
    from sqlglot.dialects.dialect import Dialect

    try:
        Dialect.get_or_raise(name)
    except ValueError:
        raise DataError(
            f"unknown dialect {name!r}: use postgres, sqlite, mysql or another that sqlglot reads"
        ) from None


def diagnose_texts(pair: Pair, tables: Sequence[Table] = ()) -> list[Diagnosis]:
    """All that is wrong with a statement, from the two texts; empty where its clauses are the gold's.

    Args:
        pair: The two statements.
        tables: The schema's; empty where it is not known.
    """
    statement = clean(pair.predicted)
    failure, message = _unfit(statement, tables, pair.dialect)
    verdict = Verdict(
        id=str(pair.id), schema_name="", split="dev", exact=False, correct=False, sql=statement, gold=clean(pair.gold),
        failure=failure or "wrong_result", message=message,
    )  # fmt: skip
    schema = Schema("", Path(), "", tuple(tables), Glossary.model_construct(), ())
    found = diagnose([verdict], [], {"": schema}, dialect=pair.dialect)
    same = [item.mode for item in found] == ["restructured"] and found[0].evidence.startswith(
        "the clauses are the same"
    )
    return [] if same else found


def _unfit(statement: str, tables: Sequence[Table], dialect: str) -> tuple[str, str]:
    """The failure that needs no comparison, and its message; both empty where there is none."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    reason = why_not_a_read(statement)
    if reason:
        return "no_sql", reason
    try:
        sqlglot.parse_one(statement, read=dialect)
    except (SqlglotError, RecursionError) as error:
        details = getattr(error, "errors", None) or [{}]
        near = details[0].get("highlight")
        return "syntax", f'syntax error at or near "{near}"' if near else "it cannot be parsed"
    unknown = _unknown(statement, tables, dialect) if tables else ""
    return ("binding", unknown) if unknown else ("", "")


def _unknown(statement: str, tables: Sequence[Table], dialect: str) -> str:
    """What Postgres would say of the first name that the DDL does not have; empty if it has them all."""
    tree = canonical(statement, tuple(tables), dialect)
    columns = {table.name: {column.name for column in table.columns} for table in tables}
    if tree is None:
        return ""
    labels: dict[str, str] = {}
    steps = {step.alias for step in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier):
            if table.name not in columns and table.name not in steps:
                return f'relation "{table.name}" does not exist'
            labels[table.alias_or_name] = table.name
    for column in tree.find_all(exp.Column):
        own = columns.get(labels.get(column.table, ""))
        if own is not None and column.name not in own:
            return f"column {column.table}.{column.name} does not exist"
        if not column.table and len(columns) and not any(column.name in names for names in columns.values()):
            known = column.name in labels or column.find_ancestor(exp.Order) is not None
            if not known and tree.find(exp.Lateral, exp.Unnest, exp.Values) is None:
                return f'column "{column.name}" does not exist'
    return ""


def as_line(pair: Pair, found: Sequence[Diagnosis]) -> dict[str, object]:
    """One pair's result as it is written: id, modes, and the names of NL2SQL-BUGs that they stand for."""
    keys = ("mode", "where", "confirmed", "evidence")
    return {
        "id": pair.id,
        "modes": [{key: getattr(item, key) for key in keys} for item in found],
        "nl2sql_bugs": sorted({MODES[item.mode].nl2sql_bugs for item in found}),
    }
