"""kill -9 in the middle of judging, of the scorer and of Postgres: the verdicts are those of an undisturbed run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from evaluator.server import open_server
from schemas.catalog import load_schema

LOOP = str(Path(sys.executable).with_name("loop"))
SLOW = "SELECT count(*) FROM generate_series(1, 400000) AS a, generate_series(1, 400000) AS b"
"""Runs into the time limit, which makes judging last long enough to be cut off."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Golds as answers, every ninth one of them too slow."""
    path = tmp_path_factory.mktemp("answers") / "answers.jsonl"
    asked = [question for question in load_schema("hotel_group").questions if question.split != "train"]
    lines = [{"id": q.id, "sql": SLOW if place in {30, 40, 50} else q.golds[0]} for place, q in enumerate(asked)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def start(home: Path, runs: Path, answers: Path) -> subprocess.Popen[str]:
    """A run of round 0, which asks and judges, in a process of its own."""
    environment = {**os.environ, "SQLLOOP_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    command = [LOOP, "run", "--preset", "smoke", "--rounds", "0", "--runs-dir", str(runs)]
    command += ["--predictor", f"file:{answers}"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )


def finish(process: subprocess.Popen[str]) -> str:
    out, errors = process.communicate(timeout=180)
    assert process.returncode == 0, out + errors
    return out


def verdicts(runs: Path) -> bytes:
    return (runs / "default" / "rounds" / "000" / "score" / "verdicts.jsonl").read_bytes()


def wait_for_judging(runs: Path) -> None:
    """Until the stage `score` has begun, and a little longer."""
    deadline = time.monotonic() + 120
    while not (runs / "default" / "rounds" / "000" / "tmp-score").exists():
        assert time.monotonic() < deadline, "judging never began"
        time.sleep(0.05)
    time.sleep(1.5)


@pytest.fixture(scope="module")
def undisturbed(home: Path, answers: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    runs = tmp_path_factory.mktemp("undisturbed")
    finish(start(home, runs, answers))
    written = verdicts(runs)
    assert written.count(b'"failure":"runtime"') == 3
    return written


def postmaster(home: Path) -> int:
    """Process id of the embedded server: the parent of a session's."""
    with open_server(None, home / "postgres") as server, psycopg.connect(server.admin_dsn()) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        return int(Path(f"/proc/{row[0]}/stat").read_text().rsplit(")", 1)[1].split()[1])


def test_the_scorer_is_killed(home: Path, answers: Path, undisturbed: bytes, tmp_path: Path) -> None:
    process = start(home, tmp_path, answers)
    wait_for_judging(tmp_path)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "default" / "rounds" / "000" / "score").exists()
    printed = finish(start(home, tmp_path, answers))
    assert "predict   done before" in printed
    assert verdicts(tmp_path) == undisturbed


def test_postgres_is_killed(home: Path, answers: Path, undisturbed: bytes, tmp_path: Path) -> None:
    process = start(home, tmp_path, answers)
    wait_for_judging(tmp_path)
    os.kill(postmaster(home), signal.SIGKILL)
    finish(process)
    assert verdicts(tmp_path) == undisturbed


def test_a_foreign_server_that_dies_leaves_the_verdicts_reached(tmp_path: Path) -> None:
    """The server is not ours to start again: what was judged is kept, and the error says so."""
    lines = ["db_name,query_category,question,query"] + [f"postgres,c,q{n},SELECT {n}" for n in range(30)]
    (tmp_path / "q.csv").write_text("\n".join(lines) + "\n")
    answers = [{"id": n, "sql": f"SELECT {n}" if n < 25 else SLOW} for n in range(30)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in answers))
    home = tmp_path / "server"
    with open_server(None, home / "postgres") as server:
        pid = postmaster(home)
        process = subprocess.Popen(
            [LOOP, "score", str(tmp_path / "q.csv"), str(tmp_path / "a.jsonl"), "--postgres", server.admin_dsn(),
             "--out", str(tmp_path / "v.jsonl"), "--seconds", "20"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        time.sleep(6)
        os.kill(pid, signal.SIGKILL)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert len(errors.strip().splitlines()) == 1
    assert "verdicts reached are in" in errors
    verdicts_kept = [json.loads(line) for line in (tmp_path / "v.jsonl").read_text().splitlines()]
    assert {verdict["id"] for verdict in verdicts_kept} >= set(range(25))
    assert all(verdict["exact"] for verdict in verdicts_kept if verdict["id"] < 25)
