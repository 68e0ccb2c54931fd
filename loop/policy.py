"""Promotion: does the candidate replace the champion?

Paired, on the questions of select that both answered: the candidate must answer at least as many, and the lower end of
the 90% interval of the difference must lie above -tolerance points; where so few questions cannot give an interval that
narrow, the half-width that their number allows is used in its place and said. A gain is only what McNemar's exact test
calls one, more strictly in each later round (design: "Promotion"). `benchmarks/promotion.py` says how often this errs.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from schemas.records import Decision, Verdict

ALPHA = 0.05
"""Share of runs without any change in which the word "gain" may appear."""
_Z90 = 1.6449
"""Two-sided 90% quantile of the normal distribution."""
_FLIPS = 0.2
"""Share of questions that change between rounds, for the width an interval can have (prior art: 20%)."""


def margin(total: int, tolerance: float) -> float:
    """Points the interval may reach below zero: the tolerance, or the half-width that `total` questions allow.

    The half-width of a paired difference with a share f of changed answers is z·sqrt(f/n).
    """
    return max(tolerance, 100.0 * _Z90 * math.sqrt(_FLIPS / max(total, 1)))


def gain_level(number: int) -> float:
    """What McNemar's exact p may be at most for the word "gain" in round `number`: alpha / (k (k + 1)).

    Summed over all rounds that is alpha: a run that never changes speaks of a gain at most once in 20.
    """
    return ALPHA / (number * (number + 1))


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rule says of paired answers."""

    promoted: bool
    low: float
    """Ends of the 90% interval of the difference, points."""
    high: float
    p: float
    """McNemar's exact test, two-sided."""
    gain: bool


def rule(
    pairs: Sequence[tuple[bool, bool]], groups: Sequence[Hashable], tolerance: float, seed: int, number: int | None
) -> Ruling:
    """The rule itself.

    Args:
        pairs: (champion right, candidate right), one a question.
        groups: each question's schema.
        tolerance: points, see `margin`.
        seed: of the interval's resampling.
        number: the round; None where no round is decided, and there is no word on gains then.
    """
    from evaluator.stats import mcnemar_exact, paired_interval

    if not pairs:
        return Ruling(promoted=False, low=0.0, high=0.0, p=1.0, gain=False)
    fixed = sum(now and not before for before, now in pairs)
    broken = sum(before and not now for before, now in pairs)
    low, high = paired_interval(pairs, groups, seed=seed)
    p = mcnemar_exact(fixed, broken)
    promoted = fixed >= broken and low > -margin(len(pairs), tolerance)
    return Ruling(promoted, low, high, p, gain=number is not None and fixed > broken and p <= gain_level(number))


def decide(
    champion: Sequence[Verdict], candidate: Sequence[Verdict], tolerance: float, seed: int, number: int | None = None
) -> Decision:
    """Compare two models on the select questions that both have a verdict for.

    Args:
        champion: the champion's verdicts on select.
        candidate: the candidate's.
        tolerance: points, see `margin`.
        seed: of the interval's resampling.
        number: the round, see `rule`.
    """
    before = {verdict.id: verdict for verdict in champion}
    shared = [verdict for verdict in candidate if verdict.id in before]
    pairs = [(before[v.id].exact, v.exact) for v in shared]
    ruling = rule(pairs, [v.schema_name for v in shared], tolerance, seed, number)
    decision = Decision(
        promoted=ruling.promoted,
        reason="",
        champion_right=sum(a for a, _ in pairs),
        candidate_right=sum(b for _, b in pairs),
        total=len(pairs),
        fixed=tuple(v.id for v in shared if v.exact and not before[v.id].exact),
        broken=tuple(v.id for v in shared if before[v.id].exact and not v.exact),
        low=ruling.low,
        high=ruling.high,
        p=ruling.p,
        level=0.0 if number is None else gain_level(number),
        gain=ruling.gain,
    )
    return decision.model_copy(update={"reason": _reason(decision, tolerance, number)})


def _reason(d: Decision, tolerance: float, number: int | None) -> str:
    """The decision in words; the word "gain" only where the test allows it."""
    counts = f"{len(d.fixed)} fixed, {len(d.broken)} broken on select"
    allowed = margin(d.total, tolerance)
    limit = f"{-allowed:.1f} allowed" + (f" with {d.total} questions" if allowed > tolerance else "")
    if not d.total:
        return "held: no question of select was answered by both"
    if not d.promoted:
        if d.candidate_right < d.champion_right:
            return f"held: {counts}, {d.champion_right - d.candidate_right} fewer right than the champion"
        return f"held: {counts}, the interval reaches {d.low:+.1f} points, below the {limit}"
    said = f"promoted: {counts}, the interval begins at {d.low:+.1f} points, {limit}"
    if number is None or d.candidate_right == d.champion_right:
        return said
    test = f"McNemar's exact p {d.p:.2g}, {d.level:.2g} needed in round {number}"
    return f"{said}; a gain ({test})" if d.gain else f"{said}; may be chance ({test})"
