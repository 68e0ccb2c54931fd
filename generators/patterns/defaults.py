"""Stage 3: a default where there is nothing: totals of zero, missing numbers as zero, today for an open end."""

from __future__ import annotations

import re

from sqlglot import exp

from generators.draw import Draw
from generators.expr import col, ordered, select, sql
from generators.facets import spans
from generators.pattern import Sketch, named_columns, named_plainly, pattern
from generators.patterns.basics import total
from generators.patterns.linking import label_group, linked
from generators.patterns.shares import rounded
from generators.phrases import join_sentences, say
from generators.subject import unambiguous
from generators.view import View


@pattern(3, "coalesce", "outer_join", weight=0.5)
def total_or_zero(draw: Draw) -> Sketch | None:
    """A measure's sum over each parent's children, zero where it has none."""
    rng, view = draw.rng, draw.view
    drawn = linked(draw, most=0)
    measure = draw.measure(drawn[1], additive=True) if drawn else None
    if drawn is None or measure is None or measure.nullable or not named_plainly(draw, drawn[0].parent):
        return None  # a sum over open ends would be taken for the zero of those without rows
    link, children = drawn
    one, many = draw.noun(link.parent)
    value = sql("COALESCE(SUM(:m), 0)", m=measure.sql)
    question = say(rng, "outer_sum", subject=children.said(), dim=one, dims=many, total=total(draw, measure))
    order: list[exp.Expr] = []
    if rng.random() < 0.35:
        question, order = join_sentences(question, say(rng, "by_value_down")), [ordered(value, descending=True)]
    joins = unambiguous(view, link.parent, (link.down,))
    columns = [*draw.labels(link.parent), value]
    group = label_group(draw, link)
    return Sketch(question, select(columns, link.parent, joins, group=group, order=order, outer=True))


@pattern(3, "coalesce", "aggregate", weight=0.4)
def missing_as_zero(draw: Draw) -> Sketch | None:
    """The average of a measure with missing values counted as zero."""
    rng, view = draw.rng, draw.view
    options = [(t, c) for t, c in sorted(view.nulls) if t in view.subjects and c in view.columns(t, "measure")]
    options = [(t, c) for t, c in options if view.values[t, c] and view.column_words(t, c).additive]
    # What was not measured is not nothing; what was not charged, spent or counted may be.
    options = [(t, c) for t, c in options if _MAY_BE_NONE.search(_named(view, t, c))]
    if not options:
        return None
    table, name = rng.choice(options)
    subject = draw.subject(table, most=1)
    if any(name in item.columns for item in subject.conditions):
        return None
    words = view.column_words(table, name)
    measure = rng.choice((words.name, words.name, *words.synonyms))
    question = say(rng, "avg_with_zero", subject=subject.said(), measure=measure)
    value, question = rounded(draw, sql("AVG(COALESCE(:c, 0))", c=col(table, name)), question, often=0.4)
    return Sketch(question, subject.query([value]))


@pattern(3, "coalesce", "date_diff", "date_relative", weight=0.4)
def so_far(draw: Draw) -> Sketch | None:
    """Days from a start to an end, or to today where the end is open: on average, at most, or for each row."""
    rng, view = draw.rng, draw.view
    options = [(t, a, b) for t, a, b in spans(view) if (t, b) in view.nulls and not view.is_timestamp(t, a)]
    if not options:
        return None
    table, start, end = rng.choice(options)
    subject = draw.subject(table, most=1)
    if any({start, end} & set(item.columns) for item in subject.conditions):
        return None
    days = sql("COALESCE(:b, CURRENT_DATE) - :a", a=col(table, start), b=col(table, end))
    slots = {"subject": subject.said(), "start": view.column_words(table, start).name}
    slots["end"] = view.column_words(table, end).name
    form = rng.choice(("so_far_avg", "so_far_max", "so_far_each"))
    if form == "so_far_each":
        columns, said = named_columns(draw, table)
        return Sketch(say(rng, form, cols=said, **slots), subject.query([*columns, days]))
    value, question = sql(f"{form[-3:].upper()}(:d)", d=days), say(rng, form, **slots)
    if form == "so_far_avg":
        value, question = rounded(draw, value, question, often=0.4)
    return Sketch(question, subject.query([value]))


_MAY_BE_NONE = re.compile(r"euro|cost|fee|charge|amount|price|number of|minutes|hours|visitors|volume")


def _named(view: View, table: str, column: str) -> str:
    """A column's name and unit."""
    words = view.column_words(table, column)
    return f"{words.name} {words.unit}"
