"""Whole pairs as token batches: never cut, never packed; pairs of one schema share its tokens.

Prefix (schema), suffix (question) and completion (SQL and end token) are tokenised apart, so that the prefix has the
same ids in every pair and the first completion token keeps its own predecessor. An optimiser step is the next
`batch_size` pairs of the ordered list; within it pairs are grouped by prefix and laid out as one flat row
(`shared_batch`). `padded_batch`, one pair a row, is the reference form. Knows nothing of models, nor why the order is
as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from trainer.prefix import Block, make_block, to_device

CAUSAL_CHUNK = 192
"""Tokens of a causal row attended together; measured best of 128 to 300 in bfloat16, and near 128 in float32."""

GHOST = ""
"""Id of the pair that stands for none."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One training pair as text."""

    id: str
    prefix: str
    """Schema part of the prompt, the same text for all pairs of a schema."""
    suffix: str
    """Question part of the prompt."""
    completion: str
    """The SQL, without end token."""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class TokenPair:
    """One training pair as token ids."""

    id: str
    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    completion: tuple[int, ...]
    """Ends with the end token."""
    weight: float

    def __len__(self) -> int:
        """Tokens of the whole pair."""
        return len(self.prefix) + len(self.suffix) + len(self.completion)


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs laid out for one forward pass."""

    ids: tuple[str, ...]
    """The pairs' ids."""
    input_ids: Tensor
    """(rows, tokens); one row in the shared form."""
    position_ids: Tensor
    """(rows, tokens): each token's place in its own pair."""
    attention_mask: Tensor | None
    """(rows, tokens), 1 for tokens and 0 for pads, in the padded form; None in the shared form."""
    blocks: tuple[Block, ...]
    """What sees what, in the shared form; empty in the padded form."""
    predictors: Tensor
    """(targets): flat places (row * tokens + token) whose hidden state predicts a completion token."""
    targets: Tensor
    """(targets): the completion tokens they predict."""
    shares: Tensor
    """(targets): w / completion length, the target's share of Σᵢ wᵢ · meanₜ."""

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        mask = None if self.attention_mask is None else self.attention_mask.to(device)
        return Batch(
            self.ids,
            self.input_ids.to(device),
            self.position_ids.to(device),
            mask,
            tuple(to_device(block, device) for block in self.blocks),
            self.predictors.to(device),
            self.targets.to(device),
            self.shares.to(device),
        )


def tokenise(pairs: Sequence[Pair], tokenizer: Any, max_tokens: int) -> tuple[list[TokenPair], list[str]]:
    """Tokenise pairs in order.

    Args:
        pairs: the pairs as text.
        tokenizer: a Hugging Face tokenizer with an end token.
        max_tokens: context in tokens; longer pairs are left out whole.

    Returns:
        The pairs that fit, and the ids of those left out.
    """
    prefixes: dict[str, tuple[int, ...]] = {}
    kept: list[TokenPair] = []
    left_out: list[str] = []
    for pair in pairs:
        if pair.prefix not in prefixes:
            prefixes[pair.prefix] = prefix_ids(pair.prefix, tokenizer)
        suffix = tuple(tokenizer.encode(pair.suffix, add_special_tokens=False))
        completion = (*tokenizer.encode(pair.completion, add_special_tokens=False), tokenizer.eos_token_id)
        tokens = TokenPair(pair.id, prefixes[pair.prefix], suffix, completion, pair.weight)
        if len(tokens) > max_tokens:
            left_out.append(pair.id)
        else:
            kept.append(tokens)
    return kept, left_out


def prefix_ids(prefix: str, tokenizer: Any) -> tuple[int, ...]:
    """Token ids of the schema part, after the begin token where the tokenizer puts one before a text."""
    ids = tuple(tokenizer.encode(prefix, add_special_tokens=False))
    begin = tokenizer.bos_token_id
    wants = begin is not None and tokenizer.encode("a")[:1] == [begin] and ids[:1] != (begin,)
    return (begin, *ids) if wants else ids


def steps(pairs: Sequence[TokenPair], batch_size: int) -> Iterator[Sequence[TokenPair]]:
    """The optimiser steps: consecutive pairs, the last step perhaps smaller."""
    for start in range(0, len(pairs), batch_size):
        yield pairs[start : start + batch_size]


def micro_batches(step: Sequence[TokenPair], max_tokens: int, lone_tokens: int | None = None) -> list[list[TokenPair]]:
    """Cut one step into batches of at most so many computed tokens, pairs of one prefix together.

    A pair that alone exceeds the budget is a batch of its own. Inside a prefix, pairs are sorted by length, so that the
    padding inside attention is least; ties and prefixes keep the order of the step.

    Args:
        step: the pairs.
        max_tokens: of a batch.
        lone_tokens: of a batch of pairs that share no prefix with another, which come last; `max_tokens` if None.
    """
    by_prefix: dict[tuple[int, ...], list[TokenPair]] = {}
    for pair in step:
        by_prefix.setdefault(pair.prefix, []).append(pair)
    groups = list(by_prefix.values())
    if lone_tokens is None or lone_tokens >= max_tokens:
        return _filled(groups, max_tokens)
    sharing = [group for group in groups if len(group) > 1]
    return _filled(sharing, max_tokens) + _filled([group for group in groups if len(group) == 1], lone_tokens)


def _filled(groups: Sequence[Sequence[TokenPair]], max_tokens: int) -> list[list[TokenPair]]:
    """Batches of pairs whose prefixes are computed once a batch, each filled before the next is opened."""
    batches: list[list[TokenPair]] = []
    used = max_tokens  # the first pair opens a batch
    for members in groups:
        shared = False  # the open batch holds this prefix
        for pair in sorted(members, key=len):
            own = len(pair) - len(pair.prefix)
            cost = own if shared else len(pair)
            if used + cost > max_tokens:
                batches.append([])
                used, cost = 0, len(pair)
            batches[-1].append(pair)
            used, shared = used + cost, True
    return batches


def ghost(pair: TokenPair) -> TokenPair:
    """The least that can be computed: a pair without weight, for a rank that only has to be there."""
    return TokenPair(GHOST, (*pair.prefix, *pair.suffix, *pair.completion)[:1], (), pair.completion[-1:], 0.0)


def shared_batch(pairs: Sequence[TokenPair]) -> Batch:
    """One flat row: each prefix once, followed by the suffixes and completions of its pairs, no padding.

    A prefix with one pair is an ordinary causal row.
    """
    by_prefix: dict[tuple[int, ...], list[TokenPair]] = {}
    for pair in pairs:
        by_prefix.setdefault(pair.prefix, []).append(pair)
    ids: list[int] = []
    positions: list[int] = []
    blocks: list[Block] = []
    targets = _Targets()
    for prefix, members in by_prefix.items():
        start, common = len(ids), len(prefix)
        ids += prefix
        positions += range(common)
        for pair in members:
            targets.add(pair, first=len(ids), before=start + common - 1)
            ids += (*pair.suffix, *pair.completion)
            positions += range(common, len(pair))
        lengths = [len(pair) - common for pair in members]
        if len(members) == 1:
            blocks += _causal_blocks(start, common + lengths[0])
        elif not common:
            blocks.append(make_block(start, start, start, lengths))
        else:
            blocks += _causal_blocks(start, common)
            blocks.append(make_block(start, start + common, start + common, lengths))
    row = torch.tensor([ids])  # (1, tokens)
    order = tuple(pair.id for members in by_prefix.values() for pair in members)
    return Batch(order, row, torch.tensor([positions]), None, tuple(blocks), *targets.tensors())


def _causal_blocks(start: int, length: int) -> list[Block]:
    """A causal row as chunks that each see the ones before, so that little is computed only to be masked."""
    chunks = range(0, length, CAUSAL_CHUNK)
    return [make_block(start, start + at, start + at, [min(CAUSAL_CHUNK, length - at)]) for at in chunks]


def padded_batch(pairs: Sequence[TokenPair], pad_id: int) -> Batch:
    """The reference: one pair a row, padded on the right."""
    width = max(len(pair) for pair in pairs)
    ids = torch.full((len(pairs), width), pad_id)  # (rows, tokens)
    mask = torch.zeros_like(ids)
    targets = _Targets()
    for row, pair in enumerate(pairs):
        ids[row, : len(pair)] = torch.tensor((*pair.prefix, *pair.suffix, *pair.completion))
        mask[row, : len(pair)] = 1
        first = row * width + len(pair.prefix)
        targets.add(pair, first=first, before=first - 1)
    positions = torch.arange(width).expand(len(pairs), width)
    return Batch(tuple(pair.id for pair in pairs), ids, positions, mask, (), *targets.tensors())


class _Targets:
    """Collects which places predict which completion tokens."""

    def __init__(self) -> None:
        self.predictors: list[int] = []
        self.targets: list[int] = []
        self.shares: list[float] = []

    def add(self, pair: TokenPair, first: int, before: int) -> None:
        """Add a pair whose suffix begins at flat place `first` and whose prefix ends at `before`."""
        begin = first + len(pair.suffix)
        for number, token in enumerate(pair.completion):
            place = begin + number - 1
            self.predictors.append(before if place < first else place)
            self.targets.append(token)
            self.shares.append(pair.weight / len(pair.completion))

    def tensors(self) -> tuple[Tensor, Tensor, Tensor]:
        """Predictors, targets, shares: (targets) each."""
        return torch.tensor(self.predictors), torch.tensor(self.targets), torch.tensor(self.shares)
