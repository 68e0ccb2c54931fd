"""Where the runs of a folder stand, read from their files while others may be writing them.

Knows folders and records, not how anything looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from loop import disk, lock
from loop.drive import last_stage, stages_of
from loop.state import Rollback, champion_before, decision_of, rollbacks
from loop.store import Store, write_records
from schemas.errors import ConfigError


@dataclass(frozen=True, slots=True)
class RunStatus:
    """One run."""

    name: str
    rounds: int
    """Complete rounds, the base model's not counted; -1 where not even that is done."""
    champion: int
    open_stage: str
    """The stage that is next in an open round; empty between rounds."""
    holder: str
    """Who holds it now; empty if nobody does."""
    decision: str
    """Reason of the last decision."""
    changed: datetime
    """When a stage was last finished (UTC)."""
    bytes: int
    checkpoints: tuple[int, ...]
    """Rounds whose model is still there."""


def runs_in(runs_dir: Path) -> list[Path]:
    """Folders that hold a run, by name."""
    return sorted(path.parent for path in runs_dir.glob("*/config.toml"))


def status_of(folder: Path) -> RunStatus:
    """How a run stands."""
    store = Store(folder)
    complete = store.complete_rounds(last_stage)
    undone = [stage.__name__ for stage in stages_of(complete) if store.done(complete, stage.__name__) is None]
    began = store.round_folder(complete).is_dir()
    decision = decision_of(store, complete - 1) if complete else None
    events = folder / "events.jsonl"
    stamp = (events if events.is_file() else folder).stat().st_mtime
    return RunStatus(
        name=folder.name,
        rounds=complete - 1,
        champion=champion_before(store, complete),
        open_stage=undone[0] if began and undone else "",
        holder=(lock.holder_text(folder) or "another process") if lock.is_held(folder) else "",
        decision=decision.reason if decision else "",
        changed=datetime.fromtimestamp(stamp, UTC),
        bytes=disk.folder_bytes(folder),
        checkpoints=checkpoints(store, complete),
    )


def checkpoints(store: Store, complete: int) -> tuple[int, ...]:
    """Rounds whose model is there."""
    return tuple(n for n in range(1, complete + 1) if (store.stage_folder(n, "train") / "checkpoint").is_dir())


def roll_back(store: Store, to: int | None) -> Rollback:
    """Put an earlier champion back: the one before the present, or the model of round `to` (0: the base model).

    Rounds that follow begin with it; nothing else of the run changes. An open round that began with another champion is
    done again from its first stage.

    Raises:
        ConfigError: there is no earlier champion, or that round's model is gone.
        LockedError: another process holds the run.
    """
    if not (store.folder / "config.toml").is_file():
        raise ConfigError(f"{store.folder} is no run: see what is there with loop status")
    with store.held():
        complete = store.complete_rounds(last_stage)
        present = champion_before(store, complete)
        there = (0, *checkpoints(store, complete - 1))
        wanted = champion_before(store, present) if to is None else to
        if present == 0 and to is None:
            raise ConfigError(f"the base model is the champion of {store.folder.name}: there is none before it")
        if wanted == present:
            raise ConfigError(f"round {wanted} is the champion of {store.folder.name} already")
        if wanted not in there:
            names = ", ".join(map(str, there))
            raise ConfigError(
                f"the model of round {wanted} is not there any more; roll back to one of {names} with --to, 0 being "
                "the base model, and keep more with keep_best and keep_latest"
            )
        made = Rollback(after=complete - 1, champion=wanted, at=datetime.now(UTC).isoformat(timespec="seconds"))
        write_records(store.folder / "rollbacks.jsonl", [*rollbacks(store), made])
        store.event("rollback", champion=wanted, before=present)
        if wanted:
            store.set_champion(store.stage_folder(wanted, "train") / "checkpoint")
        else:
            (store.folder / "champion").unlink(missing_ok=True)  # the next run points it at the base model again
        return made
