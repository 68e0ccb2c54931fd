"""The sweep's trials in Optuna's SQLite file: drawn once, advanced look by look, ruled on when all have come to a look.

A trial stays Optuna's RUNNING until it is complete, pruned or failed; whoever holds the lock of its folder works on it,
so that what a killed worker leaves is open to the next. Knows trials and their attributes, not training.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from loop.config import Config
from loop.sweep.plan import Plan
from loop.sweep.pruner import PairedPruner, look_key
from loop.sweep.space import configured, grid_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optuna.study import Study
    from optuna.trial import FrozenTrial

RULED = "ruled"
"""Attribute: looks after which the trial was let go on."""
EXAMPLES = "examples"
"""Attribute: pairs it has been trained on."""
NAME = "sweep"
BUSY_SECONDS = 60
"""How long a worker waits for another that writes to the file."""


def open_study(folder: Path, plan: Plan) -> Study:
    """The sweep's study, made if need be."""
    import optuna
    from optuna.storages import RDBStorage

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = RDBStorage(f"sqlite:///{folder / 'sweep.db'}", engine_kwargs={"connect_args": {"timeout": BUSY_SECONDS}})
    return optuna.create_study(
        storage=storage, pruner=PairedPruner(plan.level, plan.keep), study_name=NAME, direction="maximize",
        load_if_exists=True,
    )  # fmt: skip


def draw(study: Study, plan: Plan, seed: int) -> None:
    """Draw the configurations that are not drawn yet; distinct ones where the grid is finite.

    Each draw is seeded by its number: one that was cut off goes on with the same configurations.
    """
    import optuna

    ranged = grid_size(plan.axes) is None
    for number in range(len(study.get_trials(deepcopy=False)), plan.configurations):
        kind = optuna.samplers.RandomSampler if ranged else optuna.samplers.BruteForceSampler
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # optuna calls some of its samplers experimental
            study.sampler = kind(seed=1000 * seed + number)
        study.ask({axis.key: axis.distribution for axis in plan.axes})
    study.sampler = optuna.samplers.RandomSampler(seed)  # the other one asks a study without a loop to stop


def open_trials(study: Study) -> list[FrozenTrial]:
    """The trials that are not at their end."""
    from optuna.trial import TrialState

    return study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))


def looks_done(trial: FrozenTrial) -> int:
    """Looks that a trial has behind it."""
    number = 0
    while look_key(number) in trial.user_attrs:
        number += 1
    return number


def settle(study: Study, folder: Path) -> None:
    """Rule on the trials once the last of those that are open has come to their look; one process at a time."""
    with FileLock(folder / "ruling.lock", timeout=BUSY_SECONDS):
        trials = open_trials(study)
        least = min((looks_done(trial) for trial in trials), default=0)
        for trial in trials:
            if trial.user_attrs.get(RULED, 0) < looks_done(trial) <= least:
                _rule(study, trial)


def _rule(study: Study, trial: FrozenTrial) -> None:
    from optuna.trial import Trial, TrialState

    handle = Trial(study, trial._trial_id)
    if handle.should_prune():
        study.tell(trial.number, state=TrialState.PRUNED)
    else:
        handle.set_user_attr(RULED, looks_done(trial))


def due(study: Study) -> Sequence[int]:
    """Numbers of the trials that may be advanced now, those that others may hold included."""
    trials = open_trials(study)
    return [trial.number for trial in trials if trial.user_attrs.get(RULED, 0) == looks_done(trial)]


def take(folder: Path, number: int) -> FileLock | None:
    """The lock of a trial's folder, held; None if another process holds it. Freed when its holder dies."""
    place = trial_folder(folder, number)
    place.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock


def trial_folder(folder: Path, number: int) -> Path:
    """Where a trial's states and verdicts lie."""
    return folder / "trials" / f"{number:03d}"


def config_of(base: Config, trial: FrozenTrial) -> Config:
    """The configuration a trial stands for."""
    return configured(base, trial.params)
