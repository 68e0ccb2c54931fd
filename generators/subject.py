"""Subjects, dimensions and measures: the three things a question is put together from.

A subject is a set of rows ("cancelled stays at Grand Plaza"), a dimension what they are grouped by ("per room type"),
a measure a number each row has ("nightly rate"). Knows neither how they are drawn (`generators.draw`) nor any
operation (the patterns do).
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from generators.condition import Condition
from generators.expr import Join, col, select, sql
from generators.phrases import BUSY, OF_ALL, plural
from generators.view import Link, View

_LASTING = re.compile(r"\b(?:time|delay|wait|downtime|stay|service|travel)\b")
"""Names of what may be long or short; a budget of hours may not."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that each row has."""

    name: str
    """Noun phrase for one row's value."""
    total: tuple[str, ...]
    """Noun phrases for its sum."""
    sql: exp.Expr
    unit: str
    additive: bool
    highest: tuple[str, ...] = ()
    lowest: tuple[str, ...] = ()
    nullable: bool = False
    integral: bool = False
    ordinal: bool = False
    """A position rather than an amount, as a floor or a birth year: seldom averaged."""
    rank: bool = False
    """A place in a ranking: the highest place is the smallest number, so "highest" is said of none."""
    verb: str = ""
    """What rows do by it: plans "cost", employees "earn"."""
    adjective: str = ""
    """What rows are by it: calls are "long"."""

    @property
    def sources(self) -> frozenset[str]:
        """Names of the columns that it is computed from."""
        return frozenset(column.name for column in self.sql.find_all(exp.Column))

    @property
    def most(self) -> tuple[tuple[str, str], ...]:
        """Pairs of adjectives for the largest and the smallest value."""
        if "length" in self.name or "duration" in self.name:
            return (("greatest", "smallest"), ("largest", "smallest"), ("maximum", "minimum"))
        if self.name.split(" ")[0] in {"days", "years", "hours", "minutes", "nights", "weeks", "months"}:
            return (("most", "fewest"),)
        timed = self.unit.split(" ")[0] in {"seconds", "minutes", "hours", "days", "nights"}
        if timed and _LASTING.search(self.name):
            return (("longest", "shortest"), ("longest", "shortest"), ("highest", "lowest"))
        return (("highest", "lowest"), ("highest", "lowest"), ("largest", "smallest"), ("biggest", "smallest"))


@dataclass(frozen=True, slots=True)
class Dimension:
    """What rows are grouped by."""

    name: str
    """Singular noun phrase: "hotel", "status", "month"."""
    columns: tuple[exp.Expr, ...]
    """What is shown."""
    group: tuple[exp.Expr, ...]
    """What is grouped by: the shown columns, and a key where the label is not unique."""
    joins: tuple[Join, ...]
    kind: str
    """category, label, time or part."""
    ordered: bool = False
    """Whether it has a natural order, as months have."""
    many: str = ""
    """Plural of the name where it is not regular."""
    nullable: bool = False
    """Whether rows may have none of it; then a ranking leaves those rows out."""
    days: int = 0
    """Length of a time unit; 0 for what is not time."""
    unit: str = ""
    """Time only: "month", without the date it is taken from."""
    of: str = ""
    """Time only: the date it is taken from, where the table has several."""

    key: bool = False
    """Category only: a foreign key, so that what it leads to may have no rows."""
    link: Link | None = None
    """Label only: the foreign key to the table the label is in, where one step leads there."""

    def settles(self, other: Dimension) -> bool:
        """Whether a value of this one leaves one of the other: a claim, or its number, its customer."""
        if self.columns == other.columns:
            return True
        if self.joins != other.joins[: len(self.joins)]:
            return False
        beyond = other.joins[len(self.joins) :]
        keyed = {(column.table, column.name) for column in self.sources}
        key = {(beyond[0].left, name) for name in beyond[0].left_columns} if beyond else {("", "")}
        return self.kind == "label" or key <= keyed

    @property
    def unfit(self) -> re.Pattern[str] | None:
        """Phrases that do not fit: those about every group where one without rows is left out, places said of kinds."""
        parts = [OF_ALL.pattern] if self.joins or self.key or self.nullable else []
        parts += [BUSY.pattern] if self.kind == "category" else []
        return re.compile("|".join(parts), re.IGNORECASE) if parts else None

    @property
    def names(self) -> str:
        """Plural of the name."""
        return self.many or plural(self.name)

    @property
    def sources(self) -> tuple[exp.Column, ...]:
        """Columns that it is computed from."""
        return tuple(column for tree in self.group for column in tree.find_all(exp.Column))


_NARROW = frozenset({"named", "null", "parent"})
"""Kinds of condition that leave few values of a category without saying which: grouping by it says little."""


@dataclass(frozen=True)
class Subject:
    """A set of rows, said and written."""

    view: View
    table: str
    one: str
    many: str
    conditions: tuple[Condition, ...] = ()
    rng: random.Random = field(default_factory=random.Random, repr=False)

    @property
    def where(self) -> tuple[exp.Expr, ...]:
        """The conditions' trees."""
        return tuple(condition.sql for condition in self.conditions)

    @property
    def fixed(self) -> frozenset[str]:
        """What the conditions leave one value of; see `Condition.fixed`."""
        return frozenset().union(*[condition.fixed for condition in self.conditions])

    def allows(self, dimension: Dimension) -> bool:
        """Whether grouping these rows by the dimension says something."""
        fixed = self._settled((*self.joins, *dimension.joins))
        tested = {
            (column.table, column.name) for condition in self.conditions if condition.kind in _NARROW
            for column in condition.sql.find_all(exp.Column)
        }  # fmt: skip
        for column in dimension.sources:
            if dimension.kind == "category" and (column.table, column.name) in tested:
                return False
            if {column.table, f"{column.table}.{column.name}"} & fixed:
                return False
        if self._one_each(dimension, fixed):
            return False
        # "Which claims have events of claims that are ...": what is asked for would be said within itself.
        if dimension.kind == "label" and any(
            condition.kind == "parent" and condition.joins[: len(dimension.joins)] == dimension.joins
            for condition in self.conditions if dimension.joins
        ):  # fmt: skip
            return False
        if any(a.right == b.right and a != b for a in dimension.joins for b in self.joins):
            return False  # one table by two ways: the second would be taken for the first
        dated = [condition for condition in self.conditions if condition.days]
        if dimension.kind not in {"time", "part"} or not dated:
            return True
        source = dimension.columns[0].find(exp.Column)
        same = all(source is not None and source.name in condition.columns for condition in dated)
        return same and all(condition.days >= 2 * dimension.days for condition in dated)

    def _one_each(self, dimension: Dimension, fixed: frozenset[str]) -> bool:
        """Whether the conditions leave one row at most of each group: one policy's coverages by kind of coverage."""
        links = (other for other in self.view.links if other.child == self.table and other.parent in fixed)
        pinned = {column for other in links for column in other.key.columns}
        shown = [item for item in dimension.group if isinstance(item, exp.Column)]  # a month leaves several rows
        own = {column.name for column in shown if column.table == self.table}
        own |= set(dimension.link.key.columns) if dimension.link is not None else set()
        key = set(self.view.table(self.table).primary_key)
        return bool(pinned and key) and key <= pinned | own

    def pins(self, link: Link) -> bool:
        """Whether the conditions leave one row of the link's parent: by its name, its key or the key to it."""
        return link.parent in self._settled((*self.joins, link.up))

    def settles(self, table: str) -> bool:
        """Whether the conditions leave one row of a table by way of another: the species of one animal."""
        found = self._settled(self.joins) - {self.table}
        return any(link.child in found and link.parent == table for link in self.view.links)

    def _settled(self, joins: Sequence[Join]) -> frozenset[str]:
        """What `fixed` leaves one value of, with the tables of one row that the joins lead to from there."""
        found = set(self.fixed)
        for name in {self.table, *(join.right for join in joins)}:
            key = self.view.table(name).primary_key
            if key and {f"{name}.{column}" for column in key} <= found:
                found.add(name)
        for _ in joins:
            for join in joins:
                if join.left in found or {f"{join.left}.{column}" for column in join.left_columns} <= found:
                    found.add(join.right)
        return frozenset(found)

    @property
    def joins(self) -> tuple[Join, ...]:
        """The joins that the conditions need."""
        return tuple(dict.fromkeys(join for condition in self.conditions for join in condition.joins))

    def said(self, noun: str | None = None) -> str:
        """The plural noun phrase with all conditions."""
        return modify(self.many if noun is None else noun, self.conditions)

    def query(self, columns: Sequence[exp.Expr], *joins: Join, **parts: object) -> exp.Select:
        """A SELECT over the subject's rows; see `expr.select` for the parts."""
        chain = unambiguous(self.view, self.table, (*self.joins, *joins))
        extra = parts.pop("where", ())
        # Once each: a condition may say already that a value is there.
        where = tuple({test.sql(): test for test in (*self.where, *extra)}.values())  # type: ignore[misc]
        return select(columns, self.table, chain, where, **parts)  # type: ignore[arg-type]


_OPENERS = (" that ", " who ", " whose ", " with ", " where ", " without ")


def modify(noun: str, conditions: Sequence[Condition]) -> str:
    """The noun with all conditions' phrases: what stands before it first, then its parents, relative clauses last."""
    said, used = noun, set[str]()
    for condition in sorted(conditions, key=_distance):
        phrase = condition.phrase
        opener = next((item for item in _OPENERS if phrase.startswith("{}" + item)), "")
        if opener in used and opener:
            phrase = "{} and" + phrase[2:]
        if condition.kind != "parent":
            used.add(opener)
        said = phrase.format(said)
    return said


def children_counted(view: View, link: Link) -> exp.Expr:
    """The number of a parent's children in a query over all parents, joined by a LEFT JOIN: 0 where it has none."""
    return sql("COUNT(:c)", c=col(link.child, view.table(link.child).primary_key[-1]))


def is_clause(condition: Condition) -> bool:
    """Whether the condition is said in a clause; two of them on one noun read badly."""
    return condition.phrase.startswith(("{} that ", "{} who ", "{} whose ", "{} which ", "{} where "))


def repeats(condition: Condition, noun: str) -> bool:
    """Whether a condition said before the noun says its beginning: "gate-in gate moves"."""
    front = condition.phrase[:-3].lower() if condition.phrase.endswith(" {}") else ""
    return bool({word[:4] for word in re.split(r"[ -]", front)} & {word[:4] for word in noun.lower().split()})


def alike(name: str, many: str) -> bool:
    """Whether a name says the rows themselves: "downtime" of "downtimes", "time of burn" of "burns".

    >>> alike("downtime in hours", "downtimes"), alike("price", "list prices"), alike("length", "stays")
    (True, True, False)
    """
    stems = [{word[:5].rstrip("s") for word in text.split() if len(word) > 3} for text in (name, many)]
    return bool(stems[0] & stems[1])


def _distance(condition: Condition) -> float:
    """How far from the noun a phrase stands: before it 0, a short complement 1, its parent 1.5, a clause 2."""
    if condition.phrase.endswith("{}"):
        return 0
    if is_clause(condition):
        return 2
    return 1.5 if condition.kind == "parent" else 1


def unambiguous(view: View, table: str, joins: Sequence[Join]) -> tuple[Join, ...]:
    """The joins without repetition, those marked whose USING would name a column that stands in FROM twice."""
    present = {table: table}  # what it is called -> what it is
    chain: list[Join] = []
    for join in dict.fromkeys(joins):
        if join.name in present:
            continue
        names = [column.name for held in present.values() for column in view.table(held).columns]
        clear = all(names.count(column) == 1 for column in join.left_columns)
        chain.append(replace(join, using=clear))
        present[join.name] = join.right
    return tuple(chain)
