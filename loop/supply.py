"""Pairs on demand: what `loop generate` and `loop coverage` ask of the generators, through the gate.

Knows sessions and generators, not how anything is shown.
"""

from __future__ import annotations

import importlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from generators.coverage import Cell, cover
from generators.curriculum import STAGE_SHARES, Request, draw_examples
from generators.gate import Gate, Sealed
from generators.hard import hard_examples, plan_for_mode
from loop.session import Session
from loop.store import write_records
from schemas.errors import UsageError
from schemas.home import home
from schemas.records import Example, Execution, GateReport
from schemas.taxonomy import CONCEPTS, MODES

TRIES = 30
"""Candidates offered to the gate for each example wanted."""


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


def new_gate(session: Session, *, execute: bool) -> Gate:
    """A fresh gate that seals dev, select and test of the session's schemas; without Postgres it takes all to run."""
    sealed = Sealed.of([question for schema in session.schemas for question in schema.questions])
    return Gate(session.execute if execute else _unseen, sealed)


def _unseen(schema_name: str, sql: str) -> Sequence[Execution]:
    del schema_name, sql
    return [Execution(ok=True, rows=1)]


def supply(
    session: Session, *, concept: str = "", mode: str = "", count: int, execute: bool
) -> tuple[list[Example], GateReport]:
    """Distinct pairs, as many as asked for where there are enough, schema by schema.

    Args:
        session: the schemas and their server.
        concept: a concept that every pair carries, or "".
        mode: a failure mode to plan against, or "".
        count: pairs in all.
        execute: whether what does not run, or gives nothing, is left out.
    """
    gate = new_gate(session, execute=execute)
    made: list[Example] = []
    for candidates, share in _sources(session, concept, mode, count):
        kept: list[Example] = []
        for tried, example in enumerate(candidates):
            if len(kept) >= share or tried >= TRIES * share:
                break
            if gate.admit(example):
                kept.append(example)
        made += kept
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
    gate = new_gate(session, execute=execute)
    made, _ = vary_tables(session, raw, gate, count, lambda: None, build=execute)
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


def _sources(session: Session, concept: str, mode: str, count: int) -> Iterator[tuple[Iterator[Example], int]]:
    """Streams of candidates, with how many to take of each."""
    seed, views = session.config.seed, session.views
    if mode:
        for item in plan_for_mode(mode, list(views.values()), count).items:
            yield hard_examples(views[item.schema_name], item, {}, seed, "generate"), item.count
        return
    for position, view in enumerate(views.values()):
        share = count // len(views) + (position < count % len(views))
        request = Request(STAGE_SHARES[5], concept=concept)
        if share:
            yield draw_examples(view, request, seed, "generate", concept, limit=2 * TRIES * share), share


def survey(
    session: Session, concepts: Sequence[str], cap: int, *, execute: bool, on_cell: Callable[[str], None]
) -> list[Cell]:
    """Every concept on every schema: distinct examples found, up to the cap."""
    sealed = new_gate(session, execute=execute)

    def fresh() -> Gate:
        return Gate(sealed.execute, sealed.sealed)

    cells = []
    for view in session.views.values():
        for name in concepts:
            on_cell(f"{view.schema.name}: {name}")
            cells.append(cover(view, name, fresh, cap, session.config.seed))
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
