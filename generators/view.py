"""A schema as the generators see it: tables, words, joins, and the values of instance 1.

Values come from instance 1 only; the directed rows that tell near-misses apart live in the other instances. Knows
neither patterns nor phrases.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from itertools import permutations
from typing import Any

from generators.expr import Join
from generators.paraphrase import tidy, vary
from schemas.catalog import Rows, Schema
from schemas.ddl import ForeignKey, Table
from schemas.glossary import ColumnWords, JoinWords, TableWords


@dataclass(frozen=True, slots=True)
class Link:
    """One foreign key with its words."""

    child: str
    parent: str
    key: ForeignKey
    words: JoinWords

    @property
    def up(self) -> Join:
        """The join from the child to its parent."""
        return Join(self.child, self.parent, self.key.columns, self.key.parent_columns)

    @property
    def down(self) -> Join:
        """The join from the parent to its children."""
        return Join(self.parent, self.child, self.key.parent_columns, self.key.columns)


@dataclass(frozen=True)
class View:
    """What can be asked about one schema."""

    schema: Schema
    values: dict[tuple[str, str], tuple[Any, ...]] = field(repr=False)
    """(table, column) -> the non-NULL values of instance 1, in row order."""
    nulls: frozenset[tuple[str, str]]
    """Columns that hold a NULL in instance 1."""
    ambiguous: frozenset[str] = frozenset()
    """Tables whose label names several rows apart in no instance or not in all: people of one name."""
    spans: tuple[tuple[str, str, str], ...] = ()
    """(table, start, end): two dates, or two points in time, of which the first is never after the second."""
    met: frozenset[tuple[str, tuple[str, ...], tuple[str, ...]]] = frozenset()
    """(table, key, other key): two foreign keys of which one value of the first stands with several of the second."""
    durations: dict[tuple[str, str, str], tuple[int, ...]] = field(default_factory=dict, repr=False)
    """(table, date, other date) -> days from the one to the other, of the rows that have both."""
    plain: bool = False
    """Whether questions stay as the patterns make them, without paraphrase."""
    _spans: dict[tuple[str, str], tuple[tuple[date, ...], float, bool]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """What `_dates` has worked out."""

    @classmethod
    def of(cls, schema: Schema, seed: int, *, plain: bool = False) -> View:
        """Read instance 1 of a schema; `plain` leaves questions as the patterns make them."""
        values: dict[tuple[str, str], tuple[Any, ...]] = {}
        nulls: set[tuple[str, str]] = set()
        instances = [schema.rows(seed, number) for number in (1, 2, 3)]
        rows = instances[0]
        for table in schema.tables:
            for position, column in enumerate(table.columns):
                cells = [row[position] for row in rows.get(table.name, ())]
                values[table.name, column.name] = tuple(cell for cell in cells if cell is not None)
                if any(cell is None for cell in cells):
                    nulls.add((table.name, column.name))
        ambiguous = [t.name for t in schema.tables if _repeats_label(schema, instances, t)]
        spans = [(t.name, *pair) for t in schema.tables for pair in _spans(instances, t)]
        met = frozenset((t.name, *pair) for t in schema.tables for pair in _met(rows, t))
        durations = {(t.name, *pair): days for t in schema.tables for pair, days in _durations(rows, t)}
        return cls(schema, values, frozenset(nulls), frozenset(ambiguous), tuple(spans), met, durations, plain)

    def worded(self, rng: random.Random, question: str) -> str:
        """The question as it is asked in the end: paraphrased at its start, or only tidied."""
        return tidy(question) if self.plain else vary(rng, question)

    @cached_property
    def nouns(self) -> tuple[tuple[str, ...], ...]:
        """Nouns that may stand for each other in a question."""
        from generators.synonyms import synonym_groups

        return synonym_groups(self.schema.glossary)

    @cached_property
    def value_phrases(self) -> tuple[str, ...]:
        """What stands for a value or a condition in a question and has to stay whole."""
        from generators.synonyms import value_phrases

        return value_phrases(self.schema.glossary)

    def words(self, table: str) -> TableWords:
        """The glossary's words for a table."""
        return self.schema.glossary.tables[table]

    def column_words(self, table: str, column: str) -> ColumnWords:
        """The glossary's words for a column."""
        return self.words(table).columns[column]

    def table(self, name: str) -> Table:
        """A table's DDL record; one without a primary key, as users have them, is known by a column never NULL."""
        table = self.schema.table(name)
        if table.primary_key:
            return table
        return replace(table, primary_key=tuple(column.name for column in table.columns if column.not_null)[:1])

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """Tables people ask about: all but pure link tables, those without rows or a column never NULL left out."""
        tables = [table for table in self.schema.tables if self.table(table.name).primary_key]
        return tuple(t.name for t in tables if not self.words(t.name).link and self.size(t.name))

    def size(self, table: str) -> int:
        """Rows of a table in instance 1."""
        first = self.table(table).columns[0].name
        return len(self.values[table, first])

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Every foreign key that the glossary has words for."""
        return tuple(
            Link(words.child, words.parent, key, words)
            for words in self.schema.glossary.joins
            for key in self.table(words.child).foreign_keys
            if key.columns == words.columns and key.parent == words.parent
        )

    def parents(self, table: str) -> tuple[Link, ...]:
        """Links from a table to its parents; left out are self-references and those to be named by a role."""
        own = [link for link in self.links if link.child == table and link.parent != table]
        roles = Counter(link.parent for link in own)
        return tuple(link for link in own if roles[link.parent] == 1 and not link.words.role)

    def roles(self, table: str) -> tuple[Link, ...]:
        """Links from a table that are said by their role: home and away team, where two lead to one table; a lead.

        A key without a role is the plain one of two.
        """
        own = [link for link in self.links if link.child == table and link.parent != table]
        counts = Counter(link.parent for link in own)
        return tuple(link for link in own if counts[link.parent] > 1 or link.words.role)

    def optional(self, link: Link) -> bool:
        """Whether a child may do without the link's parent: a column of the key may be NULL."""
        return any(self.nullable(link.child, column) for column in link.key.columns)

    def children(self, table: str) -> tuple[Link, ...]:
        """Links from a table's children, self-references and second roles left out."""
        return tuple(link for link in self.links if link.parent == table and link in self.parents(link.child))

    def columns(self, table: str, *roles: str) -> tuple[str, ...]:
        """Columns of the given roles, in DDL order."""
        words = self.words(table).columns
        return tuple(c.name for c in self.table(table).columns if words[c.name].role in roles)

    def distinct(self, table: str, column: str) -> tuple[Any, ...]:
        """Distinct values, most frequent first, ties by text."""
        counts = Counter(self.values[table, column])
        return tuple(value for value, _ in sorted(counts.items(), key=lambda item: (-item[1], str(item[0]))))

    def ends(self, table: str) -> frozenset[str]:
        """The columns that end a span of the table's rows."""
        return frozenset(end for name, _, end in self.spans if name == table)

    def happens(self, table: str) -> bool:
        """Whether a table's rows are events rather than things: what has a name of its own is a thing."""
        label = self.words(table).label
        return not label or label in self.table(table).primary_key

    def label_is_unique(self, table: str) -> bool:
        """Whether the label column names each row apart, in every instance looked at."""
        return bool(self.words(table).label) and table not in self.ambiguous

    def determines(self, table: str, column: str, other: str) -> bool:
        """Whether a value of one column leaves one of another, as a city does its country, where none is missing."""
        cells, others = self.values[table, column], self.values[table, other]
        if column == other or len(cells) != len(others) or {(table, column), (table, other)} & self.nulls:
            return column == other
        return len(set(zip(cells, others, strict=True))) == len(set(cells))

    def nullable(self, table: str, column: str) -> bool:
        """Whether the DDL lets the column be NULL."""
        return not self.table(table).column(column).not_null and column not in self.table(table).primary_key

    def is_timestamp(self, table: str, column: str) -> bool:
        """Whether a column holds points in time rather than days."""
        return self.table(table).column(column).type.startswith("timestamp")

    def draw_value(self, rng: random.Random, table: str, column: str) -> Any:
        """A value of the column, frequent ones more often; None where it has none."""
        cells = self.values[table, column]
        return rng.choice(cells) if cells else None

    def days(self, table: str, column: str) -> tuple[date, ...]:
        """The days of a date or timestamp column."""
        return self._dates(table, column)[0]

    def years(self, table: str, column: str) -> float:
        """Years from the first to the last day of a date column."""
        return self._dates(table, column)[1]

    def reaches_past(self, table: str, column: str) -> bool:
        """Whether the column holds days after today."""
        return self._dates(table, column)[2]

    def _dates(self, table: str, column: str) -> tuple[tuple[date, ...], float, bool]:
        """Days, years they span, and whether one is after today: asked for in every draw, worked out once."""
        if (table, column) not in self._spans:
            days = tuple(v.date() if isinstance(v, datetime) else v for v in self.values[table, column])
            years = (max(days) - min(days)).days / 365.25 if days else 0.0
            past = any(day > self.schema.glossary.as_of.date() for day in days)
            self._spans[table, column] = days, years, past
        return self._spans[table, column]


def _repeats_label(schema: Schema, instances: Sequence[Rows], table: Table) -> bool:
    """Whether two rows of one of the instances share the label."""
    label = schema.glossary.tables[table.name].label
    if not label:
        return True
    position = [column.name for column in table.columns].index(label)
    for rows in instances:
        cells = [row[position] for row in rows.get(table.name, ())]
        if len(set(cells)) < len(cells):
            return True
    return False


def _met(rows: Rows, table: Table) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Pairs of a table's foreign keys, the first of which has a value that stands beside several of the second."""
    names = [column.name for column in table.columns]
    keys = [key.columns for key in table.foreign_keys]
    for first, second in ((a, b) for a in keys for b in keys if a != b):
        beside: dict[tuple[Any, ...], set[tuple[Any, ...]]] = defaultdict(set)
        for row in rows.get(table.name, ()):
            one, two = (tuple(row[names.index(name)] for name in key) for key in (first, second))
            if None not in one and None not in two:
                beside[one].add(two)
        if any(len(others) > 1 for others in beside.values()):
            yield first, second


def _spans(instances: Sequence[Rows], table: Table) -> Iterator[tuple[str, str]]:
    """Pairs of columns that hold a start, always there, and an end that no row of the instances has before it.

    A range's constructor fails on a row whose end comes first, so one such row rules the pair out.
    """
    for first, start in enumerate(table.columns):
        if not (start.not_null or start.name in table.primary_key) or not _is_time(start.type):
            continue
        for second, end in enumerate(table.columns):
            if first == second or start.type != end.type:
                continue
            cells = [(row[first], row[second]) for rows in instances for row in rows.get(table.name, ())]
            pairs = [(a, b) for a, b in cells if a is not None and b is not None]
            if pairs and all(type(a) is type(b) and a <= b for a, b in pairs) and any(a < b for a, b in pairs):
                yield start.name, end.name


def _durations(rows: Rows, table: Table) -> Iterator[tuple[tuple[str, str], tuple[int, ...]]]:
    """Pairs of a table's dates, with the days from the one to the other in each row."""
    places = [(column.name, at) for at, column in enumerate(table.columns) if column.type == "date"]
    for (first, a), (second, b) in permutations(places, 2):
        both = [row for row in rows.get(table.name, ()) if row[a] is not None and row[b] is not None]
        yield (first, second), tuple((row[b] - row[a]).days for row in both)


def _is_time(kind: str) -> bool:
    return kind == "date" or kind.startswith("timestamp")


def weighted_choice(rng: random.Random, items: Iterable[tuple[Any, float]]) -> Any:
    """One item, drawn with its weight."""
    pairs = list(items)
    return rng.choices([item for item, _ in pairs], [weight for _, weight in pairs])[0]
