"""The gate: what may become a training pair.

A candidate must parse, run on every instance, return something on instance 1 that is not all NULL or zero, be no
duplicate, and leak nothing of dev, select or test. Every rejection is counted by its reason. The gate does not know how
statements are executed: it receives a callable.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from generators.leak_form import gold_forms, leak_form
from schemas.records import Example, Execution, GateReport, Question
from schemas.sql import concepts, curriculum_stage, mask_literals, parse

Execute = Callable[[str, str], Sequence[Execution]]
"""(schema name, SQL) -> how it ended on each instance, instance 1 first."""

_WORD = re.compile(r"[a-z0-9]+")
_VALUE = re.compile(r"'[^']*'|\"[^\"]*\"|\b\d[\d.,:-]*\b")
_MONTHS = frozenset(name.lower() for name in calendar.month_name if name)
NGRAM = 8
"""Shared n-gram length, in words, that counts as a leak (prior art: 0 to 0.3% of unrelated questions share one)."""
CAP = 20
"""Examples kept per literal-masked SQL."""


def normalized_question(text: str) -> str:
    """Lower case, words only."""
    return " ".join(_WORD.findall(text.lower()))


def masked_words(text: str) -> list[str]:
    """The question's words with numbers, quoted values and months masked."""
    words = _WORD.findall(_VALUE.sub(" val ", text).lower())
    return ["val" if word in _MONTHS else word for word in words]


def _ngrams(text: str) -> set[tuple[str, ...]]:
    words = masked_words(text)
    return {tuple(words[i : i + NGRAM]) for i in range(len(words) - NGRAM + 1)}


@dataclass
class Sealed:
    """What training must not see: the questions and golds of dev, select and test."""

    questions: set[str] = field(default_factory=set)
    grams: set[tuple[str, ...]] = field(default_factory=set)
    masked: set[str] = field(default_factory=set)
    """Forms of the golds of curriculum stage 2 and above, values masked (`generators.leak_form`)."""

    @classmethod
    def of(cls, questions: Iterable[Question]) -> Sealed:
        """Seal questions; those of split `train` are passed over."""
        sealed = cls()
        for question in questions:
            if question.split == "train":
                continue
            sealed.questions.add(normalized_question(question.text))
            sealed.grams |= _ngrams(question.text)
            for gold in question.golds:
                if curriculum_stage(concepts(gold)) >= 2:
                    sealed.masked |= gold_forms(gold)
        return sealed

    def leak(self, question: str, sql: str, stage: int) -> str:
        """Why a pair leaks, or empty."""
        if normalized_question(question) in self.questions:
            return "leak: same question"
        if _ngrams(question) & self.grams:
            return f"leak: shared {NGRAM}-gram"
        if stage >= 2 and leak_form(sql) in self.masked:
            return "leak: same masked SQL"
        return ""


@dataclass
class Gate:
    """Keeps what may be trained on; remembers what it kept, so that nothing comes twice."""

    execute: Execute
    sealed: Sealed
    offered: int = 0
    kept: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    _questions: set[tuple[str, str]] = field(default_factory=set)
    _masked: Counter[tuple[str, str]] = field(default_factory=Counter)
    _forbidden: set[tuple[str, str]] = field(default_factory=set)

    def remember(self, examples: Iterable[Example]) -> None:
        """Take examples of earlier rounds as kept: their questions do not come again."""
        for example in examples:
            self._questions.add((example.schema_name, normalized_question(example.question)))

    def forbid(self, questions: Iterable[Question]) -> None:
        """Never let these questions in, nor their SQL: probes measure and are not trained on."""
        for question in questions:
            self._questions.add((question.schema_name, normalized_question(question.text)))
            self._forbidden |= {(question.schema_name, gold) for gold in question.golds}

    def admit(self, example: Example) -> bool:
        """Whether the example may be trained on; counts the verdict."""
        self.offered += 1
        reason = self._reason(example)
        if reason:
            self.rejected[reason] += 1
            return False
        self.kept += 1
        return True

    def _reason(self, example: Example) -> str:
        if parse(example.sql) is None:
            return "does not parse"
        key = (example.schema_name, normalized_question(example.question))
        if key in self._questions:
            return "duplicate question"
        if (example.schema_name, example.sql) in self._forbidden:
            return "SQL of a probe"
        masked = (example.schema_name, mask_literals(example.sql))
        if self._masked[masked] >= CAP:
            return f"more than {CAP} of one shape"
        leak = self.sealed.leak(example.question, example.sql, curriculum_stage(frozenset(example.concepts)))
        if leak:
            return leak
        reason = self._run(example)
        if not reason:
            self._questions.add(key)
            self._masked[masked] += 1
        return reason

    def _run(self, example: Example) -> str:
        results = self.execute(example.schema_name, example.sql)
        if any(not result.ok for result in results):
            return "does not run"
        if results[0].rows == 0:
            return "empty answer"
        return "trivial answer" if results[0].trivial else ""

    def report(self) -> GateReport:
        """What was offered, kept and rejected so far."""
        return GateReport(offered=self.offered, kept=self.kept, rejected=dict(sorted(self.rejected.items())))
