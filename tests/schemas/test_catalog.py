"""Schema folders with something wrong in them: one sentence that names the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.catalog import load_schema, schema_names, select_schemas
from schemas.errors import SchemaError

DDL = """
CREATE TABLE city (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE shop (id int PRIMARY KEY, city_id int REFERENCES city, size int);
"""
GLOSSARY = """
title = "Shops"
about = "Shops in cities."
as_of = 2025-01-31T12:00:00Z
origin = "foreign"

[tables.city]
one = "city"
many = "cities"
label = "name"
[tables.city.columns]
id = { name = "city number", role = "key" }
name = { name = "name", role = "label" }

[tables.shop]
one = "shop"
many = "shops"
[tables.shop.columns]
id = { name = "shop number", role = "key" }
city_id = { name = "city number", role = "key" }
size = { name = "size", role = "measure" }

[[joins]]
child = "shop"
columns = ["city_id"]
parent = "city"

[[conditions]]
table = "shop"
phrases = ["big {}"]
sql = "size > 100"
"""
QUESTIONS = """
[[question]]
id = "one"
split = "train"
question = "How many shops are there?"
sql = "SELECT COUNT(*) FROM shop"

[[question]]
id = "two"
split = "dev"
question = "Which cities are there?"
sql = ["SELECT name FROM city", "SELECT DISTINCT name FROM city"]
"""
ROWS = "def rows(seed, instance):\n    return {'city': [(1, 'Bonn')], 'shop': [(1, 1, seed + instance)]}\n"
FILES = {"schema.sql": DDL, "glossary.toml": GLOSSARY, "questions.toml": QUESTIONS, "rows.py": ROWS}


def write(root: Path, **changed: str | None) -> Path:
    """A schema folder `shops` under `root`; a file whose text is None is left out."""
    folder = root / "shops"
    folder.mkdir()
    for name, text in {**FILES, **{key.replace("_", "."): value for key, value in changed.items()}}.items():
        if text is not None:
            (folder / name).write_text(text)
    return root


def message(root: Path) -> str:
    with pytest.raises(SchemaError) as caught:
        load_schema("shops", root)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_sound_folder_loads(tmp_path: Path) -> None:
    schema = load_schema("shops", write(tmp_path))
    assert [table.name for table in schema.tables] == ["city", "shop"]
    assert [(q.id, q.split, len(q.golds)) for q in schema.questions] == [
        ("shops/one", "train", 1),
        ("shops/two", "dev", 2),
    ]
    assert [q.id for q in schema.split("dev", "test")] == ["shops/two"]
    assert schema.rows(4, 2)["shop"] == [(1, 1, 6)]


def test_the_digest_follows_ddl_rows_and_golds_only(tmp_path: Path) -> None:
    made = {}
    changes = {"same": {}, "ddl": {"schema_sql": DDL + "-- x\n"}, "rows": {"rows_py": ROWS + "# x\n"},
               "questions": {"questions_toml": QUESTIONS.replace("How many", "Count the")},
               "golds": {"questions_toml": QUESTIONS.replace("COUNT(*)", "COUNT(id)")}}  # fmt: skip
    for name, change in changes.items():
        (tmp_path / name).mkdir()
        made[name] = load_schema("shops", write(tmp_path / name, **change)).digest
    assert made["same"] == made["questions"]
    assert len({made["same"], made["ddl"], made["rows"], made["golds"]}) == 4


@pytest.mark.parametrize("name", ["glossary.toml", "questions.toml", "rows.py"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    said = message(write(tmp_path, **{name.replace(".", "_"): None}))
    assert str(tmp_path / "shops" / name) in said
    assert "missing" in said


@pytest.mark.parametrize("name", ["glossary.toml", "questions.toml"])
def test_broken_toml_is_named_with_its_line(tmp_path: Path, name: str) -> None:
    said = message(write(tmp_path, **{name.replace(".", "_"): "title = 'x'\nabout = = 3\n"}))
    assert str(tmp_path / "shops" / name) in said
    assert "line 2" in said


def test_broken_ddl_is_named_with_its_line(tmp_path: Path) -> None:
    said = message(write(tmp_path, schema_sql=DDL + "CREAT TABLE x (id int);\n"))
    assert f"{tmp_path / 'shops' / 'schema.sql'}:4" in said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = { name = "name", role = "label" }', "", ["city.name has no words"]),
        (
            "size = {",
            'colour = { name = "colour", role = "text" }\nsize = {',
            [":21: shop.colour is not in schema.sql"],
        ),
        ('label = "name"', 'label = "nick"', [":10: the label city.nick"]),
        ("[tables.shop", "[tables.store", [":15: table 'store' is not in schema.sql", "'shop' has no words"]),
        ('parent = "city"', 'parent = "country"', [":23: join shop(city_id) -> country"]),
        ('columns = ["city_id"]', 'columns = ["size"]', ["join shop(size) -> city"]),
        ('child = "shop"', 'child = "city"', ["join city(city_id) -> city"]),
        ('table = "shop"', 'table = "store"', ["'store' is no table"]),
        ('sql = "size > 100"', 'sql = "siz > 100"', [":28: shop.siz"]),
        ('sql = "size > 100"', 'sql = "size > ("', ["cannot be parsed"]),
        ('role = "measure"', 'role = "number"', [":21: tables.shop.columns.size.role"]),
        ('many = "shops"', 'many = "shops"\nplural = "shops"', ["tables.shop.plural"]),
        ("12:00:00Z", "12:00:00", ["as_of"]),
        ('origin = "foreign"', 'origin = "mine"', ["origin", "original"]),
    ],
)
def test_a_glossary_that_disagrees_is_named(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    assert old in GLOSSARY
    said = message(write(tmp_path, glossary_toml=GLOSSARY.replace(old, new)))
    for word in [str(tmp_path / "shops" / "glossary.toml"), *words]:
        assert word in said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id = "two"', 'id = "one"', [":8: question 2", "one", "twice"]),
        ('split = "dev"', 'split = "holdout"', ["question 2 (two)", "holdout", "train, dev, select, test"]),
        ('split = "dev"', 'split = "probe"', ["question 2 (two)", "probe"]),
        ('sql = "SELECT COUNT(*) FROM shop"', "", [":2: question 1 (one)", "has no sql"]),
        ('sql = "SELECT COUNT(*) FROM shop"', "sql = []", [":2: question 1 (one)", "has no sql"]),
        ('sql = "SELECT COUNT(*) FROM shop"', "sql = 7", ["question 1 (one)", "string"]),
        ('question = "How many shops are there?"', "", ["question 1 (one)", "has no question"]),
        ('id = "one"', "", ["question 1", "has no id"]),
    ],
)
def test_a_broken_question_is_named(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    assert old in QUESTIONS
    said = message(write(tmp_path, questions_toml=QUESTIONS.replace(old, new)))
    for word in [str(tmp_path / "shops" / "questions.toml"), *words]:
        assert word in said


def test_questions_that_are_no_list_are_named(tmp_path: Path) -> None:
    said = message(write(tmp_path, questions_toml='question = "How many?"\n'))
    assert "questions.toml" in said
    assert "[[question]]" in said


def test_rows_that_define_nothing_are_named(tmp_path: Path) -> None:
    schema = load_schema("shops", write(tmp_path, rows_py="ROWS = 1\n"))
    with pytest.raises(SchemaError, match=r"rows\.py defines no function rows"):
        schema.rows(1, 1)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("import x_y_z\n", r"rows\.py:1: rows\.py does not load \(ModuleNotFoundError: No module named 'x_y_z'"),
        ("def rows(seed, instance):\n    return 1 +\n", r"rows\.py:2: rows\.py does not load \(SyntaxError"),
        ("def rows(seed, instance):\n    a = 1\n    return {}[a]\n", r"rows\.py:3: rows\(4, 2\) failed \(KeyError: 1;"),
    ],
)
def test_rows_that_fail_are_named_with_their_line(tmp_path: Path, text: str, named: str) -> None:
    schema = load_schema("shops", write(tmp_path, rows_py=text))
    with pytest.raises(SchemaError, match=named):
        schema.rows(4, 2)


def test_an_unknown_schema_is_told_what_there_is() -> None:
    with pytest.raises(SchemaError, match="hotel_group"):
        load_schema("no_such_schema")


def test_selections() -> None:
    assert [schema.name for schema in select_schemas("all")] == list(schema_names())
    assert [schema.name for schema in select_schemas(" mobile_network, hotel_group,mobile_network ")] == [
        "mobile_network",
        "hotel_group",
    ]
    assert {schema.glossary.origin for schema in select_schemas("original")} == {"original"}
    with pytest.raises(SchemaError, match="no schema is selected"):
        select_schemas(" , ")
