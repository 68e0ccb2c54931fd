"""Small changes of a query that change its meaning: the near misses that a judge must tell from the query itself.

Each operator is one function, listed in `OPERATORS`, or in `AIMED` where it is used only when asked for: it looks at
one node of the tree and yields what may stand in its place. `mutants` applies operators at every node, one change at a
time. Used by the judge's mutation test and, by way of `schemas.aims`, by the generators' gate. Knows SQL and the
schema's tables; it does not know data, so some mutants are equivalent to their query: `schemas.equivalent` proves the
commonest kinds.

The idea of mutating a query's tokens within their family to test a test database is that of Zhong, Yu and Klein
(2020), "Semantic Evaluation for Text-to-SQL with Distilled Test Suites"; the operators here work on trees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from schemas import operators_aimed as aimed
from schemas import operators_joined as joined
from schemas import operators_output as output
from schemas import operators_rows as rows
from schemas.ddl import Table
from schemas.operator import Operator
from schemas.sql import tree_of


@dataclass(frozen=True, slots=True)
class Mutant:
    """One small change of a query."""

    operator: str
    """Key of `OPERATORS`."""
    sql: str
    change: str
    """What stood there and what stands there now: "> 3 -> >= 3"."""


def mutants(
    sql: str, tables: Sequence[Table] = (), operators: Sequence[str] = (), *, within: str = "", told: bool = True
) -> Iterator[Mutant]:
    """Every mutant of a query, in the order of its nodes; none repeats another's or the query's own text.

    Args:
        sql: one Postgres query; without a tree it has no mutants.
        tables: the schema, for changes that need to know columns.
        operators: keys of OPERATORS or AIMED to apply; all of OPERATORS if empty.
        within: a kind of node by sqlglot's name, such as "Having": only such nodes and what stands in them change.
        told: whether a mutant says what was changed; a fifth of its making, spared where nobody reads it.

    Example:
        >>> [mutant.sql for mutant in mutants("SELECT a FROM t WHERE b > 3", operators=("boundary",))]
        ['SELECT a FROM t WHERE b >= 3']
    """
    tree = tree_of(sql)
    if tree is None:
        return
    part: type[exp.Expr] | None = getattr(exp, within) if within else None
    seen = {_spelled(sql)}
    chosen = [(name, OPERATORS.get(name) or AIMED[name]) for name in operators or OPERATORS]
    for place, node in enumerate(tree.walk()):
        if part is not None and not isinstance(node, part) and node.find_ancestor(part) is None:
            continue
        for name, operator in chosen:
            for replacement in operator(node, tables):
                changed = _changed(tree, place, replacement)
                if changed is not None and changed not in seen:
                    seen.add(changed)
                    yield Mutant(name, changed, _said(node, replacement) if told else "")


def _said(node: exp.Expr, replacement: exp.Expr | None) -> str:
    after = "" if replacement is None else replacement.sql("postgres")
    return f"{node.sql('postgres')} -> {after or 'nothing'}"


@lru_cache(maxsize=64)
def _spelled(sql: str) -> str:
    """The query as sqlglot writes it: what a change that changes nothing comes out as."""
    tree = tree_of(sql)
    return "" if tree is None else str(tree.sql("postgres"))


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

AIMED: Mapping[str, Operator] = {
    "output_drop": aimed.output_drop,
    "output_add": aimed.output_add,
    "count_of": aimed.count_of,
    "group_add": aimed.group_add,
    "grouping_sets": aimed.grouping_sets,
    "percentile": aimed.percentile,
    "cast": aimed.cast,
    "text_function": aimed.text_function,
    "one_side": aimed.one_side,
    "json_key": aimed.json_key,
    "array": aimed.array,
    "in_range": aimed.in_range,
    "condition_column": aimed.condition_column,
    "join_drop": joined.join_drop,
    "join_add": joined.join_add,
    "filter_add": joined.filter_add,
    "literal_text": joined.literal_text,
    "list_item": joined.list_item,
    "negate": joined.negate,
}
"""Name -> operator that is applied only where it is asked for: what the judge's own set leaves out."""
