"""A model folder on disk: config, safetensors, tokenizer; written whole or not at all.

Knows nothing of training; `fit` calls it at the end and between steps.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from schemas.errors import ModelError

OPTIMIZER = "optimizer.pt"
"""Adam's state beside a checkpoint, where it is carried across rounds."""


def temporary_of(folder: Path) -> Path:
    """Where `write_folder` fills a folder before it gets its name."""
    return folder.with_name(f"tmp-{folder.name}")


def write_folder(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Make a folder atomically: fill a temporary sibling, sync its files, rename it into place.

    A folder of that name is replaced; a crash leaves the old one, or none, and perhaps the sibling, which the next call
    removes.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_of(folder)
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    fill(temporary)
    for path in temporary.rglob("*"):
        if path.is_file():
            _sync(path)
    _sync(temporary)
    if folder.exists():
        shutil.rmtree(folder)
    temporary.rename(folder)
    _sync(folder.parent)
    return folder


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def save(
    model: Any,
    tokenizer: Any,
    folder: Path,
    extra: Callable[[Path], None] | None = None,
    weights: dict[str, Any] | None = None,
) -> Path:
    """Save model and tokenizer as one folder, atomically.

    Args:
        model: a Hugging Face model.
        tokenizer: its tokenizer.
        folder: the folder's name.
        extra: may add files to it before it gets its name.
        weights: all of the model's weights, where the model itself holds a share of them; its own if None.
    """

    def fill(target: Path) -> None:
        with quiet():
            model.save_pretrained(target, **({} if weights is None else {"state_dict": weights}))
            tokenizer.save_pretrained(target)
        if extra is not None:
            extra(target)

    return write_folder(folder, fill)


def load(folder: Path, attention: str | None = None) -> tuple[Any, Any]:
    """Load model (float32, on the CPU) and tokenizer.

    Args:
        folder: a model folder.
        attention: name of the attention implementation; transformers' choice if None.

    Raises:
        ModelError: the folder is no causal model that transformers can load, or its tokenizer has no end token.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        with quiet():
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation=attention)
            tokenizer = AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        raise ModelError(f"{folder} cannot be loaded as a causal model: {first}; give another base model") from error
    if tokenizer.eos_token_id is None:
        raise ModelError(f"the tokenizer in {folder} has no end token: set eos_token in its tokenizer_config.json")
    return model, tokenizer


class quiet:  # noqa: N801 - reads as a statement: with quiet()
    """Turns transformers' progress bars off for a while."""

    def __enter__(self) -> None:
        from transformers.utils import logging

        self._bars: Any = logging
        self._were_on = self._bars.is_progress_bar_enabled()
        self._bars.disable_progress_bar()

    def __exit__(self, *_: object) -> None:
        if self._were_on:
            self._bars.enable_progress_bar()
