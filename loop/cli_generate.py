"""The commands `loop generate` and `loop coverage`: training pairs on demand, and what of SQL the generators cover.

Reads flags, shows and writes; the work is done by `generators` through `loop.supply`. Heavy imports stay inside the
commands.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from schemas.errors import GapsError, UsageError

if TYPE_CHECKING:
    from loop.session import Session

Wanted = Annotated[str, typer.Option("--schema", "--schemas", help="all, own, or names and folders with commas.")]
Dsn = Annotated[str | None, typer.Option("--postgres", metavar="DSN", help="Your own server, not the embedded one.")]


def generate(
    schema: Wanted = "all",
    concept: Annotated[str, typer.Option(help="Only pairs that carry this concept; see loop coverage.")] = "",
    mode: Annotated[str, typer.Option(help="Pairs against this failure mode, such as date_logic.")] = "",
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="Pairs in all.")] = 20,
    seed: Annotated[int, typer.Option(help="The same seed gives the same pairs.")] = 1,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="FILE.jsonl or FILE.parquet; else they are shown.")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="A page with questions and SQL side by side.")] = False,
    wikisql: Annotated[
        str | None, typer.Option(metavar="PATH", help="Variations of the WikiSQL release there; hub to fetch it.")
    ] = None,
    paraphraser: Annotated[
        str | None,
        typer.Option(metavar="server:URL#MODEL", help="A served model that rewords; each answer is checked."),
    ] = None,
    execute: Annotated[bool, typer.Option("--execute/--no-execute", help="Keep only what runs on Postgres.")] = True,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the schemas; the pairs are the same.")] = 1,
    postgres: Dsn = None,
) -> None:
    """Make training pairs: questions with their SQL, run on every instance, none of dev, select or test among them.

    Leaves with 3 if fewer could be made than asked for; what was made is kept.

    Example: loop generate --schema hotel_group --concept window_rank -n 10 --show
    """
    from loop.report.pages import show_pairs
    from loop.supply import Wish, check_names, reworded, supply, supply_wikisql, write_examples

    check_names(concept, mode)
    if wikisql is not None and (concept or mode):
        raise UsageError("give --wikisql alone: its questions are on single tables, whatever concept or mode")
    if out is not None and out.suffix not in {".jsonl", ".parquet"}:
        raise UsageError(f"{out} is neither .jsonl nor .parquet: give --out a name that ends in one of them")
    if out is not None and not out.absolute().parent.is_dir():
        raise UsageError(f"the folder of {out} does not exist: make it, or give another --out")
    session, console = _session(schema, seed, postgres), Console()
    try:
        if wikisql is not None:
            made, report, note = supply_wikisql(session, wikisql, count=count, execute=execute)
            console.print(note, highlight=False, soft_wrap=True, end="\n" if note else "")
        else:
            made, report = supply(session, Wish(count, concept, mode, execute), workers=workers)
    finally:
        session.close()
    if paraphraser is not None:
        made, counts = reworded(session, made, paraphraser)
        told = ", ".join(f"{count:,} {reason}" for reason, count in counts.most_common())
        console.print(f"[dim]wordings: {told}[/]", highlight=False)
    if out is not None:
        write_examples(out, made)
        console.print(f"{len(made):,} pairs in {out}", highlight=False, soft_wrap=True)
    if show or out is None:
        show_pairs(console, made)
    _say_rejected(console, report.offered, report.rejected)
    if len(made) < count:
        what = concept or mode or "this"
        raise GapsError(
            f"only {len(made):,} of {count:,} pairs of {what} were found: loop coverage shows what there is"
        )


def _say_rejected(console: Console, offered: int, rejected: dict[str, int]) -> None:
    """One line: what the gate did."""
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in rejected.items()) or "none"
    console.print(f"[dim]{offered:,} candidates; rejected: {reasons}[/]", highlight=False)


def _session(schemas: str, seed: int, postgres: str | None) -> Session:
    from loop.config import resolve
    from loop.session import Session
    from schemas.catalog import spell_out

    return Session(resolve("laptop", {"schemas": spell_out(schemas), "seed": seed}), postgres)


def coverage(
    schema: Wanted = "all",
    concept: Annotated[str, typer.Option(help="Concepts with commas; all unless given.")] = "",
    cap: Annotated[int, typer.Option(min=1, help="Distinct examples looked for in each cell.")] = 50,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 1,
    execute: Annotated[bool, typer.Option("--execute", help="Count only what runs on Postgres.")] = False,
    postgres: Dsn = None,
) -> None:
    """Show how many distinct examples of each concept there are on each schema, as a heat map.

    A cell that does not apply to a schema is named with its reason. Leaves with 3 if another has fewer than the cap.

    Example: loop coverage --schema hotel_group,crop_farm --cap 20
    """
    from generators.coverage import diversity
    from loop.report.pages import show_coverage, show_diversity
    from loop.supply import check_names, survey
    from schemas.taxonomy import CONCEPTS

    wanted = [name.strip() for name in concept.split(",") if name.strip()] or list(CONCEPTS)
    for name in wanted:
        check_names(name, "")
    console = Console()
    session = _session(schema, seed, postgres)
    try:
        with console.status("drawing ...") as status:
            cells = survey(session, wanted, cap, execute=execute, on_cell=status.update)
        show_coverage(console, cells, cap)
        if not concept:
            show_diversity(console, diversity(list(session.views.values()), seed))
    finally:
        session.close()
    short = [cell for cell in cells if not cell.reason and cell.found < cap]
    if short:
        named = ", ".join(f"{cell.concept} on {cell.schema_name} ({cell.found})" for cell in short[:5])
        raise GapsError(f"{len(short)} cells have fewer than {cap} examples, such as {named}")
