"""Hard examples for every mode of a wrong result: made, carrying the traits, told from the mistake by execution.

    python -m benchmarks.hard [--schemas all] [--count 50] [--modes a,b] [--out benchmarks/results/hard.txt]

For each mode, examples are planned over the schemas as `loop generate --mode` plans them and go through the full gate,
which keeps only what the mode's operator of `schemas.mutate` changes the answer of on some instance. What is kept is
then looked at again, without the gate: does the concept detector find the concept it was made for, does one of the
mode's own mutants change the answer? Beside them, contrast pairs: two questions whose statements, taken for one
another, are diagnosed as just that mode.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.generator import session_of
from generators.contrast import contrasts
from generators.gate import Gate
from generators.hard import hard_examples, plan_for_mode
from loop.session import Session
from loop.supply import new_gate
from schemas.aims import MODE_AIMS, aimed
from schemas.records import Example, PlanItem
from schemas.sql import concepts

TRIES = 40
"""Candidates offered to the gate in one cell of the plan."""
ROUNDS = 12
"""Times a cell is asked for one more example: a mode may have a single concept."""


def made_for(session: Session, gate: Gate, mode: str, count: int, seed: int) -> list[Example]:
    """Examples against a mode, one a cell in turn, until there are enough or every cell was asked ROUNDS times."""
    planned = plan_for_mode(mode, list(session.views.values()), 10_000).items
    items = [item.model_copy(update={"count": 4}) for item in planned]  # bounds the draws of a cell that yields none
    random.Random(seed).shuffle(items)
    streams = [(item, hard_examples(session.view(item.schema_name), item, {}, seed, "hard")) for item in items]
    found: list[Example] = []
    for _ in range(ROUNDS):
        for _, stream in streams:
            if len(found) >= count:
                return found
            kept = next((item for item in islice(stream, TRIES) if gate.admit(item)), None)
            found += [kept] if kept is not None else []
    return found


def in_contrast(session: Session, gate: Gate, items: list[PlanItem], count: int, seed: int) -> int:
    """Contrast pairs found over the plan's cells, a few draws in each, up to `count`."""
    found = 0
    for item in items:
        pairs = contrasts(session.view(item.schema_name), item, session.confused, seed, "hard", limit=3)
        found += any(gate.admit_both(pair.first, pair.second) for pair in pairs)
        if found >= count:
            break
    return found


def changes(session: Session, example: Example) -> bool:
    """Whether one of the mode's first mutants changes the answer."""
    mutants = islice(aimed(example.sql, MODE_AIMS[example.mode], session.schema(example.schema_name).tables), 4)
    return any(session.differs(example.schema_name, example.sql, mutant.sql) for mutant in mutants)


def table(session: Session, modes: list[str], count: int, pairs: int, seed: int) -> Iterator[str]:
    """One line a mode."""
    yield f"{'mode':<20}{'made':>6}{'schemas':>9}{'detected':>10}{'operator changes answer':>25}{'contrast pairs':>16}"
    for mode in modes:
        gate = new_gate(session, execute=True)
        made = made_for(session, gate, mode, count, seed)
        detected = sum(example.aim in concepts(example.sql) for example in made)
        changed = sum(changes(session, example) for example in made)
        items = list(plan_for_mode(mode, list(session.views.values()), 10_000).items)
        random.Random(seed + 1).shuffle(items)
        twins = in_contrast(session, gate, items[: 3 * pairs], pairs, seed) if pairs else 0
        places = len({example.schema_name for example in made})
        yield f"{mode:<20}{len(made):>6}{places:>9}{detected:>10}{changed:>25}{twins:>16}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemas", default="all")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--pairs", type=int, default=5, help="contrast pairs looked for in each mode")
    parser.add_argument("--modes", default="", help="with commas; all of a wrong result unless given")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    modes = options.modes.split(",") if options.modes else list(MODE_AIMS)
    session = session_of(options.schemas, options.seed, 3)
    lines = []
    try:
        for line in table(session, modes, options.count, options.pairs, options.seed):
            print(line, flush=True)
            lines.append(line)
    finally:
        session.close()
    if options.out:
        options.out.write_text("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
