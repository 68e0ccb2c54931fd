"""Pairs on demand: what `loop generate` and `loop coverage` ask of the generators, through the gate.

Knows sessions and generators, not how anything is shown.
"""

from __future__ import annotations

import importlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from generators.coverage import Cell, cover
from generators.curriculum import STAGE_SHARES, Request, draw_examples, even_shares
from generators.gate import TRIES, Gate, normalized_question
from generators.hard import hard_examples, plan_for_mode
from loop.session import Session
from loop.store import write_records
from schemas.errors import UsageError
from schemas.home import home
from schemas.records import Example, Execution, GateReport
from schemas.taxonomy import CONCEPTS, MODES


def check_names(concept: str, mode: str) -> None:
    """Complain of a concept or a mode that there is not, or of both given at once.

    Raises:
        UsageError: as said.
    """
    if concept and mode:
        raise UsageError("give --concept or --mode, not both: a mode chooses its concepts itself")
    for name, known, what in ((concept, CONCEPTS, "concept"), (mode, MODES, "failure mode")):
        if name and name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(known)}"
            raise UsageError(f"unknown {what} {name!r}: {hint}")


def new_gate(session: Session, *, execute: bool, checks: bool = True, chance: bool = True) -> Gate:
    """A fresh gate that seals dev, select and test of the session's schemas; without Postgres it takes all to run."""
    if not execute:
        return Gate(_unseen, session.sealed)
    return Gate(session.execute, session.sealed, session if checks else None, session.tables, chance)


def _unseen(schema_name: str, sql: str) -> Sequence[Execution]:
    del schema_name, sql
    return ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What pairs are wanted."""

    count: int
    """Pairs in all."""
    concept: str = ""
    """A concept that every pair carries, or ""."""
    mode: str = ""
    """A failure mode to plan against, or ""."""
    execute: bool = True
    """Whether what does not run, or gives nothing, is left out."""
    chance: bool = True
    """Whether what depends on the order of rows is left out too."""


Part = tuple[list[Example], GateReport]


def supply(session: Session, wish: Wish, *, workers: int = 1) -> Part:
    """Distinct pairs, as many as wished for where there are enough, schema by schema.

    Each schema has its own gate, so that the pairs are the same however many processes share the schemas; a pair that
    another schema gave already is dropped at the end.

    Args:
        session: the schemas and their server.
        wish: what is wanted.
        workers: processes; more than one only where there are several schemas.
    """
    names = [schema.name for schema in session.schemas]
    if workers > 1 and len(names) > 1:
        from loop.workers import in_processes

        parts = in_processes(session, wish, names, min(workers, len(names)))
    else:
        parts = [supply_schema(session, wish, name) for name in names]
    return _joined(parts)


def supply_schema(session: Session, wish: Wish, schema_name: str) -> Part:
    """The pairs of one schema, and what its gate did."""
    gate = new_gate(session, execute=wish.execute, chance=wish.chance)
    made: list[Example] = []
    for candidates, share in _sources(session, wish, schema_name):
        made += gate.admitted(candidates, share, TRIES * share)
    return made, gate.report()


def supply_wikisql(session: Session, path: str, *, count: int, execute: bool) -> tuple[list[Example], GateReport, str]:
    """Distinct variations of WikiSQL, and a remark where the release could not be had.

    Args:
        session: the server the tables are put on; its schemas take WikiSQL's place where that cannot be had.
        path: folder or archive of the release, or "hub".
        count: pairs in all.
        execute: whether what does not run, or gives nothing, is left out.

    Raises:
        DataError: the release that was named cannot be read.
    """
    from loop.wikisql import open_release, vary_tables

    raw, note = open_release("" if path == "hub" else path)
    gate = new_gate(session, execute=execute, checks=False)  # one small table each: nothing about chance and mutants
    made, _ = vary_tables(session, raw, gate, count, lambda: None, list(session.views.values()), build=execute)
    return made, gate.report(), note


def reworded(session: Session, made: Sequence[Example], address: str) -> tuple[list[Example], Counter[str]]:
    """The pairs with their questions reworded by a served model where its wording may be taken; what was done, counted.

    Raises:
        UsageError: the address is none.
        ModelError: the server does not answer, or refuses us.
    """
    from generators.asked_paraphrase import asked_paraphrases
    from loop.paraphraser import ServedParaphraser

    asker = ServedParaphraser(address, home() / "paraphrases.sqlite")
    try:
        return asked_paraphrases(made, asker, new_gate(session, execute=False).sealed)
    finally:
        asker.close()


def _sources(session: Session, wish: Wish, schema_name: str) -> Iterator[tuple[Iterator[Example], int]]:
    """Streams of one schema's candidates, with how many to take of each."""
    seed, names = session.config.seed, [schema.name for schema in session.schemas]
    view = session.view(schema_name)
    if wish.mode:
        for item in plan_for_mode(wish.mode, list(session.views.values()), wish.count).items:
            if item.schema_name == schema_name:
                yield hard_examples(view, item, {}, seed, "generate"), item.count
        return
    share = dict(even_shares(names, wish.count))[schema_name]
    request = Request(STAGE_SHARES[5], concept=wish.concept)
    if share:
        yield draw_examples(view, request, seed, "generate", wish.concept, limit=2 * TRIES * share), share


def _joined(parts: Sequence[Part]) -> Part:
    """The schemas' pairs in order, without those that an earlier schema gave word for word."""
    seen: set[tuple[str, str]] = set()
    made: list[Example] = []
    rejected: Counter[str] = Counter()
    for examples, report in parts:
        rejected.update(report.rejected)
        for example in examples:
            key = (normalized_question(example.question), example.sql)
            if key in seen:
                rejected["duplicate pair"] += 1
            else:
                seen.add(key)
                made.append(example)
    offered = sum(report.offered for _, report in parts)
    return made, GateReport(offered=offered, kept=len(made), rejected=dict(sorted(rejected.items())))


def survey(
    session: Session, concepts: Sequence[str], cap: int, *, execute: bool, on_cell: Callable[[str], None]
) -> list[Cell]:
    """Every concept on every schema: distinct examples found, up to the cap."""
    cells = []
    for view in session.views.values():
        for name in concepts:
            on_cell(f"{view.schema.name}: {name}")
            cells.append(cover(view, name, lambda: new_gate(session, execute=execute), cap, session.config.seed))
    return cells


def write_examples(path: Path, examples: Sequence[Example]) -> None:
    """Write pairs as JSON lines or, for a name that ends in .parquet, as a table with a row each.

    Raises:
        UsageError: Parquet is asked for and pyarrow is not installed.
    """
    if path.suffix == ".jsonl":
        write_records(path, examples)
        return
    try:
        arrow: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise UsageError(f"{path} needs pyarrow: pip install pyarrow, or give --out a name in .jsonl") from None
    rows = [json.loads(example.model_dump_json()) for example in examples]
    temporary = path.with_name(f".{path.name}.tmp")
    parquet.write_table(arrow.Table.from_pylist(rows), temporary)
    temporary.replace(path)
