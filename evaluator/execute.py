"""Runs one untrusted statement on one instance: restricted role, read-only transaction, limits on time, rows and bytes.

The statement and what cleans up after it go to the server in one exchange (`evaluator.wire`). The server's own timeout
is backed by a watchdog that cancels and, if that does not help, cuts the line. A time-out counts only after a second
run with nothing else running. This module does not know what is right.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from evaluator.clock import freeze
from evaluator.copies import Instance
from evaluator.guards import Gate, Watchdog
from evaluator.outcome import Failure, Kind, Limits, Outcome, Table, kind_of
from evaluator.statement import clean, why_not_a_read
from evaluator.wire import exchange
from schemas.errors import DatabaseError

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

__all__ = ["Executor", "Failure", "Host", "Kind", "Limits", "Outcome", "Table", "execute_on_all", "kind_of"]

_IDLE = 48
"""Idle connections kept in all; the oldest are closed first."""


class Host(Protocol):
    """What an executor needs to know of a server."""

    reader: str
    """Name of the role that runs untrusted statements."""

    def reader_dsn(self, dbname: str) -> str:
        """Connection string of that role."""

    def prepare(self, connection: Connection) -> None:
        """Make a new connection ready, and one whose session state was discarded."""

    def revive(self) -> None:
        """Bring a lost server back, if that is ours to do; `DatabaseError` if it does not come."""


class Executor:
    """Runs statements on a server's instances with warm connections; safe to share between threads."""

    def __init__(self, server: Host, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._server = server
        self._idle: OrderedDict[int, tuple[str, Connection]] = OrderedDict()
        self._lock = threading.Lock()
        self._gate = Gate()
        self._watchdog = Watchdog()

    def execute(self, instance: Instance, sql: str, limits: Limits | None = None) -> Outcome:
        """Run one statement as a model wrote it: cleaned, its clock frozen, on one instance.

        Args:
            instance: Where to run it.
            sql: Untrusted text; a fence or trailing semicolon is taken off.
            limits: Instead of the executor's own.

        Raises:
            DatabaseError: the server was lost and does not come back.
        """
        statement = clean(sql)
        reason = why_not_a_read(statement)
        if reason:
            return Outcome(failure=Failure("no_sql", "", reason))
        frozen = freeze(statement, instance.as_of)
        outcome = self.run(instance.database, frozen, limits or self.limits)
        failure = outcome.failure
        if failure is not None and frozen[: failure.position] != statement[: failure.position]:
            return Outcome(failure=replace(failure, position=0))  # freezing the clock has moved the place
        return outcome

    def run(self, database: str, statement: str, limits: Limits) -> Outcome:
        """Run a statement as it stands: neither cleaned nor frozen nor looked at.

        Raises:
            DatabaseError: the server was lost and does not come back.
        """
        with self._gate.shared():
            outcome = self._attempt(database, statement, limits)
        if outcome.failure is not None and outcome.failure.sqlstate == "57014":
            with self._gate.alone():
                outcome = self._attempt(database, statement, limits)
        return outcome

    def close(self) -> None:
        """Close all connections; the executor must be idle."""
        self._watchdog.close()
        with self._lock:
            idle, self._idle = list(self._idle.values()), OrderedDict()
        for _, connection in idle:
            connection.close()

    def __enter__(self) -> Executor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _attempt(self, database: str, statement: str, limits: Limits) -> Outcome:
        """Run it; where the server was lost, once more on a fresh connection."""
        for _ in range(3):  # an idle connection may have died with an earlier server: that attempt is free
            connection, fresh = self._take(database)
            outcome = self._run_on(connection, statement, limits)
            if not connection.closed:
                self._give_back(database, connection)
            if outcome is not None:
                return outcome
            self._server.revive()
            if fresh:
                break
        connection, _ = self._take(database)
        outcome = self._run_on(connection, statement, limits)
        if not connection.closed:
            self._give_back(database, connection)
        return outcome or Outcome(failure=Failure("runtime", "", "the statement brought the connection down, twice"))

    def _run_on(self, connection: Connection, statement: str, limits: Limits) -> Outcome | None:
        """The outcome, or None if the connection was lost."""
        import psycopg

        with self._watchdog.watch(connection, limits.seconds):
            outcome = exchange(connection, statement, limits)
        if not connection.closed:
            try:
                self._server.prepare(connection)
            except psycopg.OperationalError:
                connection.close()
        return outcome

    def _take(self, database: str) -> tuple[Connection, bool]:
        """A connection to the database, and whether it is a new one."""
        with self._lock:
            for key in reversed(self._idle):
                if self._idle[key][0] == database:
                    return self._idle.pop(key)[1], False
        return self._connect(database), True

    def _connect(self, database: str) -> Connection:
        import psycopg

        from evaluator.decode import adapters

        last = ""
        for attempt in range(2):
            try:
                connection = psycopg.Connection.connect(
                    self._server.reader_dsn(database),
                    autocommit=True,
                    prepare_threshold=None,  # DISCARD ALL forgets prepared statements
                    context=_Adapted(adapters()),
                )
                self._server.prepare(connection)
                return connection
            except psycopg.OperationalError as error:
                last = (str(error).strip().splitlines() or ["no answer"])[-1]
                if attempt == 0:
                    self._server.revive()
        raise DatabaseError(
            f"the reader role cannot connect to {database} ({last}): let {self._server.reader} log in "
            "(pg_hba.conf), or build the copies again"
        )

    def _give_back(self, database: str, connection: Connection) -> None:
        with self._lock:
            self._idle[id(connection)] = (database, connection)
            surplus = [self._idle.popitem(last=False)[1][1] for _ in range(len(self._idle) - _IDLE)]
        for old in surplus:
            old.close()


def execute_on_all(executor: Executor, instances: Sequence[Instance], sql: str) -> list[Outcome]:
    """The statement's outcome on each instance, in their order; after a failure the rest is not run but repeated."""
    outcomes: list[Outcome] = []
    for instance in instances:
        if outcomes and outcomes[-1].failure is not None and outcomes[-1].failure.kind != "runtime":
            outcomes.append(outcomes[-1])  # what Postgres refuses to plan, it refuses everywhere
        else:
            outcomes.append(executor.execute(instance, sql))
    return outcomes


class _Adapted:
    """Hands our value loaders to a new connection."""

    connection = None

    def __init__(self, adapters: Any) -> None:
        self.adapters = adapters
