"""Runs one untrusted statement on one instance: restricted role, read-only transaction, limits on time, rows and bytes.

The statement goes through the extended protocol, which takes exactly one; rows are read one at a time and the reading
stops at the limits. The server's own timeout is backed by a watchdog that cancels and, if that does not help, cuts the
line. A time-out counts only after a second run with nothing else running. This module does not know what is right.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from evaluator.clock import freeze
from evaluator.copies import Instance
from evaluator.decode import MAX_CELL, CellTooLargeError
from evaluator.statement import clean, why_not_a_read
from schemas.errors import DatabaseError

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

Kind = Literal["no_sql", "syntax", "binding", "runtime"]

_IDLE = 48
"""Idle connections kept in all; the oldest are closed first."""
_GRACE_SECONDS = 1.0
"""How long after the server's timeout the watchdog cancels; after as long again it cuts the line."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one statement may use."""

    seconds: float = 2.0
    rows: int = 10_000
    size: int = 16 << 20
    """Bytes of the result as sent."""


@dataclass(frozen=True, slots=True)
class Table:
    """A statement's result."""

    columns: tuple[str, ...]
    types: tuple[int, ...]
    """Postgres's type oids."""
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no result."""

    kind: Kind
    sqlstate: str
    """Five characters; empty where we refused or stopped the statement ourselves."""
    message: str
    position: int = 0
    """Character of the statement that Postgres points at, counted from 1; 0 where it points at none."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a statement ended on one instance: exactly one of the two is set."""

    table: Table | None = None
    failure: Failure | None = None


def kind_of(sqlstate: str) -> Kind:
    """Failure mode that an SQLSTATE stands for."""
    if sqlstate in {"25006", "42501"}:
        return "no_sql"
    if sqlstate == "42601":
        return "syntax"
    if sqlstate[:2] in {"42", "3D", "3F", "0A"}:
        return "binding"
    return "runtime"


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
        self._gate = _Gate()
        self._watchdog = _Watchdog()

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

        try:
            milliseconds = max(1, int(limits.seconds * 1000))
            connection.execute(f"BEGIN READ ONLY; SET LOCAL statement_timeout = {milliseconds}".encode())
            try:
                with self._watchdog.watch(connection, limits.seconds):
                    outcome = _read(connection, statement, limits)
            except psycopg.Error as error:
                if connection.closed or error.sqlstate in {"57P01", "57P02", "57P03"}:
                    connection.close()
                    return None
                outcome = Outcome(failure=_failure(error))
            connection.execute(b"ROLLBACK")
            connection.execute(b"DISCARD ALL")
            self._server.prepare(connection)
        except psycopg.OperationalError:
            connection.close()
            return None
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


def _read(connection: Connection, statement: str, limits: Limits) -> Outcome:
    """Stream the rows, up to the limits."""
    rows: list[tuple[Any, ...]] = []
    size = 0
    with connection.cursor() as cursor:
        # The type says LiteralString; the statement is untrusted on purpose, and this path takes just one.
        stream = cast("Generator[tuple[Any, ...], None, None]", cursor.stream(statement.encode()))
        try:
            with contextlib.closing(stream):
                for row in stream:
                    rows.append(row)
                    size += _size(row, cursor)
                    if len(rows) > limits.rows:
                        return _over(f"too many rows: more than {limits.rows:,}")
                    if size > limits.size:
                        return _over(f"too large a result: more than {limits.size >> 20} MB")
        except CellTooLargeError:
            return _over(f"too large a result: more than {MAX_CELL >> 20} MB in one value")
        result = cursor.pgresult if rows else _described(connection, statement)
        if result is None or not result.nfields:
            return Outcome(failure=Failure("no_sql", "", "the answer returns no columns"))
        fields = range(result.nfields)
        names = tuple((result.fname(field) or b"").decode(errors="replace") for field in fields)
        types = tuple(result.ftype(field) for field in fields)
    return Outcome(Table(names, types, tuple(rows)))


def _described(connection: Connection, statement: str) -> psycopg.pq.abc.PGresult:
    """Columns of a statement that returned no row, of which a stream tells nothing."""
    connection.pgconn.prepare(b"", statement.encode())
    return connection.pgconn.describe_prepared(b"")


def _size(row: tuple[Any, ...], cursor: psycopg.Cursor[tuple[Any, ...]]) -> int:
    """Bytes of the row as sent, near enough: exact where a value can be large."""
    size = 0
    for column, value in enumerate(row):
        if isinstance(value, str | bytes):
            size += len(value)
        elif isinstance(value, list | dict) and cursor.pgresult is not None:
            size += len(cursor.pgresult.get_value(0, column) or b"")
        else:
            size += 8
    return size


def _over(message: str) -> Outcome:
    return Outcome(failure=Failure("runtime", "", message))


def _failure(error: psycopg.Error) -> Failure:
    sqlstate = error.sqlstate or ""
    message = error.diag.message_primary or str(error).strip() or type(error).__name__
    position = int(error.diag.statement_position or 0)
    return Failure(kind_of(sqlstate) if sqlstate else "runtime", sqlstate, message.splitlines()[0], position)


class _Gate:
    """Many may pass together, or one alone."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._inside = 0
        self._waiting_alone = 0

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        with self._condition:
            self._condition.wait_for(lambda: self._inside >= 0 and not self._waiting_alone)
            self._inside += 1
        try:
            yield
        finally:
            with self._condition:
                self._inside -= 1
                self._condition.notify_all()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        with self._condition:
            self._waiting_alone += 1
            self._condition.wait_for(lambda: self._inside == 0)
            self._waiting_alone -= 1
            self._inside = -1
        try:
            yield
        finally:
            with self._condition:
                self._inside = 0
                self._condition.notify_all()


class _Watchdog:
    """One thread that cancels statements the server's own timeout did not stop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[int, tuple[float, Connection]] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def watch(self, connection: Connection, seconds: float) -> Iterator[None]:
        key = id(connection)
        with self._lock:
            self._watched[key] = (time.monotonic() + seconds + _GRACE_SECONDS, connection)
            if self._thread is None:
                self._thread = threading.Thread(target=self._patrol, name="sqlloop-watchdog", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._watched.pop(key, None)

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _patrol(self) -> None:
        while not self._stop.wait(0.2):
            now = time.monotonic()
            with self._lock:
                late = [(deadline, c) for deadline, c in self._watched.values() if now > deadline]
                for deadline, connection in late:
                    if now > deadline + _GRACE_SECONDS:
                        _quietly(lambda c=connection: _cut(c))  # type: ignore[misc]
            for _, connection in late:
                _quietly(lambda c=connection: c.cancel_safe(timeout=1.0))  # type: ignore[misc]


def _quietly(action: Callable[[], object]) -> None:
    """The statement may end while we act on it; then there is nothing to do."""
    with contextlib.suppress(Exception):
        action()


def _cut(connection: Connection) -> None:
    """Shut the line down, which wakes the thread that waits on it."""
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
