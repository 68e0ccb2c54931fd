"""Faults in conditions, text and NULLs."""

from __future__ import annotations

import random
import re

from sqlglot import exp

from benchmarks.fault_base import fault, one, replace
from benchmarks.fault_sites import (
    Tables,
    comparisons,
    conjuncts,
    drop,
    is_key,
    others,
    owner,
    sources,
    where_parts,
)
from schemas.sql import name_node

# --- conditions ---

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(.*)", re.DOTALL)


def _literals(tree: exp.Expr) -> list[tuple[exp.Column, exp.Literal]]:
    found = []
    for _, column, value in comparisons(tree):
        literal = value.this if isinstance(value, exp.Cast) else value
        if isinstance(literal, exp.Literal):
            found.append((column, literal))
    for part in where_parts(tree):
        for node in part.find_all(exp.In):
            if isinstance(node.this, exp.Column):
                found += [(node.this, item) for item in node.expressions if isinstance(item, exp.Literal)]
    return found


@fault("filter_value")
def number_changed(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [literal for _, literal in _literals(tree) if not literal.is_string])
    if site is None:
        return False
    number = float(site.name)
    changed = rng.choice([number * 10, number + 1, number * 2 + 3, number / 2])
    return replace(site, exp.Literal.number(int(changed) if changed == int(changed) else round(changed, 2)))


@fault("filter_value")
def text_changed(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [(c, v) for c, v in _literals(tree) if v.is_string and not _DATE.fullmatch(v.name)])
    if site is None:
        return False
    column, literal = site
    owned = owner(column, tables)
    values = [v for v in (owned[1].column(column.name).values if owned else ()) if v != literal.name]
    other = rng.choice(values) if values else rng.choice([literal.name.upper(), literal.name + "s", literal.name[:-1]])
    return other != literal.name and replace(literal, exp.Literal.string(other))


@fault("date_logic")
def date_literal(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [v for _, v in _literals(tree) if v.is_string and _DATE.fullmatch(v.name)])
    if site is None:
        return False
    match = _DATE.fullmatch(site.name)
    assert match is not None
    year, month, day, rest = int(match[1]), int(match[2]), int(match[3]), match[4]
    year, month, day = rng.choice([(year - 1, month, day), (year, month % 12 + 1, day), (year, month, day % 28 + 1)])
    return replace(site, exp.Literal.string(f"{year:04}-{month:02}-{min(day, 28):02}{rest}"))


@fault("filter_boundary")
def boundary(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    ends = {exp.GT: exp.GTE, exp.GTE: exp.GT, exp.LT: exp.LTE, exp.LTE: exp.LT}
    parts = [node for part in where_parts(tree) for node in [part] if type(node) in ends]
    site = one(rng, parts)
    return site is not None and replace(site, ends[type(site)](this=site.this, expression=site.expression))


@fault("filter_operator")
def comparison_turned(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    turned = {exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE, exp.EQ: exp.NEQ, exp.NEQ: exp.EQ}
    site = one(rng, [node for node, _, _ in comparisons(tree) if type(node) in turned])
    return site is not None and replace(site, turned[type(site)](this=site.this, expression=site.expression))


@fault("filter_operator")
def list_negated(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [n for part in where_parts(tree) for n in part.find_all(exp.In) if n.expressions])
    if site is None:
        return False
    if isinstance(site.parent, exp.Not):
        return replace(site.parent, site.copy())
    return replace(site, exp.Not(this=site.copy()))


@fault("filter_operator")
def and_to_or(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    wheres = [w for w in tree.find_all(exp.Where) if not isinstance(w.parent, exp.Filter)]
    sites = [w for w in wheres if len(conjuncts(w.this)) == 2 and not any(is_key(c) for c in conjuncts(w.this))]
    site = one(rng, sites)
    if site is None:
        return False
    site.set("this", exp.or_(*[part.copy() for part in conjuncts(site.this)]))
    return True


@fault("filter_operator")
def or_to_and(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [n for part in where_parts(tree) for n in part.find_all(exp.Or) if n.find(exp.In) is None])
    if site is None or isinstance(site.parent, exp.Or):
        return False
    return replace(site, exp.And(this=exp.paren(site.this.copy()), expression=exp.paren(site.expression.copy())))


def _plain(part: exp.Expr) -> bool:
    """A condition that is about neither NULL, text, a subquery nor a key."""
    return part.find(exp.Query, exp.Is, exp.Like, exp.ILike) is None and not is_key(part)


@fault("filter_missing")
def filter_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [part for part in where_parts(tree) if _plain(part)])
    return site is not None and drop(site)


@fault("filter_extra")
def filter_added(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    select = one(rng, tree.find_all(exp.Select))
    if select is None:
        return False
    columns = [(a, c) for a, table in sources(select, tables).items() for c in table.columns if c.values]
    used = {column.name for column in tree.find_all(exp.Column)}
    site = one(rng, [(alias, c) for alias, c in columns if c.name not in used])
    if site is None:
        return False
    left = exp.Column(this=name_node(site[1].name), table=exp.to_identifier(site[0], quoted=not site[0].islower()))
    select.where(exp.EQ(this=left, expression=exp.Literal.string(rng.choice(site[1].values))), copy=False)
    return True


@fault("filter_column")
def condition_elsewhere(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [column for _, column, _ in comparisons(tree) if others(column, tables)])
    return site is not None and replace(site, one(rng, others(site, tables)))


@fault("string_match")
def pattern_end_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    likes = [n for n in tree.find_all(exp.Like, exp.ILike) if isinstance(n.expression, exp.Literal)]
    site = one(rng, [n.expression for n in likes if n.expression.name[:1] == "%" or n.expression.name[-1:] == "%"])
    if site is None:
        return False
    pattern = site.name
    ends = [p for p in (pattern.removeprefix("%"), pattern.removesuffix("%")) if p != pattern]
    return replace(site, exp.Literal.string(rng.choice(ends)))


@fault("string_match")
def like_to_equals(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, tree.find_all(exp.Like, exp.ILike))
    if site is None or not isinstance(site.expression, exp.Literal):
        return False
    value = exp.Literal.string(site.expression.name.strip("%"))
    return replace(site, exp.EQ(this=site.this.copy(), expression=value))


@fault("string_match")
def case_folding_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, tree.find_all(exp.Lower, exp.Upper, exp.Trim, exp.ILike))
    if isinstance(site, exp.ILike):
        upper = exp.Literal.string(site.expression.name.upper())
        return replace(site, exp.Like(this=site.this.copy(), expression=upper))
    return site is not None and replace(site, site.this.copy())


# --- NULL ---


def _null_tests(tree: exp.Expr) -> list[exp.Is]:
    tests = [n for part in where_parts(tree) for n in part.find_all(exp.Is)]
    return [test for test in tests if isinstance(test.expression, exp.Null)]


@fault("null_handling")
def null_test_flipped(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, _null_tests(tree))
    if site is None:
        return False
    site.set("negate", not site.args.get("negate"))
    return True


@fault("null_handling")
def null_test_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    tops = {id(part) for part in where_parts(tree)}
    site = one(rng, [test for test in _null_tests(tree) if id(test) in tops])
    return site is not None and drop(site)


@fault("null_handling")
def null_equated(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [test for test in _null_tests(tree) if not test.args.get("negate")])
    return site is not None and replace(site, exp.EQ(this=site.this.copy(), expression=exp.Null()))


@fault("null_handling")
def default_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, tree.find_all(exp.Coalesce))
    return site is not None and replace(site, site.this.copy())
