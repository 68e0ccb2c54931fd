"""Tiny random models of several architectures, built in code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from trainer import prefix
from trainer.base import resolve_model

SIZES = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "initializer_range": 0.2,
    "bos_token_id": None,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
ARCHITECTURES = ("Llama", "Qwen2", "Qwen3", "Mistral", "Starcoder2")


def tiny_model(architecture: str) -> Any:
    import transformers

    extra: dict[str, Any] = {"head_dim": 8} if architecture == "Qwen3" else {}
    if architecture == "Starcoder2":
        extra = {"residual_dropout": 0.0, "embedding_dropout": 0.0}
    config = getattr(transformers, f"{architecture}Config")(**SIZES, **extra)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return getattr(transformers, f"{architecture}ForCausalLM")(config).float().eval()


@pytest.fixture(params=ARCHITECTURES)
def model(request: pytest.FixtureRequest) -> Any:
    prefix.register()
    return tiny_model(request.param)


@pytest.fixture
def llama() -> Any:
    prefix.register()
    return tiny_model("Llama")


@pytest.fixture(scope="session")
def tiny_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return resolve_model("tiny", tmp_path_factory.mktemp("models"))
