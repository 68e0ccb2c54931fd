"""The whole loop on the smoke preset: real Postgres, a real tiny model, the command as a user types it.

Once with the model's own answers, once replaying golds spoilt by known faults, so that every later stage has something
to work on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loop.config import load_preset
from schemas.catalog import load_schema
from schemas.records import Question

LOOP = [str(Path(sys.executable).with_name("loop"))]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the embedded server and the models, shared by this module's runs."""
    return tmp_path_factory.mktemp("home")


def run(home: Path, *arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, off a terminal."""
    environment = {**os.environ, "SQLLOOP_HOME": str(home), "HF_HUB_OFFLINE": "1", "COLUMNS": "100"}
    done = subprocess.run(
        [*LOOP, *arguments], capture_output=True, text=True, env=environment, timeout=300, check=False
    )
    assert done.returncode == expect, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done


def report(runs: Path, name: str = "default") -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((runs / name / "report.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def own_answers(home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A finished smoke run of two rounds and what it printed."""
    runs = tmp_path_factory.mktemp("runs")
    done = run(home, "run", "--preset", "smoke", "--rounds", "2", "--runs-dir", str(runs))
    return runs, done.stdout


def test_two_rounds_are_reported(own_answers: tuple[Path, str]) -> None:
    runs, printed = own_answers
    figures = report(runs)
    assert [item["number"] for item in figures["rounds"]] == [0, 1, 2]
    asked = Counter(question.split for question in load_schema("hotel_group").questions)
    for item in figures["rounds"]:
        for split in ("dev", "select", "test"):
            assert item[split]["total"] == asked[split]
            assert item[split]["exact"] <= item[split]["correct"] <= item[split]["total"]
        assert item["seconds"]["predict"] > 0
    assert figures["rounds"][0]["train"] is None
    assert figures["rounds"][1]["train"]["examples"] > 100
    natural = figures["rounds"][1]["generated"]["natural"]  # a sixth of them, and the preset's variants
    assert abs(natural - 8 - load_preset("smoke")["natural_repeats"] * asked["train"]) <= 1
    assert "\x1b" not in printed
    assert "Round 2" in printed


def test_the_same_command_has_nothing_to_do(home: Path, own_answers: tuple[Path, str]) -> None:
    runs, _ = own_answers
    before = {path: path.stat().st_mtime_ns for path in runs.rglob("*") if path.is_file()}
    done = run(home, "run", "--preset", "smoke", "--rounds", "2", "--runs-dir", str(runs))
    assert "nothing to do" in done.stdout
    changed = {path.name for path, time in before.items() if path.exists() and path.stat().st_mtime_ns != time}
    assert changed <= {"run.lock", "run.log"}


def test_a_run_goes_on_by_its_name_alone(home: Path, own_answers: tuple[Path, str]) -> None:
    runs, _ = own_answers
    assert "nothing to do" in run(home, "run", "--rounds", "2", "--runs-dir", str(runs)).stdout
    assert "seed: 1 -> 9" in run(home, "run", "--seed", "9", "--runs-dir", str(runs), expect=2).stderr


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_probes_are_made_each_round_mined_and_never_trained_on(own_answers: tuple[Path, str]) -> None:
    rounds = own_answers[0] / "default" / "rounds"
    made = [lines(rounds / f"{number:03d}/probe/questions.jsonl") for number in range(3)]
    assert [len(items) for items in made] == [2, 2, 2]
    ids = [[item["id"] for item in items] for items in made]
    for number in range(3):
        asked = {item["id"] for item in lines(rounds / f"{number:03d}/predict/questions.jsonl")}
        assert asked >= {name for items in ids[: number + 1] for name in items}
    fresh = {item["id"] for item in lines(rounds / "002/probe/verdicts.jsonl")}
    assert fresh == {name for items in ids for name in items}
    found = {item["id"] for item in lines(rounds / "002/diagnose/diagnoses.jsonl")}
    assert found & fresh  # the tiny model fails them all
    texts = {item["text"].lower() for items in made for item in items}
    golds = {gold for items in made for item in items for gold in item["golds"]}
    assert len(texts) == 6
    for number in (1, 2):
        trained = lines(rounds / f"{number:03d}/mix/training_set.jsonl")[0]["examples"]
        assert not texts & {item["question"].lower() for item in trained}
        assert not golds & {item["sql"] for item in trained}


def test_another_configuration_is_refused(home: Path, own_answers: tuple[Path, str]) -> None:
    runs, _ = own_answers
    done = run(home, "run", "--preset", "smoke", "--seed", "9", "--runs-dir", str(runs), expect=2)
    assert "seed: 1 -> 9" in done.stderr
    assert "--run NAME" in done.stderr


def test_a_stage_that_was_lost_is_done_again_with_the_same_result(home: Path, own_answers: tuple[Path, str]) -> None:
    import shutil

    runs, _ = own_answers
    other = runs / "again"
    shutil.copytree(runs / "default", other, symlinks=True)
    verdicts = (other / "rounds/002/score/verdicts.jsonl").read_bytes()
    predictions = (other / "rounds/002/predict/predictions.jsonl").read_bytes()
    for stage in ("train", "predict", "score", "decide"):
        shutil.rmtree(other / "rounds/002" / stage)
    run(home, "run", "--preset", "smoke", "--rounds", "2", "--runs-dir", str(runs), "--run", "again")
    assert (other / "rounds/002/predict/predictions.jsonl").read_bytes() == predictions
    assert (other / "rounds/002/score/verdicts.jsonl").read_bytes() == verdicts


def _first_literal(sql: str) -> str:
    parts = sql.split("'")
    return "'".join([parts[0], "no such value", *parts[2:]]) if len(parts) > 2 else ""


FAULTS: dict[str, Callable[[str], str]] = {
    "no_sql": lambda _: "I am not sure.",
    "syntax": lambda sql: sql.replace("SELECT", "SELECT SELECT,", 1),
    "binding": lambda sql: sql.replace("SELECT ", "SELECT no_such_column, ", 1),
    "filter_value": _first_literal,
}


def _answers(questions: list[Question], round_number: int, wrong_every: int) -> tuple[list[str], dict[str, bool]]:
    """JSON lines of answers in which every `wrong_every`-th is spoilt, and which are right."""
    lines, right = [], {}
    for position, question in enumerate(questions):
        gold = question.golds[0]
        name = list(FAULTS)[position % len(FAULTS)]
        spoilt = FAULTS[name](gold) if position % wrong_every == 0 else gold
        sql = spoilt if spoilt and "CROSS JOIN LATERAL" not in gold else gold
        right[question.id] = sql == gold
        lines.append(json.dumps({"id": question.id, "sql": sql, "round": round_number}))
    return lines, right


def test_replayed_answers_go_through_every_stage(home: Path, tmp_path: Path) -> None:
    questions = [q for q in load_schema("hotel_group").questions if q.split != "train"]
    lines: list[str] = []
    rights = []
    for number, wrong_every in enumerate((1, 2, 4)):
        new, right = _answers(questions, number, wrong_every)
        lines += new
        rights.append(right)
    answers = tmp_path / "answers.jsonl"
    answers.write_text("\n".join(lines) + "\n")
    run(home, "run", "--preset", "smoke", "--rounds", "2", "--runs-dir", str(tmp_path), "--predictor",
        f"file:{answers}")  # fmt: skip
    figures = report(tmp_path)
    for number, right in enumerate(rights):
        for split in ("dev", "select", "test"):
            sure = sum(right[q.id] for q in questions if q.split == split)
            # A spoilt literal may leave the answer right (an empty gold, an alternative), never the reverse.
            assert figures["rounds"][number][split]["exact"] >= sure
            assert figures["rounds"][number][split]["exact"] <= sure + 3
    first = figures["rounds"][1]
    assert {"no_sql", "syntax", "binding"} <= set(first["failure_modes_before"])
    assert first["decision"]["promoted"]
    assert first["champion"] == 0
    assert figures["rounds"][2]["champion"] == 1
    assert {item["mode"] for item in first["generated"]["made_for"]} >= {"binding", "syntax"}
    assert sum(first["failure_modes"].values()) < sum(first["failure_modes_before"].values())


def test_a_quiet_run_prints_nothing(home: Path, own_answers: tuple[Path, str]) -> None:
    runs, _ = own_answers
    done = run(home, "run", "--preset", "smoke", "--rounds", "2", "--runs-dir", str(runs), "--quiet")
    assert done.stdout == ""
    assert done.stderr == ""
