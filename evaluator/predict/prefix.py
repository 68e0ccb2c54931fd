"""Keys and values for decoding many rows after one prefix: the prefix once, each row's own tokens in place.

`RowCache` holds them; `cached_attention` is the attention, in Hugging Face's signature, that writes and reads them. All
rows' queries meet the prefix in one matrix product, so it is neither copied per row nor read once per row; the rows'
own keys stand in one preallocated tensor, so that a step appends without copying. Inference only. Knows nothing of
tokens, stopping or text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

ATTENTION = "sqlloop_row_cache"
"""Name under which `register` makes the attention known to transformers."""


@dataclass(slots=True)
class RowCache:
    """Keys and values of one prefix and of up to `rows` rows after it."""

    rows: int
    length: int
    """Most own tokens of a row."""
    layers: int
    prefix: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    """Per layer, keys and values of the prefix: (key heads, prefix, size)."""
    own: Tensor | None = None
    """(2, layers, rows, key heads, length, size): keys, values."""

    def move(self, source: int, target: int) -> None:
        """Copy the row `source` over the row `target`."""
        assert self.own is not None  # noqa: S101 - rows exist before they move
        self.own[:, :, target] = self.own[:, :, source]

    def reserve(self, layer_key: Tensor) -> Tensor:
        """The own tensor, made at the first call like this layer's keys (rows, key heads, tokens, size)."""
        if self.own is None:
            heads, size = layer_key.shape[1], layer_key.shape[3]
            self.own = layer_key.new_zeros(2, self.layers, self.rows, heads, self.length, size)
        return self.own


@dataclass(frozen=True, slots=True)
class Turn:
    """What one forward pass does with the cache."""

    cache: RowCache
    first: int = 0
    """First row of the cache that the pass's rows stand in."""
    starts: Tensor | None = None
    """(rows of the pass): own tokens each row has already; None while the prefix itself is computed."""
    width: int = 0
    """Own places to attend to: the longest row after this pass."""
    hidden: Tensor | None = None
    """(rows, 1, tokens, width): True where a token may not see that own place."""


def turn(cache: RowCache, first: int, starts: Tensor, longest: int, tokens: int) -> Turn:
    """A pass of `tokens` tokens a row over the rows from `first` on.

    Args:
        cache: the cache.
        first: first row.
        starts: (rows): own tokens each row has already.
        longest: the greatest of `starts`.
        tokens: tokens of each row in this pass, pads included.
    """
    width = longest + tokens
    place = starts[:, None] + torch.arange(tokens, device=starts.device)  # (rows, tokens)
    hidden = torch.arange(width, device=starts.device) > place[:, :, None]  # (rows, tokens, width)
    return Turn(cache, first, starts, width, hidden[:, None])


def register() -> None:
    """Make the attention known to transformers as `ATTENTION`; harmless when repeated."""
    from transformers import AttentionInterface

    AttentionInterface.register(ATTENTION, cached_attention)


def cached_attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,  # noqa: ARG001 - part of the signature; the turn says what is seen
    scaling: float | None = None,
    turn: Turn | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Attention of one layer over prefix and own tokens.

    Args:
        module: the attention layer; its `layer_idx` says which.
        query: (rows, heads, tokens, size).
        key: (rows, key heads, tokens, size).
        value: (rows, key heads, tokens, size).
        attention_mask: unused.
        scaling: factor on the scores; 1/sqrt(size) if None.
        turn: where the rows stand.

    Returns:
        (rows, tokens, heads, size), and no weights.
    """
    if turn is None:
        raise ValueError("the row-cache attention needs a turn: call the model through TransformersPredictor")
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    if turn.starts is None:
        turn.cache.prefix.append((key[0].contiguous(), value[0].contiguous()))
        out = torch.nn.functional.scaled_dot_product_attention(
            query, key, value, is_causal=True, scale=scale, enable_gqa=query.shape[1] != key.shape[1]
        )
        return out.transpose(1, 2), None
    keys, values = _append(turn, module.layer_idx, key, value)
    return _attend(query * scale, keys, values, turn.cache.prefix[module.layer_idx], turn), None


def _append(turn: Turn, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Write new keys and values into the rows; returns the rows' own ones, (rows * key heads, width, size) views."""
    rows, heads, tokens, size = key.shape
    own = turn.cache.reserve(key)[:, layer, turn.first : turn.first + rows]  # (2, rows, key heads, length, size)
    assert turn.starts is not None  # noqa: S101 - checked by the caller
    if tokens == 1:
        numbers = torch.arange(rows, device=key.device)
        own[0][numbers, :, turn.starts] = key[:, :, 0]
        own[1][numbers, :, turn.starts] = value[:, :, 0]
    else:  # a row's first pass: from its first place on; what the pads write is overwritten before it is seen
        own[0][:, :, :tokens] = key
        own[1][:, :, :tokens] = value
    flat = own.view(2, rows * heads, -1, size)[:, :, : turn.width]
    return flat[0], flat[1]


def _attend(query: Tensor, keys: Tensor, values: Tensor, prefix: tuple[Tensor, Tensor], turn: Turn) -> Tensor:
    """One softmax over prefix and own scores; (rows, tokens, heads, size)."""
    rows, heads, tokens, size = query.shape
    key_heads, seen, _ = prefix[0].shape
    group = heads // key_heads
    by_row = query.reshape(rows * key_heads, group * tokens, size)
    folded = query.reshape(rows, key_heads, group * tokens, size).transpose(0, 1).reshape(key_heads, -1, size)
    scores = query.new_empty(rows, key_heads, group * tokens, seen + turn.width)
    met = torch.bmm(folded, prefix[0].transpose(1, 2))  # (key heads, rows * group * tokens, prefix)
    scores[..., :seen] = met.view(key_heads, rows, -1, seen).transpose(0, 1)
    own = torch.bmm(by_row, keys.transpose(1, 2)).view(rows, heads, tokens, turn.width)
    assert turn.hidden is not None  # noqa: S101 - set with starts
    own.masked_fill_(turn.hidden, float("-inf"))
    scores[..., seen:] = own.view(rows, key_heads, -1, turn.width)
    weights = torch.softmax(scores, dim=-1)
    shared = weights[..., :seen].transpose(0, 1).reshape(key_heads, -1, seen)
    out = torch.bmm(shared, prefix[1]).view(key_heads, rows, -1, size).transpose(0, 1)
    out = out + torch.bmm(weights[..., seen:].flatten(0, 1), values).view(rows, key_heads, -1, size)
    return out.reshape(rows, heads, tokens, size).transpose(1, 2)
