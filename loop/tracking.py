"""A run's figures for those who watch them elsewhere: accelerate's trackers, by name, off by default.

Loss and rate of each optimiser step, accuracies of each round. A tracker only looks on: it decides nothing, and a run
may be gone on with under another or none. Knows figures, not how they come about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loop.progress import Ticker
from loop.report.figures import MEASURED, RoundFigures
from loop.store import Store, read_records
from schemas.errors import ConfigError
from schemas.records import Checkpoint, TrainStep

if TYPE_CHECKING:
    from loop.state import Round

PACKAGES = {"mlflow": "mlflow", "trackio": "trackio", "tensorboard": "tensorboard"}
"""Name for --track -> the package that must be installed."""


class Tracking:
    """One tracker; it begins with the first figures, so that a start that is refused leaves nothing there."""

    def __init__(self, name: str, run: str, folder: Path, configuration: Mapping[str, Any]) -> None:
        """Choose a tracker.

        Args:
            name: the tracker, or one that was registered with accelerate.
            run: what the run is called there.
            folder: where trackers that write files may put them.
            configuration: the run's, for the record.

        Raises:
            ConfigError: there is no such tracker, or its package is missing.
        """
        check(name)
        self._name = name
        self._run = run
        self._folder = folder
        self._configuration = configuration
        self._tracker: Any = None

    def log(self, values: Mapping[str, float], step: int) -> None:
        """Figures at a step; a figure's name says what it is ("train/loss")."""
        if self._tracker is None:
            self._tracker = self._begun()
        self._tracker.log(dict(values), step=step)

    def close(self) -> None:
        """Let the tracker write what it holds."""
        if self._tracker is not None:
            self._tracker.finish()

    def _begun(self) -> Any:
        from accelerate import PartialState
        from accelerate.tracking import LOGGER_TYPE_TO_CLASS

        PartialState()  # a tracker asks whether it is the main process
        kind = LOGGER_TYPE_TO_CLASS[self._name]
        extra = {"logging_dir": str(self._folder)} if kind.requires_logging_directory else {}
        tracker = kind(self._run, **extra)
        tracker.start()
        tracker.store_init_configuration(dict(self._configuration))
        return tracker


def told(r: Round, tick: Ticker) -> Callable[[TrainStep], None]:
    """What a fit calls after each step: the stage's ticker, and the tracker where there is one.

    Steps are counted on over the rounds. After a crash the steps made anew are told again under the same numbers.
    """
    before = steps_before(r.store, r.number)

    def on_step(step: TrainStep) -> None:
        if r.session.tracking is not None:
            figures = {"train/loss": step.loss, "train/rate": step.rate, "train/round": float(r.number)}
            r.session.tracking.log(figures, before + step.step + 1)
        tick.step(step.examples, f"loss {step.loss:.3f}")

    return on_step


def steps_before(store: Store, number: int) -> int:
    """Optimiser steps of the rounds before one."""
    reports = [
        read_records(store.stage_folder(earlier, "train") / "checkpoint.jsonl", Checkpoint)[0].report
        for earlier in range(1, number)
    ]
    return sum(len(report.steps) for report in reports if report is not None)


def accuracies(figures: RoundFigures) -> dict[str, float]:
    """A round's shares of questions answered exactly, 0 to 1, by split."""
    splits = {name: getattr(figures, name) for name in MEASURED}
    found = {f"exact/{name}": part.exact / part.total for name, part in splits.items() if part and part.total}
    return {**found, "round": float(figures.number)}


def check(name: str) -> None:
    """Complain of a tracker that there is not, or whose package is missing.

    Raises:
        ConfigError: as said.
    """
    from accelerate.tracking import LOGGER_TYPE_TO_CLASS, get_available_trackers

    own = {str(key) for key in LOGGER_TYPE_TO_CLASS} - {str(key) for key in _builtin()}
    if name not in {*PACKAGES, *own}:
        raise ConfigError(f"--track {name!r} is no tracker: choose {', '.join(PACKAGES)}, or leave it out")
    if name in PACKAGES and name not in {str(getattr(item, "value", item)) for item in get_available_trackers()}:
        raise ConfigError(
            f"--track {name} needs the package {PACKAGES[name]}: pip install {PACKAGES[name]}, or leave it out"
        )


def _builtin() -> list[str]:
    from accelerate.utils import LoggerType

    return [item.value for item in LoggerType]
