"""SQL as text and as a tree: whitespace, masking, skeletons, and the concepts of a query.

Works on Postgres's dialect without a server. It does not know whether names exist, nor whether a query runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from schemas.taxonomy import CONCEPTS

__all__ = ["concepts", "curriculum_stage", "mask_literals", "normalize_whitespace", "parse", "skeleton"]

_PIECE = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<line>--[^\n]*\n?)
    | (?P<block>/\*)
    | (?P<estring>(?<![\w$])[eE]'(?:[^'\\]|\\.|'')*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<dollar>(?<![\w$])\$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?\$(?P=tag)\$)
    | (?P<other>[^\s'"$/\-]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)


def normalize_whitespace(sql: str) -> str:
    r"""The same statement with every run of white space outside literals, names and comments as one space.

    Literals, quoted names, dollar-quoted text and comments stay as they are. A line comment keeps the line break
    that ends it, and adjacent literals keep the line break that joins them (Postgres manual, 4.1.2.1).

    >>> normalize_whitespace("SELECT  'a  b'\\n  FROM   t  ")
    "SELECT 'a  b' FROM t"
    """
    out: list[str] = []
    previous = ""
    pending = ""
    for kind, text in _pieces(sql):
        if kind == "space":
            pending = text
            continue
        if pending and out:
            joins_literals = previous in {"string", "estring"} and kind == "string" and "\n" in pending
            ends_line = out[-1].endswith("\n")
            out.append("" if ends_line else "\n" if joins_literals else " ")
        out.append(text)
        previous, pending = kind, ""
    return "".join(out).strip()


def _pieces(sql: str) -> Iterator[tuple[str, str]]:
    """Split a statement into lexical pieces; block comments nest, as Postgres's do."""
    position = 0
    while position < len(sql):
        match = _PIECE.match(sql, position)
        if match is None:  # cannot happen: `other` takes any character
            raise AssertionError(f"no piece at {position}")
        kind = match.lastgroup if match.lastgroup != "tag" else "dollar"
        end = _block_end(sql, position) if kind == "block" else match.end()
        yield kind or "other", sql[position:end]
        position = end


def _block_end(sql: str, start: int) -> int:
    depth, position = 0, start
    while position < len(sql):
        if sql.startswith("/*", position):
            depth, position = depth + 1, position + 2
        elif sql.startswith("*/", position):
            depth, position = depth - 1, position + 2
            if depth == 0:
                return position
        else:
            position += 1
    return len(sql)


def parse(sql: str) -> exp.Expr | None:
    """The tree of one statement, or None where sqlglot cannot read it or there is not exactly one."""
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="postgres") if tree is not None]
    except (SqlglotError, RecursionError):
        return None
    return trees[0] if len(trees) == 1 else None


def mask_literals(sql: str) -> str:
    """The statement in one canonical spelling with every literal as `?`: equal for queries that differ in values."""
    tree = parse(sql)
    if tree is None:
        return re.sub(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b", "?", normalize_whitespace(sql)).lower()
    masked = tree.transform(lambda node: exp.Placeholder() if isinstance(node, exp.Literal) else node)
    return str(masked.sql(dialect="postgres", normalize_functions="lower")).lower()


def skeleton(sql: str) -> str:
    """The statement's shape: literals and identifiers masked, aliases gone."""
    tree = parse(sql)
    if tree is None:
        return mask_literals(sql)

    def mask(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Literal):
            return exp.Placeholder()
        if isinstance(node, exp.Column):
            return exp.column("c")
        if isinstance(node, exp.Table):
            return exp.to_table("t")
        if isinstance(node, exp.Alias):
            inner: exp.Expr = node.this
            return inner
        return node

    return str(tree.transform(mask).sql(dialect="postgres", normalize_functions="lower"))


def curriculum_stage(names: frozenset[str]) -> int:
    """The highest curriculum stage, 1 to 5, of a set of concepts; 1 for none."""
    return max((CONCEPTS[name].stage for name in names), default=1)


def concepts(sql: str) -> frozenset[str]:
    """Names in `taxonomy.CONCEPTS` of what a query makes use of; empty where it cannot be parsed."""
    tree = parse(sql)
    if tree is None:
        return frozenset()
    found = {name for name, detect in _DETECTORS.items() if detect(tree)}
    simple = found <= {"compare", "order_limit"} and not tree.find(exp.Join, exp.Subquery, exp.Func)
    if simple and not tree.find(exp.Where):
        found.add("projection")
    return frozenset(found)


# --- detectors: one predicate a concept, over a whole statement's tree

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_AGGREGATES = (exp.Sum, exp.Avg, exp.Min, exp.Max)
_TODAY = (exp.CurrentDate, exp.CurrentTimestamp)


def _any(tree: exp.Expr, *kinds: type[exp.Expr]) -> bool:
    return tree.find(*kinds) is not None


def _conditions(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Every WHERE's condition."""
    for where in tree.find_all(exp.Where):
        yield where.this


def _is_date_literal(node: exp.Expr) -> bool:
    text = node.name if isinstance(node, exp.Literal) and node.is_string else ""
    return bool(re.fullmatch(r"\d{4}-\d{2}(-\d{2})?( \d{2}:\d{2}(:\d{2})?)?", text))


def _compare(tree: exp.Expr) -> bool:
    return any(
        isinstance(node.expression, exp.Literal) and not _is_date_literal(node.expression)
        for where in _conditions(tree)
        for node in where.find_all(*_COMPARISONS)
    )


def _joined_tables(tree: exp.Expr) -> list[list[str]]:
    """Table names of each SELECT's FROM and JOINs."""
    found = []
    for select in tree.find_all(exp.Select):
        source = select.args.get("from_") or select.args.get("from")
        items = [source.this] if source else []
        items += [join.this for join in select.args.get("joins") or []]
        found.append([item.name if isinstance(item, exp.Table) else "" for item in items])
    return found


def _self_join(tree: exp.Expr) -> bool:
    return any(len(names) != len(set(names)) for tables in _joined_tables(tree) if (names := [n for n in tables if n]))


def _outer_join(tree: exp.Expr) -> bool:
    return any(join.side in {"LEFT", "RIGHT", "FULL"} for join in tree.find_all(exp.Join))


def _anti_join(tree: exp.Expr) -> bool:
    for negation in tree.find_all(exp.Not):
        inner = negation.this
        if isinstance(inner, exp.Exists) or (isinstance(inner, exp.In) and inner.args.get("query")):
            return True
    tests = (isinstance(node.expression, exp.Null) for where in _conditions(tree) for node in where.find_all(exp.Is))
    return _outer_join(tree) and any(tests)


def _subqueries(tree: exp.Expr) -> Iterator[exp.Select]:
    for select in tree.find_all(exp.Select):
        if select.parent_select is not None and not isinstance(select.parent, exp.CTE):
            yield select


def _correlated(tree: exp.Expr) -> bool:
    for select in _subqueries(tree):
        inner = {table.alias_or_name for table in select.find_all(exp.Table)}
        if any(column.table and column.table not in inner for column in select.find_all(exp.Column)):
            return not _any(select, exp.Lateral)
    return False


def _scalar_subquery(tree: exp.Expr) -> bool:
    return any(
        isinstance(node.parent, (*_COMPARISONS, exp.Div, exp.Sub, exp.Mul, exp.Alias, exp.Select, exp.Paren))
        and not isinstance(node.parent, exp.From)
        for node in tree.find_all(exp.Subquery)
        if (isinstance(node.this, exp.Select) and node.arg_key != "this") or isinstance(node.parent, _COMPARISONS)
    )


def _date_filter(tree: exp.Expr) -> bool:
    return any(_is_date_literal(node) for where in _conditions(tree) for node in where.find_all(exp.Literal))


def _date_diff(tree: exp.Expr) -> bool:
    if any(node.name.lower() == "age" for node in tree.find_all(exp.Anonymous)) or _any(tree, exp.DateDiff):
        return True
    plain = (exp.Column, exp.CurrentDate, exp.CurrentTimestamp, exp.Cast)
    for node in tree.find_all(exp.Sub):
        sides = (node.this, node.expression)
        if all(isinstance(side, plain) for side in sides) and any(_datelike(side) for side in sides):
            return True
    return False


def _datelike(node: exp.Expr) -> bool:
    name = node.name.lower() if isinstance(node, exp.Column) else ""
    stamped = name.endswith(("_at", "_on", "date", "_from", "_to", "_until", "check_in", "check_out", "_start", "_end"))
    return stamped or bool(node.find(*_TODAY))


def _ratio(tree: exp.Expr) -> bool:
    return any(_any(node.expression, exp.AggFunc, exp.Nullif, exp.Subquery) for node in tree.find_all(exp.Div))


def _share_if(tree: exp.Expr) -> bool:
    shares = any(_any(node.this, exp.Filter, exp.Case) for node in tree.find_all(exp.Div))
    means = any(_any(node, exp.Case) for node in tree.find_all(exp.Avg))
    return shares or means


def _windows(tree: exp.Expr, *kinds: type[exp.Expr]) -> bool:
    return any(isinstance(node.this, kinds) or _any(node.this, *kinds) for node in tree.find_all(exp.Window))


_RANKS = (exp.Rank, exp.DenseRank, exp.RowNumber, exp.Ntile, exp.PercentRank)
_SHIFTS = (exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue)


def _top_per_group(tree: exp.Expr) -> bool:
    ranked = any(isinstance(node.this, _RANKS) and node.args.get("partition_by") for node in tree.find_all(exp.Window))
    distinct_on = any(node.args.get("on") for node in tree.find_all(exp.Distinct))
    return (ranked and any(True for _ in _conditions(tree))) or distinct_on


def _growth(tree: exp.Expr) -> bool:
    return _windows(tree, exp.Lag) and _any(tree, exp.Sub, exp.Div)


def _share_of_total(tree: exp.Expr) -> bool:
    return any(_any(node.expression, exp.Window, exp.Subquery) for node in tree.find_all(exp.Div))


def _plain_window(tree: exp.Expr) -> bool:
    return any(
        isinstance(node.this, (exp.AggFunc, exp.Filter)) and not isinstance(node.this, (*_RANKS, *_SHIFTS))
        for node in tree.find_all(exp.Window)
    )


def _ctes(tree: exp.Expr) -> int:
    return sum(1 for _ in tree.find_all(exp.CTE))


def _named(tree: exp.Expr, *names: str) -> bool:
    return any(node.name.lower() in names for node in tree.find_all(exp.Anonymous))


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
)
_JSON = (exp.JSONExtract, exp.JSONExtractScalar, exp.JSONBExtract, exp.JSONBExtractScalar)

_DETECTORS: dict[str, Callable[[exp.Expr], bool]] = {
    "compare": _compare,
    "between": lambda tree: _any(tree, exp.Between),
    "in_list": lambda tree: any(node.expressions for node in tree.find_all(exp.In)),
    "logic": lambda tree: any(_any(where, exp.Or, exp.Not, exp.NEQ) for where in _conditions(tree)),
    "null_test": lambda tree: any(isinstance(node.expression, exp.Null) for node in tree.find_all(exp.Is)),
    "like": lambda tree: _any(tree, exp.Like, exp.ILike, exp.RegexpLike, exp.RegexpILike, exp.SimilarTo),
    "distinct": lambda tree: _any(tree, exp.Distinct),
    "order_limit": lambda tree: _any(tree, exp.Order, exp.Limit, exp.Fetch),
    "count": lambda tree: _any(tree, exp.Count),
    "aggregate": lambda tree: _any(tree, *_AGGREGATES),
    "group_by": lambda tree: _any(tree, exp.Group),
    "having": lambda tree: _any(tree, exp.Having),
    "join": lambda tree: any(len(tables) == 2 for tables in _joined_tables(tree)),
    "multi_join": lambda tree: any(len(tables) > 2 for tables in _joined_tables(tree)),
    "self_join": _self_join,
    "outer_join": _outer_join,
    "anti_join": _anti_join,
    "date_filter": _date_filter,
    "date_relative": lambda tree: _any(tree, *_TODAY),
    "date_trunc": lambda tree: _any(tree, exp.DateTrunc, exp.TimestampTrunc),
    "date_part": lambda tree: _any(tree, exp.Extract),
    "date_diff": _date_diff,
    "string_function": lambda tree: _any(tree, *_STRING_FUNCTIONS),
    "case": lambda tree: _any(tree, exp.Case),
    "rounding": lambda tree: _any(tree, exp.Round, exp.Ceil, exp.Floor),
    "ratio": _ratio,
    "share_if": _share_if,
    "coalesce": lambda tree: _any(tree, exp.Coalesce),
    "filter_aggregate": lambda tree: (
        _any(tree, exp.Filter) or any(_any(node, exp.Case) for node in tree.find_all(exp.Sum, exp.Count))
    ),
    "scalar_subquery": _scalar_subquery,
    "in_subquery": lambda tree: any(node.args.get("query") for node in tree.find_all(exp.In)),
    "exists": lambda tree: _any(tree, exp.Exists),
    "correlated": _correlated,
    "cte": lambda tree: _ctes(tree) == 1,
    "multi_cte": lambda tree: _ctes(tree) > 1,
    "derived_table": lambda tree: any(
        isinstance(node.parent, (exp.From, exp.Join)) for node in tree.find_all(exp.Subquery)
    ),
    "set_operation": lambda tree: _any(tree, exp.SetOperation),
    "window_rank": lambda tree: _windows(tree, *_RANKS),
    "window_aggregate": _plain_window,
    "window_lag": lambda tree: _windows(tree, *_SHIFTS),
    "share_of_total": _share_of_total,
    "growth": _growth,
    "percentile": lambda tree: _any(tree, exp.PercentileCont, exp.PercentileDisc, exp.Median),
    "top_per_group": _top_per_group,
    "recursive": lambda tree: any(node.args.get("recursive") for node in tree.find_all(exp.With)),
    "lateral": lambda tree: _any(tree, exp.Lateral),
    "generate_series": lambda tree: _any(tree, exp.GenerateSeries, exp.ExplodingGenerateSeries),
    "grouping_sets": lambda tree: _any(tree, exp.GroupingSets, exp.Rollup, exp.Cube),
    "json": lambda tree: _any(tree, *_JSON),
    "array": lambda tree: _any(tree, exp.Array, exp.Any, exp.Unnest) or _named(tree, "unnest", "array_length"),
    "range": lambda tree: _any(tree, exp.Overlaps) or _named(tree, "daterange", "tstzrange", "tsrange"),
}
