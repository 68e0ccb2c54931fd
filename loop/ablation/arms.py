"""The arms: each differs from its counterpart in one thing and tests one claim of the recipe.

An arm is a record: what the recipe claims, what is changed, the keys of the configuration that change, and for controls
the name of another way to train or to arrange the data (`controls`, `data`). Knows configurations, runs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from loop.config import Config, validate
from schemas.catalog import Schema, select_schemas
from schemas.errors import ConfigError

Changes = Callable[[Config, str], Mapping[str, Any]]
"""(default configuration, folder or archive of WikiSQL) -> the keys that an arm changes."""
Training = Literal["", "packed", "prompt-loss", "attention-only"]
Data = Literal["", "pretty", "shuffled", "flat"]

SHORT = 5
"""One block of so many is trained on in arms that compute every token anew: packed, some 0.5 to 0.8 pairs a second."""
LONGER_ANSWERS = 1.5
"""Tokens of an answer with line breaks and indentation, relative to one without, at most (`docs/ablation.md`)."""


def _nothing(base: Config, wikisql: str) -> Mapping[str, Any]:  # noqa: ARG001 - part of the signature
    return {}


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm."""

    name: str
    claim: str
    """What the recipe claims, one sentence."""
    change: str
    """What differs from the counterpart, in a few words."""
    changes: Changes = _nothing
    """Keys of the configuration."""
    training: Training = ""
    """Another way to train, of `controls`; "" for the trainer's own."""
    data: Data = ""
    """What the training set goes through, of `data`; "" for nothing."""
    plain: bool = False
    """Whether generated questions are left without paraphrase."""
    one_in: int = 1
    """One block of the training set in so many is trained on."""
    later_rounds: int = 0
    """Rounds beyond those asked for: an arm about failures needs a round that began with some."""
    against: str = "default"
    """The arm it is compared with; "" where it is one that others are compared with."""
    better: bool = False
    """Whether the claim is that this arm answers more than its counterpart, rather than less."""


def _short(base: Config, wikisql: str) -> Mapping[str, Any]:  # noqa: ARG001
    """Half the batch, so that a fifth of the pairs is two fifths of the steps."""
    return {"batch_size": max(1, base.batch_size // 2), "block": max(1, base.block // 2)}


def _longer(base: Config, wikisql: str) -> Mapping[str, Any]:  # noqa: ARG001
    return {"max_new_tokens": round(LONGER_ANSWERS * base.max_new_tokens)}


def _unstaged(base: Config, wikisql: str) -> Mapping[str, Any]:  # noqa: ARG001
    return {"curriculum": base.curriculum[-1:]}


def _no_hard(base: Config, wikisql: str) -> Mapping[str, Any]:  # noqa: ARG001
    return {"hard_examples": 0, **_more_curriculum(base, base.hard_examples)}


def _wikisql(base: Config, wikisql: str) -> Mapping[str, Any]:
    """A fifth of round 1's generated pairs."""
    count = base.first_examples // 5
    path = str(Path(wikisql).absolute()) if wikisql else ""
    return {"wikisql": path, "wikisql_examples": count, "first_examples": base.first_examples - count}


def _ten(base: Config, wikisql: str) -> Mapping[str, Any]:  # noqa: ARG001
    """The later schemas held out: asked like all others, trained on by none."""
    later = _later(base)
    lost = round(base.natural_repeats * sum(len(schema.split("train")) for schema in later))
    names = dict.fromkeys([*base.held, *(schema.name for schema in later)])
    return {"hold_out": ",".join(names), **_more_curriculum(base, lost)}


def _uniform(base: Config, wikisql: str) -> Mapping[str, Any]:  # noqa: ARG001
    return {"strategy": "uniform"}


def _more_curriculum(base: Config, count: int) -> Mapping[str, int]:
    """Curriculum examples for what else is missing, so that as many pairs are trained on."""
    return {
        "first_examples": base.first_examples + count,
        "curriculum_examples": base.curriculum_examples + count,
    }


def _later(base: Config) -> list[Schema]:
    """Schemas of the run that came after the first ten."""
    return [s for s in select_schemas(base.schemas) if s.glossary.origin == "new" and s.name not in base.held]


ARMS: Mapping[str, Arm] = {arm.name: arm for arm in (
    Arm("default", "The recipe as a whole.", "nothing: what the others are compared with", later_rounds=1, against=""),
    Arm("default-short", "The recipe as a whole, on a fifth of the pairs.", "one block in five, half the batch",
        changes=_short, one_in=SHORT, against=""),
    Arm("prompt-loss", "Loss on the SQL alone teaches more than loss on the prompt as well.",
        "loss on every token of prompt and SQL", training="prompt-loss"),
    Arm("packed", "Pairs that never share an attention window teach more than packed ones.",
        "several pairs in one window, one block in five", changes=_short, training="packed", one_in=SHORT,
        against="default-short"),
    Arm("attention-only", "Training every layer gives more than training the attention projections.",
        "all weights but the attention projections are frozen", training="attention-only"),
    Arm("original-whitespace", "SQL with its white space normalised is learnt better than as people lay it out.",
        "labels with line breaks and indentation", changes=_longer, data="pretty"),
    Arm("unstaged", "Data staged from simple to hard teach more than the same kinds in any order.",
        "the last stage's mixture from the start, order shuffled", changes=_unstaged, data="shuffled"),
    Arm("plain-wording", "Paraphrased questions teach more than questions in one wording.",
        "questions as the patterns make them", plain=True),
    Arm("wikisql", "Variations of WikiSQL early on help.", "a fifth of the curriculum from WikiSQL", changes=_wikisql,
        better=True),
    Arm("no-hard", "Hard examples made from failures teach more than as many of the curriculum.",
        "curriculum in place of hard examples", changes=_no_hard, later_rounds=1),
    Arm("flat-weights", "More weight on hard and hand-written examples helps.", "every pair has weight 1", data="flat",
        later_rounds=1),
    Arm("ten-schemas", "Three schemas more, with as many pairs, help on the first ten too.",
        "trained on the first ten schemas only", changes=_ten),
    Arm("uniform", "Hard examples that follow failures teach more than ones spread alike over all concepts.",
        "hard examples over all concepts alike", changes=_uniform, later_rounds=1),
)}  # fmt: skip
"""All arms by name, counterparts first."""


def chosen(names: Sequence[str]) -> list[Arm]:
    """The arms of these names, all for none, each counterpart before those compared with it.

    Raises:
        ConfigError: there is no arm of a name; lists them.
    """
    unknown = [name for name in names if name not in ARMS]
    if unknown:
        raise ConfigError(f"there is no arm {unknown[0]!r}: choose from {', '.join(ARMS)}")
    wanted = set(names) or set(ARMS)
    wanted |= {ARMS[name].against for name in wanted}
    return [arm for name, arm in ARMS.items() if name in wanted]


def why_not(arm: Arm, base: Config, wikisql: str) -> str:
    """Why an arm cannot be run here; "" where it can."""
    if arm.name == "wikisql" and not wikisql:
        return "it needs the WikiSQL release: give --wikisql its folder or archive"
    if arm.name == "wikisql" and not Path(wikisql).exists():
        return f"there is no {wikisql}: give --wikisql the folder or the archive of the WikiSQL release"
    if arm.name == "ten-schemas":
        later = _later(base)
        if not later or len(later) == len(select_schemas(base.schemas)):
            return "it needs schemas of the first ten and of the later ones: give --schemas all"
    if arm.training and base.accelerate:
        return "it trains in this process only: leave accelerate out of the preset"
    return ""


def configured(arm: Arm, base: Config, seed: int, wikisql: str = "") -> Config:
    """An arm's configuration, with test asked in every round.

    Raises:
        ConfigError: a key would be out of range.
    """
    values = base.model_dump() | {"seed": seed, "test_always": True}
    plain = validate(values, "the preset")
    return validate(values | dict(arm.changes(plain, wikisql)), f"the arm {arm.name}")


def rounds_of(arm: Arm, rounds: int) -> int:
    """Rounds that an arm runs where so many are asked for."""
    return rounds + arm.later_rounds
