"""Rewrites of a query that keep its meaning: what a judge must not punish and a diagnosis must not report.

Not imported by the evaluator: it must not know what it is tested with. Each rewrite is a function from a tree to the
changed tree, or None where it does not apply. Knows SQL, neither schema nor data.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import sqlglot
from sqlglot import exp

Rewrite = Callable[[exp.Expr], "exp.Expr | None"]


def rename_aliases(tree: exp.Expr) -> exp.Expr | None:
    """Aliases that stand once in the query under other names."""
    named = [node for node in tree.find_all(exp.Table, exp.Subquery) if node.alias]
    counts = Counter(node.alias for node in named)
    tables = {node.name for node in tree.find_all(exp.Table)} | {cte.alias for cte in tree.find_all(exp.CTE)}
    whole_rows = {column.name for column in tree.find_all(exp.Column) if not column.table}
    renamed = {}
    for number, node in enumerate(named):
        alias = node.alias
        if counts[alias] == 1 and alias not in tables and alias not in whole_rows and not node.args["alias"].columns:
            renamed[alias] = f"x{number}"
            node.set("alias", exp.TableAlias(this=exp.to_identifier(renamed[alias])))
    for column in tree.find_all(exp.Column):
        if column.table in renamed:
            column.set("table", exp.to_identifier(renamed[column.table]))
    return tree if renamed else None


def reverse_conjunctions(tree: exp.Expr) -> exp.Expr | None:
    """The sides of every AND and OR exchanged."""
    nodes = list(tree.find_all(exp.And, exp.Or))
    for node in nodes:
        left, right = node.this.copy(), node.expression.copy()
        if isinstance(node, exp.And):  # an OR on either side stands in parentheses already
            node.set("this", exp.paren(right) if isinstance(right, exp.And) else right)
        else:
            node.set("this", exp.paren(right) if isinstance(right, exp.Or) else right)
        node.set("expression", exp.paren(left) if isinstance(left, (exp.And, exp.Or)) else left)
    return tree if nodes else None


def flip_comparisons(tree: exp.Expr) -> exp.Expr | None:
    """b < a for a > b."""
    flipped: dict[type[exp.Expr], type[exp.Expr]] = {
        exp.GT: exp.LT, exp.LT: exp.GT, exp.GTE: exp.LTE, exp.LTE: exp.GTE, exp.EQ: exp.EQ, exp.NEQ: exp.NEQ,
    }  # fmt: skip
    changed = False
    for node in list(tree.find_all(*flipped)):
        if isinstance(node.expression, (exp.Any, exp.All)):
            continue
        node.replace(flipped[type(node)](this=node.expression.copy(), expression=node.this.copy()))
        changed = True
    return tree if changed else None


def swap_first_join(tree: exp.Expr) -> exp.Expr | None:
    """The first two tables of an inner join the other way round."""
    changed = False
    for select in tree.find_all(exp.Select):
        source, joins = select.args.get("from_"), select.args.get("joins") or []
        if source is None or not joins or select.find(exp.Star) or select.args.get("distinct"):
            continue
        first = joins[0]
        plain = not first.args.get("side") and not first.args.get("kind") and first.args.get("on") is not None
        if plain and isinstance(source.this, exp.Table) and isinstance(first.this, exp.Table):
            left, right = source.this.copy(), first.this.copy()
            source.set("this", right)
            first.set("this", left)
            changed = True
    return tree if changed else None


def in_to_or(tree: exp.Expr) -> exp.Expr | None:
    """A list of values spelt out."""
    changed = False
    for node in list(tree.find_all(exp.In)):
        if node.expressions and isinstance(node.this, exp.Column):
            tests = [exp.EQ(this=node.this.copy(), expression=item.copy()) for item in node.expressions]
            node.replace(exp.paren(exp.or_(*tests)))
            changed = True
    return tree if changed else None


def between_to_comparisons(tree: exp.Expr) -> exp.Expr | None:
    """BETWEEN as two comparisons."""
    nodes = list(tree.find_all(exp.Between))
    for node in nodes:
        low = exp.GTE(this=node.this.copy(), expression=node.args["low"].copy())
        high = exp.LTE(this=node.this.copy(), expression=node.args["high"].copy())
        node.replace(exp.paren(exp.and_(low, high)))
    return tree if nodes else None


def derived_to_cte(tree: exp.Expr) -> exp.Expr | None:
    """A query in the outermost FROM as a CTE."""
    if not isinstance(tree, exp.Select) or tree.args.get("with_") or tree.args.get("from_") is None:
        return None
    source = tree.args["from_"].this
    if not isinstance(source, exp.Subquery) or not source.alias or source.args["alias"].columns:
        return None
    name = source.alias
    inner = source.this.copy()
    tree.args["from_"].set("this", exp.to_table(name))
    return tree.with_(name, as_=inner, copy=False)


def cte_to_derived(tree: exp.Expr) -> exp.Expr | None:
    """The only CTE, where it is used once, as a query in FROM."""
    with_ = tree.args.get("with_")
    if with_ is None or with_.args.get("recursive") or len(with_.expressions) != 1:
        return None
    cte = with_.expressions[0]
    uses = [table for table in tree.find_all(exp.Table) if table.name == cte.alias]
    if len(uses) != 1 or cte.args["alias"].columns:
        return None
    alias = uses[0].alias or cte.alias
    uses[0].replace(exp.Subquery(this=cte.this.copy(), alias=exp.TableAlias(this=exp.to_identifier(alias))))
    tree.set("with_", None)
    return tree


def wrap(tree: exp.Expr) -> exp.Expr | None:
    """SELECT * around a query whose order does not count."""
    if tree.args.get("order") or tree.args.get("limit") or isinstance(tree, exp.Subquery):
        return None
    names = [item.alias_or_name for item in tree.selects]
    if len(set(names)) < len(names):
        return None
    return exp.select("*").from_(exp.Subquery(this=tree, alias=exp.TableAlias(this=exp.to_identifier("w"))))


def de_morgan(tree: exp.Expr) -> exp.Expr | None:
    """NOT (NOT a AND NOT b) for a OR b."""
    nodes = list(tree.find_all(exp.Or))
    for node in nodes:
        if node.parent is None:
            continue
        sides = [exp.Not(this=exp.paren(side.copy())) for side in (node.this, node.expression)]
        node.replace(exp.Not(this=exp.paren(exp.and_(*sides))))
    return tree if nodes else None


REWRITES: dict[str, Rewrite] = {
    "rename_aliases": rename_aliases,
    "reverse_conjunctions": reverse_conjunctions,
    "flip_comparisons": flip_comparisons,
    "swap_first_join": swap_first_join,
    "in_to_or": in_to_or,
    "between_to_comparisons": between_to_comparisons,
    "derived_to_cte": derived_to_cte,
    "cte_to_derived": cte_to_derived,
    "wrap": wrap,
    "de_morgan": de_morgan,
}


def rewritten(sql: str, name: str) -> str | None:
    """The query under one rewrite, or None where that does not apply."""
    tree = sqlglot.parse_one(sql, read="postgres")
    changed = REWRITES[name](tree)
    return None if changed is None else changed.sql("postgres")


def reformatted(sql: str, seed: int) -> str:
    """The same text under another layout: line breaks, indents, spaces doubled; literals untouched."""
    rng = random.Random(seed)
    tokens = sqlglot.tokenize(sql, read="postgres")
    parts, last = [], 0
    for token in tokens:
        parts.append(sql[last : token.start].replace(" ", rng.choice((" ", "  ", "\n", "\n    ", "\t"))))
        parts.append(sql[token.start : token.end + 1])
        last = token.end + 1
    return "".join([*parts, sql[last:]])
