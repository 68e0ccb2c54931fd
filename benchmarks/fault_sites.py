"""Where in a query a fault can be put: conditions, owners of columns, and other columns like them.

Reads a query's tree with the schema's DDL. The benchmark's own: neither the evaluator nor `schemas.mutate` shares it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from schemas.ddl import Column, Table

Tables = Sequence[Table]

COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
NUMBERS = ("int", "bigint", "smallint", "decimal", "double", "real", "float", "numeric")
TIMES = ("date", "timestamp", "timestamptz", "timestampntz")


def kind_of(column: Column) -> str:
    """A column's type in one word, so that two columns can stand for each other: "number", "time", or the type."""
    base = column.type.split("(")[0]
    return "number" if base.startswith(NUMBERS) else "time" if base in TIMES else base


def sources(select: exp.Select, tables: Tables) -> dict[str, Table]:
    """Alias -> table of the tables that a SELECT reads itself."""
    known = {table.name: table for table in tables}
    start = select.args.get("from_")
    items = [item.this for item in [start, *(select.args.get("joins") or [])] if item is not None]
    return {
        item.alias_or_name: known[item.name] for item in items if isinstance(item, exp.Table) and item.name in known
    }


def owner(column: exp.Column, tables: Tables) -> tuple[str, Table] | None:
    """Alias and table of a column, looked for in its own SELECT and those around it."""
    select = column.find_ancestor(exp.Select)
    while select is not None:
        for alias, table in sources(select, tables).items():
            if column.table in {"", alias} and any(item.name == column.name for item in table.columns):
                return alias, table
        select = select.find_ancestor(exp.Select)
    return None


def others(column: exp.Column, tables: Tables) -> list[exp.Column]:
    """The columns of the same table and kind that could stand in a column's place; keys are left out."""
    owned = owner(column, tables)
    if owned is None:
        return []
    table = owned[1]
    keys = {*table.primary_key, *(name for key in table.foreign_keys for name in key.columns)}
    own = table.column(column.name)
    found = []
    for other in table.columns:
        alike = kind_of(other) == kind_of(own) and other.name != own.name
        if alike and (other.name in keys) == (own.name in keys):
            copy = column.copy()
            copy.set("this", exp.to_identifier(other.name, quoted=column.this.args.get("quoted")))
            found.append(copy)
    return found


def conjuncts(node: exp.Expr | None) -> list[exp.Expr]:
    """The parts of a condition joined by AND, parentheses looked through."""
    if node is None:
        return []
    inner = node.unnest()
    if isinstance(inner, exp.And):
        return [*conjuncts(inner.this), *conjuncts(inner.expression)]
    return [inner]


def where_parts(tree: exp.Expr) -> list[exp.Expr]:
    """The conjuncts of every WHERE but those of FILTER."""
    wheres = [w for w in tree.find_all(exp.Where) if not isinstance(w.parent, exp.Filter)]
    return [part for where in wheres for part in conjuncts(where.this)]


def is_key(node: exp.Expr) -> bool:
    """Whether it equates two columns."""
    return isinstance(node, exp.EQ) and all(isinstance(s.unnest(), exp.Column) for s in (node.this, node.expression))


def comparisons(tree: exp.Expr) -> Iterator[tuple[exp.Expr, exp.Expr, exp.Expr]]:
    """Comparisons within WHERE of a column with something that holds none: (comparison, column, value)."""
    for part in where_parts(tree):
        for node in part.walk(prune=lambda n: isinstance(n, exp.Query)):
            if not isinstance(node, COMPARISONS):
                continue
            left, right = node.this.unnest(), node.expression.unnest()
            if isinstance(left, exp.Column) and right.find(exp.Column, exp.Query) is None:
                yield node, left, right
            elif isinstance(right, exp.Column) and left.find(exp.Column, exp.Query) is None:
                yield node, right, left


def drop(part: exp.Expr) -> bool:
    """Take a conjunct out of its condition, with the clause where nothing is left of it."""
    node = part
    while isinstance(node.parent, exp.Paren):
        node = node.parent
    parent = node.parent
    if isinstance(parent, exp.And):
        parent.replace(parent.expression if parent.this is node else parent.this)
        return True
    if isinstance(parent, (exp.Where, exp.Having)):
        parent.pop()
        return True
    return False


def main_select(tree: exp.Expr) -> exp.Select | None:
    """The outermost SELECT, through `SELECT * FROM (...)`; None for a set operation."""
    while isinstance(tree, (exp.Subquery, exp.Paren)):
        tree = tree.this
    if not isinstance(tree, exp.Select):
        return None
    source = tree.args.get("from_")
    if len(tree.expressions) == 1 and isinstance(tree.expressions[0], exp.Star) and source is not None:
        inner = source.this
        if isinstance(inner, exp.Subquery) and not tree.args.get("joins") and not tree.args.get("where"):
            return main_select(inner.this)
    return tree


def outer_order(tree: exp.Expr) -> exp.Order | None:
    """The top-level ORDER BY of the query in the given parentheses."""
    order = tree.this.args.get("order")
    return order if isinstance(order, exp.Order) else None
