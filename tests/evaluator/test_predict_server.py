"""A served model over HTTP: order, retries, keys, and errors that say what to do. The server is a fake."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stamina

from evaluator.predict.server import Endpoint, ServerPredictor
from schemas.catalog import Schema, load_schema
from schemas.errors import ModelError
from schemas.prompt import prompt_parts
from schemas.records import Prediction, Question


class Fake(BaseHTTPRequestHandler):
    """Answers each prompt with its question, after as many failures as the server's `failures` say."""

    server: FakeServer

    def do_GET(self) -> None:
        self._reply(200, {"data": [{"id": "first"}, {"id": "second"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.seen.append((self.headers.get("Authorization", ""), body))
            failure = self.server.failures.pop() if self.server.failures else 0
        if failure:
            self._reply(failure, {"error": {"message": "not now"}})
            return
        question = body["prompt"].rpartition("-- Question: ")[2].partition("\n")[0]
        reason = "length" if "long" in question else "stop"
        choice = {"text": f" SELECT '{question}'\n", "finish_reason": reason}
        self._reply(200, self.server.answer or {"choices": [choice], "usage": {"completion_tokens": 7}})

    def _reply(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class FakeServer(ThreadingHTTPServer):
    """What the fake remembers and how it behaves."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Fake)
        self.lock = threading.Lock()
        self.seen: list[tuple[str, Any]] = []
        self.failures: list[int] = []
        self.answer: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    server = FakeServer()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def schema() -> Schema:
    return load_schema("hotel_group")


@pytest.fixture(autouse=True)
def no_pauses() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4):
        yield


def asked(count: int) -> list[Question]:
    return [
        Question(id=f"q{n}", schema_name="hotel_group", split="dev", text=f"number {n}", golds=("SELECT 1",))
        for n in range(count)
    ]


def answer(fake: FakeServer, schema: Schema, questions: list[Question], model: str = "") -> list[Prediction]:
    predictor = ServerPredictor(Endpoint(fake.url, model), prompt_parts, max_new_tokens=50, concurrency=8)
    try:
        return predictor.predict(schema, questions)
    finally:
        predictor.close()


def test_answers_come_in_order_with_the_schema_first(fake: FakeServer, schema: Schema) -> None:
    done: list[str] = []
    predictor = ServerPredictor(Endpoint(fake.url), prompt_parts, max_new_tokens=50)
    found = predictor.predict(schema, asked(40), on_done=lambda prediction: done.append(prediction.id))
    predictor.close()
    assert [(p.id, p.sql, p.tokens, p.truncated) for p in found] == [
        (f"q{n}", f"SELECT 'number {n}'", 7, False) for n in range(40)
    ]
    assert sorted(done) == sorted(p.id for p in found)
    prefix, _ = prompt_parts(schema, "x")
    assert all(body["prompt"].startswith(prefix) for _, body in fake.seen)
    assert {(body["model"], body["temperature"], body["max_tokens"]) for _, body in fake.seen} == {("first", 0.0, 50)}


def test_a_model_may_be_named_and_a_cut_answer_is_marked(fake: FakeServer, schema: Schema) -> None:
    (found,) = answer(fake, schema, [asked(1)[0].model_copy(update={"text": "a long one"})], "second")
    assert found.truncated
    assert fake.seen[0][1]["model"] == "second"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_fails_for_a_moment_is_tried_again(fake: FakeServer, schema: Schema, status: int) -> None:
    fake.failures = [status, status]
    assert [p.sql for p in answer(fake, schema, asked(3))] == [f"SELECT 'number {n}'" for n in range(3)]
    assert len(fake.seen) == 5


def test_the_key_is_sent(fake: FakeServer, schema: Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQLLOOP_API_KEY", "sesame")
    answer(fake, schema, asked(1))
    assert fake.seen[0][0] == "Bearer sesame"


@pytest.mark.parametrize(
    ("failures", "words"),
    [
        ([503] * 9, r"refuses .*/completions with 503 .*not now.*look at the server's log"),
        ([401], "set SQLLOOP_API_KEY"),
        ([404], "give the address up to its version"),
        ([400], "context may be too short"),
    ],
)
def test_what_fails_for_good_is_one_sentence(fake: FakeServer, schema: Schema, failures: list[int], words: str) -> None:
    fake.failures = failures
    with pytest.raises(ModelError, match=words) as caught:
        answer(fake, schema, asked(1))
    assert "\n" not in str(caught.value)


def test_other_services_and_models_are_refused(fake: FakeServer, schema: Schema) -> None:
    with pytest.raises(ModelError, match="has no model 'third': it has first, second"):
        answer(fake, schema, asked(1), "third")
    fake.answer = {"message": "hello"}
    with pytest.raises(ModelError, match="what is no completion"):
        answer(fake, schema, asked(1))


def test_no_server_is_told_with_its_address() -> None:
    with pytest.raises(ModelError, match=r"http://127\.0\.0\.1:1/v1 does not answer"):
        ServerPredictor(Endpoint("http://127.0.0.1:1/v1"), prompt_parts)


def test_addresses() -> None:
    assert Endpoint.parse("https://box/v1/#m/7b") == Endpoint("https://box/v1", "m/7b")
    with pytest.raises(ModelError, match="is no http address"):
        Endpoint.parse("box:8000")
