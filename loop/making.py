"""From verdicts to causes, from a plan to examples, from examples to pairs: the hands of the stages.

Knows evaluator, generators and trainer; takes everything about the round from `loop.state`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from generators.curriculum import STAGE_SHARES, Request, draw_examples, seeded
from generators.hard import hard_examples
from generators.natural import natural_variants
from loop.offer import Offer
from loop.progress import Ticker
from loop.state import Round
from schemas.records import Diagnosis, Example, Plan, TrainingSet, TrainReport, TrainStep, Verdict
from schemas.sql import tables_of

if TYPE_CHECKING:
    from trainer.batches import Pair
    from trainer.fit import FitSettings

VARIANT_TRIES = 12
"""Variants of each hand-written question offered to the gate, at most."""


def diagnosed(r: Round, verdicts: Sequence[Verdict], on_done: Callable[[], None]) -> list[Diagnosis]:
    """What is wrong with the wrong answers among dev's, its causes confirmed on the schemas' instances."""
    from evaluator.diagnose import Confirm, diagnose
    from evaluator.repair import Repairer

    schemas = {schema.name: schema for schema in r.session.schemas}
    wrong = [verdict for verdict in verdicts if not verdict.exact]
    s = r.session
    confirm = Confirm(Repairer(s.executor, golds=s.golds), s.instances) if wrong else None
    return diagnose(wrong, r.mined(), schemas, confirm, on_done=on_done)


def hard(r: Round, plan: Plan, offer: Offer) -> list[Example]:
    """The plan's hard examples, item by item."""
    golds = {question.id: question.golds[0] for question in r.mined()}
    made: list[Example] = []
    for number, item in enumerate(plan.items):
        candidates = hard_examples(r.session.views[item.schema_name], item, golds, r.config.seed, "round", r.number)
        made += offer.admitted(f"hard {number}", candidates, item.count)
    return made


def curriculum(r: Round, offer: Offer, count: int) -> list[Example]:
    """The round's breadth: examples of every stage, spread evenly over the schemas."""
    made: list[Example] = []
    views = list(r.session.views.values())
    for position, view in enumerate(views):
        share = count // len(views) + (position < count % len(views))
        request = Request(STAGE_SHARES[r.curriculum_stage])
        candidates = draw_examples(view, request, r.config.seed, "round", r.number)
        made += offer.admitted(f"curriculum {view.schema.name}", candidates, share)
    return made


def variants(r: Round, offer: Offer, count: int) -> list[Example]:
    """Variants of the hand-written train questions, spread evenly over the schemas."""
    made: list[Example] = []
    views = list(r.session.views.values())
    for position, view in enumerate(views):
        share = count // len(views) + (position < count % len(views))
        own = view.schema.split("train")
        limit = VARIANT_TRIES * max(len(own), 1)
        candidates = natural_variants(view, own, r.config.seed, "round", r.number, limit=limit)
        kept = offer.admitted(f"variants {view.schema.name}", candidates, share)
        made += [item.model_copy(update={"weight": r.config.natural_weight}) for item in kept]
    return made


def replayed(r: Round, new: int) -> list[Example]:
    """A draw from earlier rounds' examples, those of held candidates included; all of them on the base model."""
    earlier = r.earlier_examples()
    count = min(len(earlier), round(r.config.replay_share * new)) if r.config.restart == "champion" else len(earlier)
    drawn = seeded(r.config.seed, "replay", r.number).sample(earlier, count)
    return [item.model_copy(update={"source": "replay", "weight": min(item.weight, 1.0)}) for item in drawn]


def to_pairs(r: Round, data: TrainingSet) -> list[Pair]:
    """Training pairs with their prompts, in order."""
    from trainer.batches import Pair

    pairs = []
    for example in data.examples:
        schema = r.session.schema(example.schema_name)
        prefix, suffix = r.session.prompt(schema, example.question, tables_of(example.sql))
        pairs.append(Pair(example.id, prefix, suffix, example.sql, example.weight))
    return pairs


def fit_settings(r: Round) -> FitSettings:
    """The trainer's settings in this round."""
    from trainer.fit import FitSettings

    config = r.config
    return FitSettings(
        peak_rate=config.peak_rate if r.number == 1 or config.restart == "base" else config.later_rate,
        profile=config.profile,
        warmup=config.warmup,
        batch_size=config.batch_size,
        batch_tokens=config.batch_tokens,
        dtype=config.dtype,
        gradient_checkpointing=config.gradient_checkpointing,
        carry_optimizer=config.carry_optimizer,
    )


def trained(r: Round, pairs: Sequence[Pair], mean_weight: float, out: Path, tick: Ticker) -> TrainReport:
    """Train on the pairs: in this process, or in those that accelerate starts."""
    settings = fit_settings(r)

    def on_step(step: TrainStep) -> None:
        tick.step(step.examples, f"loss {step.loss:.3f}")

    if not r.config.accelerate:
        from trainer.fit import fit

        return fit(
            r.start_model, pairs, mean_weight, settings, out / "checkpoint", on_step,
            seed=r.config.seed, resume_dir=out / "resume", on_notice=tick.say,
        )  # fmt: skip
    from loop.launch import launched
    from loop.train_worker import Job, Owner

    model, place = r.start_model.resolve(), out.resolve()
    job = Job(
        model=str(model), mean_weight=mean_weight, settings=settings, seed=r.config.seed, owner=Owner.me(),
        out=str(place / "checkpoint"), resume=str(place / "resume"), folder=str(place / "launch"),
    )  # fmt: skip
    return launched(r.config.accelerate, job, pairs, on_step, tick.say)
