"""Conditions: what narrows a set of rows, said and written together.

A condition is drawn for one table from its columns' roles and the glossary's phrases; its phrase has one `{}` for the
noun it modifies. Conditions on a parent ("stays in hotels in Lyon") compose a condition of the parent with the words of
the link. Knows nothing of what is asked about the rows.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlglot import exp

from generators import dates
from generators.expr import Join, col, literal, sql
from generators.phrases import say
from generators.view import Link, View, weighted_choice


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on the rows of a table."""

    phrase: str
    """With one `{}` for the noun: "cancelled {}", "{} in Lyon"."""
    sql: exp.Expr
    kind: str
    """What it tests: equal, not_equal, in_list, compare, between, date, relative, null, like, named, parent."""
    columns: tuple[str, ...] = ()
    """Columns of the base table it uses; two conditions on one column make no good question."""
    joins: tuple[Join, ...] = ()
    """Joins from the base table that it needs."""


Maker = Callable[[random.Random, View, str], "Condition | None"]


def draw_condition(rng: random.Random, view: View, table: str, kinds: tuple[str, ...] = ()) -> Condition | None:
    """A random condition on a table's own columns; of one of the kinds, where given. None where none applies."""
    makers = [(MAKERS[kind], WEIGHTS[kind]) for kind in (kinds or tuple(MAKERS))]
    for _ in range(6):
        condition: Condition | None = weighted_choice(rng, makers)(rng, view, table)
        if condition is not None:
            return condition
    return None


def said(view: View, table: str, column: str, value: Any) -> str:
    """A stored value as people name it."""
    words = view.column_words(table, column)
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, Decimal):
        value = value.normalize() if value != value.to_integral() else int(value)
    return words.nouns.get(str(value), str(value))


def _pick(rng: random.Random, phrases: tuple[str, ...], operation: str, share: float = 0.75, **slots: str) -> str:
    """A phrase of the glossary or, at times or where it has none, a general one from the bank; noun left open."""
    if phrases and rng.random() < share:
        return rng.choice(phrases).replace("{}", "{subject}").format(subject="{}", **slots)
    return say(rng, operation, subject="{}", **slots)


def equal(rng: random.Random, view: View, table: str) -> Condition | None:
    """A category, flag or label equal to one of its values."""
    columns = view.columns(table, "category", "category", "flag")
    if not columns:
        return None
    column = rng.choice(columns)
    value = view.draw_value(rng, table, column)
    if value is None:
        return None
    words = view.column_words(table, column)
    stored = str(value).lower() if isinstance(value, bool) else str(value)
    phrases = words.values.get(stored, ())
    if phrases and rng.random() < 0.8:
        phrase = rng.choice(phrases)
    elif isinstance(value, bool) and not phrases:
        return None
    else:
        name = rng.choice((words.name, *words.synonyms))
        phrase = _pick(rng, words.is_, "where_equal", value=said(view, table, column, value), column=name)
    test = col(table, column) if value is True else exp.EQ(this=col(table, column), expression=literal(value))
    test = exp.not_(col(table, column)) if value is False else test
    return Condition(phrase, test, "equal", (column,))


def not_equal(rng: random.Random, view: View, table: str) -> Condition | None:
    """A category different from one of its values."""
    columns = [c for c in view.columns(table, "category") if not view.nullable(table, c)]
    if not columns:
        return None
    column = rng.choice(columns)
    value = view.draw_value(rng, table, column)
    words = view.column_words(table, column)
    phrase = say(rng, "where_not", subject="{}", column=words.name, value=said(view, table, column, value))
    return Condition(phrase, exp.NEQ(this=col(table, column), expression=literal(value)), "not_equal", (column,))


def in_list(rng: random.Random, view: View, table: str) -> Condition | None:
    """A category equal to one of two or three values."""
    columns = [c for c in view.columns(table, "category") if len(view.distinct(table, c)) > 3]
    if not columns:
        return None
    column = rng.choice(columns)
    values = rng.sample(view.distinct(table, column), rng.choice((2, 2, 3)))
    words = view.column_words(table, column)
    names = [said(view, table, column, value) for value in values]
    either = f"{', '.join(names[:-1])} or {names[-1]}"
    phrase = _pick(rng, words.is_, "where_in", value=either, column=words.name)
    test = exp.In(this=col(table, column), expressions=[literal(value) for value in values])
    return Condition(phrase, test, "in_list", (column,))


def _bound(rng: random.Random, values: tuple[Any, ...]) -> Any:
    """A bound as people choose it: a value's neighbourhood, rounded to one or two digits."""
    value = float(rng.choice(values))
    if all(v == int(v) for v in values[:50]) and abs(value) < 10:
        return int(value)
    digits = len(str(int(abs(value))))
    step = 10 ** max(digits - rng.choice((1, 2, 2)), 0)
    rounded = round(value / step) * step
    return int(rounded) if rounded else int(value) or 1


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and value >= 10_000 else str(value)


_COMPARE: tuple[tuple[str, type[exp.Binary], str], ...] = (
    ("more", exp.GT, "where_more"),
    ("less", exp.LT, "where_less"),
    ("", exp.GTE, "where_at_least"),
    ("", exp.LTE, "where_at_most"),
    ("", exp.EQ, "where_exactly"),
)


def compare(rng: random.Random, view: View, table: str) -> Condition | None:
    """A measure against a bound."""
    columns = [c for c in view.columns(table, "measure") if view.values[table, c]]
    if not columns:
        return None
    column = rng.choice(columns)
    words = view.column_words(table, column)
    kind, node, operation = rng.choices(_COMPARE, (4, 4, 2, 2, 1))[0]
    bound = _bound(rng, view.values[table, column])
    phrases = words.more if kind == "more" else words.less if kind == "less" else ()
    unit = f" {words.unit}" if words.unit else ""
    name = rng.choice((words.name, *words.synonyms))
    if phrases and rng.random() < 0.75:
        phrase = rng.choice(phrases).replace("{value}", _number(bound))
    else:
        phrase = say(rng, operation, subject="{}", column=name, value=_number(bound) + unit)
    return Condition(phrase, node(this=col(table, column), expression=literal(bound)), "compare", (column,))


def between(rng: random.Random, view: View, table: str) -> Condition | None:
    """A measure between two bounds, both included."""
    columns = [c for c in view.columns(table, "measure") if view.values[table, c]]
    if not columns:
        return None
    column = rng.choice(columns)
    low, high = sorted(_bound(rng, view.values[table, column]) for _ in range(2))
    if low == high:
        return None
    words = view.column_words(table, column)
    unit = f" {words.unit}" if words.unit else ""
    phrase = say(rng, "where_between", subject="{}", column=words.name, low=_number(low), high=_number(high) + unit)
    test = exp.Between(this=col(table, column), low=literal(low), high=literal(high))
    return Condition(phrase, test, "between", (column,))


def _date_columns(view: View, table: str) -> list[str]:
    return [c for c in view.columns(table, "date", "timestamp") if view.values[table, c]]


def _when(rng: random.Random, view: View, table: str, column: str, when: str) -> str:
    words = view.column_words(table, column)
    return _pick(rng, words.when, "where_when", share=0.9, when=when, column=words.name)


def date(rng: random.Random, view: View, table: str) -> Condition | None:
    """A date within a fixed span."""
    columns = _date_columns(view, table)
    if not columns:
        return None
    column = rng.choice(columns)
    span = dates.fixed(rng, col(table, column), rng.choice(view.days(table, column)))
    return Condition(_when(rng, view, table, column, span.said), span.sql, "date", (column,))


def relative(rng: random.Random, view: View, table: str) -> Condition | None:
    """A date within a span counted from today."""
    columns = _date_columns(view, table)
    if not columns:
        return None
    column = rng.choice(columns)
    span = dates.relative(rng, col(table, column), future=view.reaches_past(table, column))
    return Condition(_when(rng, view, table, column, span.said), span.sql, "relative", (column,))


def null(rng: random.Random, view: View, table: str) -> Condition | None:
    """A column that is missing, or present."""
    columns = [c.name for c in view.table(table).columns if (table, c.name) in view.nulls]
    columns = [c for c in columns if view.values[table, c]]
    if not columns:
        return None
    column = rng.choice(columns)
    words = view.column_words(table, column)
    if rng.random() < 0.6:
        phrase = _pick(rng, words.null, "where_null", share=0.9, column=words.name)
        return Condition(phrase, sql(":c IS NULL", c=col(table, column)), "null", (column,))
    phrase = _pick(rng, words.not_null, "where_not_null", share=0.9, column=words.name)
    return Condition(phrase, exp.Is(this=col(table, column), expression=exp.Not(this=exp.Null())), "null", (column,))


def like(rng: random.Random, view: View, table: str) -> Condition | None:
    """A label or text that starts with, ends in or contains something."""
    columns = [c for c in view.columns(table, "label", "text") if view.values[table, c]]
    columns = [c for c in columns if isinstance(view.values[table, c][0], str)]
    if not columns:
        return None
    column = rng.choice(columns)
    value = str(view.draw_value(rng, table, column))
    words = view.column_words(table, column)
    name = rng.choice((words.name, *words.synonyms))
    form = rng.choice(("starts", "starts", "contains", "ends"))
    word = max(value.split(), key=len)
    part = {"starts": value[: rng.choice((1, 1, 2))], "ends": value[-2:], "contains": word[: rng.choice((4, 5, 9))]}[
        form
    ]
    if not part.strip().isalnum():
        return None
    pattern = {"starts": f"{part}%", "ends": f"%{part}", "contains": f"%{part}%"}[form]
    node = exp.ILike if form == "contains" else exp.Like
    phrase = say(rng, f"where_{form}", subject="{}", column=name, value=part)
    return Condition(phrase, node(this=col(table, column), expression=literal(pattern)), "like", (column,))


def named(rng: random.Random, view: View, table: str) -> Condition | None:
    """A condition the glossary has a word for."""
    own = [item for item in view.schema.glossary.conditions if item.table == table]
    if not own:
        return None
    item = rng.choice(own)
    return Condition(rng.choice(item.phrases), qualified(item.sql, table), "named")


def qualified(expression: str, table: str) -> exp.Expr:
    """An expression over a table's bare columns, with the table put before each."""
    tree = sql(expression).copy()
    for column in list(tree.find_all(exp.Column)):
        column.set("table", exp.to_identifier(table))
    return exp.paren(tree) if isinstance(tree, exp.Or) else tree


MAKERS: dict[str, Maker] = {
    "equal": equal,
    "not_equal": not_equal,
    "in_list": in_list,
    "compare": compare,
    "between": between,
    "date": date,
    "relative": relative,
    "null": null,
    "like": like,
    "named": named,
}
WEIGHTS = {"equal": 6, "not_equal": 1, "in_list": 1.5, "compare": 3, "between": 1, "date": 4, "relative": 3,
           "null": 1.5, "like": 1, "named": 1.5}  # fmt: skip


def of_parent(rng: random.Random, view: View, link: Link, depth: int = 1) -> Condition | None:
    """A condition through a link: children of one named parent, or of parents that meet a condition."""
    parent = link.parent
    words = view.words(parent)
    phrases = link.words.of or ("{child} of {parent}",)
    label = words.label
    if label and rng.random() < 0.5:
        value = view.draw_value(rng, parent, label)
        test: exp.Expr = exp.EQ(this=col(parent, label), expression=literal(value))
        phrase = rng.choice(phrases).format(child="{}", parent=_name_parent(rng, words.one, str(value)))
        return Condition(phrase, test, "parent", link.key.columns, (link.up,))
    inner: Condition | None
    uppers = view.parents(parent)
    if uppers and depth > 0 and rng.random() < 0.35:
        inner = of_parent(rng, view, rng.choice(uppers), depth - 1)
    else:
        inner = draw_condition(rng, view, parent, ("equal", "compare", "named", "in_list"))
    if inner is None:
        return None
    noun = inner.phrase.format(rng.choice((words.many, *[many for _, many in words.synonyms])))
    phrase = rng.choice(phrases).format(child="{}", parent=noun)
    return Condition(phrase, inner.sql, "parent", link.key.columns, (link.up, *inner.joins))


def _name_parent(rng: random.Random, noun: str, value: str) -> str:
    forms = (value, value, f"the {noun} {value}", f"{noun} {value}", f"'{value}'")
    return rng.choice(forms)
