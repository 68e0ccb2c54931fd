"""The command `loop ablate`: flags to arms, their runs, the table. Heavy imports stay inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from loop.cli_run import RunsDir, servers_of
from schemas.errors import ConfigError, GapsError

if TYPE_CHECKING:
    from loop.ablation.arms import Arm
    from loop.ablation.drive import Ablation


def ablate(
    arms: Annotated[list[str] | None, typer.Argument(metavar="[ARM]...", help="Arms; all without. See --list.")] = None,
    preset: Annotated[str, typer.Option(help="What the arms vary: a preset, or a TOML file.")] = "ablation",
    seeds: Annotated[str, typer.Option(metavar="1,2", help="Seeds, with commas; each arm runs under each.")] = "1",
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of an arm; those about failures take one more.")] = 1,
    name: Annotated[str, typer.Option("--run", help="Folder of the arms' runs under --runs-dir.")] = "ablate",
    runs_dir: RunsDir = Path("runs"),
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where reports and table go.  [default: the runs' folder]")
    ] = None,
    list_arms: Annotated[bool, typer.Option("--list", help="Show the arms and which are done; run nothing.")] = False,
    wikisql: Annotated[
        Path | None, typer.Option(metavar="PATH", help="The WikiSQL release, for the arm that needs it.")
    ] = None,
    schemas: Annotated[str | None, typer.Option(help="all, original, new, own, or names with commas.")] = None,
    model: Annotated[str | None, typer.Option(help="Hub id, folder, or alias (smollm2-135m, tiny).")] = None,
    postgres: Annotated[
        list[str] | None, typer.Option(metavar="DSN", help="Your own server, not the embedded one; again for more.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing on success.")] = False,
) -> None:
    """Measure what each ingredient of the recipe is worth: arms that differ from the default in one thing.

    Every arm is an ordinary run; its report is kept as soon as it is done, and the same command goes on. An arm's
    counterpart is run with it.

    Example: loop ablate packed prompt-loss --seeds 1,2
    """
    from loop.ablation.arms import chosen
    from loop.ablation.drive import Ablation, run
    from loop.config import resolve
    from loop.progress import Reporter
    from loop.serving import settled
    from schemas.catalog import spell_out

    wanted = chosen(arms or [])
    config = settled(resolve(preset, {"schemas": spell_out(schemas) if schemas else None, "model": model}))
    dsn, further = servers_of(postgres)
    folder = runs_dir / name
    ablation = Ablation(
        config, rounds, parse_seeds(seeds), folder, out or folder, dsn, further, str(wikisql) if wikisql else ""
    )
    reporter = Reporter(Console(), quiet=quiet)
    if list_arms:
        _list(reporter.console, ablation, wanted)
        return
    try:
        run(ablation, wanted, arms or [], reporter)
    except GapsError:
        _tell(ablation, reporter.console, quiet=False)
        raise
    _tell(ablation, reporter.console, quiet=quiet)


def parse_seeds(text: str) -> tuple[int, ...]:
    """Seeds as the command line has them: "1,2".

    Raises:
        ConfigError: they are none, or one stands there twice.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts) or len(set(parts)) < len(parts):
        raise ConfigError(f"--seeds {text!r} must be different whole numbers with commas, such as 1,2")
    return tuple(int(part) for part in parts)


def _tell(ablation: Ablation, console: Console, *, quiet: bool) -> None:
    """The table of all reports there are, on the screen and in files."""
    from loop.ablation.figures import figures
    from loop.report.ablation import markdown, plain, show_arms
    from loop.store import write_atomic

    found = figures(ablation.reports())
    if not found:
        return
    for name, text in (("ablate.md", markdown(found)), ("ablate.txt", plain(found))):
        write_atomic(ablation.out / name, text)
    if not quiet:
        show_arms(console, found)
        console.print(f"table: {escape(str(ablation.out / 'ablate.md'))}", highlight=False, soft_wrap=True)


def _list(console: Console, ablation: Ablation, arms: list[Arm]) -> None:
    from loop.ablation.arms import why_not
    from loop.report.ablation import show_list

    def state(arm: Arm, seed: int) -> str:
        if ablation.report(arm, seed) is not None:
            return "done"
        return "begun" if ablation.store(arm, seed).folder.is_dir() else "-"

    show_list(
        console, arms, ablation.seeds, ablation.rounds, state,
        lambda arm: why_not(arm, ablation.base, ablation.wikisql),
    )  # fmt: skip
