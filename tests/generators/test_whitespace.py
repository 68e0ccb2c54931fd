"""White space of generated statements, and of hand-made ones as Postgres itself reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.rewrites import reformatted
from evaluator.server import open_server
from generators.view import View
from schemas.records import Example
from schemas.sql import normalize_whitespace

Drawn = Mapping[str, list[tuple[View, Example]]]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    folder = tmp_path_factory.mktemp("server") / "postgres"
    with open_server(None, folder) as server, psycopg.connect(server.admin_dsn(), autocommit=True) as connection:
        yield connection


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_generated_statements_in_any_layout(drawn: Drawn, data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(sorted(name for name in drawn if drawn[name])))
    example = data.draw(st.sampled_from([item for _, item in drawn[pattern]]))
    assert normalize_whitespace(example.sql) == example.sql
    loose = reformatted(example.sql, data.draw(st.integers(0, 10_000)))
    normal = normalize_whitespace(loose)
    assert sqlglot.parse(normal, read="postgres") == sqlglot.parse(example.sql, read="postgres")
    assert normalize_whitespace(normal) == normal
    assert "  " not in normal or "  " in example.sql


INNER = st.text(alphabet="ab '\"\\$-/*\n\t", max_size=8)
TAG = st.sampled_from(["", "x", "é1"])


@st.composite
def literals(draw: st.DrawFn) -> str:
    """One text value in one of Postgres's spellings, whatever stands in it; adjacent ones across a line break."""
    inner = draw(INNER)
    kind = draw(st.sampled_from(["plain", "escape", "dollar", "adjacent", "escape adjacent", "commented"]))
    plain = "'" + inner.replace("'", "''") + "'"
    escape = "E'" + inner.replace("\\", "\\\\").replace("'", draw(st.sampled_from(["''", "\\'"]))) + "'"
    other = "'" + draw(INNER).replace("\\", "").replace("'", "''") + "'"
    if kind == "dollar":
        tag = draw(TAG)
        return f"${tag}${inner.replace('$', '')}${tag}$"
    spellings = {
        "plain": plain,
        "escape": escape,
        "adjacent": f"{plain}{draw(st.sampled_from([' ', '']))}\n  {other}",
        "escape adjacent": f"{escape}  \n\t{other}",
        "commented": f'{plain} -- it\'s  "a" $$\n   {other}',
    }
    return spellings[kind]


GAPS = st.sampled_from([" ", "  ", "\n", "\t \n", " /* a  /* 'b */  */ ", " -- c  'x\n", "\r\n"])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(literals(), GAPS, GAPS), min_size=1, max_size=4), GAPS)
def test_postgres_reads_the_same_values(
    postgres: psycopg.Connection[tuple[Any, ...]], parts: list[tuple[str, str, str]], gap: str
) -> None:
    columns = ",".join(f'{before}{literal}{after}AS "c  {n}"' for n, (literal, before, after) in enumerate(parts))
    sql = f"SELECT{gap}{columns}{gap}"
    normal = normalize_whitespace(sql)
    assert normalize_whitespace(normal) == normal
    wanted, given_ = (postgres.execute(text.encode()) for text in (sql, normal))
    assert given_.fetchall() == wanted.fetchall()
    assert given_.description is not None
    assert [column.name for column in given_.description] == [f"c  {n}" for n in range(len(parts))]
