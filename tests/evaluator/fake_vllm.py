"""Stands in for vllm_worker.py in unit tests: the same lines, no model. Its answers are the prompts' last ids.

Which way it behaves is the word after the worker's path: nothing, "dies", "refuses".
"""

from __future__ import annotations

import json
import sys
from typing import Any


def say(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> None:
    way = sys.argv[-1]
    job = json.loads(sys.stdin.readline())
    if way == "refuses":
        say(error="ValueError: no such architecture")
        return
    say(ready=True, job=job)
    for line in sys.stdin:
        request = json.loads(line)
        if way == "dies":
            sys.stderr.write("RuntimeError: out of paper.\n")
            sys.exit(1)
        for place in reversed(range(len(request["prompts"]))):
            say(place=place, ids=[*request["prompts"][place][-3:], request["ends"][0]])


if __name__ == "__main__":
    main()
