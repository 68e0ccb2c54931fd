"""The fused RMSNorm is the models' own, in value, gradient and dtype; other norms are left alone."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from transformers.models.gemma.modeling_gemma import GemmaRMSNorm
from transformers.models.llama.modeling_llama import LlamaRMSNorm
from transformers.models.qwen3.modeling_qwen3 import Qwen3RMSNorm

from trainer import norm


class _Net(nn.Module):
    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.norm, self.next = layer, nn.Linear(24, 5, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(..., 24) -> (..., 5)."""
        out: torch.Tensor = self.next(self.norm(x))
        return out


def _net(kind: type[nn.Module]) -> _Net:
    torch.manual_seed(3)
    net = _Net(kind(24))
    for parameter in net.parameters():
        nn.init.normal_(parameter)
    return net


def _run(net: _Net, x: torch.Tensor) -> list[torch.Tensor]:
    x = x.clone().requires_grad_(True)
    out = net(x)
    (out.float() * torch.linspace(-1, 1, out.numel()).view(out.shape)).sum().backward()
    assert x.grad is not None
    return [out.float(), x.grad, *(p.grad for p in net.parameters() if p.grad is not None)]


@pytest.mark.parametrize("kind", [LlamaRMSNorm, Qwen3RMSNorm])
@pytest.mark.parametrize("shape", [(1, 700, 24), (2, 3, 5, 24)], ids=["several parts", "heads"])
def test_same_value_and_gradients(kind: type[nn.Module], shape: tuple[int, ...]) -> None:
    """In float32 nothing but the order of the sums differs."""
    theirs, ours = _net(kind), _net(kind)
    assert norm.fuse(ours) == 1
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1)) * 3
    for expected, found in zip(_run(theirs, x), _run(ours, x), strict=True):
        torch.testing.assert_close(found, expected, rtol=2e-5, atol=2e-4)


def test_autocast_gives_the_dtype_of_the_products() -> None:
    """What the next layer would cast is cast already, and the gradient is that of the unfused model up to rounding."""
    theirs, ours = _net(LlamaRMSNorm), _net(LlamaRMSNorm)
    norm.fuse(ours)
    x = torch.randn(1, 40, 24, generator=torch.Generator().manual_seed(1))
    with torch.autocast("cpu", torch.bfloat16):
        assert ours.norm(x).dtype == torch.bfloat16
        pairs = zip(_run(theirs, x), _run(ours, x), strict=True)
        for expected, found in pairs:
            assert found.dtype == torch.float32
            assert (found - expected).norm() < 0.02 * expected.norm()


def test_another_norm_is_left_alone() -> None:
    """Gemma multiplies by 1 + w, nn.LayerNorm subtracts the mean: neither is what is computed here."""
    assert norm.fuse(_net(GemmaRMSNorm)) == 0
    assert norm.fuse(nn.Sequential(nn.LayerNorm(8))) == 0


def test_a_copy_has_weights_of_its_own() -> None:
    """A fused model that is copied computes with the copy's weights."""
    net = _net(LlamaRMSNorm)
    norm.fuse(net)
    other = copy.deepcopy(net)
    nn.init.zeros_(other.norm.weight)
    x = torch.randn(3, 24)
    assert other.norm(x).abs().sum() == 0
    assert net.norm(x).abs().sum() > 0
