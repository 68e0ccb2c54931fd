"""What two SELECTs differ by in FROM: tables, the sides of joins, keys."""

from __future__ import annotations

from evaluator.trees.findings import Finding, finding
from evaluator.trees.pairing import classes, labels, paired, unmatched
from evaluator.trees.sides import Sides
from evaluator.trees.spelling import text


class Joins(Sides):
    """FROM compared with FROM."""

    def findings(self) -> list[Finding]:
        """All differences."""
        return self._tables() + self._sides() + self._join_keys()

    def _tables(self) -> list[Finding]:
        found = []
        for label, holder in self.gold.sources.items():
            if label not in self.given.sources:
                name = text(holder.this)
                edit = self.edit("source", name=label)
                found.append(
                    Finding("join_missing", f"FROM {label}", f"expected {name} in FROM, got none", (edit,), holder)
                )
        for label, holder in self.given.sources.items():
            if label not in self.gold.sources:
                name = text(holder.this)
                line = f"got {name} in FROM, which is not needed"
                found.append(
                    Finding("join_extra", f"FROM {label}", line, (self.edit("unsource", name=label),), None, holder)
                )
        return found

    def _sides(self) -> list[Finding]:
        """Inner for outer joins. A table that opens FROM in one text may be joined in the other."""
        found = []
        for label in self.gold.sources:
            if label in self.given.sources:
                holders = self.gold.sources[label], self.given.sources[label]
                sides = [(holder.args.get("side") or "INNER") + " JOIN" for holder in holders]
                if sides[0] != sides[1]:
                    lines = (f"{side} {label}" for side in sides)
                    found.append(finding("join_type", f"JOIN {label}", lines, self.edit("side", name=label)))
        if len(found) > 1:  # one edit mends them all
            return [found[0]]
        return found

    def _join_keys(self) -> list[Finding]:
        gold, given = self.gold.keys + self.gold.on_keys, self.given.keys + self.given.on_keys
        others = self.gold.sources.keys() ^ self.given.sources.keys()
        lost, gained = unmatched(gold, given)
        lost, gained = ([p for p in side if not others & labels(p.node)] for side in (lost, gained))
        if not self.gold.on_keys and not self.given.on_keys and classes(gold) == classes(given):
            return []
        pairs, missing, extra = paired(lost, gained, 0.0)
        found = [finding("join_key", "ON", (a.text, b.text), self.edit("replace", a.node, b.node)) for a, b in pairs]
        found += [
            finding("join_key", "ON", (part.text, ""), self.edit("on", part.node, name=part.label)) for part in missing
        ]
        found += [finding("join_key", "ON", ("", p.text), self.edit("forget", target=p.node)) for p in extra]
        return found
