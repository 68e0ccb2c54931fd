"""Figures for a tracker: accelerate's own interface, with a tracker that only keeps what it is told."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loop.tracking import Tracking
from schemas.errors import ConfigError

ROOT = Path(__file__).parents[2]

RUN = """
import json, sys
from pathlib import Path
from accelerate.tracking import GeneralTracker, on_main_process, register_tracker_class

class Kept(GeneralTracker):
    name = "kept"
    requires_logging_directory = True

    def __init__(self, run_name, logging_dir, **_):
        super().__init__()
        self.run_name, self.logging_dir, self.lines = run_name, logging_dir, []

    @property
    def tracker(self):
        return self.lines

    @on_main_process
    def store_init_configuration(self, values):
        self.lines.append({"run": self.run_name, "seed": values["seed"]})

    @on_main_process
    def log(self, values, step=None, **_):
        self.lines.append({"step": step, **values})

    def finish(self):
        TARGET.write_text("\\n".join(json.dumps(line) for line in self.lines))

TARGET = Path(sys.argv.pop(1))
register_tracker_class(Kept)
from loop.cli import main
main()
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], Path]:
    """What a tracker was told in a smoke run of two rounds, and the run's folder."""
    folder = tmp_path_factory.mktemp("tracked")
    environment = {**os.environ, "SQLLOOP_HOME": str(folder / "home"), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)}
    arguments = ["run", "--preset", "smoke", "--rounds", "2", "--runs-dir", str(folder), "--track", "kept"]
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(folder / "kept.jsonl"), *arguments],
        capture_output=True, text=True, env=environment, timeout=300, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in (folder / "kept.jsonl").read_text().splitlines()], folder / "default"


def test_every_step_and_every_round_is_told(kept: tuple[list[dict[str, Any]], Path]) -> None:
    lines, run = kept
    assert lines[0] == {"run": "default", "seed": 1}
    reports = [
        json.loads((run / f"rounds/{number:03d}/train/checkpoint.jsonl").read_text())["report"]["steps"]
        for number in (1, 2)
    ]
    wanted = [(step["loss"], step["rate"]) for steps in reports for step in steps]
    told = [line for line in lines if "train/loss" in line]
    assert [(line["train/loss"], line["train/rate"]) for line in told] == wanted
    assert [line["step"] for line in told] == list(range(1, len(wanted) + 1))
    rounds = [line for line in lines if "exact/dev" in line]
    assert [line["round"] for line in rounds] == [0, 1, 2]
    assert [line["step"] for line in rounds] == [0, len(reports[0]), len(wanted)]
    assert all(0 <= line["exact/select"] <= 1 for line in rounds)


def test_an_unknown_tracker_and_a_missing_package_are_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="choose mlflow, trackio, tensorboard"):
        Tracking("mlfow", "default", tmp_path, {})
    if importlib.util.find_spec("mlflow") is not None:
        pytest.skip("mlflow is installed here")
    with pytest.raises(ConfigError, match="--track mlflow needs the package mlflow: pip install mlflow"):
        Tracking("mlflow", "default", tmp_path, {})
    assert not list(tmp_path.iterdir())
