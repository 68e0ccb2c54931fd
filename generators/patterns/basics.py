"""Stage 1: rows of one table (at times narrowed through a parent) listed, looked up, counted and averaged."""

from __future__ import annotations

import re

from sqlglot import exp

from generators.condition import said as said_value
from generators.draw import Draw
from generators.expr import col, literal, sql
from generators.pattern import (
    Sketch,
    identity,
    label_words,
    named_plainly,
    pattern,
    present,
    say_columns,
    shown_columns,
)
from generators.patterns.sorting import fitting, singular_reads
from generators.phrases import join_sentences, say
from generators.subject import Measure, Subject

COUNT = "COUNT(*)"


@pattern(1, weight=1.8)
def list_rows(draw: Draw) -> Sketch | None:
    """Columns of the rows of a table."""
    rng = draw.rng
    subject = draw.subject()
    table = subject.table
    if named_plainly(draw, table) and rng.random() < 0.45:
        called = draw.view.words(table).label.endswith(("name", "nm")) and draw.person(table)
        operation = "list_who" if called and rng.random() < 0.4 else "list_label"
        question = say(rng, operation, subject=subject.said(), **label_words(draw, table))
        return Sketch(question, subject.query(draw.labels(table)))
    used = [c for item in subject.conditions for c in item.columns if f"{table}.{c}" in item.fixed]
    columns, said = shown_columns(draw, table, rng.choice((1, 2, 2, 3)), avoid=used, bare=0.1)
    the = rng.choice(("the ", "the ", ""))
    return Sketch(say(rng, "list", cols=the + said, subject=subject.said()), subject.query(columns))


@pattern(1, weight=0.7)
def list_found(draw: Draw) -> Sketch | None:
    """Rows under conditions, and what to show of them in a remark."""
    subject = draw.subject(least=1)
    columns, remark = identity(draw, subject.table, more=0.5)
    question = say(draw.rng, "rows_with", phrase=subject.said())
    return Sketch(join_sentences(question, remark), subject.query(columns))


@pattern(1, "compare")
def lookup(draw: Draw) -> Sketch | None:
    """One column, at times two, of one named row."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if view.words(t).label and named_plainly(draw, t)]
    if not tables:
        return None
    table = draw.table(tables)
    words = view.words(table)
    names = view.columns(table, "category", "measure", "date", "timestamp", "text")
    if not names:
        return None
    picked = rng.sample(names, 2 if len(names) > 1 and rng.random() < 0.2 else 1)
    value = view.draw_value(rng, table, words.label)
    test = exp.EQ(this=col(table, words.label), expression=literal(value))
    one, many = draw.noun(table)
    subject = Subject(view, table, one, many)
    asked = say_columns(draw, table, picked) if len(picked) > 1 else view.column_words(table, picked[0]).name
    if len(picked) == 1:
        asked = rng.choice((asked, asked, *view.column_words(table, picked[0]).synonyms))
    question = say(rng, "lookup", column=asked, value=said_value(view, table, words.label, value), one=one)
    return Sketch(question, subject.query([col(table, name) for name in picked], where=(test,)))


@pattern(1, "count", weight=2.0)
def count_rows(draw: Draw) -> Sketch | None:
    """How many rows."""
    subject = draw.subject(join=0.45)
    return Sketch(say(draw.rng, "count", subject=subject.said()), subject.query([sql(COUNT)]))


@pattern(1, "distinct", weight=0.8)
def distinct_values(draw: Draw) -> Sketch | None:
    """The different values of a category, or how many there are."""
    rng = draw.rng
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject, "category")
    if dimension is None:
        return None
    slots = {"subject": subject.said(), "dims": dimension.names, "dim": dimension.name}
    if rng.random() < 0.5:
        counted = sql("COUNT(DISTINCT :c)", c=dimension.columns[0])
        return Sketch(say(rng, "count_distinct", **slots), subject.query([counted], *dimension.joins))
    where = present(subject, dimension)
    query = subject.query(dimension.columns, *dimension.joins, distinct=True, where=where)
    return Sketch(say(rng, "distinct", **slots), query)


@pattern(1, "count", "distinct", weight=1.0)
def count_parents(draw: Draw) -> Sketch | None:
    """How many different parents the rows belong to: "how many different guests booked in March"."""
    rng, view = draw.rng, draw.view
    subject = draw.subject(join=0.15)
    links = [link for link in view.parents(subject.table) if len(link.key.columns) == 1]
    links = [link for link in links if not subject.pins(link) and not view.words(link.parent).link]
    if not links:
        return None
    link = rng.choice(links)
    question = say(rng, "count_parents", subject=subject.said(), many=draw.noun(link.parent)[1])
    return Sketch(question, subject.query([sql("COUNT(DISTINCT :k)", k=col(subject.table, link.key.columns[0]))]))


@pattern(1, "aggregate", weight=2.0, may=("rounding",))
def aggregate(draw: Draw) -> Sketch | None:
    """Sum, average, highest or lowest of a measure."""
    rng = draw.rng
    subject = draw.subject(join=0.45)
    kind = rng.choice(("avg", "avg", "sum", "sum", "max", "min"))
    measure = draw.measure(subject, additive=kind == "sum", ordinal=kind in {"max", "min"})
    if measure is None:
        return None
    question = _ask_aggregate(draw, subject, measure, kind)
    value = sql(f"{kind.upper()}(:m)", m=measure.sql)
    if kind == "avg" and rng.random() < 0.3:
        operation, digits = rng.choice((("round_one", 1), ("round_two", 2)))
        question = join_sentences(question, say(rng, operation))
        value = sql(f"ROUND(:v, {digits})", v=value)
    return Sketch(question, subject.query([value]))


def _ask_aggregate(draw: Draw, subject: Subject, measure: Measure, kind: str) -> str:
    """The question for one aggregate: with a verb, through a superlative, without naming the rows, or plainly."""
    rng = draw.rng
    summed = total(draw, measure)
    most, least = rng.choice(measure.most)
    slots = {"subject": subject.said(), "measure": measure.name, "most": most, "least": least}
    if kind == "avg" and measure.verb and rng.random() < 0.4:
        return say(rng, "avg_verb", verb=measure.verb, **slots)
    if kind == "avg" and measure.adjective and rng.random() < 0.3:
        return say(rng, "avg_adjective", adjective=measure.adjective, **slots)
    superlatives = fitting(measure.highest if kind == "max" else measure.lowest if kind == "min" else (), subject)
    if superlatives and rng.random() < 0.4 and singular_reads(subject):
        superlative = rng.choice(superlatives).format(subject.said(subject.one))
        if measure.verb and rng.random() < 0.5:
            return say(rng, "of_extreme_verb", superlative=superlative, verb=measure.verb)
        if measure.adjective and kind == "max" and rng.random() < 0.5:
            return say(rng, "of_extreme_adjective", superlative=superlative, adjective=measure.adjective)
        return say(rng, "of_extreme", superlative=superlative, measure=measure.name)
    said = {"avg": f"average {measure.name}", "sum": summed, "max": f"{most} {measure.name}",
            "min": f"{least} {measure.name}"}[kind]  # fmt: skip
    bare = draw.bare_name(subject, measure, said)
    if bare and rng.random() < 0.4:
        return say(rng, "bare", agg=bare)
    return say(rng, kind, total=summed, **slots)


def total(draw: Draw, measure: Measure, *, whole: bool = True) -> str:
    """A noun phrase for a measure's sum; of "nights in all", said of everything, none where `whole` is false.

    One that says the rows' own noun again ("hectares sown of sowings") is taken only where there is no other.
    """
    usual = f"total {measure.name}"
    options = [item for item in measure.total or (usual,) if whole or not _IN_ALL.search(item)] or [usual]
    tables = {column.table for column in measure.sql.find_all(exp.Column)}
    roots = {word[:3] for table in tables for word in draw.noun(table)[1].split() if len(word) > 4}
    apart = [item for item in options if not any(word[:3] in roots and len(word) > 3 for word in item.split())]
    return draw.rng.choice(apart or options)


_IN_ALL = re.compile(r"\b(?:in all|in total|altogether|overall|all told)\b")


@pattern(1, "aggregate", weight=0.5)
def first_or_last_date(draw: Draw) -> Sketch | None:
    """The earliest or latest date."""
    rng, view = draw.rng, draw.view
    subject = draw.subject(most=1)
    columns = [c for c in view.columns(subject.table, "date", "timestamp") if view.values[subject.table, c]]
    tested = [column for item in subject.conditions for column in item.sql.find_all(exp.Column)]
    bounded = {column.name for column in tested if column.table == subject.table}
    columns = [c for c in columns if c not in bounded]  # the latest of the last four weeks is the latest
    if not columns:
        return None
    name = rng.choice(columns)
    kind = rng.choice(("max", "min"))
    words = view.column_words(subject.table, name)
    question = say(rng, f"{kind}_date", subject=subject.said(), column=rng.choice((words.name, *words.synonyms)))
    return Sketch(question, subject.query([sql(f"{kind.upper()}(:c)", c=col(subject.table, name))]))


@pattern(1, "aggregate", weight=0.7)
def several_aggregates(draw: Draw) -> Sketch | None:
    """Lowest, average and highest at once, or a count beside an average or a sum."""
    rng = draw.rng
    subject = draw.subject(most=1)
    form = rng.choice(("several", "min_max", "count_and_avg", "count_and_avg", "count_and_sum"))
    measure = draw.measure(subject, additive=form == "count_and_sum", ordinal=form == "min_max")
    if measure is None:
        return None
    names = {
        "several": ("MIN(:m)", "AVG(:m)", "MAX(:m)"),
        "min_max": ("MIN(:m)", "MAX(:m)"),
        "count_and_avg": (COUNT, "AVG(:m)"),
        "count_and_sum": (COUNT, "SUM(:m)"),
    }[form]
    question = say(rng, form, subject=subject.said(), measure=measure.name, total=total(draw, measure))
    return Sketch(question, subject.query([sql(name, m=measure.sql) for name in names]))
