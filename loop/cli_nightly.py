"""The commands around a run that nobody watches: status, compare, rollback, schedule, doctor.

Reads flags and shows; the work is in the modules of the same names. Heavy imports stay inside the commands.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from schemas.errors import UsageError

RunsDir = Annotated[Path, typer.Option("--runs-dir", help="Folder that holds the runs.")]


def status(
    name: Annotated[str | None, typer.Argument(metavar="[RUN]")] = None, runs_dir: RunsDir = Path("runs")
) -> None:
    """Show how the runs stand: rounds, champion, what is open, who is at it, disk.

    Example: loop status
    """
    from loop.report.nightly import show_status
    from loop.status import runs_in, status_of

    folders = [folder for folder in runs_in(runs_dir) if name is None or folder.name == name]
    if not folders:
        what = f"no run {name!r}" if name else "no run"
        raise UsageError(f"there is {what} in {runs_dir}: start one with loop run, or give --runs-dir")
    show_status(Console(), [status_of(folder) for folder in folders])


def compare(
    first: Annotated[str, typer.Argument(metavar="RUN_A")],
    second: Annotated[str, typer.Argument(metavar="RUN_B")],
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Compare the champions of two runs, paired, on the questions both answered.

    Example: loop compare default hotels
    """
    from loop.compare import compare as compare_runs
    from loop.report.nightly import show_comparison
    from loop.store import Store

    found = compare_runs(Store(runs_dir / first), Store(runs_dir / second))
    show_comparison(Console(), (first, second), found)


def rollback(
    name: Annotated[str, typer.Argument(metavar="[RUN]")] = "default",
    to: Annotated[int | None, typer.Option(min=0, help="Round whose model to put back; 0 is the base model.")] = None,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Put an earlier champion back; the rounds that follow begin with it.

    Example: loop rollback default --to 3
    """
    from loop.status import roll_back
    from loop.store import Store

    made = roll_back(Store(runs_dir / name), to)
    champion = f"the model of round {made.champion}" if made.champion else "the base model"
    Console().print(f"champion of {escape(name)}: {champion}", highlight=False)


def schedule(
    name: Annotated[str, typer.Option("--run", help="Name of the run.")] = "default",
    runs_dir: RunsDir = Path("runs"),
    at: Annotated[str, typer.Option(help="Local time at which it starts.")] = "02:00",
    stop_by: Annotated[str, typer.Option(help='Local time after which nothing new begins; "" for none.')] = "06:00",
    postgres: Annotated[
        list[str] | None, typer.Option(metavar="DSN", help="Your own server, not the embedded one; again for more.")
    ] = None,
) -> None:
    """Print a cron line and a systemd service with its timer that run one round a night; installs nothing.

    Example: loop schedule --at 02:00
    """
    from loop.night import clock_time
    from loop.schedule import Nightly, cron_line, service, timer

    if stop_by:
        clock_time(stop_by, "--stop-by")
    nightly = Nightly(name, runs_dir, at, stop_by or None, tuple(postgres or ()))
    unit = f"sqlloop-{name}"
    print("# cron: add this line with crontab -e")
    print(cron_line(nightly))
    print(f"\n# systemd: ~/.config/systemd/user/{unit}.service")
    print(service(nightly), end="")
    print(f"\n# systemd: ~/.config/systemd/user/{unit}.timer")
    print(timer(nightly), end="")
    print(f"\n# then: systemctl --user enable --now {unit}.timer; loginctl enable-linger")


def doctor(
    postgres: Annotated[
        str | None, typer.Option(metavar="DSN", help="Your own server instead of the embedded one.")
    ] = None,
    model: Annotated[str, typer.Option(help="Base model to look for.")] = "smollm2-135m",
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Look at what a run needs of this machine: one line each, with the remedy.

    Leaves with 2 if something is broken.

    Example: loop doctor
    """
    from loop.doctor import examine
    from loop.report.nightly import show_findings

    found = examine(postgres, model, runs_dir)
    show_findings(Console(), found)
    broken = [item.what for item in found if item.state == "broken"]
    if broken:
        raise UsageError(f"{', '.join(broken)}: do what is said above, then run loop doctor again")
