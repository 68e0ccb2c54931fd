"""The other side of vLLM's pipe, played by a fake: order, long prompts, deaths, refusals. vLLM itself: tests/vllm."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

import psutil
import pytest

from evaluator.predict.vllm import VllmPredictor, VllmSettings, has_vllm
from schemas.catalog import Schema
from schemas.errors import ModelError, StageError
from schemas.records import Prediction, Question
from trainer.base import resolve_model

SCHEMA = cast("Schema", None)  # the prompt of these tests ignores it


def python(folder: Path, way: str = "") -> str:
    """A "Python" that runs the fake instead of the worker it is given."""
    path = folder / "python"
    fake = Path(__file__).with_name("fake_vllm.py")
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{fake}" "$@" {way}\n')
    path.chmod(0o755)
    return str(path)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return resolve_model("tiny", tmp_path_factory.mktemp("models"))


def predictor(model: Path, folder: Path, way: str = "") -> VllmPredictor:
    settings = VllmSettings(python(folder, way), "float32")
    return VllmPredictor(model, lambda _, text: ("table stay(id)\n", text), 24, settings)


def questions(*texts: str) -> list[Question]:
    return [
        Question(id=f"q{n}", schema_name="s", split="dev", text=text, golds=("SELECT 1",))
        for n, text in enumerate(texts)
    ]


def test_answers_come_in_the_questions_order(tiny: Path, tmp_path: Path) -> None:
    made = predictor(tiny, tmp_path)
    process = psutil.Process(made._process.pid)
    done: list[Prediction] = []
    try:
        answers = made.predict(SCHEMA, questions("how many?", "a long one" * 4000, "none"), done.append)
        assert [answer.id for answer in answers] == ["q0", "q1", "q2"]
        assert [answer.sql for answer in answers] == ["any?", "", "none"]  # the last three tokens
        assert [answer.truncated for answer in answers] == [False, True, False]
        assert [answer.id for answer in done] == ["q1", "q2", "q0"]  # as each is ready
        (drawn,) = made.sample(SCHEMA, questions("how many?"), 3, 0.7)
        assert [answer.id for answer in drawn] == ["q0"] * 3
        assert made.predict(SCHEMA, []) == []
    finally:
        made.close()
    assert not process.is_running()


def test_a_vllm_that_ends_says_its_last_words(tiny: Path, tmp_path: Path) -> None:
    made = predictor(tiny, tmp_path, "dies")
    try:
        with pytest.raises(StageError, match=r"^vLLM ended: RuntimeError: out of paper; the same command goes on"):
            made.predict(SCHEMA, questions("how many?"))
        with pytest.raises(StageError, match="vLLM ended"):  # and once more, instead of waiting
            made.predict(SCHEMA, questions("how many?"))
    finally:
        made.close()


def test_what_vllm_cannot_load_is_a_sentence(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no such architecture\): use --predictor transformers"):
        predictor(tiny, tmp_path, "refuses")
    with pytest.raises(ModelError, match=r"nowhere/python cannot be started \(No such file"):
        VllmPredictor(tiny, lambda _, text: ("", text), 24, VllmSettings("nowhere/python"))
    assert not has_vllm("nowhere/python")


@pytest.mark.skipif(has_vllm(), reason="vLLM is here")
def test_a_python_without_vllm_is_refused(tiny: Path) -> None:
    """The real worker, in this Python."""
    with pytest.raises(ModelError, match=r"has no vLLM that can be used .*pip install -e '.\[vllm\]'"):
        VllmPredictor(tiny, lambda _, text: ("", text), 24)


def test_auto_is_settled_when_a_run_begins(tmp_path: Path) -> None:
    from loop.config import load_preset, validate
    from loop.serving import settled
    from loop.session import Session
    from schemas.errors import ConfigError

    config = validate({**load_preset("smoke"), "predictor": "auto"}, "test")
    assert settled(config).predictor in {"transformers", "vllm"}
    named = config.model_copy(update={"vllm_python": python(tmp_path)})
    assert settled(named).predictor == "vllm"
    lacking = config.model_copy(update={"predictor": "vllm", "vllm_python": "nowhere/python"})
    with pytest.raises(ConfigError, match="nowhere/python has no vLLM: pip install"):
        Session(lacking, None).check()
