"""The command `loop`: reads flags, shows errors as one sentence, and leaves with the right exit code.

Heavy imports stay inside the commands: `loop --help` must answer at once.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from loop import cli_add
from loop.cli_diagnose import diagnose, triage
from loop.cli_generate import coverage, generate
from loop.cli_schemas import schemas_app
from loop.cli_score import score
from schemas.errors import SqlloopError

app = typer.Typer(
    name="loop",
    help="Find how your text-to-SQL model fails on real Postgres, train it on harder examples, keep it if not worse.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(score)
schemas_app.command("add")(cli_add.add)
schemas_app.command("drop")(cli_add.drop)
app.command()(diagnose)
app.command()(triage)
app.command()(generate)
app.command()(coverage)
app.add_typer(schemas_app, name="schemas")

RunName = Annotated[str, typer.Option("--run", help="Name of the run: its folder under --runs-dir.")]
RunsDir = Annotated[Path, typer.Option("--runs-dir", help="Folder that holds the runs.")]


@app.command()
def run(
    rounds: Annotated[str, typer.Option(help="Rounds in all; +1 adds one.")] = "5",
    name: RunName = "default",
    runs_dir: RunsDir = Path("runs"),
    preset: Annotated[
        str | None, typer.Option(help="laptop, gpu, smoke, or a TOML file.  [default: laptop; gpu with a GPU]")
    ] = None,
    schemas: Annotated[
        str | None, typer.Option(help="all, original, new, own, or names and folders with commas.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Hub id, folder, or alias (smollm2-135m, tiny).")] = None,
    seed: Annotated[int | None, typer.Option(help="Root of every random draw.")] = None,
    predictor: Annotated[str | None, typer.Option(help="transformers, or file:PATH of answers.")] = None,
    postgres: Annotated[
        str | None, typer.Option(metavar="DSN", help="Your own server instead of the embedded one.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing on success.")] = False,
) -> None:
    """Run rounds: find failures, write harder examples, train, measure, decide.

    The same command resumes; finished stages are skipped. A run that exists keeps its configuration, so that
    --run NAME alone goes on with it.

    Example: loop run --rounds 5 --schemas hotel_group
    """
    from loop.config import resolve, resume
    from loop.drive import run as run_rounds
    from loop.progress import Reporter
    from loop.session import Session
    from loop.store import Store
    from schemas.catalog import spell_out

    wanted = spell_out(schemas) if schemas else None
    overrides = {"schemas": wanted, "model": model, "seed": seed, "predictor": predictor}
    frozen = runs_dir / name / "config.toml"
    if preset is None and frozen.is_file():
        config = resume(frozen, overrides)
    else:
        config = resolve(preset or _default_preset(), overrides)
    session = Session(config, postgres)
    reporter = Reporter(Console(), quiet=quiet)
    try:
        run_rounds(session, Store(runs_dir / name), rounds, reporter)
    finally:
        session.close()


def _default_preset() -> str:
    """The gpu preset where a GPU is, else laptop."""
    from trainer.base import default_model

    return "laptop" if default_model() == "smollm2-135m" else "gpu"


@app.command()
def report(
    name: Annotated[str, typer.Argument(metavar="RUN")] = "default",
    runs_dir: RunsDir = Path("runs"),
    svg: Annotated[Path | None, typer.Option(help="Also save the last two reports as a picture.")] = None,
) -> None:
    """Show the reports of a run again.

    Example: loop report default
    """
    from loop.progress import Reporter
    from loop.report.figures import collect
    from loop.report.terminal import show_round, show_run
    from loop.store import Store
    from schemas.errors import ConfigError

    store = Store(runs_dir / name)
    if not (store.folder / "config.toml").is_file():
        raise ConfigError(f"no run {name!r} in {runs_dir}: see what is there, or start it with loop run --run {name}")
    figures = collect(store)
    if not figures.rounds:
        raise ConfigError(f"the run {name!r} has no scored round yet; let loop run --run {name} go on first")
    reporter = Reporter(Console(), quiet=False)
    for item in figures.rounds:
        show_round(reporter, figures, item.number)
    show_run(reporter, figures)
    if svg is not None:
        with Path(os.devnull).open("w") as nowhere:
            recorder = Reporter(Console(record=True, width=110, file=nowhere, force_terminal=True), quiet=False)
            show_round(recorder, figures, figures.rounds[-1].number)
            show_run(recorder, figures)
        svg.write_text(recorder.console.export_svg(title="loop run"), encoding="utf-8")


@app.command()
def fetch(model: Annotated[str, typer.Argument(help="Hub id, folder, or alias.")] = "smollm2-135m") -> None:
    """Get a base model ready, so that the first run need not.

    Example: loop fetch smollm2-135m
    """
    from schemas.home import home
    from trainer.base import resolve_model

    Console().print(f"{model} is ready in {resolve_model(model, home() / 'models')}", soft_wrap=True)


class _Terminated(BaseException):
    """SIGTERM, raised so that every `finally` runs."""


def _on_sigterm(*_: object) -> None:
    raise _Terminated


def main() -> None:
    """Run the command line; never shows a traceback for an error that a user can mend."""
    signal.signal(signal.SIGTERM, _on_sigterm)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    errors = Console(stderr=True)
    try:
        app()
    except SqlloopError as error:
        errors.print(f"[bold red]loop:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(error.exit_code)
    except SystemExit as leaving:  # typer leaves with 130 on Ctrl-C by itself, without a word
        if leaving.code == 130:
            errors.print("loop: interrupted; the same command goes on where it stopped")
        raise
    except _Terminated:
        errors.print("loop: terminated; the same command goes on where it stopped")
        sys.exit(143)
