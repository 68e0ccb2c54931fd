"""Whether a statement's answer may depend on the order in which rows happen to lie, told from its tree alone.

A cheap rule that errs on the side of "may": what it lets pass is a function of the rows as a set, so that only the
rest has to be run on shuffled rows. A test runs both and holds the rule to it. Knows neither data nor keys: LIMIT
after an ORDER BY may vary as long as nobody has looked for ties.
"""

from __future__ import annotations

from sqlglot import exp

from schemas.sql import tree_of

_ORDERED = (exp.RowNumber, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue, exp.Ntile)
"""Window functions that tell rows apart which tie on the window's order."""
_GATHERING = (exp.ArrayAgg, exp.GroupConcat, exp.JSONArrayAgg, exp.JSONObjectAgg, exp.Mode, exp.Rand)
_PLAIN = frozenset({
    "round", "cardinality", "array_length", "daterange", "tsrange", "tstzrange", "numrange", "int4range", "isempty",
    "bit_count", "age", "jsonb_array_length", "jsonb_array_elements_text", "jsonb_object_keys", "to_char", "upper_inc",
})  # fmt: skip
"""Functions that sqlglot has no node for and that look at one row alone."""


def may_vary(sql: str) -> bool:
    """Whether the answer might differ on the same rows in another order; True where the statement cannot be read.

    >>> may_vary("SELECT a, COUNT(*) FROM t GROUP BY a ORDER BY 2"), may_vary("SELECT a FROM t ORDER BY b LIMIT 1")
    (False, True)
    """
    tree = tree_of(sql)
    return tree is None or any(_looks_at_order(node) for node in tree.walk())


def _looks_at_order(node: exp.Expr) -> bool:
    if isinstance(node, (exp.Limit, exp.Fetch, exp.Offset, *_ORDERED, *_GATHERING)):
        return True
    if isinstance(node, exp.Window):
        spec = node.args.get("spec")
        return spec is not None and str(spec.args.get("kind", "")).upper() != "RANGE"
    if isinstance(node, exp.Distinct):
        return node.args.get("on") is not None
    return isinstance(node, exp.Anonymous) and node.name.lower() not in _PLAIN


def cuts_without_order(sql: str) -> bool:
    """Whether some LIMIT or DISTINCT ON keeps rows that nothing has put in order: then which ones is chance.

    >>> cuts_without_order("SELECT a FROM t LIMIT 3"), cuts_without_order("SELECT a FROM t ORDER BY a LIMIT 3")
    (True, False)
    """
    tree = tree_of(sql)
    for query in tree.find_all(exp.Query) if tree is not None else ():
        distinct = query.args.get("distinct")
        picks = isinstance(distinct, exp.Distinct) and distinct.args.get("on") is not None
        if (query.args.get("limit") or query.args.get("offset") or picks) and not query.args.get("order"):
            return True
    return False
