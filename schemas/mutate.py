"""Small changes of a query that change its meaning: the near misses that a judge must tell from the query itself.

Each operator is one function, listed in `OPERATORS`: it looks at one node of the tree and yields what may stand in its
place. `mutants` applies every operator at every node, one change at a time. Used by the judge's mutation test and by
the generators' gate. Knows SQL and the schema's tables; it does not know data, so some mutants are equivalent to their
query: `schemas.equivalent` proves the commonest kinds.

The idea of mutating a query's tokens within their family to test a test database is that of Zhong, Yu and Klein
(2020), "Semantic Evaluation for Text-to-SQL with Distilled Test Suites"; the operators here work on trees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from schemas import operators_output as output
from schemas import operators_rows as rows
from schemas.ddl import Table
from schemas.operator import Operator
from schemas.sql import parse


@dataclass(frozen=True, slots=True)
class Mutant:
    """One small change of a query."""

    operator: str
    """Key of `OPERATORS`."""
    sql: str
    change: str
    """What stood there and what stands there now: "> 3 -> >= 3"."""


def mutants(sql: str, tables: Sequence[Table] = (), operators: Sequence[str] = ()) -> Iterator[Mutant]:
    """Every mutant of a query, in the order of its nodes; none repeats another's or the query's own text.

    Args:
        sql: one Postgres query; without a tree it has no mutants.
        tables: the schema, for changes that need to know columns.
        operators: keys of OPERATORS to apply; all if empty.

    Example:
        >>> [mutant.sql for mutant in mutants("SELECT a FROM t WHERE b > 3", operators=("boundary",))]
        ['SELECT a FROM t WHERE b >= 3']
    """
    tree = parse(sql)
    if tree is None:
        return
    seen = {tree.sql("postgres")}
    for place, node in enumerate(tree.walk()):
        for name in operators or OPERATORS:
            for replacement in OPERATORS[name](node, tables):
                changed = _changed(tree, place, replacement)
                if changed is not None and changed not in seen:
                    seen.add(changed)
                    after = "" if replacement is None else replacement.sql("postgres")
                    yield Mutant(name, changed, f"{node.sql('postgres')} -> {after or 'nothing'}")


def _changed(tree: exp.Expr, place: int, replacement: exp.Expr | None) -> str | None:
    """The query's text with the node at that place of the walk replaced or taken out."""
    copy = tree.copy()
    node = next(node for number, node in enumerate(copy.walk()) if number == place)
    if node is copy:
        return None if replacement is None else str(replacement.sql("postgres"))
    if replacement is None:
        node.pop()
    else:
        node.replace(replacement)
    return str(copy.sql("postgres"))


OPERATORS: dict[str, Operator] = {
    "aggregate": output.aggregate,
    "comparison": rows.comparison,
    "boundary": rows.boundary,
    "logic": rows.logic,
    "predicate_drop": rows.predicate_drop,
    "join_type": rows.join_type,
    "join_key": rows.join_key,
    "distinct": output.distinct,
    "order": output.order,
    "limit": output.limit,
    "date_unit": rows.date_unit,
    "interval": rows.interval,
    "literal_neighbour": rows.literal_neighbour,
    "column_swap": output.column_swap,
    "set_operation": output.set_operation,
    "null_handling": rows.null_handling,
    "window_frame": output.window_frame,
    "rank": output.rank,
    "group_key": output.group_key,
    "rounding": output.rounding,
    "arithmetic": output.arithmetic,
    "case_branch": output.case_branch,
    "text_match": rows.text_match,
}
"""Name -> operator, in the order in which they are tried at a node."""
