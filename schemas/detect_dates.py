"""Detectors of what a query does with days and times. A column's type is guessed from its name and from casts."""

from __future__ import annotations

import re

from sqlglot import exp

from schemas.detect_parts import conditions, has_kind, named

TODAY = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.Localtimestamp, exp.Localtime)

_NOWS = ("transaction_timestamp", "statement_timestamp", "clock_timestamp")

_DATE = re.compile(
    r"\d{4}-\d{2}(-\d{2})?([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?", re.IGNORECASE
)


def is_date_literal(node: exp.Expr) -> bool:
    """Whether a text literal is written as a day or a time."""
    return isinstance(node, exp.Literal) and node.is_string and bool(_DATE.fullmatch(node.name))


def is_today_text(node: exp.Expr) -> bool:
    """'today'::date and its kin."""
    return isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal) and node.this.name.lower() in _TODAY_TEXTS


_TODAY_TEXTS = ("now", "today", "yesterday", "tomorrow")


def date_filter(tree: exp.Expr) -> bool:
    """Rows chosen by a given day, or by a part of one."""
    if any(is_date_literal(node) for where in conditions(tree) for node in where.find_all(exp.Literal)):
        return True
    parts = (node for where in conditions(tree) for node in where.find_all(exp.Extract))
    return any(isinstance(node.parent, (exp.EQ, exp.In, exp.Between)) for node in parts)


def date_relative(tree: exp.Expr) -> bool:
    """Something reckoned from today or now."""
    return has_kind(tree, *TODAY) or named(tree, *_NOWS) or any(map(is_today_text, tree.find_all(exp.Cast)))


def date_diff(tree: exp.Expr) -> bool:
    """Time between two days or moments."""
    return named(tree, "age") or any(
        (is_moment(node.this) or is_moment(node.expression))
        and all(is_moment(side) or isinstance(side.unnest(), exp.Column) for side in (node.this, node.expression))
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


def is_moment(node: exp.Expr) -> bool:
    """Whether an expression is a day or a time, as far as names, types and literals tell."""
    if isinstance(node, exp.Column):
        return node.name.lower().endswith(_DATE_ENDINGS)
    if isinstance(node, (*TODAY, exp.DateTrunc, exp.TimestampTrunc)) or is_date_literal(node):
        return True
    if isinstance(node, exp.Cast):
        return node.to.this in _DATE_TYPES
    if isinstance(node, _KEEPS_MOMENT):
        return any(is_moment(item) for item in (node.this, *node.expressions) if isinstance(item, exp.Expr))
    return False
