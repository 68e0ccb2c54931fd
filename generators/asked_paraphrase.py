"""Paraphrases by somebody else, a language model for one: each answer is held against the guard before it is taken.

Who is asked is a callable that `loop` passes in. Knows neither servers nor caches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from generators.gate import Sealed, normalized_question
from generators.meaning_marks import difference
from generators.paraphrase import tidy
from schemas.records import Example

Ask = Callable[[Sequence[str]], Sequence[str]]
"""Questions -> one other wording each, in their order; an empty text where there is none."""
LONGEST = 3
"""A wording this many times as long as the question is no wording of it."""


def asked_paraphrases(examples: Sequence[Example], ask: Ask, sealed: Sealed) -> tuple[list[Example], Counter[str]]:
    """The examples with their questions reworded where the answer may be taken, and what was done, counted.

    Args:
        examples: as the gate let them in.
        ask: the paraphraser.
        sealed: what no wording may repeat.
    """
    answers = ask([example.question for example in examples])
    taken = {normalized_question(example.question) for example in examples}
    counts: Counter[str] = Counter()
    made: list[Example] = []
    for example, answer in zip(examples, answers, strict=True):
        text = tidy(answer)
        reason = why_not(example, text, sealed)
        if not reason and normalized_question(text) in taken:
            reason = "the same as another question"
        counts[reason or "taken"] += 1
        if reason:
            made.append(example)
            continue
        taken.add(normalized_question(text))
        made.append(example.model_copy(update={"question": text}))
    return made, counts


def why_not(example: Example, text: str, sealed: Sealed) -> str:
    """Why a wording is not taken, a few words; empty where it may be."""
    if not text:
        return "no answer"
    if len(text) > LONGEST * len(example.question) + 40:
        return "too long"
    if difference(example.question, text):
        return "changes the meaning"
    return "leaks" if sealed.leak(text, "SELECT 1", 1) else ""
