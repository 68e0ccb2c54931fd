"""Asking and judging so that a process that is cut off loses little: what is done is kept beside the stage's files.

Predictions are kept by schema, since questions that are answered side by side must stay together for the answers to be
the same; verdicts one by one, since they do not depend on each other. Both lie under `resume`, outside every hash, and
go once the stage is done.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from loop.progress import Ticker
from loop.state import Round
from loop.store import read_records, write_records
from schemas.records import Prediction, Question, Verdict

R = TypeVar("R", Prediction, Verdict)


class Items(Generic[R]):
    """Records that are done, one a line, added as they come; a line that was cut off is forgotten."""

    def __init__(self, path: Path, kind: type[R]) -> None:
        self.by_id: dict[str, R] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
            try:
                record = kind.model_validate_json(line)
            except ValidationError:
                break
            self.by_id[record.id] = record
        write_records(path, self.by_id.values())
        self._file = path.open("a", encoding="utf-8")

    def add(self, record: R) -> None:
        """Mark one as done."""
        self.by_id[record.id] = record
        self._file.write(record.model_dump_json() + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def answered(r: Round, questions: Sequence[Question], out: Path, tick: Ticker) -> list[Prediction]:
    """The candidate's answer to every question, in the questions' order."""
    predictor = r.session.predictor(r.candidate_model, r.number, questions)
    answers: dict[str, Prediction] = {}
    kept = out / "resume"
    kept.mkdir(exist_ok=True)
    try:
        for schema in r.session.schemas:
            own = [question for question in questions if question.schema_name == schema.name]
            path = kept / f"{schema.name}.jsonl"
            if path.is_file():
                done = read_records(path, Prediction)
                tick.advance(len(done))
            else:
                tick.may_pause()
                done = predictor.predict(schema, own, on_done=lambda _: tick.advance())
                write_records(path, done)
            answers |= {answer.id: answer for answer in done}
    finally:
        predictor.close()
    shutil.rmtree(kept)
    return [answers[question.id] for question in questions]


def judged(
    r: Round, questions: Sequence[Question], answers: Sequence[Prediction], out: Path, tick: Ticker
) -> list[Verdict]:
    """A verdict on every answer, in the questions' order."""
    from evaluator.score import score

    items = Items(out / "resume" / "verdicts.jsonl", Verdict)
    tick.advance(len(items.by_id))

    def done(verdict: Verdict) -> None:
        items.add(verdict)
        tick.advance()
        tick.may_pause()

    try:
        left = [question for question in questions if question.id not in items.by_id]
        s = r.session
        score(s.executor, s.instances, left, answers, golds=s.golds, on_done=done)
    finally:
        items.close()
    shutil.rmtree(out / "resume")
    return [items.by_id[question.id] for question in questions]
