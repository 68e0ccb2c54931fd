"""Parentheses where operators need them, and nowhere else."""

from __future__ import annotations

from sqlglot import exp

COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)

_STRENGTH: dict[type[exp.Expr], int] = {
    exp.Or: 1, exp.And: 2, exp.Not: 3, exp.Add: 6, exp.Sub: 6, exp.Mul: 7, exp.Div: 7, exp.Mod: 7, exp.Neg: 8,
    exp.AtTimeZone: 9, exp.Bracket: 10, exp.In: 4, exp.Between: 4,
    **dict.fromkeys((*COMPARISONS, exp.Is, exp.Like, exp.ILike, exp.SimilarTo), 4),
}  # fmt: skip


def _strength(node: exp.Expr) -> int:
    """How strongly an operator binds; 0 for what is none."""
    known = _STRENGTH.get(type(node), 0)
    return known or (5 if isinstance(node, exp.Binary) and not isinstance(node, exp.Dot) else 0)


def _needs_parentheses(node: exp.Expr) -> bool:
    parent = node.parent
    if parent is None or isinstance(parent, exp.Escape):
        return False
    inner, outer = _strength(node), _strength(parent)
    if not inner or not outer or node.arg_key not in {"this", "expression"}:
        return False
    chained = outer in {1, 2, 6, 7} and (node.arg_key == "this" or outer in {1, 2})
    return inner < outer or (inner == outer and not chained)


def parenthesize(tree: exp.Expr) -> exp.Expr:
    """Put parentheses where operators need them, in place; returns the tree."""
    for node in list(tree.walk(bfs=True)):
        if _needs_parentheses(node):
            holder = exp.Paren()
            node.replace(holder)
            holder.set("this", node)
    return tree
