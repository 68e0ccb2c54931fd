"""The loss: completion tokens only, weighted by pair.

    loss = Σᵢ wᵢ · meanₜ ℓᵢₜ / (N · w̄)

over the N pairs i of the optimiser step and the completion tokens t of each, w̄ the mean weight of the whole training
set (design.md, "Training without packing, but fast"). Sums over micro-batches are exact because N and w̄ are those of
the step and the set. Logits exist for completion positions only. Knows nothing of optimisers.

Which places count, for a pair "schema | question | SQL end" of 2 + 1 + 2 tokens; each completion token, the end token
included, is predicted from the place before it:

    >>> from trainer.batches import TokenPair, shared_batch
    >>> pair = TokenPair("a", prefix=(11, 12), suffix=(13,), completion=(14, 2), weight=3.0)
    >>> batch = shared_batch([pair])
    >>> batch.input_ids.tolist(), batch.predictors.tolist(), batch.targets.tolist()
    ([[11, 12, 13, 14, 2]], [2, 3], [14, 2])
    >>> batch.shares.tolist()
    [1.5, 1.5]
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from trainer import tree
from trainer.batches import Batch

CHUNK = 256
"""Targets whose logits come from one matrix product."""
EXACT = 16
"""Targets whose logits are in float32 at once."""


def batch_loss(model: Any, batch: Batch) -> Tensor:
    """Σᵢ wᵢ · meanₜ ℓᵢₜ over the pairs of one batch; divide by N · w̄ for the loss.

    Args:
        model: a Hugging Face causal model. A shared batch needs its attention set to `trainer.prefix.ATTENTION` or
            `trainer.tree.ATTENTION`, a padded one any of its own.
        batch: a shared or padded batch on the model's device.

    Returns:
        A scalar in nats, float32, with its graph.
    """
    states = hidden_states(model, batch)  # (targets, hidden)
    head = model.get_output_embeddings()
    if type(head) is torch.nn.Linear and head.bias is None and not _cap(model):
        kind = states.device.type
        dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else states.dtype
        return _HeadLoss.apply(states, head.weight, batch.targets, batch.shares, dtype)
    return (token_losses(model, states, batch.targets) * batch.shares).sum()


def token_losses(model: Any, states: Tensor, targets: Tensor) -> Tensor:
    """Nats of each target: (targets), float32; soft-capped where the model caps its logits (Gemma 2)."""
    logits = model.get_output_embeddings()(states).float()  # (targets, vocabulary)
    cap = _cap(model)
    if cap:
        logits = cap * torch.tanh(logits / cap)
    return torch.nn.functional.cross_entropy(logits, targets, reduction="none")


def _cap(model: Any) -> float:
    """What the model's logits are soft-capped at; 0 where they are not."""
    return float(getattr(model.config, "final_logit_softcapping", None) or 0.0)


class _HeadLoss(torch.autograd.Function):
    """Σ share · cross-entropy of states @ weightᵀ, without a float32 copy of all logits.

    The gradient of the logits takes their place a few rows at a time, while those are in the processor's cache, and is
    kept in `dtype`.
    """

    @staticmethod
    def forward(
        ctx: Any, states: Tensor, weight: Tensor, targets: Tensor, shares: Tensor, dtype: torch.dtype
    ) -> Tensor:
        states_cast, weight_cast = states.to(dtype), weight.to(dtype)  # (targets, hidden), (vocabulary, hidden)
        slopes = states_cast.new_empty(len(targets), len(weight))  # (targets, vocabulary)
        total = states.new_zeros((), dtype=torch.float32)
        for start in range(0, len(targets), CHUNK):
            part = slice(start, start + CHUNK)
            torch.matmul(states_cast[part], weight_cast.t(), out=slopes[part])  # logits: (chunk, vocabulary)
        for start in range(0, len(targets), EXACT):
            part = slice(start, start + EXACT)
            scores = torch.log_softmax(slopes[part], dim=-1, dtype=torch.float32)  # (rows, vocabulary)
            wanted, share = targets[part, None], shares[part, None]  # (rows, 1)
            total -= (scores.gather(1, wanted) * share).sum()
            scores.exp_().mul_(share).scatter_add_(1, wanted, -share)
            slopes[part] = scores
        ctx.save_for_backward(states_cast, weight_cast, slopes)
        ctx.dtypes = states.dtype, weight.dtype
        return total

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        states, weight, slopes = ctx.saved_tensors
        for_states = (slopes @ weight).to(ctx.dtypes[0]).mul_(grad)  # (targets, hidden)
        for_weight = (slopes.t() @ states).to(ctx.dtypes[1]).mul_(grad)  # (vocabulary, hidden)
        return for_states, for_weight, None, None, None


def hidden_states(model: Any, batch: Batch) -> Tensor:
    """Last hidden states at the places that predict completion tokens: (targets, hidden)."""
    extra: dict[str, Any]
    if not batch.blocks:
        extra = {"attention_mask": batch.attention_mask}
    elif model.config._attn_implementation == tree.ATTENTION:
        extra = {"tree": tree.Tree.of(batch.blocks)}
    else:
        extra = {"blocks": batch.blocks}
    out = model.get_decoder()(input_ids=batch.input_ids, position_ids=batch.position_ids, use_cache=False, **extra)
    states: Tensor = out.last_hidden_state  # (rows, tokens, hidden)
    return states.flatten(0, 1).index_select(0, batch.predictors)  # (targets, hidden)
