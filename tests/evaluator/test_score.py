"""Verdicts over the tiny schema, replayed answers, and the statistics."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from evaluator.copies import Instance
from evaluator.execute import Executor, Limits, execute_on_all
from evaluator.golds import expand_golds
from evaluator.predict.file import FilePredictor
from evaluator.score import score
from evaluator.statement import clean
from evaluator.stats import mcnemar_exact, paired_interval, wilson
from schemas.catalog import Schema
from schemas.errors import DataError
from schemas.records import Prediction, Question, Verdict

Instances = tuple[Instance, ...]


def judge(executor: Executor, instances: Instances, gold: str | tuple[str, ...], answer: Prediction | str) -> Verdict:
    golds = (gold,) if isinstance(gold, str) else gold
    question = Question(id="tiny/q", schema_name="tiny", split="dev", text="?", golds=golds)
    prediction = answer if isinstance(answer, Prediction) else Prediction(id="tiny/q", sql=answer)
    (verdict,) = score(executor, {"tiny": instances}, [question], [prediction])
    return verdict


def test_golds_answer_their_own_questions(executor: Executor, instances: Instances, tiny_schema: Schema) -> None:
    questions = tiny_schema.questions
    answers = [Prediction(id=q.id, sql=f"```sql\n{expand_golds(q.golds[-1])[-1]};\n```") for q in questions]
    done: list[Verdict] = []
    verdicts = score(executor, {"tiny": instances}, questions, answers, on_done=done.append)
    assert all(verdict.exact and verdict.correct and verdict.failure is None for verdict in verdicts)
    assert [verdict.id for verdict in verdicts] == [question.id for question in questions]
    assert sorted(verdict.id for verdict in done) == sorted(verdict.id for verdict in verdicts)
    assert not any(";" in verdict.sql or "`" in verdict.sql for verdict in verdicts)


@pytest.mark.parametrize(
    ("answer", "failure", "sqlstate"),
    [
        ("", "no_sql", ""),
        ("I do not know.", "no_sql", ""),
        ("DELETE FROM maker", "no_sql", ""),
        ("SELECT id FROM item FOR UPDATE", "no_sql", "25006"),
        ("SELECT FROM WHERE", "syntax", "42601"),
        ("SELECT nope FROM item", "binding", "42703"),
        ("SELECT 1 FROM nope", "binding", "42P01"),
        ("SELECT label, count(*) FROM item", "binding", "42803"),
        ("SELECT count(*) / 0 FROM item", "runtime", "22012"),
        ("SELECT count(*) FROM item WHERE shade = 'pink'", "runtime", "22P02"),
        ("SELECT id FROM item WHERE id = (SELECT id FROM sale)", "runtime", "21000"),
        ("SELECT count(*) + 1 FROM item", "wrong_result", ""),
        ("SELECT count(*) FROM item WHERE random() >= 0", "wrong_result", ""),
    ],
)
def test_failures(answer: str, failure: str, sqlstate: str, executor: Executor, instances: Instances) -> None:
    verdict = judge(executor, instances, "SELECT count(*) FROM item", answer)
    assert (verdict.failure, verdict.sqlstate, verdict.exact) == (failure, sqlstate, False)
    assert verdict.message
    assert verdict.instance == 1


def test_half_a_character_is_an_answer_like_any_other(executor: Executor, instances: Instances) -> None:
    verdict = judge(executor, instances, "SELECT 'x'", "SELECT '\ud800'")
    assert verdict.failure == "wrong_result"
    assert Verdict.model_validate_json(verdict.model_dump_json()) == verdict
    assert judge(executor, instances, "SELECT '\U0001f600'", "SELECT '\ud83d\ude00'").exact


def test_truncated(executor: Executor, instances: Instances) -> None:
    cut = Prediction(id="tiny/q", sql="SELECT count(*) FROM item WHERE (", truncated=True)
    assert judge(executor, instances, "SELECT count(*) FROM item", cut).failure == "no_sql"


def test_any_gold_counts_and_extra_columns_are_correct(executor: Executor, instances: Instances) -> None:
    golds = ("SELECT id FROM item", "SELECT label FROM item")
    assert judge(executor, instances, golds, "SELECT label FROM item").gold == golds[1]
    verdict = judge(executor, instances, golds, "SELECT label, price FROM item")
    assert (verdict.exact, verdict.correct, verdict.failure, verdict.gold) == (False, True, "wrong_result", golds[1])


def test_wrong_only_on_a_later_instance(executor: Executor, instances: Instances) -> None:
    counts = [
        o.table.rows[0][0] for o in execute_on_all(executor, instances, "SELECT sum(quantity) FROM sale") if o.table
    ]
    lucky = f"SELECT {counts[0]}"
    verdict = judge(executor, instances, "SELECT sum(quantity) FROM sale", lucky)
    assert verdict.instance == next(i for i, count in enumerate(counts, start=1) if count != counts[0])


def test_broken_gold_is_named(executor: Executor, instances: Instances) -> None:
    for gold in ("SELECT nope FROM item", "SELECT random()", "SELECT {a, b FROM item"):
        with pytest.raises(DataError, match="tiny/q"):
            judge(executor, instances, gold, "SELECT 1")


def test_verdicts_do_not_depend_on_threads(executor: Executor, instances: Instances) -> None:
    questions = [
        Question(id=f"tiny/{i}", schema_name="tiny", split="dev", text="?", golds=(f"SELECT id FROM sale LIMIT {i}",))
        for i in range(30)
    ]
    answers = [Prediction(id=q.id, sql=f"SELECT id FROM sale WHERE id < {i}") for i, q in enumerate(questions)]
    alone = score(executor, {"tiny": instances}, questions, answers, threads=1)
    assert score(executor, {"tiny": instances}, questions, answers, threads=4) == alone


def test_timeouts_are_retried_alone(executor: Executor, instances: Instances) -> None:
    slow = "SELECT count(*) FROM generate_series(1, 100000000)"
    outcomes = []

    def run() -> None:
        outcomes.append(executor.execute(instances[0], slow, Limits(seconds=0.2)))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {o.failure.sqlstate for o in outcomes if o.failure} == {"57014"}
    assert executor.execute(instances[0], "SELECT 1").table is not None


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("```sql\nSELECT 1;\n```", "SELECT 1"),
        ("```\nSELECT 1\n```  ", "SELECT 1"),
        ("```SELECT 1```", "SELECT 1"),
        ("```sql\nSELECT 1", "SELECT 1"),
        ("  SELECT 1 ; ;\n", "SELECT 1"),
        ("SELECT ';'", "SELECT ';'"),
        ("", ""),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_expand_golds() -> None:
    assert expand_golds("SELECT 1") == ("SELECT 1",)
    assert expand_golds("SELECT {a, f(b, c)}, count(*) FROM t GROUP BY {}") == (
        "SELECT a, f(b, c), count(*) FROM t GROUP BY a, f(b, c)",
        "SELECT a, count(*) FROM t GROUP BY a",
        "SELECT f(b, c), count(*) FROM t GROUP BY f(b, c)",
    )
    assert expand_golds("SELECT '{a,b}'::int[]") == ("SELECT '{a,b}'::int[]",)
    assert len(expand_golds("SELECT {a, b}, {c, d} FROM t GROUP BY {a, b}, {c, d}")) == 9


def test_file_predictor(tmp_path: Path, tiny_schema: Schema) -> None:
    path = tmp_path / "answers.jsonl"
    lines = [
        '{"id": "tiny/dev-01", "sql": "zero"}',
        "",
        '{"id": "tiny/dev-01", "sql": "one", "round": 1}',
        '{"id": "tiny/dev-01", "sql": "three", "round": 3}',
        '{"id": "tiny/dev-02", "sql": "x", "truncated": true}',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")

    def first(round_number: int | None) -> str:
        return FilePredictor(path, round=round_number).predict(tiny_schema, tiny_schema.questions)[0].sql

    assert [first(n) for n in (None, 0, 1, 2, 3, 9)] == ["three", "zero", "one", "one", "three", "three"]
    predictor = FilePredictor(path)
    done: list[Prediction] = []
    answers = predictor.predict(tiny_schema, tiny_schema.questions, done.append)
    assert answers == done
    assert [a.sql for a in answers] == ["three", "x", "", ""]
    assert answers[1].truncated
    predictor.check_ids(q.id for q in tiny_schema.questions)
    with pytest.raises(DataError, match=r"answers.jsonl:1: .*dev-01"):
        predictor.check_ids(["tiny/dev-02"])


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1, "sql": "x"}', '{"id": "a"}', '{"id": "a", "sql": "b", "c": 1}'])
def test_malformed_answers(line: str, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"id": "ok", "sql": "x"}\n' + line, encoding="utf-8")
    with pytest.raises(DataError, match=r"answers.jsonl:2"):
        FilePredictor(path)
    with pytest.raises(DataError, match="missing"):
        FilePredictor(tmp_path / "missing.jsonl")


def test_statistics() -> None:
    assert mcnemar_exact(0, 0) == 1.0
    assert mcnemar_exact(10, 0) == pytest.approx(2 / 2**10)
    assert mcnemar_exact(3, 5) == mcnemar_exact(5, 3)
    low, high = wilson(8, 10, 0.95)
    assert (low, high) == (pytest.approx(0.4902, abs=1e-3), pytest.approx(0.9433, abs=1e-3))
    assert wilson(0, 0) == (0.0, 1.0)
    pairs = [(False, True)] * 30 + [(True, False)] * 10 + [(True, True)] * 60
    groups = ["a", "b"] * 50
    low, high = paired_interval(pairs, groups, seed=3)
    assert low < 20 < high
    assert (low, high) == paired_interval(pairs, groups, seed=3)
    many = paired_interval(pairs, list(range(100)), seed=3)
    assert many[0] < 20 < many[1]
    assert paired_interval([(True, True)], ["a"]) == (0.0, 0.0)
    with pytest.raises(ValueError, match="pairs"):
        paired_interval([], [])


def test_sql_eval_a_timeout_neither_ends_the_run_nor_goes_on(executor: Executor, instances: Instances) -> None:
    """sql-eval: the time-out escapes as a BaseException, and the query keeps running; test-suite: it never fires."""
    slow = "SELECT count(*) FROM generate_series(1, 300000) AS a, generate_series(1, 300000) AS b"
    verdict = judge(executor, instances, "SELECT 1", slow)
    assert (verdict.failure, verdict.sqlstate) == ("runtime", "57014")
    assert judge(executor, instances, "SELECT 1", "SELECT 1").exact
    active = (
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%300000%'"
        " AND pid <> pg_backend_pid()"
    )
    running = executor.run(instances[0].database, active, executor.limits)
    assert running.table is not None
    assert running.table.rows == ((0,),)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE kept (a int); COMMIT; SELECT 1",
        "WITH x AS (INSERT INTO maker VALUES (99, 'x') RETURNING 1) SELECT * FROM x",
    ],
)
def test_sql_eval_a_write_is_not_kept(sql: str, executor: Executor, instances: Instances) -> None:
    """sql-eval: connects as a superuser, so that `create table ...; commit; select 1` stayed."""
    assert judge(executor, instances, "SELECT 1", sql).failure == "no_sql"
    executor.run(instances[0].database, sql, executor.limits)  # not even without our own look at it
    left = "SELECT (SELECT count(*) FROM pg_class WHERE relname = 'kept'), (SELECT count(*) FROM maker WHERE id = 99)"
    found = executor.run(instances[0].database, left, executor.limits)
    assert found.table is not None
    assert found.table.rows == ((0, 0),)
