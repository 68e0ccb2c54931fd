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


@dataclass(frozen=True, slots=True)
class Span:
    """A time span said and written."""

    said: str
    """With its preposition: "in March 2024", "over the last 30 days"."""
    sql: exp.Expr
    relative: bool


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


def fixed(rng: random.Random, column: exp.Expr, day: date) -> Span:
    """A fixed span around a day: its year, quarter, month or the day itself, or what lies before or after."""
    return rng.choice(_FIXED)(rng, column, day)


def _year(rng: random.Random, column: exp.Expr, day: date) -> Span:
    said = rng.choice((f"in {day.year}", f"in {day.year}", f"during {day.year}", f"in the year {day.year}"))
    return Span(said, _between(column, date(day.year, 1, 1), date(day.year + 1, 1, 1)), False)


def _month(rng: random.Random, column: exp.Expr, day: date) -> Span:
    start = day.replace(day=1)
    said = f"{rng.choice(('in', 'in', 'during'))} {say_month(rng, day)}"
    return Span(said, _between(column, start, _next_month(start)), False)


def _quarter(rng: random.Random, column: exp.Expr, day: date) -> Span:
    quarter = (day.month - 1) // 3 + 1
    start = date(day.year, 3 * quarter - 2, 1)
    end = _next_month(date(day.year, 3 * quarter, 1))
    ordinal = ("first", "second", "third", "fourth")[quarter - 1]
    said = rng.choice((f"in Q{quarter} {day.year}", f"in the {ordinal} quarter of {day.year}"))
    return Span(said, _between(column, start, end), False)


def _day(rng: random.Random, column: exp.Expr, day: date) -> Span:
    return Span(f"on {say_day(rng, day)}", _between(column, day, day + timedelta(days=1)), False)


def _after(rng: random.Random, column: exp.Expr, day: date) -> Span:
    start = day.replace(day=1)
    if rng.random() < 0.4:
        said = f"{rng.choice(('since', 'from'))} {say_month(rng, start)}"
        said += " on" if said.startswith("from") else ""
        return Span(said, sql(":c >= :a", c=column, a=literal(start)), False)
    if rng.random() < 0.5:
        said = rng.choice(("since", "on or after", "not before")) + f" {say_day(rng, day)}"
        return Span(said, sql(":c >= :a", c=column, a=literal(day)), False)
    said = rng.choice(("after", "later than")) + f" {say_day(rng, day)}"
    return Span(said, sql(":c >= :a", c=column, a=literal(day + timedelta(days=1))), False)


def _before(rng: random.Random, column: exp.Expr, day: date) -> Span:
    if rng.random() < 0.3:
        said = f"{rng.choice(('before', 'prior to'))} {day.year}"
        return Span(said, sql(":c < :a", c=column, a=literal(date(day.year, 1, 1))), False)
    said = rng.choice(("before", "earlier than", "prior to")) + f" {say_day(rng, day)}"
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
    return Span(said, _between(column, start, _next_month(last)), False)


_FIXED: tuple[Callable[[random.Random, exp.Expr, date], Span], ...] = (
    _year, _year, _month, _month, _month, _quarter, _day, _after, _after, _before, _months,
)  # fmt: skip


def relative(rng: random.Random, column: exp.Expr, *, future: bool) -> Span:
    """A span that ends today, or a whole calendar unit around today.

    Args:
        rng: source of the draws.
        column: the column that is bounded.
        future: whether the column holds days after today, so that "the last 30 days" needs an upper end.
    """
    if rng.random() < 0.5:
        return _last_n(rng, column, future)
    unit = rng.choice(("month", "month", "year", "week", "quarter"))
    if rng.random() < 0.5:
        said = rng.choice((f"this {unit}", f"in the current {unit}", f"so far this {unit}"))
        template = f":c >= DATE_TRUNC('{unit}', CURRENT_DATE)"
        if future and said.startswith("so far"):
            return Span(said, sql(f"{template} AND :c < CURRENT_DATE + 1", c=column), True)
        if future:
            template += f" AND :c < DATE_TRUNC('{unit}', CURRENT_DATE) + INTERVAL '{_length(unit)}'"
        return Span(said, sql(template, c=column), True)
    said = rng.choice((f"last {unit}", f"in the previous {unit}", f"the {unit} before this one"))
    start = f"DATE_TRUNC('{unit}', CURRENT_DATE) - INTERVAL '{_length(unit)}'"
    return Span(said, sql(f":c >= {start} AND :c < DATE_TRUNC('{unit}', CURRENT_DATE)", c=column), True)


def _length(unit: str) -> str:
    return "3 months" if unit == "quarter" else f"1 {unit}"


_SPANS = (("day", 7), ("day", 30), ("day", 90), ("day", 14), ("day", 60), ("month", 3), ("month", 6), ("month", 12),
          ("week", 4), ("week", 2), ("year", 1), ("year", 2))  # fmt: skip


def _last_n(rng: random.Random, column: exp.Expr, future: bool) -> Span:
    unit, count = rng.choice(_SPANS)
    amount = f"{count} {unit}s" if count > 1 else unit
    said = rng.choice(("in the last {}", "over the past {}", "in the past {}", "within the last {}", "these last {}"))
    interval = f"{count} {unit}{'s' if count > 1 else ''}"
    template = f":c >= CURRENT_DATE - INTERVAL '{interval}'"
    if future:
        template += " AND :c <= CURRENT_DATE"
    return Span(said.format(amount), sql(template, c=column), True)
