"""The report of one round on the terminal; that of the whole run is in `loop.report.rounds`.

Knows figures and rich; computes nothing but differences for show.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from loop.progress import Reporter
from loop.report.figures import MEASURED, Diagnosed, Generated, RoundFigures, RunFigures, SplitFigures, TrainFigures
from schemas.records import Decision

WIDE = 108
"""Columns from which bars and notes have room."""
LISTED = 6
"""Questions named of those that were fixed, and of those that were broken."""
_BLOCKS = "▁▂▃▄▅▆▇█"
_NOTES = {
    "test": "only measured",
    "select": "decides promotion",
    "dev": "mined, so biased",
    "probe": "generated",
    "transfer": "schemas held out",
}


def show_round(reporter: Reporter, figures: RunFigures, number: int) -> None:
    """The report of one round."""
    if reporter.quiet:
        return
    now = figures.rounds[number]
    parts: list[RenderableType] = [accuracy(now, reporter.console.width)]
    if now.families:
        parts += [Text(), families(now)]
    if now.failure_modes or now.failure_modes_before:
        parts += [Text(), failure_modes(now)]
    if now.diagnosed is not None:
        parts += [diagnosed(now.diagnosed)]
    if now.generated is not None:
        parts += [Text(), *generated(now.generated)]
    if now.train is not None:
        parts += [Text(), training(now.train)]
    parts += [Text(), times(now)]
    if now.decision is not None:
        parts += [Text(), *decided(now.decision)]
    title = f"[bold]Round {number}[/]" + (" [dim]· base model[/]" if number == 0 else "")
    reporter.console.print(Panel(Group(*parts), title=title, title_align="left", border_style="cyan", padding=(1, 2)))


def bar(share: float, width: int = 12) -> Text:
    """A horizontal bar for a share between 0 and 1."""
    filled = round(share * width)
    return Text.assemble(("█" * filled, "green"), ("░" * (width - filled), "dim"))


def percent(exact: int, total: int) -> str:
    """A share as a whole per cent."""
    return f"{100 * exact / total:.0f}%" if total else "–"


def _change(figures: SplitFigures) -> Text:
    if figures.change is None:
        return Text("–", style="dim")
    style = "green" if figures.change > 0 else "red" if figures.change < 0 else "dim"
    span = f" [{figures.change_low:+.0f}, {figures.change_high:+.0f}]"
    return Text.assemble((f"{figures.change:+.1f}", style), (span, "dim"))


def accuracy(now: RoundFigures, width: int) -> RenderableType:
    """Accuracy by split with the change since the split was last measured, and both 90% intervals."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    wide = width >= WIDE
    table.add_column("split", no_wrap=True)
    for name in ("right", "exact", *([""] if wide else []), "90% interval", "change in points", "loose"):
        table.add_column(name, justify="left" if not name else "right", no_wrap=True)
    if wide:
        table.add_column("", style="dim", no_wrap=True)
    for split in MEASURED:
        figures: SplitFigures | None = getattr(now, split)
        note = [_NOTES[split]] if wide else []
        if figures is None and split == "transfer":
            continue
        if figures is None:
            table.add_row(split, "–", "–", *([""] if wide else []), "", "not measured", "", *note, style="dim")
            continue
        ratio = figures.exact / figures.total
        cells: list[RenderableType] = [f"{figures.exact}/{figures.total}", percent(figures.exact, figures.total)]
        cells += [bar(ratio)] if wide else []
        cells += [Text(f"{figures.low:.0f}–{figures.high:.0f}%", style="dim"), _change(figures)]
        cells += [percent(figures.correct, figures.total), *note]
        table.add_row(split, *cells)
    hint = Text("loose: extra columns allowed; change: since the split was last measured", style="dim")
    return Group(Text("Accuracy", style="bold"), table, hint)


def families(now: RoundFigures) -> RenderableType:
    """Accuracy by concept family, with the change on the questions that the round before asked too, in two columns."""
    names = sorted(now.families, key=lambda name: (-now.families[name].total, name))
    half = (len(names) + 1) // 2
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for justify in ("left", "right", "right", "left", "right") * 2:
        table.add_column(justify=justify, no_wrap=True)
    for number in range(half):
        right = _family_cells(names[number + half], now) if number + half < len(names) else []
        table.add_row(*_family_cells(names[number], now), *right)
    title = Text("By concept family, hand-written questions of this round", style="bold")
    return Group(title, Text(), table)


def _family_cells(name: str, now: RoundFigures) -> list[RenderableType]:
    share = now.families[name]
    ratio = share.exact / share.total
    moved = Text("")
    if share.change is not None:
        style = "green" if share.change > 0 else "red" if share.change < 0 else "dim"
        moved = Text(f"{share.change:+.0f}", style=style)
    return [name, f"{share.exact}/{share.total}", f"{100 * ratio:.0f}%", bar(ratio, 8), moved]


def failure_modes(now: RoundFigures) -> RenderableType:
    """Failure modes on dev: the champion's at the beginning of the round, and the candidate's now."""
    names = sorted(
        {*now.failure_modes, *now.failure_modes_before},
        key=lambda name: (-now.failure_modes.get(name, 0), -now.failure_modes_before.get(name, 0), name),
    )
    most = max([*now.failure_modes.values(), *now.failure_modes_before.values(), 1])
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("mode")
    if now.number:
        table.add_column("before", justify="right", style="dim")
    table.add_column("now", justify="right")
    table.add_column("")
    for name in names[:14]:
        count = now.failure_modes.get(name, 0)
        before = [str(now.failure_modes_before.get(name, 0))] if now.number else []
        table.add_row(name, *before, str(count), Text("▇" * round(20 * count / most), style="red"))
    title = Text("Failure modes on dev (several may hold for one answer)", style="bold")
    rest = [Text(f"and {len(names) - 14} rarer ones", style="dim")] if len(names) > 14 else []
    return Group(title, table, *rest)


def diagnosed(figures: Diagnosed) -> RenderableType:
    """How much of the champion's failure is explained for certain, and where it fails most."""
    line = f"{figures.confirmed} of the champion's {figures.answers} wrong answers have a cause confirmed by execution"
    if figures.probes_asked:
        line += f"; of {figures.probes_asked} probes it fails {figures.probes}"
    slices = ", ".join(f"{item.kind} {item.name} {item.failed}/{item.total}" for item in figures.worst)
    rows = [Text.assemble((f"  {mode}  ", "red"), example) for mode, example in figures.examples.items()]
    return Group(Text(line), *([Text(f"fails most: {slices}", style="dim")] if slices else []), *rows)


def generated(figures: Generated) -> list[RenderableType]:
    """What was generated for which mode at what weight, with examples."""
    total = figures.curriculum + figures.hard + figures.natural + figures.replay + figures.own + figures.wikisql
    taken = figures.curriculum + figures.hard + figures.wikisql
    own = f", {figures.own} of your own" if figures.own else ""
    tables = f"{figures.wikisql} of WikiSQL, " if figures.wikisql else ""
    line = (
        f"{total} pairs: {figures.curriculum} curriculum, {figures.hard} hard, {figures.natural} hand-written, "
        f"{tables}{figures.replay} replayed{own}; the gate took {taken} of {figures.offered} offered"
    )
    reasons = ", ".join(f"{name} {count}" for name, count in sorted(figures.rejected.items(), key=lambda i: -i[1])[:5])
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("made for", no_wrap=True)
    table.add_column("examples", justify="right")
    table.add_column("weight", justify="right")
    table.add_column("concepts", style="cyan")
    for item in figures.made_for[:10]:
        aimed = ", ".join(list(item.concepts)[:4])
        table.add_row(item.mode, str(item.count), f"{item.weight:.1f}", aimed)
    parts: list[RenderableType] = [Text("Training data", style="bold"), Text(line)]
    parts += [_schedule(figures)] if sum(figures.stages) else []
    parts += [Text(f"rejected: {reasons}", style="dim")] if reasons else []
    parts += [table] if figures.made_for else []
    for sample in figures.samples[:2]:
        parts.append(Text.assemble((f"{sample.mode} ×{sample.weight:.1f} ", "yellow"), (sample.question, "italic")))
        parts.append(Syntax(sample.sql, "sql", word_wrap=True, background_color="default", theme="ansi_dark"))
    return parts


def _schedule(figures: Generated) -> Text:
    """The curriculum's stages, simple to hard: wanted by the preset, and made."""
    total = sum(figures.stages)
    shares = [f"{wanted:.0%}/{made / total:.0%}" for wanted, made in zip(figures.mixture, figures.stages, strict=True)]
    drawn = "".join(_BLOCKS[min(int(made / total * 14), 7)] for made in figures.stages)
    return Text.assemble("curriculum by stage ", (drawn, "green"), (f" wanted/made {'  '.join(shares)}", "dim"))


def sparkline(values: Sequence[float], width: int = 48) -> str:
    """Values as block characters, averaged into at most `width` bins."""
    if not values:
        return ""
    size = max(len(values) / width, 1.0)
    count = int(len(values) / size)
    bins = [values[int(i * size) : max(int((i + 1) * size), int(i * size) + 1)] for i in range(count)]
    means = [sum(part) / len(part) for part in bins]
    low, high = min(means), max(means)
    return "".join(_BLOCKS[int((value - low) / ((high - low) or 1.0) * (len(_BLOCKS) - 1))] for value in means)


def training(figures: TrainFigures) -> Text:
    """Loss over the steps, and the rate."""
    tenth = max(len(figures.losses) // 10, 1)
    first, last = sum(figures.losses[:tenth]) / tenth, sum(figures.losses[-tenth:]) / tenth
    left = f", {figures.left_out} too long and left out" if figures.left_out else ""
    return Text.assemble(
        ("Training  ", "bold"),
        (sparkline(figures.losses), "magenta"),
        f"  loss {first:.2f} → {last:.2f} in {figures.steps} steps\n",
        (
            f"{figures.examples} pairs at {figures.examples_per_second:.1f}/s{left}; "
            f"all {figures.parameters / 1e6:.1f} M parameters",
            "dim",
        ),
    )


def times(now: RoundFigures) -> Text:
    """Wall time by stage, and the rates."""
    total = sum(now.seconds.values())
    stages = "  ".join(f"{name} {clock(seconds)}" for name, seconds in now.seconds.items() if seconds >= 0.05)
    rates = f"{now.questions_per_second:.1f} questions/s predicted, {now.verdicts_per_second:.0f} verdicts/s judged"
    return Text.assemble(("Time  ", "bold"), f"{clock(total)}  ", (f"{stages}\n{rates}", "dim"))


def decided(decision: Decision) -> list[RenderableType]:
    """The decision in words, and which questions of select it rests on."""
    parts: list[RenderableType] = [Text(decision.reason, style="bold green" if decision.promoted else "bold yellow")]
    for word, ids, style in (("fixed", decision.fixed, "green"), ("broken", decision.broken, "red")):
        if ids:
            more = f" and {len(ids) - LISTED} more in report.json" if len(ids) > LISTED else ""
            parts.append(Text.assemble((f"{word:<8}", style), (", ".join(ids[:LISTED]) + more, "dim")))
    return parts


def clock(seconds: float) -> str:
    """Seconds as a person reads them."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)}:{int(seconds % 60):02d} min"
