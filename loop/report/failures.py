"""Wrong answers to look at: question, gold, answer, the repair as a difference, a differing row, what was made of it.

Taken from the last round that diagnosed, spread over the modes. Knows records, not how anything looks.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from loop.report.redact import redact_question, redact_sql, redact_text
from loop.state import champion_before
from loop.store import Store, read_records
from schemas.records import Diagnosis, Example, Question, Verdict
from schemas.taxonomy import MODES

SHOWN = 8
"""Failures in a report."""
MADE = 2
"""Hard examples shown of each."""
LONGEST = 700
"""Characters of a statement shown: a model that repeats itself fills pages."""
LIKE = 0.35
"""Share of an answer that must be the gold's for a difference to say anything."""
_TOKEN = re.compile(r"\s+|'(?:[^']|'')*'|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a difference."""

    kind: str
    """same, gone or new."""
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One wrong answer."""

    id: str
    schema_name: str
    question: str
    gold: str
    answer: str
    modes: tuple[tuple[str, str], ...]
    """Mode and its evidence, the first cause first."""
    meaning: str
    """Of the first mode."""
    confirmed: bool
    """Whether executing a repair proved the cause."""
    message: str
    """Postgres's, or how the tables differ."""
    diff: tuple[Piece, ...]
    """From the answer to the repair, else to the gold; empty where the two have too little in common."""
    repaired: bool
    """Whether that is a repair."""
    row: str
    made: tuple[tuple[str, str], ...]
    """Question and SQL of hard examples made for it."""


def sample_failures(store: Store, rounds: int, *, redact: bool) -> tuple[int, tuple[Failure, ...]]:
    """The number of the round they are from, and the failures; (0, ()) where no round has diagnosed.

    Args:
        store: the run.
        rounds: rounds that are scored, the base model's counted.
        redact: whether to take values of the database out.
    """
    for number in range(rounds, 0, -1):
        if store.done(number, "diagnose") is not None:
            break
    else:
        return 0, ()
    found = read_records(store.stage_folder(number, "diagnose") / "diagnoses.jsonl", Diagnosis)
    champion = champion_before(store, number)
    verdicts = {v.id: v for v in read_records(store.stage_folder(champion, "score") / "verdicts.jsonl", Verdict)}
    asked = read_records(store.stage_folder(champion, "predict") / "questions.jsonl", Question)
    for earlier in range(number + 1):  # probes that the champion was asked since
        folder = store.stage_folder(earlier, "probe")
        asked += read_records(folder / "questions.jsonl", Question) if (folder / "questions.jsonl").is_file() else []
    fresh = store.stage_folder(number, "probe") / "verdicts.jsonl"
    verdicts |= {v.id: v for v in read_records(fresh, Verdict)} if fresh.is_file() else {}
    questions = {question.id: question for question in asked}
    made: defaultdict[str, list[Example]] = defaultdict(list)
    if store.done(number, "generate") is not None:
        for example in read_records(store.stage_folder(number, "generate") / "examples.jsonl", Example):
            if example.source == "hard":
                made[example.parent].append(example)
    by_id: defaultdict[str, list[Diagnosis]] = defaultdict(list)
    for item in found:
        if item.id in verdicts and item.id in questions:
            by_id[item.id].append(item)
    chosen = _spread(by_id)[:SHOWN]
    return number, tuple(_failure(questions[i], verdicts[i], by_id[i], made[i], redact=redact) for i in chosen)


def _spread(by_id: dict[str, list[Diagnosis]]) -> list[str]:
    """Ids in turns over their first modes, the most frequent mode first; confirmed causes before others."""
    queues: defaultdict[str, list[str]] = defaultdict(list)
    for key in sorted(by_id, key=lambda key: (not by_id[key][0].confirmed, key)):
        queues[by_id[key][0].mode].append(key)
    order = sorted(queues, key=lambda mode: (-len(queues[mode]), mode))
    longest = max((len(queue) for queue in queues.values()), default=0)
    return [queues[mode][turn] for turn in range(longest) for mode in order if turn < len(queues[mode])]


def _failure(
    question: Question, verdict: Verdict, found: Sequence[Diagnosis], made: Sequence[Example], *, redact: bool
) -> Failure:
    sql = redact_sql if redact else str
    text = redact_text if redact else str
    first = found[0]
    gold, answer = sql(first.gold or verdict.gold), sql(verdict.sql)
    target = sql(first.repair) if first.repair else gold
    asked = redact_question(question.text, question.golds) if redact else question.text
    return Failure(
        id=question.id,
        schema_name=question.schema_name,
        question=asked,
        gold=_short(gold),
        answer=_short(answer),
        modes=tuple((item.mode, text(item.evidence)) for item in found[:4]),
        meaning=MODES[first.mode].meaning,
        confirmed=bool(first.confirmed),
        message=text(verdict.message),
        diff=difference(answer, target),
        repaired=bool(first.repair),
        row="" if redact else first.row,
        made=tuple(
            (redact_question(item.question, [item.sql]) if redact else item.question, sql(item.sql))
            for item in made[:MADE]
        ),
    )


def _short(sql: str) -> str:
    """A statement without the rest of a text that runs on, its many line breaks on one line."""
    text = " ".join(sql.split()) if sql.count("\n") > 20 else sql
    more = len(text) - LONGEST
    return text if more <= 0 else f"{text[:LONGEST]} … and {more} more characters"


def difference(before: str, after: str) -> tuple[Piece, ...]:
    """Word by word, what went and what came; empty where too little is common to both."""
    old, new = _TOKEN.findall(before[: 4 * LONGEST]), _TOKEN.findall(after[: 4 * LONGEST])
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < LIKE:
        return ()
    pieces: list[Piece] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(old[a:b])))
            continue
        if a < b:
            pieces.append(Piece("gone", "".join(old[a:b])))
        if c < d:
            pieces.append(Piece("new", "".join(new[c:d])))
    return tuple(pieces)
