"""Runs a sweep: folder and lock, material, the draw, workers, the end.

One process holds the sweep; its workers are processes that advance trials on one study, each trial by one worker at a
time. All configurations come to a look before any goes beyond it, so the outcome does not depend on how many work.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.markup import escape

from loop import disk
from loop.interrupt import Terminated
from loop.progress import Reporter, Ticker
from loop.runlog import logging_to
from loop.session import Session
from loop.store import Store
from loop.sweep import material
from loop.sweep.advance import Sweep, advance
from loop.sweep.plan import Plan, freeze_plan
from loop.sweep.study import config_of, draw, due, open_study, open_trials, settle, take, trial_folder
from schemas.errors import ConfigError, SchemaError, StageError

POLL_SECONDS = 0.2
"""Pause of a worker that finds every open trial in others' hands."""


def run(session: Session, folder: Path, plan: Plan, reporter: Reporter, workers: Sequence[str], count: int) -> Sweep:
    """Bring a sweep to its end, resuming whatever is open.

    Args:
        session: of the base configuration.
        folder: the sweep's.
        plan: what is tried.
        reporter: shows what happens.
        workers: command line of a worker process.
        count: processes that advance trials; 1 for this one.

    Raises:
        UsageError: model or server cannot be had, the sweep began otherwise, or the disk has no room.
        SchemaError: dev or select has no questions.
        LockedError: another process holds the sweep.
        StageError: every configuration failed.
    """
    store = Store(folder)
    with store.held(), logging_to(folder):
        if (folder / "rounds").is_dir():
            raise ConfigError(f"{folder} holds a run of loop run; choose another --run for the sweep")
        store.check(session.config)
        if session.config.predictor != "transformers":
            raise ConfigError("a sweep trains and asks its own models: leave --predictor at transformers")
        session.check()
        _check_questions(session)
        freeze_plan(folder, plan)
        store.freeze(session.config)
        study = open_study(folder, plan)
        draw(study, plan, session.config.seed)
        sweep = Sweep(session, folder, plan, study)
        _check_disk(sweep, count)
        _prepare(sweep, reporter)
        if count > 1 and open_trials(study):
            _send_out(sweep, workers, count)
        work(sweep, reporter, _always)
        _clean(sweep)
        return sweep


def work(sweep: Sweep, reporter: Reporter, may_pause: Callable[[], None]) -> None:
    """Advance trials until none is open: what each worker does."""
    sweep.examples = len(sweep.material_of(sweep.base).pairs)
    silent = Reporter(reporter.console, quiet=True)
    silent.may_pause = may_pause
    while True:
        settle(sweep.study, sweep.folder)
        if not open_trials(sweep.study):
            return
        if not _advance_one(sweep, reporter, silent):
            may_pause()
            time.sleep(POLL_SECONDS)


def _advance_one(sweep: Sweep, reporter: Reporter, silent: Reporter) -> bool:
    """Advance the first trial that nobody else holds; false if there is none."""
    for number in due(sweep.study):
        lock = take(sweep.folder, number)
        if lock is None:
            continue
        try:
            if number not in due(sweep.study):  # another worker was quicker
                continue
            with silent.stage(f"trial {number}") as tick:
                said = _advanced(sweep, number, tick)
        finally:
            lock.release()
        reporter.say(f"  #{number:<3} {escape(said)}")
        return True
    return False


def _advanced(sweep: Sweep, number: int, tick: Ticker) -> str:
    """Advance one; a configuration that cannot be trained has failed, the others go on."""
    from optuna.trial import Trial, TrialState

    try:
        return advance(sweep, number, tick)
    except StageError as error:
        trial = next(item for item in open_trials(sweep.study) if item.number == number)
        Trial(sweep.study, trial._trial_id).set_user_attr("failure", str(error))
        sweep.study.tell(number, state=TrialState.FAIL)
        return f"failed: {error}"


def _prepare(sweep: Sweep, reporter: Reporter) -> None:
    """The material of all configurations, before anyone trains."""
    configs = [sweep.base, *(config_of(sweep.base, trial) for trial in sweep.study.get_trials(deepcopy=False))]
    kinds = {(data := material.data_config(sweep.base, config)).digest: data for config in configs}
    for data in kinds.values():
        material.prepare(sweep.session.like(data), sweep.folder, reporter)


def _send_out(sweep: Sweep, command: Sequence[str], count: int) -> None:
    """Workers, each a process with its share of the cores, until none is left; what they leave open stays open."""
    threads = str(max(1, (os.cpu_count() or 1) // count))
    here = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(part for part in (here, os.environ.get("PYTHONPATH", "")) if part)
    environment = {**os.environ, "OMP_NUM_THREADS": threads, "PYTHONPATH": path}
    workers = []
    try:
        for number in range(count):
            with (sweep.folder / f"worker-{number}.log").open("w", encoding="utf-8") as log:
                full = [sys.executable, "-m", "loop", *command, "--worker", str(os.getpid())]
                workers.append(subprocess.Popen(full, env=environment, stderr=log, start_new_session=True))
        while any(worker.poll() is None for worker in workers):
            time.sleep(POLL_SECONDS)
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.terminate()
        for worker in workers:
            worker.wait()


def orphaned(parent: int) -> Callable[[], None]:
    """A check that ends a worker whose sweep is gone, so that nothing trains on unseen."""

    def check() -> None:
        if os.getppid() != parent:
            raise Terminated

    return check


def _clean(sweep: Sweep) -> None:
    """Only the best configuration's model stays."""
    best = best_number(sweep)
    for trial in sweep.study.get_trials(deepcopy=False):
        place = trial_folder(sweep.folder, trial.number)
        for name in ("states", *(item.name for item in place.glob("look-*") if item.is_dir())):
            shutil.rmtree(place / name, ignore_errors=True)
        if trial.number != best:
            shutil.rmtree(place / "end", ignore_errors=True)


def best_number(sweep: Sweep) -> int:
    """The configuration with most right answers at the end; of equals, the first.

    Raises:
        StageError: none came to its end.
    """
    trials = [
        trial
        for trial in sweep.study.get_trials(deepcopy=False)
        if trial.value is not None and "end" in trial.user_attrs
    ]
    if not trials:
        failures = {str(trial.user_attrs.get("failure", "")) for trial in sweep.study.get_trials(deepcopy=False)}
        raise StageError(
            f"no configuration came to its end ({'; '.join(sorted(failures - {''})) or 'none was drawn'}): give lower "
            "rates in --space, under another --run"
        )
    return max(trials, key=lambda trial: (trial.user_attrs["end"].count("1"), -trial.number)).number


def _check_questions(session: Session) -> None:
    for split in ("dev", "select"):
        if not any(schema.split(split) for schema in session.schemas):
            names = ", ".join(schema.name for schema in session.schemas)
            raise SchemaError(
                f"no question of split {split!r} in {names}: add some to questions.toml, a sweep needs them"
            )


def _check_disk(sweep: Sweep, count: int) -> None:
    """Every open configuration keeps its state between looks; each worker writes one model beside.

    Raises:
        ConfigError: there is no room.
    """
    model = 4 * disk.parameters(sweep.session.base_model)
    needed = len(open_trials(sweep.study)) * 3 * model + count * 7 * model
    free, reserve = disk.free_bytes(sweep.folder), sweep.base.disk_reserve_gb
    if free < needed + int(reserve * 1e9):
        raise ConfigError(
            f"the disk that holds {sweep.folder} has {disk.size(free)} free, and the sweep may need "
            f"{disk.size(needed)} beside the {reserve:g} GB kept free: make room, lower --configurations, "
            "or choose another --runs-dir"
        )


def _always() -> None:
    """The process that holds the sweep works until the end."""
