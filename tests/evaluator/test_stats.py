"""The formulas of promotion and reports against scipy's own, and against sums done by hand."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from evaluator.stats import crossed_interval, mcnemar_exact, mcnemar_worse, paired_interval, wilson


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


def test_over_one_seed_only_questions_are_drawn() -> None:
    """As by the interval over questions, but for the draws."""
    pairs = paired(30, 12, 58)
    ours = crossed_interval([[b - a for a, b in pairs]], ["one"] * 100, resamples=20_000, seed=1)
    theirs = paired_interval(pairs, ["one"] * 100, resamples=20_000, seed=2)
    assert ours == pytest.approx(theirs, abs=1.01)  # the means lie on a grid of one point
    alike = paired(20, 0, 0) + paired(0, 30, 0)
    assert crossed_interval([[b - a for a, b in alike]], ["a"] * 20 + ["b"] * 30) == pytest.approx((-20.0, -20.0))


def test_seeds_that_disagree_widen_the_interval() -> None:
    """Every question alike within a seed: all that varies is which seeds are drawn."""
    table = [[share] * 50 for share in (0.3, -0.1, 0.2, 0.0, 0.1, -0.2, 0.4, 0.1)]
    spread = float(np.std([row[0] for row in table])) / math.sqrt(len(table))
    low, high = crossed_interval(table, ["one"] * 50, resamples=20_000, seed=1)
    assert (high - low) / 2 == pytest.approx(100 * scipy_stats.norm.ppf(0.95) * spread, rel=0.05)
    assert (low + high) / 2 == pytest.approx(10.0, abs=0.5)


@given(st.integers(1, 6), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_the_crossed_interval_lies_within_what_was_seen(seeds: int, questions: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    table = draw.integers(-1, 2, (seeds, questions)).tolist()
    groups = draw.integers(0, 30, questions).tolist()  # below twenty schemas and above
    low, high = crossed_interval(table, groups, resamples=200, seed=seed)
    assert -100.0 - 1e-9 <= low <= high <= 100.0 + 1e-9
    assert (low, high) == crossed_interval(table, groups, resamples=200, seed=seed)


def test_a_table_with_gaps_is_refused() -> None:
    for table, groups in (([], ["a"]), ([[]], []), ([[1, 0], [1]], ["a", "b"])):
        with pytest.raises(ValueError, match="each seed needs a value a question"):
            crossed_interval(table, groups)
