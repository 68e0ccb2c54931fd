"""Each operator makes the near miss it is named for; mutants parse and differ from their query."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from schemas.catalog import load_schema, schema_names
from schemas.mutate import AIMED, OPERATORS, mutants
from schemas.sql import parse

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "cases" / "mutants.toml").read_text())["case"]
TABLES = load_schema("hotel_group").tables


@pytest.mark.parametrize("case", CASES, ids=[f"{case['operator']}-{n}" for n, case in enumerate(CASES)])
def test_operator_makes_its_near_miss(case: dict[str, Any]) -> None:
    found = [mutant.sql for mutant in mutants(case["sql"], TABLES, (case["operator"],))]
    assert case["mutant"] in found


def test_every_operator_has_a_case() -> None:
    assert {case["operator"] for case in CASES} == {*OPERATORS, *AIMED}


@pytest.mark.parametrize("name", schema_names())
def test_mutants_of_the_golds_parse_and_differ(name: str) -> None:
    schema = load_schema(name)
    for question in schema.questions[::9]:
        tree = parse(question.golds[0])
        if tree is None:
            continue
        found = list(mutants(question.golds[0], schema.tables))
        texts = [mutant.sql for mutant in found]
        assert len(texts) == len(set(texts))
        assert tree.sql("postgres") not in texts
        assert [text for text in texts if parse(text) is None] == []


def test_within_keeps_to_a_part() -> None:
    sql = "SELECT city FROM hotel WHERE stars > 3 GROUP BY city HAVING COUNT(*) > 1"
    found = [mutant.sql for mutant in mutants(sql, TABLES, ("boundary",), within="Having")]
    assert found == ["SELECT city FROM hotel WHERE stars > 3 GROUP BY city HAVING COUNT(*) >= 1"]
