"""The resolved configuration of a run: a preset, then flags, frozen.

A preset is a TOML file with a comment a line. What a run was started with is written to its folder; the same run with
another configuration is refused with the difference shown (`loop.store`). This module knows keys and values, not what
they do.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from schemas.errors import ConfigError
from schemas.records import Record

PRESETS = Path(__file__).parent / "presets"

OPERATIONAL = (
    "patience", "budget_examples", "budget_hours", "keep_best", "keep_latest", "disk_reserve_gb", "redact",
    "accelerate", "vllm_python", "tensor_parallel",
)  # fmt: skip
"""Keys that decide no outcome of a round: a run that exists may be gone on with under other values.

Where training or prediction takes place is among them: sums in another order move last bits and nothing else."""


CURRICULUM = (
    (0.50, 0.30, 0.12, 0.04, 0.04),
    (0.35, 0.35, 0.16, 0.07, 0.07),
    (0.25, 0.27, 0.24, 0.12, 0.12),
    (0.20, 0.24, 0.22, 0.18, 0.16),
    (0.18, 0.22, 0.22, 0.18, 0.20),
)
"""From simple to hard, with breadth at every stage."""


class Config(Record):
    """Everything that decides a run's outcome; paths, servers and verbosity are not part of it."""

    model: str
    """Hub id, folder, or the alias smollm2-135m or tiny; "auto" picks by the machine."""
    schemas: str
    """all, original, new, own, or names and folders with commas."""
    seed: int = Field(ge=0)
    """Root of every random draw."""
    predictor: str
    """Who answers: auto, transformers, vllm, server:URL[#MODEL], or file:PATH."""
    instances: int = Field(ge=1, le=6)
    """Filled copies of each schema that an answer is judged on."""
    dev_questions: int = Field(ge=0)
    """Questions of dev mined each round, a fixed stratified sample; 0 for all."""
    select_questions: int = Field(ge=0)
    """Questions of select measured each round, a fixed stratified sample; 0 for all."""
    probe_questions: int = Field(ge=0)
    """Generated questions, never trained on, mined and measured apart from the hand-written ones; 0 for none.

    Each round makes a third of them, three rounds ask them; so many are asked from round 2 on.
    """
    test_always: bool
    """Whether test is measured in every round rather than at round 0 and at the end only."""
    first_examples: int = Field(ge=1)
    """Curriculum examples generated in round 1."""
    curriculum_examples: int = Field(ge=0)
    """Curriculum examples generated in each later round."""
    hard_examples: int = Field(ge=0)
    """Hard examples generated in each round."""
    natural_repeats: int | float = Field(ge=0)
    """Times each hand-written train question is passed in a round; of 0.5 each is passed in every second round."""
    natural_variants: int = Field(ge=0)
    """Variants of hand-written train questions, other values and nouns, generated in each round."""
    natural_weight: float = Field(gt=0)
    """Weight of a hand-written train question, and of its variants, in the loss."""
    passes: int = Field(default=1, ge=1)
    """Times a round's whole training set is passed, each time in another order."""
    replay_share: float = Field(ge=0, le=1)
    """Share of earlier rounds' examples passed again, relative to the new ones."""
    prompt: str = "schema-first"
    """How schema and question are written: schema-first, sqlcoder, chat (the tokenizer's own), or a Jinja file."""
    prompt_glossary: bool = False
    """Whether the prompt's tables, columns and codes carry the glossary's words."""
    prompt_tokens: int = Field(default=1500, ge=0)
    """Tokens a schema may take in the prompt; a longer one is shortened by whole tables. 0 for any number."""
    instructions: str = ""
    """A line of your own in every prompt, such as "amounts are in cents"."""
    batch_size: int = Field(ge=1)
    """Pairs of one optimiser step."""
    block: int = Field(ge=1)
    """Pairs of one schema in a row, which share its prompt's computation."""
    batch_tokens: int = Field(ge=128)
    """Tokens computed at once at most, shared prefixes counted once; fewer where memory is short."""
    gradient_checkpointing: bool = False
    """Whether layers are computed again in the backward pass: less memory, a third more time."""
    peak_rate: float = Field(gt=0)
    """Highest learning rate of round 1."""
    later_rate: float = Field(gt=0)
    """Highest learning rate of the later rounds."""
    profile: Literal["linear", "cosine", "constant", "warmup-stable-decay"]
    """Shape of the learning rate within a round."""
    warmup: float = Field(ge=0, lt=1)
    """Share of a round's steps over which the rate rises."""
    dtype: Literal["auto", "float32", "bfloat16"]
    """Arithmetic of training and prediction; weights are float32 always while training."""
    carry_optimizer: bool
    """Whether Adam's state goes on from the champion's training."""
    max_new_tokens: int = Field(ge=1)
    """Tokens an answer may have."""
    predict_batch: int = Field(ge=1)
    """Questions answered side by side."""
    tolerance: float = Field(ge=0)
    """Points that the lower end of the difference's 90% interval may lie below zero for a promotion."""
    wikisql: str = ""
    """Folder or archive of the WikiSQL release; "" fetches it from the hub where wikisql_examples asks for it."""
    wikisql_examples: int = Field(default=0, ge=0)
    """Variations of WikiSQL in round 1, single tables beside the schemas; 0 for none."""
    restart: Literal["champion", "base"] = "champion"
    """What each round's training begins with: the champion, or the base model on all data so far."""
    patience: int = Field(default=0, ge=0)
    """Held candidates in a row after which no further round begins; 0 for any number."""
    budget_examples: int = Field(default=0, ge=0)
    """Pairs trained on in all rounds, passes counted, after which no further round begins; 0 for any number."""
    budget_hours: float = Field(default=0.0, ge=0)
    """Hours of all rounds' stages after which no further round begins; 0 for any time."""
    strategy: Literal["failures", "uniform"] = "failures"
    """What hard examples follow: the champion's failures or, as a control, nothing, alike in number and weight."""
    hold_out: str = ""
    """Schemas kept out of training altogether, names with commas; their questions measure transfer."""
    train_data: str = ""
    """JSON-lines file of your own pairs (schema, question, sql and weight) that join each round's mix."""
    curriculum: tuple[tuple[float, ...], ...] = CURRICULUM
    """Mixture of each curriculum stage reached: shares of patterns of stages 1 to 5, each row adding up to 1."""
    keep_best: int = Field(default=2, ge=0)
    """Checkpoints kept for being best on select; the champion's is kept always."""
    keep_latest: int = Field(default=2, ge=1)
    """Checkpoints kept for being the latest."""
    disk_reserve_gb: float = Field(default=0.5, ge=0)
    """Gigabytes that must stay free on the runs' disk when a stage begins."""
    accelerate: str = ""
    """accelerate's file that says on how many processes, GPUs and machines to train; "" for this process alone."""
    vllm_python: str = ""
    """The Python that has vLLM, where it is not this one."""
    tensor_parallel: int = Field(default=1, ge=1)
    """GPUs that share one model when vLLM predicts."""
    redact: bool = False
    """Whether report.html leaves the databases' values out."""

    @field_validator("curriculum")
    @classmethod
    def _shares(cls, rows: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
        for row in rows:
            if len(row) != 5 or min(row) < 0 or abs(sum(row) - 1) > 1e-6:
                raise ValueError(f"each stage's mixture is five shares that add up to 1, not {list(row)}")
        if not rows:
            raise ValueError("at least one stage needs a mixture")
        return rows

    @property
    def held(self) -> tuple[str, ...]:
        """Names of the schemas kept out of training."""
        return tuple(name.strip() for name in self.hold_out.split(",") if name.strip())

    @property
    def digest(self) -> str:
        """Hash of all values that decide an outcome (hex, 16 characters).

        Keys at their default are left out: a key that a newer version adds does not undo an older run's open round.
        """
        values = self.model_dump(exclude_defaults=True, exclude=set(OPERATIONAL))
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def preset_names() -> tuple[str, ...]:
    """Names of the shipped presets."""
    return tuple(sorted(path.stem for path in PRESETS.glob("*.toml")))


def load_preset(name: str) -> dict[str, Any]:
    """Keys and values of a preset: a shipped one's name, or the path of a TOML file.

    Raises:
        ConfigError: there is no such preset, or its file is not TOML.
    """
    path = Path(name) if name.endswith(".toml") else PRESETS / f"{name}.toml"
    if not path.is_file():
        raise ConfigError(f"unknown preset {name!r}: choose {', '.join(preset_names())}, or give a .toml file's path")
    return read_toml(path)


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file's values; `ConfigError` names the file and what is wrong with it."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}; mend it and run again") from None


def resolve(preset: str, overrides: dict[str, Any]) -> Config:
    """The configuration: the preset's values, then the flags that were given.

    Raises:
        ConfigError: a key is unknown, missing or out of range; the message names key and preset.
    """
    values = {**load_preset(preset), **{key: value for key, value in overrides.items() if value is not None}}
    return validate(values, f"preset {preset}")


def resume(frozen: Path, overrides: dict[str, Any]) -> Config:
    """The configuration an existing run began with, then the flags that were given now.

    Raises:
        ConfigError: the run's config.toml cannot be read, or a flag is out of range.
    """
    values = {**read_toml(frozen), **{key: value for key, value in overrides.items() if value is not None}}
    return validate(values, str(frozen))


def validate(values: dict[str, Any], source: str) -> Config:
    """A configuration from plain values; `ConfigError` names the first key that is wrong."""
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        first = min(error.errors(), key=lambda item: item["type"] != "extra_forbidden")
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = ", ".join(Config.model_fields)
            raise ConfigError(f"{source}: unknown config key {key!r}; known keys: {known}") from None
        if first["type"] == "missing":
            raise ConfigError(
                f"{source}: the config key {key!r} is missing; add it, as in the shipped presets"
            ) from None
        raise ConfigError(f"{source}: bad value for the config key {key!r}: {first['msg']}; mend it") from None


def to_toml(config: Config) -> str:
    """The configuration as TOML, a comment above each key."""
    lines = ["# Resolved configuration of this run; frozen when the run began."]
    docs = _field_docs()
    for key, value in config.model_dump().items():
        lines += [f"# {docs.get(key, '')}", f"{key} = {json.dumps(value)}"]
    return "\n".join(lines) + "\n"


def _field_docs() -> dict[str, str]:
    """Field -> the text under it in the class, read from the source."""
    import ast
    import inspect

    tree = ast.parse(inspect.getsource(Config))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef)).body
    docs: dict[str, str] = {}
    for item, following in itertools.pairwise(body):
        match (item, following):
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                docs[name] = " ".join(text.split())
    return docs


def differences(old: Config, new: Config) -> list[str]:
    """What differs of what decides outcomes, one line a key: "seed: 1 -> 2"."""
    before, after = old.model_dump(), new.model_dump()
    return [
        f"{key}: {before[key]!r} -> {after[key]!r}"
        for key in before
        if before[key] != after[key] and key not in OPERATIONAL
    ]
