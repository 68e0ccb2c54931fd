"""Probes: generated questions that show fresh failures. Each round makes some, three rounds ask them, then they retire.

They join dev in what is mined, and are counted apart from it. None is ever trained on, nor was anything like it before.
Knows rounds and verdicts; how a question is made is in `loop.samples`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from loop.progress import Ticker
from loop.samples import make_probes, probe_share
from loop.state import PROBE_ROUNDS, Round, champion_before
from loop.store import read_records
from schemas.records import Question, Verdict

T = TypeVar("T")


def fresh(r: Round) -> list[Question]:
    """This round's own probes."""
    before = r.earlier_examples()
    gate = r.gate(before, [question for number in range(r.number) for question in r.probes_of(number)])
    count = probe_share(r.config.probe_questions, r.number, PROBE_ROUNDS)
    trained = {(example.schema_name, example.sql) for example in before}
    return make_probes(in_turn(list(r.views.values()), r.number), gate, count, r.config.seed, r.number, trained)


def in_turn(members: Sequence[T], number: int) -> list[T]:
    """The schemas that a round's probes are about: a third in turn, so that one schema's computation serves several.

    Few schemas have all their turn in each round.
    """
    if len(members) < 2 * PROBE_ROUNDS:
        return list(members)
    return list(members[number % PROBE_ROUNDS :: PROBE_ROUNDS])


def champions_verdicts(r: Round, made: Sequence[Question], out: Path, tick: Ticker) -> list[Verdict]:
    """The champion's verdicts on all probes of this round: those stored, and new ones on what it was never asked."""
    from loop.asking import answered, judged

    earlier = range(max(r.number - PROBE_ROUNDS + 1, 0), r.number)
    wanted = [*(question for number in earlier for question in r.probes_of(number)), *made]
    verdicts = _stored(r)
    asked = [question for question in wanted if question.id not in verdicts]
    if asked:
        tick.start(len(asked), "questions")
        answers = answered(r.session, (r.champion_model, r.champion), asked, out, tick)
        tick.start(len(asked), "answers")
        verdicts |= {verdict.id: verdict for verdict in judged(r.session, asked, answers, out, tick)}
    return [verdicts[question.id] for question in wanted]


def _stored(r: Round) -> dict[str, Verdict]:
    """Question -> the champion's verdict, of the probes it was asked as a candidate and as the champion since."""
    found = [v for v in r.read(r.champion, "score", "verdicts.jsonl", Verdict) if v.split == "probe"]
    for number in range(r.champion + 1, r.number):
        made = r.store.stage_folder(number, "probe") / "verdicts.jsonl"
        if champion_before(r.store, number) == r.champion and made.is_file():
            found += read_records(made, Verdict)
    return {verdict.id: verdict for verdict in found}
