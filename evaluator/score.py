"""Predictions -> verdicts: every answer run on every instance and compared with every gold, several at once.

Gold results are kept in memory, for the call or as long as the caller wishes. Verdicts come in the questions' order and
do not depend on the threads' timing. This module does not say why an answer is wrong beyond how its tables differ;
`evaluator.diagnose` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from evaluator.compare import Comparison, compare_all
from evaluator.copies import Instance
from evaluator.execute import Executor, Failure, Table
from evaluator.golds import GoldCache, expand_golds
from evaluator.statement import clean, volatile_name
from schemas.errors import DataError
from schemas.records import Prediction, Question, Verdict

THREADS = 3


def score(
    executor: Executor,
    instances: Mapping[str, Sequence[Instance]],
    questions: Sequence[Question],
    predictions: Sequence[Prediction],
    *,
    threads: int = THREADS,
    golds: GoldCache | None = None,
    on_done: Callable[[Verdict], None] | None = None,
    on_defect: Callable[[Question, DataError], None] | None = None,
) -> list[Verdict]:
    """Judge one prediction a question.

    Args:
        executor: Runs the statements.
        instances: Schema name -> its instances, at least one.
        questions: What was asked; the verdicts come in this order.
        predictions: Matched by id; a question without one counts as an empty answer.
        threads: Questions judged at once.
        golds: Results of golds from earlier calls, kept and added to; a new store if None.
        on_done: Called in this thread with each verdict as it is ready, in no fixed order.
        on_defect: Called, in any thread, with a question whose gold does not run: it then gets no verdict.

    Raises:
        DataError: a gold does not run (without `on_defect`), or a schema has no instances; names the question.
        DatabaseError: the server was lost and does not come back.
    """
    answers = {prediction.id: prediction for prediction in predictions}
    known = golds or GoldCache(executor)

    def one(question: Question) -> Verdict | None:
        answer = answers.get(question.id) or Prediction(id=question.id, sql="")
        try:
            return _judge(executor, known, _instances(instances, question), question, answer)
        except DataError as error:
            if on_defect is None:
                raise
            on_defect(question, error)
            return None

    def tell(verdict: Verdict | None) -> None:
        if on_done and verdict is not None:
            on_done(verdict)

    with ThreadPoolExecutor(max_workers=max(1, threads), thread_name_prefix="sqlloop-score") as pool:
        futures = [pool.submit(one, question) for question in questions]
        try:
            for future in as_completed(futures):
                tell(future.result())
            return [verdict for future in futures if (verdict := future.result()) is not None]
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _instances(instances: Mapping[str, Sequence[Instance]], question: Question) -> Sequence[Instance]:
    found = instances.get(question.schema_name, ())
    if not found:
        raise DataError(f"question {question.id}: schema {question.schema_name} has no instances; build them first")
    return found


@dataclass(slots=True)
class _Alternative:
    """One gold, and how far the answer has matched it."""

    sql: str
    """With its braces filled."""
    written: str
    """As the question holds it."""
    exact: bool = True
    correct: bool = True
    first_wrong: int = 0
    """Instance on which it stopped being exact."""
    why: str = ""

    def note(self, comparison: Comparison, number: int) -> None:
        if self.exact and not comparison.exact:
            self.first_wrong, self.why = number, comparison.why
        self.exact = self.exact and comparison.exact
        self.correct = self.correct and comparison.correct


def _judge(
    executor: Executor, golds: GoldCache, instances: Sequence[Instance], question: Question, answer: Prediction
) -> Verdict:
    alternatives = [_Alternative(sql, written) for written in question.golds for sql in _expanded(written, question.id)]
    for alternative in alternatives:  # a broken gold is reported even where the answer fails by itself
        golds.get(instances[0], alternative.sql, question.id)
    statement = clean(answer.sql)
    volatile = volatile_name(statement)
    if volatile:
        reason = f"uses {volatile}, so its answer is not fixed"
        return _verdict(question, statement, question.golds[0], "wrong_result", message=reason, instance=1)
    tables: list[Table] = []
    for k, instance in enumerate(instances, start=1):
        outcome = executor.execute(instance, statement)
        if outcome.table is None:
            return _failed(question, statement, answer, outcome.failure, instance.number)
        tables.append(outcome.table)
        for alternative in alternatives:
            if alternative.correct:
                wanted = golds.all(instances[:k], alternative.sql, question.id)
                alternative.note(compare_all(wanted, tables), instance.number)
        if not any(alternative.correct for alternative in alternatives):
            break
    return _settled(question, statement, alternatives)


def _expanded(written: str, question: str) -> tuple[str, ...]:
    try:
        return expand_golds(written)
    except DataError as error:
        raise DataError(f"question {question}: {error}; mend it in questions.toml") from None


def _settled(question: Question, statement: str, alternatives: Sequence[_Alternative]) -> Verdict:
    """The verdict by the gold that was matched best and longest; of equals, the first."""
    best = max(alternatives, key=lambda a: (a.exact, a.correct, a.first_wrong))
    if best.exact:
        return Verdict(
            id=question.id,
            schema_name=question.schema_name,
            split=question.split,
            exact=True,
            correct=True,
            sql=statement,
            gold=best.written,
        )
    gold = best.written if best.correct else question.golds[0]
    return _verdict(
        question, statement, gold, "wrong_result", message=best.why, instance=best.first_wrong, correct=best.correct
    )


def _failed(question: Question, statement: str, answer: Prediction, failure: Failure | None, instance: int) -> Verdict:
    failure = failure or Failure("runtime", "", "no table")
    kind, message = str(failure.kind), failure.message
    if answer.truncated and kind in {"no_sql", "syntax"}:
        kind, message = "no_sql", f"cut off at the token limit ({message})"
    return _verdict(
        question,
        statement,
        question.golds[0],
        kind,
        sqlstate=failure.sqlstate,
        message=message,
        instance=instance,
        position=failure.position,
    )


def _verdict(
    question: Question,
    statement: str,
    gold: str,
    failure: str,
    *,
    sqlstate: str = "",
    message: str = "",
    instance: int = 0,
    correct: bool = False,
    position: int = 0,
) -> Verdict:
    return Verdict(
        id=question.id,
        schema_name=question.schema_name,
        split=question.split,
        exact=False,
        correct=correct,
        sql=statement,
        gold=gold,
        failure=failure,
        sqlstate=sqlstate,
        message=message,
        instance=instance,
        position=position,
    )
