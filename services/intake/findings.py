"""What the rules say of a nomination, and whether it is taken in: all reasons at once.

*Refused*: there is no nomination under the notice. Any other error lets it in, but it cannot pass
the pre-review as it stands; a warning asks a person to look. No finding repeats a personal value.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from services.intake.precedents import Decided
from services.intake.publishers import Publisher
from services.intake.rules import RULES
from services.intake.rules.case import NOTHING_DECIDED, Case, error
from shared.contracts.campaign import CampaignConfiguration
from shared.contracts.intake import Finding
from shared.contracts.submission import NominationSubmitted
from shared.formats import document_numbers

REFUSING = frozenset(
    f"S{number}"
    for number in (
        *(2, 11, 26, 27, 29, 30, 32, 42, 44, 45, 46, 48),
        *(49, 50, 51, 53, 55, 56, 58, 62, 65, 66, 67, 68),
    )
)
"""The rules whose errors mean that there is no nomination."""

SCHEMA = "schema"
"""In place of a rule, where the message has a shape that no rule speaks of."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that was found, and whether it refuses the nomination."""

    found: tuple[Finding, ...]
    refuse: bool


def judge(
    data: NominationSubmitted,
    publisher: Publisher,
    configuration: CampaignConfiguration | None,
    received_at: datetime,
    *,
    rehearsal: bool,
    precedents: Decided = NOTHING_DECIDED,
    mended_at: datetime | None = None,
) -> Findings:
    """Let every rule have its say.

    Args:
        data: the nomination as it came.
        publisher: who sent it.
        configuration: that of its campaign, None when no such campaign was opened (S2).
        received_at: when it came, by our own clock.
        rehearsal: whether fictional numbers are accepted.
        precedents: which other awards the campaign found equal (A5).
        mended_at: when it came again after a correction.
    """
    if configuration is None:
        return Findings((_unknown_campaign(data.campaign),), refuse=True)
    case = Case(data, publisher, configuration, received_at, rehearsal, precedents, mended_at)
    found = sorted_findings(finding for rule in RULES for finding in rule(case))
    refuse = any(finding.severity == "error" and finding.rule in REFUSING for finding in found)
    return Findings(found, refuse)


def _unknown_campaign(number: str) -> Finding:
    if not document_numbers.is_valid(number):
        return error("S2", "评选活动的发文字号不正确，应如“嘉港区办〔2019〕60号”。")
    return error("S2", "没有以该发文字号开展的评选活动。")


def sorted_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """In the order of the rules, one for each rule and severity, with all its sentences."""

    def place(finding: Finding) -> tuple[str, int, str, str]:
        number = finding.rule[1:]
        return finding.rule[:1], int(number) if number.isdecimal() else 0, *kind(finding)

    def kind(finding: Finding) -> tuple[str, str]:
        return finding.rule, finding.severity

    return tuple(
        _joined(list(group)) for _, group in groupby(sorted(findings, key=place), key=kind)
    )


def _joined(findings: Sequence[Finding]) -> Finding:
    if len(findings) == 1:
        return findings[0]
    sentences = dict.fromkeys(finding.message for finding in findings)
    return findings[0].model_copy(update={"message": "".join(sentences)})


RULE_OF_FIELD = {
    ("campaign",): "S2",
    ("channel",): "S26",
    ("recommender",): "S62",
    ("claimed_conditions",): "S11",
    ("materials",): "S30",
    ("paper_received_at",): "S32",
    ("form", "name"): "S45",
    ("form", "sex"): "S46",
    ("form", "household_registration"): "S47",
    ("form", "photo_sha256"): "S48",
    ("form", "id_number"): "S49",
    ("form", "education"): "S50",
    ("form", "specialty"): "S51",
    ("form", "years_in_trade"): "S52",
    ("form", "industry"): "S53",
    ("form", "technical_title"): "S54",
    ("form", "vocational_qualification"): "S55",
    ("form", "employer"): "S56",
    ("form", "years_in_port_area"): "S57",
    ("form", "mobile"): "S58",
    ("form", "postal_address"): "S59",
    ("form", "office_phone"): "S60",
    ("form", "email"): "S61",
    ("form", "career"): "S63",
    ("form", "honours"): "S64",
    ("form", "patents"): "S65",
    ("form", "achievements"): "S66",
    ("form", "claims"): "S30",
    ("form", "applicant_commitment"): "S67",
    ("form", "recommender_opinion"): "S68",
}
"""The rule that speaks of a field, for a message that has not even its shape."""

WHAT_IS_WRONG = {"missing": "缺少字段", "extra_forbidden": "有未定义的字段，所在位置"}


def misshapen(errors: Iterable[Any]) -> Findings:
    """The findings for what pydantic says of the data, by field and rule, without any value."""
    found = sorted_findings(
        error(_rule_of(location), f"{wrong}：{_path(location)}。")
        for location, wrong in map(_place_and_fault, errors)
    )
    return Findings(found, refuse=True)


def _place_and_fault(fault: Any) -> tuple[tuple[str | int, ...], str]:
    location: tuple[str | int, ...] = fault["loc"]
    if fault["type"] == "extra_forbidden":
        # the last part is the sender's own word, and could be anything
        location = location[:-1]
    return location, WHAT_IS_WRONG.get(fault["type"], "字段格式不正确")


def _rule_of(location: tuple[str | int, ...]) -> str:
    names = tuple(str(part) for part in location)
    return RULE_OF_FIELD.get(names[:1]) or RULE_OF_FIELD.get(names[:2]) or SCHEMA


def _path(location: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in location) or "data"
