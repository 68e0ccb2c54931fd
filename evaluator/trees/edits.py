"""Changes of a canonical tree that put a part of the gold's in place: what a repair is made of.

An edit says where in the prediction's tree, what to do, and which node of the gold's to copy; several are applied to
one fresh copy. Sources that a copied part needs come along, with the conditions that join them. Knows no data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from evaluator.trees.clauses import own_nodes, sources
from evaluator.trees.names import under
from evaluator.trees.parentheses import parenthesize
from evaluator.trees.spelling import flat

Step = tuple[str, int | None]
Place = tuple[Step, ...]
"""The way from the root to a node: names and positions of arguments."""
Action = Literal[
    "replace", "forget", "where", "on", "clause", "side", "source", "unsource", "show", "hide", "operation", "arm",
    "keep_arm",
]  # fmt: skip
"""replace: a node by the gold's; forget: a condition becomes TRUE; where, on: a condition is added; clause: GROUP BY,
ORDER BY and the like as the gold has them; side: of a join; source, unsource: a table joined or left out; show, hide: a
column; operation: UNION for EXCEPT; arm: an arm added; keep_arm: one arm in place of both."""
_TAIL = ("order", "limit", "offset")


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """One change."""

    action: Action
    place: Place
    """Node to change."""
    select: Place
    """The SELECT around it."""
    home: exp.Expr | None
    """The gold's SELECT, from which missing sources are taken."""
    node: exp.Expr | None = None
    """The gold's part; never changed."""
    name: str = ""
    """The clause, the label, or the side that the action is about."""
    number: int = 0
    """Position of a column to show."""


def place_of(node: exp.Expr) -> Place:
    """The way to a node from its root; parentheses around the whole, which only hold it, are not counted."""
    steps: list[Step] = []
    while node.parent is not None and node.arg_key is not None:
        if isinstance(node.parent, exp.Paren) and node.parent.parent is None:
            break
        steps.append((node.arg_key, node.index))
        node = node.parent
    return tuple(reversed(steps))


def apply(tree: exp.Expr, edits: Sequence[Edit]) -> exp.Expr:
    """A changed copy of the tree.

    Raises:
        LookupError: two edits are at odds, so that the place of one is gone.
    """
    holder = exp.Paren(this=tree.copy())
    targets = [(find(holder.this, edit.place), find(holder.this, edit.select)) for edit in edits]
    hidden: list[exp.Expr] = []
    for edit, (target, select) in zip(edits, targets, strict=True):
        if edit.action == "hide":
            hidden.append(target)
        else:
            _ACTIONS[edit.action](edit, target, select)
    for node in hidden:
        item = node.parent if isinstance(node.parent, exp.Alias) else node
        item.pop()
    for edit, (_, select) in zip(edits, targets, strict=True):
        if isinstance(select, exp.Select) and isinstance(edit.home, exp.Select):
            _supply(select, edit.home)
    return parenthesize(holder.this)


def find(root: exp.Expr, place: Place) -> exp.Expr:
    """The node that a way leads to."""
    node = root
    for key, index in place:
        value = node.args[key]
        node = value[index] if index is not None else value
    return node


def wrap(node: exp.Expr) -> exp.Select:
    """Put `SELECT * FROM (query)` in the place of a query, which must have a parent; returns the new SELECT."""
    named = any(isinstance(item, exp.Alias) for item in node.expressions)
    holder = exp.Subquery(alias=exp.TableAlias(this=exp.to_identifier("q")))
    names = [f"c{number}" for number in range(1, len(node.expressions) + 1)]
    shown: list[exp.Expr] = [exp.column(name, "q") for name in names]
    shown = [under(item, name) for item, name in zip(shown, names, strict=True)] if named else shown
    outer = exp.Select(expressions=shown, from_=exp.From(this=holder))
    node.replace(outer)
    inner = [under(item.unalias(), name) for item, name in zip(node.expressions, names, strict=True)]
    node.set("expressions", inner)
    holder.set("this", node)
    return outer


def _copy(edit: Edit) -> exp.Expr:
    if edit.node is None:
        raise LookupError("nothing to copy")
    return edit.node.copy()


def _replace(edit: Edit, target: exp.Expr, select: exp.Expr) -> None:  # noqa: ARG001
    if target.parent is None:
        raise LookupError("the place is gone")
    target.replace(_copy(edit))


def _forget(edit: Edit, target: exp.Expr, select: exp.Expr) -> None:  # noqa: ARG001
    if target.parent is None:
        raise LookupError("the place is gone")
    target.replace(exp.true())


def _where(edit: Edit, target: exp.Expr, select: exp.Expr) -> None:  # noqa: ARG001
    where = select.args.get("where")
    parts = [where.this] if where is not None else []
    select.set("where", exp.Where(this=_all([*parts, _copy(edit)])))


def _all(parts: Sequence[exp.Expr]) -> exp.Expr:
    whole = parts[0]
    for part in parts[1:]:
        whole = exp.And(this=whole, expression=part)
    return whole


def _on(edit: Edit, target: exp.Expr, select: exp.Expr) -> None:
    join = sources(select).get(edit.name) if isinstance(select, exp.Select) else None
    if not isinstance(join, exp.Join):
        _where(edit, target, select)
        return
    on = join.args.get("on")
    join.set("on", _all([*([on] if on is not None else []), _copy(edit)]))
    if join.kind == "CROSS":
        join.set("kind", None)


def _clause(edit: Edit, target: exp.Expr, select: exp.Expr) -> None:  # noqa: ARG001
    target.set(edit.name, edit.node.copy() if edit.node is not None else None)


def _side(edit: Edit, target: exp.Expr, select: exp.Expr) -> None:  # noqa: ARG001
    """The gold's sides, and the order of sources that they speak of."""
    if not isinstance(select, exp.Select) or not isinstance(edit.home, exp.Select):
        raise LookupError("no SELECT")
    wanted, present = sources(edit.home), sources(select)
    if set(wanted) != set(present):
        join = present.get(edit.name)
        if not isinstance(join, exp.Join):
            raise LookupError(edit.name)
        gold = wanted.get(edit.name)
        join.set("side", gold.args.get("side") if gold is not None else None)
        return
    kept = [
        c for holder in present.values() if not holder.args.get("side") for c in flat(holder.args.get("on"), exp.And)
    ]
    for name in ("from_", "joins"):
        value = edit.home.args.get(name)
        select.set(name, [item.copy() for item in value] if isinstance(value, list) else value and value.copy())
    given = {holder.args["on"].sql() for holder in sources(edit.home).values() if holder.args.get("on") is not None}
    for condition in kept:  # what inner joins asked for beside the keys is still asked for
        if not any(condition.sql() in line for line in given):
            where = select.args.get("where")
            parts = [where.this] if where is not None else []
            select.set("where", exp.Where(this=_all([*parts, condition.copy()])))


def _source(edit: Edit, target: exp.Expr, select: exp.Expr) -> None:  # noqa: ARG001
    if isinstance(select, exp.Select) and isinstance(edit.home, exp.Select):
        _join(select, edit.home, edit.name)


def _unsource(edit: Edit, target: exp.Expr, select: exp.Expr) -> None:  # noqa: ARG001
    """Leave a source out, with every condition that speaks of it."""
    if not isinstance(select, exp.Select):
        raise LookupError("no SELECT")
    holder = sources(select).get(edit.name)
    joins = list(select.args.get("joins") or [])
    if holder is None or (isinstance(holder, exp.From) and not joins):
        raise LookupError(edit.name)
    if isinstance(holder, exp.From):
        first = joins.pop(0)
        select.args["from_"].set("this", first.this)
        moved = first.args.get("on")
        if moved is not None:
            where = select.args.get("where")
            parts = [where.this] if where is not None else []
            select.set("where", exp.Where(this=_all([*parts, moved])))
    else:
        joins = [join for join in joins if join is not holder]
    select.set("joins", joins)
    where = select.args.get("where")
    conditions = [join.args.get("on") for join in joins] + [where.this if where is not None else None]
    for condition in conditions:
        for part in flat(condition, exp.And):
            if any(column.table == edit.name for column in part.find_all(exp.Column)):
                part.replace(exp.true())


def _show(edit: Edit, target: exp.Expr, select: exp.Expr) -> None:  # noqa: ARG001
    items = list(select.expressions)
    items.insert(edit.number, _copy(edit))
    select.set("expressions", items)


def _operation(edit: Edit, target: exp.Expr, select: exp.Expr) -> None:  # noqa: ARG001
    node = _copy(edit)
    arguments = {**target.args, "distinct": node.args.get("distinct")}
    target.replace(type(node)(**arguments))


def _arm(edit: Edit, target: exp.Expr, select: exp.Expr) -> None:  # noqa: ARG001
    node, own = _copy(edit), target.copy()
    for key in _TAIL:
        own.set(key, None)
    node.set(edit.name, own)
    target.replace(node)


def _keep_arm(edit: Edit, target: exp.Expr, select: exp.Expr) -> None:  # noqa: ARG001
    kept = target.args[edit.name]
    kept = kept.this if isinstance(kept, exp.Subquery) else kept
    target.replace(kept)


_ACTIONS = {
    "replace": _replace, "forget": _forget, "where": _where, "on": _on, "clause": _clause, "side": _side,
    "source": _source, "unsource": _unsource, "show": _show, "operation": _operation, "arm": _arm,
    "keep_arm": _keep_arm,
}  # fmt: skip


def _supply(select: exp.Select, home: exp.Select) -> None:
    """Join the sources that the SELECT now speaks of, as the gold does."""
    for _ in range(6):
        seen = set(sources(select))
        above = select.find_ancestor(exp.Select)
        while above is not None:
            seen |= set(sources(above))
            above = above.find_ancestor(exp.Select)
        named = {node.table for node in own_nodes(select) if isinstance(node, exp.Column)}
        inner = {label for node in own_nodes(select) if isinstance(node, exp.Select) for label in sources(node)}
        missing = sorted((named - seen - inner) & set(sources(home)))
        if not missing:
            return
        for label in missing:
            _join(select, home, label)


def _join(select: exp.Select, home: exp.Select, label: str) -> None:
    """Bring in one source of the gold's with its conditions."""
    wanted = sources(home)
    holder = wanted.get(label)
    if holder is None or label in sources(select):
        return
    own = holder.args.get("on")
    new = holder.copy() if isinstance(holder, exp.Join) else exp.Join(this=holder.this.copy(), kind="CROSS")
    if not sources(select):
        select.set("from_", exp.From(this=holder.this.copy()))
        return
    select.append("joins", new)
    if own is not None:
        return
    present = set(sources(select))
    where = home.args.get("where")
    conditions = [condition for item in wanted.values() for condition in flat(item.args.get("on"), exp.And)]
    for condition in [*conditions, *flat(where.this if where is not None else None, exp.And)]:
        tables = {column.table for column in condition.find_all(exp.Column)}
        if label in tables and len(tables) > 1 and tables <= present:
            current = select.args.get("where")
            parts = [current.this] if current is not None else []
            select.set("where", exp.Where(this=_all([*parts, condition.copy()])))
