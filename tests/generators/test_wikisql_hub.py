"""WikiSQL from the hub: its records are put together again; what fails is told in one sentence."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from generators.wikisql_hub import fetch_release, from_records
from generators.wikisql_release import AGGREGATES, OPERATORS, read_release
from schemas.errors import DataError

TINY = Path(__file__).parent / "cases" / "wikisql"


def hub_records() -> list[dict[str, Any]]:
    """The tiny release as the hub spells it: each question with its table, all cells as text."""
    return [
        {
            "phase": 1,
            "question": question.text,
            "table": {"id": table.id, "header": list(table.header), "rows": [list(row) for row in table.rows],
                      "page_title": table.title, "caption": "", "section_title": "", "types": [], "name": ""},
            "sql": {"human_readable": "", "sel": question.column, "agg": AGGREGATES.index(question.aggregate),
                    "conds": {"column_index": [column for column, _, _ in question.conditions],
                              "operator_index": [OPERATORS.index(sign) for _, sign, _ in question.conditions],
                              "condition": [value for _, _, value in question.conditions]}},
        }
        for table in read_release(TINY)
        for question in table.questions
    ]  # fmt: skip


def test_records_give_the_release() -> None:
    assert from_records(hub_records()) == read_release(TINY)


def library(load: Any) -> types.ModuleType:
    module = types.ModuleType("datasets")
    module.load_dataset = load  # type: ignore[attr-defined]
    return module


def test_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []

    def load(name: str, revision: str, split: str) -> list[dict[str, Any]]:
        asked.append((name, revision, split))
        return hub_records()

    monkeypatch.setitem(sys.modules, "datasets", library(load))
    assert fetch_release() == read_release(TINY)
    assert asked == [("Salesforce/wikisql", "refs/convert/parquet", "train")]


def test_a_hub_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: str, **__: str) -> None:
        raise ConnectionError("no route to the hub\nand more")

    monkeypatch.setitem(sys.modules, "datasets", library(load))
    with pytest.raises(DataError, match=r"^the hub gives no Salesforce/wikisql \(no route to the hub\): name"):
        fetch_release()


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DataError, match="pip install datasets"):
        fetch_release()
