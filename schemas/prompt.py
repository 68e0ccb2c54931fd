"""Schema and question as a prompt: the schema comes first, the question last.

All questions on one schema share the prompt's beginning to the character, so that training and prediction compute it
once (design: "Training without packing, but fast"). The two parts are returned apart and must be tokenised apart.
Knows no tokenizer.
"""

from __future__ import annotations

from schemas.catalog import Schema
from schemas.ddl import Column, ForeignKey, Table

_SHORT = {
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "double precision": "float",
    "integer": "int",
}


def schema_text(schema: Schema) -> str:
    """The schema, one line a table: columns with types, keys, and the values that checks and enums allow.

    Example:
        room(room_id int pk, hotel_id -> hotel, kind single|double, price numeric)
    """
    return "\n".join(_table_line(table) for table in schema.tables)


def _table_line(table: Table) -> str:
    keys = {key.columns[0]: key for key in table.foreign_keys if len(key.columns) == 1}
    single = table.primary_key[0] if len(table.primary_key) == 1 else None
    parts = [_column_text(column, keys.get(column.name), column.name == single) for column in table.columns]
    if single is None and table.primary_key:
        parts.append(f"pk({', '.join(table.primary_key)})")
    parts += [
        f"({', '.join(key.columns)}) -> {key.parent}({', '.join(key.parent_columns)})"
        for key in table.foreign_keys
        if len(key.columns) > 1
    ]
    return f"{table.name}({', '.join(parts)})"


def _column_text(column: Column, key: ForeignKey | None, primary: bool) -> str:
    """One column: a key says what it refers to instead of its type, a closed list its values."""
    if key is not None:
        same = key.parent_columns == (column.name,)
        return f"{column.name} -> {key.parent if same else f'{key.parent}.{key.parent_columns[0]}'}"
    kind = column.type.split("(")[0].replace("decimal", "numeric")
    array = "[]" if "[]" in column.type and "[]" not in kind else ""
    text = f"{column.name} {_SHORT.get(kind, kind)}{array}"
    if column.values:
        text = f"{column.name} {'|'.join(column.values)}"
    return f"{text} pk" if primary else text


def prompt_parts(schema: Schema, question: str) -> tuple[str, str]:
    """Prompt in two parts: the prefix every question on the schema shares, and the question's own suffix."""
    as_of = schema.glossary.as_of
    prefix = f"-- Postgres. Today is {as_of:%Y-%m-%d}. Tables:\n{schema_text(schema)}\n"
    return prefix, f"-- Question: {' '.join(question.split())}\n-- SQL:\n"
