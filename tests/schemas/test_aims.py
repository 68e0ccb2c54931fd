"""Every concept and every mode of a wrong result has aims, all of them operators there are."""

from __future__ import annotations

import pytest
from sqlglot import exp

from schemas.aims import CONCEPT_AIMS, MODE_AIMS, aim_of, aimed
from schemas.mutate import AIMED, OPERATORS
from schemas.taxonomy import CONCEPTS, MODES

FAILED_EARLIER = {"no_sql", "syntax", "binding", "runtime"}
"""Modes of answers that have no result."""


def test_every_concept_and_every_wrong_result_has_aims() -> None:
    assert set(CONCEPT_AIMS) == set(CONCEPTS)
    assert set(MODE_AIMS) == set(MODES) - FAILED_EARLIER - {"restructured"}


@pytest.mark.parametrize("aim", sorted({aim for aims in (*CONCEPT_AIMS.values(), *MODE_AIMS.values()) for aim in aims}))
def test_aims_name_operators_and_parts(aim: str) -> None:
    name, _, part = aim.partition("@")
    assert name in {*OPERATORS, *AIMED}
    assert not part or issubclass(getattr(exp, part), exp.Expr)


def test_aims_take_turns() -> None:
    sql = "SELECT a FROM t WHERE b > 3 AND c > 4"
    found = [mutant.operator for mutant in aimed(sql, ("comparison", "boundary"), ())]
    assert found == ["comparison", "boundary", "comparison", "boundary"]


def test_the_aim_is_of_the_highest_stage() -> None:
    assert aim_of(("count", "group_by", "window_rank", "cte")) == "window_rank"
    assert aim_of(()) == ""
