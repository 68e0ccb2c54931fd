"""Learning-rate profiles as one pure function of the step.

Knows nothing of optimisers: `fit` sets the rate before each step.
"""

from __future__ import annotations

import math
from typing import Literal, get_args

Profile = Literal["linear", "cosine", "constant", "warmup-stable-decay"]
PROFILES: tuple[Profile, ...] = get_args(Profile)

DECAY_SHARE = 0.2
"""Share of all steps, at the end, over which warmup-stable-decay falls."""


def rate_at(profile: Profile, step: int, total_steps: int, warmup: int, peak: float) -> float:
    """Learning rate of one step.

    Every profile rises linearly over the first `warmup` steps (the first step already has peak/warmup, so that it is
    not lost). Then linear and cosine fall towards 0, which the step after the last would reach; constant stays;
    warmup-stable-decay stays and falls linearly over the last fifth.

    Args:
        profile: one of `PROFILES`.
        step: counted from 0.
        total_steps: steps in all.
        warmup: steps of the rise.
        peak: highest rate.

    Raises:
        ValueError: the profile is unknown.

    Example:
        >>> [rate_at("linear", step, 4, 2, 1.0) for step in range(4)]
        [0.5, 1.0, 1.0, 0.5]
    """
    if step < warmup:
        return peak * (step + 1) / warmup
    done = (step - warmup) / max(1, total_steps - warmup)  # in [0, 1)
    if profile == "constant":
        return peak
    if profile == "linear":
        return peak * max(0.0, 1.0 - done)
    if profile == "cosine":
        return peak * 0.5 * (1.0 + math.cos(math.pi * min(1.0, done)))
    if profile == "warmup-stable-decay":
        decay = max(1, round(total_steps * DECAY_SHARE))
        return peak * min(1.0, max(0.0, (total_steps - step) / decay))
    raise ValueError(f"unknown learning-rate profile {profile!r}: use one of {', '.join(PROFILES)}")
