from __future__ import annotations

from itertools import pairwise

import pytest

from trainer.schedule import PROFILES, rate_at


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_rises_to_its_peak_and_stays_positive(profile: str) -> None:
    rates = [rate_at(profile, step, 100, 10, 2e-4) for step in range(100)]  # type: ignore[arg-type]
    assert rates[:10] == pytest.approx([2e-5 * (step + 1) for step in range(10)])
    assert max(rates) == pytest.approx(2e-4)
    assert all(rate > 0 for rate in rates)
    falling = rates[10:]
    assert all(a >= b for a, b in pairwise(falling))


@pytest.mark.parametrize(
    ("profile", "middle", "end"),
    [("linear", 0.5, 0.02), ("cosine", 0.5, 0.001), ("constant", 1.0, 1.0), ("warmup-stable-decay", 1.0, 0.1)],
)
def test_shapes(profile: str, middle: float, end: float) -> None:
    assert rate_at(profile, 25, 50, 0, 1.0) == pytest.approx(middle, abs=0.02)  # type: ignore[arg-type]
    assert rate_at(profile, 49, 50, 0, 1.0) == pytest.approx(end, abs=0.005)  # type: ignore[arg-type]


def test_unknown_profile() -> None:
    with pytest.raises(ValueError, match="linear, cosine"):
        rate_at("sawtooth", 1, 2, 0, 1.0)  # type: ignore[arg-type]


def test_one_step() -> None:
    assert rate_at("linear", 0, 1, 0, 1.0) == 1.0
