"""Conditions: what narrows a set of rows, said and written together.

A condition is drawn for one table from its columns' roles and the glossary's phrases; its phrase has one `{}` for the
noun it modifies. Conditions on a parent ("stays in hotels in Lyon") compose a condition of the parent with the words of
the link. Knows nothing of what is asked about the rows.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from sqlglot import exp

from generators import dates
from generators.bounds import between, compare
from generators.condition import Condition, names_of, pick, said
from generators.expr import col, literal, sql
from generators.phrases import say
from generators.view import Link, View, weighted_choice

Maker = Callable[[random.Random, View, str], "Condition | None"]


def draw_condition(rng: random.Random, view: View, table: str, kinds: tuple[str, ...] = ()) -> Condition | None:
    """A random condition on a table's own columns; of one of the kinds, where given. None where none applies."""
    makers = [(MAKERS[kind], WEIGHTS[kind]) for kind in (kinds or tuple(MAKERS))]
    for _ in range(6):
        condition: Condition | None = weighted_choice(rng, makers)(rng, view, table)
        if condition is not None:
            return condition
    return None


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
    elif isinstance(value, bool):
        if not phrases:
            return None
        phrase = rng.choice(phrases)
    else:
        name = rng.choice(names_of(words))
        phrase = pick(rng, words.is_, "where_equal", value=said(view, table, column, value), column=name)
    test = col(table, column) if value is True else exp.EQ(this=col(table, column), expression=literal(value))
    test = exp.not_(col(table, column)) if value is False else test
    return Condition(phrase, test, "equal", (column,), fixed=frozenset({f"{table}.{column}"}))


def contrast(rng: random.Random, view: View, table: str) -> tuple[Condition, Condition] | None:
    """Two values of one category, as people set them against each other: "paid by card", "paid in cash"."""
    columns = [c for c in view.columns(table, "category") if len(view.distinct(table, c)) > 1]
    if not columns:
        return None
    column = rng.choice(columns)
    words, found = view.column_words(table, column), []
    for value in rng.sample(view.distinct(table, column), 2):
        phrases = words.values.get(str(value), ())
        name, noun = rng.choice(names_of(words)), said(view, table, column, value)
        phrase = rng.choice(phrases) if phrases else pick(rng, words.is_, "where_equal", value=noun, column=name)
        test = exp.EQ(this=col(table, column), expression=literal(value))
        found.append(Condition(phrase, test, "equal", (column,), fixed=frozenset({f"{table}.{column}"})))
    return found[0], found[1]


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


def not_in(rng: random.Random, view: View, table: str) -> Condition | None:
    """A category different from two of its values: "not counting cancelled and no-show stays"."""
    columns = [c for c in view.columns(table, "category") if not view.nullable(table, c)]
    columns = [c for c in columns if len(view.distinct(table, c)) > 3]
    if not columns:
        return None
    column = rng.choice(columns)
    values = rng.sample(view.distinct(table, column), 2)
    words = view.column_words(table, column)
    fronts = [[p[:-3] for p in words.values.get(str(value), ()) if p.endswith(" {}")] for value in values]
    if all(fronts) and rng.random() < 0.6:
        named = " and ".join(f"{rng.choice(options)} ones" for options in fronts)
        phrase = say(rng, "where_but_not", subject="{}", value=named)
    else:
        either = " nor ".join(said(view, table, column, value) for value in values)
        phrase = say(rng, "where_not_in", subject="{}", value=either, column=rng.choice(names_of(words)))
    test = exp.not_(exp.In(this=col(table, column), expressions=[literal(value) for value in values]))
    return Condition(phrase, test, "not_in", (column,))


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
    after = tuple(phrase for phrase in words.is_ if phrase.startswith("{} "))
    phrase = pick(rng, after, "where_in", value=either, column=words.name)
    test = exp.In(this=col(table, column), expressions=[literal(value) for value in values])
    return Condition(phrase, test, "in_list", (column,))


def _date_columns(view: View, table: str) -> list[str]:
    return [c for c in view.columns(table, "date", "timestamp") if view.values[table, c]]


def _when(rng: random.Random, view: View, table: str, column: str, when: str) -> str:
    words = view.column_words(table, column)
    return pick(rng, words.when, "where_when", share=0.9, when=when, column=words.name)


def date(rng: random.Random, view: View, table: str) -> Condition | None:
    """A date within a fixed span."""
    columns = _date_columns(view, table)
    if not columns:
        return None
    column = rng.choice(columns)
    wide = view.years(table, column) > 12
    span = dates.fixed(rng, col(table, column), rng.choice(view.days(table, column)), wide=wide)
    return Condition(_when(rng, view, table, column, span.said), span.sql, "date", (column,), days=span.days)


def relative(rng: random.Random, view: View, table: str) -> Condition | None:
    """A date within a span counted from today."""
    columns = [c for c in _date_columns(view, table) if view.years(table, c) <= 30]
    if not columns:
        return None
    column = rng.choice(columns)
    span = dates.relative(rng, col(table, column), future=view.reaches_past(table, column))
    phrase = _when(rng, view, table, column, span.said)
    return Condition(phrase, span.sql, "relative", (column,), days=span.days)


def null(rng: random.Random, view: View, table: str) -> Condition | None:
    """A column that is missing, or present."""
    columns = [c.name for c in view.table(table).columns if (table, c.name) in view.nulls]
    columns = [c for c in columns if view.values[table, c]]
    if not columns:
        return None
    column = rng.choice(columns)
    words = view.column_words(table, column)
    if rng.random() < 0.6:
        share = 1.0 if words.role == "key" else 0.9
        phrase = pick(rng, words.null, "where_null", share=share, column=words.name)
        test = sql(":c IS NULL", c=col(table, column))
        return Condition(phrase, test, "null", (column,), fixed=frozenset({f"{table}.{column}"}))
    share = 1.0 if words.role == "key" else 0.9
    phrase = pick(rng, words.not_null, "where_not_null", share=share, column=words.name)
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
    name = rng.choice(names_of(words))
    free = words.role == "text" and " " in value  # nobody asks how a sentence ends, but whether a word is in it
    form = "contains" if free else rng.choice(("starts", "starts", "contains", "ends"))
    word = max(value.split(), key=len)
    some = word if free else word[: rng.choice((4, 5, 9))]
    part = {"starts": value[: rng.choice((1, 1, 2))], "ends": value[-2:], "contains": some}[form]
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
    test = qualified(item.sql, table)
    columns = tuple({column.name: 0 for column in test.find_all(exp.Column)})
    tests = list(test.flatten()) if isinstance(test, exp.And) else [test]
    missing = [node.this.name for node in tests if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null)]
    fixed = frozenset(f"{table}.{name}" for name in missing)
    return Condition(rng.choice(item.phrases), test, "named", columns, fixed=fixed)


def qualified(expression: str, table: str) -> exp.Expr:
    """An expression over a table's bare columns, with the table put before each."""
    tree = sql(expression).copy()
    for column in list(tree.find_all(exp.Column)):
        column.set("table", exp.to_identifier(table))
    return exp.paren(tree) if isinstance(tree, exp.Or) else tree


MAKERS: dict[str, Maker] = {
    "equal": equal,
    "not_equal": not_equal,
    "not_in": not_in,
    "in_list": in_list,
    "compare": compare,
    "between": between,
    "date": date,
    "relative": relative,
    "null": null,
    "like": like,
    "named": named,
}
WEIGHTS = {"equal": 6, "not_equal": 1, "not_in": 0.5, "in_list": 1.5, "compare": 3, "between": 1,
           "date": 4, "relative": 3,
           "null": 1.5, "like": 1, "named": 1.5}  # fmt: skip


Noun = Callable[[str], tuple[str, str]]
"""Table -> what its rows are called, singular and plural."""


def of_parent(rng: random.Random, view: View, link: Link, noun: Noun, depth: int = 1) -> Condition | None:
    """A condition through a link: children of one named parent, or of parents that meet a condition."""
    parent = link.parent
    words = view.words(parent)
    phrases = link.words.of or ("{child} of {parent}",)
    label = words.label
    if label and rng.random() < 0.5:
        value = view.draw_value(rng, parent, label)
        test: exp.Expr = exp.EQ(this=col(parent, label), expression=literal(value))
        phrase = rng.choice(phrases).format(child="{}", parent=_name_parent(rng, noun(parent)[0], str(value)))
        return Condition(phrase, test, "parent", link.key.columns, (link.up,), frozenset({parent}))
    inner: Condition | None
    uppers = view.parents(parent)
    if uppers and depth > 0 and rng.random() < 0.35:
        inner = of_parent(rng, view, rng.choice(uppers), noun, depth - 1)
    else:
        inner = draw_condition(rng, view, parent, ("equal", "compare", "named", "in_list"))
    if inner is None:
        return None
    phrase = rng.choice(phrases).format(child="{}", parent=inner.phrase.format(noun(parent)[1]))
    return Condition(phrase, inner.sql, "parent", link.key.columns, (link.up, *inner.joins), inner.fixed)


def _name_parent(rng: random.Random, noun: str, value: str) -> str:
    forms = (value, value, f"the {noun} {value}", f"{noun} {value}", f"'{value}'")
    return rng.choice(forms)
