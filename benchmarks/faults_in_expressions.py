"""Faults in windows, dates, ratios, CASE and casts."""

from __future__ import annotations

import random

from sqlglot import exp

from benchmarks.fault_base import aggregates, fault, one, replace
from benchmarks.fault_sites import (
    COMPARISONS,
    Tables,
)

# --- windows, dates, ratios, CASE, casts ---


@fault("window")
def partition_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [n for n in tree.find_all(exp.Window) if n.args.get("partition_by")])
    if site is None:
        return False
    site.set("partition_by", None)
    return True


@fault("window")
def window_turned(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    sites = [i for n in tree.find_all(exp.Window) if n.args.get("order") for i in n.args["order"].expressions]
    site = one(rng, sites)
    if site is None:
        return False
    desc = not site.args.get("desc")
    return replace(site, exp.Ordered(this=site.this.copy(), desc=desc, nulls_first=desc))


@fault("window")
def window_function(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    other = {
        exp.RowNumber: exp.Rank,
        exp.Rank: exp.DenseRank,
        exp.DenseRank: exp.RowNumber,
        exp.Lag: exp.Lead,
        exp.Lead: exp.Lag,
    }
    site = one(rng, [n.this for n in tree.find_all(exp.Window) if type(n.this) in other])
    if site is None:
        return False
    args = {key: value.copy() if isinstance(value, exp.Expr) else value for key, value in site.args.items()}
    return replace(site, other[type(site)](**args))


@fault("window")
def frame_changed(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [n for n in tree.find_all(exp.Window) if n.args.get("spec")])
    if site is None:
        return False
    start = site.args["spec"].args.get("start")
    if isinstance(start, exp.Literal):
        return replace(start, exp.Literal.number(int(start.name) + 1))
    site.set("spec", None)
    return True


_UNITS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")


@fault("date_logic")
def date_unit(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [n.args["unit"] for n in tree.find_all(exp.TimestampTrunc, exp.DateTrunc) if n.args.get("unit")])
    return site is not None and replace(site, exp.Var(this=rng.choice([u for u in _UNITS if u != site.name.upper()])))


@fault("date_logic")
def date_field(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [n.this for n in tree.find_all(exp.Extract)])
    fields = ["YEAR", "MONTH", "DAY", "DOW", "QUARTER"]
    return site is not None and replace(site, exp.Var(this=rng.choice([f for f in fields if f != site.name.upper()])))


@fault("date_logic")
def interval_changed(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    sites = [n for n in tree.find_all(exp.Interval) if isinstance(n.this, exp.Literal) and n.this.name.isdigit()]
    site = one(rng, sites)
    if site is None:
        return False
    if rng.random() < 0.5 and site.args.get("unit"):
        unit = site.args["unit"].name.upper().rstrip("S")
        site.set(
            "unit", exp.Var(this={"DAY": "MONTH", "MONTH": "YEAR", "YEAR": "MONTH", "HOUR": "DAY"}.get(unit, "DAY"))
        )
        return True
    return replace(site.this, exp.Literal.string(str(int(site.this.name) * 2 + 1)))


@fault("date_logic")
def days_back_changed(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    found = [n for n in tree.find_all(exp.Sub, exp.Add) if isinstance(n.this, exp.CurrentDate)]
    site = one(rng, [n.expression for n in found if isinstance(n.expression, exp.Literal)])
    return site is not None and replace(site, exp.Literal.number(int(site.name) * 2 + 1))


@fault("ratio_logic")
def integer_division(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    casts = [c for d in tree.find_all(exp.Div) for c in d.find_all(exp.Cast)]
    scales = [
        n for d in tree.find_all(exp.Div) for n in d.find_all(exp.Literal)
        if not n.is_string and n.name in {"100.0", "1.0"} and isinstance(n.parent, exp.Mul)
    ]  # fmt: skip
    site = one(rng, [*casts, *scales])
    if isinstance(site, exp.Literal):
        return replace(site, exp.Literal.number(int(float(site.name))))
    return site is not None and replace(site, exp.paren(site.this.copy()))


@fault("ratio_logic")
def scale_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    hundreds = [n for n in tree.find_all(exp.Literal) if not n.is_string and n.name in {"100", "100.0"}]
    site = one(rng, [n for n in hundreds if isinstance(n.parent, exp.Mul) and n.find_ancestor(exp.Div)])
    return site is not None and replace(site, exp.Literal.number("1.0"))


@fault("ratio_logic")
def ratio_turned(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    sites = [
        n
        for n in tree.find_all(exp.Div)
        if n.this.find(exp.Column, exp.Count) and n.expression.find(exp.Column, exp.Count)
    ]
    site = one(rng, sites)
    if site is None:
        return False
    return replace(site, exp.Div(this=exp.paren(site.expression.copy()), expression=exp.paren(site.this.copy())))


@fault("ratio_logic")
def other_denominator(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    sites = [n.expression for n in tree.find_all(exp.Div) if n.expression.find(exp.AggFunc) and not n.find(exp.Window)]
    site = one(rng, [s for s in sites if not isinstance(s.unnest(), exp.Count)])
    return site is not None and replace(site, exp.Count(this=exp.Star()))


@fault("case_logic")
def branch_value(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    literals = [n for c in tree.find_all(exp.Case) for i in c.args["ifs"] for n in i.this.find_all(exp.Literal)]
    site = one(rng, [n for n in literals if not n.is_string])
    return site is not None and replace(site, exp.Literal.number(float(site.name) * 2 + 1))


@fault("case_logic")
def branches_exchanged(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [c for c in tree.find_all(exp.Case) if c.args.get("default") is not None])
    if site is None:
        return False
    first = site.args["ifs"][0]
    result, default = first.args["true"].copy(), site.args["default"].copy()
    first.set("true", default)
    site.set("default", result)
    return True


@fault("case_logic")
def aggregate_filter_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [n for n in tree.find_all(exp.Filter) if n.find_ancestor(exp.Div) is None])
    return site is not None and replace(site, site.this.copy())


@fault("case_logic")
def aggregate_filter_changed(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    sites = [n for f in tree.find_all(exp.Filter) if f.find_ancestor(exp.Div) is None for n in f.find_all(*COMPARISONS)]
    turned = {exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE, exp.EQ: exp.NEQ, exp.NEQ: exp.EQ}
    site = one(rng, sites)
    return site is not None and replace(site, turned[type(site)](this=site.this, expression=site.expression))


@fault("cast_rounding")
def rounding_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, tree.find_all(exp.Round, exp.Ceil, exp.Floor))
    return site is not None and replace(site, exp.paren(site.this.copy()))


@fault("cast_rounding")
def digits_changed(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    site = one(rng, [n for n in tree.find_all(exp.Round) if n.args.get("decimals") is not None])
    return site is not None and replace(site.args["decimals"], exp.Literal.number(int(site.args["decimals"].name) + 1))


@fault("cast_rounding")
def cast_lost(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    casts = [n for n in tree.find_all(exp.Cast) if isinstance(n.this, exp.Column) and n.find_ancestor(exp.Div) is None]
    site = one(rng, casts)
    return site is not None and replace(site, site.this.copy())


@fault("cast_rounding")
def rounded(tree: exp.Expr, rng: random.Random, tables: Tables) -> bool:
    averages = [n for n in aggregates(tree) if isinstance(n, exp.Avg) and n.find_ancestor(exp.Round, exp.Cast) is None]
    site = one(rng, averages)
    if site is None:
        return False
    return replace(site, exp.Round(this=exp.cast(site.copy(), "numeric")))
