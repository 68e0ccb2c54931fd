"""Pairs of texts: the file format, what is said without a database and without a DDL, other dialects."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from evaluator.pairs import Pair, as_line, diagnose_texts, read_pairs
from schemas.catalog import Schema
from schemas.errors import DataError


def modes(gold: str, predicted: str, schema: Schema | None = None, dialect: str = "postgres") -> list[str]:
    pair = Pair(id=1, gold=gold, predicted=predicted, dialect=dialect)
    return [item.mode for item in diagnose_texts(pair, schema.tables if schema is not None else ())]


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        ("SELECT id FROM sale WHERE quantity >= 3", []),
        ("```sql\nselect s.id from sale s where 3 <= s.quantity;\n```", []),
        ("SELECT id FROM sale WHERE quantity > 3", ["filter_boundary"]),
        ("I do not know.", ["no_sql"]),
        ("DELETE FROM sale", ["no_sql"]),
        ("SELECT id FROM sale WHERE quantity >= ", ["syntax"]),
        ("SELECT id FROM sales WHERE quantity >= 3", ["binding"]),
        ("SELECT id FROM sale WHERE amount >= 3", ["binding"]),
        ("SELECT s.amount FROM sale s", ["binding"]),
        ("WITH RECURSIVE r AS (SELECT 3 AS n UNION ALL SELECT n + 1 FROM r) SELECT n FROM r", ["projection_wrong"]),
        ("SELECT id FROM rooms", ["binding"]),
    ],
)
def test_with_a_ddl(predicted: str, expected: list[str], tiny_schema: Schema) -> None:
    found = modes("SELECT id FROM sale WHERE quantity >= 3", predicted, tiny_schema)
    assert found[: len(expected)] == expected
    assert bool(found) == bool(expected)


def test_without_a_ddl_names_are_taken_as_they_are() -> None:
    assert modes("SELECT a FROM t WHERE b = 1", "SELECT x.a FROM t x WHERE 1 = x.b") == []
    assert modes("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE c = 1") == ["filter_column"]
    assert modes("SELECT t.a FROM t JOIN u ON u.id = t.id", "SELECT t.a FROM t LEFT JOIN u ON u.id = t.id") == [
        "join_type"
    ]


def test_another_dialect() -> None:
    gold = "SELECT `name` FROM t WHERE strftime('%Y', d) = '2024' LIMIT 3"
    assert modes(gold, "SELECT name FROM t WHERE strftime('%Y', d) = '2024' LIMIT 5", dialect="sqlite") == ["limit"]
    assert modes(gold, gold, dialect="sqlite") == []


def test_line_written() -> None:
    pair = Pair(id=7, gold="SELECT a FROM t WHERE b > 1", predicted="SELECT a FROM t WHERE b > 2 LIMIT 1")
    line = as_line(pair, diagnose_texts(pair))
    assert line["id"] == 7
    assert line["nl2sql_bugs"] == ["clause", "value"]
    assert line["modes"] == [
        {
            "mode": "filter_value", "where": "WHERE t.b", "confirmed": None,
            "evidence": "expected WHERE t.b > 1, got WHERE t.b > 2",
        },
        {"mode": "limit", "where": "LIMIT", "confirmed": None, "evidence": "expected no LIMIT, got LIMIT 1"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("not json", [":2:", "no JSON"]),
        ('{"id": 1, "gold": "SELECT 1"}', [":2:", "predicted"]),
        ('{"id": 1, "gold": "SELECT 1", "predicted": "SELECT 1", "more": 1}', [":2:", "more"]),
        ('{"id": 1, "gold": "SELECT 1", "predicted": "SELECT 1", "dialect": "klingon"}', [":2:", "klingon", "sqlite"]),
    ],
)
def test_malformed_lines_are_named(tmp_path: Path, line: str, words: list[str]) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"id": "a", "gold": "SELECT 1", "predicted": "SELECT 2"}\n' + line + "\n")
    with pytest.raises(DataError) as caught:
        read_pairs(path)
    assert all(word in str(caught.value) for word in words), caught.value


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.jsonl cannot be read"):
        read_pairs(tmp_path / "none.jsonl")


@pytest.mark.parametrize(
    "predicted",
    [
        "SELECT id FROM sale WHERE " + " OR ".join(f"quantity = {n} AND item_id <> {n}" for n in range(400)),
        "SELECT " + "(" * 900 + "1" + ")" * 900,
        "SELECT " + ", ".join(f"sum(quantity + {n})" for n in range(200)) + " FROM sale",
        "WITH a AS (SELECT id FROM sale), "
        + ", ".join(f"{chr(98 + n)} AS (SELECT x.id FROM {chr(97 + n)} x, {chr(97 + n)} y)" for n in range(12))
        + " SELECT id FROM m",
    ],
    ids=["many conditions", "many parentheses", "many columns", "steps that double"],
)
def test_what_a_model_repeats_itself_into_is_read_or_given_up_in_time(predicted: str, tiny_schema: Schema) -> None:
    start = time.process_time()
    assert modes("SELECT id FROM sale WHERE quantity >= 3", predicted, tiny_schema)
    assert time.process_time() - start < 5
