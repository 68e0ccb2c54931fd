"""Are a schema's questions sound? Every gold is parsed, run on every instance, and again on rows in another order.

Finds what would make a verdict arguable: a gold that fails, that never returns a row, whose answer depends on the order
in which rows happen to lie or on the clock, a question asked twice, a family of queries in two splits. Knows how golds
are run and compared, not how files are read; `evaluator.mutation` asks whether the instances tell near misses.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from evaluator.clock import freeze, lex
from evaluator.compare import compare_all
from evaluator.copies import Instance
from evaluator.execute import Executor
from evaluator.golds import GOLD_LIMITS, GoldCache, expand_golds
from evaluator.statement import clean
from schemas.catalog import Schema
from schemas.errors import DataError
from schemas.records import Question
from schemas.sql import mask_literals, parse

_CLOCK_WORDS = frozenset({"now", "today", "tomorrow", "yesterday"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one question."""

    question: str
    """Its id."""
    what: str
    """What is wrong, and what to do about it."""


def check_questions(
    executor: Executor,
    instances: Sequence[Instance],
    shuffled: Instance,
    schema: Schema,
    *,
    threads: int = 2,
    on_done: Callable[[], None] | None = None,
) -> list[Problem]:
    """Everything that is wrong with a schema's questions; empty if they are sound.

    Args:
        executor: runs the golds.
        instances: the schema's, in their order.
        shuffled: instance 1 with its rows in another order (`copies.build_shuffled`).
        schema: whose questions are checked.
        threads: questions at once.
        on_done: called after each question, in any thread.
    """
    cache = GoldCache(executor)

    def one(question: Question) -> list[Problem]:
        found = [Problem(question.id, what) for what in _gold_problems(executor, cache, instances, shuffled, question)]
        if on_done is not None:
            on_done()
        return found

    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="sqlloop-check") as pool:
        problems = [problem for found in pool.map(one, schema.questions) for problem in found]
    return [*_repeated(schema.questions), *_crossing(schema.questions), *problems]


def _gold_problems(
    executor: Executor, cache: GoldCache, instances: Sequence[Instance], shuffled: Instance, question: Question
) -> Iterator[str]:
    """What is wrong with a question's golds, each on its own."""
    for written in question.golds:
        try:
            golds = expand_golds(written)
        except DataError as error:
            yield str(error)
            continue
        if parse(golds[0]) is None:
            yield f"the gold cannot be parsed: {written}"
        word = _reads_clock(clean(golds[0]), instances[0])
        if word:
            yield f"the gold reads the clock by the bare text '{word}': write CURRENT_DATE or cast it to date"
        for gold in golds:
            try:
                results = cache.all(instances, gold, question.id)
            except DataError as error:
                yield str(error)
                continue
            if not any(result.table.rows for result in results):
                yield f"the gold returns no row on any instance: ask for something that is there: {gold}"
                continue
            outcome = executor.run(shuffled.database, freeze(clean(gold), shuffled.as_of), GOLD_LIMITS)
            if outcome.table is None:
                yield f"the gold does not run on shuffled rows ({outcome.failure and outcome.failure.message})"
                continue
            comparison = compare_all(results[:1], [outcome.table])
            if not comparison.exact:
                yield f"the gold's answer depends on the order of rows ({comparison.why}): break its ties: {gold}"


def _reads_clock(gold: str, instance: Instance) -> str:
    """A word such as 'today' left as bare text, which Postgres would read as the real day; empty if there is none."""
    frozen = freeze(gold, instance.as_of)
    for token in lex(frozen) or ():
        if token.text.lower() in _CLOCK_WORDS and frozen[token.start] == "'":
            return token.text
    return ""


def _repeated(questions: Sequence[Question]) -> Iterator[Problem]:
    """Questions asked in the same words as an earlier one."""
    seen: dict[str, str] = {}
    for question in questions:
        words = " ".join(re.findall(r"\w+", question.text.lower()))
        if words in seen:
            yield Problem(question.id, f"asks the same as {seen[words]}: reword or drop one")
        seen.setdefault(words, question.id)


def _crossing(questions: Sequence[Question]) -> Iterator[Problem]:
    """Golds that differ in literals only but stand in two splits."""
    homes: defaultdict[str, list[Question]] = defaultdict(list)
    for question in questions:
        for gold in question.golds:
            for other in homes[mask_literals(gold)]:
                if other.split != question.split:
                    yield Problem(
                        question.id,
                        f"its gold differs from that of {other.id} in literals only, but the splits differ: move one",
                    )
                    break
            homes[mask_literals(gold)].append(question)
