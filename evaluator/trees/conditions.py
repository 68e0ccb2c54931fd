"""What two SELECTs differ by in their conditions, those in the ON of joins included."""

from __future__ import annotations

from sqlglot import exp

from evaluator.trees.clauses import Part
from evaluator.trees.edits import Action
from evaluator.trees.findings import Finding, finding
from evaluator.trees.pairing import atoms, labels, paired, subject, unmatched
from evaluator.trees.parentheses import COMPARISONS
from evaluator.trees.sides import Sides

LIKE_ENOUGH = 0.35
"""Likeness from which two conditions, or columns shown, count as one that was changed."""


class Conditions(Sides):
    """WHERE compared with WHERE."""

    def findings(self) -> list[Finding]:
        """All differences."""
        lost, gained = unmatched(self.gold.filters, self.given.filters)
        said = [{part.text for part in side.filters} for side in (self.gold, self.given)]
        lost = [part for part in lost if part.text not in said[1]]  # what is said twice is said once
        gained = [part for part in gained if part.text not in said[0]]
        on_lost, on_gained = unmatched(self.gold.on_filters, self.given.on_filters)
        found = self._moved(lost, gained, on_lost, on_gained)
        lost, gained = lost + on_lost, gained + on_gained
        connective = self._connective(lost, gained)
        if connective is not None:
            return [*found, connective]
        within, lost, gained = self.same_but_within(lost, gained)
        found += within
        pairs, missing, extra = paired(lost, gained, LIKE_ENOUGH)
        for a, b in pairs:
            found += self._changed_condition(a, b)
        for part in missing:
            line = f"expected WHERE {part.text}, got none"
            edit = self.edit("on" if part in on_lost else "where", part.node, name=part.label)
            where = f"WHERE {subject(part.node)}"
            found.append(Finding(self._lone(part.node, "filter_missing"), where, line, (edit,), part.node))
        for part in extra:
            line = f"got WHERE {part.text}, which nobody asked for"
            edit = self.edit("forget", target=part.node)
            where = f"WHERE {subject(part.node)}"
            found.append(Finding(self._lone(part.node, "filter_extra"), where, line, (edit,), None, part.node))
        return found

    def _moved(self, lost: list[Part], gained: list[Part], on_lost: list[Part], on_gained: list[Part]) -> list[Finding]:
        """Conditions in WHERE that belong into the ON of an outer join, or the reverse; taken out of the lists."""
        found = []
        both: list[tuple[list[Part], list[Part], Action]] = [(on_lost, gained, "on"), (lost, on_gained, "where")]
        for here, there, action in both:
            for part in list(here):
                twin = next((other for other in there if other.text == part.text), None)
                if twin is not None:
                    here.remove(part)
                    there.remove(twin)
                    line = f"{part.text} belongs to the other of ON and WHERE of an outer join"
                    edits = self.edit("forget", target=twin.node), self.edit(action, part.node, name=part.label)
                    found.append(Finding("join_type", f"ON {part.text}", line, edits, part.node, twin.node))
        return found

    def _connective(self, lost: list[Part], gained: list[Part]) -> Finding | None:
        """AND for OR: the same comparisons otherwise joined."""
        if not lost or not gained or atoms(lost) != atoms(gained):
            return None
        edits = [self.edit("forget", target=part.node) for part in gained]
        edits += [self.edit("where", part.node) for part in lost]
        lines = (" AND ".join(part.text for part in side) for side in (lost, gained))
        return finding("filter_operator", "WHERE", lines, *edits)

    def _changed_condition(self, a: Part, b: Part) -> list[Finding]:
        edit = self.edit("replace", a.node, b.node)
        modes, within = self.explained(a, b, "filter")
        modes = modes or ([] if within else ["filter_operator"])
        if modes[:1] == ["filter_column"] and any(self._correlates(part.node) for part in (a, b)):
            modes = ["nesting"]
        where = f"WHERE {subject(a.node)}"
        line = f"expected WHERE {a.text}, got WHERE {b.text}"
        return [Finding(mode, where, line, (edit,), a.node, b.node) for mode in modes] + within

    def _lone(self, node: exp.Expr, otherwise: str) -> str:
        """A condition on one side only: about NULL, about a subquery or the row outside, or plainly missing."""
        if isinstance(node, exp.Is) and isinstance(node.args["expression"], exp.Null):
            return "null_handling"
        return "nesting" if node.find(exp.Query) is not None or self._correlates(node) else otherwise

    def _correlates(self, node: exp.Expr) -> bool:
        """Whether a condition ties the row to one outside."""
        if not isinstance(node, COMPARISONS) or self.kind in {"main", "whole"}:
            return False
        named = labels(node)
        return len(named) > 1 and not named <= self.gold.sources.keys()
