"""Stage 5: days in a row, the gaps between them ("gaps and islands"), overall and per parent; days without rows."""

from __future__ import annotations

import calendar
from datetime import date

from sqlglot import exp

from generators.dates import say_month
from generators.draw import Draw
from generators.expr import col, literal, sql
from generators.pattern import Sketch, pattern
from generators.phrases import join_sentences, say
from generators.subject import Subject


def _days(draw: Draw) -> tuple[Subject, exp.Expr, str] | None:
    """Rows with a date: the rows, the day, and a remark on which date is meant, if the table has several."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if view.columns(t, "date", "timestamp") and view.size(t) >= 20]
    if not tables:
        return None
    subject = draw.subject(draw.table(tables), most=1, kinds=())
    columns = view.columns(subject.table, "date", "timestamp")
    columns = tuple(c for c in columns if not view.nullable(subject.table, c) and view.years(subject.table, c) < 30)
    columns = tuple(c for c in columns if "month" not in view.column_words(subject.table, c).name)
    if not columns or any(item.days == 1 for item in subject.conditions):
        return None
    name = rng.choice(columns)
    day = col(subject.table, name)
    if view.is_timestamp(subject.table, name):
        day = sql("CAST(:c AS DATE)", c=day)
    several = len(view.columns(subject.table, "date", "timestamp")) > 1
    remark = say(rng, "by_date", column=view.column_words(subject.table, name).name) if several else ""
    return subject, day, remark


def _runs(subject: Subject, day: exp.Expr, by: exp.Expr | None) -> tuple[exp.Select, exp.Select]:
    """The different days, and the same with a mark that is alike for days in a row; per `by`, where given."""
    own = [exp.alias_(by.copy(), "owner")] if by is not None else []
    days = subject.query([*own, exp.alias_(day.copy(), "day")], distinct=True)
    part = "PARTITION BY owner " if own else ""
    mark = sql(f"day - CAST(ROW_NUMBER() OVER ({part}ORDER BY day) AS INT)")
    runs = exp.select(*(["owner"] if own else []), "day", exp.alias_(mark, "run")).from_("days")
    return days, runs


@pattern(5, "window_rank", "derived_table", "multi_cte", weight=0.4)
def longest_streak(draw: Draw) -> Sketch | None:
    """The most days in a row with at least one row: overall, or for each parent."""
    rng, view = draw.rng, draw.view
    drawn = _days(draw)
    if drawn is None:
        return None
    subject, day, remark = drawn
    links = [link for link in view.parents(subject.table) if len(link.key.columns) == 1]
    links = [link for link in links if not subject.pins(link) and not view.nullable(subject.table, link.key.columns[0])]
    slots = {"subject": subject.said()}
    if links and rng.random() < 0.5:
        link = rng.choice(links)
        days, runs = _runs(subject, day, col(subject.table, link.key.columns[0]))
        lengths = exp.select("owner", exp.alias_(sql("COUNT(*)"), "length")).from_("runs").group_by("owner", "run")
        query = exp.select("owner", sql("MAX(length)")).from_(lengths.subquery("lengths")).group_by("owner")
        words = view.column_words(subject.table, link.key.columns[0])
        question = say(rng, "streak_each", dim=draw.noun(link.parent)[0], column=words.name, **slots)
    else:
        days, runs = _runs(subject, day, None)
        lengths = exp.select(exp.alias_(sql("COUNT(*)"), "length")).from_("runs").group_by("run")
        query = exp.select(sql("MAX(length)")).from_(lengths.subquery("lengths"))
        question = say(rng, "streak", **slots)
    query = query.with_("days", as_=days).with_("runs", as_=runs)
    return Sketch(join_sentences(question, remark), query)


@pattern(5, "window_rank", "group_by", weight=0.3)
def streaks_listed(draw: Draw) -> Sketch | None:
    """Every run of at least n days in a row: first day, last day, length."""
    rng = draw.rng
    drawn = _days(draw)
    if drawn is None:
        return None
    subject, day, remark = drawn
    count = rng.choice((2, 3, 3, 4, 5, 7))
    days, runs = _runs(subject, day, None)
    query = exp.select(sql("MIN(day)"), sql("MAX(day)"), sql("COUNT(*)")).from_("runs").group_by("run")
    query = query.having(sql("COUNT(*) >= :n", n=literal(count))).with_("days", as_=days).with_("runs", as_=runs)
    question = say(rng, "streaks", subject=subject.said(), n=str(count))
    return Sketch(join_sentences(question, remark), query)


@pattern(5, "window_lag", "derived_table", weight=0.5)
def gaps(draw: Draw) -> Sketch | None:
    """The longest time without a row, or every pause of more than n days: last day before it, first day after."""
    rng = draw.rng
    drawn = _days(draw)
    if drawn is None:
        return None
    subject, day, remark = drawn
    before = sql("LAG(:d) OVER (ORDER BY :d)", d=day)
    inner = subject.query([exp.alias_(day.copy(), "day"), exp.alias_(before, "before")])
    slots = {"subject": subject.said()}
    if rng.random() < 0.5:
        query = exp.select(sql("MAX(day - before)")).from_(inner.subquery("pauses"))
        return Sketch(join_sentences(say(rng, "gap_longest", **slots), remark), query)
    count = rng.choice((2, 3, 5, 7, 7, 10, 14, 30))
    query = exp.select("before", "day").from_(inner.subquery("pauses")).where(sql(f"day - before > {count}"))
    return Sketch(join_sentences(say(rng, "gap_over", n=str(count), **slots), remark), query)


@pattern(5, "generate_series", "anti_join", "exists", weight=0.5)
def quiet_days(draw: Draw) -> Sketch | None:
    """Days of a month, or months of a year, on which nothing happened: listed or counted."""
    rng, view = draw.rng, draw.view
    tables = [t for t in view.subjects if view.size(t) >= 30 and view.columns(t, "date", "timestamp")]
    tables = [t for t in tables if view.happens(t)]
    if not tables:
        return None
    table = draw.table(tables)
    name = view.columns(table, "date", "timestamp")[0]
    subject = draw.subject(table, most=1, join=0.0, kinds=("equal", "compare", "named", "in_list", "null"))
    today = view.schema.glossary.as_of.date()
    days = [day for day in view.days(table, name) if day.year < today.year]
    tested = any(name in item.columns for item in subject.conditions)
    if tested or not days or view.nullable(table, name) or view.years(table, name) >= 12:
        return None
    day, source = rng.choice(days), col(table, name)
    monthly = rng.random() < 0.3
    near = {item.month if monthly else item.day for item in days if item.year == day.year
            and (monthly or item.month == day.month)}  # fmt: skip
    slots_in_all = 12 if monthly else calendar.monthrange(day.year, day.month)[1]
    if len(near) < _BUSY * slots_in_all or (len(near) == slots_in_all and not subject.conditions):
        return None  # hardly a day has some, or every one has
    if not monthly:
        start, end = day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
        step, when, unit = "1 day", say_month(rng, day), "day"
        on = sql("CAST(:c AS DATE) = slot.day" if view.is_timestamp(table, name) else ":c = slot.day", c=source)
    else:
        start, end, step, when, unit = date(day.year, 1, 1), date(day.year, 12, 1), "1 month", str(day.year), "month"
        on = sql("DATE_TRUNC('month', :c) = slot.day", c=source)
    counted = rng.random() < 0.35
    slots = {"subject": subject.said(), "when": when, "one": unit, "many": f"{unit}s"}
    question = say(rng, "quiet_count" if counted else "quiet_days", **slots)
    if len(view.columns(table, "date", "timestamp")) > 1:
        question = join_sentences(question, say(rng, "dated_by", column=view.column_words(table, name).name))
    series = f"GENERATE_SERIES('{start}'::date, '{end}'::date, INTERVAL '{step}') AS slot(day)"
    inner = subject.query([literal(1)], where=(on,))
    query = exp.select(sql("COUNT(*)") if counted else exp.column("day", table="slot"))
    query = query.from_(series, dialect="postgres").where(exp.Not(this=exp.Exists(this=inner)))
    return Sketch(question, query)


_BUSY = 0.4
"""Share of a period's days that hold some row from which on those without any are worth asking for."""
