"""The run's prompt: what the configuration makes of it with a real tokenizer."""

from __future__ import annotations

from pathlib import Path

import pytest

from loop.config import Config, resolve
from loop.prompting import make_prompt, shortened
from schemas.catalog import load_schema
from schemas.errors import ConfigError
from schemas.prompt import prompt_parts
from schemas.sql import tables_of
from trainer.base import resolve_model

SCHEMAS = (load_schema("hotel_group"), load_schema("crop_farm"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return resolve_model("tiny", tmp_path_factory.mktemp("models"))


def config(**changes: object) -> Config:
    return resolve("smoke", dict(changes))


def test_the_presets_write_what_they_always_wrote(tiny: Path) -> None:
    prompt = make_prompt(config(), tiny)
    for schema in SCHEMAS:
        assert prompt(schema, "How many?") == prompt_parts(schema, "How many?")
    assert shortened(prompt, SCHEMAS) == []


def test_a_long_schema_is_shortened_for_each_question_and_told_of(tiny: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny)
    full = len(tokenizer.encode(prompt_parts(SCHEMAS[0], "x")[0], add_special_tokens=False))
    prompt = make_prompt(config(prompt_tokens=full - 50), tiny)
    (said,) = shortened(prompt, SCHEMAS)
    assert said.startswith(f"hotel_group takes more than {full - 50:,} tokens")
    prefixes = set()
    for question in SCHEMAS[0].split("train"):
        prefix, _ = prompt(SCHEMAS[0], question.text, tables_of(question.golds[0]))
        assert len(tokenizer.encode(prefix, add_special_tokens=False)) <= full - 50
        prefixes.add(prefix)
    assert len(prefixes) > 1


def test_a_tokenizer_without_a_chat_template_is_told_of(tiny: Path) -> None:
    with pytest.raises(ConfigError, match="has no chat template: use prompt = schema-first"):
        make_prompt(config(prompt="chat"), tiny)(SCHEMAS[0], "How many?")


def test_a_chat_template_is_that_of_the_tokenizer(tiny: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny)
    tokenizer.chat_template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<me>"
    tokenizer.save_pretrained(tmp_path)
    prefix, suffix = make_prompt(config(prompt="chat"), tmp_path)(SCHEMAS[0], "How many?")
    assert prefix.startswith("<user>-- Postgres.")
    assert suffix == "-- Question: How many?\n-- SQL:\n<me>"
