"""From verdicts to causes, from a plan to examples, from examples to pairs: the hands of the stages.

Knows evaluator, generators and trainer; takes everything about the round from `loop.state`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from generators.contrast import contrasts
from generators.curriculum import Request, draw_examples, even_shares, quotas, seeded
from generators.hard import hard_examples, spread
from generators.mix import mix
from generators.natural import natural_variants
from loop.offer import Offer
from loop.own_pairs import read_own, run_own
from loop.progress import Ticker
from loop.state import Round
from schemas.records import Diagnosis, Example, Plan, TrainingSet, TrainReport, Verdict
from schemas.sql import tables_of

if TYPE_CHECKING:
    from trainer.batches import Pair
    from trainer.fit import FitSettings

CONTRAST_TRIES = 6
"""Draws looked at for each contrast pair wanted; a quarter of an item's examples come in pairs, where there are any."""
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
    views, seed = r.views, (r.config.seed, "round", r.number)
    made: list[Example] = []
    for number, item in enumerate(plan.items):
        for part in spread(item, views, *seed):
            view, stream = views[part.schema_name], f"hard {number} {part.schema_name}"
            pairs = contrasts(view, part, r.session.confused, *seed, limit=CONTRAST_TRIES * (part.count // 8))
            kept = offer.contrasted(f"{stream} in contrast", pairs, part.count // 8)
            candidates = hard_examples(view, part, golds, *seed)
            made += kept + offer.admitted(stream, candidates, part.count - len(kept))
    return made


def curriculum(r: Round, offer: Offer, count: int) -> list[Example]:
    """The round's breadth: examples of every stage, spread evenly over the schemas.

    Each schema's share is split over the pattern stages by the preset's mixture before anything is drawn, so that what
    the gate rejects more often is no rarer in the end.
    """
    made: list[Example] = []
    for view, share in even_shares(list(r.views.values()), count):
        for stage, quota in quotas(r.mixture, share).items():
            candidates = draw_examples(view, Request({stage: 1.0}), r.config.seed, "round", r.number, "stage", stage)
            made += offer.admitted(f"curriculum {view.schema.name} {stage}", candidates, quota)
    return made


def variants(r: Round, offer: Offer, count: int) -> list[Example]:
    """Variants of the hand-written train questions, spread evenly over the schemas."""
    made: list[Example] = []
    for view, share in even_shares(list(r.views.values()), count):
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


def own_pairs(r: Round, tick: Ticker) -> list[Example]:
    """The user's own pairs, run on every instance; those that leak a sealed question are left out, which is said."""
    if not r.config.train_data:
        return []
    path = Path(r.config.train_data)
    kept, leaking = run_own(path, read_own(path, list(r.views)), r.session.execute, r.session.sealed)
    if leaking:
        tick.advance(0, f"{leaking} of your own pairs ask what dev, select or test asks: left out")
    return kept


def passed(r: Round, chosen: Sequence[Example]) -> TrainingSet:
    """The round's examples in the order of the steps, as often as they are passed; each pass has its own order."""
    block, root = r.config.block, (r.config.seed, "round", r.number)
    first = mix(chosen, block, *root)
    later = [mix(chosen, block, *root, "pass", number).examples for number in range(1, r.config.passes)]
    arranged = first.model_copy(update={"examples": (*first.examples, *(item for part in later for item in part))})
    return r.session.arrange(arranged) if r.session.arrange is not None else arranged


def to_pairs(r: Round, data: TrainingSet) -> list[Pair]:
    """Training pairs with their prompts, in order."""
    from trainer.batches import Pair

    pairs = []
    schemas, prompt = r.schemas_of(example.schema_name for example in data.examples), r.session.prompt
    for example in data.examples:
        schema = schemas[example.schema_name]
        needed = tables_of(example.sql) if prompt.is_long(schema) else ()
        prefix, suffix = prompt(schema, example.question, needed)
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
    from loop.tracking import told

    settings, on_step = fit_settings(r), told(r, tick)
    if not r.config.accelerate:
        from trainer.fit import fit

        return (r.session.trainer or fit)(
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
