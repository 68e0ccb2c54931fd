"""A user's own databases as they stand: one instance each, read where they are, nothing made and nothing granted.

The connection string may hold `{db_name}`, which stands for the database a question is about. Statements run in
read-only transactions through the extended protocol, under the same limits as on our copies. Where the user's role may,
it steps down to `pg_read_all_data`; statements that name a function which reaches beyond its statement are refused
before they are sent, since no right of ours stops them here. Knows connections, not questions.
"""

from __future__ import annotations

import contextlib
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from evaluator.clock import lex
from evaluator.copies import DANGEROUS, Instance
from evaluator.execute import Executor, Failure, Limits, Outcome
from evaluator.server import PINNED, checked_dsn, unreachable
from schemas.errors import DatabaseError

if TYPE_CHECKING:
    import psycopg

PLACE = "{db_name}"
"""What a DSN writes where the database's name belongs."""
_DANGEROUS = re.compile(DANGEROUS)
_STEP_DOWN = "pg_read_all_data"


class ForeignServer:
    """Where a user's databases are; what `Executor` needs to know of a server.

    Args:
        dsn: libpq connection string or URI, with or without `{db_name}`.

    Raises:
        DatabaseError: the DSN is malformed.
    """

    reader = "the DSN's own role"

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        checked_dsn(dsn.replace(PLACE, "postgres"))

    def reader_dsn(self, dbname: str) -> str:
        """Connection string for one database, with every setting pinned that changes an answer's text."""
        from psycopg.conninfo import make_conninfo

        options = " ".join(f"-c {name}={value}" for name, value in PINNED.items() if name != "search_path")
        named = checked_dsn(self._dsn.replace(PLACE, dbname))
        return make_conninfo(named, options=options, **({} if PLACE in self._dsn else {"dbname": dbname}))

    def prepare(self, connection: psycopg.Connection[Any]) -> None:
        """Step down to a role that may only read, where the session's own role may."""
        import psycopg

        with contextlib.suppress(psycopg.Error):
            connection.execute(f"SET ROLE {_STEP_DOWN}".encode())

    def check(self, dbname: str) -> None:
        """Connect once.

        Raises:
            DatabaseError: the database does not answer or refuses us; names the host, never the password.
        """
        import psycopg

        dsn = self.reader_dsn(dbname)
        try:
            psycopg.connect(dsn, autocommit=True).close()
        except psycopg.Error as error:
            raise DatabaseError(f"database {dbname}: {unreachable(dsn, error, own=True)}") from None

    def revive(self) -> None:
        """Nothing to start: the server is the user's. A lost connection is tried once more by the executor."""


class ForeignExecutor(Executor):
    """An executor that refuses, by name, what only rights could stop."""

    def __init__(self, server: ForeignServer, limits: Limits) -> None:
        super().__init__(server, limits)

    def run(self, database: str, statement: str, limits: Limits) -> Outcome:
        """Run a statement unless it names a function that reaches beyond it."""
        name = dangerous_name(statement)
        if name:
            return Outcome(failure=Failure("no_sql", "42501", f"permission denied for function {name}"))
        return super().run(database, statement, limits)


def dangerous_name(statement: str) -> str:
    """The first name in the text that no answer may use ("pg_read_file"); empty if there is none.

    >>> dangerous_name("SELECT pg_read_file('/etc/passwd')"), dangerous_name("SELECT 'pg_read_file'")
    ('pg_read_file', '')
    """
    for token in lex(statement) or ():
        if statement[token.start] == "'":
            continue
        name = token.text.lower()
        if _DANGEROUS.match(name):
            return name
        if name == "u&" or name.startswith('u&"'):
            return "a name with escapes"
    return ""


def foreign_instance(name: str, as_of: datetime) -> Instance:
    """A database as it stands, as the only instance of itself."""
    return Instance(name, 1, name, as_of)
