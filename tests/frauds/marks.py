"""Experts who favour a unit or agree with each other, and some who are only as they are."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence

from deploy.operations.rehearsal.expected import Marks
from deploy.operations.rehearsal.plan import EXPERTS, WEIGHTS, Case
from tests.frauds.truth import Truth

FAVOUR = (4, 8)
"""Points that the nominees of a unit get on top."""

ENOUGH = 5
"""So many of a unit must be judged for its favour to be worth anything."""

SHARE, AGREED = 0.6, 4.0
"""How often two who collude agree beforehand, and by how much they then depart (points)."""

FULL = sum(WEIGHTS.values())


def change(candidates: Sequence[Case], size: int, rng: random.Random, truth: Truth) -> None:
    """All of it; nobody has two parts."""
    experts = list(EXPERTS)
    rng.shuffle(experts)
    units = _large_units(candidates)
    rng.shuffle(units)
    _collude(candidates, experts[:2], rng, truth)
    favours = experts[2 : 2 + min(3, max(1, 3 * size // 1000))]
    for expert, unit in zip(favours, units, strict=False):
        _favour(candidates, expert, unit, rng, truth)
    _strict(candidates, experts[5], rng, truth)
    _erratic(candidates, experts[6], rng, truth)
    for unit in units[len(favours) : len(favours) + 1]:
        _good(candidates, unit, rng, truth)


def _large_units(candidates: Sequence[Case]) -> list[str]:
    count = Counter(_unit(case) for case in candidates if not case.own_unit)
    return sorted(unit for unit, people in count.items() if people >= ENOUGH)


def _unit(case: Case) -> str:
    return case.life.unit.uscc


def _add(marks: Mapping[str, int], points: float, rng: random.Random) -> Marks:
    """So many points more or fewer, over the criteria by their weight."""
    return {
        code: min(WEIGHTS[code], max(0, _rounded(given + points * WEIGHTS[code] / FULL, rng)))
        for code, given in marks.items()
    }


def _rounded(points: float, rng: random.Random) -> int:
    """Up or down by chance, so that nothing is lost on the whole."""
    whole = int(points // 1)
    return whole + (rng.random() < points - whole)


def _shift(case: Case, expert: str, points: float, rng: random.Random) -> None:
    if expert in case.marks:
        case.marks[expert] = _add(case.marks[expert], points, rng)


def _favour(
    candidates: Sequence[Case], expert: str, unit: str, rng: random.Random, truth: Truth
) -> None:
    points = rng.uniform(*FAVOUR)
    of_the_unit = [case for case in candidates if _unit(case) == unit]
    for case in of_the_unit:
        _shift(case, expert, points, rng)
    how = f"{points:.1f} points, {len(of_the_unit)} people"
    truth.plant("expert_unit", how, of_the_unit, units=[unit], experts=[expert])


def _collude(
    candidates: Sequence[Case], pair: Sequence[str], rng: random.Random, truth: Truth
) -> None:
    for case in candidates:
        if rng.random() < SHARE:
            points = rng.gauss(0, AGREED)
            for expert in pair:
                _shift(case, expert, points, rng)
    truth.plant("expert_pair", f"in {SHARE:.0%} of the cases", experts=pair)


def _strict(candidates: Sequence[Case], expert: str, rng: random.Random, truth: Truth) -> None:
    """The same for everybody."""
    for case in candidates:
        _shift(case, expert, -6, rng)
    truth.resemble("expert_unit", "strict with everybody", experts=[expert])


def _erratic(candidates: Sequence[Case], expert: str, rng: random.Random, truth: Truth) -> None:
    """Wide of the others, in both directions, for no reason."""
    for case in candidates:
        _shift(case, expert, rng.gauss(0, 3), rng)
    truth.resemble("expert_pair", "wide of everybody", experts=[expert])


def _good(candidates: Sequence[Case], unit: str, rng: random.Random, truth: Truth) -> None:
    """A unit whose people are better, as everybody sees."""
    of_the_unit = [case for case in candidates if _unit(case) == unit]
    for case in of_the_unit:
        for expert in case.marks:
            _shift(case, expert, 5, rng)
    truth.resemble("expert_unit", "a unit that everybody likes", of_the_unit, units=[unit])
