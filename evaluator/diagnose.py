"""Verdicts -> failure modes with evidence.

The first four modes come from the verdict itself. A wrong result is resolved by comparing the clauses of gold and
answer (`evaluator.trees`); given instances, the differences that are its cause are found by executing repairs
(`evaluator.repair`) and the others dropped. Where no repair within the limits makes the answer right, nothing is
confirmed: up to three differing parts keep the modes that the trees give them, more are `restructured`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from evaluator.copies import Instance
from evaluator.golds import expand_golds
from evaluator.message import name_at_fault, span_at_fault
from evaluator.repair import Repairer, Search
from evaluator.trees.align import likeness
from evaluator.trees.canonical import canonical, read_canonical
from evaluator.trees.differences import Comparison, compare_trees
from evaluator.trees.findings import Finding
from evaluator.trees.spans import span_of
from schemas.catalog import Schema
from schemas.ddl import Table
from schemas.errors import DataError
from schemas.records import Diagnosis, Question, Verdict
from schemas.taxonomy import CONCEPTS, MODES

MOST_MODES = 6
"""With more modes than this the answer counts as restructured."""
THREADS = 3
SAME = Finding("restructured", "", "the clauses are the same, the results are not")
UNREADABLE = Finding("restructured", "", "one of the two cannot be read as a query")
_EVIDENCE = 240
"""Characters kept of one line of evidence."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """What it takes to execute repairs."""

    repairer: Repairer
    instances: Mapping[str, Sequence[Instance]]
    """Schema name -> its instances."""


def diagnose(
    verdicts: Iterable[Verdict],
    questions: Sequence[Question],
    schemas: Mapping[str, Schema],
    confirm: Confirm | None = None,
    *,
    dialect: str = "postgres",
    on_done: Callable[[], None] | None = None,
) -> list[Diagnosis]:
    """What is wrong with each wrong answer: one diagnosis a mode, causes first; right answers have none.

    Args:
        verdicts: Of any splits.
        questions: Where the verdicts' questions are found by id, for their other golds.
        schemas: Schema name -> schema.
        confirm: With it, causes are confirmed by executing repairs, several answers at once; else `confirmed` is None.
        dialect: How golds and answers are read, by sqlglot's names; repairs are executed on Postgres.
        on_done: Called after each wrong answer, in any thread.

    Raises:
        DataError: a gold does not run (with `confirm`); names the question.
    """
    by_id = {question.id: question for question in questions}

    def one(verdict: Verdict) -> list[Diagnosis]:
        question = by_id.get(verdict.id)
        golds = _golds(question.golds if question else (verdict.gold,))
        found = _diagnosed(verdict, golds, schemas[verdict.schema_name], confirm, dialect)
        if on_done is not None:
            on_done()
        return found

    wrong = [verdict for verdict in verdicts if not verdict.exact]
    if confirm is None:
        return [item for verdict in wrong for item in one(verdict)]
    with ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="sqlloop-diagnose") as pool:
        return [item for found in pool.map(one, wrong) for item in found]


def diagnose_pair(gold: str, predicted: str, tables: Sequence[Table], dialect: str = "postgres") -> list[Finding]:
    """The modes by which one statement differs from another, from their text alone; one finding a mode.

    Args:
        gold: The right statement.
        predicted: The one to judge.
        tables: The schema's; empty where it is not known.
        dialect: How both are read, by sqlglot's names.

    Returns:
        In the order of MODES; empty where nothing differs, `restructured` where too much does or a text is no query.
    """
    comparison = compare(gold, predicted, tables, dialect)
    return [UNREADABLE] if comparison is None else by_mode(comparison.findings)


def compare(gold: str, predicted: str, tables: Sequence[Table], dialect: str = "postgres") -> Comparison | None:
    """The two statements' trees side by side; None where one cannot be read."""
    wanted, given = canonical(gold, tuple(tables), dialect), read_canonical(predicted, tables, dialect)
    if wanted is None or given is None:
        return None
    try:
        return compare_trees(wanted, given, tables)
    except RecursionError:  # a text that a model repeated itself into
        return None


def by_mode(findings: Sequence[Finding]) -> list[Finding]:
    """The first finding of every mode, in the order of MODES; with too many modes, that alone."""
    first = {finding.mode: finding for finding in reversed(findings)}
    if len(first) > MOST_MODES:
        return [_restructured(findings)]
    return [first[mode] for mode in MODES if mode in first]


def mode_counts(diagnoses: Iterable[Diagnosis]) -> dict[str, int]:
    """Mode -> how many diagnoses name it, the most frequent first."""
    counts = Counter(diagnosis.mode for diagnosis in diagnoses)
    order = list(MODES)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], order.index(item[0]))))


def _restructured(findings: Sequence[Finding]) -> Finding:
    modes = {finding.mode for finding in findings}
    return Finding("restructured", "", f"differs in {len(findings)} parts: {', '.join(m for m in MODES if m in modes)}")


def _golds(written: Sequence[str]) -> list[str]:
    golds: list[str] = []
    for sql in written:
        try:
            golds += expand_golds(sql)
        except DataError:  # scoring reports a broken gold; here its other golds serve
            continue
    return golds or list(written)


def _diagnosed(
    verdict: Verdict, golds: Sequence[str], schema: Schema, confirm: Confirm | None, dialect: str
) -> list[Diagnosis]:
    """All that is wrong with one answer."""
    if verdict.failure in {"no_sql", "syntax", "binding", "runtime"}:
        where, evidence = name_at_fault(verdict, schema.tables)
        record = _record(verdict, golds[0], Finding(verdict.failure, where, evidence))
        return [record.model_copy(update={"span": span_at_fault(verdict)})]
    gold, comparison = _nearest(verdict.sql, golds, schema, dialect)
    findings = [UNREADABLE] if comparison is None else by_mode(comparison.findings) or [SAME]
    if confirm is None:
        return [_record(verdict, gold, finding) for finding in findings]
    if comparison is None:
        return [_record(verdict, gold, finding, confirmed=False) for finding in findings]
    instances = confirm.instances[verdict.schema_name]
    search = confirm.repairer.search(comparison, gold, verdict.sql, instances, verdict.id, verdict.instance)
    if not search.repairs:
        named = [_restructured(comparison.findings)] if search.beyond and comparison.findings else findings
        return [_record(verdict, gold, finding, search, confirmed=False) for finding in named]
    return _causes(verdict, gold, search)


def _nearest(predicted: str, golds: Sequence[str], schema: Schema, dialect: str) -> tuple[str, Comparison | None]:
    """The gold from which the answer differs in the fewest parts, and their comparison."""
    pairs = [(gold, compare(gold, predicted, schema.tables, dialect)) for gold in golds]

    def distance(pair: tuple[str, Comparison | None]) -> tuple[bool, int, float]:
        gold, comparison = pair
        parts = len(comparison.findings) if comparison is not None else 0
        return comparison is None, parts, -likeness(gold, predicted) if len(golds) > 1 else 0.0

    return min(pairs, key=distance)


def _causes(verdict: Verdict, gold: str, search: Search) -> list[Diagnosis]:
    """One diagnosis a mode of the smallest repairs, the nearest repair's first."""
    found: dict[str, Diagnosis] = {}
    for rank, repair in enumerate(search.repairs, start=1):
        for finding in by_mode(repair.findings):
            record = _record(verdict, gold, finding, search, confirmed=True, repair=repair.sql, rank=rank)
            found.setdefault(finding.mode, record)
    return list(found.values())


def _record(
    verdict: Verdict,
    gold: str,
    finding: Finding,
    search: Search | None = None,
    *,
    confirmed: bool | None = None,
    repair: str = "",
    rank: int = 0,
) -> Diagnosis:
    return Diagnosis(
        id=verdict.id,
        schema_name=verdict.schema_name,
        mode=finding.mode,
        where=finding.where[:_EVIDENCE],
        evidence=_one_line(finding.evidence),
        confirmed=confirmed,
        concepts=_concepts(gold),
        gold=gold,
        gold_span=span_of(finding.expected, gold),
        span=span_of(finding.got, verdict.sql),
        repair=repair,
        rank=rank,
        instance=search.instance if search is not None else 0,
        row=search.row if search is not None else "",
    )


def _concepts(gold: str) -> tuple[str, ...]:
    from schemas.sql import concepts

    found = concepts(gold)
    return tuple(name for name in CONCEPTS if name in found)


def _one_line(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= _EVIDENCE else line[: _EVIDENCE - 1] + "…"
