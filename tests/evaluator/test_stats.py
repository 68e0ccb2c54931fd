"""The formulas of promotion and reports against scipy's own, and against sums done by hand."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from evaluator.stats import mcnemar_exact, mcnemar_worse, paired_interval, wilson


def by_hand(fixed: int, broken: int) -> Fraction:
    """McNemar's exact p as the sum of the binomial's tails, in whole numbers."""
    total = fixed + broken
    tail = sum(math.comb(total, k) for k in range(min(fixed, broken) + 1))
    return min(Fraction(2 * tail, 2**total), Fraction(1))


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_one_sided_test_is_the_upper_tail(fixed: int, broken: int) -> None:
    total = fixed + broken
    tail = Fraction(sum(math.comb(total, k) for k in range(broken, total + 1)), 2**total)
    assert mcnemar_worse(fixed, broken) == pytest.approx(float(tail), rel=1e-9)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_sum_of_the_tails(fixed: int, broken: int) -> None:
    assert mcnemar_exact(fixed, broken) == pytest.approx(float(by_hand(fixed, broken)), rel=1e-9)
    assert mcnemar_exact(fixed, broken) == mcnemar_exact(broken, fixed)


@pytest.mark.parametrize(("fixed", "broken", "p"), [(0, 0, 1.0), (5, 0, 0.0625), (6, 0, 0.03125), (9, 2, 0.06542969)])
def test_mcnemar_on_fixed_data(fixed: int, broken: int, p: float) -> None:
    assert mcnemar_exact(fixed, broken) == pytest.approx(p, abs=1e-8)


@given(st.integers(1, 400), st.floats(0, 1), st.sampled_from([0.8, 0.9, 0.95]))
def test_wilson_is_scipys(total: int, share: float, level: float) -> None:
    right = round(share * total)
    interval = scipy_stats.binomtest(right, total).proportion_ci(confidence_level=level, method="wilson")
    assert wilson(right, total, level) == pytest.approx((interval.low, interval.high), abs=1e-9)


def paired(fixed: int, broken: int, same: int) -> list[tuple[bool, bool]]:
    return [(False, True)] * fixed + [(True, False)] * broken + [(True, True)] * same


@pytest.mark.parametrize(("fixed", "broken", "same"), [(12, 8, 80), (3, 9, 48), (60, 50, 890), (1, 0, 30)])
def test_the_interval_is_scipys_bootstrap(fixed: int, broken: int, same: int) -> None:
    pairs = paired(fixed, broken, same)
    differences = np.array([b - a for a, b in np.array(pairs, dtype=int)])
    theirs = scipy_stats.bootstrap(
        (differences,), np.mean, confidence_level=0.9, n_resamples=20_000, method="percentile",
        rng=np.random.default_rng(5), vectorized=True, batch=500,
    ).confidence_interval  # fmt: skip
    ours = paired_interval(pairs, ["one"] * len(pairs), resamples=20_000, seed=7)
    step = 100 / len(pairs)  # the means lie on a grid: an end may fall on the next point
    assert ours[0] == pytest.approx(100 * theirs.low, abs=1.01 * step)
    assert ours[1] == pytest.approx(100 * theirs.high, abs=1.01 * step)


def test_the_interval_has_the_width_that_theory_gives() -> None:
    pairs = paired(110, 90, 800)
    low, high = paired_interval(pairs, ["one"] * 1000, resamples=20_000, seed=1)
    spread = math.sqrt(0.2 - 0.02**2) / math.sqrt(1000)
    assert (high - low) / 2 == pytest.approx(100 * scipy_stats.norm.ppf(0.95) * spread, rel=0.05)
    assert (low + high) / 2 == pytest.approx(2.0, abs=0.1)


def test_questions_are_drawn_within_their_schema() -> None:
    """Every question of one schema fixed, every one of the other broken: within a schema nothing can vary."""
    pairs = paired(20, 0, 0) + paired(0, 30, 0)
    assert paired_interval(pairs, ["a"] * 20 + ["b"] * 30) == pytest.approx((-20.0, -20.0))


def test_from_twenty_schemas_on_whole_ones_are_drawn() -> None:
    """Schemas all fixed or all broken vary as wholes: an interval far wider than questions alone would give."""
    pairs, groups = [], []
    for schema in range(20):
        pairs += paired(10, 0, 0) if schema % 2 else paired(0, 10, 0)
        groups += [schema] * 10
    low, high = paired_interval(pairs, groups)
    assert low < -30 < 30 < high
    assert paired_interval(pairs, groups, seed=3) == paired_interval(pairs, groups, seed=3)
