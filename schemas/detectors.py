"""Which concepts a query makes use of: one predicate a concept, over a whole statement's tree.

A predicate looks at the tree alone: it knows neither the schema nor whether the statement runs, so a column's type is
guessed from its name and from casts. `schemas.sql.concepts` parses and asks them all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from sqlglot import exp

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_AGGREGATES = (exp.Sum, exp.Avg, exp.Min, exp.Max)
_TODAY = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.Localtimestamp, exp.Localtime)
_NOWS = ("transaction_timestamp", "statement_timestamp", "clock_timestamp")


def _any(tree: exp.Expr, *kinds: type[exp.Expr]) -> bool:
    return tree.find(*kinds) is not None


def _conditions(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Every WHERE's condition."""
    for where in tree.find_all(exp.Where):
        yield where.this


def _projection(tree: exp.Expr) -> bool:
    if not isinstance(tree, exp.Select) or any(tree.args.get(key) for key in ("where", "group", "distinct", "joins")):
        return False
    plain = all(isinstance(item.unalias(), (exp.Column, exp.Star)) for item in tree.expressions)
    tables = _joined_tables(tree)
    return plain and len(tables) == 1 and len(tables[0]) == 1 and bool(tables[0][0])


_DATE = re.compile(
    r"\d{4}-\d{2}(-\d{2})?([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?", re.IGNORECASE
)


def _is_date_literal(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_string and bool(_DATE.fullmatch(node.name))


def _is_plain_literal(node: exp.Expr) -> bool:
    """A number, signed or not, or a text, whether cast or not; no date."""
    while isinstance(node, (exp.Neg, exp.Cast, exp.Paren)):
        node = node.this
    return isinstance(node, exp.Literal) and not _is_date_literal(node)


def _compare(tree: exp.Expr) -> bool:
    return any(
        _is_plain_literal(node.this) or _is_plain_literal(node.expression)
        for where in _conditions(tree)
        for node in where.find_all(*_COMPARISONS)
        if not _is_today_text(node.expression)
    )


def _is_today_text(node: exp.Expr) -> bool:
    """'today'::date and its kin."""
    return isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal) and node.this.name.lower() in _TODAY_TEXTS


_TODAY_TEXTS = ("now", "today", "yesterday", "tomorrow")


def _sources(select: exp.Select) -> list[exp.Expr]:
    """What a SELECT's FROM and JOINs name."""
    source = select.args.get("from_") or select.args.get("from")
    return ([source.this] if source else []) + [join.this for join in select.args.get("joins") or []]


def _joined_tables(tree: exp.Expr) -> list[list[str]]:
    """Table names of each SELECT's FROM and JOINs; empty for what is no table by name."""
    return [
        [item.name if isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier) else "" for item in items]
        for select in tree.find_all(exp.Select)
        if (items := _sources(select))
    ]


def _self_join(tree: exp.Expr) -> bool:
    return any(len(names) != len(set(names)) for tables in _joined_tables(tree) if (names := [n for n in tables if n]))


def _outer_join(tree: exp.Expr) -> bool:
    return any(join.side in {"LEFT", "RIGHT", "FULL"} for join in tree.find_all(exp.Join))


def _padded(select: exp.Select) -> set[str]:
    """Names of the sources whose columns an outer join of this SELECT may fill with NULL."""
    names: set[str] = set()
    seen = {item.alias_or_name for item in _sources(select)[:1]}
    for join in select.args.get("joins") or []:
        if join.side in {"RIGHT", "FULL"}:
            names |= seen
        if join.side in {"LEFT", "FULL"}:
            names.add(join.this.alias_or_name)
        seen.add(join.this.alias_or_name)
    return names


def _anti_join(tree: exp.Expr) -> bool:
    for negation in tree.find_all(exp.Not):
        inner = negation.this
        if isinstance(inner, exp.Exists) or (isinstance(inner, exp.In) and inner.args.get("query")):
            return True
    for select in tree.find_all(exp.Select):
        padded, where = _padded(select), select.args.get("where")
        for node in where.find_all(exp.Is) if where and padded else ():
            column = node.this
            if _is_null(node) and isinstance(column, exp.Column) and (not column.table or column.table in padded):
                return True
    return False


def _is_null(node: exp.Is) -> bool:
    return (
        isinstance(node.expression, exp.Null) and not node.args.get("negate") and not isinstance(node.parent, exp.Not)
    )


def _correlated(tree: exp.Expr) -> bool:
    """A subquery, not LATERAL, in which a column is qualified by a name from outside."""
    for select in tree.find_all(exp.Select):
        if select.parent_select is None or select.find_ancestor(exp.CTE, exp.Lateral):
            continue
        inner = {item.alias_or_name for item in select.find_all(exp.Table, exp.Subquery, exp.Lateral, exp.Unnest)}
        inner |= {item.alias_or_name for item in select.find_all(exp.Values)}
        if any(column.table and column.table not in inner for column in select.find_all(exp.Column)):
            return True
    return False


_NO_VALUE = (exp.From, exp.Join, exp.In, exp.Exists, exp.SetOperation, exp.CTE, exp.Lateral, exp.Any, exp.All)


def _scalar_subquery(tree: exp.Expr) -> bool:
    """A query in parentheses where a value stands."""
    return any(
        node.parent is not None and not isinstance(node.parent, (*_NO_VALUE, exp.Subquery))
        for node in tree.find_all(exp.Subquery)
        if isinstance(node.unnest(), exp.Query)
    )


def _in_subquery(tree: exp.Expr) -> bool:
    return any(node.args.get("query") for node in tree.find_all(exp.In)) or any(
        isinstance(node.this, exp.Query) for node in tree.find_all(exp.Any)
    )


def _date_filter(tree: exp.Expr) -> bool:
    if any(_is_date_literal(node) for where in _conditions(tree) for node in where.find_all(exp.Literal)):
        return True
    parts = (node for where in _conditions(tree) for node in where.find_all(exp.Extract))
    return any(isinstance(node.parent, (exp.EQ, exp.In, exp.Between)) for node in parts)


def _date_relative(tree: exp.Expr) -> bool:
    return _any(tree, *_TODAY) or _named(tree, *_NOWS) or any(map(_is_today_text, tree.find_all(exp.Cast)))


def _date_diff(tree: exp.Expr) -> bool:
    return _named(tree, "age") or any(
        (_is_moment(node.this) or _is_moment(node.expression))
        and all(_is_moment(side) or isinstance(side.unnest(), exp.Column) for side in (node.this, node.expression))
        for node in tree.find_all(exp.Sub)
    )


_DATE_ENDINGS = ("_at", "_on", "date", "_from", "_to", "_until", "check_in", "check_out", "_start", "_end", "_time")
_DATE_TYPES = (exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPNTZ)
_KEEPS_MOMENT = (
    exp.Paren,
    exp.Cast,
    exp.Min,
    exp.Max,
    exp.Window,
    exp.Filter,
    exp.Lag,
    exp.Lead,
    exp.FirstValue,
    exp.LastValue,
    exp.Coalesce,
    exp.Least,
    exp.Greatest,
)


def _is_moment(node: exp.Expr) -> bool:
    """Whether an expression is a day or a time, as far as names, types and literals tell."""
    if isinstance(node, exp.Column):
        return node.name.lower().endswith(_DATE_ENDINGS)
    if isinstance(node, (*_TODAY, exp.DateTrunc, exp.TimestampTrunc)) or _is_date_literal(node):
        return True
    if isinstance(node, exp.Cast):
        return node.to.this in _DATE_TYPES
    if isinstance(node, _KEEPS_MOMENT):
        return any(_is_moment(item) for item in (node.this, *node.expressions) if isinstance(item, exp.Expr))
    return False


def _varying_divisions(tree: exp.Expr) -> Iterator[exp.Div]:
    """Divisions by something other than a constant."""
    for node in tree.find_all(exp.Div):
        if _any(node.expression, exp.Column, exp.AggFunc, exp.Subquery):
            yield node


def _share_if(tree: exp.Expr) -> bool:
    if any(_any(node.this, exp.Filter, exp.Case) for node in _varying_divisions(tree)):
        return True
    return any(_is_indicator(node.this) for node in tree.find_all(exp.Avg))


def _is_indicator(node: exp.Expr) -> bool:
    """A condition as a number: a CASE between constants, or a comparison that is cast."""
    node = node.unnest()
    if isinstance(node, exp.Cast):
        return _any(node.this, *_COMPARISONS, exp.Is, exp.In) and not _any(node.this, exp.Case)
    if not isinstance(node, exp.Case):
        return False
    default = node.args.get("default")
    results = [branch.args["true"] for branch in node.args["ifs"]]
    return default is not None and all(isinstance(item, exp.Literal) for item in [*results, default])


def _windows(tree: exp.Expr, *kinds: type[exp.Expr]) -> Iterator[exp.Window]:
    """Windows whose function is one of the given kinds."""
    for node in tree.find_all(exp.Window):
        function = node.this
        while isinstance(function, (exp.IgnoreNulls, exp.RespectNulls, exp.Filter)):
            function = function.this
        if isinstance(function, kinds):
            yield node


_RANKS = (exp.Rank, exp.DenseRank, exp.RowNumber, exp.Ntile, exp.PercentRank, exp.CumeDist)
_SHIFTS = (exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)


def _has_window(tree: exp.Expr, *kinds: type[exp.Expr]) -> bool:
    return next(_windows(tree, *kinds), None) is not None


def _plain_window(tree: exp.Expr) -> bool:
    return any(not isinstance(node.this, (*_RANKS, *_SHIFTS)) for node in _windows(tree, exp.AggFunc))


def _over_rows(tree: exp.Expr, *kinds: type[exp.Expr]) -> bool:
    """An aggregate that folds rows, not a window's function."""
    windowed = {
        id(node.this.this if isinstance(node.this, exp.Filter) else node.this) for node in _windows(tree, *kinds)
    }
    return any(id(node) not in windowed for node in tree.find_all(*kinds))


def _top_per_group(tree: exp.Expr) -> bool:
    """The rank within a partition is named and then filtered on; or DISTINCT ON; or LATERAL with a LIMIT."""
    ranks = {
        node.parent.alias
        for node in _windows(tree, *_RANKS)
        if node.args.get("partition_by") and isinstance(node.parent, exp.Alias)
    }
    if any(column.name in ranks for where in _conditions(tree) for column in where.find_all(exp.Column)):
        return True
    if any(node.args.get("on") for node in tree.find_all(exp.Distinct)):
        return True
    return any(_any(node, exp.Limit, exp.Fetch) for node in tree.find_all(exp.Lateral))


def _growth(tree: exp.Expr) -> bool:
    """A quantity, not a date, of the row before, and a difference or a quotient."""
    if not any(not _is_moment(node) for node in _windows(tree, exp.Lag)):
        return False
    return _any(tree, exp.Div) or any(not _is_moment(node.this) for node in tree.find_all(exp.Sub))


def _share_of_total(tree: exp.Expr) -> bool:
    """Divided by a SUM or a COUNT over a window or in a subquery."""
    for below in (node.expression for node in tree.find_all(exp.Div)):
        if _has_window(below, exp.Sum, exp.Count):
            return True
        if any(_any(query, exp.Sum, exp.Count) for query in below.find_all(exp.Subquery)):
            return True
    return False


def _derived_table(tree: exp.Expr) -> bool:
    return any(
        isinstance(node.parent, (exp.From, exp.Join)) and isinstance(node.unnest(), exp.Query)
        for node in tree.find_all(exp.Subquery)
    )


def _rounding(tree: exp.Expr) -> bool:
    if _any(tree, exp.Round, exp.Ceil, exp.Floor, exp.Trunc):
        return True
    return any(node.to.this in exp.DataType.NUMERIC_TYPES for node in tree.find_all(exp.Cast))


def _ctes(tree: exp.Expr) -> int:
    return sum(1 for _ in tree.find_all(exp.CTE))


def _named(tree: exp.Expr, *names: str) -> bool:
    return any(node.name.lower() in names for node in tree.find_all(exp.Anonymous))


def _array(tree: exp.Expr) -> bool:
    if any(not isinstance(node.this, exp.Query) for node in tree.find_all(exp.Any)):
        return True
    return _any(tree, *_ARRAYS) or _named(tree, "cardinality", "array_position", "array_to_string")


def _range(tree: exp.Expr) -> bool:
    """Ranges by their constructors, or by an operator that they share with arrays and JSON, none of which is there."""
    if _any(tree, exp.Overlaps, exp.Adjacent) or _named(tree, *_RANGE_NAMES):
        return True
    shared = tree.find_all(exp.ArrayOverlaps, exp.ArrayContainsAll, exp.ArrayContainedBy)
    return any(not any(isinstance(side, _NO_RANGE) for side in (node.left, node.right)) for node in shared)


_STRING_FUNCTIONS = (
    exp.Lower,
    exp.Upper,
    exp.Length,
    exp.Substring,
    exp.Trim,
    exp.Concat,
    exp.DPipe,
    exp.Initcap,
    exp.Left,
    exp.Right,
    exp.SplitPart,
    exp.Replace,
    exp.RegexpReplace,
    exp.StrPosition,
    exp.StartsWith,
    exp.ConcatWs,
    exp.Pad,
    exp.Reverse,
    exp.TimeToStr,
    exp.GroupConcat,
)
_JSON = (
    exp.JSONExtract,
    exp.JSONExtractScalar,
    exp.JSONBExtract,
    exp.JSONBExtractScalar,
    exp.JSONBContainsTopKey,
)
_JSON_NAMES = ("jsonb_array_elements", "jsonb_array_elements_text", "jsonb_each", "jsonb_each_text", "jsonb_path_query")
_ARRAYS = (exp.Array, exp.ArrayAgg, exp.ArraySize, exp.Bracket, exp.Unnest, exp.Explode)
_NO_RANGE = (exp.Array, exp.Literal, exp.ArrayAgg, exp.Query, exp.Subquery)
_RANGE_NAMES = ("daterange", "tstzrange", "tsrange", "numrange", "int4range", "int8range")

DETECTORS: dict[str, Callable[[exp.Expr], bool]] = {
    "projection": _projection,
    "compare": _compare,
    "between": lambda tree: _any(tree, exp.Between),
    "in_list": lambda tree: any(node.expressions for node in tree.find_all(exp.In)),
    "logic": lambda tree: any(_any(where, exp.Or, exp.Not, exp.NEQ) for where in _conditions(tree)),
    "null_test": lambda tree: any(isinstance(node.expression, exp.Null) for node in tree.find_all(exp.Is)),
    "like": lambda tree: _any(tree, exp.Like, exp.ILike, exp.RegexpLike, exp.RegexpILike, exp.SimilarTo),
    "distinct": lambda tree: _any(tree, exp.Distinct),
    "order_limit": lambda tree: (
        _any(tree, exp.Limit, exp.Fetch) or any(isinstance(node.parent, exp.Query) for node in tree.find_all(exp.Order))
    ),
    "count": lambda tree: _over_rows(tree, exp.Count),
    "aggregate": lambda tree: _over_rows(tree, *_AGGREGATES),
    "group_by": lambda tree: _any(tree, exp.Group),
    "having": lambda tree: _any(tree, exp.Having),
    "join": lambda tree: any(len(tables) == 2 for tables in _joined_tables(tree)),
    "multi_join": lambda tree: any(len(tables) > 2 for tables in _joined_tables(tree)),
    "self_join": _self_join,
    "outer_join": _outer_join,
    "anti_join": _anti_join,
    "date_filter": _date_filter,
    "date_relative": _date_relative,
    "date_trunc": lambda tree: _any(tree, exp.DateTrunc, exp.TimestampTrunc),
    "date_part": lambda tree: any(node.name.upper() != "EPOCH" for node in tree.find_all(exp.Extract)),
    "date_diff": _date_diff,
    "string_function": lambda tree: _any(tree, *_STRING_FUNCTIONS),
    "case": lambda tree: _any(tree, exp.Case),
    "rounding": _rounding,
    "ratio": lambda tree: next(_varying_divisions(tree), None) is not None,
    "share_if": _share_if,
    "coalesce": lambda tree: _any(tree, exp.Coalesce),
    "filter_aggregate": lambda tree: (
        _any(tree, exp.Filter) or any(_any(node, exp.Case) for node in tree.find_all(exp.Count, *_AGGREGATES))
    ),
    "scalar_subquery": _scalar_subquery,
    "in_subquery": _in_subquery,
    "exists": lambda tree: _any(tree, exp.Exists),
    "correlated": _correlated,
    "cte": lambda tree: _ctes(tree) == 1,
    "multi_cte": lambda tree: _ctes(tree) > 1,
    "derived_table": _derived_table,
    "set_operation": lambda tree: _any(tree, exp.SetOperation),
    "window_rank": lambda tree: _has_window(tree, *_RANKS),
    "window_aggregate": _plain_window,
    "window_lag": lambda tree: _has_window(tree, *_SHIFTS),
    "share_of_total": _share_of_total,
    "growth": _growth,
    "percentile": lambda tree: _any(tree, exp.PercentileCont, exp.PercentileDisc, exp.Median),
    "top_per_group": _top_per_group,
    "recursive": lambda tree: any(node.args.get("recursive") for node in tree.find_all(exp.With)),
    "lateral": lambda tree: _any(tree, exp.Lateral),
    "generate_series": lambda tree: _any(tree, exp.GenerateSeries, exp.ExplodingGenerateSeries),
    "grouping_sets": lambda tree: _any(tree, exp.GroupingSets, exp.Rollup, exp.Cube),
    "json": lambda tree: _any(tree, *_JSON) or _named(tree, *_JSON_NAMES),
    "array": _array,
    "range": _range,
}

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
    "aggregate": _AGGREGATES,
    "group_by": (exp.Group,),
    "having": (exp.Having,),
    "join": (exp.Join,),
    "multi_join": (exp.Join,),
    "self_join": (exp.Join,),
    "outer_join": (exp.Join,),
    "anti_join": (exp.Not, exp.Is),
    "date_filter": (exp.Where,),
    "compare": (exp.Where,),
    "date_relative": (*_TODAY, exp.Anonymous, exp.Cast),
    "date_trunc": (exp.DateTrunc, exp.TimestampTrunc),
    "date_part": (exp.Extract,),
    "date_diff": (exp.Sub, exp.Anonymous),
    "string_function": _STRING_FUNCTIONS,
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
    "json": (*_JSON, exp.Anonymous),
    "array": (exp.Any, *_ARRAYS, exp.Anonymous),
}
"""Kinds of node of which a concept needs one at least: where a tree has none, its detector need not look. Concepts
that are not named here are always looked for."""


def detect(tree: exp.Expr) -> frozenset[str]:
    """Names of the concepts a statement makes use of.

    >>> import sqlglot
    >>> sorted(detect(sqlglot.parse_one("SELECT COUNT(*) FROM t", read="postgres")))
    ['count']
    """
    likely = _triggered(frozenset({type(node) for node in tree.walk()}))
    return frozenset(name for name in likely if DETECTORS[name](tree))


@lru_cache(maxsize=4096)
def _triggered(kinds: frozenset[type[exp.Expr]]) -> tuple[str, ...]:
    """Concepts to look for in a tree that holds these kinds of node."""
    return tuple(name for name in DETECTORS if any(issubclass(kind, TRIGGERS.get(name, _ALWAYS)) for kind in kinds))
