"""A run's figures, read back from its folder: what report.json holds and the terminal shows.

A round's figures are its candidate's. A split that was not measured in a round is null. Knows records, not how anything
looks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field, ValidationError

from loop.config import Config, read_toml, validate
from loop.state import champion_before
from loop.store import Store, read_records, write_atomic
from schemas.catalog import Schema, select_schemas
from schemas.records import (
    Checkpoint,
    Decision,
    Diagnosis,
    Example,
    GateReport,
    Plan,
    Prediction,
    Question,
    Record,
    Slice,
    Split,
    TrainingSet,
    Verdict,
)
from schemas.sql import concepts
from schemas.taxonomy import FAMILIES, family_of

KEPT = "figures.json"
"""In a round's folder: its figures, so that they need not be worked out again."""
STAGE_NAMES = ("probe", "diagnose", "plan", "generate", "mix", "train", "predict", "score", "decide")
WORST = 5
"""Slices and examples of causes in a report."""


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
    """What the diagnosis of the champion's wrong answers on dev came to."""

    answers: int
    """Wrong answers."""
    confirmed: int
    """Of them: those with a cause confirmed by execution."""
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


class Kept(Record):
    """figures.json in a round's folder."""

    of: str
    """What the figures are of: hash of the stages' outputs."""
    figures: RoundFigures


class RunFigures(Record):
    """A whole run."""

    name: str
    model: str
    schemas: tuple[str, ...]
    seed: int
    champion: int
    """Round whose model is the champion now."""
    rounds: tuple[RoundFigures, ...]


def collect(store: Store) -> RunFigures:
    """Read the figures of every round that is scored."""
    config = validate(read_toml(store.folder / "config.toml"), str(store.folder / "config.toml"))
    schemas = select_schemas(config.schemas)
    rounds: list[RoundFigures] = []
    verdicts = _Verdicts(store)
    while store.done(len(rounds), "score") is not None:
        number = len(rounds)
        rounds.append(_kept(store, number) or _round(store, config, schemas, number, verdicts))
    return RunFigures(
        name=store.folder.name,
        model=config.model,
        schemas=tuple(schema.name for schema in schemas),
        seed=config.seed,
        champion=champion_before(store, len(rounds)),
        rounds=tuple(rounds),
    )


def keep(store: Store, figures: RunFigures) -> None:
    """Keep the figures of complete rounds beside them: a run of a year is not diagnosed anew each night."""
    for item in figures.rounds:
        if item.number == 0 or item.decision is not None:
            kept = Kept(of=_fingerprint(store, item.number), figures=item)
            path, text = store.round_folder(item.number) / KEPT, kept.model_dump_json() + "\n"
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                write_atomic(path, text)


def _kept(store: Store, number: int) -> RoundFigures | None:
    """A round's figures as they were kept; None where there are none of these outputs, or of another version."""
    try:
        kept = Kept.model_validate_json((store.round_folder(number) / KEPT).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None
    return kept.figures if kept.of == _fingerprint(store, number) else None


def _fingerprint(store: Store, number: int) -> str:
    """Hash of all that the round's stages left, with their times, and of the round before."""
    rounds = range(max(number - 1, 0), number + 1)
    seconds = [done.seconds for stage in STAGE_NAMES if (done := store.done(number, stage)) is not None]
    return "-".join([*(store.output_hash(each, STAGE_NAMES) for each in rounds), f"{sum(seconds):.3f}"])


class _Verdicts(dict[int, list[Verdict]]):
    """Round -> its verdicts, read when first asked for."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store

    def __missing__(self, number: int) -> list[Verdict]:
        folder = self._store.stage_folder(number, "score")
        self[number] = read_records(folder / "verdicts.jsonl", Verdict)
        return self[number]


def _round(
    store: Store, config: Config, schemas: Sequence[Schema], number: int, verdicts: dict[int, list[Verdict]]
) -> RoundFigures:
    now = verdicts[number]
    questions = read_records(store.stage_folder(number, "predict") / "questions.jsonl", Question)
    champion = champion_before(store, number)
    seconds = {name: done.seconds for name in STAGE_NAMES if (done := store.done(number, name)) is not None}
    splits: dict[str, SplitFigures | None] = {
        split: _split(split, number, verdicts, config.seed) for split in ("dev", "select", "test", "probe")
    }
    decided = store.done(number, "decide") is not None
    return RoundFigures(
        number=number,
        champion=champion,
        dev=splits["dev"],
        select=splits["select"],
        test=splits["test"],
        probe=splits["probe"],
        families=_families(questions, now, verdicts[number - 1] if number else ()),
        failure_modes=_modes(now, questions, schemas),
        failure_modes_before=_modes(verdicts[champion], questions, schemas) if number else {},
        diagnosed=_diagnosed(store, number),
        generated=_generated(store, number) if number else None,
        train=_train(store, number) if number else None,
        decision=read_records(store.stage_folder(number, "decide") / "decision.jsonl", Decision)[0]
        if decided
        else None,
        questions_per_second=_rate(store, number, seconds.get("predict", 0.0)),
        verdicts_per_second=round(len(now) / max(seconds.get("score", 0.0), 1e-9), 1),
        seconds=seconds,
    )


def _split(split: str, number: int, verdicts: dict[int, list[Verdict]], seed: int) -> SplitFigures | None:
    from evaluator.stats import paired_interval, wilson

    now = [verdict for verdict in verdicts[number] if verdict.split == split]
    if not now:
        return None
    exact = sum(verdict.exact for verdict in now)
    low, high = wilson(exact, len(now), 0.90)
    figures = SplitFigures(
        exact=exact,
        correct=sum(verdict.correct for verdict in now),
        total=len(now),
        low=round(100 * low, 1),
        high=round(100 * high, 1),
    )
    for earlier in range(number - 1, -1, -1):
        before = {verdict.id: verdict.exact for verdict in verdicts[earlier] if verdict.split == split}
        shared = [verdict for verdict in now if verdict.id in before]
        if not shared:
            continue
        pairs = [(before[verdict.id], verdict.exact) for verdict in shared]
        change = 100.0 * sum(b - a for a, b in pairs) / len(pairs)
        ends = paired_interval(pairs, [verdict.schema_name for verdict in shared], seed=seed)
        return figures.model_copy(
            update={"change": round(change, 1), "change_low": round(ends[0], 1), "change_high": round(ends[1], 1)}
        )
    return figures


def _families(
    questions: Iterable[Question], verdicts: Iterable[Verdict], earlier: Iterable[Verdict]
) -> dict[str, Share]:
    right = {verdict.id: verdict.exact for verdict in verdicts}
    before = {verdict.id: verdict.exact for verdict in earlier}
    asked: defaultdict[str, list[str]] = defaultdict(list)
    for question in questions:
        if question.split != "probe" and question.id in right:
            for family in {family_of(name) for name in concepts(question.golds[0])}:
                asked[family].append(question.id)
    shares = {}
    for family in (name for name in FAMILIES if name in asked):
        shared = [right[item] - before[item] for item in asked[family] if item in before]
        shares[family] = Share(
            exact=sum(right[item] for item in asked[family]),
            total=len(asked[family]),
            change=round(100.0 * sum(shared) / len(shared), 1) if shared else None,
        )
    return shares


def _modes(verdicts: Iterable[Verdict], questions: Iterable[Question], schemas: Sequence[Schema]) -> dict[str, int]:
    from evaluator.diagnose import diagnose, mode_counts

    wrong = [verdict for verdict in verdicts if verdict.split == "dev" and not verdict.exact]
    return mode_counts(diagnose(wrong, tuple(questions), {schema.name: schema for schema in schemas}))


def _diagnosed(store: Store, number: int) -> Diagnosed | None:
    from evaluator.slices import worst

    folder = store.stage_folder(number, "diagnose")
    if store.done(number, "diagnose") is None or not (folder / "slices.jsonl").is_file():  # rounds of earlier versions
        return None
    found = read_records(folder / "diagnoses.jsonl", Diagnosis)
    slices = read_records(folder / "slices.jsonl", Slice)
    causes = [item for item in found if item.confirmed]
    first = {item.mode: item.evidence for item in reversed(causes)}
    return Diagnosed(
        answers=len({item.id for item in found}),
        confirmed=len({item.id for item in causes}),
        worst=tuple(worst((item for item in slices if item.kind != "mode"), WORST)),
        examples={mode: first[mode] for mode, _ in Counter(item.mode for item in causes).most_common(WORST)},
    )


def _generated(store: Store, number: int) -> Generated | None:
    if store.done(number, "mix") is None:
        return None
    plan = read_records(store.stage_folder(number, "plan") / "plan.jsonl", Plan)[0]
    made = read_records(store.stage_folder(number, "generate") / "examples.jsonl", Example)
    gate = read_records(store.stage_folder(number, "generate") / "gate.jsonl", GateReport)[0]
    data = read_records(store.stage_folder(number, "mix") / "training_set.jsonl", TrainingSet)[0]
    sources = Counter(example.source for example in data.examples)
    made_for = _made_for(plan, made)
    return Generated(
        curriculum=sources["curriculum"],
        hard=sources["hard"],
        natural=sources["train"],
        replay=sources["replay"],
        wikisql=sources["wikisql"],
        made_for=made_for,
        samples=_samples(made, made_for),
        offered=gate.offered,
        rejected=gate.rejected,
    )


def _made_for(plan: Plan, made: Sequence[Example]) -> tuple[MadeFor, ...]:
    found = []
    for mode in dict.fromkeys(item.mode for item in plan.items):
        own = [example for example in made if example.source == "hard" and example.mode == mode]
        if not own:
            continue
        items = [item for item in plan.items if item.mode == mode]
        largest = max(items, key=lambda item: item.count)
        aimed: Counter[str] = Counter()
        for item in items:
            aimed[item.concept] += item.count
        found.append(
            MadeFor(
                mode=mode,
                count=len(own),
                weight=round(sum(example.weight for example in own) / len(own), 2),
                concepts=dict(aimed.most_common(6)),
                reason=largest.reason,
            )
        )
    return tuple(sorted(found, key=lambda item: -item.count))


def _samples(made: Sequence[Example], made_for: Sequence[MadeFor]) -> tuple[Sample, ...]:
    """Two examples for each of the modes most was made for."""
    found = []
    for item in made_for[:4]:
        own = [example for example in made if example.source == "hard" and example.mode == item.mode]
        found += [
            Sample(
                mode=item.mode,
                question=example.question,
                sql=example.sql,
                weight=example.weight,
                schema_name=example.schema_name,
            )
            for example in own[:: max(len(own) // 2, 1)][:2]
        ]
    return tuple(found)


def _train(store: Store, number: int) -> TrainFigures | None:
    if store.done(number, "train") is None:
        return None
    report = read_records(store.stage_folder(number, "train") / "checkpoint.jsonl", Checkpoint)[0].report
    if report is None:
        return None
    return TrainFigures(
        examples=report.examples,
        left_out=report.left_out,
        steps=len(report.steps),
        losses=tuple(round(step.loss, 4) for step in report.steps),
        examples_per_second=round(report.examples / max(report.seconds, 1e-9), 2),
        parameters=report.parameters,
    )


def _rate(store: Store, number: int, seconds: float) -> float:
    answers = read_records(store.stage_folder(number, "predict") / "predictions.jsonl", Prediction)
    return round(len(answers) / max(seconds, 1e-9), 2)


MEASURED: tuple[Split, ...] = ("test", "select", "dev", "probe")
"""Splits in the order the reports show them."""
