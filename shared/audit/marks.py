"""What kind of step an event of a case is: what a drawing marks, and whose causes are traced."""

from enum import StrEnum

from shared.audit.timeline import Line, name_of


class Mark(StrEnum):
    """A kind of step. The value is the word for it."""

    CONFERRAL = "授予"
    DISQUALIFICATION = "取消、撤销"
    REFUSAL = "不予通过"
    HOLD = "暂缓、核查"
    DECISION = "决定"
    OPENING = "查看个人信息"
    STEP = "一般步骤"


MARKS: dict[Mark, frozenset[str]] = {
    Mark.CONFERRAL: frozenset({"title_conferred", "nomination_conferred", "title_kept"}),
    Mark.DISQUALIFICATION: frozenset(
        {
            "nomination_disqualified",
            "nomination_found_ineligible",
            "nomination_excluded",
            "candidacy_cancelled",
            "title_revoked",
            "title_forfeited",
            "nominee_ruled_out",
            "person_barred",
        }
    ),
    Mark.REFUSAL: frozenset(
        {"objection_declined", "correction_lapsed", "entry_barred", "clearance_barred"}
    ),
    Mark.HOLD: frozenset(
        {
            "nomination_held",
            "nomination_suspended",
            "correction_requested",
            "clearance_held",
            "clearance_paused",
            "evaluation_paused",
            "investigation_opened",
            "objection_raised",
            "objection_accepted",
            "revocation_opened",
            "revocation_case_opened",
            "notice_awaited",
            "objection_noted",
        }
    ),
    Mark.DECISION: frozenset(
        {
            "submission_answered",
            "nomination_pre_reviewed",
            "duplicate_resolved",
            "equivalence_decided",
            "nomination_evaluated",
            "evaluation_closed",
            "shortlist_drawn",
            "vetting_concluded",
            "list_decided",
            "nomination_approved",
            "publication_released",
            "clearance_granted",
            "nomination_cleared",
            "notice_published",
            "notice_republished",
            "investigation_concluded",
            "objection_closed",
            "nomination_withdrawn",
            "reserve_promoted",
            "revocation_dismissed",
        }
    ),
    Mark.OPENING: frozenset({"personal_data_opened", "reporter_opened", "document_opened"}),
}

OF_NAME = {name: mark for mark, names in MARKS.items() for name in names}

SAYS_NO = {"outcome": "refused", "passed": False, "approved": False, "vetted": False}
"""Field -> the value by which a decision turns somebody down."""

TRACED = frozenset({Mark.CONFERRAL, Mark.DISQUALIFICATION, Mark.REFUSAL, Mark.DECISION})


def mark_of(line: Line) -> Mark:
    """What kind of step this is."""
    mark = OF_NAME.get(name_of(line), Mark.STEP)
    data = line["data"]
    if mark is Mark.DECISION:
        if any(name in data and data[name] == value for name, value in SAYS_NO.items()):
            return Mark.REFUSAL
        if data.get("outcome") == "held":
            return Mark.HOLD
    return mark


def is_echo(line: Line) -> bool:
    """Whether a service only notes here what another one decided."""
    return isinstance(line["data"].get("source"), dict)
