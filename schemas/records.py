"""The records that pass between the parts, frozen; every field with its meaning and unit.

Read from and written to JSON lines as they are. Nothing here runs anything: the records know neither Postgres nor
torch.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

Split = Literal["train", "dev", "select", "test", "probe"]
SPLITS: tuple[Split, ...] = ("train", "dev", "select", "test")
"""The four splits of hand-written questions; `probe` holds generated ones that are never trained on."""


class Record(BaseModel):
    """Base of all records: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(Record):
    """One hand-written question with its right answers."""

    id: str
    """Unique over all schemas: "hotel_group/dev-03"."""
    schema_name: str
    split: Split
    text: str
    """The question as a business user asks it."""
    golds: tuple[str, ...]
    """One or more equally right SQL texts."""
    note: str = ""
    """The author's remark, for people."""


class Prediction(Record):
    """What a model answered to one question."""

    id: str
    """The question's id."""
    sql: str
    """The answer's text as generated, without the end token."""
    truncated: bool = False
    """True if the token limit was reached before the end token."""
    tokens: int = 0
    """Generated tokens, the end token included; 0 where unknown."""

    @field_validator("sql")
    @classmethod
    def _whole_characters(cls, value: str) -> str:
        """Halves of a surrogate pair, which JSON may hold and no file can, as the replacement character."""
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Execution(Record):
    """How one statement ended on one instance, without its rows."""

    ok: bool
    sqlstate: str = ""
    """Five characters where Postgres refused or stopped the statement, else empty."""
    message: str = ""
    """Postgres's primary message, or ours ("not a single SELECT")."""
    rows: int = 0
    """Rows returned."""
    trivial: bool = False
    """True if no row holds anything but NULL, zero, false and empty text."""
    only: tuple[str | None, ...] = ()
    """Column by column the one value that all rows hold, as text (numbers without trailing zeros); None where rows
    differ or hold NULL. Empty where there are no rows."""
    void: bool = False
    """True if some column is NULL in every row."""


class Verdict(Record):
    """Judgement of one prediction."""

    id: str
    """The question's id."""
    schema_name: str
    split: Split
    exact: bool
    """Right on all instances, columns permuted at most."""
    correct: bool
    """Right on all instances, extra columns allowed."""
    sql: str
    """The judged statement: fence and semicolon taken off."""
    gold: str
    """The gold it matched, else the first (with several golds, the nearest once diagnosed)."""
    failure: str | None = None
    """None if exact; else the first failure mode known without comparing trees: no_sql, syntax, binding, runtime,
    wrong_result."""
    sqlstate: str = ""
    message: str = ""
    """Postgres's message, or how the tables differ ("12 rows, expected 11 on instance 2")."""
    instance: int = 0
    """First instance on which it was wrong, counted from 1; 0 if exact."""
    position: int = 0
    """Character of `sql` that Postgres points at, counted from 1; 0 where it points at none."""


Span = tuple[int, int]
"""First character and the one after the last, counted from 0."""


class Diagnosis(Record):
    """One failure mode found in one wrong answer."""

    id: str
    """The question's id."""
    schema_name: str
    mode: str
    """A key of `schemas.taxonomy.MODES`."""
    where: str = ""
    """The clause or the name at fault: "WHERE stay.status", "column guest.mail"."""
    evidence: str = ""
    """One line a person reads in five seconds: what was expected, what stood there."""
    confirmed: bool | None = None
    """True if executing the repair made the answer right on all instances, False if no repair within the limits did,
    None if nothing was executed."""
    concepts: tuple[str, ...] = ()
    """Concepts of the gold, keys of `schemas.taxonomy.CONCEPTS`."""
    gold: str = ""
    """The gold compared with, the nearest of the question's."""
    gold_span: Span | None = None
    """Where the expected part stands in that gold; None where nothing is expected there."""
    span: Span | None = None
    """Where the part at fault stands in the judged statement; None where it lacks something."""
    repair: str = ""
    """The answer with this repair's parts from the gold, as it was executed; empty unless confirmed."""
    rank: int = 0
    """Of several smallest repairs: which, counted from 1, the nearest to the answer first; 0 unless confirmed."""
    instance: int = 0
    """Instance on which the answer was wrong, counted from 1; 0 where nothing was executed."""
    row: str = ""
    """A row of that instance that differs: "(3, 'void') missing, (4, 'void') found"."""


SliceKind = Literal["mode", "concept", "schema", "stage"]


class Slice(Record):
    """How often the answers of one kind fail."""

    kind: SliceKind
    name: str
    """A mode, a concept, a schema's name, or a curriculum stage ("3")."""
    failed: int
    """Wrong answers in it; for a mode, those that show it."""
    total: int
    """Questions judged in it; for a mode, all."""
    rate: float
    """Failed over total, 0 to 1."""
    low: float
    """Lower end of the rate's 90% interval (Wilson), 0 to 1."""
    high: float
    confirmed: int = 0
    """For a mode: wrong answers of which it is a cause confirmed by execution."""


class PlanItem(Record):
    """How many examples of one slice to make, and how much each counts."""

    mode: str
    """Failure mode, or "" for curriculum breadth."""
    concept: str
    """Concept to carry, a key of CONCEPTS."""
    schema_name: str
    count: int
    """Examples to make."""
    weight: float
    """Weight of each in the loss, 1.0 for ordinary data."""
    reason: str
    """One sentence: why this many at this weight."""
    parents: tuple[str, ...] = ()
    """Ids of the failed questions behind it."""


class Plan(Record):
    """What a round generates."""

    items: tuple[PlanItem, ...]
    overall_rate: float
    """Share of the mined questions that failed."""


class Example(Record):
    """One training pair."""

    id: str
    schema_name: str
    question: str
    sql: str
    """Whitespace-normalised."""
    source: Literal["curriculum", "hard", "train", "replay", "own", "wikisql"]
    concepts: tuple[str, ...] = ()
    stage: int = 1
    """Curriculum stage, 1 to 5."""
    aim: str = ""
    """The concept it is made to teach, a key of CONCEPTS; "" for the one of its highest stage."""
    weight: float = 1.0
    mode: str = ""
    """Failure mode it was made for, or ""."""
    parent: str = ""
    """Id of the question it was made from, or ""."""
    pattern: str = ""
    """Pattern that built it."""
    made: Literal["", "skeleton", "composed", "contrast"] = ""
    """How a hard example came about: with the shape of the failed query, by its concepts put together anew, or one of
    two that differ in just what was confused."""
    seed: int = 0
    """Root of its random draws; with the id, which names the draw, it is made again."""
    reason: str = ""
    """Why it has this weight, one sentence."""


class GateReport(Record):
    """What the gate did with the candidates of one stage."""

    offered: int
    kept: int
    rejected: dict[str, int]
    """Reason -> count."""

    def plus(self, other: GateReport) -> GateReport:
        """Both together."""
        reasons = sorted({*self.rejected, *other.rejected})
        rejected = {name: self.rejected.get(name, 0) + other.rejected.get(name, 0) for name in reasons}
        return GateReport(offered=self.offered + other.offered, kept=self.kept + other.kept, rejected=rejected)


class TrainingSet(Record):
    """The ordered examples of one round's training; the order is the order of the steps."""

    examples: tuple[Example, ...]
    mean_weight: float
    """w̄ of the loss: mean weight over the whole set."""


class TrainStep(Record):
    """One optimiser step."""

    step: int
    loss: float
    """The design's loss of that step: weighted, mean over pairs of the mean over completion tokens (nats)."""
    rate: float
    """Learning rate used."""
    examples: int
    """Pairs in the step."""


class HeldOut(Record):
    """One look at the loss on pairs that are not trained on."""

    step: int
    """Steps made before it."""
    loss: float
    """Mean over pairs of the mean over completion tokens, in nats."""


class TrainReport(Record):
    """How a training went."""

    steps: tuple[TrainStep, ...]
    held_out: tuple[HeldOut, ...] = ()
    """Looks at the loss on held-out pairs, if there are any."""
    examples: int
    """Pairs trained on, each counted as often as it was passed."""
    left_out: int
    """Pairs longer than the context."""
    tokens: int
    """Tokens computed, shared prefixes counted once."""
    parameters: int
    """Parameters trained (all of them)."""
    seconds: float


class Checkpoint(Record):
    """A model on disk."""

    path: str
    """Folder with config, safetensors and tokenizer."""
    base: str
    """What it was trained from."""
    report: TrainReport | None = None


class Decision(Record):
    """Whether the candidate replaces the champion."""

    promoted: bool
    reason: str
    """In words: "held: 9 fixed, 6 broken, the interval reaches −4"."""
    champion_right: int
    candidate_right: int
    total: int
    """Questions of select compared, paired."""
    fixed: tuple[str, ...] = ()
    """Ids that only the candidate answers."""
    broken: tuple[str, ...] = ()
    """Ids that only the champion answers."""
    low: float = 0.0
    """Lower end of the 90% interval of the difference, in points."""
    high: float = 0.0
    """Upper end, in points."""
    p: float = 1.0
    """Two-sided p of McNemar's exact test."""
    level: float = 0.0
    """What p may be at most for the word "gain" in this round; 0 where no round was asked about."""
    gain: bool = False
    """Whether more are right and p is that small: a run that never changes hears of a gain at most once in 20."""
