"""WikiSQL: the release is read in all its forms, tables get names and types, cells keep their values."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp
from wikisql_cases import TINY, ferries

from generators.wikisql_release import RawTable, read_release
from generators.wikisql_tables import LEAST_ROWS, WikiTable, build_tables, identifier
from generators.wikisql_values import infer, read_as, written
from schemas.errors import DataError
from schemas.reserved import RESERVED
from schemas.sql import parse

# --- the release


def packed(folder: Path, kind: str) -> Path:
    path = folder / f"data.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for file in (TINY / "data").iterdir():
                archive.write(file, f"data/{file.name}")
            archive.writestr("data/train.db", b"SQLite format 3\0")
        return path
    with tarfile.open(path, f"w:{kind.rpartition('.')[2]}") as archive:
        archive.add(TINY / "data", "data")
    return path


@pytest.mark.parametrize("kind", ["folder", "data folder", "clone", "tar.bz2", "tar.gz", "zip"])
def test_every_form_of_the_release_reads_the_same(kind: str, raw: Sequence[RawTable], tmp_path: Path) -> None:
    paths = {"folder": TINY, "data folder": TINY / "data"}
    if kind == "clone":
        packed(tmp_path, "tar.bz2")
    path = paths.get(kind) or (tmp_path if kind == "clone" else packed(tmp_path, kind))
    assert read_release(path) == tuple(raw)


def test_tables_without_rows_and_questions_without_their_column_are_left_out(raw: Sequence[RawTable]) -> None:
    assert [item.id for item in raw] == ["1-10-1", "1-11-1"]
    assert len(raw[0].questions) == 5
    assert raw[0].questions[1].conditions == ((3, ">", "30"), (4, "=", "Bergen"))


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("train.jsonl", "{", r"train\.jsonl:1 is no JSON"),
        ("train.jsonl", '{"table_id": "x", "question": "?"}', "no 'sql'"),
        ("train.jsonl", '{"table_id": "x", "question": "?", "sql": {"sel": 0, "agg": 9, "conds": []}}', "no question"),
        ("train.tables.jsonl", '{"id": "x", "header": ["a"], "rows": [[1, 2]]}', "more or fewer cells"),
    ],
)
def test_a_broken_line_is_named(name: str, line: str, said: str, tmp_path: Path) -> None:
    for file in ("train.jsonl", "train.tables.jsonl"):
        (tmp_path / file).write_text(line + "\n" if file == name else "")
    with pytest.raises(DataError, match=said):
        read_release(tmp_path)


def test_what_is_no_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no"):
        read_release(tmp_path)
    (tmp_path / "x.tar.bz2").write_bytes(b"BZh9 but not really")
    with pytest.raises(DataError, match="cannot be read"):
        read_release(tmp_path / "x.tar.bz2")
    with pytest.raises(DataError, match="cannot be read"):
        read_release(tmp_path / "nothing")


# --- tables


def test_names_and_types(tables: Sequence[WikiTable]) -> None:
    table = ferries(tables)
    assert table.ddl == (
        "CREATE TABLE harbour_ferries (ferry text, order_number integer, built_on date, length_m numeric, "
        "home_port text);\n"
    )
    assert table.rows[0] == ("Aurora", 1, date(1998, 3, 3), Decimal("31.5"), "Bergen")
    assert table.rows[3][3] is None
    other = next(item for item in tables if item.id == "1-11-1")
    assert [field.name for field in other.fields] == ["player", "score", "score_2", "crowd"]
    assert [field.clear for field in other.fields] == [True, False, False, True]
    assert other.values(3)[:3] == (1200, 850, 12000)


def test_a_question_without_an_answer_gets_a_row(tables: Sequence[WikiTable]) -> None:
    table = ferries(tables)
    assert len(table.rows) >= LEAST_ROWS
    assert [row for row in table.rows if row[1] == 99 and row[4] == "Kirkwall"]


def test_the_order_and_names_do_not_depend_on_how_many_are_asked_for(raw: Sequence[RawTable]) -> None:
    twice = [RawTable(f"{item.id}/{n}", item.title, item.header, item.rows) for n in range(3) for item in raw]
    every = list(build_tables(twice, 7))
    assert list(build_tables(twice, 7, 2, 3)) == every[2:5]
    assert len({item.name for item in every}) == len(every)
    assert [item.id for item in build_tables(twice, 8)] != [item.id for item in every]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_header_gives_a_plain_name(header: str) -> None:
    raw = RawTable("x", header, (header, header), (("1", "a"), ("2", "b")))
    table = next(build_tables([raw], 1))
    for name in (table.name, *(field.name for field in table.fields)):
        assert name not in RESERVED
        assert len(name) <= 60
        assert identifier(name) in {name, f"no_{name}"}
    assert len({field.name for field in table.fields}) == 2
    assert parse(f"SELECT {table.fields[0].name} FROM {table.name} WHERE {table.fields[1].name} = 'a'") is not None


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "20", ""], "integer"), (["1", "3000000000"], "bigint"), (["1.5", "2"], "numeric"), (["007"], "text"),
        (["1,200", "−3"], "integer"), (["May 1, 2001", "2002-03-04"], "date"), (["1", "x"], "text"),
        (["-", None], "text"),
        ([3.0, 4], "integer"), ([2.5], "numeric"), (["10%"], "text"), (["1e5"], "text"), (["3-1"], "text"),
    ],
)  # fmt: skip
def test_types(cells: list[str | float | None], kind: str) -> None:
    assert infer(cells) == kind


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(max_size=20), st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False))
)
def test_a_cell_survives_its_type_and_the_sql(cell: str | int | float) -> None:
    value = read_as(cell, infer([cell]))
    if value is None:
        return
    literal = sqlglot.parse_one(f"SELECT {written(value)}", read="postgres").selects[0]
    if isinstance(value, (str, date)):
        assert literal.name == str(value)
    else:
        number = Decimal(f"-{literal.this.name}" if isinstance(literal, exp.Neg) else literal.name)
        assert number == value
