"""A user's database -> the DDL of its tables, as text that `schemas.ddl` and Postgres both read.

Reads the catalogue in a read-only transaction and writes nothing. Kept are columns with their types, keys, unique
constraints, comments, enums, and checks that list a column's values; a domain becomes its base type, and a type that a
fresh server does not have becomes text. Left out, since instances hold changed copies of rows: other checks, defaults,
indexes, triggers, views, partitions (their parent stands for them), tables of extensions. Knows neither rows nor words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.errors import SchemaError

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

_TABLES = """
SELECT c.oid, c.relname, quote_ident(c.relname), obj_description(c.oid, 'pg_class'), greatest(c.reltuples, 0)::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
                  AND d.deptype = 'e')
ORDER BY c.relname
"""

# A domain is followed down to the type that it rests on.
_COLUMNS = """
WITH RECURSIVE base AS (
    SELECT a.attrelid, a.attnum, a.attname, a.attnotnull, a.atttypid AS typ, a.atttypmod AS mod
    FROM pg_attribute a WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT b.attrelid, b.attnum, b.attname, b.attnotnull OR t.typnotnull, t.typbasetype, t.typtypmod
    FROM base b JOIN pg_type t ON t.oid = b.typ WHERE t.typtype = 'd'
)
SELECT b.attrelid, b.attnum, b.attname, quote_ident(b.attname), bool_or(b.attnotnull) OVER col,
       format_type(b.typ, b.mod), t.typtype, t.typnamespace = 'pg_catalog'::regnamespace, t.typname,
       col_description(b.attrelid, b.attnum), t.typcategory, t.oid
FROM base b JOIN pg_type t ON t.oid = b.typ WHERE t.typtype <> 'd'
WINDOW col AS (PARTITION BY b.attrelid, b.attnum)
ORDER BY b.attrelid, b.attnum
"""

_CONSTRAINTS = """
SELECT c.conrelid, c.contype, c.conkey, c.confrelid, c.confkey, pg_get_constraintdef(c.oid)
FROM pg_constraint c WHERE c.conrelid = ANY(%s) AND c.contype IN ('p', 'f', 'c')
UNION ALL
SELECT i.indrelid, 'u', (i.indkey::int2[])[0:i.indnkeyatts - 1], NULL, NULL, NULL
FROM pg_index i
WHERE i.indrelid = ANY(%s) AND i.indisunique AND NOT i.indisprimary AND i.indpred IS NULL AND i.indexprs IS NULL
ORDER BY 1, 2 DESC, 3
"""

_ENUMS = """
SELECT enumtypid, array_agg(enumlabel::text ORDER BY enumsortorder) FROM pg_enum
WHERE enumtypid = ANY(%s) GROUP BY enumtypid
"""


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """One column as the user's database has it."""

    name: str
    quoted: str
    """The name as SQL writes it."""
    type: str
    """Its type in our copies: the base type of a domain, text for a type of an extension."""
    not_null: bool
    comment: str
    is_array: bool
    number: int
    """Its number in the catalogue."""


@dataclass(frozen=True, slots=True)
class SourceKey:
    """A foreign key to a table that is kept."""

    columns: tuple[str, ...]
    positions: tuple[int, ...]
    """Places of the columns among the table's, from 0."""
    parent: str
    parent_columns: tuple[str, ...]
    parent_positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One table as the user's database has it."""

    name: str
    quoted: str
    comment: str
    columns: tuple[SourceColumn, ...]
    primary_key: tuple[str, ...]
    uniques: tuple[tuple[str, ...], ...]
    keys: tuple[SourceKey, ...]
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    """Columns whose values a check lists: (column, values)."""
    estimate: int
    """Rows as the planner has it; 0 if never analysed."""

    def column(self, name: str) -> SourceColumn:
        """The column of that name; `KeyError` if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Source:
    """What was read of a database: parents before their children, as far as keys go round in no circle."""

    tables: tuple[SourceTable, ...]
    enums: tuple[tuple[str, tuple[str, ...]], ...]
    """(type name as SQL writes it, values)."""

    def ddl(self, title: str) -> str:
        """The text of a schema.sql; keys that close a circle come last, and are checked when all rows are there."""
        parts = [f"-- {title}\n"]
        parts += [f"CREATE TYPE {name} AS ENUM ({_literals(values)});\n" for name, values in self.enums]
        known: set[str] = set()
        late: list[str] = []
        for table in self.tables:
            known.add(table.name)
            parts.append(_create(table, self, known))
            late += [
                f"ALTER TABLE {table.quoted} ADD {_reference(table, key, self)} DEFERRABLE INITIALLY DEFERRED;"
                for key in table.keys
                if key.parent not in known
            ]
        comments = [line for table in self.tables for line in _comments(table)]
        return "\n".join(parts) + "".join(f"\n{line}" for line in [*late, *comments]) + "\n"

    def table(self, name: str) -> SourceTable:
        """The table of that name; `KeyError` if there is none."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)


def read_source(connection: Connection, namespace: str, wanted: Sequence[str] = ()) -> Source:
    """The tables of one namespace.

    Args:
        connection: in a read-only transaction.
        namespace: such as "public".
        wanted: names of the tables to keep; all if empty.

    Raises:
        SchemaError: the namespace holds no table, or a wanted table is not there; names what is.
    """
    rows = connection.execute(_TABLES, [namespace]).fetchall()
    names = {row[1] for row in rows}
    strange = [name for name in wanted if name not in names]
    if strange or not rows:
        there = f"it holds {', '.join(sorted(names))}" if rows else "it holds no table that we may see"
        what = f"no table {strange[0]!r} is in" if strange else "nothing can be taken from"
        raise SchemaError(f"{what} the Postgres schema {namespace!r}: {there}; give another --namespace or --tables")
    kept = [row for row in rows if not wanted or row[1] in wanted]
    oids = [row[0] for row in kept]
    columns, enums = _columns(connection, oids)
    constraints = connection.execute(_CONSTRAINTS, [oids, oids]).fetchall()
    by_oid = {row[0]: row[1] for row in kept}
    tables = [_table(row, columns[row[0]], constraints, by_oid, columns) for row in kept]
    return Source(tuple(_parents_first(tables)), enums)


def _columns(
    connection: Connection, oids: Sequence[int]
) -> tuple[dict[int, list[SourceColumn]], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Table oid -> its columns; and the enums they use."""
    found: dict[int, list[SourceColumn]] = {oid: [] for oid in oids}
    rows = connection.execute(_COLUMNS, [list(oids)]).fetchall()
    values: dict[int, list[str]] = dict(connection.execute(_ENUMS, [[row[11] for row in rows]]).fetchall())
    enums: dict[str, tuple[str, ...]] = {}
    for oid, number, name, quoted, not_null, kind, typtype, builtin, typname, comment, category, typ in rows:
        if typtype == "e":
            kind = kind.rpartition(".")[2]  # copies keep everything in one namespace
            enums[kind] = tuple(values[typ])
        elif not builtin or typtype not in "brm" or typname in {"xml", "pg_lsn", "regclass"}:
            kind = "text"
        kind = kind.replace("bit varying", "varbit")  # sqlglot reads no type of two words but its own
        is_array = category == "A" and kind != "text"
        found[oid].append(SourceColumn(name, quoted, kind, not_null, comment or "", is_array, number))
    return found, tuple(sorted(enums.items()))


def _table(
    row: tuple[Any, ...],
    columns: Sequence[SourceColumn],
    constraints: Sequence[tuple[Any, ...]],
    by_oid: dict[int, str],
    all_columns: dict[int, list[SourceColumn]],
) -> SourceTable:
    """One table with what its constraints say."""
    oid, name, quoted, comment, estimate = row
    numbers = {column.number: column.name for column in columns}
    primary: tuple[str, ...] = ()
    uniques: list[tuple[str, ...]] = []
    keys: list[SourceKey] = []
    lists: dict[str, tuple[str, ...]] = {}
    for table, kind, own, parent, other, text in constraints:
        if table != oid:
            continue
        named = tuple(numbers[number] for number in own or [])
        if kind == "p":
            primary = named
        elif kind == "u":
            uniques.append(named)
        elif kind == "c" and len(named) == 1:
            values = _listed(text)
            if values:
                lists[named[0]] = values
        elif kind == "f" and parent in by_oid:
            keys.append(_key(columns, own, by_oid[parent], all_columns[parent], other))
    listed = tuple(lists.items())
    return SourceTable(
        name, quoted, comment or "", tuple(columns), primary, tuple(uniques), tuple(keys), listed, estimate
    )


def _key(
    columns: Sequence[SourceColumn],
    own: Sequence[int],
    parent: str,
    theirs: Sequence[SourceColumn],
    other: Sequence[int],
) -> SourceKey:
    """A foreign key from the catalogue's column numbers."""
    places, parent_places = (
        tuple([column.number for column in found].index(number) for number in numbers)
        for found, numbers in ((columns, own), (theirs, other))
    )
    names, parent_names = tuple(columns[p].name for p in places), tuple(theirs[p].name for p in parent_places)
    return SourceKey(names, places, parent, parent_names, parent_places)


def _listed(text: str) -> tuple[str, ...]:
    """The values of a check that lists them, as Postgres prints it: `col = ANY (ARRAY['a'::text, ...])`."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    body = text.removeprefix("CHECK ").removesuffix(" NOT VALID").strip()
    try:
        tree = sqlglot.parse_one(f"SELECT {body}", read="postgres").expressions[0].unnest()
    except SqlglotError:
        return ()
    if isinstance(tree, exp.EQ) and isinstance(tree.expression, exp.Any):
        items = [node for node in tree.expression.find_all(exp.Literal) if node.is_string]
        plain = not tree.expression.find(exp.Column) and not tree.this.find(exp.Func, exp.Literal)
        return tuple(node.name for node in items) if plain else ()
    return ()


def _parents_first(tables: Sequence[SourceTable]) -> list[SourceTable]:
    """By name, but a table after those that its keys refer to; where keys go round in a circle, by name."""
    left = {table.name: table for table in tables}
    ordered: list[SourceTable] = []
    while left:
        free = [t for t in left.values() if not any(key.parent in left and key.parent != t.name for key in t.keys)]
        ordered += [left.pop(table.name) for table in free or [next(iter(left.values()))]]
    return ordered


def _literals(values: Sequence[str]) -> str:
    from psycopg import sql

    return ", ".join(sql.Literal(value).as_string(None) for value in values)


def _create(table: SourceTable, source: Source, known: set[str]) -> str:
    lists = dict(table.lists)
    lines = []
    for column in table.columns:
        line = f"    {column.quoted} {column.type}"
        if (column.name,) == table.primary_key:
            line += " PRIMARY KEY"
        elif column.not_null:
            line += " NOT NULL"
        if (column.name,) in table.uniques:
            line += " UNIQUE"
        if column.name in lists:
            line += f" CHECK ({column.quoted} IN ({_literals(lists[column.name])}))"
        lines.append(line)
    if len(table.primary_key) > 1:
        lines.append(f"    PRIMARY KEY ({_names(table, table.primary_key)})")
    lines += [f"    UNIQUE ({_names(table, unique)})" for unique in table.uniques if len(unique) > 1]
    lines += [f"    {_reference(table, key, source)}" for key in table.keys if key.parent in known]
    return f"CREATE TABLE {table.quoted} (\n" + ",\n".join(lines) + "\n);\n"


def _names(table: SourceTable, columns: Sequence[str]) -> str:
    return ", ".join(table.column(name).quoted for name in columns)


def _reference(table: SourceTable, key: SourceKey, source: Source) -> str:
    parent = source.table(key.parent)
    own, theirs = _names(table, key.columns), _names(parent, key.parent_columns)
    return f"FOREIGN KEY ({own}) REFERENCES {parent.quoted} ({theirs})"


def _comments(table: SourceTable) -> list[str]:
    """COMMENT ON for the table and its columns, where the user's database has one."""
    lines = [f"COMMENT ON TABLE {table.quoted} IS {_literals([table.comment])};"] if table.comment else []
    return lines + [
        f"COMMENT ON COLUMN {table.quoted}.{column.quoted} IS {_literals([column.comment])};"
        for column in table.columns
        if column.comment
    ]
