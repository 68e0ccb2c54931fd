"""One rank of a fit, started by torchrun: for the tests of several processes.

accelerate shards on GPUs only. With `fsdp` its state is told that CPUs are to be sharded too, so that its own FSDP2
preparation runs here, on gloo.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import torch
from training_cases import SETTINGS, text_pairs

from schemas.records import TrainStep
from trainer.fit import fit


def shard_on_cpu() -> None:
    from accelerate import Accelerator
    from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin

    plain = Accelerator.__init__

    def sharding(self: Accelerator, *arguments: object, **options: object) -> None:
        plain(self, *arguments, **options)
        self.state._shared_state["fsdp_plugin"] = FullyShardedDataParallelPlugin(
            fsdp_version=2, auto_wrap_policy="transformer_based_wrap", cpu_ram_efficient_loading=False
        )
        self.state._shared_state["distributed_type"] = DistributedType.FSDP

    Accelerator.__init__ = sharding  # type: ignore[method-assign]


def kill_all() -> None:
    """kill -9 of the launcher first, then of every rank, this one last."""
    import psutil

    me, launcher = psutil.Process(), psutil.Process(os.getppid())
    ranks = [child for child in launcher.children(recursive=True) if child != me]
    for process in (launcher, *ranks, me):
        process.send_signal(signal.SIGKILL)


def main() -> None:
    """Arguments: a JSON object with model, out, state, report, pairs, settings, fsdp, kill_at."""
    job = json.loads(sys.argv[1])
    torch.set_num_threads(1)
    if job.get("fsdp"):
        shard_on_cpu()

    def on_step(step: TrainStep) -> None:
        if step.step == job.get("kill_at"):
            kill_all()

    settings = SETTINGS.model_copy(update=job["settings"])
    folders = [Path(job[name]) for name in ("model", "out", "state")]
    report = fit(
        folders[0], text_pairs(job["pairs"]), 2.0, settings, folders[1], on_step, resume_dir=folders[2],
        held_out=text_pairs(30)[26:],
    )  # fmt: skip
    if int(os.environ.get("RANK", "0")) == 0:
        Path(job["report"]).write_text(report.model_dump_json(), encoding="utf-8")
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
