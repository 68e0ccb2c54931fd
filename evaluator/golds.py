"""The golds of a question: spelled out, run once an instance, kept for the run.

Knows how a gold's result is had, not how an answer is judged against it.
"""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from collections.abc import Sequence

from evaluator.clock import Token, freeze, lex
from evaluator.compare import Gold
from evaluator.copies import Instance
from evaluator.execute import Executor, Limits, Table
from evaluator.ordering import order_groups
from evaluator.statement import clean, volatile_name, why_not_a_read
from schemas.errors import DataError

MAX_CHOICES = 6
"""Columns in one pair of braces; their subsets double with each."""
GOLD_LIMITS = Limits(seconds=10.0)


def expand_golds(sql: str) -> tuple[str, ...]:
    """The golds that `{a, b}` outside quotes stands for: one for each non-empty subset, all columns first.

    Empty braces, and braces around the same columns, follow the same choice: `GROUP BY {}`.

    Raises:
        DataError: braces do not close, the first pair is empty, or one holds more than 6 columns.
    """
    spans = _braces(sql)
    if not spans:
        return (sql,)
    lists: list[tuple[str, ...]] = []
    for _, _, items in spans:
        if items and items not in lists:
            lists.append(items)
    if not lists or max(map(len, lists)) > MAX_CHOICES:
        raise DataError(f"braces in a gold must hold 1 to {MAX_CHOICES} columns: {sql}")
    choices = [[c for size in range(len(items), 0, -1) for c in itertools.combinations(items, size)] for items in lists]
    return tuple(_fill(sql, spans, lists, chosen) for chosen in itertools.product(*choices))


_Span = tuple[int, int, tuple[str, ...]]


def _braces(sql: str) -> list[_Span]:
    """Start, end and columns of every pair of braces outside quotes."""
    if "{" not in sql:
        return []
    spans: list[_Span] = []
    opening: Token | None = None
    for token in lex(sql) or ():
        if token.text == "{" and sql[token.start] == "{":
            opening = token
        elif token.text == "}" and sql[token.start] == "}":
            if opening is None:
                raise DataError(f"a brace closes that was not opened: {sql}")
            inside = sql[opening.end + 1 : token.start]
            spans.append((opening.start, token.end + 1, tuple(_split(inside))))
            opening = None
    if opening is not None:
        raise DataError(f"a brace is not closed: {sql}")
    return spans


def _split(text: str) -> list[str]:
    """Parts between the commas that are in no parentheses."""
    parts, depth, start = [], 0, 0
    for i, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def _fill(sql: str, spans: list[_Span], lists: list[tuple[str, ...]], chosen: tuple[tuple[str, ...], ...]) -> str:
    for start, end, items in reversed(spans):
        sql = sql[:start] + ", ".join(chosen[lists.index(items) if items else 0]) + sql[end:]
    return sql


class GoldCache:
    """Results of golds by instance and text; each is run once, whichever thread asks first."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._results: dict[tuple[str, str], Gold] = {}
        self._locks: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()

    def get(self, instance: Instance, sql: str, question: str) -> Gold:
        """The gold's result on one instance, with its tie groups.

        Raises:
            DataError: it is no single read, uses random values, fails or overflows a limit; names the question.
        """
        key = (instance.database, sql)
        with self._guard:
            lock = self._locks[key]
        with lock:
            if key not in self._results:
                self._results[key] = self._run(instance, sql, question)
            return self._results[key]

    def all(self, instances: Sequence[Instance], sql: str, question: str) -> list[Gold]:
        """The gold's results on several instances; raises as `get` does."""
        return [self.get(instance, sql, question) for instance in instances]

    def _run(self, instance: Instance, sql: str, question: str) -> Gold:
        statement = clean(sql)
        volatile = volatile_name(statement)
        reason = why_not_a_read(statement) or (f"it uses {volatile}, so its answer is not fixed" if volatile else "")
        if reason:
            raise DataError(f"question {question}: the gold cannot be judged by ({reason}); mend it in questions.toml")
        frozen = freeze(statement, instance.as_of)
        outcome = self._executor.run(instance.database, frozen, GOLD_LIMITS)
        if outcome.table is None:
            message = outcome.failure.message if outcome.failure else "no table"
            raise DataError(
                f"question {question}: the gold does not run on instance {instance.number} of {instance.schema_name} "
                f"({message}); mend it in questions.toml"
            )

        def run(text: str) -> Table | None:
            return self._executor.run(instance.database, text, GOLD_LIMITS).table

        return order_groups(frozen, outcome.table, run)
