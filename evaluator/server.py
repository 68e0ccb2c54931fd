"""Postgres: the embedded one, or the user's by DSN, and the connection strings for each.

Knows connections, not schemas or rows; how the embedded server is kept is in `evaluator.embedded`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from evaluator.embedded import CONNECT_SECONDS, Embedded
from schemas.errors import DatabaseError

if TYPE_CHECKING:
    import psycopg

READER = "sqlloop_reader"

PINNED = {
    "search_path": "public",
    "TimeZone": "UTC",
    "DateStyle": "ISO,YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "work_mem": "16MB",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "default_transaction_read_only": "on",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "60000",
}
"""Settings of every session: same text for the same value, and the same plan for the same query, on every server."""


class Server:
    """A Postgres server in use; leave the `with` block, or call `close`, when done.

    Made by `open_server`. Safe to share between threads.
    """

    def __init__(self, conninfo: str, reader: str, reader_password: str, embedded: Embedded | None) -> None:
        self._conninfo = conninfo
        self._embedded = embedded
        self._reader_password = reader_password
        self.reader = reader
        """Name of the role that runs untrusted statements."""
        self.version = self._connect_version()
        """Server version as Postgres prints it: "18.6"."""

    @property
    def embedded(self) -> bool:
        """True for our own server, False for the user's."""
        return self._embedded is not None

    def admin_dsn(self, dbname: str | None = None) -> str:
        """Connection string of the role that makes copies; without a name, its maintenance database."""
        from psycopg.conninfo import make_conninfo

        return make_conninfo(self._conninfo, **({"dbname": dbname} if dbname else {}))

    def reader_dsn(self, dbname: str) -> str:
        """Connection string of the restricted role, with every setting pinned that changes an answer's text."""
        from psycopg.conninfo import make_conninfo

        options = " ".join(f"-c {name}={value}" for name, value in PINNED.items())
        extra = {"password": self._reader_password} if self._reader_password else {}
        return make_conninfo(self._conninfo, dbname=dbname, user=self.reader, options=options, **extra)

    @property
    def reader_password(self) -> str:
        """Password the reader role must have; empty on the embedded server, whose socket only we can reach."""
        return self._reader_password

    def prepare(self, connection: psycopg.Connection[Any]) -> None:
        """Nothing to do: the reader role may only read."""

    def revive(self) -> None:
        """Start the embedded server again if it died; the user's is only asked whether it answers.

        Raises:
            DatabaseError: it does not answer and could not be started.
        """
        if self._embedded is not None:
            self._conninfo = self._embedded.ensure_running()
        self._connect_version()

    def close(self) -> None:
        """Give the server up: an embedded one stops within a second once nobody uses it."""
        if self._embedded is not None:
            self._embedded.release()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connect_version(self) -> str:
        import psycopg

        try:
            with psycopg.connect(self.admin_dsn(), connect_timeout=CONNECT_SECONDS, autocommit=True) as connection:
                row = connection.execute("SHOW server_version").fetchone()
        except psycopg.Error as error:
            raise DatabaseError(unreachable(self._conninfo, error)) from None
        return str(row[0]).split()[0] if row else ""


def open_server(dsn: str | None, data_dir: Path) -> Server:
    """Use the server that `dsn` names, or the embedded one whose files are under `data_dir` (started if need be).

    Args:
        dsn: libpq connection string or URI of the user's server; None for the embedded one.
        data_dir: Folder for the embedded server's files and our reader role's password; made if missing.

    Raises:
        DatabaseError: the server does not answer within 5 seconds (user's) or 60 (embedded), or the DSN is malformed.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir = data_dir.resolve()
    if dsn is None:
        embedded = Embedded(data_dir)
        try:
            return Server(embedded.ensure_running(), READER, "", embedded)
        except BaseException:
            embedded.release()
            raise
    secret = _reader_secret(data_dir)
    return Server(checked_dsn(dsn), f"{READER}_{secret[:8]}", secret, None)


def checked_dsn(dsn: str) -> str:
    """The DSN in libpq's own form, with a time limit for connecting; `DatabaseError` if it is malformed."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    try:
        parts = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:  # its message may repeat the DSN, and with it the password
        raise DatabaseError(
            "the DSN is malformed: write postgresql://user:password@host:5432/dbname or 'host=... user=... dbname=...'"
        ) from None
    parts.setdefault("connect_timeout", str(CONNECT_SECONDS))
    return make_conninfo("", **{name: value for name, value in parts.items() if value is not None})


def unreachable(conninfo: str, error: Exception, own: bool = False) -> str:
    """One sentence on a server that does not answer: the host, never the password.

    Args:
        conninfo: where it should be.
        error: what psycopg says.
        own: whether only the user's server would do, so that the embedded one is no way out.
    """
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(conninfo)
    where = f"{parts.get('host') or 'the local socket'}:{parts.get('port') or 5432}"
    lines = [line.strip() for line in str(error).splitlines()]
    lines = [line for line in lines if line and not line.startswith("Is the server running")]  # libpq's hint
    reason = (lines or ["no answer"])[-1]
    password = str(parts.get("password") or "")
    if password:
        reason = reason.replace(password, "***")
    return f"Postgres at {where} does not answer as asked ({reason}): check that it runs and that the DSN is right" + (
        "" if own else ", or leave the DSN out to use the embedded server"
    )


def _reader_secret(data_dir: Path) -> str:
    """Password of our reader role on the user's server, made once per data folder."""
    path = data_dir / "reader.secret"
    with contextlib.suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(24))
    return path.read_text(encoding="ascii").strip()
