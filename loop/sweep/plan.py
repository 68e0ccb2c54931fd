"""What a sweep was started with, frozen in its folder beside the configuration: the same command goes on with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from loop.config import Config
from loop.store import write_atomic
from loop.sweep.space import Axis, grid_size, read_axes
from schemas.errors import ConfigError
from schemas.records import Record

CONFIGURATIONS = 12
FINALISTS = 2
"""Configurations that the share never stops: a choice needs two."""
DEFAULTS: Mapping[str, Any] = {"looks": (0.125, 0.375), "keep": 1 / 3, "level": 0.1, "look_questions": 60}
"""With them 12 configurations cost at most 31% of what running all of them to the end would."""


class Plan(Record):
    """A sweep's plan."""

    axes: tuple[Axis, ...]
    configurations: int = Field(ge=2)
    """Configurations drawn."""
    looks: tuple[float, ...]
    """Shares of a configuration's examples after which it answers the subset; none to stop nobody."""
    keep: float = Field(gt=0, le=1)
    """Largest share of the configurations that goes on after a look."""
    level: float = Field(ge=0, lt=1)
    """Level of the one-sided test by which a configuration is stopped."""
    look_questions: int = Field(ge=1)
    """Questions of dev and select that are answered at a look."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the command names of a plan; None where it names nothing."""

    configurations: int | None = None
    """0 for the whole grid."""
    looks: tuple[float, ...] | None = None
    keep: float | None = None
    level: float | None = None
    look_questions: int | None = None


def make_plan(base: Config, folder: Path, space: Path | None, given: Given) -> Plan:
    """The plan as given; what is not given is as the sweep in the folder began, or else the default.

    Raises:
        ConfigError: the space is none, or holds less than two configurations.
    """
    old = load_plan(folder)
    axes = old.axes if old is not None and space is None else read_axes(space, base)
    size, wanted = grid_size(axes), given.configurations
    if wanted is None:
        wanted = old.configurations if old is not None else CONFIGURATIONS
    if wanted == 0 and size is None:
        raise ConfigError("the space has a range, so it has no whole grid: give --configurations a number")
    drawn = wanted if size is None else min(wanted or size, size)
    if drawn < FINALISTS:
        raise ConfigError("a sweep needs two configurations or more: add values to --space, or raise --configurations")
    rest = old.model_dump(include={"looks", "keep", "level", "look_questions"}) if old is not None else {}
    rest |= {key: value for key in DEFAULTS if (value := getattr(given, key)) is not None}
    return Plan.model_validate({"axes": axes, "configurations": drawn, **DEFAULTS, **rest})


def parse_looks(text: str) -> tuple[float, ...]:
    """Shares as the command line has them: "0.125,0.375"; empty for no look.

    Raises:
        ConfigError: they are none, or do not rise.
    """
    try:
        found = tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        found = (0.0,)
    if list(found) != sorted(set(found)) or any(not 0 < share < 1 for share in found):
        raise ConfigError(f"--looks {text!r} must be rising shares between 0 and 1, such as 0.125,0.375")
    return found


def load_plan(folder: Path) -> Plan | None:
    """The frozen plan, or None where no sweep has begun.

    Raises:
        ConfigError: the file is not ours.
    """
    path = folder / "sweep.json"
    if not path.is_file():
        return None
    try:
        return Plan.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError:
        raise ConfigError(f"{path} is no sweep's plan: remove the folder, or choose another --run") from None


def freeze_plan(folder: Path, plan: Plan) -> None:
    """Write the plan, once.

    Raises:
        ConfigError: the sweep began with another; names what differs.
    """
    old = load_plan(folder)
    if old is None:
        write_atomic(folder / "sweep.json", plan.model_dump_json(indent=1) + "\n")
    elif old != plan:
        changed = [key for key in Plan.model_fields if getattr(old, key) != getattr(plan, key)]
        raise ConfigError(
            f"the sweep {folder.name!r} began with other values of {', '.join(changed)}; give the old ones, or start "
            "another with --run NAME"
        )


def look_steps(plan: Plan, examples: int, batch_size: int) -> tuple[int, ...]:
    """Optimiser steps after which a configuration is looked at, and its last step."""
    total = -(-examples // batch_size)
    return (*(max(1, int(share * total)) for share in plan.looks), total)
