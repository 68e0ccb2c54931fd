"""Stage 5: ranks, running and moving figures, change over time, shares of a total, percentiles, series."""

from __future__ import annotations

import calendar
from datetime import date

from sqlglot import exp

from generators.dates import say_month
from generators.expr import col, literal, ordered, sql
from generators.pattern import Sketch, grouped, pattern, shown_columns
from generators.patterns.basics import direction, sort_keys, total
from generators.patterns.functions import rounded
from generators.patterns.grouping import aggregate_of
from generators.phrases import say
from generators.subject import Dimension, Draw, Subject

COUNT = "COUNT(*)"


def _figure(draw: Draw, subject: Subject) -> tuple[str, exp.Expr]:
    """A figure per group: the number of rows, or a measure's aggregate."""
    measure = draw.measure(subject.table)
    if measure is None or draw.rng.random() < 0.5:
        return draw.rng.choice(("number", "count")), sql(COUNT)
    said, value = aggregate_of(draw, measure)
    return said, value


def _monthly(draw: Draw) -> tuple[Subject, Dimension, str] | None:
    """A subject with a time dimension and the unit's plain name."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if view.columns(t, "date", "timestamp") and view.size(t) >= 20]
    if not tables:
        return None
    subject = draw.subject(draw.table(tables), most=1)
    times = [item for item in draw.dimensions(subject.table) if item.kind == "time"]
    times = [item for item in times if item.name.split()[0] in {"month", "quarter", "year"}]
    dimension = rng.choice(times)
    return subject, dimension, dimension.name.split()[0]


@pattern(5, "window_rank", weight=1.2)
def rank_groups(draw: Draw) -> Sketch | None:
    """Groups with an aggregate and their rank by it."""
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject.table, "label", "category")
    if dimension is None:
        return None
    said, value = _figure(draw, subject)
    down, words = direction(draw)
    key = ordered(value, descending=down)
    rank = exp.Window(this=sql("RANK()"), order=exp.Order(expressions=[key]))
    slots = {"subject": subject.said(), "agg": said, "dim": dimension.name, "dims": dimension.names}
    question = say(draw.rng, "rank", **slots, **words)
    if not down and "first" not in question:
        question += " Lowest first."
    return Sketch(question, grouped(subject, dimension, [value, rank]))


@pattern(5, "window_rank", weight=0.8)
def rank_rows(draw: Draw) -> Sketch | None:
    """Rows and their rank by a measure."""
    subject = draw.subject(most=1, join=0.5)
    measure = draw.measure(subject.table)
    if measure is None:
        return None
    down, words = direction(draw)
    key = ordered(measure.sql, descending=down, nullable=measure.nullable)
    rank = exp.Window(this=sql("RANK()"), order=exp.Order(expressions=[key]))
    columns, said = shown_columns(draw, subject.table, 1)
    question = say(draw.rng, "rank_rows", subject=subject.said(), measure=measure.name, cols=f"the {said}", **words)
    return Sketch(question, subject.query([*columns, rank]))


@pattern(5, "top_per_group", "window_rank", weight=1.4)
def top_per_group(draw: Draw) -> Sketch | None:
    """The first row, or the first n, of each group."""
    rng = draw.rng
    subject = draw.subject(most=1, join=0.0)
    dimension = draw.dimension(subject.table, "label", "category")
    keys = [key for key in sort_keys(draw, subject.table) if key[2] and key[3]]
    if dimension is None or not keys:
        return None
    _, tree, highest, lowest, nullable, is_date = rng.choice(keys)
    down, _ = direction(draw, date=is_date)
    count = rng.choice((1, 1, 2, 3))
    columns, said = shown_columns(draw, subject.table, 1, avoid=[c.name for c in dimension.columns])
    place = exp.Window(
        this=sql("ROW_NUMBER()" if count > 1 else "RANK()"),
        partition_by=[item.copy() for item in dimension.group],
        order=exp.Order(expressions=[ordered(tree, descending=down, nullable=nullable)]),
    )
    names = ["grp", "shown"]
    shown = [
        exp.alias_(item.copy(), name) for item, name in zip((dimension.columns[0], columns[0]), names, strict=True)
    ]
    inner = subject.query([*shown, exp.alias_(place, "place")], *dimension.joins)
    test = sql("place <= :n", n=literal(count)) if count > 1 else sql("place = 1")
    query = exp.select(*[exp.column(name) for name in names]).from_("ranked").where(test).with_("ranked", as_=inner)
    noun = subject.said(subject.one if count == 1 and not subject.conditions else None)
    superlative = rng.choice(highest if down else lowest).format(noun)
    slots = {"dim": dimension.name, "cols": f"the {said}", "superlative": superlative}
    operation = "top_each" if count == 1 else "top_each_n"
    return Sketch(say(rng, operation, n=str(count), **slots), query)


@pattern(5, "group_by", weight=0.6)
def last_per_group(draw: Draw) -> Sketch | None:
    """The latest date per group."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if view.columns(t, "date", "timestamp")]
    if not tables:
        return None
    subject = draw.subject(draw.table(tables), most=1)
    dimension = draw.dimension(subject.table, "label", "category")
    if dimension is None:
        return None
    name = rng.choice(view.columns(subject.table, "date", "timestamp"))
    column = view.column_words(subject.table, name).name
    question = say(rng, "last_each", subject=subject.said(), column=column, dim=dimension.name)
    return Sketch(question, grouped(subject, dimension, [sql("MAX(:c)", c=col(subject.table, name))]))


@pattern(5, "window_aggregate", weight=1.2)
def running_total(draw: Draw) -> Sketch | None:
    """A count or a sum added up over time."""
    drawn = _monthly(draw)
    if drawn is None:
        return None
    subject, dimension, unit = drawn
    measure = draw.measure(subject.table, additive=True)
    if measure is None or draw.rng.random() < 0.5:
        question, value = say(draw.rng, "running", subject=subject.said(), dim=dimension.name), sql(COUNT)
    else:
        slots = {"subject": subject.said(), "dim": dimension.name, "total": total(draw, measure)}
        question, value = say(draw.rng, "running_sum", **slots), sql("SUM(:m)", m=measure.sql)
    running = exp.Window(
        this=sql("SUM(:v)", v=value), order=exp.Order(expressions=[dimension.columns[0].copy()])
    )  # fmt: skip
    del unit
    return Sketch(question, grouped(subject, dimension, [running]))


def _steps(draw: Draw) -> tuple[Subject, Dimension, str, exp.Select] | None:
    """Figures per time unit as a named step with columns `period` and `value`."""
    drawn = _monthly(draw)
    if drawn is None:
        return None
    subject, dimension, _ = drawn
    said, value = _figure(draw, subject)
    named = [exp.alias_(dimension.columns[0].copy(), "period"), exp.alias_(value, "value")]
    inner = subject.query(named, *dimension.joins, group=[exp.Literal.number(1)])
    return subject, dimension, said, inner


_BEFORE = "LAG(value) OVER (ORDER BY period)"


@pattern(5, "window_lag", weight=1.5)
def against_previous(draw: Draw) -> Sketch | None:
    """A figure per month beside the month before: both, the change, or the growth in percent."""
    rng = draw.rng
    drawn = _steps(draw)
    if drawn is None:
        return None
    subject, dimension, said, inner = drawn
    form = rng.choice(("lag", "change", "change", "growth", "growth"))
    slots = {"subject": subject.said(), "agg": said, "dim": dimension.name, "dims": dimension.names}
    question = say(rng, form, **slots)
    columns: list[exp.Expr] = [exp.column("period")]
    if form == "lag":
        columns += [exp.column("value"), sql(_BEFORE)]
    elif form == "change":
        columns.append(sql(f"value - {_BEFORE}"))
    else:
        tree = sql(f"100.0 * (value - {_BEFORE}) / NULLIF({_BEFORE}, 0)")
        tree, question = rounded(draw, tree, question)
        columns.append(tree)
    query = exp.select(*columns).from_("steps").order_by(exp.column("period")).with_("steps", as_=inner)
    return Sketch(question, query)


@pattern(5, "window_aggregate", weight=0.6)
def moving_average(draw: Draw) -> Sketch | None:
    """A moving average over the last few periods."""
    drawn = _steps(draw)
    if drawn is None:
        return None
    subject, dimension, said, inner = drawn
    count = draw.rng.choice((2, 3, 3, 4, 6))
    frame = f"AVG(value) OVER (ORDER BY period ROWS BETWEEN {count - 1} PRECEDING AND CURRENT ROW)"
    query = (
        exp.select(exp.column("period"), sql(frame))
        .from_("steps")
        .order_by(exp.column("period"))
        .with_("steps", as_=inner)
    )
    slots = {"subject": subject.said(), "agg": said, "dim": dimension.name, "dims": dimension.names}
    return Sketch(say(draw.rng, "moving", n=str(count), **slots), query)


@pattern(5, "share_of_total", "window_aggregate", weight=1.4)
def share_of_total(draw: Draw) -> Sketch | None:
    """Each group's part of the whole, in percent."""
    rng = draw.rng
    subject = draw.subject(most=1)
    dimension = draw.dimension(subject.table, "label", "category")
    if dimension is None:
        return None
    measure = draw.measure(subject.table, additive=True)
    slots = {"subject": subject.said(), "dim": dimension.name, "dims": dimension.names}
    if measure is None or rng.random() < 0.5:
        question = say(rng, "share_of_total", **slots)
        tree = sql("100.0 * COUNT(*) / SUM(COUNT(*)) OVER ()")
    else:
        question = say(rng, "share_of_sum", total=total(draw, measure), **slots)
        tree = sql("100.0 * SUM(:m) / SUM(SUM(:m)) OVER ()", m=measure.sql)
    tree, question = rounded(draw, tree, question)
    return Sketch(question, grouped(subject, dimension, [tree]))


@pattern(5, "percentile", weight=1.0)
def percentile(draw: Draw) -> Sketch | None:
    """Median or percentile of a measure, overall or per group."""
    rng = draw.rng
    subject = draw.subject(most=1)
    measure = draw.measure(subject.table)
    if measure is None:
        return None
    slots = {"subject": subject.said(), "measure": measure.name}
    median = "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY :m)"
    dimension = draw.dimension(subject.table, "label", "category")
    if dimension is not None and rng.random() < 0.4:
        question = say(rng, "median_group", dim=dimension.name, **slots)
        return Sketch(question, grouped(subject, dimension, [sql(median, m=measure.sql)]))
    if rng.random() < 0.6:
        return Sketch(say(rng, "median", **slots), subject.query([sql(median, m=measure.sql)]))
    share = rng.choice((25, 75, 90, 95, 99))
    tree = sql(f"PERCENTILE_CONT({share / 100}) WITHIN GROUP (ORDER BY :m)", m=measure.sql)
    return Sketch(say(rng, "percentile", n=str(share), **slots), subject.query([tree]))


@pattern(5, "generate_series", "outer_join", weight=0.7)
def daily_series(draw: Draw) -> Sketch | None:
    """A count for every day of a month or month of a year, empty ones included."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if view.columns(t, "date") and view.size(t) >= 20]
    if not tables:
        return None
    table = draw.table(tables)
    words = view.words(table)
    name = rng.choice(view.columns(table, "date"))
    today = view.schema.glossary.as_of.date()
    days = [day for day in view.days(table, name) if today.year - 3 <= day.year <= today.year]
    if not days:
        return None
    day = rng.choice(days)
    source = col(table, name)
    monthly = rng.random() < 0.4
    several = len(view.columns(table, "date", "timestamp")) > 1
    noun = words.many + (f" by {view.column_words(table, name).name}" if several else "")
    if monthly:
        start, end, step = date(day.year, 1, 1), date(day.year, 12, 1), "1 month"
        question = say(rng, "series_month", subject=noun, year=str(day.year))
        on = sql("DATE_TRUNC('month', :c) = slot.day", c=source)
    else:
        start = day.replace(day=1)
        end, step = day.replace(day=calendar.monthrange(day.year, day.month)[1]), "1 day"
        question = say(rng, "series", subject=noun, when=f"in {say_month(rng, day)}")
        on = sql(":c = slot.day", c=source)
    series = f"GENERATE_SERIES('{start}'::date, '{end}'::date, INTERVAL '{step}')"
    counted = col(table, view.table(table).primary_key[0])
    query = exp.select(exp.column("day", table="slot"), sql("COUNT(:c)", c=counted))
    query = query.from_(f"{series} AS slot(day)", dialect="postgres").join(exp.to_table(table), on=on, join_type="left")
    return Sketch(question, query.group_by("1").order_by(ordered(literal(1), descending=False)))
