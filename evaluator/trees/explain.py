"""What tells two expressions apart: the smallest part that differs, named by what it is and by what stands around it.

Two expressions are walked down together as long as they are of one kind. Where they part, a node put around the other
(ROUND, COALESCE, lower, DISTINCT, FILTER) names the mode; else the two nodes do; else the nearest node around them that
means something (CASE, a window, a ratio, an aggregate). Knows no clauses but which of three the expressions stand in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from sqlglot import exp

from evaluator.trees.parentheses import COMPARISONS
from evaluator.trees.spelling import flat, text

Expr = exp.Expr
Clause = Literal["select", "filter", "group"]
Path = tuple[Expr, ...]
"""The nodes around a difference, the outermost first."""

_DATES = (
    exp.Extract, exp.TimestampTrunc, exp.DateTrunc, exp.Interval, exp.CurrentDate, exp.CurrentTimestamp, exp.TimeToStr,
    exp.DateAdd, exp.DateSub, exp.DateDiff, exp.CurrentTime, exp.StrToDate, exp.StrToTime, exp.ToChar,
)  # fmt: skip
_DATE_NAMES = frozenset(
    {"age", "date_part", "date_trunc", "make_date", "make_interval", "to_char", "to_date", "justify_days"}
)
_LIKES = (exp.Like, exp.ILike, exp.SimilarTo, exp.RegexpLike, exp.RegexpILike)
_TEXTS = (exp.Lower, exp.Upper, exp.Trim, exp.Initcap)
_ROUNDS = (exp.Round, exp.Ceil, exp.Floor, exp.Trunc)
_NULLS = (exp.Coalesce, exp.Nullif)
_RANKS = (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.Ntile)
_CHAINS = (exp.And, exp.Or, exp.Mul, exp.Add)
_ENDS = {(exp.GT, exp.GTE), (exp.GTE, exp.GT), (exp.LT, exp.LTE), (exp.LTE, exp.LT)}
_DAY = re.compile(r"\d{4}-\d\d?-\d\d?\b.*", re.DOTALL)
QUERY_MARK = "(query)"
"""Stands for a query that is compared by itself."""
_SILENT = frozenset({"big_int", "safe", "typed", "_type", "quoted", "nested", "only_json_types", "value_constructor"})
"""Arguments of nodes that say how they were written."""


def explained(a: Expr, b: Expr, clause: Clause) -> list[str]:
    """The modes that tell two expressions apart, the gold's first; empty where their text is the same."""
    return list(dict.fromkeys(_differences(a, b, (), clause)))


def is_date(node: Expr) -> bool:
    """Whether the node makes or takes apart a date."""
    named = isinstance(node, exp.Anonymous) and str(node.this).lower() in _DATE_NAMES
    return named or isinstance(node, _DATES)


def _differences(a: Expr, b: Expr, path: Path, clause: Clause) -> list[str]:
    if text(a) == text(b):
        return []
    if type(a) is not type(b):
        wrapped = _wrapped(a, b, path, clause) or _wrapped(b, a, path, clause)
        if wrapped:
            return wrapped
    if type(a) is not type(b) or isinstance(a, exp.Column | exp.Literal):
        modes = [_named(a, b, path, clause)]
        if isinstance(a, COMPARISONS) and isinstance(b, COMPARISONS):
            modes += [mode for x, y in _children(a, b) or () for mode in _differences(x, y, (*path, a), clause)]
        return modes
    pairs = _chained(a, b) if isinstance(a, _CHAINS) else _children(a, b)
    if pairs is None or (isinstance(a, exp.Div) and len(pairs) > 1):
        return [_named(a, b, path, clause)]
    return [mode for left, right in pairs for mode in _differences(left, right, (*path, a), clause)]


# --- a node around the other ---


def _wrapped(outer: Expr, other: Expr, path: Path, clause: Clause) -> list[str]:
    """Modes where one expression is the other, or one much like it, with something around it."""
    modes: list[str] = []
    node = outer
    while type(node) is not type(other):
        mode = _wrapper(node, path)
        inner = node.expressions[0] if isinstance(node, exp.Distinct) and node.expressions else node.args.get("this")
        if not mode or not isinstance(inner, exp.Expr):
            return []
        modes.append(mode)
        node = inner
    if text(node) == text(other):
        return modes
    return [] if isinstance(node, exp.Literal) else [*modes, *_differences(node, other, path, clause)]


def _wrapper(node: Expr, path: Path) -> str:
    """The mode of a node that only dresses what it holds; empty for others."""
    if isinstance(node, exp.Cast):
        return "ratio_logic" if _in_ratio(path) else "cast_rounding"
    if isinstance(node, _ROUNDS):
        return "cast_rounding"
    if isinstance(node, _NULLS):
        return "null_handling"
    if isinstance(node, _TEXTS):
        return "string_match"
    if isinstance(node, exp.Distinct):
        return "distinct"
    if isinstance(node, exp.Filter):
        return "case_logic"
    if isinstance(node, exp.Window):
        return "window"
    if isinstance(node, exp.TimestampTrunc | exp.DateTrunc):
        return "date_logic"
    if isinstance(node, exp.Not):
        return "nesting" if any(map(_has_query, node.walk())) else _around(path) or "filter_operator"
    return ""


def _in_ratio(path: Path) -> bool:
    return any(isinstance(node, exp.Div) for node in path)


# --- children of two nodes of one kind ---


def _chained(a: Expr, b: Expr) -> list[tuple[Expr, Expr]] | None:
    """The operands of two chains that differ, where one stands for another; None where their number differs."""
    left, right = flat(a, type(a)), flat(b, type(b))
    counts = Counter(map(text, left)), Counter(map(text, right))
    lost, gained = _surplus(left, counts[0] - counts[1]), _surplus(right, counts[1] - counts[0])
    if len(lost) != len(gained):
        return None
    if len(lost) == 1:
        return [(lost[0], gained[0])]
    return list(zip(lost, gained, strict=True)) if len(lost) <= 3 else None


def _surplus(nodes: Sequence[Expr], surplus: Counter[str]) -> list[Expr]:
    found = []
    for node in nodes:
        if surplus[text(node)] > 0:
            surplus[text(node)] -= 1
            found.append(node)
    return found


def _children(a: Expr, b: Expr) -> list[tuple[Expr, Expr]] | None:
    """Children that differ, in pairs; None where the nodes differ otherwise."""
    pairs: list[tuple[Expr, Expr]] = []
    for key in a.args.keys() | b.args.keys():
        left, right = a.args.get(key) or None, b.args.get(key) or None
        if key in _SILENT or left == right:
            continue
        both = _listed(left), _listed(right)
        if both[0] is None or both[1] is None or len(both[0]) != len(both[1]):
            return None
        pairs += [(x, y) for x, y in zip(both[0], both[1], strict=True) if text(x) != text(y)]
    return pairs or None


def _listed(value: Any) -> list[Expr] | None:
    if isinstance(value, exp.Expr):
        return [value]
    return value if isinstance(value, list) and all(isinstance(item, exp.Expr) for item in value) else None


# --- two nodes, and what stands around them ---


def _named(a: Expr, b: Expr, path: Path, clause: Clause) -> str:
    """The mode of two nodes that differ."""
    around = _around(path)
    if path and is_date(path[-1]) and not isinstance(a, exp.Column):
        return "date_logic"
    if around in {"case_logic", "window"}:
        return around
    kinds = type(a), type(b)
    if any(isinstance(node, exp.Is | exp.Null) for node in (a, b)) or isinstance(a, _NULLS) or isinstance(b, _NULLS):
        return "null_handling"
    if any(_has_query(node.this if isinstance(node, exp.Not) else node) for node in (a, b)):
        return "nesting"
    if isinstance(a, exp.Distinct) or isinstance(b, exp.Distinct):
        return "distinct"
    if isinstance(a, _LIKES) or isinstance(b, _LIKES):
        negated = kinds[0] is kinds[1] and bool(a.args.get("negate")) != bool(b.args.get("negate"))
        return "filter_operator" if negated and a.args["expression"] == b.args["expression"] else "string_match"
    if any(isinstance(node, exp.Case | exp.If | exp.Filter) for node in (a, b)):
        return "case_logic"
    if any(isinstance(node, (exp.Window, exp.WindowSpec, *_RANKS)) for node in (a, b)):
        return "window"
    if clause == "filter" and not around:
        return _condition(a, b, kinds, path)
    if any(isinstance(node, exp.Div) for node in (a, b)):
        return "ratio_logic"
    if isinstance(a, exp.AggFunc) and isinstance(b, exp.AggFunc):
        return "ratio_logic" if _in_ratio(path) else "aggregate"
    return _value(a, b, path, clause, around)


def _condition(a: Expr, b: Expr, kinds: tuple[type[Expr], type[Expr]], path: Path) -> str:
    """The mode of two nodes of a condition that nothing else claims."""
    if kinds in _ENDS:
        return "filter_boundary"
    if kinds[0] is kinds[1] and isinstance(a, exp.And | exp.Or):
        sizes = len(flat(a, kinds[0])), len(flat(b, kinds[0]))
        return "filter_missing" if sizes[0] > sizes[1] else "filter_extra" if sizes[0] < sizes[1] else "filter_operator"
    if isinstance(a, exp.In | exp.EQ) and isinstance(b, exp.In | exp.EQ):
        return "filter_value" if text(a.this) == text(b.this) else "filter_column"
    if isinstance(a, (exp.Connector, exp.Not, *COMPARISONS)) or isinstance(b, (exp.Connector, exp.Not, *COMPARISONS)):
        return "filter_operator"
    if isinstance(a, exp.Column) and isinstance(b, exp.Column):
        return "filter_column"
    if _dated(a, b, path):
        return "date_logic"
    if isinstance(a, exp.AggFunc) and isinstance(b, exp.AggFunc):
        return "aggregate"
    if isinstance(a, exp.Div) or isinstance(b, exp.Div):
        return "ratio_logic"
    if a.find(exp.Column) is not None and b.find(exp.Column) is not None:
        return "filter_column"
    return "filter_value"


def _value(a: Expr, b: Expr, path: Path, clause: Clause, around: str) -> str:
    """The mode of two columns, literals or other values."""
    literals = all(isinstance(node, exp.Literal | exp.Neg | exp.Boolean | exp.Var) for node in (a, b))
    if isinstance(path[-1] if path else None, _ROUNDS) and literals:
        return "cast_rounding"
    if isinstance(a, exp.DataType) or isinstance(a, exp.Cast) != isinstance(b, exp.Cast):
        return "ratio_logic" if _in_ratio(path) else "cast_rounding"
    if _dated(a, b, path):
        return "date_logic"
    if literals and path and isinstance(path[-1], _NULLS):
        return "null_handling"
    if around:
        return around
    if isinstance(a, exp.AggFunc) != isinstance(b, exp.AggFunc) and not path:
        return "projection_wrong" if clause == "select" else "grouping"
    return {"select": "projection_wrong", "filter": "filter_value", "group": "grouping"}[clause]


def _dated(a: Expr, b: Expr, path: Path) -> bool:
    """Whether two nodes differ in a date, or in a number that counts days."""
    if all(isinstance(node, exp.Literal) and node.is_string and _DAY.fullmatch(node.name) for node in (a, b)):
        return True
    if any(is_date(part) for node in (a, b) for part in node.walk()):
        return True
    if isinstance(a, exp.Column) and isinstance(b, exp.Column):
        return False
    if path and is_date(path[-1]):
        return True
    near = path[-1] if path else None
    return isinstance(near, exp.Add | exp.Sub) and any(is_date(part) for part in near.walk())


def _has_query(node: Expr) -> bool:
    marked = isinstance(node, exp.Var) and node.name == QUERY_MARK
    return (
        marked
        or isinstance(node, exp.Exists | exp.Query)
        or (isinstance(node, exp.In) and bool(node.args.get("query")))
    )


def _around(path: Path) -> str:
    """The mode of the nearest node around a difference that means something by itself."""
    for place in range(len(path) - 1, -1, -1):
        node = path[place]
        if isinstance(node, exp.Case | exp.If | exp.Filter):
            return "case_logic"
        if isinstance(node, (exp.Window, exp.WindowSpec, *_RANKS)):
            return "window"
        if isinstance(node, exp.Div):
            return "ratio_logic"
        if isinstance(node, exp.AggFunc):
            outer = path[place - 1] if place else None
            if isinstance(outer, exp.Window):
                return "window"
            if isinstance(outer, exp.Filter):
                return "aggregate"
            return "ratio_logic" if _in_ratio(path[:place]) else "aggregate"
        if isinstance(node, _LIKES):
            return "string_match"
    return ""
