"""Going on after a crash: weights, optimiser and progress saved between steps, and found again.

A state belongs to one fit: a fingerprint over pairs, settings, seed and base model must match, else it is passed over.
Only the newest state is kept. Knows nothing of what a step does.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from schemas.records import HeldOut, TrainStep
from trainer import checkpoint
from trainer.batches import TokenPair
from trainer.checkpoint import write_folder


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a fit has come."""

    steps: tuple[TrainStep, ...] = ()
    tokens: int = 0
    """Tokens computed so far."""
    held_out: tuple[HeldOut, ...] = ()
    """Looks at the held-out loss so far."""

    def plus(self, step: TrainStep, tokens: int) -> Progress:
        """The same and one step more, which computed so many tokens."""
        return replace(self, steps=(*self.steps, step), tokens=self.tokens + tokens)

    def with_look(self, look: HeldOut) -> Progress:
        """The same and one look more."""
        return replace(self, held_out=(*self.held_out, look))


def fingerprint(model_dir: Path, pairs: Sequence[TokenPair], settings: str, mean_weight: float, seed: int) -> str:
    """Hash of all that decides a fit (hex)."""
    digest = hashlib.sha256()
    for path in sorted(path for path in model_dir.iterdir() if path.is_file()):
        with path.open("rb") as file:
            digest.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    digest.update(f"{settings} {mean_weight!r} {seed}".encode())
    for pair in pairs:
        digest.update(repr(pair).encode())
    return digest.hexdigest()


def save(folder: Path, key: str, model: Any, optimizer: Any, progress: Progress) -> None:
    """Save the state after `len(progress.steps)` steps, atomically, and remove the one before."""

    def fill(target: Path) -> None:
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, target / "state.pt")
        content = {"key": key, "tokens": progress.tokens, "steps": [step.model_dump() for step in progress.steps]}
        content["held_out"] = [look.model_dump() for look in progress.held_out]
        (target / "progress.json").write_text(json.dumps(content), encoding="utf-8")

    older = _states(folder)
    written = write_folder(folder / f"state-{len(progress.steps):06d}", fill)
    for path in older:
        if path != written:
            shutil.rmtree(path)


def load(folder: Path | None, key: str, model: Any, optimizer: Any) -> Progress:
    """Restore the newest state of this fit into model and optimiser; no progress if there is none."""
    for path in reversed(_states(folder)):
        content = json.loads((path / "progress.json").read_text(encoding="utf-8"))
        if content["key"] != key:
            continue
        state = torch.load(path / "state.pt", map_location="cpu", weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        looks = tuple(HeldOut(**look) for look in content["held_out"])
        return Progress(tuple(TrainStep(**step) for step in content["steps"]), content["tokens"], looks)
    return Progress()


def save_best(folder: Path, model: Any) -> None:
    """Keep these weights as the best so far."""
    write_folder(folder / "best", lambda target: torch.save(model.state_dict(), target / "weights.pt"))


def load_best(folder: Path, model: Any) -> None:
    """Restore the weights that were best."""
    model.load_state_dict(torch.load(folder / "best" / "weights.pt", map_location="cpu", weights_only=True))


def clear(folder: Path | None) -> None:
    """Remove all states."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _states(folder: Path | None) -> list[Path]:
    """Finished states, oldest first."""
    return sorted(folder.glob("state-*")) if folder is not None and folder.is_dir() else []


def steps_done(folder: Path) -> int:
    """Steps of the newest state in a folder, whichever fit's it is; 0 where there is none."""
    states = _states(folder)
    return int(states[-1].name.removeprefix("state-")) if states else 0


def export(folder: Path, model_dir: Path, out_dir: Path) -> None:
    """Write the weights of the newest state as a model folder: a fit that is stopped for a look.

    Args:
        folder: where a fit of that model saved its states.
        model_dir: the model the fit began with.
        out_dir: folder for the result, written whole or not at all.

    Raises:
        ModelError: the model cannot be loaded.
    """
    model, tokenizer = checkpoint.load(model_dir)
    state = torch.load(_states(folder)[-1] / "state.pt", map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    checkpoint.save(model, tokenizer, out_dir)
