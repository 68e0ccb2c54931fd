"""Two queries in normal form -> the modes by which they differ, each with its place and evidence.

Differing parts are paired by likeness first: a pair says what was changed, a part without one that something is
missing or extra. This module knows no data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlglot import exp

from evaluator.clauses import Block, BlockKind, flat, text
from evaluator.families import LIKES, Expr, explained


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference."""

    mode: str
    """A key of MODES."""
    where: str
    """Clause and name: "WHERE stay.status"."""
    evidence: str
    """One line."""


_ENDS = {(exp.GT, exp.GTE), (exp.GTE, exp.GT), (exp.LT, exp.LTE), (exp.LTE, exp.LT)}


def compare_blocks(gold: Block, given: Block) -> list[Finding]:
    """All differences between two queries, in no particular order; empty if their clauses are the same."""
    wanted_shape, given_shape = _shape(gold), _shape(given)
    findings: list[Finding] = []
    if wanted_shape == given_shape:
        for left, right in zip(gold.walk(), given.walk(), strict=True):
            findings += _compare(left, right)
        return findings
    operations = _operations(gold), _operations(given)
    if operations[0] != operations[1]:
        findings.append(_pair("set_operation", "set operation", ", ".join(operations[0]), ", ".join(operations[1])))
    kinds: list[Counter[BlockKind]] = [
        Counter(b.kind for b in block.walk() if b.kind != "arm") for block in (gold, given)
    ]
    if kinds[0] != kinds[1]:
        findings.append(_pair("nesting", "subqueries", _kinds(kinds[0]), _kinds(kinds[1])))
    merged = _compare(_merged(gold), _merged(given))
    if kinds[0] == kinds[1]:
        return findings + merged
    # Over different structures a projection or grouping of a step is no difference of its own.
    quiet = {"projection_wrong", "projection_missing", "projection_extra", "grouping"}
    return findings + [finding for finding in merged if finding.mode not in quiet] + _outer(gold, given)


def _outer(gold: Block, given: Block) -> list[Finding]:
    """Columns missing or extra in the outermost SELECT, where the structures differ."""
    difference = len(given.projections) - len(gold.projections)
    if not difference:
        return []
    mode = "projection_extra" if difference > 0 else "projection_missing"
    return [_pair(mode, "SELECT", f"{len(gold.projections)} columns", str(len(given.projections)))]


def _shape(block: Block) -> tuple[tuple[str, tuple[str, ...], int], ...]:
    return tuple((b.kind, tuple(b.operations), len(b.children)) for b in block.walk())


def _operations(block: Block) -> list[str]:
    return [operation for b in block.walk() for operation in b.operations]


def _kinds_of(block: Block) -> Counter[BlockKind]:
    return Counter(part.kind for part in block.walk() if part.kind != "arm")


def _kinds(kinds: Counter[BlockKind]) -> str:
    names = {"from": "in FROM or WITH", "in": "after IN", "exists": "in EXISTS", "scalar": "as a value"}
    return ", ".join(f"{count} {names[kind]}" for kind, count in sorted(kinds.items()) if kind in names) or "none"


def _merged(block: Block) -> Block:
    """All clauses of all blocks in one, the outermost's columns and order kept."""
    whole = Block("main", list(block.projections), list(block.names), block.distinct, orders=list(block.orders))
    for part in block.walk():
        whole.tables.update({name: count for name, count in part.tables.items() if name != "(query)"})
        whole.sides.update({name: side for name, side in part.sides.items() if not name.startswith("(query)")})
        for name in ("keys", "filters", "on_filters", "groups", "having"):
            getattr(whole, name).extend(item for item in getattr(part, name) if "(query)" not in text(item))
        whole.limit = whole.limit or part.limit
    return whole


def _compare(gold: Block, given: Block) -> list[Finding]:
    findings = _tables(gold, given)
    findings += _conditions(gold, given)
    findings += _projections(gold, given)
    if gold.distinct != given.distinct:
        words = "SELECT DISTINCT", "SELECT"
        findings.append(_pair("distinct", "SELECT", words[not gold.distinct], words[not given.distinct]))
    findings += _groups(gold, given)
    findings += _having(gold, given)
    findings += _orders(gold, given)
    if gold.limit != given.limit:
        findings.append(_pair("limit", "LIMIT", gold.limit or "no LIMIT", given.limit or "no LIMIT"))
    return findings


def _pair(mode: str, where: str, expected: str, got: str) -> Finding:
    return Finding(mode, where, f"expected {expected or 'none'}, got {got or 'none'}")


def _tables(gold: Block, given: Block) -> list[Finding]:
    findings = []
    missing, extra = gold.tables - given.tables, given.tables - gold.tables
    findings += [Finding("join_missing", f"FROM {name}", f"expected {name} in FROM, got none") for name in missing]
    findings += [Finding("join_extra", f"FROM {name}", f"got {name} in FROM, which is not needed") for name in extra]
    for label in gold.sides.keys() | given.sides.keys():
        # FROM a LEFT JOIN b lists b only; a table that opens FROM in one text may be joined in the other
        sides = gold.sides.get(label, "INNER"), given.sides.get(label, "INNER")
        if sides[0] != sides[1] and label.split("#")[0] in gold.tables and label.split("#")[0] in given.tables:
            findings.append(_pair("join_type", f"JOIN {label}", f"{sides[0]} JOIN {label}", f"{sides[1]} JOIN {label}"))
    lost, gained = _unmatched(gold.keys, given.keys)
    tables = {name for counter in (missing, extra) for name in counter}
    lost = [key for key in lost if not tables & _labels(key)]
    gained = [key for key in gained if not tables & _labels(key)]
    if lost or gained:
        findings.append(_pair("join_key", "ON", _joined(lost), _joined(gained)))
    return findings


def _labels(node: Expr) -> set[str]:
    return {column.table.split("#")[0] for column in node.find_all(exp.Column)}


def _joined(nodes: Sequence[Expr]) -> str:
    return " AND ".join(text(node) for node in nodes)


def _unmatched(gold: Sequence[Expr], given: Sequence[Expr]) -> tuple[list[Expr], list[Expr]]:
    """Parts that occur on one side only."""
    left, right = Counter(map(text, gold)), Counter(map(text, given))
    return _surplus(gold, left - right), _surplus(given, right - left)


def _surplus(nodes: Sequence[Expr], surplus: Counter[str]) -> list[Expr]:
    found = []
    for node in nodes:
        if surplus[text(node)] > 0:
            surplus[text(node)] -= 1
            found.append(node)
    return found


def _paired(lost: list[Expr], gained: list[Expr]) -> tuple[list[tuple[Expr, Expr]], list[Expr], list[Expr]]:
    """The likeliest pairs of parts; what is left over on either side."""
    scored = sorted(
        ((_likeness(a, b), i, j) for i, a in enumerate(lost) for j, b in enumerate(gained)),
        key=lambda item: (-item[0], item[1], item[2]),
    )
    pairs: list[tuple[Expr, Expr]] = []
    left, right = set(range(len(lost))), set(range(len(gained)))
    for score, i, j in scored:
        if i in left and j in right and score >= 0.35:
            left.discard(i)
            right.discard(j)
            pairs.append((lost[i], gained[j]))
    return pairs, [lost[i] for i in sorted(left)], [gained[j] for j in sorted(right)]


def _likeness(a: Expr, b: Expr) -> float:
    """0 to 1 and a little more: the same columns count most."""
    names = [{text(column) for column in node.find_all(exp.Column)} for node in (a, b)]
    shared = bool(names[0] & names[1]) or names[0] == names[1]
    return 0.5 * shared + 0.5 * SequenceMatcher(None, text(a), text(b), autojunk=False).ratio()


# --- conditions ---------------------------------------------------------------------------------------------------


def _conditions(gold: Block, given: Block) -> list[Finding]:
    lost, gained = _unmatched(gold.filters, given.filters)
    on_lost, on_gained = _unmatched(gold.on_filters, given.on_filters)
    moved = [n for n in on_lost if text(n) in set(map(text, gained))] + [
        n for n in on_gained if text(n) in set(map(text, lost))
    ]
    findings = [
        Finding("join_type", f"ON {text(n)}", f"{text(n)} belongs to the other of ON and WHERE of an outer join")
        for n in moved
    ]
    done = set(map(text, moved))
    lost = [n for n in lost + on_lost if text(n) not in done]
    gained = [n for n in gained + on_gained if text(n) not in done]
    if lost and gained and _atoms(lost) == _atoms(gained):
        return [*findings, _pair("filter_operator", "WHERE", _joined(lost), _joined(gained))]
    pairs, missing, extra = _paired(lost, gained)
    findings += [
        _pair(_condition_mode(a, b), f"WHERE {_subject(a)}", f"WHERE {text(a)}", f"WHERE {text(b)}") for a, b in pairs
    ]
    findings += [
        Finding(_lone_mode(n, "filter_missing"), f"WHERE {_subject(n)}", f"expected WHERE {text(n)}, got none")
        for n in missing
    ]
    findings += [
        Finding(_lone_mode(n, "filter_extra"), f"WHERE {_subject(n)}", f"got WHERE {text(n)}, which nobody asked for")
        for n in extra
    ]
    return findings


def _atoms(nodes: Sequence[Expr]) -> Counter[str]:
    """The comparisons within, whatever joins them."""
    return Counter(
        text(atom) for node in nodes for part in flat(node, exp.And) for piece in flat(part, exp.Or)
        for atom in flat(piece, exp.And)
    )  # fmt: skip


def _subject(node: Expr) -> str:
    column = node.find(exp.Column)
    return text(column) if column is not None else text(node)


def _lone_mode(node: Expr, otherwise: str) -> str:
    """A condition on one side only: about NULL, about a subquery, or plainly missing or extra."""
    bare = node.this if isinstance(node, exp.Not) else node
    if isinstance(bare.unnest(), exp.Is) and isinstance(bare.unnest().args["expression"], exp.Null):
        return "null_handling"
    return "nesting" if "(query)" in text(node) else otherwise


def _condition_mode(a: Expr, b: Expr) -> str:
    """How one condition was changed into another."""
    bare_a, bare_b = _bare(a), _bare(b)
    if isinstance(bare_a, exp.Is) != isinstance(bare_b, exp.Is):
        return "null_handling"
    if isinstance(bare_a, LIKES) or isinstance(bare_b, LIKES):
        return "string_match" if _subject(a) == _subject(b) else "filter_column"
    if not isinstance(bare_a, exp.Binary) or not isinstance(bare_b, exp.Binary):
        return _unusual_mode(bare_a, bare_b, _negated(a) != _negated(b))
    left = text(bare_a.args["this"]), text(bare_b.args["this"])
    right = text(bare_a.args["expression"]), text(bare_b.args["expression"])
    same = type(bare_a) is type(bare_b) and _negated(a) == _negated(b)
    if left[0] == left[1] and right[0] == right[1]:
        return "filter_boundary" if (type(bare_a), type(bare_b)) in _ENDS else "filter_operator"
    if left[0] == left[1]:
        if not same and (type(bare_a), type(bare_b)) not in _ENDS:
            return "filter_operator"
        values = bare_a.args["expression"], bare_b.args["expression"]
        literal = all(isinstance(value, exp.Literal | exp.Neg | exp.Boolean) for value in values)
        return "filter_value" if literal else explained(*values, "filter_value")[0]
    subjects = bare_a.args["this"], bare_b.args["this"]
    if all(isinstance(subject, exp.Column) for subject in subjects):
        return "filter_column"
    return explained(*subjects, "filter_column")[0]


def _unusual_mode(a: Expr, b: Expr, negated: bool) -> str:
    """Conditions that are no comparison of two sides: IN, EXISTS, OR, a bare flag."""
    if isinstance(a, exp.Or) or isinstance(b, exp.Or):
        pairs, missing, extra = _paired(*_unmatched(flat(a, exp.Or), flat(b, exp.Or)))
        if len(pairs) == 1 and not missing and not extra:
            return _condition_mode(*pairs[0])
        return (
            "filter_missing" if missing and not pairs else "filter_extra" if extra and not pairs else "filter_operator"
        )
    if "(query)" in text(a) or "(query)" in text(b):
        return "nesting"
    if text(a) == text(b) and negated:
        return "filter_operator"
    if isinstance(a, exp.In | exp.EQ) and isinstance(b, exp.In | exp.EQ):
        return "filter_value" if text(a.this) == text(b.this) else "filter_column"
    if type(a) is type(b) and isinstance(a, exp.Column):
        return "filter_column"
    return explained(a, b, "filter_operator")[0]


def _bare(node: Expr) -> Expr:
    return node.this.unnest() if isinstance(node, exp.Not) else node


def _negated(node: Expr) -> bool:
    return isinstance(node, exp.Not)


# --- the other clauses ----------------------------------------------------------------------------------------------


def _projections(gold: Block, given: Block) -> list[Finding]:
    if gold.kind in {"exists", "arm"}:
        return []
    lost, gained = _unmatched(gold.projections, given.projections)
    pairs, missing, extra = _paired(lost, gained)
    while missing and extra:  # unlike each other, yet one stands in the other's place
        pairs.append((missing.pop(0), extra.pop(0)))
    findings = [
        _pair(mode, "SELECT", text(a), text(b)) for a, b in pairs for mode in explained(a, b, "projection_wrong")
    ]
    if gold.kind == "main":
        findings += [Finding("projection_missing", "SELECT", f"expected {text(n)}, got none") for n in missing]
        findings += [Finding("projection_extra", "SELECT", f"got {text(n)}, which nobody asked for") for n in extra]
    return findings


def _groups(gold: Block, given: Block) -> list[Finding]:
    lost, gained = _unmatched(gold.groups, given.groups)
    if not lost and not gained:
        return []
    mode = "grouping"
    if len(lost) == len(gained) == 1:
        mode = explained(lost[0], gained[0], "grouping")[0]
        mode = "grouping" if mode == "aggregate" else mode
    expected, got = (", ".join(map(text, groups)) for groups in (gold.groups, given.groups))
    return [_pair(mode, "GROUP BY", expected, got)]


def _having(gold: Block, given: Block) -> list[Finding]:
    lost, gained = _unmatched(gold.having, given.having)
    if not lost and not gained:
        return []
    return [_pair("having", "HAVING", _joined(gold.having), _joined(given.having))]


def _orders(gold: Block, given: Block) -> list[Finding]:
    expected, got = ([text(item) for item in block.orders] for block in (gold, given))
    # An order nobody asked for changes nothing, unless rows are cut by it.
    if expected == got or (not expected and not gold.limit and not given.limit):
        return []
    return [_pair("ordering", "ORDER BY", ", ".join(expected), ", ".join(got))]
