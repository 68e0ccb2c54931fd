"""Concepts and modes: known families, stages, one line each."""

from __future__ import annotations

import inspect
import re

import pytest

from schemas import taxonomy
from schemas.taxonomy import ASIDE, CONCEPTS, FAMILIES, MAPLE, MODES, NL2SQL_BUGS, family_of


def test_every_mode_belongs_to_a_known_family_or_to_none() -> None:
    assert {mode.family for mode in MODES.values()} - {""} <= set(FAMILIES)
    assert [mode.name for mode in MODES.values()][:4] == ["no_sql", "syntax", "binding", "runtime"]
    assert [mode.name for mode in MODES.values()][-1] == "restructured"


def test_every_mode_has_an_example_and_a_name_in_both_published_taxonomies() -> None:
    for mode in (*MODES.values(), *ASIDE.values()):
        assert mode.nl2sql_bugs in NL2SQL_BUGS, mode
        assert mode.maple in MAPLE, mode
    assert all(len(mode.example.split("; ")) == 2 for mode in MODES.values() if mode.name != "restructured")
    assert {mode.maple for mode in ASIDE.values()} == {"gold error"}
    assert not set(ASIDE) & set(MODES)


def test_every_curriculum_stage_has_concepts_and_there_are_no_others() -> None:
    assert {concept.stage for concept in CONCEPTS.values()} == {1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("table", "row"),
    [(CONCEPTS, r'^    \("(\w+)", "\w+", \d, ".+"\),$'), (MODES | ASIDE, r'^    \("(\w+)", "[^"]+", "\w*",')],
)
def test_names_are_unique(table: dict[str, object], row: str) -> None:
    # A name given twice would be lost in the dict: count the rows in the source.
    names = re.findall(row, inspect.getsource(taxonomy), re.MULTILINE)
    assert names == list(table)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)


def test_meanings_are_one_line_and_differ() -> None:
    meanings = [item.meaning for item in (*CONCEPTS.values(), *MODES.values())]
    assert len(set(meanings)) == len(meanings)
    assert all(meaning and "\n" not in meaning and not meaning.endswith(".") for meaning in meanings)


def test_family_of() -> None:
    assert family_of("window_rank") == "window"
    with pytest.raises(KeyError):
        family_of("no_such_concept")
