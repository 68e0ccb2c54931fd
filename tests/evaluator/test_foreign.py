"""Question files in sql-eval's format, judged on databases as they stand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from evaluator.copies import Instance
from evaluator.execute import Limits
from evaluator.foreign import PLACE, ForeignExecutor, ForeignServer, dangerous_name, foreign_instance
from evaluator.score import score
from evaluator.server import Server
from evaluator.sql_eval import read_predictions, read_questions, split_statements
from schemas.errors import DatabaseError, DataError
from schemas.records import Prediction, Question

HEADER = "db_name,query_category,question,query,instructions\n"


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_questions_with_several_golds_and_row_numbers(tmp_path: Path) -> None:
    text = HEADER + 'shop,group_by,How many?,"SELECT 1; SELECT \';\' ;",Be brief\nshop,,Who?,"SELECT\n{a, b} FROM t",\n'
    first, second = read_questions(_write(tmp_path / "q.csv", text))
    assert (first.key, first.line, first.category) == (0, 2, "group_by")
    assert first.question.golds == ("SELECT 1", "SELECT ';'")
    assert first.question.note == "Be brief"
    assert (second.key, second.line, second.question.golds) == (1, 3, ("SELECT\n{a, b} FROM t",))


def test_the_id_column_names_questions(tmp_path: Path) -> None:
    text = "id,db_name,query_category,question,query\n7,s,c,a?,SELECT 1\nq8,s,c,b?,SELECT 2\n"
    assert [item.key for item in read_questions(_write(tmp_path / "q.csv", text))] == [7, "q8"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("db_name,question\nx,y\n", ":1: the columns query_category, query"),
        (HEADER + "shop,c,,SELECT 1,\n", ":2: question is empty"),
        (HEADER + "shop,c,a?,;,\n", ":2: query holds no statement"),
        ("id,db_name,query_category,question,query\n1,s,c,a?,SELECT 1\n1,s,c,b?,SELECT 1\n", ":3: the id 1 stands in"),
        (HEADER, "holds no question"),
    ],
)
def test_broken_question_file_is_named_by_line(text: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"q\.csv") as caught:
        read_questions(_write(tmp_path / "q.csv", text))
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ('{"id": 9, "sql": "x"}', ":1: no question has the id 9"),
        ('{"id": 0, "sql": "x"}\n\n{"id": 0, "sql": "y"}', ":3: the id 0 was answered in line 1"),
        ('{"id": 0}', ":1: needs id and the text sql"),
        ("nonsense", ":1: not JSON"),
    ],
)
def test_broken_prediction_file_is_named_by_line(lines: str, named: str, tmp_path: Path) -> None:
    asked = read_questions(_write(tmp_path / "q.csv", HEADER + "s,c,a?,SELECT 1,\n"))
    with pytest.raises(DataError, match=r"p\.jsonl") as caught:
        read_predictions(_write(tmp_path / "p.jsonl", lines), asked)
    assert named in str(caught.value)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv cannot be read"):
        read_questions(tmp_path / "none.csv")
    with pytest.raises(DataError, match=r"none\.jsonl cannot be read"):
        read_predictions(tmp_path / "none.jsonl", [])


def test_statements_are_split_outside_quotes() -> None:
    assert split_statements('SELECT $$;$$ -- ;\n; SELECT "a;b"') == ["SELECT $$;$$ -- ;", 'SELECT "a;b"']


@pytest.fixture
def foreign(server: Server, instances: tuple[Instance, ...]) -> tuple[ForeignServer, Instance]:
    dsn = server.admin_dsn(PLACE).replace("\\", "")
    name = instances[0].database
    return ForeignServer(dsn.replace(f"'{PLACE}'", PLACE)), foreign_instance(name, datetime(2025, 3, 14, tzinfo=UTC))


def test_judges_on_the_database_as_it_stands(foreign: tuple[ForeignServer, Instance]) -> None:
    host, instance = foreign
    question = Question(
        id="0", schema_name=instance.schema_name, split="test", text="?", golds=("SELECT count(*) FROM item",)
    )
    defects: list[str] = []
    broken = question.model_copy(update={"id": "1", "golds": ("SELECT nope FROM item",)})
    with ForeignExecutor(host, Limits(seconds=2)) as executor:
        verdicts = score(
            executor, {instance.schema_name: [instance]}, [question, broken],
            [Prediction(id="0", sql="SELECT sum(1) FROM item"), Prediction(id="1", sql="SELECT 1")],
            on_defect=lambda asked, error: defects.append(f"{asked.id} {error}"),
        )  # fmt: skip
    assert [(verdict.id, verdict.exact) for verdict in verdicts] == [("0", True)]
    assert len(defects) == 1
    assert defects[0].startswith("1 question 1: the gold does not run")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT pg_read_file('/etc/passwd')",
        'SELECT "pg_sleep"(9)',
        "SELECT query_to_xml('DELETE FROM maker', true, true, '')",
        "WITH x AS (DELETE FROM maker RETURNING 1) SELECT 1 FROM x",
        "SELECT lo_import('/etc/passwd')",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SELECT 1; DELETE FROM maker",
        "SELECT nextval('a')",
    ],
)
def test_a_superuser_dsn_gives_answers_no_rights(
    sql: str, foreign: tuple[ForeignServer, Instance], server: Server
) -> None:
    host, instance = foreign
    with ForeignExecutor(host, Limits(seconds=1)) as executor:
        outcome = executor.execute(instance, sql)
        assert outcome.failure is not None
        role = executor.execute(instance, "SELECT current_user").table
    assert role is not None
    assert role.rows == (("pg_read_all_data",),)
    with psycopg.connect(server.admin_dsn(instance.database)) as connection:
        assert connection.execute("SELECT count(*) FROM maker").fetchone() == (10,)


def test_names_in_text_are_no_functions() -> None:
    assert dangerous_name("SELECT 'pg_sleep', a FROM t -- pg_sleep") == ""
    assert dangerous_name("SELECT pg_catalog.pg_sleep(1)") == "pg_sleep"


def test_a_database_that_is_not_there_is_named(server: Server) -> None:
    host = ForeignServer(server.admin_dsn("x").replace("dbname=x", f"dbname={PLACE}"))
    with pytest.raises(DatabaseError, match="database no_such_shop"):
        host.check("no_such_shop")


def test_summary_line_is_json() -> None:
    from loop.cli_score import _summary
    from schemas.records import Verdict

    question = Question(id="0", schema_name="s", split="test", text="?", golds=("SELECT 1",))
    from evaluator.sql_eval import ForeignQuestion

    verdict = Verdict(id="0", schema_name="s", split="test", exact=False, correct=True, sql="x", gold="SELECT 1")
    counts = _summary([ForeignQuestion(0, "ratio", 2, question)], {"0": verdict})
    assert json.loads(json.dumps(counts)) == {
        "total": 1, "exact": 0, "correct": 1, "by_category": {"ratio": {"total": 1, "exact": 0, "correct": 1}},
    }  # fmt: skip
