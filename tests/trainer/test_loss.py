from __future__ import annotations

from typing import Any

import pytest
import torch
from training_cases import MIXED, use

import trainer.prefix
from trainer.batches import padded_batch, shared_batch
from trainer.loss import batch_loss, hidden_states


def by_hand(model: Any) -> float:
    """Σᵢ wᵢ · meanₜ ℓᵢₜ, one pair at a time with the model's own forward pass."""
    model.set_attn_implementation("eager")
    total = 0.0
    for pair in MIXED:
        ids = [*pair.prefix, *pair.suffix, *pair.completion]
        scores = torch.log_softmax(model(input_ids=torch.tensor([ids])).logits[0].double(), dim=-1)
        first = len(pair.prefix) + len(pair.suffix)
        losses = [-scores[place - 1, ids[place]].item() for place in range(first, len(ids))]
        total += pair.weight * sum(losses) / len(losses)
    return total


def test_loss_is_the_formula(model: Any) -> None:
    with torch.no_grad():
        expected = by_hand(model)
        for batch in (shared_batch(MIXED), padded_batch(MIXED, 0)):
            assert batch_loss(use(model, batch), batch).item() == pytest.approx(expected, rel=1e-5)


def test_fused_head_equals_plain_cross_entropy(llama: Any) -> None:
    batch = shared_batch(MIXED)
    use(llama, batch)
    batch_loss(llama, batch).backward()
    fused = [parameter.grad.clone() for parameter in llama.parameters()]
    llama.zero_grad()
    logits = llama.get_output_embeddings()(hidden_states(llama, batch))
    losses = torch.nn.functional.cross_entropy(logits, batch.targets, reduction="none")
    (losses * batch.shares).sum().backward()
    for one, other in zip(fused, (parameter.grad for parameter in llama.parameters()), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_a_head_with_bias_takes_the_general_way(llama: Any) -> None:
    batch = shared_batch(MIXED)
    plain = batch_loss(use(llama, batch), batch).item()
    head = torch.nn.Linear(32, 97, bias=True)
    with torch.no_grad():
        head.weight.copy_(llama.get_output_embeddings().weight)
        head.bias.zero_()
    llama.set_output_embeddings(head)
    assert batch_loss(llama, batch).item() == pytest.approx(plain, rel=1e-6)


def test_attention_refuses_a_call_without_blocks(llama: Any) -> None:
    llama.set_attn_implementation(trainer.prefix.ATTENTION)
    with pytest.raises(ValueError, match="blocks"):
        llama(input_ids=torch.tensor([[3, 4]]))
