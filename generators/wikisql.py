"""WikiSQL without end: the release's tables, asked about in ever new ways.

Half of the examples are people's own questions with other columns, values, operators and aggregates
(`wikisql_edit`), half are made from scratch (`wikisql_compose`); tables whose questions cannot be taken apart give the
second kind only. Every answer has a row by construction, nothing comes twice, and the same seed gives the same
examples. Nothing is executed here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from generators.curriculum import seeded
from generators.gate import normalized_question
from generators.paraphrase import tidy, vary
from generators.wikisql_compose import compose
from generators.wikisql_edit import Template, as_template, rewrite
from generators.wikisql_meaning import Meaning, concepts_of, to_sql
from generators.wikisql_tables import WikiTable
from schemas.records import Example
from schemas.sql import curriculum_stage

TRIES = 8
"""Draws for each example wanted of a table, before the next table's turn."""
OWN_SHARE = 0.5
"""Share of people's own questions among the draws, where a table has some that can be used."""


def variations(
    tables: Sequence[WikiTable], per_table: int, *seed: object, seen: set[int] | None = None
) -> Iterator[Example]:
    """Endless examples, `per_table` of one table in a row; ends only when no table gives a new question any more.

    Args:
        tables: of `wikisql_tables.build_tables`, with different names.
        per_table: examples of one table before the next one's turn.
        seed: parts of the seed.
        seen: questions that are not to come again, as `hash_of` gives them; those that come are added.
    """
    seen = set() if seen is None else seen
    known: dict[tuple[object, ...], tuple[str, ...]] = {}
    templates: dict[str, tuple[tuple[int, Template], ...]] = {}
    turn, found = 0, 1
    while found:
        found = 0
        for table in tables:
            if table.name not in templates:
                templates[table.name] = _templates(table)
            rng = seeded(*seed, "wikisql", table.id, turn)
            made = _of_table(table, templates[table.name], per_table, rng, seen)
            for number, (question, meaning, parent) in enumerate(made):
                found += 1
                name = f"wikisql/{table.id}/{turn}.{number}"
                yield _example(table, name, question, meaning, parent, known)
        turn += 1


def _templates(table: WikiTable) -> tuple[tuple[int, Template], ...]:
    taken = ((place, as_template(table, question)) for place, question in enumerate(table.questions))
    return tuple((place, template) for place, template in taken if template is not None)


def _of_table(
    table: WikiTable, templates: Sequence[tuple[int, Template]], count: int, rng: random.Random, seen: set[int]
) -> Iterator[tuple[str, Meaning, str]]:
    """Up to `count` questions that were not seen, with their meaning and the number of the question they came from."""
    kept = 0
    for _ in range(TRIES * count):
        if kept == count:
            return
        place, template = rng.choice(templates) if templates and rng.random() < OWN_SHARE else (-1, None)
        made = compose(table, rng) if template is None else rewrite(table, template, rng)
        if made is None:
            continue
        question = vary(rng, made[0]) if template is None else tidy(made[0])
        # Across tables too, so that two tables with the same words give no contradicting pair.
        key = hash_of(question)
        if key in seen:
            continue
        seen.add(key)
        kept += 1
        yield question, made[1], "" if template is None else f"wikisql/{table.id}#{place}"


def hash_of(question: str) -> int:
    """The normalised question as a number of 128 bits: what tells questions apart."""
    import hashlib

    return int.from_bytes(hashlib.sha256(normalized_question(question).encode()).digest()[:16], "big")


def _example(
    table: WikiTable,
    name: str,
    question: str,
    meaning: Meaning,
    parent: str,
    known: dict[tuple[object, ...], tuple[str, ...]],
) -> Example:
    sql = to_sql(table, meaning)
    found = concepts_of(table, meaning, sql, known)
    return Example(
        id=name,
        schema_name=table.schema_name,
        question=question,
        sql=sql,
        source="wikisql",
        concepts=found,
        stage=curriculum_stage(frozenset(found)),
        parent=parent,
        pattern="wikisql, changed" if parent else "wikisql, composed",
        reason="a variation of WikiSQL",
    )
