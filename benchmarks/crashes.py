"""What a year of nights does to a run: killed at random moments, the disk full, Postgres shot, nights in a row.

    python -m benchmarks.crashes --kills 30 --nights 30 --seed 1

Each part ends with the hashes of every stage's files beside those of a run that nobody disturbed. Real processes, the
preset of `tests/loop/test_crash.py`. The disk is a tmpfs of a few megabytes, which only root may mount.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from loop.config import Config, load_preset, to_toml
from loop.disk import folder_bytes, size
from loop.schedule import Nightly, cron_line

ROOT = Path(__file__).parent.parent
SMALL = {
    "first_examples": 6, "curriculum_examples": 4, "hard_examples": 4, "natural_variants": 2, "probe_questions": 2,
    "dev_questions": 6, "select_questions": 6, "test_always": False, "max_new_tokens": 4, "instances": 1,
    "carry_optimizer": False, "keep_best": 1, "keep_latest": 1,
}  # fmt: skip


KILLS_A_RUN = 6


class Bench:
    """A home, a preset and a folder for runs."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.home = place / "home"
        self.preset = place / "small.toml"
        self.preset.write_text(to_toml(Config.model_validate({**load_preset("smoke"), **SMALL})))
        self.loose = place / "loose.toml"  # the same without the look at the disk beforehand
        self.loose.write_text(to_toml(Config.model_validate({**load_preset("smoke"), **SMALL, "disk_reserve_gb": 0})))

    def start(self, runs: Path, rounds: str, preset: Path | None = None) -> subprocess.Popen[str]:
        environment = {
            **os.environ, "SQLLOOP_HOME": str(self.home), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
        }  # fmt: skip
        command = [sys.executable, "-m", "loop", "run", "--preset", str(preset or self.preset)]
        command += ["--runs-dir", str(runs), "--rounds", rounds]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
        )

    def finish(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        out, errors = process.communicate(timeout=600)
        return process.returncode, out + errors


def outputs(run: Path) -> dict[str, dict[str, str]]:
    """Stage -> hashes of its files but the training's report, which holds seconds."""
    found = {}
    for path in sorted(run.glob("rounds/*/*/done.json")):
        done = json.loads(path.read_text())
        name = f"{path.parent.parent.name}/{path.parent.name}"
        found[name] = {key: value for key, value in done["outputs"].items() if key != "checkpoint.jsonl"}
    return found


def leftovers(home: Path) -> int:
    """Processes that still speak of this home, some seconds after the last one left."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        count = 0
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                count += str(home) in path.read_bytes().decode(errors="replace")
            except OSError:
                continue
        if not count:
            return 0
        time.sleep(1)
    return count


def kills(bench: Bench, wanted: dict[str, dict[str, str]], seconds: float, count: int, seed: int) -> None:
    """Runs killed with their children at random moments, up to six times each, then let finish."""
    draw, done, finished, same, left = random.Random(seed), 0, 0, 0, 0
    where: Counter[str] = Counter()
    while done < count:
        runs = bench.place / f"killed-{finished}"
        for _ in range(min(KILLS_A_RUN, count - done)):
            process = bench.start(runs, "1")
            time.sleep(draw.uniform(0.5, seconds))
            if process.poll() is not None:
                process.communicate()
                break
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            done += 1
            begun = [path.name.removeprefix("tmp-") for path in runs.glob("default/rounds/*/tmp-*")]
            where[begun[0] if begun else "between"] += 1
        code, said = bench.finish(bench.start(runs, "1"))
        if code:
            print(said[-2000:])
        finished += 1
        same += outputs(runs / "default") == wanted
        left += len(list((runs / "default").glob("rounds/*/tmp-*")))
    print(f"{done} kills over {finished} runs: {same} runs with the same hashes, {left} working folders left")
    print("killed in: " + ", ".join(f"{stage} {number}" for stage, number in where.most_common()))


def full_disk(bench: Bench, wanted: dict[str, dict[str, str]]) -> None:
    """A run on a disk that is too small, one that fills while it runs, then one with room."""
    place = bench.place / "tmpfs"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", str(place)], check=False).returncode:
        print("disk full: a tmpfs cannot be mounted here")
        return
    try:
        code, said = bench.finish(bench.start(place, "1"))
        print(f"disk too small beforehand: exit {code}: {said.strip().splitlines()[-1].replace(str(place), 'TMPFS')}")
        process = bench.start(place, "1", bench.loose)
        while process.poll() is None and not list(place.glob("default/rounds/*/tmp-generate")):
            time.sleep(0.01)
        with contextlib.suppress(OSError), (place / "ballast").open("wb") as file:
            while True:
                file.write(b"x" * 4096)
        code, said = bench.finish(process)
        print(f"disk filled meanwhile: exit {code}: {said.strip().splitlines()[-1].replace(str(place), 'TMPFS')}")
        (place / "ballast").unlink()
        code, _ = bench.finish(bench.start(place, "1", bench.loose))
        print(f"room made: exit {code}, same hashes: {outputs(place / 'default') == wanted}")
    finally:
        subprocess.run(["umount", str(place)], check=False)


def interrupts(bench: Bench, wanted: dict[str, dict[str, str]]) -> None:
    """SIGINT twice, then the same command again."""
    runs = bench.place / "interrupted"
    process = bench.start(runs, "1")
    while process.poll() is None and not list(runs.glob("default/rounds/*/tmp-generate")):
        time.sleep(0.01)
    for _ in range(2):
        os.kill(process.pid, signal.SIGINT)
        time.sleep(0.05)
    code, said = bench.finish(process)
    again, _ = bench.finish(bench.start(runs, "1"))
    same = outputs(runs / "default") == wanted
    print(f"SIGINT twice: exit {code} ({said.strip().splitlines()[-1]}); again: exit {again}, same hashes: {same}")


def nights(bench: Bench, count: int) -> None:
    """The printed cron line, night after night, in an empty environment."""
    runs = bench.place / "nights"
    bench.finish(bench.start(runs, "0"))
    os.environ["SQLLOOP_HOME"], os.environ["HF_HUB_OFFLINE"] = str(bench.home), "1"
    command = cron_line(Nightly("default", runs, stop_by=None)).split(" ", 5)[5].replace(r"\%", "%")
    began, spoken, codes = time.monotonic(), 0, []
    for night in range(1, count + 1):
        done = subprocess.run(
            ["/usr/bin/env", "-i", f"PYTHONPATH={ROOT}", "OMP_NUM_THREADS=1", "/bin/sh", "-c", command],
            capture_output=True, text=True, cwd="/", stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        codes.append(done.returncode)
        spoken += len(done.stdout + done.stderr)
        if done.returncode:
            print(done.stderr[-500:])
        if night % 5 == 0 or night == count:
            run = runs / "default"
            models = sum(folder_bytes(path) for path in run.glob("rounds/*/train/checkpoint"))
            kept = len(list(run.glob("rounds/*/train/checkpoint")))
            rounds = len(list(run.glob("rounds/*/decide/done.json")))
            print(
                f"night {night}: {rounds} rounds, {kept} checkpoints of {size(models)}, run {size(folder_bytes(run))}, "
                f"log {size((run / 'run.log').stat().st_size)}, {(time.monotonic() - began) / night:.1f} s a night"
            )
    print(f"exit codes {sorted(set(codes))}, characters printed {spoken}")


def main() -> None:
    """Run all parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sqlloop-crashes-") as place:
        bench = Bench(Path(place))
        bench.finish(bench.start(bench.place / "warm", "0"))  # the server's files and the model are made once
        began = time.monotonic()
        code, said = bench.finish(bench.start(bench.place / "undisturbed", "1"))
        seconds = time.monotonic() - began
        wanted = outputs(bench.place / "undisturbed" / "default")
        print(f"undisturbed: exit {code}, {len(wanted)} stages, {seconds:.1f} s")
        assert code == 0, said
        kills(bench, wanted, seconds, options.kills, options.seed)
        full_disk(bench, wanted)
        interrupts(bench, wanted)
        if options.nights:
            nights(bench, options.nights)
        print(f"processes left: {leftovers(bench.home)}")


if __name__ == "__main__":
    main()
