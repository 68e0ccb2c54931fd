"""Small tools to build SQL trees: templates with slots, joined sources, qualifiers only where needed.

Patterns write every column with its table; `finish` takes the table off again in each SELECT that has one source, so
that the SQL stays as short as a person would write it. Knows sqlglot, not the schema's words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp

from schemas.sql import name_node, normalize_whitespace


@dataclass(frozen=True, slots=True)
class Join:
    """One step from a table already in FROM to its neighbour."""

    left: str
    right: str
    left_columns: tuple[str, ...]
    right_columns: tuple[str, ...]
    using: bool = True
    """Whether USING is unambiguous here; it also needs equal names on both sides."""
    outer: bool = False
    """Whether rows without a partner stay: a LEFT JOIN."""
    alias: str = ""
    """What `right` is called in the query where it stands there twice: home_team and away_team."""

    @property
    def name(self) -> str:
        """What stands before the columns of `right`."""
        return self.alias or self.right


@lru_cache(maxsize=4096)
def _template(text: str) -> exp.Expr:
    tree = sqlglot.parse_one(text, read="postgres")
    for node in tree.walk():  # where it stood in the text is of no use, and costs a third of every copy
        node._meta, node.comments = None, None
    return tree


def sql(template: str, **parts: exp.Expr) -> exp.Expr:
    """A tree from a template whose `:name` slots are filled with trees.

    >>> sql("ROUND(AVG(:m), 2)", m=col("room", "rate")).sql()
    'ROUND(AVG(room.rate), 2)'
    """
    filled = {name: part.copy() for name, part in parts.items()}
    return exp.replace_placeholders(_template(template), **filled)  # which copies the template itself


def col(table: str, name: str) -> exp.Expr:
    """A qualified column."""
    return exp.column(name, table=table)


def literal(value: Any) -> exp.Expr:
    """A literal of a Python value; dates as quoted ISO text, which Postgres coerces to the column's type."""
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, (int, float, Decimal)):
        return exp.Literal.number(str(value))
    if isinstance(value, datetime):
        return exp.Literal.string(value.strftime("%Y-%m-%d %H:%M:%S"))
    if isinstance(value, date):
        return exp.Literal.string(value.isoformat())
    return exp.Literal.string(str(value))


def both(*conditions: exp.Expr) -> exp.Expr:
    """The conjunction of conditions."""
    return exp.and_(*[condition.copy() for condition in conditions], wrap=False)


def select(
    columns: Sequence[exp.Expr],
    table: str,
    joins: Sequence[Join] = (),
    where: Sequence[exp.Expr] = (),
    *,
    group: Sequence[exp.Expr] = (),
    having: exp.Expr | None = None,
    order: Sequence[exp.Expr] = (),
    limit: int | None = None,
    distinct: bool = False,
    outer: bool = False,
) -> exp.Select:
    """A SELECT over `table` and the joins; `outer` makes the joins LEFT JOINs."""
    query = exp.select(*[column.copy() for column in columns]).from_(exp.to_table(table))
    for join in dict.fromkeys(joins):
        query = _join(query, join, outer or join.outer)
    if where:
        query = query.where(both(*where), copy=False)
    if group:
        query = query.group_by(*[item.copy() for item in group], copy=False)
    if having is not None:
        query = query.having(having.copy(), copy=False)
    if order:
        query = query.order_by(*[item.copy() for item in order], copy=False)
    if limit is not None:
        query = query.limit(limit, copy=False)
    return query.distinct(copy=False) if distinct else query


def _join(query: exp.Select, join: Join, outer: bool) -> exp.Select:
    kind = "left" if outer else ""
    table: exp.Expr = exp.to_table(join.right)
    if join.alias:
        table = exp.alias_(table, join.alias, table=True)
    elif join.using and join.left_columns == join.right_columns:
        return query.join(table, using=tuple(join.left_columns), join_type=kind, copy=False)
    pairs = zip(join.left_columns, join.right_columns, strict=True)
    on = both(*[exp.EQ(this=col(join.left, left), expression=col(join.name, right)) for left, right in pairs])
    return query.join(table, on=on, join_type=kind, copy=False)


def ordered(expression: exp.Expr, *, descending: bool, nullable: bool = False) -> exp.Expr:
    """A sort key; a nullable one sorted downwards says NULLS LAST, as Postgres would put them first."""
    return exp.Ordered(this=expression.copy(), desc=descending or None, nulls_first=descending and not nullable)


def finish(tree: exp.Expr, *, pretty: bool = False) -> str:
    """SQL text of a query, without needless qualifiers, on one line; or a clause a line and indented."""
    tree = tree.copy()
    for scope in list(tree.find_all(exp.Select)):
        source = _only_source(scope)
        columns = list(_own_columns(scope))
        if source and all(column.table == source for column in columns):
            for column in columns:
                column.set("table", None)
    tree = tree.transform(_plain, copy=False)
    for name in list(tree.find_all(exp.Identifier)):
        name.set("quoted", name_node(name.name).quoted)
    for node in list(tree.find_all(exp.Paren)):
        if _needless(node):
            node.replace(node.this)
    text = tree.sql(dialect="postgres", pretty=pretty)
    text = text if pretty else normalize_whitespace(text)
    text = _NOT.sub(r"\1 NOT \2 ", text)
    return text.replace("FILTER(WHERE", "FILTER (WHERE").replace("EXISTS(SELECT", "EXISTS (SELECT")


def _plain(node: exp.Expr) -> exp.Expr:
    """Nodes that sqlglot would write with a needless cast or parenthesis, as a person writes them."""
    if isinstance(node, exp.Round):
        arguments = [item for item in (node.this, node.args.get("decimals")) if item is not None]
        return exp.Anonymous(this="ROUND", expressions=arguments)
    return node


_LOOSE = (exp.AggFunc, exp.Ordered, exp.GT, exp.LT, exp.GTE, exp.LTE, exp.EQ, exp.Paren)
_NOT = re.compile(r"\bNOT ((?:\w+\.)?\w+) (IN|LIKE|ILIKE|BETWEEN) ")


def _needless(node: exp.Paren) -> bool:
    """Whether parentheses stand directly in others, or around arithmetic where nothing binds tighter."""
    arithmetic = isinstance(node.this, (exp.Add, exp.Sub, exp.Mul, exp.Div))
    return isinstance(node.this, exp.Paren) or (arithmetic and isinstance(node.parent, _LOOSE))


def _only_source(scope: exp.Select) -> str:
    """Name of the scope's only source, or empty where it has none or several."""
    source = scope.args.get("from_") or scope.args.get("from")
    if source is None or scope.args.get("joins"):
        return ""
    return str(source.this.alias_or_name)


def _own_columns(scope: exp.Select) -> list[exp.Column]:
    """Columns that belong to the scope itself, those of nested SELECTs left out."""
    return [column for column in scope.find_all(exp.Column) if column.find_ancestor(exp.Select) is scope]
