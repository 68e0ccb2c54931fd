"""Several processes on gloo against one: the same losses, weights and Adam's state; killed, and gone on with.

Tolerances: ranks sum what one process sums in another order. Losses agree to 1e-6 of themselves; weights to 5e-6, or
half a percent of a step of Adam at the rate of these tests (seen: 5e-7).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from training_cases import MIXED, SETTINGS, text_pairs

from schemas.errors import StageError
from schemas.records import TrainReport
from trainer import step as step_module
from trainer.batches import TokenPair, ghost, micro_batches, padded_batch, shared_batch, steps, tokenise
from trainer.checkpoint import OPTIMIZER, load
from trainer.fit import fit
from trainer.loss import batch_loss
from trainer.ranks import share_out
from trainer.step import Stepper

ROOT = Path(__file__).parents[2]
PAIRS = 26
USUAL = {
    "batch_size": 5, "batch_tokens": 60, "save_every": 2, "carry_optimizer": True, "measure_every": 3, "threads": 1,
}  # fmt: skip
"""What these make of a step is in `test_the_cases_are_what_they_should_be`."""


def computed(pairs: list[TokenPair]) -> int:
    return shared_batch(pairs).input_ids.numel() if pairs else 0


@given(
    members=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30), st.integers(1, 20)), min_size=1, max_size=40),
    commons=st.lists(st.integers(1, 200), min_size=5, max_size=5),
    ranks=st.integers(1, 9),
)
def test_shares_hold_every_pair_once_and_cut_only_what_is_too_much(
    members: list[tuple[int, int, int]], commons: list[int], ranks: int
) -> None:
    step = [
        TokenPair(f"p{place}", (which,) * commons[which], (9,) * suffix, (8,) * completion, 1.0)
        for place, (which, suffix, completion) in enumerate(members)
    ]
    step.append(step[0])  # a pair may occur twice
    shares = share_out(step, ranks)
    assert len(shares) == ranks
    assert Counter(pair.id for share in shares for pair in share) == Counter(pair.id for pair in step)
    assert share_out(step, ranks) == shares
    fair = computed(step) / ranks
    for prefix in {pair.prefix for pair in step}:
        group = [pair for pair in step if pair.prefix == prefix]
        holders = sum(any(pair.prefix == prefix for pair in share) for share in shares)
        assert holders == 1 or computed(group) > fair
    # Greedy: nobody carries more than a fair share, the repeated prefixes, and one part beyond it.
    total = sum(computed(share) for share in shares)
    largest = max(max(computed([pair]) for pair in step), 2 * fair)
    assert max(computed(share) for share in shares) <= total / ranks + largest


@pytest.mark.parametrize("form", ["shared", "padded"])
def test_a_ghost_weighs_nothing_but_reaches_every_parameter(llama: Any, form: str) -> None:
    pair = ghost(MIXED[0])
    batch = shared_batch([pair]) if form == "shared" else padded_batch([pair], 0)
    llama.set_attn_implementation("sqlloop_shared_prefix" if form == "shared" else "eager")
    loss = batch_loss(llama, batch)
    loss.backward()
    assert loss.item() == 0.0
    assert all(not parameter.grad.any() for parameter in llama.parameters())


def test_memory_that_runs_out_with_several_ranks_is_an_error_that_says_what_to_set(
    llama: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short_of_memory(*_: Any) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    stepper = Stepper(llama, SETTINGS.model_copy(update={"batch_tokens": 512}))
    monkeypatch.setattr(step_module, "batch_loss", short_of_memory)
    stepper.ranks.count, stepper.ranks.number = 2, 1
    with pytest.raises(StageError, match=r"on rank 1 with 512 tokens at once, .* set a smaller batch_tokens"):
        stepper.step(MIXED, 0.0)
    assert stepper.budget == 512


def test_the_cases_are_what_they_should_be(tiny_dir: Path) -> None:
    """Two ranks have several batches a step, not equally many, and in the last step one has none."""
    pairs, _ = tokenise(text_pairs(PAIRS), load(tiny_dir)[1], 2048)
    shares = [share_out(step, 2) for step in steps(pairs, 5)]
    assert [[len(micro_batches(share, 60)) for share in step] for step in shares] == [[3, 2]] * 5 + [[1, 0]]


def launch(model: Path, folder: Path, ranks: int = 2, killed: bool = False, **more: Any) -> TrainReport | None:
    """A fit of so many ranks that writes into `folder`: out, state, report.json."""
    folder.mkdir(exist_ok=True)
    job = {"model": model, "out": folder / "out", "state": folder / "state", "report": folder / "report.json"}
    job |= {"pairs": PAIRS, "settings": USUAL | more.pop("settings", {}), **more}
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks)]
    command += [str(Path(__file__).with_name("ranks_child.py")), json.dumps(job, default=str)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    if killed:
        assert done.returncode == -9, done.stderr[-3000:]
        return None
    assert done.returncode == 0, done.stderr[-3000:]
    return TrainReport.model_validate_json((folder / "report.json").read_text())


def alone(model: Path, folder: Path, **settings: Any) -> TrainReport:
    """The same in this process."""
    chosen = SETTINGS.model_copy(update=USUAL | settings)
    return fit(
        model, text_pairs(PAIRS), 2.0, chosen, folder / "out", resume_dir=folder / "state", held_out=text_pairs(30)[26:]
    )


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "out" / "model.safetensors")


def assert_alike(one: Path, two: Path) -> None:
    first, second = weights(one), weights(two)
    assert first.keys() == second.keys()
    assert max(float((first[name] - second[name]).abs().max()) for name in first) < 5e-6
    moments, others = (torch.load(folder / "out" / OPTIMIZER, weights_only=True) for folder in (one, two))
    assert moments["state"].keys() == others["state"].keys()
    for number, state in moments["state"].items():
        assert state["step"] == others["state"][number]["step"]
        assert torch.allclose(state["exp_avg"], others["state"][number]["exp_avg"], rtol=1e-3, atol=1e-6)


def assert_same_fit(one: TrainReport, two: TrainReport) -> None:
    assert [step.loss for step in two.steps] == pytest.approx([step.loss for step in one.steps], rel=1e-6)
    assert [look.loss for look in two.held_out] == pytest.approx([look.loss for look in one.held_out], rel=1e-6)
    assert (two.examples, two.parameters) == (one.examples, one.parameters)


@pytest.fixture(scope="module")
def one(tiny_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrainReport]:
    """What one process makes of it."""
    folder = tmp_path_factory.mktemp("one")
    return folder, alone(tiny_dir, folder)


@pytest.mark.parametrize("fsdp", [False, True], ids=["ddp", "fsdp2"])
def test_two_ranks_train_as_one_killed_or_not(
    tiny_dir: Path, tmp_path: Path, one: tuple[Path, TrainReport], fsdp: bool
) -> None:
    whole = launch(tiny_dir, tmp_path / "whole", fsdp=fsdp)
    assert whole is not None
    assert_same_fit(one[1], whole)
    assert_alike(one[0], tmp_path / "whole")
    assert sorted(path.name for path in (tmp_path / "whole").iterdir()) == ["out", "report.json"]

    launch(tiny_dir, tmp_path / "killed", fsdp=fsdp, kill_at=4, killed=True)
    assert [path.name for path in (tmp_path / "killed" / "state").iterdir()] == ["state-000004"]
    assert (tmp_path / "killed" / "state" / "state-000004" / "shards").is_dir()
    assert not (tmp_path / "killed" / "out").exists()
    shutil.copytree(tmp_path / "killed", tmp_path / "fewer")
    again = launch(tiny_dir, tmp_path / "killed", fsdp=fsdp)
    assert again is not None
    assert (again.steps, again.held_out, again.tokens) == (whole.steps, whole.held_out, whole.tokens)
    ended = [(tmp_path / name / "out" / "model.safetensors").read_bytes() for name in ("whole", "killed")]
    assert ended[0] == ended[1]

    assert_same_fit(one[1], alone(tiny_dir, tmp_path / "fewer"))  # the two ranks' state, on one
    assert_alike(one[0], tmp_path / "fewer")


@pytest.mark.parametrize("fsdp", [False, True], ids=["ddp", "fsdp2"])
def test_a_state_of_one_process_goes_on_on_two(
    tiny_dir: Path, tmp_path: Path, one: tuple[Path, TrainReport], fsdp: bool
) -> None:
    def leave(step: Any) -> None:
        if step.step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(
            tiny_dir, text_pairs(PAIRS), 2.0, SETTINGS.model_copy(update=USUAL), tmp_path / "out", leave,
            resume_dir=tmp_path / "state", held_out=text_pairs(30)[26:],
        )  # fmt: skip
    assert (tmp_path / "state" / "state-000004" / "state.pt").is_file()
    report = launch(tiny_dir, tmp_path, fsdp=fsdp)
    assert report is not None
    assert_same_fit(one[1], report)
    assert_alike(one[0], tmp_path)


def test_fsdp2_in_bfloat16_with_recomputed_layers(tiny_dir: Path, tmp_path: Path) -> None:
    """Weights are gathered in bfloat16 here and cast one by one there: alike to what that dtype can tell."""
    settings = {"dtype": "bfloat16", "gradient_checkpointing": True}
    (tmp_path / "one").mkdir()
    single = alone(tiny_dir, tmp_path / "one", **settings)
    report = launch(tiny_dir, tmp_path / "two", fsdp=True, settings=settings)
    assert report is not None
    assert [step.loss for step in report.steps] == pytest.approx([step.loss for step in single.steps], rel=1e-2)
    assert {tensor.dtype for tensor in weights(tmp_path / "two").values()} == {torch.float32}
