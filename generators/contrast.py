"""Contrast pairs: two questions that differ in just what the model confused, each with its SQL.

A pattern is drawn twice from the same seed, the second time with one of its random choices turned: "more than 5"
becomes "at least 5", the sum the average, the status another. What else was drawn stays, so both questions are right
and alike. A pair is kept where the two statements differ in one short place, and where taking one for the other is
exactly the failure mode asked for, which a callable decides: the generators do not know how answers are diagnosed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from generators.curriculum import STAGE_SHARES, Request, choices_of, make, seeded
from generators.pattern import Pattern
from generators.turned import Turned
from generators.view import View, weighted_choice
from schemas.records import Example, PlanItem

Confused = Callable[[str, str, str], tuple[str, ...]]
"""(schema name, SQL, another SQL) -> the failure modes of giving the other for the one."""
TURNS = 24
"""Random choices of a draw that are turned, one at a time: a seeded sample where it makes more."""
SPAN = 12
"""Most words in which the two statements may differ."""


_MIRRORED = {
    one: (other,)
    for left, right in (
        ("projection_missing", "projection_extra"), ("join_missing", "join_extra"), ("filter_missing", "filter_extra"),
    )
    for one, other in ((left, right), (right, left))
}  # fmt: skip
"""Modes that turn into another when the two statements change places; the rest stay as they are."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A pair of pairs."""

    first: Example
    second: Example


def contrasts(
    view: View, item: PlanItem, confused: Confused, *seed: object, focus: frozenset[str] = frozenset(), limit: int = 200
) -> Iterator[Contrast]:
    """Contrast pairs for a plan item, at most one a draw; not executed.

    Args:
        view: the item's schema.
        item: its mode is what taking one statement for the other must be diagnosed as.
        confused: tells the modes of giving one statement for another.
        seed: parts of the seed.
        focus: tables to prefer.
        limit: draws looked at.
    """
    request = Request(STAGE_SHARES[5], concept=item.concept, focus=focus)
    choices = choices_of(request)
    for number in range(limit):
        root = seeded(*seed, view.schema.name, "contrast", item.mode, item.concept, number)
        chosen: Pattern = weighted_choice(root, choices)
        found = _pair(view, chosen, request, item, confused, root)
        if found is None:
            continue
        name = f"{'/'.join(str(part) for part in seed)}/{view.schema.name}/contrast/{item.mode}/{item.concept}/{number}"
        parent = root.choice(item.parents) if item.parents else ""
        yield Contrast(*(_named(example, item, f"{name}{side}", f"{name}{other}", parent, seed[0])
                         for example, side, other in ((found[0], "a", "b"), (found[1], "b", "a"))))  # fmt: skip


def _pair(
    view: View, chosen: Pattern, request: Request, item: PlanItem, confused: Confused, root: random.Random
) -> tuple[Example, Example] | None:
    """The first turn of the draw that makes just the item's mistake."""
    base, wording = root.getrandbits(60), root.getrandbits(60)
    source = Turned(base)
    first = make(view, chosen, source, request, "", random.Random(wording))
    if first is None or (request.concept and request.concept not in first.concepts):
        return None
    places = range(source.made) if source.made <= TURNS else sorted(root.sample(range(source.made), TURNS))
    for place in places:
        for turn in (0.5, 0.25):
            second = make(view, chosen, Turned(base, place, turn), request, "", random.Random(wording))
            if second is None or not _near(first, second):
                continue
            modes = confused(view.schema.name, first.sql, second.sql)
            if modes == (item.mode,):
                return first, second
            mirrored = len(modes) == 1 and modes[0] in _MIRRORED.get(item.mode, ())
            if mirrored and confused(view.schema.name, second.sql, first.sql) == (item.mode,):
                return second, first
    return None


def _near(first: Example, second: Example) -> bool:
    """Whether questions and statements both differ, the statements in one short place."""
    if first.sql == second.sql or first.question == second.question:
        return False
    ours, theirs = first.sql.split(), second.sql.split()
    start = 0
    while start < min(len(ours), len(theirs)) and ours[start] == theirs[start]:
        start += 1
    end = 0
    while end < min(len(ours), len(theirs)) - start and ours[-1 - end] == theirs[-1 - end]:
        end += 1
    return max(len(ours), len(theirs)) - start - end <= SPAN


def _named(example: Example, item: PlanItem, name: str, other: str, parent: str, root: object) -> Example:
    return example.model_copy(
        update={
            "id": name,
            "source": "hard",
            "mode": item.mode,
            "weight": item.weight,
            "parent": parent,
            "made": "contrast",
            "seed": root if isinstance(root, int) else 0,
            "reason": f"{item.reason}; in contrast with {other}",
        }
    )
