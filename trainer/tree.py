"""The same flat row as `trainer.prefix`, with one mask over the whole of it: the form for kernels that take masks.

A flat row is a tree: every prefix a trunk, every suffix a branch. Here the tree is one mask: the block mask of
FlexAttention on a GPU, which skips what is hidden, and a plain boolean mask for scaled-dot-product attention elsewhere,
which computes it in vain. Results equal those of the blocks (a test holds it). Knows nothing of tokens, losses or
models, except that a Hugging Face model calls `tree_attention` by the name `ATTENTION`. FlexAttention has no backward
pass on a CPU, so that only its forward pass is tested there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from trainer.prefix import Block

ATTENTION = "sqlloop_tree"
"""Name under which `register` makes the attention known to transformers."""


@dataclass(slots=True)
class Tree:
    """What each token of a flat row sees: its own row up to itself, and one range of keys before it."""

    row: Tensor
    """(tokens): number of the row a token belongs to."""
    first: Tensor
    """(tokens): first token of the prefix it sees."""
    last: Tensor
    """(tokens): the token after that prefix; equal to `first` where it sees none."""
    place: Tensor
    """(tokens): its place in its own pair."""
    masks: dict[int | None, Any] = field(default_factory=dict)
    """Sliding window -> the mask, made once a batch and shared by the layers."""

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> Tree:
        """The tree of a batch's blocks, which cover its tokens in order."""
        rows, firsts, lasts, places, before = [], [], [], [], 0
        for block in blocks:
            rows.append(before + block.place // block.width)
            firsts.append(torch.full_like(block.place, block.key_start))
            lasts.append(torch.full_like(block.place, block.key_stop))
            places.append(block.seen + block.column())
            before += block.rows
        return cls(torch.cat(rows), torch.cat(firsts), torch.cat(lasts), torch.cat(places))

    def sees(self, query: Tensor, key: Tensor, window: int | None) -> Tensor:
        """Whether tokens `query` see tokens `key`; both are broadcast."""
        own = (self.row[query] == self.row[key]) & (key <= query)
        shared = (key >= self.first[query]) & (key < self.last[query])
        seen = own | shared
        return seen if window is None else seen & (self.place[query] - self.place[key] < window)

    def mask(self, window: int | None) -> Tensor:
        """(tokens, tokens) boolean: rows are queries."""
        if window not in self.masks:
            numbers = torch.arange(len(self.row), device=self.row.device)
            self.masks[window] = self.sees(numbers[:, None], numbers[None, :], window)
        return self.masks[window]  # type: ignore[no-any-return]

    def block_mask(self, window: int | None) -> Any:
        """FlexAttention's mask of the same."""
        if window not in self.masks:
            from torch.nn.attention.flex_attention import create_block_mask

            def sees(_batch: Tensor, _head: Tensor, query: Tensor, key: Tensor) -> Tensor:
                return self.sees(query, key, window)

            tokens = len(self.row)
            self.masks[window] = create_block_mask(sees, None, None, tokens, tokens, device=self.row.device)
        return self.masks[window]


def register() -> None:
    """Make the attention known to transformers as `ATTENTION`; harmless when repeated."""
    from transformers import AttentionInterface

    AttentionInterface.register(ATTENTION, tree_attention)


def tree_attention(
    module: torch.nn.Module,  # noqa: ARG001 - part of the signature
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    tree: Tree | None = None,
    sliding_window: int | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Hugging Face's attention signature over the tree of a flat row.

    Args:
        module: the attention layer (unused).
        query: (1, heads, tokens, size).
        key: (1, key heads, tokens, size).
        value: (1, key heads, tokens, size); its dtype is the one computed in.
        attention_mask: must be None; the tree says what is seen.
        scaling: factor on the scores; 1/sqrt(size) if None.
        tree: what each token sees.
        sliding_window: a token sees itself and as many tokens of its own pair before it as make this many; all if None.

    Returns:
        (1, tokens, heads, size), and no weights.
    """
    if attention_mask is not None or tree is None:
        raise ValueError("the tree attention takes a tree and no mask: call the model through trainer.loss")
    query, key = query.to(value.dtype), key.to(value.dtype)
    grouped = query.shape[1] != key.shape[1]
    if query.is_cuda:
        out = _flex()(query, key, value, block_mask=tree.block_mask(sliding_window), scale=scaling, enable_gqa=grouped)
    else:
        mask = tree.mask(sliding_window)
        out = torch.nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, scale=scaling, enable_gqa=grouped
        )
    return out.transpose(1, 2), None


_COMPILED: list[Any] = []


def _flex() -> Any:
    """FlexAttention, compiled once: uncompiled it would hold all scores."""
    if not _COMPILED:
        from torch.nn.attention.flex_attention import flex_attention

        _COMPILED.append(torch.compile(flex_attention, dynamic=True))
    return _COMPILED[0]
