"""Stage 1: rows in an order, the first row, the first n."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

from generators.draw import Draw
from generators.expr import col, ordered
from generators.pattern import Sketch, identity, label_words, named_plainly, pattern
from generators.phrases import join_sentences, number, say
from generators.subject import Subject


@dataclass(frozen=True, slots=True)
class SortKey:
    """Something that rows can be sorted by."""

    name: str
    sql: exp.Expr
    highest: tuple[str, ...]
    """Superlative phrases for the largest: "most expensive {}"."""
    lowest: tuple[str, ...]
    nullable: bool
    pairs: tuple[tuple[str, str], ...]
    """Pairs of adjectives, largest and smallest."""


def sort_keys(draw: Draw, table: str) -> list[SortKey]:
    """What rows of the table can be sorted by."""
    view = draw.view
    keys = [SortKey(m.name, m.sql, m.highest, m.lowest, m.nullable, m.most) for m in draw.measures(table) if not m.rank]
    for name in view.columns(table, "date", "timestamp"):
        words = view.column_words(table, name)
        said = draw.rng.choice((words.name, words.name, *words.synonyms))
        pairs = (("latest", "earliest"), ("latest", "earliest"), ("newest", "oldest"), ("most recent", "earliest"))
        keys.append(SortKey(said, col(table, name), words.highest, words.lowest, view.nullable(table, name), pairs))
    return keys


def direction(draw: Draw, pairs: tuple[tuple[str, str], ...] = ()) -> tuple[bool, dict[str, str]]:
    """Downwards or upwards, and the words for it: slots `most`, `first`, `last`, `end`, `first_place`."""
    down = draw.rng.random() < 0.6
    high, low = draw.rng.choice(pairs or (("highest", "lowest"), ("highest", "lowest"), ("largest", "smallest")))
    first, last = (high, low) if down else (low, high)
    end = draw.rng.choice(("top", "top") if down else ("bottom", "bottom"))
    place = "first" if down else "last"
    return down, {"most": first, "first": first, "last": last, "end": end, "first_place": place}


_PLURAL_VERB = re.compile(r"\b(?:that|who|which|whose \w+|where)\s+(\w+)")
_PAST = {"began", "left", "came", "went", "had", "took", "never", "really", "ended", "made", "cost", "fall"}


def singular_reads(subject: Subject) -> bool:
    """Whether the conditions read well after a singular noun: no verb in the plural present."""
    own = [item.phrase for item in subject.conditions if item.kind != "parent"]
    verbs = [verb for phrase in own for verb in _PLURAL_VERB.findall(phrase)]
    return all(verb.endswith("ed") or verb in _PAST for verb in verbs) and not any(" those " in p for p in own)


def fitting(superlatives: tuple[str, ...], subject: Subject) -> list[str]:
    """The superlatives that read well with the subject's conditions: no words after the noun where others stand."""
    after = any(not item.phrase.endswith(" {}") for item in subject.conditions)
    return [item for item in superlatives if item.endswith(" {}") or not after]


@pattern(1, "order_limit", weight=2.6)
def top_rows(draw: Draw) -> Sketch | None:
    """The first row or the first n by a measure or a date."""
    rng = draw.rng
    subject = draw.subject(most=1, join=0.5)
    keys = [key for key in sort_keys(draw, subject.table) if _varies(subject, key)]
    if not keys:
        return None
    key = rng.choice(keys)
    down, words = direction(draw, key.pairs)
    count = rng.choice((1, 1, 1, 2, 3, 3, 5, 5, 10))
    question = _ask_top(draw, subject, key, down, words, count)
    columns, remark = identity(draw, subject.table)
    order = [ordered(key.sql, descending=down, nullable=key.nullable)]
    return Sketch(join_sentences(question, remark), subject.query(columns, order=order, limit=count))


def _varies(subject: Subject, key: SortKey) -> bool:
    return not {f"{column.table}.{column.name}" for column in key.sql.find_all(exp.Column)} & subject.fixed


def _ask_top(draw: Draw, subject: Subject, key: SortKey, down: bool, words: dict[str, str], count: int) -> str:
    rng = draw.rng
    superlatives = fitting(key.highest if down else key.lowest, subject)
    slots = dict(words, subject=subject.said(), measure=key.name, n=number(rng, count))
    if superlatives and (count > 1 or singular_reads(subject)) and rng.random() < 0.7:
        noun = subject.said(subject.one) if count == 1 else subject.said()
        slots["superlative"] = rng.choice(superlatives).format(noun)
        operation = "top_one" if count == 1 else "top_n"
        if count == 1 and draw.person(subject.table) and rng.random() < 0.5:
            operation = "top_one_who"
        return say(rng, operation, **slots)
    return say(rng, "top_one_by" if count == 1 else "top_n_by", **slots)


@pattern(1, "order_limit", weight=1.0)
def sorted_rows(draw: Draw) -> Sketch | None:
    """All rows in an order."""
    rng = draw.rng
    subject = draw.subject(most=1)
    table = subject.table
    if named_plainly(draw, table) and rng.random() < 0.25:
        label = draw.labels(table)
        question = say(rng, "sorted_name", subject=subject.said(), **label_words(draw, table))
        return Sketch(question, subject.query(label, order=[ordered(label[0], descending=False)]))
    keys = [key for key in sort_keys(draw, table) if _varies(subject, key)]
    if not keys:
        return None
    key = rng.choice(keys)
    down, words = direction(draw, key.pairs)
    adjectives = [item[:-3] for item in (key.highest if down else key.lowest) if item.endswith(" {}")]
    if adjectives and rng.random() < 0.5:
        question = say(rng, "sorted_adj", subject=subject.said(), adj=rng.choice(adjectives))
    else:
        question = say(rng, "sorted", subject=subject.said(), measure=key.name, **words)
    columns, remark = identity(draw, table, more=0.2)
    shown = [column.sql() for column in columns]
    if rng.random() < 0.4 and key.sql.sql() not in shown:
        columns, remark = _with_key(draw, table, columns, key)
    order = [ordered(key.sql, descending=down, nullable=key.nullable)]
    return Sketch(join_sentences(question, remark), subject.query(columns, order=order))


def _with_key(draw: Draw, table: str, columns: list[exp.Expr], key: SortKey) -> tuple[list[exp.Expr], str]:
    """The first column and the sort key, said: "name and rate"."""
    first = columns[0]
    if named_plainly(draw, table) and draw.rng.random() < 0.5:
        return [*draw.labels(table), key.sql], say(draw.rng, "with_cols", cols=key.name)
    name = draw.view.column_words(table, first.name).name
    return [first, key.sql], say(draw.rng, "only_cols", cols=f"{name} and {key.name}")


@pattern(1, "order_limit", weight=0.6)
def sorted_twice(draw: Draw) -> Sketch | None:
    """All rows in the order of a category, and within it of a measure or a date."""
    rng, view = draw.rng, draw.view
    subject = draw.subject(most=1)
    table = subject.table
    taken = {name.partition(".")[2] for name in subject.fixed} | set(view.table(table).primary_key)
    names = [c for c in view.columns(table, "category") if c not in taken and not view.nullable(table, c)]
    keys = [key for key in sort_keys(draw, table) if _varies(subject, key) and not key.nullable]
    if not names or not keys:
        return None
    name, key = rng.choice(names), rng.choice(keys)
    category = col(table, name)
    if any(category.name == column.name for column in key.sql.find_all(exp.Column)):
        return None
    down, words = direction(draw, key.pairs)
    columns, remark = identity(draw, table, more=0.0)
    said = view.column_words(table, name).name
    question = say(rng, "sorted_twice", subject=subject.said(), column=said, measure=key.name, first=words["first"])
    if named_plainly(draw, table) and rng.random() < 0.5:
        columns, remark = [*draw.labels(table), category, key.sql], say(rng, "and_both", column=said, measure=key.name)
    order = [ordered(category, descending=False), ordered(key.sql, descending=down)]
    return Sketch(join_sentences(question, remark), subject.query(columns, order=order))
