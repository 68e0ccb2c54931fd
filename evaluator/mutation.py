"""The mutation test of the judge: are near misses of the golds told from the golds, and by how many instances?

Every gold is changed in small ways (`schemas.mutate`); a mutant that the judge calls right on all instances survives. A
survivor is either equivalent to its gold or a row that the instances lack. Mutants that are proven equivalent
(`schemas.equivalent`) or recorded as such, each with its reason, are left out of the second share. Knows how answers
are run and compared; it changes nothing.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from evaluator.compare import Gold, compare_all
from evaluator.copies import Instance
from evaluator.execute import Executor, Table
from evaluator.golds import GoldCache, expand_golds
from schemas.catalog import Schema
from schemas.equivalent import why_equivalent
from schemas.mutate import Mutant, mutants
from schemas.records import Question

MOST = 24
"""Mutants of one gold, a seeded sample where there are more."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How one mutant fared."""

    question: str
    """Id of the question whose gold was changed."""
    mutant: Mutant
    killed: int
    """Instances needed to tell it from its gold; 0 if all of them do not, -1 if Postgres refuses it."""
    equivalent: str
    """Why it means the same as its gold, or empty."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many mutants were told from their golds."""

    killed: int
    total: int

    @property
    def rate(self) -> float:
        """Killed over total, 1.0 where there were none."""
        return self.killed / self.total if self.total else 1.0


def mutation_test(
    executor: Executor,
    instances: Sequence[Instance],
    schema: Schema,
    seed: int,
    *,
    most: int = MOST,
    threads: int = 2,
    on_done: Callable[[], None] | None = None,
) -> list[Trial]:
    """Try mutants of every question's first gold on a schema's instances.

    Args:
        executor: runs the mutants, under the limits of any answer.
        instances: the schema's, in their order.
        schema: whose golds are changed.
        seed: draws the sample where a gold has more than `most` mutants.
        most: mutants of one gold.
        threads: golds at once.
        on_done: called after each gold, in any thread.

    Raises:
        DataError: a gold does not run; names the question.
    """
    cache = GoldCache(executor)

    def one(question: Question) -> list[Trial]:
        gold = expand_golds(question.golds[0])[0]
        wanted = cache.all(instances, gold, question.id)
        trials = [
            Trial(
                question.id,
                mutant,
                _killed(executor, instances, wanted, mutant.sql),
                why_equivalent(gold, mutant, schema),
            )
            for mutant in _sample(gold, schema, most, f"{seed}/{question.id}")
        ]
        if on_done is not None:
            on_done()
        return trials

    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="sqlloop-mutate") as pool:
        return [trial for trials in pool.map(one, schema.questions) for trial in trials]


def _sample(gold: str, schema: Schema, most: int, seed: str) -> list[Mutant]:
    found = list(mutants(gold, schema.tables))
    return found if len(found) <= most else random.Random(seed).sample(found, most)


def _killed(executor: Executor, instances: Sequence[Instance], wanted: Sequence[Gold], sql: str) -> int:
    tables: list[Table] = []
    for number, instance in enumerate(instances, start=1):
        outcome = executor.execute(instance, sql)
        if outcome.table is None:
            refused = number == 1 and outcome.failure is not None and outcome.failure.kind in {"binding", "syntax"}
            return -1 if refused else number
        tables.append(outcome.table)
        if not compare_all(wanted[:number], tables).exact:
            return number
    return 0


def shares(trials: Sequence[Trial], instances: int) -> Iterator[tuple[int, Share, Share]]:
    """With 1, 2, ... instances: the share killed of all mutants that run, and of those not known to be equivalent."""
    ran = [trial for trial in trials if trial.killed >= 0]
    for count in range(1, instances + 1):
        raw = [0 < trial.killed <= count for trial in ran]
        fair = [0 < trial.killed <= count for trial in ran if not trial.equivalent]
        yield count, Share(sum(raw), len(raw)), Share(sum(fair), len(fair))


def by_operator(trials: Sequence[Trial]) -> dict[str, tuple[Share, Share]]:
    """Operator -> share killed by all instances, of all and of those not known to be equivalent."""
    total: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    fair: Counter[str] = Counter()
    fair_killed: Counter[str] = Counter()
    for trial in trials:
        if trial.killed < 0:
            continue
        name = trial.mutant.operator
        total[name] += 1
        killed[name] += trial.killed > 0
        if not trial.equivalent:
            fair[name] += 1
            fair_killed[name] += trial.killed > 0
    return {name: (Share(killed[name], total[name]), Share(fair_killed[name], fair[name])) for name in sorted(total)}
