"""`loop run --accelerate`: the stage train in two processes on gloo, its steps, its failures, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from loop.launch import _last_word, launched
from loop.train_worker import Job, Owner
from schemas.errors import ConfigError, DataError, PausedError, StageError
from schemas.records import TrainStep
from trainer.base import resolve_model
from trainer.batches import Pair
from trainer.step import FitSettings

ROOT = Path(__file__).parents[2]
CPU_2 = str(ROOT / "ops" / "accelerate" / "cpu-2.yaml")
SETTINGS = FitSettings(peak_rate=1e-3, batch_size=2, dtype="float32", threads=1, save_every=2)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def pairs(count: int) -> list[Pair]:
    return [Pair(f"p{n}", f"table t{n % 2}(a)\n", f"question {n}\n", f"SELECT {n} FROM t", 1.0) for n in range(count)]


def job(home: Path, out: Path, **changed: Any) -> Job:
    model = resolve_model("tiny", home / "models")
    return Job(
        model=str(model), mean_weight=1.0, settings=SETTINGS.model_copy(update=changed), seed=1, owner=Owner.me(),
        out=str(out / "checkpoint"), resume=str(out / "resume"), folder=str(out / "launch"),
    )  # fmt: skip


def workers(folder: Path) -> list[psutil.Process]:
    """Processes that work on a job."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(folder) in part for part in process.cmdline()):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return [process for process in found if process.pid != os.getpid()]


def nothing(*_: object) -> None:
    return


def test_smoke_run_end_to_end(home: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "SQLLOOP_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "loop", "run", "--preset", "smoke", "--rounds", "1", "--runs-dir", str(tmp_path)]
    done = subprocess.run(
        [*command, "--accelerate", CPU_2], capture_output=True, text=True, env=environment, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "117 examples" in next(line for line in done.stdout.splitlines() if "✓ train" in line)
    stage = tmp_path / "default" / "rounds" / "001" / "train"
    assert sorted(path.name for path in stage.iterdir()) == ["checkpoint", "checkpoint.jsonl", "done.json"]
    assert (stage / "checkpoint" / "model.safetensors").is_file()
    # Ranks are no part of a run's configuration: the same run goes on without them.
    again = subprocess.run([*command, "--accelerate", ""], capture_output=True, text=True, env=environment, check=False)
    assert "nothing to do" in again.stdout, again.stderr


def test_asked_to_leave_keeps_the_step_and_goes_on(home: Path, tmp_path: Path) -> None:
    seen: list[int] = []

    def on_step(step: TrainStep) -> None:
        seen.append(step.step)
        if len(seen) == 1:
            raise PausedError("the night is over")

    with pytest.raises(PausedError, match="the night is over"):
        launched(CPU_2, job(home, tmp_path), pairs(80), on_step, nothing)
    assert workers(tmp_path) == []
    (state,) = (tmp_path / "resume").glob("state-*")
    kept = int(state.name.removeprefix("state-"))
    assert (state / "shards").is_dir()
    report = launched(CPU_2, job(home, tmp_path), pairs(80), on_step, nothing)
    assert seen == [0, *range(kept, 40)]
    assert len(report.steps) == 40
    assert not (tmp_path / "launch").exists()


def test_what_a_rank_raises_is_what_the_run_raises(home: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none of 4 pairs fits 3 tokens"):
        launched(CPU_2, job(home, tmp_path, max_tokens=3), pairs(4), nothing, nothing)


def test_processes_that_never_begin_leave_one_sentence(home: Path, tmp_path: Path) -> None:
    config = tmp_path / "broken.yaml"
    config.write_text("compute_environment: LOCAL_MACHINE\ndistributed_type: SEVERAL\n")
    with pytest.raises(StageError, match=r"exit code 1: ValueError: .*SEVERAL.*log\.txt") as caught:
        launched(str(config), job(home, tmp_path), pairs(4), nothing, nothing)
    assert "\n" not in str(caught.value)


def test_ranks_end_when_the_run_is_killed(home: Path, tmp_path: Path) -> None:
    """kill -9 of the run alone: the ranks see it and go, so that a new run has the folder to itself."""
    resolve_model("tiny", home / "models")
    code = (
        "import sys; from pathlib import Path\n"
        "from test_accelerate import *\n"
        f"launched(CPU_2, job(Path({str(home)!r}), Path({str(tmp_path)!r})), pairs(40000), nothing, nothing)\n"
    )
    path = os.pathsep.join([str(ROOT), str(Path(__file__).parent)])
    process = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path})
    deadline = time.monotonic() + 120
    while not (tmp_path / "launch" / "events.jsonl").is_file():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert len(workers(tmp_path / "launch")) >= 3  # the launcher and two ranks
    process.send_signal(signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 30
    while workers(tmp_path / "launch"):
        assert time.monotonic() < deadline, "ranks outlive their run"
        time.sleep(0.2)


def test_a_file_that_is_not_there_is_refused_at_once() -> None:
    from loop.config import load_preset, validate
    from loop.session import Session

    config = validate({**load_preset("smoke"), "accelerate": "nowhere.yaml"}, "test")
    with pytest.raises(ConfigError, match=r"nowhere\.yaml is no file: give accelerate's configuration"):
        Session(config, None).check()


def test_the_last_word_is_the_ranks_not_the_launchers(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text(
        "[rank1]: Traceback\n[rank1]: RuntimeError: shapes differ.\nx\n"
        "torch.distributed.elastic.multiprocessing.errors.ChildFailedError:\n=====\n"
    )
    assert _last_word(log) == "RuntimeError: shapes differ"
    log.write_text("")
    assert _last_word(log) == "it said nothing"
