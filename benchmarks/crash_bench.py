"""What the crash benchmarks share: a home with its own server, a preset smaller than smoke, starts, and what they left.

Knows processes and files, not what is done to them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from loop.config import Config, load_preset, to_toml

ROOT = Path(__file__).parent.parent
SMALL = {
    "first_examples": 6, "curriculum_examples": 4, "hard_examples": 4, "natural_variants": 2, "probe_questions": 2,
    "dev_questions": 6, "select_questions": 6, "test_always": False, "max_new_tokens": 4, "instances": 1,
    "carry_optimizer": False, "keep_best": 1, "keep_latest": 1,
}  # fmt: skip
STAGES = (
    "000/probe", "000/predict", "000/score", "001/probe", "001/diagnose", "001/plan", "001/generate", "001/mix",
    "001/train", "001/predict", "001/score", "001/decide",
)  # fmt: skip


class Bench:
    """A home, presets and a folder for runs."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.home = place / "home"
        self.preset = self._preset("small.toml")
        self.loose = self._preset("loose.toml", disk_reserve_gb=0)  # without the look at the disk beforehand

    def _preset(self, name: str, **more: float) -> Path:
        path = self.place / name
        path.write_text(to_toml(Config.model_validate({**load_preset("smoke"), **SMALL, **more})))
        return path

    def start(
        self, runs: Path, rounds: str, preset: Path | None = None, *more: str, **environment: str
    ) -> subprocess.Popen[str]:
        """One start of the loop, in a session of its own."""
        own = {
            **os.environ, "SQLLOOP_HOME": str(self.home), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1", **environment,
        }  # fmt: skip
        command = [sys.executable, "-m", "loop", "run", "--preset", str(preset or self.preset)]
        command += ["--runs-dir", str(runs), "--rounds", rounds, *more]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=own, start_new_session=True
        )

    def finish(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        """Exit code and all that was printed."""
        out, errors = process.communicate(timeout=600)
        return process.returncode, out + errors

    def again(self, runs: Path, wanted: dict[str, dict[str, str]], preset: Path | None = None) -> str:
        """The same command once more: how it ended, in words."""
        code, said = self.finish(self.start(runs, "1", preset))
        left = len(list((runs / "default").glob("rounds/*/tmp-*")))
        same = outputs(runs / "default") == wanted
        return f"again: exit {code}, same hashes: {same}, working folders left: {left}{'' if same else said[-800:]}"

    def until(self, process: subprocess.Popen[str], runs: Path, stage: str) -> bool:
        """Wait until a stage has begun; whether the process is still there."""
        number, name = stage.split("/")
        folder = runs / "default" / "rounds" / number
        while process.poll() is None and not (folder / f"tmp-{name}").exists() and not (folder / name).exists():
            time.sleep(0.003)
        return process.poll() is None

    def databases(self) -> tuple[str, ...]:
        """Names of the databases on the embedded server."""
        import psycopg

        from evaluator.server import open_server

        with open_server(None, self.home / "postgres") as server, psycopg.connect(server.admin_dsn()) as connection:
            return tuple(str(row[0]) for row in connection.execute("SELECT datname FROM pg_database ORDER BY 1"))

    def server(self) -> list[int]:
        """Process ids of the embedded server's keeper, of the server and of its sessions; empty where none runs."""
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if str(self.home / "postgres" / "users.lock") in words and any(
                word.endswith("keeper.py") for word in words
            ):
                return descendants(int(path.parent.name))
        return []


def outputs(run: Path) -> dict[str, dict[str, str]]:
    """Stage -> hashes of its files but the training's report, which holds seconds."""
    found = {}
    for path in sorted(run.glob("rounds/*/*/done.json")):
        done = json.loads(path.read_text())
        name = f"{path.parent.parent.name}/{path.parent.name}"
        found[name] = {key: value for key, value in done["outputs"].items() if key != "checkpoint.jsonl"}
    return found


def descendants(pid: int) -> list[int]:
    """A process and all that it started, itself first."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found, new = [pid], [pid]
    while new:
        new = [child for parent in new for child in children.get(parent, [])]
        found += new
    return found


def leftovers(home: Path) -> int:
    """Processes that still speak of this home, some seconds after the last one left."""
    deadline = time.monotonic() + 20
    while True:
        count = 0
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                count += str(home) in path.read_bytes().decode(errors="replace")
            except OSError:
                continue
        if not count or time.monotonic() > deadline:
            return count
        time.sleep(1)
