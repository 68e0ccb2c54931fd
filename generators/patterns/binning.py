"""Stages 1 and 3: plain columns of a table, bins by date or by what is missing, and parts of dates."""

from __future__ import annotations

from sqlglot import exp

from generators.draw import Draw
from generators.expr import col, literal, select, sql
from generators.pattern import Sketch, grouped, named_columns, pattern, shown_columns
from generators.patterns.analytics import figure
from generators.phrases import say
from generators.subject import Subject

COUNT = "COUNT(*)"


@pattern(1, "projection", weight=0.5)
def plain_columns(draw: Draw) -> Sketch | None:
    """Columns of all rows of a table, without any condition."""
    rng = draw.rng
    table = draw.table()
    many = draw.noun(table)[1]
    columns, said = shown_columns(draw, table, rng.choice((1, 2, 2, 3, 4)), bare=0.3)
    the = rng.choice(("the ", "the ", ""))
    return Sketch(say(rng, "list", cols=the + said, subject=many), select(columns, table))


def _dated(draw: Draw) -> tuple[Subject, str] | None:
    """Rows with a date that no condition bounds, and its column."""
    view = draw.view
    tables = [t for t in view.subjects if any(view.values[t, c] for c in view.columns(t, "date", "timestamp"))]
    if not tables:
        return None
    subject = draw.subject(draw.table(tables), most=1)
    names = [c for c in view.columns(subject.table, "date", "timestamp") if view.values[subject.table, c]]
    names = [c for c in names if not any(c in item.columns for item in subject.conditions)]
    names = [c for c in names if not view.nullable(subject.table, c)]  # the living are neither early nor late
    return (subject, draw.rng.choice(names)) if names else None


@pattern(3, "case", weight=0.5)
def date_bins(draw: Draw) -> Sketch | None:
    """Rows sorted into two named bins by a date: counted, or listed."""
    rng, view = draw.rng, draw.view
    drawn = _dated(draw)
    if drawn is None:
        return None
    subject, name = drawn
    year = sorted(day.year for day in view.days(subject.table, name))[len(view.days(subject.table, name)) // 2]
    early, late = rng.choice((("old", "new"), ("early", "late"), ("older", "recent"), ("before", "after")))
    source = col(subject.table, name)
    tree = sql("CASE WHEN :c < :d THEN :a ELSE :b END", c=source, d=literal(f"{year}-01-01"), a=literal(early),
               b=literal(late))  # fmt: skip
    where = (sql(":c IS NOT NULL", c=source),) if view.nullable(subject.table, name) else ()
    slots = {"subject": subject.said(), "column": view.column_words(subject.table, name).name, "year": str(year),
             "low": early, "high": late}  # fmt: skip
    if rng.random() < 0.6:
        query = subject.query([tree, sql(COUNT)], where=where, group=[literal(1)])
        return Sketch(say(rng, "date_case_count", **slots), query)
    columns, said = shown_columns(draw, subject.table, 1)
    return Sketch(say(rng, "date_case", cols=f"the {said}", **slots), subject.query([*columns, tree], where=where))


@pattern(3, "case", "null_test", weight=0.4)
def missing_or_not(draw: Draw) -> Sketch | None:
    """Rows labelled by whether a column is filled in."""
    rng, view = draw.rng, draw.view
    options = [(t, c) for t, c in sorted(view.nulls) if t in view.subjects and view.values[t, c]]
    options = [(t, c) for t, c in options if c in view.columns(t, "category", "measure", "date", "timestamp", "text")]
    if not options:
        return None
    table, name = rng.choice(options)
    subject = draw.subject(table, most=1)
    if any(name in item.columns for item in subject.conditions):
        return None
    low, high = rng.choice((("no", "yes"), ("missing", "known"), ("empty", "filled"), ("without", "with")))
    tree = sql("CASE WHEN :c IS NULL THEN :a ELSE :b END", c=col(table, name), a=literal(low), b=literal(high))
    slots = {"subject": subject.said(), "column": view.column_words(table, name).name, "low": low, "high": high}
    if rng.random() < 0.55:
        return Sketch(say(rng, "null_case_count", **slots), subject.query([tree, sql(COUNT)], group=[literal(1)]))
    columns, said = named_columns(draw, table)
    return Sketch(say(rng, "null_case", cols=f"the {said}", **slots), subject.query([*columns, tree]))


@pattern(3, "date_part", "group_by", weight=0.6)
def per_part(draw: Draw) -> Sketch | None:
    """A figure per weekday, calendar month, year or hour."""
    rng = draw.rng
    drawn = _dated(draw)
    if drawn is None:
        return None
    subject, name = drawn
    parts = [
        item for item in draw.dimensions(subject.table)
        if isinstance(item.columns[0], exp.Extract) and subject.allows(item)
        and {c.name for c in item.sources} == {name}
    ]  # fmt: skip
    if not parts:
        return None
    dimension = rng.choice(parts)
    said, value = figure(draw, subject)
    slots = {"dim": dimension.name, "dims": dimension.names, "subject": subject.said()}
    if isinstance(value, exp.Count):
        return Sketch(say(rng, "group_count", **slots), grouped(subject, dimension, [value]))
    return Sketch(say(rng, "group_agg", agg=said, **slots), grouped(subject, dimension, [value]))
