"""Questions that look at fault themselves, for a person to read: a wrong gold, or two answers that the question allows.

A gold is suspect where different models, or a model in different rounds, agree on one answer that it calls wrong; a
question is ambiguous where the only fault of an answer is something that the question does not speak of. Both are
guesses: nothing here changes a verdict or steers training.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evaluator.trees.canonical import canonical
from schemas.catalog import Schema
from schemas.records import Diagnosis, Question, Verdict

AGREE = 2
"""Models that must give one answer for its gold to be suspect."""

_UNSAID: dict[str, re.Pattern[str]] = {
    "distinct": re.compile(r"\b(distinct|different|unique|each|every|once|duplicates|repeat)", re.IGNORECASE),
    "ordering": re.compile(r"\b(sort|order|rank|first|last|top|most|least|by\b)|est\b", re.IGNORECASE),
    "cast_rounding": re.compile(r"\b(round|decimal|whole|digit|place|percent|day|date)", re.IGNORECASE),
    "projection_extra": re.compile(r"\bonly\b", re.IGNORECASE),
    "projection_missing": re.compile(r"\b(with|and|along|together|also|its|their|each|per)\b|,", re.IGNORECASE),
}  # fmt: skip
"""Mode -> words by which a question would speak of it."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """One question to look at."""

    question: Question
    kind: str
    """A key of ASIDE."""
    reason: str
    answer: str
    """The answer that speaks against it."""


def suspects(
    questions: Sequence[Question],
    rounds: Mapping[int, Sequence[Verdict]],
    diagnoses: Iterable[Diagnosis],
    schemas: Mapping[str, Schema],
) -> list[Suspect]:
    """Questions that look at fault, at most one entry a question and kind, in the questions' order.

    Args:
        questions: Hand-written ones.
        rounds: Round -> the verdicts on its model's answers.
        diagnoses: Of some of these answers, confirmed by execution.
        schemas: Schema name -> schema.
    """
    agreed = _agreed(rounds, schemas)
    alone = _only_fault(diagnoses)
    answers = {(verdict.id, number): verdict for number, own in rounds.items() for verdict in own}
    found = []
    for question in questions:
        if question.id in agreed:
            sql, models = agreed[question.id]
            found.append(Suspect(question, "gold_suspect", f"{models} models agree on another answer", sql))
        diagnosis = alone.get(question.id)
        words = _UNSAID.get(diagnosis.mode) if diagnosis is not None else None
        if diagnosis is not None and words is not None and not words.search(question.text):
            reason = f"only {diagnosis.mode} is wrong, of which the question says nothing"
            sql = next((v.sql for (key, _), v in answers.items() if key == question.id and not v.exact), "")
            found.append(Suspect(question, "ambiguous", reason, sql))
    return found


def _agreed(rounds: Mapping[int, Sequence[Verdict]], schemas: Mapping[str, Schema]) -> dict[str, tuple[str, int]]:
    """Question -> the wrong answer that most rounds' models give, and how many, where they are enough."""
    given: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for verdicts in rounds.values():
        for verdict in verdicts:
            if verdict.failure == "wrong_result":
                tree = canonical(verdict.sql, schemas[verdict.schema_name].tables)
                given[verdict.id][tree.sql() if tree is not None else verdict.sql].append(verdict.sql)
    best = {key: max(answers.values(), key=len) for key, answers in given.items()}
    return {key: (same[0], len(same)) for key, same in best.items() if len(same) >= AGREE}


def _only_fault(diagnoses: Iterable[Diagnosis]) -> dict[str, Diagnosis]:
    """Question -> its answer's single confirmed cause."""
    by_id: defaultdict[str, list[Diagnosis]] = defaultdict(list)
    for diagnosis in diagnoses:
        by_id[diagnosis.id].append(diagnosis)
    return {key: own[0] for key, own in by_id.items() if len(own) == 1 and own[0].confirmed}
