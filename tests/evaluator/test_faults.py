"""Faults put into golds on purpose are named for what they are: a small part of `benchmarks/faults.py`."""

from __future__ import annotations

import time
from itertools import islice

from benchmarks.fault_base import OPERATORS
from benchmarks.faults import Judge, executed, measure, singles, static
from evaluator.copies import build_instances
from evaluator.diagnose import Confirm
from evaluator.execute import Executor
from evaluator.repair import Repairer
from evaluator.server import Server
from schemas.catalog import load_schema
from schemas.taxonomy import MODES


def test_operators_cover_the_modes() -> None:
    assert len(OPERATORS) >= 20
    assert {mode for mode, _ in OPERATORS.values()} == set(MODES) - {
        "no_sql", "syntax", "binding", "runtime", "restructured",
    }  # fmt: skip


def test_injected_faults_are_named_and_confirmed(server: Server, executor: Executor) -> None:
    schema = load_schema("workforce")
    instances = {schema.name: build_instances(server, schema, seed=1, count=3)}
    cases = list(islice(singles(Judge(executor, instances), [schema], seed=5), 80))
    assert len({case.operators for case in cases}) >= 30
    score = measure(cases, static({schema.name: schema}), [], time.process_time)
    assert score.top >= 0.95 * score.total
    confirm = Confirm(Repairer(executor), instances)
    score = measure(cases, executed({schema.name: schema}, confirm), [], time.process_time)
    assert score.top >= 0.95 * score.total
    assert score.confirmed >= 0.9 * score.total
