"""Names in FROM: labels, the columns that sources have, and the columns of expressions named in full."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from evaluator.trees.spelling import text

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
    current_date current_time current_timestamp current_user default deferrable desc distinct do else end except
    false fetch for foreign from grant group having in initially intersect into lateral leading limit localtime
    localtimestamp not null offset on only or order placing primary references returning select session_user some
    symmetric table then to trailing true union unique user using variadic when where window with
    """.split()  # noqa: SIM905
)
"""Words that Postgres takes for a name only in quotes."""


@dataclass(slots=True)
class Source:
    """What a name in FROM stands for."""

    label: str
    columns: Mapping[str, str] | None
    """Name as written -> canonical name; None where the columns are not known."""


Scope = dict[str, Source]
"""Alias or name -> source."""


def tidy(join: exp.Join) -> None:
    """JOIN for INNER JOIN, LEFT JOIN for LEFT OUTER JOIN."""
    if join.kind in {"INNER", "OUTER"}:
        join.set("kind", None)


def has_tail(node: exp.Expr) -> bool:
    """Whether a query has ORDER BY, LIMIT or OFFSET."""
    return any(node.args.get(key) for key in ("order", "limit", "offset"))


def fold(name: exp.Identifier) -> None:
    """A name as Postgres reads it, in place: lower case unless in quotes; in quotes only where it needs them."""
    word = name.name if name.args.get("quoted") else name.name.lower()
    name.set("this", word)
    name.set("quoted", not _PLAIN_NAME.fullmatch(word) or word in _RESERVED)


def under(node: exp.Expr, name: str) -> exp.Alias:
    """An expression called by a name; a subquery too is put into an Alias, so that one way takes all names off."""
    return exp.Alias(this=node, alias=exp.to_identifier(name))


def identifier(name: str) -> exp.Identifier:
    """A name, in quotes where it needs them."""
    return exp.to_identifier(name, quoted=not _PLAIN_NAME.fullmatch(name) or name in _RESERVED)


def column_of(table: str, name: str) -> exp.Column:
    """A column of a source."""
    return exp.Column(this=identifier(name), table=identifier(table) if table else None)


def free_label(base: str, taken: set[str]) -> str:
    """A label that is free: item, item_2 ..."""
    number, label = 1, base
    while label in taken:
        number += 1
        label = f"{base}_{number}"
    return label


def numbered(names: Sequence[str]) -> dict[str, str]:
    """Written name -> c1, c2 ...; what has no name of its own can be meant by a star only."""
    numbered: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        numbered[f"{name} ?{number}" if not name or name in numbered else name] = f"c{number}"
    return numbered


def name_column(column: exp.Column, scopes: tuple[Scope, ...]) -> None:
    """Give a column its source's label; one that nothing explains stays as it is."""
    name, table = column.name, column.table
    for scope in scopes:
        if table:
            source = scope.get(table)
        else:
            source = next((s for s in scope.values() if s.columns is not None and name in s.columns), None)
            unknown = [s for s in scope.values() if s.columns is None]
            if source is None and len(unknown) == 1 and len(scope) == 1:
                source = unknown[0]
            if source is None and name in scope:  # the row of a table, or a function called like its column
                only = scope[name]
                column.replace(exp.Column(this=identifier(only.label)))
                return
        if source is not None:
            renamed = identifier((source.columns or {}).get(name, name))
            renamed.meta.update(column.this.meta)
            column.set("this", renamed)
            column.set("table", identifier(source.label))
            return


def distinct_of_groups(node: exp.Select) -> None:
    """GROUP BY exactly the columns shown, without an aggregate, is DISTINCT."""
    group = node.args.get("group")
    if group is None or node.args.get("having") or node.args.get("distinct") or len(group.args) > 1:
        return
    if len(group.expressions) != len(node.expressions) or node.find(exp.AggFunc, exp.Window) is not None:
        return
    if {text(item.unalias()) for item in node.expressions} == {text(key) for key in group.expressions}:
        node.set("group", None)
        node.set("distinct", exp.Distinct())


def shown_by_exists(node: exp.Expr) -> None:
    """EXISTS does not look at columns or order."""
    if isinstance(node, exp.Select):
        node.set("expressions", [exp.Literal.number(1)])
        node.set("order", None)


def strip_names(node: exp.Expr) -> None:
    """Take the names off the columns that a query shows."""
    while isinstance(node, exp.SetOperation):
        node = node.this
    if isinstance(node, exp.Select):
        node.set("expressions", [item.unalias() for item in node.expressions])
