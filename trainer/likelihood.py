"""How likely a model finds SQL that it was not asked to write: nats of each pair's completion, nothing is trained.

A finer measure than right or wrong where a small model is seldom right. Each pair's schema is computed once for all
pairs that share it, as in training. Knows pairs and models, nothing of questions or verdicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from trainer import checkpoint
from trainer.batches import Batch, Pair, TokenPair, micro_batches, padded_batch, shared_batch, tokenise
from trainer.loss import hidden_states, token_losses
from trainer.step import pick_dtype, share_prefixes

MICRO_TOKENS = 4096
"""Tokens computed at once."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """One pair's completion under a model."""

    nats: float
    """-log p(completion, end token included | prompt)."""
    tokens: int
    """Of the completion, end token included."""


def likelihoods(
    folder: Path,
    pairs: Sequence[Pair],
    *,
    max_tokens: int | None = None,
    dtype: Literal["auto", "float32", "bfloat16"] = "auto",
) -> dict[str, Likelihood]:
    """Likelihood of each pair's completion, by the pair's id.

    Args:
        folder: a model folder.
        pairs: prompts with the SQL looked at; their weights do not matter.
        max_tokens: longest pair, in tokens; the model's context if None. A longer one is left out.
        dtype: of the arithmetic; auto is what training takes.

    Raises:
        ModelError: the folder is no causal model.
    """
    model, tokenizer = checkpoint.load(folder)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device).eval()
    shared = share_prefixes(model)
    kept, _ = tokenise(pairs, tokenizer, max_tokens or model.config.max_position_embeddings)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    kind = pick_dtype(dtype)
    found: dict[str, Likelihood] = {}
    with torch.inference_mode(), torch.autocast(device.type, kind, enabled=kind != torch.float32):
        for part in micro_batches(kept, MICRO_TOKENS):
            batch = (shared_batch(part) if shared else padded_batch(part, pad)).to(device)
            found |= _of_batch(model, batch, part)
    return found


def _of_batch(model: Any, batch: Batch, pairs: Sequence[TokenPair]) -> dict[str, Likelihood]:
    losses = token_losses(model, hidden_states(model, batch), batch.targets)  # (targets)
    lengths = {pair.id: len(pair.completion) for pair in pairs}
    parts = torch.split(losses, [lengths[name] for name in batch.ids])
    return {name: Likelihood(own.sum().item(), len(own)) for name, own in zip(batch.ids, parts, strict=True)}
