"""The process that holds vLLM: reads requests, a line of JSON each, and writes answers as they end.

    python vllm_worker.py        (in any Python that has vLLM; of sqlloop nothing is imported)

The first line read says which model and how; the first line written says that it is loaded, or why not. Then each
request holds prompts as token ids; each answer names its prompt's place. What vLLM prints goes to standard error. Ends
when its input ends, or when the process that started it is gone.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any, TextIO

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [place for place in sys.path if os.path.abspath(place) != HERE]  # modules beside this one are not meant


def say(out: TextIO, **line: Any) -> None:
    """Write one line."""
    out.write(json.dumps(line) + "\n")
    out.flush()


def watch(parent: int) -> None:
    """End with the process that started this one, whatever vLLM is doing."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def load(job: dict[str, Any]) -> Any:
    """The engine of a job."""
    import vllm

    options = {
        "model": job["model"],
        "dtype": job["dtype"],
        "skip_tokenizer_init": True,
        "enable_prefix_caching": job["prefix_caching"],
        "max_num_seqs": job["rows"],
        "tensor_parallel_size": job["tensor_parallel"],
        "gpu_memory_utilization": job["memory_share"],
        "enforce_eager": job["eager"],
        "disable_log_stats": True,
        "seed": 0,
    }
    if job["longest"]:
        options["max_model_len"] = job["longest"]
    return vllm.LLM(**options)


def answer(llm: Any, request: dict[str, Any], out: TextIO) -> None:
    """Answer all prompts of a request, each as it ends."""
    from vllm import SamplingParams

    engine = llm.llm_engine
    for place, ids in enumerate(request["prompts"]):
        wanted = SamplingParams(
            temperature=request["temperature"],
            seed=request["seeds"][place] if request["temperature"] else None,
            max_tokens=request["max_tokens"],
            stop_token_ids=request["ends"],
            ignore_eos=not request["ends"],
            detokenize=False,
        )
        engine.add_request(str(place), {"prompt_token_ids": ids}, wanted)
    while engine.has_unfinished_requests():
        for found in engine.step():
            if found.finished:
                say(out, place=int(str(found.request_id).split("-")[0]), ids=list(found.outputs[0].token_ids))


def main() -> None:
    """Entry point."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever is printed is no answer
    threading.Thread(target=watch, args=(os.getppid(),), daemon=True).start()
    job = json.loads(sys.stdin.readline())
    os.environ.update({name: value for name, value in job["environment"].items() if name not in os.environ})
    try:
        llm = load(job)
    except Exception as error:  # whatever it is, the run that waits has to be told
        say(out, error=f"{type(error).__name__}: {' '.join(str(error).split())}"[:500])
        raise
    say(out, ready=True)
    for line in sys.stdin:
        answer(llm, json.loads(line), out)


if __name__ == "__main__":
    main()
