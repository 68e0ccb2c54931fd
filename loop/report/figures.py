"""A run's figures: what report.json holds and the reports show.

A round's figures are its candidate's. A split that was not measured in a round is null. How they are read from the
run's folder is in `loop.report.collecting`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from schemas.records import Decision, Record, Slice

STAGE_NAMES = ("probe", "diagnose", "plan", "generate", "mix", "train", "predict", "score", "decide", "test")
MEASURED = ("test", "select", "dev", "probe", "transfer")
"""Splits in the order the reports show them; transfer only where schemas are held out."""


class SplitFigures(Record):
    """Accuracy on one split in one round."""

    exact: int
    """Answers right to the column."""
    correct: int
    """Answers right with extra columns allowed."""
    total: int
    low: float
    """Lower end of the 90% interval of the exact share, percent (Wilson)."""
    high: float
    change: float | None = None
    """Points gained on the questions asked in this round and in the last one that measured the split."""
    change_low: float | None = None
    change_high: float | None = None
    """90% interval of that change, points, questions resampled within schema."""


class Share(Record):
    """Right answers out of some."""

    exact: int
    total: int
    change: float | None = None
    """Points gained on the questions that the round before asked too; None where there are none."""


class Diagnosed(Record):
    """What the diagnosis of the champion's wrong answers on dev and probes came to."""

    answers: int
    """Wrong answers."""
    confirmed: int
    """Of them: those with a cause confirmed by execution."""
    probes: int = 0
    """Of them: answers to generated questions, counted apart from the hand-written ones."""
    probes_asked: int = 0
    """Generated questions that the champion was asked."""
    worst: tuple[Slice, ...]
    """The concepts, schemas and curriculum stages that fail most, by the lower end of their interval."""
    examples: Mapping[str, str] = Field(default_factory=dict)
    """Mode -> evidence of one confirmed cause, for the most frequent modes."""


class MadeFor(Record):
    """What was generated for one failure mode."""

    mode: str
    count: int
    weight: float
    """Mean weight of the examples."""
    concepts: dict[str, int]
    """Concept aimed at -> examples planned."""
    reason: str
    """Of the largest item."""


class Sample(Record):
    """One generated example, to look at."""

    mode: str
    question: str
    sql: str
    weight: float
    schema_name: str


class Generated(Record):
    """What a round generated and mixed."""

    curriculum: int
    hard: int
    natural: int
    """Passes of hand-written train questions."""
    replay: int
    made_for: tuple[MadeFor, ...]
    samples: tuple[Sample, ...]
    offered: int
    rejected: dict[str, int]
    """The gate's reason -> candidates."""
    mixture: tuple[float, ...] = ()
    """The preset's shares of pattern stages 1 to 5 in this round's curriculum."""
    stages: tuple[int, ...] = ()
    """Curriculum examples of each pattern stage that were made."""
    own: int = 0
    """The user's own pairs."""
    wikisql: int = 0
    """Variations of WikiSQL."""


class TrainFigures(Record):
    """How a round's training went."""

    examples: int
    left_out: int
    steps: int
    losses: tuple[float, ...]
    """Loss of each step (nats)."""
    examples_per_second: float
    parameters: int


class RoundFigures(Record):
    """One round."""

    number: int
    champion: int
    """Round whose model was the champion when this one began."""
    dev: SplitFigures | None = None
    select: SplitFigures | None = None
    test: SplitFigures | None = None
    probe: SplitFigures | None = None
    transfer: SplitFigures | None = None
    """Hand-written questions of the schemas that were held out of training; the other splits leave them out."""
    families: Mapping[str, Share] = Field(default_factory=dict)
    """Concept family -> share on all hand-written questions asked in this round."""
    failure_modes: Mapping[str, int] = Field(default_factory=dict)
    """Mode -> wrong answers on dev that show it, the candidate's."""
    failure_modes_before: Mapping[str, int] = Field(default_factory=dict)
    """The same of the champion that the round began with."""
    diagnosed: Diagnosed | None = None
    """What the round's diagnosis of its champion found; None in round 0."""
    generated: Generated | None = None
    train: TrainFigures | None = None
    decision: Decision | None = None
    questions_per_second: float = 0.0
    """Rate of prediction."""
    verdicts_per_second: float = 0.0
    """Rate of judging."""
    seconds: Mapping[str, float] = Field(default_factory=dict)
    """Stage -> wall time."""


class RunFigures(Record):
    """A whole run."""

    name: str
    model: str
    schemas: tuple[str, ...]
    seed: int
    champion: int
    """Round whose model is the champion now."""
    rounds: tuple[RoundFigures, ...]
