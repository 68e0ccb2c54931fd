"""Weights and Adam's state of a model that several ranks hold: saved in shards, loaded on another number, gathered.

One rank alone saves one file, as ever; several save with torch's distributed checkpoint, each its share, which loads
back on any number of ranks, one included. Each form is read by the other. Names are those of the bare model's
parameters; Adam's state of one file is torch's own, by number. Knows nothing of steps or of how far a fit has come.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from trainer.ranks import Ranks

WRAPPED = "model."
"""What stands before each name in the module that is wrapped: `step.LossModule.model`."""
SHARDS = "shards"
"""Folder of a state that several ranks saved."""
STATE = "state.pt"
"""File of a state that one rank saved."""


@dataclass(frozen=True, slots=True)
class Held:
    """A model with its optimiser, as the ranks hold it."""

    ranks: Ranks
    model: Any
    """The bare model."""
    module: Any
    """The wrapped one."""
    optimizer: torch.optim.Optimizer
    """The bare optimiser."""
    names: Sequence[str]
    """Names of the parameters, in the optimiser's order."""

    def save(self, target: Path, *, weights_only: bool = False) -> None:
        """Write weights and, unless told otherwise, Adam's state into a folder; every rank calls it."""
        if self.ranks.count == 1:
            state = {"model": self.model.state_dict()}
            if not weights_only:
                state["optimizer"] = self.optimizer.state_dict()
            torch.save(state, target / STATE)
            return
        from torch.distributed.checkpoint.state_dict_saver import save

        save(self._sharded(weights_only), checkpoint_id=target / SHARDS)

    def load(self, source: Path, *, weights_only: bool = False) -> None:
        """Restore what `save` wrote, on whatever number of ranks."""
        if (source / SHARDS).is_dir():
            self._load_shards(source / SHARDS, weights_only)
            return
        # Mapped, not read: several ranks of a machine share the pages.
        state = torch.load(source / STATE, map_location="cpu", weights_only=True, mmap=True)
        if self.ranks.count == 1:
            self.model.load_state_dict(state["model"])
        else:
            from torch.distributed.checkpoint.state_dict import set_model_state_dict

            named = {WRAPPED + name: tensor for name, tensor in state["model"].items()}
            set_model_state_dict(self.module, named, options=_whole())
        if not weights_only:
            self.take_over(state["optimizer"])

    def take_over(self, state: dict[str, Any]) -> None:
        """Adam's state in torch's own form, by number of the parameter."""
        if self.ranks.count == 1:
            self.optimizer.load_state_dict(state)
            return
        from torch.distributed.checkpoint.state_dict import set_optimizer_state_dict

        names = [WRAPPED + name for name in self.names]
        named: Any = {
            "state": {names[number]: moments for number, moments in state["state"].items()},
            "param_groups": [
                {**group, "params": [names[number] for number in group["params"]]} for group in state["param_groups"]
            ],
        }
        set_optimizer_state_dict(self.module, self.optimizer, named, options=_whole())

    def gathered_weights(self) -> dict[str, Any] | None:
        """All weights, on the first rank's CPU; None where the bare model holds them itself, {} on the other ranks."""
        if not self.ranks.sharded:
            return None
        from torch.distributed.checkpoint.state_dict import get_model_state_dict

        state = get_model_state_dict(self.module, options=_whole(offload=True))
        named = {name.removeprefix(WRAPPED): tensor for name, tensor in state.items()}
        # Tied weights stand under each of their names; a model folder has them once.
        again = {name for name, _ in self.model.named_parameters(remove_duplicate=False)}.difference(self.names)
        return {name: tensor for name, tensor in named.items() if name not in again}

    def gathered_optimizer(self) -> dict[str, Any]:
        """Adam's whole state in torch's own form; {} on other ranks than the first where it is sharded."""
        if not self.ranks.sharded:
            return self.optimizer.state_dict()
        from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict

        state = get_optimizer_state_dict(self.module, self.optimizer, options=_whole(offload=True))
        if not self.ranks.first:
            return {}
        numbers = {WRAPPED + name: number for number, name in enumerate(self.names)}
        groups: Any = state["param_groups"]
        return {
            "state": {numbers[name]: moments for name, moments in state["state"].items()},  # type: ignore[union-attr]
            "param_groups": [{**group, "params": [numbers[name] for name in group["params"]]} for group in groups],
        }

    def _sharded(self, weights_only: bool) -> dict[str, Any]:
        """This rank's share of everything, by name."""
        from torch.distributed.checkpoint.state_dict import get_model_state_dict, get_optimizer_state_dict

        state: dict[str, Any] = {"model": get_model_state_dict(self.module)}
        if not weights_only:
            state["optimizer"] = get_optimizer_state_dict(self.module, self.optimizer)
        return state

    def _load_shards(self, source: Path, weights_only: bool) -> None:
        from torch.distributed.checkpoint.state_dict import set_model_state_dict, set_optimizer_state_dict
        from torch.distributed.checkpoint.state_dict_loader import load

        state = self._sharded(weights_only)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "torch.distributed is disabled", UserWarning)  # one process: as intended
            load(state, checkpoint_id=source, no_dist=self.ranks.count == 1)
        set_model_state_dict(self.module, state["model"])
        if not weights_only:
            set_optimizer_state_dict(self.module, self.optimizer, state["optimizer"])


def _whole(*, offload: bool = False) -> Any:
    from torch.distributed.checkpoint.state_dict import StateDictOptions

    return StateDictOptions(full_state_dict=True, cpu_offload=offload)
