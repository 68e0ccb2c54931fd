"""Subjects, dimensions and measures: the three things a question is put together from.

A subject is a set of rows ("cancelled stays at Grand Plaza"), a dimension what they are grouped by ("per room type"),
a measure a number each row has ("nightly rate"). `Draw` makes them for one schema from one seeded source. Knows no
operation: the patterns do.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from generators.conditions import Condition, draw_condition, of_parent, qualified
from generators.expr import Join, col, select, sql
from generators.phrases import plural
from generators.view import Link, View


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

    @property
    def names(self) -> str:
        """Plural of the name."""
        return self.many or plural(self.name)


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
        where = (*self.where, *extra)  # type: ignore[misc]
        return select(columns, self.table, chain, where, **parts)  # type: ignore[arg-type]


def modify(noun: str, conditions: Sequence[Condition]) -> str:
    """The noun with all conditions' phrases; what stands before it first, relative clauses last."""
    phrases = sorted((condition.phrase for condition in conditions), key=_distance)
    said = noun
    for phrase in phrases:
        for opener in (" that ", " who ", " whose ", " with "):
            if phrase.startswith("{}" + opener) and opener in said:
                phrase = "{} and" + phrase[2:]
                break
        said = phrase.format(said)
    return said


def _distance(phrase: str) -> int:
    """How far from the noun a phrase stands: before it 0, a short complement 1, a relative clause 2."""
    if phrase.endswith("{}"):
        return 0
    return 2 if phrase.startswith(("{} that ", "{} who ", "{} whose ", "{} which ")) else 1


def unambiguous(view: View, table: str, joins: Sequence[Join]) -> tuple[Join, ...]:
    """The joins without repetition, those marked whose USING would name a column that stands in FROM twice."""
    present = [table]
    chain: list[Join] = []
    for join in dict.fromkeys(joins):
        if join.right in present:
            continue
        names = [column.name for name in present for column in view.table(name).columns]
        clear = all(names.count(column) == 1 for column in join.left_columns)
        chain.append(Join(join.left, join.right, join.left_columns, join.right_columns, clear))
        present.append(join.right)
    return tuple(chain)


@dataclass(frozen=True)
class Draw:
    """A seeded source of subjects, dimensions and measures for one schema."""

    rng: random.Random
    view: View
    focus: frozenset[str] = frozenset()
    """Tables to prefer: those of a failed query."""

    def table(self, among: Sequence[str] = ()) -> str:
        """A table to ask about; larger ones and those in focus more often."""
        tables = list(among or self.view.subjects)
        weights = [
            (6.0 if table in self.focus else 1.0) * (2.0 if self.view.parents(table) else 1.0) for table in tables
        ]
        return self.rng.choices(tables, weights)[0]

    def subject(
        self, table: str | None = None, *, most: int = 2, least: int = 0, kinds: tuple[str, ...] = (), join: float = 0.3
    ) -> Subject:
        """A set of rows under `least` to `most` conditions; `join` is the chance of one through a parent."""
        rng, view = self.rng, self.view
        table = table or self.table()
        words = view.words(table)
        one, many = rng.choice(((words.one, words.many), (words.one, words.many), *words.synonyms))
        count = max(least, min(most, rng.choices((0, 1, 2), (4, 4.5, 1.5))[0]))
        conditions: list[Condition] = []
        for _ in range(8):
            if len(conditions) == count:
                break
            condition = self._condition(table, kinds, join)
            used = {column for item in conditions for column in item.columns}
            if condition is not None and not used & set(condition.columns):
                conditions.append(condition)
        return Subject(view, table, one, many, tuple(conditions), rng)

    def _condition(self, table: str, kinds: tuple[str, ...], join: float) -> Condition | None:
        links = self.view.parents(table)
        if links and not kinds and self.rng.random() < join:
            return of_parent(self.rng, self.view, self.rng.choice(links))
        return draw_condition(self.rng, self.view, table, kinds)

    def measure(self, table: str, *, additive: bool = False) -> Measure | None:
        """A measure of the table; None where it has none (or none that can be summed)."""
        options = [item for item in self.measures(table) if item.additive or not additive]
        return self.rng.choice(options) if options else None

    def measures(self, table: str) -> list[Measure]:
        """All measures of the table: its columns', then those the glossary computes."""
        view, found = self.view, []
        for column in view.columns(table, "measure"):
            words = view.column_words(table, column)
            if not view.values[table, column]:
                continue
            name = self.rng.choice((words.name, words.name, *words.synonyms))
            integral = isinstance(view.values[table, column][0], int)
            found.append(
                Measure(name, words.total, col(table, column), words.unit, words.additive, words.highest, words.lowest,
                        view.nullable(table, column), integral)
            )  # fmt: skip
        for item in view.schema.glossary.measures:
            if item.table == table:
                tree = qualified(item.sql, table)
                wrapped = tree if isinstance(tree, (exp.Func, exp.Column)) else exp.paren(tree)
                found.append(Measure(item.name, item.total, wrapped, item.unit, True, nullable=True))
        return found

    def labels(self, table: str) -> tuple[exp.Expr, ...]:
        """The column that names a row; empty where there is none."""
        label = self.view.words(table).label
        return (col(table, label),) if label else ()

    def dimension(self, table: str, *kinds: str) -> Dimension | None:
        """Something to group a table's rows by, of the kinds (category, label, time, part) or any but part."""
        options = [item for item in self.dimensions(table) if item.kind in (kinds or ("category", "label", "time"))]
        if not options:
            return None
        weights = [{"label": 3.0, "category": 3.0, "time": 1.0, "part": 1.0}[item.kind] for item in options]
        return self.rng.choices(options, weights)[0]

    def dimensions(self, table: str) -> list[Dimension]:
        """Everything the table's rows can be grouped by."""
        view = self.view
        found = [self._category(table, column, ()) for column in view.columns(table, "category")]
        near = {link.parent for link in view.parents(table)}
        for link in view.parents(table):
            found += self._of_parent(link, (link.up,))
            for upper in view.parents(link.parent):
                if upper.parent != table and upper.parent not in near:
                    found += self._of_parent(upper, (link.up, upper.up))
        for column in view.columns(table, "date", "timestamp"):
            found += self._times(table, column)
        return found

    def _category(self, table: str, column: str, joins: tuple[Join, ...]) -> Dimension:
        words = self.view.column_words(table, column)
        name = self.rng.choice((words.name, words.name, *words.synonyms))
        if joins and self.rng.random() < 0.3 and self.view.words(table).one not in name:
            name = f"{self.view.words(table).one} {name}"
        shown = (col(table, column),)
        return Dimension(name, shown, shown, joins, "category")

    def _of_parent(self, link: Link, joins: tuple[Join, ...]) -> list[Dimension]:
        view, parent = self.view, link.parent
        words = view.words(parent)
        found = []
        if words.label and not words.link:
            shown = self.labels(parent)
            key = tuple(col(parent, name) for name in view.table(parent).primary_key)
            group = shown if view.label_is_unique(parent) else (*key, *shown)
            one, many = self.rng.choice(((words.one, words.many), (words.one, words.many), *words.synonyms))
            if link.words.role:
                one, many = link.words.role, plural(link.words.role)
            found.append(Dimension(one, shown, group, joins, "label", many=many))
        columns = [c for c in view.columns(parent, "category") if c not in link.key.parent_columns]
        found += [self._category(parent, column, joins) for column in columns]
        return found

    def _times(self, table: str, column: str) -> list[Dimension]:
        several = len(self.view.columns(table, "date", "timestamp")) > 1
        words = self.view.column_words(table, column)
        source = col(table, column)
        of = f" of {words.name}" if several else ""
        found = []
        for unit in ("month", "quarter", "week", "day"):
            tree = sql(f"DATE_TRUNC('{unit}', :c)", c=source)
            if unit == "day":
                tree = sql("CAST(:c AS DATE)", c=source) if self.view.is_timestamp(table, column) else source
            found.append(Dimension(unit + of, (tree,), (tree,), (), "time", ordered=True))
        year = sql("EXTRACT(YEAR FROM :c)", c=source)
        found.append(Dimension("year" + of, (year,), (year,), (), "time", ordered=True))
        parts = (("weekday", "DOW"), ("day of the week", "DOW"), ("month of the year", "MONTH"), ("hour", "HOUR"))
        for name, part in parts[: 4 if self.view.is_timestamp(table, column) else 3]:
            tree = sql(f"EXTRACT({part} FROM :c)", c=source)
            found.append(Dimension(name + of, (tree,), (tree,), (), "part", ordered=True))
        return found
