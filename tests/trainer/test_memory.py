"""What the trainer takes a machine's memory to be."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
import torch

from trainer.memory import memory_bytes

CPU = torch.device("cpu")


@pytest.mark.parametrize("name", ["memory.max", "memory/memory.limit_in_bytes"])
def test_a_containers_limit_counts(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("1000000000\n", encoding="ascii")
    assert memory_bytes(CPU, tmp_path) == 1_000_000_000


@pytest.mark.parametrize("told", ["max\n", "9223372036854771712\n", "", "\xff"])
def test_no_limit_leaves_the_machines_memory(tmp_path: Path, told: str) -> None:
    (tmp_path / "memory.max").write_text(told, encoding="latin-1")
    assert memory_bytes(CPU, tmp_path) == psutil.virtual_memory().total
