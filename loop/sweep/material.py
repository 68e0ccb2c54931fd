"""What the configurations of a sweep train on: the first round's training set, made as `loop run` makes it.

Round 0 and the stages of round 1 before training, in a run folder of their own, resumed like any run. Configurations
that differ only in how they train share one. The number of examples seen is the base configuration's for all: a set of
another size is cut, or begun again from its start. Test is not asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from loop.config import Config
from loop.drive import inputs_of
from loop.making import to_pairs
from loop.progress import Reporter
from loop.rounds import BASE_STAGES, STAGES
from loop.session import Session
from loop.state import Round
from loop.store import Store
from schemas.records import TrainingSet, Verdict

if TYPE_CHECKING:
    from trainer.batches import Pair

TRAINING = (
    "peak_rate", "later_rate", "profile", "warmup", "batch_size", "batch_tokens", "gradient_checkpointing",
    "carry_optimizer",
)  # fmt: skip
"""Keys that decide how is trained, not on what."""
BEFORE_TRAINING = ("probe", "diagnose", "plan", "generate", "mix")


@dataclass(frozen=True)
class Rehearsal(Round):
    """A round that never asks test."""

    @property
    def measures_test(self) -> bool:
        """Never."""
        return False


@dataclass(frozen=True, slots=True)
class Material:
    """Training pairs in the order of the steps."""

    pairs: tuple[Pair, ...]
    mean_weight: float
    """Mean weight over the set, for the loss."""

    def of_length(self, count: int) -> tuple[Pair, ...]:
        """Exactly so many pairs: the first ones, or all and then the first again."""
        return tuple(self.pairs[number % len(self.pairs)] for number in range(count))


def data_config(base: Config, config: Config) -> Config:
    """The configuration as far as it decides what is trained on."""
    return config.model_copy(update={key: getattr(base, key) for key in TRAINING})


def prepare(session: Session, folder: Path, reporter: Reporter) -> Material:
    """Make the material of a session's configuration, or read it where it is there.

    Args:
        session: its configuration is a `data_config`.
        folder: the sweep's.
        reporter: shows the stages.
    """
    store = Store(folder / "material" / session.config.digest)
    store.round_folder(0).mkdir(parents=True, exist_ok=True)
    for number, stages in ((0, BASE_STAGES), (1, [stage for stage in STAGES if stage.__name__ in BEFORE_TRAINING])):
        r = Rehearsal(session, store, number)
        before: list[str] = []
        for stage in stages:
            name = stage.__name__
            inputs, finished = inputs_of(r, name, before), store.done(number, name)
            before.append(name)
            if finished is not None and finished.inputs == inputs:
                continue
            with reporter.stage(name) as tick:
                store.run_stage(number, name, inputs, session.config.seed, lambda out: stage(r, out, tick))  # noqa: B023
    return read(session, folder)


def read(session: Session, folder: Path) -> Material:
    """The material, made before.

    Raises:
        DataError: it is not there.
    """
    r = Rehearsal(session, Store(folder / "material" / session.config.digest), 1)
    data = r.read(1, "mix", "training_set.jsonl", TrainingSet)[0]
    return Material(tuple(to_pairs(r, data)), data.mean_weight)


def base_verdicts(session: Session, folder: Path) -> list[Verdict]:
    """The base model's verdicts on dev and select."""
    store = Store(folder / "material" / session.config.digest)
    found = Rehearsal(session, store, 0).read(0, "score", "verdicts.jsonl", Verdict)
    return [verdict for verdict in found if verdict.split in {"dev", "select"}]
