"""What the control arms do to a round's training set, after it was mixed.

Each takes the examples in the order of the steps and gives them in such an order again. Knows examples, neither models
nor tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from generators.curriculum import seeded
from generators.expr import finish
from generators.mix import alternate
from loop.ablation.arms import Arm
from loop.config import Config
from schemas.records import Example, TrainingSet
from schemas.sql import normalize_whitespace, parse

Arrange = Callable[[TrainingSet], TrainingSet]


def arrangement(arm: Arm, config: Config) -> Arrange | None:
    """What an arm does to the training set; None where it does nothing."""
    steps: list[Arrange] = []
    if arm.one_in > 1:
        steps.append(lambda data: one_in(data, arm.one_in, config.block))
    if arm.data == "pretty":
        steps.append(laid_out)
    if arm.data == "shuffled":
        steps.append(lambda data: shuffled(data, config.block, config.seed))
    if arm.data == "flat":
        steps.append(flat)
    if not steps:
        return None

    def arrange(data: TrainingSet) -> TrainingSet:
        for step in steps:
            data = step(data)
        return data

    return arrange


def laid_out(data: TrainingSet) -> TrainingSet:
    """Every label as a person lays it out; one that differs in more than white space then stays as it is."""
    return _of([example.model_copy(update={"sql": pretty(example.sql)}) for example in data.examples])


def pretty(sql: str) -> str:
    r"""The same statement, a clause a line and indented, as sqlglot does it; unchanged where more would change.

    >>> pretty("SELECT name FROM guest WHERE city = 'Bonn'")
    "SELECT\n  name\nFROM guest\nWHERE\n  city = 'Bonn'"
    """
    tree = parse(sql)
    if tree is None:
        return sql
    text = finish(tree, pretty=True).replace("EXISTS(\n", "EXISTS (\n").replace("FILTER(\n", "FILTER (\n")
    return text if _tight(text) == _tight(sql) else sql


def _tight(sql: str) -> str:
    """The statement with no space inside parentheses, where only the layout has one."""
    return normalize_whitespace(sql).replace("( ", "(").replace(" )", ")")


def shuffled(data: TrainingSet, block: int, seed: int) -> TrainingSet:
    """All examples in a random order, though schemas still alternate in blocks."""
    order = list(data.examples)
    seeded(seed, "unstaged").shuffle(order)
    return _of(alternate(order, block))


def flat(data: TrainingSet) -> TrainingSet:
    """Every example with weight 1."""
    return _of([example.model_copy(update={"weight": 1.0}) for example in data.examples])


def one_in(data: TrainingSet, share: int, block: int) -> TrainingSet:
    """One block of `share` in a row, so that all stages and schemas keep their part.

    >>> from schemas.records import Example
    >>> six = [Example(id=str(n), schema_name="s", question="", sql="", source="train", weight=n) for n in range(6)]
    >>> kept = one_in(TrainingSet(examples=tuple(six), mean_weight=2.5), share=2, block=2)
    >>> [example.id for example in kept.examples], kept.mean_weight
    (['0', '1', '4', '5'], 2.5)
    """
    return _of([item for number, item in enumerate(data.examples) if (number // block) % share == 0])


def _of(examples: Sequence[Example]) -> TrainingSet:
    """A training set with the mean weight of what is in it."""
    mean = sum(example.weight for example in examples) / max(len(examples), 1)
    return TrainingSet(examples=tuple(examples), mean_weight=mean)
