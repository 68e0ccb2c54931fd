"""A sweep's table on the terminal and its picture, a single SVG file that needs nothing else.

Knows figures, computes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from loop.report.svg import spread
from loop.sweep.figures import SweepFigures, TrialFigures

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 420, 56, 300, 44, 44
COLOURS = {"complete": "#2563a8", "stopped": "#9a9a9a", "failed": "#c0392b", "open": "#9a9a9a"}
BEST = "#d9730d"


_LEAST = {"both": 7, "p": 5, "#": 4, "pairs": 7}
"""Widths that some columns need whatever their heading: "stopped", "0.031", "11 ★", "118,696"."""


def short(value: object) -> str:
    """A value as a table shows it."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def show_sweep(console: Console, figures: SweepFigures) -> None:
    """The table, best first, and what it cost."""
    every = list(dict.fromkeys(key for trial in figures.trials for key in trial.values))
    varied = [key for key in every if len({short(trial.values.get(key, "")) for trial in figures.trials}) > 1]
    keys = varied or every
    first = figures.trials[0].values
    same = [f"{key.replace('_', ' ')} {short(first.get(key, ''))}" for key in every if key not in keys]
    table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1 if console.width >= 100 else 0, 0, 0))
    for name in ("#", *keys, *(f"at {look:.0%}" for look in _shares(figures)), "dev", "select", "both", "p", "pairs"):
        left = name in keys and isinstance(figures.trials[0].values.get(name), str)
        table.add_column(
            name.replace("_", " "), justify="left" if left else "right", overflow="fold",
            min_width=_LEAST.get(name, max(map(len, name.replace("_", " ").split()))),
        )  # fmt: skip
    for trial in figures.trials:
        table.add_row(*_row(figures, trial, keys), style="bold" if trial.number == figures.best else "")
    console.print(table)
    if same:
        console.print(f"All with {', '.join(same)}.", markup=False, highlight=False, soft_wrap=True)
    winner = figures.trials[0]
    end = winner.end
    console.print(
        f"Best: #{winner.number}, {end.right if end else 0} of {figures.total} questions of dev and select "
        f"(90% interval {winner.low:.0f} to {winner.high:.0f}%); the base model: {figures.base_right}.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    if end is None or not end.right:
        console.print(
            "Nobody answered a question, so nothing was chosen: raise --passes.", highlight=False, soft_wrap=True
        )
    console.print(cost(figures), highlight=False, soft_wrap=True)
    for trial in figures.trials:
        if trial.failure:
            console.print(f"#{trial.number} failed: {trial.failure}", markup=False, highlight=False, soft_wrap=True)


def cost(figures: SweepFigures) -> str:
    """Examples spent, against running everything to the end."""
    text = f"Examples spent: {figures.spent:,}, {figures.spent / figures.drawn:.0%} of the {figures.drawn:,} that all "
    text += f"{len(figures.trials)} configurations would take"
    if figures.grid is not None and figures.grid > figures.drawn:
        text += f", {figures.spent / figures.grid:.0%} of the {figures.grid:,} of the whole grid"
    return text + "."


def _shares(figures: SweepFigures) -> list[float]:
    return sorted({look.share for trial in figures.trials for look in trial.looks})


def _row(figures: SweepFigures, trial: TrialFigures, keys: Sequence[str]) -> list[str | Text]:
    looks = {look.share: f"{look.right}/{look.total}" for look in trial.looks}
    cells: list[str | Text] = [f"{trial.number}{' ★' if trial.number == figures.best else ''}"]
    cells += [short(trial.values.get(key, "")) for key in keys]
    cells += [looks.get(share, "") for share in _shares(figures)]
    end = trial.end
    if end is None:
        cells += ["–", "–", Text(trial.state, style="dim")]
    else:
        select = figures.total - figures.dev
        cells += [
            f"{trial.dev}/{figures.dev}",
            f"{end.right - trial.dev}/{select}",
            f"{100 * end.right / end.total:.0f}%",
        ]
    p = None if trial.number == figures.best else trial.p
    return [*cells, "" if p is None else "<.001" if p < 0.001 else f"{p:.3f}", f"{trial.examples:,}"]


def picture(figures: SweepFigures) -> str:
    """Share right over share of the examples, a line a configuration; the winner in colour, the stopped in grey."""
    shown = [(trial, _points(trial)) for trial in figures.trials]
    most = max((y for _, points in shown for _, y in points), default=0.0)
    top = max(5.0, 5.0 * -(-most // 5.0))

    def place(x: float, y: float) -> tuple[float, float]:
        return LEFT + (WIDTH - LEFT - RIGHT) * x, HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y / top

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="system-ui, sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 22, "Questions answered exactly, per cent, by share of the examples seen", "#222222", "start", 14),
    ]
    for part in range(5):
        _, y = place(0, top * part / 4)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e2e2e2"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{top * part / 4:g}%", "#666666", "end"))
    for share in (*_shares(figures), 1.0):
        x, _ = place(share, 0)
        parts.append(_text(x, HEIGHT - 18, "end" if share == 1.0 else f"{share:.0%}", "#666666", "middle"))
    labels = []
    for trial, points in reversed(shown):  # the best on top
        best = trial.number == figures.best
        colour = BEST if best else COLOURS[trial.state]
        spots = [place(*point) for point in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="{2.5 if best else 1.2}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{4 if best else 2.5}" fill="{colour}"/>' for x, y in spots]
        if trial.end is not None:
            labels.append((_label(trial), spots[-1][1], colour))
    colours = {name: colour for name, _, colour in labels}
    for name, y in spread([(name, y) for name, y, _ in labels], 15, TOP, HEIGHT - BOTTOM):
        parts.append(_text(WIDTH - RIGHT + 10, y + 4, name, colours[name], "start"))
    parts.append(_text(LEFT, HEIGHT - 2, cost(figures), "#666666", "start", 10))
    return "".join([*parts, "</svg>\n"])


def _points(trial: TrialFigures) -> list[tuple[float, float]]:
    answered = [*trial.looks, *([trial.end] if trial.end is not None else [])]
    return [(item.share, 100 * item.right / max(item.total, 1)) for item in answered]


def _label(trial: TrialFigures) -> str:
    return f"#{trial.number} " + " ".join(short(value) for value in trial.values.values())


def _text(x: float, y: float, text: str, colour: str, anchor: str, size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'
    )
