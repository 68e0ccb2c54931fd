"""What a gold's ORDER BY and LIMIT leave open: groups of rows that tie on its sort keys.

Runs one more query derived from the gold's tree: with the sort keys it does not return as extra columns, and with
FETCH FIRST n ROWS WITH TIES in place of LIMIT, to learn every member of the tie at the cut. Where that cannot be
derived, every row stands for itself: the order is then taken literally. This module does not compare.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlglot import exp

from evaluator.cells import Cell, normalise
from evaluator.compare import Gold, Group
from evaluator.execute import Table

Run = Callable[[str], Table | None]
"""Runs a statement; None where it fails."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """Which of the sorted rows the gold keeps."""

    offset: int
    limited: bool


def order_groups(sql: str, table: Table, run: Run) -> Gold:
    """The gold with its groups, by one more query where its own columns do not tell them.

    Args:
        sql: The gold, frozen.
        table: Its result.
        run: Runs a statement on the same instance.
    """
    tree = _top(sql)
    if tree is None or not tree.args.get("order"):
        return Gold(table, None)
    if not table.rows:
        return Gold(table, ())
    cut = _cut(tree)
    keys = _keys(tree, table.columns)
    if cut is None or keys is None:
        return Gold(table, _literal(table))
    indices, hidden = keys
    if not hidden and not cut.limited and not cut.offset:
        return Gold(table, _groups(table.rows, table.rows, indices, 0, len(table.rows)))
    whole = run(_derived(tree, hidden, cut.offset + len(table.rows) if cut.limited else None))
    if whole is None or len(whole.rows) < cut.offset + len(table.rows):
        return Gold(table, _literal(table))
    width = len(table.columns)
    indices += tuple(range(width, width + len(hidden)))
    rows = tuple(row[:width] for row in whole.rows)
    return Gold(table, _groups(whole.rows, rows, indices, cut.offset, len(table.rows)))


def is_ordered(sql: str) -> bool:
    """Whether the statement has a top-level ORDER BY, also in parentheses around the whole."""
    tree = _top(sql)
    return tree is not None and bool(tree.args.get("order"))


@lru_cache(maxsize=1024)
def _top(sql: str) -> exp.Query | None:
    """The outermost query, out of its parentheses; None where sqlglot cannot read it."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        tree: exp.Expr | None = sqlglot.parse_one(sql, read="postgres")
    except (SqlglotError, RecursionError):
        return None
    while isinstance(tree, exp.Subquery | exp.Paren):
        if tree.args.get("order") or tree.args.get("limit") or tree.args.get("offset"):
            break
        tree = tree.this
    return tree if isinstance(tree, exp.Query) else None


def _cut(tree: exp.Query) -> _Cut | None:
    """The query's LIMIT and OFFSET; None where the offset is no number."""
    offset = tree.args.get("offset")
    if offset is None:
        return _Cut(0, tree.args.get("limit") is not None)
    number = offset.expression
    if not isinstance(number, exp.Literal) or number.is_string or not number.name.isdigit():
        return None
    return _Cut(int(number.name), True)


def _keys(tree: exp.Query, columns: Sequence[str]) -> tuple[tuple[int, ...], tuple[exp.Expression, ...]] | None:
    """Sort keys as positions in the result and as expressions it does not hold; None where neither can be said."""
    indices: list[int] = []
    hidden: list[exp.Expression] = []
    is_select = isinstance(tree, exp.Select)
    distinct = tree.args.get("distinct") if is_select else None
    may_add = is_select and (distinct is None or distinct.args.get("on") is not None)
    for item in tree.args["order"].expressions:
        key = item.this if isinstance(item, exp.Ordered) else item
        place = _place(tree, key, columns)
        if place is not None:
            indices.append(place)
        elif may_add:
            hidden.append(key)
        else:
            return None
    return tuple(indices), tuple(hidden)


def _place(tree: exp.Query, key: exp.Expression, columns: Sequence[str]) -> int | None:
    """Position of a sort key among the result's columns."""
    if isinstance(key, exp.Literal) and not key.is_string and key.name.isdigit():
        place = int(key.name) - 1
        return place if place < len(columns) else None
    if isinstance(key, exp.Column) and not key.table:
        name = key.name if key.this.quoted else key.name.lower()
        return columns.index(name) if name in columns else None
    if isinstance(tree, exp.Select) and len(tree.expressions) == len(columns):
        for place, projection in enumerate(tree.expressions):
            if projection.unalias() == key:
                return place
    return None


def _derived(tree: exp.Query, hidden: Sequence[exp.Expression], keep: int | None) -> str:
    """The gold with its hidden keys as last columns, its first `keep` rows and all that tie with the last."""
    copy = tree.copy()
    copy.set("offset", None)
    copy.set("limit", None)
    if keep is not None:
        options = exp.LimitOptions(rows=True, with_ties=True)
        copy.set("limit", exp.Fetch(direction="FIRST", count=exp.Literal.number(keep), limit_options=options))
    for number, key in enumerate(hidden):
        copy.args["expressions"].append(exp.alias_(key.copy(), f"sqlloop_key_{number}"))
    return copy.sql(dialect="postgres")


def _groups(
    keyed: Sequence[tuple[Any, ...]],
    rows: Sequence[tuple[Any, ...]],
    indices: Sequence[int],
    offset: int,
    size: int,
) -> tuple[Group, ...]:
    """Runs of rows with equal keys that reach into the kept window [offset, offset + size)."""

    def key(position: int) -> tuple[Cell, ...]:
        return tuple(normalise(keyed[position][index]) for index in indices)

    groups = []
    for _, run in groupby(range(len(rows)), key=key):
        positions = list(run)
        kept = min(positions[-1] + 1, offset + size) - max(positions[0], offset)
        if kept > 0:
            groups.append(Group(tuple(rows[p] for p in positions), kept))
    return tuple(groups)


def _literal(table: Table) -> tuple[Group, ...]:
    return tuple(Group((row,), 1) for row in table.rows)
