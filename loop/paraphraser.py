"""A paraphraser that is served: any endpoint that speaks OpenAI's chat completions, asked for other wordings.

Several questions are under way at a time; every answer is kept on disk under a hash of endpoint, instruction and
question, so that the same run asks nothing twice. What fails for a moment is tried again; what fails for good is one
clear error. Knows nothing of what makes a wording right: `generators.asked_paraphrase` looks at each.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluator.predict.server import KEY_VARIABLES, Endpoint, ask, connect
from schemas.errors import ModelError, UsageError

if TYPE_CHECKING:
    import httpx2

INSTRUCTION = (
    "Say the question that follows in other words, as a colleague would ask it. Keep every number, name, date and "
    "quoted value as it is, every bound and its direction, and what is asked for. Answer with the question alone."
)
CONCURRENCY = 16
"""Requests under way at a time."""
KEPT = 500
"""Answers between two writes to the disk."""


class ServedParaphraser:
    """Asks a served model; call it with questions, close it when done."""

    def __init__(self, address: str, cache: Path, seconds: float = 60.0, attempts: int = 6) -> None:
        """Make ready; nothing is asked yet.

        Args:
            address: `server:URL[#MODEL]`.
            cache: file of answers, made where it is missing.
            seconds: time limit of one request.
            attempts: tries of one request before it counts as failed.

        Raises:
            UsageError: the address does not begin with "server:".
            ModelError: it is no http address.
        """
        kind, _, rest = address.partition(":")
        if kind != "server":
            raise UsageError(f"unknown paraphraser {address!r}: write server:http://host:8000/v1#MODEL")
        self._endpoint = Endpoint.parse(rest)
        self._client = connect(seconds, CONCURRENCY)
        self._attempts = attempts
        cache.parent.mkdir(parents=True, exist_ok=True)
        self._cache = cache
        with closing(sqlite3.connect(cache)) as base, base:
            base.execute("CREATE TABLE IF NOT EXISTS wording (key TEXT PRIMARY KEY, text TEXT NOT NULL)")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __call__(self, questions: Sequence[str]) -> list[str]:
        """One wording a question, in their order.

        Raises:
            ModelError: the server does not answer, refuses us, or answers what is no completion.
        """
        found = self._known(questions)
        wanted = [text for text in dict.fromkeys(questions) if self._key(text) not in found]
        for start in range(0, len(wanted), KEPT):
            part = wanted[start : start + KEPT]
            with ThreadPoolExecutor(CONCURRENCY, thread_name_prefix="sqlloop-reword") as pool:
                answers = dict(zip(map(self._key, part), pool.map(self._one, part), strict=True))
            with closing(sqlite3.connect(self._cache)) as base, base:
                base.executemany("INSERT OR REPLACE INTO wording VALUES (?, ?)", answers.items())
            found.update(answers)
        return [found[self._key(text)] for text in questions]

    def _known(self, questions: Sequence[str]) -> dict[str, str]:
        with closing(sqlite3.connect(self._cache)) as base:
            read = "SELECT key, text FROM wording WHERE key = ?"
            rows = [base.execute(read, [self._key(text)]).fetchone() for text in dict.fromkeys(questions)]
        return dict(filter(None, rows))

    def _key(self, question: str) -> str:
        parts = (self._endpoint.url, self._endpoint.model, INSTRUCTION, question)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _one(self, question: str) -> str:
        messages = [{"role": "system", "content": INSTRUCTION}, {"role": "user", "content": question}]
        body: dict[str, Any] = {"messages": messages, "temperature": 0.7, "seed": 1, "max_tokens": 200}
        if self._endpoint.model:
            body["model"] = self._endpoint.model
        answer = self._ask(body)
        try:
            text = str(answer["choices"][0]["message"]["content"] or "")
        except (KeyError, IndexError, TypeError):
            raise ModelError(
                f"the server at {self._endpoint.url} answered what is no chat completion ({str(answer)[:120]}): give "
                "the address of an endpoint that speaks OpenAI's chat completions"
            ) from None
        return text.strip().strip('"').strip()

    def _ask(self, body: dict[str, Any]) -> Any:
        import httpx2

        url = f"{self._endpoint.url}/chat/completions"
        try:
            return ask(self._client, "POST", url, body, self._attempts)
        except httpx2.HTTPStatusError as error:
            raise ModelError(_refused(url, error.response)) from None
        except (httpx2.HTTPError, ValueError) as error:
            reason = str(error).strip() or type(error).__name__
            raise ModelError(
                f"the paraphraser at {url} does not answer ({reason}): check that it runs; the answers had so far are "
                "kept, the same command goes on"
            ) from None


def _refused(url: str, response: httpx2.Response) -> str:
    said = " ".join(response.text.split())[:160] or "no reason given"
    return (
        f"the paraphraser refuses {url} with {response.status_code} ({said}): look at the address, at the model's name "
        f"after #, and at {KEY_VARIABLES[0]}"
    )
