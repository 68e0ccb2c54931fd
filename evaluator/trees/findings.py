"""A finding: one difference between two queries, with what would mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from evaluator.trees.clauses import tail_text
from evaluator.trees.edits import Edit, Place


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference."""

    mode: str
    """A key of MODES."""
    where: str
    """Clause and name: "WHERE stay.status"."""
    evidence: str
    """One line."""
    edits: tuple[Edit, ...] = ()
    """What mends it in the prediction's tree; empty where nothing short of the whole query would."""
    expected: exp.Expr | None = None
    """The gold's part, in its canonical tree."""
    got: exp.Expr | None = None
    """The prediction's part, in its canonical tree."""


def finding(mode: str, where: str, lines: Iterable[str], *edits: Edit) -> Finding:
    """A finding with its line of evidence, made of what was expected and what stood there."""
    expected, got = lines
    return Finding(mode, where, f"expected {expected or 'none'}, got {got or 'none'}", edits)


def limits(gold: exp.Expr, given: exp.Expr, place: Place, select: Place) -> list[Finding]:
    """LIMIT and OFFSET compared."""
    lines = tail_text(gold), tail_text(given)
    if lines[0] == lines[1]:
        return []
    edits = [Edit("clause", place, select, None, gold.args.get(name), name) for name in ("limit", "offset")]
    return [finding("limit", "LIMIT", (line or "no LIMIT" for line in lines), *edits)]
