"""report.html: the whole run on one page, one file, no script, nothing fetched.

Puts figures, failures and charts into the template; what is shown where is the template's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loop.config import Config, read_toml, validate
from loop.report import svg
from loop.report.failures import sample_failures
from loop.report.figures import MEASURED, RoundFigures, RunFigures, Share
from loop.report.redact import redact_question, redact_sql
from loop.report.terminal import clock, percent
from loop.store import Store, read_records
from schemas.records import Question, Verdict

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
COLUMNS = 12
"""Rounds side by side in tables; the base model and the last ones where there are more."""
MODES_SHOWN = 14
WIDE, NARROW = 820, 340
"""Widths of charts on a laptop and on a phone, pixels."""


def environment() -> Environment:
    """Jinja, strict about names; HTML is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html.jinja", "html")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["clock"] = clock
    return made


def render(store: Store, figures: RunFigures, *, redact: bool = False) -> str:
    """The page.

    Args:
        store: the run's folder.
        figures: the run's.
        redact: whether to leave values of the databases out.
    """
    path = store.folder / "config.toml"
    config = validate(read_toml(path), str(path))
    shown = _columns(figures.rounds)
    since, failures = sample_failures(store, len(figures.rounds), redact=redact)
    last = figures.rounds[-1]
    return (
        environment()
        .get_template("report.html.jinja")
        .render(
            figures=figures,
            config=config,
            shown=shown,
            left_out=len(figures.rounds) - len(shown),
            last=last,
            headline=_headline(figures),
            accuracy=_accuracy(figures),
            losses=_losses(figures),
            heat=_heat(shown),
            grid=_families(store, last),
            mixes=[_mix(item) for item in shown if item.generated is not None],
            schedule=_schedule(shown),
            stages=_stages(shown),
            samples=_samples(last, redact=redact),
            since=since,
            failures=failures,
            provenance=_provenance(store, config, figures),
            redact=redact,
            measured=MEASURED,
            percent=percent,
        )
    )


def _columns(rounds: tuple[RoundFigures, ...]) -> tuple[RoundFigures, ...]:
    return rounds if len(rounds) <= COLUMNS else (rounds[0], *rounds[len(rounds) - COLUMNS + 1 :])


@dataclass(frozen=True, slots=True)
class _Headline:
    split: str
    base: str
    now: str
    counts: str
    change: str
    number: int
    """Round that the figures are of."""


def _headline(figures: RunFigures) -> list[_Headline]:
    """Base model and champion side by side, by split."""
    base, champion = figures.rounds[0], figures.rounds[min(figures.champion, len(figures.rounds) - 1)]
    found = []
    for split in MEASURED:
        first, now = getattr(base, split), getattr(champion, split)
        number = champion.number
        if now is None:  # test is not measured in every round: the latest that has it
            with_it = [item for item in figures.rounds if getattr(item, split) is not None]
            if not with_it:
                continue
            now, number = getattr(with_it[-1], split), with_it[-1].number
        before = percent(first.exact, first.total) if first else "–"
        ends = f"90% interval {now.low:.0f} to {now.high:.0f}%"
        found.append(
            _Headline(split, before, percent(now.exact, now.total), f"{now.exact} of {now.total}", ends, number)
        )
    return found


def _accuracy(figures: RunFigures) -> dict[str, str]:
    series = []
    for split in MEASURED:
        points = tuple(
            svg.Point(item.number, 100.0 * part.exact / max(part.total, 1), part.low, part.high)
            for item in figures.rounds
            if (part := getattr(item, split)) is not None
        )
        if points:
            series.append(svg.Series(split, points))
    held = [item.number for item in figures.rounds if item.decision is not None and not item.decision.promoted]
    return {
        "wide": svg.accuracy_chart(series, figures.champion, held, WIDE, 320),
        "narrow": svg.accuracy_chart(series, figures.champion, held, NARROW, 260),
    }


def _losses(figures: RunFigures) -> dict[str, str] | None:
    curves = [
        (f"round {item.number}", item.train.losses) for item in figures.rounds if item.train and item.train.losses
    ]
    if not curves:
        return None
    curves = curves[-COLUMNS:]
    return {"wide": svg.loss_chart(curves, WIDE), "narrow": svg.loss_chart(curves, NARROW)}


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a heat map."""

    text: str
    share: int
    """Strength of its colour, 0 to 100."""


def _heat(shown: tuple[RoundFigures, ...]) -> list[tuple[str, list[Cell]]]:
    """Failure modes by round: how many wrong answers on dev show each."""
    most: dict[str, int] = {}
    for item in shown:
        for mode, count in item.failure_modes.items():
            most[mode] = max(most.get(mode, 0), count)
    names = sorted(most, key=lambda name: (-most[name], name))[:MODES_SHOWN]
    top = max(most.values(), default=1)
    return [
        (name, [_cell(item.failure_modes.get(name, 0), top) for item in shown])
        for name in names
    ]  # fmt: skip


def _cell(count: int, top: int) -> Cell:
    return Cell(str(count) if count else "·", round(100 * count / max(top, 1)))


def _families(store: Store, last: RoundFigures) -> dict[str, Any] | None:
    """Concept family by schema, in the last round: right of asked, hand-written questions."""
    from schemas.sql import concepts
    from schemas.taxonomy import FAMILIES, family_of

    folder = store.round_folder(last.number)
    verdicts = {item.id: item for item in read_records(folder / "score" / "verdicts.jsonl", Verdict)}
    counts: dict[tuple[str, str], Share] = {}
    names: dict[str, None] = {}
    for question in read_records(folder / "predict" / "questions.jsonl", Question):
        if question.split == "probe" or question.id not in verdicts:
            continue
        names[question.schema_name] = None
        right = int(verdicts[question.id].exact)
        for family in {family_of(name) for name in concepts(question.golds[0])}:
            old = counts.get((family, question.schema_name), Share(exact=0, total=0))
            counts[family, question.schema_name] = Share(exact=old.exact + right, total=old.total + 1)
    if len(names) < 2:
        return None
    rows = [(family, [_share_cell(counts.get((family, name))) for name in names]) for family in FAMILIES]
    return {"schemas": list(names), "rows": [row for row in rows if any(cell.text for cell in row[1])]}


def _share_cell(share: Share | None) -> Cell:
    if share is None:
        return Cell("", 0)
    return Cell(f"{share.exact}/{share.total}", round(100 * share.exact / share.total))


def _mix(item: RoundFigures) -> dict[str, Any]:
    made = item.generated
    assert made is not None  # noqa: S101 - for mypy: the caller has looked
    parts = {
        "curriculum": made.curriculum, "hard": made.hard, "hand-written": made.natural, "replay": made.replay,
        "own": made.own,
        **({"wikisql": made.wikisql} if made.wikisql else {}),
    }  # fmt: skip
    total = max(sum(parts.values()), 1)
    shares = [(name, count, round(100 * count / total, 2)) for name, count in parts.items()]
    return {"number": item.number, "total": total, "parts": shares}


def _schedule(shown: tuple[RoundFigures, ...]) -> list[dict[str, Any]]:
    """A bar a round: its curriculum by pattern stage, with what the preset wants of each."""
    rows = []
    for item in shown:
        made = item.generated
        total = sum(made.stages) if made is not None else 0
        if made is None or not total:
            continue
        wanted = [round(100 * share) for share in made.mixture]
        parts = [(n, round(100 * n / total, 2), share) for n, share in zip(made.stages, wanted, strict=True)]
        rows.append({"number": item.number, "total": total, "parts": parts})
    return rows


def _stages(shown: tuple[RoundFigures, ...]) -> list[dict[str, Any]]:
    """A bar a round; its length is its share of the longest round's time."""
    longest = max((sum(item.seconds.values()) for item in shown), default=1.0) or 1.0
    return [
        {
            "name": "base" if item.number == 0 else str(item.number),
            "total": sum(item.seconds.values()),
            "parts": [(name, seconds, round(100 * seconds / longest, 2)) for name, seconds in item.seconds.items()],
        }
        for item in shown
    ]


def _samples(last: RoundFigures, *, redact: bool) -> list[dict[str, Any]]:
    """Generated examples of the last round."""
    found = []
    for sample in last.generated.samples if last.generated else ():
        question = redact_question(sample.question, [sample.sql]) if redact else sample.question
        sql = redact_sql(sample.sql) if redact else sample.sql
        found.append({"mode": sample.mode, "weight": sample.weight, "question": question, "sql": sql})
    return found


def _provenance(store: Store, config: Config, figures: RunFigures) -> dict[str, Any]:
    done = store.done(figures.rounds[-1].number, "score")
    return {
        "versions": done.versions if done else {},
        "digest": config.digest,
        "config": config.model_dump(),
        "seconds": sum(sum(item.seconds.values()) for item in figures.rounds),
    }
