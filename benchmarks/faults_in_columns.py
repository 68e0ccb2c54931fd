"""Faults in the columns of SELECT, aggregates and groups."""

from __future__ import annotations

import random

from sqlglot import exp

from benchmarks.fault_base import aggregates, fault, one, replace
from benchmarks.fault_sites import (
    NUMBERS,
    Tables,
    main_select,
    others,
    owner,
    sources,
)
from schemas.sql import name_node

# --- SELECT ---


def _shown(tree: exp.Expr) -> list[exp.Expr]:
    select = main_select(tree)
    return list(select.expressions) if select is not None else []


@fault("projection_missing")
def column_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    items = _shown(tree)
    site = one(rng, items)
    named = {column.name for column in tree.find_all(exp.Column)}
    if site is None or len(items) < 2 or (site.alias and site.alias in named):
        return False
    site.pop()
    return True


@fault("projection_extra")
def column_added(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    select = main_select(tree)
    if select is None:
        return False
    shown = {column.name for item in select.expressions for column in item.find_all(exp.Column)}
    free = [(a, c) for a, table in sources(select, tables).items() for c in table.columns if c.name not in shown]
    if select.args.get("group") is not None:
        grouped = {column.name for column in select.args["group"].find_all(exp.Column)}
        free = [(alias, column) for alias, column in free if column.name in grouped]
    site = one(rng, free)
    if site is None:
        return False
    table = exp.to_identifier(site[0], quoted=not site[0].islower())
    select.append("expressions", exp.Column(this=name_node(site[1].name), table=table))
    return True


@fault("projection_wrong")
def column_exchanged(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    select = main_select(tree)
    if select is None or select.args.get("group") is not None:
        return False
    site = one(rng, [i for i in select.expressions if isinstance(i, exp.Column) and others(i, tables)])
    return site is not None and replace(site, one(rng, others(site, tables)))


@fault("distinct")
def distinct_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(
        rng, [s for s in tree.find_all(exp.Select) if s.args.get("distinct") and not s.args["distinct"].args.get("on")]
    )
    if site is None:
        return False
    site.set("distinct", None)
    return True


@fault("distinct")
def distinct_added(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    select = main_select(tree)
    if select is None or select.args.get("distinct") or select.args.get("group"):
        return False
    select.set("distinct", exp.Distinct())
    return True


@fault("distinct")
def counted_twice(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [n for n in tree.find_all(exp.Distinct) if isinstance(n.parent, exp.Count)])
    return site is not None and replace(site, site.expressions[0].copy())


@fault("distinct")
def counted_once(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [n.this for n in tree.find_all(exp.Count) if isinstance(n.this, exp.Column)])
    return site is not None and replace(site, exp.Distinct(expressions=[site.copy()]))


# --- aggregates and groups ---


@fault("aggregate")
def other_function(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, aggregates(tree))
    if site is None:
        return False
    other = {exp.Sum: exp.Avg, exp.Avg: exp.Sum, exp.Min: exp.Max, exp.Max: exp.Min}[type(site)]
    return replace(site, other(this=site.this.copy()))


@fault("aggregate")
def aggregate_of_another(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    columns = [n.this for n in aggregates(tree) if isinstance(n.this, exp.Column) and others(n.this, tables)]
    site = one(rng, columns)
    return site is not None and replace(site, one(rng, others(site, tables)))


@fault("aggregate")
def summed_for_counted(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    counts = [
        n for n in tree.find_all(exp.Count) if n.find_ancestor(exp.Window, exp.Div, exp.Having, exp.Order) is None
    ]
    site = one(rng, counts)
    select = site.find_ancestor(exp.Select) if site is not None else None
    if site is None or select is None:
        return False
    free = [(a, c) for a, t in sources(select, tables).items() for c in t.columns if c.type.startswith(NUMBERS)]
    chosen = one(rng, free)
    if chosen is None:
        return False
    column = exp.Column(
        this=name_node(chosen[1].name), table=exp.to_identifier(chosen[0], quoted=not chosen[0].islower())
    )
    return replace(site, exp.Sum(this=column))


@fault("grouping")
def group_key_added(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [g for g in tree.find_all(exp.Group) if g.expressions])
    if site is None or not isinstance(site.parent, exp.Select):
        return False
    grouped = {column.name for column in site.find_all(exp.Column)}
    free = [(a, c) for a, t in sources(site.parent, tables).items() for c in t.columns if c.name not in grouped]
    chosen = one(rng, free)
    if chosen is None:
        return False
    table = exp.to_identifier(chosen[0], quoted=not chosen[0].islower())
    site.append("expressions", exp.Column(this=name_node(chosen[1].name), table=table))
    return True


def _determined(key: exp.Column, group: exp.Group, tables: Tables) -> bool:
    owned = owner(key, tables)
    grouped = {item.name for item in group.expressions if isinstance(item, exp.Column) and item.table == key.table}
    return owned is not None and set(owned[1].primary_key) <= grouped - {key.name}


@fault("grouping")
def group_key_exchanged(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    # Beside its table's whole key a column decides no group.
    keys = [
        key for group in tree.find_all(exp.Group) for key in group.expressions
        if isinstance(key, exp.Column) and others(key, tables) and not _determined(key, group, tables)
    ]  # fmt: skip
    site = one(rng, keys)
    select = site.find_ancestor(exp.Select) if site is not None else None
    if site is None or select is None:
        return False
    new, old = one(rng, others(site, tables)), site.copy()
    for column in list(select.find_all(exp.Column)):
        inside = column.find_ancestor(exp.Select) is select and column.find_ancestor(exp.Join, exp.Where) is None
        if new is not None and inside and column == old:
            column.replace(new.copy())
    return True


@fault("having")
def having_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, tree.find_all(exp.Having))
    if site is None:
        return False
    site.pop()
    return True


@fault("having")
def having_changed(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    numbers = [n for h in tree.find_all(exp.Having) for n in h.find_all(exp.Literal) if not n.is_string]
    site = one(rng, numbers)
    return site is not None and replace(site, exp.Literal.number(round(float(site.name) * 2 + 1)))


@fault("having")
def having_turned(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    turned = {exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE, exp.EQ: exp.NEQ}
    site = one(rng, [n for h in tree.find_all(exp.Having) for n in h.find_all(*turned)])
    return site is not None and replace(site, turned[type(site)](this=site.this, expression=site.expression))
