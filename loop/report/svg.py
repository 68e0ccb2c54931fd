"""The report's charts as SVG text: accuracy over rounds, training curves, time by stage.

Colours are CSS variables of the page, so that a chart follows dark and light; every chart comes in the width it is
shown at, so that its words stay readable. Knows numbers, not runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

LEFT, RIGHT, TOP, BOTTOM = 44, 64, 14, 34
"""Room around the plot for labels, pixels."""
LABEL = 15
"""Height of a label, pixels: closer ones are moved apart."""


@dataclass(frozen=True, slots=True)
class Point:
    """One measured value with its interval."""

    x: int
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Series:
    """One line."""

    name: str
    """Also its colour: the CSS variable --NAME."""
    points: tuple[Point, ...]


def accuracy_chart(series: Sequence[Series], champion: int, held: Sequence[int], width: int, height: int = 280) -> str:
    """Percentages over rounds, with whiskers for intervals; hollow points are held candidates."""
    last = max((point.x for item in series for point in item.points), default=0)
    top = _ceiling([point.high for item in series for point in item.points])
    plot = _Plot(width, height, float(max(last, 1)), top)
    parts = [plot.opening("Accuracy by round, per cent of questions answered exactly"), *plot.grid("%")]
    step = max(1, -(-(last + 1) // max(1, (width - LEFT - RIGHT) // 34)))
    for number in range(0, last + 1, step):
        name = "base" if number == 0 else str(number)
        parts.append(_text(plot.x(number), height - 14, name, "middle"))
    if champion:
        x = plot.x(champion)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{height - BOTTOM}" class="champion"/>')
    shift = min(5.0, (width - LEFT - RIGHT) / max(last, 1) / 10)
    dense = last > 30
    for place, item in enumerate(series):
        offset = shift * (place - (len(series) - 1) / 2)
        parts += _line(plot, item, offset, set(held), whiskers=not dense)
    ends = [(item.name, plot.y(item.points[-1].y)) for item in series if item.points]
    for name, y in spread(ends, LABEL, TOP, height - BOTTOM):
        parts.append(_text(width - RIGHT + 16, y + 4, name, "start", f"var(--{name})"))
    return "".join([*parts, "</svg>"])


def _line(plot: _Plot, item: Series, offset: float, held: set[int], *, whiskers: bool) -> list[str]:
    colour = f"var(--{item.name})"
    places = [(plot.x(point.x) + offset, plot.y(point.y)) for point in item.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>']
    for point, (x, y) in zip(item.points, places, strict=True):
        if whiskers:
            low, high = plot.y(point.low), plot.y(point.high)
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" stroke="{colour}" opacity=".45"/>'
            )
        fill = "var(--paper)" if point.x in held else colour
        said = f"{item.name}, round {point.x}: {point.y:.1f}% ({point.low:.0f} to {point.high:.0f}%)"
        title = f"<title>{escape(said)}</title>"
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{fill}" stroke="{colour}">{title}</circle>')
    return parts


def loss_chart(curves: Sequence[tuple[str, Sequence[float]]], width: int, height: int = 200) -> str:
    """Loss over steps, a line a round; the last one stands out."""
    longest = max((len(values) for _, values in curves), default=1)
    top = _ceiling([max(values) for _, values in curves if values])
    plot = _Plot(width, height, float(max(longest - 1, 1)), top)
    parts = [plot.opening("Training loss by step"), *plot.grid("")]
    ticks = (0, longest // 2, longest)
    parts += [_text(plot.x(min(number, longest - 1)), height - 14, str(number), "middle") for number in ticks]
    ends = []
    for place, (name, values) in enumerate(curves):
        newest = place == len(curves) - 1
        thin = _thinned(values, width - LEFT - RIGHT)
        path = " ".join(f"{plot.x(step):.1f},{plot.y(value):.1f}" for step, value in thin)
        style = 'stroke="var(--test)" stroke-width="2"' if newest else 'stroke="var(--faint)"'
        parts.append(f'<polyline points="{path}" fill="none" {style}><title>{escape(name)}</title></polyline>')
        if newest or place == 0:
            ends.append((name, plot.x(thin[-1][0]), plot.y(thin[-1][1])))
    for name, x, y in ends:
        parts.append(_text(x + 6, y + 4, name, "start"))
    return "".join([*parts, "</svg>"])


def _thinned(values: Sequence[float], most: int) -> list[tuple[int, float]]:
    """At most `most` points, each the mean of its neighbours."""
    size = max(1, -(-len(values) // max(most, 1)))
    cuts = [values[start : start + size] for start in range(0, len(values), size)]
    return [(place * size, sum(cut) / len(cut)) for place, cut in enumerate(cuts)]


def spread(ends: Sequence[tuple[str, float]], gap: float, low: float, high: float) -> list[tuple[str, float]]:
    """Labels moved apart to at least `gap`, in their order, none beyond `low` and `high` while there is room."""
    placed: list[tuple[str, float]] = []
    for name, y in sorted(ends, key=lambda item: item[1]):
        placed.append((name, max(y, placed[-1][1] + gap) if placed else max(y, low)))
    over = placed[-1][1] - high if placed else 0.0
    if over > 0:
        placed[-1] = (placed[-1][0], high)
        for place in range(len(placed) - 2, -1, -1):
            placed[place] = (placed[place][0], min(placed[place][1], placed[place + 1][1] - gap))
    return placed


def _ceiling(values: Sequence[float]) -> float:
    """A round number above all values."""
    most = max([*values, 1e-9])
    for scale in (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0):
        if most <= scale:
            return scale
    return most


@dataclass(frozen=True, slots=True)
class _Plot:
    width: int
    height: int
    right: float
    """Value at the right end."""
    top: float
    """Value at the upper end."""

    def x(self, value: float) -> float:
        return LEFT + (self.width - LEFT - RIGHT) * value / self.right

    def y(self, value: float) -> float:
        return self.height - BOTTOM - (self.height - TOP - BOTTOM) * min(value, self.top) / self.top

    def opening(self, title: str) -> str:
        return (
            f'<svg viewBox="0 0 {self.width} {self.height}" width="{self.width}" height="{self.height}" role="img" '
            f'aria-label="{escape(title)}">'
        )

    def grid(self, unit: str) -> list[str]:
        parts = []
        for part in range(5):
            value = self.top * part / 4
            y = self.y(value)
            parts.append(f'<line x1="{LEFT}" x2="{self.width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
            parts.append(_text(LEFT - 8, y + 4, f"{value:g}{unit}", "end"))
        return parts


def _text(x: float, y: float, text: str, anchor: str, fill: str = "var(--muted)") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{escape(text)}</text>'
