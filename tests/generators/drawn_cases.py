"""Examples of chosen patterns, drawn without a gate, and their trees."""

from __future__ import annotations

from sqlglot import exp

from generators.curriculum import STAGE_SHARES, Request, draw_examples
from generators.view import View
from schemas.records import Example
from schemas.sql import parse


def drawn(view: View, patterns: tuple[str, ...], seed: str, limit: int) -> list[Example]:
    """What the patterns make in so many draws."""
    return list(draw_examples(view, Request(STAGE_SHARES[5], patterns=patterns), seed, limit=limit))


def tree(example: Example) -> exp.Expr:
    """The statement's tree."""
    found = parse(example.sql)
    assert found is not None
    return found
