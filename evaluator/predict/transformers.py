"""Predicts with a model folder through transformers: the schema computed once, rows refilled as they end.

A call answers the questions of one schema. Their prompts share the schema's tokens, computed once; up to `batch_size`
rows decode side by side, a row that ends leaves, and waiting questions take the free rows as soon as a quarter of them
is free. The same list of questions gives the same answers. Prefix and suffix are tokenised apart, as in training. Knows
nothing of SQL or of right and wrong; how a prompt is written is passed in. Greedy; `sample` draws several answers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from evaluator.predict.prefix import ATTENTION, RowCache, Turn, register, turn
from schemas.catalog import Schema
from schemas.errors import ModelError
from schemas.records import Prediction, Question

GROUP_BATCHES = 2
"""Batches' worth of questions that a caller should ask in one call at most: what a crash may cost."""
REFILL_SHARE = 0.25
"""Share of the rows that must be free before waiting questions enter: each entry is a pass of its own."""


@dataclass(slots=True)
class _Row:
    """One question being answered."""

    number: int
    """Its place in the list of questions."""
    suffix: tuple[int, ...]
    tokens: list[int] = field(default_factory=list)
    """Generated so far."""
    draws: random.Random | None = None
    """Where its tokens are drawn from; None for the likeliest one always."""


class TransformersPredictor:
    """Greedy answers of a model folder."""

    def __init__(
        self,
        model_dir: Path,
        prompt: Callable[[Schema, str], tuple[str, str]],
        max_new_tokens: int = 200,
        batch_size: int = 32,
        dtype: Literal["auto", "float32", "bfloat16"] = "auto",
        threads: int | None = None,
    ) -> None:
        """Load the model.

        Args:
            model_dir: folder with config, safetensors and tokenizer.
            prompt: schema and question text -> schema part and question part of the prompt.
            max_new_tokens: longest answer, the end token included.
            batch_size: rows decoded side by side.
            dtype: of weights and arithmetic; auto is bfloat16 on a GPU or a CPU with bfloat16 instructions, as in
                training.
            threads: CPU threads; torch's choice if None.

        Raises:
            ModelError: the folder is no causal model that transformers can load, or its attention is of a kind (soft
                capping) that this predictor does not compute.
        """
        if threads:
            torch.set_num_threads(threads)
        register()
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model, self._tokenizer = _load(model_dir, _pick_dtype(dtype), self._device)
        self._prompt = prompt
        self._max_new_tokens = max_new_tokens
        self._batch_size = batch_size
        self._ends = _end_tokens(self._model, self._tokenizer)
        self._temperature = 1.0

    @property
    def together(self) -> int:
        """Rows decoded side by side may change each other's last bits: questions to be asked in one call."""
        return GROUP_BATCHES * self._batch_size

    def close(self) -> None:
        """Let go of the model."""
        self._model = None

    @torch.inference_mode()
    def predict(
        self, schema: Schema, questions: Sequence[Question], on_done: Callable[[Prediction], None] | None = None
    ) -> list[Prediction]:
        """Answer questions on one schema.

        Args:
            schema: the questions' schema.
            questions: answered in an order of our choice.
            on_done: called with each answer as it is ready.

        Returns:
            One prediction a question, in the order of the questions. A prompt too long for the model's context is
            answered by nothing, marked as truncated.

        Raises:
            ModelError: the prompt is longer than the sliding window of the model's attention.
        """
        return self._answer(schema, questions, [None] * len(questions), on_done)

    @torch.inference_mode()
    def sample(
        self, schema: Schema, questions: Sequence[Question], samples: int, temperature: float, seed: int = 0
    ) -> list[list[Prediction]]:
        """Several answers to each question, drawn at a temperature.

        Args:
            schema: the questions' schema.
            questions: answered in an order of our choice.
            samples: answers to each.
            temperature: what the logits are divided by; above 0.
            seed: an answer depends on it, on the question's id and on its number, not on what is answered beside it
                (but for rounding).

        Returns:
            `samples` predictions a question, in the order of the questions.
        """
        repeated = [question for question in questions for _ in range(samples)]
        draws = [random.Random(f"{seed} {question.id} {n}") for question in questions for n in range(samples)]
        self._temperature = temperature
        flat = self._answer(schema, repeated, draws, None)
        return [flat[start : start + samples] for start in range(0, len(flat), samples)]

    def _answer(
        self,
        schema: Schema,
        questions: Sequence[Question],
        draws: Sequence[random.Random | None],
        on_done: Callable[[Prediction], None] | None,
    ) -> list[Prediction]:
        answers: dict[int, Prediction] = {}
        groups: dict[str, list[_Row]] = {}
        for number, question in enumerate(questions):
            prefix, suffix = self._prompt(schema, question.text)  # one prefix for all, unless the schema is too long
            ids = self._tokenizer.encode(suffix, add_special_tokens=False)
            groups.setdefault(prefix, []).append(_Row(number, tuple(ids), draws=draws[number]))

        def finish(row: _Row) -> None:
            answers[row.number] = self._prediction(questions[row.number].id, row.tokens)
            if on_done is not None:
                on_done(answers[row.number])

        for prefix, waiting in groups.items():
            ids = self._prefix_ids(prefix)
            room = self._room(len(ids))
            for row in [row for row in waiting if len(row.suffix) > room]:
                waiting.remove(row)
                finish(row)
            # Longest first: questions that enter together are of like length, and the pads of a pass are few.
            waiting.sort(key=lambda row: (-len(row.suffix), row.number))
            if waiting:
                self._decode(ids, waiting, finish)
        return [answers[number] for number in range(len(questions))]

    def _prefix_ids(self, prefix: str) -> list[int]:
        """Token ids of the schema part; as in training, after the begin token where the tokenizer puts one."""
        ids = list(self._tokenizer.encode(prefix, add_special_tokens=False))
        begin = self._tokenizer.bos_token_id
        wants = begin is not None and self._tokenizer.encode("a")[:1] == [begin] and ids[:1] != [begin]
        return [begin, *ids] if wants else ids

    def _room(self, prefix: int) -> int:
        """Tokens left to a question after prefix and longest answer."""
        config = self._model.config
        window = getattr(config, "sliding_window", None)
        if window is not None and getattr(config, "use_sliding_window", True) and prefix >= window:
            raise ModelError(
                f"the schema takes {prefix} tokens, more than the model's sliding window of {window}: "
                "use a model with full attention"
            )
        limits = [limit for limit in (getattr(config, "max_position_embeddings", None), window) if limit]
        return int(min(limits, default=1 << 30)) - prefix - self._max_new_tokens

    def _prediction(self, question_id: str, tokens: list[int]) -> Prediction:
        ended = bool(tokens) and tokens[-1] in self._ends
        text = self._tokenizer.decode(tokens[:-1] if ended else tokens, skip_special_tokens=True)
        return Prediction(id=question_id, sql=text, truncated=not ended, tokens=len(tokens))

    def _decode(self, prefix: list[int], waiting: list[_Row], finish: Callable[[_Row], None]) -> None:
        """Answer all waiting rows; `finish` is called with each row that ends."""
        rows = min(self._batch_size, len(waiting))
        cache = RowCache(rows, len(waiting[0].suffix) + self._max_new_tokens, self._model.config.num_hidden_layers)
        self._forward(torch.tensor([prefix]), torch.arange(len(prefix))[None], Turn(cache))
        active: list[_Row] = []
        while waiting or active:
            free = rows - len(active)
            if waiting and (not active or free >= max(1, round(rows * REFILL_SHARE))):
                entering = waiting[:free]
                del waiting[:free]
                self._enter(cache, len(prefix), entering, len(active))
                active += entering
            else:
                self._advance(cache, len(prefix), active)
            self._leave(cache, active, finish)

    def _enter(self, cache: RowCache, prefix: int, entering: Sequence[_Row], first: int) -> None:
        """Compute the questions of new rows, from the cache's row `first` on, and each one's first token."""
        width = max(len(row.suffix) for row in entering)
        last = torch.tensor([len(row.suffix) - 1 for row in entering])  # (rows)
        padded = [(*row.suffix, *[row.suffix[-1]] * (width - len(row.suffix))) for row in entering]
        positions = (prefix + torch.arange(width)).expand(len(entering), width)
        starts = torch.zeros(len(entering), dtype=torch.long, device=self._device)
        step = turn(cache, first, starts, 0, width)
        states = self._forward(torch.tensor(padded), positions, step)  # (rows, width, hidden)
        picked = states[torch.arange(len(entering)), last.to(self._device)]  # (rows, hidden)
        self._choose(entering, picked)

    def _advance(self, cache: RowCache, prefix: int, active: Sequence[_Row]) -> None:
        """One token more for every active row."""
        lengths = [len(row.suffix) + len(row.tokens) - 1 for row in active]  # own tokens in the cache
        starts = torch.tensor(lengths)  # (rows)
        step = turn(cache, 0, starts.to(self._device), max(lengths), 1)
        latest = torch.tensor([[row.tokens[-1]] for row in active])  # (rows, 1)
        states = self._forward(latest, (prefix + starts)[:, None], step)  # (rows, 1, hidden)
        self._choose(active, states[:, 0])

    def _forward(self, ids: Tensor, positions: Tensor, step: Turn) -> Tensor:
        """Last hidden states: (rows, tokens, hidden)."""
        out = self._model.get_decoder()(
            input_ids=ids.to(self._device), position_ids=positions.to(self._device), use_cache=False, turn=step
        )
        return out.last_hidden_state  # type: ignore[no-any-return]

    def _choose(self, rows: Sequence[_Row], states: Tensor) -> None:
        """Append the next token to each row, the likeliest or a drawn one; states: (rows, hidden)."""
        logits = self._model.get_output_embeddings()(states)  # (rows, vocabulary)
        if any(row.draws is not None for row in rows):
            heights = torch.tensor([[row.draws.random() if row.draws else 0.0] for row in rows])  # (rows, 1)
            shares = torch.softmax(logits.float() / self._temperature, dim=-1).cumsum(dim=-1)  # (rows, vocabulary)
            places = torch.searchsorted(shares, heights.to(shares.device) * shares[:, -1:], right=True)
            chosen = places[:, 0].clamp(max=logits.shape[-1] - 1).tolist()
        else:
            chosen = logits.argmax(-1).tolist()
        for row, token in zip(rows, chosen, strict=True):
            row.tokens.append(token)

    def _leave(self, cache: RowCache, active: list[_Row], finish: Callable[[_Row], None]) -> None:
        """Take out the rows that ended; the last row moves into each gap, so that the rest stand together."""
        for place in reversed(range(len(active))):
            row = active[place]
            if row.tokens[-1] not in self._ends and len(row.tokens) < self._max_new_tokens:
                continue
            mover = active.pop()
            if place < len(active):
                cache.move(len(active), place)
                active[place] = mover
            finish(row)


def _load(model_dir: Path, dtype: torch.dtype, device: torch.device) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    bars: Any = logging
    were_on = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(model_dir, dtype=dtype, attn_implementation=ATTENTION)
        tokenizer = AutoTokenizer.from_pretrained(model_dir)
    except (OSError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        raise ModelError(f"{model_dir} cannot be loaded as a causal model: {first}; give another model") from error
    finally:
        if were_on:
            bars.enable_progress_bar()
    if any(getattr(model.config, name, None) for name in ("attn_logit_softcapping", "final_logit_softcapping")):
        raise ModelError(f"{model_dir} caps its logits, which this predictor does not compute: use another model")
    return model.eval().to(device), tokenizer


def _pick_dtype(wanted: Literal["auto", "float32", "bfloat16"]) -> torch.dtype:
    if wanted == "auto":
        names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        fast = torch.cuda.is_available() or any(getattr(torch.cpu, name, lambda: False)() for name in names)
        return torch.bfloat16 if fast else torch.float32
    return torch.bfloat16 if wanted == "bfloat16" else torch.float32


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """All tokens that end an answer: the tokenizer's end token, and the model's own list."""
    own = model.generation_config.eos_token_id
    listed = own if isinstance(own, list) else [own]
    return frozenset(token for token in (*listed, tokenizer.eos_token_id) if token is not None)
