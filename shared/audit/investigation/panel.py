"""Scores as numbers: what is left of each expert's score when the candidate's merit is taken out.

`table` has a row for each candidate and a column for each expert; NaN where there is no score.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from shared.audit.investigation.facts import ReviewFacts

Numbers = NDArray[np.float64]
Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Table:
    """Scores of a panel, by candidate and expert; `units` are those of each candidate."""

    candidates: tuple[UUID, ...]
    experts: tuple[str, ...]
    units: tuple[frozenset[str], ...]
    scores: Numbers


def table(facts: ReviewFacts) -> Table:
    """The scores that count."""
    rows = [one for one in facts.candidates if one.scores]
    column = {expert: place for place, expert in enumerate(facts.experts)}
    scores = np.full((len(rows), len(facts.experts)), np.nan)
    for row, candidate in enumerate(rows):
        for score in candidate.scores:
            if score.expert in column:
                scores[row, column[score.expert]] = float(score.total)
    return Table(
        tuple(one.nomination for one in rows),
        facts.experts,
        tuple(one.units for one in rows),
        scores,
    )


def residuals(scores: Numbers, expert: int) -> Numbers:
    """How much this expert gave above what the others' scores let expect, in points.

    The others are each brought to the same mean, and their median is what is expected: so one other
    who favours somebody hardly moves it. The expert's own level and spread are taken out by a line.
    NaN where there is no score, or none of at least three others.
    """
    centred = scores - np.nanmean(scores, axis=0)
    others = np.delete(centred, expert, axis=1)
    enough = np.sum(~np.isnan(others), axis=1) >= FEWEST_OTHERS
    usable = enough & ~np.isnan(scores[:, expert])
    left = np.full(len(scores), np.nan)
    if usable.sum() < FEWEST_OTHERS:
        return left
    merit = medians(others[usable])
    given = centred[usable, expert]
    spread = merit - merit.mean()
    slope = float(spread @ given / (spread @ spread)) if spread @ spread > 0 else 0.0
    left[usable] = given - given.mean() - slope * spread
    return left


FEWEST_OTHERS = 3


def medians(rows: Numbers) -> Numbers:
    """The median of each row without its NaN: numpy's own goes row by row, and is slow."""
    ordered = np.sort(rows, axis=1)  # NaN last
    known = np.sum(~np.isnan(rows), axis=1)
    each = np.arange(len(rows))
    middle: Numbers = (ordered[each, (known - 1) // 2] + ordered[each, known // 2]) / 2
    return middle


def normal_scores(values: Numbers) -> Numbers:
    """Van der Waerden's scores: what matters is the order, and no outlier counts for many."""
    known = ~np.isnan(values)
    scores = np.full(len(values), np.nan)
    scores[known] = norm.ppf(rankdata(values[known]) / (known.sum() + 1))
    return scores


def holm(p_value: float, place: int, tests: int) -> float:
    """A p-value for the `place`th smallest of so many, from 0 on (Holm's step-down method)."""
    return min(1.0, p_value * (tests - place))


def names(experts: Sequence[str]) -> str:
    """Experts in a sentence."""
    return "、".join(experts)
