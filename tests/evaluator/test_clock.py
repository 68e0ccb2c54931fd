"""What `freeze` replaces, and that Postgres accepts it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from support import cases

from evaluator.clock import freeze
from evaluator.copies import Instance
from evaluator.execute import Executor

AS_OF = datetime(2025, 3, 14, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("case", cases("clock.toml"))
def test_case(case: dict[str, Any]) -> None:
    assert freeze(case["sql"], AS_OF) == case["frozen"]
    assert freeze(case["frozen"], AS_OF) == case["frozen"]


def test_other_zones_are_read_as_utc() -> None:
    east = AS_OF.astimezone(timezone(timedelta(hours=5)))
    assert freeze("SELECT now()", east) == freeze("SELECT now()", AS_OF)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT now() = CURRENT_TIMESTAMP AND now()::date = CURRENT_DATE AND 'today'::date = CURRENT_DATE",
        "SELECT date_trunc('day', clock_timestamp()) = 'today'::timestamptz AND LOCALTIMESTAMP = now()::timestamp",
        "SELECT age(DATE '2025-03-01') = INTERVAL '13 days' AND CURRENT_TIME::time = LOCALTIME",
        "SELECT EXTRACT(year FROM CURRENT_DATE) = 2025 AND timeofday() LIKE 'Fri Mar 14%'",
        "SELECT 'yesterday'::date + 1 = 'tomorrow'::date - 1 AND age(TIMESTAMPTZ '2025-03-13 00:00+00') = '1 day'",
    ],
)
def test_postgres_agrees(sql: str, executor: Executor, instances: tuple[Instance, ...]) -> None:
    outcome = executor.execute(instances[0], sql)
    assert outcome.table is not None, outcome.failure
    assert outcome.table.rows == ((True,),)
