"""Any schema with a drafted glossary works: without primary keys, names, foreign keys, comments, or NOT NULL."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from generators.curriculum import STAGE_SHARES, Request, draw_examples
from generators.pattern import PATTERNS
from generators.view import View
from schemas.catalog import load_schema
from schemas.ddl import parse_ddl
from schemas.first_words import first_glossary
from schemas.sql import parse

DDL = """
CREATE TABLE visit (at timestamptz NOT NULL, minutes int, kind text);
CREATE TABLE loose (a int, b text);
CREATE TABLE pair (x int, y int, weight numeric(6, 2), PRIMARY KEY (x, y));
CREATE TABLE "Odd Name" ("Key" int PRIMARY KEY, "Some Day" date, flags bit(3), doc jsonb, tags text[]);
CREATE TABLE child (id int PRIMARY KEY, odd int REFERENCES "Odd Name" ("Key"), other int REFERENCES "Odd Name" ("Key"));
CREATE TABLE nothing (id int PRIMARY KEY, name text NOT NULL);
"""
DAY = datetime(2024, 1, 1, tzinfo=UTC)
ROWS = {
    "visit": [(DAY + timedelta(hours=7 * n), n % 50, ["a", "b", None][n % 3]) for n in range(200)],
    "loose": [(n, f"text {n}") for n in range(30)],
    "pair": [(n % 10, n, n / 4) for n in range(100)],
    "Odd Name": [(n, date(2024, 1, 1) + timedelta(days=n), "101", {"n": n}, ["x", "y"]) for n in range(40)],
    "child": [(n, n % 40, None if n % 3 else (n + 1) % 40) for n in range(150)],
    "nothing": [],
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> View:
    folder = tmp_path_factory.mktemp("schemas") / "bare"
    folder.mkdir()
    tables = parse_ddl(DDL, folder / "schema.sql")
    rows = "from test_bare_schema import ROWS\n\n\ndef rows(seed, instance):\n    return ROWS\n"
    glossary = first_glossary("bare", tables, ROWS, datetime(2024, 2, 15, tzinfo=UTC))
    for name, text in (("schema.sql", DDL), ("glossary.toml", glossary), ("questions.toml", ""), ("rows.py", rows)):
        (folder / name).write_text(text)
    return View.of(load_schema("bare", folder.parent), 1)


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_no_pattern_fails_and_what_it_makes_parses(bare: View, name: str) -> None:
    request = Request(STAGE_SHARES[5], patterns=(name,))
    for example in draw_examples(bare, request, "bare", limit=40):
        assert parse(example.sql) is not None, example.sql
        assert "{" not in example.question
        assert example.question.strip()


def test_most_patterns_find_something(bare: View) -> None:
    request = Request(STAGE_SHARES[5])
    found = {example.pattern for example in draw_examples(bare, request, "some", limit=600)}
    assert len(found) >= 25
    assert "loose" not in bare.subjects, "no column of it is sure to be there"
