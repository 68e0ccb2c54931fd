"""Tokens saved by normalising white space, by tokenizer: mean and tail.

    python -m benchmarks.whitespace [--tokenizer NAME=FOLDER ...] [--out benchmarks/results/whitespace.txt]

What is written: 500 statements of the generators (stages 1 to 5 over thirteen schemas) laid out as a person or a tool
lays them out: pretty-printed by sqlglot, and with a clause a line under random indents. Beside them the hand-written
golds of split train as they stand in their files. After `normalize_whitespace` each has the same tree (asserted).

Tokenizers: SmolLM2's, from the base model's folder; any other by folder (`--tokenizer`); those of quicktok-v1, where it
is installed (`pip install quicktok-v1`; nothing else needs it).
"""

from __future__ import annotations

import argparse
import importlib
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import sqlglot

from benchmarks.rewrites import reformatted
from generators.curriculum import Request, draw_examples
from generators.view import View
from schemas.catalog import select_schemas
from schemas.home import home
from schemas.sql import normalize_whitespace

SEED = 1
Count = Callable[[str], int]


def tokenizers(named: Sequence[str]) -> Iterator[tuple[str, Count]]:
    """Name and counter of every tokenizer at hand."""
    from transformers import AutoTokenizer

    folders = dict(item.split("=", 1) for item in named)
    own = home() / "models" / "smollm2-135m"
    if own.is_dir():
        folders.setdefault("SmolLM2", str(own))
    for name, folder in folders.items():
        loaded = AutoTokenizer.from_pretrained(folder)
        yield name, lambda text, own=loaded: len(own(text, add_special_tokens=False)["input_ids"])  # type: ignore[misc]
    try:
        library: Any = importlib.import_module("quicktok")
    except ImportError:
        return
    for name in ("cl100k_base", "o200k_base", "qwen3", "llama3"):
        try:
            encoding = library.get_encoding(name)
        except Exception:  # a release may not carry it
            continue
        yield name, lambda text, own=encoding: len(own.encode(text))  # type: ignore[misc]


def statements() -> dict[str, list[str]]:
    """Where they come from -> statements as they are written there."""
    schemas = select_schemas("all")
    drawn = []
    for schema in schemas:
        request = Request(dict.fromkeys(range(1, 6), 0.2))
        drawn += [item.sql for item in islice(draw_examples(View.of(schema, SEED), request, SEED, "space"), 39)]
    rng = random.Random(SEED)
    lined = [reformatted(sql, rng.randrange(10_000)) for sql in drawn[:500]]
    pretty = [sqlglot.transpile(sql, read="postgres", write="postgres", pretty=True)[0] for sql in drawn[:500]]
    golds = [gold for schema in schemas for item in schema.split("train") for gold in item.golds if "{" not in gold]
    return {"generated, pretty-printed": pretty, "generated, loose": lined, "golds of train": golds}


def report(named: Sequence[str]) -> list[str]:
    texts = statements()
    head = f"{'tokenizer':<14}{'statements':<28}{'number':>7}{'before':>9}{'after':>8}"
    lines = [f"{head}{'saved':>8}{'a tenth save':>14}{'most':>7}"]
    for items in texts.values():
        for text in items:
            assert sqlglot.parse(normalize_whitespace(text), read="postgres") == sqlglot.parse(text, read="postgres")
    for name, count in tokenizers(named):
        for kind, items in texts.items():
            pairs = [(count(text), count(normalize_whitespace(text))) for text in items]
            shares = sorted(1 - after / before for before, after in pairs)
            before, after = (statistics.mean(side) for side in zip(*pairs, strict=True))
            lines.append(
                f"{name:<14}{kind:<28}{len(items):>7}{before:>9.1f}{after:>8.1f}{1 - after / before:>8.1%}"
                f"{shares[int(0.9 * len(shares))]:>13.0%}+{shares[-1]:>7.0%}"
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokenizer", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    text = "\n".join(report(arguments.tokenizer)) + "\n"
    print(text)
    if arguments.out:
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
