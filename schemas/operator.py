"""What a mutation operator is, and what operators share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlglot import exp

from schemas.ddl import Table

Operator = Callable[[exp.Expr, Sequence[Table]], Iterator[exp.Expr | None]]
"""(node, tables of the schema) -> what may stand in its place; None takes the node out."""


def with_args(node: exp.Expr, **args: object) -> exp.Expr:
    """A copy of the node with some of its arguments changed."""
    copy = node.copy()
    for key, value in args.items():
        copy.set(key, value)
    return copy


def as_kind(kind: type[exp.Expr], node: exp.Expr) -> exp.Expr:
    """The same two operands under another binary operator."""
    return kind(this=node.this.copy(), expression=node.expression.copy())


def table_of(column: exp.Column, tables: Sequence[Table]) -> Table | None:
    """The table a column belongs to, where its alias or its name alone tells."""
    select = column.find_ancestor(exp.Select)
    if select is None:
        return None
    by_name = {table.name: table for table in tables}
    sources: dict[str, Table] = {}
    while select is not None:
        for source in select.find_all(exp.Table):
            if source.name in by_name:
                sources.setdefault(source.alias_or_name, by_name[source.name])
        select = select.find_ancestor(exp.Select)
    if column.table:
        return sources.get(column.table)
    owners = [table for table in sources.values() if any(item.name == column.name for item in table.columns)]
    return owners[0] if len({table.name for table in owners}) == 1 else None
