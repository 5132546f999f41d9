"""How the judges scored, seen beside each other (P11): for the office and the auditor, afterwards.

It decides nothing. For each judge: the mean and the spread (standard deviation of a sample) of the
own totals; the mean distance from what the others gave the same candidates; and that distance as a
z-score among the judges (distance from the mean of all judges' distances, in their standard
deviations). For each two judges: Pearson's correlation of the distances that they have from the
others on the candidates whom both scored.

A judge beyond two standard deviations is an outlier. Two judges who depart from the others alike on
three candidates or more, with a correlation of 0.9 or more, are told of as a bloc.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from uuid import UUID

OUTLIER = 2.0
"""Standard deviations."""
BLOC = 0.9
"""Correlation."""
FEWEST_SHARED = 3
"""Candidates whom two judges must both have scored before they are compared."""

Totals = Mapping[UUID, Mapping[str, float]]
"""Candidate -> judge -> total."""


@dataclass(frozen=True, slots=True)
class Judge:
    """One judge's way of scoring; what cannot be computed from so few is None."""

    member: str
    candidates: int
    mean: float
    spread: float | None
    distance: float | None
    z: float | None
    outlier: bool


@dataclass(frozen=True, slots=True)
class Bloc:
    """Two judges who depart from the others alike."""

    members: tuple[str, str]
    candidates: int
    correlation: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """All judges of a campaign, and who scored alike."""

    judges: tuple[Judge, ...]
    blocs: tuple[Bloc, ...]


def calibrate(totals: Totals) -> Calibration:
    """The judges beside each other, by id; the order of the scores makes no difference."""
    members = sorted({member for scores in totals.values() for member in scores})
    distances = {member: _distances(member, totals) for member in members}
    means = {
        member: average
        for member, own in distances.items()
        if (average := mean(list(own.values()))) is not None
    }
    centre, scale = mean(list(means.values())), deviation(list(means.values()))
    judges = []
    for member in members:
        own = [scores[member] for scores in totals.values() if member in scores]
        distance = means.get(member)
        z = None
        if distance is not None and centre is not None and scale:
            z = (distance - centre) / scale
        judges.append(
            Judge(
                member=member,
                candidates=len(own),
                mean=sum(sorted(own)) / len(own),
                spread=deviation(own),
                distance=distance,
                z=z,
                outlier=z is not None and abs(z) >= OUTLIER,
            )
        )
    return Calibration(tuple(judges), tuple(_blocs(members, totals)))


def _distances(
    member: str, totals: Totals, besides: frozenset[str] = frozenset()
) -> dict[UUID, float]:
    """From the mean of the others, on each candidate whom others scored too."""
    found = {}
    for candidate, scores in totals.items():
        others = [
            score for other, score in scores.items() if other != member and other not in besides
        ]
        average = mean(others)
        if member in scores and average is not None:
            found[candidate] = scores[member] - average
    return found


def _blocs(members: list[str], totals: Totals) -> list[Bloc]:
    """The distances of two are from the third and further judges, not from each other."""
    found = []
    for one, other in combinations(members, 2):
        first = _distances(one, totals, frozenset({other}))
        second = _distances(other, totals, frozenset({one}))
        shared = sorted(first.keys() & second.keys())
        if len(shared) < FEWEST_SHARED:
            continue
        alike = correlation([first[key] for key in shared], [second[key] for key in shared])
        if alike is not None and alike >= BLOC:
            found.append(Bloc((one, other), len(shared), alike))
    return found


def mean(values: list[float]) -> float | None:
    """The arithmetic mean; None of nothing. Sorted first, so that no order changes a bit of it."""
    return sum(sorted(values)) / len(values) if values else None


def deviation(values: list[float]) -> float | None:
    """The standard deviation of a sample; None of fewer than two."""
    average = mean(values)
    if average is None or len(values) < 2:
        return None
    return sqrt(sum(sorted((value - average) ** 2 for value in values)) / (len(values) - 1))


def correlation(ones: list[float], others: list[float]) -> float | None:
    """Pearson's coefficient; None where one of them does not vary."""
    left, right = mean(ones), mean(others)
    if left is None or right is None:
        return None
    pairs = [(one - left, other - right) for one, other in zip(ones, others, strict=True)]
    scale = sqrt(sum(one**2 for one, _ in pairs) * sum(other**2 for _, other in pairs))
    return sum(one * other for one, other in pairs) / scale if scale > TINY else None


TINY = 1e-9
"""What is smaller is the arithmetic's own noise, not a difference between scores."""
