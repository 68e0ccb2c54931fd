"""Mutation operators that add or drop a join, a condition or a negation: made to be aimed (see `schemas.aims`).

Each is an `schemas.operator.Operator`; `schemas.mutate` applies them where they are asked for by name only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sqlglot import exp

from schemas.ddl import ForeignKey, Table
from schemas.operator import table_of, with_args
from schemas.operators_aimed import of, own_tables
from schemas.sql import name_node


def join_drop(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A table less, with the conditions on it; only where nothing else speaks of it."""
    for place, join in enumerate(node.args.get("joins") or ()) if isinstance(node, exp.Select) else ():
        copy = node.copy()
        dropped = copy.args["joins"].pop(place)
        name = dropped.this.alias_or_name
        where = copy.args.get("where")
        if where is not None:
            kept = [item for item in where.this.flatten() if not _speaks_of(item, name)]
            kept = kept if isinstance(where.this, exp.And) else [] if _speaks_of(where.this, name) else [where.this]
            copy.set("where", exp.Where(this=exp.and_(*kept, wrap=False)) if kept else None)
        if not _speaks_of(copy, name) and not join.args.get("laterals"):
            yield copy


def _speaks_of(node: exp.Expr, name: str) -> bool:
    return any(column.table == name for column in node.find_all(exp.Column))


def join_add(node: exp.Expr, tables: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A table more, one that refers to a table of the query: rows are multiplied, or those without a partner lost."""
    if not isinstance(node, exp.Select) or node.find_ancestor(exp.With) is not None:
        return
    own = own_tables(node, tables)
    used = {table.name for _, table in own}
    for name, table in own:
        for other in tables:
            keys = [key for key in other.foreign_keys if key.parent == table.name]
            if other.name not in used and keys:
                yield _joined(node, tables, name, other, keys[0])
                break


def _joined(select: exp.Select, tables: Sequence[Table], name: str, other: Table, key: ForeignKey) -> exp.Select:
    """The SELECT with the other table joined, its own columns qualified so that none becomes ambiguous."""
    goes_by = {table.name: alias for alias, table in own_tables(select, tables)}
    copy = select.copy()
    pairs = zip(select.find_all(exp.Column), copy.find_all(exp.Column), strict=True)
    for original, column in pairs:
        if column.table or original.find_ancestor(exp.Select) is not select:
            continue
        owner = table_of(original, tables)
        if owner is not None and owner.name in goes_by:
            column.set("table", exp.to_identifier(goes_by[owner.name]))
    tests = [
        exp.EQ(this=of(other.name, other.column(child)), expression=exp.column(parent, table=name))
        for child, parent in zip(key.columns, key.parent_columns, strict=True)
    ]
    return copy.join(exp.to_table(other.name), on=exp.and_(*tests, wrap=False), copy=False)


def filter_add(node: exp.Expr, tables: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A condition nobody asked for: one of the values that a column may hold, a value that must be there."""
    if not isinstance(node, exp.Select):
        return
    where = node.args.get("where")
    for test in _tests(node, tables):
        both = test if where is None else exp.and_(where.this.copy(), test, wrap=False)
        yield with_args(node, where=exp.Where(this=both))


def _tests(select: exp.Select, tables: Sequence[Table]) -> Iterator[exp.Expr]:
    """Conditions on the first table, the likeliest to matter first; at most three."""
    for name, table in own_tables(select, tables)[:1]:
        where = select.args.get("where")
        used = {column.name for column in where.find_all(exp.Column)} if where else set()
        free = [column for column in table.columns if column.name not in used]
        listed = [exp.EQ(this=of(name, c), expression=exp.Literal.string(c.values[0])) for c in free if c.values]
        flags = [of(name, c) for c in free if c.type == "boolean"]
        there = [exp.Not(this=exp.Is(this=of(name, c), expression=exp.Null())) for c in free if not c.not_null]
        sorted_ = [c for c in free if c.type.startswith(("int", "bigint", "smallint", "decimal", "date", "timestamp"))]
        least = [exp.GT(this=of(name, c), expression=_least(table.name, c.name)) for c in sorted_]
        yield from [*listed[:1], *flags[:1], *there[:1], *least[:1]][:3]


def _least(table: str, column: str) -> exp.Expr:
    return exp.select(exp.Min(this=exp.Column(this=name_node(column)))).from_(exp.to_table(table)).subquery()


_DATE = re.compile(r"\d{4}-\d{2}")


def literal_text(node: exp.Expr, tables: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """Another text: another value that the column may hold, else the text misspelt."""
    if not isinstance(node, exp.Literal) or not node.is_string or _DATE.match(node.this):
        return
    parent = node.parent
    if not isinstance(parent, (exp.EQ, exp.NEQ, exp.In)) or not node.this:
        return
    column = parent.this if isinstance(parent.this, exp.Column) else None
    table = table_of(column, tables) if column is not None else None
    columns = [item for item in table.columns if item.name == column.name] if table and column is not None else []
    for value in [item for item in columns[0].values if item != node.this][:2] if columns else ():
        yield exp.Literal.string(value)
    yield exp.Literal.string(f"{node.this}s")


def list_item(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """One value less in a list of values."""
    if isinstance(node, exp.In) and len(node.expressions) > 1:
        for place in range(len(node.expressions)):
            kept = [item.copy() for number, item in enumerate(node.expressions) if number != place]
            yield with_args(node, expressions=kept)


def negate(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """EXISTS and IN negated, where they are not; where they are, `logic` drops the negation."""
    if isinstance(node, (exp.Exists, exp.In)) and not isinstance(node.parent, exp.Not):
        yield exp.Not(this=node.copy())
