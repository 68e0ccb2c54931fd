"""Mutation operators on which rows a query reads: conditions, literals, dates, joins.

Each is an `schemas.operator.Operator`; `schemas.mutate` lists them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sqlglot import exp

from schemas.ddl import Table
from schemas.operator import as_kind, table_of, with_args
from schemas.sql import name_node


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
        yield as_kind(swaps[type(node)], node)
    elif isinstance(node, exp.EQ) and not node.find_ancestor(exp.Join):
        yield as_kind(exp.NEQ, node)
    elif isinstance(node, (exp.Like, exp.ILike)) and not isinstance(node.parent, exp.Not):
        yield exp.Not(this=node.copy())


def boundary(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """An end that was included is left out, or the reverse."""
    swaps: dict[type[exp.Expr], type[exp.Expr]] = {exp.GT: exp.GTE, exp.GTE: exp.GT, exp.LT: exp.LTE, exp.LTE: exp.LT}
    if type(node) in swaps:
        yield as_kind(swaps[type(node)], node)
    elif isinstance(node, exp.Between):
        low, high = node.args["low"], node.args["high"]
        yield exp.and_(exp.GT(this=node.this.copy(), expression=low.copy()), exp.LTE(this=node.this.copy(), expression=high.copy()))  # fmt: skip  # noqa: E501
        yield exp.and_(exp.GTE(this=node.this.copy(), expression=low.copy()), exp.LT(this=node.this.copy(), expression=high.copy()))  # fmt: skip  # noqa: E501


def logic(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """AND for OR and the reverse; a negation dropped."""
    if isinstance(node, exp.And):
        yield exp.Or(this=exp.paren(node.this.copy()), expression=exp.paren(node.expression.copy()))
    elif isinstance(node, exp.Or):
        yield as_kind(exp.And, node)
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
        yield with_args(node, side=None, kind=None)
    else:
        yield with_args(node, side="LEFT", kind=None)


def join_key(node: exp.Expr, tables: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A join's column replaced by another key column of the same type of its table."""
    join = node.find_ancestor(exp.Join, exp.Select)
    if not isinstance(node, exp.Column) or not isinstance(join, exp.Join) or not isinstance(node.parent, exp.EQ):
        return
    table = table_of(node, tables)
    if table is None:
        return
    keys = {name for key in table.foreign_keys for name in key.columns} | set(table.primary_key)
    kinds = {column.name: column.type for column in table.columns}
    for name in sorted(keys - {node.name}):
        if kinds.get(name) == kinds.get(node.name):
            yield with_args(node, this=name_node(name))


_UNITS = ("day", "week", "month", "quarter", "year")


def date_unit(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A neighbouring unit: month for week in date_trunc, EXTRACT and intervals."""
    if isinstance(node, (exp.TimestampTrunc, exp.DateTrunc, exp.Interval)):
        yield from (with_args(node, unit=exp.var(unit.upper())) for unit in _next_units(node.text("unit")))
    elif isinstance(node, exp.Extract):
        parts = {"DOW": "DAY", "HOUR": "DAY", "MONTH": "QUARTER", "QUARTER": "MONTH", "YEAR": "MONTH", "DAY": "DOW"}
        other = parts.get(node.this.name.upper())
        if other:
            yield with_args(node, this=exp.var(other))


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
                    yield with_args(node, this=exp.Literal.string(f"{int(match[1]) + step}{match[2]}"))
    elif isinstance(node, (exp.Sub, exp.Add)) and isinstance(node.this, exp.CurrentDate):
        days = node.expression
        for step in (-1, 1) if isinstance(days, exp.Literal) and days.this.isdecimal() else ():
            yield with_args(node, expression=exp.Literal.number(int(days.this) + step))


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


def text_match(node: exp.Expr, _: Sequence[Table]) -> Iterator[exp.Expr | None]:
    """A pattern anchored otherwise; case that counts where it did not."""
    if isinstance(node, exp.ILike):
        yield as_kind(exp.Like, node)
    if isinstance(node, (exp.Like, exp.ILike)) and isinstance(node.expression, exp.Literal):
        pattern = node.expression.this
        if pattern.startswith("%") and len(pattern) > 1:
            yield with_args(node, expression=exp.Literal.string(pattern[1:]))
        if pattern.endswith("%") and len(pattern) > 1:
            yield with_args(node, expression=exp.Literal.string(pattern[:-1]))
    elif isinstance(node, (exp.Lower, exp.Upper)):
        yield node.this.copy()
