"""WikiSQL's questions: every variation says what its SQL does and has an answer; people's own change with their SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from itertools import islice
from random import Random

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp
from wikisql_cases import SHARED, ferries

from generators.gate import normalized_question
from generators.wikisql import variations
from generators.wikisql_edit import as_template, rewrite
from generators.wikisql_meaning import draw_condition, to_sql
from generators.wikisql_phrases import phrases
from generators.wikisql_release import RawTable, read_release
from generators.wikisql_tables import WikiTable, build_tables, meets, schema_of
from generators.wikisql_values import Value, read_as, spellings
from schemas.prompt import prompt_parts
from schemas.records import Example
from schemas.sql import concepts, normalize_whitespace

# --- meanings


VALUES = st.one_of(
    st.integers(-3000, 3_000_000), st.decimals(-999, 99999, places=2), st.dates(date(1800, 1, 1), date(2100, 1, 1))
)


@settings(max_examples=400, deadline=None)
@given(VALUES, st.sampled_from([">", "<", ">=", "<=", "between", "="]), st.integers(0, 999))
def test_the_row_a_condition_is_drawn_from_meets_it(value: Value, operator: str, seed: int) -> None:
    table = WikiTable("x", "t", (), ((value,),))
    drawn = draw_condition(table, 0, operator, (value,), Random(seed))
    assert drawn is not None
    if operator == "between":
        assert meets(value, ">=", drawn.values[0]) and meets(value, "<=", drawn.values[1])  # noqa: PT018
    else:
        assert meets(value, operator, drawn.values[0])


def holds(table: WikiTable, sql: str) -> int:
    """Rows that meet a statement's conditions, found without a server."""
    tree = sqlglot.parse_one(sql, read="postgres")
    names = [field.name for field in table.fields]

    def value(node: exp.Expression, kind: str) -> Value:
        text = f"-{node.this.name}" if isinstance(node, exp.Neg) else node.name
        return read_as(text, kind)  # type: ignore[arg-type]

    def met(node: exp.Expression, row: Sequence[Value]) -> bool:
        if isinstance(node, exp.And):
            return met(node.this, row) and met(node.expression, row)
        place = names.index(node.this.name)
        cell, kind = row[place], table.fields[place].kind
        if isinstance(node, exp.In):
            return cell in [value(item, kind) for item in node.expressions]
        if isinstance(node, exp.Between):
            return meets(cell, ">=", value(node.args["low"], kind)) and meets(
                cell, "<=", value(node.args["high"], kind)
            )
        operator = {exp.EQ: "=", exp.GT: ">", exp.LT: "<", exp.GTE: ">=", exp.LTE: "<="}.get(type(node), "<>")
        other = value(node.expression, kind)
        return cell is not None and cell != other if operator == "<>" else meets(cell, operator, other)

    where = tree.args["where"].this
    return sum(met(where, row) for row in table.rows)


def test_variations_say_what_they_ask_and_have_an_answer(tables: list[WikiTable]) -> None:
    made = list(islice(variations(tables, 8, 1), 400))
    named = {item.schema_name: item for item in tables}
    assert len({normalized_question(item.question) for item in made}) == 400
    assert {item.pattern for item in made} == {"wikisql, changed", "wikisql, composed"}
    for item in made:
        table = named[item.schema_name]
        assert normalize_whitespace(item.sql) == item.sql
        assert set(item.concepts) == concepts(item.sql)
        assert holds(table, item.sql) > 0, item.sql
        assert_said(item, table)


def assert_said(item: Example, table: WikiTable) -> None:
    """Every literal of the SQL stands in the question in one of its spellings."""
    tree = sqlglot.parse_one(item.sql, read="postgres")
    for column in tree.args["where"].find_all(exp.EQ, exp.NEQ, exp.GT, exp.LT, exp.GTE, exp.LTE, exp.In, exp.Between):
        kind = table.fields[[field.name for field in table.fields].index(column.this.name)].kind
        for literal in column.find_all(exp.Literal):
            value = read_as(literal.name, kind)
            assert any(form.lower() in item.question.lower() for form in spellings(value)), (item.question, item.sql)


def test_the_same_seed_gives_the_same_bytes(tables: list[WikiTable]) -> None:
    def written_out(seed: int) -> str:
        return "\n".join(item.model_dump_json() for item in islice(variations(tables, 4, seed), 60))

    assert written_out(1) == written_out(1)
    assert written_out(1) != written_out(2)


def test_variations_end_when_nothing_new_is_left() -> None:
    raw = RawTable("x", "", ("A", "B"), (("p", "q"),))
    made = list(islice(variations(list(build_tables([raw], 1)), 8, 1), 200_000))
    assert 10 < len(made) < 200_000


# --- people's own questions


def test_own_questions_change_with_their_sql(tables: Sequence[WikiTable]) -> None:
    table = ferries(tables)
    highest = as_template(table, table.questions[1])
    assert highest is not None
    made = [rewrite(table, highest, Random(seed)) for seed in range(300)]
    found = {(text, to_sql(table, meaning)) for text, meaning in (item for item in made if item is not None)}
    aggregates = {sql.split("(")[0].split()[1] for _, sql in found}
    assert {"MAX", "MIN", "AVG", "SUM"} <= aggregates
    for text, sql in found:
        words = phrases().aggregates[sql.split("(")[0].split()[1]]
        assert any(word in text for word in words), (text, sql)
        operator = next(sign for sign in (">=", "<=", ">", "<") if f" {sign} " in sql)
        assert any(f" {word} " in text for word in phrases().operators[operator]), (text, sql)


@pytest.mark.parametrize(
    ("text", "column", "aggregate", "conditions"),
    [
        ("What is the home port of the ferry Aurora and Aurora?", 4, 0, [[0, 0, "Aurora"]]),  # twice
        ("What is the home port of the ferry Auroras?", 4, 0, [[0, 0, "Aurora"]]),  # no whole word
        ("What is the lowest order in home port Bergen?", 1, 1, [[4, 0, "Bergen"]]),  # MAX, but "lowest"
        ("What is the ferry with a length (m) under 30?", 0, 0, [[3, 1, 30]]),  # >, but "under"
        ("Which ferry has an order no more than 3?", 0, 0, [[1, 1, 3]]),  # >, but "no more than"
        ("Which ferry has an order over 3?", 0, 0, [[1, 0, 3]]),  # =, but "over"
        ("Name the ferry in home port Oslo.", 0, 3, [[4, 0, "Oslo"]]),  # COUNT, but no word for it
    ],
)
def test_a_question_whose_words_do_not_show_its_sql_is_not_used(
    tables: Sequence[WikiTable], text: str, column: int, aggregate: int, conditions: list[list[str | int]]
) -> None:
    from generators.wikisql_release import as_question

    sql = {"sel": column, "agg": aggregate, "conds": conditions}
    question = as_question({"table_id": "1-10-1", "question": text, "sql": sql}, "here")
    assert as_template(ferries(tables), question) is None


def test_the_prompt_is_that_of_a_small_schema(tables: Sequence[WikiTable]) -> None:
    table = ferries(tables)
    prefix, suffix = prompt_parts(schema_of(table.schema_name, table.ddl), "Which ferry?")
    assert "harbour_ferries(ferry text, order_number int, built_on date, length_m numeric, home_port text)" in prefix
    assert suffix == "-- Question: Which ferry?\n-- SQL:\n"


@pytest.mark.skipif(not SHARED.is_file(), reason="the WikiSQL release for development is not here")
def test_the_shared_release_can_be_used() -> None:
    raw = read_release(SHARED)
    assert len(raw) > 17_000
    assert sum(len(item.questions) for item in raw) > 53_000
    tables = list(build_tables(raw, 1, 0, 40))
    made = list(islice(variations(tables, 5, 1), 200))
    assert len({normalized_question(item.question) for item in made}) == 200
    assert {item.pattern for item in made} == {"wikisql, changed", "wikisql, composed"}
    json.dumps([item.model_dump() for item in made])
