"""Instances: filled copies of a schema's database, named after their content and kept between runs.

A copy's name holds a hash of the schema's DDL, its rows.py and the seed, so a change makes new copies and an unchanged
schema costs one look-up. A comment on the database is written last: a copy without it was cut off and is built again.
This module knows how rows reach a server, not where they come from nor what is asked of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import random
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from evaluator.server import Server
from schemas.catalog import Schema
from schemas.errors import DatabaseError, SchemaError

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

_COMPLETE = "sqlloop instance, complete"
_BUILDING = "sqlloop instance, being built"
_RECIPE = "4"
"""Part of every name; raise it when what is done to a copy changes."""
_ROLE_LOCK = 7_310_211
"""Key of the advisory lock under which the reader role is made; an error ends the session and frees it."""
BUILDERS = 4
"""Schemas whose copies are built at once: half the time of a build is spent waiting for the server."""

# Every one of these outlives or reaches beyond a statement, waits on purpose, or runs text as SQL.
DANGEROUS = (
    r"^(pg_sleep.*|pg_(try_)?advisory.*|lo_.*|loread|lowrite|set_config|setseed|pg_notify|pg_read_.*|pg_ls_.*"
    r"|pg_stat_file|pg_terminate_backend|pg_cancel_backend|pg_export_snapshot|pg_logical_.*|pg_replication_.*"
    r"|pg_stat_reset.*|query_to_xml.*|cursor_to_xml.*|table_to_xml.*|schema_to_xml.*|database_to_xml.*|ts_stat"
    r"|pg_current_xact_id|txid_current|pg_export.*|pg_switch_wal|pg_promote|pg_reload_conf|pg_rotate_logfile.*)$"
)


@dataclass(frozen=True, slots=True)
class Instance:
    """One filled copy of a schema's database."""

    schema_name: str
    number: int
    """Counted from 1."""
    database: str
    """Database name on the server."""
    as_of: datetime
    """The schema's constant "now"."""
    shuffled: bool = False
    """Whether its rows were inserted in another order than the schema gives them."""


def build_instances(server: Server, schema: Schema, seed: int, count: int = 3) -> tuple[Instance, ...]:
    """The schema's first `count` instances, built where they do not stand ready. Safe to call from several processes.

    Raises:
        DatabaseError: the server refuses to make databases or the reader role.
        SchemaError: schema.sql or the rows of rows.py do not load; names the schema, the table and Postgres's reason.
    """
    stem = _stem(schema, seed)
    instances = tuple(
        Instance(schema.name, number, f"{stem}_{number}", schema.glossary.as_of) for number in range(1, count + 1)
    )
    _build(server, schema, instances, seed)
    return instances


def build_shuffled(server: Server, schema: Schema, seed: int) -> Instance:
    """Instance 1 again with the rows of every table in another order: what should not change an answer.

    Raises:
        DatabaseError: as `build_instances`.
        SchemaError: as `build_instances`.
    """
    instance = Instance(schema.name, 1, f"{_stem(schema, seed)}_1s", schema.glossary.as_of, shuffled=True)
    _build(server, schema, (instance,), seed)
    return instance


def build_all(
    server: Server,
    schemas: Sequence[Schema],
    seed: int,
    count: int = 3,
    on_done: Callable[[Schema], None] | None = None,
) -> dict[str, tuple[Instance, ...]]:
    """The instances of several schemas, a few schemas at once; schema name -> instances.

    Raises:
        DatabaseError: as `build_instances`.
        SchemaError: as `build_instances`.
    """

    def one(schema: Schema) -> tuple[Instance, ...]:
        built = build_instances(server, schema, seed, count)
        if on_done is not None:
            on_done(schema)
        return built

    with ThreadPoolExecutor(max_workers=BUILDERS, thread_name_prefix="sqlloop-build") as pool:
        return dict(zip([schema.name for schema in schemas], pool.map(one, schemas), strict=True))


def _stem(schema: Schema, seed: int) -> str:
    """Beginning of the names of a schema's copies: they change with its content."""
    digest = hashlib.sha256(f"{_RECIPE}/{schema.digest}/{seed}".encode()).hexdigest()[:12]
    return f"sqlloop_{_label(schema.name)}_{digest}"


def _label(schema_name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", schema_name.lower())[:36]


def _build(server: Server, schema: Schema, instances: Sequence[Instance], seed: int) -> None:
    with _admin(server) as admin:
        ensure_reader(server, admin)
        for instance in instances:
            _ensure(server, admin, schema, instance, seed)


def drop_instances(server: Server, schema_name: str | None = None) -> int:
    """Drop the copies we made, of one schema or of all; returns how many. Other databases are left alone."""
    label = "" if schema_name is None else _label(schema_name) + "_"
    pattern = re.compile(rf"sqlloop_{label if label else '.+_'}[0-9a-f]{{12}}_[0-9]+s?")
    with _admin(server) as admin:
        rows = admin.execute(
            "SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') = ANY(%s)"
            " AND pg_has_role(datdba, 'MEMBER')",
            [[_COMPLETE, _BUILDING]],
        ).fetchall()
        names = [row[0] for row in rows if pattern.fullmatch(row[0])]
        for name in names:
            _drop(admin, name)
    return len(names)


@contextlib.contextmanager
def _admin(server: Server) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Connection to the maintenance database; refusals become one clear `DatabaseError`."""
    import psycopg

    try:
        with psycopg.connect(server.admin_dsn(), autocommit=True) as connection:
            yield connection
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"Postgres refuses us ({_line(error)}): give the DSN's role CREATEDB and CREATEROLE, "
            "or leave the DSN out to use the embedded server"
        ) from None
    except psycopg.OperationalError as error:
        raise DatabaseError(f"Postgres was lost while copies were built ({_line(error)}): run again") from None


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no message"])[0]


def ensure_reader(server: Server, admin: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Make the role that runs untrusted statements: it may log in, and nothing else until granted."""
    import psycopg
    from psycopg import sql

    name = sql.Identifier(server.reader)
    # Roles belong to the whole server, whose catalogue several builders must not change at once.
    admin.execute("SELECT pg_advisory_lock(%s)", [_ROLE_LOCK])
    if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [server.reader]).fetchone() is None:
        password = sql.SQL(" PASSWORD {}").format(sql.Literal(server.reader_password))
        command = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOINHERIT{}").format(
            name, password if server.reader_password else sql.SQL("")
        )
        with contextlib.suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            admin.execute(command)
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):  # only a superuser may; the embedded one is
            admin.execute(sql.SQL("ALTER ROLE {} SET temp_file_limit = '256MB'").format(name))
    admin.execute("SELECT pg_advisory_unlock(%s)", [_ROLE_LOCK])


def _drop(admin: psycopg.Connection[tuple[Any, ...]], database: str) -> None:
    """Drop a database; Postgres waits for sessions that are just leaving, others are ended if we may end them."""
    import psycopg
    from psycopg import sql

    statement = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database))
    try:
        admin.execute(statement)
    except psycopg.errors.ObjectInUse:
        admin.execute(statement + sql.SQL(" WITH (FORCE)"))


def _ensure(
    server: Server, admin: psycopg.Connection[tuple[Any, ...]], schema: Schema, instance: Instance, seed: int
) -> None:
    """Build one instance unless it stands ready; two processes never build the same one."""
    from psycopg import sql

    lock = int.from_bytes(hashlib.sha256(instance.database.encode()).digest()[:8], "big", signed=True)
    name = sql.Identifier(instance.database)
    admin.execute("SELECT pg_advisory_lock(%s)", [lock])
    try:
        if _is_ready(server, admin, instance.database):
            return
        _drop(admin, instance.database)
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'").format(name)
        )
        admin.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(_BUILDING)))
        _fill(server, schema, instance, seed)
        admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        _grant_connect(server, admin, instance.database)
        admin.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(_COMPLETE)))
    finally:
        with contextlib.suppress(Exception):  # a lost connection gave the lock up already
            admin.execute("SELECT pg_advisory_unlock(%s)", [lock])


def _is_ready(server: Server, admin: psycopg.Connection[tuple[Any, ...]], database: str) -> bool:
    import psycopg

    row = admin.execute(
        "SELECT shobj_description(oid, 'pg_database'), has_database_privilege(%s, oid, 'CONNECT')"
        " FROM pg_database WHERE datname = %s",
        [server.reader, database],
    ).fetchone()
    if row is None or row[0] != _COMPLETE:
        return False
    if not row[1]:  # built by another data folder, whose reader role is another
        _grant_connect(server, admin, database)
        with psycopg.connect(server.admin_dsn(database), autocommit=True) as connection:
            _grant_read(server, connection)
    return True


def _grant_connect(server: Server, admin: psycopg.Connection[tuple[Any, ...]], database: str) -> None:
    from psycopg import sql

    grant = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
    admin.execute(grant.format(sql.Identifier(database), sql.Identifier(server.reader)))


def _fill(server: Server, schema: Schema, instance: Instance, seed: int) -> None:
    """DDL, rows, rights and statistics of one copy, in one transaction."""
    import psycopg

    with psycopg.connect(server.admin_dsn(instance.database)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        try:
            connection.execute(schema.ddl.encode())
        except psycopg.Error as error:
            raise SchemaError(
                f"{schema.folder / 'schema.sql'}: Postgres refuses it ({_line(error)}); mend it and run again"
            ) from None
        for table, rows in schema.rows(seed, instance.number).items():
            if instance.shuffled:
                rows = random.Random(f"{seed}/{table}").sample(rows, len(rows))
            try:
                _copy(connection, table, rows)
            except (psycopg.Error, TypeError, ValueError) as error:
                raise SchemaError(
                    f"{schema.folder / 'rows.py'}: the rows of table {table} in instance {instance.number} do not "
                    f"load ({_line(error)}); mend rows.py and run again"
                ) from None
        try:
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")  # keys that go round in a circle are checked by now
        except psycopg.Error as error:
            raise SchemaError(
                f"{schema.folder / 'rows.py'}: the rows of instance {instance.number} do not load ({_line(error)}); "
                "mend rows.py and run again"
            ) from None
        _index_keys(connection, schema)
        _grant_read(server, connection)
        _disarm(connection)
        connection.execute("ANALYZE")


def _copy(connection: psycopg.Connection[tuple[Any, ...]], table: str, rows: Any) -> None:
    from psycopg import sql
    from psycopg.types.json import JsonbDumper

    with connection.cursor() as cursor:
        cursor.adapters.register_dumper(dict, JsonbDumper)
        with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
            for row in rows:
                copy.write_row(row)


def _index_keys(connection: psycopg.Connection[tuple[Any, ...]], schema: Schema) -> None:
    """An index on every foreign key that leads no primary key, as any database in use has them."""
    from psycopg import sql

    for table in schema.tables:
        for columns in dict.fromkeys(key.columns for key in table.foreign_keys):
            if table.primary_key[: len(columns)] != columns:
                names = sql.SQL(", ").join(map(sql.Identifier, columns))
                connection.execute(sql.SQL("CREATE INDEX ON {} ({})").format(sql.Identifier(table.name), names))


def _grant_read(server: Server, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    from psycopg import sql

    reader = sql.Identifier(server.reader)
    connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(reader))
    connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(reader))


def _disarm(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Take the dangerous built-in functions from everyone but superusers, in this database."""
    import psycopg
    from psycopg import sql

    rows = connection.execute(
        "SELECT p.proname, pg_get_function_identity_arguments(p.oid), p.prokind FROM pg_proc p"
        " WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname ~ %s AND p.prokind = 'f'",
        [DANGEROUS],
    ).fetchall()
    command = sql.SQL("; ").join(_revoke(name, arguments) for name, arguments, _ in rows)
    # On a server that is not ours this may be refused; the role's rights and the limits still hold.
    with contextlib.suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
        connection.execute(command)


def _revoke(name: str, arguments: str) -> sql.Composed:
    from psycopg import sql

    # The argument list is Postgres's own rendering of its catalogue; there is no placeholder for types.
    types = sql.SQL(arguments)
    return sql.SQL("REVOKE EXECUTE ON FUNCTION pg_catalog.{}({}) FROM PUBLIC").format(sql.Identifier(name), types)
