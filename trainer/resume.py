"""Going on after a crash: weights, optimiser and progress saved between steps, and found again.

A state belongs to one fit: a fingerprint over pairs, settings, seed and base model must match, else it is passed over.
How many ranks there are is no part of it: a state goes on on another number. Only the newest state is kept. Every rank
calls these functions. Knows nothing of what a step does.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from schemas.records import HeldOut, TrainStep
from trainer import checkpoint
from trainer.batches import TokenPair
from trainer.shards import Held


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


def save(folder: Path, key: str, held: Held, progress: Progress) -> None:
    """Save the state after `len(progress.steps)` steps, atomically, and remove the one before."""

    def fill(target: Path) -> None:
        held.save(target)
        if not held.ranks.first:
            return
        content = {"key": key, "tokens": progress.tokens, "steps": [step.model_dump() for step in progress.steps]}
        content["held_out"] = [look.model_dump() for look in progress.held_out]
        (target / "progress.json").write_text(json.dumps(content), encoding="utf-8")

    older = held.ranks.of_first(lambda: _states(folder))
    written = folder / f"state-{len(progress.steps):06d}"
    held.ranks.write(written, fill)
    if held.ranks.first:
        for path in older:
            if path != written:
                shutil.rmtree(path)


def load(folder: Path | None, key: str, held: Held) -> Progress:
    """Restore the newest state of this fit; no progress if there is none."""
    path, content = held.ranks.of_first(lambda: _newest(folder, key))
    if path is None:
        return Progress()
    held.load(path)
    looks = tuple(HeldOut(**look) for look in content["held_out"])
    return Progress(tuple(TrainStep(**step) for step in content["steps"]), content["tokens"], looks)


def _newest(folder: Path | None, key: str) -> tuple[Path | None, Any]:
    """The newest state of this fit, and how far it came."""
    for path in reversed(_states(folder)):
        content = json.loads((path / "progress.json").read_text(encoding="utf-8"))
        if content["key"] == key:
            return path, content
    return None, None


def save_best(folder: Path, held: Held) -> None:
    """Keep these weights as the best so far."""
    held.ranks.write(folder / "best", lambda target: held.save(target, weights_only=True))


def load_best(folder: Path, held: Held) -> None:
    """Restore the weights that were best."""
    held.load(folder / "best", weights_only=True)


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
    import torch

    model, tokenizer = checkpoint.load(model_dir)
    state = torch.load(_states(folder)[-1] / "state.pt", map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    checkpoint.save(model, tokenizer, out_dir)
