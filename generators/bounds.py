"""Conditions on numbers: a measure against one bound or between two.

Bounds are drawn near stored values and rounded as people round them. Knows one table at a time.
"""

from __future__ import annotations

import operator
import random
import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from generators.condition import Condition, names_of, with_unit
from generators.expr import col, literal
from generators.phrases import say
from generators.view import View


def is_ordinal(view: View, table: str, column: str) -> bool:
    """Whether a measure is a position rather than an amount (a floor, a birth year, a latitude): nobody averages it."""
    words = view.column_words(table, column)
    if words.additive:
        return False
    return not words.unit or bool({"latitude", "longitude"} & set(words.name.split()))


_RANKS = frozenset({"rank", "place", "position", "placing", "standing", "seed"})


def is_rank(view: View, table: str, column: str) -> bool:
    """Whether a measure is a place in a ranking, where the highest is the smallest number."""
    words = view.column_words(table, column)
    said = {word for name in (words.name, *words.synonyms) for word in name.split()}
    return is_ordinal(view, table, column) and bool(said & _RANKS)


_AMOUNT = re.compile(r"\b(?:even|reach|short|small|smaller|large|larger|big|bigger|exceeds?|amounts?|much|stays?)\b")
"""Phrases that no one says of a year."""


def bound_near(rng: random.Random, values: tuple[Any, ...]) -> Any:
    """A bound as people choose it: a value's neighbourhood, rounded to one or two digits; years as they are."""
    value = float(rng.choice(values))
    whole = all(v == int(v) for v in values[:50])
    if whole and (abs(value) < 10 or all(1900 <= v <= 2100 for v in values[:50])):
        return int(value)
    digits = len(str(int(abs(value))))
    step = 10 ** max(digits - rng.choice((1, 2, 2)), 0)
    rounded = round(value / step) * step
    return int(rounded) if rounded else int(value) or 1


def say_number(value: Any, *, year: bool = False) -> str:
    """A number as people write it: thousands apart when long, years never."""
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 and not year else str(value)


_COMPARE: tuple[tuple[str, type[exp.Binary], str], ...] = (
    ("more", exp.GT, "where_more"),
    ("less", exp.LT, "where_less"),
    ("", exp.GTE, "where_at_least"),
    ("", exp.LTE, "where_at_most"),
    ("is", exp.EQ, "where_exactly"),
)


_MET: dict[type[exp.Binary], Callable[[Any, Any], bool]] = {
    exp.GT: operator.gt, exp.LT: operator.lt, exp.GTE: operator.ge, exp.LTE: operator.le,
}  # fmt: skip


_NEGATIVE = 0.2
"""Share of values below zero from which on a bound may be."""
_COUNTABLE = 100
"""Numbers below are asked for exactly even where one row alone has them."""


def _divides(node: type[exp.Binary], values: tuple[Any, ...], bound: Any) -> bool:
    """Whether a bound is worth asking for: some values meet it and others do not, so none below the first visit."""
    low, high = min(values), max(values)
    if bound < 0 and sum(value < 0 for value in values) < _NEGATIVE * len(values):
        return False  # amounts with a few corrections: nobody asks for those above minus 66
    if node is exp.EQ:  # a population of 27,500 is no way to name a town
        return low != high and values.count(bound) >= (1 if abs(bound) < _COUNTABLE else 2)
    return _MET[node](low, bound) != _MET[node](high, bound)


def _measures(view: View, table: str) -> list[str]:
    return [c for c in view.columns(table, "measure") if view.values[table, c]]


def compare(rng: random.Random, view: View, table: str) -> Condition | None:
    """A measure against a bound."""
    columns = _measures(view, table)
    if not columns:
        return None
    column = rng.choice(columns)
    words = view.column_words(table, column)
    kind, node, operation = rng.choices(_COMPARE, (4, 4, 2.5, 1.5, 1))[0]
    values = view.values[table, column]
    bound = rng.choice(values) if kind == "is" and isinstance(values[0], int) else bound_near(rng, values)
    if not _divides(node, values, bound):
        return None
    phrases = {"more": words.more, "less": words.less, "is": words.is_}.get(kind, ())
    name = rng.choice(names_of(words))
    if phrases and rng.random() < 0.75:
        phrase = rng.choice(phrases).replace("{value}", say_number(bound))
    else:
        value = with_unit(say_number(bound), words.unit, name)
        unless = _AMOUNT if "year" in words.name.split() else None
        phrase = say(rng, operation, unless, subject="{}", column=name, value=value)
    fixed = frozenset({f"{table}.{column}"} if node is exp.EQ else ())
    test = node(this=col(table, column), expression=literal(bound))
    return Condition(phrase, test, "compare", (column,), fixed=fixed)


def between(rng: random.Random, view: View, table: str) -> Condition | None:
    """A measure between two bounds, both included."""
    columns = _measures(view, table)
    if not columns:
        return None
    column = rng.choice(columns)
    low, high = sorted(bound_near(rng, view.values[table, column]) for _ in range(2))
    if low == high:
        return None
    words = view.column_words(table, column)
    name = rng.choice(names_of(words))
    top = with_unit(say_number(high), words.unit, name)
    phrase = say(rng, "where_between", subject="{}", column=name, low=say_number(low), high=top)
    test = exp.Between(this=col(table, column), low=literal(low), high=literal(high))
    return Condition(phrase, test, "between", (column,))
