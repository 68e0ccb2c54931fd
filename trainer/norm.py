"""RMSNorm in few passes over its tokens, written straight in the dtype of the products that follow.

    y = w · x / sqrt(mean(x²) + ε)      (Zhang and Sennrich, 2019, arXiv:1910.07467)

A Hugging Face model computes it one operation after the other, in float32 where the weights are, and each linear layer
behind it casts the result again: on a CPU this is a twentieth of a bfloat16 step. Here the cast is part of the norm and
the gradient is written out. Knows a layer by what it computes, not by its name alone; models are left as they are on
disk, only the layers' `forward` is another.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

ROWS = 256
"""Tokens whose gradient is computed at once: at a few hundred numbers a token they stay in the processor's cache."""


def fuse(model: torch.nn.Module) -> int:
    """Give the model's RMSNorm layers this module's computation; how many there were.

    Layers that compute something else, such as Gemma's 1 + w, are left alone.
    """
    layers = [module for module in model.modules() if _is_plain(module)]
    for layer in layers:
        layer.forward = _Forward(layer)
    return len(layers)


class _Forward:
    """A layer's forward; an object of its own, so that the layer can still be copied."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer

    def __call__(self, x: Tensor) -> Tensor:
        """(..., size) -> (..., size), in autocast's dtype where it is on."""
        return rms_norm(x, self.layer.weight, self.layer.variance_epsilon)


def rms_norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    """Root mean square norm over the last dimension: w · x / sqrt(mean(x²) + ε), computed in float32.

    Args:
        x: (..., size).
        weight: (size).
        epsilon: ε.

    Returns:
        (..., size), in autocast's dtype where it is on, else as x.
    """
    kind = x.device.type
    dtype = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x.dtype
    return _RmsNorm.apply(x, weight, epsilon, dtype)  # type: ignore[no-any-return, no-untyped-call]


class _RmsNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, epsilon: float, dtype: torch.dtype) -> Tensor:
        rows = x.reshape(-1, x.shape[-1])  # (tokens, size)
        scale = torch.linalg.vector_norm(rows, dim=-1, keepdim=True, dtype=torch.float32)  # (tokens, 1)
        scale = scale.square_().div_(x.shape[-1]).add_(epsilon).rsqrt_()
        out = rows.new_empty(rows.shape, dtype=dtype)
        for part in _parts(rows):
            out[part] = (rows[part] * scale[part]).mul_(weight)
        ctx.save_for_backward(rows, weight, scale)
        return out.view(x.shape)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        rows, weight, scale = ctx.saved_tensors  # (tokens, size), (size), (tokens, 1)
        grads = grad.reshape(rows.shape)
        for_x, for_weight = torch.empty_like(rows), torch.zeros_like(weight)
        wide = weight.float()
        for part in _parts(rows):
            normed = rows[part] * scale[part]  # (part, size)
            slope = grads[part] * normed
            for_weight += slope.sum(0)
            along = torch.mv(slope, wide)[:, None].div_(-rows.shape[-1])  # (part, 1)
            for_x[part] = torch.addcmul(grads[part] * wide, normed, along).mul_(scale[part])
        return for_x.view(grad.shape), for_weight, None, None


def _parts(rows: Tensor) -> list[slice]:
    return [slice(start, start + ROWS) for start in range(0, len(rows), ROWS)]


def _is_plain(module: Any) -> bool:
    """Whether a layer is an RMSNorm as above: one weight a number, and the same result on a few random tokens."""
    weight, epsilon = getattr(module, "weight", None), getattr(module, "variance_epsilon", None)
    if not type(module).__name__.endswith("RMSNorm") or not isinstance(epsilon, float) or weight is None:
        return False
    if weight.dim() != 1 or weight.is_meta or [name for name, _ in module.named_parameters()] != ["weight"]:
        return False
    with torch.no_grad():
        x = torch.randn(2, len(weight), generator=torch.Generator().manual_seed(1)).to(weight)
        return torch.allclose(module(x), rms_norm(x, weight, epsilon).to(weight.dtype), rtol=1e-4, atol=1e-5)
