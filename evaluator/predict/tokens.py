"""A model's tokens: prompts to ids, as in training, and generated ids to answers.

Prefix and suffix are tokenised apart, so that the prefix's ids are the same for all questions of a schema. Knows a
tokenizer and a configuration, not who computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.errors import ModelError
from schemas.records import Prediction


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a predictor must know of a model besides its weights."""

    tokenizer: Any
    config: Any
    """transformers' configuration."""
    ends: frozenset[int]
    """All tokens that end an answer: the tokenizer's end token, and the model's own list."""
    max_new_tokens: int
    """Longest answer, the end token included."""

    @classmethod
    def of(cls, tokenizer: Any, config: Any, generation: Any, max_new_tokens: int) -> Tokens:
        """From what transformers loads with a model."""
        own = generation.eos_token_id
        listed = own if isinstance(own, list) else [own]
        ends = frozenset(token for token in (*listed, tokenizer.eos_token_id) if token is not None)
        return cls(tokenizer, config, ends, max_new_tokens)

    @classmethod
    def load(cls, model_dir: Path, max_new_tokens: int) -> Tokens:
        """From a model's folder, without its weights.

        Raises:
            ModelError: the folder holds no model that transformers knows.
        """
        from transformers import AutoConfig, AutoTokenizer, GenerationConfig

        try:
            config = AutoConfig.from_pretrained(model_dir)
            tokenizer = AutoTokenizer.from_pretrained(model_dir)
        except (OSError, ValueError) as error:
            raise no_model(model_dir, error) from error
        try:
            generation = GenerationConfig.from_pretrained(model_dir)
        except OSError:
            generation = GenerationConfig.from_model_config(config)
        return cls.of(tokenizer, config, generation, max_new_tokens)

    def prefix_ids(self, prefix: str) -> list[int]:
        """Token ids of the schema part; as in training, after the begin token where the tokenizer puts one."""
        ids = self.suffix_ids(prefix)
        begin = self.tokenizer.bos_token_id
        wants = begin is not None and self.tokenizer.encode("a")[:1] == [begin] and ids[:1] != [begin]
        return [begin, *ids] if wants else ids

    def suffix_ids(self, suffix: str) -> list[int]:
        """Token ids of the question part."""
        return list(self.tokenizer.encode(suffix, add_special_tokens=False))

    def room(self, prefix: int) -> int:
        """Tokens left to a question after prefix and longest answer.

        Raises:
            ModelError: the prefix is longer than the sliding window of the model's attention.
        """
        window = getattr(self.config, "sliding_window", None)
        if window is not None and getattr(self.config, "use_sliding_window", True) and prefix >= window:
            raise ModelError(
                f"the schema takes {prefix} tokens, more than the model's sliding window of {window}: "
                "use a model with full attention"
            )
        limits = [limit for limit in (self.longest, window) if limit]
        return int(min(limits, default=1 << 30)) - prefix - self.max_new_tokens

    @property
    def longest(self) -> int:
        """Tokens of the model's context; 0 where it names no limit."""
        return int(getattr(self.config, "max_position_embeddings", None) or 0)

    def prediction(self, question_id: str, tokens: list[int]) -> Prediction:
        """An answer from the ids that were generated."""
        ended = bool(tokens) and tokens[-1] in self.ends
        text = self.tokenizer.decode(tokens[:-1] if ended else tokens, skip_special_tokens=True)
        return Prediction(id=question_id, sql=text, truncated=not ended, tokens=len(tokens))


def no_model(model_dir: Path, error: Exception) -> ModelError:
    """The error of a folder that transformers cannot load."""
    first = str(error).strip().splitlines()[0]
    return ModelError(f"{model_dir} cannot be loaded as a causal model: {first}; give another model")
