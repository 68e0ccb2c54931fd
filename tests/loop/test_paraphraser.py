"""A served paraphraser (a fake): order, cache, retries, errors; and what the guard takes of its answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import stamina

from generators.asked_paraphrase import asked_paraphrases
from generators.gate import Sealed
from loop.paraphraser import ServedParaphraser
from schemas.errors import ModelError, UsageError
from schemas.records import Example, Question


class Fake(BaseHTTPRequestHandler):
    """Answers with the question and a word before it, after as many failures as `failures` say."""

    server: FakeServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.seen.append(body)
            failure = self.server.failures.pop() if self.server.failures else 0
        content = f'"Please: {body["messages"][1]["content"]}"'
        answer = self.server.answer or {"choices": [{"message": {"content": content}}]}
        text = json.dumps({"error": "not now"} if failure else answer).encode()
        self.send_response(failure or 200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


class FakeServer(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Fake)
        self.lock, self.seen, self.failures = threading.Lock(), list[dict[str, Any]](), list[int]()
        self.answer: Any = None

    @property
    def address(self) -> str:
        return f"server:http://127.0.0.1:{self.server_port}/v1#small"


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    server = FakeServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with stamina.set_testing(True, attempts=3):
        yield server
    server.shutdown()
    server.server_close()


def test_answers_come_in_order_and_once(fake: FakeServer, tmp_path: Path) -> None:
    questions = [f"Question {n}?" for n in range(40)] + ["Question 3?"]
    cache = tmp_path / "new" / "cache.sqlite"
    asker = ServedParaphraser(fake.address, cache)
    assert asker(questions) == [f"Please: {text}" for text in questions]
    assert len(fake.seen) == 40
    assert {body["model"] for body in fake.seen} == {"small"}
    asker.close()
    again = ServedParaphraser(fake.address, cache)
    assert again(questions[:5]) == [f"Please: {text}" for text in questions[:5]]
    assert len(fake.seen) == 40
    other = ServedParaphraser(fake.address.replace("small", "large"), cache)
    other(questions[:1])
    assert len(fake.seen) == 41
    again.close()
    other.close()


def test_a_moment_of_failure_is_waited_out(fake: FakeServer, tmp_path: Path) -> None:
    fake.failures = [503, 429]
    asker = ServedParaphraser(fake.address, tmp_path / "cache")
    assert asker(["One?"]) == ["Please: One?"]
    assert len(fake.seen) == 3
    asker.close()


@pytest.mark.parametrize(
    ("failures", "answer", "said"),
    [([404], None, "refuses .* with 404"), ([500] * 9, None, "with 500"), ([], {"text": 1}, "no chat completion")],
)
def test_what_fails_for_good_is_one_sentence(
    fake: FakeServer, tmp_path: Path, failures: list[int], answer: Any, said: str
) -> None:
    fake.failures, fake.answer = failures, answer
    asker = ServedParaphraser(fake.address, tmp_path / "cache")
    with pytest.raises(ModelError, match=said):
        asker(["One?"])
    asker.close()


def test_addresses(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown paraphraser"):
        ServedParaphraser("openai", tmp_path / "cache")
    with pytest.raises(ModelError, match="no http address"):
        ServedParaphraser("server:box", tmp_path / "cache")


def test_only_what_keeps_the_meaning_is_taken() -> None:
    texts = ["Stays over 5 nights", "Stays by Ann", "Guests per hotel", "Rooms of hotel 7", "Rates by kind", "Hotels"]
    examples = [
        Example(id=str(n), schema_name="s", question=text, sql="SELECT 1", source="curriculum")
        for n, text in enumerate(texts)
    ]
    sealed = Sealed.of([Question(id="q", schema_name="s", split="test", text="Say: rates for each kind!", golds=("",))])
    answers = [
        "stays above 5 nights",
        "stays by Bob",
        "",
        "Rooms of hotel 7 " * 9,
        "say: rates for each kind",
        "guests per hotel",
    ]
    made, counts = asked_paraphrases(examples, lambda _: answers, sealed)
    assert [item.question for item in made] == ["Stays above 5 nights", *texts[1:]]
    assert counts == {"taken": 1, "changes the meaning": 2, "no answer": 1, "too long": 1, "leaks": 1}
