"""Experts whose scores move with each other (P11).

Merit moves all scores together, and taking it out moves what is left against each other: among m
independent experts residuals have a correlation of about -1/(m-1). So the correlation of a pair is
compared with what it would be among independent experts, each with the own spread:

    residual = P x,  P = I - w w',  w the first eigenvector of the scores' covariance (merit)
    expected covariance = P diag(s²) P,  s² from the residuals' variances: (P∘P) s² = diag(cov)

Fisher's z of the observed, less that of the expected. One side is tested: moving together. Once a
pair is found, one of the two is left out where others are judged, since two who agree look to the
rest like merit.
"""

from itertools import combinations

import numpy as np
from scipy.stats import norm

from shared.audit.investigation.facts import ReviewFacts
from shared.audit.investigation.finding import Evidence, Finding, shows
from shared.audit.investigation.panel import Numbers, holm, names, normal_scores, table

FEWEST_EXPERTS = 4
FEWEST_CANDIDATES = 15
MOST_EVIDENCE = 20
"""Scores shown of a pair; its bundle has all of theirs."""
TOGETHER = 0.25
"""A correlation beyond the expected; less is a note to people."""
NOTHING = 1e-9
"""A variance that is none: an expert who differs from nobody cannot be compared."""
OFTEN = 0.6
"""The share of candidates that an expert has to have scored to be compared with."""

Two = tuple[int, int]


def colluding(facts: ReviewFacts, scores: Numbers, level: float) -> list[Finding]:
    """The findings, the strongest first.

    Args:
        scores: as `table` has them, without what favouring explains already.
    """
    panel = table(facts)
    pairs = list(combinations(range(len(panel.experts)), 2))
    found: list[Finding] = []
    known: list[Two] = []
    while len(known) < len(pairs):
        tested = {
            pair: compared
            for pair in pairs
            if pair not in known and (compared := _compare(scores, pair, known)) is not None
        }
        if not tested:
            break
        pair = max(tested, key=lambda one: tested[one][0])
        z, beyond, size = tested[pair]
        p_value = float(norm.sf(z))
        adjusted = holm(p_value, len(known), len(pairs))
        if adjusted > level:
            break
        known.append(pair)
        experts = (panel.experts[pair[0]], panel.experts[pair[1]])
        found.append(_finding(facts, experts, z, p_value, adjusted, beyond, size))
    return found


def _compare(scores: Numbers, pair: Two, known: list[Two]) -> tuple[float, float, int] | None:
    """z, the correlation beyond the expected, and of how many candidates."""
    dropped = {two[1] if two[1] not in pair else two[0] for two in known}
    given = ~np.isnan(scores)
    often = given.mean(axis=0) >= OFTEN
    columns = [
        expert
        for expert in range(scores.shape[1])
        if expert in pair or (often[expert] and expert not in dropped)
    ]
    rows = given[:, columns].all(axis=1)
    if len(columns) < FEWEST_EXPERTS or rows.sum() < FEWEST_CANDIDATES:
        return None
    one, other = columns.index(pair[0]), columns.index(pair[1])
    left, expected = _taken_out(scores[rows][:, columns])
    if min(expected[one, one], expected[other, other]) <= NOTHING:
        return None
    observed = np.corrcoef(normal_scores(left[:, one]), normal_scores(left[:, other]))[0, 1]
    wanted = expected[one, other] / np.sqrt(expected[one, one] * expected[other, other])
    size = int(rows.sum())
    observed, wanted = (float(np.clip(one, -0.999999, 0.999999)) for one in (observed, wanted))
    z = (np.arctanh(observed) - np.arctanh(wanted)) * np.sqrt(size - 3)
    return float(z), observed - wanted, size


def _taken_out(scores: Numbers) -> tuple[Numbers, Numbers]:
    """What is left without merit, and its covariance were the experts independent."""
    centred = scores - scores.mean(axis=0)
    covariance = np.cov(centred, rowvar=False)
    merit = np.linalg.eigh(covariance)[1][:, -1]
    projection = np.eye(len(merit)) - np.outer(merit, merit)
    left = centred @ projection
    spread = np.linalg.lstsq(projection**2, left.var(axis=0, ddof=1), rcond=None)[0]
    least = 0.05 * max(float(np.median(spread)), 0.0)
    return left, projection @ np.diag(np.maximum(spread, least)) @ projection


def _finding(
    facts: ReviewFacts,
    experts: tuple[str, str],
    z: float,
    p_value: float,
    adjusted: float,
    beyond: float,
    size: int,
) -> Finding:
    grave = beyond >= TOGETHER
    return Finding(
        kind="expert_pair",
        grade="finding" if grave else "note",
        severity=3 if grave else 1,
        experts=experts,
        statistic=z,
        p_value=p_value,
        adjusted=adjusted,
        effect=beyond,
        sample=size,
        words=f"评委{names(experts)}对{size}名人选的评分一同偏高偏低，相关系数比各自独立评分时"
        f"高{beyond:.2f}（z={z:.2f}，p={p_value:.1e}，Holm校正后{adjusted:.1e}）。"
        "须核实是否各自独立评分。",
        evidence=_alike(facts, experts),
    )


def _alike(facts: ReviewFacts, experts: tuple[str, str]) -> tuple[Evidence, ...]:
    """Where the two are furthest from the rest of the panel, on the same side."""
    apart = []
    for candidate in facts.candidates:
        given = {score.expert: score for score in candidate.scores}
        others = [float(one.total) for one in candidate.scores if one.expert not in experts]
        if not others or not given.keys() >= set(experts):
            continue
        away = [float(given[expert].total) - float(np.median(others)) for expert in experts]
        together = min(map(abs, away)) if away[0] * away[1] > 0 else 0.0
        apart.append((together, candidate, [given[expert] for expert in experts]))
    apart.sort(key=lambda one: -one[0])
    return tuple(
        shows(score.given, candidate.nomination, f"{score.expert}评分{score.total}")
        for _, candidate, two in apart[: MOST_EVIDENCE // 2]
        for score in two
    )
