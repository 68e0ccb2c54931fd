"""The control arms' ways to train: what sqlloop does not do, beside which its own way is measured.

Optimiser, schedule, resuming and reports are the trainer's own; only what is laid out in a batch, which tokens count,
or which weights train is another. Several ranks are not provided for. Knows tokens and models, nothing of arms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch

from schemas.errors import ModelError
from schemas.records import TrainReport
from trainer.batches import Batch, TokenPair
from trainer.fit import fit
from trainer.step import Form, Stepper

WINDOW = 2048
"""Tokens of a packed window: three or four pairs of SmolLM2's, as the schema stands in each."""
ATTENTION = frozenset({"self_attn", "attn", "attention", "self_attention"})
"""What Hugging Face's models call their attention."""


class PromptLoss(Stepper):
    """Loss on every token of a pair but the first, prompt and SQL alike: wᵢ times the mean over the pair's tokens."""

    def _laid_out(self, part: Sequence[TokenPair]) -> Batch:
        batch = super()._laid_out(part)
        found = _in_rows(part, batch.input_ids.shape[1]) if self.form == "padded" else _in_one_row(part)
        predictors, targets, shares = zip(*found, strict=True)
        return replace(
            batch, predictors=torch.tensor(predictors), targets=torch.tensor(targets), shares=torch.tensor(shares)
        )


Target = tuple[int, int, float]
"""Flat place whose hidden state predicts, the token it predicts, its share of the loss."""


def _in_one_row(pairs: Sequence[TokenPair]) -> list[Target]:
    """Targets of a shared batch: a prefix's tokens stand there once, and count for all of its pairs."""
    by_prefix: dict[tuple[int, ...], list[TokenPair]] = {}
    for pair in pairs:
        by_prefix.setdefault(pair.prefix, []).append(pair)
    found: list[Target] = []
    start = 0
    for prefix, members in by_prefix.items():
        together = sum(pair.weight / (len(pair) - 1) for pair in members)
        found += [(start + place, token, together) for place, token in enumerate(prefix[1:])]
        last, first = start + len(prefix) - 1, start + len(prefix)
        for pair in members:
            own = (*pair.suffix, *pair.completion)
            share = pair.weight / (len(pair) - 1)
            if prefix:
                found.append((last, own[0], share))
            found += [(first + place, token, share) for place, token in enumerate(own[1:])]
            first += len(own)
        start = first
    return found


def _in_rows(pairs: Sequence[TokenPair], width: int) -> list[Target]:
    """Targets of a padded batch."""
    return [
        (row * width + place, token, pair.weight / (len(pair) - 1))
        for row, pair in enumerate(pairs)
        for place, token in enumerate((*pair.prefix, *pair.suffix, *pair.completion)[1:])
    ]


class Packed(Stepper):
    """Several pairs in one window under one causal mask, positions running on; loss on the SQL alone.

    What TRL's `packing=True` does where no flash attention keeps the pairs apart: each pair sees those before it in its
    window. Pairs are whole, and a step's windows hold the pairs of that step.
    """

    def _choose_form(self, model: Any) -> Form:  # noqa: ARG002 - part of the signature
        return "padded"

    def _parts(self, pairs: Sequence[TokenPair]) -> list[list[TokenPair]]:
        return windows(pairs, WINDOW)

    def _laid_out(self, part: Sequence[TokenPair]) -> Batch:
        return packed_batch(part)


def windows(pairs: Sequence[TokenPair], tokens: int) -> list[list[TokenPair]]:
    """Pairs in order, in windows of at most so many tokens; a longer pair has one of its own.

    >>> pairs = [TokenPair(name, (1,) * size, (), (2,), 1.0) for name, size in (("a", 3), ("b", 4), ("c", 1))]
    >>> [[pair.id for pair in window] for window in windows(pairs, 7)]
    [['a'], ['b', 'c']]
    """
    found: list[list[TokenPair]] = []
    room = 0
    for pair in pairs:
        if not found or len(pair) > room:
            found.append([])
            room = tokens
        found[-1].append(pair)
        room -= len(pair)
    return found


def packed_batch(pairs: Sequence[TokenPair]) -> Batch:
    """One row of whole pairs, one after the other, under an ordinary causal mask.

    >>> batch = packed_batch([TokenPair("a", (11,), (12,), (13, 2), 1.0), TokenPair("b", (11,), (14,), (2,), 3.0)])
    >>> batch.input_ids.tolist(), batch.position_ids.tolist()
    ([[11, 12, 13, 2, 11, 14, 2]], [[0, 1, 2, 3, 4, 5, 6]])
    >>> batch.predictors.tolist(), batch.targets.tolist(), batch.shares.tolist()
    ([1, 2, 5], [13, 2, 2], [0.5, 0.5, 3.0])
    """
    ids: list[int] = []
    found: list[Target] = []
    for pair in pairs:
        ids += (*pair.prefix, *pair.suffix)
        share = pair.weight / len(pair.completion)
        found += [(len(ids) - 1 + place, token, share) for place, token in enumerate(pair.completion)]
        ids += pair.completion
    predictors, targets, shares = zip(*found, strict=True)
    row = torch.tensor([ids])  # (1, tokens)
    return Batch(
        tuple(pair.id for pair in pairs),
        row,
        torch.arange(len(ids))[None],  # (1, tokens)
        torch.ones_like(row),
        (),
        torch.tensor(predictors),
        torch.tensor(targets),
        torch.tensor(shares),
    )


class AttentionOnly(Stepper):
    """Only the projections within attention train; embeddings, feed-forward layers, norms and head are frozen."""

    def __init__(self, model: Any, *arguments: Any, **named: Any) -> None:
        """Freeze the rest.

        Raises:
            ModelError: none of the model's layers is called attention.
        """
        super().__init__(model, *arguments, **named)
        trained = {id(weight) for layer in projections(model) for weight in layer.parameters()}
        if not trained:
            raise ModelError("this model has no layer within one called attention: attention-only cannot train it")
        self._frozen = [weight for weight in model.parameters() if id(weight) not in trained]
        for weight in self._frozen:
            weight.requires_grad_(False)

    def _accumulate(self, pairs: Sequence[TokenPair]) -> tuple[float, int]:
        done = super()._accumulate(pairs)
        for weight in self._frozen:  # Adam moves nothing by it, and has a state for every parameter, as others expect
            weight.grad = torch.zeros_like(weight)
        return done


def projections(model: Any) -> list[torch.nn.Module]:
    """The linear layers within a model's attention."""
    return [
        layer
        for name, layer in model.named_modules()
        if isinstance(layer, torch.nn.Linear) and ATTENTION.intersection(name.split("."))
    ]


CONTROLS: Mapping[str, type[Stepper]] = {"packed": Packed, "prompt-loss": PromptLoss, "attention-only": AttentionOnly}


def trainer_of(name: str) -> Callable[..., TrainReport]:
    """`trainer.fit.fit` with a control's steps."""
    return partial(fit, stepper_class=CONTROLS[name])
