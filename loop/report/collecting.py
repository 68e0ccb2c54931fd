"""Reads a run's figures back from its folder, and keeps those of complete rounds beside them.

Knows records and where they lie, not how anything looks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from pydantic import ValidationError

from loop.config import Config, read_toml, validate
from loop.report.collecting_data import generated, trained
from loop.report.figures import (
    MEASURED,
    STAGE_NAMES,
    Diagnosed,
    RoundFigures,
    RunFigures,
    Share,
    SplitFigures,
)
from loop.state import champion_before, questions_of, verdicts_of
from loop.store import Store, read_records, write_atomic
from schemas.catalog import Schema, select_schemas
from schemas.records import (
    Decision,
    Diagnosis,
    Prediction,
    Question,
    Record,
    Slice,
    Verdict,
)
from schemas.sql import concepts
from schemas.taxonomy import FAMILIES, family_of

KEPT = "figures.json"
"""In a round's folder: its figures, so that they need not be worked out again."""
WORST = 5
"""Slices and examples of causes in a report."""


class Kept(Record):
    """figures.json in a round's folder."""

    of: str
    """What the figures are of: hash of the stages' outputs."""
    figures: RoundFigures


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
        self[number] = verdicts_of(self._store, number)
        return self[number]


def _round(
    store: Store, config: Config, schemas: Sequence[Schema], number: int, verdicts: dict[int, list[Verdict]]
) -> RoundFigures:
    now = verdicts[number]
    questions = questions_of(store, number)
    champion = champion_before(store, number)
    seconds = {name: done.seconds for name in STAGE_NAMES if (done := store.done(number, name)) is not None}
    splits = {split: _split(_members(split, config.held), number, verdicts, config.seed) for split in MEASURED}
    decided = store.done(number, "decide") is not None
    return RoundFigures(
        number=number,
        champion=champion,
        dev=splits["dev"],
        select=splits["select"],
        test=splits["test"],
        probe=splits["probe"],
        transfer=splits["transfer"],
        families=_families(questions, now, verdicts[number - 1] if number else ()),
        failure_modes=_modes(now, questions, schemas),
        failure_modes_before=_modes(verdicts[champion], questions, schemas) if number else {},
        diagnosed=_diagnosed(store, number),
        generated=generated(store, config, number) if number else None,
        train=trained(store, number) if number else None,
        decision=read_records(store.stage_folder(number, "decide") / "decision.jsonl", Decision)[0]
        if decided
        else None,
        questions_per_second=_rate(store, number, seconds.get("predict", 0.0)),
        verdicts_per_second=round(len(now) / max(seconds.get("score", 0.0), 1e-9), 1),
        seconds=seconds,
    )


def _members(split: str, held: Sequence[str]) -> Callable[[Verdict], bool]:
    """Which verdicts count in a split; all of a held-out schema's count as transfer."""
    return lambda verdict: split == ("transfer" if verdict.schema_name in held else verdict.split)


def _split(
    of: Callable[[Verdict], bool], number: int, verdicts: dict[int, list[Verdict]], seed: int
) -> SplitFigures | None:
    from evaluator.stats import paired_interval, wilson

    now = [verdict for verdict in verdicts[number] if of(verdict)]
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
        before = {verdict.id: verdict.exact for verdict in verdicts[earlier] if of(verdict)}
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
    asked = _probed(store, number)
    first = {item.mode: item.evidence for item in reversed(causes)}
    return Diagnosed(
        answers=len({item.id for item in found}),
        confirmed=len({item.id for item in causes}),
        probes=sum(not verdict.exact for verdict in asked),
        probes_asked=len(asked),
        worst=tuple(worst((item for item in slices if item.kind != "mode"), WORST)),
        examples={mode: first[mode] for mode, _ in Counter(item.mode for item in causes).most_common(WORST)},
    )


def _probed(store: Store, number: int) -> list[Verdict]:
    """The champion's verdicts on a round's probes; none in rounds of earlier versions."""
    path = store.stage_folder(number, "probe") / "verdicts.jsonl"
    return read_records(path, Verdict) if path.is_file() else []


def _rate(store: Store, number: int, seconds: float) -> float:
    answers = read_records(store.stage_folder(number, "predict") / "predictions.jsonl", Prediction)
    return round(len(answers) / max(seconds, 1e-9), 2)
