"""A finding: what stands out, where it stands on record, and how much it weighs."""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from shared.audit.investigation.facts import At, Nomination
from shared.messages import Message

Kind = Literal[
    "same_patent",
    "same_award",
    "same_document",
    "career",
    "certificate",
    "mutual_units",
    "expert_unit",
    "expert_pair",
    "late_edit",
    "objection_withdrawn",
]

TITLES: dict[Kind, str] = {
    "same_patent": "同一专利出现在两份申报中",
    "same_award": "同一奖项出现在两份申报中",
    "same_document": "同一份文件出现在两份申报中",
    "career": "履历重叠或与填报年限矛盾",
    "certificate": "证件号码自身与填报内容矛盾",
    "mutual_units": "单位互相推荐对方负责人",
    "expert_unit": "评委评分随单位偏移",
    "expert_pair": "评委之间评分联动",
    "late_edit": "临近期限的改动",
    "objection_withdrawn": "撤回的异议",
}

Grade = Literal["finding", "note"]
"""A finding is to be looked into; a note is worth a look and accuses nobody."""

GRADES: dict[Grade, str] = {"finding": "疑点", "note": "提示"}


class Evidence(Message):
    """An event on record, and what it shows; without a personal value."""

    service: str
    nomination: UUID | None
    id: UUID
    event: str
    position: int
    leaf: int
    hash: str
    shows: str


def shows(at: At, nomination: UUID | None, what: str) -> Evidence:
    """An event as the evidence of something."""
    return Evidence(
        service=at.service,
        nomination=nomination,
        id=at.id,
        event=at.event,
        position=at.position,
        leaf=at.leaf,
        hash=at.hash,
        shows=what,
    )


def as_sent(nomination: Nomination, what: str) -> Evidence:
    """The latest event by which the nomination says what it says."""
    latest = nomination.edits[-1].done if nomination.edits else nomination.received
    return shows(latest, nomination.id, what)


class Finding(Message):
    """See the module. `severity` goes from 1 to 3.

    Of statistics: the statistic with its p-value, `adjusted` for all comparisons of its kind; how
    large the effect is, in points (expert_unit) or as a correlation (expert_pair); and of how many
    candidates. `bundle` is the file with its proofs, empty where there is none.
    """

    kind: Kind
    grade: Grade
    severity: int
    nominations: tuple[UUID, ...] = ()
    units: tuple[str, ...] = ()
    experts: tuple[str, ...] = ()
    objections: tuple[UUID, ...] = ()
    statistic: float | None = None
    p_value: float | None = None
    adjusted: float | None = None
    effect: float | None = None
    sample: int | None = None
    words: str
    evidence: tuple[Evidence, ...]
    bundle: str = ""


def ordered(ids: Iterable[UUID]) -> tuple[UUID, ...]:
    """Each once, in an order that does not depend on how they were found."""
    return tuple(sorted(set(ids)))


def masked(number: str) -> str:
    """A certificate's number with its middle covered: enough to find it in the file, no more."""
    return f"{number[:4]}{'*' * max(len(number) - 6, 3)}{number[-2:]}"
