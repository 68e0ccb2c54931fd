"""Which tables a prompt shows when the whole schema is too long for it.

Words of the question are looked for in a table's name, columns, closed lists and glossary; a word counts the more, the
fewer tables have it. Tables are taken best first, each with those on the shortest way of foreign keys to what is there
already, as long as they fit. The tables of the gold come first where they are known. Knows nothing of tokens: what a
table costs is passed in.
"""

from __future__ import annotations

import math
import re
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping

from schemas.catalog import Schema
from schemas.ddl import Table

_WORD = re.compile(r"[a-z]+|\d+")


def choose_tables(
    schema: Schema, question: str, cost: Mapping[str, int], room: int, needed: Collection[str] = ()
) -> tuple[str, ...]:
    """Names of the tables to show, in the schema's order.

    Args:
        schema: the whole schema.
        question: in words.
        cost: table -> tokens it takes.
        room: tokens there are for tables; the needed ones and the best one are taken even if they need more.
        needed: tables that must be there.
    """
    links = _links(schema)
    scores = table_scores(schema, question)
    chosen = {name for name in scores if name in needed}
    used = sum(cost[name] for name in chosen)
    for name in sorted(scores, key=lambda item: (-scores[item], -len(links[item]), item)):
        path = [table for table in _way(links, name, chosen) if table not in chosen]
        extra = sum(cost[table] for table in path)
        if not chosen or used + extra <= room:
            chosen |= set(path)
            used += extra
        elif used + cost[name] <= room and name not in chosen:
            chosen.add(name)  # not connected, but there
            used += cost[name]
    return tuple(table.name for table in schema.tables if table.name in chosen)


def table_scores(schema: Schema, question: str) -> dict[str, float]:
    """Table -> how much of the question's words it has, each weighted by the logarithm of its rarity among tables."""
    words = {table.name: Counter(_stems(" ".join(_texts(schema, table)))) for table in schema.tables}
    names = {table.name: set(_stems(" ".join(_table_names(schema, table)))) for table in schema.tables}
    spread = Counter(word for table in words.values() for word in table)
    asked = set(_stems(question))
    scores = {}
    for name, own in words.items():
        rarity = {word: math.log(1 + len(words) / spread[word]) for word in asked if word in own}
        scores[name] = sum(value * (2.0 if word in names[name] else 1.0) for word, value in rarity.items())
    return scores


def _stems(text: str) -> list[str]:
    """Words in lower case without the usual endings."""
    found = []
    for word in _WORD.findall(text.lower()):
        for ending in ("ies", "es", "s", "ing", "ed"):
            if len(word) - len(ending) >= 3 and word.endswith(ending):
                word = word.removesuffix(ending)
                break
        found.append(word.rstrip("ey") if len(word) > 4 else word)
    return found


def _table_names(schema: Schema, table: Table) -> Iterator[str]:
    yield table.name.replace("_", " ")
    words = schema.glossary.tables.get(table.name)
    if words is not None:
        yield from (words.one, words.many, *(one for one, _ in words.synonyms))


def _texts(schema: Schema, table: Table) -> Iterator[str]:
    """Everything a table is spoken of by."""
    yield from _table_names(schema, table)
    words = schema.glossary.tables.get(table.name)
    for column in table.columns:
        yield column.name.replace("_", " ")
        yield from column.values
        spoken = words.columns.get(column.name) if words is not None else None
        if spoken is not None:
            yield from (spoken.name, *spoken.synonyms, *spoken.nouns.values(), *spoken.total)
            yield from (phrase for phrases in spoken.values.values() for phrase in phrases)


def _links(schema: Schema) -> dict[str, set[str]]:
    """Table -> tables that a foreign key joins it with, in either direction."""
    links: dict[str, set[str]] = {table.name: set() for table in schema.tables}
    for table in schema.tables:
        for key in table.foreign_keys:
            if key.parent in links and key.parent != table.name:
                links[table.name].add(key.parent)
                links[key.parent].add(table.name)
    return links


def _way(links: Mapping[str, Collection[str]], start: str, goals: Collection[str]) -> list[str]:
    """The shortest way from a table to any of the goals, both ends included; the table alone where there is none."""
    before: dict[str, str] = {start: ""}
    queue = deque([start])
    while queue and goals:
        at = queue.popleft()
        if at in goals:
            way = [at]
            while before[way[-1]]:
                way.append(before[way[-1]])
            return way
        for following in sorted(links[at]):
            if following not in before:
                before[following] = at
                queue.append(following)
    return [start]
