"""The concepts of a tree: only those detectors are asked of whose kinds of node the tree has one.

Knows which nodes a concept needs; what makes it that concept is in `schemas.detectors`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlglot import exp

from schemas.detect_dates import TODAY
from schemas.detectors import AGGREGATES, ARRAYS, DETECTORS, JSON, STRING_FUNCTIONS

_ALWAYS = (exp.Expr,)

TRIGGERS: dict[str, tuple[type[exp.Expr], ...]] = {
    "between": (exp.Between,),
    "in_list": (exp.In,),
    "logic": (exp.Or, exp.Not, exp.NEQ),
    "null_test": (exp.Is,),
    "like": (exp.Like, exp.ILike, exp.RegexpLike, exp.RegexpILike, exp.SimilarTo),
    "distinct": (exp.Distinct,),
    "order_limit": (exp.Limit, exp.Fetch, exp.Order),
    "count": (exp.Count,),
    "aggregate": AGGREGATES,
    "group_by": (exp.Group,),
    "having": (exp.Having,),
    "join": (exp.Join,),
    "multi_join": (exp.Join,),
    "self_join": (exp.Join,),
    "outer_join": (exp.Join,),
    "anti_join": (exp.Not, exp.Is),
    "date_filter": (exp.Where,),
    "compare": (exp.Where,),
    "date_relative": (*TODAY, exp.Anonymous, exp.Cast),
    "date_trunc": (exp.DateTrunc, exp.TimestampTrunc),
    "date_part": (exp.Extract,),
    "date_diff": (exp.Sub, exp.Anonymous),
    "string_function": STRING_FUNCTIONS,
    "case": (exp.Case,),
    "rounding": (exp.Round, exp.Ceil, exp.Floor, exp.Trunc, exp.Cast),
    "ratio": (exp.Div,),
    "share_if": (exp.Div, exp.Avg),
    "coalesce": (exp.Coalesce,),
    "filter_aggregate": (exp.Filter, exp.Case),
    "scalar_subquery": (exp.Subquery,),
    "in_subquery": (exp.In, exp.Any),
    "exists": (exp.Exists,),
    "cte": (exp.CTE,),
    "multi_cte": (exp.CTE,),
    "derived_table": (exp.Subquery,),
    "set_operation": (exp.SetOperation,),
    "window_rank": (exp.Window,),
    "window_aggregate": (exp.Window,),
    "window_lag": (exp.Window,),
    "share_of_total": (exp.Div,),
    "growth": (exp.Window,),
    "percentile": (exp.PercentileCont, exp.PercentileDisc, exp.Median),
    "top_per_group": (exp.Window, exp.Distinct, exp.Lateral),
    "recursive": (exp.With,),
    "lateral": (exp.Lateral,),
    "generate_series": (exp.GenerateSeries, exp.ExplodingGenerateSeries),
    "grouping_sets": (exp.GroupingSets, exp.Rollup, exp.Cube),
    "json": (*JSON, exp.Anonymous),
    "array": (exp.Any, *ARRAYS, exp.Anonymous),
}
"""Kinds of node of which a concept needs one at least: where a tree has none, its detector need not look. Concepts
that are not named here are always looked for."""


def detect(tree: exp.Expr) -> frozenset[str]:
    """Names of the concepts a statement makes use of.

    >>> import sqlglot
    >>> sorted(detect(sqlglot.parse_one("SELECT COUNT(*) FROM t", read="postgres")))
    ['count']
    """
    kinds: set[Any] = {type(node) for node in tree.walk()}
    likely = {name for kind in kinds for name in _triggered(kind)}
    return frozenset(name for name in likely if DETECTORS[name](tree))


@cache
def _triggered(kind: Any) -> frozenset[str]:
    """Concepts to look for in a tree that holds this kind of node."""
    return frozenset(name for name in DETECTORS if issubclass(kind, TRIGGERS.get(name, _ALWAYS)))
