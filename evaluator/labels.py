"""Is a label sound? What the generators' gate asks of Postgres: does it run, does chance decide, what tells it apart.

The gate is handed these methods by `loop` and knows nothing of servers. The last statement's results are kept, since
the gate asks several things of one statement in a row. Knows how statements are run and compared, not why a pair is
made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from evaluator.clock import freeze
from evaluator.compare import Gold, is_exact
from evaluator.copies import Instance
from evaluator.execute import Executor
from evaluator.ordering import is_ordered, order_groups
from evaluator.outcome import Limits, Outcome, Table
from evaluator.statement import clean
from schemas.records import Execution

LABEL_LIMITS = Limits(seconds=1.0, chunk=200)
"""What a label may use: a training pair that takes longer teaches nothing that a quick one does not."""


class Labels:
    """Runs labels on a few instances; one thread at a time."""

    def __init__(
        self,
        executor: Executor,
        instances: Mapping[str, Sequence[Instance]],
        shuffled: Callable[[str], Instance],
        limits: Limits = LABEL_LIMITS,
    ) -> None:
        """Take what is needed to run.

        Args:
            executor: runs untrusted statements.
            instances: schema name -> the copies that labels run on, instance 1 first.
            shuffled: schema name -> instance 1 with its rows in another order.
            limits: of one statement.
        """
        self._executor, self._instances, self._shuffled, self._limits = executor, instances, shuffled, limits
        self._asked: tuple[str, str] = ("", "")
        self._outcomes: list[Outcome] = []

    def execute(self, schema_name: str, sql: str) -> Sequence[Execution]:
        """How a statement ends on every instance; after a failure the rest is not run."""
        return [summary(outcome) for outcome in self._run(schema_name, sql)]

    def steady(self, schema_name: str, sql: str) -> bool:
        """Whether the answer is the same on shuffled rows, and no LIMIT of the whole cuts through a tie.

        Rows are compared as a set: where ORDER BY leaves ties open, their order is no part of the answer. A tie at
        the cut is looked for with WITH TIES, since the rows' order alone does not always bring it out.
        """
        table = self._run(schema_name, sql)[0].table
        instance, shuffled = self._instances[schema_name][0], self._shuffled(schema_name)
        other = self._executor.execute(shuffled, sql, self._limits).table
        if table is None or other is None or not is_exact(Gold(table), other):
            return False
        gold = order_groups(
            freeze(clean(sql), instance.as_of), table,
            lambda text: self._executor.run(instance.database, text, self._limits).table,
        )  # fmt: skip
        return all(len(group.members) == group.size for group in gold.groups or ())

    def differs(self, schema_name: str, sql: str, other: str) -> bool:
        """Whether another statement runs and has another answer on some instance.

        Order counts only where both are ordered and hold the same rows; there, rows that tie may stand as they like.
        """
        for place, instance in enumerate(self._instances[schema_name]):
            outcomes = self._run(schema_name, sql)
            wanted = outcomes[place].table if place < len(outcomes) else None
            given = self._executor.execute(instance, other, self._limits)
            if wanted is None or given.table is None:
                return False  # refused or too slow: no answer to tell from
            if self._tells(instance, sql, wanted, given.table):
                return True
        return False

    def _tells(self, instance: Instance, sql: str, wanted: Table, given: Table) -> bool:
        if wanted.rows == given.rows and len(wanted.columns) == len(given.columns):
            return False
        if not is_exact(Gold(wanted), given):
            return True
        if not is_ordered(sql):
            return False
        run = self._executor.run
        gold = order_groups(
            freeze(clean(sql), instance.as_of), wanted, lambda text: run(instance.database, text, self._limits).table
        )
        return not is_exact(gold, given)

    def _run(self, schema_name: str, sql: str) -> list[Outcome]:
        if self._asked != (schema_name, sql):
            outcomes: list[Outcome] = []
            for instance in self._instances[schema_name]:
                outcomes.append(self._executor.execute(instance, sql, self._limits))
                if outcomes[-1].failure is not None:
                    break
            self._asked, self._outcomes = (schema_name, sql), outcomes
        return self._outcomes


def summary(outcome: Outcome) -> Execution:
    """An outcome without its rows."""
    if outcome.failure is not None:
        return Execution(ok=False, sqlstate=outcome.failure.sqlstate, message=outcome.failure.message)
    rows = outcome.table.rows if outcome.table is not None else ()
    trivial = not any(cell not in (None, 0, "", False) for row in rows for cell in row)
    only = tuple(_only(cells) for cells in zip(*rows, strict=True))
    void = any(all(cell is None for cell in cells) for cells in zip(*rows, strict=True))
    return Execution(ok=True, rows=len(rows), trivial=trivial, only=only, void=void)


def _only(cells: Sequence[object]) -> str | None:
    """The one value of a column as text, or None."""
    first = cells[0]
    if first is None or any(cell != first for cell in cells[1:]):
        return None
    if isinstance(first, (int, float, Decimal)) and not isinstance(first, bool):
        number = Decimal(str(first))
        return f"{number.normalize():f}" if number.is_finite() else str(number)
    return str(first)
