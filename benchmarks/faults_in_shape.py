"""Faults in joins, order, limits, set operations and subqueries."""

from __future__ import annotations

import random

from sqlglot import exp

from benchmarks.fault_base import fault, one, replace
from benchmarks.fault_sites import (
    Tables,
    conjuncts,
    drop,
    is_key,
    kind_of,
    main_select,
    outer_order,
    owner,
    sources,
    where_parts,
)
from schemas.sql import name_node

# --- joins ---


def _joins(tree: exp.Expr) -> list[exp.Join]:
    return [join for join in tree.find_all(exp.Join) if isinstance(join.this, exp.Table) and join.args.get("on")]


@fault("join_type")
def inner_for_left(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [join for join in _joins(tree) if join.side])
    if site is None:
        return False
    site.set("side", None)
    return True


@fault("join_type")
def left_for_inner(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [join for join in _joins(tree) if not join.side and join.kind in {"", "INNER"}])
    if site is None:
        return False
    site.set("side", "LEFT")
    return True


@fault("join_missing")
def join_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    sites = []
    for join in _joins(tree):
        alias, select = join.this.alias_or_name, join.parent
        used = [c for c in select.find_all(exp.Column) if c.table == alias and c.find_ancestor(exp.Join) is not join]
        bare = [c for c in select.find_all(exp.Column) if not c.table] + list(select.find_all(exp.Star))
        if not used and not [node for node in bare if not isinstance(node.parent, exp.Count)]:
            sites.append(join)
    site = one(rng, sites)
    if site is None:
        return False
    site.pop()
    return True


@fault("join_extra")
def join_added(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    select = one(rng, tree.find_all(exp.Select))
    if select is None or (select.find(exp.Star) is not None and select.args.get("group") is None):
        return False
    own = sources(select, tables)
    free = []
    for child in tables:
        for key in child.foreign_keys:
            for alias, table in own.items():
                if table.name == key.parent and child.name not in {t.name for t in own.values()}:
                    free.append((child, key, alias))
    chosen = one(rng, free)
    if chosen is None or any(not column.table for column in select.find_all(exp.Column)):
        return False
    child, key, alias = chosen
    tests = [
        exp.EQ(
            this=exp.Column(this=name_node(column), table=exp.to_identifier("extra")),
            expression=exp.Column(this=name_node(parent), table=exp.to_identifier(alias, quoted=not alias.islower())),
        )
        for column, parent in zip(key.columns, key.parent_columns, strict=True)
    ]
    select.append(
        "joins",
        exp.Join(this=exp.alias_(exp.Table(this=name_node(child.name)), "extra", table=True), on=exp.and_(*tests)),
    )
    return True


@fault("join_key")
def key_exchanged(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    sides = []
    for join in _joins(tree):
        for part in conjuncts(join.args["on"]):
            if is_key(part):
                sides += [side.unnest() for side in (part.this, part.expression)]
    options = []
    for side in sides:
        owned = owner(side, tables)
        if owned is None:
            continue
        own = owned[1].column(side.name)
        options += [(side, c.name) for c in owned[1].columns if c.name != own.name and kind_of(c) == kind_of(own)]
    chosen = one(rng, options)
    if chosen is None:
        return False
    chosen[0].set("this", name_node(chosen[1]))
    return True


# --- order, limit, sets ---


@fault("ordering")
def order_turned(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    order = outer_order(tree)
    site = one(rng, order.expressions[:1] if order is not None else [])
    if site is None:
        return False
    desc = not site.args.get("desc")
    return replace(site, exp.Ordered(this=site.this.copy(), desc=desc, nulls_first=desc))


@fault("ordering")
def order_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    order = outer_order(tree)
    if order is None:
        return False
    order.pop()
    return True


@fault("ordering")
def order_by_another(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    order, select = outer_order(tree), main_select(tree)
    if order is None or select is None:
        return False
    current = {item.this.sql() for item in order.expressions}
    free = [
        i.unalias() for i in select.expressions if i.unalias().sql() not in current and i.alias_or_name not in current
    ]
    chosen = one(rng, [item for item in free if not isinstance(item, exp.Star)])
    if chosen is None:
        return False
    order.set("expressions", [exp.Ordered(this=chosen.copy(), nulls_first=False)])
    return True


@fault("limit")
def limit_changed(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [n.expression for n in tree.find_all(exp.Limit) if isinstance(n.expression, exp.Literal)])
    return site is not None and replace(site, exp.Literal.number(int(site.name) + rng.choice([1, 2, 5])))


@fault("limit")
def limit_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, tree.find_all(exp.Limit))
    if site is None:
        return False
    site.pop()
    return True


@fault("limit")
def limit_added(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    if tree.this.args.get("limit") or outer_order(tree) is None:
        return False
    tree.this.set("limit", exp.Limit(expression=exp.Literal.number(rng.choice([1, 3, 5]))))
    return True


@fault("set_operation")
def other_set_operation(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, tree.find_all(exp.SetOperation))
    if site is None or site.find_ancestor(exp.CTE) is not None:
        return False
    kinds = [kind for kind in (exp.Union, exp.Except, exp.Intersect) if not isinstance(site, kind)]
    new = rng.choice(kinds)(
        **{key: value.copy() if isinstance(value, exp.Expr) else value for key, value in site.args.items()}
    )
    return replace(site, new)


@fault("set_operation")
def duplicates_of_union(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [n for n in tree.find_all(exp.Union) if n.find_ancestor(exp.CTE) is None])
    if site is None:
        return False
    site.set("distinct", not site.args.get("distinct"))
    return True


@fault("set_operation")
def set_arm_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [n for n in tree.find_all(exp.SetOperation) if n.find_ancestor(exp.CTE) is None])
    if site is None or site.args.get("order"):
        return False
    return replace(site, site.this.copy())


# --- subqueries ---


@fault("nesting")
def subquery_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [part for part in where_parts(tree) if part.find(exp.Query) is not None])
    return site is not None and drop(site)


@fault("nesting")
def membership_negated(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    tests: list[exp.Expr] = [n for n in tree.find_all(exp.In) if n.args.get("query")]
    site = one(rng, [*tests, *tree.find_all(exp.Exists)])
    if site is None:
        return False
    if isinstance(site.parent, exp.Not):
        return replace(site.parent, site.copy())
    return replace(site, exp.Not(this=site.copy()))


@fault("nesting")
def correlation_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    sites = []
    for sub in tree.find_all(exp.Subquery, exp.Exists):
        inner = sub.this
        if isinstance(sub.parent, (exp.From, exp.Join, exp.Lateral)) or not isinstance(inner, exp.Select):
            continue
        own = set(sources(inner, tables))
        where = inner.args.get("where")
        for part in conjuncts(where.this if where else None):
            columns = list(part.find_all(exp.Column))
            if is_key(part) and any(c.table and c.table not in own for c in columns):
                sites.append(part)
    site = one(rng, sites)
    return site is not None and drop(site)
