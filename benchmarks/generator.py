"""How fast training pairs are made and checked, and what a hundred thousand of them are like.

    python -m benchmarks.generator [--schemas all] [--sample N] [--workers 2] [--out FILE]
    python -m benchmarks.generator --count 100000 [--pairs FILE.jsonl] [--out FILE]

Pairs are drawn from the last stage's mixture by `loop.supply`, as `loop generate` makes them. Rates: with execution on
one instance and one aimed mutant that must change the answer (the quick gate), and by the full gate, which runs a
label on all instances, again on shuffled rows where its tree leaves the order open, and looks for ties at a cut. CPU
time is that of the processes and of Postgres together: what a kept pair costs on an idle core.

`--count` makes that many through the full gate and then looks at them again without it: a seeded sample is run anew,
questions and statements are counted, all are compared with the sealed questions once more.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.evaluator import Meter
from generators.gate import Sealed, normalized_question
from loop.config import resolve
from loop.session import Session
from loop.supply import Part, Wish, supply, write_examples
from schemas.catalog import spell_out
from schemas.records import Example
from schemas.sql import skeleton

RERUN = 2_000
"""Pairs of the large run that are executed again."""
SKELETON_SAMPLE = 500


def session_of(schemas: str, seed: int, instances: int) -> Session:
    """A session with as many instances as the gate shall run a label on."""
    return Session(resolve("laptop", {"schemas": spell_out(schemas), "seed": seed, "instances": instances}), None)


def rate(what: str, schemas: str, wish: Wish, seed: int, instances: int, workers: int) -> str:
    """One line of the table: pairs a second on the clock and by CPU time."""
    session = session_of(schemas, seed, instances)
    try:
        for schema in session.schemas:
            _ = session.instances, session.labels.steady(schema.name, "SELECT 1 AS one")  # builds what is missing
        with Meter(session.server).measure() as found:
            children = _children()
            made, report = supply(session, wish, workers=workers)
        cpu = found[1] + _children() - children
    finally:
        session.close()
    kept = len(made)
    return (f"{what:<46}{workers:>8}{report.offered:>9,}{kept:>8,}{kept / found[0]:>10,.0f}{1000 * cpu / kept:>9.2f}"
            f"{workers * kept / cpu:>14,.0f}")  # fmt: skip


def _children() -> float:
    """CPU seconds of ended worker processes."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def rates(schemas: str, sample: int, seed: int, workers: int) -> list[str]:
    """The quick gate's rate and the full one's."""
    head = f"{'':<46}{'workers':>8}{'offered':>9}{'kept':>8}{'kept/s':>10}{'CPU ms':>9}{'kept/s by CPU':>14}"
    quick, full = Wish(sample, chance=False), Wish(sample)
    return [
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; "
        f"load before: {os.getloadavg()[0]:.1f}",
        head,
        rate("one instance, one aimed mutant", schemas, quick, seed, 1, workers),
        rate("full gate: three instances, chance, mutant", schemas, full, seed, 3, workers),
        "kept/s: on the clock, beside whatever else ran. CPU ms: of Python and Postgres for a kept pair.",
    ]


def study(session: Session, part: Part, seconds: float, seed: int) -> list[str]:
    """What the pairs of a large run are like, looked at without the gate."""
    made, report = part
    sealed = Sealed.of([question for schema in session.schemas for question in schema.questions])
    leaks = Counter(sealed.leak(item.question, item.sql, item.stage) for item in made)
    questions = len({(item.schema_name, normalized_question(item.question)) for item in made})
    pairs = len({(normalized_question(item.question), item.sql) for item in made})
    chosen = random.Random(seed).sample(made, min(RERUN, len(made)))
    ended = [session.execute(item.schema_name, item.sql) for item in chosen]
    fine = sum(all(one.ok for one in runs) for runs in ended)
    full = sum(runs[0].rows > 0 and not runs[0].trivial for runs in ended)
    digest = hashlib.sha256("\n".join(item.model_dump_json() for item in made).encode()).hexdigest()[:16]
    said = ", ".join(f"{count:,} {reason}" for reason, count in report.rejected.items())
    return [
        f"{len(made):,} pairs of {len(session.schemas)} schemas in {seconds:,.0f} s; sha256 {digest}",
        f"offered {report.offered:,}; rejected: {said}",
        f"run again, {len(chosen):,} drawn: {fine / len(chosen):.2%} execute on {len(ended[0])} instances, "
        f"{full / len(chosen):.2%} neither empty nor trivial on instance 1",
        f"duplicates: {len(made) - questions:,} questions within a schema, {len(made) - pairs:,} pairs over all",
        f"leaks: {sum(count for reason, count in leaks.items() if reason):,}",
        *shapes(made, seed),
    ]


def shapes(made: Sequence[Example], seed: int) -> list[str]:
    """Distinct skeletons in samples of the later stages, and how many there are of each stage."""
    late = [item for item in made if item.stage >= 3]
    rng, counts = random.Random(seed), []
    for _ in range(10):
        sample = rng.sample(late, min(SKELETON_SAMPLE, len(late)))
        counts.append(len({skeleton(item.sql) for item in sample}))
    stages = Counter(item.stage for item in made)
    return [
        f"distinct skeletons in {SKELETON_SAMPLE} of stages 3 to 5: {sum(counts) / len(counts):.0f} "
        f"(ten samples, {min(counts)} to {max(counts)})",
        "stages: " + ", ".join(f"{stage}: {stages[stage]:,}" for stage in sorted(stages)),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemas", default="all")
    parser.add_argument("--sample", type=int, default=2600, help="pairs in each rate")
    parser.add_argument("--count", type=int, default=0, help="pairs of the large run; the rates are then not measured")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pairs", type=Path, help="where the large run's pairs are written")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.count:
        session = session_of(options.schemas, options.seed, 3)
        try:
            began = time.perf_counter()
            part = supply(session, Wish(options.count), workers=options.workers)
            lines = study(session, part, time.perf_counter() - began, options.seed)
        finally:
            session.close()
        if options.pairs:
            write_examples(options.pairs, part[0])
    else:
        lines = rates(options.schemas, options.sample, options.seed, options.workers)
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if options.out:
        options.out.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
