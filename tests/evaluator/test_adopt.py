"""A user's database becomes a schema: read without a trace, sampled with whole keys, changed copies that load."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from support import CASES

from evaluator.adopt import SHARES, Wanted, adopt, deal_out
from evaluator.copies import build_instances, drop_instances
from evaluator.server import Server
from evaluator.sql_eval import ForeignQuestion, read_questions
from schemas.catalog import Schema
from schemas.errors import DatabaseError, SchemaError
from schemas.records import Question

AS_OF = datetime(2024, 6, 1, 12, tzinfo=UTC)
CAP = 100


@pytest.fixture(scope="module")
def source(server: Server) -> Iterator[str]:
    """DSN of a foreign database, by a role that may only read it."""
    with psycopg.connect(server.admin_dsn(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE foreign_source")
        admin.execute("CREATE ROLE visitor LOGIN")
    with psycopg.connect(server.admin_dsn("foreign_source"), autocommit=True) as connection:
        connection.execute((CASES / "foreign_source.sql").read_text().encode())
        connection.execute("GRANT USAGE ON SCHEMA crm TO visitor")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA crm TO visitor")
    yield psycopg.conninfo.make_conninfo(server.admin_dsn("foreign_source"), user="visitor")
    with psycopg.connect(server.admin_dsn(), autocommit=True) as admin:
        admin.execute("DROP DATABASE foreign_source WITH (FORCE)")
        admin.execute("DROP ROLE visitor")


@pytest.fixture(scope="module")
def adopted(source: str, tmp_path_factory: pytest.TempPathFactory) -> Schema:
    folder = tmp_path_factory.mktemp("own") / "crm"
    folder.mkdir()
    return adopt(source, folder, Wanted("crm", rows=CAP), AS_OF, _asked(["SELECT count(*) FROM orders"] * 2))


def _asked(golds: list[str]) -> list[ForeignQuestion]:
    return [
        ForeignQuestion(n, "", n + 2, Question(id=str(n), schema_name="crm", split="test", text=f"q{n}", golds=(gold,)))
        for n, gold in enumerate(golds)
    ]


def test_tables_columns_and_keys_are_read(adopted: Schema) -> None:
    assert {t.name for t in adopted.tables} == {
        "Client", "agent", "empty_one", "order_line", "orders", "team", "visit",
    }  # fmt: skip
    client, orders = adopted.table("Client"), adopted.table("orders")
    assert client.column("mood").values == ("calm", "cross")
    assert client.column("mood").comment == "As of the last call"
    assert client.comment == 'Who buys; it\'s "them"'
    assert client.column("share%").type == "real"
    assert [(key.columns, key.parent) for key in client.foreign_keys] == [(("referred_by",), "Client")]
    assert orders.column("total").type == "decimal(10, 2)"
    assert orders.column("total").not_null
    assert orders.column("status").values == ("open", "paid", "void")
    assert orders.uniques == (("client_id", "placed_at"),)
    assert adopted.table("order_line").primary_key == ("order_no", "line_no")
    assert adopted.table("agent").column("email").unique
    assert {key.parent for name in ("team", "agent") for key in adopted.table(name).foreign_keys} == {"agent", "team"}


def test_the_sample_is_capped_and_repeatable(adopted: Schema, source: str, tmp_path: Path) -> None:
    rows = adopted.rows(1, 1)
    assert len(rows["order_line"]) == CAP
    assert CAP <= len(rows["Client"]) < 300  # the cap, and ancestors that keys need
    assert len(rows["team"]) == 5
    (tmp_path / "crm").mkdir()
    again = adopt(source, tmp_path / "crm", Wanted("crm", rows=CAP), AS_OF)
    assert (again.folder / "rows.jsonl").read_bytes() == (adopted.folder / "rows.jsonl").read_bytes()


@pytest.mark.parametrize("instance", [1, 2, 3, 4])
def test_every_key_finds_its_row_and_lists_hold(adopted: Schema, instance: int) -> None:
    rows = adopted.rows(1, instance)
    assert rows == adopted.rows(1, instance)
    for table in adopted.tables:
        names = [column.name for column in table.columns]
        for key in table.foreign_keys:
            parent = adopted.table(key.parent)
            theirs = [[column.name for column in parent.columns].index(name) for name in key.parent_columns]
            there = {tuple(row[p] for p in theirs) for row in rows[parent.name]}
            for row in rows[table.name]:
                value = tuple(row[names.index(name)] for name in key.columns)
                assert None in value or value in there, (table.name, key)
        for place, column in enumerate(table.columns):
            found = {row[place] for row in rows[table.name]} if column.values else set()
            assert found <= {*column.values, None}


def test_a_row_whose_parent_is_nowhere_is_left_out(adopted: Schema) -> None:
    assert 5000 not in {row[0] for row in adopted.rows(1, 1)["orders"]}


def test_copies_are_small_and_differ(adopted: Schema) -> None:
    second, third = adopted.rows(1, 2), adopted.rows(1, 3)
    assert second != third
    assert all(len(rows) <= 160 for rows in second.values())
    due = [row[-1] for row in second["orders"]]
    assert None in due
    assert date(2024, 6, 1) in {day for instance in (2, 3, 4) for day in (row[-1] for row in adopted.rows(1, instance)["orders"])}  # fmt: skip  # noqa: E501
    assert max(Counter(due).values()) > 1


def test_all_instances_load(adopted: Schema, server: Server) -> None:
    instances = build_instances(server, adopted, seed=3, count=4)
    try:
        with psycopg.connect(server.reader_dsn(instances[0].database)) as connection:
            shown = connection.execute('SELECT tags, extra, flags::text, seen::text FROM "Client" LIMIT 1').fetchone()
        assert shown is not None
        assert shown[0] == ["a", 'b "c"']
        assert set(shown[1]) == {"n"}
        assert shown[2] == "101"
    finally:
        drop_instances(server, adopted.name)


def test_the_source_is_left_as_it_was(source: str, server: Server, tmp_path: Path) -> None:
    def fingerprint() -> object:
        with psycopg.connect(server.admin_dsn("foreign_source")) as connection:
            return connection.execute(
                "SELECT (SELECT md5(string_agg(c::text, ',' ORDER BY c.oid)) FROM pg_class c),"
                " (SELECT md5(string_agg(o::text, ',' ORDER BY o::text)) FROM crm.orders o),"
                " (SELECT count(*) FROM pg_roles), (SELECT count(*) FROM pg_database)"
            ).fetchone()

    before = fingerprint()
    (tmp_path / "crm").mkdir()
    adopt(source, tmp_path / "crm", Wanted("crm"), AS_OF)
    assert fingerprint() == before


def test_a_part_of_the_tables_may_be_taken(source: str, tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    schema = adopt(source, tmp_path / "part", Wanted("crm", ("orders", "order_line")), AS_OF)
    assert [table.name for table in schema.tables] == ["orders", "order_line"]
    assert schema.table("orders").foreign_keys == ()


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        (Wanted("nowhere"), r"nothing can be taken from the Postgres schema 'nowhere': it holds no table"),
        (Wanted("crm", ("order",)), r"no table 'order' is in the Postgres schema 'crm': it holds Client, agent"),
    ],
)
def test_what_is_not_there_is_said(source: str, wanted: Wanted, named: str, tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=named):
        adopt(source, tmp_path, wanted, AS_OF)


def test_a_role_that_may_not_read_is_told(source: str, server: Server, tmp_path: Path) -> None:
    with psycopg.connect(server.admin_dsn("foreign_source"), autocommit=True) as admin:
        admin.execute("REVOKE SELECT ON crm.team FROM visitor")
    try:
        with pytest.raises(DatabaseError, match=r"permission denied for table team\): let the DSN's role SELECT"):
            adopt(source, tmp_path, Wanted("crm"), AS_OF)
    finally:
        with psycopg.connect(server.admin_dsn("foreign_source"), autocommit=True) as admin:
            admin.execute("GRANT SELECT ON crm.team TO visitor")


def test_families_stay_together_and_every_split_gets_some() -> None:
    golds = [f"SELECT count(*) FROM t{family} WHERE a = {value}" for family in range(5) for value in range(9)]
    dealt = deal_out(_asked(golds))
    assert {split: len({item.question.golds[0][:24] for item in items}) for split, items in dealt.items()} == {
        "train": 2, "dev": 1, "select": 1, "test": 1,
    }  # fmt: skip
    assert sum(map(len, dealt.values())) == len(golds)
    assert deal_out(_asked(golds)) == dealt


def test_shares_are_near_the_shipped_ones() -> None:
    dealt = deal_out(_asked([f"SELECT c{n} FROM t" for n in range(200)]))
    assert {split: len(items) for split, items in dealt.items()} == {s: round(200 * v) for s, v in SHARES.items()}


def test_a_question_with_two_golds_joins_their_families() -> None:
    asked = _asked(["SELECT a FROM t WHERE b = 1", "SELECT c FROM t", "SELECT a FROM t WHERE b = 2"])
    both = asked[2].question.model_copy(update={"golds": ("SELECT a FROM t WHERE b = 2", "SELECT c FROM t")})
    asked[2] = ForeignQuestion(2, "", 4, both)
    assert sorted(len(items) for items in deal_out(asked).values()) == [0, 0, 0, 3]


def test_questions_survive_the_way_into_toml(source: str, tmp_path: Path) -> None:
    gold = "SELECT '\"it''s\\n\"' AS \"a\tb\",\n count(*) FROM orders"
    with (tmp_path / "q.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["db_name", "query_category", "question", "query", "instructions"])
        writer.writerow(["crm", "odd", 'How "many"?', f"{gold}; SELECT 1", "Count all."])
    (tmp_path / "crm").mkdir()
    schema = adopt(source, tmp_path / "crm", Wanted("crm"), AS_OF, read_questions(tmp_path / "q.csv"))
    (question,) = schema.questions
    assert question.text == 'How "many"? Count all.'
    assert question.golds == (gold, "SELECT 1")
