"""SQL as text and as a tree: white space, masks, skeletons, and the concepts of a query."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.catalog import load_schema, schema_names
from schemas.sql import concepts, curriculum_stage, mask_literals, normalize_whitespace, parse, skeleton
from schemas.taxonomy import CONCEPTS

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "cases" / "concepts.toml").read_text())["case"]

# --- white space

LITERALS = [
    "'a  b'", "'it''s  two'", "'-- no  comment'", "'/*  no comment  */'", "'a\\'", "'line\n  break'", "E'a\\'  b'",
    "e'\\\\'", "E'it''s\\n  x'", "$$ a  'b'  $$", "$x$ a $$  b $x$", "$x$  $y$  $x$", "B'01'", "X'1F'", "N'a  b'",
    "'a'\n'b  c'", "'a'  \n\t 'b'\n\n  'c'", "'a' --  c\n  'b'", "E'a'\n 'b\\'  c'", "12", "1.5e3",
]  # fmt: skip
NAMES = ["a", "t.b", '"a  b"', '"x""  y"', '"it\'s"', "a$b$", "_e", 't."C  d"', "été"]
OPERATORS = ["+", "-", "*", "/", "=", "<>", "||", "->>", "<", ",", "AND", "- -", "+-"]
SPACES = [" ", "  ", "\n", "\t", "\r\n", " \n  ", "\f\v ", " --  c 'x\n", '\n-- $$ "\r\n ', " /* a  /* b */  ' */ "]
NONE = ["", *SPACES]


@st.composite
def statements(draw: st.DrawFn) -> str:
    """A SELECT of literals, names and operators with every kind of white space and comment between them."""
    some, maybe = st.sampled_from(SPACES), st.sampled_from(NONE)
    items = st.sampled_from(LITERALS + NAMES)
    parts = [draw(maybe), "SELECT", draw(some), draw(items)]
    for _ in range(draw(st.integers(0, 5))):
        parts += [draw(some), draw(st.sampled_from(OPERATORS)), draw(some), draw(items)]
    parts += [draw(some), "FROM", draw(some), draw(st.sampled_from(["t", '"t  u"'])), draw(maybe)]
    if draw(st.booleans()):
        parts += [draw(some), "WHERE", draw(some), "f(", draw(maybe), draw(items), draw(maybe), ")"]
    return "".join([*parts, draw(maybe)])


def tree(sql: str) -> object:
    """What sqlglot makes of a text, comments aside; the kind of error where it cannot read it."""
    try:
        return sqlglot.parse(sql, read="postgres")
    except sqlglot.errors.SqlglotError as error:
        return type(error)


@settings(max_examples=400, deadline=None)
@given(statements())
def test_normalising_keeps_the_tree_and_is_idempotent(sql: str) -> None:
    normal = normalize_whitespace(sql)
    assert tree(normal) == tree(sql)
    assert normalize_whitespace(normal) == normal


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(LITERALS + NAMES + OPERATORS + SPACES + ["'", "$$", "/*", '"', "E'\\"])).map("".join))
def test_normalising_any_text_is_idempotent_and_changes_only_white_space(sql: str) -> None:
    normal = normalize_whitespace(sql)
    assert normalize_whitespace(normal) == normal
    assert normal.split() == sql.split()


@pytest.mark.parametrize("literal", [text for text in LITERALS + NAMES if "\n" not in text or text.count("'") == 2])
@pytest.mark.parametrize("around", ["SELECT  {}  ,\n 1", "SELECT f({}  ,\n 1)", "SELECT a =\n\n{}", "SELECT {}  "])
def test_what_is_quoted_stays_as_it_is(literal: str, around: str) -> None:
    assert normalize_whitespace(around.format(literal)) == " ".join(around.split()).format(literal)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("\n select a ,\t b\n\n from  t \r\n", "select a , b from t"),
        ("select 'a'\n  'b'", "select 'a'\n'b'"),
        ("select 'a'  'b'", "select 'a' 'b'"),
        ("select E'a'\n   'b\\'  c'  , 2", "select E'a'\n'b\\'  c' , 2"),
        ("select concat(E'a\\'  b',  1)", "select concat(E'a\\'  b', 1)"),
        ("select 1 -- one  two\n\n  , 2", "select 1 -- one  two\n, 2"),
        ("select 1 -- last  \n", "select 1 -- last  "),
        ("-- first\n  select /* a\n  b */  1", "-- first\nselect /* a\n  b */ 1"),
        ("select /* a /*  b */  c */  1", "select /* a /*  b */  c */ 1"),
        ("select a--1\n  + 2", "select a--1\n+ 2"),
        ("select 'open  end", "select 'open  end"),
        ("select a\u00a0 from t", "select a\u00a0 from t"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_normalised_text(sql: str, expected: str) -> None:
    assert normalize_whitespace(sql) == expected


@pytest.mark.parametrize("name", schema_names())
def test_golds_keep_their_tree(name: str) -> None:
    for question in load_schema(name).questions:
        for gold in question.golds:
            assert tree(normalize_whitespace(gold)) == tree(gold), question.id


# --- masks and skeletons

SAME_BUT_FOR_LITERALS = [
    ("a = 'x'", "a = 'it''s'"),
    ("a > -5", "a > 7"),
    ("a BETWEEN -1 AND 2.5", "a BETWEEN 10 AND 1e3"),
    ("d > CURRENT_DATE - INTERVAL '30 days'", "d > CURRENT_DATE - INTERVAL '7 days'"),
    ("d > '3 days'::interval", "d > '4 weeks'::interval"),
    ("d >= DATE '2024-01-01'", "d >= '2023-05-31'::date"),
    ("a::numeric(8, 2) > 1", "a::numeric(10, 1) > 1"),
    ("a IN ('x', 'y')", "a IN ('p', 'q')"),
    ("a LIKE 'b%'", "a LIKE '%b'"),
    ("a = E'x\\n'", "a = 'b'"),
    ("a = $$x$$", "a = 'b'"),
    ("lower(a) = 'x'", "LOWER( a )='y'"),
]
DIFFERENT = [
    ("a = 'x'", "a <> 'x'"),
    ("a > 5", "a >= 5"),
    ("a = 'x'", "a = 'x' AND b = 'y'"),
    ("a IN ('x', 'y')", "a IN ('x', 'y', 'z')"),
    ("d > CURRENT_DATE - INTERVAL '30 days'", "d > CURRENT_DATE - INTERVAL '30 months'"),
    ("date_trunc('month', d) = '2024-01-01'", "date_trunc('year', d) = '2024-01-01'"),
    ("EXTRACT(YEAR FROM d) = 1", "EXTRACT(MONTH FROM d) = 1"),
    ("a::int = 1", "a::numeric = 1"),
    ("a IS NULL", "a IS NOT NULL"),
    ("a = 1", "a = b"),
]


@pytest.mark.parametrize(("one", "other"), SAME_BUT_FOR_LITERALS)
def test_masks_are_equal_where_only_literals_differ(one: str, other: str) -> None:
    first, second = (f"SELECT a FROM t WHERE {condition} LIMIT {n}" for condition, n in ((one, 5), (other, 10)))
    assert mask_literals(first) == mask_literals(second)
    assert skeleton(first) == skeleton(second)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_masks_differ_where_the_structure_differs(one: str, other: str) -> None:
    first, second = (f"SELECT a FROM t WHERE {condition}" for condition in (one, other))
    assert mask_literals(first) != mask_literals(second)
    assert skeleton(first) != skeleton(second)


@pytest.mark.parametrize("tail", ["LIMIT 5", "LIMIT 5 OFFSET 2", "ORDER BY a", "GROUP BY a"])
def test_masks_differ_by_clause(tail: str) -> None:
    assert mask_literals(f"SELECT a FROM t {tail}") != mask_literals("SELECT a FROM t")
    assert skeleton(f"SELECT a FROM t {tail}") != skeleton("SELECT a FROM t")


def test_masks_keep_names_and_skeletons_do_not() -> None:
    one = "WITH x AS (SELECT k, COUNT(id) AS n FROM t GROUP BY k) SELECT x.k FROM x JOIN (SELECT 1 AS z) y ON y.z = x.n"
    other = (
        "WITH w AS (SELECT q, COUNT(p) AS m FROM s GROUP BY q) SELECT w.q FROM w JOIN (SELECT 2 AS r) v ON v.r = w.m"
    )
    assert mask_literals(one) != mask_literals(other)
    assert skeleton(one) == skeleton(other)
    assert skeleton("SELECT a b FROM t u") == skeleton("SELECT c FROM s.v")
    assert skeleton("SELECT a FROM t") != skeleton("SELECT a FROM generate_series(1, 2) a")
    assert skeleton("SELECT MAX(a) FROM t") != skeleton("SELECT MIN(a) FROM t")


def test_what_cannot_be_parsed_is_masked_as_text() -> None:
    assert mask_literals("SELEC  a FRM t WHERE (b = 'x'") == mask_literals("selec a frm t where (b = 'it''s'")
    assert mask_literals("SELEC a FRM t WHERE (b = 1") != mask_literals("SELEC a FRM t WHERE (c = 1")


@pytest.mark.parametrize("sql", ["", "SELECT 1; SELECT 2", "SELECT (", "-- nothing"])
def test_what_is_not_one_statement_has_no_tree(sql: str) -> None:
    assert parse(sql) is None
    assert concepts(sql) == frozenset()


# --- concepts


@pytest.mark.parametrize("case", CASES, ids=[case["sql"][:60] for case in CASES])
def test_concepts(case: dict[str, Any]) -> None:
    found = concepts(case["sql"])
    assert set(case.get("has", ())) <= found
    assert not set(case.get("lacks", ())) & found


def test_every_concept_has_a_case_and_a_near_miss() -> None:
    for side in ("has", "lacks"):
        named = {name for case in CASES for name in case.get(side, ())}
        assert named == set(CONCEPTS), side


def test_the_curriculum_stage_is_that_of_the_hardest_concept() -> None:
    assert curriculum_stage(frozenset()) == 1
    assert curriculum_stage(frozenset({"compare", "join"})) == 2
    assert curriculum_stage(frozenset({"window_rank", "compare"})) == 5


@pytest.mark.parametrize("name", schema_names())
def test_nearly_every_gold_has_a_concept(name: str) -> None:
    golds = [question.golds[0] for question in load_schema(name).questions]
    bare = [gold for gold in golds if not concepts(gold)]
    # A flag alone as the condition (WHERE has_pool) is no concept of the taxonomy.
    assert all(parse(gold) is not None for gold in golds if "{" not in gold)
    assert len(bare) <= 2, bare
