"""What a condition is, and how stored values and columns are worded in one.

Knows neither how conditions are drawn nor what is asked about the rows they narrow.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlglot import exp

from generators.expr import Join
from generators.phrases import compact, say
from generators.view import View
from schemas.glossary import ColumnWords


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on the rows of a table."""

    phrase: str
    """With one `{}` for the noun: "cancelled {}", "{} in Lyon"."""
    sql: exp.Expr
    kind: str
    """What it tests: equal, not_equal, in_list, compare, between, date, relative, null, like, named, parent."""
    columns: tuple[str, ...] = ()
    """Columns of the base table it uses; two conditions on one column make no good question."""
    joins: tuple[Join, ...] = ()
    """Joins from the base table that it needs."""
    fixed: frozenset[str] = frozenset()
    """What has one value left, as "table.column" or, for a row named, "table": grouping by it says nothing."""
    days: int = 0
    """Length of the span of a condition on a date; 0 for other conditions."""


def said(view: View, table: str, column: str, value: Any) -> str:
    """A stored value as people name it."""
    words = view.column_words(table, column)
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, Decimal):
        value = value.normalize() if value != value.to_integral() else int(value)
    return words.nouns.get(str(value), str(value))


def pick(rng: random.Random, phrases: tuple[str, ...], operation: str, share: float = 0.75, **slots: str) -> str:
    """A phrase of the glossary or, at times or where it has none, a general one from the bank; noun left open."""
    if phrases and rng.random() < share:
        return rng.choice(phrases).replace("{}", "{subject}").format(subject="{}", **slots)
    return say(rng, operation, subject="{}", **slots)


def is_plural(name: str) -> bool:
    """Whether a noun phrase reads as a plural or a mass: "points", "included minutes", "megabytes used".

    >>> is_plural("points"), is_plural("number of beds"), is_plural("duration in seconds"), is_plural("email address")
    (True, False, False, False)
    >>> is_plural("hours worked"), is_plural("sales price")
    (True, False)
    """
    head = name
    for joint in (" of ", " in ", " per ", " between ", " past ", " for ", " at ", " to ", " on ", " from "):
        head = head.partition(joint)[0]
    words = head.split()
    while len(words) > 1 and words[-1].endswith(("ed", "spent", "lost", "sold", "sown", "grown", "paid")):
        words.pop()
    marked = words[-1].endswith("s") and not words[-1].endswith(("ss", "us", "is", "'s"))
    return marked or words[-1] in {"data", "used", "traffic", "taxa"}


def counted(name: str) -> str:
    """A column's name as one number a row has: plurals become "number of points"."""
    return f"number of {name}" if is_plural(name) and not name.endswith(("data", "used", "traffic")) else name


def within(name: str, other: str) -> bool:
    """Whether a measure's name, its unit left out, stands within another.

    >>> within("length in days", "contract length"), within("depth", "depth of water"), within("age", "wage")
    (True, True, False)
    """
    core = name.partition(" in ")[0]
    return re.search(rf"(?<![\w'-]){re.escape(core)}(?![\w'-])", other) is not None


def names_of(words: ColumnWords) -> tuple[str, ...]:
    """The column's names that take an article and a singular verb; its own name at least."""
    names = [compact(name) for name in (words.name, words.name, *words.synonyms) if not is_plural(name)]
    alone = counted(words.name) if words.role == "measure" else compact(words.name)
    return tuple(names) or (alone,)


def with_unit(value: str, unit: str, name: str) -> str:
    """A number with its unit, unless the column's name says the unit already or nobody would say it.

    >>> with_unit("3", "stars", "star rating"), with_unit("30", "euros", "amount"), with_unit("7", "points", "score")
    ('3', '30 euros', '7')
    """
    if not unit or unit == "points" or unit.split()[0][:4].lower() in name.lower():
        return value
    return f"{value} {unit}"
