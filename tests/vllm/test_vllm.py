"""vLLM really run, prediction and server, against the transformers predictor: `make test-vllm`.

Skipped unless SQLLOOP_VLLM_PYTHON names a Python that has it. In float32 the same ids are expected; sums in another
order may turn a near tie, so one answer in ten may part from ours, and then not at its first token.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluator.predict.server import Endpoint, ServerPredictor
from evaluator.predict.transformers import TransformersPredictor
from evaluator.predict.vllm import VllmPredictor, VllmSettings
from schemas.catalog import load_schema
from schemas.home import home
from schemas.prompt import prompt_parts
from schemas.records import Prediction, Question
from trainer.base import resolve_model

PYTHON = os.environ.get("SQLLOOP_VLLM_PYTHON", "")
ROOT = Path(__file__).parents[2]
COUNT = 20
TOKENS = 40

pytestmark = pytest.mark.skipif(not PYTHON, reason="SQLLOOP_VLLM_PYTHON names no Python that has vLLM")


@pytest.fixture(scope="module")
def model() -> Path:
    return resolve_model("smollm2-135m", home() / "models")


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    return list(load_schema("hotel_group").split("dev"))[:COUNT]


@pytest.fixture(scope="module")
def ours(model: Path, questions: list[Question]) -> list[Prediction]:
    predictor = TransformersPredictor(model, prompt_parts, TOKENS, 16, "float32")
    return predictor.predict(load_schema("hotel_group"), questions)


def assert_alike(theirs: list[Prediction], ours: list[Prediction]) -> None:
    assert [answer.id for answer in theirs] == [answer.id for answer in ours]
    parted = [(a.sql, b.sql) for a, b in zip(theirs, ours, strict=True) if a.sql.strip() != b.sql.strip()]
    assert len(parted) <= len(ours) // 10, parted
    assert all(a.strip()[:4] == b.strip()[:4] for a, b in parted)


def test_prediction(model: Path, questions: list[Question], ours: list[Prediction]) -> None:
    schema = load_schema("hotel_group")
    for caching in (True, False):
        settings = VllmSettings(PYTHON, "float32", 16, prefix_caching=caching)
        predictor = VllmPredictor(model, prompt_parts, TOKENS, settings)
        done: list[Prediction] = []
        try:
            theirs = predictor.predict(schema, questions, done.append)
            drawn = predictor.sample(schema, questions[:2], 3, 0.8, seed=1)
            again = predictor.sample(schema, questions[:2], 3, 0.8, seed=1)
        finally:
            predictor.close()
        assert_alike(theirs, ours)
        assert [(a.truncated, a.tokens) for a in theirs if a in ours] == [
            (a.truncated, a.tokens) for a in ours if a in theirs
        ]
        assert sorted(answer.id for answer in done) == sorted(question.id for question in questions)
        assert [[answer.id for answer in answers] for answers in drawn] == [[q.id] * 3 for q in questions[:2]]
        assert drawn == again
        assert len({answer.sql for answers in drawn for answer in answers}) > 2


@pytest.fixture(scope="module")
def address(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (tmp_path_factory.mktemp("server") / "log.txt").open("w+")
    command = [PYTHON, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--dtype", "float32", "--max-model-len", "2048", "--served-model-name", "smol"]
    environment = {**os.environ, "VLLM_CPU_KVCACHE_SPACE": "2", "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=log.name.rpartition("/")[0])
    try:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(1)
        else:
            log.seek(0)
            pytest.fail(f"vLLM's server does not come up: {log.read()[-3000:]}")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(60)
        log.close()


def test_server(address: str, questions: list[Question], ours: list[Prediction]) -> None:
    predictor = ServerPredictor(Endpoint.parse(f"{address}#smol"), prompt_parts, TOKENS, concurrency=16)
    try:
        assert_alike(predictor.predict(load_schema("hotel_group"), questions), ours)
    finally:
        predictor.close()


def test_a_round_with_vllm(tmp_path: Path) -> None:
    """A run whose model vLLM asks, in its own Python, between trainings in this one."""
    command = [sys.executable, "-m", "loop", "run", "--preset", "smoke", "--model", "smollm2-135m", "--rounds", "0"]
    command += ["--predictor", "auto", "--vllm-python", PYTHON, "--runs-dir", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=900, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert 'predictor = "vllm"' in (tmp_path / "default" / "config.toml").read_text()
    assert "✓ predict" in done.stdout
