"""Draws subjects, dimensions and measures for one schema from one seeded source.

Everything random comes from the draw's generator. Knows the schema and its words, no operation.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from generators.bounds import is_ordinal, is_rank
from generators.condition import Condition, counted, is_plural, within
from generators.conditions import draw_condition, of_parent, qualified
from generators.expr import Join, col, sql
from generators.phrases import compact, plural, timed
from generators.subject import Dimension, Measure, Subject, is_clause, repeats
from generators.turned import branch
from generators.view import Link, View
from schemas.glossary import ColumnWords


@dataclass(frozen=True)
class Draw:
    """A seeded source of subjects, dimensions and measures for one schema."""

    rng: random.Random
    view: View
    focus: frozenset[str] = frozenset()
    """Tables to prefer: those of a failed query."""
    need: tuple[str, ...] = ()
    """Kinds of condition of which every subject that may have one carries one, where the table allows it."""
    nouns: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False, compare=False)
    """Table -> what its rows are called in this question, singular and plural: the same throughout."""

    def noun(self, table: str) -> tuple[str, str]:
        """What a table's rows are called, singular and plural; drawn when first asked for."""
        if table not in self.nouns:
            words, rng = self.view.words(table), branch(self.rng)
            own = (words.one, words.many)
            self.nouns[table] = rng.choice((own, own, *words.synonyms))
        return self.nouns[table]

    def table(self, among: Sequence[str] = ()) -> str:
        """A table to ask about; larger ones and those in focus more often."""
        tables = list(among or self.view.subjects)
        weights = [
            (6.0 if table in self.focus else 1.0) * (2.0 if self.view.parents(table) else 1.0) for table in tables
        ]
        return self.rng.choices(tables, weights)[0]

    def noun_of_key(self, table: str, column: str) -> str:
        """What a column's foreign key alone leads to, in the singular; empty where it is none."""
        links = [link for link in self.view.parents(table) if link.key.columns == (column,)]
        return self.noun(links[0].parent)[0] if links else ""

    def subject(
        self, table: str | None = None, *, most: int = 2, least: int = 0, kinds: tuple[str, ...] = (), join: float = 0.3
    ) -> Subject:
        """A set of rows under `least` to `most` conditions; `join` is the chance of one through a parent."""
        table = table or self.table()
        view, inner = self.view, replace(self, rng=branch(self.rng))
        rng = inner.rng
        one, many = inner.noun(table)
        count = max(least, min(most, rng.choices((0, 1, 2), _CONDITIONS)[0]))
        conditions: list[Condition] = []
        if self.need and not kinds and most:
            first = draw_condition(rng, view, table, self.need)
            conditions, count = [first] if first is not None else [], max(count, 1)
        for _ in range(8):
            if len(conditions) == count:
                break
            condition = inner._condition(table, kinds, join)
            used = {column for item in conditions for column in item.columns}
            if condition is None or used & set(condition.columns):
                continue
            if repeats(condition, many):
                continue
            if is_clause(condition) and any(is_clause(item) for item in conditions):
                continue
            conditions.append(condition)
        return Subject(view, table, one, many, tuple(conditions), self.rng)

    def _condition(self, table: str, kinds: tuple[str, ...], join: float) -> Condition | None:
        links = self.view.parents(table)
        if links and not kinds and self.rng.random() < join:
            return of_parent(self.rng, self.view, self.rng.choice(links), self.noun)
        return draw_condition(self.rng, self.view, table, kinds)

    def measure(self, of: Subject | str, *, additive: bool = False, ordinal: bool = False) -> Measure | None:
        """A measure that varies over the rows; None where there is none (or none that can be summed).

        What the subject's conditions test is left out: the average rate of rooms whose rate is known, or over 100,
        says little. So are ranks, of which a high one is a small number.
        """
        table = of.table if isinstance(of, Subject) else of
        tested = {name for item in (of.conditions if isinstance(of, Subject) else ()) for name in item.columns}
        options = [item for item in self.measures(table) if item.additive or not additive]
        options = [item for item in options if ordinal or not item.ordinal]
        options = [item for item in options if not item.rank and not item.sources & tested]
        return self.rng.choice(options) if options else None

    def measures(self, table: str) -> list[Measure]:
        """All measures of the table: its columns', then those the glossary computes."""
        view, found = self.view, []
        for column in view.columns(table, "measure"):
            words = view.column_words(table, column)
            if not view.values[table, column]:
                continue
            name = counted(self.rng.choice((words.name, words.name, *words.synonyms)))
            integral = isinstance(view.values[table, column][0], int)
            verb, adjective = said_by(words.more)
            found.append(
                Measure(name, words.total, col(table, column), words.unit, words.additive, words.highest, words.lowest,
                        view.nullable(table, column), integral, is_ordinal(view, table, column),
                        is_rank(view, table, column), verb, adjective)
            )  # fmt: skip
        for item in view.schema.glossary.measures:
            if item.table == table:
                tree = qualified(item.sql, table)
                wrapped = tree if isinstance(tree, (exp.Func, exp.Column)) else exp.paren(tree)
                sources = [column.name for column in tree.find_all(exp.Column)]
                loose = tree.find(exp.Nullif, exp.JSONExtractScalar, exp.JSONExtract) is not None
                nullable = loose or any(view.nullable(table, name) for name in sources)
                adjective = "long" if item.name.startswith(("length", "contract length")) else ""
                # A sum of durations would leave out those that are not over, and not say so.
                summed = bool(item.total) and not (nullable and tree.find(exp.Sub))
                found.append(
                    Measure(self._unowned(table, item.name), item.total, wrapped, item.unit, summed,
                            nullable=nullable, adjective=adjective)
                )  # fmt: skip
        return found

    def _unowned(self, table: str, name: str) -> str:
        """A measure's name without the rows it is of: "age of the park" of parks, whatever they are called here."""
        words = self.view.words(table)
        ones = "|".join(re.escape(one) for one in (words.one, *(one for one, _ in words.synonyms)))
        return re.sub(rf" of (?:the|a|an) (?:{ones})$", "", name)

    def bare_name(self, subject: Subject, measure: Measure, said: str) -> str:
        """An aggregate's name that needs no mention of the rows: "average nightly rate", "bar revenue"; or empty.

        Args:
            subject: the rows; at most one condition, and that before the noun.
            measure: what is aggregated.
            said: how the aggregate is said, "average nightly rate".
        """
        others = {
            name for table in self.view.subjects if table != subject.table
            for words in self.view.words(table).columns.values() for name in (words.name, *words.synonyms, *words.total)
        }  # fmt: skip
        computed = [item for item in self.view.schema.glossary.measures if item.table != subject.table]
        others |= {name for item in computed for name in (item.name, *item.total)}
        if said in others or any(within(measure.name, other) for other in others):
            return ""
        if not subject.conditions:
            return said
        phrase = subject.conditions[0].phrase
        summed = said in measure.total
        if len(subject.conditions) == 1 and summed and phrase.endswith(" {}") and not said.startswith("total"):
            return f"{phrase[:-3]} {said}"
        return ""

    def person(self, table: str) -> bool:
        """Whether the table's rows are people, asked for with "who"."""
        columns = self.view.words(table).columns.values()
        phrases = [phrase for words in columns for phrase in (*words.when, *words.null, *words.not_null)]
        return any(" who " in phrase for phrase in phrases)

    def labels(self, table: str) -> tuple[exp.Expr, ...]:
        """The column that names a row; empty where there is none."""
        label = self.view.words(table).label
        return (col(table, label),) if label else ()

    def dimension(self, of: Subject | str, *kinds: str) -> Dimension | None:
        """Something to group rows by, of the kinds (category, label, time, part) or any but part.

        Given a subject, what its conditions leave one value of is left out.
        """
        table = of.table if isinstance(of, Subject) else of
        options = [item for item in self.dimensions(table) if item.kind in (kinds or ("category", "label", "time"))]
        if isinstance(of, Subject):
            options = [item for item in options if of.allows(item)]
        if not options:
            return None
        shares = {"label": 3.0, "category": 3.0, "time": 1.0, "part": 0.5}
        counts = {kind: sum(item.kind == kind for item in options) for kind in shares}
        return self.rng.choices(options, [shares[item.kind] / counts[item.kind] ** 0.5 for item in options])[0]

    def dimensions(self, table: str) -> list[Dimension]:
        """Everything the table's rows can be grouped by."""
        view = self.view
        key = view.table(table).primary_key
        found = [self._category(table, c, ()) for c in view.columns(table, "category") if (c,) != tuple(key)]
        near = {link.parent for link in view.parents(table)}
        # What two ways lead to is the one's or the other's: the district of the request, the depot's.
        uppers = [upper.parent for link in view.parents(table) for upper in view.parents(link.parent)]
        for link in view.parents(table):
            found += self._of_parent(link, (link.up,))
            for upper in view.parents(link.parent):
                if upper.parent != table and upper.parent not in near and uppers.count(upper.parent) == 1:
                    found += self._of_parent(upper, (link.up, upper.up))
        for link in view.roles(table):  # per home team: only by name, as a team's other columns say not whose they are
            found += [item for item in self._of_parent(link, (link.up,)) if item.kind == "label" and link.words.role]
        for column in view.columns(table, "date", "timestamp"):
            found += self._times(table, column)
        return found

    def _category(self, table: str, column: str, joins: tuple[Join, ...]) -> Dimension:
        words = self.view.column_words(table, column)
        own = compact(self.rng.choice([n for n in (words.name, words.name, *words.synonyms) if n[:4] != "how "]))
        name = own
        said = joins and self.rng.random() < self._unclear(own, joins)
        if said and self.noun(table)[0] not in name:
            one = self.view.words(table).one  # "house country" would be another country
            name = f"{own} of the {one}" if " of " in f"{own} {one}" else f"{one} {own}"
        shown = (col(table, column),)
        many = name if is_plural(own) else name.replace(own, plural(own), 1)
        nullable, key = self.view.nullable(table, column), bool(self.noun_of_key(table, column))
        return Dimension(name, shown, shown, joins, "category", many=many, nullable=nullable, key=key)

    def loose(self, joins: Sequence[Join]) -> bool:
        """Whether rows may be lost on the way: a key of one of the joins may be NULL."""
        return any(self.view.nullable(join.left, name) for join in joins for name in join.left_columns)

    def _unclear(self, name: str, joins: tuple[Join, ...]) -> float:
        """How often a parent's category is said with the parent: always a state, and what rows may be lost for."""
        if self.loose(joins) or {"state", "status"} & set(name.split()):
            return 1.0
        return 0.6 if len(joins) > 1 else 0.3

    def _nearer(self, words: ColumnWords, joins: Sequence[Join]) -> bool:
        """Whether a table on the way has a column of that name itself: the status of changes, that of their request."""
        near = [self.view.words(join.left).columns.values() for join in joins]
        names = {name for columns in near for other in columns for name in (other.name, *other.synonyms)}
        return bool(names & {words.name, *words.synonyms})

    def _of_parent(self, link: Link, joins: tuple[Join, ...]) -> list[Dimension]:
        view, parent = self.view, link.parent
        words = view.words(parent)
        found = []
        key_columns = view.table(parent).primary_key
        if words.label and not words.link and (len(key_columns) == 1 or words.label not in key_columns):
            shown = self.labels(parent)
            key = tuple(col(parent, name) for name in key_columns)
            group = shown if view.label_is_unique(parent) else (*key, *shown)
            one, many = self.noun(parent)
            if link.words.role:
                one, many = link.words.role, plural(link.words.role)
            near = link if len(joins) == 1 and link in view.parents(link.child) else None
            found.append(Dimension(one, shown, group, joins, "label", many=many, link=near))
        columns = [c for c in view.columns(parent, "category") if c not in link.key.parent_columns]
        columns = [c for c in columns if not self._nearer(view.column_words(parent, c), joins)]
        found += [self._category(parent, column, joins) for column in columns]
        return found

    def _times(self, table: str, column: str) -> list[Dimension]:
        if not self.view.days(table, column) or self.view.years(table, column) > 12:
            return []
        # A date that may be missing is named even where it is the only one: "per day" says of no payment date.
        several = len(self.view.columns(table, "date", "timestamp")) > 1 or self.view.nullable(table, column)
        words = self.view.column_words(table, column)
        source = col(table, column)
        of = self.rng.choice((words.name, words.name, *words.synonyms)) if several else ""
        nullable = self.view.nullable(table, column)
        found = []
        for unit, days in _UNITS[: 5 if self.view.size(table) >= 60 else 3]:
            tree = sql(f"DATE_TRUNC('{unit}', :c)", c=source)
            if unit == "day":
                tree = sql("CAST(:c AS DATE)", c=source) if self.view.is_timestamp(table, column) else source
            if unit == "year":
                tree = sql("EXTRACT(YEAR FROM :c)", c=source)
            one, many = timed(unit, of)
            found.append(Dimension(one, (tree,), (tree,), (), "time", ordered=True, many=many, nullable=nullable,
                                   days=days, unit=unit, of=of))  # fmt: skip
        if nullable:  # nobody asks on which weekdays things end that may have no end
            return found
        for name, part, days in _PARTS[: len(_PARTS) if self.view.is_timestamp(table, column) else _DAYS_PARTS]:
            tree = sql(f"EXTRACT({part} FROM :c)", c=source)
            one, many = timed(name, of, part=True)
            found.append(
                Dimension(one, (tree,), (tree,), (), "part", ordered=True, many=many, nullable=nullable, days=days)
            )
        return found


_VERBS = {"earning": "earn", "costing": "cost", "scoring": "score"}
_ADJECTIVES = {"longer": "long", "larger": "large"}


def said_by(phrases: tuple[str, ...]) -> tuple[str, str]:
    """Verb and adjective of a measure, taken from the phrases that compare by it.

    >>> said_by(("{} earning more than {value} euros",))
    ('earn', '')
    """
    words = {phrase.split()[1] for phrase in phrases if len(phrase.split()) > 1}
    verbs = [_VERBS[word] for word in sorted(words) if word in _VERBS]
    adjectives = [_ADJECTIVES[word] for word in sorted(words) if word in _ADJECTIVES]
    return verbs[0] if verbs else "", adjectives[0] if adjectives else ""


_PARTS = (
    ("weekday", "DOW", 30), ("day of the week", "DOW", 30), ("ISO weekday", "ISODOW", 30),
    ("calendar month", "MONTH", 365), ("quarter of the year", "QUARTER", 365), ("hour of the day", "HOUR", 30),
    ("hour of day", "HOUR", 30),
)  # fmt: skip
_DAYS_PARTS = 5
"""Of those, the first that a date without a time has."""
_UNITS = (("month", 30), ("year", 365), ("quarter", 91), ("week", 7), ("day", 1))
_CONDITIONS = (5.8, 4.2, 1.3)
"""How often a subject has none, one or two. People set more (dev, stage 1: in 1, 6 and 3 of 10); tried, and no help."""
