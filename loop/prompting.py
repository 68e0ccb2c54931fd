"""The run's prompt: what the configuration says of it, with the model's own tokenizer to count and to wrap.

Knows configurations and tokenizers; how a prompt is written is `schemas.prompt`'s.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from loop.config import Config
from schemas.catalog import Schema
from schemas.errors import ConfigError
from schemas.prompt import CHAT, Prompt


def make_prompt(config: Config, model: Path) -> Prompt:
    """How this configuration writes prompts for a model.

    Args:
        config: the run's configuration.
        model: a model folder, whose tokenizer is loaded only if it is needed.
    """

    def count(text: str) -> int:
        # A token has at least one byte: most texts need no tokenizer to be known to fit.
        if len(text.encode()) <= config.prompt_tokens:
            return len(text.encode())
        return len(_tokenizer(model).encode(text, add_special_tokens=False))

    def wrap(text: str) -> str:
        tokenizer = _tokenizer(model)
        if not tokenizer.chat_template:
            raise ConfigError(f"the tokenizer in {model} has no chat template: use prompt = schema-first")
        turn = [{"role": "user", "content": text}]
        wrapped: str = tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
        return wrapped

    return Prompt(
        template=config.prompt,
        glossary=config.prompt_glossary,
        instructions=config.instructions,
        limit=config.prompt_tokens,
        count=count,
        wrap=wrap if config.prompt == CHAT else None,
    )


def shortened(prompt: Prompt, schemas: tuple[Schema, ...]) -> list[str]:
    """A sentence for each schema whose text is too long for the prompt."""
    return [
        f"{schema.name} takes more than {prompt.limit:,} tokens: each prompt shows the tables that its question most "
        "likely needs (prompt_tokens sets the room)"
        for schema in schemas
        if prompt.is_long(schema)
    ]


@cache
def _tokenizer(model: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(model)
