"""Detectors of windows, and of what is mostly written with them: ranks within groups, growth, shares of a total."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from schemas.detect_dates import is_moment
from schemas.detect_parts import conditions, has_kind


def windows(tree: exp.Expr, *kinds: type[exp.Expr]) -> Iterator[exp.Window]:
    """Windows whose function is one of the given kinds."""
    for node in tree.find_all(exp.Window):
        function = node.this
        while isinstance(function, (exp.IgnoreNulls, exp.RespectNulls, exp.Filter)):
            function = function.this
        if isinstance(function, kinds):
            yield node


RANKS = (exp.Rank, exp.DenseRank, exp.RowNumber, exp.Ntile, exp.PercentRank, exp.CumeDist)

SHIFTS = (exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)


def has_window(tree: exp.Expr, *kinds: type[exp.Expr]) -> bool:
    """Whether a window has a function of one of the kinds."""
    return next(windows(tree, *kinds), None) is not None


def plain_window(tree: exp.Expr) -> bool:
    """Whether a window aggregates."""
    return any(not isinstance(node.this, (*RANKS, *SHIFTS)) for node in windows(tree, exp.AggFunc))


def over_rows(tree: exp.Expr, *kinds: type[exp.Expr]) -> bool:
    """An aggregate that folds rows, not a window's function."""
    windowed = {
        id(node.this.this if isinstance(node.this, exp.Filter) else node.this) for node in windows(tree, *kinds)
    }
    return any(id(node) not in windowed for node in tree.find_all(*kinds))


def top_per_group(tree: exp.Expr) -> bool:
    """The rank within a partition is named and then filtered on; or DISTINCT ON; or LATERAL with a LIMIT."""
    ranks = {
        node.parent.alias
        for node in windows(tree, *RANKS)
        if node.args.get("partition_by") and isinstance(node.parent, exp.Alias)
    }
    if any(column.name in ranks for where in conditions(tree) for column in where.find_all(exp.Column)):
        return True
    if any(node.args.get("on") for node in tree.find_all(exp.Distinct)):
        return True
    return any(has_kind(node, exp.Limit, exp.Fetch) for node in tree.find_all(exp.Lateral))


def growth(tree: exp.Expr) -> bool:
    """A quantity, not a date, of the row before, and a difference or a quotient."""
    if not any(not is_moment(node) for node in windows(tree, exp.Lag)):
        return False
    return has_kind(tree, exp.Div) or any(not is_moment(node.this) for node in tree.find_all(exp.Sub))


def share_of_total(tree: exp.Expr) -> bool:
    """Divided by a SUM or a COUNT over a window or in a subquery."""
    for below in (node.expression for node in tree.find_all(exp.Div)):
        if has_window(below, exp.Sum, exp.Count):
            return True
        if any(has_kind(query, exp.Sum, exp.Count) for query in below.find_all(exp.Subquery)):
            return True
    return False
