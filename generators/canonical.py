"""Hand-written SQL in the generators' style: one way to write a thing, so that a small model has one way to learn.

Table aliases become the tables' names where that is unambiguous, needless qualifiers go, keywords and functions are
spelt one way. The result is unchanged (a test executes both); where sqlglot cannot read a statement, it stays as it is.
Knows nothing of schemas.
"""

from __future__ import annotations

from collections import Counter

from sqlglot import exp

from generators.expr import finish
from schemas.sql import normalize_whitespace, parse


def canonical(sql: str) -> str:
    """The statement in the generators' style.

    >>> canonical("select h.name, count(*) from hotel h join stay s on s.hotel_id = h.hotel_id group by h.name")
    'SELECT hotel.name, COUNT(*) FROM hotel JOIN stay USING (hotel_id) GROUP BY hotel.name'
    """
    tree = parse(sql)
    if tree is None:
        return normalize_whitespace(sql)
    _drop_aliases(tree)
    for select in tree.find_all(exp.Select):
        _use_using(select)
    return finish(tree)


def _drop_aliases(tree: exp.Expr) -> None:
    """Call each table by its name, if it stands in the statement once and nothing else is called so."""
    tables = [table for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    counts = Counter(table.name for table in tables)
    aliases = Counter(table.alias for table in tables if table.alias)
    taken = {cte.alias for cte in tree.find_all(exp.CTE)} | {item.alias for item in tree.find_all(exp.Subquery)}
    renamed: dict[str, str] = {}
    for table in tables:
        alias = table.alias
        if not alias or table.args["alias"].columns or counts[table.name] > 1 or aliases[alias] > 1:
            continue
        if table.name in taken or alias in counts or alias in taken:
            continue
        renamed[alias] = table.name
        table.set("alias", None)
    for column in tree.find_all(exp.Column):
        if column.table in renamed:
            column.set("table", exp.to_identifier(renamed[column.table]))


def _use_using(select: exp.Select) -> None:
    """Write the first join as USING where both sides call the key alike; later ones might name a column twice."""
    joins = select.args.get("joins") or []
    on = joins[0].args.get("on") if joins else None
    if not isinstance(on, exp.EQ) or not isinstance(on.this, exp.Column) or not isinstance(on.expression, exp.Column):
        return
    if on.this.name == on.expression.name and on.this.table and on.expression.table:
        joins[0].set("using", [exp.to_identifier(on.this.name)])
        joins[0].set("on", None)
