"""Experts whose scores move with a unit or with each other, and who only differ (P10, P11)."""

from uuid import UUID

import numpy as np
import pytest
from scipy.stats import binomtest, kstest, norm

from shared.audit.investigation.colluding import _compare, colluding
from shared.audit.investigation.favouring import _strongest, favouring
from shared.audit.investigation.investigate import LEVEL
from tests.investigation.files import honest, scored

UNITS = 20


def found(table: np.ndarray) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    facts = scored(table, UNITS)
    units, rest = favouring(facts, LEVEL)
    return [(one.kind, one.experts, one.units) for one in (*units, *colluding(facts, rest, LEVEL))]


def test_a_favour_to_a_unit_is_found_and_nobody_else_is_accused_of_disfavour() -> None:
    table = honest(3)
    table[np.arange(200) % UNITS == 4, 2] += 14
    assert found(table) == [("expert_unit", ("expert-3",), ("unit-4",))]
    (told,), _ = favouring(scored(table, UNITS), LEVEL)
    assert told.sample == 10
    assert told.effect == pytest.approx(14, abs=3)
    assert told.p_value is not None
    assert told.adjusted is not None
    assert told.p_value < told.adjusted < LEVEL
    assert UUID(int=4) in told.nominations


def test_experts_who_score_together_are_found_and_the_others_not_with_them() -> None:
    table = honest(5)
    agreed = np.random.default_rng(9).normal(0, 4, 200)
    table[:, 1] += agreed
    table[:, 4] += agreed
    assert found(table) == [("expert_pair", ("expert-2", "expert-5"), ())]


def test_experts_on_leave_from_some_candidates_are_no_obstacle() -> None:
    table = honest(8)
    table[::9, 0] = np.nan
    table[4::11, 3] = np.nan
    table[np.arange(200) % UNITS == 7, 5] -= 15
    assert found(table) == [("expert_unit", ("expert-6",), ("unit-7",))]


def test_a_panel_too_small_to_compare_accuses_nobody() -> None:
    assert found(honest(1, candidates=8)) == []
    assert found(honest(1, experts=3)) == []
    assert found(np.full((40, 6), 80.0)) == []


def test_honest_panels_are_accused_no_more_often_than_the_level_says() -> None:
    accused = sum(bool(found(honest(seed, candidates=60))) for seed in range(30))
    assert binomtest(accused, 30, 2 * LEVEL, alternative="greater").pvalue > 0.001


def test_p_values_of_independent_pairs_are_uniform() -> None:
    """Though residuals of a small panel are correlated by construction."""
    values = []
    for seed in range(80):
        compared = _compare(honest(seed, candidates=100, experts=5), (0, 1), [])
        assert compared is not None
        values.append(norm.sf(compared[0]))
    assert kstest(values, "uniform").pvalue > 0.001


def test_p_values_of_a_unit_are_uniform() -> None:
    values = []
    for seed in range(80):
        table = honest(seed, candidates=100, experts=5)
        strongest = _strongest(table, {"unit": np.arange(100) % 10 == 0})
        assert strongest is not None
        best_of_five = 1 - (1 - 2 * norm.sf(abs(strongest[1]))) ** 5
        values.append(best_of_five)
    assert kstest(values, "uniform").pvalue > 0.001
