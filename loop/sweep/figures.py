"""What a sweep found, as records: each configuration's way, the winner, what it all cost.

Computed from the study alone; shows nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from evaluator.stats import mcnemar_exact, wilson
from loop.config import to_toml
from loop.store import write_atomic, write_records
from loop.sweep import material
from loop.sweep.advance import Sweep
from loop.sweep.drive import best_number
from loop.sweep.pruner import look_key, rule
from loop.sweep.space import Value, configured, grid_size
from loop.sweep.study import EXAMPLES, looks_done
from schemas.records import Record

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial


class Answered(Record):
    """Right answers at one look or at the end."""

    share: float
    """Of the configuration's examples, 0 to 1."""
    right: int
    total: int


class TrialFigures(Record):
    """One configuration."""

    number: int
    values: Mapping[str, Value]
    """Key -> what it was."""
    state: str
    """complete, stopped, failed or open."""
    looks: tuple[Answered, ...]
    end: Answered | None = None
    """On all of dev and select."""
    dev: int = 0
    """Of those, right on dev."""
    low: float = 0.0
    """Lower end of the end's 90% interval (Wilson), percent."""
    high: float = 0.0
    p: float | None = None
    """Against the winner at the end (two-sided), or against the best at the look it was stopped at (one-sided)."""
    examples: int = 0
    """Pairs trained on."""
    failure: str = ""


class SweepFigures(Record):
    """The whole sweep."""

    trials: tuple[TrialFigures, ...]
    """Best first: those that came to the end, then by how far they came and their answers there."""
    best: int
    examples: int
    """Pairs of one configuration to its end."""
    spent: int
    """Pairs trained on in all."""
    drawn: int
    """Pairs, had every configuration drawn been run to its end."""
    grid: int | None
    """Pairs of the whole grid; None where an axis is a range."""
    dev: int
    """Questions of dev among those asked at the end."""
    base_right: int
    """Right answers of the base model on dev and select."""
    total: int
    """Questions of dev and select."""


def collect(sweep: Sweep) -> SweepFigures:
    """The figures of a sweep that is at its end.

    Raises:
        StageError: no configuration came to its end.
    """
    trials = sweep.study.get_trials(deepcopy=False)
    best = best_number(sweep)
    questions = sweep.questions()
    dev = sum(question.split == "dev" for question in questions)
    rulings = [
        rule({t.number: t.user_attrs[look_key(look)] for t in trials if look_key(look) in t.user_attrs},
             sweep.plan.level, sweep.plan.keep)
        for look in range(len(sweep.plan.looks))
    ]  # fmt: skip
    found = []
    for trial in trials:
        p = None
        if trial.state.name == "PRUNED":
            p = rulings[looks_done(trial) - 1][trial.number].p
        found.append(_trial(sweep, trial, trials[best].user_attrs["end"], dev, p))
    size = grid_size(sweep.plan.axes)
    base = material.base_verdicts(sweep.session.like(material.data_config(sweep.base, sweep.base)), sweep.folder)
    return SweepFigures(
        trials=tuple(sorted(found, key=_order)),
        best=best,
        examples=sweep.examples,
        spent=sum(trial.examples for trial in found),
        drawn=sweep.examples * len(trials),
        grid=None if size is None else sweep.examples * size,
        dev=dev,
        base_right=sum(verdict.exact for verdict in base),
        total=len(questions),
    )


def _trial(sweep: Sweep, trial: FrozenTrial, best: str, dev: int, p: float | None) -> TrialFigures:
    states = {"COMPLETE": "complete", "PRUNED": "stopped", "FAIL": "failed"}
    looks = [trial.user_attrs[look_key(look)] for look in range(looks_done(trial))]
    end: str | None = trial.user_attrs.get("end")
    low, high = wilson(end.count("1"), len(end)) if end is not None else (0.0, 0.0)
    if end is not None:
        pairs = list(zip(best, end, strict=True))
        p = mcnemar_exact(pairs.count(("0", "1")), pairs.count(("1", "0")))
    return TrialFigures(
        number=trial.number,
        values=trial.params,
        state=states.get(trial.state.name, "open"),
        looks=tuple(
            Answered(share=share, right=bits.count("1"), total=len(bits))
            for share, bits in zip(sweep.plan.looks, looks, strict=False)
        ),
        end=Answered(share=1.0, right=end.count("1"), total=len(end)) if end is not None else None,
        dev=end[:dev].count("1") if end is not None else 0,
        low=100 * low,
        high=100 * high,
        p=p,
        examples=int(trial.user_attrs.get(EXAMPLES, 0)),
        failure=str(trial.user_attrs.get("failure", "")),
    )


def _order(trial: TrialFigures) -> tuple[int, int, int]:
    last = trial.end or (trial.looks[-1] if trial.looks else None)
    return (-len(trial.looks) - (trial.end is not None), -last.right if last else 0, trial.number)


def write_results(sweep: Sweep, figures: SweepFigures, picture: str) -> Path:
    """Write trials.jsonl, sweep.svg and best.toml into the sweep's folder; returns the preset's path."""
    write_records(sweep.folder / "trials.jsonl", figures.trials)
    write_atomic(sweep.folder / "sweep.svg", picture)
    winner = figures.trials[0]
    config = configured(sweep.base, winner.values)
    last = winner.end
    head = (
        f"# The winner of a sweep: configuration {winner.number} of {len(figures.trials)}, "
        f"{last.right if last else 0} of {figures.total} questions of dev and select right.\n"
    )
    path = sweep.folder / "best.toml"
    write_atomic(path, head + to_toml(config).partition("\n")[2])
    return path
