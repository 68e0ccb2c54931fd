"""Full fine-tuning of every parameter on whole, unpacked pairs.

Float32 master weights, bfloat16 arithmetic where the machine has it, fused AdamW, clipping, one learning-rate profile.
The order of the pairs is the order of the steps. Knows nothing of rounds, schemas or SQL. Dropout is off, so a step on
a CPU is the same each time; a fit that was killed goes on from its last saved step and ends with the same bytes.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from schemas.errors import DataError, StageError
from schemas.records import Record, TrainReport, TrainStep
from trainer import checkpoint, prefix, resume
from trainer.batches import Batch, Pair, TokenPair, micro_batches, padded_batch, shared_batch, steps, tokenise
from trainer.loss import batch_loss
from trainer.schedule import Profile, rate_at


class FitSettings(Record):
    """How to train."""

    peak_rate: float = 2e-4
    """Highest learning rate."""
    profile: Profile = "linear"
    """Shape of the learning rate over the steps."""
    warmup: float = 0.05
    """Share of the steps over which the rate rises."""
    batch_size: int = 16
    """Pairs of one optimiser step."""
    batch_tokens: int = 8192
    """Tokens computed at once, shared prefixes counted once; a step of more is accumulated exactly."""
    max_tokens: int = 2048
    """Context: longer pairs are left out whole. The model's own limit holds as well."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Arithmetic; the weights are float32 always. auto: bfloat16 on a GPU or a CPU with bfloat16 instructions."""
    form: Literal["shared", "padded"] = "shared"
    """shared: a schema's tokens once for all its pairs; padded: one pair a row, the slow reference."""
    beta1: float = 0.9
    """Adam's decay of the first moment."""
    beta2: float = 0.95
    """Adam's decay of the second moment."""
    weight_decay: float = 0.0
    """AdamW's decay, per step and unit of rate."""
    clip: float = 1.0
    """Largest norm of the whole gradient."""
    carry_optimizer: bool = False
    """Begin with Adam's state saved beside the model, where there is one, and save it beside the result."""
    save_every: int = 25
    """Steps between saved states, for going on after a crash; 0 for none."""
    threads: int | None = None
    """CPU threads; torch's choice if None."""


TRIM_EVERY = 10
"""Steps between two returns of freed memory to the system."""


@dataclass(slots=True)
class _Run:
    """What a fit holds while it goes."""

    model: Any
    optimizer: Any
    accelerator: Any
    settings: FitSettings
    mean_weight: float
    pad_id: int
    dtype: torch.dtype
    form: Literal["shared", "padded"]


def fit(
    model_dir: Path,
    pairs: Sequence[Pair],
    mean_weight: float,
    settings: FitSettings,
    out_dir: Path,
    on_step: Callable[[TrainStep], None] | None = None,
    seed: int = 0,
    resume_dir: Path | None = None,
) -> TrainReport:
    """Train every parameter of a model on pairs, in order, and save the result.

    Args:
        model_dir: folder of the model to begin with; not changed.
        pairs: in the order of the steps; a pair may occur more than once.
        mean_weight: w̄ of the loss, over the whole training set.
        settings: how to train.
        out_dir: folder for the result, written whole or not at all.
        on_step: called after each step; after a crash, only for the steps made anew. What it raises ends the fit, which
            goes on from that step when it is called again.
        seed: seeds whatever a model may draw (dropout is off).
        resume_dir: where states are saved between steps, and looked for at the start; emptied at the end.

    Raises:
        DataError: no pair fits the context.
        ModelError: the model cannot be loaded.
        StageError: the loss or the gradient is not finite; names the step's pairs.
    """
    began = time.monotonic()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        run, tokenizer = _prepare(model_dir, settings, mean_weight)
        limit = min(settings.max_tokens, getattr(run.model.config, "max_position_embeddings", settings.max_tokens))
        kept, left_out = tokenise(pairs, tokenizer, limit)
        if not kept:
            raise DataError(f"none of {len(pairs)} pairs fits {limit} tokens: raise max_tokens or shorten the prompt")
        run.form = _form(run, max(map(len, kept)))
        key = resume.fingerprint(model_dir, kept, settings.model_dump_json(exclude={"threads"}), mean_weight, seed)
        done = resume.load(resume_dir, key, run.model, run.optimizer)
        report_steps, tokens = _train(run, kept, done, key, resume_dir, on_step)
    _save(run, tokenizer, out_dir)
    resume.clear(resume_dir)
    return TrainReport(
        steps=tuple(report_steps),
        examples=len(kept),
        left_out=len(left_out),
        tokens=tokens,
        parameters=sum(parameter.numel() for parameter in run.model.parameters()),
        seconds=time.monotonic() - began,
    )


def pick_dtype(wanted: Literal["auto", "float32", "bfloat16"]) -> torch.dtype:
    """The dtype of arithmetic; auto is bfloat16 on CUDA or a CPU with bfloat16 instructions."""
    if wanted == "auto":
        fast = torch.cuda.is_available() or _cpu_has_bfloat16()
        return torch.bfloat16 if fast else torch.float32
    return torch.bfloat16 if wanted == "bfloat16" else torch.float32


def _cpu_has_bfloat16() -> bool:
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in names)


def _prepare(model_dir: Path, settings: FitSettings, mean_weight: float) -> tuple[_Run, Any]:
    """Load model, tokenizer and optimiser onto the device."""
    from accelerate import Accelerator

    if settings.threads:
        torch.set_num_threads(settings.threads)
    keep_freed_memory()
    prefix.register()
    model, tokenizer = checkpoint.load(model_dir)
    model.eval()  # no dropout; gradients flow all the same
    model.requires_grad_(True)
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=settings.peak_rate,
        betas=(settings.beta1, settings.beta2),
        weight_decay=settings.weight_decay,
        fused=True,
    )
    accelerator = Accelerator(cpu=not torch.cuda.is_available())
    model, optimizer = accelerator.prepare(model, optimizer)
    state = model_dir / checkpoint.OPTIMIZER
    if settings.carry_optimizer and state.is_file():
        optimizer.load_state_dict(torch.load(state, map_location=accelerator.device, weights_only=True))
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    dtype = pick_dtype(settings.dtype)
    return _Run(model, optimizer, accelerator, settings, mean_weight, pad, dtype, settings.form), tokenizer


def keep_freed_memory() -> None:
    """Ask glibc to keep freed memory: a step's tensors are as large as the last one's. Measured 5 to 18% faster."""
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD, bytes
        libc.mallopt(-1, (1 << 31) - 1)  # M_TRIM_THRESHOLD, bytes
    except (OSError, AttributeError):
        return  # another C library: slower, no less right


def return_freed_memory() -> None:
    """Give free memory back to the system: steps of unlike sizes leave holes, some 10 GB in an hour unless returned."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):
        return  # another C library has its own ways


def _form(run: _Run, longest: int) -> Literal["shared", "padded"]:
    """The form asked for, or padded where the model's attention is not what the shared form computes."""
    config = run.model.config
    window = getattr(config, "sliding_window", None)
    slides = window is not None and getattr(config, "use_sliding_window", True) and longest > window
    capped = any(getattr(config, name, None) for name in ("attn_logit_softcapping", "final_logit_softcapping"))
    backend = getattr(run.model, "_supports_attention_backend", False)
    form = "padded" if slides or capped or not backend else run.settings.form
    if form == "shared":
        run.model.set_attn_implementation(prefix.ATTENTION)
    return form


def _train(
    run: _Run,
    pairs: Sequence[TokenPair],
    done: resume.Progress,
    key: str,
    resume_dir: Path | None,
    on_step: Callable[[TrainStep], None] | None,
) -> tuple[list[TrainStep], int]:
    """All steps not yet done; returns every step's record and the tokens computed."""
    settings = run.settings
    plan = list(steps(pairs, settings.batch_size))
    records, tokens = list(done.steps), done.tokens
    for number in range(len(records), len(plan)):
        rate = rate_at(settings.profile, number, len(plan), round(settings.warmup * len(plan)), settings.peak_rate)
        loss, used = _step(run, plan[number], rate)
        tokens += used
        records.append(TrainStep(step=number, loss=loss, rate=rate, examples=len(plan[number])))
        if on_step is not None:
            try:
                on_step(records[-1])
            except BaseException:  # whoever asked for the steps asks to leave: this one need not be made again
                if resume_dir is not None:
                    resume.save(resume_dir, key, run.model, run.optimizer, resume.Progress(tuple(records), tokens))
                raise
        if len(records) % TRIM_EVERY == 0:
            return_freed_memory()
        due = settings.save_every and len(records) % settings.save_every == 0 and len(records) < len(plan)
        if resume_dir is not None and due:
            resume.save(resume_dir, key, run.model, run.optimizer, resume.Progress(tuple(records), tokens))
    return records, tokens


def _step(run: _Run, pairs: Sequence[TokenPair], rate: float) -> tuple[float, int]:
    """One optimiser step; returns its loss (nats) and the tokens computed."""
    scale = 1.0 / (len(pairs) * run.mean_weight)
    total, used = 0.0, 0
    for batch in _batches(run, pairs):
        # One autocast context over forward and loss, so that the weights are cast once a batch.
        with torch.autocast(run.accelerator.device.type, run.dtype, enabled=run.dtype != torch.float32):
            loss = batch_loss(run.model, batch) * scale
        _check(loss, "loss", pairs)
        run.accelerator.backward(loss)
        total, used = total + loss.item(), used + batch.input_ids.numel()
    norm = run.accelerator.clip_grad_norm_(run.model.parameters(), run.settings.clip)
    _check(norm, "gradient", pairs)
    for group in run.optimizer.param_groups:
        group["lr"] = rate
    run.optimizer.step()
    run.optimizer.zero_grad()
    return total, used


def _batches(run: _Run, pairs: Sequence[TokenPair]) -> list[Batch]:
    device = run.accelerator.device
    if run.form == "shared":
        return [shared_batch(part).to(device) for part in micro_batches(pairs, run.settings.batch_tokens)]
    width = max(len(pair) for pair in pairs)
    rows = max(1, run.settings.batch_tokens // width)
    parts = [pairs[start : start + rows] for start in range(0, len(pairs), rows)]
    return [padded_batch(part, run.pad_id).to(device) for part in parts]


def _check(value: Tensor, what: str, pairs: Sequence[TokenPair]) -> None:
    if not torch.isfinite(value):
        ids = ", ".join(pair.id for pair in pairs)
        raise StageError(f"the {what} is {value.item()} on the pairs {ids}: lower the learning rate, or look at them")


def _save(run: _Run, tokenizer: Any, out_dir: Path) -> None:
    run.model.set_attn_implementation("sdpa")
    state = run.optimizer.state_dict() if run.settings.carry_optimizer else None

    def extra(folder: Path) -> None:
        if state is not None:
            torch.save(state, folder / checkpoint.OPTIMIZER)

    checkpoint.save(run.accelerator.unwrap_model(run.model), tokenizer, out_dir, extra)
