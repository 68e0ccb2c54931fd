"""Questions a second of the predictor, beside transformers' `generate` and vLLM on the same CPU, in one run.

    python -m benchmarks.predictor --schema hotel_group --questions 64
    python -m benchmarks.predictor --vllm-python PATH

Greedy, the same model, prompts and number of new tokens (no early end, so that every contender does the same work),
every contender in a process of its own; vLLM through sqlloop's own VllmPredictor, its start not counted, with prefix
caching and without. In float32 the token ids must be identical to those of `generate`; in bfloat16 the share of equal
answers is printed, since sums in another order round otherwise.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from evaluator.predict.tokens import Tokens
from schemas.records import Prediction, Question


def prompts_of(schema_name: str, count: int) -> list[tuple[str, str]]:
    """Prompts of a schema's dev and train questions, in their two parts."""
    from schemas.catalog import load_schema
    from schemas.prompt import prompt_parts

    schema = load_schema(schema_name)
    questions = [*schema.split("dev"), *schema.split("train")]
    texts = [questions[number % len(questions)].text for number in range(count)]
    return [prompt_parts(schema, text) for text in texts]


def ours(job: dict[str, Any]) -> dict[str, Any]:
    """The predictor's answers."""
    from evaluator.predict.transformers import TransformersPredictor

    parts = {str(number): tuple(pair) for number, pair in enumerate(job["parts"])}
    predictor = TransformersPredictor(
        Path(job["model"]), lambda _, text: parts[text], job["tokens"], job["rows"], job["dtype"], job["threads"]
    )
    return timed(predictor, list(parts))


def vllm(job: dict[str, Any]) -> dict[str, Any]:
    """vLLM's answers."""
    from evaluator.predict.vllm import VllmPredictor, VllmSettings

    parts = {str(number): tuple(pair) for number, pair in enumerate(job["parts"])}
    settings = VllmSettings(job["python"], job["dtype"], job["rows"], prefix_caching=job["prefix"])
    predictor = VllmPredictor(Path(job["model"]), lambda _, text: parts[text], job["tokens"], settings)
    try:
        return timed(predictor, list(parts))
    finally:
        predictor.close()


def timed(predictor: Any, names: list[str]) -> dict[str, Any]:
    """Seconds and ids of a predictor's answers, none of which ends early."""
    kept: dict[str, list[int]] = {}

    class Kept(Tokens):
        def prediction(self, question_id: str, tokens: list[int]) -> Prediction:
            kept[question_id] = list(tokens)
            return Prediction(id=question_id, sql="", truncated=True, tokens=len(tokens))

    own = predictor._tokens
    predictor._tokens = Kept(own.tokenizer, own.config, frozenset(), own.max_new_tokens)
    questions = [Question(id=name, schema_name="s", split="dev", text=name, golds=("SELECT 1",)) for name in names]
    schema: Any = None
    predictor.predict(schema, questions[:1])
    began = time.perf_counter()
    predictor.predict(schema, questions)
    return {"seconds": time.perf_counter() - began, "ids": [kept[name] for name in names]}


def plain(job: dict[str, Any]) -> dict[str, Any]:
    """What transformers' `generate` answers: left-padded batches."""
    import torch
    from transformers import AutoModelForCausalLM

    dtype = getattr(torch, job["dtype"])
    model = AutoModelForCausalLM.from_pretrained(job["model"], dtype=dtype).eval()
    prompts, found = job["prompts"], []

    def answer(part: list[list[int]]) -> list[list[int]]:
        width = max(map(len, part))
        ids = torch.tensor([[0] * (width - len(p)) + p for p in part])
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in part])
        out = model.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=job["tokens"], min_new_tokens=job["tokens"],
            do_sample=False, pad_token_id=0,
        )  # fmt: skip
        return out[:, width:].tolist()  # type: ignore[no-any-return]

    model.generate(input_ids=torch.tensor([prompts[0]]), max_new_tokens=2, do_sample=False, pad_token_id=0)
    began = time.perf_counter()
    for start in range(0, len(prompts), job["rows"]):
        found += answer(prompts[start : start + job["rows"]])
    return {"seconds": time.perf_counter() - began, "ids": found}


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """One contender's figures; {} where it failed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "job.json"
        path.write_text(json.dumps(job))
        command = [sys.executable, "-m", "benchmarks.predictor", "--job", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  {job['who']} failed: {(done.stderr.strip().splitlines() or ['killed'])[-1]}", flush=True)
        return {}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def same(one: list[list[int]], other: list[list[int]]) -> float:
    """Share of answers that are equal to the last token."""
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one)


def compare(args: argparse.Namespace) -> None:
    """Print the comparison."""
    from transformers import AutoTokenizer

    from schemas.home import home
    from trainer.base import resolve_model

    model = str(resolve_model(args.model, home() / "models"))
    tokenizer = AutoTokenizer.from_pretrained(model)
    parts = prompts_of(args.schema, args.questions)
    prompts = [[*tokenizer.encode(a), *tokenizer.encode(b)] for a, b in parts]
    print(machine())
    print(f"{len(prompts)} questions on {args.schema}, {len(prompts[0])} tokens each, {args.tokens} new ones, greedy")
    base = {"model": model, "parts": parts, "prompts": prompts, "tokens": args.tokens, "threads": args.threads}
    for dtype in args.dtype or ["float32", "bfloat16"]:
        rows = 16 if dtype == "float32" else args.rows
        theirs = measure({**base, "who": "plain", "dtype": dtype, "rows": 16})
        mine = measure({**base, "who": "ours", "dtype": dtype, "rows": rows})
        if not theirs or not mine:
            continue
        show(f"{dtype}: generate, 16 rows", theirs, len(prompts))
        show(f"{dtype}: predictor, {rows} rows", mine, len(prompts))
        ratio = theirs["seconds"] / mine["seconds"]
        print(f"    {ratio:.1f} times as fast; {same(theirs['ids'], mine['ids']):.0%} of the answers have the same ids")
        if args.vllm_python:
            beside_vllm(args, {**base, "dtype": dtype}, mine)


def beside_vllm(args: argparse.Namespace, base: dict[str, Any], mine: dict[str, Any]) -> None:
    """Print vLLM's figures, and the predictor's as shares of them."""
    for prefix in (True, False):
        served = measure({**base, "who": "vllm", "prefix": prefix, "rows": args.rows, "python": args.vllm_python})
        if served:
            name = f"{base['dtype']}: vLLM, {'with' if prefix else 'without'} prefix caching"
            show(name, served, len(base["prompts"]))
            ratio, equal = served["seconds"] / mine["seconds"], same(served["ids"], mine["ids"])
            print(f"    the predictor is {ratio:.2f} times as fast; {equal:.0%} of the answers have the same ids")


def show(name: str, found: dict[str, Any], count: int) -> None:
    """One line."""
    memory = f"  {found['gigabytes']:.1f} GB" if found["gigabytes"] else ""
    print(f"  {name:<42} {count / found['seconds']:6.2f} questions/s{memory}", flush=True)


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--schema", default="hotel_group")
    parser.add_argument("--questions", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=60)
    parser.add_argument("--rows", type=int, default=64, help="the predictor's rows in bfloat16, and vLLM's")
    parser.add_argument("--dtype", action="append", choices=["float32", "bfloat16"])
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--vllm-python", help="a Python that has vLLM")
    parser.add_argument("--job", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.job:
        job = json.loads(args.job.read_text())
        if job["threads"]:
            import torch

            torch.set_num_threads(job["threads"])
        found = {"ours": ours, "plain": plain, "vllm": vllm}[job["who"]](job)
        found["gigabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps(found))
        return
    compare(args)


if __name__ == "__main__":
    main()
