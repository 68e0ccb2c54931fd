"""`loop diagnose` and `loop triage`: files in and out, one pair shown, what a user can get wrong."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from loop.cli import app
from schemas.errors import SqlloopError

GOLD = "SELECT name FROM hotel WHERE stars >= 4"


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["diagnose", *arguments])
    if result.exception is not None:
        raise result.exception
    return result.output


def test_file_of_pairs(tmp_path: Path) -> None:
    pairs, out = tmp_path / "pairs.jsonl", tmp_path / "out.jsonl"
    lines = [
        {"id": "x", "gold": GOLD, "predicted": "SELECT h.name FROM hotel h WHERE h.stars > 4", "question": "Which?"},
        {"id": 2, "gold": GOLD, "predicted": GOLD},
        {"id": 3, "gold": "SELECT a FROM t LIMIT 1", "predicted": "SELECT a FROM t", "dialect": "sqlite"},
    ]
    pairs.write_text("".join(json.dumps(line) + "\n" for line in lines))
    output = invoke(str(pairs), "--out", str(out))
    written = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["id"] for line in written] == ["x", 2, 3]
    assert [[item["mode"] for item in line["modes"]] for line in written] == [["filter_boundary"], [], ["limit"]]
    assert written[0]["nl2sql_bugs"] == ["operator"]
    assert "3 pairs, 1 without a difference" in output


def test_one_pair_is_shown() -> None:
    output = invoke("--schema", "hotel_group", "--gold", GOLD, "--predicted", "SELECT name FROM hotel WHERE stars > 4")
    assert "filter_boundary" in output
    assert "not executed" in output
    assert "no difference" in invoke("--gold", GOLD, "--predicted", "SELECT h.name FROM hotel AS h WHERE 4 <= h.stars")


def test_causes_are_proven_on_postgres(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path(tempfile.mkdtemp(prefix="sqlloop-test-"))  # the server's account may not enter pytest's own folders
    home.chmod(0o755)
    monkeypatch.setenv("SQLLOOP_HOME", str(home))
    pairs, out = tmp_path / "pairs.jsonl", tmp_path / "out.jsonl"
    lines = [
        {"id": 1, "gold": GOLD, "predicted": "SELECT name FROM hotel WHERE stars > 4 AND hotel_id > 0"},
        {"id": 2, "gold": GOLD, "predicted": "SELECT name FROM hotel WHERE stars >= 4 AND hotel_id > 0"},
        {"id": 3, "gold": GOLD, "predicted": "SELECT title FROM hotel"},
    ]
    pairs.write_text("".join(json.dumps(line) + "\n" for line in lines))
    try:
        invoke(str(pairs), "--schema", "hotel_group", "--execute", "--out", str(out))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    written = [json.loads(line)["modes"] for line in out.read_text().splitlines()]
    assert [[(item["mode"], item["confirmed"]) for item in modes] for modes in written] == [
        [("filter_boundary", True)],
        [],  # the condition more is no fault: the answers are the same
        [("binding", None)],
    ]


def test_your_own_ddl(tmp_path: Path) -> None:
    ddl = tmp_path / "shop.sql"
    ddl.write_text("CREATE TABLE shop (id integer PRIMARY KEY, title text);")
    output = invoke("--ddl", str(ddl), "--gold", "SELECT title FROM shop", "--predicted", "SELECT name FROM shop")
    assert "binding" in output
    assert "column name" in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["--gold", "--predicted"]),
        (["--gold", GOLD], ["--predicted"]),
        (["none.jsonl"], ["--out"]),
        (["none.jsonl", "--out", "out.jsonl"], ["none.jsonl", "cannot be read"]),
        (["none.jsonl", "--out", "no/such/folder/out.jsonl"], ["folder", "--out"]),
        (["--gold", GOLD, "--predicted", GOLD, "--execute"], ["--execute", "--schema"]),
        (["--gold", GOLD, "--predicted", GOLD, "--dialect", "klingon"], ["klingon", "sqlite"]),
        (["--gold", GOLD, "--predicted", GOLD, "--schema", "nowhere"], ["nowhere", "hotel_group"]),
        (["--gold", GOLD, "--predicted", GOLD, "--schema", "hotel_group", "--ddl", "x.sql"], ["not both"]),
        (["--gold", GOLD, "--predicted", GOLD, "--ddl", "none.sql"], ["none.sql", "cannot be read"]),
    ],
)
def test_one_sentence_and_exit_code_2(arguments: list[str], words: list[str]) -> None:
    with pytest.raises(SqlloopError) as caught:
        invoke(*arguments)
    assert caught.value.exit_code == 2
    assert all(word in str(caught.value) for word in words), caught.value


def test_triage_of_no_run(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["triage", "none", "--runs-dir", str(tmp_path)])
    assert isinstance(result.exception, SqlloopError)
    assert "no run 'none'" in str(result.exception)
