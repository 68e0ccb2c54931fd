"""What Postgres says of a statement that it refuses: the name at fault, the names it may have meant, where it exists.

Reads SQLSTATE, message and position with the schema's DDL. A column that another table has is told from one that no
table has, and one whose table is there but not joined from both. Knows no gold and runs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from evaluator.clock import lex
from schemas.ddl import Table
from schemas.records import Verdict
from schemas.sql import parse

NEAREST = 3
"""Names offered in the place of one that does not exist."""

_NAMED = (
    (re.compile(r'column reference "?([^"]+?)"? is ambiguous'), "column"),
    (re.compile(r'column "?([^" ]+(?: [^" ]+)*?)"? (?:of relation .* )?(?:does not exist|must appear)'), "column"),
    (re.compile(r'relation "([^"]+)" does not exist'), "table"),
    (
        re.compile(r'(?:missing FROM-clause entry for|invalid reference to FROM-clause entry for) table "([^"]+)"'),
        "table",
    ),
    (re.compile(r"(?:function|aggregate) ([\w.]+)\("), "function"),
    (re.compile(r"operator does not exist: (.+)"), "operator"),
    (re.compile(r'type "([^"]+)" does not exist'), "type"),
    (re.compile(r'at or near "(.+?)"'), "near"),
    (re.compile(r'"([^"]+)"'), ""),
)


def name_at_fault(verdict: Verdict, tables: Sequence[Table]) -> tuple[str, str]:
    """Where a failed statement is at fault, and one line of evidence.

    Args:
        verdict: Whose failure is syntax, binding, runtime or no_sql.
        tables: The schema's.

    Returns:
        ("column mail", 'column "mail" does not exist: no table has it; nearest: guest.email'); the first is empty
        where the message names nothing.
    """
    for pattern, kind in _NAMED:
        match = pattern.search(verdict.message)
        if match:
            name = match.group(1)
            where = f'near "{name}"' if kind == "near" else f"{kind} {name}".strip()
            more = _more(kind, name, verdict, tables)
            return where, f"{verdict.message}: {more}" if more else verdict.message
    return "", verdict.message


def span_at_fault(verdict: Verdict) -> tuple[int, int] | None:
    """The word that Postgres points at, with the alias before it; None where it points at none."""
    if not verdict.position:
        return None
    tokens, start = lex(verdict.sql) or (), verdict.position - 1
    place = next((n for n, token in enumerate(tokens) if token.start <= start <= token.end), None)
    if place is None:
        return None
    last = place
    while last + 2 < len(tokens) and tokens[last + 1].text == ".":
        last += 2
    return tokens[place].start, tokens[last].end + 1


def _more(kind: str, name: str, verdict: Verdict, tables: Sequence[Table]) -> str:
    """What the schema says of a name that Postgres does not know there."""
    if kind == "table" and verdict.sqlstate in {"42P01", ""}:
        return _table(name, tables)
    if kind == "column" and verdict.sqlstate in {"42703", ""} and "does not exist" in verdict.message:
        return _column(name, verdict.sql, tables)
    if kind == "column" and verdict.sqlstate == "42702":
        return f"it is in {_listed(_owners(name, tables))}"
    return ""


def _table(name: str, tables: Sequence[Table]) -> str:
    names = [table.name for table in tables]
    if name in names:
        return "the table exists, but FROM does not bring it in under that name"
    near = get_close_matches(name, names, NEAREST, 0.5)
    return f"no such table; nearest: {', '.join(near)}" if near else "no such table"


def _column(written: str, sql: str, tables: Sequence[Table]) -> str:
    alias, _, name = written.rpartition(".")
    name = name.strip('"')
    read = _read_tables(sql)
    owners = _owners(name, tables)
    known = {table.name for table in tables}
    own = read.get(alias.strip('"')) if alias else None
    if owners:
        missing = [owner for owner in owners if owner not in read.values()]
        if own is not None and own in known:
            there = f"; {_listed(missing)} is not joined" if len(missing) == len(owners) else ""
            return f"wrong table: {own} has no such column, {_listed(owners)} has{there}"
        if len(missing) == len(owners):
            return f"right column without its join: it is in {_listed(owners)}"
        return f"it is in {_listed(owners)}, but not under that name"
    places = [own] if own in known else [name for name in read.values() if name in known] or sorted(known)
    near = _nearest(name, [table for table in tables if table.name in places])
    near = near or _nearest(name, tables)
    return f"no table has it; nearest: {', '.join(near)}" if near else "no table has it"


def _owners(name: str, tables: Sequence[Table]) -> list[str]:
    return [table.name for table in tables if any(column.name == name for column in table.columns)]


def _nearest(name: str, tables: Sequence[Table]) -> list[str]:
    by_column: dict[str, list[str]] = {}
    for table in tables:
        for column in table.columns:
            by_column.setdefault(column.name, []).append(f"{table.name}.{column.name}")
    close = get_close_matches(name, list(by_column), NEAREST, 0.6)
    return [by_column[column][0] for column in close]


def _read_tables(sql: str) -> dict[str, str]:
    """Alias or name -> table, of every table that the statement reads; empty where it cannot be parsed."""
    from sqlglot import exp

    tree = parse(sql)
    return {t.alias_or_name: t.name for t in tree.find_all(exp.Table)} if tree is not None else {}


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"
