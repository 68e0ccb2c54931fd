"""Tiny random models of several architectures, built in code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from trainer import prefix, tree
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
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("Llama", {}),
    "smollm": ("Llama", {"tie_word_embeddings": True, "num_key_value_heads": 1}),
    "deepseek-coder": ("Llama", {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 100000.0}}),
    "qwen2": ("Qwen2", {"tie_word_embeddings": True}),
    "qwen2.5-window": (
        "Qwen2",
        {"use_sliding_window": True, "sliding_window": 7, "max_window_layers": 1, "tie_word_embeddings": False},
    ),
    "qwen3": ("Qwen3", {"head_dim": 8}),
    "mistral": ("Mistral", {"sliding_window": None}),
    "mistral-window": ("Mistral", {"sliding_window": 9}),
    "starcoder2": ("Starcoder2", {"residual_dropout": 0.1, "embedding_dropout": 0.1, "sliding_window": 11}),
}
"""Families that users of SQL models take; sliding windows shorter than the pairs, tied and untied heads."""


def tiny_model(family: str) -> Any:
    import transformers

    architecture, extra = FAMILIES[family]
    config = getattr(transformers, f"{architecture}Config")(**{**SIZES, **extra})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return getattr(transformers, f"{architecture}ForCausalLM")(config).float().eval()


@pytest.fixture(params=FAMILIES)
def model(request: pytest.FixtureRequest) -> Any:
    prefix.register()
    tree.register()
    return tiny_model(request.param)


@pytest.fixture
def llama() -> Any:
    prefix.register()
    tree.register()
    return tiny_model("llama")


@pytest.fixture(scope="session")
def tiny_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return resolve_model("tiny", tmp_path_factory.mktemp("models"))
