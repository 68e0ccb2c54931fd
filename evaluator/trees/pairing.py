"""Which part of one query stands for which of another, and what such parts hold: columns, queries, comparisons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlglot import exp

from evaluator.trees.align import likeness
from evaluator.trees.clauses import Part
from evaluator.trees.explain import QUERY_MARK
from evaluator.trees.parentheses import COMPARISONS
from evaluator.trees.spelling import text


def unmatched(gold: Sequence[Part], given: Sequence[Part]) -> tuple[list[Part], list[Part]]:
    """Parts that occur on one side only."""
    left, right = Counter(part.text for part in gold), Counter(part.text for part in given)
    return surplus(gold, left - right), surplus(given, right - left)


def surplus(parts: Sequence[Part], counts: Counter[str]) -> list[Part]:
    """The parts of which there are too many, as often as the counts say."""
    found = []
    for part in parts:
        if counts[part.text] > 0:
            counts[part.text] -= 1
            found.append(part)
    return found


def paired(
    lost: Sequence[Part], gained: Sequence[Part], least: float
) -> tuple[list[tuple[Part, Part]], list[Part], list[Part]]:
    """The likeliest pairs of parts; what is left over on either side."""
    scored = sorted(
        ((part_likeness(a, b), i, j) for i, a in enumerate(lost) for j, b in enumerate(gained)),
        key=lambda item: (-item[0], item[1], item[2]),
    )
    pairs: list[tuple[Part, Part]] = []
    left, right = set(range(len(lost))), set(range(len(gained)))
    for score, i, j in scored:
        if i in left and j in right and score >= least:
            left.discard(i)
            right.discard(j)
            pairs.append((lost[i], gained[j]))
    return pairs, [lost[i] for i in sorted(left)], [gained[j] for j in sorted(right)]


def part_likeness(a: Part, b: Part) -> float:
    """0 to 1: the same columns count half."""
    names = [{text(column) for column in part.node.find_all(exp.Column)} for part in (a, b)]
    shared = bool(names[0] & names[1]) or names[0] == names[1]
    values = [part.node.args.get("expression") for part in (a, b)]
    kinds = type(a.node) is type(b.node) or all(isinstance(part.node, COMPARISONS) for part in (a, b))
    alike = kinds and isinstance(values[0], exp.Expr) and values[0] == values[1]
    return 0.5 * shared + 0.5 * likeness(a.text, b.text) + 0.2 * alike


def labels(node: exp.Expr) -> set[str]:
    """Labels of the sources that an expression speaks of."""
    return {column.table for column in node.find_all(exp.Column)}


def classes(keys: Sequence[Part]) -> frozenset[frozenset[str]]:
    """Columns made equal by the keys: a = b and b = c say the same as a = c and c = b."""
    groups: list[set[str]] = []
    for part in keys:
        pair = {text(part.node.args["this"]), text(part.node.args["expression"])}
        touching = [group for group in groups if group & pair]
        groups = [group for group in groups if not group & pair]
        groups.append(pair.union(*touching))
    return frozenset(frozenset(group) for group in groups)


def atoms(parts: Sequence[Part]) -> Counter[str]:
    """The comparisons within, whatever joins them."""
    found: Counter[str] = Counter()
    for part in parts:
        found.update(pieces(part.node))
    return found


def pieces(node: exp.Expr) -> list[str]:
    """The comparisons of a condition, lists of values spelt out."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Connector):
        return [*pieces(node.args["this"]), *pieces(node.args["expression"])]
    if isinstance(node, exp.In) and node.expressions:
        return [text(exp.EQ(this=node.this.copy(), expression=item.copy())) for item in node.expressions]
    return [text(node)]


def subject(node: exp.Expr) -> str:
    """The column that a condition is about, in words for a person."""
    column = node.find(exp.Column)
    return text(column) if column is not None else text(node)


def queries_in(node: exp.Expr) -> list[exp.Expr]:
    """The outermost queries within an expression."""
    found = [n for n in node.walk(prune=lambda n: isinstance(n, exp.Query)) if isinstance(n, exp.Query)]
    return [n.this if isinstance(n, exp.Subquery) else n for n in found]


def masked(node: exp.Expr) -> exp.Expr:
    """A copy with a mark for every query within."""
    copy = exp.Paren(this=node.copy())
    for query in queries_in(copy):
        query.replace(exp.Var(this=QUERY_MARK))
    return copy.this  # type: ignore[no-any-return]


def query_kind(query: exp.Expr) -> str:
    """What a query within an expression is there for: exists, in, or scalar."""
    holder = query.parent.parent if isinstance(query.parent, exp.Subquery) else query.parent
    if isinstance(holder, exp.Exists):
        return "exists"
    return "in" if isinstance(holder, exp.In | exp.Any | exp.All) else "scalar"
