"""Attention of a shared-prefix batch: one flat row of tokens, cut into blocks that see themselves and one prefix.

A batch is a single row: a prefix (the schema), then the suffixes (question and SQL) of every pair that shares it, then
the next prefix. A `Block` says which tokens its queries may see: its own row up to themselves, and the tokens of one
earlier prefix. A prefix is a block of one row that sees nothing else. Linear layers therefore compute every token once
and no padding; only here are the rows told apart.

All queries of a block meet the one prefix in plain matrix products (grouped-query heads folded into the rows as well);
the own-row scores stand beside the prefix scores in one buffer, so that one softmax is exact over both. The backward
pass is written out, which saves the copies that autograd makes of slices and concatenations.

Knows nothing of tokens, losses or models, except that a Hugging Face model calls `shared_prefix_attention` by the name
`ATTENTION`. Accepted trade-off: probabilities are kept for the backward pass (2 bytes a score in bfloat16), as in eager
attention, though without the copies per pair. A sliding window is masked, not skipped. No attention dropout, no soft
capping, no attention sinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

ATTENTION = "sqlloop_shared_prefix"
"""Name under which `register` makes the attention known to transformers."""
_NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive tokens [start, stop) of the flat row: `rows` rows that all see the keys [key_start, key_stop)."""

    key_start: int
    key_stop: int
    start: int
    stop: int
    rows: int
    width: int
    """Length of the longest row, in tokens."""
    gather: Tensor
    """(rows * width): index, counted from `start`, of the token at each padded place; pads repeat the row's last."""
    place: Tensor
    """(stop - start): padded place of each token."""
    hidden: Tensor
    """(stop - start, width): True where a token may not see that place of its own row."""

    @property
    def seen(self) -> int:
        """Tokens of the prefix that every row sees."""
        return self.key_stop - self.key_start

    def column(self) -> Tensor:
        """(stop - start): each token's place in its own row."""
        return self.place % self.width


def make_block(key_start: int, key_stop: int, start: int, lengths: Sequence[int]) -> Block:
    """The block of rows of these lengths that begin at `start` and see the prefix [key_start, key_stop).

    Example:
        >>> block = make_block(0, 2, 2, [1, 2])
        >>> block.gather.tolist(), block.place.tolist()
        ([0, 0, 1, 2], [0, 2, 3])
        >>> block.hidden.int().tolist()
        [[0, 1], [0, 1], [0, 0]]
    """
    width = max(lengths)
    sizes = torch.tensor(lengths)
    ends = sizes.cumsum(0)  # (rows)
    steps = torch.arange(width)  # (width)
    gather = (ends - sizes)[:, None] + torch.minimum(steps[None, :], (sizes - 1)[:, None])  # (rows, width)
    column = torch.cat([torch.arange(length) for length in lengths])  # (tokens)
    row = torch.repeat_interleave(torch.arange(len(lengths)), sizes)  # (tokens)
    hidden = steps[None, :] > column[:, None]  # (tokens, width)
    stop = start + int(ends[-1])
    return Block(key_start, key_stop, start, stop, len(lengths), width, gather.flatten(), row * width + column, hidden)


def to_device(block: Block, device: torch.device) -> Block:
    """The same block with its index tensors on another device."""
    indexes = (block.gather.to(device), block.place.to(device), block.hidden.to(device))
    return Block(block.key_start, block.key_stop, block.start, block.stop, block.rows, block.width, *indexes)


def register() -> None:
    """Make the attention known to transformers as `ATTENTION`; harmless when repeated."""
    from transformers import AttentionInterface

    AttentionInterface.register(ATTENTION, shared_prefix_attention)


def shared_prefix_attention(
    module: torch.nn.Module,  # noqa: ARG001 - part of the signature
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    blocks: Sequence[Block] = (),
    sliding_window: int | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Hugging Face's attention signature over the blocks of a flat row.

    Args:
        module: the attention layer (unused: the head grouping is read off the shapes).
        query: (1, heads, tokens, size).
        key: (1, key heads, tokens, size).
        value: (1, key heads, tokens, size); its dtype is the one computed in.
        attention_mask: must be None; the blocks say what is seen.
        scaling: factor on the scores; 1/sqrt(size) if None.
        blocks: together they cover every token once.
        sliding_window: a token sees itself and as many tokens of its own pair before it as make this many; all if None.

    Returns:
        (1, tokens, heads, size), and no weights.
    """
    if attention_mask is not None or not blocks:
        raise ValueError("the shared-prefix attention takes blocks and no mask: call the model through trainer.loss")
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    heads = [tensor[0].to(value.dtype) for tensor in (query, key, value)]
    return _BlockAttention.apply(*heads, tuple(blocks), scale, sliding_window)[None], None  # type: ignore[no-untyped-call]


class _BlockAttention(torch.autograd.Function):
    """softmax(q kᵀ · scale) v over each block, with the gradient written out."""

    @staticmethod
    def forward(
        ctx: Any, q: Tensor, k: Tensor, v: Tensor, blocks: tuple[Block, ...], scale: float, window: int | None
    ) -> Tensor:
        out = q.new_empty(q.shape[1], q.shape[0], q.shape[2])  # (tokens, heads, size)
        saved: list[Tensor] = []
        for block in blocks:
            folded = _fold(q[:, block.start : block.stop], k.shape[0]) * scale  # (key heads, group * tokens, size)
            probabilities = _probabilities(folded, k, block, window)
            result = _values(probabilities, v, block)
            out[block.start : block.stop] = _unfold(result, block).transpose(0, 1)
            saved += [folded, probabilities]
        ctx.save_for_backward(k, v, *saved)
        ctx.blocks, ctx.scale = blocks, scale
        return out

    @staticmethod
    def backward(ctx: Any, grad_out: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None, None]:
        k, v, *saved = ctx.saved_tensors
        grad_q = grad_out.new_empty(grad_out.shape[1], grad_out.shape[0], grad_out.shape[2])  # (heads, tokens, size)
        grad_k, grad_v = torch.zeros_like(k), torch.zeros_like(v)
        for number, block in enumerate(ctx.blocks):
            folded, probabilities = saved[2 * number], saved[2 * number + 1]
            grad = _fold(grad_out[block.start : block.stop].transpose(0, 1), k.shape[0])
            scores = _score_gradient(grad, probabilities, v, grad_v, block)
            query = _query_gradient(scores, folded, k, grad_k, block)
            grad_q[:, block.start : block.stop] = _unfold(query.mul_(ctx.scale), block)
        return grad_q, grad_k, grad_v, None, None, None


def _fold(x: Tensor, key_heads: int) -> Tensor:
    """(heads, tokens, size) -> (key heads, group * tokens, size): all queries of one key head in one matrix."""
    return x.reshape(key_heads, -1, x.shape[-1])


def _unfold(x: Tensor, block: Block) -> Tensor:
    """(key heads, group * tokens, size) -> (heads, tokens, size)."""
    return x.view(-1, block.stop - block.start, x.shape[-1])


def _rows(x: Tensor, block: Block) -> Tensor:
    """(key heads, tokens, size) -> (rows * key heads, width, size); pads repeat a row's last token."""
    if block.rows == 1:
        return x
    padded = x.index_select(1, block.gather).view(x.shape[0], block.rows, block.width, -1)
    return padded.transpose(0, 1).reshape(-1, block.width, x.shape[-1])


def _query_rows(x: Tensor, block: Block, *, zero_pads: bool = False) -> Tensor:
    """(key heads, group * tokens, size) -> (rows * key heads, group * width, size).

    Pads repeat a row's last token, or are zero where the tokens are summed over: in one of two factors is enough.
    """
    if block.rows == 1:
        return x
    heads, tokens, size = x.shape[0], block.stop - block.start, x.shape[-1]
    by_token = x.reshape(heads, -1, tokens, size)
    if zero_pads:
        padded = x.new_zeros(heads, by_token.shape[1], block.rows * block.width, size)
        padded.index_copy_(2, block.place, by_token)
    else:
        padded = by_token.index_select(2, block.gather)
    split = padded.view(heads, -1, block.rows, block.width, size)
    return split.permute(2, 0, 1, 3, 4).reshape(block.rows * heads, -1, size)


def _flat_queries(x: Tensor, block: Block, heads: int) -> Tensor:
    """The reverse of `_query_rows`: (rows * heads, group * width, size) -> (heads, group * tokens, size)."""
    if block.rows == 1:
        return x
    size = x.shape[-1]
    split = x.view(block.rows, heads, -1, block.width, size).permute(1, 2, 0, 3, 4)
    padded = split.reshape(heads, -1, block.rows * block.width, size)
    return padded.index_select(2, block.place).view(heads, -1, size)


def _flat_keys(x: Tensor, block: Block, heads: int) -> Tensor:
    """The reverse of `_rows`: (rows * heads, width, size) -> (heads, tokens, size); pads dropped."""
    if block.rows == 1:
        return x
    padded = x.view(block.rows, heads, block.width, -1).transpose(0, 1).reshape(heads, -1, x.shape[-1])
    return padded.index_select(1, block.place)


def _probabilities(folded: Tensor, k: Tensor, block: Block, window: int | None) -> Tensor:
    """Softmax over prefix and own row: (key heads, group * tokens, prefix + width)."""
    seen = block.seen
    scores = folded.new_empty(folded.shape[0], folded.shape[1], seen + block.width)
    if seen:
        torch.bmm(folded, k[:, block.key_start : block.key_stop].transpose(1, 2), out=scores[..., :seen])
    own_keys = _rows(k[:, block.start : block.stop], block)
    own = torch.bmm(_query_rows(folded, block), own_keys.transpose(1, 2))  # (rows * key heads, group * width, width)
    own = _flat_queries(own, block, k.shape[0])  # (key heads, group * tokens, width)
    by_token = own.view(own.shape[0], -1, *block.hidden.shape)  # (key heads, group, tokens, width)
    scores[..., seen:] = by_token.masked_fill_(block.hidden, _NEVER).view_as(own)
    if window is not None and seen + block.width > window:
        scores.view(len(scores), -1, len(block.hidden), scores.shape[-1]).masked_fill_(_far(block, window), _NEVER)
    return torch.softmax(scores, dim=-1)


def _far(block: Block, window: int) -> Tensor:
    """(tokens, prefix + width): True where the key stands `window` or more tokens before the query in its own pair."""
    keys = torch.arange(block.seen + block.width, device=block.hidden.device)
    return (block.seen + block.column())[:, None] - keys >= window


def _values(probabilities: Tensor, v: Tensor, block: Block) -> Tensor:
    """Probabilities times values: (key heads, group * tokens, size)."""
    seen = block.seen
    rows = _query_rows(probabilities[..., seen:], block)
    own = torch.bmm(rows, _rows(v[:, block.start : block.stop], block))
    out = _flat_queries(own, block, v.shape[0])
    if seen:
        out = out + torch.bmm(probabilities[..., :seen], v[:, block.key_start : block.key_stop])
    return out


def _across(scores: Tensor, x: Tensor) -> Tensor:
    """scoresᵀ x, (heads, keys, size), as (xᵀ scores)ᵀ: torch copies a transposed slice, and x is the small one."""
    return torch.bmm(x.transpose(1, 2), scores).transpose(1, 2)


def _score_gradient(grad: Tensor, probabilities: Tensor, v: Tensor, grad_v: Tensor, block: Block) -> Tensor:
    """Gradient of the scores, like `probabilities`; adds the gradient of the values to `grad_v`."""
    seen, heads = block.seen, v.shape[0]
    keys, own = slice(block.key_start, block.key_stop), slice(block.start, block.stop)
    out = torch.empty_like(probabilities)
    if seen:
        grad_v[:, keys] += _across(probabilities[..., :seen], grad)
        torch.bmm(grad, v[:, keys].transpose(1, 2), out=out[..., :seen])
    grad_rows = _query_rows(grad, block, zero_pads=True)
    rows = _query_rows(probabilities[..., seen:], block)
    grad_v[:, own] += _flat_keys(_across(rows, grad_rows), block, heads)
    out[..., seen:] = _flat_queries(torch.bmm(grad_rows, _rows(v[:, own], block).transpose(1, 2)), block, heads)
    return torch._softmax_backward_data(out, probabilities, -1, out.dtype)


def _query_gradient(scores: Tensor, folded: Tensor, k: Tensor, grad_k: Tensor, block: Block) -> Tensor:
    """Gradient of the scaled queries, like `folded`; adds the gradient of the keys to `grad_k`."""
    seen, heads = block.seen, k.shape[0]
    keys, own = slice(block.key_start, block.key_stop), slice(block.start, block.stop)
    rows = _query_rows(scores[..., seen:], block)
    grad_k[:, own] += _flat_keys(_across(rows, _query_rows(folded, block, zero_pads=True)), block, heads)
    out = _flat_queries(torch.bmm(rows, _rows(k[:, own], block)), block, heads)
    if seen:
        grad_k[:, keys] += _across(scores[..., :seen], folded)
        out = out + torch.bmm(scores[..., :seen], k[:, keys])
    return out
