"""Hostile statements: every one fails or is harmless, leaves nothing behind, and ends within its limits."""

from __future__ import annotations

import time
import tomllib
from typing import Any

import psycopg
import pytest
from support import CASES

from evaluator.copies import Instance
from evaluator.execute import Executor, Limits
from evaluator.server import Server
from evaluator.statement import clean, why_not_a_read

HOSTILE = tomllib.loads((CASES / "hostile.toml").read_text(encoding="utf-8"))
LIMITS = Limits(seconds=0.25)
PROBE = (
    "SELECT current_user, current_setting('statement_timeout'), current_setting('search_path'),"
    " current_setting('transaction_read_only'), current_setting('TimeZone'), (SELECT count(*) FROM maker)"
)


def trace(server: Server, instance: Instance) -> tuple[Any, ...]:
    """Everything a statement might leave behind."""
    with psycopg.connect(server.admin_dsn(instance.database)) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_roles),"
            " (SELECT count(*) FROM maker), (SELECT count(*) FROM item), (SELECT max(name) FROM maker),"
            " (SELECT count(*) FROM pg_largeobject_metadata), (SELECT count(*) FROM pg_database),"
            " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),"
            " (SELECT count(*) FROM pg_prepared_statements)"
        ).fetchone()
    assert row is not None
    return tuple(row)


@pytest.fixture(scope="module")
def before(server: Server, instances: tuple[Instance, ...]) -> tuple[Any, ...]:
    return trace(server, instances[0])


def test_there_are_enough() -> None:
    assert len(HOSTILE["refused"]) + len(HOSTILE["harmless"]) >= 200


@pytest.mark.parametrize("sql", HOSTILE["refused"])
def test_refused(
    sql: str, server: Server, executor: Executor, instances: tuple[Instance, ...], before: tuple[Any, ...]
) -> None:
    probe = executor.execute(instances[0], PROBE)
    start = time.monotonic()
    outcome = executor.execute(instances[0], sql, LIMITS)
    assert time.monotonic() - start < 6
    assert outcome.table is None
    assert outcome.failure is not None
    assert outcome.failure.kind in {"no_sql", "syntax", "binding", "runtime"}
    assert outcome.failure.message
    assert executor.execute(instances[0], PROBE) == probe
    assert trace(server, instances[0]) == before


@pytest.mark.parametrize("sql", [sql for sql in HOSTILE["refused"] if "\0" not in sql and why_not_a_read(clean(sql))])
def test_refused_by_postgres_itself(
    sql: str, server: Server, executor: Executor, instances: tuple[Instance, ...], before: tuple[Any, ...]
) -> None:
    """Without our own look at the text: the role, the protocol and the transaction must hold alone."""
    probe = executor.execute(instances[0], PROBE)
    executor.run(instances[0].database, sql, LIMITS)
    assert executor.execute(instances[0], PROBE) == probe
    assert trace(server, instances[0]) == before


@pytest.mark.parametrize("sql", HOSTILE["harmless"])
def test_harmless(
    sql: str, server: Server, executor: Executor, instances: tuple[Instance, ...], before: tuple[Any, ...]
) -> None:
    outcome = executor.execute(instances[0], sql, LIMITS)
    assert outcome.table is not None or outcome.failure is not None
    assert trace(server, instances[0]) == before
