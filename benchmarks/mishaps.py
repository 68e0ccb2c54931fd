"""Mishaps other than kill -9 of the loop: Postgres dies, the disk fills, the clock is set back, signals, two at once.

Each part prints one line or a few, with the hashes afterwards. The disk is a tmpfs, which only root may mount; the
clock is one that a library of twenty lines, compiled here, shows to the processes of that start alone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.crash_bench import Bench, outputs

Hashes = dict[str, dict[str, str]]
CLOCK = Path(__file__).parent / "clock.c"


def postgres_killed(bench: Bench, wanted: Hashes) -> None:
    """The server shot once in each stage that executes statements."""
    for stage in ("000/score", "001/probe", "001/diagnose", "001/generate", "001/score"):
        runs = bench.place / f"postgres-{stage.replace('/', '-')}"
        process = bench.start(runs, "1")
        shot = False
        if bench.until(process, runs, stage):
            time.sleep(0.05)
            server = bench.server()[1:2]  # the keeper comes first
            shot = bool(server)
            for pid in server:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        code, said = bench.finish(process)
        same = outputs(runs / "default") == wanted
        print(f"Postgres killed in {stage}: {'' if shot else 'none ran; '}exit {code}, same hashes: {same}", flush=True)
        if code:
            print(f"  {said.strip().splitlines()[-1]}; {bench.again(runs, wanted)}", flush=True)


def full_disk(bench: Bench, wanted: Hashes) -> None:
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
        bench.until(process, place, "001/generate")
        with contextlib.suppress(OSError), (place / "ballast").open("wb") as file:
            while True:
                file.write(b"x" * 4096)
        code, said = bench.finish(process)
        print(f"disk filled meanwhile: exit {code}: {said.strip().splitlines()[-1].replace(str(place), 'TMPFS')}")
        (place / "ballast").unlink()
        print(f"room made, {bench.again(place, wanted, bench.loose)}", flush=True)
    finally:
        subprocess.run(["umount", str(place)], check=False)


def clock_set_back(bench: Bench, wanted: Hashes) -> None:
    """Five hours back in the middle of a run, and two days back before it is gone on with."""
    compiler, library, offset = shutil.which("cc"), bench.place / "clock.so", bench.place / "offset"
    made = compiler and subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(CLOCK), "-ldl"], check=False
    )
    if not made or made.returncode:
        print("clock set back: no C compiler here")
        return
    shown = {"LD_PRELOAD": str(library), "SQLLOOP_CLOCK_OFFSET": str(offset)}
    runs = bench.place / "clock"
    offset.write_text("0")
    process = bench.start(runs, "1", None, "--stop-by", _in_hours(3), **shown)
    bench.until(process, runs, "001/generate")
    offset.write_text(str(-5 * 3600))
    code, said = bench.finish(process)
    same = outputs(runs / "default") == wanted
    log = (runs / "default" / "run.log").read_text().splitlines()
    hours = " ".join(dict.fromkeys(line.split()[1][:2] for line in log))
    print(f"clock set back by 5 hours: exit {code}, same hashes: {same}; hours in run.log: {hours}")
    if code:
        print(said[-800:])
    runs = bench.place / "clock-killed"
    offset.write_text("0")
    process = bench.start(runs, "1", None, **shown)
    bench.until(process, runs, "001/train")
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    offset.write_text(str(-2 * 86400))
    code, _ = bench.finish(bench.start(runs, "1", None, **shown))
    same = outputs(runs / "default") == wanted
    print(f"killed in train, clock set back by 2 days: exit {code}, same hashes: {same}", flush=True)


def _in_hours(hours: int) -> str:
    return time.strftime("%H:%M", time.localtime(time.time() + hours * 3600))


def two_at_once(bench: Bench, wanted: Hashes) -> None:
    """Two starts of one run at the same moment."""
    runs = bench.place / "two"
    both = [bench.start(runs, "1") for _ in range(2)]
    ended = [bench.finish(process) for process in both]
    loser = next((said.strip().splitlines()[-1] for code, said in ended if code == 75), "")
    same = outputs(runs / "default") == wanted
    print(f"two at once: exits {sorted(code for code, _ in ended)}, same hashes: {same}")
    print(f"  {loser.replace(str(runs), 'RUNS')}", flush=True)


def terminated(bench: Bench, wanted: Hashes) -> None:
    """SIGTERM in each of the long stages, then the same command again."""
    for stage in ("000/predict", "000/score", "001/generate", "001/train"):
        runs = bench.place / f"terminated-{stage.replace('/', '-')}"
        process = bench.start(runs, "1")
        bench.until(process, runs, stage)
        time.sleep(0.05)
        process.terminate()
        code, said = bench.finish(process)
        print(f"SIGTERM in {stage}: exit {code} ({said.strip().splitlines()[-1]}); {bench.again(runs, wanted)}")


def interrupts(bench: Bench, wanted: Hashes) -> None:
    """SIGINT twice, at several distances, then the same command again."""
    for pause in (0.0, 0.01, 0.05, 0.2, 0.5):
        runs = bench.place / f"interrupted-{pause}"
        process = bench.start(runs, "1")
        bench.until(process, runs, "001/generate")
        for _ in range(2):
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            time.sleep(pause)
        code, said = bench.finish(process)
        last = said.strip().splitlines()[-1]
        print(f"SIGINT twice, {pause} s apart: exit {code} ({last}); {bench.again(runs, wanted)}", flush=True)


MISHAPS: tuple[Callable[[Bench, Hashes], None], ...] = (
    postgres_killed, full_disk, clock_set_back, two_at_once, terminated, interrupts,
)  # fmt: skip
