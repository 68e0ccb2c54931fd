"""Mutation operators on what a query makes of its rows: output, grouping, order, windows, set operations.

Each is an `schemas.operator.Operator`; `schemas.mutate` lists them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from schemas.ddl import Table
from schemas.operator import table_of, with_args
from schemas.sql import name_node


def aggregate(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """SUM for AVG, MAX for MIN and the reverse; COUNT(*) for COUNT(column)."""
    swaps: dict[type[exp.Expr], type[exp.Expr]] = {
        exp.Sum: exp.Avg,
        exp.Avg: exp.Sum,
        exp.Min: exp.Max,
        exp.Max: exp.Min,
    }
    if type(node) in swaps and not isinstance(node.this, exp.Distinct):
        yield swaps[type(node)](this=node.this.copy())
    elif isinstance(node, exp.Count) and isinstance(node.this, exp.Column):
        yield exp.Count(this=exp.Star())


def distinct(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """DISTINCT dropped where it stands, added where it might: in the output, in COUNT, SUM and AVG."""
    if isinstance(node, exp.Select) and not node.args.get("group") and _counts_rows(node):
        if node.args.get("distinct"):
            if not node.args["distinct"].args.get("on"):
                yield with_args(node, distinct=None)
        elif not any(item.find(exp.AggFunc) for item in node.expressions):
            yield with_args(node, distinct=exp.Distinct())
    elif isinstance(node, (exp.Count, exp.Sum, exp.Avg)):
        if isinstance(node.this, exp.Distinct):
            yield type(node)(this=node.this.expressions[0].copy())
        elif not isinstance(node.this, exp.Star) and not isinstance(node.parent, exp.Window):
            yield type(node)(this=exp.Distinct(expressions=[node.this.copy()]))


def _counts_rows(select: exp.Select) -> bool:
    """Whether it matters how often a row comes: not under IN, EXISTS, nor a set operation that removes duplicates."""
    parent = select.parent
    while isinstance(parent, (exp.Subquery, exp.Paren)):
        parent = parent.parent
    if isinstance(parent, exp.SetOperation):
        return not parent.args.get("distinct")
    return not isinstance(parent, (exp.In, exp.Exists))


def order(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """Sorted the other way, or not at all where rows are cut or order is asked for."""
    if isinstance(node, exp.Ordered):
        falling = not node.args.get("desc")
        yield with_args(node, desc=falling, nulls_first=falling)
    elif isinstance(node, exp.Order) and isinstance(node.parent, exp.Query):
        yield None


def limit(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """One row more or less, or all."""
    if not isinstance(node, exp.Limit) or not isinstance(node.expression, exp.Literal):
        return
    count = int(node.expression.this)
    for other in (count - 1, count + 1):
        if other > 0:
            yield with_args(node, expression=exp.Literal.number(other))
    yield None


def column_swap(node: exp.Expr, tables: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """Another column of the same table and type."""
    if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star) or node.find_ancestor(exp.Join):
        return
    table = table_of(node, tables)
    if table is None:
        return
    kinds = {column.name: (column.type, bool(column.values)) for column in table.columns}
    others = [name for name in kinds if name != node.name and kinds[name] == kinds.get(node.name)]
    for name in others[:2]:
        yield with_args(node, this=name_node(name))


def set_operation(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """UNION ALL for UNION and the reverse; EXCEPT for INTERSECT and the reverse; the sides of EXCEPT swapped."""
    if isinstance(node, exp.Union):
        yield with_args(node, distinct=not node.args.get("distinct"))
    elif isinstance(node, (exp.Intersect, exp.Except)):
        kind = exp.Except if isinstance(node, exp.Intersect) else exp.Intersect
        copied = {key: value.copy() if isinstance(value, exp.Expr) else value for key, value in node.args.items()}
        yield kind(**copied)
        if isinstance(node, exp.Except):
            yield with_args(node, this=node.expression.copy(), expression=node.this.copy())


def window_frame(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A window's partition, order or frame dropped; the rows before widened by one."""
    if not isinstance(node, exp.Window):
        return
    for part in ("partition_by", "order", "spec"):
        if node.args.get(part) and not (part == "order" and node.args.get("spec")):
            yield with_args(node, **{part: None})
    spec = node.args.get("spec")
    start = spec.args.get("start") if spec is not None else None
    if isinstance(start, exp.Literal):
        wider = with_args(node)
        wider.args["spec"].set("start", exp.Literal.number(int(start.this) + 1))
        yield wider


def rank(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """RANK, DENSE_RANK and ROW_NUMBER for one another; LEAD for LAG."""
    swaps: dict[type[exp.Expr], type[exp.Expr]] = {
        exp.Rank: exp.DenseRank, exp.DenseRank: exp.Rank, exp.RowNumber: exp.Rank, exp.Lag: exp.Lead, exp.Lead: exp.Lag,
    }  # fmt: skip
    if type(node) in swaps and node.find_ancestor(exp.Window):
        copied = {key: value.copy() if isinstance(value, exp.Expr) else value for key, value in node.args.items()}
        yield swaps[type(node)](**copied)


def group_key(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """One column less to group by, where it is not in the output."""
    if isinstance(node, exp.Group) and len(node.expressions) > 1:
        for place in range(len(node.expressions)):
            rest = [item.copy() for number, item in enumerate(node.expressions) if number != place]
            yield with_args(node, expressions=rest)


def rounding(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """One digit less; CEIL for FLOOR; not rounded at all."""
    if isinstance(node, exp.Round):
        yield node.this.copy()
        digits = node.args.get("decimals")
        if isinstance(digits, exp.Literal) and int(digits.this) > 0:
            yield with_args(node, decimals=exp.Literal.number(int(digits.this) - 1))
    elif isinstance(node, (exp.Ceil, exp.Floor)):
        yield (exp.Floor if isinstance(node, exp.Ceil) else exp.Ceil)(this=node.this.copy())


def arithmetic(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A difference or a quotient the other way round; + for -, a factor left out."""
    if isinstance(node, (exp.Sub, exp.Div)) and node.expression.find(exp.Column):
        yield type(node)(this=exp.paren(node.expression.copy()), expression=exp.paren(node.this.copy()))
    elif isinstance(node, exp.Mul):
        yield node.this.copy() if node.this.find(exp.Column) else node.expression.copy()


def case_branch(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A CASE without one of its branches, or without its ELSE."""
    if not isinstance(node, exp.Case):
        return
    branches = node.args["ifs"]
    if len(branches) > 1:
        for place in range(len(branches)):
            yield with_args(node, ifs=[item.copy() for number, item in enumerate(branches) if number != place])
    if node.args.get("default"):
        yield with_args(node, default=None)
