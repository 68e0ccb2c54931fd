"""The mutation test counts what it says it counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluator.copies import Instance, build_instances
from evaluator.execute import Executor
from evaluator.mutation import Share, by_operator, mutation_test, shares
from evaluator.server import Server
from schemas.catalog import Schema, load_schema
from schemas.records import Question


def _trials(executor: Executor, instances: tuple[Instance, ...], schema: Schema, sql: str) -> dict[str, int]:
    question = Question(id="tiny/dev-01", schema_name="tiny", split="dev", text="?", golds=(sql,))
    found = mutation_test(executor, instances, replace(schema, questions=(question,)), seed=1)
    return {trial.mutant.sql: trial.killed for trial in found}


def test_killed_survivor_and_refused(executor: Executor, instances: tuple[Instance, ...], tiny_schema: Schema) -> None:
    found = _trials(executor, instances, tiny_schema, "SELECT status, COUNT(*) FROM sale WHERE id > 0 GROUP BY status")
    assert found["SELECT status, COUNT(*) FROM sale WHERE id < 0 GROUP BY status"] == 1
    assert found["SELECT status, COUNT(*) FROM sale GROUP BY status"] == 0  # every id is above 0


def test_shares_leave_out_equivalents(executor: Executor, instances: tuple[Instance, ...], tiny_schema: Schema) -> None:
    question = Question(
        id="tiny/dev-01", schema_name="tiny", split="dev", text="?",
        golds=("SELECT COUNT(s.id) FROM sale AS s JOIN item AS i ON i.id = s.item_id",),
    )  # fmt: skip
    trials = mutation_test(executor, instances, replace(tiny_schema, questions=(question,)), seed=1)
    join = by_operator(trials)["join_type"]
    assert join == (Share(0, 1), Share(0, 0))
    assert join[1].rate == 1.0
    counts = [(raw.total, fair.total) for _, raw, fair in shares(trials, 3)]
    assert len(set(counts)) == 1
    assert counts[0][0] > counts[0][1]
    rates = [fair.rate for _, _, fair in shares(trials, 3)]
    assert rates == sorted(rates)


@pytest.mark.parametrize("name", ["hotel_group", "satellite_ops"])
def test_nothing_that_an_instance_kills_is_called_equivalent(name: str, server: Server, executor: Executor) -> None:
    """The proofs against real rows: one wrong claim would show as a mutant that is both."""
    schema = load_schema(name)
    trials = mutation_test(executor, build_instances(server, schema, 1, 3), schema, 5, most=8)
    assert [t.mutant.sql for t in trials if t.equivalent and t.killed > 0] == []
    assert sum(bool(t.equivalent) for t in trials) > 20
