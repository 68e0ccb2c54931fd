"""Answers that a question settles in advance: a share of all or none, one group, one candidate for each first place.

Read off the statement's form and what its columns held on one instance; `uncut` gives a further statement whose number
of rows tells whether the first one chose at all. Knows neither patterns nor how statements are run.
"""

from __future__ import annotations

from sqlglot import exp

from schemas.records import Execution
from schemas.sql import tree_of

ALIKE = 3
"""Groups from which on one figure for all of them is no accident."""


def dull(sql: str, ended: Execution) -> str:
    """Why an answer says nothing that the question does not say, a few words; empty where it does say something.

    Args:
        sql: the statement.
        ended: how it ended on one instance, with rows.
    """
    tree = tree_of(sql)
    if not isinstance(tree, exp.Select):
        return ""
    if ended.void:
        return "a column without a value"
    columns = [item.unalias() for item in tree.expressions]
    if len(columns) != len(ended.only):
        return ""
    for column, value in zip(columns, ended.only, strict=True):
        if _is_share(column) and value is not None and (ended.rows > 1 or value in {"0", "1", "100"}):
            return "the same share for all"
    group = tree.args.get("group")
    ranked = any(column.find(exp.Window) is not None for column in columns)
    if ended.rows == 1 and (group is not None or ranked) and not tree.args.get("having") and not _limit(tree):
        return "one group only"
    plain = group is not None and not tree.args.get("having") and not _limit(tree)
    figures = [value for column, value in zip(columns, ended.only, strict=True) if _is_figure(column)]
    if plain and ended.rows >= ALIKE and figures and all(value is not None for value in figures):
        return "the same figure for all"
    return ""


def uncut(sql: str) -> str:
    """The statement without the LIMIT or the test that keeps the first places, overall or of each; empty for any other.

    >>> uncut("SELECT a FROM t GROUP BY a ORDER BY COUNT(*) DESC LIMIT 3")
    'SELECT a FROM t GROUP BY a ORDER BY COUNT(*) DESC'
    """
    tree = tree_of(sql)
    if not isinstance(tree, exp.Select):
        return ""
    if _limit(tree):
        whole = tree.copy()
        whole.set("limit", None)
        return whole.sql(dialect="postgres")
    if any(item.find(exp.Limit) for item in tree.find_all(exp.Lateral)):
        whole = tree.copy()
        for cut in [cut for item in whole.find_all(exp.Lateral) for cut in item.find_all(exp.Limit)]:
            cut.pop()
        return whole.sql(dialect="postgres")
    names = {
        item.alias for item in tree.find_all(exp.Alias)
        if isinstance(item.this, exp.Window) and item.this.args.get("partition_by")
    }  # fmt: skip
    where = tree.args.get("where")
    if where is None or not isinstance(where.this, (exp.EQ, exp.LTE)):
        return ""
    if not isinstance(where.this.this, exp.Column) or where.this.this.name not in names:
        return ""
    whole = tree.copy()
    whole.set("where", None)
    return whole.sql(dialect="postgres")


def _limit(tree: exp.Select) -> bool:
    return tree.args.get("limit") is not None


def _is_figure(column: exp.Expr) -> bool:
    """Whether a column is worked out over a group rather than shown of it."""
    return column.find(exp.AggFunc) is not None and column.find(exp.Window) is None


def _is_share(column: exp.Expr) -> bool:
    """Whether a column is a part of a whole: one filtered aggregate over one without a filter, or over a total."""
    node = column
    while isinstance(node, (exp.Paren, exp.Round)) or (
        isinstance(node, exp.Anonymous) and node.name.upper() == "ROUND" and node.expressions
    ):
        node = node.expressions[0] if isinstance(node, exp.Anonymous) else node.this
    if not isinstance(node, exp.Div) or node.this.find(exp.Sub, exp.Window):
        return False
    below = node.expression
    if below.find(exp.Filter):
        return False
    return node.this.find(exp.Filter) is not None or below.find(exp.Window) is not None
