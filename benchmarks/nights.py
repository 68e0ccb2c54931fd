"""Nights in a row by the printed cron line: an empty environment, no terminal, no HOME, the smoke preset.

    python -m benchmarks.nights --nights 30

What is printed every five nights: rounds, checkpoints and their size, the run's size, the log's; at the end the exit
codes, whatever the nights printed, the log's last night, and processes left.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.crash_bench import ROOT, Bench, leftovers
from loop.config import Config, load_preset, to_toml
from loop.disk import folder_bytes, size
from loop.schedule import Nightly, cron_line


def nights(bench: Bench, count: int) -> None:
    """Run them."""
    runs = bench.place / "nights"
    bench.finish(bench.start(runs, "0"))
    os.environ["SQLLOOP_HOME"], os.environ["HF_HUB_OFFLINE"] = str(bench.home), "1"
    command = cron_line(Nightly("default", runs, stop_by=None)).split(" ", 5)[5].replace(r"\%", "%")
    began, spoken, codes, run = time.monotonic(), 0, [], runs / "default"
    for night in range(1, count + 1):
        done = subprocess.run(
            ["/usr/bin/env", "-i", f"PYTHONPATH={ROOT}", "OMP_NUM_THREADS=1", "/bin/sh", "-c", command],
            capture_output=True, text=True, cwd="/", stdin=subprocess.DEVNULL, check=False, start_new_session=True,
        )  # fmt: skip
        codes.append(done.returncode)
        spoken += len(done.stdout + done.stderr)
        if done.returncode:
            print(done.stderr[-500:])
        if night % 5 == 0 or night == count:
            models = sum(folder_bytes(path) for path in run.glob("rounds/*/train/checkpoint"))
            kept = len(list(run.glob("rounds/*/train/checkpoint")))
            rounds = len(list(run.glob("rounds/*/decide/done.json")))
            log = sum(path.stat().st_size for path in run.glob("run.log*"))
            each = (time.monotonic() - began) / night
            print(
                f"night {night}: {rounds} rounds, {kept} checkpoints of {size(models)}, run {size(folder_bytes(run))}, "
                f"log {size(log)}, {each:.1f} s a night",
                flush=True,
            )
    print(f"exit codes {sorted(set(codes))}, characters printed {spoken}")
    log_lines = (run / "run.log").read_text().splitlines()
    last = max(place for place, line in enumerate(log_lines) if "Round" in line)
    print("the log's last night:", *log_lines[last:], sep="\n  ")


def main() -> None:
    """Run them in a folder of their own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sqlloop-nights-") as place:
        bench = Bench(Path(place))
        bench.preset.write_text(to_toml(Config.model_validate(load_preset("smoke"))))
        nights(bench, options.nights)
        print(f"processes left: {leftovers(bench.home)}")


if __name__ == "__main__":
    main()
