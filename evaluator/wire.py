"""One untrusted statement over one connection in one exchange: begin, statement, rollback, reset, sent together.

Uses libpq's pipeline mode, which is the extended protocol: a message holds exactly one statement, whatever its text
says. Postgres works through the four while we wait once instead of four times. Rows arrive in chunks and the reading
stops at the limits; the connection is then given up, since more rows are on their way. After each statement the
transaction is rolled back and the session's state discarded (Postgres manual, DISCARD). Knows neither what is right
nor who may do what.
"""

from __future__ import annotations

import contextlib
import select
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from evaluator.decode import MAX_CELL, CellTooLargeError
from evaluator.outcome import Failure, Limits, Outcome, Table, kind_of

if TYPE_CHECKING:
    import psycopg
    from psycopg.pq.abc import PGconn, PGresult

    Connection = psycopg.Connection[tuple[Any, ...]]

_ROWS = (2, 9, 12)
"""libpq's status of a result with rows: all of them, one of them, a chunk of them."""
_COPIES = (3, 4, 8)
"""libpq's status of a COPY, which pipeline mode does not know."""
_FATAL = 7
_LOST = frozenset({"57P01", "57P02", "57P03"})
"""The server is going down, or the session was ended."""


def exchange(connection: Connection, statement: str, limits: Limits) -> Outcome | None:
    """Run one statement and leave the session as it was; None if the connection was lost, which is then closed.

    Args:
        connection: in autocommit mode, idle; closed afterwards where a limit was passed or the line failed.
        statement: any text without a zero byte.
        limits: on time (the server's own), rows and bytes.
    """
    import psycopg

    try:
        return _Exchange(connection, limits).run(statement.encode(errors="replace"))
    except psycopg.OperationalError:
        connection.close()
        return None


class _OverLimitError(Exception):
    """More rows or bytes than allowed; the message says which."""


class _RefusedError(Exception):
    """The statement does what no read does."""


class _Exchange:
    """The messages of one statement on their way."""

    def __init__(self, connection: Connection, limits: Limits) -> None:
        self.connection = connection
        self.limits = limits
        self.pgconn: PGconn = connection.pgconn
        self._poll = select.poll()
        self._rows: list[tuple[Any, ...]] = []
        self._size = 0
        self._transformer: Any = None

    def run(self, statement: bytes) -> Outcome | None:
        """Send all, read all."""
        pgconn = self.pgconn
        pgconn.enter_pipeline_mode()
        limit = b"SET LOCAL statement_timeout = %d" % max(1, int(self.limits.seconds * 1000))
        for message in (b"BEGIN READ ONLY", limit, statement):
            pgconn.send_query_params(message, None)
        pgconn.pipeline_sync()
        for message in (b"ROLLBACK", b"DISCARD ALL"):
            pgconn.send_query_params(message, None)
            pgconn.pipeline_sync()
        self._poll.register(pgconn.socket, select.POLLIN)
        self._flush()
        try:
            outcome = self._read_statement()
        except _OverLimitError as error:
            self._give_up()
            return Outcome(failure=Failure("runtime", "", str(error)))
        except _RefusedError as error:
            self._give_up()
            return Outcome(failure=Failure("no_sql", "", str(error)))
        if outcome is None or not (self._is_clean() and self._is_clean()):
            self.connection.close()
            return outcome
        pgconn.exit_pipeline_mode()
        return outcome

    def _flush(self) -> None:
        """Send what is left in libpq's buffer; a long statement may need the server to read first."""
        while self.pgconn.flush():
            self._poll.modify(self.pgconn.socket, select.POLLIN | select.POLLOUT)
            self._poll.poll()
            self.pgconn.consume_input()
        self._poll.modify(self.pgconn.socket, select.POLLIN)

    def _next(self) -> PGresult | None:
        """The next result, waited for without holding up other threads; None between messages."""
        while self.pgconn.is_busy():
            self._poll.poll()
            self.pgconn.consume_input()
        return self.pgconn.get_result()

    def _read_statement(self) -> Outcome | None:
        """Results up to the first synchronisation: those of BEGIN, SET and the statement."""
        failure: Failure | None = None
        last: PGresult | None = None
        for place in range(3):
            if place == 2:
                self._ask_for_chunks()
            for result in self._results():
                if result.status in _COPIES:
                    raise _RefusedError("the answer copies data")
                if result.status in _ROWS:
                    last = self._take(result)
                elif result.status == _FATAL and failure is None:
                    failure = _failure_of(result)
                    if failure.sqlstate in _LOST or not failure.sqlstate:
                        return None
        self._next()  # the synchronisation itself
        if failure is not None:
            return Outcome(failure=failure)
        if last is None or not last.nfields:
            return Outcome(failure=Failure("no_sql", "", "the answer returns no columns"))
        return Outcome(self._table(last))

    def _results(self) -> Iterator[PGresult]:
        """The results of one message."""
        while (result := self._next()) is not None:
            yield result

    def _ask_for_chunks(self) -> None:
        import psycopg

        try:
            self.pgconn.set_chunked_rows_mode(self.limits.chunk)
        except psycopg.NotSupportedError:  # libpq before 17
            self.pgconn.set_single_row_mode()

    def _take(self, result: PGresult) -> PGresult:
        """Add a chunk's rows."""
        from psycopg.adapt import Transformer

        count = result.ntuples
        if len(self._rows) + count > self.limits.rows:
            raise _OverLimitError(f"too many rows: more than {self.limits.rows:,}")
        if self._transformer is None:
            self._transformer = Transformer(self.connection)
            self._transformer.set_pgresult(result)
        else:
            self._transformer.set_pgresult(result, set_loaders=False)
        try:
            rows = self._transformer.load_rows(0, count, tuple)
        except CellTooLargeError:
            raise _OverLimitError(f"too large a result: more than {MAX_CELL >> 20} MB in one value") from None
        self._size += sum(_size(row, place, result) for place, row in enumerate(rows))
        if self._size > self.limits.size:
            raise _OverLimitError(f"too large a result: more than {self.limits.size >> 20} MB")
        self._rows += rows
        return result

    def _table(self, result: PGresult) -> Table:
        """The whole table, described by its last result."""
        fields = range(result.nfields)
        names = tuple((result.fname(field) or b"").decode(errors="replace") for field in fields)
        return Table(names, tuple(result.ftype(field) for field in fields), tuple(self._rows))

    def _is_clean(self) -> bool:
        """Whether the next message, one of those that clean up, succeeded."""
        fine = all(result.status != _FATAL for result in self._results())
        self._next()  # its synchronisation
        return fine

    def _give_up(self) -> None:
        """Stop the statement and close the line: the rows still under way are not wanted."""
        with contextlib.suppress(Exception):  # it may have ended by itself
            self.connection.cancel_safe(timeout=1.0)
        self.connection.close()


def _size(row: tuple[Any, ...], place: int, result: PGresult) -> int:
    """Bytes of a row as sent, near enough: exact where a value can be large."""
    size = 0
    for column, value in enumerate(row):
        if isinstance(value, str | bytes):
            size += len(value)
        elif isinstance(value, list | dict):
            size += len(result.get_value(place, column) or b"")
        else:
            size += 8
    return size


def _failure_of(result: PGresult) -> Failure:
    from psycopg.pq import DiagnosticField

    def field(which: DiagnosticField) -> str:
        return (result.error_field(which) or b"").decode(errors="replace")

    sqlstate = field(DiagnosticField.SQLSTATE)
    message = field(DiagnosticField.MESSAGE_PRIMARY) or result.get_error_message("utf-8").strip() or "no message"
    position = int(field(DiagnosticField.STATEMENT_POSITION) or 0)
    return Failure(kind_of(sqlstate) if sqlstate else "runtime", sqlstate, message.splitlines()[0], position)
