"""The register of fault operators, and what they share."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import TypeVar

from sqlglot import exp

from benchmarks.fault_sites import Tables

Fault = Callable[[exp.Expr, random.Random, Tables], bool]
"""Changes the tree below the given parentheses at one place drawn at random; False where it cannot."""
OPERATORS: dict[str, tuple[str, Fault]] = {}
"""Operator -> (mode, function)."""
T = TypeVar("T")


def fault(mode: str) -> Callable[[Fault], Fault]:
    """Register an operator under the mode that its fault should be named by."""

    def register(function: Fault) -> Fault:
        OPERATORS[function.__name__] = (mode, function)
        return function

    return register


def one(rng: random.Random, items: Iterable[T]) -> T | None:
    """One of the items at random."""
    found = list(items)
    return rng.choice(found) if found else None


def replace(node: exp.Expr | None, new: exp.Expr | None) -> bool:
    """Put one node in another's place; False where either is missing."""
    if node is None or new is None:
        return False
    node.replace(new)
    return True


def aggregates(tree: exp.Expr) -> list[exp.Expr]:
    """Aggregates in SELECT that belong to no window, ratio or HAVING."""
    found = tree.find_all(exp.Sum, exp.Avg, exp.Min, exp.Max)
    return [n for n in found if n.find_ancestor(exp.Window, exp.Div, exp.Having, exp.Order) is None]
