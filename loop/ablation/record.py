"""The report of one arm under one seed: what it was, what it cost, and whether each question was answered right.

Made from a finished run's folder; holds no path of this machine. Knows where things lie in a run, compares nothing.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from loop.ablation.arms import Arm
from loop.ablation.golds import Losses
from loop.config import Config, differences
from loop.drive import stages_of
from loop.state import decision_of
from loop.store import Store, read_records
from schemas.errors import DataError
from schemas.records import Checkpoint, Question, Record, Split, Verdict
from schemas.sql import concepts, curriculum_stage
from schemas.taxonomy import family_of


class Answer(Record):
    """One hand-written question and how it was answered."""

    id: str
    schema_name: str
    split: Split
    families: tuple[str, ...]
    """Concept families of its first gold."""
    stage: int
    """Curriculum stage of its first gold, 1 to 5."""
    asked: str
    """Hash of its text and golds: a question that was mended since is another one."""
    exact: tuple[bool, ...]
    """Whether it was answered exactly, one value a round from round 0, the base model's, on."""
    loss: tuple[float | None, ...] = ()
    """Nats a token of its first gold after each round (`golds`); None where it was not measured."""


class RoundCost(Record):
    """One round."""

    seconds: float
    """Wall time of its stages, each as its last start took."""
    pairs: int
    """Pairs trained on; 0 in round 0."""
    parameters: int
    """Parameters that trained."""
    tokens: int
    """Tokens computed in training."""
    promoted: bool
    """Whether its model became the champion; the next round began with the champion."""
    copied: bool = False
    """Whether the round was taken over from the run of the default arm, and its seconds with it."""


class ArmReport(Record):
    """What ARM-seedN.json holds."""

    arm: str
    claim: str
    change: str
    seed: int
    commit: str
    """Commit of the code, with + where the tree differed from it; "" where git knows none."""
    digest: str
    """Hash of the configuration, where WikiSQL lies left out."""
    model: str
    """Base model: hub id, alias, or the last part of a folder's name."""
    differences: tuple[str, ...]
    """Keys of the configuration that differ from the default arm's: "hard_examples: 250 -> 0"."""
    held: tuple[str, ...]
    """Schemas it was not trained on."""
    rounds: tuple[RoundCost, ...]
    """Round 0 first."""
    answers: tuple[Answer, ...]
    """Of dev, select and test; those asked in every round."""

    @property
    def last(self) -> int:
        """Number of its last round."""
        return len(self.rounds) - 1

    @property
    def pairs(self) -> int:
        """Pairs trained on in all rounds."""
        return sum(item.pairs for item in self.rounds)


def made(
    arm: Arm, store: Store, config: Config, default: Config, *, base_copied: bool, losses: Sequence[Losses] = ()
) -> ArmReport:
    """The report of an arm's complete run.

    Args:
        arm: the arm.
        store: its run.
        config: its configuration.
        default: the default arm's under the same seed.
        base_copied: whether round 0 is the default arm's.
        losses: on test golds, round 0 first; none where they were not measured.
    """
    count = 0
    while store.done(count, stages_of(count)[-1].__name__) is not None:
        count += 1
    told = [line for line in differences(default, config) if not line.startswith("wikisql: ")]  # a path of this machine
    return ArmReport(
        arm=arm.name,
        claim=arm.claim,
        change=arm.change,
        seed=config.seed,
        commit=commit(),
        digest=digest_of(config),
        model=Path(config.model).name if Path(config.model).is_dir() else config.model,
        differences=tuple(told),
        held=config.held,
        rounds=tuple(_cost(store, number, copied=base_copied and not number) for number in range(count)),
        answers=tuple(_answers(store, count, losses)),
    )


def digest_of(config: Config) -> str:
    """Hash of a configuration, whatever folder WikiSQL lies in."""
    return config.model_copy(update={"wikisql": ""}).digest


def _cost(store: Store, number: int, *, copied: bool) -> RoundCost:
    done = [store.done(number, stage.__name__) for stage in stages_of(number)]
    report, decision = None, decision_of(store, number)
    if number:
        report = read_records(store.stage_folder(number, "train") / "checkpoint.jsonl", Checkpoint)[0].report
    return RoundCost(
        seconds=round(sum(item.seconds for item in done if item is not None), 1),
        pairs=report.examples if report else 0,
        parameters=report.parameters if report else 0,
        tokens=report.tokens if report else 0,
        promoted=decision is not None and decision.promoted,
        copied=copied,
    )


def _answers(store: Store, rounds: int, losses: Sequence[Losses]) -> list[Answer]:
    """Every hand-written question that was asked in all rounds."""
    right: list[dict[str, bool]] = []
    for number in range(rounds):
        verdicts = read_records(store.stage_folder(number, "score") / "verdicts.jsonl", Verdict)
        right.append({verdict.id: verdict.exact for verdict in verdicts if verdict.split != "probe"})
    questions = read_records(store.stage_folder(0, "predict") / "questions.jsonl", Question)
    found = []
    for question in questions:
        if not all(question.id in one for one in right):
            continue
        names = concepts(question.golds[0])
        text = "\n".join([question.text, *question.golds])
        found.append(
            Answer(
                id=question.id,
                schema_name=question.schema_name,
                split=question.split,
                families=tuple(sorted({family_of(name) for name in names})),
                stage=curriculum_stage(names),
                asked=hashlib.sha256(text.encode()).hexdigest()[:12],
                exact=tuple(one[question.id] for one in right),
                loss=tuple(_rounded(one.get(question.id)) for one in losses),
            )
        )
    return found


def _rounded(loss: float | None) -> float | None:
    """Bits beyond the fifth digit are the processor's."""
    return None if loss is None else round(loss, 5)


def read(path: Path) -> ArmReport:
    """A report from its file.

    Raises:
        DataError: it is none.
    """
    try:
        return ArmReport.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise DataError(
            f"{path} is no report of an arm ({error.errors()[0]['msg']}): remove it, and the same command makes it anew"
        ) from None


def commit() -> str:
    """The commit this code stands at, with + where files differ from it; "" outside git."""
    command = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"]
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
