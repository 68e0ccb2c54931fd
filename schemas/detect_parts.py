"""Parts of a statement that the detectors of concepts look for. Knows trees, not concepts."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp


def has_kind(tree: exp.Expr, *kinds: type[exp.Expr]) -> bool:
    """Whether the tree holds a node of one of the kinds."""
    return tree.find(*kinds) is not None


def conditions(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Every WHERE's condition."""
    for where in tree.find_all(exp.Where):
        yield where.this


def named(tree: exp.Expr, *names: str) -> bool:
    """Whether it calls a function of one of the names for which sqlglot has no node."""
    return any(node.name.lower() in names for node in tree.find_all(exp.Anonymous))
