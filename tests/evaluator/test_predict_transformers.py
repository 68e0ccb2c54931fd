from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import torch

from evaluator.predict import transformers as predictor_module
from evaluator.predict.transformers import TransformersPredictor
from schemas.catalog import Schema
from schemas.errors import ModelError
from schemas.records import Prediction, Question

END, PAD = 0, 1
SCHEMA_TEXT = "table stay(id, guest, room)\n" * 6


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model whose answers are lively, and a byte-level tokenizer; the trainer is not asked."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate(["<end>", "<pad>", *alphabet])}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.35,
        bos_token_id=None,
        eos_token_id=END,
        pad_token_id=PAD,
    )
    folder = tmp_path_factory.mktemp("model")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        LlamaForCausalLM(config).save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<end>", pad_token="<pad>").save_pretrained(folder)
    return folder


def make_predictor(model_dir: Path, **settings: Any) -> TransformersPredictor:
    chosen = {"max_new_tokens": 24, "batch_size": 5, "dtype": "float32", "threads": 2} | settings
    return TransformersPredictor(model_dir, lambda _, text: (SCHEMA_TEXT, text), **chosen)


def make_questions(count: int) -> list[Question]:
    texts = [f"how many {'very ' * (number % 5)}long stays in room {number * 7}?\n" for number in range(count)]
    return [
        Question(id=f"q{number}", schema_name="s", split="dev", text=text, golds=("SELECT 1",))
        for number, text in enumerate(texts)
    ]


SCHEMA = cast("Schema", None)  # the prompt of these tests ignores it


def plain_greedy(model_dir: Path, questions: list[Question], ends: list[int], new_tokens: int) -> list[list[int]]:
    """Token ids by transformers' own generate, one question at a time, the end token included."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(model_dir)
    answers = []
    for question in questions:
        ids = tokenizer.encode(SCHEMA_TEXT) + tokenizer.encode(question.text)
        out = model.generate(
            input_ids=torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            max_new_tokens=new_tokens,
            do_sample=False,
            eos_token_id=ends,
            pad_token_id=PAD,
        )
        answers.append(out[0, len(ids) :].tolist())
    return answers


def record_tokens(predictor: TransformersPredictor, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    tokens: dict[str, list[int]] = {}
    original = predictor._prediction

    def keep(question_id: str, ids: list[int]) -> Prediction:
        tokens[question_id] = list(ids)
        return original(question_id, ids)

    monkeypatch.setattr(predictor, "_prediction", keep)
    return tokens


@pytest.mark.parametrize("batch_size", [1, 5, 64])
def test_ids_equal_plain_greedy(model_dir: Path, batch_size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With several end tokens that this random model does emit, so that rows leave at different times."""
    questions = make_questions(23)
    free = plain_greedy(model_dir, questions, [END], 24)
    common = {answer[place] for answer, place in zip(free, [3, 9, 15, 20] * 6, strict=False) if len(answer) > place}
    ends = sorted({END, *sorted(common)[:4]})
    expected = plain_greedy(model_dir, questions, ends, 24)
    assert len({len(answer) for answer in expected}) > 3
    predictor = make_predictor(model_dir, batch_size=batch_size)
    monkeypatch.setattr(predictor, "_ends", frozenset(ends))
    tokens = record_tokens(predictor, monkeypatch)
    done: list[Prediction] = []
    answers = predictor.predict(SCHEMA, questions, done.append)
    assert [tokens[question.id] for question in questions] == expected
    assert [answer.id for answer in answers] == [question.id for question in questions]
    assert sorted(done, key=lambda answer: answer.id) == sorted(answers, key=lambda answer: answer.id)
    assert [answer.tokens for answer in answers] == [len(answer) for answer in expected]
    assert [answer.truncated for answer in answers] == [answer[-1] not in ends for answer in expected]
    assert {answer.truncated for answer in answers} == {True, False}


def test_a_schema_that_is_shortened_has_several_prefixes(model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions whose prompts begin otherwise are answered apart, each as if it stood alone."""
    questions = make_questions(9)
    texts = {question.text: SCHEMA_TEXT[: 28 * (1 + number % 3)] for number, question in enumerate(questions)}
    predictor = make_predictor(model_dir)
    monkeypatch.setattr(predictor, "_prompt", lambda _, text: (texts[text], text))
    together = predictor.predict(SCHEMA, questions)
    assert together == [predictor.predict(SCHEMA, [question])[0] for question in questions]


def test_samples_are_drawn_from_the_models_own_shares(model_dir: Path) -> None:
    predictor = make_predictor(model_dir, max_new_tokens=1, batch_size=64)
    question = make_questions(1)[0]
    (drawn,) = predictor.sample(SCHEMA, [question], 600, 1.5, seed=3)
    logits = first_logits(predictor, question.text) / 1.5
    shares = torch.softmax(logits, -1)
    best = int(shares.argmax())
    text = predictor._tokenizer.decode([best], skip_special_tokens=True)
    seen = sum(answer.sql == text for answer in drawn) / 600
    assert abs(seen - float(shares[best])) < 4 * (float(shares[best]) * (1 - float(shares[best])) / 600) ** 0.5
    assert len({answer.sql for answer in drawn}) > 5


def first_logits(predictor: TransformersPredictor, text: str) -> torch.Tensor:
    """Logits of the first token of an answer, by the model's plain forward pass."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(predictor._model.config._name_or_path, dtype=torch.float32)
    ids = predictor._tokenizer.encode(SCHEMA_TEXT) + predictor._tokenizer.encode(text)
    with torch.no_grad():
        return cast("torch.Tensor", model(input_ids=torch.tensor([ids])).logits[0, -1])


def test_samples_depend_on_seed_and_question_only(model_dir: Path) -> None:
    predictor = make_predictor(model_dir, batch_size=3)
    questions = make_questions(4)
    first = predictor.sample(SCHEMA, questions, 3, 0.8, seed=1)
    assert [len(answers) for answers in first] == [3] * 4
    assert predictor.sample(SCHEMA, questions[2:], 3, 0.8, seed=1) == first[2:]
    assert predictor.sample(SCHEMA, questions, 3, 0.8, seed=2) != first
    cold = predictor.sample(SCHEMA, questions, 2, 1e-4)
    greedy = predictor.predict(SCHEMA, questions)
    assert cold == [[answer, answer] for answer in greedy]
    assert predictor.predict(SCHEMA, []) == []


def test_text_is_without_the_end_token(model_dir: Path) -> None:
    predictor = make_predictor(model_dir)
    letters = [predictor._tokenizer.convert_tokens_to_ids(letter) for letter in "ok"]
    ended = predictor._prediction("q", [*letters, END])
    assert (ended.sql, ended.truncated, ended.tokens) == ("ok", False, 3)
    cut = predictor._prediction("q", letters)
    assert (cut.sql, cut.truncated, cut.tokens) == ("ok", True, 2)


def test_the_same_list_gives_the_same_answers_twice(model_dir: Path) -> None:
    predictor = make_predictor(model_dir, dtype="auto")
    assert predictor.predict(SCHEMA, make_questions(9)) == predictor.predict(SCHEMA, make_questions(9))
    assert predictor.predict(SCHEMA, []) == []
    predictor.close()


def test_a_prompt_too_long_is_answered_by_nothing(model_dir: Path) -> None:
    questions = [*make_questions(2), Question(id="long", schema_name="s", split="dev", text="x" * 400, golds=("S",))]
    answers = make_predictor(model_dir).predict(SCHEMA, questions)
    assert answers[2] == Prediction(id="long", sql="", truncated=True, tokens=0)
    assert all(answer.tokens for answer in answers[:2])


def test_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=str(tmp_path)):
        make_predictor(tmp_path)


def test_auto_dtype_is_the_trainers() -> None:
    from trainer.fit import pick_dtype

    assert predictor_module._pick_dtype("auto") == pick_dtype("auto")
