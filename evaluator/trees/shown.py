"""What two SELECTs differ by in what they show: columns, DISTINCT, groups, HAVING, order, LIMIT."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from evaluator.trees.clauses import Clauses
from evaluator.trees.conditions import LIKE_ENOUGH
from evaluator.trees.edits import Edit
from evaluator.trees.explain import explained
from evaluator.trees.findings import Finding, finding, limits
from evaluator.trees.pairing import paired, unmatched
from evaluator.trees.sides import Queries, Sides
from evaluator.trees.spelling import text


class Shown(Sides):
    """The other clauses compared."""

    def __init__(self, gold: Clauses, given: Clauses, kind: str, queries: Queries | None) -> None:
        super().__init__(gold, given, kind, queries)
        self._changed: dict[str, str] = {}
        """Text of a projection as given -> as expected."""
        group_alike(gold, given)
        group_alike(given, gold)

    def findings(self) -> list[Finding]:
        """All differences."""
        shown = [] if self.kind == "whole" else self._projections()
        groups = [] if self.kind == "whole" else self._groups(shown)
        found = shown + groups
        orders = self._orders(found)  # may add to what mends a column shown
        found += self._distinct() + self._having() + orders
        if self.gold.limit != self.given.limit:
            found += limits(self.gold.select, self.given.select, self.place, self.place)
        return found

    def _projections(self) -> list[Finding]:
        if self.kind in {"exists"}:
            return []
        lost, gained = unmatched(self.gold.projections, self.given.projections)
        found, lost, gained = self.same_but_within(lost, gained)
        pairs, missing, extra = paired(lost, gained, LIKE_ENOUGH)
        if self.kind != "main" or len(self.gold.projections) == len(self.given.projections):
            while missing and extra:  # unlike each other, yet one stands in the other's place
                pairs.append((missing.pop(0), extra.pop(0)))
        for a, b in pairs:
            self._changed[b.text] = a.text
            edit = self.edit("replace", a.node, b.node)
            line = f"expected {a.text}, got {b.text}"
            modes, within = self.explained(a, b, "select")
            modes = modes or ([] if within else ["projection_wrong"])
            found += [Finding(mode, "SELECT", line, (edit,), a.node, b.node) for mode in modes] + within
        if self.kind == "main":
            for part in missing:
                edit = self.edit("show", part.node, number=self.gold.projections.index(part))
                found.append(
                    Finding("projection_missing", "SELECT", f"expected {part.text}, got none", (edit,), part.node)
                )
            for part in extra:
                line = f"got {part.text}, which nobody asked for"
                edit = self.edit("hide", target=part.node)
                found.append(Finding("projection_extra", "SELECT", line, (edit,), None, part.node))
        return found

    def _mend(self, line: str) -> str:
        """A text with the changed projections as expected."""
        for got, expected in self._changed.items():
            whole = rf"(?<![\w.\"]){re.escape(got)}(?![\w\"])"
            line = re.sub(whole, lambda _, new=expected: new, line)  # type: ignore[misc]
        return line

    def _groups(self, shown: list[Finding]) -> list[Finding]:
        """Grouping; a grouping column changed like the column shown is one finding with it."""
        gold, given = self.gold.groups, self.given.groups
        lost, gained = unmatched(gold, given)
        if not lost and not gained:
            return []
        edit = self.edit("clause", self.gold.select.args.get("group"), name="group")
        lines = [", ".join(part.text for part in side) for side in (gold, given)]
        if Counter(map(self._mend, self.given.grouped)) == Counter(self.gold.grouped):
            join_to(shown, edit, set(self.given.grouped), {"projection_wrong": "grouping"})
            return []
        mode = "grouping"
        if len(lost) == len(gained) == 1:
            modes = explained(lost[0].node, gained[0].node, "group")
            mode = modes[0] if modes and modes[0] not in {"aggregate", "projection_wrong"} else "grouping"
        return [finding(mode, "GROUP BY", lines, edit)]

    def _distinct(self) -> list[Finding]:
        if self.gold.distinct == self.given.distinct or self.kind in {"exists", "in", "whole"}:
            return []
        lines = (f"SELECT {side.distinct}".strip() for side in (self.gold, self.given))
        edit = self.edit("clause", self.gold.select.args.get("distinct"), name="distinct")
        return [finding("distinct", "SELECT", lines, edit)]

    def _having(self) -> list[Finding]:
        lost, gained = unmatched(self.gold.having, self.given.having)
        if not lost and not gained:
            return []
        lines = (" AND ".join(part.text for part in side.having) for side in (self.gold, self.given))
        edits = [self.edit("clause", self.gold.select.args.get("having"), name="having")]
        if bool(self.gold.select.args.get("group")) != bool(self.given.select.args.get("group")):
            names = ("group", "distinct")
            edits += [self.edit("clause", self.gold.select.args.get(name), name=name) for name in names]
        return [finding("having", "HAVING", lines, *edits)]

    def _orders(self, shown: list[Finding]) -> list[Finding]:
        """Sorting; an order nobody asked for changes nothing, unless rows are cut by it."""
        expected, got = ([part.text for part in side.orders] for side in (self.gold, self.given))
        if expected == got:
            return []
        edit = self.edit("clause", self.gold.select.args.get("order"), name="order")
        idle = not expected and not self.gold.limit and not self.given.limit
        if self._changed and (idle or [self._mend(line) for line in got] == expected):
            join_to(shown, edit, set(got), {})
            return []
        if idle:
            return []
        return [finding("ordering", "ORDER BY", (", ".join(expected), ", ".join(got)), edit)]


def join_to(shown: list[Finding], edit: Edit, texts: set[str], modes: Mapping[str, str]) -> None:
    """Let the findings whose part occurs in the texts mend another clause as well."""
    for number, item in enumerate(shown):
        own = text(item.got) if item.got is not None else ""
        if own and any(own in line for line in texts):
            shown[number] = replace(item, mode=modes.get(item.mode, item.mode), edits=(*item.edits, edit))


def group_alike(grouped: Clauses, distinct: Clauses) -> None:
    """Read DISTINCT as the grouping by all columns shown, where the other side groups."""
    shown = Counter(part.text for part in distinct.projections)
    same = Counter(part.text for part in grouped.groups) == shown
    if same and distinct.distinct == "DISTINCT" and not distinct.groups and not grouped.distinct:
        distinct.groups, distinct.distinct = list(distinct.projections), ""
        distinct.grouped = [part.text for part in distinct.projections]
