"""What tells two expressions apart: windows, ratios, CASE, NULLs, dates, text, casts, DISTINCT or aggregates.

The first family of nodes is named that makes the two alike once it is taken out of both. Knows no clauses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from sqlglot import exp

from evaluator.clauses import text

Expr = exp.Expr
Strip = Callable[[Expr], Expr]

_DATE_NODES = (
    exp.Extract, exp.TimestampTrunc, exp.DateTrunc, exp.Interval, exp.CurrentDate, exp.CurrentTimestamp, exp.TimeToStr,
    exp.DateAdd, exp.DateSub, exp.DateDiff, exp.CurrentTime, exp.StrToDate, exp.StrToTime,
)  # fmt: skip
_DATE_NAMES = frozenset({"age", "date_part", "date_trunc", "make_date", "make_interval", "to_char", "now"})
_TEXT_NODES = (exp.Lower, exp.Upper, exp.Trim, exp.Substring, exp.Initcap, exp.Left, exp.Right, exp.Replace)
LIKES = (exp.Like, exp.ILike, exp.SimilarTo, exp.RegexpLike, exp.RegexpILike)
_ROUNDS = (exp.Round, exp.Ceil, exp.Floor, exp.Trunc)


def explained(a: Expr, b: Expr, otherwise: str) -> list[str]:
    """The family that tells two expressions apart; several where only all of them together do."""
    differing = [mode for mode, nodes in _FAMILIES.items() if nodes(a) != nodes(b)]
    for mode in differing:
        if text(_STRIPS[mode](a.copy())) == text(_STRIPS[mode](b.copy())):
            return [mode]
    if len(differing) == 1:
        return differing
    if differing and (a.find(exp.Func) or b.find(exp.Func) or a.find(exp.Div)):
        stripped = a.copy(), b.copy()
        for mode in differing:
            stripped = _STRIPS[mode](stripped[0]), _STRIPS[mode](stripped[1])
        if text(stripped[0]) == text(stripped[1]) or otherwise != "projection_wrong":
            return differing
        return differing[:2]
    return [otherwise]


def _masking(matches: Callable[[Expr], bool], mark: str) -> Strip:
    def strip(node: Expr) -> Expr:
        return exp.Paren(this=node).transform(lambda n: exp.Var(this=mark) if matches(n) else n).this  # type: ignore[no-any-return]

    return strip


def _unwrapping(matches: Callable[[Expr], bool]) -> Strip:
    def strip(node: Expr) -> Expr:
        def change(n: Expr) -> Expr:
            while matches(n):
                n = n.this
            return n

        return exp.Paren(this=node).transform(change).unnest()

    return strip


def _is_date(node: Expr) -> bool:
    return isinstance(node, _DATE_NODES) or (isinstance(node, exp.Anonymous) and node.name.lower() in _DATE_NAMES)


def _is_ratio(node: Expr) -> bool:
    """A division, or a division scaled: 100 * a / b."""
    return isinstance(node, exp.Div) or (
        isinstance(node, exp.Mul) and any(isinstance(side.unnest(), exp.Div) for side in (node.left, node.right))
    )


def _is_cast(node: Expr) -> bool:
    return isinstance(node, (exp.Cast, *_ROUNDS))


def _is_null(node: Expr) -> bool:
    return isinstance(node, exp.Coalesce | exp.Nullif)


def _is_text(node: Expr) -> bool:
    return isinstance(node, (*_TEXT_NODES, *LIKES))


def _is_case(node: Expr) -> bool:
    return isinstance(node, exp.Case | exp.Filter)


def _is_distinct(node: Expr) -> bool:
    return isinstance(node, exp.Distinct)


def _is_aggregate(node: Expr) -> bool:
    return isinstance(node, exp.AggFunc) and not isinstance(node.parent, exp.Window)


def _strip_case(node: Expr) -> Expr:
    masked = _masking(lambda n: isinstance(n, exp.Case), "CASE")(node)
    return _unwrapping(lambda n: isinstance(n, exp.Filter))(masked)


def _strip_distinct(node: Expr) -> Expr:
    return exp.Paren(this=node).transform(lambda n: n.expressions[0] if _is_distinct(n) else n).this  # type: ignore[no-any-return]


def _nodes(matches: Callable[[Expr], bool]) -> Callable[[Expr], Counter[str]]:
    return lambda node: Counter(text(part) for part in node.walk() if matches(part))


def _is_window(node: Expr) -> bool:
    return isinstance(node, exp.Window)


_FAMILIES: dict[str, Callable[[Expr], Counter[str]]] = {
    "window": _nodes(_is_window),
    "ratio_logic": _nodes(_is_ratio),
    "case_logic": _nodes(_is_case),
    "null_handling": _nodes(_is_null),
    "date_logic": _nodes(_is_date),
    "string_match": _nodes(_is_text),
    "cast_rounding": _nodes(_is_cast),
    "distinct": _nodes(_is_distinct),
    "aggregate": _nodes(_is_aggregate),
}
_STRIPS: dict[str, Strip] = {
    "window": _masking(_is_window, "WINDOW"),
    "ratio_logic": _masking(_is_ratio, "RATIO"),
    "case_logic": _strip_case,
    "null_handling": _unwrapping(_is_null),
    "date_logic": _masking(_is_date, "DATE"),
    "string_match": _unwrapping(_is_text),
    "cast_rounding": _unwrapping(_is_cast),
    "distinct": _strip_distinct,
    "aggregate": _masking(_is_aggregate, "AGGREGATE"),
}
