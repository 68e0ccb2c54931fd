"""One optimiser step on whole pairs: the batches, the loss, the gradient, Adam.

Holds the model with float32 master weights, its optimiser, and the budget of tokens computed at once. Dropout is off,
so that a step on a CPU is the same each time. Where several ranks train together, each takes its share of the step's
pairs and all make as many batches, since wrapped models meet in each; gradient and loss are those of the whole step.
Knows the settings of a fit, not its order, its length or its files.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from schemas.errors import StageError
from schemas.records import Record
from trainer import memory, norm, prefix, tree
from trainer.batches import GHOST, Batch, TokenPair, ghost, micro_batches, padded_batch, shared_batch
from trainer.loss import batch_loss
from trainer.ranks import Ranks, share_out
from trainer.schedule import Profile
from trainer.shards import Held

Form = Literal["shared", "tree", "padded"]
LONE_TOKENS = 2400
"""Tokens of a CPU's batch of pairs that share nothing: more at once take longer: they leave its caches."""


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
    """Tokens computed at once at most, shared prefixes counted once; a step of more is accumulated exactly. Fewer are
    taken where memory is short, and half as many again where it runs out all the same."""
    max_tokens: int = 2048
    """Context: longer pairs are left out whole. The model's own limit holds as well."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Arithmetic; the weights are float32 always. auto: bfloat16 on a GPU or a CPU with bfloat16 instructions."""
    form: Form = "shared"
    """shared: a schema's tokens once for all its pairs, attention block by block; tree: the same row under one mask
    (FlexAttention on a GPU); padded: one pair a row, the slow reference."""
    gradient_checkpointing: bool = False
    """Keep only the layers' inputs and compute the rest again in the backward pass: less memory, a third more time."""
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
    measure_every: int = 0
    """Steps between two looks at the held-out loss; 0 for one at the end, where pairs are held out."""
    patience: int = 0
    """Looks without a better held-out loss after which the fit ends with the best weights it had; 0 for never."""
    threads: int | None = None
    """CPU threads; torch's choice if None."""


def pick_dtype(wanted: Literal["auto", "float32", "bfloat16"]) -> torch.dtype:
    """The dtype of arithmetic; auto is bfloat16 on CUDA or a CPU with bfloat16 instructions."""
    if wanted == "auto":
        names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        fast = torch.cuda.is_available() or any(getattr(torch.cpu, name, lambda: False)() for name in names)
        return torch.bfloat16 if fast else torch.float32
    return torch.bfloat16 if wanted == "bfloat16" else torch.float32


def share_prefixes(model: Any, form: Form = "shared") -> bool:
    """Set the model's attention to one that shares prefixes, where it computes the same; whether it was set."""
    capped = any(getattr(model.config, name, None) for name in ("attn_logit_softcapping", "final_logit_softcapping"))
    sinks = any(name.endswith("sinks") for name, _ in model.named_parameters())
    if capped or sinks or not getattr(model, "_supports_attention_backend", False):
        return False
    prefix.register()
    tree.register()
    model.set_attn_implementation(prefix.ATTENTION if form == "shared" else tree.ATTENTION)
    return True


class LossModule(torch.nn.Module):
    """The loss as a module's forward, so that what accelerate wraps around it sees the whole computation.

    The output weights are used without their layer being called; in a wrapped module of their own they would not have
    been gathered by then. So this module shows accelerate the layers to shard one by one, and nothing else.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self._no_split_modules = getattr(model, "_no_split_modules", None)
        """Names of the layers' classes, for FSDP2."""

    def forward(self, batch: Batch) -> Tensor:
        """What `batch_loss` gives."""
        return batch_loss(self.model, batch)

    def tie_weights(self) -> None:
        """Tie input and output weights again, after they were moved."""
        self.model.tie_weights()


class Stepper:
    """A model with its optimiser, ready to take steps."""

    def __init__(
        self,
        model: Any,
        settings: FitSettings,
        mean_weight: float = 1.0,
        pad_id: int = 0,
        longest: int = 2048,
        on_notice: Callable[[str], None] | None = None,
        ranks: Ranks | None = None,
    ) -> None:
        """Put the model onto its device; every rank does.

        Args:
            model: a Hugging Face causal model in float32.
            settings: how to train.
            mean_weight: w̄ of the loss, over the whole training set.
            pad_id: fills the padded form.
            longest: tokens of the longest pair.
            on_notice: called with a sentence whenever the budget or the form is not the one asked for.
            ranks: the processes that train together; joined here if None.
        """
        if settings.threads:
            torch.set_num_threads(settings.threads)
        memory.keep_freed_memory()
        self.settings, self.mean_weight, self._pad_id = settings, mean_weight, pad_id
        self.dtype = pick_dtype(settings.dtype)
        self._notice = on_notice or (lambda _: None)
        self.form = self._choose_form(model)
        _silence(model, settings.gradient_checkpointing)
        if not torch.cuda.is_available():
            norm.fuse(model)
        model.requires_grad_(True)
        optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=settings.peak_rate,
            betas=(settings.beta1, settings.beta2),
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self.ranks = ranks or Ranks(self.dtype)
        if self.ranks.only_asked_to_shard:
            self._notice("accelerate shards on GPUs only: here every rank holds the whole model")
        names = [name for name, _ in model.named_parameters()]
        self.model = model
        self._module, self.optimizer = self.ranks.prepare(LossModule(model), optimizer)
        self.held = Held(self.ranks, model, self._module, optimizer, names)
        self.budget = self._affordable(longest)

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.ranks.device

    def step(self, pairs: Sequence[TokenPair], rate: float) -> tuple[float, int]:
        """One optimiser step; returns its loss (nats) and the tokens computed.

        Raises:
            StageError: loss or gradient is not finite, naming the pairs; or memory runs out with the least budget. The
                weights are those before the step.
        """
        while True:
            try:
                total, used = self._accumulate(pairs)
                break
            except Exception as error:
                self.optimizer.zero_grad()
                if not memory.ran_out(error):
                    raise
                if self.ranks.count > 1:
                    raise _too_much(self.ranks.number, self.budget) from error
            self.budget = memory.halved(self.budget)
            self._notice(f"memory ran out: going on with {self.budget:,} tokens at once")
        norm = self.ranks.accelerator.clip_grad_norm_(self._module.parameters(), self.settings.clip)
        _check(norm, "gradient", pairs)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad()
        return total, used

    @torch.no_grad()
    def held_out_loss(self, pairs: Sequence[TokenPair]) -> float:
        """Mean nats a completion token of pairs that are not trained on, every pair alike, in the dtype of training."""
        total = 0.0
        for batch in self._batches(pairs):
            with torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32):
                total += self._module(batch).item()
        self.ranks.reshard(self._module)
        return self.ranks.sums(total)[0] / (sum(pair.weight for pair in pairs) or 1.0)

    def _accumulate(self, pairs: Sequence[TokenPair]) -> tuple[float, int]:
        """Loss and gradient of a step, micro-batch by micro-batch; tokens of all ranks."""
        # The exchange takes the mean over the ranks, where the step's gradient is the sum.
        scale = self.ranks.count / (len(pairs) * self.mean_weight)
        total, used = 0.0, 0
        batches = self._batches(pairs)
        for number, batch in enumerate(batches, 1):
            with self.ranks.apart(self._module) if number < len(batches) else contextlib.nullcontext():
                # One autocast context over forward and loss, so that the weights are cast once a batch.
                with torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32):
                    loss = self._module(batch) * scale
                if self.ranks.count == 1:
                    _check(loss, "loss", pairs)
                self.ranks.accelerator.backward(loss)
            total += loss.item()
            used += batch.input_ids.numel() if batch.ids != (GHOST,) else 0
        total, tokens = self.ranks.sums(total, used)
        total /= self.ranks.count
        _check(torch.tensor(total), "loss", pairs)  # where there are several ranks they find it together
        return total, int(tokens)

    def _batches(self, pairs: Sequence[TokenPair]) -> list[Batch]:
        """This rank's batches of a step: as many as every other's, the missing ones empty."""
        shares = [self._parts(share) for share in share_out(pairs, self.ranks.count)]
        own, most = shares[self.ranks.number], max(map(len, shares))
        parts = [[ghost(pairs[0])]] * (most - len(own)) + own
        return [self._laid_out(part).to(self.device) for part in parts]

    def _laid_out(self, part: Sequence[TokenPair]) -> Batch:
        """One batch in the form chosen."""
        return padded_batch(part, self._pad_id) if self.form == "padded" else shared_batch(part)

    def _parts(self, pairs: Sequence[TokenPair]) -> list[list[TokenPair]]:
        """Pairs cut by the budget."""
        if self.form != "padded":
            return micro_batches(pairs, self.budget, self._lone_budget)
        rows = max(1, self._lone_budget // max((len(pair) for pair in pairs), default=1))
        return [list(pairs[start : start + rows]) for start in range(0, len(pairs), rows)]

    @property
    def _lone_budget(self) -> int:
        """The budget where no prefix is shared."""
        return min(self.budget, LONE_TOKENS) if self.device.type == "cpu" else self.budget

    def _choose_form(self, model: Any) -> Form:
        """The form asked for, or padded where the model's attention is not what the flat row computes."""
        form = self.settings.form
        if form != "padded" and not share_prefixes(model, form):
            self._notice("this model's attention cannot share prefixes: pairs are padded, one a row, which is slow")
            return "padded"
        return form

    def _affordable(self, longest: int) -> int:
        """The settings' budget, or less where memory is short."""
        config = self.model.config
        cost = memory.bytes_per_token(config, self.dtype, self.settings.gradient_checkpointing, longest)
        parameters = sum(parameter.numel() for parameter in self.model.parameters())
        if self.ranks.sharded:
            parameters //= self.ranks.count
        machine = memory.memory_bytes(self.device) // (self.ranks.here if self.device.type == "cpu" else 1)
        budget = self.ranks.least(memory.token_budget(self.settings.batch_tokens, parameters, machine, cost))
        if budget < self.settings.batch_tokens:
            self._notice(f"{budget:,} tokens at once, not {self.settings.batch_tokens:,}, as memory is short")
        return budget


def _silence(model: Any, checkpointing: bool) -> None:
    """Turn dropout off, in a model that checkpoints as well: checkpointing works in training mode only."""
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        for name in ("attention_dropout", "residual_dropout", "embedding_dropout", "dropout"):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, 0.0)
    model.train(checkpointing)
    if checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})


def _too_much(rank: int, budget: int) -> StageError:
    return StageError(
        f"memory runs out on rank {rank} with {budget:,} tokens at once, and several ranks cannot lower it within a "
        "step: set a smaller batch_tokens, or gradient_checkpointing = true; the last saved step is kept"
    )


def _check(value: Tensor, what: str, pairs: Sequence[TokenPair]) -> None:
    if not torch.isfinite(value):
        ids = ", ".join(pair.id for pair in pairs)
        raise StageError(f"the {what} is {value.item()} on the pairs {ids}: lower the learning rate, or look at them")
