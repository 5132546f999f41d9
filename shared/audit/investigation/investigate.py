"""All detectors over one campaign, and their findings in the order in which to look into them."""

from collections.abc import Iterator

from shared.audit.investigation.careers import careers
from shared.audit.investigation.certificates import certificates
from shared.audit.investigation.colluding import colluding
from shared.audit.investigation.edits import corrected_scores, edits
from shared.audit.investigation.facts import Facts, ReviewFacts
from shared.audit.investigation.favouring import favouring
from shared.audit.investigation.finding import Finding
from shared.audit.investigation.objections import withdrawn
from shared.audit.investigation.reciprocity import reciprocity
from shared.audit.investigation.sharing import shared

LEVEL = 0.05
"""How likely statistics may accuse anybody at all where nobody did anything, for each of two."""


def investigate(facts: Facts, level: float = LEVEL) -> list[Finding]:
    """What stands out: findings before notes, the gravest first.

    Args:
        facts: what the services told; without review's or publicity's, their detectors are silent.
        level: of each family of statistical tests, after Holm's correction.
    """
    return sorted(_all(facts, level), key=_weight)


def _all(facts: Facts, level: float) -> Iterator[Finding]:
    nominations = facts.intake.nominations
    yield from shared(nominations)
    yield from careers(nominations, facts.intake.base_date)
    yield from certificates(nominations)
    yield from reciprocity(nominations)
    yield from edits(facts.intake)
    if facts.review is not None:
        yield from _experts(facts.review, level)
        yield from corrected_scores(facts.review)
    if facts.publicity is not None:
        by_id = {one.id: one for one in nominations}
        yield from withdrawn(facts.publicity.objections, by_id)


def _experts(facts: ReviewFacts, level: float) -> Iterator[Finding]:
    found, rest = favouring(facts, level)
    yield from found
    yield from colluding(facts, rest, level)


def _weight(finding: Finding) -> tuple[bool, int, str, str]:
    about = str((*finding.nominations, *finding.units, *finding.experts, *finding.objections))
    return finding.grade == "note", -finding.severity, finding.kind, about
