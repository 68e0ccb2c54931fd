"""Token pairs and helpers that several tests of the trainer use."""

from __future__ import annotations

from typing import Any

import torch

import trainer.prefix
from trainer.batches import Batch, Pair, TokenPair
from trainer.fit import FitSettings

SETTINGS = FitSettings(peak_rate=1e-3, batch_size=4, dtype="float32", threads=2)


def text_pairs(count: int) -> list[Pair]:
    return [
        Pair(f"p{n}", f"table t{n % 2}(a, b)\n" * 3, f"question {n}\n", f"SELECT {n} FROM t", 1.0 + n % 3)
        for n in range(count)
    ]


def token_pairs(lengths: list[tuple[int, int, int, int]]) -> list[TokenPair]:
    """(prefix number, prefix length, suffix length, completion length) -> pairs with ids all over the vocabulary."""
    generator = torch.Generator().manual_seed(1)
    prefixes: dict[tuple[int, int], tuple[int, ...]] = {}

    def draw(count: int) -> tuple[int, ...]:
        return tuple(torch.randint(3, 97, (count,), generator=generator).tolist())

    pairs = []
    for number, (which, common, suffix, completion) in enumerate(lengths):
        prefix = prefixes.setdefault((which, common), draw(common))
        pairs.append(TokenPair(f"p{number}", prefix, draw(suffix), (*draw(completion - 1), 2), 1.0 + number % 3))
    return pairs


MIXED = token_pairs([(1, 21, 5, 9), (2, 13, 3, 4), (1, 21, 1, 1), (1, 21, 7, 12), (2, 13, 6, 2), (3, 4, 2, 5)])


def use(model: Any, batch: Batch, attention: str = trainer.prefix.ATTENTION) -> Any:
    """The model with the attention that the batch's form needs; the padded form gets transformers' plain one."""
    model.set_attn_implementation(attention if batch.blocks else "eager")
    return model
