"""`loop generate` and `loop coverage`: files, pages, what a user can get wrong, and pairs run on a real Postgres."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from loop.cli import app
from schemas.errors import GapsError, SqlloopError, UsageError
from schemas.records import Example


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments])
    if result.exception is not None:
        raise result.exception
    return result.output


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    def written(seed: int) -> bytes:
        out = tmp_path / "pairs.jsonl"
        invoke("generate", "--schema", "crop_farm,hotel_group", "-n", "9", "--seed", str(seed), "--no-execute",
               "--out", str(out))  # fmt: skip
        return out.read_bytes()

    first = written(1)
    assert first == written(1)
    assert first != written(2)
    examples = [Example.model_validate_json(line) for line in first.decode().splitlines()]
    assert [item.schema_name for item in examples] == ["crop_farm"] * 5 + ["hotel_group"] * 4
    assert len({item.question for item in examples}) == 9


def test_processes_and_execution_do_not_change_the_bytes(tmp_path: Path) -> None:
    def written(*flags: str) -> bytes:
        out = tmp_path / "pairs.jsonl"
        invoke("generate", "--schema", "crop_farm,hotel_group", "-n", "24", "--out", str(out), *flags)
        return out.read_bytes()

    run = written()
    assert run == written()
    assert run == written("--workers", "2")
    plain = written("--no-execute")
    assert plain == written("--no-execute", "--workers", "2")
    examples = [Example.model_validate_json(line) for line in run.decode().splitlines()]
    assert all(item.seed == 1 and item.id.startswith("1/generate/") and item.pattern for item in examples)


def test_pairs_run_on_postgres(tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    said = invoke("generate", "--schema", "crop_farm", "--concept", "array", "-n", "12", "--out", str(out))
    examples = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(examples) == 12
    assert all("array" in item["concepts"] for item in examples)
    assert re.search(r"\d+ candidates; rejected: ", said)
    assert "does not run" not in said


def test_a_mode_is_planned_for(tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    invoke("generate", "--schema", "hotel_group", "--mode", "window", "-n", "8", "--no-execute", "--out", str(out))
    examples = [json.loads(line) for line in out.read_text().splitlines()]
    assert [item["mode"] for item in examples] == ["window"] * 8
    assert all(item["source"] == "hard" and item["weight"] == 1.5 and item["reason"] for item in examples)
    windows = {"window_rank", "window_aggregate", "window_lag", "top_per_group"}
    assert all(windows & set(item["concepts"]) for item in examples)


def test_parquet(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "pairs.parquet"
    invoke("generate", "--schema", "crop_farm", "-n", "4", "--no-execute", "--out", str(out))
    rows = parquet.read_table(out).to_pylist()
    assert len(rows) == 4
    assert all(Example.model_validate(row).sql for row in rows)


def test_a_page_shows_both_sides() -> None:
    said = invoke("generate", "--schema", "hotel_group", "--concept", "having", "-n", "1", "--no-execute")
    assert "HAVING" in said
    assert "hotel_group · stage" in said


def test_coverage_shows_counts_and_reasons() -> None:
    said = invoke("coverage", "--schema", "crop_farm,hotel_group", "--concept", "json,recursive,count", "--cap", "3")
    assert re.search(r"count +3 +3", said)
    assert re.search(r"recursive +· +3", said)
    assert "json: no column holds JSON objects (crop_farm, hotel_group)" in said
    assert "3 of 3 cells full, 3 do not apply" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--concept", "windo_rank"), "did you mean window_rank?"),
        (("--mode", "date_logik"), "did you mean date_logic?"),
        (("--concept", "count", "--mode", "distinct"), "not both"),
        (("--out", "pairs.csv"), "neither .jsonl nor .parquet"),
        (("--out", "no/such/folder/pairs.jsonl"), "does not exist"),
        (("--schema", "no_such_schema"), "unknown schema"),
    ],
)
def test_what_a_user_can_get_wrong(arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        invoke("generate", "--no-execute", *arguments)


def test_a_concept_that_does_not_apply_leaves_a_gap() -> None:
    with pytest.raises(GapsError, match="only 0 of 2 pairs of json"):
        invoke("generate", "--schema", "hotel_group", "--concept", "json", "-n", "2", "--no-execute")
    assert issubclass(GapsError, SqlloopError)
