"""Does taking pairs of one schema in a row, which is what makes training fast, cost accuracy?

    python -m benchmarks.grouping --pairs 832 --block 16 --block 8 --block 1 --out FOLDER

The same generated pairs, each once, in the same steps of `--batch` pairs under the same rates; only how many pairs of
a schema stand in a row differs. `--block 1` is shuffled: every pair computes its schema anew, which takes several
times as long. What is compared is the loss on pairs nobody trained on: the hand-written questions of dev, and
generated ones. Two seeds or more tell how much of a difference is chance (`--seed` again). Killed, the same command
goes on where it was.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.transfer import losses, taught
from generators.gate import Gate
from generators.mix import mix
from loop.config import resolve
from loop.samples import make_probes
from loop.session import Session
from loop.store import read_records, write_records
from schemas.records import Example
from trainer.batches import Pair
from trainer.fit import FitSettings, fit


def ordered(examples: Sequence[Example], block: int, batch: int, seed: int) -> list[Example]:
    """The pairs in blocks of one schema, every schema in turn; for 1, in no order at all."""
    if block > 1:
        arranged = mix([example.model_copy(update={"stage": 1}) for example in examples], block, seed, "grouping")
        return list(arranged.examples)
    found = list(examples)
    random.Random(f"grouping/{seed}").shuffle(found)
    return found


def trained(session: Session, examples: Sequence[Example], out: Path, args: argparse.Namespace) -> float:
    """Train the base model on the pairs in this order; seconds it took, 0 where it was done before."""
    if out.is_dir():
        return 0.0
    pairs = []
    for example in examples:
        head, tail = session.prompt(session.schema(example.schema_name), example.question)
        pairs.append(Pair(example.id, head, tail, example.sql))
    settings = FitSettings(peak_rate=args.rate, batch_size=args.batch, threads=args.threads, save_every=5)
    began = time.monotonic()
    resume = out.with_suffix(".resume")
    fit(session.base_model, pairs, 1.0, settings, out, seed=1, resume_dir=resume)
    shutil.rmtree(resume, ignore_errors=True)
    return time.monotonic() - began


def run(args: argparse.Namespace) -> None:
    """Train in every arrangement under every seed; print the losses."""
    out: Path = args.out
    out.mkdir(parents=True, exist_ok=True)
    session = Session(resolve("laptop", {"schemas": args.schemas}), None)
    gate = Gate(session.execute, session.sealed)
    probes = make_probes(list(session.views.values()), gate, args.generated, 1)
    gate.forbid(probes)
    data = out / "examples.jsonl"
    if not data.is_file():
        write_records(data, taught(session, gate, args.pairs // len(session.views), 3))
    examples = read_records(data, Example)
    dev = [question for schema in session.schemas for question in schema.split("dev")]
    print(f"{len(examples)} pairs of {len(session.views)} schemas in steps of {args.batch}; loss in nats a token on "
          f"{len(dev)} hand-written questions of dev and {len(probes)} generated ones", flush=True)  # fmt: skip
    for block in args.block:
        found = []
        for seed in args.seed:
            model = out / f"block{block}-seed{seed}"
            seconds = trained(session, ordered(examples, block, args.batch, seed), model, args)
            found.append((losses(model, session, dev), losses(model, session, probes)))
            rate = f"{len(examples) / seconds:.2f} pairs/s" if seconds else "done before"
            name = f"{block} in a row" if block > 1 else "shuffled"
            print(f"  {name:<12} seed {seed}  dev {found[-1][0]:.3f}  generated {found[-1][1]:.3f}  {rate}", flush=True)
        means = [statistics.fmean(item[side] for item in found) for side in (0, 1)]
        print(f"  {name:<12} mean    dev {means[0]:.3f}  generated {means[1]:.3f}", flush=True)
    session.close()


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schemas", default="all")
    parser.add_argument("--pairs", type=int, default=832, help="pairs in all")
    parser.add_argument("--generated", type=int, default=130, help="held-out generated questions in all")
    parser.add_argument("--block", type=int, action="append", help="pairs of a schema in a row; repeatable")
    parser.add_argument("--seed", type=int, action="append", help="seed of the order; repeatable")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=3.5e-4)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.block, args.seed = args.block or [16, 8, 1], args.seed or [1]
    print(machine())
    print(" ".join(f"--{key} {value}" for key, value in vars(args).items() if key != "out"), flush=True)
    run(args)


if __name__ == "__main__":
    main()
