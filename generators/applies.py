"""Whether a concept applies to a schema: there must be something to ask about, such as a table that refers to itself.

Most concepts apply wherever there are rows. Knows what a schema holds, not which patterns exist: a concept that applies
and is never generated is a gap of the patterns.
"""

from __future__ import annotations

from collections.abc import Callable

from generators.facets import json_fields, own_links, range_columns, spans
from generators.view import View
from schemas.taxonomy import CONCEPTS


def why_not(view: View, concept: str) -> str:
    """Why a concept cannot be asked about on a schema, a few words; empty where it can.

    Raises:
        KeyError: the concept is none of CONCEPTS.
    """
    family = CONCEPTS[concept].family
    for test, reason in _NEEDS.get(concept, _FAMILY_NEEDS.get(family, ())):
        if not test(view):
            return reason
    return ""


def _dated(view: View) -> bool:
    return any(view.values[table, c] for table in view.subjects for c in view.columns(table, "date", "timestamp"))


def _measured(view: View) -> bool:
    return any(view.values[table, c] for table in view.subjects for c in view.columns(table, "measure"))


def _linked(view: View) -> bool:
    return any(view.parents(table) for table in view.subjects)


def _linked_twice(view: View) -> bool:
    chained = any(view.parents(link.parent) for table in view.subjects for link in view.parents(table))
    return chained or any(len(view.parents(table)) > 1 for table in view.subjects)


def _texts(view: View) -> bool:
    return any(
        isinstance(view.values[table, c][0], str)
        for table in view.subjects for c in view.columns(table, "label", "text", "category") if view.values[table, c]
    )  # fmt: skip


def _grouped(view: View) -> bool:
    return _linked(view) or any(view.columns(table, "category") for table in view.subjects)


def _categories(view: View) -> bool:
    return any(
        len(view.distinct(table, c)) > 2 for table in view.subjects for c in view.columns(table, "category")
    )  # fmt: skip


def _gaps(view: View) -> bool:
    return any(table in view.subjects for table, _ in view.nulls)


Need = tuple[Callable[[View], object], str]
_DATED: Need = (_dated, "no table has a date")
_MEASURED: Need = (_measured, "no table has a measure")
_LINKED: Need = (_linked, "no table refers to another")
_GROUPED: Need = (_grouped, "nothing to group rows by")
_GAPS: Need = (_gaps, "no column holds a NULL")
_FAMILY_NEEDS: dict[str, tuple[Need, ...]] = {
    "date": (_DATED,),
    "grouping": (_GROUPED,),
    "window": (_GROUPED,),
    "join": (_LINKED,),
    "anti_join": (_LINKED,),
    "string": ((_texts, "no column holds text"),),
    "null": (_GAPS,),
}
_NEEDS: dict[str, tuple[Need, ...]] = {
    "between": (_MEASURED,),
    "in_list": ((_categories, "no category has three values"),),
    "aggregate": (_MEASURED,),
    "rounding": (_MEASURED,),
    "percentile": (_MEASURED,),
    "multi_join": ((_linked_twice, "no table refers to two others, nor to one that refers to a third"),),
    "self_join": (),
    "share_of_total": (_GROUPED,),
    "growth": (_DATED,),
    "window_lag": (_DATED,),
    "in_subquery": (_LINKED,),
    "exists": (_LINKED,),
    "recursive": ((own_links, "no table refers to itself"),),
    "json": ((json_fields, "no column holds JSON objects"),),
    "range": ((lambda view: range_columns(view) or spans(view), "no range column, no start beside an end"),),
}
