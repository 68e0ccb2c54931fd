"""The commands `loop schemas add` and `drop`: a user's own database as a schema, and copies given back.

Shows and checks; reading the database is `evaluator.adopt`. Heavy imports stay inside the commands.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from schemas.errors import DataError, GapsError, SchemaError, UsageError

if TYPE_CHECKING:
    from evaluator.check import Problem
    from evaluator.sql_eval import ForeignQuestion
    from schemas.catalog import Schema

Dsn = Annotated[str | None, typer.Option("--postgres", metavar="DSN", help="Your own server, not the embedded one.")]


def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the schema shall be called: a-z, 0-9 and _.")],
    postgres: Annotated[str, typer.Option(metavar="DSN", help="The database; {db_name} stands for NAME.")],
    questions: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Questions with golds, in sql-eval's format.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(metavar="T", help="The schema's today; else this moment.")] = None,
    namespace: Annotated[str, typer.Option(help="Postgres schema that holds the tables.")] = "public",
    tables: Annotated[str, typer.Option(help="Tables to take, with commas; all if empty.")] = "",
    rows: Annotated[int, typer.Option(min=20, max=20_000, help="Rows to take of a table.")] = 1000,
    replace: Annotated[bool, typer.Option("--replace", help="Write over an added schema of that name.")] = False,
) -> None:
    """Take a database of yours as a schema: DDL, a sample of rows, first words for it, your questions.

    Only reads the database. Golds that do not run on the sample, or are otherwise unsound, are left out and named
    (exit code 3).

    Example: loop schemas add shop --postgres postgresql://localhost/shop --questions shop.csv
    """
    from evaluator.adopt import Wanted, adopt
    from evaluator.foreign import PLACE
    from schemas.home import own_schemas

    moment = _moment(as_of)
    target = _target(name, replace)
    asked = _questions(questions, name, postgres)
    console = Console()
    work = own_schemas() / ".adding" / name
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        chosen = Wanted(namespace, tuple(part.strip() for part in tables.split(",") if part.strip()), rows)
        schema = adopt(
            postgres.replace(PLACE, name), work, chosen, moment, asked,
            on_table=lambda table, count: console.print(f"  {table:<32} {count:>6,} rows", highlight=False),
        )  # fmt: skip
        problems = _keep_sound(schema, work, asked) if asked else []
        shutil.rmtree(target, ignore_errors=True)
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _tell(console, target, schema, len(asked), problems)


def _moment(as_of: str | None) -> datetime:
    from loop.cli_score import moment

    return moment(as_of).astimezone(UTC).replace(microsecond=0)


def _target(name: str, replace: bool) -> Path:
    """The schema's folder; refuses a name that is taken or no name."""
    from schemas.catalog import schema_names
    from schemas.home import own_schemas

    if not re.fullmatch(r"[a-z][a-z0-9_]{0,47}", name):
        raise UsageError(f"{name!r} is no name for a schema: begin with a letter and use a-z, 0-9 and _ only")
    if name in {*schema_names(), "all", "original", "new", "own"}:
        raise UsageError(f"the name {name!r} is taken by sqlloop itself: choose another")
    target = own_schemas() / name
    if target.exists() and not replace:
        raise UsageError(f"the schema {name!r} is there already ({target}): give --replace to write over it")
    return target


def _questions(path: Path | None, name: str, dsn: str) -> list[ForeignQuestion]:
    """The file's questions on this database: those whose db_name is NAME or the database's own name."""
    from psycopg.conninfo import conninfo_to_dict

    from evaluator.foreign import PLACE
    from evaluator.server import checked_dsn
    from evaluator.sql_eval import read_questions

    database = conninfo_to_dict(checked_dsn(dsn.replace(PLACE, name))).get("dbname")
    if path is None:
        return []
    asked = read_questions(path)
    found = [item for item in asked if item.question.schema_name in {name, database}]
    if not found:
        there = ", ".join(dict.fromkeys(item.question.schema_name for item in asked))
        raise DataError(f"{path}: no question has the db_name {name!r} or {database!r}; the file has {there}")
    return found


def _keep_sound(schema: Schema, folder: Path, asked: Sequence[ForeignQuestion]) -> list[tuple[int, str]]:
    """Check the golds on instances, deal the sound questions out again; (line, what is wrong) of the others."""
    from evaluator.adopt import deal_out, write_questions
    from evaluator.check import check_questions
    from evaluator.copies import build_instances, build_shuffled, drop_instances
    from evaluator.execute import Executor
    from evaluator.server import open_server
    from schemas.catalog import load_schema
    from schemas.home import home

    with open_server(None, home() / "postgres") as server:
        instances, shuffled = build_instances(server, schema, 1), build_shuffled(server, schema, 1)
        with Executor(server) as executor:
            problems = check_questions(executor, instances, shuffled, schema)
        drop_instances(server, schema.name)
    bad = _by_key(problems)
    write_questions(folder / "questions.toml", deal_out([item for item in asked if str(item.key) not in bad]))
    load_schema.cache_clear()
    return [(item.line, bad[str(item.key)]) for item in asked if str(item.key) in bad]


def _by_key(problems: Sequence[Problem]) -> dict[str, str]:
    """A question's id in its file -> the first thing that is wrong with it."""
    found: dict[str, str] = {}
    for problem in problems:
        key = problem.question.rpartition("/")[2].partition("-")[2]  # NAME/split-KEY
        what = re.sub(r"^question \S+: |; mend it in questions\.toml", "", problem.what)
        found.setdefault(key, what)
    return found


def _tell(console: Console, target: Path, schema: Schema, asked: int, problems: Sequence[tuple[int, str]]) -> None:
    """What was made and what to do next."""
    from schemas.catalog import load_schema
    from schemas.records import SPLITS

    made = load_schema(schema.name, target.parent)
    console.print(f"{made.name}: {len(made.tables)} tables in {target}", highlight=False, soft_wrap=True, markup=False)
    counts = {split: len(made.split(split)) for split in SPLITS}
    if asked:
        console.print("questions: " + ", ".join(f"{count} {split}" for split, count in counts.items()), highlight=False)
    empty = [split for split in ("dev", "select", "test") if not counts[split]]
    if empty:
        console.print(
            f"[yellow]no questions in {', '.join(empty)}[/]: a run needs some in each; add them to questions.toml, or "
            "add the schema again with a file of four families of questions or more",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    console.print(
        f"next: mend the words in {escape(str(target / 'glossary.toml'))}, then loop run --schemas {made.name}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    if problems:
        for line, what in problems:
            Console(stderr=True).print(f"line {line}: {what}", markup=False, highlight=False, soft_wrap=True)
        raise GapsError(
            f"{len(problems)} of {asked} questions were left out, for the reasons above; the schema is there"
        )


def drop(
    schemas: Annotated[str, typer.Option("--schemas", help="Names with commas, or all.")] = "all", postgres: Dsn = None
) -> None:
    """Drop the filled copies that sqlloop made on the server, and nothing else; they are built again when needed.

    Example: loop schemas drop --schemas hotel_group
    """
    from evaluator.copies import drop_instances
    from evaluator.server import open_server
    from schemas.home import home

    names = [part.strip() for part in schemas.split(",") if part.strip()]
    if not names:
        raise SchemaError("no schema is named: give --schemas all, or names with commas")
    with open_server(postgres, home() / "postgres") as server:
        count = sum(drop_instances(server, None if name == "all" else name) for name in names)
    Console().print(f"{count} copies dropped", highlight=False)
