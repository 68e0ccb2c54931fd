"""Verdicts -> failure modes with evidence.

The first four modes come from the verdict itself; a wrong result is resolved by comparing the clauses of gold and
answer (`evaluator.trees`). Nothing is executed here, so `confirmed` stays None; where the trees tell nothing, the
mode is `restructured`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from evaluator.golds import expand_golds
from evaluator.trees.canonical import canonical
from evaluator.trees.differences import compare_trees
from evaluator.trees.findings import Finding
from schemas.catalog import Schema
from schemas.ddl import Table
from schemas.errors import DataError
from schemas.records import Diagnosis, Question, Verdict
from schemas.taxonomy import CONCEPTS, MODES

MOST_MODES = 6
"""With more modes than this the answer counts as restructured."""
SAME = Finding("restructured", "", "the clauses are the same, the results are not")
_EVIDENCE = 240
"""Characters kept of one line of evidence."""

_NAMED = (
    (re.compile(r'column reference "?([^"]+?)"? is ambiguous'), "column {}"),
    (re.compile(r'column "?([^" ]+(?: [^" ]+)*?)"? (?:of relation .* )?(?:does not exist|must appear)'), "column {}"),
    (re.compile(r'relation "([^"]+)" does not exist'), "table {}"),
    (
        re.compile(r'(?:missing FROM-clause entry for|invalid reference to FROM-clause entry for) table "([^"]+)"'),
        "table {}",
    ),
    (re.compile(r"(?:function|aggregate) ([\w.]+)\("), "function {}"),
    (re.compile(r"operator does not exist: (.+)"), "operator {}"),
    (re.compile(r'type "([^"]+)" does not exist'), "type {}"),
    (re.compile(r'at or near "(.+?)"'), 'near "{}"'),
    (re.compile(r'"([^"]+)"'), "{}"),
)


def diagnose(
    verdicts: Iterable[Verdict], questions: Sequence[Question], schemas: Mapping[str, Schema]
) -> list[Diagnosis]:
    """What is wrong with each wrong answer: one diagnosis a mode, in the order of MODES; right answers have none.

    Args:
        verdicts: Of any splits.
        questions: Where the verdicts' questions are found by id, for their other golds.
        schemas: Schema name -> schema.
    """
    by_id = {question.id: question for question in questions}
    found: list[Diagnosis] = []
    for verdict in verdicts:
        if verdict.exact:
            continue
        question = by_id.get(verdict.id)
        golds = _golds(question.golds if question else (verdict.gold,))
        findings, gold = _findings(verdict, golds, schemas[verdict.schema_name])
        concepts = _concepts(gold)
        found += [
            Diagnosis(
                id=verdict.id,
                schema_name=verdict.schema_name,
                mode=finding.mode,
                where=finding.where[:_EVIDENCE],
                evidence=_one_line(finding.evidence),
                concepts=concepts,
            )
            for finding in findings
        ]
    return found


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
    wanted, given = canonical(gold, tuple(tables), dialect), canonical(predicted, tuple(tables), dialect)
    if wanted is None or given is None:
        return [Finding("restructured", "", "one of the two cannot be read as a query")]
    return by_mode(compare_trees(wanted, given, tables).findings)


def by_mode(findings: Sequence[Finding]) -> list[Finding]:
    """The first finding of every mode, in the order of MODES; with too many modes, that alone."""
    first = {finding.mode: finding for finding in reversed(findings)}
    if len(first) > MOST_MODES:
        return [Finding("restructured", "", f"differs in {len(first)} ways: {', '.join(_ordered(first))}")]
    return [first[mode] for mode in _ordered(first)]


def mode_counts(diagnoses: Iterable[Diagnosis]) -> dict[str, int]:
    """Mode -> how many diagnoses name it, the most frequent first."""
    counts = Counter(diagnosis.mode for diagnosis in diagnoses)
    order = list(MODES)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], order.index(item[0]))))


def _golds(written: Sequence[str]) -> list[str]:
    golds: list[str] = []
    for sql in written:
        try:
            golds += expand_golds(sql)
        except DataError:  # scoring reports a broken gold; here its other golds serve
            continue
    return golds or list(written)


def _findings(verdict: Verdict, golds: Sequence[str], schema: Schema) -> tuple[list[Finding], str]:
    """Findings against the nearest gold, the one that leaves the fewest modes."""
    if verdict.failure in {"no_sql", "syntax", "binding", "runtime"}:
        return [Finding(verdict.failure, _where(verdict), verdict.message)], golds[0]
    candidates = [(diagnose_pair(gold, verdict.sql, schema.tables) or [SAME], gold) for gold in golds]
    return min(candidates, key=lambda item: (item[0][0].mode == "restructured", len(item[0])))


def _where(verdict: Verdict) -> str:
    """The name at fault, as Postgres's message gives it."""
    for pattern, shape in _NAMED:
        match = pattern.search(verdict.message)
        if match:
            return shape.format(match.group(1))
    return ""


def _concepts(gold: str) -> tuple[str, ...]:
    from schemas.sql import concepts

    found = concepts(gold)
    return tuple(name for name in CONCEPTS if name in found)


def _ordered(modes: Iterable[str]) -> list[str]:
    chosen = set(modes)
    return [mode for mode in MODES if mode in chosen]


def _one_line(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= _EVIDENCE else line[: _EVIDENCE - 1] + "…"
