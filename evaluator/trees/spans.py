"""Where a part of a canonical tree stands in the text that it was read from.

The parser leaves the places of names, literals and functions in the tree; what stands between and beside them and
belongs to the part is found among the text's tokens. A part with no such place has no span.
"""

from __future__ import annotations

from collections import Counter

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from evaluator.trees.spelling import text

Span = tuple[int, int]
"""First character and the one after the last, counted from 0."""


def span_of(node: exp.Expr | None, sql: str, dialect: str = "postgres") -> Span | None:
    """Span of a part in the text that its tree was read from; None where it has left no trace there."""
    if node is None:
        return None
    places = [part.meta for part in node.walk() if "start" in part.meta and not _is_label(part)]
    if not places:
        return None
    start, end = min(place["start"] for place in places), max(place["end"] for place in places)
    try:
        tokens = sqlglot.tokenize(sql, read=dialect)
    except SqlglotError:
        return None
    covered = [n for n, token in enumerate(tokens) if token.start <= end and token.end >= start]
    if not covered:
        return None
    first, last = covered[0], covered[-1]
    own = Counter(token.text.upper() for token in sqlglot.tokenize(text(node), read="postgres"))
    own -= Counter(token.text.upper() for token in tokens[first : last + 1])
    while first > 0 and own[tokens[first - 1].text.upper()] > 0:
        first -= 1
        own[tokens[first].text.upper()] -= 1
    while last + 1 < len(tokens) and own[tokens[last + 1].text.upper()] > 0:
        last += 1
        own[tokens[last].text.upper()] -= 1
    if first > 0 and tokens[first - 1].text == ".":
        first -= 1
    if first > 0 and tokens[first].text == ".":  # the label in the tree may be another than the alias in the text
        first -= 1
    return tokens[first].start, tokens[last].end + 1


def _is_label(node: exp.Expr) -> bool:
    """Names of sources are changed in the tree: the alias that stood there may be another."""
    return isinstance(node, exp.Identifier) and node.arg_key in {"table", "alias"}
