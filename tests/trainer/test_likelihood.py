"""The likelihood of SQL that was not asked for: what transformers itself says, for every family, shared or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer, Gemma2Config, Gemma2ForCausalLM

from tests.trainer.conftest import SIZES, tiny_model
from trainer.batches import Pair, tokenise
from trainer.likelihood import likelihoods

PAIRS = [
    Pair("a", "CREATE TABLE guest (name text);\n", "Who?\n", "SELECT name FROM guest"),
    Pair("b", "CREATE TABLE guest (name text);\n", "How many guests are there?\n", "SELECT COUNT(*) FROM guest", 3.0),
    Pair("c", "CREATE TABLE room (size int);\n", "How big?\n", "SELECT size FROM room"),
]


def plainly(model: Any, tokenizer: Any, pair: Pair) -> tuple[float, int]:
    """Nats and tokens of the completion, the pair on its own in an ordinary forward pass."""
    [tokens], _ = tokenise([pair], tokenizer, 999)
    ids = [*tokens.prefix, *tokens.suffix, *tokens.completion]
    with torch.inference_mode():
        scores = torch.log_softmax(model(torch.tensor([ids])).logits[0].float(), dim=-1)  # (tokens, vocabulary)
    places = range(len(ids) - len(tokens.completion), len(ids))
    return -sum(scores[place - 1, ids[place]].item() for place in places), len(places)


def soft_capped() -> Any:
    """A model whose attention the shared row does not compute, and whose logits are capped."""
    torch.manual_seed(7)
    config = Gemma2Config(**SIZES, head_dim=8, attn_logit_softcapping=3.0, final_logit_softcapping=2.0)
    return Gemma2ForCausalLM(config).float().eval()


@pytest.mark.parametrize("family", ["llama", "qwen3", "gemma2"])
def test_nats_are_those_of_an_ordinary_forward_pass(family: str, tiny_dir: Path, tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_dir)
    model = soft_capped() if family == "gemma2" else tiny_model(family)
    model.resize_token_embeddings(len(tokenizer))
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    found = likelihoods(tmp_path, PAIRS, dtype="float32")
    assert sorted(found) == ["a", "b", "c"]
    for pair in PAIRS:
        nats, tokens = plainly(model, tokenizer, pair)
        assert found[pair.id].tokens == tokens
        assert found[pair.id].nats == pytest.approx(nats, rel=1e-4)


def test_a_pair_longer_than_the_context_is_left_out(tiny_dir: Path) -> None:
    long = Pair("long", PAIRS[0].prefix, "and " * 200, PAIRS[0].completion)
    assert set(likelihoods(tiny_dir, [*PAIRS, long], max_tokens=120)) == {"a", "b", "c"}
