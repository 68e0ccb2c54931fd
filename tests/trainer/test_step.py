"""What surrounds a step: memory that runs out, recomputed layers, held-out pairs, a tokenizer with its own habits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from training_cases import MIXED, SETTINGS, text_pairs

from schemas.errors import ModelError, StageError
from schemas.records import TrainStep
from trainer import memory
from trainer import step as step_module
from trainer.batches import Pair, micro_batches, tokenise
from trainer.checkpoint import OPTIMIZER, load
from trainer.fit import fit
from trainer.step import FitSettings, Stepper


def gradients(stepper: Stepper) -> torch.Tensor:
    """The gradient of one step over MIXED, before Adam takes it."""
    stepper._accumulate(MIXED)
    found = torch.cat([parameter.grad.flatten().clone() for parameter in stepper.model.parameters()])
    stepper.optimizer.zero_grad()
    return found


@pytest.mark.parametrize("form", ["shared", "tree", "padded"])
def test_recomputed_layers_give_the_same_gradient(model: Any, form: Any) -> None:
    """Dropout of the configuration is off also where checkpointing needs the model in training mode."""
    plain = gradients(Stepper(model, SETTINGS.model_copy(update={"form": "padded"})))
    settings = SETTINGS.model_copy(update={"form": form, "gradient_checkpointing": True})
    again = gradients(Stepper(model, settings))
    assert model.training
    assert (again - plain).norm() / plain.norm() < 1e-5


def test_memory_that_runs_out_halves_the_budget_and_the_step_is_the_same(
    llama: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    stepper = Stepper(llama, SETTINGS.model_copy(update={"batch_tokens": 1024}), on_notice=said.append)
    whole = gradients(stepper)
    real, calls = step_module.batch_loss, []

    def short_of_memory(model: Any, batch: Any) -> torch.Tensor:
        calls.append(batch.input_ids.numel())
        if batch.input_ids.numel() > 45:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
        return real(model, batch)

    monkeypatch.setattr(step_module, "batch_loss", short_of_memory)
    monkeypatch.setattr(memory, "LEAST", 8)
    before = [parameter.clone() for parameter in llama.parameters()]
    stepper.step(MIXED, 0.0)
    assert stepper.budget == 32
    assert said == [
        f"memory ran out: going on with {budget} tokens at once" for budget in ("512", "256", "128", "64", "32")
    ]
    assert torch.allclose(gradients(stepper), whole, atol=1e-5)
    assert all(torch.equal(one, two) for one, two in zip(before, llama.parameters(), strict=True))
    monkeypatch.setattr(memory, "LEAST", 64)
    stepper.budget = 64
    with pytest.raises(StageError, match="memory runs out with 64 tokens at once: use a smaller model"):
        stepper.step(MIXED, 0.0)


def test_another_error_is_not_taken_for_memory(llama: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> torch.Tensor:
        raise RuntimeError("shapes differ")

    stepper = Stepper(llama, SETTINGS)
    monkeypatch.setattr(step_module, "batch_loss", broken)
    with pytest.raises(RuntimeError, match="shapes differ"):
        stepper.step(MIXED, 0.0)


def test_little_memory_lowers_the_budget_and_says_so(llama: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(memory, "memory_bytes", lambda _: 20_000_000)
    assert 256 <= Stepper(llama, SETTINGS, on_notice=said.append).budget < SETTINGS.batch_tokens
    assert said[0].endswith("as memory is short")


@given(wanted=st.integers(256, 10**6), size=st.integers(0, 10**12), cost=st.integers(1, 10**7))
def test_the_budget_fits_and_is_never_more_than_wanted(wanted: int, size: int, cost: int) -> None:
    budget = memory.token_budget(wanted, 10**6, size, cost)
    assert memory.LEAST <= budget <= wanted
    assert budget == memory.LEAST or budget * cost <= memory.SHARE * size - 16 * 10**6


def test_capped_attention_is_padded_with_a_word(llama: Any) -> None:
    said: list[str] = []
    llama.config.attn_logit_softcapping = 30.0
    assert Stepper(llama, SETTINGS, on_notice=said.append).form == "padded"
    assert "padded" in said[0]


def test_held_out_loss_is_the_mean_over_pairs(tiny_dir: Path, tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"measure_every": 2})
    apart = text_pairs(30)[24:]
    report = fit(tiny_dir, text_pairs(24), 2.0, settings, tmp_path / "out", held_out=apart)
    assert [look.step for look in report.held_out] == [2, 4, 6]
    model, tokenizer = load(tmp_path / "out")
    pairs, _ = tokenise(apart, tokenizer, 2048)
    single = Stepper(model, SETTINGS)
    losses = [single.held_out_loss([pair]) for pair in pairs]
    weighted = sum(loss * pair.weight for loss, pair in zip(losses, pairs, strict=True))
    assert report.held_out[-1].loss == pytest.approx(weighted / sum(pair.weight for pair in pairs), rel=1e-4)


def test_a_fit_that_no_longer_gets_better_ends_with_its_best_weights(tiny_dir: Path, tmp_path: Path) -> None:
    """Pairs whose answers contradict the held-out ones: the longer it trains, the worse these are."""
    against = [Pair(pair.id, pair.prefix, pair.suffix, "no no no no", 1.0) for pair in text_pairs(64)]
    settings = SETTINGS.model_copy(
        update={"peak_rate": 3e-2, "measure_every": 1, "patience": 2, "profile": "constant", "warmup": 0.0}
    )
    apart = text_pairs(4)
    report = fit(
        tiny_dir, against, 1.0, settings, tmp_path / "out", resume_dir=tmp_path / "state", held_out=apart
    )  # fmt: skip
    looks = [look.loss for look in report.held_out]
    best = min(range(len(looks)), key=looks.__getitem__)
    assert len(report.steps) == best + 3 < 16
    model, tokenizer = load(tmp_path / "out")
    kept = Stepper(model, SETTINGS).held_out_loss(tokenise(apart, tokenizer, 2048)[0])
    assert kept == pytest.approx(looks[best], rel=1e-4)
    assert not (tmp_path / "state").exists()


def test_an_optimizer_of_another_model_is_refused(tiny_dir: Path, tmp_path: Path) -> None:
    carry = SETTINGS.model_copy(update={"carry_optimizer": True})
    fit(tiny_dir, text_pairs(4), 2.0, carry, tmp_path / "one")
    state = torch.load(tmp_path / "one" / OPTIMIZER, weights_only=True)
    for moments in state["state"].values():
        moments["exp_avg"] = moments["exp_avg"].flatten()[:3].clone()
    torch.save(state, tmp_path / "one" / OPTIMIZER)
    with pytest.raises(ModelError, match=r"optimizer\.pt is the optimiser's state of another model: remove it"):
        fit(tmp_path / "one", text_pairs(4), 2.0, carry, tmp_path / "two")


def test_a_loss_that_is_not_finite_keeps_the_last_saved_state(tiny_dir: Path, tmp_path: Path) -> None:
    pairs = text_pairs(16)
    bad = [*pairs[:13], Pair("rotten", pairs[5].prefix, pairs[5].suffix, pairs[5].completion, float("nan"))]
    settings = SETTINGS.model_copy(update={"save_every": 1})
    with pytest.raises(StageError, match="rotten"):
        fit(tiny_dir, bad, 2.0, settings, tmp_path / "out", resume_dir=tmp_path / "state")
    state = torch.load(tmp_path / "state" / "state-000003" / "state.pt", weights_only=True)
    assert all(torch.isfinite(tensor).all() for tensor in state["model"].values())
    seen: list[TrainStep] = []
    with pytest.raises(StageError, match="rotten"):
        fit(tiny_dir, bad, 2.0, settings, tmp_path / "out", seen.append, resume_dir=tmp_path / "state")
    assert seen == []


def test_a_tokenizer_that_merges_over_the_boundary_does_not(tiny_dir: Path) -> None:
    """ "sel" + "ect" is one token; the prefix's ids must not depend on what follows it."""
    _, tokenizer = load(tiny_dir)
    whole = tokenizer.encode("select", add_special_tokens=False)
    assert len(whole) < len(tokenizer.encode("sel", add_special_tokens=False)) + len(
        tokenizer.encode("ect", add_special_tokens=False)
    )
    (one, two), _ = tokenise([Pair("a", "sel", "ect", "select 1"), Pair("b", "sel", "dom", "select 1")], tokenizer, 100)
    assert one.prefix == two.prefix == tuple(tokenizer.encode("sel", add_special_tokens=False))
    assert len(micro_batches([one, two], 1000)) == 1


def test_a_model_without_a_pad_token_trains(tiny_dir: Path, tmp_path: Path) -> None:
    model, tokenizer = load(tiny_dir)
    tokenizer.pad_token = None
    model.save_pretrained(tmp_path / "bare")
    tokenizer.save_pretrained(tmp_path / "bare")
    for form in ("shared", "padded"):
        settings = FitSettings(**{**SETTINGS.model_dump(), "form": form})
        fit(tmp_path / "bare", text_pairs(6), 2.0, settings, tmp_path / form)
    one, two = (load_file(tmp_path / form / "model.safetensors") for form in ("shared", "padded"))
    assert all(torch.allclose(one[name], two[name], atol=1e-4) for name in one)
