"""The processes that train one model together, one rank each, and who computes which pairs of a step.

accelerate says how many there are and wraps the model for them: DDP, where every rank holds all of it, or FSDP2, where
each holds a share. One rank, the first, writes files and tells of steps. A step's pairs go to the ranks as whole prefix
groups (`share_out`), which every rank works out by itself from the same list. Alone, nothing here costs anything. Knows
pairs and processes, nothing of losses. Several machines must see the same folders.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

import torch

from schemas.errors import ConfigError
from trainer.batches import TokenPair
from trainer.checkpoint import temporary_of, write_folder

T = TypeVar("T")

KINDS = ("NO", "MULTI_CPU", "MULTI_GPU", "FSDP")
"""accelerate's ways of running that this trainer takes."""


def share_out(step: Sequence[TokenPair], ranks: int) -> list[list[TokenPair]]:
    """The pairs of one step for each rank, balanced by computed tokens; a rank may get none.

    Pairs of one prefix stay together, so that the prefix is computed once, unless they alone are more than a rank's
    equal share of the step: then they are cut into as many parts as they hold shares. Parts go, the largest first, to
    the rank that has least. The same list gives the same shares on every rank.

    Example:
        >>> pair = lambda name, prefix, own: TokenPair(name, (prefix,) * 10, (1,) * own, (2,), 1.0)
        >>> step = [pair("a", 1, 4), pair("b", 2, 3), pair("c", 1, 4), pair("d", 3, 3)]
        >>> [[pair.id for pair in share] for share in share_out(step, 2)]
        [['a', 'c'], ['b', 'd']]
    """
    if ranks == 1:
        return [list(step)]
    groups: dict[tuple[int, ...], list[int]] = {}  # prefix -> places in the step, since a pair may occur twice
    for place, pair in enumerate(step):
        groups.setdefault(pair.prefix, []).append(place)
    fair = sum(_cost(step, group) for group in groups.values()) / ranks
    parts = [part for group in groups.values() for part in _cut(step, group, fair)]
    shares: list[list[int]] = [[] for _ in range(ranks)]
    loads = [0] * ranks
    for part in sorted(parts, key=lambda part: (-_cost(step, part), part[0])):
        least = loads.index(min(loads))
        shares[least] += part
        loads[least] += _cost(step, part)
    return [[step[place] for place in sorted(share)] for share in shares]


def _cost(step: Sequence[TokenPair], places: Sequence[int]) -> int:
    """Tokens computed for pairs of one prefix."""
    common = len(step[places[0]].prefix)
    return common + sum(len(step[place]) - common for place in places)


def _cut(step: Sequence[TokenPair], group: list[int], fair: float) -> list[list[int]]:
    """A group as it is, or, where it is more than a fair share, in parts of about equal cost."""
    count = min(len(group), -int(-_cost(step, group) // fair))
    if count <= 1:
        return [group]
    parts: list[list[int]] = [[] for _ in range(count)]
    loads = [0] * count
    for place in sorted(group, key=lambda place: -len(step[place])):
        least = loads.index(min(loads))
        parts[least].append(place)
        loads[least] += len(step[place]) - len(step[place].prefix)
    return parts


class Ranks:
    """This process among those that train together."""

    def __init__(self, dtype: torch.dtype) -> None:
        """Join them: wait until all are there.

        Args:
            dtype: of the arithmetic.

        Raises:
            ConfigError: accelerate was set up for something else than DDP or FSDP2.
        """
        from accelerate import Accelerator, DistributedDataParallelKwargs

        # Buffers are the same everywhere, and sending them would be a meeting at every batch, of which ranks have
        # their own number. Mixed precision is the settings' business, not that of accelerate's file.
        handler = DistributedDataParallelKwargs(broadcast_buffers=False, gradient_as_bucket_view=True)
        self.accelerator: Any = Accelerator(
            cpu=not torch.cuda.is_available(), mixed_precision="no", kwargs_handlers=[handler]
        )
        self.number: int = self.accelerator.process_index
        self.count: int = self.accelerator.num_processes
        self.sharded: bool = self.accelerator.is_fsdp2
        kind = self.accelerator.distributed_type.value
        if kind not in KINDS or (kind == "FSDP" and not self.sharded):
            raise ConfigError(
                f"accelerate is set to {kind}{' version 1' * (kind == 'FSDP')}, which cannot train here: choose "
                "distributed_type MULTI_GPU, or FSDP with fsdp_version 2, as in ops/accelerate/"
            )
        if self.sharded and dtype != torch.float32:
            from torch.distributed.fsdp import MixedPrecisionPolicy

            # Autocast would keep a whole copy of the weights until the backward pass; gathered in the dtype, they go.
            # Inputs stay as they are: a batch's shares of the loss are float32.
            policy = MixedPrecisionPolicy(param_dtype=dtype, reduce_dtype=torch.float32, cast_forward_inputs=False)
            self.accelerator.state.fsdp_plugin.mixed_precision_policy = policy

    @property
    def first(self) -> bool:
        """Whether this rank is the one that writes and tells."""
        return self.number == 0

    @property
    def only_asked_to_shard(self) -> bool:
        """Whether FSDP was asked for where accelerate does not do it: on CPUs."""
        return self.count > 1 and not self.sharded and os.environ.get("ACCELERATE_USE_FSDP", "").lower() == "true"

    @property
    def here(self) -> int:
        """Ranks on this machine."""
        return int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if self.count > 1 else 1

    @property
    def device(self) -> torch.device:
        """Where this rank computes."""
        return self.accelerator.device  # type: ignore[no-any-return]

    def prepare(self, module: torch.nn.Module, optimizer: torch.optim.Optimizer) -> tuple[Any, Any]:
        """Module and optimiser on their device, wrapped so that gradients are the mean over the ranks."""
        with warnings.catch_warnings():
            # torch renames the option; its new name is unknown to the versions before 2.13, and to accelerate.
            warnings.filterwarnings("ignore", "`broadcast_buffers` is deprecated", FutureWarning)
            module, optimizer = self.accelerator.prepare(module, optimizer)
        if self.sharded and self.device.type == "cpu":
            self._each_shard(module, "set_force_sum_reduction_for_comms", True)  # gloo has no mean
        return module, optimizer

    def reshard(self, module: Any) -> None:
        """Let go of weights that a forward pass without a backward pass has gathered."""
        if self.sharded:
            self._each_shard(module, "reshard")

    def _each_shard(self, module: Any, method: str, *arguments: object) -> None:
        from torch.distributed.fsdp import FSDPModule

        for part in module.modules():
            if isinstance(part, FSDPModule):
                getattr(part, method)(*arguments)

    def apart(self, module: Any) -> AbstractContextManager[None]:
        """A batch whose gradient is not yet exchanged, since others of the step follow."""
        return self.accelerator.no_sync(module) if self.count > 1 else contextlib.nullcontext()

    def sums(self, *values: float) -> tuple[float, ...]:
        """Each value summed over the ranks."""
        if self.count == 1:
            return values
        return tuple(self._reduced(values, torch.distributed.ReduceOp.SUM))

    def least(self, value: int) -> int:
        """The least of the ranks' values."""
        return value if self.count == 1 else int(self._reduced([value], torch.distributed.ReduceOp.MIN)[0])

    def _reduced(self, values: Sequence[float], operation: Any) -> list[float]:
        tensor = torch.tensor(values, dtype=torch.float64, device=self.device)
        torch.distributed.all_reduce(tensor, operation)
        return tensor.tolist()

    def of_first(self, make: Callable[[], T]) -> T:
        """What the first rank makes, on all of them."""
        if self.count == 1:
            return make()
        found: list[Any] = [make() if self.first else None]
        torch.distributed.broadcast_object_list(found, src=0)
        made: T = found[0]
        return made

    def wait(self) -> None:
        """Until all ranks are here."""
        if self.count > 1:
            torch.distributed.barrier()

    def write(self, folder: Path, fill: Callable[[Path], None]) -> None:
        """Make a folder atomically, every rank writing its files into it."""

        def together(target: Path) -> None:
            self.wait()
            fill(target)
            self.wait()

        if self.first:
            write_folder(folder, together)
        else:
            together(temporary_of(folder))
        self.wait()
