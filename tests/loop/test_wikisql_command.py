"""WikiSQL and a served paraphraser by the command, on a real Postgres; what stands in where no release can be had."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from loop.cli import app
from schemas.errors import DataError, UsageError
from schemas.records import Example
from schemas.sql import parse

TINY = Path(__file__).parents[1] / "generators" / "cases" / "wikisql"


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["generate", "--schema", "hotel_group", *arguments])
    if result.exception is not None:
        raise result.exception
    return result.output


def read(path: Path) -> list[Example]:
    return [Example.model_validate_json(line) for line in path.read_text().splitlines()]


def test_variations_run_on_postgres_and_are_reproducible(tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    said = invoke("--wikisql", str(TINY), "-n", "60", "--out", str(out))
    first = out.read_bytes()
    made = read(out)
    assert len(made) == 60
    assert {item.source for item in made} == {"wikisql"}
    assert {item.schema_name for item in made} == {"wikisql/harbour_ferries", "wikisql/player_score"}
    assert "does not run" not in said
    assert "empty answer" not in said
    invoke("--wikisql", str(TINY), "-n", "60", "--out", str(out))
    assert out.read_bytes() == first


def test_single_tables_stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    out = tmp_path / "pairs.jsonl"
    said = invoke("--wikisql", "hub", "-n", "6", "--no-execute", "--out", str(out))
    assert said.startswith("single tables of the schemas instead of WikiSQL: the library datasets is not installed")
    for item in read(out):
        tree = parse(item.sql)
        assert tree is not None
        assert item.schema_name == "hotel_group"
        assert " JOIN " not in item.sql


def test_what_a_user_can_get_wrong(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        invoke("--wikisql", str(tmp_path / "nothing"), "--no-execute")
    with pytest.raises(UsageError, match="give --wikisql alone"):
        invoke("--wikisql", str(TINY), "--concept", "array")
    with pytest.raises(UsageError, match="unknown paraphraser"):
        invoke("-n", "2", "--no-execute", "--paraphraser", "gpt")
