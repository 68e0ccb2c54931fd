"""Asking and judging, item by item: what is done is kept beside the stage's files, so that a later start goes on.

Answers that stand alone (a served model's, a file's) are kept one by one. Those that are decoded side by side are kept
by group: what stands beside a row may change its last bits, so a group that was cut off is asked anew as a whole, and
groups are cut from the full list of questions, so that they are the same after any crash. Verdicts do not depend on
each other and are kept one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from loop.items import Items
from loop.progress import Ticker
from loop.session import Session
from loop.store import write_records
from schemas.records import Prediction, Question, Verdict

if TYPE_CHECKING:
    from evaluator.predict.protocol import Predictor
    from loop.state import Round
    from schemas.catalog import Schema


def answered(
    session: Session, model: tuple[Path, int], questions: Sequence[Question], out: Path, tick: Ticker
) -> list[Prediction]:
    """A model's answer to every question, in the questions' order.

    Args:
        session: who answers.
        model: the model's folder, and the round whose candidate it is.
        questions: of any schemas.
        out: the stage's working folder.
        tick: counts the answers.
    """
    items = Items(out / "resume" / "answers.jsonl", Prediction)
    try:
        left = [question for question in questions if question.id not in items.by_id]
        tick.advance(len(questions) - len(left))
        if left:
            predictor = session.predictor(*model, questions)
            try:
                for schema in session.schemas:
                    own = [question for question in questions if question.schema_name == schema.name]
                    _ask(predictor, schema, own, items, tick)
            finally:
                predictor.close()
    finally:
        items.close()
    return [items.by_id[question.id] for question in questions]


def _ask(predictor: Predictor, schema: Schema, own: Sequence[Question], items: Items[Prediction], tick: Ticker) -> None:
    """Ask the questions of one schema that have no answer yet."""
    alone = not predictor.together

    def done(answer: Prediction) -> None:
        if alone:
            items.add(answer)
        if answer.id not in known:
            tick.advance()
        if alone:
            tick.may_pause()

    for group in _groups(own, predictor.together):
        known = {question.id for question in group if question.id in items.by_id}
        if len(known) == len(group):
            continue
        tick.may_pause()
        wanted = [question for question in group if question.id not in known] if alone else group
        answers = predictor.predict(schema, wanted, on_done=done)
        for answer in () if alone else answers:
            items.add(answer)


def _groups(questions: Sequence[Question], size: int) -> Iterator[Sequence[Question]]:
    """Runs of `size` questions; all of them for 0."""
    step = size or max(len(questions), 1)
    for start in range(0, len(questions), step):
        yield questions[start : start + step]


def judged(
    session: Session, questions: Sequence[Question], answers: Sequence[Prediction], out: Path, tick: Ticker
) -> list[Verdict]:
    """A verdict on every answer, in the questions' order."""
    from evaluator.score import THREADS, score

    items = Items(out / "resume" / "verdicts.jsonl", Verdict)

    def done(verdict: Verdict) -> None:
        items.add(verdict)
        tick.advance()
        tick.may_pause()

    try:
        left = [question for question in questions if question.id not in items.by_id]
        tick.advance(len(questions) - len(left))
        threads = THREADS * len(session.servers)
        score(session.executor, session.instances, left, answers, threads=threads, golds=session.golds, on_done=done)
    finally:
        items.close()
    return [items.by_id[question.id] for question in questions]


def measured(r: Round, questions: Sequence[Question], out: Path, tick: Ticker) -> list[Verdict]:
    """Questions asked of a round's model and judged in one go; questions and answers are kept in the folder."""
    tick.start(len(questions), "questions")
    answers = answered(r.session, (r.candidate_model, r.number), questions, out, tick)
    write_records(out / "questions.jsonl", questions)
    write_records(out / "predictions.jsonl", answers)
    tick.start(len(questions), "answers")
    return judged(r.session, questions, answers, out, tick)
