"""Examples a second of a training step, beside TRL's SFTTrainer and a careful dense loop, in one run.

    python -m benchmarks.trainer --dtype bfloat16 --group 16 --group 4 --group 1
    python -m benchmarks.trainer --dtype bfloat16 --data examples.jsonl

Same model, data, dtype, threads and optimiser (AdamW with clipping) for all. `shared` is sqlloop's step; `dense` the
same step with one pair a row, logits for completion tokens only; `trl` is SFTTrainer with completion-only loss, no
packing, no gradient checkpointing, at the fastest of several rows a micro-batch, as it comes; `trl, tuned` the same
with sqlloop's setting of the C library's allocator, which is worth much on a CPU and is no setting of TRL's. Every
contender runs in a process of its own, whose peak memory is given. Beside them the share of the machine's own
matrix-product rate, measured in the same run, that the `shared` step reaches with the floating-point operations it
needs (6 a parameter and token outside the embeddings, and the logits' of completion tokens; attention is not counted,
so the share is on the low side).

TRL and what it needs are not dependencies of sqlloop: install `trl` and `datasets` for the benchmark.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine, matrix_rate
from trainer.batches import TokenPair

PREFIX, QUESTION, SQL = 497, 26, 54
"""Tokens of the synthetic pairs: a schema of eight tables, a question, an answer (issue 6)."""


def synthetic(group: int, count: int, vocabulary: int) -> list[TokenPair]:
    """Pairs of random tokens, `group` of each prefix."""
    rng = random.Random(group)

    def draw(length: int) -> tuple[int, ...]:
        return tuple(rng.randrange(vocabulary // 50, vocabulary) for _ in range(length))

    prefixes = [draw(PREFIX) for _ in range(-(-count // group))]
    return [TokenPair(str(n), prefixes[n // group], draw(QUESTION), draw(SQL), 1.0) for n in range(count)]


def real(path: Path, model: Path, count: int) -> list[TokenPair]:
    """Generated pairs of a file of `loop generate`, as the trainer would see them."""
    from loop.store import read_records
    from schemas.catalog import select_schemas
    from schemas.prompt import prompt_parts
    from schemas.records import Example
    from trainer import checkpoint
    from trainer.batches import Pair, tokenise

    schemas = {schema.name: schema for schema in select_schemas("all")}
    pairs = []
    for example in read_records(path, Example)[:count]:
        head, tail = prompt_parts(schemas[example.schema_name], example.question)
        pairs.append(Pair(example.id, head, tail, example.sql))
    _, tokenizer = checkpoint.load(model)
    return tokenise(pairs, tokenizer, 2048)[0]


def timed(step: Callable[[], None], repeats: int) -> float:
    """Median seconds of a step, after one to warm up."""
    seconds = []
    for number in range(repeats + 1):
        began = time.perf_counter()
        step()
        if number:
            seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def ours(model_dir: Path, pairs: Sequence[TokenPair], dtype: str, form: str, rows: int, repeats: int) -> float:
    """Seconds of one optimiser step of sqlloop over all pairs."""
    from trainer import checkpoint
    from trainer.step import FitSettings, Stepper

    model, _ = checkpoint.load(model_dir)
    tokens = 8192 if form == "shared" else rows * max(map(len, pairs))
    settings = FitSettings.model_validate({"dtype": dtype, "form": form, "batch_tokens": tokens})
    stepper = Stepper(model, settings, longest=max(map(len, pairs)))
    return timed(lambda: stepper.step(pairs, 1e-5) and None, repeats)


def trl(model_dir: Path, pairs: Sequence[TokenPair], dtype: str, rows: int, repeats: int) -> float:
    """Seconds of one optimiser step of SFTTrainer over all pairs."""
    import torch
    from datasets import Dataset
    from datasets.table import InMemoryTable
    from transformers import AutoTokenizer, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    columns: dict[str, list[Any]] = {"input_ids": [], "labels": []}
    for pair in pairs:
        columns["input_ids"].append([*pair.prefix, *pair.suffix, *pair.completion])
        columns["labels"].append([-100] * (len(pair.prefix) + len(pair.suffix)) + list(pair.completion))
    times: list[float] = []

    class Clock(TrainerCallback):
        def on_step_begin(self, *_: Any, **__: Any) -> None:
            self.began = time.perf_counter()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            times.append(time.perf_counter() - self.began)

    with tempfile.TemporaryDirectory() as out:
        config = SFTConfig(
            output_dir=out, per_device_train_batch_size=rows, gradient_accumulation_steps=len(pairs) // rows,
            max_steps=repeats + 1, packing=False, completion_only_loss=True, max_length=None, bf16=dtype == "bfloat16",
            gradient_checkpointing=False, use_cpu=not torch.cuda.is_available(), learning_rate=1e-5, report_to=[],
            save_strategy="no", logging_strategy="no", disable_tqdm=True, dataloader_pin_memory=False,
            max_grad_norm=1.0, optim="adamw_torch_fused", shuffle_dataset=False,
            dataset_kwargs={"skip_prepare_dataset": True},  # the pairs are tokens already
        )  # fmt: skip
        from transformers import AutoModelForCausalLM

        model = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(model_dir)
        table = InMemoryTable.from_pydict(columns)
        data = Dataset(table, fingerprint="benchmark")  # else it pickles the table, which pyarrow 26 does not let it
        trainer = SFTTrainer(
            model=model, args=config, train_dataset=data, processing_class=tokenizer, callbacks=[Clock()]
        )
        trainer.train()
    return statistics.median(times[1:])


def child(args: argparse.Namespace) -> None:
    """Measure one contender, in a process of its own; prints JSON."""
    import torch

    if args.threads:
        torch.set_num_threads(args.threads)
    pairs = [TokenPair(**item) for item in json.loads(Path(args.child_data).read_text())]
    pairs = [TokenPair(p.id, tuple(p.prefix), tuple(p.suffix), tuple(p.completion), p.weight) for p in pairs]
    if args.child.startswith("trl"):
        from trainer.memory import keep_freed_memory

        if args.child == "trl, tuned":
            keep_freed_memory()  # as sqlloop's own step: what is left is the step, not the allocator
        seconds = trl(args.model_dir, pairs, args.child_dtype, args.rows, args.repeats)
    else:
        seconds = ours(args.model_dir, pairs, args.child_dtype, args.child, args.rows, args.repeats)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    if torch.cuda.is_available():
        peak = torch.cuda.max_memory_allocated() / 1e9
    print(json.dumps({"seconds": seconds, "gigabytes": peak}))


def measure(
    args: argparse.Namespace, name: str, pairs: Sequence[TokenPair], dtype: str, rows: int
) -> tuple[float, float]:
    """Examples a second and peak gigabytes of one contender; not a number where it failed."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        fields = ("id", "prefix", "suffix", "completion", "weight")
        json.dump([{field: getattr(pair, field) for field in fields} for pair in pairs], file)
        file.flush()
        command = [sys.executable, "-m", "benchmarks.trainer", "--child", name, "--child-data", file.name]
        command += ["--model", args.model, "--child-dtype", dtype, "--rows", str(rows), "--repeats", str(args.repeats)]
        command += ["--threads", str(args.threads)] if args.threads else []
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  {name} with {rows} rows failed: {(done.stderr.strip().splitlines() or ['killed'])[-1]}", flush=True)
        return float("nan"), float("nan")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    return len(pairs) / found["seconds"], found["gigabytes"]


def operations(model_dir: Path, pairs: Sequence[TokenPair]) -> float:
    """Floating-point operations that a shared step needs, attention left out."""
    config = json.loads((model_dir / "config.json").read_text())
    hidden, inner, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    keys = config["num_key_value_heads"] * hidden // config["num_attention_heads"]
    matrices = layers * (2 * hidden * hidden + 2 * hidden * keys + 3 * hidden * inner)
    tokens = sum(map(len, {pair.prefix for pair in pairs})) + sum(len(p.suffix) + len(p.completion) for p in pairs)
    completion = sum(len(pair.completion) for pair in pairs)
    return 6.0 * (matrices * tokens + hidden * config["vocab_size"] * completion)


def table(args: argparse.Namespace, title: str, pairs: Sequence[TokenPair], dtype: str) -> None:
    """Print one comparison."""
    tokens = sum(map(len, pairs)) / len(pairs)
    print(f"{title}, {dtype}: {len(pairs)} pairs of {tokens:.0f} tokens a step", flush=True)
    shared, shared_gb = measure(args, "shared", pairs, dtype, 1)
    before = matrix_rate(dtype)
    share = operations(args.model_dir, pairs) / len(pairs) * shared / 1e9 / before
    print(f"  shared     {shared:6.2f} examples/s  {shared_gb:5.1f} GB  {share:.0%} of {before:.0f} GFLOP/s")
    for name in ("dense", "trl", "trl, tuned"):
        best = _plain_rate(args, name, tuple(pairs[: args.dense_pairs]), dtype)
        if best is None:
            continue
        rows, rate, peak = best
        print(f"  {name:<10} {rate:6.2f} examples/s  {peak:5.1f} GB  {rows} rows at once (best of {args.micro}); "
              f"shared is {shared / rate:.{1 if shared > 2 * rate else 2}f} times as fast", flush=True)  # fmt: skip


_PLAIN: dict[tuple[str, str, tuple[int, ...]], tuple[int, float, float] | None] = {}


def _plain_rate(
    args: argparse.Namespace, name: str, pairs: tuple[TokenPair, ...], dtype: str
) -> tuple[int, float, float] | None:
    """Rows at once, examples a second and gigabytes of a contender that shares nothing, at its fastest.

    Who shares nothing takes as long whatever the pairs' prefixes are: pairs of the same lengths are measured once.
    """
    key = (name, dtype, tuple(map(len, pairs)))
    if key not in _PLAIN:
        who = "padded" if name == "dense" else name
        tried = {rows: measure(args, who, pairs, dtype, rows) for rows in args.micro}
        good = {rows: found for rows, found in tried.items() if found[0] == found[0]}
        rows = max(good, key=lambda item: good[item][0], default=0)
        _PLAIN[key] = (rows, *good[rows]) if rows else None
    return _PLAIN[key]


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--dtype", action="append", choices=["float32", "bfloat16"])
    parser.add_argument("--group", type=int, action="append", help="pairs of one schema; repeatable")
    parser.add_argument("--data", type=Path, help="a file of loop generate, for real prompts in their real order")
    parser.add_argument("--pairs", type=int, default=16, help="pairs of a shared step")
    parser.add_argument("--dense-pairs", type=int, default=4, help="pairs of a dense step, which is slow")
    parser.add_argument("--micro", type=int, nargs="+", default=[1, 4], help="rows at once that dense and trl try")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--child-data", help=argparse.SUPPRESS)
    parser.add_argument("--child-dtype", help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, default=1, help=argparse.SUPPRESS)
    args = parser.parse_args()
    from schemas.home import home
    from trainer.base import resolve_model

    args.model_dir = resolve_model(args.model, home() / "models")
    if args.child:
        child(args)
        return
    print(machine(), flush=True)
    for dtype in args.dtype or ["bfloat16", "float32"]:
        for group in args.group or ([] if args.data else [16, 4, 1]):
            vocabulary = json.loads((args.model_dir / "config.json").read_text())["vocab_size"]
            table(args, f"{group} pairs a schema", synthetic(group, args.pairs, vocabulary), dtype)
        if args.data:
            table(args, "sqlloop's own training data", real(args.data, args.model_dir, args.pairs), dtype)


if __name__ == "__main__":
    main()
