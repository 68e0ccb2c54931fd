"""A glossary drafted from names, types and values, which loads as one that a person wrote."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.catalog import load_schema, select_schemas, spell_out
from schemas.ddl import parse_ddl
from schemas.errors import SchemaError
from schemas.first_words import first_glossary, one_and_many, words_of

DDL = """
CREATE TABLE tbl_cust (cust_id int PRIMARY KEY, "fullName" text NOT NULL, seg text, joined_on date, vip boolean);
CREATE TABLE order_lines (
    id int PRIMARY KEY, cust_id int REFERENCES tbl_cust, payer_id int REFERENCES tbl_cust, qty int, unit_price numeric,
    created_at timestamptz, memo text
);
"""
ROWS = {
    "tbl_cust": [(n, f"Name {n}", ["small", "large"][n % 2], None, True) for n in range(40)],
    "order_lines": [(n, n, None, n, n, None, f"a long remark {n}") for n in range(30)],
}


@pytest.mark.parametrize(
    ("name", "words"),
    [("cust_id", "customer number"), ("ShipToAddr", "ship to address"), ("tbl_OrderLines", "order lines"), ("x", "x")],
)
def test_names_become_words(name: str, words: str) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("name", "pair"),
    [
        ("order_lines", ("order line", "order lines")),
        ("company", ("company", "companies")),
        ("status", ("status", "statuses")),
        ("addresses", ("address", "addresses")),
    ],
)
def test_tables_have_singular_and_plural(name: str, pair: tuple[str, str]) -> None:
    assert one_and_many(name) == pair


def test_the_draft_loads_with_sensible_roles(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    tables = parse_ddl(DDL, folder / "schema.sql")
    text = first_glossary('the "shop"', tables, ROWS, datetime(2025, 1, 2, 3, tzinfo=UTC))
    for name, content in (("schema.sql", DDL), ("glossary.toml", text), ("questions.toml", ""), ("rows.py", "")):
        (folder / name).write_text(content)
    glossary = load_schema("shop", tmp_path).glossary
    assert glossary.title == 'the "shop"'
    assert glossary.as_of == datetime(2025, 1, 2, 3, tzinfo=UTC)
    customer, line = glossary.tables["tbl_cust"], glossary.tables["order_lines"]
    assert (customer.one, customer.many, customer.label) == ("customer", "customers", "fullName")
    assert {name: words.role for name, words in customer.columns.items()} == {
        "cust_id": "key", "fullName": "label", "seg": "category", "joined_on": "date", "vip": "flag",
    }  # fmt: skip
    assert {name: words.role for name, words in line.columns.items()} == {
        "id": "key", "cust_id": "key", "payer_id": "key", "qty": "measure", "unit_price": "measure",
        "created_at": "timestamp", "memo": "text",
    }  # fmt: skip
    assert line.columns["qty"].additive
    assert not line.columns["unit_price"].additive
    assert [(join.columns, join.role) for join in glossary.joins] == [
        (("cust_id",), "customer"), (("payer_id",), "payer"),
    ]  # fmt: skip


def test_schemas_of_ones_own_are_found_by_name_and_by_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQLLOOP_HOME", str(tmp_path))
    folder = tmp_path / "schemas" / "my_shop"
    folder.mkdir(parents=True)
    text = first_glossary("shop", parse_ddl(DDL, folder / "schema.sql"), ROWS, datetime(2025, 1, 2, tzinfo=UTC))
    for name, content in (("schema.sql", DDL), ("glossary.toml", text), ("questions.toml", ""), ("rows.py", "")):
        (folder / name).write_text(content)
    assert [schema.name for schema in select_schemas("own")] == ["my_shop"]
    assert [schema.name for schema in select_schemas("hotel_group,my_shop,own")] == ["hotel_group", "my_shop"]
    assert "my_shop" not in [schema.name for schema in select_schemas("all")]
    monkeypatch.chdir(tmp_path)
    wanted = spell_out("hotel_group, ./schemas/my_shop")
    monkeypatch.chdir("/")
    assert [schema.name for schema in select_schemas(wanted)] == ["hotel_group", "my_shop"]
    with pytest.raises(SchemaError, match=r"unknown schema 'shop': choose from .*hotel_group.*my_shop"):
        select_schemas("shop")
