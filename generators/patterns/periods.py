"""Stages 3 and 5: figures over time: per month of a year, running, moving, against the period before, in series."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from sqlglot import exp

from generators.condition import Condition
from generators.dates import say_month
from generators.draw import Draw
from generators.expr import both, col, literal, ordered, sql
from generators.pattern import Sketch, grouped, pattern, present
from generators.patterns.analytics import figure
from generators.patterns.basics import total
from generators.patterns.shares import rounded
from generators.phrases import join_sentences, say
from generators.subject import Dimension, Subject, is_clause, repeats
from generators.view import View

COUNT = "COUNT(*)"
_ADVERB = {"month": "monthly", "quarter": "quarterly", "year": "yearly", "week": "weekly"}


def over_time(draw: Draw, *units: str) -> tuple[Subject, Dimension] | None:
    """A subject with a time dimension of one of the units."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if view.columns(t, "date", "timestamp") and view.size(t) >= 40]
    if not tables:
        return None
    subject = draw.subject(draw.table(tables), most=1)
    times = [item for item in draw.dimensions(subject.table) if item.unit in units and subject.allows(item)]
    if not times:
        return None
    dimension = rng.choice(times)
    return _with_event(draw, subject, dimension), dimension


def _daily(draw: Draw, subject: Subject, dimension: Dimension) -> bool:
    """Whether the rows are one a day, so that the calendar knows how many there are."""
    days = draw.view.days(subject.table, dimension.sources[0].name)
    return len(set(days)) == len(days) > 0.9 * (max(days) - min(days)).days


def _with_event(draw: Draw, subject: Subject, dimension: Dimension) -> Subject:
    """The rows as those that have the date at all: by the date of death, animals that died."""
    name = dimension.sources[0].name
    phrases = draw.view.column_words(subject.table, name).not_null if dimension.nullable else ()
    if not phrases or any(name in item.columns for item in subject.conditions):
        return subject
    test = exp.Is(this=dimension.sources[0].copy(), expression=exp.Not(this=exp.Null()))
    found = [Condition(phrase, test, "null", (name,)) for phrase in phrases]
    clause = any(is_clause(item) for item in subject.conditions)
    found = [item for item in found if not (clause and is_clause(item)) and not repeats(item, subject.many)]
    return replace(subject, conditions=(*subject.conditions, draw.rng.choice(found))) if found else subject


def periods(days: Iterable[date], unit: str) -> tuple[int, int]:
    """How many weeks, months, quarters or years hold one of the days, and how many there are from first to last.

    >>> periods([date(2024, 1, 31), date(2024, 1, 1), date(2024, 4, 1)], "month")
    (2, 4)
    """
    places = {_place(day, unit) for day in days}
    return len(places), max(places) - min(places) + 1


def _place(day: date, unit: str) -> int:
    """A running number of the period that a day lies in."""
    if unit == "week":
        return (day.toordinal() - 1) // 7
    parts = {"year": 1, "quarter": 4, "month": 12}[unit]
    return day.year * parts + (day.month - 1) * parts // 12


def _dated(draw: Draw, question: str, dimension: Dimension) -> str:
    """The question with a remark on which date is meant, where the table has several."""
    return join_sentences(question, say(draw.rng, "by_date", column=dimension.of)) if dimension.of else question


@pattern(3, "date_trunc", "group_by", weight=1.6)
def monthly(draw: Draw) -> Sketch | None:
    """A count or a sum per month (or week, quarter) of a year, in order."""
    rng, view = draw.rng, draw.view
    drawn = over_time(draw, "month", "month", "quarter", "week")
    if drawn is None:
        return None
    subject, dimension = drawn
    column = dimension.columns[0].find(exp.Column)
    if column is None or any(item.days for item in subject.conditions):
        return None
    year = rng.choice([day.year for day in view.days(subject.table, column.name)])
    span = sql(":c >= :a AND :c < :b", c=column, a=literal(f"{year}-01-01"), b=literal(f"{year + 1}-01-01"))
    when = Condition(rng.choice(("{} in YEAR", "{} for YEAR", "{} of YEAR")).replace("YEAR", str(year)), span, "date",
                     (column.name,), days=365)  # fmt: skip
    if rng.random() < 0.6:
        subject = Subject(subject.view, subject.table, subject.one, subject.many, (*subject.conditions, when))
    measure = draw.measure(subject, additive=True)
    slots = {"dim": dimension.unit, "dims": f"{dimension.unit}s", "subject": subject.said()}
    adverb = _ADVERB[dimension.unit]
    plain = rng.random() < 0.5
    settled = _daily(draw, subject, dimension)
    if settled and measure is None:
        return None
    if measure is None or (not settled and rng.random() < 0.6):
        question, value = say(rng, "group_count" if plain else "monthly", adverb=adverb, **slots), sql(COUNT)
    else:
        summed = total(draw, measure)
        operation = "group_agg" if plain else "monthly_sum"
        question = say(rng, operation, adverb=adverb, agg=summed, total=summed, **slots)
        value = sql("SUM(:m)", m=measure.sql)
    return Sketch(_dated(draw, question, dimension), grouped(subject, dimension, [value]))


@pattern(5, "window_aggregate", weight=1.4)
def running_total(draw: Draw) -> Sketch | None:
    """A count or a sum added up over time, at times beside each period's own figure."""
    rng = draw.rng
    drawn = over_time(draw, "month", "month", "quarter", "year", "week")
    if drawn is None:
        return None
    subject, dimension = drawn
    slots = {"subject": subject.said(), "dim": dimension.unit, "dims": f"{dimension.unit}s"}
    measure = draw.measure(subject, additive=True)
    settled = _daily(draw, subject, dimension)
    if settled and measure is None:
        return None
    both = rng.random() < 0.5
    if measure is None or (not settled and rng.random() < 0.5):
        question, value = say(rng, "running_both" if both else "running", **slots), sql(COUNT)
    else:
        operation = "running_sum_both" if both else "running_sum"
        question, value = say(rng, operation, total=total(draw, measure), **slots), sql("SUM(:m)", m=measure.sql)
    running = exp.Window(this=sql("SUM(:v)", v=value), order=exp.Order(expressions=[dimension.columns[0].copy()]))
    values = [value, running] if both else [running]
    return Sketch(_dated(draw, question, dimension), grouped(subject, dimension, values))


def _steps(draw: Draw) -> tuple[Subject, Dimension, str, exp.Select] | None:
    """Figures per time unit as a named step with columns `period` and `value`."""
    drawn = over_time(draw, "month", "month", "month", "quarter", "year", "week")
    if drawn is None:
        return None
    subject, dimension = drawn
    days = draw.view.days(subject.table, dimension.sources[0].name)
    held, whole = periods(days, dimension.unit)
    if held < 0.7 * whole:
        return None  # single events: most periods hold none, and the one before means little
    said, value = figure(draw, subject)
    named = [exp.alias_(dimension.columns[0].copy(), "period"), exp.alias_(value, "value")]
    where = present(subject, dimension)
    inner = subject.query(named, *dimension.joins, group=[exp.Literal.number(1)], where=where)
    return subject, dimension, said, inner


def _step_slots(subject: Subject, dimension: Dimension, said: str) -> dict[str, str]:
    unit = dimension.unit
    return {"subject": subject.said(), "agg": said, "dim": unit, "dims": f"{unit}s", "adverb": _ADVERB[unit]}


_BEFORE = "LAG(value) OVER (ORDER BY period)"


@pattern(5, "window_lag", weight=0.8)
def against_previous(draw: Draw) -> Sketch | None:
    """A figure per month beside the month before: both, or the change."""
    return _against(draw, ("lag", "change", "change", "change_both"))


@pattern(5, "window_lag", "growth", weight=1.0, may=("rounding",))
def growth_rate(draw: Draw) -> Sketch | None:
    """The growth of a figure per month against the month before, in percent or as a change beside it."""
    return _against(draw, ("growth", "growth", "growth_both", "change"))


def _against(draw: Draw, forms: tuple[str, ...]) -> Sketch | None:
    rng = draw.rng
    drawn = _steps(draw)
    if drawn is None:
        return None
    subject, dimension, said, inner = drawn
    form = rng.choice(forms)
    question = _dated(draw, say(rng, form, **_step_slots(subject, dimension, said)), dimension)
    question = _gaps(draw, question, subject, dimension)
    columns: list[exp.Expr] = [exp.column("period")]
    if form == "lag" or form.endswith("_both"):
        columns.append(exp.column("value"))
    if form == "lag":
        columns.append(sql(_BEFORE))
    elif form.startswith("change"):
        columns.append(sql(f"value - {_BEFORE}"))
    else:
        tree = sql(f"100.0 * (value - {_BEFORE}) / NULLIF({_BEFORE}, 0)")
        tree, question = rounded(draw, tree, question)
        columns.append(tree)
    query = exp.select(*columns).from_("steps").order_by(exp.column("period")).with_("steps", as_=inner)
    return Sketch(question, query)


def _gaps(draw: Draw, question: str, subject: Subject, dimension: Dimension, remark: str = "before_any") -> str:
    """The question with a remark on periods without rows, unless every period surely holds some."""
    days = draw.view.days(subject.table, dimension.sources[0].name)
    held, whole = periods(days, dimension.unit)
    plain = [item for item in subject.conditions if dimension.sources[0].name not in item.columns]
    if held == whole and (not plain or (len(plain) == 1 and len(days) >= _MANY * whole)):
        return question
    return join_sentences(question, say(draw.rng, remark, dim=dimension.unit, dims=f"{dimension.unit}s"))


_MANY = 60
"""Rows a period from which on each is taken to hold some of whatever kind."""


@pattern(5, "window_aggregate", weight=0.6)
def moving_average(draw: Draw) -> Sketch | None:
    """A moving average over the last few periods."""
    drawn = _steps(draw)
    if drawn is None:
        return None
    subject, dimension, said, inner = drawn
    count = draw.rng.choice((2, 3, 3, 4, 6))
    frame = f"AVG(value) OVER (ORDER BY period ROWS BETWEEN {count - 1} PRECEDING AND CURRENT ROW)"
    query = exp.select(exp.column("period"), sql(frame)).from_("steps").order_by(exp.column("period"))
    before = dimension.unit if count == 2 else f"{dimension.unit}s"
    slots = dict(_step_slots(subject, dimension, said), n=str(count), m=str(count - 1), before=before)
    question = _dated(draw, say(draw.rng, "moving", **slots), dimension)
    question = _gaps(draw, question, subject, dimension, "moving_any")
    return Sketch(question, query.with_("steps", as_=inner))


@pattern(5, "generate_series", "outer_join", weight=0.7)
def daily_series(draw: Draw) -> Sketch | None:
    """A count for every day of a month, month of a year or one of the last days, empty ones included."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if view.size(t) >= 20 and _eventful(view, t)]
    if not tables:
        return None
    table = draw.table(tables)
    name = rng.choice(_eventful(view, table))
    today = view.schema.glossary.as_of.date()
    days = [day for day in view.days(table, name) if today.year - 3 <= day.year <= today.year]
    if not days:
        return None
    timed = view.is_timestamp(table, name)
    subject = draw.subject(table, most=1, join=0.0, kinds=("equal", "compare", "named", "in_list", "null"))
    if any(name in item.columns for item in subject.conditions):
        return None
    question, series, on = _series(draw, subject.said(), col(table, name), rng.choice(days), timed=timed)
    on = both(on, *subject.where)  # in ON, not in WHERE: a slot without such rows stays
    if len(view.columns(table, "date", "timestamp")) > 1:
        question = join_sentences(question, say(rng, "by_date", column=view.column_words(table, name).name))
    counted = col(table, view.table(table).primary_key[0])
    query = exp.select(exp.column("day", table="slot"), sql("COUNT(:c)", c=counted))
    query = query.from_(f"{series} AS slot(day)", dialect="postgres").join(exp.to_table(table), on=on, join_type="left")
    return Sketch(question, query.group_by("1").order_by(ordered(literal(1), descending=False)))


def _eventful(view: View, table: str) -> list[str]:
    """Dates worth a count a day: neither ends of spans, nor the few days on which price lists begin."""
    ends = view.ends(table)
    return [
        name for name in view.columns(table, "date", "timestamp")
        if name not in ends and view.years(table, name) < 12
        and len(set(view.days(table, name))) >= _DAYS
    ]  # fmt: skip


_DAYS = 30
"""Different days from which on a date is that of events rather than of a list."""


def _series(draw: Draw, noun: str, source: exp.Expr, day: date, *, timed: bool) -> tuple[str, str, exp.Expr]:
    """Question, series of slots and what joins rows to them."""
    rng = draw.rng
    form = rng.choice(("month", "day", "day", "last"))
    on = sql("CAST(:c AS DATE) = slot.day" if timed else ":c = slot.day", c=source)
    if form == "last":
        count = rng.choice((7, 10, 14, 30))
        series = f"GENERATE_SERIES(CURRENT_DATE - {count - 1}, CURRENT_DATE, INTERVAL '1 day')"
        return say(rng, "series_last", subject=noun, n=str(count)), series, on
    if form == "month":
        start, end, step = date(day.year, 1, 1), date(day.year, 12, 1), "1 month"
        question = say(rng, "series_month", subject=noun, year=str(day.year))
        on = sql("DATE_TRUNC('month', :c) = slot.day", c=source)
    else:
        start, step = day.replace(day=1), "1 day"
        end = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        question = say(rng, "series", subject=noun, when=f"in {say_month(rng, day)}")
    return question, f"GENERATE_SERIES('{start}'::date, '{end}'::date, INTERVAL '{step}')", on
