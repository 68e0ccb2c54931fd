"""Equivalent spellings of the shipped golds are never called wrong: aliases, join order, CTE for subquery, layout."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.rewrites import REWRITES, reformatted, rewritten
from evaluator.compare import compare_all
from evaluator.copies import build_instances
from evaluator.execute import Executor
from evaluator.golds import GoldCache
from evaluator.server import Server
from schemas.catalog import load_schema, schema_names

_applied: Counter[str] = Counter()


@pytest.mark.parametrize("name", schema_names())
def test_no_rewrite_is_called_wrong(name: str, server: Server, executor: Executor) -> None:
    schema = load_schema(name)
    instances = build_instances(server, schema, seed=1, count=3)
    cache = GoldCache(executor)
    wrong: list[str] = []
    for number, question in enumerate(schema.questions[::3]):
        gold = question.golds[0]
        if "{" in gold:
            continue
        changed = {kind: rewritten(gold, kind) for kind in REWRITES} | {"reformatted": reformatted(gold, number)}
        for kind, sql in changed.items():
            if sql is None:
                continue
            outcomes = [executor.execute(instance, sql) for instance in instances]
            tables = [outcome.table for outcome in outcomes if outcome.table is not None]
            if len(tables) < len(instances):
                failure = next(outcome.failure for outcome in outcomes if outcome.failure is not None)
                wrong.append(f"{question.id} {kind}: {failure.message}: {sql}")
                continue
            _applied[kind] += 1
            if not compare_all(cache.all(instances, gold, question.id), tables).exact:
                wrong.append(f"{question.id} {kind}: {sql}")
    assert wrong == []


def test_every_rewrite_was_applied_and_there_were_enough() -> None:
    if sum(_applied.values()) == 0:
        pytest.skip("run together with the test above")
    assert set(_applied) == {*REWRITES, "reformatted"}
    assert sum(_applied.values()) >= 500
