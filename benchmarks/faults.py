"""How often does the diagnosis name a fault that was put in on purpose?

Every hand-written gold is rewritten without changing its meaning (`benchmarks.rewrites`), then spoiled by one fault
drawn at random, or two of different modes (`faults_in_*`); only faults that change the answer on
the instances count, for two also each by itself. The mode that a fault should be named by is part of the operator and
is decided by its meaning, not by what the diagnosis says: a boundary is `filter_boundary` whatever the type; another
day, month or year in a comparison is `date_logic`, any other literal `filter_value`; a subquery lost, negated or cut
from its outer row is `nesting`; a grouping column exchanged in SELECT and GROUP BY alike is one fault, `grouping`;
whatever is wrong within HAVING is `having`.

    python -m benchmarks.faults [--limit N] [--schemas NAMES] [--seed N] [--static] [--cases FILE] [--misses FILE]
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from benchmarks import faults_in_columns, faults_in_conditions, faults_in_expressions, faults_in_shape  # noqa: F401  they register
from benchmarks.fault_base import OPERATORS
from benchmarks.rewrites import REWRITES, reformatted
from evaluator.compare import Gold, compare_all
from evaluator.copies import Instance, build_all
from evaluator.diagnose import Confirm, diagnose, diagnose_pair
from evaluator.execute import Executor, Table
from evaluator.golds import GoldCache, expand_golds
from evaluator.repair import Repairer
from evaluator.server import open_server
from loop.session import home
from schemas.catalog import Schema, select_schemas
from schemas.records import Question, Verdict
from schemas.taxonomy import MODES

PER_GOLD, TRIES = 3, 12


@dataclass(frozen=True, slots=True)
class Spoiled:
    """One faulty query."""

    question: str
    """Id."""
    schema_name: str
    gold: str
    sql: str
    operators: tuple[str, ...]
    modes: tuple[str, ...]


@dataclass(slots=True)
class Score:
    """What the diagnosis said of the faults."""

    total: int = 0
    top: int = 0
    exact: int = 0
    confirmed: int = 0
    seconds: float = 0.0
    named: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_operator: defaultdict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))


class Judge:
    """Whether a query's answer differs from its gold's."""

    def __init__(self, executor: Executor, instances: dict[str, tuple[Instance, ...]]) -> None:
        self.executor, self.instances, self.golds = executor, instances, GoldCache(executor)

    def wrong(self, question: Question, gold: str, sql: str) -> bool | None:
        """None where it does not run."""
        instances = self.instances[question.schema_name]
        tables: list[Table] = []
        wanted: list[Gold] = []
        for instance in instances:
            outcome = self.executor.execute(instance, sql)
            if outcome.table is None:
                return None
            tables.append(outcome.table)
            wanted.append(self.golds.get(instance, gold, question.id))
            if not compare_all(wanted, tables).exact:
                return True
        return False


def rewritten(gold: str, rng: random.Random) -> exp.Expr:
    """The gold under one rewrite drawn at random, where one applies."""
    names = list(REWRITES)
    rng.shuffle(names)
    for name in names:
        changed = REWRITES[name](sqlglot.parse_one(gold, read="postgres"))
        if changed is not None:
            return sqlglot.parse_one(changed.sql("postgres"), read="postgres")
    return sqlglot.parse_one(gold, read="postgres")


def apply(tree: exp.Expr, operator: str, rng: random.Random, schema: Schema) -> exp.Expr | None:
    root = exp.Paren(this=tree.copy())
    try:
        if not OPERATORS[operator][1](root, rng, schema.tables):
            return None
        return sqlglot.parse_one(root.this.sql("postgres"), read="postgres")
    except (SqlglotError, KeyError):
        return None


def mode_of(operator: str, before: exp.Expr, after: exp.Expr) -> str:
    """The mode of a fault: the operator's, but `having` for whatever is wrong within HAVING."""
    clauses = [[node.sql() for node in tree.find_all(exp.Having)] for tree in (before, after)]
    return OPERATORS[operator][0] if clauses[0] == clauses[1] else "having"


def singles(judge: Judge, schemas: Sequence[Schema], seed: int) -> Iterator[Spoiled]:
    """Queries with one fault, at most PER_GOLD of a gold, rare operators first."""
    seen: Counter[str] = Counter()
    for schema, question, gold in _golds(schemas):
        rng = random.Random(f"{seed}/one/{question.id}")
        found = tried = 0
        for name in sorted(OPERATORS, key=lambda name: (seen[name], rng.random())):  # the rarest so far first
            start = rewritten(gold, rng)
            tree = apply(start, name, rng, schema)
            if tree is None or found == PER_GOLD or tried == TRIES:
                continue
            tried += 1
            sql = reformatted(tree.sql("postgres"), found)
            if judge.wrong(question, gold, sql):
                found += 1
                seen[name] += 1
                yield Spoiled(question.id, schema.name, gold, sql, (name,), (mode_of(name, start, tree),))


def doubles(judge: Judge, schemas: Sequence[Schema], seed: int) -> Iterator[Spoiled]:
    """Queries with two faults of different modes, each of which changes the answer by itself."""
    for schema, question, gold in _golds(schemas):
        rng = random.Random(f"{seed}/two/{question.id}")
        start = rewritten(gold, rng)
        fitting = [name for name in OPERATORS if apply(start, name, rng, schema) is not None]
        for _ in range(TRIES if len(fitting) > 1 else 0):
            names = rng.sample(fitting, 2)
            first, second = (apply(start, name, rng, schema) for name in names)
            both = apply(first, names[1], rng, schema) if first is not None else None
            if first is None or second is None or both is None:
                continue
            modes = mode_of(names[0], start, first), mode_of(names[1], first, both)
            if len(set(modes)) < 2:
                continue
            trees = [first, second, both]
            if all(judge.wrong(question, gold, item.sql("postgres")) for item in trees):
                yield Spoiled(question.id, schema.name, gold, both.sql("postgres"), tuple(names), modes)
                break


def _golds(schemas: Sequence[Schema]) -> Iterator[tuple[Schema, Question, str]]:
    for schema in schemas:
        for question in schema.questions:
            yield schema, question, expand_golds(question.golds[0])[0]


def equivalents(schemas: Sequence[Schema], seed: int) -> Iterator[tuple[str, str, Schema]]:
    """Golds beside their rewrites, of which nothing may be said."""
    for schema, _, gold in _golds(schemas):
        for rewrite in REWRITES.values():
            changed = rewrite(sqlglot.parse_one(gold, read="postgres"))
            if changed is not None:
                yield gold, reformatted(changed.sql("postgres"), seed), schema


Namer = Callable[[Spoiled], tuple[list[str], bool]]
"""Modes in the order given, and whether a cause is confirmed."""


def measure(
    cases: Sequence[Spoiled], name: Namer, misses: list[dict[str, object]], clock: Callable[[], float]
) -> Score:
    """Ask for the modes of every faulty query."""
    score = Score()
    for case in cases:
        start = clock()
        modes, confirmed = name(case)
        score.seconds += clock() - start
        top, same = modes[0] in case.modes, set(modes) == set(case.modes)
        score.total += 1
        score.top += top
        score.exact += same
        score.confirmed += confirmed
        score.named[case.modes[0], modes[0]] += 1
        for operator in case.operators:
            score.by_operator[operator].append(same if len(case.operators) > 1 else top)
        if not same:
            wrong = {
                "id": case.question,
                "confirmed": confirmed,
                "operators": case.operators,
                "expected": case.modes,
                "named": modes,
            }
            misses.append({**wrong, "top": top, "gold": case.gold, "sql": " ".join(case.sql.split())})
    return score


def static(schemas: dict[str, Schema]) -> Namer:
    def name(case: Spoiled) -> tuple[list[str], bool]:
        findings = diagnose_pair(case.gold, case.sql, schemas[case.schema_name].tables)
        return [finding.mode for finding in findings] or ["restructured"], False

    return name


def executed(schemas: dict[str, Schema], confirm: Confirm) -> Namer:
    def name(case: Spoiled) -> tuple[list[str], bool]:
        question = Question(id=case.question, schema_name=case.schema_name, split="dev", text="?", golds=(case.gold,))
        verdict = Verdict(
            id=case.question, schema_name=case.schema_name, split="dev", exact=False, correct=False, sql=case.sql,
            gold=case.gold, failure="wrong_result", instance=1,
        )  # fmt: skip
        found = diagnose([verdict], [question], schemas, confirm)
        return [item.mode for item in found], found[0].confirmed is True

    return name


def show(title: str, score: Score) -> None:
    rate = score.total / max(score.seconds, 1e-9)
    print(
        f"{title}: {score.total:,} queries, first mode right {score.top / score.total:.1%}, "
        f"exact set {score.exact / score.total:.1%}, confirmed {score.confirmed / score.total:.1%}, "
        f"{rate:,.0f} pairs a second"
    )


def show_table(score: Score) -> None:
    """Injected mode by the mode named first; operators that are missed most."""
    print("\n| injected | n | first mode right | else named |\n|---|---|---|---|")
    for mode in MODES:
        row = {named: n for (injected, named), n in score.named.items() if injected == mode}
        total = sum(row.values())
        if total:
            rest = sorted(((n, other) for other, n in row.items() if other != mode), reverse=True)
            others = ", ".join(f"{other} {n}" for n, other in rest)
            print(f"| {mode} | {total} | {row.get(mode, 0) / total:.1%} | {others} |")
    print()
    rates = {name: sum(hits) / len(hits) for name, hits in score.by_operator.items()}
    for name in sorted(rates, key=lambda name: rates[name])[:15]:
        print(f"  {name}: {rates[name]:.0%} of {len(score.by_operator[name])}")


def load(path: Path | None, limit: int, seed: int, schemas: Sequence[Schema]) -> tuple[list[Spoiled], list[Spoiled]]:
    """The faulty queries: made on Postgres, or read from a file of an earlier call."""
    if path is not None and path.is_file():
        kept = [Spoiled(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
        return [c for c in kept if len(c.operators) == 1][:limit], [c for c in kept if len(c.operators) == 2][:limit]
    with open_server(None, home() / "postgres") as server, Executor(server) as executor:
        judge = Judge(executor, build_all(server, schemas, seed, 3))
        found = list(islice(singles(judge, schemas, seed), limit)), list(islice(doubles(judge, schemas, seed), limit))
    if path is not None:
        path.write_text("".join(json.dumps(asdict(case)) + "\n" for case in chain(*found)), encoding="utf-8")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--limit", type=int, default=1_000_000, help="faulty queries of one fault, and of two")
    parser.add_argument("--schemas", default="all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--static", action="store_true", help="compare the trees only, execute no repair")
    parser.add_argument("--cases", type=Path, help="where the faulty queries are kept between calls")
    parser.add_argument("--misses", type=Path, help="where the misses are written")
    arguments = parser.parse_args()
    schemas = select_schemas(arguments.schemas)
    by_name = {schema.name: schema for schema in schemas}
    one, two = load(arguments.cases, arguments.limit, arguments.seed, schemas)
    misses: list[dict[str, object]] = []
    print(
        f"{len(OPERATORS)} operators, {len(schemas)} schemas, seed {arguments.seed}: {len(one):,} faulty queries with "
        f"one fault, {len(two):,} with two"
    )
    single = measure(one, static(by_name), misses, time.process_time)
    show("one fault, from the trees", single)
    show("two faults, from the trees", measure(two, static(by_name), misses, time.process_time))
    if not arguments.static:
        with open_server(None, home() / "postgres") as server, Executor(server) as executor:
            confirm = Confirm(Repairer(executor), build_all(server, schemas, arguments.seed, 3))
            single = measure(one, executed(by_name, confirm), misses, time.perf_counter)
            show("one fault, by execution", single)
            show("two faults, by execution", measure(two, executed(by_name, confirm), misses, time.perf_counter))
    spoken = [
        (gold, sql, said)
        for gold, sql, s in equivalents(schemas, arguments.seed)
        if (said := diagnose_pair(gold, sql, s.tables))
    ]
    total = sum(1 for _ in equivalents(schemas, arguments.seed))
    print(f"equivalent rewrites: {total:,}, a mode named for {len(spoken)}")
    show_table(single)
    if arguments.misses:
        misses += [
            {"equivalent": gold, "sql": " ".join(sql.split()), "named": [f.mode for f in said]}
            for gold, sql, said in spoken
        ]
        arguments.misses.write_text("".join(json.dumps(miss) + "\n" for miss in misses), encoding="utf-8")


if __name__ == "__main__":
    main()
