"""How the judges scored beside each other (P11): a documented statistic that decides nothing."""

from math import isclose
from uuid import UUID

from services.review.calibration import Totals, calibrate, correlation, deviation

CANDIDATES = tuple(UUID(int=number, version=4) for number in range(1, 6))
USUAL = (70.0, 75.0, 80.0, 85.0, 90.0)


def totals(**scores: tuple[float, ...]) -> Totals:
    """Each judge's totals, by candidate."""
    return {
        candidate: {member: given[place] for member, given in scores.items()}
        for place, candidate in enumerate(CANDIDATES)
    }


def raised(by: float) -> tuple[float, ...]:
    return tuple(score + by for score in USUAL)


def test_mean_spread_and_distance_of_each_judge() -> None:
    found = calibrate(totals(anna=USUAL, bodo=USUAL, carl=raised(6)))
    judge = {one.member: one for one in found.judges}
    assert judge["anna"].mean == 80
    assert isclose(judge["anna"].spread or 0, 7.9057, abs_tol=1e-4)
    assert judge["carl"].distance == 6
    assert judge["anna"].distance == -3


def test_who_scores_far_from_everybody_is_an_outlier() -> None:
    usual = {f"judge-{number}": raised(number % 2) for number in range(8)}
    found = calibrate(totals(**usual, severe=raised(-20)))
    assert [one.member for one in found.judges if one.outlier] == ["severe"]


def test_judges_who_agree_have_no_outlier() -> None:
    found = calibrate(totals(anna=USUAL, bodo=USUAL, carl=USUAL))
    assert not any(one.outlier for one in found.judges)
    assert not found.blocs


def test_two_who_favour_the_same_are_told_of_as_a_bloc() -> None:
    favour = (95.0, 75.0, 60.0, 85.0, 70.0)
    found = calibrate(
        totals(anna=USUAL, bodo=raised(1), carl=favour, dora=tuple(one + 1 for one in favour))
    )
    assert ("carl", "dora") in {bloc.members for bloc in found.blocs}
    assert all(bloc.correlation >= 0.9 for bloc in found.blocs)


def test_too_few_shared_candidates_say_nothing() -> None:
    few = dict(list(totals(anna=USUAL, bodo=(90.0,) * 5, carl=USUAL).items())[:2])
    assert not calibrate(few).blocs


def test_the_order_of_scores_makes_no_difference() -> None:
    scores = totals(anna=(70.1, 75.3, 80.7, 85.9, 90.2), bodo=raised(2.3), carl=raised(-1.7))
    backwards = {
        candidate: dict(reversed(list(given.items())))
        for candidate, given in reversed(list(scores.items()))
    }
    assert calibrate(scores) == calibrate(backwards)


def test_nothing_is_computed_from_nothing() -> None:
    assert calibrate({}).judges == ()
    assert deviation([1.0]) is None
    assert correlation([1.0, 1.0], [1.0, 2.0]) is None
