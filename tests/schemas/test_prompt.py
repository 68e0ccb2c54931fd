"""The prompt: the schema first, the question last, nothing between them that differs within a schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.catalog import load_schema, schema_names
from schemas.ddl import parse_ddl
from schemas.prompt import _table_line, prompt_parts

MOST_TOKENS = 700
LETTERS_A_TOKEN = 3


@pytest.mark.parametrize("name", schema_names())
def test_all_questions_of_a_schema_share_the_prefix_and_end_the_prompt(name: str) -> None:
    schema = load_schema(name)
    parts = [prompt_parts(schema, question.text) for question in schema.questions]
    assert len({prefix for prefix, _ in parts}) == 1
    assert len({suffix for _, suffix in parts}) == len(parts)
    for question, (prefix, suffix) in zip(schema.questions, parts, strict=True):
        assert question.text not in prefix
        assert suffix.endswith("-- SQL:\n")
        assert " ".join(question.text.split()) in suffix
        assert all(table.name + "(" not in suffix for table in schema.tables)


@pytest.mark.parametrize("name", schema_names())
def test_the_prefix_holds_today_and_every_table_column_key_and_closed_list(name: str) -> None:
    schema = load_schema(name)
    prefix, _ = prompt_parts(schema, "?")
    assert f"{schema.glossary.as_of:%Y-%m-%d}" in prefix
    lines = {line.split("(")[0]: line for line in prefix.splitlines() if "(" in line}
    for table in schema.tables:
        line = lines[table.name]
        items = line.removeprefix(f"{table.name}(").removesuffix(")").split(", ")[: len(table.columns)]
        for column in table.columns:
            (item,) = [item for item in items if item.split(" ")[0] == column.name]
            assert "|".join(column.values) in item
        for key in table.foreign_keys:
            assert f"-> {key.parent}" in line
    assert set(lines) == {table.name for table in schema.tables}


@pytest.mark.parametrize("name", schema_names())
def test_the_prefix_is_short(name: str) -> None:
    prefix, _ = prompt_parts(load_schema(name), "?")
    assert len(prefix) / LETTERS_A_TOKEN <= MOST_TOKENS


def test_a_question_is_one_line() -> None:
    schema = load_schema(schema_names()[0])
    assert prompt_parts(schema, " How\n many\t rooms? ")[1] == "-- Question: How many rooms?\n-- SQL:\n"


def test_lines_of_tables() -> None:
    tables = parse_ddl(
        """CREATE TYPE mood AS ENUM ('sad', 'glad');
        CREATE TABLE kind (code text PRIMARY KEY CHECK (code IN ('a', 'b')));
        CREATE TABLE place (x integer, y integer, price numeric(8, 2), at timestamp with time zone, tags text[],
            PRIMARY KEY (x, y));
        CREATE TABLE thing (id integer PRIMARY KEY, code text REFERENCES kind, kind_code text REFERENCES kind (code),
            m mood, px integer, py integer, FOREIGN KEY (px, py) REFERENCES place);""",
        Path("schema.sql"),
    )
    assert [_table_line(table) for table in tables] == [
        "kind(code a|b pk)",
        "place(x int, y int, price numeric, at timestamptz, tags text[], pk(x, y))",
        "thing(id int pk, code -> kind, kind_code -> kind.code, m sad|glad, px int, py int, (px, py) -> place(x, y))",
    ]
