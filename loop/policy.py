"""Promotion: does the candidate replace the champion?

Paired, on the questions of select that both answered: the candidate must answer at least as many, and the lower end of
the 90% interval of the difference must lie above -tolerance points; where so few questions cannot give an interval that
narrow, the half-width that their number allows is used in its place and said (design: "Promotion").
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from schemas.records import Decision, Verdict

_Z90 = 1.6449
"""Two-sided 90% quantile of the normal distribution."""
_FLIPS = 0.2
"""Share of questions that change between rounds, for the width an interval can have (prior art: 20%)."""


def margin(total: int, tolerance: float) -> float:
    """Points the interval may reach below zero: the tolerance, or the half-width that `total` questions allow.

    The half-width of a paired difference with a share f of changed answers is z·sqrt(f/n).
    """
    return max(tolerance, 100.0 * _Z90 * math.sqrt(_FLIPS / max(total, 1)))


def decide(champion: Sequence[Verdict], candidate: Sequence[Verdict], tolerance: float, seed: int) -> Decision:
    """Compare two models on the select questions that both have a verdict for.

    Args:
        champion: the champion's verdicts on select.
        candidate: the candidate's.
        tolerance: points, see `margin`.
        seed: of the interval's resampling.
    """
    from evaluator.stats import paired_interval

    before = {verdict.id: verdict for verdict in champion}
    pairs = [(before[v.id].exact, v.exact) for v in candidate if v.id in before]
    groups = [v.schema_name for v in candidate if v.id in before]
    fixed = tuple(v.id for v in candidate if v.id in before and v.exact and not before[v.id].exact)
    broken = tuple(v.id for v in candidate if v.id in before and before[v.id].exact and not v.exact)
    low, high = paired_interval(pairs, groups, seed=seed) if pairs else (0.0, 0.0)
    allowed = margin(len(pairs), tolerance)
    right_before, right_now = sum(a for a, _ in pairs), sum(b for _, b in pairs)
    promoted = bool(pairs) and right_now >= right_before and low > -allowed
    return Decision(
        promoted=promoted,
        reason=_reason(promoted, right_now - right_before, len(fixed), len(broken), low, allowed),
        champion_right=right_before,
        candidate_right=right_now,
        total=len(pairs),
        fixed=fixed,
        broken=broken,
        low=low,
        high=high,
    )


def _reason(promoted: bool, difference: int, fixed: int, broken: int, low: float, allowed: float) -> str:
    counts = f"{fixed} fixed, {broken} broken"
    if promoted:
        return f"promoted: {counts} on select, the interval begins at {low:+.1f} points, {-allowed:.1f} allowed"
    if difference < 0:
        return f"held: {counts} on select, {-difference} fewer right than the champion"
    return f"held: {counts} on select, the interval reaches {low:+.1f} points, below the {-allowed:.1f} allowed"
