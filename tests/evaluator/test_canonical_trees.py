"""The canonical form of the shipped golds gives the same answer, and says nothing of equivalent spellings."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from support import cases

from benchmarks.rewrites import REWRITES, reformatted, rewritten
from evaluator.compare import Gold, compare_all
from evaluator.copies import Instance, build_instances
from evaluator.diagnose import diagnose_pair
from evaluator.execute import Executor
from evaluator.golds import GoldCache, expand_golds
from evaluator.server import Server
from evaluator.trees.canonical import canonical
from schemas.catalog import Schema, load_schema, schema_names


@pytest.mark.parametrize("name", schema_names())
def test_canonical_golds_mean_the_same(name: str, server: Server, executor: Executor) -> None:
    schema = load_schema(name)
    instances = build_instances(server, schema, seed=1, count=2)
    cache = GoldCache(executor)
    wrong: list[str] = []
    for question in schema.questions[::2]:
        gold = expand_golds(question.golds[0])[0]
        tree = canonical(gold, schema.tables)
        sql = tree.sql("postgres") if tree is not None else ""
        outcomes = [executor.execute(instance, sql) for instance in instances]
        tables = [outcome.table for outcome in outcomes if outcome.table is not None]
        if len(tables) < len(instances) or not compare_all(cache.all(instances, gold, question.id), tables).exact:
            wrong.append(f"{question.id}: {gold} -> {sql or 'not read'} {outcomes[0].failure or ''}")
    assert wrong == []


@pytest.mark.parametrize("name", schema_names())
def test_nothing_is_said_of_equivalent_spellings(name: str) -> None:
    schema = load_schema(name)
    named: list[str] = []
    tried = 0
    for number, question in enumerate(schema.questions[::3]):
        gold = expand_golds(question.golds[0])[0]
        changed = [rewritten(gold, kind) for kind in REWRITES] + [reformatted(gold, number)]
        for sql in filter(None, changed):
            tried += 1
            findings = diagnose_pair(gold, sql, schema.tables)
            if findings:
                named.append(f"{[finding.mode for finding in findings]}: {gold} -> {sql}")
    assert named == []
    assert tried > 60


@pytest.mark.parametrize("case", cases("canonical.toml"))
def test_one_form(case: dict[str, str], tiny_schema: Schema) -> None:
    tree = canonical(case["sql"], tiny_schema.tables)
    assert (tree.sql("postgres") if tree is not None else None) == case.get("canonical")


@pytest.mark.parametrize("case", [case for case in cases("canonical.toml") if "canonical" in case.values[0]])
def test_one_form_gives_the_same_answer(
    case: dict[str, str], executor: Executor, instances: Sequence[Instance]
) -> None:
    for instance in instances:
        outcomes = [executor.execute(instance, case[key]) for key in ("sql", "canonical")]
        assert all(outcome.failure is None for outcome in outcomes), outcomes
        gold, given = (outcome.table for outcome in outcomes)
        assert gold is not None
        assert given is not None
        assert compare_all([Gold(gold)], [given]).exact
