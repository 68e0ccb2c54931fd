"""Hand-written SQL in the generators' style gives the same answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluator.copies import build_instances
from evaluator.execute import Executor, execute_on_all
from evaluator.server import open_server
from generators.canonical import canonical
from schemas.catalog import load_schema, schema_names


@pytest.mark.parametrize("name", schema_names())
def test_every_train_gold_answers_as_before(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    schema = load_schema(name)
    folder: Path = tmp_path_factory.getbasetemp() / "canonical-server"
    with open_server(None, folder) as server, Executor(server) as executor:
        instances = build_instances(server, schema, seed=1, count=2)
        for question in schema.split("train"):
            for gold in question.golds:
                before = execute_on_all(executor, instances, gold)
                after = execute_on_all(executor, instances, canonical(gold))
                assert all(outcome.table is not None for outcome in before), gold
                for old, new in zip(before, after, strict=True):
                    assert old.table is not None
                    assert new.table is not None, canonical(gold)
                    assert sorted(map(repr, old.table.rows)) == sorted(map(repr, new.table.rows)), canonical(gold)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("select a.x from t a join u b on b.k = a.k", "SELECT t.x FROM t JOIN u USING (k)"),
        ("select a.x from t a join t b on b.k = a.up", "SELECT a.x FROM t AS a JOIN t AS b ON b.k = a.up"),
        ("select x from t a where exists (select 1 from u b where b.k = a.k)",
         "SELECT x FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k)"),
        ("with t as (select 1 as x) select a.x from t a", "WITH t AS (SELECT 1 AS x) SELECT x FROM t AS a"),
        ("not sql  at all (", "not sql at all ("),
    ],
)  # fmt: skip
def test_style(written: str, expected: str) -> None:
    assert canonical(written) == expected
    assert canonical(canonical(written)) == expected
