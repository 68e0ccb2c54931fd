"""The rule that spares most statements a run on shuffled rows: what it calls steady is so on a real Postgres."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from generators.curriculum import STAGE_SHARES, Request, draw_examples
from generators.steady import cuts_without_order, may_vary
from loop.config import resolve
from loop.session import Session


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    opened = Session(resolve("smoke", {"schemas": "hotel_group,satellite_ops"}), None)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("sql", "varies"),
    [
        ("SELECT a, SUM(b) FROM t GROUP BY a ORDER BY 2 DESC", False),
        ("SELECT a, RANK() OVER (ORDER BY b) FROM t", False),
        ("SELECT SUM(b) OVER (ORDER BY c) FROM t", False),
        ("SELECT a FROM t ORDER BY b LIMIT 1", True),
        ("SELECT ROW_NUMBER() OVER (ORDER BY b) FROM t", True),
        ("SELECT LAG(a) OVER (ORDER BY b) FROM t", True),
        ("SELECT SUM(b) OVER (ORDER BY c ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM t", True),
        ("SELECT DISTINCT ON (a) a, b FROM t ORDER BY a", True),
        ("SELECT STRING_AGG(a, ', ') FROM t", True),
        ("SELECT MODE() WITHIN GROUP (ORDER BY a) FROM t", True),
        ("SELECT RANDOM() FROM t", True),
        ("SELECT FROM WHERE", True),
    ],
)
def test_what_may_vary(sql: str, varies: bool) -> None:
    assert may_vary(sql) is varies


def test_a_cut_needs_an_order() -> None:
    assert cuts_without_order("SELECT a FROM (SELECT a FROM t LIMIT 2) AS s ORDER BY a")
    assert cuts_without_order("SELECT DISTINCT ON (a) a, b FROM t")
    assert not cuts_without_order("SELECT a FROM t UNION SELECT b FROM t")


def test_what_the_rule_passes_is_steady_when_run(session: Session) -> None:
    passed = 0
    for view in session.views.values():
        for example in islice(draw_examples(view, Request(STAGE_SHARES[5]), "steady"), 150):
            if may_vary(example.sql) or not session.execute(example.schema_name, example.sql)[0].ok:
                continue
            passed += 1
            assert session.steady(example.schema_name, example.sql), example.sql
    assert passed > 150
