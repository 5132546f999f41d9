"""Ties: what people, works and certificates have in common, as keyed hashes (P7, P8, P10).

Comparable within one campaign, and read by nobody. A judge who declares an award or an apprentice
has it hashed in the same way, so that review can compare without knowing either.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import Literal, get_args
from uuid import UUID

from services.intake.ports import Fingerprints
from services.intake.record import Fingerprint
from shared.contracts.submission import Form, Post
from shared.formats import patents, written
from shared.messages import Refused

Kind = Literal["patent", "honour", "person"]

PARTS: dict[Kind, tuple[str, ...]] = {
    "patent": ("专利号",),
    "honour": ("名称", "颁发单位", "日期"),
    "person": ("姓名", "工作单位统一社会信用代码"),
}
"""What makes up each kind, in this order."""

HEADS = re.compile(
    "(?<!副)(法定代表人|企业负责人|董事长|执行董事|总经理|总裁|首席执行官|厂长)"
    "(?!助理|秘书|办公室|特助)"
)
"""Posts of those who head an enterprise (P8)."""


class NotComparable(Refused):
    """Only awards, patents and persons are compared, each by all its parts."""

    code = "not_comparable"
    rule = "P10"


def tie(vault: Fingerprints, campaign: UUID, kind: str, parts: Sequence[str]) -> UUID:
    """The keyed hash of one award, patent or person, however it is typed.

    Raises:
        NotComparable: an unknown kind, a part that is missing, or no such number.
    """
    if kind not in get_args(Kind):
        raise NotComparable(
            "只能比对专利（patent）、荣誉（honour）和人员（person）。", field="kind"
        )
    known: Kind = kind  # type: ignore[assignment]
    if len(parts) != len(PARTS[known]) or not all(part.strip() for part in parts):
        raise NotComparable(f"比对须填写：{'、'.join(PARTS[known])}。", field="parts")
    return vault.fingerprint(known, str(campaign), *_written(known, parts))


def _written(kind: Kind, parts: Sequence[str]) -> tuple[str, ...]:
    match kind:
        case "patent":
            if (patent := patents.read(parts[0])) is None:
                raise NotComparable("专利号的格式不正确，应如ZL201710601862.3。", field="parts")
            return (patent.number,)
        case "honour":
            title, issuer, day = parts
            return written.name(title), written.name(issuer), day.strip()
        case "person":
            return written.name(parts[0]), written.code(parts[1])


def person(vault: Fingerprints, campaign: UUID, form: Form) -> UUID:
    """The tie of the nominee: name and unit (P10)."""
    return tie(vault, campaign, "person", (form.name, form.employer.uscc))


def fingerprints(vault: Fingerprints, campaign: UUID, form: Form) -> tuple[Fingerprint, ...]:
    """What another person might claim as well (P7)."""
    scope = str(campaign)
    found = [
        Fingerprint(kind="patent", of=vault.fingerprint("patent", scope, patent.number))
        for patent in (patents.read(patent.number) for patent in form.patents)
        if patent is not None
    ]
    for honour in form.honours:
        named = _written("honour", (honour.title, honour.issuer, str(honour.date)))
        found.append(Fingerprint(kind="honour", of=vault.fingerprint("honour", scope, *named)))
    qualification = form.vocational_qualification
    if qualification is not None and qualification.certificate_number:
        number = written.code(qualification.certificate_number)
        of = vault.fingerprint("certificate", scope, number)
        found.append(Fingerprint(kind="certificate", of=of))
    return tuple(found)


def is_executive(career: Sequence[Post], today: date) -> bool:
    """Whether a present post is that of somebody who heads an enterprise (P8)."""
    present = (post for post in career if post.until is None or post.until >= today)
    return any(HEADS.search(written.name(post.post)) for post in present)
