"""Concepts on schemas: what applies is generated on demand, what does not is named and yields nothing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from generators.applies import why_not
from generators.coverage import cover, figures
from generators.curriculum import CONDITION_KINDS, STAGE_SHARES, Request, draw_examples
from generators.gate import CAP, Gate, Sealed
from generators.hard import plan_for_mode
from generators.view import View
from schemas.records import Execution
from schemas.taxonomy import CONCEPTS, MODES

CAPPED = 4
"""Examples asked for in each cell here; `loop coverage` asks for 50."""


def open_gate() -> Gate:
    # What keeps the first places cuts something.
    return Gate(lambda _, sql: [Execution(ok=True, rows=1 if "LIMIT" in sql or "WHERE place" in sql else 2)], Sealed())


@pytest.fixture(scope="module")
def everywhere(views: Mapping[str, View], rare: Mapping[str, View]) -> dict[str, View]:
    return {**views, **rare}


@pytest.mark.parametrize("concept", sorted(CONCEPTS))
def test_every_concept_is_generated_where_it_applies(concept: str, everywhere: Mapping[str, View]) -> None:
    for view in everywhere.values():
        cell = cover(view, concept, open_gate, CAPPED, seed=1)
        assert cell.reason or cell.found == CAPPED, (view.schema.name, cell)
        assert bool(cell.reason) == (cell.found == 0)


def test_what_does_not_apply_is_named_and_never_drawn(everywhere: Mapping[str, View]) -> None:
    expected = {
        ("hotel_group", "json"): "no column holds JSON objects",
        ("museum_collection", "recursive"): "no table refers to itself",
        ("crop_farm", "recursive"): "no table refers to itself",
        ("crop_farm", "range"): "no range column, no start beside an end",
    }
    for (name, concept), reason in expected.items():
        view = everywhere[name]
        assert why_not(view, concept) == reason
        request = Request(STAGE_SHARES[5], concept=concept)
        assert not list(draw_examples(view, request, 3, limit=60))


def test_an_unknown_concept_is_an_error(views: Mapping[str, View]) -> None:
    with pytest.raises(KeyError):
        why_not(views["hotel_group"], "no such concept")


@pytest.mark.parametrize("concept", sorted(CONDITION_KINDS))
def test_a_kind_of_condition_is_drawn_with_more_than_one_pattern(concept: str, views: Mapping[str, View]) -> None:
    request = Request(STAGE_SHARES[5], concept=concept)
    found = list(draw_examples(views["hotel_group"], request, 4, limit=60))
    assert len(found) >= 15
    assert len({item.pattern for item in found}) >= 5


def test_a_cell_counts_by_the_gates_rules(views: Mapping[str, View]) -> None:
    def shut() -> Gate:
        return Gate(lambda _schema, _sql: [Execution(ok=False, rows=0)], Sealed())

    cell = cover(views["hotel_group"], "count", shut, 2, seed=1)
    assert cell.found == 0
    assert dict(cell.rejected)["does not run"] > 0
    assert CAP == 20


def test_figures_of_diversity() -> None:
    found = figures(["How many rooms?", "How many stays", "List rooms"], ["SELECT a FROM t", "SELECT b FROM u"])
    assert (found.questions, found.statements, found.skeletons) == (3, 2, 1)
    assert found.words == pytest.approx(8 / 3)
    assert found.distinct_1 == pytest.approx(5 / 8)
    assert found.distinct_2 == pytest.approx(4 / 5)
    assert found.openings == pytest.approx(2 / 3)
    assert figures([], []).mattr == 0.0


@pytest.mark.parametrize("mode", [name for name, mode in MODES.items() if mode.family])
def test_a_plan_for_a_mode_keeps_to_its_family_and_to_the_count(mode: str, everywhere: Mapping[str, View]) -> None:
    plan = plan_for_mode(mode, list(everywhere.values()), 40)
    assert sum(item.count for item in plan.items) == 40
    for item in plan.items:
        assert CONCEPTS[item.concept].family == MODES[mode].family
        assert not why_not(everywhere[item.schema_name], item.concept)
    assert plan == plan_for_mode(mode, list(everywhere.values()), 40)


def test_a_mode_without_a_family_spreads_over_all_concepts(views: Mapping[str, View]) -> None:
    plan = plan_for_mode("syntax", list(views.values()), 300)
    assert len({item.concept for item in plan.items}) > 40
    shares = {name: sum(i.count for i in plan.items if i.schema_name == name) for name in views}
    assert max(shares.values()) - min(shares.values()) <= len(views) * 25
