"""Which small changes are aimed at a concept, and which at a failure mode: what a training pair must tell apart.

A pair that is made to teach a concept must have an answer that changes when just that concept is got wrong. An aim is
an operator of `schemas.mutate`, at times only within a part of the query: "aggregate@Window". The likeliest to change
the answer stands first. Knows names, not data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from schemas.ddl import Table
from schemas.mutate import Mutant, mutants
from schemas.taxonomy import CONCEPTS

_STEP = ("predicate_drop@CTE", "aggregate@CTE", "boundary@CTE", "count_of@CTE", "group_key@CTE", "group_add@CTE",
         "window_frame@CTE", "date_unit@CTE", "distinct@CTE", "filter_add@CTE")  # fmt: skip
_NESTED = ("predicate_drop@Subquery", "aggregate@Subquery", "group_key@Subquery", "count_of@Subquery",
           "distinct@Subquery", "group_add@Subquery", "filter_add@Subquery", "boundary@Subquery",
           "column_swap@Subquery")  # fmt: skip

CONCEPT_AIMS: Mapping[str, tuple[str, ...]] = {
    "projection": ("output_drop", "column_swap", "output_add"),
    "compare": ("comparison", "boundary", "literal_neighbour", "literal_text", "predicate_drop"),
    "between": ("boundary", "predicate_drop", "condition_column"),
    "in_list": ("list_item", "literal_text", "negate", "logic"),
    "logic": ("logic", "comparison"),
    "null_test": ("null_handling", "predicate_drop"),
    "like": ("text_match", "comparison", "predicate_drop", "logic"),
    "distinct": ("distinct", "array"),
    "order_limit": ("order", "limit"),
    "count": ("count_of", "aggregate", "distinct", "predicate_drop", "filter_add"),
    "aggregate": ("aggregate", "distinct", "column_swap", "predicate_drop"),
    "group_by": ("group_key", "group_add", "column_swap"),
    "having": ("predicate_drop@Having", "boundary@Having", "literal_neighbour@Having", "comparison@Having"),
    "join": ("join_drop", "join_type", "join_key", "predicate_drop", "join_add"),
    "multi_join": ("join_drop", "join_type", "join_key", "predicate_drop", "join_add"),
    "self_join": ("predicate_drop", "join_type", "join_key", "comparison", "condition_column"),
    "outer_join": ("join_type",),
    "anti_join": ("logic", "null_handling", "join_type"),
    "date_filter": ("literal_neighbour", "boundary", "predicate_drop", "comparison"),
    "date_relative": ("interval", "boundary", "predicate_drop", "comparison", "date_unit", "arithmetic"),
    "date_trunc": ("date_unit",),
    "date_part": ("date_unit", "literal_neighbour", "comparison"),
    "date_diff": ("arithmetic", "comparison", "boundary", "date_unit"),
    "string_function": ("text_function", "text_match"),
    "case": ("case_branch", "boundary@Case", "comparison@Case"),
    "rounding": ("rounding", "cast"),
    "ratio": ("arithmetic", "predicate_drop"),
    "share_if": ("predicate_drop@Filter", "comparison@Filter", "case_branch", "arithmetic"),
    "coalesce": ("null_handling",),
    "filter_aggregate": ("predicate_drop@Filter", "comparison@Filter", "case_branch", "boundary@Filter"),
    "scalar_subquery": (*_NESTED, "comparison", "arithmetic"),
    "in_subquery": ("negate", "logic", "predicate_drop@In"),
    "exists": ("negate", "logic", "predicate_drop@Exists"),
    "correlated": ("predicate_drop@Exists", *_NESTED, "negate", "logic"),
    "cte": _STEP,
    "multi_cte": _STEP,
    "derived_table": _NESTED,
    "set_operation": ("set_operation", "one_side"),
    "window_rank": ("rank", "window_frame", "order@Window"),
    "window_aggregate": ("window_frame", "aggregate@Window", "order@Window", "count_of@Window"),
    "window_lag": ("rank", "order@Window", "window_frame"),
    "share_of_total": ("window_frame", "arithmetic", "predicate_drop"),
    "growth": ("rank", "arithmetic", "order@Window", "predicate_drop@Filter"),
    "percentile": ("percentile",),
    "top_per_group": ("window_frame", "order@Window", "literal_neighbour", "limit@Lateral", "rank", "order@Lateral",
                      "order"),
    "recursive": ("one_side",),
    "lateral": ("limit@Lateral", "order@Lateral", "predicate_drop@Lateral", "aggregate@Lateral"),
    "generate_series": ("join_type", "interval", "date_unit", "literal_neighbour"),
    "grouping_sets": ("grouping_sets",),
    "json": ("json_key", "comparison", "predicate_drop"),
    "array": ("array", "order@ArrayAgg", "literal_text", "comparison", "boundary"),
    "range": ("in_range", "predicate_drop"),
}  # fmt: skip
"""Concept -> aims."""

MODE_AIMS: Mapping[str, tuple[str, ...]] = {
    "projection_missing": ("output_drop",),
    "projection_extra": ("output_add",),
    "projection_wrong": ("column_swap",),
    "aggregate": ("aggregate", "count_of", "percentile"),
    "distinct": ("distinct",),
    "join_missing": ("join_drop",),
    "join_extra": ("join_add",),
    "join_key": ("join_key",),
    "join_type": ("join_type",),
    "filter_missing": ("predicate_drop@Where", "predicate_drop@Filter"),
    "filter_extra": ("filter_add",),
    "filter_column": ("condition_column",),
    "filter_operator": ("comparison", "logic"),
    "filter_value": ("literal_text", "literal_neighbour@Where"),
    "filter_boundary": ("boundary@Where",),
    "grouping": ("group_key", "group_add"),
    "having": CONCEPT_AIMS["having"],
    "ordering": ("order",),
    "limit": ("limit",),
    "set_operation": ("set_operation", "one_side"),
    "nesting": ("negate", "logic@Where", "predicate_drop@Exists", "predicate_drop@Subquery", "aggregate@Subquery"),
    "window": ("window_frame", "rank", "order@Window"),
    "date_logic": ("date_unit", "interval", "literal_neighbour@Where", "arithmetic", "boundary@Where"),
    "ratio_logic": ("arithmetic",),
    "null_handling": ("null_handling",),
    "string_match": ("text_match", "text_function"),
    "case_logic": ("case_branch", "predicate_drop@Filter"),
    "cast_rounding": ("rounding", "cast"),
}
"""Mode of a wrong result -> the operators that make just that mistake."""


def aim_of(concepts: Sequence[str]) -> str:
    """The concept of a query that a mutant is aimed at: of the highest curriculum stage, the later in the list; or ''.

    >>> aim_of(("count", "having", "group_by"))
    'having'
    """
    order = list(CONCEPTS)
    return max(concepts, key=lambda name: (CONCEPTS[name].stage, order.index(name)), default="")


def aimed(sql: str, aims: Sequence[str], tables: Sequence[Table]) -> Iterator[Mutant]:
    """The query's mutants under the aims, in their order, taken in turn so that one aim does not crowd out the rest."""
    parts = [item.partition("@") for item in aims]
    streams = [mutants(sql, tables, (name,), within=part, told=False) for name, _, part in parts]
    seen: set[str] = set()
    while streams:
        left = []
        for stream in streams:
            mutant = next(stream, None)
            if mutant is None:
                continue
            left.append(stream)
            if mutant.sql not in seen:
                seen.add(mutant.sql)
                yield mutant
        streams = left
