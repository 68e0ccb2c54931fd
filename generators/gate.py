"""The gate: what may become a training pair.

A candidate must parse, run on every instance, return something on instance 1 that is not all NULL or zero nor settled
by the question itself (`generators.dull`), have one answer whatever the order of rows, tell itself from a small change
of what it is made to teach, be no duplicate, and leak nothing of dev, select or test. Every rejection is counted by its
reason. The gate does not know how statements are executed: it receives callables.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from generators.dull import dull, uncut
from generators.leak_form import gold_forms, leak_form
from generators.steady import cuts_without_order, may_vary
from schemas.aims import CONCEPT_AIMS, MODE_AIMS, aim_of, aimed
from schemas.ddl import Table
from schemas.records import Example, Execution, GateReport, Question
from schemas.sql import concepts, curriculum_stage, mask_literals, tree_of

Execute = Callable[[str, str], Sequence[Execution]]
"""(schema name, SQL) -> how it ended on each instance, instance 1 first; none where nothing is run."""


class Checks(Protocol):
    """What else the gate may ask about a statement that ran; `evaluator.labels.Labels` answers it on Postgres."""

    def steady(self, schema_name: str, sql: str) -> bool:
        """Whether the answer is the same on shuffled rows."""

    def differs(self, schema_name: str, sql: str, other: str) -> bool:
        """Whether another statement runs and has another answer on some instance."""


_WORD = re.compile(r"[a-z0-9]+")
_VALUE = re.compile(r"'[^']*'|\"[^\"]*\"|\b\d[\d.,:-]*\b")
_MONTHS = frozenset(name.lower() for name in calendar.month_name if name)
NGRAM = 8
"""Shared n-gram length, in words, that counts as a leak (prior art: 0 to 0.3% of unrelated questions share one)."""
TRIES = 30
"""Candidates offered for each example wanted, before whoever asks gives up."""
CAP = 20
"""Examples kept per literal-masked SQL."""
MUTANTS = 4
"""Mutants aimed at a pair's concept that are tried, one after the other, until one changes the answer."""


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
    checks: Checks | None = None
    """Asked about chance and mutants; without it neither is looked for."""
    tables: Mapping[str, Sequence[Table]] = field(default_factory=dict)
    """Schema name -> its tables, which some mutants need."""
    chance: bool = True
    """Whether the checks are asked about chance too."""
    offered: int = 0
    kept: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    _questions: set[tuple[str, str]] = field(default_factory=set)
    _pairs: set[tuple[str, str]] = field(default_factory=set)
    _masked: Counter[tuple[str, str]] = field(default_factory=Counter)
    _forbidden: set[tuple[str, str]] = field(default_factory=set)

    def remember(self, examples: Iterable[Example]) -> None:
        """Take examples of earlier rounds as kept: their questions do not come again."""
        for example in examples:
            self._questions.add((example.schema_name, normalized_question(example.question)))
            self._pairs.add((normalized_question(example.question), example.sql))

    def forbid(self, questions: Iterable[Question]) -> None:
        """Never let these questions in, nor their SQL: probes measure and are not trained on."""
        for question in questions:
            self._questions.add((question.schema_name, normalized_question(question.text)))
            self._forbidden |= {(question.schema_name, gold) for gold in question.golds}

    def restore(self, kept: Iterable[Example], report: GateReport) -> None:
        """Stand where an earlier gate of the same stage stood when it had kept these examples."""
        for example in kept:
            self._questions.add((example.schema_name, normalized_question(example.question)))
            self._pairs.add((normalized_question(example.question), example.sql))
            self._masked[example.schema_name, mask_literals(example.sql)] += 1
        self.offered, self.kept, self.rejected = report.offered, report.kept, Counter(report.rejected)

    def admit(self, example: Example) -> bool:
        """Whether the example may be trained on; counts the verdict."""
        self.offered += 1
        reason = self._reason(example)
        if reason:
            self.rejected[reason] += 1
            return False
        self.kept += 1
        return True

    def admitted(self, candidates: Iterable[Example], count: int, tries: int | None = None) -> Iterator[Example]:
        """The first `count` candidates that are let in, of the first `tries`, or of all."""
        left = count
        for example in islice(candidates, tries) if left else ():
            if self.admit(example):
                yield example
                left -= 1
                if not left:
                    return

    def admit_both(self, first: Example, second: Example) -> bool:
        """Whether two examples in contrast may be trained on: both on their own, and their answers differ."""
        self.offered += 2
        reason = self._reason(first)
        if not reason:
            reason = self._reason(second)
            if not reason and self.checks is not None:
                told = self.checks.differs(first.schema_name, first.sql, second.sql)
                reason = "" if told else "contrast without a difference"
                self._forget(second) if reason else None
            self._forget(first) if reason else None
        if reason:
            self.rejected[reason] += 2
            return False
        self.kept += 2
        return True

    def _forget(self, example: Example) -> None:
        question = normalized_question(example.question)
        self._questions.discard((example.schema_name, question))
        self._pairs.discard((question, example.sql))
        self._masked[example.schema_name, mask_literals(example.sql)] -= 1

    def _reason(self, example: Example) -> str:
        if tree_of(example.sql) is None:
            return "does not parse"
        key = (example.schema_name, normalized_question(example.question))
        if key in self._questions:
            return "duplicate question"
        if (key[1], example.sql) in self._pairs:
            return "duplicate pair"
        if (example.schema_name, example.sql) in self._forbidden:
            return "SQL of a probe"
        masked = (example.schema_name, mask_literals(example.sql))
        if self._masked[masked] >= CAP:
            return f"more than {CAP} of one shape"
        leak = self.sealed.leak(example.question, example.sql, curriculum_stage(frozenset(example.concepts)))
        if leak:
            return leak
        reason = self._run(example) or self._check(example)
        if not reason:
            self._questions.add(key)
            self._pairs.add((key[1], example.sql))
            self._masked[masked] += 1
        return reason

    def _run(self, example: Example) -> str:
        results = self.execute(example.schema_name, example.sql)
        if not results:
            return ""  # nothing is run here
        if any(not result.ok for result in results):
            return "does not run"
        if results[0].rows == 0:
            return "empty answer"
        if results[0].trivial:
            return "trivial answer"
        reason = dull(example.sql, results[0])
        whole = "" if reason else uncut(example.sql)
        if whole:
            more = self.execute(example.schema_name, whole)
            reason = "nothing to choose from" if more and more[0].ok and more[0].rows <= results[0].rows else ""
        return reason

    def _check(self, example: Example) -> str:
        """Whether chance decides the answer, and whether what the pair teaches shows in it."""
        if self.checks is None:
            return ""
        name, sql = example.schema_name, example.sql
        if self.chance and (cuts_without_order(sql) or (may_vary(sql) and not self.checks.steady(name, sql))):
            return "not deterministic"
        aims = MODE_AIMS.get(example.mode) or CONCEPT_AIMS.get(example.aim or aim_of(example.concepts), ())
        tried = 0
        for mutant in islice(aimed(sql, aims, self.tables.get(name, ())), MUTANTS):
            if self.checks.differs(name, sql, mutant.sql):
                return ""
            tried += 1
        return "aimed mutant changes nothing" if tried else "no aimed mutant"

    def report(self) -> GateReport:
        """What was offered, kept and rejected so far."""
        return GateReport(offered=self.offered, kept=self.kept, rejected=dict(sorted(self.rejected.items())))
