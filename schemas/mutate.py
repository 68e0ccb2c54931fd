"""Small changes of a query that change its meaning: the near misses that a judge must tell from the query itself.

Each operator is one function in `OPERATORS`: it looks at one node of the tree and yields what may stand in its place.
`mutants` applies every operator at every node, one change at a time. Used by the judge's mutation test and by the
generators' gate. Knows SQL and the schema's tables; it does not know data, so some mutants are equivalent to their
query: `schemas.equivalent` proves the commonest kinds.

The idea of mutating a query's tokens within their family to test a test database is that of Zhong, Yu and Klein
(2020), "Semantic Evaluation for Text-to-SQL with Distilled Test Suites"; the operators here work on trees.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from schemas.ddl import Table
from schemas.sql import name_node, parse


@dataclass(frozen=True, slots=True)
class Mutant:
    """One small change of a query."""

    operator: str
    """Key of `OPERATORS`."""
    sql: str
    change: str
    """What stood there and what stands there now: "> 3 -> >= 3"."""


Operator = Callable[[exp.Expr, Sequence[Table]], Iterator[exp.Expr | None]]
"""(node, tables of the schema) -> what may stand in its place; None takes the node out."""


def mutants(sql: str, tables: Sequence[Table] = (), operators: Sequence[str] = ()) -> Iterator[Mutant]:
    """Every mutant of a query, in the order of its nodes; none repeats another's or the query's own text.

    Args:
        sql: one Postgres query; without a tree it has no mutants.
        tables: the schema, for changes that need to know columns.
        operators: keys of OPERATORS to apply; all if empty.

    Example:
        >>> [mutant.sql for mutant in mutants("SELECT a FROM t WHERE b > 3", operators=("boundary",))]
        ['SELECT a FROM t WHERE b >= 3']
    """
    tree = parse(sql)
    if tree is None:
        return
    seen = {tree.sql("postgres")}
    for place, node in enumerate(tree.walk()):
        for name in operators or OPERATORS:
            for replacement in OPERATORS[name](node, tables):
                changed = _changed(tree, place, replacement)
                if changed is not None and changed not in seen:
                    seen.add(changed)
                    after = "" if replacement is None else replacement.sql("postgres")
                    yield Mutant(name, changed, f"{node.sql('postgres')} -> {after or 'nothing'}")


def _changed(tree: exp.Expr, place: int, replacement: exp.Expr | None) -> str | None:
    """The query's text with the node at that place of the walk replaced or taken out."""
    copy = tree.copy()
    node = next(node for number, node in enumerate(copy.walk()) if number == place)
    if node is copy:
        return None if replacement is None else str(replacement.sql("postgres"))
    if replacement is None:
        node.pop()
    else:
        node.replace(replacement)
    return str(copy.sql("postgres"))


def _with(node: exp.Expr, **args: object) -> exp.Expr:
    """A copy of the node with some of its arguments changed."""
    copy = node.copy()
    for key, value in args.items():
        copy.set(key, value)
    return copy


def _as(kind: type[exp.Expr], node: exp.Expr) -> exp.Expr:
    """The same two operands under another binary operator."""
    return kind(this=node.this.copy(), expression=node.expression.copy())


_AGGREGATES: tuple[type[exp.Expr], ...] = (exp.Sum, exp.Avg, exp.Min, exp.Max)


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


def comparison(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """The other side: < for >, <> for =; LIKE negated."""
    swaps: dict[type[exp.Expr], type[exp.Expr]] = {
        exp.GT: exp.LT,
        exp.LT: exp.GT,
        exp.GTE: exp.LTE,
        exp.LTE: exp.GTE,
        exp.NEQ: exp.EQ,
    }
    if type(node) in swaps:
        yield _as(swaps[type(node)], node)
    elif isinstance(node, exp.EQ) and not node.find_ancestor(exp.Join):
        yield _as(exp.NEQ, node)
    elif isinstance(node, (exp.Like, exp.ILike)) and not isinstance(node.parent, exp.Not):
        yield exp.Not(this=node.copy())


def boundary(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """An end that was included is left out, or the reverse."""
    swaps: dict[type[exp.Expr], type[exp.Expr]] = {exp.GT: exp.GTE, exp.GTE: exp.GT, exp.LT: exp.LTE, exp.LTE: exp.LT}
    if type(node) in swaps:
        yield _as(swaps[type(node)], node)
    elif isinstance(node, exp.Between):
        low, high = node.args["low"], node.args["high"]
        yield exp.and_(exp.GT(this=node.this.copy(), expression=low.copy()), exp.LTE(this=node.this.copy(), expression=high.copy()))  # fmt: skip  # noqa: E501
        yield exp.and_(exp.GTE(this=node.this.copy(), expression=low.copy()), exp.LT(this=node.this.copy(), expression=high.copy()))  # fmt: skip  # noqa: E501


def logic(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """AND for OR and the reverse; a negation dropped."""
    if isinstance(node, exp.And):
        yield exp.Or(this=exp.paren(node.this.copy()), expression=exp.paren(node.expression.copy()))
    elif isinstance(node, exp.Or):
        yield _as(exp.And, node)
    elif isinstance(node, exp.Not) and not isinstance(node.this, exp.Is):
        yield node.this.copy()


def predicate_drop(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """One condition less: of a conjunction either side, or the whole WHERE, HAVING or FILTER."""
    if isinstance(node, exp.And):
        yield node.this.copy()
        yield node.expression.copy()
    elif isinstance(node, exp.Filter):
        yield node.this.copy()
    elif isinstance(node, exp.Having) or (isinstance(node, exp.Where) and not isinstance(node.parent, exp.Filter)):
        yield from () if isinstance(node.this, exp.And) else (None,)


def join_type(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """LEFT for inner and the reverse."""
    if not isinstance(node, exp.Join) or not (node.args.get("on") or node.args.get("using")):
        return
    side = node.args.get("side")
    if side:
        yield _with(node, side=None, kind=None)
    else:
        yield _with(node, side="LEFT", kind=None)


def join_key(node: exp.Expr, tables: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A join's column replaced by another key column of the same type of its table."""
    join = node.find_ancestor(exp.Join, exp.Select)
    if not isinstance(node, exp.Column) or not isinstance(join, exp.Join) or not isinstance(node.parent, exp.EQ):
        return
    table = _table_of(node, tables)
    if table is None:
        return
    keys = {name for key in table.foreign_keys for name in key.columns} | set(table.primary_key)
    kinds = {column.name: column.type for column in table.columns}
    for name in sorted(keys - {node.name}):
        if kinds.get(name) == kinds.get(node.name):
            yield _with(node, this=name_node(name))


def distinct(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """DISTINCT dropped where it stands, added where it might: in the output, in COUNT, SUM and AVG."""
    if isinstance(node, exp.Select) and not node.args.get("group") and _counts_rows(node):
        if node.args.get("distinct"):
            if not node.args["distinct"].args.get("on"):
                yield _with(node, distinct=None)
        elif not any(item.find(exp.AggFunc) for item in node.expressions):
            yield _with(node, distinct=exp.Distinct())
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
        yield _with(node, desc=falling, nulls_first=falling)
    elif isinstance(node, exp.Order) and isinstance(node.parent, exp.Query):
        yield None


def limit(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """One row more or less, or all."""
    if not isinstance(node, exp.Limit) or not isinstance(node.expression, exp.Literal):
        return
    count = int(node.expression.this)
    for other in (count - 1, count + 1):
        if other > 0:
            yield _with(node, expression=exp.Literal.number(other))
    yield None


_UNITS = ("day", "week", "month", "quarter", "year")


def date_unit(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A neighbouring unit: month for week in date_trunc, EXTRACT and intervals."""
    if isinstance(node, (exp.TimestampTrunc, exp.DateTrunc, exp.Interval)):
        yield from (_with(node, unit=exp.var(unit.upper())) for unit in _next_units(node.text("unit")))
    elif isinstance(node, exp.Extract):
        parts = {"DOW": "DAY", "HOUR": "DAY", "MONTH": "QUARTER", "QUARTER": "MONTH", "YEAR": "MONTH", "DAY": "DOW"}
        other = parts.get(node.this.name.upper())
        if other:
            yield _with(node, this=exp.var(other))


def _next_units(unit: str) -> Iterator[str]:
    name = unit.lower().rstrip("s")
    if name not in _UNITS:
        return
    place = _UNITS.index(name)
    yield from (_UNITS[other] for other in (place - 1, place + 1) if 0 <= other < len(_UNITS))


def interval(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """One unit more or less in an interval, or in a number of days taken from a date."""
    if isinstance(node, exp.Interval) and isinstance(node.this, exp.Literal):
        match = re.fullmatch(r"(\d+)(.*)", node.this.this)
        if match:
            for step in (-1, 1):
                if int(match[1]) + step > 0:
                    yield _with(node, this=exp.Literal.string(f"{int(match[1]) + step}{match[2]}"))
    elif isinstance(node, (exp.Sub, exp.Add)) and isinstance(node.this, exp.CurrentDate):
        days = node.expression
        for step in (-1, 1) if isinstance(days, exp.Literal) and days.this.isdecimal() else ():
            yield _with(node, expression=exp.Literal.number(int(days.this) + step))


_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between)


def literal_neighbour(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """The next number, the next day, another spelling: what stands beside a literal that is compared."""
    if not isinstance(node, exp.Literal):
        return
    parent = node.parent.parent if isinstance(node.parent, exp.Cast) else node.parent
    if not isinstance(parent, _COMPARED):
        return
    if not node.is_string:
        value = node.this
        step = 1 if "." not in value else 10 ** -len(value.split(".")[1])
        yield exp.Literal.number(f"{float(value) + step:.6g}" if "." in value else str(int(value) + 1))
    elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", node.this):
        day = date.fromisoformat(node.this)
        yield exp.Literal.string((day + timedelta(days=1)).isoformat())
        yield exp.Literal.string((day - timedelta(days=1)).isoformat())


def column_swap(node: exp.Expr, tables: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """Another column of the same table and type."""
    if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star) or node.find_ancestor(exp.Join):
        return
    table = _table_of(node, tables)
    if table is None:
        return
    kinds = {column.name: (column.type, bool(column.values)) for column in table.columns}
    others = [name for name in kinds if name != node.name and kinds[name] == kinds.get(node.name)]
    for name in others[:2]:
        yield _with(node, this=name_node(name))


def _table_of(column: exp.Column, tables: Sequence[Table]) -> Table | None:
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


def set_operation(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """UNION ALL for UNION and the reverse; EXCEPT for INTERSECT and the reverse; the sides of EXCEPT swapped."""
    if isinstance(node, exp.Union):
        yield _with(node, distinct=not node.args.get("distinct"))
    elif isinstance(node, (exp.Intersect, exp.Except)):
        kind = exp.Except if isinstance(node, exp.Intersect) else exp.Intersect
        copied = {key: value.copy() if isinstance(value, exp.Expr) else value for key, value in node.args.items()}
        yield kind(**copied)
        if isinstance(node, exp.Except):
            yield _with(node, this=node.expression.copy(), expression=node.this.copy())


def null_handling(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """COALESCE and NULLIF dropped; IS NULL for IS NOT NULL and the reverse."""
    if isinstance(node, (exp.Coalesce, exp.Nullif)):
        yield node.this.copy()
    elif isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        if isinstance(node.parent, exp.Not):
            return
        yield exp.Not(this=node.copy())
    elif isinstance(node, exp.Not) and isinstance(node.this, exp.Is):
        yield node.this.copy()


def window_frame(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A window's partition, order or frame dropped; the rows before widened by one."""
    if not isinstance(node, exp.Window):
        return
    for part in ("partition_by", "order", "spec"):
        if node.args.get(part) and not (part == "order" and node.args.get("spec")):
            yield _with(node, **{part: None})
    spec = node.args.get("spec")
    start = spec.args.get("start") if spec is not None else None
    if isinstance(start, exp.Literal):
        wider = _with(node)
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
            yield _with(node, expressions=rest)


def rounding(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """One digit less; CEIL for FLOOR; not rounded at all."""
    if isinstance(node, exp.Round):
        yield node.this.copy()
        digits = node.args.get("decimals")
        if isinstance(digits, exp.Literal) and int(digits.this) > 0:
            yield _with(node, decimals=exp.Literal.number(int(digits.this) - 1))
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
            yield _with(node, ifs=[item.copy() for number, item in enumerate(branches) if number != place])
    if node.args.get("default"):
        yield _with(node, default=None)


def text_match(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A pattern anchored otherwise; case that counts where it did not."""
    if isinstance(node, exp.ILike):
        yield _as(exp.Like, node)
    if isinstance(node, (exp.Like, exp.ILike)) and isinstance(node.expression, exp.Literal):
        pattern = node.expression.this
        if pattern.startswith("%") and len(pattern) > 1:
            yield _with(node, expression=exp.Literal.string(pattern[1:]))
        if pattern.endswith("%") and len(pattern) > 1:
            yield _with(node, expression=exp.Literal.string(pattern[:-1]))
    elif isinstance(node, (exp.Lower, exp.Upper)):
        yield node.this.copy()


OPERATORS: dict[str, Operator] = {
    "aggregate": aggregate,
    "comparison": comparison,
    "boundary": boundary,
    "logic": logic,
    "predicate_drop": predicate_drop,
    "join_type": join_type,
    "join_key": join_key,
    "distinct": distinct,
    "order": order,
    "limit": limit,
    "date_unit": date_unit,
    "interval": interval,
    "literal_neighbour": literal_neighbour,
    "column_swap": column_swap,
    "set_operation": set_operation,
    "null_handling": null_handling,
    "window_frame": window_frame,
    "rank": rank,
    "group_key": group_key,
    "rounding": rounding,
    "arithmetic": arithmetic,
    "case_branch": case_branch,
    "text_match": text_match,
}
"""Name -> operator, in the order in which they are tried at a node."""
