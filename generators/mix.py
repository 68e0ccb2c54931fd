"""The mix: one round's training set, in the order of its steps.

The mixture moves from simple to hard with breadth at every stage; sources are interleaved, schemas alternate in blocks
so that a shared prefix serves many pairs. Knows examples only, neither model nor tokens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from generators.canonical import canonical
from generators.curriculum import seeded
from schemas.records import Example, Question, TrainingSet
from schemas.sql import concepts, curriculum_stage

GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it, whole parts off, lie evenly in [0, 1): where in its turn each question begins."""
SOFTNESS = 2.5
"""Width, in curriculum stages, of the noise on the order: 0 would sort strictly by stage."""


def natural_examples(
    questions: Iterable[Question], weight: float, repeats: float, round_number: int = 1
) -> list[Example]:
    """The hand-written train questions as pairs, each `repeats` times a round, golds in turn.

    Where `repeats` is no whole number, which questions come in a round goes in turn too: after N rounds each has been
    passed N * repeats times, give or take one, and each round has its share of every schema's questions.

    Args:
        questions: of split train, a schema's in their order.
        weight: of each pair in the loss.
        repeats: times a question comes in a round, 0 or more.
        round_number: 1 or more.
    """
    found = []
    places: defaultdict[str, int] = defaultdict(int)
    for question in questions:
        before, after = (
            int(number * repeats + places[question.schema_name] * GOLDEN % 1.0)
            for number in (round_number - 1, round_number)
        )
        places[question.schema_name] += 1
        for number in range(after - before):
            sql = canonical(question.golds[(before + number) % len(question.golds)])
            names = concepts(sql)
            found.append(
                Example(
                    id=f"{question.id}#{number}",
                    schema_name=question.schema_name,
                    question=question.text,
                    sql=sql,
                    source="train",
                    concepts=tuple(sorted(names)),
                    stage=curriculum_stage(names),
                    weight=weight,
                    parent=question.id,
                    pattern="hand-written",
                    reason="hand-written train question",
                )
            )
    return found


def mix(examples: Sequence[Example], block: int, *seed: object) -> TrainingSet:
    """Order the examples for training.

    Args:
        examples: everything to train on in this round.
        block: pairs of one schema in a row; an optimiser step holds one or more blocks.
        seed: parts of the seed of the order.

    Returns:
        All examples, softly sorted by stage, schemas alternating in blocks, and their mean weight.
    """
    rng = seeded(*seed, "mix")
    keyed = [(example.stage + SOFTNESS * rng.gauss(0.0, 1.0), number) for number, example in enumerate(examples)]
    order = [examples[number] for _, number in sorted(keyed)]
    arranged = alternate(order, block)
    mean = sum(example.weight for example in examples) / max(len(examples), 1)
    return TrainingSet(examples=tuple(arranged), mean_weight=mean)


def alternate(examples: Sequence[Example], block: int) -> list[Example]:
    """Blocks of one schema each, taken from the schema that is furthest behind its share of the whole."""
    queues: defaultdict[str, list[Example]] = defaultdict(list)
    for example in examples:
        queues[example.schema_name].append(example)
    taken = dict.fromkeys(sorted(queues), 0)
    arranged: list[Example] = []
    while len(arranged) < len(examples):
        open_names = [name for name in taken if taken[name] < len(queues[name])]
        name = min(open_names, key=lambda item: (taken[item] / len(queues[item]), item))
        part = queues[name][taken[name] : taken[name] + block]
        arranged += part
        taken[name] += len(part)
    return arranged
