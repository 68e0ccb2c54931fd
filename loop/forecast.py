"""What `loop run` would do now: which stages, why, and what time and disk earlier rounds suggest.

Reads the run folder and writes nothing. A stage behind one that is not done cannot be judged by its inputs: it is due
since what it reads will be new.
"""

from __future__ import annotations

from dataclasses import dataclass

from loop import disk
from loop.drive import due, inputs_of, last_stage, stages_of, untested, why_not
from loop.night import Night, Spent
from loop.session import Session
from loop.state import Round
from loop.store import Store
from schemas.home import home


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of one round."""

    number: int
    stage: str
    due: bool
    why: str
    """In words."""
    seconds: float | None
    """Wall time of the latest earlier round's; None where there is none."""
    bytes: int | None
    """Bytes that stage left there, or a training's checkpoint by the model's size; None where neither is known."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """All stages that the command comes by, those done before included."""

    complete: int
    """Rounds complete now, the base model's counted."""
    total: int
    """Rounds asked for in all."""
    steps: tuple[Step, ...]
    free: int
    """Bytes free on the runs' disk."""
    peak: int
    """Bytes that the largest stage may need while it runs, and what is kept free."""
    stops: str = ""
    """Why no further round would begin, in words: patience, a budget, nothing left to fix; empty if one would."""


def forecast(session: Session, store: Store, rounds: str) -> Forecast:
    """What the command would do.

    Raises:
        ConfigError: the number of rounds is none, or the run began with another configuration.
        SchemaError: a schema is unknown or broken.
    """
    store.check(session.config)
    complete = store.complete_rounds(last_stage)
    total = due(complete, rounds)
    config = session.config
    stops = why_not(store, complete, Night(None, config.patience, Spent(config.budget_examples, config.budget_hours)))
    if stops and complete <= total:
        return Forecast(complete, total, (), disk.free_bytes(store.folder), disk.SMALL, stops)
    steps: list[Step] = []
    for number in range(complete, total + 1):
        steps += _round(Round(session, store, number), complete)
    steps += _test(session, store, complete, total)
    trains = any(step.due and step.stage == "train" for step in steps)
    peak = _training(Round(session, store, max(complete, 1))) if trains else disk.SMALL
    reserve = int(config.disk_reserve_gb * 1e9)
    return Forecast(complete, total, tuple(steps), disk.free_bytes(store.folder), (peak or disk.SMALL) + reserve)


def _test(session: Session, store: Store, complete: int, total: int) -> list[Step]:
    """Test of the champion that the command would end with, unless each round asks it or it was asked before."""
    if complete > total:
        champion = untested(store, complete)
        found = [] if champion is None else [(champion, "was never asked of this champion")]
    else:
        found = [] if session.config.test_always or not total else [(total, "of the champion, if it is a new one")]
    return [Step(number, "test", True, why, *_costs(Round(session, store, number), "test")) for number, why in found]


def _round(r: Round, complete: int) -> list[Step]:
    steps: list[Step] = []
    before: list[str] = []
    fresh = ""
    for stage in stages_of(r.number):
        name = stage.__name__
        finished = r.store.done(r.number, name)
        if r.number > complete:
            why = f"after round {r.number - 1}"
        elif fresh:
            why = f"comes after {fresh}"
        elif finished is None:
            begun = (r.store.round_folder(r.number) / f"tmp-{name}").is_dir()
            why = "was cut off, goes on" if begun else "not done yet"
        elif finished.inputs != inputs_of(r, name, before):
            why = "what it reads has changed"
        else:
            steps.append(Step(r.number, name, False, "done before", 0.0, 0))
            before.append(name)
            continue
        fresh = fresh or name
        steps.append(Step(r.number, name, True, why, *_costs(r, name)))
    return steps


def _costs(r: Round, name: str) -> tuple[float | None, int | None]:
    """Seconds and bytes of that stage in the latest round that has it, this one's own earlier try included."""
    for number in range(r.number, -1, -1):
        done = r.store.done(number, name)
        if done is not None:
            return done.seconds, disk.folder_bytes(r.store.stage_folder(number, name))
    return None, None


def _training(r: Round) -> int | None:
    """Bytes a training needs, where its model is at hand: a forecast fetches nothing."""
    from trainer.base import at_hand

    found = at_hand(str(r.champion_model) if r.champion else r.config.model, home() / "models")
    return disk.training_bytes(found, carries=r.config.carry_optimizer) if found is not None else None
