"""One trial brought to its next look, or to its end: trained that far, asked, judged, told.

The fit is the loop's own; it is left at the look's step with its state saved, and gone on with from there. Whatever is
cut off goes on from what it kept. Knows one trial, not the others.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from loop.asking import answered, judged
from loop.config import Config
from loop.making import fit_settings
from loop.progress import Ticker
from loop.samples import stratified
from loop.session import Session
from loop.store import Store, write_records
from loop.sweep import material
from loop.sweep.plan import Plan, look_steps
from loop.sweep.pruner import look_key
from loop.sweep.study import EXAMPLES, config_of, looks_done, trial_folder
from schemas.records import Question, TrainStep, Verdict

if TYPE_CHECKING:
    from optuna.study import Study


class _AtLookError(Exception):
    """Raised from within a fit to leave it at a look."""


@dataclass
class Sweep:
    """A sweep at work in one process."""

    session: Session
    """Of the base configuration."""
    folder: Path
    plan: Plan
    study: Study
    examples: int = 0
    """Pairs that a configuration is trained on to its end."""
    _material: dict[str, material.Material] = field(default_factory=dict)

    @property
    def base(self) -> Config:
        """The base configuration."""
        return self.session.config

    def material_of(self, config: Config) -> material.Material:
        """What a configuration trains on, read once a set."""
        data = material.data_config(self.base, config)
        if data.digest not in self._material:
            self._material[data.digest] = material.read(self.session.like(data), self.folder)
        return self._material[data.digest]

    def questions(self) -> tuple[Question, ...]:
        """Dev's and select's, as a run of the base configuration asks them."""
        r = material.Rehearsal(self.session, Store(self.folder), 0)
        return (*r.asked("dev"), *r.asked("select"))

    def subset(self) -> tuple[Question, ...]:
        """Those asked at every look, spread over schemas and difficulty."""
        return stratified(self.questions(), self.plan.look_questions, self.base.seed, "look")


def advance(sweep: Sweep, number: int, tick: Ticker) -> str:
    """Bring a trial to its next look or its end, and tell the study; returns what came of it, in words.

    The caller holds the trial's lock.

    Raises:
        StageError: the training of this configuration cannot go on, such as by a loss that is not finite.
    """
    from optuna.trial import Trial

    trial = next(item for item in sweep.study.get_trials(deepcopy=False) if item.number == number)
    config, look, place = config_of(sweep.base, trial), looks_done(trial), trial_folder(sweep.folder, number)
    steps = look_steps(sweep.plan, sweep.examples, config.batch_size)
    handle, last = Trial(sweep.study, trial._trial_id), look == len(sweep.plan.looks)
    out = place / ("end" if last else look_key(look))
    model = _train(sweep, config, place, out, None if last else steps[look], tick)
    verdicts = _ask(sweep, config, model, sweep.questions() if last else sweep.subset(), out, tick)
    right = "".join("01"[verdict.exact] for verdict in verdicts)
    handle.set_user_attr(EXAMPLES, min(steps[look] * config.batch_size, sweep.examples))
    write_records(place / f"{out.name}.jsonl", verdicts)
    if last:
        handle.set_user_attr("end", right)
        sweep.study.tell(number, right.count("1") / max(len(right), 1))
    else:
        handle.report(right.count("1") / max(len(right), 1), look)
        handle.set_user_attr(look_key(look), right)
        shutil.rmtree(out)
    share = "the end" if last else f"{sweep.plan.looks[look]:.0%}"
    return f"at {share}: {right.count('1')} of {len(right)} right"


def _train(sweep: Sweep, config: Config, place: Path, out: Path, until: int | None, tick: Ticker) -> Path:
    """The model after so many steps, or at the end for None."""
    from trainer import resume
    from trainer.fit import fit

    model, states = out / "model", place / "states"
    if (model / "config.json").is_file():
        return model
    data = sweep.material_of(config)
    pairs = data.of_length(sweep.examples)
    session = sweep.session.like(config)
    settings = fit_settings(material.Rehearsal(session, Store(sweep.folder), 1))

    def on_step(step: TrainStep) -> None:
        tick.step(step.examples, f"loss {step.loss:.3f}")
        if until is not None and step.step + 1 >= until:
            raise _AtLookError

    if until is None or resume.steps_done(states) < until:
        with contextlib.suppress(_AtLookError):
            fit(
                session.base_model, pairs, data.mean_weight, settings, model, on_step=on_step, seed=config.seed,
                resume_dir=states, on_notice=tick.say,
            )  # fmt: skip
    if until is not None:
        resume.export(states, session.base_model, model)
    return model


def _ask(
    sweep: Sweep, config: Config, model: Path, questions: tuple[Question, ...], out: Path, tick: Ticker
) -> list[Verdict]:
    session = sweep.session.like(config)
    answers = answered(session, (model, 1), questions, out, tick)
    return judged(session, questions, answers, out, tick)
