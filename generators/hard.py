"""Hard examples: from failure modes to a plan, from the plan to pairs that carry the same traits.

The plan reads diagnoses and counted slices only. A slice is a failure mode within a concept of the gold; its share of
the round's hard examples and their weight follow its shrunken failure rate less the overall rate (design: "Training
without packing"), capped, and floored so that no slice starves. Knows neither Postgres nor the trainer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from generators.applies import why_not
from generators.curriculum import STAGE_SHARES, Request, draw_examples, quotas, seeded
from generators.view import View
from schemas.aims import MODE_AIMS, aimed
from schemas.records import Diagnosis, Example, Plan, PlanItem, Slice
from schemas.sql import concepts, skeleton, tables_of
from schemas.taxonomy import CONCEPTS, MODES

CAP = 5.0
"""Most that a slice's share and weight may rise above the usual."""
FLOOR = 0.5
"""Least that they may fall to."""
DAMPING = 0.5
"""What is left of a lift above 1 after two rounds in which the slice's failure rate did not fall."""
SHRINK = 5.0
"""Pseudo-questions at the overall rate added to each slice: slices with fewer than five questions stay near it."""

ELSEWHERE = 0.3
"""Share of an item's examples that are made on another schema."""
POOL = 4
"""Candidates among which the one nearest to a failed query is chosen."""


@dataclass(frozen=True, slots=True)
class SliceRate:
    """How often a concept's questions fail."""

    concept: str
    failed: int
    total: int
    rate: float
    """Shrunken failure rate."""
    lift: float
    """Factor on share and weight, FLOOR to CAP."""
    idle: int = 0
    """Latest rounds in which its failure rate did not fall; its lift is damped for every two of them."""


def slice_rates(slices: Sequence[Slice], earlier: Sequence[Sequence[Slice]] = ()) -> tuple[float, dict[str, SliceRate]]:
    """The overall failure rate and every concept's, shrunken towards its family's and the overall one.

    Args:
        slices: how often answers fail, as the stage *diagnose* counts them; its concepts and schemas are read.
        earlier: the same of earlier rounds, oldest first.
    """
    of_schemas = [item for item in slices if item.kind == "schema"]
    overall = sum(item.failed for item in of_schemas) / max(sum(item.total for item in of_schemas), 1)
    of_concepts = {item.name: item for item in slices if item.kind == "concept"}
    failed: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    for name, item in of_concepts.items():
        failed[CONCEPTS[name].family] += item.failed
        totals[CONCEPTS[name].family] += item.total
    rates = {}
    for name, item in sorted(of_concepts.items()):
        family = CONCEPTS[name].family
        prior = (failed[family] + SHRINK * overall) / (totals[family] + SHRINK)
        rate = (item.failed + SHRINK * prior) / (item.total + SHRINK)
        idle = _idle(item, earlier)
        rates[name] = SliceRate(name, item.failed, item.total, rate, damped(lift(rate, overall), idle), idle)
    return overall, rates


def _idle(item: Slice, earlier: Sequence[Sequence[Slice]]) -> int:
    """Rounds since the concept's failure rate last fell: more examples of it have not helped since then."""
    rates = [next((old.rate for old in slices if (old.kind, old.name) == ("concept", item.name)), None)
             for slices in earlier]  # fmt: skip
    rounds, later = 0, item.rate
    for rate in reversed(rates):
        if rate is None or later < rate:
            break
        rounds, later = rounds + 1, rate
    return rounds


def damped(factor: float, idle: int) -> float:
    """A lift above 1 drawn halfway to 1 for every two rounds without a gain.

    >>> damped(5.0, 1), damped(5.0, 2), damped(5.0, 4), damped(0.5, 4)
    (5.0, 3.0, 2.0, 0.5)
    """
    return factor if factor <= 1 else 1 + (factor - 1) * DAMPING ** (idle // 2)


def lift(rate: float, overall: float) -> float:
    """Factor on share and weight: 1 at the overall rate, CAP at twice it, FLOOR at the least.

    >>> lift(0.4, 0.4), lift(0.8, 0.4), lift(0.0, 0.4)
    (1.0, 5.0, 0.5)
    """
    return min(CAP, max(FLOOR, 1.0 + (CAP - 1.0) * (rate - overall) / max(overall, 0.05)))


def make_plan(
    slices: Sequence[Slice], diagnoses: Sequence[Diagnosis], count: int, earlier: Sequence[Sequence[Slice]] = ()
) -> Plan:
    """How many hard examples to make of which concept against which mode, on which schema, at what weight.

    Args:
        slices: how often the champion's answers to the mined questions (dev) fail.
        diagnoses: the failure modes found in them.
        count: hard examples wanted in all.
        earlier: the slices of earlier rounds, oldest first.
    """
    overall, rates = slice_rates(slices, earlier)
    found: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for diagnosis in (item for item in diagnoses if item.mode in MODES):  # a question's own fault steers nothing
        for name in target_concepts(diagnosis):
            found[diagnosis.mode, name, diagnosis.schema_name].append(diagnosis.id)
    wanted = {key: len(ids) * (rates[key[1]].lift if key[1] in rates else 1.0) for key, ids in found.items()}
    shares = quotas(wanted, count)
    items = [
        _item(key, shares[key], tuple(sorted(set(ids))), rates.get(key[1]), overall)
        for key, ids in sorted(found.items())
        if shares[key]
    ]
    return Plan(items=tuple(items), overall_rate=overall)


def uniform_plan(like: Plan, views: Sequence[View]) -> Plan:
    """The control: as many examples, of the same sum of weights, spread alike over all that applies.

    Args:
        like: the plan by failures; its totals are read, what failed is not.
        views: the schemas.
    """
    count = sum(item.count for item in like.items)
    if not count:
        return Plan(items=(), overall_rate=like.overall_rate)
    weight = sum(item.count * item.weight for item in like.items) / count
    cells = [("", name, view.schema.name) for view in views for name in CONCEPTS if not why_not(view, name)]
    shares = quotas(dict.fromkeys(cells, 1.0), count)
    reason = "uniform: alike over all concepts, whatever failed"
    items = [
        PlanItem(mode="", concept=cell[1], schema_name=cell[2], count=shares[cell], weight=weight, reason=reason)
        for cell in cells if shares[cell]
    ]  # fmt: skip
    return Plan(items=tuple(items), overall_rate=like.overall_rate)


def plan_for_mode(mode: str, views: Sequence[View], count: int) -> Plan:
    """A plan against one failure mode with no verdicts to go by: its family's concepts, wherever they apply, alike.

    Args:
        mode: a key of MODES; one without a family of its own is practised over every concept.
        views: the schemas, each of which gets an equal share.
        count: examples wanted in all.

    Raises:
        KeyError: the mode is none of MODES.
    """
    family = MODES[mode].family
    names = [name for name, concept in CONCEPTS.items() if family in {"", concept.family}]
    cells = [(mode, name, view.schema.name) for view in views for name in names if not why_not(view, name)]
    per_schema = Counter(schema_name for _, _, schema_name in cells)
    shares = quotas({cell: 1 / per_schema[cell[2]] for cell in cells}, count)
    reason = f"asked for against {mode}: {MODES[mode].meaning}"
    items = [
        PlanItem(mode=mode, concept=cell[1], schema_name=cell[2], count=shares[cell], weight=1.5, reason=reason)
        for cell in cells if shares[cell]
    ]  # fmt: skip
    return Plan(items=tuple(items), overall_rate=0.0)


def target_concepts(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Concepts to practise against a failure: the gold's of the mode's family, else all of the gold's."""
    family = MODES[diagnosis.mode].family
    own = [name for name in diagnosis.concepts if CONCEPTS[name].family == family]
    return tuple(own) or diagnosis.concepts or ("projection",)


def _item(
    key: tuple[str, str, str], count: int, parents: tuple[str, ...], rate: SliceRate | None, overall: float
) -> PlanItem:
    mode, concept, schema_name = key
    weight = min(CAP, max(1.0, 1.5 * rate.lift)) if rate else 1.5
    why = f"{len(parents)} failed as {mode}"
    if rate:
        why += f"; {rate.failed} of {rate.total} {concept} questions fail"
        why += f" ({rate.rate:.0%} shrunken, {overall:.0%} overall)"
        why += f"; damped: no gain in {rate.idle} rounds" if rate.idle > 1 and rate.lift > 1 else ""
    return PlanItem(
        mode=mode, concept=concept, schema_name=schema_name, count=count, weight=round(weight, 3), reason=why,
        parents=parents,
    )  # fmt: skip


def spread(item: PlanItem, views: Mapping[str, View], *seed: object) -> list[PlanItem]:
    """The item in parts: most of it on its own schema, the rest on another where its concept applies.

    A shape that fails should be learnt as a shape, not as one schema's: hence the others.
    """
    rng = seeded(*seed, "elsewhere", item.mode, item.concept, item.schema_name)
    others = [name for name, view in views.items() if name != item.schema_name and not why_not(view, item.concept)]
    away = round(ELSEWHERE * item.count) if others else 0
    parts = [item.model_copy(update={"count": item.count - away})] if item.schema_name in views else []
    if away:
        name = rng.choice(sorted(others))
        reason = f"{item.reason}; there on {item.schema_name}"
        parts.append(item.model_copy(update={"count": away, "schema_name": name, "reason": reason}))
    return parts


def hard_examples(view: View, item: PlanItem, golds: Mapping[str, str], *seed: object) -> Iterator[Example]:
    """Examples for one plan item, with the traits of its failed questions; not executed, at most 60 tries each.

    In turn, the one of a few candidates whose statement has the shape nearest to a failed question's gold, and the one
    that puts most of its concepts together in another shape. Candidates that the mode cannot befall are passed over.

    Args:
        view: the item's schema, or another.
        item: what to make.
        golds: id -> gold SQL of the failed questions.
        seed: parts of the seed.
    """
    parents = [parent for parent in item.parents if parent in golds]
    own = {table.name for table in view.schema.tables}
    focus = frozenset(name for parent in parents for name in tables_of(golds[parent])) & own
    request = Request(STAGE_SHARES[5], concept=item.concept, focus=focus)
    limit = 60 * max(item.count, 1)
    aims, tables = MODE_AIMS.get(item.mode, ()), view.schema.tables
    drawn = draw_examples(view, request, *seed, "hard", item.mode, item.concept, limit=limit)
    fitting = (made for made in drawn if not aims or next(aimed(made.sql, aims, tables), None) is not None)
    for number in range(limit):
        pool = list(islice(fitting, POOL if parents else 1))
        if not pool:
            return
        rng = seeded(pool[0].id, "parent")
        parent = rng.choice(parents or item.parents or ("",))
        by_shape = number % 2 == 0 and parent in golds
        chosen = nearest(pool, golds[parent]) if by_shape else composed(pool, golds.get(parent, ""))
        yield chosen.model_copy(
            update={
                "source": "hard",
                "mode": item.mode,
                "weight": item.weight,
                "parent": parent,
                "made": "skeleton" if by_shape else "composed",
                "reason": item.reason,
            }
        )


def nearest(pool: Sequence[Example], gold: str) -> Example:
    """The candidate whose statement's shape is most like the gold's: of equal ones the first."""
    shape = _bigrams(gold)
    return max(pool, key=lambda made: _overlap(shape, _bigrams(made.sql)))


def composed(pool: Sequence[Example], gold: str) -> Example:
    """The candidate that carries most of the gold's concepts in a shape of its own: of equal ones the first."""
    wanted, shape = concepts(gold), skeleton(gold) if gold else ""
    return max(pool, key=lambda made: (len(wanted & set(made.concepts)), skeleton(made.sql) != shape))


def _bigrams(sql: str) -> Counter[tuple[str, str]]:
    words = skeleton(sql).split()
    return Counter(pairwise(words))


def _overlap(first: Counter[tuple[str, str]], second: Counter[tuple[str, str]]) -> float:
    """Jaccard over pairs of neighbouring words, repetitions counted."""
    return sum((first & second).values()) / max(sum((first | second).values()), 1)
