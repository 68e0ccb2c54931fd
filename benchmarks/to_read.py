"""Generated pairs for a person to read: is it what somebody would ask, and does the SQL answer it?

    python -m benchmarks.to_read --seed 20261129 --out benchmarks/results/read/examples-20261129.jsonl

Pairs of curriculum stages 2 to 5 with the last stage's mixture, let in by the gate, drawn over all schemas; the same
seed gives the same pairs. Whoever reads them did not write the generator, and a seed is read once.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

from generators.curriculum import STAGE_SHARES, Request, draw_examples
from generators.gate import TRIES
from loop.config import resolve
from loop.session import Session
from loop.supply import new_gate

EACH = 24
"""Pairs made on each schema, of which some are drawn."""


def drawn(count: int, seed: int) -> list[dict[str, str | int]]:
    """The pairs, as lines of the file."""
    session = Session(resolve("laptop", {"schemas": "all", "seed": seed}), None)
    gate = new_gate(session, execute=True)
    made = []
    for view in session.views.values():
        candidates = draw_examples(view, Request(STAGE_SHARES[5]), seed, "read")
        made += [item for item in gate.admitted(candidates, EACH, TRIES * EACH) if item.stage >= 2]
    session.close()
    random.Random(seed).shuffle(made)
    return [
        {"n": number, "schema": item.schema_name, "stage": item.stage, "pattern": item.pattern,
         "question": item.question, "sql": item.sql}
        for number, item in enumerate(made[:count], 1)
    ]  # fmt: skip


def main() -> None:
    """Read the options and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    lines = [json.dumps(item) + "\n" for item in drawn(args.count, args.seed)]
    args.out.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
