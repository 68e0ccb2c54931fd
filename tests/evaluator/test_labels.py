"""What the gate asks of Postgres: does a label run, does chance decide it, does a near miss show?"""

from __future__ import annotations

import pytest

from evaluator.copies import Instance, build_shuffled
from evaluator.execute import Executor
from evaluator.labels import Labels
from evaluator.server import Server
from schemas.catalog import Schema


@pytest.fixture(scope="module")
def labels(server: Server, executor: Executor, instances: tuple[Instance, ...], tiny_schema: Schema) -> Labels:
    shuffled = build_shuffled(server, tiny_schema, seed=7)
    return Labels(executor, {"tiny": instances}, lambda _: shuffled)


def test_how_it_ends(labels: Labels) -> None:
    assert [item.ok for item in labels.execute("tiny", "SELECT id FROM item")] == [True] * 3
    assert [item.ok for item in labels.execute("tiny", "SELECT nothing FROM item")] == [False]
    assert labels.execute("tiny", "SELECT NULL, 0 FROM item")[0].trivial


@pytest.mark.parametrize(
    ("sql", "steady"),
    [
        ("SELECT id FROM item ORDER BY id LIMIT 3", True),
        ("SELECT shade, COUNT(*) FROM item GROUP BY shade", True),
        ("SELECT id FROM item LIMIT 3", False),
        ("SELECT id, shade FROM item ORDER BY shade LIMIT 2", False),
        ("SELECT DISTINCT ON (maker_id) maker_id, id FROM item", False),
        ("SELECT ARRAY_AGG(id) FROM item", False),
        ("SELECT nothing FROM item", False),
    ],
)
def test_chance(labels: Labels, sql: str, steady: bool) -> None:
    assert labels.steady("tiny", sql) is steady


@pytest.mark.parametrize(
    ("sql", "other", "differs"),
    [
        ("SELECT id FROM item", "SELECT id FROM item WHERE id > 1", True),
        ("SELECT id FROM item", "SELECT id FROM item WHERE id > -1", False),
        ("SELECT id FROM item", "SELECT nothing FROM item", False),
        ("SELECT id FROM item", "SELECT id FROM item ORDER BY id DESC", False),
        ("SELECT id FROM item ORDER BY id", "SELECT id FROM item ORDER BY id DESC", True),
        ("SELECT id, label FROM item", "SELECT id FROM item", True),
        ("SELECT AVG(id) FROM item", "SELECT ROUND(AVG(id), 30) FROM item", False),
    ],
)
def test_near_misses(labels: Labels, sql: str, other: str, differs: bool) -> None:
    assert labels.differs("tiny", sql, other) is differs
