"""Expressions in one spelling, and their text: what can be written in several ways is written in one.

BETWEEN is two comparisons, a NOT stands as far inside as it can, equalities with literals joined by OR are an IN list,
the column stands left of a comparison, operands whose order does not count are sorted, parentheses stand where they are
needed. Every change keeps the meaning, so that the tree can still be executed. Knows no names: see
`evaluator.trees.canonical`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from evaluator.trees.parentheses import COMPARISONS, parenthesize

_FLIPPED: dict[type[exp.Expr], type[exp.Expr]] = {exp.GT: exp.LT, exp.LT: exp.GT, exp.GTE: exp.LTE, exp.LTE: exp.GTE}
_OPPOSITE: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.NEQ, exp.NEQ: exp.EQ, exp.GT: exp.LTE, exp.LTE: exp.GT, exp.LT: exp.GTE, exp.GTE: exp.LT,
}  # fmt: skip
_TIMES = frozenset({"DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMPNTZ"})
_SPAN = re.compile(r"\s*(\d+)\s+([a-zA-Z]+)\s*")
_local = threading.local()


def text(node: exp.Expr) -> str:
    """An expression as one line of SQL."""
    generator = getattr(_local, "generator", None)
    if generator is None:
        from sqlglot.dialects.postgres import Postgres

        generator = _local.generator = Postgres().generator()
    # Nothing is copied, for speed; of string_agg alone the generator changes the tree that it writes down.
    return str(generator.generate(node, copy=node.find(exp.GroupConcat) is not None))


def respell(tree: exp.Expr) -> exp.Expr:
    """Bring every expression of a tree into the one spelling, in place; returns the root, which may be another."""
    holder = exp.Paren(this=tree)
    for node in reversed(list(tree.walk(bfs=True))):
        if node.parent is None:
            continue
        plain = _plain(node)
        if plain is not node:
            node.replace(plain)
    root = holder.this
    root.pop()
    return parenthesize(root)


def reorient(node: exp.Expr) -> None:
    """Bring the sides of a comparison into order again, in place, after names in it were changed."""
    rule = _RULES.get(type(node)) if isinstance(node, (*COMPARISONS, exp.ArrayOverlaps)) else None
    plain = rule(node) if rule is not None else node
    if plain is not node and node.parent is not None:
        node.replace(plain)


def flat(node: exp.Expr | None, kind: type[exp.Expr]) -> list[exp.Expr]:
    """Operands of a chain of one operator, parentheses looked through."""
    if node is None:
        return []
    inner = bare(node)
    if isinstance(inner, kind):
        return [*flat(inner.args["this"], kind), *flat(inner.args["expression"], kind)]
    return [inner]


def bare(node: exp.Expr) -> exp.Expr:
    """A node out of its parentheses; those of a subquery belong to it."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _plain(node: exp.Expr) -> exp.Expr:
    """One spelling of a node whose children are spelt so already."""
    rule = _RULES.get(type(node))
    return node if rule is None else rule(node)


def _paren(node: exp.Expr) -> exp.Expr:
    inner: exp.Expr = node.this
    kept = isinstance(inner, exp.Tuple | exp.Query) or isinstance(node.parent, exp.Any | exp.All)
    return node if kept else inner


def _between(node: exp.Expr) -> exp.Expr:
    low = _comparison(exp.GTE(this=node.this.copy(), expression=node.args["low"]))
    high = _comparison(exp.LTE(this=node.this, expression=node.args["high"]))
    return _chain(exp.And(this=low, expression=high))


def _not(node: exp.Expr) -> exp.Expr:
    return _negated(node.this)


def _negated(node: exp.Expr) -> exp.Expr:
    """The opposite of a condition, which NULL leaves NULL in both."""
    kind = type(node)
    any_of = isinstance(node.args.get("expression"), exp.Any | exp.All)
    if kind in _OPPOSITE and not any_of:
        return _OPPOSITE[kind](this=node.args["this"], expression=node.args["expression"])
    if isinstance(node, exp.And | exp.Or):
        turned = exp.Or if isinstance(node, exp.And) else exp.And
        return _chain(_joined(turned, [_negated(part) for part in flat(node, kind)]))
    if isinstance(node, exp.Not):
        inner: exp.Expr = node.this
        return inner
    if isinstance(node, exp.Is | exp.Like | exp.ILike):
        node.set("negate", not node.args.get("negate"))
        return node
    return exp.Not(this=node)


def _comparison(node: exp.Expr) -> exp.Expr:
    left, right = node.args["this"], node.args["expression"]
    kind = type(node)
    if isinstance(right, exp.Any | exp.All):
        return node
    if isinstance(node, exp.EQ) and isinstance(right, exp.Boolean):
        return left if right.this else _negated(left)
    ranks = _rank(left), _rank(right)
    if ranks[0] < ranks[1] or (ranks[0] == ranks[1] and ranks[0] and text(left) > text(right)):
        node = _FLIPPED.get(kind, kind)(this=right, expression=left)
        left, right = right, left
    if isinstance(right, exp.Cast) and isinstance(right.this, exp.Literal) and right.to.sql().upper() in _TIMES:
        node.set("expression", right.this)
    return node


def _rank(node: exp.Expr) -> int:
    """What stands left: 2 for an expression with a column or an aggregate, 1 for a subquery's value, 0 for others."""
    found = list(node.walk(prune=lambda n: isinstance(n, exp.Query)))
    if any(isinstance(n, exp.Column | exp.AggFunc) for n in found):
        return 2
    return int(any(isinstance(n, exp.Query) for n in found))


def _chain(node: exp.Expr) -> exp.Expr:
    """A whole chain of AND or OR: tests of one column against literals gathered, operands sorted, repeats dropped."""
    kind = type(node)
    if isinstance(_above(node), kind):
        return node
    gathers = exp.EQ if kind is exp.Or else exp.NEQ
    lists: dict[str, list[exp.Expr]] = {}
    subjects: dict[str, exp.Expr] = {}
    rest: list[exp.Expr] = []
    for part in flat(node, kind):
        values = _values(part, gathers)
        if values is None:
            rest.append(part)
            continue
        subject, items = values
        subjects.setdefault(text(subject), subject)
        lists.setdefault(text(subject), []).extend(items)
    for key, items in lists.items():
        rest.append(_listed(subjects[key], items, gathers))
    unique = {text(part): part for part in rest}
    return _joined(kind, [unique[key] for key in sorted(unique)])


def _above(node: exp.Expr) -> exp.Expr | None:
    parent = node.parent
    while isinstance(parent, exp.Paren) and parent.parent is not None:
        parent = parent.parent
    return parent


def _values(part: exp.Expr, kind: type[exp.Expr]) -> tuple[exp.Expr, list[exp.Expr]] | None:
    """Subject and literals of `x = 1`, `x IN (1, 2)`, or for NEQ of their opposites."""
    listed = part.this if kind is exp.NEQ and isinstance(part, exp.Not) else part if kind is exp.EQ else None
    if isinstance(listed, exp.In) and listed.expressions and all(map(_is_value, listed.expressions)):
        return listed.this, list(listed.expressions)
    if type(part) is kind and _is_value(part.args["expression"]) and _rank(part.args["this"]):
        return part.args["this"], [part.args["expression"]]
    return None


def _is_value(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) or (isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal))


def _listed(subject: exp.Expr, items: Sequence[exp.Expr], kind: type[exp.Expr]) -> exp.Expr:
    unique = {text(item): item for item in items}
    if len(unique) == 1:
        return kind(this=subject, expression=items[0])
    test = exp.In(this=subject, expressions=[unique[key] for key in sorted(unique)])
    return exp.Not(this=test) if kind is exp.NEQ else test


def _joined(kind: type[exp.Expr], parts: Sequence[exp.Expr]) -> exp.Expr:
    whole = parts[0]
    for part in parts[1:]:
        whole = kind(this=whole, expression=part)
    return whole


def _in(node: exp.Expr) -> exp.Expr:
    items = node.expressions
    if not items or node.args.get("query"):
        return node
    if len(items) == 1 and not isinstance(items[0], exp.Query):
        return _comparison(exp.EQ(this=node.this, expression=items[0]))
    if all(map(_is_value, items)):
        return _listed(node.this, items, exp.EQ)
    if any(item.find(exp.Query) for item in items):
        return node
    # A list of columns reads like its comparisons one by one, whichever side each was written on.
    return _chain(
        _joined(exp.Or, [_comparison(exp.EQ(this=node.this.copy(), expression=item.copy())) for item in items])
    )


def _sorted_operands(node: exp.Expr) -> exp.Expr:
    kind = type(node)
    if isinstance(_above(node), kind):
        return node
    return _joined(kind, sorted(flat(node, kind), key=text))


def _overlaps(node: exp.Expr) -> exp.Expr:
    left, right = node.args["this"], node.args["expression"]
    return exp.ArrayOverlaps(this=right, expression=left) if text(left) > text(right) else node


def _round(node: exp.Expr) -> exp.Expr:
    """round(x, n) takes numbers of one type only: the cast to it says nothing, and is written anyway."""
    inner = node.this
    if node.args.get("decimals") is not None and isinstance(inner, exp.Cast) and inner.to.sql() == "DECIMAL":
        node.set("this", inner.this)
    return node


def _count(node: exp.Expr) -> exp.Expr:
    if isinstance(node.this, exp.Literal):
        node.set("this", exp.Star())
    return node


def _case(node: exp.Expr) -> exp.Expr:
    """CASE x WHEN 1 as CASE WHEN x = 1."""
    subject = node.args.get("this")
    if subject is not None:
        for branch in node.args["ifs"]:
            branch.set("this", exp.EQ(this=subject.copy(), expression=branch.this))
        node.set("this", None)
    return node


def _cast(node: exp.Expr) -> exp.Expr:
    target = node.args["to"].sql().upper()
    if target == "INTERVAL" and isinstance(node.this, exp.Literal):
        span = _SPAN.fullmatch(node.this.name)
        if span:
            return _interval(exp.Interval(this=exp.Literal.string(span[1]), unit=exp.Var(this=span[2])))
    if target == "DATE" and isinstance(node.this, exp.CurrentTimestamp):
        return exp.CurrentDate()
    return node


def _interval(node: exp.Expr) -> exp.Expr:
    unit = node.args.get("unit")
    if isinstance(unit, exp.Var):
        node.set("unit", exp.Var(this=unit.name.upper().removesuffix("S")))
    return node


_RULES: dict[type[exp.Expr], Any] = {
    exp.Paren: _paren,
    exp.Between: _between,
    exp.Not: _not,
    exp.And: _chain,
    exp.Or: _chain,
    exp.Mul: _sorted_operands,
    exp.Add: _sorted_operands,
    exp.In: _in,
    exp.ArrayOverlaps: _overlaps,
    exp.Round: _round,
    exp.Count: _count,
    exp.Case: _case,
    exp.Cast: _cast,
    exp.Interval: _interval,
    **dict.fromkeys(COMPARISONS, _comparison),
}
