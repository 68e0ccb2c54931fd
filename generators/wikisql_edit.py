"""People's own WikiSQL questions with other columns, values, operators and aggregates, the words changed to match.

A question is taken apart only where every part of its SQL is found in its words: each value once, each comparison's
words right before its value, an aggregate's word once. What is found becomes a slot; the rest of the sentence stays as
it was written. A question of which a part is not found is not used. Knows one table at a time.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from generators.wikisql_meaning import Condition, Meaning, draw_condition, target_row
from generators.wikisql_phrases import phrases
from generators.wikisql_release import RawQuestion
from generators.wikisql_tables import WikiTable
from generators.wikisql_values import Value, read_as, said, spellings

Role = Literal["value", "operator", "header", "column", "aggregate"]
CHANGE = 0.35
"""How often a column, an operator or an aggregate that may change does."""
_YEARS = re.compile(r"(before|after|since|until|earlier than|later than) (the year )?$", re.IGNORECASE)
_STOP = frozenset(("the", "a", "an", "of", "for", "in", "on", "at", "to", "is", "and", "or", "no", "by", "s", "year"))


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of a question that says one part of its SQL."""

    start: int
    end: int
    role: Role
    place: int = 0
    """Which condition; of no account for a column or an aggregate."""


@dataclass(frozen=True, slots=True)
class Template:
    """One question with its slots, in the order they stand in."""

    text: str
    meaning: Meaning
    slots: tuple[Slot, ...]

    def has(self, role: Role, place: int = 0) -> bool:
        """Whether there is such a slot."""
        return any(slot.role == role and slot.place == place for slot in self.slots)


def as_template(table: WikiTable, question: RawQuestion) -> Template | None:
    """The question taken apart, or None where not all of its SQL is found in its words."""
    slots: list[Slot] = []
    conditions: list[Condition] = []
    for place, (column, operator, cell) in enumerate(question.conditions):
        value = read_as(cell, table.fields[column].kind)
        found = _condition_slots(table, question, place, value)
        if not found:
            return None
        slots += found
        conditions.append(Condition(column, operator, (value,)))
    asked = table.fields[question.column]
    if question.aggregate not in {"", "COUNT"} and not asked.numeric:
        return None  # a text has no sum, and its "highest" is not what was meant
    if asked.clear and (header := _once(question.text, asked.header)):
        slots.append(Slot(*header, "column"))
    aggregate = _aggregate_slot(question, slots)
    if aggregate is None:
        return None
    ordered = sorted([*slots, *aggregate], key=lambda slot: slot.start)
    if any(left.end > right.start for left, right in pairwise(ordered)):
        return None
    if len({item.column for item in conditions} | {question.column}) <= len(conditions):
        return None
    return Template(question.text, Meaning(question.aggregate, question.column, tuple(conditions)), tuple(ordered))


def _condition_slots(table: WikiTable, question: RawQuestion, place: int, value: Value) -> list[Slot]:
    """Where a condition's value, its comparison and, if so, its column stand; nothing where one is not to be found."""
    text, (column, operator, _) = question.text, question.conditions[place]
    field = table.fields[column]
    spans = [span for form in spellings(value) if (span := _once(text, form))] if value is not None else []
    if not spans or not _mentioned(text, field.header, operator, field.kind, len(question.conditions)):
        return []
    slots = [Slot(*spans[0], "value", place)]
    word = _operator_before(text, spans[0][0])
    if operator == "=" and (word or _YEARS.search(text[: spans[0][0]])):
        return []
    if operator != "=":
        if word is None or word[2] != operator:
            return []
        slots.append(Slot(word[0], word[1], "operator", place))
    if field.clear and (header := _once(text, field.header)):
        slots.append(Slot(*header, "header", place))
    return slots


def _aggregate_slot(question: RawQuestion, slots: Sequence[Slot]) -> list[Slot] | None:
    """Where the aggregate's word stands, none where there is no aggregate; None where words and SQL disagree."""
    words = _aggregates(question.text, slots)
    if question.aggregate in {"", "COUNT"}:
        return None if words or (question.aggregate == "COUNT") != _asks_count(question.text) else []
    if len(words) != 1 or words[0][2] != question.aggregate:
        return None
    return [Slot(words[0][0], words[0][1], "aggregate")]


def _once(text: str, part: str) -> tuple[int, int] | None:
    """Where the part stands in the text as whole words, if it stands there once; case does not count."""
    if not part.strip():
        return None
    found = list(re.finditer(rf"(?<![\w.,]){re.escape(part)}(?![\w]|[.,]\d)", text, re.IGNORECASE))
    return found[0].span() if len(found) == 1 else None


def _mentioned(text: str, header: str, operator: str, kind: str, count: int) -> bool:
    """Whether the question names the condition's column by a word, or it is one text that says which by itself."""
    words = {word[:5] for word in re.findall(r"\w+", text.lower())}
    named = {word[:5] for word in re.findall(r"\w+", header.lower()) if word not in _STOP}
    return bool(words & named) or (count == 1 and operator == "=" and kind == "text")


def _operator_before(text: str, end: int) -> tuple[int, int, str] | None:
    """The comparison that ends right before a place: its span and operator."""
    for operator, words in phrases().operators.items():
        for word in words:
            match = re.search(rf"\b{word} $", text[:end], re.IGNORECASE)
            if match and not re.search(r"\b(no|not) $", text[: match.start()], re.IGNORECASE):
                return match.start(), match.end() - 1, operator
    return None


def _aggregates(text: str, slots: Sequence[Slot]) -> list[tuple[int, int, str]]:
    """Words of aggregates outside the slots; "total number of" counts as none of ours and spoils the question."""
    return [
        (*match.span(), aggregate)
        for aggregate, words in phrases().aggregates.items()
        for word in words
        for match in re.finditer(rf"\b{word}\b", text, re.IGNORECASE)
        if not any(slot.start < match.end() and match.start() < slot.end for slot in slots)
    ]


def _asks_count(text: str) -> bool:
    return bool(re.search(r"\bhow many\b|\bnumber of\b|\bcount\b", text, re.IGNORECASE))


def rewrite(table: WikiTable, template: Template, rng: random.Random) -> tuple[str, Meaning] | None:
    """The question with a new meaning of the same form, or None where the table gives none this time."""
    old = template.meaning
    aggregate = _new_aggregate(table, template, rng)
    column = _other_column(table, old.column, template.has("column"), [c.column for c in old.conditions], rng)
    columns = [column]
    for place, item in enumerate(old.conditions):
        taken = [*columns, *(c.column for c in old.conditions if c is not item)]
        columns.append(_other_column(table, item.column, template.has("header", place), taken, rng))
    if len(set(columns)) < len(columns):
        return None
    row = target_row(table, columns, rng)
    if row is None:
        return None
    conditions = []
    for place, (item, own) in enumerate(zip(old.conditions, columns[1:], strict=True)):
        flips = template.has("operator", place) and rng.random() < CHANGE
        operator = rng.choice([*phrases().operators]) if flips else item.operator
        drawn = draw_condition(table, own, operator, row, rng)
        if drawn is None:
            return None
        conditions.append(drawn)
    meaning = Meaning(aggregate, column, tuple(conditions))
    return _filled(table, template, meaning, rng), meaning


def _new_aggregate(table: WikiTable, template: Template, rng: random.Random) -> str:
    old = template.meaning
    if not template.has("aggregate") or rng.random() >= CHANGE or not table.fields[old.column].numeric:
        return old.aggregate
    return rng.choice([*phrases().aggregates])


def _other_column(table: WikiTable, old: int, free: bool, taken: Sequence[int], rng: random.Random) -> int:
    """Another column of the same type that people can name, at times, where the question names this one."""
    if not free or rng.random() >= CHANGE:
        return old
    kind = table.fields[old].kind
    same = [
        place
        for place, field in enumerate(table.fields)
        if field.kind == kind and field.clear and place not in taken and table.values(place)
    ]
    return rng.choice(same) if same else old


def _filled(table: WikiTable, template: Template, meaning: Meaning, rng: random.Random) -> str:
    """The sentence with every slot saying the new meaning; words of what did not change stay."""
    parts: list[str] = []
    last = 0
    for slot in template.slots:
        parts += [template.text[last : slot.start], _slot_text(table, template, slot, meaning, rng)]
        last = slot.end
    return "".join([*parts, template.text[last:]])


def _slot_text(table: WikiTable, template: Template, slot: Slot, meaning: Meaning, rng: random.Random) -> str:
    own = template.text[slot.start : slot.end]
    if slot.role == "aggregate":
        return (
            own
            if meaning.aggregate == template.meaning.aggregate
            else rng.choice(phrases().aggregates[meaning.aggregate])
        )
    if slot.role == "column":
        return own if meaning.column == template.meaning.column else noun(table.fields[meaning.column].header)
    new, old = meaning.conditions[slot.place], template.meaning.conditions[slot.place]
    if slot.role == "header":
        return own if new.column == old.column else noun(table.fields[new.column].header)
    if slot.role == "operator":
        return own if new.operator == old.operator else rng.choice(phrases().operators[new.operator])
    return said(new.values[0], rng)


def noun(header: str) -> str:
    """A header as it is said within a sentence: lower case but for words that are all capitals or hold digits."""
    words = header.replace('"', "").split()
    return " ".join(
        word if len(word) > 1 and (word.isupper() or re.search(r"\d", word)) else word.lower() for word in words
    )
