"""The words people use for a schema: what `glossary.toml` holds, checked.

A glossary is all that the generators need to ask about a database as a person would: nouns for tables, names and
synonyms for columns, phrases for values, comparisons, dates and joins. Everything but the nouns is optional; the
generators fall back on plain wording. In a phrase, `{}` is the noun that it modifies ("cancelled {}" turns "stays"
into "cancelled stays"), `{value}` a literal, `{when}` a time phrase with its preposition ("in March 2024", "after
3 May 2024"), `{child}` and `{parent}` noun phrases. This module does not know SQL beyond names: that the names exist
is checked by `schemas.catalog`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Role = Literal["key", "label", "category", "measure", "date", "timestamp", "flag", "text"]


class Words(BaseModel):
    """Base of the glossary's records: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnWords(Words):
    """How people speak of one column."""

    name: str
    """Noun phrase, singular, lower case, without an article: "check-in date", "nightly rate"."""
    role: Role
    """What the column is for: decides which questions it can appear in."""
    synonyms: tuple[str, ...] = ()
    """Other noun phrases that may replace `name`."""
    unit: str = ""
    """Unit of a measure as said after a number ("euros", "minutes", "MB"); empty for counts."""
    additive: bool = True
    """Measures only: whether a SUM over rows means something (a price list entry or a rating: false)."""
    is_: tuple[str, ...] = Field(default=(), alias="is")
    """Equality to a literal: "{} in {value}", "{value} {}"."""
    values: dict[str, tuple[str, ...]] = {}
    """Stored value -> phrases around the noun: cancelled = ["cancelled {}", "{} that were cancelled"]."""
    nouns: dict[str, str] = {}
    """Stored value -> how the value itself is named when it stands alone ("dbl" = "double room")."""
    more: tuple[str, ...] = ()
    """Measures, greater than: "{} with over {value} beds", "{} costing more than {value} euros"."""
    less: tuple[str, ...] = ()
    """Measures, less than."""
    highest: tuple[str, ...] = ()
    """Measures and dates, the largest: "most expensive {}", "{} with the highest rate", "latest {}"."""
    lowest: tuple[str, ...] = ()
    """Measures and dates, the smallest: "cheapest {}", "oldest {}"."""
    total: tuple[str, ...] = ()
    """Noun phrases for the SUM of a measure: "revenue", "total spend"."""
    when: tuple[str, ...] = ()
    """Dates, an event at a time: "{} that started {when}", "{} booked {when}"."""
    null: tuple[str, ...] = ()
    """The column is NULL: "{} without an email address", "{} that never checked out"."""
    not_null: tuple[str, ...] = ()
    """The column is not NULL: "{} with an email address"."""


class TableWords(Words):
    """How people speak of one table's rows."""

    one: str
    """Singular noun, lower case: "hotel"."""
    many: str
    """Plural noun: "hotels"."""
    synonyms: tuple[tuple[str, str], ...] = ()
    """Other (singular, plural) nouns."""
    label: str = ""
    """Column that names a row to a person ("name"); empty if rows have no name (an event)."""
    link: bool = False
    """True for a pure many-to-many link table nobody asks about by name."""
    columns: dict[str, ColumnWords]
    """Column name -> words, for every column of the table."""


class JoinWords(Words):
    """How people speak of one foreign key."""

    child: str
    """Table that holds the key."""
    columns: tuple[str, ...]
    """Referencing columns of `child`."""
    parent: str
    """Table referred to."""
    role: str = ""
    """Name of the parent in this role where two keys lead to the same table: "home team"."""
    of: tuple[str, ...] = ()
    """Children of a given parent: "{child} at {parent}", "{child} made by {parent}"; both slots required."""
    has: tuple[str, ...] = ()
    """Parents with at least one child: "{parent} with {child}", "{parent} that received {child}"."""
    none: tuple[str, ...] = ()
    """Parents without any child: "{parent} without {child}", "{parent} that never made {child}"."""


class ConditionWords(Words):
    """A condition people have a word for that is not one column's value."""

    table: str
    phrases: tuple[str, ...]
    """ "{} still in house", "open {}"."""
    sql: str
    """Boolean expression over the table's unqualified columns."""


class MeasureWords(Words):
    """A quantity computed from one row's columns: revenue = quantity * unit_price."""

    table: str
    name: str
    """Noun phrase for one row's value: "line amount"."""
    total: tuple[str, ...] = ()
    """Noun phrases for its SUM: "revenue"."""
    unit: str = ""
    sql: str
    """Numeric (not interval) expression over the table's unqualified columns."""


class Glossary(Words):
    """One schema's `glossary.toml`."""

    title: str
    """Name of the business, a few words."""
    about: str
    """One sentence: whose data it is."""
    as_of: AwareDatetime
    """The constant "today" of this schema, with a time zone (UTC)."""
    origin: Literal["original", "new", "foreign"]
    """Whether the schema belongs to the original ten, the new three, or to a user."""
    tables: dict[str, TableWords]
    joins: tuple[JoinWords, ...] = ()
    conditions: tuple[ConditionWords, ...] = ()
    measures: tuple[MeasureWords, ...] = ()
