"""DDL as records: types, keys, closed lists, comments; what is broken is named by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.ddl import ForeignKey, Table, parse_ddl
from schemas.errors import SchemaError

PATH = Path("some/schema.sql")


def only(ddl: str) -> Table:
    """The last table of a DDL text."""
    return parse_ddl(ddl, PATH)[-1]


def test_types_keys_and_not_null_of_columns() -> None:
    table = only(
        "CREATE TABLE t (id integer PRIMARY KEY, price numeric(8, 2) NOT NULL, tags text[], note varchar(9), n int)"
    )
    assert [(column.name, column.type, column.not_null) for column in table.columns] == [
        ("id", "int", True),
        ("price", "decimal(8, 2)", True),
        ("tags", "text[]", False),
        ("note", "varchar(9)", False),
        ("n", "int", False),
    ]
    assert table.primary_key == ("id",)


def test_values_of_enums() -> None:
    table = only(
        """CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'a, b (c)');
        create type "Kind" as enum ('x');
        CREATE TYPE Size AS ENUM ('s', 'm');
        CREATE TABLE t (m mood NOT NULL, k "Kind", z Size, other text)"""
    )
    assert [column.values for column in table.columns] == [("sad", "it's ok", "a, b (c)"), ("x",), ("s", "m"), ()]
    assert [column.type for column in table.columns] == ["mood", "Kind", "size", "text"]


@pytest.mark.parametrize(
    ("check", "values"),
    [
        ("a text CHECK (a IN ('x', 'y''z'))", ("x", "y'z")),
        ("a text CHECK ((a IN ('x')))", ("x",)),
        ("a text, CHECK (a IN ('x', 'y'))", ("x", "y")),
        ("a text, CONSTRAINT named CHECK (a IN ('x', 'y'))", ("x", "y")),
        ("a text NOT NULL DEFAULT 'x' CHECK (a IN ('x', 'y'))", ("x", "y")),
        ("a int CHECK (a IN (1, 2))", ()),
        ("a text CHECK (a NOT IN ('x'))", ()),
        ("a text CHECK (a <> 'x')", ()),
        ("a int CHECK (a BETWEEN 1 AND 5)", ()),
        ("a text, b text CHECK (b IN ('x'))", ()),
    ],
)
def test_values_of_checks(check: str, values: tuple[str, ...]) -> None:
    assert only(f"CREATE TABLE t ({check})").column("a").values == values


PARENTS = "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE q (x int PRIMARY KEY, y int);"


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ("q_id int REFERENCES q", ForeignKey(("q_id",), "q", ("x",))),
        ("q_id int REFERENCES q (y)", ForeignKey(("q_id",), "q", ("y",))),
        ("q_id int NOT NULL REFERENCES q (x) ON DELETE CASCADE", ForeignKey(("q_id",), "q", ("x",))),
        ("m int, n int, FOREIGN KEY (m, n) REFERENCES p", ForeignKey(("m", "n"), "p", ("a", "b"))),
        ("m int, n int, CONSTRAINT k FOREIGN KEY (m, n) REFERENCES p (b, a)", ForeignKey(("m", "n"), "p", ("b", "a"))),
        ("t_id int PRIMARY KEY, up int REFERENCES t", ForeignKey(("up",), "t", ("t_id",))),
    ],
)
def test_foreign_keys(columns: str, key: ForeignKey) -> None:
    assert only(f"{PARENTS} CREATE TABLE t ({columns})").foreign_keys == (key,)


def test_composite_and_named_primary_keys() -> None:
    assert only("CREATE TABLE t (a int, b int, PRIMARY KEY (b, a))").primary_key == ("b", "a")
    assert only("CREATE TABLE t (a int, b int, CONSTRAINT k PRIMARY KEY (a, b))").primary_key == ("a", "b")
    assert only("CREATE TABLE t (a int, UNIQUE (a))").primary_key == ()


def test_keys_added_later_and_parents_made_later() -> None:
    first, second = parse_ddl(
        """CREATE TABLE child (id int, p_id int, other int REFERENCES parent);
        CREATE TABLE parent (id int);
        ALTER TABLE parent ADD PRIMARY KEY (id);
        ALTER TABLE ONLY child ADD CONSTRAINT k FOREIGN KEY (p_id) REFERENCES parent (id);
        ALTER TABLE child ADD CONSTRAINT positive CHECK (id > 0);""",
        PATH,
    )
    assert second.primary_key == ("id",)
    assert first.foreign_keys == (ForeignKey(("other",), "parent", ("id",)), ForeignKey(("p_id",), "parent", ("id",)))


def test_comments() -> None:
    table = only(
        """CREATE TABLE t (a int, b int); -- a remark is no comment
        COMMENT ON TABLE t IS 'it''s a table';
        COMMENT ON COLUMN t.b IS 'the b';
        COMMENT ON TABLE elsewhere IS 'passed over';"""
    )
    assert table.comment == "it's a table"
    assert [column.comment for column in table.columns] == ["", "the b"]


def test_names_are_folded_unless_quoted() -> None:
    table = only("""CREATE TABLE Hotel (Id int PRIMARY KEY, "Odd Name" text); COMMENT ON COLUMN HOTEL.ID IS 'key'""")
    assert table.name == "hotel"
    assert [column.name for column in table.columns] == ["id", "Odd Name"]
    assert table.column("id").comment == "key"


def test_tables_in_the_order_they_are_created_other_statements_passed_over() -> None:
    tables = parse_ddl("CREATE TABLE b (x int); CREATE INDEX i ON b (x); CREATE TABLE IF NOT EXISTS s.a (x int)", PATH)
    assert [table.name for table in tables] == ["b", "a"]
    with pytest.raises(KeyError):
        tables[0].column("y")


@pytest.mark.parametrize(
    ("ddl", "words"),
    [
        ("CREATE TABLE a (id int);\nCREATE TABLE b (\n id int CHECK (id > 0;\n", [f"{PATH}:3", "parse"]),
        ("CREATE TABLE a (id int);\nCREAT TABLE b (id int);", [f"{PATH}:2", "parse"]),
        ("CREATE TABLE a (t text DEFAULT 'x);", [str(PATH), "parse"]),
        ("CREATE TABLE a (id int, name)", [str(PATH), "a.name", "type"]),
        ("CREATE TABLE a (id int REFERENCES nowhere)", [str(PATH), "a(id)", "nowhere"]),
        ("CREATE TABLE a (x int); CREATE TABLE b (a_x int REFERENCES a)", [str(PATH), "b(a_x)", "refers to a"]),
        ("SELECT 1", [str(PATH), "CREATE TABLE"]),
        ("", [str(PATH), "CREATE TABLE"]),
    ],
)
def test_what_is_broken_is_named(ddl: str, words: list[str]) -> None:
    with pytest.raises(SchemaError) as caught:
        parse_ddl(ddl, PATH)
    for word in words:
        assert word in str(caught.value)
