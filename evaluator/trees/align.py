"""Two SELECTs side by side: which source of one stands for which of the other, and which column of a step.

The second tree's labels and step columns are renamed after the first's, so that what means the same reads the same.
Nothing else is changed: the tree keeps its meaning.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from itertools import islice, permutations

from sqlglot import exp

from evaluator.trees.clauses import base, own_nodes, sources
from evaluator.trees.names import identifier
from evaluator.trees.spelling import flat, reorient, text

MOST_CHARACTERS = 1_000_000
"""Product of two texts' lengths up to which they are matched character by character."""
MOST_ORDERS = 24
"""Ways to match the uses of one table that are looked at."""


def align_sources(gold: exp.Select, given: exp.Select) -> None:
    """Rename the second SELECT's sources after the first's."""
    for _ in range(2):  # once more, since what one table's uses match by may speak of another's
        changed = False
        for kind, wanted in _by_base(gold).items():
            labels = _by_base(given).get(kind, [])
            renames = _matched(gold, given, kind, wanted, labels)
            names = _distinct(renames, sources(gold), sources(given))
            _relabel(given, names)
            changed = changed or (bool(names) and len(wanted) > 1)
        if not changed:
            return


def _matched(
    gold: exp.Select, given: exp.Select, kind: str, wanted: Sequence[str], labels: Sequence[str]
) -> dict[str, str]:
    """The second side's label -> the first's, for the sources of one kind."""
    if not labels or (len(wanted) == len(labels) == 1 and wanted == labels):
        return {}
    if len(wanted) == len(labels) == 1:
        return {labels[0]: wanted[0]}
    steps = kind in {"(query)", "(function)"}
    return (_by_likeness if steps else _by_use)(gold, given, wanted, labels)


def _by_base(select: exp.Select) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for label, holder in sources(select).items():
        found[base(holder.this)].append(label)
    return found


def _by_likeness(gold: exp.Select, given: exp.Select, wanted: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    """Steps are matched by their text, the likest first."""
    holders = sources(gold), sources(given)
    texts = [{label: text(holders[i][label].this) for label in side} for i, side in enumerate((wanted, labels))]
    pairs = [(i, j, a, b) for i, a in enumerate(wanted) for j, b in enumerate(labels)]
    scored = sorted((-likeness(texts[0][a], texts[1][b]), i, j, a, b) for i, j, a, b in pairs)
    matched: dict[str, str] = {}
    for _, _, _, a, b in scored:
        if b not in matched and a not in matched.values():
            matched[b] = a
    return matched


def _by_use(gold: exp.Select, given: exp.Select, wanted: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    """The uses of one table are matched so that most conditions and columns read the same."""
    target = _renamed(_uses(gold), {})
    own = _uses(given)
    best: dict[str, str] = {}
    most = -1
    options = permutations(wanted, min(len(labels), len(wanted)))
    for chosen in islice(options, MOST_ORDERS):
        for part in islice(permutations(labels, len(chosen)), MOST_ORDERS if len(labels) > len(wanted) else 1):
            names = dict(zip(part, chosen, strict=True))
            score = sum((_renamed(own, names) & target).values())
            if score > most:
                most, best = score, names
    return best


def _uses(select: exp.Select) -> list[str]:
    """Texts of everything in which a source's label may stand; of what is shown, with its place."""
    conditions = [select.args.get("where"), select.args.get("having")]
    nodes = [part for holder in conditions if holder is not None for part in flat(holder.this, exp.And)]
    for holder in sources(select).values():
        nodes += flat(holder.args.get("on"), exp.And)
    shown = [f"{place}: {text(item.unalias())}" for place, item in enumerate(select.expressions)]
    return [*(text(node.unalias()) for node in nodes), *shown]


def _renamed(texts: Sequence[str], names: Mapping[str, str]) -> Counter[str]:
    """The texts under other labels, each comparison in one order, whichever side it was written on."""
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, names)) + r")\b") if names else None
    lines = [pattern.sub(lambda match: names[match.group(1)], line) if pattern else line for line in texts]
    return Counter(map(_one_order, lines))


def _one_order(line: str) -> str:
    """A condition's text with the sides of its comparisons, and the conditions that OR joins, in order."""
    inner = line[1:-1] if line.startswith("(") and line.endswith(")") else line
    parts = inner.split(" OR ")
    return " OR ".join(sorted(map(_one_way, parts))) if len(parts) > 1 else _one_way(line)


def _one_way(condition: str) -> str:
    for mark, turned in _TURNED:
        left, found, right = condition.partition(mark)
        if found:
            return condition if left <= right else f"{right}{turned}{left}"
    return condition


_TURNED = (
    (" <= ", " >= "),
    (" >= ", " <= "),
    (" < ", " > "),
    (" > ", " < "),
    (" = ", " = "),
    (" <> ", " <> "),
    (" && ", " && "),
)
"""Comparisons and what they are from the other side."""


def _distinct(
    renames: Mapping[str, str], wanted: Mapping[str, exp.Expr], present: Mapping[str, exp.Expr]
) -> dict[str, str]:
    """The renaming with labels that are left over moved out of the way."""
    names = {old: new for old, new in renames.items() if old != new}
    taken = {*wanted, *present, *names.values()}
    for label in present:
        if label not in renames and label in names.values():
            fresh = next(f"{label}_{n}" for n in range(2, 100) if f"{label}_{n}" not in taken)
            taken.add(fresh)
            names[label] = fresh
    return names


def _relabel(select: exp.Select, names: Mapping[str, str]) -> None:
    if not names:
        return
    for node in own_nodes(select):
        if isinstance(node, exp.Column) and node.table in names:
            node.set("table", identifier(names[node.table]))
        elif isinstance(node, exp.Column) and not node.table and node.name in names:
            node.set("this", identifier(names[node.name]))
    for node in [n for n in own_nodes(select) if isinstance(n, exp.Binary)]:
        reorient(node)
    for label, holder in sources(select).items():
        if label in names:
            alias = holder.this.args.get("alias")
            columns = alias.args.get("columns") if alias is not None else None
            plain = isinstance(holder.this, exp.Table) and holder.this.name == names[label]
            new = exp.TableAlias(this=identifier(names[label]), columns=columns)
            holder.this.set("alias", None if plain and not columns else new)


def align_columns(gold: exp.Expr, given: exp.Expr, select: exp.Select, label: str) -> None:
    """Rename the columns of a step after those of the step that it stands for.

    Args:
        gold: The first tree's step.
        given: The second tree's.
        select: The SELECT that reads it.
        label: As what.
    """
    left, right = _named_items(gold), _named_items(given)
    wanted, own = _texts(left), _texts(right)
    names: dict[str, str] = {}
    for same in (True, False):  # equal columns first, then the likest
        scored = sorted(
            (-likeness(wanted[a], own[b]), i, a, b) for i, a in enumerate(wanted) for b in own
            if b not in names and a not in names.values() and (not same or wanted[a] == own[b])
        )  # fmt: skip
        for _, _, a, b in scored:
            if b not in names and a not in names.values():
                names[b] = a
    free = iter(f"x{number}" for number in range(1, len(own) + 1))
    names = {name: names.get(name) or next(free) for name in own}
    if all(old == new for old, new in names.items()):
        return
    for name, item in right.items():
        item.set("alias", identifier(names[name]))
    for node in own_nodes(select):
        if isinstance(node, exp.Column) and node.table == label and node.name in names:
            renamed = identifier(names[node.name])
            renamed.meta.update(node.this.meta)
            node.set("this", renamed)


def _named_items(query: exp.Expr) -> dict[str, exp.Expr]:
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    return {item.alias: item for item in query.expressions if isinstance(item, exp.Alias)}


def _texts(items: Mapping[str, exp.Expr]) -> dict[str, str]:
    return {name: text(item.unalias()) for name, item in items.items()}


def likeness(a: str, b: str) -> float:
    """How much two texts have in common, 0 to 1; of long ones, their letters only, which costs no time."""
    if a == b:
        return 1.0
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.quick_ratio() if len(a) * len(b) > MOST_CHARACTERS else matcher.ratio()
