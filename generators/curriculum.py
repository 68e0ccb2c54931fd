"""The curriculum: draws executed-to-be pairs by stage, pattern or concept, from a seed.

Everything random comes from one generator seeded by (root, purpose, number): the same seed gives the same bytes. What
comes out is not yet executed; the gate does that.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlglot import exp

import generators.patterns  # noqa: F401  (registers the patterns)
from generators.draw import Draw
from generators.expr import finish
from generators.pattern import PATTERNS, Pattern
from generators.reword import reword
from generators.view import View, weighted_choice
from schemas.records import Example
from schemas.sql import concepts, curriculum_stage

T = TypeVar("T")
K = TypeVar("K", int, tuple[str, str, str])

STAGE_SHARES: Mapping[int, Mapping[int, float]] = {
    1: {1: 0.50, 2: 0.30, 3: 0.12, 4: 0.04, 5: 0.04},
    2: {1: 0.35, 2: 0.35, 3: 0.16, 4: 0.07, 5: 0.07},
    3: {1: 0.25, 2: 0.27, 3: 0.24, 4: 0.12, 5: 0.12},
    4: {1: 0.20, 2: 0.24, 3: 0.22, 4: 0.18, 5: 0.16},
    5: {1: 0.18, 2: 0.22, 3: 0.22, 4: 0.18, 5: 0.20},
}
"""Curriculum stage reached -> share of each pattern stage: from simple to hard, with breadth at every stage."""


CONDITION_KINDS: Mapping[str, tuple[str, ...]] = {
    "compare": ("compare", "equal"),
    "between": ("between",),
    "in_list": ("in_list",),
    "logic": ("not_equal", "not_in"),
    "null_test": ("null",),
    "like": ("like",),
    "date_filter": ("date",),
    "date_relative": ("relative",),
}
"""Concepts that are a kind of condition, which any pattern over rows can carry -> kinds of `conditions.MAKERS`."""


def seeded(*parts: object) -> random.Random:
    """A generator seeded by a hash of the parts, the same on every machine."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))


@dataclass(frozen=True, slots=True)
class Request:
    """What to draw."""

    stage_shares: Mapping[int, float]
    """Pattern stage -> share."""
    concept: str = ""
    """Only pairs that carry this concept."""
    focus: frozenset[str] = frozenset()
    """Tables to prefer."""
    patterns: tuple[str, ...] = ()
    """Only these patterns, where given."""


def patterns_for(concept: str) -> tuple[Pattern, ...]:
    """Patterns that can yield a concept: those that always or often carry it, any where it is a kind of condition."""
    carrying = tuple(item for item in PATTERNS.values() if concept in (*item.concepts, *item.may))
    if not carrying or concept in CONDITION_KINDS:
        return tuple(PATTERNS.values())
    return carrying


def draw_examples(view: View, request: Request, *seed: object, limit: int = 1_000_000) -> Iterator[Example]:
    """Endless examples (up to `limit` tries) that meet the request; not executed, duplicates possible."""
    choices = choices_of(request)
    for number in range(limit):
        rng = seeded(*seed, view.schema.name, number)
        chosen: Pattern = weighted_choice(rng, choices)
        example = make(view, chosen, rng, request, f"{'/'.join(str(s) for s in seed)}/{view.schema.name}/{number}")
        if example is not None and (not request.concept or request.concept in example.concepts):
            yield example.model_copy(update={"seed": seed[0]}) if isinstance(seed[0], int) else example


def even_shares(members: Sequence[T], count: int) -> Iterator[tuple[T, int]]:
    """Each member with its share of `count`, the first ones one more where it does not divide.

    >>> list(even_shares("abc", 5))
    [('a', 2), ('b', 2), ('c', 1)]
    """
    for position, member in enumerate(members):
        yield member, count // len(members) + (position < count % len(members))


def quotas(shares: Mapping[K, float], count: int) -> dict[K, int]:
    """Whole numbers that follow the shares and add up to `count`, by the largest remainder; 0 where all shares are 0.

    >>> quotas({1: 0.5, 2: 0.3, 3: 0.2}, 6)
    {1: 3, 2: 2, 3: 1}
    """
    total = sum(shares.values())
    if not total:
        return dict.fromkeys(shares, 0)
    exact = {key: count * share / total for key, share in shares.items()}
    found = {key: int(value) for key, value in exact.items()}
    rest = sorted(exact, key=lambda key: (found[key] - exact[key], key))
    for key in rest[: count - sum(found.values())]:
        found[key] += 1
    return found


def choices_of(request: Request) -> Sequence[tuple[Pattern, float]]:
    """Patterns that may meet the request, with their weights."""
    if request.patterns:
        return [(PATTERNS[name], 1.0) for name in request.patterns]
    if request.concept:
        return [(item, item.weight) for item in patterns_for(request.concept)]
    totals: dict[int, float] = {}
    for item in PATTERNS.values():
        totals[item.stage] = totals.get(item.stage, 0.0) + item.weight
    return [
        (item, item.weight / totals[item.stage] * request.stage_shares.get(item.stage, 0.0))
        for item in PATTERNS.values()
    ]


REWORD = 0.2
"""Share of questions that are reworded throughout rather than given another beginning."""


def _worded(view: View, rng: random.Random, question: str, query: exp.Expr) -> str:
    if view.plain or rng.random() >= REWORD:
        return view.worded(rng, question)
    texts = [node.name for node in query.find_all(exp.Literal) if node.is_string]
    return reword(rng, question, view.nouns, texts, view.value_phrases)


def make(
    view: View, chosen: Pattern, rng: random.Random, request: Request, name: str, wording: random.Random | None = None
) -> Example | None:
    """One pair by one pattern, called `name`; None where what was drawn does not suit the pattern.

    Args:
        view: the schema.
        chosen: the pattern.
        rng: draws the meaning.
        request: its concept and focus are heeded, its shares are not.
        name: the example's id.
        wording: draws the paraphrase, which is a light one then; `rng` unless given.
    """
    need = CONDITION_KINDS.get(request.concept, ())
    sketch = chosen.make(Draw(rng, view, request.focus, need))
    if sketch is None:
        return None
    sql = finish(sketch.query)
    found = concepts(sql)
    return Example(
        id=name,
        schema_name=view.schema.name,
        question=_worded(view, rng, sketch.question, sketch.query)
        if wording is None
        # Two questions in contrast share their wording's draws: there only the beginning varies.
        else view.worded(wording, sketch.question),
        sql=sql,
        source="curriculum",
        concepts=tuple(sorted(found)),
        stage=max(curriculum_stage(found), chosen.stage),
        aim=request.concept,
        pattern=chosen.name,
    )
