"""Which finding is about what was planted.

A finding names nominations, units, experts or objections, as the services name them. It is about an
incident when it is of its kind and names:

    same patent, award, document        two of its nominations
    career, certificate, late edit      its nomination
    units that recommend each other     two of its units
    an expert and a unit                both
    experts who agree                   two of them
    a withdrawn objection               the objection, or its nomination
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.frauds.truth import Incident, Kind

ACCUSING = "finding"
"""The grade that counts; a `note` accuses nobody."""

BOTH = 2


@dataclass(frozen=True)
class Finding:
    """What is read of a finding."""

    kind: str
    nominations: frozenset[str]
    units: frozenset[str]
    experts: frozenset[str]
    objections: frozenset[str]
    words: str

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> "Finding":
        """From the JSON that the command prints."""

        def named(field_name: str) -> frozenset[str]:
            return frozenset(map(str, row.get(field_name) or ()))

        return cls(
            kind=row["kind"],
            nominations=named("nominations"),
            units=named("units"),
            experts=named("experts"),
            objections=named("objections"),
            words=str(row.get("words", "")),
        )


def accusations(answer: Mapping[str, Any]) -> list[Finding]:
    """The findings that accuse somebody."""
    rows = answer["findings"]
    return [Finding.read(row) for row in rows if row.get("grade", ACCUSING) == ACCUSING]


@dataclass(frozen=True)
class Names:
    """What the services call a message's nomination and the objection to it."""

    nominations: Mapping[int, str]
    objections: Mapping[int, str]

    def message_of(self, nomination: str) -> int | None:
        """Which message it became of."""
        return next((number for number, of in self.nominations.items() if of == nomination), None)


def about(finding: Finding, incident: Incident, names: Names) -> bool:
    """Whether this finding is about this incident."""
    if finding.kind not in (incident.kind, *incident.also):
        return False
    nominations = finding.nominations & _known(names.nominations, incident)
    return _named(incident.kind, finding, incident, nominations, names)


def _named(
    kind: Kind, finding: Finding, incident: Incident, nominations: frozenset[str], names: Names
) -> bool:
    match kind:
        case "same_patent" | "same_award" | "same_document":
            return len(nominations) >= BOTH
        case "career" | "certificate" | "late_edit":
            return bool(nominations)
        case "mutual_units":
            return len(finding.units.intersection(incident.units)) >= BOTH
        case "expert_unit":
            experts = finding.experts.intersection(incident.experts)
            return bool(experts) and bool(finding.units.intersection(incident.units))
        case "expert_pair":
            return len(finding.experts.intersection(incident.experts)) >= BOTH
        case "objection_withdrawn":
            raised = finding.objections & _known(names.objections, incident)
            return bool(raised) or bool(nominations)


def _known(names: Mapping[int, str], incident: Incident) -> frozenset[str]:
    return frozenset(names[number] for number in incident.messages if number in names)


def touches(finding: Finding, look_alike: Incident, names: Names) -> bool:
    """Whether a false finding is about this look-alike; an innocent expert or unit is enough."""
    match look_alike.kind:
        case "expert_unit" | "expert_pair":
            return finding.kind == look_alike.kind and (
                not finding.experts.isdisjoint(look_alike.experts)
                or not finding.units.isdisjoint(look_alike.units)
            )
        case _:
            return about(finding, look_alike, names)


@dataclass
class Matched:
    """Every incident with whether it was found, every finding with whether it is true."""

    found: list[Incident] = field(default_factory=list)
    missed: list[Incident] = field(default_factory=list)
    true: list[Finding] = field(default_factory=list)
    false: list[Finding] = field(default_factory=list)


def match(findings: Iterable[Finding], planted: Iterable[Incident], names: Names) -> Matched:
    """Hold the findings against what was planted."""
    findings, planted, matched = list(findings), list(planted), Matched()
    for incident in planted:
        hit = any(about(finding, incident, names) for finding in findings)
        (matched.found if hit else matched.missed).append(incident)
    for finding in findings:
        true = any(about(finding, incident, names) for incident in planted)
        (matched.true if true else matched.false).append(finding)
    return matched
