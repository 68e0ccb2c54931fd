"""Which differences are the cause: those whose repair, executed, makes the answer right on every instance.

Parts of the prediction are replaced by the gold's, the smallest sets of parts first. All sets of the smallest size that
mend the answer are causes, the nearest to the prediction first; differences in none of them are no cause. At most
three parts and fewer than half of all may be replaced at once (one always may), within a number of executions: a repair
that is half of the query proves nothing. Knows how statements are run and compared, not how modes are named.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

from sqlglot import exp
from sqlglot.errors import SqlglotError

from evaluator.compare import Gold, compare_all
from evaluator.copies import Instance
from evaluator.execute import Executor, Table
from evaluator.golds import GoldCache
from evaluator.rows import differing_row
from evaluator.trees.align import likeness
from evaluator.trees.differences import Comparison, count_parts
from evaluator.trees.edits import Edit, apply
from evaluator.trees.findings import Finding


@dataclass(frozen=True, slots=True)
class Budget:
    """What the search for one answer's cause may cost."""

    parts: int = 3
    """Most parts replaced at once."""
    sets: int = 64
    """Sets of parts tried. A count, so that the outcome does not depend on the machine."""
    seconds: float = 60.0
    """Wall time after which no further set is tried: a last resort, far above what the count allows for."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One smallest set of parts whose replacement makes the answer right."""

    findings: tuple[Finding, ...]
    sql: str
    """The mended statement, as executed."""


@dataclass(frozen=True, slots=True)
class Search:
    """What came of looking for a cause."""

    repairs: tuple[Repair, ...]
    """The nearest first; empty if none was found."""
    beyond: bool
    """Whether the query differs in more parts than are ever replaced."""
    instance: int
    """The instance on which the answer was seen to be wrong, counted from 1."""
    row: str
    """A row of it that differs."""


@dataclass(slots=True)
class _Part:
    """Findings that one change mends."""

    edits: tuple[Edit, ...]
    findings: list[Finding] = field(default_factory=list)


class Repairer:
    """Looks for causes on the instances of one server; safe to share between threads."""

    def __init__(self, executor: Executor, budget: Budget | None = None, golds: GoldCache | None = None) -> None:
        self._executor = executor
        self._golds = golds or GoldCache(executor)
        self._budget = budget or Budget()

    def search(
        self,
        comparison: Comparison,
        gold: str,
        predicted: str,
        instances: Sequence[Instance],
        question: str,
        wrong: int,
    ) -> Search:
        """The smallest repairs of one wrong answer.

        Args:
            comparison: Of the gold's tree with the prediction's.
            gold: The gold's text, its braces filled.
            predicted: The answer's text.
            instances: The schema's, at least one.
            question: Id, for messages.
            wrong: Number of an instance on which the answer is wrong.

        Raises:
            DataError: the gold does not run; names the question.
        """
        # The instance that told the answer from the gold tells most candidates from it too: it is asked first.
        ordered = sorted(instances, key=lambda instance: instance.number != wrong)
        wanted = self._golds.all(ordered, gold, question)
        row = self._row(ordered[0], wanted[0], predicted)
        parts = _parts(comparison.findings)
        most = _most(comparison, self._budget)
        beyond = len(parts) + sum(not item.edits for item in comparison.findings) > self._budget.parts
        base = comparison.given.sql(dialect="postgres")
        if not parts or self._right(base, ordered, wanted):  # a form that mends the answer by itself proves nothing
            return Search((), beyond, ordered[0].number, row)
        repairs = self._smallest(comparison.given, parts, most, ordered, wanted)
        nearest = sorted(repairs, key=lambda repair: -likeness(repair.sql, base))
        return Search(tuple(nearest), beyond and not repairs, ordered[0].number, row)

    def _smallest(
        self, tree: exp.Expr, parts: Sequence[_Part], most: int, instances: Sequence[Instance], wanted: Sequence[Gold]
    ) -> list[Repair]:
        """All repairs of the smallest size that has one."""
        tried, deadline = 0, time.monotonic() + self._budget.seconds
        for size in range(1, most + 1):
            found: list[Repair] = []
            for chosen in combinations(parts, size):
                if tried == self._budget.sets or time.monotonic() > deadline:
                    return found
                tried += 1
                sql = _mended(tree, chosen)
                if sql and self._right(sql, instances, wanted):
                    found.append(Repair(tuple(f for part in chosen for f in part.findings), sql))
            if found:
                return found
        return []

    def _right(self, sql: str, instances: Sequence[Instance], wanted: Sequence[Gold]) -> bool:
        tables: list[Table] = []
        for number, instance in enumerate(instances, start=1):
            outcome = self._executor.execute(instance, sql)
            if outcome.table is None:
                return False
            tables.append(outcome.table)
            if not compare_all(wanted[:number], tables).exact:
                return False
        return True

    def _row(self, instance: Instance, wanted: Gold, predicted: str) -> str:
        outcome = self._executor.execute(instance, predicted)
        return differing_row(wanted, outcome.table) if outcome.table is not None else ""


def _parts(findings: Sequence[Finding]) -> list[_Part]:
    """Findings by the change that mends them; those without one are left out."""
    parts: dict[tuple[int, ...], _Part] = {}
    for finding in findings:
        if finding.edits:
            parts.setdefault(tuple(map(id, finding.edits)), _Part(finding.edits)).findings.append(finding)
    alike: dict[tuple[str, ...], _Part] = {}
    for part in parts.values():  # a step that is used twice stands twice in the tree: its changes are one
        key = tuple(f"{item.mode} {item.where} {item.evidence}" for item in part.findings)
        if key in alike:
            alike[key].edits += part.edits
        else:
            alike[key] = part
    return list(alike.values())


def _most(comparison: Comparison, budget: Budget) -> int:
    """How many parts may be replaced: fewer than half of the longer query's, but one always."""
    parts = max(count_parts(comparison.gold), count_parts(comparison.given))
    return max(1, min(budget.parts, (parts - 1) // 2))


def _mended(tree: exp.Expr, parts: Sequence[_Part]) -> str:
    """The statement with the parts replaced; empty where the changes are at odds."""
    edits: list[Edit] = []
    for part in parts:
        edits += [edit for edit in part.edits if edit not in edits]
    try:
        return apply(tree, edits).sql(dialect="postgres")
    except (LookupError, SqlglotError, ValueError, AttributeError, RecursionError):
        return ""
