"""Mutation operators on what a query shows and computes that the judge's own set leaves out: made to be aimed.

`schemas.aims` says which concept and which failure mode each is aimed at; `schemas.mutate` applies them where they are
asked for by name only, so that the judge's mutation test keeps its set. Each is an `schemas.operator.Operator`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from schemas.ddl import Column, Table
from schemas.operator import table_of, with_args
from schemas.sql import name_node


def own_tables(select: exp.Select, tables: Sequence[Table]) -> list[tuple[str, Table]]:
    """(name it goes by, table) of the known tables in a SELECT's FROM and joins, in order."""
    by_name = {table.name: table for table in tables}
    source = select.args.get("from_")
    nodes = ([source.this] if source else []) + [join.this for join in select.args.get("joins") or []]
    return [(node.alias_or_name, by_name[node.name]) for node in nodes if isinstance(node, exp.Table)
            and node.name in by_name]  # fmt: skip


def is_outermost(select: exp.Select) -> bool:
    """Whether the SELECT's columns are the answer's: in no other query, whose shape they would break."""
    return select.find_ancestor(exp.Query) is None


def of(name: str, column: Column) -> exp.Column:
    """A qualified column."""
    return exp.Column(this=name_node(column.name), table=name_node(name))


def output_drop(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """One column of the answer left out."""
    if isinstance(node, exp.Select) and is_outermost(node) and len(node.expressions) > 1:
        for place in reversed(range(len(node.expressions))):
            kept = [item.copy() for number, item in enumerate(node.expressions) if number != place]
            yield with_args(node, expressions=kept)


def output_add(node: exp.Expr, tables: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A column more in the answer: of the first table, or a count where rows are grouped."""
    if not isinstance(node, exp.Select) or not is_outermost(node):
        return
    if node.args.get("group") or any(_folds(item) for item in node.expressions):
        if not any(item.find(exp.Count) for item in node.expressions):
            yield with_args(node, expressions=[*_copied(node.expressions), exp.Count(this=exp.Star())])
        for name, table in own_tables(node, tables)[:1]:
            more = exp.Max(this=of(name, table.columns[0]))
            yield with_args(node, expressions=[*_copied(node.expressions), more])
        return
    shown = {item.name for item in node.find_all(exp.Column) if item.find_ancestor(exp.Select) is node}
    for name, table in own_tables(node, tables)[:1]:
        for column in [item for item in table.columns if item.name not in shown][:2]:
            yield with_args(node, expressions=[*_copied(node.expressions), of(name, column)])


def _copied(items: Sequence[exp.Expr]) -> list[exp.Expr]:
    return [item.copy() for item in items]


def _folds(item: exp.Expr) -> bool:
    """Whether an output column folds all rows into one: an aggregate that is over no window nor in a subquery."""
    return any(
        not isinstance(node.parent, exp.Window) and node.find_ancestor(exp.Subquery, exp.Exists) is None
        for node in item.find_all(exp.AggFunc)
    )


def count_of(node: exp.Expr, tables: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """COUNT(*) over the different values of a column that repeats, or over one that may be NULL."""
    select = node.find_ancestor(exp.Select)
    if not isinstance(node, exp.Count) or not isinstance(node.this, exp.Star) or select is None:
        return
    windowed = isinstance(node.parent, exp.Window)
    for name, table in own_tables(select, tables)[:1]:
        for column in [item for item in table.columns if (item.name,) != table.primary_key and not item.unique][:3]:
            if not column.not_null:
                yield exp.Count(this=of(name, column))
            elif not windowed:
                yield exp.Count(this=exp.Distinct(expressions=[of(name, column)]))


def group_add(node: exp.Expr, tables: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """One column more to group by."""
    select = node.parent
    if not isinstance(node, exp.Group) or not isinstance(select, exp.Select) or not node.expressions:
        return
    used = {item.name for item in node.find_all(exp.Column)}
    for name, table in own_tables(select, tables)[:1]:
        others = [item for item in table.columns if item.name not in used]
        for column in sorted(others, key=lambda item: not item.values)[:2]:
            yield with_args(node, expressions=[*_copied(node.expressions), of(name, column)])


def grouping_sets(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """Plain groups for ROLLUP, CUBE and GROUPING SETS; ROLLUP for CUBE and the reverse; one set less."""
    if isinstance(node, exp.Group):
        special = node.find(exp.Rollup, exp.Cube, exp.GroupingSets)
        if special is not None:
            columns = {item.sql("postgres"): item.copy() for item in special.find_all(exp.Column)}
            yield exp.Group(expressions=list(columns.values()))
    elif isinstance(node, (exp.Rollup, exp.Cube)) and len(node.expressions) > 1:
        kind = exp.Cube if isinstance(node, exp.Rollup) else exp.Rollup
        yield kind(expressions=_copied(node.expressions))
    elif isinstance(node, exp.GroupingSets) and len(node.expressions) > 1:
        yield with_args(node, expressions=_copied(node.expressions[:-1]))


def percentile(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """Another percentile: its mirror, the lower quartile for the median."""
    if isinstance(node, (exp.PercentileCont, exp.PercentileDisc)) and isinstance(node.this, exp.Literal):
        share = float(node.this.this)
        other = 0.25 if share == 0.5 else round(1 - share, 4)
        yield type(node)(this=exp.Literal.number(other))


def cast(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A cast dropped."""
    if isinstance(node, exp.Cast):
        yield node.this.copy()


_SHORTENED = (exp.Left, exp.Right, exp.Substring, exp.SplitPart)


def text_function(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A function of text dropped, or one letter longer; a length off by one; a part of a concatenation left out."""
    if isinstance(node, (exp.Upper, exp.Lower, exp.Initcap, exp.Trim, exp.Replace, *_SHORTENED)):
        yield node.this.copy()
    if isinstance(node, (exp.Left, exp.Right)) and isinstance(node.expression, exp.Literal):
        yield with_args(node, expression=exp.Literal.number(int(node.expression.this) + 1))
    elif isinstance(node, exp.Length):
        yield exp.Add(this=node.copy(), expression=exp.Literal.number(1))
    elif isinstance(node, exp.DPipe):
        yield node.this.copy()
        yield node.expression.copy()
    elif isinstance(node, exp.Concat) and len(node.expressions) > 1:
        yield with_args(node, expressions=_copied(node.expressions[:-1]))


def one_side(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A set operation left out: its first side only, of a recursive query what it starts with; or the second only."""
    if isinstance(node, exp.SetOperation) and not node.args.get("order") and not node.args.get("with_"):
        yield node.this.copy()
        marked = node.find_ancestor(exp.With)
        if marked is None or not marked.args.get("recursive"):
            yield node.expression.copy()


def json_key(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """Another key of a JSON value, which it does not have."""
    if isinstance(node, exp.JSONPathKey) and isinstance(node.this, str):
        yield exp.JSONPathKey(this=f"{node.this}s")
    elif isinstance(node, exp.Lambda) and isinstance(node.this, exp.Literal):  # what sqlglot makes of -> in a call
        yield with_args(node, this=exp.Literal.string(f"{node.this.this}s"))
    elif isinstance(node, exp.JSONBContainsTopKey) and isinstance(node.expression, exp.Literal):
        yield with_args(node, expression=exp.Literal.string(f"{node.expression.this}s"))


_SIZES = ("cardinality", "array_length")


def array(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """ALL for ANY; elements gathered with repetition, or the other way round; a number of elements off by one."""
    if isinstance(node, exp.Any):
        yield exp.All(this=node.this.copy())
    elif isinstance(node, (exp.Explode, exp.Unnest)) and isinstance(node.parent, exp.Select):
        yield node.expressions[0].copy() if node.expressions else node.this.copy()
    elif isinstance(node, exp.ArrayAgg):
        distinct = node.find(exp.Distinct)
        if distinct is not None and len(distinct.expressions) == 1:
            yield exp.ArrayAgg(this=distinct.expressions[0].copy())
        else:
            yield exp.ArrayAgg(this=exp.Distinct(expressions=[node.this.unnest().copy()]))
    elif isinstance(node, exp.ArraySize) or (isinstance(node, exp.Anonymous) and node.name.lower() in _SIZES):
        yield exp.Add(this=node.copy(), expression=exp.Literal.number(1))


def in_range(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """Contains for overlaps and the reverse; the other end of a range; an end left out of it."""
    if isinstance(node, (exp.ArrayOverlaps, exp.ArrayContainsAll)):
        kind = exp.ArrayContainsAll if isinstance(node, exp.ArrayOverlaps) else exp.ArrayOverlaps
        yield kind(this=node.this.copy(), expression=node.expression.copy())
        yield exp.Not(this=node.copy())
    elif isinstance(node, (exp.Upper, exp.Lower)):
        yield (exp.Lower if isinstance(node, exp.Upper) else exp.Upper)(this=node.this.copy())
    elif isinstance(node, exp.Anonymous) and node.name.lower().endswith("range") and len(node.expressions) == 3:
        kept = _copied(node.expressions[:2])
        yield exp.Anonymous(this=node.name, expressions=[*kept, exp.Literal.string("()")])


def condition_column(node: exp.Expr, tables: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """Another column of the same type in a condition; in a computed one too."""
    if not isinstance(node, exp.Column) or node.find_ancestor(exp.Where, exp.Having, exp.Filter) is None:
        return
    table = table_of(node, tables)
    if table is None:
        return
    kinds = {column.name: column.type for column in table.columns}
    others = [name for name in kinds if name != node.name and kinds[name] == kinds.get(node.name)]
    for name in others[:3]:
        yield with_args(node, this=name_node(name))
