"""The control arms' training beside plain transformers code, on the tiny model; and what arms do to data."""

from __future__ import annotations

import random
from collections import Counter
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from sqlglot.dialects.postgres import Postgres

from generators.canonical import canonical
from generators.curriculum import STAGE_SHARES, Request, draw_examples
from generators.paraphrase import tidy
from generators.view import View
from loop.ablation import controls
from loop.ablation.arms import ARMS, configured
from loop.ablation.controls import CONTROLS, Packed, PromptLoss, projections, trainer_of, windows
from loop.ablation.data import arrangement, pretty
from loop.config import resolve
from schemas.catalog import load_schema, select_schemas
from schemas.records import Example, TrainingSet
from trainer.base import resolve_model
from trainer.batches import Pair, TokenPair
from trainer.checkpoint import load
from trainer.fit import FitSettings

SETTINGS = FitSettings(peak_rate=1e-2, batch_size=4, dtype="float32", threads=2, carry_optimizer=True)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return resolve_model("tiny", tmp_path_factory.mktemp("models"))


def token_pairs(vocabulary: int) -> list[TokenPair]:
    """Three prefixes, two of them shared, one pair alone, one without a prefix of more than a token."""
    rng = random.Random(1)

    def draw(count: int) -> tuple[int, ...]:
        return tuple(rng.randrange(3, vocabulary) for _ in range(count))

    prefixes = {"a": draw(19), "b": draw(7), "c": draw(1)}
    sizes = [("a", 5, 6), ("b", 3, 2), ("a", 1, 9), ("c", 4, 1), ("b", 6, 5), ("a", 2, 3)]
    return [
        TokenPair(f"p{n}", prefixes[name], draw(suffix), draw(completion), 1.0 + n % 3)
        for n, (name, suffix, completion) in enumerate(sizes)
    ]


def nats(model: Any, ids: tuple[int, ...]) -> torch.Tensor:
    """Loss of every token but the first, by the model's own forward pass: (tokens - 1)."""
    logits = model(torch.tensor([ids])).logits[0, :-1]
    return torch.nn.functional.cross_entropy(logits.float(), torch.tensor(ids[1:]), reduction="none")


def gradient(model: Any) -> torch.Tensor:
    found = torch.cat([weight.grad.flatten().clone() for weight in model.parameters() if weight.grad is not None])
    model.zero_grad()
    return found


def close(one: torch.Tensor, other: torch.Tensor) -> bool:
    return bool((one - other).norm() / other.norm() < 1e-5)


@pytest.mark.parametrize("form", ["shared", "tree", "padded"])
@pytest.mark.parametrize("budget", [8192, 64])
def test_prompt_loss_is_the_mean_over_all_tokens_but_the_first(tiny: Path, form: Any, budget: int) -> None:
    model, _ = load(tiny)
    pairs = token_pairs(model.config.vocab_size)
    mean = sum(pair.weight for pair in pairs) / len(pairs)
    plain = sum(
        pair.weight * nats(model, (*pair.prefix, *pair.suffix, *pair.completion)).mean() for pair in pairs
    ) / (len(pairs) * mean)  # fmt: skip
    plain.backward()
    expected = gradient(model)
    stepper = PromptLoss(model, SETTINGS.model_copy(update={"form": form}), mean)
    stepper.budget = budget
    loss, _ = stepper._accumulate(pairs)
    assert loss == pytest.approx(plain.item(), rel=1e-5)
    assert close(gradient(model), expected)


def test_packed_is_a_plain_forward_pass_over_the_pairs_in_a_row(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = load(tiny)
    pairs = token_pairs(model.config.vocab_size)
    monkeypatch.setattr(controls, "WINDOW", 60)
    packed = windows(pairs, 60)
    assert [[pair.id for pair in window] for window in packed] == [["p0", "p1"], ["p2", "p3", "p4"], ["p5"]]
    plain = torch.zeros(())
    for window in packed:
        losses = nats(model, tuple(token for p in window for token in (*p.prefix, *p.suffix, *p.completion)))
        end = 0
        for pair in window:
            end += len(pair)
            plain = plain + pair.weight * losses[end - 1 - len(pair.completion) : end - 1].mean()
    (plain / len(pairs)).backward()
    expected = gradient(model)
    loss, used = Packed(model, SETTINGS)._accumulate(pairs)
    assert loss == pytest.approx(plain.item() / len(pairs), rel=1e-5)
    assert used == sum(map(len, pairs))
    assert close(gradient(model), expected)


def test_packed_pairs_see_those_before_them(tiny: Path) -> None:
    """What sqlloop never does: another pair in the window changes a pair's gradient."""
    model, _ = load(tiny)
    pairs = token_pairs(model.config.vocab_size)
    stepper = Packed(model, SETTINGS)
    together, _ = stepper._accumulate(pairs[:2])
    apart = [stepper._accumulate([pair])[0] for pair in pairs[:2]]
    assert abs(together - sum(apart) / 2) > 1e-4


def text_pairs(count: int) -> list[Pair]:
    return [
        Pair(f"p{n}", f"table t{n % 2}(a, b)\n" * 3, f"question {n}\n", f"SELECT {n} FROM t", 1.0 + n % 3)
        for n in range(count)
    ]


def test_attention_only_leaves_every_other_weight_as_it_was(tiny: Path, tmp_path: Path) -> None:
    """Also in a second training that goes on with Adam's state."""
    before, (model, _) = load_file(tiny / "model.safetensors"), load(tiny)
    attention = {id(weight) for layer in projections(model) for weight in layer.parameters()}
    trained = {name for name, weight in model.named_parameters() if id(weight) in attention}
    assert trained
    fit = trainer_of("attention-only")
    report = fit(tiny, text_pairs(12), 2.0, SETTINGS, tmp_path / "one")
    fit(tmp_path / "one", text_pairs(12), 2.0, SETTINGS, tmp_path / "two")
    assert report.parameters == sum(before[name].numel() for name in trained)
    for name in ("one", "two"):
        after = load_file(tmp_path / name / "model.safetensors")
        assert {key for key in before if not torch.equal(before[key], after[key])} == trained


@pytest.mark.parametrize("name", CONTROLS)
def test_a_control_that_was_cut_off_ends_with_the_same_bytes(tiny: Path, tmp_path: Path, name: str) -> None:
    fit, settings = trainer_of(name), SETTINGS.model_copy(update={"save_every": 2})
    whole = fit(tiny, text_pairs(20), 2.0, settings, tmp_path / "whole")

    def leave(step: Any) -> None:
        if step.step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(tiny, text_pairs(20), 2.0, settings, tmp_path / "cut", leave, resume_dir=tmp_path / "resume")
    again = fit(tiny, text_pairs(20), 2.0, settings, tmp_path / "cut", resume_dir=tmp_path / "resume")
    assert [step.loss for step in again.steps] == [step.loss for step in whole.steps]
    one, other = ((tmp_path / side / "model.safetensors").read_bytes() for side in ("whole", "cut"))
    assert one == other


def examples() -> TrainingSet:
    found = [
        Example(id=f"{n}", schema_name=f"s{n % 3}", question="", sql="SELECT a FROM t WHERE b = 1", source="train",
                stage=1 + n // 20, weight=1.0 + n % 2)
        for n in range(100)
    ]  # fmt: skip
    return TrainingSet(examples=tuple(found), mean_weight=1.5)


def arranged(name: str) -> TrainingSet:
    arrange = arrangement(ARMS[name], configured(ARMS[name], resolve("smoke", {}), 1))
    assert arrange is not None
    return arrange(examples())


def test_unstaged_data_are_the_same_pairs_with_no_order_but_blocks() -> None:
    found = arranged("unstaged").examples
    assert Counter(item.id for item in found) == Counter(item.id for item in examples().examples)
    halves = [sum(item.stage for item in part) / len(part) for part in (found[:50], found[50:])]
    assert abs(halves[0] - halves[1]) < 0.7  # in order they would be 2.5 apart
    assert sum(a.schema_name != b.schema_name for a, b in pairwise(found)) < 20


def test_flat_weights_and_a_fifth_of_the_blocks() -> None:
    assert {item.weight for item in arranged("flat-weights").examples} == {1.0}
    assert arranged("flat-weights").mean_weight == 1.0
    short = arranged("default-short")
    assert [item.id for item in short.examples[:5]] == ["0", "1", "2", "3", "20"]  # blocks of 4, one in five
    assert len(short.examples) == 20
    assert arranged("packed").examples == short.examples


def test_original_whitespace_changes_white_space_alone() -> None:
    laid, total = 0, 0
    for schema in select_schemas("original"):
        for question in schema.split("train")[:12]:
            sql = canonical(question.golds[0])
            text = pretty(sql)
            words = [[token.text for token in Postgres().tokenize(item)] for item in (sql, text)]
            assert words[0] == words[1]
            laid, total = laid + ("\n" in text), total + 1
    assert laid / total > 0.95
    assert all("\n" in item.sql for item in arranged("original-whitespace").examples)


def test_plain_wording_asks_for_the_same_sql_in_the_patterns_words() -> None:
    schema = load_schema("hotel_group")
    both = [
        list(islice(draw_examples(View.of(schema, 1, plain=plain), Request(STAGE_SHARES[5]), 1, "plain"), 60))
        for plain in (False, True)
    ]
    assert [item.sql for item in both[0]] == [item.sql for item in both[1]]
    assert all(item.question == tidy(item.question) for item in both[1])
    assert sum(a.question != b.question for a, b in zip(*both, strict=True)) > 15
