"""Experts whose scores move with a unit (P10, P11): one expert, the candidates of one unit.

Of each expert's residuals (panel.py) the normal scores are taken. Were the unit without influence,
its candidates would be a random draw out of all: the mean of a draw without replacement has a known
mean and variance, and is as good as normal. That is the permutation test, without chance. Found
pairs of expert and unit are taken out of the table before the next is looked for, so that a favour
does not look like the disfavour of everybody else; Holm's method holds the level over all pairs.
"""

from collections.abc import Iterator, Mapping
from uuid import UUID

import numpy as np
from scipy.stats import norm

from shared.audit.investigation.facts import ReviewFacts
from shared.audit.investigation.finding import Finding, ordered, shows
from shared.audit.investigation.panel import Marks, Numbers, holm, normal_scores, residuals, table

FEWEST_OF_A_UNIT = 3
FEWEST_IN_ALL = 12
A_FAVOUR = 3.0
"""Points; less is a finding of statistics, and a note to people."""

Pair = tuple[int, str]


def favouring(facts: ReviewFacts, level: float) -> tuple[list[Finding], Numbers]:
    """The findings, the strongest first; and the scores without those that were found."""
    panel = table(facts)
    scores = panel.scores.copy()
    members = {
        unit: np.array([unit in units for units in panel.units])
        for unit in sorted({unit for units in panel.units for unit in units})
    }
    pairs = [(expert, unit) for expert in range(len(panel.experts)) for unit in members]
    tests = sum(_testable(scores, expert, members[unit]) for expert, unit in pairs)
    found: list[Finding] = []
    while tests > len(found):
        strongest = _strongest(scores, members)
        if strongest is None:
            break
        (expert, unit), z, effect, size = strongest
        p_value = float(2 * norm.sf(abs(z)))
        adjusted = holm(p_value, len(found), tests)
        if adjusted > level:
            break
        rows = members[unit] & ~np.isnan(scores[:, expert])
        chosen = {panel.candidates[row] for row in np.flatnonzero(rows)}
        found.append(
            _finding(facts, panel.experts[expert], unit, chosen, z, p_value, adjusted, effect, size)
        )
        scores[rows, expert] = np.nan
    return found, scores


def _testable(scores: Numbers, expert: int, members: Marks) -> bool:
    given = ~np.isnan(scores[:, expert])
    of_unit = int((members & given).sum())
    return of_unit >= FEWEST_OF_A_UNIT and int(given.sum()) - of_unit >= FEWEST_IN_ALL


def _strongest(
    scores: Numbers, members: Mapping[str, Marks]
) -> tuple[Pair, float, float, int] | None:
    best: tuple[Pair, float, float, int] | None = None
    for expert in range(scores.shape[1]):
        left = residuals(scores, expert)
        known = ~np.isnan(left)
        ranks = normal_scores(left)
        for unit, rows in members.items():
            of_unit = rows & known
            size, all_ = int(of_unit.sum()), int(known.sum())
            if size < FEWEST_OF_A_UNIT or all_ - size < FEWEST_IN_ALL:
                continue
            z = _drawn(ranks[of_unit], ranks[known])
            if best is None or abs(z) > abs(best[1]):
                effect = float(left[of_unit].mean() - left[known & ~rows].mean())
                best = (expert, unit), z, effect, size
    return best


def _drawn(part: Numbers, whole: Numbers) -> float:
    """How far the mean of a part is from that of a random draw, in standard errors."""
    size, all_ = len(part), len(whole)
    variance = whole.var(ddof=1) / size * (all_ - size) / all_
    return float((part.mean() - whole.mean()) / np.sqrt(variance)) if variance > 0 else 0.0


def _finding(
    facts: ReviewFacts,
    expert: str,
    unit: str,
    chosen: set[UUID],
    z: float,
    p_value: float,
    adjusted: float,
    effect: float,
    size: int,
) -> Finding:
    grave = abs(effect) >= A_FAVOUR
    direction = "高" if effect > 0 else "低"
    return Finding(
        kind="expert_unit",
        grade="finding" if grave else "note",
        severity=3 if grave else 1,
        nominations=ordered(chosen),
        units=(unit,),
        experts=(expert,),
        statistic=z,
        p_value=p_value,
        adjusted=adjusted,
        effect=effect,
        sample=size,
        words=f"评委{expert}给单位{unit}的{size}名人选的评分，与其他评委相比平均偏{direction}"
        f"{abs(effect):.1f}分（z={z:.2f}，p={p_value:.1e}，Holm校正后{adjusted:.1e}）。"
        "须核实该评委与该单位的关系。",
        evidence=tuple(_given(facts, expert, chosen)),
    )


def _given(facts: ReviewFacts, expert: str, chosen: set[UUID]) -> Iterator:  # type: ignore[type-arg]
    for candidate in facts.candidates:
        for score in candidate.scores:
            if candidate.nomination in chosen and score.expert == expert:
                yield shows(score.given, candidate.nomination, f"评分{score.total}")
