"""Rules that prove a mutant equivalent from what determines what (`schemas.dependencies`).

Each rule gets the trees of gold and mutant, which differ in one place, and gives the reason or nothing. All hold on
every database that satisfies the schema's constraints.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from schemas.dependencies import (
    Attribute,
    Facts,
    Relation,
    ctes_of,
    grouped_by,
    read_facts,
    unique_output,
)

Tables = Mapping[str, Relation]


def facts_at(select: exp.Select, tables: Tables) -> Facts | None:
    """The facts about a SELECT where it stands, with the CTEs of all queries around it in sight."""
    known = dict(tables)
    around = []
    query = select.find_ancestor(exp.Query)
    while query is not None:
        around.append(query)
        query = query.find_ancestor(exp.Query)
    for outer in reversed(around):
        clause = outer.args.get("with_")
        inside = clause is not None and any(node is clause for node in _ancestors(select))
        # A CTE that is being defined sees those before it; to see one after it would be an error anyway.
        known.update(ctes_of(outer, known) if not inside else _earlier(outer, select, known))
    return read_facts(select, known)


def _ancestors(node: exp.Expr) -> list[exp.Expr]:
    found = []
    parent = node.parent
    while parent is not None:
        found.append(parent)
        parent = parent.parent
    return found


def _earlier(query: exp.Expr, select: exp.Select, known: Tables) -> dict[str, Relation]:
    """The CTEs of a query that stand before the one that the SELECT is part of."""
    within = {id(node) for node in _ancestors(select)}
    found = ctes_of(query, known)
    names: list[str] = []
    for cte in query.args["with_"].expressions:
        if id(cte) in within:
            break
        names.append(cte.alias)
    return {name: found[name] for name in names}


def distinct_output(before: exp.Expr, after: exp.Expr, tables: Tables) -> str:
    """DISTINCT in the output where no two rows are alike."""
    for one, other in zip(before.find_all(exp.Select), after.find_all(exp.Select), strict=False):
        if bool(one.args.get("distinct")) == bool(other.args.get("distinct")):
            continue
        if any(item.find(exp.Explode, exp.Unnest, exp.ExplodingGenerateSeries) for item in one.selects):
            return ""
        facts = facts_at(one, tables)
        if facts is None:
            return ""
        if one.args.get("group") is None and any(item.find(exp.AggFunc) for item in one.selects):
            return ""
        shown = _attributes(facts, [item.unalias() for item in one.selects])
        return "no two rows of the output are alike" if unique_output(one, facts, shown) else ""
    return ""


def distinct_count(before: exp.Expr, after: exp.Expr, tables: Tables) -> str:
    """DISTINCT within COUNT, of a column that no two rows of a group share."""
    for one, other in zip(before.find_all(exp.Count), after.find_all(exp.Count), strict=False):
        if isinstance(one.this, exp.Distinct) == isinstance(other.this, exp.Distinct):
            continue
        counted = one.this.expressions[0] if isinstance(one.this, exp.Distinct) else one.this
        select = one.find_ancestor(exp.Select)
        if not isinstance(counted, exp.Column) or select is None or one.find_ancestor(exp.Window, exp.Select) != select:
            return ""
        facts = facts_at(select, tables)
        column = facts.attribute(counted) if facts is not None else None
        if facts is None or column is None:
            return ""
        facts = facts.inner(column[0])  # where the column is NULL, nothing is counted
        grouped = _group_attributes(select, facts)
        return "no two rows of a group share what is counted" if facts.tells_rows_apart(grouped | {column}) else ""
    return ""


def group_keys(before: exp.Expr, after: exp.Expr, tables: Tables) -> str:
    """Other columns to group by that determine the same groups."""
    for one, other in zip(before.find_all(exp.Group), after.find_all(exp.Group), strict=False):
        if one == other:
            continue
        first, second = one.parent, other.parent
        if not isinstance(first, exp.Select) or not isinstance(second, exp.Select):
            return ""
        facts = facts_at(first, tables)
        if facts is None:
            return ""
        left, right = grouped_by(first, facts), grouped_by(second, facts)
        if left is None or right is None:
            return ""
        same = left <= facts.closure(right) and right <= facts.closure(left)
        return "both determine the same groups" if same else ""
    return ""


def ranks(before: exp.Expr, after: exp.Expr, tables: Tables) -> str:
    """RANK, DENSE_RANK and ROW_NUMBER agree where no two rows of a partition tie."""
    kinds = (exp.Rank, exp.DenseRank, exp.RowNumber)
    pairs = zip(before.find_all(exp.Window), after.find_all(exp.Window), strict=False)
    for one, other in pairs:
        if one == other:
            continue
        if not isinstance(one.this, kinds) or not isinstance(other.this, kinds):
            return ""
        select = one.find_ancestor(exp.Select)
        facts = facts_at(select, tables) if select is not None else None
        order = one.args.get("order")
        if select is None or facts is None or order is None:
            return ""
        read = [*(one.args.get("partition_by") or []), *(item.this for item in order.expressions)]
        return "no two rows tie" if unique_output(select, facts, _attributes(facts, read)) else ""
    return ""


def never_null_alike(before: exp.Expr, after: exp.Expr, tables: Tables) -> str:
    """Another column counted, or tested for NULL, that is NULL for just the same rows: those without a partner."""
    for one, other in zip(before.find_all(exp.Column), after.find_all(exp.Column), strict=False):
        if one == other:
            continue
        tested = isinstance(one.parent, exp.Is) and isinstance(one.parent.expression, exp.Null)
        counted = isinstance(one.parent, exp.Count)
        select = one.find_ancestor(exp.Select)
        facts = facts_at(select, tables) if select is not None and (tested or counted) else None
        if facts is None:
            return ""
        left, right = facts.attribute(one), facts.attribute(other)
        if left is None or right is None or left[0] != right[0]:
            return ""
        required = _never_null_where_found(facts, left[0])
        return "both are NULL only where no partner is" if {left[1], right[1]} <= required else ""
    return ""


def _never_null_where_found(facts: Facts, alias: str) -> frozenset[str]:
    """Columns of a source that are never NULL in its rows: by the DDL, or since its join compares them."""
    join = facts.outer.get(alias)
    return facts.sources[alias].required | (join.fixed if join is not None else frozenset())


def _group_attributes(select: exp.Select, facts: Facts) -> frozenset[Attribute]:
    """The columns grouped by, as far as they are columns: to know fewer is to claim less."""
    group = select.args.get("group")
    return _attributes(facts, group.expressions if group is not None else [])


def _attributes(facts: Facts, nodes: list[exp.Expr]) -> frozenset[Attribute]:
    found = [facts.attribute(node) for node in nodes if isinstance(node, exp.Column)]
    return frozenset(attribute for attribute in found if attribute is not None)
