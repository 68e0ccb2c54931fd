"""Reads back what a round generated, mixed and trained on. Knows records and where they lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from loop.config import Config
from loop.report.figures import Generated, MadeFor, Sample, TrainFigures
from loop.store import Store, read_records
from schemas.records import Checkpoint, Example, GateReport, Plan, TrainingSet


def generated(store: Store, config: Config, number: int) -> Generated | None:
    """What a round generated and mixed; None before it has."""
    if store.done(number, "mix") is None:
        return None
    plan = read_records(store.stage_folder(number, "plan") / "plan.jsonl", Plan)[0]
    made = read_records(store.stage_folder(number, "generate") / "examples.jsonl", Example)
    gate = read_records(store.stage_folder(number, "generate") / "gate.jsonl", GateReport)[0]
    data = read_records(store.stage_folder(number, "mix") / "training_set.jsonl", TrainingSet)[0]
    sources = Counter(example.source for example in data.examples)
    made_for = _made_for(plan, made)
    return Generated(
        curriculum=sources["curriculum"],
        hard=sources["hard"],
        natural=sources["train"],
        replay=sources["replay"],
        made_for=made_for,
        samples=_samples(made, made_for),
        offered=gate.offered,
        rejected=gate.rejected,
        mixture=config.curriculum[min(len(config.curriculum), number) - 1],
        stages=_stages(made),
        own=sources["own"],
        wikisql=sources["wikisql"],
    )


def _stages(made: Sequence[Example]) -> tuple[int, ...]:
    import generators.patterns  # noqa: F401  (registers the patterns)
    from generators.pattern import PATTERNS

    stages = Counter(
        PATTERNS[item.pattern].stage for item in made if item.source == "curriculum" and item.pattern in PATTERNS
    )
    return tuple(stages[stage] for stage in range(1, 6))


def _made_for(plan: Plan, made: Sequence[Example]) -> tuple[MadeFor, ...]:
    found = []
    for mode in dict.fromkeys(item.mode for item in plan.items):
        own = [example for example in made if example.source == "hard" and example.mode == mode]
        if not own:
            continue
        items = [item for item in plan.items if item.mode == mode]
        largest = max(items, key=lambda item: item.count)
        aimed: Counter[str] = Counter()
        for item in items:
            aimed[item.concept] += item.count
        found.append(
            MadeFor(
                mode=mode,
                count=len(own),
                weight=round(sum(example.weight for example in own) / len(own), 2),
                concepts=dict(aimed.most_common(6)),
                reason=largest.reason,
            )
        )
    return tuple(sorted(found, key=lambda item: -item.count))


def _samples(made: Sequence[Example], made_for: Sequence[MadeFor]) -> tuple[Sample, ...]:
    """Two examples for each of the modes most was made for."""
    found = []
    for item in made_for[:4]:
        own = [example for example in made if example.source == "hard" and example.mode == item.mode]
        found += [
            Sample(
                mode=item.mode,
                question=example.question,
                sql=example.sql,
                weight=example.weight,
                schema_name=example.schema_name,
            )
            for example in own[:: max(len(own) // 2, 1)][:2]
        ]
    return tuple(found)


def trained(store: Store, number: int) -> TrainFigures | None:
    """How a round's training went; None before it has."""
    if store.done(number, "train") is None:
        return None
    report = read_records(store.stage_folder(number, "train") / "checkpoint.jsonl", Checkpoint)[0].report
    if report is None:
        return None
    return TrainFigures(
        examples=report.examples,
        left_out=report.left_out,
        steps=len(report.steps),
        losses=tuple(round(step.loss, 4) for step in report.steps),
        examples_per_second=round(report.examples / max(report.seconds, 1e-9), 2),
        parameters=report.parameters,
    )
