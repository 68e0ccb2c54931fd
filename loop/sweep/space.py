"""What a sweep tries: keys of the configuration, each with choices or a range.

The default is learning-rate profile x peak rate x batch size around the preset's values; a TOML file adds keys or gives
others. Knows keys and values, not what they do to a model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from loop.config import OPERATIONAL, Config, read_toml, validate
from schemas.errors import ConfigError
from schemas.records import Record

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Value = bool | int | float | str

PROFILES = ("linear", "cosine", "constant", "warmup-stable-decay")
FACTORS = (1 / 3, 1.0, 3.0)
"""Peak rates tried, times the preset's: half a decade each way."""
FIXED = frozenset({
    "model", "schemas", "seed", "predictor", "instances", "dev_questions", "select_questions", "probe_questions",
    "test_always", "max_new_tokens", "later_rate", "curriculum_examples", "replay_share", "tolerance", "restart",
    "passes", *OPERATIONAL,
})  # fmt: skip
"""Keys that decide what is measured or how much is seen, or that do nothing in the one training of a sweep."""


class Axis(Record):
    """One key and what it may be."""

    key: str
    choices: tuple[Value, ...] = ()
    """All values, where there are finitely many."""
    low: float | None = None
    """Lower end of a range, included."""
    high: float | None = None
    log: bool = False
    """Whether the range is drawn from evenly by ratio."""

    @property
    def distribution(self) -> BaseDistribution:
        """What Optuna draws from."""
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        if self.low is None or self.high is None:
            return CategoricalDistribution(self.choices)
        if Config.model_fields[self.key].annotation is int:
            return IntDistribution(int(self.low), int(self.high), log=self.log)
        return FloatDistribution(self.low, self.high, log=self.log)


def default_axes(base: Config) -> tuple[Axis, ...]:
    """Profile x peak rate x batch size around a configuration: 24 in all."""
    rates = tuple(float(f"{base.peak_rate * factor:.2g}") for factor in FACTORS)
    return (
        Axis(key="profile", choices=PROFILES),
        Axis(key="peak_rate", choices=rates),
        Axis(key="batch_size", choices=(base.batch_size, 2 * base.batch_size)),
    )


def read_axes(path: Path | None, base: Config) -> tuple[Axis, ...]:
    """The default axes, with those of a file added or put in their place.

    A line is `key = [value, ...]` or `key = {low = 1e-4, high = 1e-2, log = true}`; one value alone holds a key fixed.

    Raises:
        ConfigError: the file is no TOML, or a key or value of it cannot be swept; names file and key.
    """
    axes = {axis.key: axis for axis in default_axes(base)}
    if path is None:
        return tuple(axes.values())
    if not path.is_file():
        raise ConfigError(f"there is no file {path}: give --space a TOML file of keys and their values")
    for key, given in read_toml(path).items():
        axes[key] = _axis(path, key, given)
        for value in _ends(axes[key]):
            validate({**base.model_dump(), key: value}, str(path))
    return tuple(axes.values())


def _axis(path: Path, key: str, given: object) -> Axis:
    if key not in Config.model_fields:
        raise ConfigError(f"{path}: unknown config key {key!r}; known keys: {', '.join(Config.model_fields)}")
    if key in FIXED:
        raise ConfigError(
            f"{path}: {key!r} cannot be swept, since it does not change the one training that is compared"
        )
    wrong = f"{path}: {key} must be a list of values, or a table of low and high with 0 < low < high where log = true"
    values: dict[str, Any] = {"choices": given} if isinstance(given, list) else given if isinstance(given, dict) else {}
    try:
        axis = Axis.model_validate({"key": key, **values})
    except ValidationError:
        raise ConfigError(f"{wrong}; mend it") from None
    ranged = axis.low is not None and axis.high is not None and Config.model_fields[key].annotation in (int, float)
    sound = ranged and axis.low < axis.high and (axis.low > 0 or not axis.log)  # type: ignore[operator]
    if bool(axis.choices) == sound or len(set(axis.choices)) < len(axis.choices):
        raise ConfigError(f"{wrong}; mend it")
    return axis


def _ends(axis: Axis) -> tuple[Value, ...]:
    if axis.choices:
        return axis.choices
    whole = Config.model_fields[axis.key].annotation is int
    return tuple(int(end) if whole else end for end in (axis.low, axis.high) if end is not None)


def grid_size(axes: Sequence[Axis]) -> int | None:
    """Configurations of the full grid; None where an axis is a range."""
    return None if any(not axis.choices for axis in axes) else math.prod(len(axis.choices) for axis in axes)


def configured(base: Config, params: Mapping[str, Any]) -> Config:
    """The configuration with a draw's values; the later rounds' rate keeps its ratio to the first's.

    Raises:
        ConfigError: the values do not go together.
    """
    changed = dict(params)
    if "peak_rate" in changed:
        changed["later_rate"] = float(f"{base.later_rate * changed['peak_rate'] / base.peak_rate:.3g}")
    return validate({**base.model_dump(), **changed}, "the sweep")
