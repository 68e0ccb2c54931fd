"""Spellings of one query have one form; queries that mean something else have another."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.rewrites import reformatted
from generators.leak_form import gold_forms, leak_form
from schemas.catalog import load_schema

QUERY = (
    "SELECT g.country, COUNT(*) AS n FROM stay s JOIN guest g USING (guest_id) WHERE g.tier = 'a' AND s.rate > 5 "
    "GROUP BY g.country ORDER BY n DESC LIMIT 3"
)
SAME = [
    "select G.country , count( * ) from stay as S inner join guest as G using(guest_id) "
    "where (G.tier='b') and ((S.rate>7)) group by 1 order by 2 desc limit 10",
    "SELECT COUNT(*) AS stays, x.country FROM guest x JOIN stay y ON y.guest_id = x.guest_id "
    "WHERE 5 < y.rate AND 'a' = x.tier GROUP BY x.country ORDER BY stays DESC LIMIT 3",
    "SELECT country, COUNT(*) FROM stay JOIN guest USING (guest_id) WHERE rate > 5 AND tier = 'a' "
    "GROUP BY country ORDER BY COUNT(*) DESC LIMIT 3 -- by country",
    "/* the top */ SELECT \"g\".\"country\", COUNT(*) \"N\" FROM \"stay\" s, \"guest\" g "
    "WHERE s.guest_id = g.guest_id AND g.tier = E'a' AND s.rate > 5.0 GROUP BY g.country ORDER BY 2 DESC LIMIT 3;",
]  # fmt: skip
OTHER = [
    QUERY.replace("rate > 5", "rate >= 5"),
    QUERY.replace("rate > 5", "rate < 5"),
    QUERY.replace(" DESC", ""),
    QUERY.replace("JOIN", "LEFT JOIN"),
    QUERY.replace("COUNT(*)", "COUNT(DISTINCT s.room_no)"),
    QUERY.replace(" LIMIT 3", ""),
    QUERY.replace("g.tier", "g.status"),
    QUERY.replace("AND", "OR"),
    QUERY.replace("ORDER BY n", "ORDER BY g.country"),
]


@pytest.mark.parametrize("other", SAME)
def test_spellings_of_one_query(other: str) -> None:
    assert leak_form(other) == leak_form(QUERY)


@pytest.mark.parametrize("other", OTHER)
def test_other_queries(other: str) -> None:
    assert leak_form(other) != leak_form(QUERY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("WITH x AS (SELECT a, MAX(b) AS m FROM t GROUP BY a) SELECT x.a FROM x WHERE x.m > 1",
         "SELECT q.a FROM (SELECT a, MAX(b) AS top FROM t GROUP BY a) q WHERE q.top > 2"),
        ("SELECT a FROM t WHERE b BETWEEN 1 AND 2 AND c = 1", "SELECT a FROM t WHERE c = 5 AND b >= 1 AND b <= 2"),
        ("SELECT ROUND(AVG(a), 1) FROM t", "SELECT ROUND((AVG(a))::numeric, 2) FROM t"),
        ("SELECT a FROM t WHERE b <> 1", "SELECT a FROM t WHERE b != 1"),
        ("SELECT CAST(a AS date) FROM t", "SELECT a::date d FROM t"),
        ("WITH RECURSIVE up AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM up WHERE n < 5) SELECT n FROM up",
         "with recursive z as (select 2 as n union all select n + 3 from z where n < 9) select n from z"),
        ("SELECT a FROM t WHERE (b = 1 OR c = 2) AND d = 3", "SELECT a FROM t WHERE d = 3 AND (c = 1 OR b = 2)"),
    ],
)  # fmt: skip
def test_same_form(one: str, other: str) -> None:
    assert leak_form(one) == leak_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t WHERE (b = 1 OR c = 2) AND d = 3", "SELECT a FROM t WHERE b = 1 OR (c = 2 AND d = 3)"),
        ("SELECT a FROM t WHERE b <> 'x' AND b <> 'y'", "SELECT a FROM t WHERE b <> 'x'"),
        ("SELECT a FROM t WHERE b - c > 1", "SELECT a FROM t WHERE c - b > 1"),
        ("SELECT a FROM t UNION SELECT a FROM s", "SELECT a FROM t UNION ALL SELECT a FROM s"),
        ("SELECT date_trunc('month', a) FROM t", "SELECT date_trunc('year', a) FROM t"),
        ("SELECT a FROM t WHERE d > now() - INTERVAL '1 day'", "SELECT a FROM t WHERE d > now() - INTERVAL '1 month'"),
        ("SELECT a FROM t ORDER BY a, b", "SELECT a FROM t ORDER BY b, a"),
        ("SELECT a FROM t WHERE b IN (1, 2)", "SELECT a FROM t WHERE b IN (1, 2, 3)"),
        ("SELECT SUM(a) OVER (PARTITION BY b) FROM t", "SELECT SUM(a) OVER (ORDER BY b) FROM t"),
    ],
)
def test_different_form(one: str, other: str) -> None:
    assert leak_form(one) != leak_form(other)


def test_a_gold_with_a_choice_of_columns_seals_each() -> None:
    forms = gold_forms("SELECT {name, city}, COUNT(*) FROM t GROUP BY {}")
    assert leak_form("SELECT name, COUNT(*) FROM t") in forms
    assert leak_form("SELECT COUNT(*), city, name FROM t") in forms


@pytest.mark.parametrize("text", ["", "SELEC nothing", "SELECT (", "WITH a AS (SELECT * FROM a) SELECT * FROM a",
                                  "SELECT a AS b, b AS a FROM t ORDER BY a"])  # fmt: skip
def test_whatever_is_written_has_a_form(text: str) -> None:
    assert isinstance(leak_form(text), str)


TRAIN = [gold for name in ("hotel_group", "crop_farm", "satellite_ops")
         for question in load_schema(name).split("train") for gold in question.golds if "{" not in gold]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(TRAIN), st.integers(0, 99))
def test_layout_never_shows(gold: str, seed: int) -> None:
    spelt = reformatted(gold, seed)
    if random.Random(seed).random() < 0.5:
        spelt = f"/* c */ {spelt} ;\n"
    assert leak_form(spelt) == leak_form(gold)
