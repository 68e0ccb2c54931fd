"""A run that is killed with -9 in every stage, and nights by the printed cron line: the real command, real processes.

The preset is smaller than smoke: what is tested is the order of writes, not the model.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.crash_bench import SMALL, outputs
from loop.config import Config, load_preset, to_toml
from loop.schedule import Nightly, cron_line

ROOT = Path(__file__).parent.parent.parent
STAGES = (
    "probe", "predict", "score",
    "probe", "diagnose", "plan", "generate", "mix", "train", "predict", "score", "decide", "test",
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("preset") / "small.toml"
    path.write_text(to_toml(Config.model_validate({**load_preset("smoke"), **SMALL})))
    return path


def start(home: Path, preset: Path, runs: Path, *more: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ, "SQLLOOP_HOME": str(home), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "loop", "run", "--preset", str(preset), "--runs-dir", str(runs), *more]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )


def finish(process: subprocess.Popen[str], expect: int = 0) -> str:
    out, errors = process.communicate(timeout=300)
    assert process.returncode == expect, out + errors
    return out + errors


@pytest.fixture(scope="module")
def undisturbed(home: Path, preset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("undisturbed")
    finish(start(home, preset, runs, "--rounds", "1"))
    assert len(outputs(runs / "default")) == len(STAGES)
    return runs / "default"


def working_folder(run: Path, place: int) -> Path:
    return run / "rounds" / ("000" if place < 3 else "001") / f"tmp-{STAGES[place]}"


def test_killed_in_every_stage(home: Path, preset: Path, undisturbed: Path, tmp_path: Path) -> None:
    run, kills = tmp_path / "default", 0
    for place in range(len(STAGES)):
        folder = working_folder(run, place)
        process = start(home, preset, tmp_path, "--rounds", "1")
        while process.poll() is None and not folder.exists() and not folder.with_name(STAGES[place]).exists():
            time.sleep(0.005)
        time.sleep(0.02 * place)  # not always at the same point within the stage
        kills += process.poll() is None
        os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
        process.communicate()
    assert kills >= len(STAGES) - 1
    finish(start(home, preset, tmp_path, "--rounds", "1"))
    assert outputs(run) == outputs(undisturbed)
    assert not list(run.glob("rounds/*/tmp-*"))
    decision = "rounds/001/decide/decision.jsonl"
    assert (run / decision).read_bytes() == (undisturbed / decision).read_bytes()
    assert not (run / "run.holder").exists()


def test_sigterm_leaves_with_143_and_is_gone_on_with(
    home: Path, preset: Path, undisturbed: Path, tmp_path: Path
) -> None:
    told = tmp_path / "outcome.json"
    process = start(home, preset, tmp_path, "--rounds", "1", "--on-outcome", f"cat > '{told}'")
    while process.poll() is None and not working_folder(tmp_path / "default", 6).exists():
        time.sleep(0.01)
    process.terminate()
    assert "goes on where it stopped" in finish(process, expect=143)
    assert json.loads(told.read_text())["kind"] == "terminated"
    finish(start(home, preset, tmp_path, "--rounds", "1"))
    assert outputs(tmp_path / "default") == outputs(undisturbed)


@pytest.mark.parametrize("pause", [0.0, 0.02, 0.1, 0.4])
def test_ctrl_c_twice_leaves_with_130(home: Path, preset: Path, tmp_path: Path, pause: float) -> None:
    process = start(home, preset, tmp_path, "--rounds", "1")
    while process.poll() is None and not working_folder(tmp_path / "default", 1).exists():
        time.sleep(0.01)
    for _ in range(2):
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        time.sleep(pause)
    assert "loop: interrupted; the same command goes on where it stopped" in finish(process, expect=130)


def test_of_two_at_once_one_wins(home: Path, preset: Path, tmp_path: Path) -> None:
    both = [start(home, preset, tmp_path, "--rounds", "0") for _ in range(2)]
    said = [process.communicate(timeout=300)[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 75]
    winner = next(process.pid for process in both if process.returncode == 0)
    assert f"process {winner} on " in "".join(said)


def test_a_dry_run_writes_nothing(home: Path, preset: Path, undisturbed: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in undisturbed.rglob("*")}
    said = finish(start(home, preset, undisturbed.parent, "--rounds", "+1", "--dry-run"))
    assert "10 stages, about" in said
    assert "nothing was done" in said
    assert {path: path.stat().st_mtime_ns for path in undisturbed.rglob("*")} == before


def test_after_the_hour_nothing_begins(home: Path, preset: Path, tmp_path: Path) -> None:
    """A minute that is over at once: whatever stage is at hand is the last."""
    minute = time.strftime("%H:%M", time.localtime(time.time() + 60))
    runs = tmp_path
    process = start(home, preset, runs, "--rounds", "40", "--stop-by", minute)
    said = finish(process)
    assert f"it is past {minute}" in said
    assert "left" in said
    assert "more rounds" in said


NIGHTS = 3


def test_nights_by_the_cron_line(home: Path, preset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One round a night in an empty environment; checkpoints do not pile up, nothing is printed, the log is plain."""
    finish(start(home, preset, tmp_path, "--rounds", "0"))
    monkeypatch.setenv("SQLLOOP_HOME", str(home))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    command = cron_line(Nightly("default", tmp_path, stop_by=None)).split(" ", 5)[5].replace(r"\%", "%")
    foreign = f"import loop, pathlib; print(pathlib.Path(loop.__file__).parent.parent == pathlib.Path({str(ROOT)!r}))"
    asked = [sys.executable, "-P", "-c", foreign]
    bare = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    own = subprocess.run(asked, capture_output=True, text=True, cwd="/", env=bare, check=False).stdout.strip() == "True"
    extra = [] if own else [f"PYTHONPATH={ROOT}"]  # another checkout is installed in this environment
    for night in range(1, NIGHTS + 1):
        done = subprocess.run(
            ["/usr/bin/env", "-i", *extra, "/bin/sh", "-c", command],
            capture_output=True, text=True, cwd="/", stdin=subprocess.DEVNULL, timeout=300, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert (tmp_path / "default" / "rounds" / f"{night:03d}" / "decide" / "done.json").is_file()
        assert not (tmp_path / "default" / "rounds" / f"{night + 1:03d}").exists()
        assert len(list((tmp_path / "default").glob("rounds/*/train/checkpoint"))) <= 4
    log = (tmp_path / "default" / "run.log").read_text()
    assert log.count("decide done in") == NIGHTS
    assert "\x1b" not in log
