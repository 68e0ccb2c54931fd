"""When a configuration is stopped early: by paired answers to the same questions at the same share of its examples.

All configurations answer a fixed subset of the questions when they have seen the same share of their examples. One is
stopped if its answers are worse than the best's by McNemar's one-sided exact test, or if it is not among the share that
may go on (successive halving, Jamieson and Talwalkar, 2016), which bounds what a sweep costs. Races by paired tests:
Birattari et al., 2002. Knows answers as right or wrong, not who gave them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optuna.pruners import BasePruner

from evaluator.stats import mcnemar_worse
from loop.sweep.plan import FINALISTS

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial


def look_key(look: int) -> str:
    """Name of the trial's attribute that holds its answers at a look, a 1 or 0 a question."""
    return f"look-{look}"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of one configuration after a look."""

    goes_on: bool
    p: float
    """Of the test that it is worse than the best; 1.0 for the best itself."""


def rule(answers: Mapping[int, str], level: float, keep: float) -> dict[int, Ruling]:
    """Who goes on after a look.

    Args:
        answers: configuration -> its answers, a 1 or 0 a question, the questions the same.
        level: of the test, for each configuration against the best, not corrected for their number.
        keep: largest share that goes on; two always may.
    """
    order = sorted(answers, key=lambda number: (-answers[number].count("1"), number))
    places = max(FINALISTS, round(keep * len(order)))
    best = answers[order[0]] if order else ""
    rulings = {}
    for rank, number in enumerate(order):
        pairs = list(zip(best, answers[number], strict=True))
        p = mcnemar_worse(fixed=pairs.count(("0", "1")), broken=pairs.count(("1", "0")))
        rulings[number] = Ruling(goes_on=rank < places and p >= level, p=p)
    return rulings


class PairedPruner(BasePruner):
    """Optuna's pruner by that rule; a trial's answers at look k are its user attribute `look-k`.

    Asked once all have come to the look, its word does not depend on who came first.
    """

    def __init__(self, level: float, keep: float) -> None:
        self._level = level
        self._keep = keep

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Whether a trial is to be stopped after its latest look."""
        look = trial.last_step
        if look is None or look_key(look) not in trial.user_attrs:
            return False
        key = look_key(look)
        peers = {
            item.number: item.user_attrs[key] for item in study.get_trials(deepcopy=False) if key in item.user_attrs
        }
        return not rule(peers, self._level, self._keep)[trial.number].goes_on
