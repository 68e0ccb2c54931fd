"""What is drawn: the same for the same seed, enough of every pattern, and what the pattern promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import islice

import pytest

from generators.curriculum import CONDITION_KINDS, STAGE_SHARES, Request, draw_examples, patterns_for
from generators.pattern import PATTERNS
from generators.view import View
from schemas.records import Example
from schemas.sql import concepts, parse
from schemas.taxonomy import CONCEPTS

Drawn = Mapping[str, list[tuple[View, Example]]]


def test_same_seed_same_bytes(views: Mapping[str, View]) -> None:
    def batch(seed: int) -> list[str]:
        stream = draw_examples(views["hotel_group"], Request(STAGE_SHARES[5]), seed)
        return [item.model_dump_json() for item in islice(stream, 60)]

    assert batch(3) == batch(3)
    assert batch(3) != batch(4)


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_every_pattern_yields_distinct_examples(name: str, drawn: Drawn) -> None:
    assert len({(item.question, item.sql) for _, item in drawn[name]}) >= 5


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_sql_parses_and_carries_the_declared_concepts(name: str, drawn: Drawn) -> None:
    promised = set(PATTERNS[name].concepts)
    assert promised <= set(CONCEPTS)
    for _, item in drawn[name]:
        assert parse(item.sql) is not None, item.sql
        assert promised <= concepts(item.sql), (promised - concepts(item.sql), item.sql)
        assert item.stage >= PATTERNS[name].stage


def test_two_in_five_have_no_where(views: Mapping[str, View]) -> None:
    items = [e for view in views.values() for e in islice(draw_examples(view, Request(STAGE_SHARES[5]), 5), 400)]
    bare = sum(parse(item.sql).args.get("where") is None and " WHERE " not in item.sql.replace("(WHERE", "")  # type: ignore[union-attr]
               for item in items)  # fmt: skip
    assert 0.3 <= bare / len(items) <= 0.5


def test_stage_shares_are_followed(views: Mapping[str, View]) -> None:
    items = islice(draw_examples(views["mobile_network"], Request({1: 0.5, 5: 0.5}), 1), 200)
    stages = Counter(PATTERNS[item.pattern].stage for item in items)
    assert set(stages) == {1, 5}
    assert 60 <= stages[1] <= 140


@pytest.mark.parametrize("concept", ["anti_join", "window_lag", "having", "share_if", "date_relative", "set_operation"])
def test_a_concept_asked_for_is_carried(concept: str, views: Mapping[str, View]) -> None:
    assert concept in CONDITION_KINDS or all(concept in pattern.concepts for pattern in patterns_for(concept))
    stream = draw_examples(views["hotel_group"], Request(STAGE_SHARES[5], concept=concept), 2, limit=200)
    assert all(concept in item.concepts for item in islice(stream, 20))


def test_focus_prefers_tables(views: Mapping[str, View]) -> None:
    def share(focus: frozenset[str]) -> float:
        stream = draw_examples(views["hotel_group"], Request(STAGE_SHARES[1], focus=focus), 9)
        return sum("review" in item.sql for item in islice(stream, 150)) / 150

    assert share(frozenset({"review"})) > 1.5 * share(frozenset())


def test_no_group_is_fixed_by_a_condition(drawn: Drawn) -> None:
    """Grouping by a category that an equality leaves one value of says nothing."""
    from sqlglot import exp

    for _, item in (pair for name in ("group_count", "group_aggregate", "share_of_total") for pair in drawn[name]):
        tree = parse(item.sql)
        assert tree is not None
        grouped = {c.sql() for group in tree.find_all(exp.Group) for c in group.find_all(exp.Column)}
        where = tree.args.get("where")
        fixed = {node.this.sql() for node in where.find_all(exp.EQ)} if where else set()
        assert not grouped & fixed, item.sql


def test_no_subquery_takes_its_own_parent_for_the_outer_row(views: Mapping[str, View]) -> None:
    """Cells without outages of cells in Paris: joins cells within the subquery: the test on the outer row is lost."""
    from sqlglot import exp

    names = ("without_children", "inactive_parents", "with_children", "parents_with_both", "children_of_two_kinds")
    for view in views.values():
        for item in draw_examples(view, Request(STAGE_SHARES[5], patterns=names), 6, limit=150):
            tree = parse(item.sql)
            assert tree is not None
            for found in tree.find_all(exp.Exists):
                outer = {table.name for table in tree.args["from_"].find_all(exp.Table)}
                inner = {table.name for table in found.find_all(exp.Table)}
                assert not outer & inner, item.sql


def test_the_row_beside_is_ordered_by_what_was_asked_first() -> None:
    """A key that is also one of the tie-breakers stays in front, in its own direction."""
    from generators.expr import col
    from generators.patterns.lateral import _order

    order = _order(col("t", "day"), [col("t", "number"), col("t", "day")], descending=True)
    assert [item.sql(dialect="postgres") for item in order] == ["t.day DESC", "t.number"]
