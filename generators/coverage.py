"""How much of SQL the generators cover: distinct examples of every concept on every schema, and how diverse they are.

A cell is one concept on one schema. Its examples are drawn as a plan's would be, by asking for the concept, and counted
by the gate's own rules: no question twice, at most 20 of one literal-masked statement. Whether they also run is up to
the gate that is handed in. Knows neither Postgres nor the terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from generators.applies import why_not
from generators.curriculum import STAGE_SHARES, Request, draw_examples
from generators.gate import Gate, normalized_question
from generators.view import View
from schemas.sql import skeleton

TRIES = 30
"""Candidates offered for each example wanted, before a cell is left as it is."""
SAMPLE = 200
"""Questions in the diversity figures: as many as in those of the human sets they stand beside."""
SKELETON_SAMPLE = 500
"""Examples of stages 3 to 5 among which skeletons are counted."""
WINDOW = 500
"""Words in the window of the moving type-token ratio."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One concept on one schema."""

    concept: str
    schema_name: str
    found: int
    """Distinct examples found, up to the cap."""
    skeletons: frozenset[str]
    """Shapes of their SQL."""
    reason: str = ""
    """Why the concept does not apply here; then nothing was looked for."""
    rejected: tuple[tuple[str, int], ...] = ()
    """Reason -> candidates that were not counted."""


@dataclass(frozen=True, slots=True)
class Diversity:
    """How varied questions and statements of the late mixture are."""

    questions: int
    words: float
    """Mean words a question."""
    distinct_1: float
    """Different words over all words."""
    distinct_2: float
    """Different pairs of neighbouring words over all pairs."""
    mattr: float
    """Mean type-token ratio over windows of WINDOW words."""
    openings: float
    """Different first two words over all questions."""
    statements: int
    """Examples of stages 3 to 5 in the next figure."""
    skeletons: int
    """Distinct skeletons among them."""


def cover(view: View, concept: str, new_gate: Callable[[], Gate], cap: int, seed: int) -> Cell:
    """Draw examples of one concept on one schema until `cap` distinct ones are found or TRIES each have been made."""
    reason = why_not(view, concept)
    if reason:
        return Cell(concept, view.schema.name, 0, frozenset(), reason)
    gate, request = new_gate(), Request(STAGE_SHARES[5], concept=concept)
    kept = list(gate.admitted(draw_examples(view, request, seed, "coverage", concept, limit=TRIES * cap), cap))
    shapes = frozenset(skeleton(example.sql) for example in kept)
    return Cell(concept, view.schema.name, len(kept), shapes, rejected=tuple(gate.report().rejected.items()))


def diversity(views: Sequence[View], seed: int, sample: int = SAMPLE, statements: int = SKELETON_SAMPLE) -> Diversity:
    """Figures over examples of the last stage's mixture, spread evenly over the schemas; not executed."""
    each = -(-sample // len(views))
    mixed = [e for v in views for e in islice(draw_examples(v, Request(STAGE_SHARES[5]), seed, "diversity"), each)]
    late = {stage: share for stage, share in STAGE_SHARES[5].items() if stage >= 3}
    each = -(-statements // len(views))
    hard = [e for v in views for e in islice(draw_examples(v, Request(late), seed, "skeletons"), each)][:statements]
    return figures([example.question for example in mixed[:sample]], [example.sql for example in hard])


def figures(questions: Sequence[str], statements: Sequence[str]) -> Diversity:
    """Diversity of given questions and statements."""
    split = [normalized_question(question).split() for question in questions]
    words = [word for own in split for word in own]
    pairs = [pair for own in split for pair in pairwise(own)]
    openings = Counter(tuple(own[:2]) for own in split)
    return Diversity(
        questions=len(split),
        words=len(words) / max(len(split), 1),
        distinct_1=len(set(words)) / max(len(words), 1),
        distinct_2=len(set(pairs)) / max(len(pairs), 1),
        mattr=_mattr(words),
        openings=len(openings) / max(len(split), 1),
        statements=len(statements),
        skeletons=len({skeleton(statement) for statement in statements}),
    )


def _mattr(words: Sequence[str]) -> float:
    """Moving-average type-token ratio; that of all words where they are fewer than the window."""
    size = min(WINDOW, len(words))
    if not size:
        return 0.0
    counts = Counter(words[:size])
    ratios = [len(counts)]
    for gone, come in zip(words, words[size:], strict=False):
        counts[come] += 1
        counts[gone] -= 1
        if not counts[gone]:
            del counts[gone]
        ratios.append(len(counts))
    return sum(ratios) / len(ratios) / size
