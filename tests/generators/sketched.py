"""Draws of one pattern, for tests of what it never asks."""

from __future__ import annotations

import random

from sqlglot import exp

from generators.draw import Draw
from generators.pattern import PATTERNS
from generators.view import View

SEEDS = 200


def sketches(view: View, name: str) -> list[tuple[str, exp.Expr]]:
    """Question and query of many draws; fails where there is none."""
    made = [PATTERNS[name].make(Draw(random.Random(f"{name} {seed}"), view)) for seed in range(SEEDS)]
    found = [(item.question, item.query) for item in made if item is not None]
    assert found
    return found
