"""The phrase bank for questions about one table, from `wikisql_phrases.toml`. Knows no table."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_BANK = Path(__file__).parent / "wikisql_phrases.toml"


@dataclass(frozen=True, slots=True)
class Phrases:
    """The file's parts."""

    frames: Mapping[str, tuple[str, ...]]
    """"plain_with", "max_when" and so on -> sentences with {sel} and {conds}."""
    conditions: Mapping[str, tuple[str, ...]]
    """"> with", "> with date" and so on -> phrases with {col}, {value} and, for two values, {other}."""
    aggregates: Mapping[str, tuple[str, ...]]
    """Aggregate -> words for it in people's questions."""
    operators: Mapping[str, tuple[str, ...]]
    """Operator -> words for it before a value."""


@lru_cache(maxsize=1)
def phrases() -> Phrases:
    """The bank, read once."""
    data = tomllib.loads(_BANK.read_text(encoding="utf-8"))
    parts = {name: {key: tuple(items) for key, items in data.pop(name).items()} for name in _PARTS}
    return Phrases({name: tuple(items) for name, items in data.items()}, **parts)


_PARTS = ("conditions", "aggregates", "operators")
