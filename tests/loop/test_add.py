"""A foreign database added by its DSN, then asked, scored and taken through the loop, by the commands a user types."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from evaluator.server import Server, open_server

LOOP = str(Path(sys.executable).with_name("loop"))
SOURCE = Path(__file__).parent.parent / "evaluator" / "cases" / "foreign_source.sql"
HEADER = "db_name,query_category,question,query,instructions\n"
QUESTIONS = HEADER + "\n".join(
    f'desk,{category},{question},"{gold}",'
    for category, question, gold in [
        ("count", "How many orders are void?", "SELECT count(*) FROM orders WHERE status = 'void'"),
        ("sum", "Total of paid orders", "SELECT sum(total) FROM orders WHERE status = 'paid'"),
        ("group", "Orders by status", "SELECT status, count(*) FROM orders GROUP BY status"),
        ("date", "Orders due after May 2024", "SELECT order_no FROM orders WHERE due_on > '2024-05-31'"),
        (
            "join",
            "Lines of open orders",
            "SELECT count(*) FROM order_line JOIN orders USING (order_no) WHERE status = 'open'",
        ),
        ("broken", "Something else", "SELECT nothing FROM orders"),
        ("empty", "Orders of the Moon", "SELECT order_no FROM orders WHERE order_no < 0"),
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with open_server(None, home / "postgres") as opened:
        yield opened


@pytest.fixture(scope="module")
def dsn(server: Server) -> str:
    with psycopg.connect(server.admin_dsn(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE desk")
    with psycopg.connect(server.admin_dsn("desk"), autocommit=True) as connection:
        connection.execute(SOURCE.read_text().encode())
        connection.execute("ALTER DATABASE desk SET search_path = crm")
    return server.admin_dsn("desk")


def loop(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SQLLOOP_HOME": str(home), "HF_HUB_OFFLINE": "1", "COLUMNS": "120"}
    return subprocess.run([LOOP, *arguments], capture_output=True, text=True, env=environment, timeout=300, check=False)


@pytest.fixture(scope="module")
def added(home: Path, dsn: str) -> subprocess.CompletedProcess[str]:
    (home / "desk.csv").write_text(QUESTIONS)
    return loop(
        home, "schemas", "add", "desk", "--postgres", dsn, "--questions", str(home / "desk.csv"), "--namespace", "crm",
        "--as-of", "2024-06-01", "--rows", "150",
    )  # fmt: skip


def test_sound_questions_are_kept_and_others_named(added: subprocess.CompletedProcess[str], home: Path) -> None:
    assert added.returncode == 3, added.stderr
    assert "questions: 2 train, 1 dev, 1 select, 1 test" in added.stdout
    errors = added.stderr.splitlines()
    assert errors[0].startswith("line 7: the gold does not run on instance 1 of desk (column")
    assert errors[1].startswith("line 8: the gold returns no row on any instance")
    assert errors[2] == "loop: 2 of 7 questions were left out, for the reasons above; the schema is there"
    assert {path.name for path in (home / "schemas" / "desk").iterdir()} == {
        "schema.sql", "glossary.toml", "questions.toml", "rows.jsonl", "rows.py",
    }  # fmt: skip


@pytest.mark.usefixtures("added")
def test_it_is_listed_and_sound(home: Path) -> None:
    assert "desk" in loop(home, "schemas", "list").stdout
    checked = loop(home, "schemas", "check", "--schemas", "desk")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "1 schema, 5 questions, all golds sound" in checked.stdout


@pytest.mark.usefixtures("added")
def test_statements_on_it_are_diagnosed(home: Path) -> None:
    gold, wrong = "SELECT COUNT(*) FROM ticket", "SELECT COUNT(*) FROM nothing"
    done = loop(home, "diagnose", "--schema", "desk", "--gold", gold, "--predicted", wrong)
    assert done.returncode == 0, done.stderr
    assert "binding" in done.stdout


@pytest.mark.usefixtures("added")
def test_the_whole_loop_runs_on_it(home: Path) -> None:
    runs = home / "runs"
    done = loop(home, "run", "--preset", "smoke", "--schemas", "desk", "--rounds", "1", "--runs-dir", str(runs))
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((runs / "default" / "report.json").read_text())
    assert [item["number"] for item in report["rounds"]] == [0, 1]


def test_answers_to_it_are_scored_where_it_is(home: Path, dsn: str) -> None:
    (home / "five.csv").write_text("\n".join(QUESTIONS.splitlines()[:6]))
    golds = ["SELECT count(*) FROM orders WHERE status IN ('void')", "SELECT avg(total) FROM orders",
             "SELECT count(*), status FROM orders GROUP BY 2",
             "SELECT order_no, status FROM orders WHERE due_on >= '2024-06-01'",
             "SELECT count(* FROM orders"]  # fmt: skip
    (home / "answers.jsonl").write_text("".join(json.dumps({"id": n, "sql": s}) + "\n" for n, s in enumerate(golds)))
    done = loop(
        home, "score", str(home / "five.csv"), str(home / "answers.jsonl"), "--postgres", dsn, "--out",
        str(home / "verdicts.jsonl"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    verdicts = [json.loads(line) for line in (home / "verdicts.jsonl").read_text().splitlines()]
    assert [(v["exact"], v["correct"], v["failure"]) for v in verdicts] == [
        (True, True, None), (False, False, "wrong_result"), (True, True, None), (False, True, "wrong_result"),
        (False, False, "syntax"),
    ]  # fmt: skip


@pytest.mark.usefixtures("added")
def test_copies_can_be_given_back(home: Path, server: Server) -> None:
    loop(home, "schemas", "build", "--schemas", "desk")
    with psycopg.connect(server.admin_dsn(), autocommit=True) as admin:
        query = "SELECT count(*) FROM pg_database WHERE datname LIKE 'sqlloop_desk%'"
        built = admin.execute(query).fetchone()
        dropped = loop(home, "schemas", "drop", "--schemas", "desk")
        left = admin.execute(query).fetchone()
        kept = admin.execute("SELECT count(*) FROM pg_database WHERE datname = 'desk'").fetchone()
    assert built is not None
    assert built[0] >= 3
    assert dropped.stdout.strip() == f"{built[0]} copies dropped"
    assert (left, kept) == ((0,), (1,))


@pytest.mark.usefixtures("added")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["hotel_group"], "the name 'hotel_group' is taken by sqlloop itself"),
        (["desk"], "the schema 'desk' is there already"),
        (["My-Desk"], "'My-Desk' is no name for a schema"),
        (["other", "--namespace", "nowhere"], "nothing can be taken from the Postgres schema 'nowhere'"),
        (["other", "--namespace", "crm", "--tables", "order"], "no table 'order' is in the Postgres schema 'crm'"),
        (["other", "--as-of", "soon"], "--as-of 'soon' is no moment"),
        (["other", "--questions", "QUESTIONS"], "no question has the db_name 'other'"),
    ],
)
def test_one_sentence_and_nothing_left_behind(home: Path, dsn: str, arguments: list[str], words: str) -> None:
    (home / "lost.csv").write_text(QUESTIONS.replace("desk,", "lost,"))
    given = [str(home / "lost.csv") if item == "QUESTIONS" else item for item in arguments]
    done = loop(home, "schemas", "add", *given, "--postgres", dsn)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (home / "schemas" / "other").exists()
    assert not list((home / "schemas" / ".adding").glob("*"))


def test_a_server_that_is_not_there_is_told_without_its_password(home: Path) -> None:
    done = loop(home, "schemas", "add", "far", "--postgres", "postgresql://me:secret@127.0.0.1:1/far")
    assert done.returncode == 2
    assert "127.0.0.1:1 does not answer" in done.stderr
    assert "secret" not in done.stderr
