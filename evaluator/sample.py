"""A capped sample of a user's rows in which every key finds its row.

Parents are taken before their children, and of a child's rows those whose parents are in the sample; what keys still
miss (a tree within one table, keys that go round in a circle) is fetched after. The same rows are taken from the same
data whatever their order on disk, except of tables above `BIG` rows, of which Postgres gives a repeatable part. Reads
in a read-only transaction. Knows nothing of what the rows mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from evaluator.introspect import Source, SourceColumn, SourceKey, SourceTable

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

    Connection = psycopg.Connection[tuple[Any, ...]]

BIG = 200_000
"""Rows above which a table is not sorted whole; a part twenty times the cap is."""
_WIDEST = 2_000
"""Characters of a text kept in a cell."""
_PLAIN = ("smallint", "integer", "bigint", "boolean")

Row = tuple[Any, ...]
"""One row as JSON holds it: integers, booleans and NULL as such, arrays as lists, everything else as Postgres prints
it."""


def sample_rows(
    connection: Connection,
    source: Source,
    namespace: str,
    cap: int,
    on_table: Callable[[str, int], None] | None = None,
) -> dict[str, list[Row]]:
    """Table -> rows, parents first; at most `cap` a table but for the parents that keys need.

    Args:
        connection: in a read-only transaction, with the session's settings pinned.
        source: what was read of the database.
        namespace: where its tables are.
        cap: rows a table.
        on_table: called after each table with its name and the rows taken.
    """
    taken: dict[str, list[Row]] = {}
    for table in source.tables:
        taken[table.name] = _fetch(connection, _first_choice(table, namespace, cap), *_held(table, taken))
        if on_table is not None:
            on_table(table.name, len(taken[table.name]))
    for _ in range(len(source.tables) * 4 + 20):  # a tree's height, or a circle's length
        fetched = [_complete(connection, source, table, namespace, taken) for table in source.tables]
        if not any(fetched):
            break
    return _without_dangling(source, {name: _widths(source.table(name), rows) for name, rows in taken.items()})


def _fetch(connection: Connection, query: sql.Composed, *parameters: Any) -> list[Row]:
    return connection.execute(query, list(parameters)).fetchall()


def _shown(column: SourceColumn) -> sql.Composed:
    """A column as JSON can hold it."""
    from psycopg import sql

    name = _name(column.name)
    if column.type in _PLAIN:
        return sql.SQL("t.{}").format(name)
    return sql.SQL("to_json(t.{})" if column.is_array else "t.{}::text").format(name)


def _select(table: SourceTable, namespace: str, suffix: str = "") -> sql.Composed:
    from psycopg import sql

    columns = sql.SQL(", ").join(_shown(column) for column in table.columns)
    return sql.SQL("SELECT {} FROM {} AS t{}").format(columns, _name(namespace, table.name), sql.SQL(suffix))


def _first_choice(table: SourceTable, namespace: str, cap: int) -> sql.Composed:
    """Up to `cap` rows in an order that a hash decides; where keys are given, of those whose parents are there."""
    from psycopg import sql

    part = ""
    if table.estimate > BIG:
        percent = min(100.0, 2000.0 * cap / table.estimate)
        part = f" TABLESAMPLE SYSTEM ({percent:.6f}) REPEATABLE (1)"
    query = _select(table, namespace, part)
    tests = [_among(key) for key in _outward(table)]
    if tests:
        query += sql.SQL(" WHERE ") + sql.SQL(" AND ").join(tests)
    return query + sql.SQL(" ORDER BY md5(t::text), t::text LIMIT {}").format(sql.Literal(cap))


def _outward(table: SourceTable) -> list[SourceKey]:
    return [key for key in table.keys if key.parent != table.name]


def _among(key: SourceKey) -> sql.Composed:
    """The key is NULL, or one of those given as one array a column; or does not matter."""
    from psycopg import sql

    empty = sql.SQL(" OR ").join(sql.SQL("t.{} IS NULL").format(_name(name)) for name in key.columns)
    return sql.SQL("(%s::bool OR {} OR {})").format(empty, _in_arrays(key.columns))


def _in_arrays(columns: Sequence[str]) -> sql.Composed:
    """The columns are one of the keys given, one array of texts a column."""
    from psycopg import sql

    names = sql.SQL(", ").join(sql.SQL("t.{}::text").format(_name(name)) for name in columns)
    arrays = sql.SQL(", ").join(sql.SQL("%s::text[]") for _ in columns)
    return sql.SQL("({}) IN (SELECT * FROM unnest({}))").format(names, arrays)


def _name(*parts: str) -> sql.Identifier:
    """A quoted name, in a query that takes parameters: there a % is written twice."""
    from psycopg import sql

    return sql.Identifier(*(part.replace("%", "%%") for part in parts))


def _held(table: SourceTable, taken: dict[str, list[Row]]) -> Iterator[Any]:
    """Parameters of `_among`: for each key whether it does not matter, and the parent's keys in the sample."""
    for key in _outward(table):
        there = key.parent in taken
        yield not there
        rows = sorted(_values(key.parent_positions, taken[key.parent])) if there else []
        yield from ([list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in key.columns])


def _values(positions: Sequence[int], rows: Sequence[Row]) -> set[tuple[str, ...]]:
    """The keys of rows, as text; those that hold a NULL left out."""
    found = {tuple(row[position] for position in positions) for row in rows}
    return {tuple(str(cell) for cell in key) for key in found if None not in key}


def _complete(
    connection: Connection, source: Source, table: SourceTable, namespace: str, taken: dict[str, list[Row]]
) -> bool:
    """Fetch the parents that a table's keys miss; whether there were any."""
    from psycopg import sql

    found = False
    for key in table.keys:
        parent = source.table(key.parent)
        there = _values(key.parent_positions, taken[parent.name])
        missing = sorted(_values(key.positions, taken[table.name]) - there)
        if not missing:
            continue
        test = sql.SQL(" WHERE {} ORDER BY t::text").format(_in_arrays(key.parent_columns))
        columns = [list(column) for column in zip(*missing, strict=True)]
        rows = _fetch(connection, _select(parent, namespace) + test, *columns)
        taken[parent.name] += rows
        found = found or bool(rows)
    return found


def _widths(table: SourceTable, rows: Sequence[Row]) -> list[Row]:
    """Rows with texts too long for any question cut; what is part of a key stays whole."""
    keyed = {
        name for names in (table.primary_key, *table.uniques, *(key.columns for key in table.keys)) for name in names
    }
    cut = {
        place
        for place, column in enumerate(table.columns)
        if column.name not in keyed and column.type.startswith(("text", "character varying"))
    }
    return [
        tuple(c[:_WIDEST] if place in cut and isinstance(c, str) else c for place, c in enumerate(row)) for row in rows
    ]


def _without_dangling(source: Source, taken: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Rows whose parent the database itself has not (a key never validated) lose the key, or go if it must be set."""
    changed = True
    while changed:
        changed = False
        for table in source.tables:
            for key in table.keys:
                there = _values(key.parent_positions, taken[key.parent])
                kept = [_mended(table, key, row, there) for row in taken[table.name]]
                found = [row for row in kept if row is not None]
                changed = changed or found != taken[table.name]
                taken[table.name] = found
    return taken


def _mended(table: SourceTable, key: SourceKey, row: Row, there: set[tuple[str, ...]]) -> Row | None:
    cells = [row[position] for position in key.positions]
    if None in cells or tuple(str(cell) for cell in cells) in there:
        return row
    if any(table.columns[position].not_null for position in key.positions):
        return None
    return tuple(None if place in key.positions else cell for place, cell in enumerate(row))
