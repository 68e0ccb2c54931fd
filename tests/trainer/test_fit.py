from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from training_cases import SETTINGS, text_pairs

from schemas.errors import DataError, StageError
from schemas.records import TrainStep
from trainer.batches import Pair
from trainer.checkpoint import OPTIMIZER, load, write_folder
from trainer.fit import fit, pick_dtype


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def test_every_parameter_changes(tiny_dir: Path, tmp_path: Path) -> None:
    report = fit(tiny_dir, text_pairs(4), 2.0, SETTINGS, tmp_path / "out")
    before, after = weights(tiny_dir), weights(tmp_path / "out")
    assert before.keys() == after.keys()
    assert all(not torch.equal(before[name], after[name]) for name in before)
    assert report.parameters == sum(tensor.numel() for tensor in before.values())
    assert len(report.steps) == 1
    assert not (tmp_path / "out" / OPTIMIZER).exists()


def test_shared_and_padded_train_alike(tiny_dir: Path, tmp_path: Path) -> None:
    pairs = text_pairs(12)
    shared = fit(tiny_dir, pairs, 2.0, SETTINGS, tmp_path / "shared")
    padded = fit(tiny_dir, pairs, 2.0, SETTINGS.model_copy(update={"form": "padded"}), tmp_path / "padded")
    assert [step.loss for step in shared.steps] == pytest.approx([step.loss for step in padded.steps], rel=1e-4)
    assert shared.tokens < padded.tokens


def test_it_learns_and_reports(tiny_dir: Path, tmp_path: Path) -> None:
    seen: list[TrainStep] = []
    eager = SETTINGS.model_copy(update={"peak_rate": 1e-2})
    report = fit(tiny_dir, text_pairs(8) * 6, 2.0, eager, tmp_path / "out", on_step=seen.append)
    assert seen == list(report.steps)
    assert report.examples == 48
    assert report.steps[-1].loss < report.steps[0].loss - 1
    model, tokenizer = load(tmp_path / "out")
    assert model.config.vocab_size == len(tokenizer)


def test_bfloat16_keeps_float32_weights(tiny_dir: Path, tmp_path: Path) -> None:
    fit(tiny_dir, text_pairs(4), 2.0, SETTINGS.model_copy(update={"dtype": "bfloat16"}), tmp_path / "out")
    assert {tensor.dtype for tensor in weights(tmp_path / "out").values()} == {torch.float32}


def test_same_bytes_twice(tiny_dir: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        fit(tiny_dir, text_pairs(12), 2.0, SETTINGS.model_copy(update={"dtype": "auto"}), tmp_path / name)
    one, two = (tmp_path / name / "model.safetensors" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


def test_long_pairs_are_left_out_and_counted(tiny_dir: Path, tmp_path: Path) -> None:
    pairs = [*text_pairs(3), Pair("long", "table t(a)\n", "why " * 200, "SELECT 1")]
    report = fit(tiny_dir, pairs, 2.0, SETTINGS.model_copy(update={"max_tokens": 120}), tmp_path / "out")
    assert (report.examples, report.left_out) == (3, 1)
    with pytest.raises(DataError, match="none of 1 pairs fits 120"):
        fit(tiny_dir, pairs[3:], 2.0, SETTINGS.model_copy(update={"max_tokens": 120}), tmp_path / "none")


def test_loss_that_is_not_a_number_names_the_pairs(tiny_dir: Path, tmp_path: Path) -> None:
    pairs = text_pairs(8)
    bad = [*pairs[:5], Pair("rotten", pairs[5].prefix, pairs[5].suffix, pairs[5].completion, float("nan")), *pairs[6:]]
    with pytest.raises(StageError, match=r"loss is nan .*p4, rotten, p6, p7"):
        fit(tiny_dir, bad, 2.0, SETTINGS, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_optimizer_is_carried(tiny_dir: Path, tmp_path: Path) -> None:
    carry = SETTINGS.model_copy(update={"carry_optimizer": True})
    fit(tiny_dir, text_pairs(8), 2.0, carry, tmp_path / "one")
    state = torch.load(tmp_path / "one" / OPTIMIZER, weights_only=True)
    assert float(state["state"][0]["step"]) == 2
    fit(tmp_path / "one", text_pairs(8), 2.0, carry, tmp_path / "two")
    assert float(torch.load(tmp_path / "two" / OPTIMIZER, weights_only=True)["state"][0]["step"]) == 4
    fit(tmp_path / "one", text_pairs(8), 2.0, SETTINGS, tmp_path / "fresh")
    assert not torch.equal(*(weights(tmp_path / name)["model.norm.weight"] for name in ("two", "fresh")))


KILLED = """
import os, signal, sys
from pathlib import Path
from training_cases import SETTINGS, text_pairs
from trainer.fit import fit
model, out, state = map(Path, sys.argv[1:4])
def on_step(step):
    if step.step == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
settings = SETTINGS.model_copy(update={"save_every": 2, "dtype": "auto"})
fit(model, text_pairs(24), 2.0, settings, out, on_step, resume_dir=state)
"""


@pytest.mark.parametrize(("moment", "state"), [(1, []), (2, ["state-000002"]), (4, ["state-000004"])])
def test_killed_fit_ends_with_the_same_bytes(tiny_dir: Path, tmp_path: Path, moment: int, state: list[str]) -> None:
    settings = SETTINGS.model_copy(update={"save_every": 2, "dtype": "auto"})
    whole = fit(tiny_dir, text_pairs(24), 2.0, settings, tmp_path / "whole", resume_dir=tmp_path / "none")
    command = [
        sys.executable,
        "-c",
        textwrap.dedent(KILLED),
        tiny_dir,
        tmp_path / "out",
        tmp_path / "state",
        str(moment),
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    killed = subprocess.run(command, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [path.name for path in (tmp_path / "state").glob("*")] == state
    assert not (tmp_path / "out").exists()
    anew: list[TrainStep] = []
    report = fit(tiny_dir, text_pairs(24), 2.0, settings, tmp_path / "out", anew.append, resume_dir=tmp_path / "state")
    assert [step.step for step in anew] == list(range(moment - moment % 2, 6))
    assert (report.steps, report.tokens) == (whole.steps, whole.tokens)
    for name in ("whole", "out"):
        assert (tmp_path / name / "model.safetensors").is_file()
    assert (tmp_path / "whole/model.safetensors").read_bytes() == (tmp_path / "out/model.safetensors").read_bytes()
    assert not (tmp_path / "state").exists()


def test_a_fit_that_is_asked_to_leave_keeps_the_step_it_has_just_made(tiny_dir: Path, tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"save_every": 25})
    whole = fit(tiny_dir, text_pairs(24), 2.0, settings, tmp_path / "whole")
    last = len(whole.steps) - 2

    def leave(step: TrainStep) -> None:
        if step.step == last:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(tiny_dir, text_pairs(24), 2.0, settings, tmp_path / "out", leave, resume_dir=tmp_path / "state")
    anew: list[TrainStep] = []
    fit(tiny_dir, text_pairs(24), 2.0, settings, tmp_path / "out", anew.append, resume_dir=tmp_path / "state")
    assert [step.step for step in anew] == [last + 1]
    assert (tmp_path / "whole/model.safetensors").read_bytes() == (tmp_path / "out/model.safetensors").read_bytes()


def test_a_state_of_another_fit_is_passed_over(tiny_dir: Path, tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"save_every": 1})

    def stop(step: TrainStep) -> None:
        if step.step == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(tiny_dir, text_pairs(16), 2.0, settings, tmp_path / "out", stop, resume_dir=tmp_path / "state")
    anew: list[TrainStep] = []
    fit(tiny_dir, text_pairs(12), 2.0, settings, tmp_path / "out", anew.append, resume_dir=tmp_path / "state")
    assert [step.step for step in anew] == [0, 1, 2]


def test_write_folder_replaces_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "a"
    write_folder(target, lambda folder: (folder / "x").touch())

    def fail(folder: Path) -> None:
        (folder / "y").touch()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_folder(target, fail)
    assert [path.name for path in target.iterdir()] == ["x"]
    write_folder(target, lambda folder: (folder / "z").touch())
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert [path.name for path in target.iterdir()] == ["z"]


def test_pick_dtype() -> None:
    assert pick_dtype("float32") == torch.float32
    assert pick_dtype("bfloat16") == torch.bfloat16
    assert pick_dtype("auto") in {torch.float32, torch.bfloat16}
