"""A first glossary for a schema that nobody has described yet: words from names, roles from types and values.

Good enough to generate questions from at once; a person who knows the business mends the file, where every line counts.
English only. Knows the DDL and a sample of rows, no server.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from schemas.catalog import Rows
from schemas.ddl import Column, ForeignKey, Table
from schemas.toml_text import toml_key, toml_string

_SHORT = {
    "addr": "address", "amt": "amount", "attr": "attribute", "avg": "average", "cat": "category", "cd": "code",
    "cnt": "count", "cust": "customer", "dept": "department", "desc": "description", "dob": "date of birth",
    "dt": "date", "emp": "employee", "fk": "", "id": "number", "inv": "invoice", "lat": "latitude", "lng": "longitude",
    "lon": "longitude", "max": "maximum", "mgr": "manager", "min": "minimum", "nbr": "number", "nm": "name",
    "no": "number", "num": "number", "org": "organisation", "pct": "percentage", "pk": "", "prod": "product",
    "qty": "quantity", "seq": "sequence number", "ts": "time", "tx": "transaction", "txn": "transaction",
    "usr": "user", "val": "value", "yr": "year",
}  # fmt: skip
_NOT_SUMMED = re.compile(
    r"rate|ratio|percent|share|price|score|rating|age|year|month|day|latitude|longitude|temperature|level|grade|index"
    r"|average|minimum|maximum|version|number|code|rank|floor|height|width|length|order|position"
)
_MOMENT = re.compile(r" (at|on|ts|dt)$")
_LABELS = ("name", "title", "label", "full name", "display name", "subject", "code")
_CATEGORY_VALUES = 12
"""A text with at most this many different values, each often, sorts rows into kinds."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What one column's line in the glossary will say."""

    name: str
    role: str
    additive: bool = True


def first_glossary(title: str, tables: Sequence[Table], rows: Rows, as_of: datetime) -> str:
    """The text of a glossary.toml.

    Args:
        title: name of the database as people say it.
        tables: the schema's.
        rows: a sample, to tell kinds and labels by their values.
        as_of: the schema's constant "today", with a zone.
    """
    about = f"Data of {title}; words drawn from the names in the database: mend them as people say it."
    lines = [
        "# Drafted from the database: every phrase you add here is a way to ask that the model will learn.",
        f"title = {toml_string(title)}",
        f"about = {toml_string(about)}",
        f"as_of = {as_of.isoformat(timespec='seconds').replace('+00:00', 'Z')}",
        'origin = "foreign"',
    ]
    for table in tables:
        lines += ["", *_table_lines(table, _cells(table, rows))]
    for table in tables:
        for key in table.foreign_keys:
            lines += ["", *_join_lines(table, key)]
    return "\n".join(lines) + "\n"


def words_of(name: str) -> str:
    """A database name as words.

    >>> words_of("custAddr_id"), words_of("tbl_OrderLines")
    ('customer address number', 'order lines')
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").lower()
    words = [_SHORT.get(word, word) for word in spaced.split() if word not in {"tbl", "tab", "fct", "dim"}]
    return " ".join(word for word in words if word) or name.lower()


def one_and_many(name: str) -> tuple[str, str]:
    """Singular and plural of a table's name.

    >>> one_and_many("order_lines"), one_and_many("person")
    (('order line', 'order lines'), ('person', 'people'))
    """
    words = words_of(name)
    singular = words if re.search(r"(us|ss|is|ies of)$", words) else _engine().singular_noun(words) or words
    return str(singular), str(_engine().plural_noun(singular))


@cache
def _engine() -> Any:
    import inflect

    return inflect.engine()


def _cells(table: Table, rows: Rows) -> dict[str, list[Any]]:
    names = [column.name for column in table.columns]
    columns = zip(*rows[table.name], strict=True) if rows.get(table.name) else [()] * len(names)
    return {name: [cell for cell in cells if cell is not None] for name, cells in zip(names, columns, strict=True)}


def _table_lines(table: Table, cells: dict[str, list[Any]]) -> list[str]:
    """The table's nouns and a line for each column."""
    told = {column.name: _told(table, column, cells[column.name]) for column in table.columns}
    label = _label(table, told, cells)
    one, many = one_and_many(table.name)
    lines = [f"[tables.{toml_key(table.name)}]", f"one = {toml_string(one)}", f"many = {toml_string(many)}"]
    lines += [f"label = {toml_string(label)}"] if label else []
    if _is_link(table):
        lines.append("link = true")
    lines += ["", f"[tables.{toml_key(table.name)}.columns]"]
    for name, words in told.items():
        role = "label" if name == label else words.role
        said = f"name = {toml_string(words.name)}, role = {toml_string(role)}"
        said += ", additive = false" if role == "measure" and not words.additive else ""
        lines.append(f"{toml_key(name)} = {{ {said} }}")
    return lines


def _is_link(table: Table) -> bool:
    """Whether a table does nothing but relate two others."""
    held = {name for key in table.foreign_keys for name in key.columns}
    return len(table.foreign_keys) > 1 and {column.name for column in table.columns} <= held


def _told(table: Table, column: Column, cells: Sequence[Any]) -> _Told:
    """Name and role of a column."""
    name, kind = words_of(column.name), column.type
    name = re.sub(_MOMENT, " date" if kind == "date" else " time", name)
    if column.name in table.primary_key or any(column.name in key.columns for key in table.foreign_keys):
        return _Told(name, "key")
    if kind == "date":
        return _Told(name, "date")
    if kind.startswith("timestamp"):
        return _Told(name, "timestamp")
    if kind == "boolean":
        return _Told(re.sub(r"^(is|has) ", "", name), "flag")
    if column.values or _sorts(kind, cells):
        return _Told(name, "category")
    if re.match(r"(small|big)?int$|decimal|real$|double", kind) and not kind.endswith("]"):
        return _Told(name, "measure", not _NOT_SUMMED.search(name))
    return _Told(name, "text")


def _sorts(kind: str, cells: Sequence[Any]) -> bool:
    """Whether a text column sorts rows into a few kinds."""
    if not kind.startswith(("text", "varchar", "char", "bpchar")) or kind.endswith("]") or len(cells) < 8:
        return False
    different = len(set(cells))
    return different <= _CATEGORY_VALUES and different * 4 <= len(cells)


def _label(table: Table, told: dict[str, _Told], cells: dict[str, list[Any]]) -> str:
    """The column that names a row: one called so, else the one text that tells most rows apart; empty if none does."""
    texts = [
        name for name, words in told.items() if words.role == "text" and _is_short_text(table.column(name), cells[name])
    ]
    by_words = {told[name].name: name for name in reversed(texts)}
    for words in _LABELS:
        if words in by_words:
            return by_words[words]
    named = [name for name in texts if told[name].name.endswith((" name", " title"))]
    if named:
        return named[0]
    apart = [name for name in texts if cells[name] and len(set(cells[name])) == len(cells[name])]
    return apart[0] if apart and not table.foreign_keys else ""


def _is_short_text(column: Column, cells: Sequence[Any]) -> bool:
    short = all(len(cell) <= 60 for cell in cells[:200] if isinstance(cell, str))
    return column.type.startswith(("text", "varchar")) and not column.type.endswith("]") and short


def _join_lines(table: Table, key: ForeignKey) -> list[str]:
    """One key's words; where two keys lead to the same table, each has the role that its column's name tells."""
    lines = [
        "[[joins]]",
        f"child = {toml_string(table.name)}",
        f"columns = [{', '.join(toml_string(name) for name in key.columns)}]",
        f"parent = {toml_string(key.parent)}",
    ]
    if sum(other.parent == key.parent for other in table.foreign_keys) > 1 or key.parent == table.name:
        lines.append(f"role = {toml_string(re.sub(' (number|code|key)$', '', words_of(key.columns[0])))}")
    return [
        *lines,
        'of = ["{child} of {parent}"]',
        'has = ["{parent} with {child}"]',
        'none = ["{parent} without {child}"]',
    ]
