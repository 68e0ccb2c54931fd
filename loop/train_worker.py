"""One process of a training that accelerate launched: reads the job, trains, writes its steps down for the run to read.

`python -m loop.train_worker JOB.json`, as many times as accelerate's file says. The first rank takes the job away once
all have it, and appends a line to the job's events after each step; any rank that fails on purpose says why in a file
of its own. A rank ends when the run that wanted the training is gone, so that nobody else writes into its folder. Knows
nothing of rounds. How the processes are started: `loop.launch`.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import psutil

from schemas.errors import PausedError, SqlloopError
from schemas.records import Record, TrainReport, TrainStep
from trainer.batches import Pair
from trainer.fit import FitSettings, fit

LOOK_SECONDS = 1.0
"""Time between two looks at whether the run still lives."""


class Owner(Record):
    """The process that wanted the training."""

    host: str
    pid: int
    began: float
    """When that process began, since numbers are given out again (seconds since the epoch)."""

    @classmethod
    def me(cls) -> Owner:
        """This process."""
        return cls(host=socket.gethostname(), pid=os.getpid(), began=psutil.Process().create_time())

    def gone(self) -> bool:
        """Whether it has ended; another machine cannot tell, and is ended by its ranks' missing the others."""
        if self.host != socket.gethostname():
            return False
        try:
            return bool(abs(psutil.Process(self.pid).create_time() - self.began) > 1.0)
        except psutil.NoSuchProcess:
            return True


class Job(Record):
    """All that a training needs; on disk for as long as it has not begun."""

    model: str
    """Folder of the model to begin with."""
    mean_weight: float
    """w̄ of the loss."""
    settings: FitSettings
    seed: int
    out: str
    """Folder for the result."""
    resume: str
    """Folder of the states between steps."""
    folder: str
    """Where the pairs are, and where events and errors go."""
    owner: Owner

    def path(self, name: str) -> Path:
        """A file of the job: job.json, pairs.jsonl, events.jsonl, stop, log.txt."""
        return Path(self.folder) / name

    def write(self, pairs: Sequence[Pair]) -> Path:
        """Put the job where ranks can take it; returns its file."""
        lines = [json.dumps(asdict(pair), ensure_ascii=False) + "\n" for pair in pairs]
        self.path("pairs.jsonl").write_text("".join(lines), encoding="utf-8")
        half = self.path("job.json.tmp")
        half.write_text(self.model_dump_json(indent=1), encoding="utf-8")
        return half.replace(self.path("job.json"))  # last, since other machines wait for it

    def pairs(self) -> list[Pair]:
        """The pairs, in order."""
        with self.path("pairs.jsonl").open(encoding="utf-8") as file:
            return [Pair(**json.loads(line)) for line in file]


class Event(Record):
    """One line of the job's events: one of these."""

    step: TrainStep | None = None
    notice: str | None = None
    report: TrainReport | None = None


class Failure(Record):
    """Why a rank ended on purpose."""

    kind: str
    """Class of `schemas.errors`."""
    message: str


def work(job: Job, rank: int) -> None:
    """Train as one rank."""

    def tell(event: Event) -> None:
        if rank == 0:
            with job.path("events.jsonl").open("a", encoding="utf-8") as file:
                file.write(event.model_dump_json(exclude_none=True) + "\n")

    def on_step(step: TrainStep) -> None:
        job.path("job.json").unlink(missing_ok=True)  # all have read it: they have met
        tell(Event(step=step))
        if job.path("stop").exists():
            raise PausedError("the run was asked to leave")

    report = fit(
        Path(job.model), job.pairs(), job.mean_weight, job.settings, Path(job.out), on_step, seed=job.seed,
        resume_dir=Path(job.resume), on_notice=lambda sentence: tell(Event(notice=sentence)),
    )  # fmt: skip
    job.path("job.json").unlink(missing_ok=True)
    tell(Event(report=report))


def _watch(owner: Owner) -> None:
    while not owner.gone():
        time.sleep(LOOK_SECONDS)
    os._exit(1)


def main() -> None:
    """Entry point: the job's file is the one argument."""
    job = Job.model_validate_json(Path(sys.argv[1]).read_text(encoding="utf-8"))
    rank = int(os.environ.get("RANK", "0"))
    threading.Thread(target=_watch, args=(job.owner,), daemon=True).start()
    try:
        work(job, rank)
    except SqlloopError as error:
        if not isinstance(error, PausedError):
            failure = Failure(kind=type(error).__name__, message=str(error))
            job.path(f"error-{rank}.json").write_text(failure.model_dump_json(), encoding="utf-8")
        sys.exit(error.exit_code)
    finally:
        import torch

        if torch.distributed.is_initialized() and sys.exc_info()[0] is None:
            torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
