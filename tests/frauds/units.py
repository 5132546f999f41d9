"""Units that recommend each other's heads, and some that recommend strangers for good reasons."""

from collections.abc import Sequence
from dataclasses import replace

from deploy.operations.rehearsal.fictional import credit_code
from deploy.operations.rehearsal.lives import HEAD, Life, Unit
from deploy.operations.rehearsal.people import name_of
from deploy.operations.rehearsal.plan import Case
from tests.frauds.cast import Cast, Fits
from tests.frauds.truth import Truth

PAIR, RING = 2, 3
ASSOCIATION = Unit("虚构港区企业家协会", credit_code("51", 900))
TOWN = Unit("乍浦镇人民政府（虚构）", credit_code("11", 901))


def plant(cast: Cast, truth: Truth) -> None:
    """Two each other, or three in a ring."""
    for at in range(cast.amount(4)):
        circle = _of_different_units(cast, truth, RING if at % 3 == 2 else PAIR)
        if not circle:
            continue
        for case, recommender in zip(circle, (*circle[1:], circle[0]), strict=True):
            _head(case, cast)
            _recommend(case, recommender.life.unit, name_of(recommender.life.person))
        how = "a ring" if len(circle) == RING else "each other"
        truth.plant("mutual_units", how, circle, units=_codes(circle))


def resemble(cast: Cast, truth: Truth) -> None:
    """One way only, or nobody's head, or by whoever recommends for many."""
    for _ in range(cast.amount(3)):
        circle = _of_different_units(cast, truth, PAIR)
        for case in circle[:1]:
            _head(case, cast)
            _recommend(case, circle[1].life.unit, circle[1].life.head)
        truth.resemble("mutual_units", "a head, one way", circle, units=_codes(circle))
    for _ in range(cast.amount(2)):
        circle = _of_different_units(cast, truth, PAIR)
        heads = [case.life.head for case in circle]
        for case, other, head in zip(circle, reversed(circle), reversed(heads), strict=True):
            _recommend(case, other.life.unit, head)
        truth.resemble("mutual_units", "each other's workers", circle, units=_codes(circle))
    for how, unit in (("heads, by an association", ASSOCIATION), ("heads, by the town", TOWN)):
        for case in cast.some(cast.amount(3), _no_head(truth)):
            _head(case, cast)
            _recommend(case, unit, f"{unit.name[:2]}样例负责人")
            truth.resemble("mutual_units", how, [case], units=[case.life.unit.uscc])


def _codes(circle: Sequence[Case]) -> list[str]:
    return [case.life.unit.uscc for case in circle]


def _recommend(case: Case, unit: Unit, head: str) -> None:
    case.life.recommender, case.life.head = unit, head


def _of_different_units(cast: Cast, truth: Truth, count: int) -> list[Case]:
    """People of as many units, none of which has a part in another circle."""
    free, circle = _no_head(truth), list[Case]()

    def fits(life: Life) -> bool:
        return free(life) and life.unit not in {case.life.unit for case in circle}

    for _ in range(count):
        if (case := cast.one(fits)) is None:
            return []
        circle.append(case)
    return circle


def _no_head(truth: Truth) -> Fits:
    """Somebody who heads nothing, of a unit that has no part in any circle yet."""
    found = (*truth.planted, *truth.honest)
    known = {code for one in found if one.kind == "mutual_units" for code in one.units}
    return lambda life: life.unit.uscc not in known and life.jobs[-1].post != HEAD


def _head(case: Case, cast: Cast) -> None:
    """This person heads the unit, and signs what the unit recommends."""
    life = case.life
    life.jobs[-1] = replace(life.jobs[-1], post=HEAD)
    for other in cast.everybody:
        if other.life is not life and other.life.recommender == life.unit:
            other.life.head = name_of(life.person)
