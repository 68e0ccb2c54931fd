"""What `loop run --dry-run` prints. Knows the forecast and rich."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from loop.disk import size
from loop.forecast import Forecast
from loop.report.terminal import clock


def show_forecast(console: Console, found: Forecast) -> None:
    """Print the stages, why each is due, and the sum of what is known."""
    due = [step for step in found.steps if step.due]
    if found.stops:
        console.print(f"no further round: {found.stops}", highlight=False)
        return
    if not due:
        console.print(f"nothing to do: all {found.total} rounds are complete")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("round", justify="right")
    table.add_column("stage")
    table.add_column("why")
    table.add_column("time", justify="right")
    table.add_column("disk", justify="right")
    for step in found.steps:
        time = "–" if not step.due else "?" if step.seconds is None else clock(step.seconds)
        room = "–" if not step.due else "?" if step.bytes is None else size(step.bytes)
        table.add_row(str(step.number), step.stage, step.why, time, room, style="" if step.due else "dim")
    console.print(table)
    known = [step.seconds for step in due if step.seconds is not None]
    unknown = len(due) - len(known)
    time = f"about {clock(sum(known))} by earlier rounds" if known else "no earlier round tells the time"
    console.print(
        f"{len(due)} stages, {time}{f', {unknown} of them unknown' if known and unknown else ''}; "
        f"{size(found.free)} free, up to {size(found.peak)} wanted at once"
    )
    console.print("nothing was done: this was --dry-run", style="dim")
