"""Which predictor answers with a checkpoint of one's own: transformers in this process, or vLLM in another.

`auto` is settled once, when a run begins, and stands in its config.toml from then on, so that all its rounds are
measured alike.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import ConfigError

if TYPE_CHECKING:
    from evaluator.predict.transformers import TransformersPredictor
    from evaluator.predict.vllm import VllmPredictor
    from loop.config import Config
    from schemas.catalog import Schema

VLLM_ROWS = 8
"""Sequences of vLLM for each of the shipped predictor's rows: it takes memory by the page, not by the row."""


def settled(config: Config) -> Config:
    """The configuration with `auto` replaced by what this machine has.

    vLLM where a GPU and vLLM are, or where a Python for it is named; transformers elsewhere.
    """
    if config.predictor != "auto":
        return config
    chosen = "vllm" if config.vllm_python or _gpu_and_vllm() else "transformers"
    return config.model_copy(update={"predictor": chosen})


def _gpu_and_vllm() -> bool:
    from evaluator.predict.vllm import has_vllm

    if not has_vllm():
        return False
    import torch

    return torch.cuda.is_available()


def check_vllm(python: str) -> None:
    """Refuse a Python without vLLM before anything is done.

    Raises:
        ConfigError: it has none, or is no Python.
    """
    from evaluator.predict.vllm import has_vllm

    if not has_vllm(python):
        raise ConfigError(
            f"{python or 'this environment'} has no vLLM: pip install -e '.[vllm]' in the clone, give --vllm-python a "
            "Python that has it, or use --predictor transformers"
        )


def local_predictor(
    config: Config, checkpoint: Path, prompt: Callable[[Schema, str], tuple[str, str]]
) -> TransformersPredictor | VllmPredictor:
    """The predictor of a checkpoint on this machine."""
    if config.predictor == "vllm":
        from evaluator.predict.vllm import VllmPredictor, VllmSettings

        settings = VllmSettings(
            config.vllm_python, config.dtype, VLLM_ROWS * config.predict_batch, config.tensor_parallel
        )
        return VllmPredictor(checkpoint, prompt, config.max_new_tokens, settings)
    from evaluator.predict.transformers import TransformersPredictor

    return TransformersPredictor(checkpoint, prompt, config.max_new_tokens, config.predict_batch, config.dtype)
