"""The command `loop sweep`: flags to a plan, the sweep, its table and picture. Heavy imports stay inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from loop.cli_run import RunsDir, base_config, servers_of
from schemas.errors import ConfigError

if TYPE_CHECKING:
    from loop.progress import Reporter
    from loop.session import Session


def sweep(
    name: Annotated[str, typer.Option("--run", help="Name of the sweep: its folder under --runs-dir.")] = "sweep",
    runs_dir: RunsDir = Path("runs"),
    preset: Annotated[
        str | None,
        typer.Option(help="What the configurations vary: laptop, night, gpu, smoke, ablation, or a TOML file."),
    ] = None,
    space: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML of more keys: a list of values, or low, high and log.")
    ] = None,
    configurations: Annotated[
        int | None, typer.Option(min=0, help="Configurations drawn; 0 for the whole grid.  [default: 12]")
    ] = None,
    passes: Annotated[int | None, typer.Option(min=1, help="Times the training set is passed.")] = None,
    schemas: Annotated[str | None, typer.Option(help="all, original, new, own, or names with commas.")] = None,
    model: Annotated[str | None, typer.Option(help="Hub id, folder, or alias (smollm2-135m, tiny).")] = None,
    seed: Annotated[int | None, typer.Option(help="Root of every random draw.")] = None,
    looks: Annotated[
        str | None,
        typer.Option(metavar="SHARES", help="Shares of the examples after which to look.  [default: 0.125,0.375]"),
    ] = None,
    keep: Annotated[
        float | None, typer.Option(min=0.01, max=1, help="Share that may go on after a look; 1: all.  [default: 1/3]")
    ] = None,
    level: Annotated[
        float | None, typer.Option(min=0, max=0.5, help="Level of the test that stops one; 0: none.  [default: 0.1]")
    ] = None,
    look_questions: Annotated[int | None, typer.Option(min=1, help="Questions asked at a look.  [default: 60]")] = None,
    full: Annotated[bool, typer.Option("--full", help="Run every configuration to its end, looking at none.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Processes that train.")] = 1,
    postgres: Annotated[
        list[str] | None, typer.Option(metavar="DSN", help="Your own server, not the embedded one; again for more.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing on success.")] = False,
    worker: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Find learning-rate profile, peak rate and batch size by execution accuracy on dev and select.

    Every configuration sees the same number of examples; those that answer worse than the best are stopped early. The
    same command resumes. The winner is a preset: loop run --preset runs/sweep/best.toml --run tuned.

    Example: loop sweep --preset smoke --configurations 6 --workers 2
    """
    from loop.progress import Reporter
    from loop.report.sweep import picture, show_sweep
    from loop.session import Session
    from loop.store import Store
    from loop.sweep.drive import run
    from loop.sweep.figures import collect, write_results
    from loop.sweep.plan import Given, make_plan, parse_looks
    from schemas.catalog import spell_out

    folder = runs_dir / name
    overrides = {"schemas": spell_out(schemas) if schemas else None, "model": model, "seed": seed, "passes": passes}
    config = base_config(Store(folder), preset, overrides, auto="transformers")  # which shares the models in memory
    session = Session(config, *servers_of(postgres))
    reporter = Reporter(Console(), quiet=quiet)
    try:
        if worker is not None:
            _work(session, folder, reporter, worker)
            return
        shares = () if full else parse_looks(looks) if looks is not None else None
        drawn = 0 if full and configurations is None else configurations
        plan = make_plan(config, folder, space, Given(drawn, shares, keep, level, look_questions))
        again = ["sweep", "--run", name, "--runs-dir", str(runs_dir), *(["--quiet"] if quiet else [])]
        again += [part for dsn in postgres or () for part in ("--postgres", dsn)]
        done = run(session, folder, plan, reporter, again, workers)
        figures = collect(done)
        preset_file = write_results(done, figures, picture(figures))
    finally:
        session.close()
    if not quiet:
        show_sweep(reporter.console, figures)
        reporter.say(f"preset: {escape(str(preset_file))}; picture: {escape(str(folder / 'sweep.svg'))}")


def _work(session: Session, folder: Path, reporter: Reporter, parent: int) -> None:
    """Be one of a sweep's workers."""
    from loop.sweep.advance import Sweep
    from loop.sweep.drive import orphaned, work
    from loop.sweep.plan import load_plan
    from loop.sweep.study import open_study

    plan = load_plan(folder)
    if plan is None:
        raise ConfigError(f"no sweep has begun in {folder}: start it with loop sweep")
    work(Sweep(session, folder, plan, open_study(folder, plan)), reporter, orphaned(parent))
