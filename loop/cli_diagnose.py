"""The commands `loop diagnose` and `loop triage`: what is wrong with answers, and which questions look wrong.

Reads, shows and writes; the diagnosing is `evaluator.diagnose`. Heavy imports stay inside the commands.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from schemas.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from evaluator.pairs import Pair
    from schemas.catalog import Schema
    from schemas.ddl import Table
    from schemas.records import Diagnosis


def diagnose(
    pairs: Annotated[Path | None, typer.Argument(metavar="PAIRS.jsonl", help="Lines of id, gold, predicted.")] = None,
    schema: Annotated[
        str | None, typer.Option(metavar="NAME", help="A schema that the pairs are over, shipped or added.")
    ] = None,
    ddl: Annotated[Path | None, typer.Option(metavar="FILE", help="Your own CREATE TABLE statements.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="OUT.jsonl", help="Where the modes of PAIRS.jsonl go.")] = None,
    gold: Annotated[str | None, typer.Option(metavar="SQL", help="The right statement of a single pair.")] = None,
    predicted: Annotated[str | None, typer.Option(metavar="SQL", help="The statement to judge.")] = None,
    dialect: Annotated[str, typer.Option(help="How a single pair is read: postgres, sqlite ...")] = "postgres",
    execute: Annotated[bool, typer.Option("--execute", help="Confirm causes on Postgres, with --schema NAME.")] = False,
) -> None:
    """Name what is wrong with statements, beside the right ones.

    Works from the texts alone; with --schema or --ddl, names are resolved; with --execute, the cause is proven by
    running repairs. A line of PAIRS.jsonl is {"id": 1, "gold": "...", "predicted": "...", "dialect": "sqlite"}.

    Example: loop diagnose --schema hotel_group --gold 'SELECT name FROM hotel' --predicted 'SELECT city FROM hotel'
    """
    from evaluator.pairs import Pair, check_dialect, read_pairs
    from loop.report.pair import show_pair

    loaded, tables = _schema(schema, ddl)
    if execute and loaded is None:
        raise UsageError("--execute needs rows to run on: give --schema NAME as well")
    console = Console()
    if pairs is None:
        if gold is None or predicted is None:
            raise UsageError("give a file of pairs, or both --gold and --predicted")
        check_dialect(dialect)
        single = Pair(id="pair", gold=gold, predicted=predicted, dialect=dialect)
        show_pair(console, single, _found([single], tables, loaded if execute else None)[0])
        return
    if gold is not None or predicted is not None:
        raise UsageError("give a file of pairs or one pair, not both")
    if out is None:
        raise UsageError("say with --out OUT.jsonl where the modes go")
    if not out.absolute().parent.is_dir():
        raise UsageError(f"the folder of {out} does not exist: make it, or give another --out")
    asked = read_pairs(pairs)
    found = _found(asked, tables, loaded if execute else None)
    _write(out, asked, found)
    _show_counts(console, found)


def _schema(name: str | None, ddl: Path | None) -> tuple[Schema | None, tuple[Table, ...]]:
    """The schema and its tables, or a DDL's tables, or neither."""
    from schemas.catalog import select_schemas
    from schemas.ddl import parse_ddl

    if name is not None and ddl is not None:
        raise UsageError("give --schema NAME or --ddl FILE, not both")
    if name is not None:
        loaded = select_schemas(name)[0]
        return loaded, loaded.tables
    if ddl is None:
        return None, ()
    try:
        return None, parse_ddl(ddl.read_text(encoding="utf-8"), ddl)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{ddl} cannot be read ({error}): give a file of CREATE TABLE statements") from None


def _found(asked: Sequence[Pair], tables: Sequence[Table], schema: Schema | None) -> list[list[Diagnosis]]:
    """What is wrong with each pair: from the texts, or executed on a schema's instances."""
    from evaluator.pairs import diagnose_texts

    return [diagnose_texts(pair, tables) for pair in asked] if schema is None else _executed(asked, schema)


def _executed(asked: Sequence[Pair], schema: Schema) -> list[list[Diagnosis]]:
    from evaluator.copies import build_instances
    from evaluator.diagnose import Confirm
    from evaluator.diagnose import diagnose as find_modes
    from evaluator.execute import Executor
    from evaluator.repair import Repairer
    from evaluator.score import score
    from evaluator.server import open_server
    from schemas.home import home
    from schemas.records import Prediction, Question

    questions = [
        Question(id=str(n), schema_name=schema.name, split="dev", text=pair.question, golds=(pair.gold,))
        for n, pair in enumerate(asked)
    ]
    answers = [Prediction(id=str(n), sql=pair.predicted) for n, pair in enumerate(asked)]
    with open_server(None, home() / "postgres") as server, Executor(server) as executor:
        instances = {schema.name: build_instances(server, schema, seed=1)}
        verdicts = score(executor, instances, questions, answers)
        found = find_modes(verdicts, questions, {schema.name: schema}, Confirm(Repairer(executor), instances))
    return [[item for item in found if item.id == str(n)] for n in range(len(asked))]


def _write(path: Path, asked: Sequence[Pair], found: Sequence[Sequence[Diagnosis]]) -> None:
    from evaluator.pairs import as_line
    from loop.store import write_atomic

    lines = [as_line(pair, own) for pair, own in zip(asked, found, strict=True)]
    write_atomic(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def _show_counts(console: Console, found: Sequence[Sequence[Diagnosis]]) -> None:
    counts = Counter(item.mode for own in found for item in own)
    same = sum(not own for own in found)
    console.print(f"{len(found):,} pairs, {same:,} without a difference")
    for mode, count in counts.most_common():
        console.print(f"  {count:>6,}  {mode}", highlight=False)


def triage(
    name: Annotated[str, typer.Argument(metavar="RUN")] = "default",
    runs_dir: Annotated[Path, typer.Option("--runs-dir", help="Folder that holds the runs.")] = Path("runs"),
) -> None:
    """List the questions of a run that look wrong themselves, for you to mend: nothing is changed.

    A gold is suspect where several rounds' models agree on another answer; a question is ambiguous where only what it
    does not speak of is wrong.

    Example: loop triage default
    """
    from loop.report.pair import show_suspects
    from loop.store import Store
    from loop.triage import suspects_of

    store = Store(runs_dir / name)
    if not (store.folder / "config.toml").is_file():
        raise ConfigError(f"no run {name!r} in {runs_dir}: see what is there, or start it with loop run --run {name}")
    show_suspects(Console(), suspects_of(store))
