"""How many tokens fit: the token budget of a batch from the machine's memory, and what to do when it was too much.

An estimate from the model's sizes and all of the machine's or its container's memory, not from what is free just now:
the same fit has the same batches, and so the same bytes, whatever else runs. A step that runs out all the same is done
again with half the budget. Knows the sizes of Hugging Face configurations, nothing of batches. On a CPU the system may
kill a process instead of telling it; there the estimate is all there is.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from schemas.errors import StageError

SHARE = 0.7
"""Share of the memory that a fit may take; the rest is the system's, Postgres's and the gaps between tensors'."""
LEAST = 256
"""Smallest budget, in tokens, that is worth trying."""


def keep_freed_memory() -> None:
    """Ask glibc to keep freed memory: a step's tensors are as large as the last one's. Measured 5 to 18% faster."""
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(-3, 1 << 30)  # M_MMAP_THRESHOLD, bytes
        libc.mallopt(-1, (1 << 31) - 1)  # M_TRIM_THRESHOLD, bytes
    except (OSError, AttributeError):
        return  # another C library: slower, no less right


def return_freed_memory() -> None:
    """Give free memory back to the system: steps of unlike sizes leave holes, some 10 GB in an hour unless returned."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):
        return  # another C library has its own ways


CGROUP = Path("/sys/fs/cgroup")
"""Where Linux tells a container its limits: `memory.max` of cgroup v2, `memory/memory.limit_in_bytes` of v1."""


def memory_bytes(device: torch.device, cgroup: Path = CGROUP) -> int:
    """The device's memory, or the machine's or its container's, whichever is less, in bytes."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[1]
    import psutil

    return min(int(psutil.virtual_memory().total), *_limits(cgroup))


def _limits(cgroup: Path) -> Iterator[int]:
    """What a container may take, in bytes, at least one figure; "max", or no file, is no limit."""
    yield sys.maxsize
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            told = (cgroup / name).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if told.isdecimal():
            yield int(told)


def bytes_per_token(config: Any, dtype: torch.dtype, checkpointing: bool, width: int) -> int:
    """What one token of a flat row keeps for the backward pass, in bytes.

    Args:
        config: a Hugging Face configuration.
        dtype: of the arithmetic.
        checkpointing: whether only the layers' inputs are kept.
        width: keys a token meets, about: its prefix and its own row.
    """
    size = 2 if dtype in {torch.bfloat16, torch.float16} else 4
    hidden, layers = config.hidden_size, config.num_hidden_layers
    inner = getattr(config, "intermediate_size", None) or 4 * hidden
    heads = config.num_attention_heads
    # A layer keeps in float32 two residual sums and two normalised copies of them; in the dtype the inputs of seven
    # matrix products, the rotated queries and keys, the parts of the gated product, and every score after the softmax.
    layer = 4 * 4 * hidden + size * (8 * hidden + 4 * inner + heads * width)
    kept = layers * 4 * hidden + layer if checkpointing else layers * layer
    logits = size * config.vocab_size // 2  # about half of a batch's own tokens are completion
    return int(kept + logits)


def token_budget(wanted: int, parameters: int, memory: int, per_token: int) -> int:
    """Tokens of a batch: those wanted, or as many as the memory is likely to hold.

    Args:
        wanted: the settings' budget.
        parameters: of the model; weights, gradients and Adam's two moments are float32.
        memory: bytes of the device.
        per_token: what `bytes_per_token` says.

    Example:
        >>> token_budget(8192, 10**6, 10**9, 10**5)
        6840
    """
    left = SHARE * memory - 16 * parameters
    return max(LEAST, min(wanted, int(left // per_token)))


def ran_out(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or in torch's CPU allocator."""
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or (
        isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)
    )


def halved(budget: int) -> int:
    """Half a budget that was too large.

    Raises:
        StageError: it was the smallest already.
    """
    if budget <= LEAST:
        raise StageError(
            f"memory runs out with {budget} tokens at once: use a smaller model, a machine with more memory, or set "
            "gradient_checkpointing = true"
        )
    return max(LEAST, budget // 2)
