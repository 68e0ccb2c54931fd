"""Predicts with a model folder through vLLM: in a process of its own, and in another Python if asked.

The process holds all the memory, so that it is free again for training once the predictor is closed; and vLLM, whose
pins move, need not share sqlloop's environment. Prompts and answers pass as token ids, a line of JSON each, so that
both sides agree on them whatever their tokenizers' versions. Knows nothing of SQL. The other side: `vllm_worker.py`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast

from evaluator.predict.tokens import Tokens
from schemas.catalog import Schema
from schemas.errors import ModelError, StageError
from schemas.records import Prediction, Question

WORKER = Path(__file__).with_name("vllm_worker.py")
ENVIRONMENT = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # one process, whose batches are the same each time
    "VLLM_CPU_KVCACHE_SPACE": "2",  # GiB; on a CPU vLLM takes half of the memory otherwise
    "VLLM_NO_USAGE_STATS": "1",
    "HF_HUB_OFFLINE": "1",
}
"""Set for vLLM where the user has not set it."""
GROUP = 1024
"""Questions to be asked in one call at most: what a crash may cost."""


@dataclass(frozen=True, slots=True)
class VllmSettings:
    """How vLLM is to run."""

    python: str = ""
    """The Python that has vLLM; "" for this one."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Of weights and arithmetic; auto as in the transformers predictor."""
    rows: int = 256
    """Sequences computed side by side."""
    tensor_parallel: int = 1
    """GPUs that share the model."""
    prefix_caching: bool = True
    """Whether a prefix that several prompts begin with is computed once."""
    memory_share: float = 0.9
    """Share of a GPU's memory that it may take."""
    eager: bool | None = None
    """Whether nothing is compiled at the start; None for where there is no GPU: compiling takes a minute each time."""


class VllmPredictor:
    """Greedy answers of a model folder, by vLLM."""

    together = GROUP
    """What is decoded side by side may change each other's last bits."""

    def __init__(
        self,
        model_dir: Path,
        prompt: Callable[[Schema, str], tuple[str, str]],
        max_new_tokens: int = 200,
        settings: VllmSettings | None = None,
    ) -> None:
        """Start vLLM and load the model; this takes from half a minute to minutes.

        Args:
            model_dir: folder with config, safetensors and tokenizer.
            prompt: schema and question text -> schema part and question part of the prompt.
            max_new_tokens: longest answer, the end token included.
            settings: how vLLM is to run.

        Raises:
            ModelError: there is no such Python, it has no vLLM, or vLLM cannot load the model.
        """
        self._settings = settings or VllmSettings()
        self._tokens = Tokens.load(model_dir, max_new_tokens)
        self._prompt = prompt
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - closed in close
        self._process = self._start()
        self._requests = cast("IO[str]", self._process.stdin)
        self._answers = cast("IO[str]", self._process.stdout)
        self._send(self._job(model_dir))
        self._receive()

    def close(self) -> None:
        """End the process; its memory is free afterwards."""
        with contextlib.suppress(OSError):
            self._requests.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # its helpers too; it holds nothing that must be kept
        self._process.wait()
        self._answers.close()
        self._log.close()

    def predict(
        self, schema: Schema, questions: Sequence[Question], on_done: Callable[[Prediction], None] | None = None
    ) -> list[Prediction]:
        """One prediction a question, in the questions' order.

        A prompt too long for the model's context is answered by nothing, marked as truncated.

        Raises:
            StageError: vLLM ended.
        """
        return self._answer(schema, questions, 0.0, [0] * len(questions), on_done)

    def sample(
        self, schema: Schema, questions: Sequence[Question], samples: int, temperature: float, seed: int = 0
    ) -> list[list[Prediction]]:
        """Several answers to each question, drawn at a temperature above 0; each depends on seed, question and number.

        Raises:
            StageError: vLLM ended.
        """
        repeated = [question for question in questions for _ in range(samples)]
        seeds = [_seed(f"{seed} {question.id} {number}") for question in questions for number in range(samples)]
        flat = self._answer(schema, repeated, temperature, seeds, None)
        return [flat[start : start + samples] for start in range(0, len(flat), samples)]

    def _answer(
        self,
        schema: Schema,
        questions: Sequence[Question],
        temperature: float,
        seeds: Sequence[int],
        on_done: Callable[[Prediction], None] | None,
    ) -> list[Prediction]:
        prompts, asked = [], []
        prefixes: dict[str, list[int]] = {}
        found: list[list[int]] = [[] for _ in questions]
        for number, question in enumerate(questions):
            prefix_text, suffix_text = self._prompt(schema, question.text)
            if prefix_text not in prefixes:
                prefixes[prefix_text] = self._tokens.prefix_ids(prefix_text)
            prefix, suffix = prefixes[prefix_text], self._tokens.suffix_ids(suffix_text)
            if len(suffix) <= self._tokens.room(len(prefix)):
                prompts.append([*prefix, *suffix])
                asked.append(number)

        def done(number: int) -> None:
            if on_done is not None:
                on_done(self._tokens.prediction(questions[number].id, found[number]))

        for number in sorted(set(range(len(questions))) - set(asked)):
            done(number)
        if prompts:
            self._send(
                {
                    "prompts": prompts, "temperature": temperature, "seeds": [seeds[number] for number in asked],
                    "max_tokens": self._tokens.max_new_tokens, "ends": sorted(self._tokens.ends),
                }
            )  # fmt: skip
        for _ in prompts:
            line = self._receive()
            found[asked[line["place"]]] = line["ids"]
            done(asked[line["place"]])
        return [self._tokens.prediction(question.id, ids) for question, ids in zip(questions, found, strict=True)]

    def _job(self, model_dir: Path) -> dict[str, Any]:
        import torch

        from evaluator.predict.transformers import pick_dtype

        settings = self._settings
        eager = settings.eager if settings.eager is not None else not torch.cuda.is_available()
        dtype = str(pick_dtype(settings.dtype)).removeprefix("torch.")
        return {
            "model": str(model_dir.resolve()), "dtype": dtype, "rows": settings.rows,
            "tensor_parallel": settings.tensor_parallel, "prefix_caching": settings.prefix_caching,
            "memory_share": settings.memory_share, "eager": eager, "longest": self._tokens.longest,
            "environment": ENVIRONMENT,
        }  # fmt: skip

    def _start(self) -> subprocess.Popen[str]:
        python = self._settings.python or sys.executable
        try:
            return subprocess.Popen(
                [python, str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
                encoding="utf-8", start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise ModelError(
                f"{python} cannot be started ({error.strerror}): give --vllm-python the Python that has vLLM"
            ) from None

    def _send(self, line: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):  # why it ended is told where its answer is awaited
            self._requests.write(json.dumps(line) + "\n")
            self._requests.flush()

    def _receive(self) -> dict[str, Any]:
        text = self._answers.readline()
        if not text:
            raise StageError(f"vLLM ended: {self._last_words()}; the same command goes on where it stopped")
        line: dict[str, Any] = json.loads(text)
        if "error" in line:
            raise self._refused(str(line["error"]))
        return line

    def _refused(self, reason: str) -> ModelError:
        """Why vLLM did not load the model, after the process has been ended."""
        python = self._settings.python or "this environment"
        self.close()
        if reason.startswith(("ModuleNotFoundError: No module named 'vllm'", "ImportError")):
            return ModelError(
                f"{python} has no vLLM that can be used ({reason}): pip install -e '.[vllm]' in the clone, give "
                "--vllm-python another Python that has it, or use --predictor transformers"
            )
        return ModelError(f"vLLM cannot load the model ({reason}): use --predictor transformers, or another vLLM")

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = [line.strip() for line in self._log.read().splitlines() if line.strip()]
        errors = [line for line in lines if "Error" in line]
        return (errors or lines or ["it said nothing"])[-1][:300].rstrip(".")


def _seed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


def has_vllm(python: str = "") -> bool:
    """Whether a Python, this one by default, has vLLM installed; nothing of it is loaded."""
    code = "import importlib.util, sys; sys.exit(importlib.util.find_spec('vllm') is None)"
    with contextlib.suppress(OSError):
        return subprocess.run([python or sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
    return False
