"""What the evaluator's tests share: a purpose-made schema of three tables, and cases read from data files."""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).parent / "cases"
NAME = "tiny"


def cases(name: str) -> list[Any]:
    """The [[case]] tables of a data file, as pytest parameters named after them."""
    entries = tomllib.loads((CASES / name).read_text(encoding="utf-8"))["case"]
    return [pytest.param(entry, id=entry["name"]) for entry in entries]


SCHEMA_SQL = """
CREATE TYPE shade AS ENUM ('red', 'green', 'blue');

CREATE TABLE maker (
    id integer PRIMARY KEY,
    name text NOT NULL,
    country char(4),
    founded date
);

CREATE TABLE item (
    id integer PRIMARY KEY,
    maker_id integer REFERENCES maker (id),
    label text NOT NULL,
    price numeric(8, 2),
    weight double precision,
    shade shade,
    in_stock boolean NOT NULL,
    tags text[],
    extra jsonb
);

CREATE TABLE sale (
    id integer PRIMARY KEY,
    item_id integer NOT NULL REFERENCES item (id),
    sold_at timestamptz NOT NULL,
    sold_on date NOT NULL,
    quantity integer NOT NULL,
    discount numeric(4, 2),
    status text NOT NULL CHECK (status IN ('open', 'paid', 'void'))
);
"""

ROWS_PY = """
import random
from datetime import date, datetime, timedelta, timezone


def rows(seed, instance):
    draw = random.Random(f"{seed}/{instance}")
    makers = [(i, f"maker {i % 7}", draw.choice(["DE", "FR", None]), date(1990 + i, 1, 1)) for i in range(1, 11)]
    items = [
        (i, draw.choice([None, *range(1, 9)]), f"item {i}", round(draw.uniform(1, 50), 2) if i % 9 else None,
         draw.uniform(0, 3), draw.choice(["red", "green", "blue", None]), draw.random() < 0.6,
         draw.choice([None, [], ["a"], ["a", "b"]]), draw.choice([None, {"k": i % 3}]))
        for i in range(1, 41)
    ]
    start = datetime(2025, 3, 14, 9, 30, tzinfo=timezone.utc)
    sales = []
    for i in range(1, 121):
        at = start - timedelta(days=draw.randrange(0, 500), hours=draw.randrange(24))
        sales.append((i, draw.randrange(1, 31), at, at.date(), draw.randrange(1, 6),
                      draw.choice([None, 0, 0.1, 0.25]), draw.choice(["open", "paid", "void"])))
    return {"maker": makers, "item": items, "sale": sales}
"""

GLOSSARY = """
title = "Tiny shop"
about = "A shop made for tests."
as_of = 2025-03-14T09:30:00Z
origin = "new"
"""

COLUMNS = {
    "maker": ("maker", ["id", "name", "country", "founded"]),
    "item": ("item", ["id", "maker_id", "label", "price", "weight", "shade", "in_stock", "tags", "extra"]),
    "sale": ("sale", ["id", "item_id", "sold_at", "sold_on", "quantity", "discount", "status"]),
}

QUESTIONS = """
[[question]]
id = "dev-01"
split = "dev"
question = "How many items are there?"
sql = "SELECT count(*) FROM item"

[[question]]
id = "dev-02"
split = "dev"
question = "The three dearest items, dearest first?"
sql = "SELECT label FROM item WHERE price IS NOT NULL ORDER BY price DESC LIMIT 3"

[[question]]
id = "select-01"
split = "select"
question = "Sales of the last 30 days?"
sql = ["SELECT id FROM sale WHERE sold_on >= CURRENT_DATE - 30", "SELECT s.id FROM sale s WHERE s.sold_on > CURRENT_DATE - 31"]

[[question]]
id = "test-01"
split = "test"
question = "Makers and their items?"
sql = "SELECT {m.id, m.name}, count(i.id) FROM maker m LEFT JOIN item i ON i.maker_id = m.id GROUP BY {}"
"""  # noqa: E501


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that the server's account can enter; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="sqlloop-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_schema(root: Path) -> Path:
    """Write the schema's folder under `root`; returns `root`."""
    folder = root / NAME
    folder.mkdir(parents=True, exist_ok=True)
    glossary = GLOSSARY
    for table, (noun, columns) in COLUMNS.items():
        glossary += f'\n[tables.{table}]\none = "{noun}"\nmany = "{noun}s"\n'
        for column in columns:
            glossary += f'[tables.{table}.columns.{column}]\nname = "{column}"\nrole = "text"\n'
    (folder / "schema.sql").write_text(SCHEMA_SQL, encoding="utf-8")
    (folder / "rows.py").write_text(ROWS_PY, encoding="utf-8")
    (folder / "glossary.toml").write_text(glossary, encoding="utf-8")
    (folder / "questions.toml").write_text(QUESTIONS, encoding="utf-8")
    return root
