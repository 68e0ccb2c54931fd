"""Full fine-tuning of every parameter on whole, unpacked pairs.

Float32 master weights, bfloat16 arithmetic where the machine has it, fused AdamW, clipping, one learning-rate profile.
The order of the pairs is the order of the steps. Knows nothing of rounds, schemas or SQL. A fit that was killed goes on
from its last saved step and ends with the same bytes; one that is stopped early ends with the best weights it had.
Several processes that accelerate launched train together if each calls `fit` with the same arguments: the first of them
writes the result and tells of steps.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from schemas.errors import DataError, ModelError, PausedError
from schemas.records import HeldOut, TrainReport, TrainStep
from trainer import checkpoint, resume
from trainer.batches import Pair, TokenPair, steps, tokenise
from trainer.memory import return_freed_memory
from trainer.ranks import Ranks
from trainer.schedule import rate_at
from trainer.step import FitSettings, Stepper, pick_dtype

__all__ = ["FitSettings", "fit", "pick_dtype"]

TRIM_EVERY = 10
"""Steps between two returns of freed memory to the system."""


@dataclass(slots=True)
class _Fit:
    """What a fit holds while it goes."""

    stepper: Stepper
    pairs: Sequence[TokenPair]
    held_out: Sequence[TokenPair]
    key: str
    resume_dir: Path | None
    on_step: Callable[[TrainStep], None] | None
    progress: resume.Progress


def fit(
    model_dir: Path,
    pairs: Sequence[Pair],
    mean_weight: float,
    settings: FitSettings,
    out_dir: Path,
    on_step: Callable[[TrainStep], None] | None = None,
    seed: int = 0,
    resume_dir: Path | None = None,
    held_out: Sequence[Pair] = (),
    on_notice: Callable[[str], None] | None = None,
    stepper_class: type[Stepper] = Stepper,
) -> TrainReport:
    """Train every parameter of a model on pairs, in order, and save the result.

    Args:
        model_dir: folder of the model to begin with; not changed.
        pairs: in the order of the steps; a pair may occur more than once.
        mean_weight: w̄ of the loss, over the whole training set.
        settings: how to train.
        out_dir: folder for the result, written whole or not at all.
        on_step: called after each step, by the first rank; after a crash, only for the steps made anew. What it raises
            ends the fit, which goes on from that step when it is called again.
        seed: seeds whatever a model may draw (dropout is off).
        resume_dir: where states are saved between steps, and looked for at the start; emptied at the end.
        held_out: pairs never trained on, whose loss is measured.
        on_notice: called with a sentence whenever something is not as asked for (the budget, the form of a batch).
        stepper_class: makes the steps; another one may lay out batches or choose parameters in its own way.

    Raises:
        DataError: no pair fits the context.
        ModelError: the model cannot be loaded, or the optimiser's state beside it is of another model.
        PausedError: the first rank was asked to leave (on the others).
        StageError: the loss or the gradient is not finite, naming the step's pairs, or memory runs out; the last saved
            state is kept.
    """
    began = time.monotonic()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        ranks = Ranks(pick_dtype(settings.dtype))  # before the model: who is not first on a machine may load it empty
        model, tokenizer = checkpoint.load(model_dir)
        limit = min(settings.max_tokens, getattr(model.config, "max_position_embeddings", settings.max_tokens))
        kept, left_out = tokenise(pairs, tokenizer, limit)
        measured, _ = tokenise(held_out, tokenizer, limit)
        if not kept:
            raise DataError(f"none of {len(pairs)} pairs fits {limit} tokens: raise max_tokens or shorten the prompt")
        pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
        stepper = stepper_class(
            model, settings, mean_weight, pad, max(map(len, kept)), on_notice if ranks.first else None, ranks
        )
        _take_over(stepper, model_dir / checkpoint.OPTIMIZER)
        text = settings.model_dump_json(exclude={"threads"})
        text += "" if stepper_class is Stepper else stepper_class.__name__
        key = ranks.of_first(lambda: resume.fingerprint(model_dir, [*kept, *measured], text, mean_weight, seed))
        done = resume.load(resume_dir, key, stepper.held)
        run = _Fit(stepper, kept, measured, key, resume_dir, on_step, done)
        _train(run)
    _save(stepper, tokenizer, out_dir)
    if ranks.first:
        resume.clear(resume_dir)
    ranks.wait()
    parameters = sum(parameter.numel() for parameter in stepper.model.parameters() if parameter.requires_grad)
    progress = run.progress
    del model, stepper, run
    gc.collect()
    return_freed_memory()
    return TrainReport(
        steps=progress.steps,
        held_out=progress.held_out,
        examples=sum(step.examples for step in progress.steps),
        left_out=len(left_out),
        tokens=progress.tokens,
        parameters=parameters,
        seconds=time.monotonic() - began,
    )


def _train(run: _Fit) -> None:
    """All steps not yet done; ends early where the held-out loss no longer falls."""
    settings, total = run.stepper.settings, list(steps(run.pairs, run.stepper.settings.batch_size))
    warmup = round(settings.warmup * len(total))
    for number in range(len(run.progress.steps), len(total)):
        if _patience_is_over(run):
            break
        rate = rate_at(settings.profile, number, len(total), warmup, settings.peak_rate)
        loss, used = run.stepper.step(total[number], rate)
        step = TrainStep(step=number, loss=loss, rate=rate, examples=len(total[number]))
        run.progress = run.progress.plus(step, used)
        last = number + 1 == len(total)
        if run.held_out and (last or (settings.measure_every and (number + 1) % settings.measure_every == 0)):
            _measure(run)
        _report(run, step)
        if (number + 1) % TRIM_EVERY == 0:
            return_freed_memory()
        if settings.save_every and (number + 1) % settings.save_every == 0 and not last:
            _keep(run)
    _put_back_the_best(run)


def _report(run: _Fit, step: TrainStep) -> None:
    """Tell of a step; whoever asked for the steps may ask to leave, and then this one need not be made again."""
    leaving: BaseException | None = None
    if run.on_step is not None and run.stepper.ranks.first:
        try:
            run.on_step(step)
        except BaseException as error:  # raised again below, once all ranks have kept the step
            leaving = error
    if run.stepper.ranks.sums(leaving is not None)[0]:
        _keep(run)
        raise leaving or PausedError("the first rank was asked to leave; the same command goes on")


def _keep(run: _Fit) -> None:
    if run.resume_dir is not None:
        resume.save(run.resume_dir, run.key, run.stepper.held, run.progress)


def _measure(run: _Fit) -> None:
    """Look at the held-out loss; the weights of the best look are kept where the fit may end early."""
    loss = run.stepper.held_out_loss(run.held_out)
    best = min((look.loss for look in run.progress.held_out), default=math.inf)
    run.progress = run.progress.with_look(HeldOut(step=len(run.progress.steps), loss=loss))
    if run.stepper.settings.patience and run.resume_dir is not None and loss < best:
        resume.save_best(run.resume_dir, run.stepper.held)


def _patience_is_over(run: _Fit) -> bool:
    """Whether as many looks as patience allows have brought nothing better."""
    patience, looks = run.stepper.settings.patience, run.progress.held_out
    if not patience or len(looks) <= patience:
        return False
    best = min(range(len(looks)), key=lambda number: looks[number].loss)
    return len(looks) - 1 - best >= patience


def _put_back_the_best(run: _Fit) -> None:
    """With patience, end with the weights whose held-out loss was least."""
    looks = run.progress.held_out
    if not run.stepper.settings.patience or run.resume_dir is None or not looks:
        return
    if min(look.loss for look in looks) < looks[-1].loss or len(run.progress.steps) > looks[-1].step:
        resume.load_best(run.resume_dir, run.stepper.held)


def _take_over(stepper: Stepper, path: Path) -> None:
    """Adam's state that an earlier fit left beside the model, where it is to be carried on.

    Raises:
        ModelError: it is no state of this model's optimiser.
    """
    if not stepper.settings.carry_optimizer or not path.is_file():
        return
    state = torch.load(path, map_location="cpu" if stepper.ranks.count > 1 else stepper.device, weights_only=True)
    shapes = [tuple(parameter.shape) for parameter in stepper.model.parameters()]
    kept = [tuple(moments["exp_avg"].shape) for _, moments in sorted(state["state"].items())]
    if kept != shapes:
        raise ModelError(f"{path} is the optimiser's state of another model: remove it, or set carry_optimizer = false")
    stepper.held.take_over(state)


def _save(stepper: Stepper, tokenizer: Any, out_dir: Path) -> None:
    """The result, gathered from all ranks and written by the first."""
    stepper.model.set_attn_implementation("sdpa")
    state = stepper.held.gathered_optimizer() if stepper.settings.carry_optimizer else None
    weights = stepper.held.gathered_weights()

    def extra(folder: Path) -> None:
        if state is not None:
            torch.save(state, folder / checkpoint.OPTIMIZER)

    if stepper.ranks.first:
        checkpoint.save(stepper.model, tokenizer, out_dir, extra, weights)
    stepper.ranks.wait()
