"""The commands `loop export` and `loop ask`: the model in hand.

Reads flags and shows; the work is in the modules of the same names. Heavy imports stay inside the commands.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

RunName = Annotated[str, typer.Option("--run", help="Name of the run.")]
RunsDir = Annotated[Path, typer.Option("--runs-dir", help="Folder that holds the runs.")]


def export(
    name: Annotated[str, typer.Argument(metavar="[RUN]")] = "default",
    out: Annotated[Path | None, typer.Option(help="Folder to make.  [default: RUN-model]")] = None,
    number: Annotated[
        int | None, typer.Option("--round", min=0, help="Round whose model to take; else the champion.")
    ] = None,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Write the champion as a folder for a hub: safetensors, tokenizer, prompt template, model card.

    Example: loop export default --out hotel-sql
    """
    from loop.export import export as write
    from loop.store import Store

    folder = write(Store(runs_dir / name), out or Path(f"{name}-model"), number)
    Console().print(f"model, tokenizer, prompt_template.txt and README.md are in {escape(str(folder))}", soft_wrap=True)


def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION")],
    schema: Annotated[str, typer.Option(metavar="S", help="Schema the question is about: a name or a folder.")],
    name: RunName = "default",
    number: Annotated[
        int | None, typer.Option("--round", min=0, help="Round whose model to ask; else the champion.")
    ] = None,
    postgres: Annotated[
        str | None, typer.Option(metavar="DSN", help="Your own server instead of the embedded one.")
    ] = None,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Ask a run's model one question: its SQL, the rows it gives on the schema's realistic copy, its time.

    Example: loop ask --schema hotel_group "How many hotels are in Vienna?"
    """
    from loop.ask import ask as ask_model
    from loop.report.answer import show_answer
    from loop.store import Store

    show_answer(Console(), ask_model(Store(runs_dir / name), schema, question, number, postgres))
