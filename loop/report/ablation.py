"""The table of the arms: on the terminal, as plain text and as Markdown.

Knows figures, computes none.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from loop.ablation.arms import Arm, rounds_of
from loop.ablation.figures import ArmFigures

PLAIN_WIDTH = 160
"""Columns of ablate.txt."""
NARROW = 130
"""Columns of a terminal below which the table has only what matters most."""
HEADINGS = ("arm", "seeds", "pairs", "minutes", "test", "against", "points", "90% interval", "p", "loss", "the claim")
ESSENTIAL = ("arm", "test", "against", "points", "90% interval", "the claim")


def show_arms(console: Console, found: Sequence[ArmFigures]) -> None:
    """The table, on a narrow terminal without seeds, costs and reasons; and what its columns mean."""
    narrow = console.width < NARROW
    shown = ESSENTIAL if narrow else HEADINGS
    table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for name in shown:
        text = name in {"arm", "against", "the claim"}
        table.add_column(name, justify="left" if text else "right", overflow="fold", no_wrap=name != "the claim")
    for item in found:
        row = dict(zip(HEADINGS, _row(item), strict=True))
        if narrow:
            row |= {"against": row["against"].partition(" ")[0], "the claim": row["the claim"].partition(":")[0]}
        table.add_row(*(row[name] for name in shown), style="" if item.against else "bold")
    console.print(table)
    for line in notes(found):
        console.print(line, highlight=False, soft_wrap=True, markup=False)


def plain(found: Sequence[ArmFigures]) -> str:
    """The same without colours."""
    console = Console(file=io.StringIO(), width=PLAIN_WIDTH, color_system=None, force_terminal=False)
    show_arms(console, found)
    file = console.file
    text = file.getvalue() if isinstance(file, io.StringIO) else ""
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def markdown(found: Sequence[ArmFigures]) -> str:
    """The same as a Markdown table, with the claims."""
    lines = ["| " + " | ".join(HEADINGS) + " |", "|" + "---|" * len(HEADINGS)]
    lines += ["| " + " | ".join(_row(item)) + " |" for item in found]
    lines += ["", *(f"- **{item.name}**: {item.claim} Changed: {item.change}." for item in found if item.against)]
    return "\n".join([*lines, "", *notes(found)]) + "\n"


def _row(item: ArmFigures) -> list[str]:
    """The accuracy is of all test questions of schemas trained on; the difference of those that both answered."""
    share = f"{item.right}/{item.total} {100 * item.right / max(item.total, 1):.1f}%"
    cells = [item.name, ", ".join(map(str, item.seeds)), f"{item.pairs:,}", f"{item.minutes:.1f}", share]
    seen = item.against
    if seen is None:
        return [*cells, "–", "–", "–", "–", "–", item.finding]
    against = f"{seen.name} {seen.theirs}/{seen.questions * len(seen.seeds)}"
    return [*cells, against, f"{seen.difference:+.1f}", f"{seen.low:+.1f} to {seen.high:+.1f}", f"{seen.p:.2g}",
            f"{seen.loss.difference:+.3f}" if seen.loss else "–", item.finding]  # fmt: skip


def notes(found: Sequence[ArmFigures]) -> list[str]:
    """What a reader must know about the columns."""
    lines = [
        "test: questions of split test answered exactly after the arm's last round, seeds added up; points, interval "
        "and p: the same questions after the same round of the counterpart, paired.",
        "The interval resamples questions within schema, and seeds where there are several; p (McNemar, exact) takes "
        "the answers of several seeds as independent.",
        "loss: nats a token of the test golds, the arm's less the counterpart's; where few answers are right it tells "
        "more, though it is not what is wanted in the end.",
    ]
    if any(len(item.seeds) == 1 for item in found):
        lines.append("One seed: the noise between two trainings of one arm is in no interval.")
    base = {(item.base_right, item.total) for item in found}
    lines.append("Base model: " + ", ".join(f"{right}/{total}" for right, total in sorted(base)) + ".")
    commits = sorted({commit for item in found for commit in item.commits if commit})
    if commits:
        lines.append(f"Commit{'s' * (len(commits) > 1)}: {', '.join(commits)}.")
    return lines


def show_list(
    console: Console,
    arms: Sequence[Arm],
    seeds: Sequence[int],
    rounds: int,
    state: Callable[[Arm, int], str],
    why_not: Callable[[Arm], str],
) -> None:
    """Every arm with what it changes, the claim it tests, and how far it is under each seed.

    Args:
        console: where to.
        arms: the arms.
        seeds: the seeds.
        rounds: rounds asked for.
        state: "done", "begun" or "-" of an arm under a seed.
        why_not: why an arm cannot run; "" where it can.
    """
    table = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("arm", "rounds", *(f"seed {seed}" for seed in seeds), "changes", "the claim it tests"):
        table.add_column(name, justify="right" if name == "rounds" else "left", overflow="fold")
    for arm in arms:
        states = [state(arm, seed) for seed in seeds]
        reason = why_not(arm)
        claim = f"{arm.claim} Cannot run: {reason}." if reason else arm.claim
        table.add_row(arm.name, str(rounds_of(arm, rounds)), *states, arm.change, claim)
    console.print(table)
