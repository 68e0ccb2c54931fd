"""The kind of machine a figure was had on, in one line: never its name or place."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def machine() -> str:
    """Cores, processor family and its bfloat16 instructions, versions of Python and torch."""
    import torch

    flags = ""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        text = info.read_text(encoding="utf-8")
        found = [name for name in ("amx_bf16", "avx512_bf16", "avx512f", "avx2") if f" {name}" in text]
        flags = f" with {found[0]}" if found else ""
    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "no GPU"
    cores = f"{os.cpu_count()} cores, {platform.machine()}{flags}, {gpu}"
    return f"{cores}; Python {platform.python_version()}, torch {torch.__version__}"


def matrix_rate(dtype_name: str, seconds: float = 1.0) -> float:
    """GFLOP/s of the machine's matrix products, at a size that a step of a small model has.

    Args:
        dtype_name: `float32` or `bfloat16`.
        seconds: how long to measure.
    """
    import time

    import torch

    dtype = getattr(torch, dtype_name)
    rows, inner, outer = 2048, 2048, 2048
    left, right = torch.randn(rows, inner).to(dtype), torch.randn(outer, inner).to(dtype)
    torch.nn.functional.linear(left, right)
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        torch.nn.functional.linear(left, right)
        count += 1
    return 2 * rows * inner * outer * count / (time.perf_counter() - began) / 1e9
