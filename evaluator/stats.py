"""Paired tests and intervals for small samples of questions. Knows counts, not questions."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

MANY_GROUPS = 20
"""From this many schemas on, whole schemas are resampled instead of questions within them."""


def mcnemar_exact(fixed: int, broken: int) -> float:
    """Two-sided p of McNemar's exact test: `fixed` and `broken` are the discordant pairs. 1.0 where there are none."""
    from scipy.stats import binomtest

    total = fixed + broken
    return float(binomtest(fixed, total, 0.5).pvalue) if total else 1.0


def mcnemar_worse(fixed: int, broken: int) -> float:
    """One-sided p of McNemar's exact test that a challenger is worse: it broke `broken` pairs and fixed `fixed`.

    The chance of at least so many broken among the discordant pairs, were each as likely to go either way (McNemar,
    Psychometrika 12, 1947; exact form). 1.0 where there are none.
    """
    from scipy.stats import binomtest

    total = fixed + broken
    return float(binomtest(broken, total, 0.5, alternative="greater").pvalue) if total else 1.0


def _members(groups: Sequence[Hashable]) -> dict[Hashable, list[int]]:
    """Group -> places of its questions."""
    members: dict[Hashable, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    return members


def paired_interval(
    pairs: Sequence[tuple[bool, bool]],
    groups: Sequence[Hashable],
    level: float = 0.90,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval of (candidate - champion) in points of accuracy (-100 to 100).

    Args:
        pairs: (champion right, candidate right), one a question.
        groups: Each question's schema. Below 20 schemas questions are drawn within schema, from 20 on whole schemas.
        level: Share of the resamples inside, 0 to 1.
        resamples: Draws.
        seed: Of the draws; equal input gives an equal interval.

    Raises:
        ValueError: `pairs` is empty, or `groups` has another length.
    """
    import numpy as np

    if not pairs or len(pairs) != len(groups):
        raise ValueError(f"{len(pairs)} pairs and {len(groups)} groups: both must be there, one a question")
    differences = np.array([int(candidate) - int(champion) for champion, candidate in pairs], dtype=np.float64)
    members = _members(groups)
    draw = np.random.default_rng(seed)
    if len(members) >= MANY_GROUPS:
        sums = np.array([differences[rows].sum() for rows in members.values()])
        sizes = np.array([len(rows) for rows in members.values()], dtype=np.float64)
        picks = draw.integers(0, len(sums), (resamples, len(sums)))
        means = sums[picks].sum(axis=1) / sizes[picks].sum(axis=1)
    else:
        totals = np.zeros(resamples)
        for rows in members.values():  # n draws with replacement among -1, 0 and 1 are one multinomial draw
            own = differences[rows]
            shares = np.array([(own > 0).mean(), (own < 0).mean()])
            counts = draw.multinomial(len(rows), [*shares, max(0.0, 1.0 - shares.sum())], size=resamples)
            totals += counts[:, 0] - counts[:, 1]
        means = totals / len(pairs)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return 100.0 * float(low), 100.0 * float(high)


def crossed_interval(
    differences: Sequence[Sequence[float]],
    groups: Sequence[Hashable],
    level: float = 0.90,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval of a mean difference over seeds and questions, in points (-100 to 100).

    Seeds and questions are drawn independently of each other, since every seed answered the same questions: the
    pigeonhole bootstrap (Owen, Annals of Applied Statistics 1, 2007), which is on the wide side. Of one seed nothing is
    drawn, so that the interval is over questions alone; of a few it is too narrow in what it says of seeds.

    Args:
        differences: one row a seed, in it one value a question, -1 to 1, such as candidate right - champion right.
        groups: each question's schema. Below 20 schemas questions are drawn within schema, from 20 on whole schemas.
        level: share of the resamples inside, 0 to 1.
        resamples: draws.
        seed: of the draws; equal input gives an equal interval.

    Raises:
        ValueError: there is no seed or no question, or a row has not one value a question.
    """
    import numpy as np

    if not differences or not groups or any(len(row) != len(groups) for row in differences):
        raise ValueError(f"{len(differences)} seeds over {len(groups)} questions: each seed needs a value a question")
    table = np.array(differences, dtype=np.float64)  # (seeds, questions)
    draw = np.random.default_rng(seed)
    count = len(table)
    of_seeds = draw.multinomial(count, [1 / count] * count, size=resamples)  # (resamples, seeds)
    members = _members(groups)
    of_questions = np.zeros((resamples, len(groups)))
    if len(members) >= MANY_GROUPS:
        picked = draw.multinomial(len(members), [1 / len(members)] * len(members), size=resamples)
        for place, rows in enumerate(members.values()):
            of_questions[:, rows] = picked[:, place, None]
    else:
        for rows in members.values():
            of_questions[:, rows] = draw.multinomial(len(rows), [1 / len(rows)] * len(rows), size=resamples)
    means = ((of_seeds @ table) * of_questions).sum(axis=1) / (count * of_questions.sum(axis=1))
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return 100.0 * float(low), 100.0 * float(high)


def wilson(right: int, total: int, level: float = 0.90) -> tuple[float, float]:
    """Wilson's interval of a share, each end 0 to 1; (0, 1) where nothing was counted."""
    from scipy.stats import norm

    if not total:
        return 0.0, 1.0
    z = float(norm.ppf((1 + level) / 2))
    share, square = right / total, z * z / total
    middle = (share + square / 2) / (1 + square)
    half = z / (1 + square) * math.sqrt(share * (1 - share) / total + square / (4 * total))
    return max(0.0, middle - half), min(1.0, middle + half)
