"""Two SELECTs side by side: what every comparison of a clause needs."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from evaluator.trees.align import likeness
from evaluator.trees.clauses import Clauses, Part
from evaluator.trees.edits import Action, Edit, place_of
from evaluator.trees.explain import Clause, explained
from evaluator.trees.findings import Finding
from evaluator.trees.pairing import masked, queries_in, query_kind
from evaluator.trees.spelling import text

Queries = Callable[[exp.Expr, exp.Expr, str], list[Finding]]
"""Compares two queries that stand in each other's place, of the given kind."""


class Sides:
    """Two SELECTs whose sources are named alike."""

    def __init__(self, gold: Clauses, given: Clauses, kind: str, queries: Queries | None) -> None:
        self.gold, self.given, self.kind = gold, given, kind
        self.queries = queries
        self.place = place_of(given.select)

    def edit(
        self, action: Action, node: exp.Expr | None = None, target: exp.Expr | None = None, **more: object
    ) -> Edit:
        """A change of this SELECT: of it as a whole, or of one node in it."""
        place = place_of(target) if target is not None else self.place
        return Edit(action, place, self.place, self.gold.select, node, **more)  # type: ignore[arg-type]

    def explained(self, a: Part, b: Part, clause: Clause) -> tuple[list[str], list[Finding]]:
        """What tells two parts apart, and what differs in the queries within them."""
        own = queries_in(a.node), queries_in(b.node)
        if not own[0] or len(own[0]) != len(own[1]) or self.queries is None:
            return explained(a.node, b.node, clause), []
        found = [f for x, y in zip(*own, strict=True) for f in self.queries(x, y, query_kind(x))]
        if len(found) > len(own[0]):  # not the same query at all
            return explained(a.node, b.node, clause), []
        return explained(masked(a.node), masked(b.node), clause), found

    def same_but_within(self, lost: list[Part], gained: list[Part]) -> tuple[list[Finding], list[Part], list[Part]]:
        """Conditions alike but for the queries within them, which are compared by themselves."""
        found: list[Finding] = []
        left, right = list(lost), list(gained)
        for part in lost:
            own = queries_in(part.node)
            if not own or self.queries is None:
                continue
            mask = text(masked(part.node))
            twins = [other for other in right if text(masked(other.node)) == mask]
            if twins:
                twin = max(twins, key=lambda other: likeness(other.text, part.text))
                left.remove(part)
                right.remove(twin)
                for a, b in zip(own, queries_in(twin.node), strict=False):
                    found += self.queries(a, b, query_kind(a))
        return found, left, right
