"""The command `loop`: reads flags, shows errors as one sentence, and leaves with the right exit code.

Heavy imports stay inside the commands: `loop --help` must answer at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from loop import cli_add, interrupt
from loop.cli_ablate import ablate
from loop.cli_diagnose import diagnose, triage
from loop.cli_generate import coverage, generate
from loop.cli_model import ask, export
from loop.cli_nightly import compare, doctor, rollback, schedule, status
from loop.cli_run import run
from loop.cli_schemas import schemas_app
from loop.cli_score import score
from loop.cli_sweep import sweep
from schemas.errors import SqlloopError

app = typer.Typer(
    name="loop",
    help="Find how your text-to-SQL model fails on real Postgres, train it on harder examples, keep it if not worse.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(run)
app.command()(sweep)
app.command()(ablate)
for command in (ask, export, status, compare, rollback, schedule, doctor):
    app.command()(command)
app.command()(score)
schemas_app.command("add")(cli_add.add)
schemas_app.command("drop")(cli_add.drop)
app.command()(diagnose)
app.command()(triage)
app.command()(generate)
app.command()(coverage)
app.add_typer(schemas_app, name="schemas")

RunsDir = Annotated[Path, typer.Option("--runs-dir", help="Folder that holds the runs.")]


@app.command()
def report(
    name: Annotated[str, typer.Argument(metavar="RUN")] = "default",
    runs_dir: RunsDir = Path("runs"),
    svg: Annotated[Path | None, typer.Option(help="Also save the last two reports as a picture.")] = None,
    html: Annotated[Path | None, typer.Option(help="Only write the report as a page to this file.")] = None,
    redact: Annotated[bool, typer.Option("--redact", help="Leave the databases' values out of that page.")] = False,
) -> None:
    """Show the reports of a run again.

    Example: loop report default
    """
    from loop.progress import Reporter
    from loop.report.collecting import collect
    from loop.report.html import render
    from loop.report.rounds import show_run
    from loop.report.terminal import show_round
    from loop.store import Store
    from schemas.errors import ConfigError

    store = Store(runs_dir / name)
    if not (store.folder / "config.toml").is_file():
        raise ConfigError(f"no run {name!r} in {runs_dir}: see what is there, or start it with loop run --run {name}")
    figures = collect(store)
    if not figures.rounds:
        raise ConfigError(f"the run {name!r} has no scored round yet; let loop run --run {name} go on first")
    if html is not None:
        html.write_text(render(store, figures, redact=redact), encoding="utf-8")
        return
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


def main() -> None:
    """Run the command line; never shows a traceback for an error that a user can mend."""
    interrupt.install()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    errors = Console(stderr=True)
    try:
        app()
    except SqlloopError as error:
        errors.print(f"[bold red]loop:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        sys.exit(error.exit_code)
    except SystemExit as leaving:  # typer leaves with 130 on Ctrl-C by itself, without a word
        if leaving.code == 130:
            errors.print(interrupt.INTERRUPTED)
            interrupt.leave(130)
        raise
    except KeyboardInterrupt:
        errors.print(interrupt.INTERRUPTED)
        interrupt.leave(130)
    except interrupt.Terminated:
        errors.print("loop: terminated; the same command goes on where it stopped")
        interrupt.leave(143)
