"""What a year of nights does to a run: killed in every stage and at random moments, and other mishaps.

    python -m benchmarks.crashes [PART ...] --kills 30 --seed 1            (nights: python -m benchmarks.nights)

Each part ends with the hashes of every stage's files beside those of a run that nobody disturbed, and all of it with
the processes and databases that were left. Real processes, a preset smaller than smoke.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.crash_bench import STAGES, Bench, descendants, leftovers, outputs
from benchmarks.mishaps import MISHAPS

KILLS_A_RUN = 6

Hashes = dict[str, dict[str, str]]


def kill(bench: Bench, process: subprocess.Popen[str], *, with_server: bool) -> None:
    """kill -9 of the loop and its children, its server and the server's keeper among them or not."""
    victims = [*descendants(process.pid), *bench.server()] if with_server else []
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for pid in victims:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.communicate()


def every_stage(bench: Bench, wanted: Hashes, seed: int) -> None:
    """One run, killed once in each of its stages."""
    runs, draw, hit = bench.place / "stages", random.Random(f"stages/{seed}"), []
    for stage in STAGES:
        process = bench.start(runs, "1")
        if bench.until(process, runs, stage):
            time.sleep(draw.uniform(0.0, 0.15))
            hit.append(stage)
        kill(bench, process, with_server=draw.random() < 0.5)
    print(f"killed once in each of {len(hit)} of {len(STAGES)} stages; {bench.again(runs, wanted)}", flush=True)


def random_moments(bench: Bench, wanted: Hashes, seconds: float, count: int, seed: int) -> None:
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
            kill(bench, process, with_server=draw.random() < 0.5)
            done += 1
            begun = [path.name.removeprefix("tmp-") for path in runs.glob("default/rounds/*/tmp-*")]
            where[begun[0] if begun else "between stages"] += 1
        code, said = bench.finish(bench.start(runs, "1"))
        if code:
            print(said[-2000:])
        finished += 1
        same += outputs(runs / "default") == wanted
        left += len(list((runs / "default").glob("rounds/*/tmp-*")))
    print(f"{done} kills over {finished} runs: {same} runs with the same hashes, {left} working folders left")
    print("killed in: " + ", ".join(f"{stage} {number}" for stage, number in where.most_common()), flush=True)


def main() -> None:
    """Run all parts, or those that are named."""
    seeded: dict[str, Callable[[Bench, Hashes, float, argparse.Namespace], None]] = {
        "stages": lambda bench, wanted, _, options: every_stage(bench, wanted, options.seed),
        "random": lambda bench, wanted, seconds, options: random_moments(
            bench, wanted, seconds, options.kills, options.seed
        ),
    }
    plain = {part.__name__: part for part in MISHAPS}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=[*plain, *seeded], help=", ".join([*plain, *seeded]))
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for name in options.parts:
        if name not in {*plain, *seeded}:
            parser.error(f"there is no part {name}: choose from {', '.join([*plain, *seeded])}")
    with tempfile.TemporaryDirectory(prefix="sqlloop-crashes-") as place:
        bench = Bench(Path(place))
        bench.finish(bench.start(bench.place / "warm", "0"))  # the server's files and the model are made once
        began = time.monotonic()
        code, said = bench.finish(bench.start(bench.place / "undisturbed", "1"))
        seconds = time.monotonic() - began
        wanted = outputs(bench.place / "undisturbed" / "default")
        databases = bench.databases()
        print(
            f"undisturbed: exit {code}, {len(wanted)} stages, {seconds:.1f} s, {len(databases)} databases", flush=True
        )
        assert code == 0, said
        for name in options.parts:
            if name in plain:
                plain[name](bench, wanted)
            else:
                seeded[name](bench, wanted, seconds, options)
        new = sorted(set(bench.databases()) - set(databases))
        print(f"databases left beyond the undisturbed run's: {new}")
        print(f"processes left: {leftovers(bench.home)}")


if __name__ == "__main__":
    main()
