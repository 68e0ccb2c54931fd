"""Statements over two servers: the same verdicts as on one, also where one is killed in the middle."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support import open_folder
from test_server import postmaster

from evaluator.copies import Instance
from evaluator.execute import Executor
from evaluator.score import score
from evaluator.server import Server, open_server
from evaluator.spread import Spread, build_everywhere, check_versions
from schemas.catalog import Schema
from schemas.errors import DatabaseError
from schemas.records import Prediction, Question, Verdict

STATEMENTS = (
    "SELECT count(*) FROM item",
    "SELECT count(*) FROM item WHERE id < {n}",
    "SELECT id, label FROM item WHERE id % {n} = 0",
    "SELECT nope FROM item",
    "SELECT count(*) / (id - id) FROM item GROUP BY id",
    "SELECT quantity, count(*) FROM sale GROUP BY quantity ORDER BY 2 DESC, 1",
)


class Servers:
    """Two embedded servers, known by their DSN alone: nothing brings a killed one back."""

    def __init__(self, stack: ExitStack) -> None:
        self.folders: list[Path] = [stack.enter_context(open_folder()) for _ in range(2)]
        self.opened: list[Server] = []
        for folder in self.folders:
            own = stack.enter_context(open_server(None, folder))
            self.opened.append(stack.enter_context(open_server(own.admin_dsn(), self.folders[0])))

    def kill(self, number: int) -> None:
        os.kill(postmaster(self.folders[number]), signal.SIGKILL)


@pytest.fixture
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(stack)


def asked() -> tuple[list[Question], list[Prediction]]:
    """120 questions whose answers are right, wrong and failing in turn."""
    questions, answers = [], []
    for number in range(120):
        gold = STATEMENTS[number % 3].format(n=2 + number % 11)
        sql = gold if number % 5 else STATEMENTS[number % len(STATEMENTS)].format(n=3 + number % 7)
        questions.append(Question(id=f"tiny/{number}", schema_name="tiny", split="dev", text="?", golds=(gold,)))
        answers.append(
            Prediction(id=f"tiny/{number}", sql=STATEMENTS[number % 6].format(n=2) if number % 7 == 0 else sql)
        )
    return questions, answers


def ask_on(executor: Executor, instance: Instance) -> None:
    """Ask for ten seconds: a backend notices only after a moment that its server is gone."""
    for _ in range(200):
        executor.execute(instance, "SELECT 1")
        time.sleep(0.05)


def test_a_server_killed_in_the_middle_changes_no_verdict(
    servers: Servers, tiny_schema: Schema, executor: Executor, instances: tuple[Instance, ...]
) -> None:
    questions, answers = asked()
    expected = score(executor, {"tiny": instances}, questions, answers)
    assert {verdict.exact for verdict in expected} == {True, False}
    built = build_everywhere(servers.opened, [tiny_schema], seed=7, count=3)
    told: list[str] = []
    done: list[Verdict] = []

    def on_done(verdict: Verdict) -> None:
        done.append(verdict)
        if len(done) == 30:
            servers.kill(1)

    with Spread(servers.opened, executor.limits, on_lost=told.append) as spread:
        assert score(spread, built, questions, answers, threads=6, on_done=on_done) == expected
        assert spread.lost == (2,)
    assert len(told) == 1
    assert "server 2 is left out, 1 server goes on" in told[0]


def test_both_servers_work_and_the_loss_of_both_is_an_error(servers: Servers, tiny_schema: Schema) -> None:
    built = build_everywhere(servers.opened, [tiny_schema], seed=7, count=1)
    questions, answers = asked()
    with Spread(servers.opened) as spread:
        verdicts = score(spread, built, questions, answers, threads=6)
        assert len(verdicts) == 120
        assert all(member.executor._idle for member in spread._members)
        assert spread.lost == ()
        servers.kill(0)
        servers.kill(1)
        with pytest.raises(DatabaseError, match="does not answer"):
            ask_on(spread, built["tiny"][0])


def test_servers_of_different_versions_are_refused(server: Server) -> None:
    class Older:
        version = "16.4"

    with pytest.raises(DatabaseError, match=r"different versions of Postgres \(18.*, 16.4\)"):
        check_versions([server, Older()])  # type: ignore[list-item]
