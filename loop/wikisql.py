"""WikiSQL in the loop: its tables put on Postgres a few hundred at a time, variations admitted by the gate.

Where the release is neither named nor to be fetched, questions on single tables of the run's own schemas take its
place. Knows sessions, rounds and generators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from generators.curriculum import Request, draw_examples, even_shares
from generators.gate import Gate
from generators.view import View
from generators.wikisql import variations
from generators.wikisql_hub import fetch_release
from generators.wikisql_release import RawTable, read_release
from generators.wikisql_tables import WikiTable, as_schema, build_tables
from loop.progress import Ticker
from loop.session import Session
from loop.state import Round
from loop.store import Store, read_records, write_records
from schemas.errors import DataError
from schemas.records import Example, GateReport, Record
from schemas.sql import tables_of

PACK = 250
"""Tables that share a database."""
PER_TABLE = 8
"""Examples of one table in a row, where no run says how many share a prefix."""
TRIES = 3
"""Candidates offered to the gate for each example wanted of a pack."""
SIMPLE = Request({1: 1.0})
"""What stands in for WikiSQL: patterns of stage 1."""


class TableText(Record):
    """A table that examples of a stage are about, a line of tables.jsonl."""

    schema_name: str
    ddl: str


def small_tables(r: Round, made: Sequence[Example], out: Path, tick: Ticker) -> tuple[list[Example], GateReport]:
    """The round's variations of WikiSQL, or what stands in for them, and what their gate counted.

    Their gate executes on one copy and looks for no mutant: the tables are small and many, their questions simple.
    Leaves the tables' DDL in the stage's folder.

    Args:
        r: the round.
        made: its other examples, which what stands in must not repeat.
        out: the stage's folder.
        tick: counts them.
    """
    if not r.wikisql_count:
        return [], GateReport(offered=0, kept=0, rejected={})
    gate = r.gate([*r.earlier_examples(), *made], r.all_probes(), checks=False)
    raw, note = open_release(r.config.wikisql)
    tick.advance(0, note)
    found, tables = vary_tables(
        r.session, raw, gate, r.wikisql_count, tick.advance, list(r.views.values()), r.config.block
    )
    write_records(out / "tables.jsonl", [TableText(schema_name=item.schema_name, ddl=item.ddl) for item in tables])
    return found, gate.report()


def open_release(wanted: str) -> tuple[tuple[RawTable, ...], str]:
    """The release's tables, none where there is no release to be had; and what happened, in words.

    Raises:
        DataError: a release was named and cannot be read.
    """
    if wanted:
        return read_release(Path(wanted)), ""
    try:
        return fetch_release(), ""
    except DataError as error:
        return (), f"single tables of the schemas instead of WikiSQL: {error}"


def vary_tables(
    session: Session,
    raw: Sequence[RawTable],
    gate: Gate,
    count: int,
    on_kept: Callable[[], None],
    views: Sequence[View],
    per_table: int = PER_TABLE,
    *,
    build: bool = True,
) -> tuple[list[Example], list[WikiTable]]:
    """Examples that the gate lets in, `count` of them where there are so many, and the tables they are about.

    Args:
        session: holds the server; the tables' instances are added to it.
        raw: the release; single tables of the views are asked about where it is empty.
        gate: executes by `session.execute`.
        count: examples wanted.
        on_kept: called after each.
        views: the schemas that are trained on.
        per_table: examples of one table in a row.
        build: whether the tables are put on the server; not needed for a gate that executes nothing.
    """
    if not raw:
        return _of_own_schemas(views, session.config.seed, gate, count, on_kept), []
    packs = min(-(-len(raw) // PACK), -(-count // (PACK * per_table)))
    made: list[Example] = []
    used: list[WikiTable] = []
    seen: set[int] = set()
    for number in range(packs):
        wanted = (count - len(made)) // (packs - number)
        limit = min(PACK, max(1, 2 * -(-wanted // per_table)))  # twice as many as needed: some tables give little
        tables = list(build_tables(raw, session.config.seed, number * PACK, limit))
        if build:
            place(session, f"wikisql_{number}", tables)
        candidates = islice(variations(tables, per_table, session.config.seed, seen=seen), TRIES * wanted + per_table)
        kept = list(_counted(gate.admitted(candidates, wanted), on_kept))
        names = {example.schema_name for example in kept}
        used += [table for table in tables if table.schema_name in names]
        made += kept
    return made, used


def place(session: Session, name: str, tables: Sequence[WikiTable]) -> None:
    """Put tables on the session's server in one database; from then on `session.execute` finds them."""
    from evaluator.copies import build_instances

    instances = build_instances(session.server, as_schema(name, tables), session.config.seed, 1)
    session.small.update({table.schema_name: instances for table in tables})


def _counted(kept: Iterator[Example], on_kept: Callable[[], None]) -> Iterator[Example]:
    for example in kept:
        on_kept()
        yield example


def _of_own_schemas(
    views: Sequence[View], seed: int, gate: Gate, count: int, on_kept: Callable[[], None]
) -> list[Example]:
    """Questions on one table each, spread evenly over the schemas."""
    made: list[Example] = []
    for view, share in even_shares(views, count):
        drawn = draw_examples(view, SIMPLE, seed, "instead of wikisql", limit=60 * max(share, 1))
        single = (item for item in drawn if len(tables_of(item.sql)) == 1)
        made += _counted(gate.admitted(single, share), on_kept)
    return made


def table_texts(store: Store, number: int) -> dict[str, str]:
    """Schema name -> DDL of every table that the rounds up to `number` made examples about."""
    paths = [store.stage_folder(n, "generate") / "tables.jsonl" for n in range(1, number + 1)]
    return {item.schema_name: item.ddl for path in paths if path.is_file() for item in read_records(path, TableText)}
