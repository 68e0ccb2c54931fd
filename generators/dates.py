"""Time spans as people say them and as SQL conditions on a column.

A span is half-open in SQL (`>=` start, `<` end), which holds for days and for points in time alike. Relative spans
are counted from the schema's constant today, written CURRENT_DATE. Knows one column at a time.
"""

from __future__ import annotations

import calendar
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from generators.expr import literal, sql
from generators.phrases import say


@dataclass(frozen=True, slots=True)
class Span:
    """A time span said and written."""

    said: str
    """With its preposition: "in March 2024", "over the last 30 days"."""
    sql: exp.Expr
    relative: bool
    days: int = 100_000
    """About how long it is; open spans count as endless."""


def _between(column: exp.Expr, start: date, end: date) -> exp.Expr:
    return sql(":c >= :a AND :c < :b", c=column, a=literal(start), b=literal(end))


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def say_day(rng: random.Random, day: date) -> str:
    """A day as people write it."""
    month = calendar.month_name[day.month]
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10 if day.day not in {11, 12, 13} else 0, "th")
    forms = (
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        day.isoformat(),
        f"{month} {day.day}{suffix} {day.year}",
        f"{day.day} {month[:3]} {day.year}",
    )
    return rng.choice(forms)


def say_month(rng: random.Random, day: date) -> str:
    """A month as people write it."""
    name = calendar.month_name[day.month]
    return rng.choice((f"{name} {day.year}", f"{name} {day.year}", f"{name[:3]} {day.year}", f"{day:%Y-%m}"))


def fixed(rng: random.Random, column: exp.Expr, day: date, *, wide: bool = False) -> Span:
    """A fixed span around a day: its year, quarter, month or the day itself, or what lies before or after.

    Args:
        rng: source of the draws.
        column: the column that is bounded.
        day: a day of the column.
        wide: whether the column's days lie decades apart (births, openings): then mostly whole years.
    """
    return rng.choice(_WIDE if wide and rng.random() < 0.8 else _FIXED)(rng, column, day)


def _year(rng: random.Random, column: exp.Expr, day: date) -> Span:
    said = rng.choice((f"in {day.year}", f"in {day.year}", f"during {day.year}", f"in the year {day.year}"))
    return Span(said, _between(column, date(day.year, 1, 1), date(day.year + 1, 1, 1)), False, 365)


def _month(rng: random.Random, column: exp.Expr, day: date) -> Span:
    start = day.replace(day=1)
    said = f"{rng.choice(('in', 'in', 'during'))} {say_month(rng, day)}"
    return Span(said, _between(column, start, _next_month(start)), False, 30)


def _quarter(rng: random.Random, column: exp.Expr, day: date) -> Span:
    quarter = (day.month - 1) // 3 + 1
    start = date(day.year, 3 * quarter - 2, 1)
    end = _next_month(date(day.year, 3 * quarter, 1))
    ordinal = ("first", "second", "third", "fourth")[quarter - 1]
    said = rng.choice((f"in Q{quarter} {day.year}", f"in the {ordinal} quarter of {day.year}"))
    return Span(said, _between(column, start, end), False, 91)


def _day(rng: random.Random, column: exp.Expr, day: date) -> Span:
    return Span(f"on {say_day(rng, day)}", _between(column, day, day + timedelta(days=1)), False, 1)


def _after(rng: random.Random, column: exp.Expr, day: date) -> Span:
    start = day.replace(day=1)
    if rng.random() < 0.4:
        said = f"{rng.choice(('since', 'from'))} {say_month(rng, start)}"
        said += " on" if said.startswith("from") else ""
        return Span(said, sql(":c >= :a", c=column, a=literal(start)), False)
    if rng.random() < 0.5:
        said = say(rng, "since_day", when=say_day(rng, day))
        return Span(said, sql(":c >= :a", c=column, a=literal(day)), False)
    said = say(rng, "after_day", when=say_day(rng, day))
    return Span(said, sql(":c >= :a", c=column, a=literal(day + timedelta(days=1))), False)


def _before(rng: random.Random, column: exp.Expr, day: date) -> Span:
    if rng.random() < 0.3:
        said = f"{rng.choice(('before', 'prior to'))} {day.year}"
        return Span(said, sql(":c < :a", c=column, a=literal(date(day.year, 1, 1))), False)
    said = say(rng, "before_day", when=say_day(rng, day))
    return Span(said, sql(":c < :a", c=column, a=literal(day)), False)


def _months(rng: random.Random, column: exp.Expr, day: date) -> Span:
    start = day.replace(day=1)
    end = start
    for _ in range(rng.randint(1, 4)):
        end = _next_month(end)
    last = end
    said = f"{rng.choice(('between', 'from'))} {calendar.month_name[start.month]}"
    said += f" {start.year}" if start.year != last.year or rng.random() < 0.3 else ""
    joint = "and" if said.startswith("between") else rng.choice(("to", "through"))
    said += f" {joint} {calendar.month_name[last.month]} {last.year}"
    return Span(said, _between(column, start, _next_month(last)), False, (last - start).days + 30)


def _half(rng: random.Random, column: exp.Expr, day: date) -> Span:
    second = day.month > 6
    start, end = date(day.year, 7 if second else 1, 1), date(day.year + second, 1 if second else 7, 1)
    said = f"{rng.choice(('in', 'during'))} the {('first', 'second')[second]} half of {day.year}"
    return Span(said, _between(column, start, end), False, 182)


def _years(rng: random.Random, column: exp.Expr, day: date) -> Span:
    first, last = day.year - 1, day.year
    said = rng.choice((f"in {first} or {last}", f"in {first} and {last}", f"between {first} and {last}"))
    return Span(said, _between(column, date(first, 1, 1), date(last + 1, 1, 1)), False, 730)


def _years_on(rng: random.Random, column: exp.Expr, day: date) -> Span:
    """Since or before a year: "since 2023", "after 2023" (from 2024 on), "before 2023"."""
    form = rng.choice(("since", "after", "before", "until the end of"))
    first = day.year + (form in {"after", "until the end of"})
    sign = ">=" if form in {"since", "after"} else "<"
    return Span(f"{form} {day.year}", sql(f":c {sign} :a", c=column, a=literal(date(first, 1, 1))), False)


_FIXED: tuple[Callable[[random.Random, exp.Expr, date], Span], ...] = (
    _year, _year, _month, _month, _month, _quarter, _day, _after, _after, _before, _months,
    _half, _years, _years_on, _year,
)  # fmt: skip
_WIDE = (_year, _years_on, _years_on, _before, _after)


def relative(rng: random.Random, column: exp.Expr, *, future: bool) -> Span:
    """A span that ends today, or a whole calendar unit around today.

    Args:
        rng: source of the draws.
        column: the column that is bounded.
        future: whether the column holds days after today, so that "the last 30 days" needs an upper end.
    """
    if rng.random() < 0.45:
        return _last_n(rng, column, future)
    if future and rng.random() < 0.5:
        return _ahead(rng, column)
    if rng.random() < 0.12:
        return _near(rng, column)
    unit = rng.choice(("month", "month", "year", "year", "week", "quarter"))
    days = {"month": 30, "year": 365, "week": 7, "quarter": 91}[unit]
    if rng.random() < 0.5:
        said = rng.choice((f"this {unit}", f"this {unit}", f"in the current {unit}", f"so far this {unit}"))
        template = f":c >= DATE_TRUNC('{unit}', CURRENT_DATE)"
        if future and said.startswith("so far"):
            return Span(said, sql(f"{template} AND :c < CURRENT_DATE + 1", c=column), True, days)
        if future:
            template += f" AND :c < DATE_TRUNC('{unit}', CURRENT_DATE) + INTERVAL '{_length(unit)}'"
        return Span(said, sql(template, c=column), True, days)
    said = rng.choice((f"last {unit}", f"last {unit}", f"in the previous {unit}", f"the {unit} before this one"))
    start = f"DATE_TRUNC('{unit}', CURRENT_DATE) - INTERVAL '{_length(unit)}'"
    return Span(said, sql(f":c >= {start} AND :c < DATE_TRUNC('{unit}', CURRENT_DATE)", c=column), True, days)


def _ahead(rng: random.Random, column: exp.Expr) -> Span:
    """The next days, or anything still to come."""
    if rng.random() < 0.3:
        said = rng.choice(("after today", "from tomorrow on", "later than today"))
        return Span(said, sql(":c >= CURRENT_DATE + 1", c=column), True)
    count = rng.choice((7, 14, 30, 10, 3))
    said = say(rng, "next_n", n=f"{count} days")
    template = f":c >= CURRENT_DATE AND :c <= CURRENT_DATE + INTERVAL '{count} days'"
    return Span(said, sql(template, c=column), True, count)


def _near(rng: random.Random, column: exp.Expr) -> Span:
    """Today or yesterday."""
    if rng.random() < 0.5:
        return Span("today", sql(":c >= CURRENT_DATE AND :c < CURRENT_DATE + 1", c=column), True, 1)
    return Span("yesterday", sql(":c >= CURRENT_DATE - 1 AND :c < CURRENT_DATE", c=column), True, 1)


def _length(unit: str) -> str:
    return "3 months" if unit == "quarter" else f"1 {unit}"


_LAST_ONE = ("in the last {}", "over the past {}", "in the past {}", "within the last {}", "during the past {}")
_SPANS = (("day", 7), ("day", 30), ("day", 90), ("day", 14), ("day", 60), ("month", 3), ("month", 6), ("month", 12),
          ("week", 4), ("week", 2), ("year", 1), ("year", 2))  # fmt: skip


def _last_n(rng: random.Random, column: exp.Expr, future: bool) -> Span:
    unit, count = rng.choice(_SPANS)
    amount = f"{count} {unit}s" if count > 1 else unit
    said = say(rng, "last_n", n=amount) if count > 1 else rng.choice(_LAST_ONE).format(amount)
    interval = f"{count} {unit}{'s' if count > 1 else ''}"
    template = f":c >= CURRENT_DATE - INTERVAL '{interval}'"
    if future:
        template += " AND :c <= CURRENT_DATE"
    length = count * {"day": 1, "week": 7, "month": 30, "year": 365}[unit]
    return Span(said, sql(template, c=column), True, length)
