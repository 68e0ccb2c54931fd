"""Predicts with a model that a server offers: any endpoint that speaks OpenAI's completions, such as a vLLM cluster.

Each question is one request whose prompt begins with the schema, so that a server with a prefix cache computes that
once; several are under way at a time. What fails for a moment (no connection, 429, 5xx) is tried again with growing
pauses; what fails for good becomes one clear error. Greedy. Knows nothing of SQL, nor which checkpoint is served.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.catalog import Schema
from schemas.errors import ModelError
from schemas.records import Prediction, Question

if TYPE_CHECKING:
    import httpx2

KEY_VARIABLES = ("SQLLOOP_API_KEY", "OPENAI_API_KEY")
"""Environment variables that may hold the server's key, the first one found."""
STOP = "\n-- Question:"
"""Where a model that was never taught to end would begin the next prompt by itself."""
_TRANSIENT = frozenset({408, 409, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is served."""

    url: str
    """Base address with its version: "http://gpu-box:8000/v1"."""
    model: str = ""
    """The served model's name; the first one that the server lists if empty."""

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """From `URL` or `URL#MODEL`.

        Raises:
            ModelError: it is no http address.
        """
        url, _, model = text.partition("#")
        if not url.startswith(("http://", "https://")):
            raise ModelError(f"the predictor's address {text!r} is no http address: write server:http://host:8000/v1")
        return cls(url.rstrip("/"), model)


class ServerPredictor:
    """Greedy answers of a served model."""

    together = 0
    """Each answer is a request of its own."""

    def __init__(
        self,
        endpoint: Endpoint,
        prompt: Callable[[Schema, str], tuple[str, str]],
        max_new_tokens: int = 200,
        concurrency: int = 32,
        seconds: float = 120.0,
        attempts: int = 6,
    ) -> None:
        """Reach the server and find the model.

        Args:
            endpoint: the server, and which of its models.
            prompt: schema and question text -> schema part and question part of the prompt.
            max_new_tokens: longest answer.
            concurrency: requests under way at a time.
            seconds: time limit of one request.
            attempts: tries of one request before it counts as failed.

        Raises:
            ModelError: the server does not answer, refuses us, or has no such model.
        """
        self._url = endpoint.url
        self._client = connect(seconds, concurrency)
        self._prompt = prompt
        self._max_new_tokens = max_new_tokens
        self._concurrency = concurrency
        self._attempts = attempts
        self._model = self._served(endpoint.model)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def predict(
        self, schema: Schema, questions: Sequence[Question], on_done: Callable[[Prediction], None] | None = None
    ) -> list[Prediction]:
        """One prediction a question, in the questions' order.

        Raises:
            ModelError: the server stopped answering, or answers what is no completion.
        """
        with ThreadPoolExecutor(self._concurrency, thread_name_prefix="sqlloop-ask") as pool:
            futures = {pool.submit(self._one, schema, question): place for place, question in enumerate(questions)}
            found: dict[int, Prediction] = {}
            try:
                for future in as_completed(futures):
                    found[futures[future]] = future.result()
                    if on_done is not None:
                        on_done(found[futures[future]])
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return [found[place] for place in range(len(questions))]

    def _one(self, schema: Schema, question: Question) -> Prediction:
        prefix, suffix = self._prompt(schema, question.text)
        body = {
            "model": self._model,
            "prompt": prefix + suffix,
            "max_tokens": self._max_new_tokens,
            "temperature": 0.0,
            "stop": [STOP],
        }
        answer = self._ask("POST", "/completions", body)
        try:
            choice = answer["choices"][0]
            tokens = int((answer.get("usage") or {}).get("completion_tokens") or 0)
            truncated = choice.get("finish_reason") == "length"
            return Prediction(id=question.id, sql=choice["text"].strip(), truncated=truncated, tokens=tokens)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            raise ModelError(
                f"the server at {self._url} answered what is no completion ({str(answer)[:120]}): give the address of "
                "an endpoint that speaks OpenAI's completions"
            ) from None

    def _served(self, wanted: str) -> str:
        """The name to ask for; refuses one that the server does not list."""
        listed = self._ask("GET", "/models", None)
        items = listed.get("data") if isinstance(listed, dict) else None
        names = [str(item.get("id")) for item in items or [] if isinstance(item, dict)]
        if not names:
            raise ModelError(f"the server at {self._url} lists no model: start it with one, or name its right address")
        if wanted and wanted not in names:
            raise ModelError(f"the server at {self._url} has no model {wanted!r}: it has {', '.join(names)}")
        return wanted or names[0]

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        """One request, tried again where that may help."""
        import httpx2

        try:
            return ask(self._client, method, self._url + path, body, self._attempts)
        except httpx2.HTTPStatusError as error:
            raise ModelError(_refused(self._url + path, error.response)) from None
        except (httpx2.HTTPError, ValueError) as error:
            reason = str(error).strip() or type(error).__name__
            raise ModelError(
                f"the model server at {self._url} does not answer ({reason}): check that it runs and that the address "
                "is right; the same command goes on where it stopped"
            ) from None


def connect(seconds: float, connections: int) -> httpx2.Client:
    """A client with the user's key, if there is one; `seconds` is the time limit of a request."""
    import httpx2

    key = next((os.environ[name] for name in KEY_VARIABLES if os.environ.get(name)), "")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx2.Client(timeout=seconds, headers=headers, limits=httpx2.Limits(max_connections=connections))


def ask(client: httpx2.Client, method: str, url: str, body: dict[str, Any] | None, attempts: int) -> Any:
    """The JSON that a request is answered with; tried again, with growing pauses, where that may help.

    Raises:
        httpx2.HTTPError: the last try failed, with its status or without an answer.
        ValueError: the answer is no JSON.
    """
    import stamina

    for attempt in stamina.retry_context(on=_may_pass, attempts=attempts, timeout=None, wait_max=20.0):
        with attempt:
            response = client.request(method, url, json=body)
            response.raise_for_status()
            return response.json()
    raise AssertionError("unreachable")


def _may_pass(error: Exception) -> bool:
    """Whether the same request may succeed a little later."""
    import httpx2

    if isinstance(error, httpx2.HTTPStatusError):
        return error.response.status_code in _TRANSIENT
    return isinstance(error, httpx2.TransportError)


def _refused(url: str, response: httpx2.Response) -> str:
    """One sentence on a server that answers with an error."""
    said = " ".join(response.text.split())[:160] or "no reason given"
    todo = "look at the server's log"
    if response.status_code in {401, 403}:
        todo = f"set {KEY_VARIABLES[0]} to a key that it takes"
    elif response.status_code == 404:
        todo = "give the address up to its version, such as http://host:8000/v1"
    elif response.status_code in {400, 413, 422}:
        todo = "its context may be too short for the schema's prompt"
    return f"the model server refuses {url} with {response.status_code} ({said}): {todo}"
