"""Concepts of SQL and modes of failure, one line each: the words that evaluator and generators share.

Concepts are detected in a query by `schemas.sql.concepts`; modes are decided by `evaluator.diagnose`. This module
only names them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Concept:
    """One SQL idea."""

    name: str
    family: str
    stage: int
    """Curriculum stage, 1 (basics) to 5 (analytics)."""
    meaning: str


@dataclass(frozen=True, slots=True)
class Mode:
    """One way an answer can be wrong."""

    name: str
    meaning: str
    family: str
    """Concept family whose examples are made against it; "" follows the gold's own families."""
    example: str
    """What is expected, and what stood there."""
    nl2sql_bugs: str
    """The nearest of the categories of NL2SQL-BUGs, one of NL2SQL_BUGS."""
    maple: str
    """The nearest of the categories of MapleRepair (arXiv 2501.09310), one of MAPLE."""


NL2SQL_BUGS = ("attribute", "table", "value", "operator", "condition", "function", "clause", "subquery", "other")
MAPLE = ("syntax", "schema", "logic", "convention", "semantic", "gold error", "output format")


def _concepts(*rows: tuple[str, str, int, str]) -> dict[str, Concept]:
    return {name: Concept(name, family, stage, meaning) for name, family, stage, meaning in rows}


CONCEPTS: dict[str, Concept] = _concepts(
    ("projection", "select", 1, "named columns of one table, no condition"),
    ("compare", "filter", 1, "a number or text compared with a literal"),
    ("between", "filter", 1, "a range with both ends"),
    ("in_list", "filter", 1, "one of several literals"),
    ("logic", "filter", 1, "conditions joined by OR, or negated"),
    ("null_test", "null", 1, "IS NULL and IS NOT NULL"),
    ("like", "string", 1, "text matched by a pattern"),
    ("distinct", "distinct", 1, "duplicates removed, or counted once"),
    ("order_limit", "ordering", 1, "sorted, the first n"),
    ("count", "aggregate", 1, "rows counted"),
    ("aggregate", "aggregate", 1, "sum, average, least or greatest over rows"),
    ("group_by", "grouping", 2, "an aggregate per group"),
    ("having", "grouping", 2, "a condition on a group's aggregate"),
    ("join", "join", 2, "two tables through a key"),
    ("multi_join", "join", 2, "three or more tables"),
    ("self_join", "join", 2, "a table joined with itself"),
    ("outer_join", "join", 2, "rows kept that have no partner"),
    ("anti_join", "anti_join", 2, "rows that have no partner"),
    ("date_filter", "date", 3, "a fixed day, month or year"),
    ("date_relative", "date", 3, "a span that ends today"),
    ("date_trunc", "date", 3, "time cut to a month, week or quarter"),
    ("date_part", "date", 3, "year, month, weekday or hour of a time"),
    ("date_diff", "date", 3, "time elapsed between two points"),
    ("string_function", "string", 3, "text changed or measured"),
    ("case", "case", 3, "values sorted into named bins"),
    ("rounding", "cast", 3, "rounded or cast numbers"),
    ("ratio", "ratio", 3, "one quantity over another"),
    ("share_if", "ratio", 3, "share of rows that meet a condition"),
    ("coalesce", "null", 3, "a default for a missing value"),
    ("filter_aggregate", "case", 3, "an aggregate over rows that meet a condition"),
    ("scalar_subquery", "subquery", 4, "compared with one computed value"),
    ("in_subquery", "subquery", 4, "membership in a query's result"),
    ("exists", "subquery", 4, "some row exists, or none"),
    ("correlated", "subquery", 4, "a subquery that looks at the outer row"),
    ("cte", "cte", 4, "a named step before the main query"),
    ("multi_cte", "cte", 4, "two or more named steps"),
    ("derived_table", "cte", 4, "a query in FROM"),
    ("set_operation", "set_operation", 4, "UNION, INTERSECT, EXCEPT"),
    ("window_rank", "window", 5, "a position within a group"),
    ("window_aggregate", "window", 5, "running, moving or whole-group aggregates beside rows"),
    ("window_lag", "window", 5, "the row before or after"),
    ("share_of_total", "ratio", 5, "a part over the whole"),
    ("growth", "ratio", 5, "change against the period before"),
    ("percentile", "aggregate", 5, "median and percentiles"),
    ("top_per_group", "window", 5, "the first n of each group"),
    ("recursive", "cte", 5, "a query that refers to itself"),
    ("lateral", "join", 5, "a subquery in FROM that sees the row beside it"),
    ("generate_series", "date", 5, "a series of numbers or days as a table"),
    ("grouping_sets", "grouping", 5, "several groupings at once"),
    ("json", "json", 5, "a field of a JSON value"),
    ("array", "array", 5, "elements of an array"),
    ("range", "range", 5, "overlap and containment of ranges"),
)


def _modes(*rows: tuple[str, str, str, str, str, str]) -> dict[str, Mode]:
    return {row[0]: Mode(*row) for row in rows}


# In the order they are decided; the first four need no comparison with the gold. Columns: name, meaning, family,
# example (expected; got), NL2SQL-BUGs, MapleRepair.
MODES: dict[str, Mode] = _modes(
    ("no_sql", "empty, truncated, prose, several statements, or not a read", "",
     "a SELECT; \"I cannot answer that\"", "other", "syntax"),
    ("syntax", "Postgres cannot parse it", "", "SELECT a FROM t; SELECT a FORM t", "other", "syntax"),
    ("binding", "a table, column, function or type that does not exist or fit", "",
     "guest.email; guest.mail", "attribute", "schema"),
    ("runtime", "it parses but fails or does not end while running", "",
     "a / NULLIF(b, 0); a / b", "other", "logic"),
    ("projection_missing", "a column asked for is not returned", "select",
     "SELECT name, city; SELECT name", "attribute", "output format"),
    ("projection_extra", "a column nobody asked for is returned", "select",
     "SELECT name; SELECT id, name", "attribute", "output format"),
    ("projection_wrong", "another column or expression is returned", "select",
     "SELECT name; SELECT code", "attribute", "semantic"),
    ("aggregate", "the wrong aggregate, or over the wrong expression", "aggregate",
     "sum(amount); avg(amount)", "function", "semantic"),
    ("distinct", "DISTINCT missing, or where it does not belong", "distinct",
     "count(DISTINCT guest_id); count(guest_id)", "clause", "logic"),
    ("join_missing", "a table needed is not joined", "join",
     "FROM stay JOIN room; FROM stay", "table", "schema"),
    ("join_extra", "a table not needed multiplies or drops rows", "join",
     "FROM stay; FROM stay JOIN folio", "table", "logic"),
    ("join_key", "joined on the wrong columns", "join",
     "ON l.folio_id = f.folio_id; ON l.line_id = f.folio_id", "condition", "schema"),
    ("join_type", "inner where outer was needed, or the reverse", "join",
     "hotel LEFT JOIN stay; hotel JOIN stay", "table", "logic"),
    ("filter_missing", "a condition asked for is absent", "filter",
     "WHERE status = 'paid'; no WHERE", "condition", "semantic"),
    ("filter_extra", "a condition nobody asked for", "filter",
     "no WHERE; WHERE status = 'paid'", "condition", "semantic"),
    ("filter_column", "the condition is on another column", "filter",
     "check_in >= '2025-01-01'; check_out >= '2025-01-01'", "condition", "schema"),
    ("filter_operator", "the wrong comparison or connective", "filter",
     "a OR b; a AND b", "operator", "semantic"),
    ("filter_value", "the wrong literal", "filter",
     "status = 'void'; status = 'voided'", "value", "semantic"),
    ("filter_boundary", "off by one end: < for <=, or an open end closed", "filter",
     "nights >= 3; nights > 3", "operator", "semantic"),
    ("grouping", "grouped by the wrong columns", "grouping",
     "GROUP BY hotel_id; GROUP BY hotel_id, room_no", "clause", "logic"),
    ("having", "the condition on the group is wrong or absent", "grouping",
     "HAVING count(*) > 10; HAVING count(*) > 5", "condition", "logic"),
    ("ordering", "sorted by another key or the other way", "ordering",
     "ORDER BY n DESC; ORDER BY n", "clause", "semantic"),
    ("limit", "the wrong number of rows kept", "ordering", "LIMIT 3; LIMIT 1", "clause", "semantic"),
    ("set_operation", "UNION, INTERSECT or EXCEPT missing or swapped", "set_operation",
     "EXCEPT; INTERSECT", "clause", "logic"),
    ("nesting", "a subquery or CTE missing, extra, negated or cut from its outer row", "subquery",
     "NOT EXISTS (...); EXISTS (...)", "subquery", "logic"),
    ("window", "wrong partition, order, frame or function of a window", "window",
     "OVER (PARTITION BY city ORDER BY n); OVER (ORDER BY n)", "function", "logic"),
    ("date_logic", "wrong unit, boundary, interval or part of a date, or another day", "date",
     "date_trunc('month', t); date_trunc('week', t)", "function", "semantic"),
    ("ratio_logic", "integer division, wrong denominator, scale or step", "ratio",
     "100.0 * a / b; a / b", "function", "logic"),
    ("null_handling", "NULLs kept, dropped or replaced wrongly", "null",
     "left_on IS NULL; left_on = NULL", "condition", "convention"),
    ("string_match", "pattern, case or trimming of text is wrong", "string",
     "name ILIKE '%ann%'; name = 'ann'", "value", "convention"),
    ("case_logic", "the branches of a CASE or FILTER differ", "case",
     "WHEN price > 20 THEN 'dear'; WHEN price > 10 THEN 'dear'", "function", "logic"),
    ("cast_rounding", "cast or rounded where it should not be, or not at all", "cast",
     "round(avg(x), 2); avg(x)", "function", "output format"),
    ("restructured", "too different from the gold to say", "", "", "other", "semantic"),
)  # fmt: skip

ASIDE: dict[str, Mode] = _modes(
    ("gold_suspect", "the gold looks wrong: different models agree on another answer", "",
     "", "other", "gold error"),
    ("ambiguous", "the question does not say which of two answers is meant", "", "", "other", "gold error"),
)  # fmt: skip
"""What is the question's fault: kept apart from MODES, listed by `loop triage`, never read by the planner."""

FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(concept.family for concept in CONCEPTS.values()))


def family_of(concept: str) -> str:
    """Family of a concept; `KeyError` for a name not in CONCEPTS."""
    return CONCEPTS[concept].family
