"""Questions a second of the predictor, beside transformers' `generate` and vLLM on the same CPU, in one run.

    python -m benchmarks.predictor --schema hotel_group --questions 64
    python -m benchmarks.predictor --vllm-python PATH

Greedy, the same model, prompts and number of new tokens (no early end, so that every contender does the same work),
every contender in a process of its own. In float32 the token ids must be identical to those of `generate`; in bfloat16
the share of equal ids is printed, since sums in another order round otherwise. vLLM is asked in the Python that has it,
with prefix caching and without.
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

VLLM = """
import json, sys, time
job = json.load(open(sys.argv[1]))
if __name__ == "__main__":
    from vllm import LLM, SamplingParams
    llm = LLM(job["model"], dtype="bfloat16", enable_prefix_caching=job["prefix"], max_model_len=2048,
              max_num_seqs=job["rows"], enforce_eager=True, disable_log_stats=True)
    wanted = SamplingParams(temperature=0.0, max_tokens=job["tokens"], ignore_eos=True)
    prompts = [{"prompt_token_ids": ids} for ids in job["prompts"]]
    llm.generate(prompts[:1], wanted, use_tqdm=False)
    began = time.perf_counter()
    answers = llm.generate(prompts, wanted, use_tqdm=False)
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "ids": [list(a.outputs[0].token_ids) for a in answers], "gigabytes": 0.0}))
"""


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
    from schemas.records import Prediction, Question

    parts = {str(number): tuple(pair) for number, pair in enumerate(job["parts"])}
    predictor = TransformersPredictor(
        Path(job["model"]), lambda _, text: parts[text], job["tokens"], job["rows"], job["dtype"], job["threads"]
    )
    predictor._ends = frozenset()
    kept: dict[str, list[int]] = {}

    def keep(question_id: str, tokens: list[int]) -> Prediction:
        kept[question_id] = list(tokens)
        return Prediction(id=question_id, sql="", truncated=True, tokens=len(tokens))

    predictor._prediction = keep  # type: ignore[method-assign]
    questions = [Question(id=name, schema_name="s", split="dev", text=name, golds=("SELECT 1",)) for name in parts]
    schema: Any = None
    predictor.predict(schema, questions[:1])
    began = time.perf_counter()
    predictor.predict(schema, questions)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "ids": [kept[name] for name in parts]}


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


def measure(job: dict[str, Any], python: str = "") -> dict[str, Any]:
    """One contender's figures; {} where it failed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "job.json"
        path.write_text(json.dumps(job))
        command = [sys.executable, "-m", "benchmarks.predictor", "--job", str(path)]
        if python:
            script = Path(folder) / "ask.py"
            script.write_text(VLLM)
            command = [python, str(script), str(path)]
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
    for dtype, rows in (("float32", 16), ("bfloat16", args.rows)):
        theirs = measure({**base, "who": "plain", "dtype": dtype, "rows": 16})
        mine = measure({**base, "who": "ours", "dtype": dtype, "rows": rows})
        if not theirs or not mine:
            continue
        show(f"{dtype}: generate, 16 rows", theirs, len(prompts))
        show(f"{dtype}: predictor, {rows} rows", mine, len(prompts))
        ratio = theirs["seconds"] / mine["seconds"]
        print(f"    {ratio:.1f} times as fast; {same(theirs['ids'], mine['ids']):.0%} of the answers have the same ids")
    if args.vllm_python:
        for prefix in (True, False):
            served = measure({**base, "who": "vllm", "prefix": prefix, "rows": args.rows}, args.vllm_python)
            if served:
                show(f"bfloat16: vLLM, {'with' if prefix else 'without'} prefix caching", served, len(prompts))
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
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--vllm-python", help="a Python that has vLLM")
    parser.add_argument("--job", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.job:
        job = json.loads(args.job.read_text())
        if job["threads"]:
            import torch

            torch.set_num_threads(job["threads"])
        found = ours(job) if job["who"] == "ours" else plain(job)
        found["gigabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps(found))
        return
    compare(args)


if __name__ == "__main__":
    main()
