"""The shipped schemas agree with themselves: rows with keys, questions with splits, phrases with their slots."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from schemas.catalog import Rows, load_schema, schema_names
from schemas.ddl import Table
from schemas.glossary import ConditionWords, MeasureWords
from schemas.sql import concepts, curriculum_stage

INSTANCES = (1, 2, 3)
PER_SPLIT = {"train": 216, "dev": 20, "select": 20, "test": 24}

COLUMN_SLOTS = {
    "name": set(),
    "synonyms": set(),
    "total": set(),
    "is_": {"", "value"},
    "more": {"", "value"},
    "less": {"", "value"},
    "highest": {""},
    "lowest": {""},
    "when": {"", "when"},
    "null": {""},
    "not_null": {""},
}
"""Field of a column's words -> the slots that each of its phrases must have, no more and no fewer."""


@lru_cache(maxsize=64)
def _rows(name: str, instance: int) -> Rows:
    return load_schema(name).rows(7, instance)


def _phrases(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _slots(phrase: str) -> Counter[str]:
    return Counter(slot for _, slot, _, _ in string.Formatter().parse(phrase) if slot is not None)


def _wrong(where: str, phrases: tuple[str, ...], slots: set[str]) -> Iterator[str]:
    """A line for each phrase whose slots are not exactly the given ones, each once."""
    for phrase in phrases:
        if _slots(phrase) != Counter(slots):
            yield f"{where}: {phrase!r} needs exactly the slots {sorted(slots)}"


def _family(sql: str) -> str:
    """The query with literals masked: queries of one family share a split."""

    def mask(node: exp.Expression) -> exp.Expression:
        return exp.Placeholder() if isinstance(node, exp.Literal) else node

    return sqlglot.parse_one(sql.replace("{", "").replace("}", ""), read="postgres").transform(mask).sql("postgres")


def _values(table: Table, rows: Rows, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    positions = [[column.name for column in table.columns].index(name) for name in columns]
    return [tuple(row[position] for position in positions) for row in rows[table.name]]


@pytest.mark.parametrize("name", schema_names())
def test_loads_with_all_its_questions(name: str) -> None:
    schema = load_schema(name)
    assert Counter(question.split for question in schema.questions) == PER_SPLIT
    assert schema.glossary.as_of.utcoffset() is not None
    texts = Counter(re.sub(r"\W+", " ", question.text.lower()).strip() for question in schema.questions)
    assert [text for text, count in texts.items() if count > 1] == []


@pytest.mark.parametrize("name", schema_names())
def test_no_family_of_queries_crosses_splits(name: str) -> None:
    home: dict[str, tuple[str, str]] = {}
    for question in load_schema(name).questions:
        for gold in question.golds:
            split, other = home.setdefault(_family(gold), (question.split, question.id))
            assert split == question.split, f"{question.id} and {other} differ only in literals"


@pytest.mark.parametrize("name", schema_names())
@pytest.mark.parametrize("instance", INSTANCES)
def test_rows_are_deterministic_and_as_wide_as_their_tables(name: str, instance: int) -> None:
    schema = load_schema(name)
    rows = _rows(name, instance)
    assert rows == schema.rows(7, instance)
    assert rows != schema.rows(8, instance)
    assert set(rows) == {table.name for table in schema.tables}
    for table in schema.tables:
        assert {len(row) for row in rows[table.name]} == {len(table.columns)}, table.name


@pytest.mark.parametrize("name", schema_names())
@pytest.mark.parametrize("instance", INSTANCES)
def test_rows_satisfy_keys_not_null_and_allowed_values(name: str, instance: int) -> None:
    rows = _rows(name, instance)
    for table in load_schema(name).tables:
        keys = Counter(_values(table, rows, table.primary_key)) if table.primary_key else Counter()
        assert [key for key, count in keys.items() if count > 1] == [], table.name
        for column in table.columns:
            found = {value for (value,) in _values(table, rows, (column.name,))}
            required = column.not_null or column.name in table.primary_key
            assert not (required and None in found), f"{table.name}.{column.name}"
            assert not column.values or found - {None} <= set(column.values), f"{table.name}.{column.name}"


@pytest.mark.parametrize("name", schema_names())
@pytest.mark.parametrize("instance", INSTANCES)
def test_every_reference_has_its_parent_inserted_before_it(name: str, instance: int) -> None:
    schema = load_schema(name)
    rows = _rows(name, instance)
    order = list(rows)
    for table in schema.tables:
        for key in table.foreign_keys:
            parent = schema.table(key.parent)
            assert order.index(key.parent) <= order.index(table.name), f"{table.name} comes before {key.parent}"
            there = _values(parent, rows, key.parent_columns)
            known = set() if parent is table else set(there)
            for index, value in enumerate(_values(table, rows, key.columns)):
                assert None in value or value in known, f"{table.name}{key.columns} {value} has no {key.parent}"
                known.add(there[index]) if parent is table else None


@pytest.mark.parametrize("name", schema_names())
def test_small_instances_hold_a_null_in_every_nullable_column(name: str) -> None:
    for table in load_schema(name).tables:
        for column in table.columns:
            if column.not_null or column.name in table.primary_key:
                continue
            for instance in (2, 3):
                found = _values(table, _rows(name, instance), (column.name,))
                assert (None,) in found, f"{table.name}.{column.name} on instance {instance}"
                assert set(found) != {(None,)}, f"{table.name}.{column.name} on instance {instance}"


@pytest.mark.parametrize("name", schema_names())
def test_column_phrases_have_exactly_their_slots(name: str) -> None:
    schema = load_schema(name)
    problems: list[str] = []
    for table in schema.tables:
        words = schema.glossary.tables[table.name]
        problems += _wrong(table.name, (words.one, words.many, *(w for pair in words.synonyms for w in pair)), set())
        for column, said in words.columns.items():
            where = f"{table.name}.{column}"
            for field, slots in COLUMN_SLOTS.items():
                problems += _wrong(f"{where}.{field}", _phrases(getattr(said, field)), slots)
            for value, phrases in said.values.items():
                problems += _wrong(f"{where}.values.{value}", phrases, {""})
            stored = set(table.column(column).values)
            strange = (set(said.values) | set(said.nouns)) - stored
            problems += [f"{where}: {value!r} is no stored value" for value in strange if stored]
    assert problems == []


@pytest.mark.parametrize("name", schema_names())
def test_joins_conditions_and_measures_have_exactly_their_slots(name: str) -> None:
    schema = load_schema(name)
    glossary = schema.glossary
    problems: list[str] = []
    for join in glossary.joins:
        where = f"join {join.child} -> {join.parent}"
        for phrases in (join.of, join.has, join.none):
            problems += _wrong(where, phrases, {"child", "parent"})
    for condition in glossary.conditions:
        problems += _wrong(f"condition on {condition.table}", condition.phrases, {""})
    for measure in glossary.measures:
        problems += _wrong(f"measure {measure.name}", (measure.name, *measure.total), set())
    computed: list[ConditionWords | MeasureWords] = [*glossary.conditions, *glossary.measures]
    for item in computed:
        known = {column.name for column in schema.table(item.table).columns}
        used = {column.name for column in sqlglot.parse_one(item.sql, read="postgres").find_all(exp.Column)}
        problems += [f"{item.sql!r} names {column!r}" for column in used - known]
    covered = {(join.child, join.columns, join.parent) for join in glossary.joins}
    keys = {(table.name, key.columns, key.parent) for table in schema.tables for key in table.foreign_keys}
    problems += [f"no words for the key {key}" for key in keys - covered]
    assert problems == []


@pytest.mark.parametrize("name", schema_names())
def test_test_asks_at_least_four_questions_of_every_stage(name: str) -> None:
    stages = Counter(curriculum_stage(concepts(question.golds[0])) for question in load_schema(name).split("test"))
    assert [stage for stage in range(1, 6) if stages[stage] < 4] == []


@pytest.mark.parametrize("seed", [10, 402])
def test_drawn_samples_leave_the_directed_ones_their_instants(seed: int) -> None:
    """With these seeds a drawn sample fell on the instant of a directed one, and no copy could be built."""
    schema = load_schema("satellite_ops")
    table = schema.table("telemetry")
    for instance in (2, 3):
        keys = Counter(_values(table, schema.rows(seed, instance), table.primary_key))
        assert [key for key, count in keys.items() if count > 1] == []
