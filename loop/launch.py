"""A training in processes of its own: accelerate's launcher as a child, its steps read back, its end seen to.

    accelerate launch --config_file CONFIG -m loop.train_worker JOB.json

The child lives in a session of its own, so that Ctrl-C is this process's to act on. Asked to leave after a step, the
ranks keep that step first; left in any other way, they are killed. What they print goes to log.txt beside the job.
Knows nothing of what a training does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

import schemas.errors
from schemas.errors import SqlloopError, StageError
from schemas.records import TrainReport, TrainStep

if TYPE_CHECKING:
    from loop.train_worker import Event, Job
    from trainer.batches import Pair

POLL_SECONDS = 0.1
"""Time between two looks at the events."""
LEAVE_SECONDS = 60.0
"""How long ranks may take to end the step at hand and keep it."""
ROOT = Path(__file__).resolve().parent.parent


def launched(
    config: str,
    job: Job,
    pairs: Sequence[Pair],
    on_step: Callable[[TrainStep], None],
    on_notice: Callable[[str], None],
) -> TrainReport:
    """Train as accelerate's file says.

    Args:
        config: path of accelerate's file.
        job: what to train.
        pairs: its pairs.
        on_step: called after each step; what it raises ends the training, which keeps that step.
        on_notice: called with a sentence whenever something is not as asked for.

    Raises:
        SqlloopError: what a rank raised on purpose.
        StageError: the processes ended otherwise; the last saved step is kept.
    """
    shutil.rmtree(job.folder, ignore_errors=True)
    Path(job.folder).mkdir(parents=True)
    path = job.write(pairs)
    command = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", config]
    command += ["-m", "loop.train_worker", str(path)]
    known = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, known))}
    with job.path("log.txt").open("wb") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
    try:
        report = _follow(child, job, on_step, on_notice)
    finally:
        _end(child)
    if report is None:
        raise _why(job, child.returncode)
    shutil.rmtree(job.folder, ignore_errors=True)
    return report


def _follow(
    child: subprocess.Popen[bytes], job: Job, on_step: Callable[[TrainStep], None], on_notice: Callable[[str], None]
) -> TrainReport | None:
    """Pass events on until the child has ended; its report, or None if it left none."""
    report, seen = None, 0
    while True:
        ended = child.poll() is not None  # before the look: what it wrote last is seen too
        events, seen = _events(job.path("events.jsonl"), seen)
        for event in events:
            if event.notice is not None:
                on_notice(event.notice)
            if event.step is not None:
                try:
                    on_step(event.step)
                except BaseException:
                    _let_leave(child, job)
                    raise
            report = event.report or report
        if ended:
            return report
        time.sleep(POLL_SECONDS)


def _events(path: Path, seen: int) -> tuple[list[Event], int]:
    """Whole lines from byte `seen` on, and where they end."""
    from loop.train_worker import Event

    if not path.is_file():
        return [], seen
    with path.open("rb") as file:
        file.seek(seen)
        whole = file.read().rpartition(b"\n")[0]
    if not whole:
        return [], seen
    return [Event.model_validate_json(line) for line in whole.split(b"\n")], seen + len(whole) + 1


def _let_leave(child: subprocess.Popen[bytes], job: Job) -> None:
    """Ask the ranks to keep their step, and wait for that."""
    job.path("stop").touch()
    try:
        child.wait(LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        return  # it is killed, and the last saved step is what is kept


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the launcher and its ranks, which have sessions of their own, and wait until they are gone."""
    if child.poll() is not None:
        return
    try:
        tree = [psutil.Process(child.pid), *psutil.Process(child.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        tree = []
    for process in tree:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(tree[1:], timeout=10)
    child.wait()


def _why(job: Job, code: int) -> SqlloopError:
    """The error that tells why the ranks ended."""
    from loop.train_worker import Failure

    said = sorted(Path(job.folder).glob("error-*.json"), key=lambda path: path.stat().st_mtime_ns)
    if said:
        failure = Failure.model_validate_json(said[0].read_text(encoding="utf-8"))
        kind: type[SqlloopError] = getattr(schemas.errors, failure.kind, StageError)
        return kind(failure.message)
    log = job.path("log.txt")
    return StageError(
        f"training under accelerate ended with exit code {code}: {_last_word(log)}; all it said is in {log}; the same "
        "command goes on from the last saved step"
    )


def _last_word(log: Path) -> str:
    """The last error in a log of several processes, without the launcher's own."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    found = [re.sub(r"^\[rank\d+\]:\s*", "", line) for line in lines]
    errors = [line for line in found if re.match(r"[\w.]*(Error|Exception)\b", line) and "ChildFailed" not in line]
    return (errors or found or ["it said nothing"])[-1][:300].rstrip(".")
