"""WikiSQL without end: so many variations, none twice, all executed on a real Postgres.

    python -m benchmarks.wikisql RELEASE [-n 100000] [--tables 2500] [--out benchmarks/results/wikisql.txt]

RELEASE is the folder or the archive of the WikiSQL release. Tables are put on the embedded server 250 at a time; every
variation is run there. Counted: what runs, what gives at least one row that is not all NULL, questions and pairs that
come twice (in the whole, not in one table), parts of the mixture, and whether a second run gives the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from evaluator.copies import build_instances, drop_instances
from evaluator.execute import Executor
from evaluator.server import open_server
from generators.gate import normalized_question
from generators.wikisql import variations
from generators.wikisql_release import RawTable, read_release
from generators.wikisql_tables import WikiTable, as_schema, build_tables
from schemas.home import home
from schemas.records import Example
from schemas.sql import normalize_whitespace, parse

PACK = 250
SEED = 1


@dataclass
class Count:
    """What was found so far."""

    made: int = 0
    ran: int = 0
    filled: int = 0
    """Answers with a row that holds a value."""
    unparsed: int = 0
    twice: int = 0
    pairs: set[bytes] = field(default_factory=set)
    questions: set[bytes] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    sample: list[Example] = field(default_factory=list)
    digest: str = ""
    generating: float = 0.0
    executing: float = 0.0


def pack_examples(tables: Sequence[WikiTable], count: int, seen: set[int]) -> list[Example]:
    return list(islice(variations(tables, 8, SEED, seen=seen), count))


def measure(raw: Sequence[RawTable], count: int, tables: int) -> Count:
    server = open_server(None, home() / "postgres")
    found, digest = Count(), hashlib.sha256()
    seen: set[int] = set()
    packs = -(-tables // PACK)
    try:
        with Executor(server) as executor:
            for number in range(packs):
                began = time.monotonic()
                chosen = list(build_tables(raw, SEED, number * PACK, PACK))
                made = pack_examples(chosen, (count - found.made) // (packs - number), seen)
                found.generating += time.monotonic() - began
                instance = build_instances(server, as_schema(f"wikisql_{number}", chosen), SEED, 1)[0]
                began = time.monotonic()
                for example in made:
                    digest.update(example.model_dump_json().encode())
                    outcome = executor.execute(instance, example.sql)
                    rows = outcome.table.rows if outcome.table is not None else ()
                    found.ran += outcome.failure is None
                    if outcome.failure is not None:
                        found.refused[f"{outcome.failure.sqlstate}: {example.sql}"] += 1
                    found.filled += any(cell is not None for row in rows for cell in row)
                    look_at(found, example)
                found.executing += time.monotonic() - began
                drop_instances(server, f"wikisql_{number}")
                print(f"{found.made:,} made, {found.ran:,} ran, {found.filled:,} not empty", flush=True)
    finally:
        server.close()
    found.digest = digest.hexdigest()[:16]
    return found


def look_at(found: Count, example: Example) -> None:
    found.made += 1
    question = hashlib.sha256(normalized_question(example.question).encode()).digest()
    pair = hashlib.sha256(f"{example.question}\0{example.sql}".encode()).digest()
    found.twice += question in found.questions or pair in found.pairs
    found.questions.add(question)
    found.pairs.add(pair)
    found.kinds[example.pattern] += 1
    found.kinds[f"{example.sql.split('(')[0].split()[1] if '(' in example.sql[:14] else 'no aggregate'}"] += 1
    if random.Random(f"{SEED}/{found.made}").random() < 0.004:
        found.sample.append(example)
        found.unparsed += parse(example.sql) is None or normalize_whitespace(example.sql) != example.sql


def report(raw: Sequence[RawTable], found: Count, tables: int, again: bool) -> list[str]:
    share = 100 / max(found.made, 1)
    kinds = ", ".join(f"{name} {count * share:.1f}%" for name, count in found.kinds.most_common())
    questions = sum(len(item.questions) for item in raw)
    return [
        f"release: {len(raw):,} tables with {questions:,} questions; {tables:,} tables used",
        f"variations: {found.made:,}; run on Postgres without an error: {found.ran:,} ({found.ran * share:.2f}%)",
        f"not empty: {found.filled:,} ({found.filled * share:.2f}%)",
        f"a question or a pair that came before: {found.twice}",
        f"mixture: {kinds}",
        f"the first table pack made again is the same: {again}; all examples' sha256 begins {found.digest}",
        f"{found.made / max(found.generating, 1e-9):,.0f} a second made, "
        f"{found.made / max(found.executing, 1e-9):,.0f} a second executed, one process",
        f"of {len(found.sample)} drawn, sqlglot cannot read or white space is not normal: {found.unparsed}",
        *(f"  did not run: {statement}" for statement in list(found.refused)[:3]),
        "",
        "ten of them:",
        *(f"  {item.question}\n      {item.sql}" for item in found.sample[:: max(1, len(found.sample) // 10)][:10]),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("release", type=Path)
    parser.add_argument("-n", "--count", type=int, default=100_000)
    parser.add_argument("--tables", type=int, default=2_500)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    raw = read_release(arguments.release)
    first = [pack_examples(list(build_tables(raw, SEED, 0, 50)), 400, set()) for _ in range(2)]
    found = measure(raw, arguments.count, min(arguments.tables, len(raw)))
    text = "\n".join(report(raw, found, arguments.tables, first[0] == first[1])) + "\n"
    print(text)
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
