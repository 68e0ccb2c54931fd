"""How often answers fail, by mode, concept, schema and curriculum stage, the worst first.

A rate stands beside its 90% interval (Wilson): a slice of three questions says little, and looks so. Knows records
only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from evaluator.stats import wilson
from schemas.records import Diagnosis, Question, Slice, SliceKind, Verdict
from schemas.sql import concepts, curriculum_stage
from schemas.taxonomy import MODES

LEVEL = 0.90


def slices(questions: Iterable[Question], verdicts: Iterable[Verdict], diagnoses: Sequence[Diagnosis]) -> list[Slice]:
    """Every slice with a question in it: modes first, then concepts, schemas and stages, each the worst first.

    Args:
        questions: What was asked; those without a verdict are left out.
        verdicts: At most one a question.
        diagnoses: Of the wrong ones; what is the question's own fault is not counted.
    """
    by_id = {verdict.id: verdict for verdict in verdicts}
    kinds: tuple[SliceKind, ...] = ("mode", "concept", "schema", "stage")
    totals: dict[SliceKind, Counter[str]] = {kind: Counter() for kind in kinds}
    failed: dict[SliceKind, Counter[str]] = {kind: Counter() for kind in kinds}
    judged = [question for question in questions if question.id in by_id]
    for question in judged:
        found = concepts(question.golds[0])
        places: list[tuple[SliceKind, str]] = [("concept", name) for name in sorted(found)]
        places += [("schema", question.schema_name), ("stage", str(curriculum_stage(found)))]
        for kind, name in places:
            totals[kind][name] += 1
            failed[kind][name] += not by_id[question.id].exact
    named = {(item.mode, item.id) for item in diagnoses if item.mode in MODES and item.id in by_id}
    failed["mode"] = Counter(mode for mode, _ in named)
    totals["mode"] = Counter(dict.fromkeys(failed["mode"], len(judged)))
    confirmed = Counter(mode for mode, _ in {(item.mode, item.id) for item in diagnoses if item.confirmed})
    return [item for kind in totals for item in _ranked(kind, failed[kind], totals[kind], confirmed)]


def _ranked(kind: SliceKind, failed: Counter[str], totals: Counter[str], confirmed: Counter[str]) -> list[Slice]:
    made = []
    for name, total in totals.items():
        low, high = wilson(failed[name], total, LEVEL)
        made.append(
            Slice(
                kind=kind, name=name, failed=failed[name], total=total, rate=round(failed[name] / total, 4),
                low=round(low, 4), high=round(high, 4), confirmed=confirmed[name] if kind == "mode" else 0,
            )
        )  # fmt: skip
    return sorted(made, key=lambda item: (-item.rate, -item.total, item.name))


def worst(found: Iterable[Slice], count: int) -> list[Slice]:
    """The slices that certainly fail most: by the lower end of their interval."""
    return sorted(found, key=lambda item: (-item.low, item.kind, item.name))[:count]
