"""Two canonical queries -> what differs, clause by clause, each with its mode, place, evidence and repair.

Differing parts are paired by likeness: a pair says what was changed, a part without one that something is missing or
extra. A change that shows in several clauses at once (a column of SELECT that the query also sorts by) is one finding.
Knows no data: whether a difference matters is decided by `evaluator.repair`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from evaluator.trees.align import align_columns, align_sources, likeness
from evaluator.trees.clauses import Clauses, Part, base, inner_query, read_select, sources
from evaluator.trees.conditions import Conditions
from evaluator.trees.edits import Edit, find, place_of, wrap
from evaluator.trees.explain import explained
from evaluator.trees.findings import Finding, finding, limits
from evaluator.trees.joins import Joins
from evaluator.trees.shown import Shown
from evaluator.trees.sides import Queries
from evaluator.trees.spelling import text
from schemas.ddl import Table

LIKE_ENOUGH = 0.35
"""Likeness from which two conditions count as one that was changed."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two queries side by side."""

    gold: exp.Expr
    findings: list[Finding]
    """In no particular order; empty where the clauses are the same."""
    given: exp.Expr
    """The prediction's tree, its labels named after the gold's: the one that the findings' edits speak of."""


def compare_trees(gold: exp.Expr, given: exp.Expr, tables: Sequence[Table]) -> Comparison:
    """All differences between two canonical trees.

    Args:
        gold: The right query's; not changed.
        given: The prediction's, which is taken over: names in it are changed after the gold's.
        tables: The schema's, for their keys.
    """
    holder = exp.Paren(this=given)
    comparer = _Comparer({table.name: table.primary_key for table in tables})
    return Comparison(gold, comparer.queries(gold, holder.this, "main"), holder.this)


def count_parts(tree: exp.Expr) -> int:
    """How many parts the clauses of a tree have, those of the queries within included."""
    return sum(read_select(select, {}).count for select in tree.find_all(exp.Select))


class _Comparer:
    def __init__(self, primary_keys: Mapping[str, tuple[str, ...]]) -> None:
        self._keys = primary_keys

    def queries(self, gold: exp.Expr, given: exp.Expr, kind: str) -> list[Finding]:
        """Two queries that stand in each other's place."""
        gold, given = (q.this if isinstance(q, exp.Subquery) else q for q in (gold, given))
        found = self._steps(gold, given)
        if isinstance(gold, exp.SetOperation) and isinstance(given, exp.SetOperation):
            return found + self._operations(gold, given, kind)
        if isinstance(gold, exp.SetOperation) or isinstance(given, exp.SetOperation):
            return found + self._lone_arm(gold, given, kind)
        if isinstance(gold, exp.Select) and isinstance(given, exp.Select):
            return found + self._selects(gold, given, kind)
        return found

    def _steps(self, gold: exp.Expr, given: exp.Expr) -> list[Finding]:
        """Steps that refer to themselves."""
        both = [list(q.args["with_"].expressions) if q.args.get("with_") else [] for q in (gold, given)]
        found = [f for a, b in zip(*both, strict=False) for f in self.queries(a.this, b.this, "from")]
        if len(both[0]) != len(both[1]):
            lines = (f"{len(side)} recursive" if side else "" for side in both)
            found.append(finding("nesting", "WITH", lines))
        return found

    def _operations(self, gold: exp.SetOperation, given: exp.SetOperation, kind: str) -> list[Finding]:
        found = []
        names = _operation(gold), _operation(given)
        place = place_of(given)
        if names[0] != names[1]:
            edit = Edit("operation", place, place, None, gold)
            found.append(finding("set_operation", "set operation", names, edit))
        sides = given.this, given.expression
        commutes = not isinstance(gold, exp.Except) and not isinstance(given, exp.Except)
        if commutes and text(gold.this) != text(sides[0]) and text(gold.this) == text(sides[1]):
            sides = sides[1], sides[0]
        found += self.queries(gold.this, sides[0], kind)
        found += self.queries(gold.expression, sides[1], "arm")
        return found + self._tails(gold, given)

    def _tails(self, gold: exp.Expr, given: exp.Expr) -> list[Finding]:
        """ORDER BY and LIMIT of set operations."""
        found, place = [], place_of(given)
        lines = [
            [text(item) for item in q.args["order"].expressions] if q.args.get("order") else [] for q in (gold, given)
        ]
        if lines[0] != lines[1] and lines[0]:
            edit = Edit("clause", place, place, None, gold.args.get("order"), "order")
            found.append(finding("ordering", "ORDER BY", map(", ".join, lines), edit))
        return found + limits(gold, given, place, place)

    def _lone_arm(self, gold: exp.Expr, given: exp.Expr, kind: str) -> list[Finding]:
        """A set operation on one side only: the other side is its likest arm."""
        place = place_of(given)
        if isinstance(gold, exp.SetOperation):
            name = _likest_arm(gold, given)
            edit = Edit("arm", place, place, None, gold, name)
            found = [finding("set_operation", "set operation", (_operation(gold), ""), edit)]
            return found + self._within_arm(gold.args[name], given, kind, name)
        name = _likest_arm(given, gold)
        edit = Edit("keep_arm", place, place, None, None, name)
        found = [finding("set_operation", "set operation", ("", _operation(given)), edit)]
        return found + self._within_arm(gold, given.args[name], kind, name)

    def _within_arm(self, gold: exp.Expr, given: exp.Expr, kind: str, name: str) -> list[Finding]:
        """What differs beside the arm; its tail belongs to the whole."""
        inner = self.queries(gold, given, kind if name == "this" else "arm")
        return [item for item in inner if item.mode not in {"ordering", "limit", "distinct"}]

    # --- SELECT ---

    def _selects(self, gold: exp.Select, given: exp.Select, kind: str) -> list[Finding]:
        kinds = [Counter(base(h.this) for h in sources(s).values() if base(h.this)[0] == "(") for s in (gold, given)]
        if kinds[0] != kinds[1]:
            plain = self._other_structure(gold, given, kind, *map(_steps_line, kinds))
            return self._wrapped(gold, given, kind, plain) or plain
        align_sources(gold, given)
        found = self._sources_within(gold, given)
        left, right = read_select(gold, self._keys), read_select(given, self._keys)
        return found + _selects(left, right, kind, self.queries)

    def _wrapped(self, gold: exp.Select, given: exp.Select, kind: str, plain: list[Finding]) -> list[Finding]:
        """The findings where a query and a SELECT around one like it differ less than two structures do; else none."""
        if _only_step(gold) and not _has_step(given):
            trial = given.root().copy()
            inner = find(trial.this, place_of(given))
            found = self._selects(gold, wrap(inner), kind)
            if 0 < len(found) < len(plain) or len(found) == 1:
                return self._selects(gold, wrap(given), kind)
        if _only_step(given) and not _has_step(gold):
            holder = exp.Paren(this=gold.copy())
            trial = given.root().copy()
            found = self._selects(wrap(holder.this), find(trial.this, place_of(given)), kind)  # type: ignore[arg-type]
            if 0 < len(found) < len(plain) or len(found) == 1:
                return self._selects(wrap(holder.this), given, kind)
        return []

    def _sources_within(self, gold: exp.Select, given: exp.Select) -> list[Finding]:
        """Queries and functions in FROM."""
        found = []
        wanted, present = sources(gold), sources(given)
        for label, holder in wanted.items():
            if label not in present:
                continue
            left, right = holder.this, present[label].this
            inner = inner_query(left), inner_query(right)
            if inner[0] is not None and inner[1] is not None:
                found += self.queries(inner[0], inner[1], "from")
                align_columns(inner[0], inner[1], given, label)
            elif base(left) == "(function)" and text(left) != text(right):
                edit = Edit("replace", place_of(right), place_of(given), gold, left)
                mode = (explained(left, right, "select") or ["nesting"])[0]
                mode = "nesting" if mode == "projection_wrong" else mode
                found.append(finding(mode, f"FROM {label}", (text(left), text(right)), edit))
        return found

    def _other_structure(
        self, gold: exp.Select, given: exp.Select, kind: str, wanted: str, present: str
    ) -> list[Finding]:
        """Steps on one side only: what can be said without knowing which part stands for which."""
        edits = [Edit("replace", place_of(given), place_of(given), None, gold)] if kind != "main" else []
        found = [finding("nesting", "FROM", (wanted, present), *edits)]
        left, right = _everything(gold, self._keys), _everything(given, self._keys)
        found += [replace(item, edits=()) for item in _selects(left, right, "whole", None)]
        difference = len(given.expressions) - len(gold.expressions)
        if kind == "main" and difference:
            mode = "projection_extra" if difference > 0 else "projection_missing"
            counts = (f"{len(select.expressions)} columns" for select in (gold, given))
            found.append(finding(mode, "SELECT", counts))
        return found


def _has_step(select: exp.Select) -> bool:
    return any(base(holder.this)[0] == "(" for holder in sources(select).values())


def _only_step(select: exp.Select) -> bool:
    """Whether a SELECT reads one query and nothing else."""
    own = list(sources(select).values())
    return len(own) == 1 and inner_query(own[0].this) is not None


def _operation(node: exp.Expr) -> str:
    every = "" if node.args.get("distinct", True) else " ALL"
    return f"{type(node).__name__.upper()}{every}"


def _likest_arm(node: exp.Expr, other: exp.Expr) -> str:
    line = text(other)
    return max(("this", "expression"), key=lambda name: likeness(text(node.args[name]), line))


def _steps_line(kinds: Counter[str]) -> str:
    words = {"(query)": "subqueries", "(function)": "functions"}
    return ", ".join(f"{count} {words[kind]} in FROM" for kind, count in sorted(kinds.items()))


def _everything(select: exp.Select, keys: Mapping[str, tuple[str, ...]]) -> Clauses:
    """The tables, keys and conditions of a SELECT and those in its FROM, in one, as far as they name tables."""
    whole = Clauses(select)
    inner = [select, *(s for s in select.find_all(exp.Select) if s is not select)]
    for part in inner:
        read = read_select(part, keys)
        whole.sources.update({n: h for n, h in read.sources.items() if base(h.this)[0] != "("})
        for name in ("keys", "filters", "having"):
            getattr(whole, name).extend(item for item in getattr(read, name) if not _of_step(item))
        whole.limit = whole.limit or read.limit
    order = select.args.get("order")
    whole.orders = [Part(item, text(item)) for item in (order.expressions if order is not None else ())]
    return whole


def _of_step(part: Part) -> bool:
    columns = part.node.find_all(exp.Column)
    return (
        any(column.table.split("_")[0] in {"q", "f", "r"} for column in columns)
        or part.node.find(exp.Query) is not None
    )


def _selects(gold: Clauses, given: Clauses, kind: str, queries: Queries | None) -> list[Finding]:
    """All differences of two SELECTs whose sources are named alike."""
    return [item for part in (Joins, Conditions, Shown) for item in part(gold, given, kind, queries).findings()]
