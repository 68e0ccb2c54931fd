"""Which concepts a query makes use of: one predicate a concept, over a whole statement's tree.

A predicate looks at the tree alone: it knows neither the schema nor whether the statement runs. Days and times are in
`schemas.detect_dates`, windows in `schemas.detect_windows`. `schemas.detect` asks them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from schemas.detect_dates import date_diff, date_filter, date_relative, is_date_literal, is_today_text
from schemas.detect_parts import conditions, has_kind, named
from schemas.detect_windows import (
    RANKS,
    SHIFTS,
    growth,
    has_window,
    over_rows,
    plain_window,
    share_of_total,
    top_per_group,
)  # fmt: skip

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)

AGGREGATES = (exp.Sum, exp.Avg, exp.Min, exp.Max)


def _projection(tree: exp.Expr) -> bool:
    if not isinstance(tree, exp.Select) or any(tree.args.get(key) for key in ("where", "group", "distinct", "joins")):
        return False
    plain = all(isinstance(item.unalias(), (exp.Column, exp.Star)) for item in tree.expressions)
    tables = _joined_tables(tree)
    return plain and len(tables) == 1 and len(tables[0]) == 1 and bool(tables[0][0])


def _is_plain_literal(node: exp.Expr) -> bool:
    """A number, signed or not, or a text, whether cast or not; no date."""
    while isinstance(node, (exp.Neg, exp.Cast, exp.Paren)):
        node = node.this
    return isinstance(node, exp.Literal) and not is_date_literal(node)


def _compare(tree: exp.Expr) -> bool:
    return any(
        _is_plain_literal(node.this) or _is_plain_literal(node.expression)
        for where in conditions(tree)
        for node in where.find_all(*_COMPARISONS)
        if not is_today_text(node.expression)
    )


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


def _varying_divisions(tree: exp.Expr) -> Iterator[exp.Div]:
    """Divisions by something other than a constant."""
    for node in tree.find_all(exp.Div):
        if has_kind(node.expression, exp.Column, exp.AggFunc, exp.Subquery):
            yield node


def _share_if(tree: exp.Expr) -> bool:
    if any(has_kind(node.this, exp.Filter, exp.Case) for node in _varying_divisions(tree)):
        return True
    return any(_is_indicator(node.this) for node in tree.find_all(exp.Avg))


def _is_indicator(node: exp.Expr) -> bool:
    """A condition as a number: a CASE between constants, or a comparison that is cast."""
    node = node.unnest()
    if isinstance(node, exp.Cast):
        return has_kind(node.this, *_COMPARISONS, exp.Is, exp.In) and not has_kind(node.this, exp.Case)
    if not isinstance(node, exp.Case):
        return False
    default = node.args.get("default")
    results = [branch.args["true"] for branch in node.args["ifs"]]
    return default is not None and all(isinstance(item, exp.Literal) for item in [*results, default])


def _derived_table(tree: exp.Expr) -> bool:
    return any(
        isinstance(node.parent, (exp.From, exp.Join)) and isinstance(node.unnest(), exp.Query)
        for node in tree.find_all(exp.Subquery)
    )


def _rounding(tree: exp.Expr) -> bool:
    if has_kind(tree, exp.Round, exp.Ceil, exp.Floor, exp.Trunc):
        return True
    return any(node.to.this in exp.DataType.NUMERIC_TYPES for node in tree.find_all(exp.Cast))


def _ctes(tree: exp.Expr) -> int:
    return sum(1 for _ in tree.find_all(exp.CTE))


def _array(tree: exp.Expr) -> bool:
    if any(not isinstance(node.this, exp.Query) for node in tree.find_all(exp.Any)):
        return True
    return has_kind(tree, *ARRAYS) or named(tree, "cardinality", "array_position", "array_to_string")


def _range(tree: exp.Expr) -> bool:
    """Ranges by their constructors, or by an operator that they share with arrays and JSON, none of which is there."""
    if has_kind(tree, exp.Overlaps, exp.Adjacent) or named(tree, *_RANGE_NAMES):
        return True
    shared = tree.find_all(exp.ArrayOverlaps, exp.ArrayContainsAll, exp.ArrayContainedBy)
    return any(not any(isinstance(side, _NO_RANGE) for side in (node.left, node.right)) for node in shared)


STRING_FUNCTIONS = (
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

JSON = (
    exp.JSONExtract,
    exp.JSONExtractScalar,
    exp.JSONBExtract,
    exp.JSONBExtractScalar,
    exp.JSONBContainsTopKey,
)

_JSON_NAMES = ("jsonb_array_elements", "jsonb_array_elements_text", "jsonb_each", "jsonb_each_text", "jsonb_path_query")

ARRAYS = (exp.Array, exp.ArrayAgg, exp.ArraySize, exp.Bracket, exp.Unnest, exp.Explode)

_NO_RANGE = (exp.Array, exp.Literal, exp.ArrayAgg, exp.Query, exp.Subquery)

_RANGE_NAMES = ("daterange", "tstzrange", "tsrange", "numrange", "int4range", "int8range")

DETECTORS: dict[str, Callable[[exp.Expr], bool]] = {
    "projection": _projection,
    "compare": _compare,
    "between": lambda tree: has_kind(tree, exp.Between),
    "in_list": lambda tree: any(node.expressions for node in tree.find_all(exp.In)),
    "logic": lambda tree: any(has_kind(where, exp.Or, exp.Not, exp.NEQ) for where in conditions(tree)),
    "null_test": lambda tree: any(isinstance(node.expression, exp.Null) for node in tree.find_all(exp.Is)),
    "like": lambda tree: has_kind(tree, exp.Like, exp.ILike, exp.RegexpLike, exp.RegexpILike, exp.SimilarTo),
    "distinct": lambda tree: has_kind(tree, exp.Distinct),
    "order_limit": lambda tree: (
        has_kind(tree, exp.Limit, exp.Fetch)
        or any(isinstance(node.parent, exp.Query) for node in tree.find_all(exp.Order))
    ),
    "count": lambda tree: over_rows(tree, exp.Count),
    "aggregate": lambda tree: over_rows(tree, *AGGREGATES),
    "group_by": lambda tree: has_kind(tree, exp.Group),
    "having": lambda tree: has_kind(tree, exp.Having),
    "join": lambda tree: any(len(tables) == 2 for tables in _joined_tables(tree)),
    "multi_join": lambda tree: any(len(tables) > 2 for tables in _joined_tables(tree)),
    "self_join": _self_join,
    "outer_join": _outer_join,
    "anti_join": _anti_join,
    "date_filter": date_filter,
    "date_relative": date_relative,
    "date_trunc": lambda tree: has_kind(tree, exp.DateTrunc, exp.TimestampTrunc),
    "date_part": lambda tree: any(node.name.upper() != "EPOCH" for node in tree.find_all(exp.Extract)),
    "date_diff": date_diff,
    "string_function": lambda tree: has_kind(tree, *STRING_FUNCTIONS),
    "case": lambda tree: has_kind(tree, exp.Case),
    "rounding": _rounding,
    "ratio": lambda tree: next(_varying_divisions(tree), None) is not None,
    "share_if": _share_if,
    "coalesce": lambda tree: has_kind(tree, exp.Coalesce),
    "filter_aggregate": lambda tree: (
        has_kind(tree, exp.Filter) or any(has_kind(node, exp.Case) for node in tree.find_all(exp.Count, *AGGREGATES))
    ),
    "scalar_subquery": _scalar_subquery,
    "in_subquery": _in_subquery,
    "exists": lambda tree: has_kind(tree, exp.Exists),
    "correlated": _correlated,
    "cte": lambda tree: _ctes(tree) == 1,
    "multi_cte": lambda tree: _ctes(tree) > 1,
    "derived_table": _derived_table,
    "set_operation": lambda tree: has_kind(tree, exp.SetOperation),
    "window_rank": lambda tree: has_window(tree, *RANKS),
    "window_aggregate": plain_window,
    "window_lag": lambda tree: has_window(tree, *SHIFTS),
    "share_of_total": share_of_total,
    "growth": growth,
    "percentile": lambda tree: has_kind(tree, exp.PercentileCont, exp.PercentileDisc, exp.Median),
    "top_per_group": top_per_group,
    "recursive": lambda tree: any(node.args.get("recursive") for node in tree.find_all(exp.With)),
    "lateral": lambda tree: has_kind(tree, exp.Lateral),
    "generate_series": lambda tree: has_kind(tree, exp.GenerateSeries, exp.ExplodingGenerateSeries),
    "grouping_sets": lambda tree: has_kind(tree, exp.GroupingSets, exp.Rollup, exp.Cube),
    "json": lambda tree: has_kind(tree, *JSON) or named(tree, *_JSON_NAMES),
    "array": _array,
    "range": _range,
}
