"""Stage 5: ranges of time, in range columns or between a start and an end: running on a day, overlapping, how long."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from sqlglot import exp

from generators.condition import Condition
from generators.dates import say_day
from generators.draw import Draw
from generators.expr import col, literal, ordered, sql
from generators.facets import range_columns, spans
from generators.pattern import Sketch, grouped, identity, pattern
from generators.patterns.linking import ask_for
from generators.phrases import join_sentences, plural, say, say_count
from generators.subject import Subject, alike, modify

COUNT = "COUNT(*)"


def _span(draw: Draw) -> tuple[Subject, exp.Expr, str, str, list[date]] | None:
    """Rows with a span: the rows, the span's range, its SQL type, how it is said, and days near it."""
    rng, view = draw.rng, draw.view
    options = [(table, (start, end)) for table, start, end in spans(view)]
    options += [(table, (column,)) for table, column in range_columns(view)]  # type: ignore[misc]
    if not options:
        return None
    table, columns = rng.choice(options)
    subject = draw.subject(table, most=1)
    used = {column.name for item in subject.conditions for column in item.sql.find_all(exp.Column)}
    if used & set(columns):
        return None
    if len(columns) == 1:
        days = [date.fromisoformat(str(value)[2:12]) for value in view.values[table, columns[0]]
                if str(value)[2:6].isdecimal()]  # fmt: skip
        said = view.column_words(table, columns[0]).name
        return subject, col(table, columns[0]), view.table(table).column(columns[0]).type, f"the {said}", days
    start, end = (view.column_words(table, name).name for name in columns)
    kind = "tstzrange" if view.is_timestamp(table, columns[0]) else "daterange"
    if view.table(table).column(columns[0]).type == "timestamp":
        kind = "tsrange"
    slots = {"a": col(table, columns[0]), "b": col(table, columns[1])}
    tree = sql(f"{kind}(:a, :b, '[]')", **slots)
    days = list(view.days(table, columns[0]))
    return subject, tree, kind, f"the time from {start} to {end}, both included", days


def _bounds(kind: str, start: date, end: date) -> exp.Expr:
    """A range literal from one day up to, not including, another."""
    return sql(f"{kind}(:a, :b)", a=literal(start), b=literal(end))


def _asked(draw: Draw, subject: Subject, phrase: str, test: exp.Expr, said: str) -> Sketch:
    rng = draw.rng
    whole = modify(subject.many, (*subject.conditions, Condition(phrase, test, "date")))
    dimension = draw.dimension(subject, "category", "label")
    form = rng.random()
    if form < 0.4 or (form < 0.6 and dimension is None):
        question = say_count(rng, whole)
        return Sketch(_with_span(draw, question, said), subject.query([sql(COUNT)], where=(test,)))
    if form < 0.6 and dimension is not None:
        question = say(rng, "group_count", dimension.unfit, subject=whole, dim=dimension.name, dims=dimension.names)
        inner = Subject(subject.view, subject.table, subject.one, subject.many,
                        (*subject.conditions, Condition(phrase, test, "date")))  # fmt: skip
        return Sketch(_with_span(draw, question, said), grouped(inner, dimension, [sql(COUNT)]))
    columns, remark = identity(draw, subject.table)
    question = join_sentences(ask_for(draw, whole, subject.table), remark)
    return Sketch(_with_span(draw, question, said), subject.query(columns, where=(test,)))


def _with_span(draw: Draw, question: str, said: str) -> str:
    """The question with a remark on what the span is."""
    return join_sentences(question, say(draw.rng, "span_is", column=said))


@pattern(5, "range", weight=0.7)
def running_on(draw: Draw) -> Sketch | None:
    """Rows whose span contains a day, or a moment: what was under way then."""
    rng = draw.rng
    drawn = _span(draw)
    if drawn is None or not drawn[4]:
        return None
    subject, tree, kind, said, days = drawn
    day = rng.choice(days)
    point = {"daterange": "DATE", "tsrange": "TIMESTAMP", "tstzrange": "TIMESTAMPTZ"}[kind]
    form = rng.choice(("day", "day", "now"))
    if form == "now":
        now = "CURRENT_DATE" if kind == "daterange" else "CURRENT_TIMESTAMP"
        return _asked(draw, subject, say(rng, "span_now", subject="{}"), sql(f":r @> {now}", r=tree), said)
    if kind == "daterange":
        test = sql(":r @> CAST(:d AS DATE)", r=tree, d=literal(day))
        return _asked(draw, subject, say(rng, "span_on", subject="{}", when=say_day(rng, day)), test, said)
    hour = rng.randrange(24)
    moment = f"{say_day(rng, day)} at {hour:02d}:00"
    test = sql(f":r @> CAST(:d AS {point})", r=tree, d=literal(f"{day.isoformat()} {hour:02d}:00:00"))
    return _asked(draw, subject, say(rng, "span_at", subject="{}", when=moment), test, said)


@pattern(5, "range", weight=0.7)
def overlapping_period(draw: Draw) -> Sketch | None:
    """Rows whose span overlaps a month, a year or a week, or lies within it."""
    rng = draw.rng
    drawn = _span(draw)
    if drawn is None or not drawn[4]:
        return None
    subject, tree, kind, said, days = drawn
    day = rng.choice(days)
    form = rng.choice(("month", "month", "year", "week"))
    if form == "year":
        start, end, when = date(day.year, 1, 1), date(day.year + 1, 1, 1), str(day.year)
    elif form == "month":
        start = day.replace(day=1)
        end = (start + timedelta(days=32)).replace(day=1)
        when = f"{calendar.month_name[start.month]} {start.year}"
    else:
        start = day
        end = start + timedelta(days=7)
        when = f"the 7 days from {say_day(rng, start)} on"
    within = rng.random() < 0.35
    test = sql(":r <@ :p" if within else ":r && :p", r=tree, p=_bounds(kind, start, end))
    phrase = say(rng, "span_within" if within else "span_overlaps", subject="{}", when=when)
    return _asked(draw, subject, phrase, test, said)


_CROWD = 15
"""Rows of a parent up to which two at the same time are worth a word."""


@pattern(5, "range", "self_join", weight=0.5)
def clashing_pairs(draw: Draw) -> Sketch | None:
    """Pairs of rows of one parent whose spans overlap."""
    rng, view = draw.rng, draw.view
    drawn = _span(draw)
    if drawn is None:
        return None
    subject, tree, _, said, _ = drawn
    table = subject.table
    key = view.table(table).primary_key
    # What has very many rows at any time, such as a category of requests, has no clashes.
    links = [link for link in view.parents(table) if view.size(table) <= _CROWD * view.size(link.parent)]
    shared = [(link.key.columns, draw.noun(link.parent)[0]) for link in links]
    if not shared or len(key) != 1:
        return None
    columns, one = rng.choice(shared)
    sides = []
    for name in ("a", "b"):
        moved = tree.copy()
        for column in moved.find_all(exp.Column) if not isinstance(moved, exp.Column) else [moved]:
            column.set("table", exp.to_identifier(name))
        sides.append(moved)
    tests: list[exp.Expr] = [exp.EQ(this=col("a", name), expression=col("b", name)) for name in columns]
    tests += [exp.LT(this=col("a", key[0]), expression=col("b", key[0])), sql(":x && :y", x=sides[0], y=sides[1])]
    first = exp.alias_(exp.to_table(table), "a", table=True)
    second = exp.alias_(exp.to_table(table), "b", table=True)
    counted = rng.random() < 0.4
    shown = [sql(COUNT)] if counted else [col("a", key[0]), col("b", key[0])]
    query = exp.select(*shown).from_(first).join(second, on=exp.and_(*tests, wrap=False))
    number = view.column_words(table, key[0]).name
    many = subject.many
    question = say(
        rng, "clash_count" if counted else "clash", many=many, one=one, column=number, columns=plural(number)
    )
    return Sketch(_with_span(draw, question, said), query)


@pattern(5, "range", "aggregate", weight=0.4)
def range_length(draw: Draw) -> Sketch | None:
    """Minutes that a range column spans, on average or at most; or its start in order."""
    rng, view = draw.rng, draw.view
    options = range_columns(view)
    if not options:
        return None
    table, column = rng.choice(options)
    subject = draw.subject(table, most=1)
    if alike(view.column_words(table, column).name, subject.many):  # "the time of burn of burns"
        return None
    source = col(table, column)
    kind = rng.choice(("AVG", "MAX", "MIN"))
    whole = sql(":r && tstzrange(:a, NULL)", r=source, a=literal(f"{rng.choice((2023, 2024, 2025))}-01-01"))
    year = whole.find(exp.Literal)
    length = sql(f"{kind}(EXTRACT(EPOCH FROM UPPER(:r) - LOWER(:r)) / 60)", r=source)
    slots = {"subject": subject.said(), "column": view.column_words(table, column).name}
    slots["year"] = year.this[:4] if year is not None else ""
    return Sketch(say(rng, f"range_{kind.lower()}", **slots), subject.query([length], where=(whole,)))


@pattern(5, "range", "order_limit", weight=0.2)
def range_first(draw: Draw) -> Sketch | None:
    """The first or last n starts of spans that overlap a year."""
    rng = draw.rng
    drawn = _span(draw)
    if drawn is None or not drawn[4]:
        return None
    subject, tree, kind, said, days = drawn
    year = rng.choice(days).year
    test = sql(":r && :p", r=tree, p=_bounds(kind, date(year, 1, 1), date(year + 1, 1, 1)))
    last, count = rng.random() < 0.6, rng.choice((3, 5, 10))
    start = sql("LOWER(:r)", r=tree)
    phrase = say(rng, "span_overlaps", subject="{}", when=str(year))
    whole = modify(subject.many, (*subject.conditions, Condition(phrase, test, "date")))
    question = say(rng, "span_last" if last else "span_first", phrase=whole, n=str(count))
    query = subject.query([start], where=(test,), order=[ordered(start, descending=last)], limit=count)
    return Sketch(_with_span(draw, question, said), query)
