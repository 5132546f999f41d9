"""Correction 补正: the office names fields, the system that nominated mends them in time (S31).

Until the answer or the deadline nothing else is decided. The person stays the same: name and ID
number are never mended. What was mended is judged anew, as a whole, before it comes here.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from services.intake.record import (
    Fingerprint,
    Live,
    Material,
    OpenCorrection,
    OtherPublisher,
    Reason,
    Record,
    Situation,
    before_pre_review,
    without_numbers,
)
from services.intake.submission import PUBLISHER
from shared.calendar import term
from shared.contracts.intake import Finding
from shared.contracts.sealed import Sealed
from shared.contracts.submission import BLANKS
from shared.messages import SYSTEM, Command, Event, Refused

THE_PERSON = frozenset({"name", "id_number"})
"""Who it is, is not mended: another person is another nomination (S45, S49)."""

CORRECTABLE = frozenset(BLANKS)

# refusals


class NotCorrectable(Refused):
    """Only fields of the form and the materials are mended, and only those that were named."""

    code = "not_correctable"
    rule = "S31"


class CorrectionOpen(Refused):
    """What may still be mended is not decided yet."""

    code = "correction_open"
    rule = "S31"


class NoCorrection(Refused):
    """Nothing was asked for, or the time for it is over."""

    code = "no_correction"
    rule = "S31"


class NoMoreCorrections(Refused):
    """The campaign limits how often one may mend."""

    code = "no_more_corrections"
    rule = "S31"


# commands


class RequestCorrection(Command, name="request_correction", may={"office"}, rule="S31"):
    """Have these fields mended: names of fields of the form, or `materials`."""

    fields: tuple[str, ...] = Field(min_length=1)
    reason: Reason


class CorrectNomination(Command, name="correct_nomination", may={PUBLISHER}, rule="S31"):
    """The fields were mended; the nomination now stands like this."""

    corrected: "NominationCorrected"


class LapseCorrection(Command, name="lapse_correction", may={SYSTEM}, rule="S31"):
    """The deadline is over."""


# events


class CorrectionRequested(Event, name="correction_requested", label="要求补正", rule="S31"):
    """These fields and no other, by the end of `due_on`: working days of `calendar`."""

    nomination_id: UUID
    campaign_id: UUID
    fields: tuple[str, ...]
    reason: str
    due_on: date
    due_at: AwareDatetime
    calendar: str


class NominationCorrected(Event, name="nomination_corrected", label="完成补正", rule="S31"):
    """The fields were mended: everything of the nomination that may have changed, as it is now."""

    nomination_id: UUID
    campaign_id: UUID
    submission_id: UUID
    fields: tuple[str, ...]
    employer_uscc: str
    tie: UUID
    executive: bool
    identity: Sealed
    contact: Sealed
    dossier: Sealed
    materials: tuple[Material, ...]
    fingerprints: tuple[Fingerprint, ...]
    findings: tuple[Finding, ...]


class CorrectionLapsed(Event, name="correction_lapsed", label="逾期未补正", rule="S31"):
    """Nothing came in time: the office decides on what there is, or asks again."""

    nomination_id: UUID
    campaign_id: UUID


CorrectNomination.model_rebuild()

# decide


def request(command: RequestCorrection, record: Record) -> Sequence[Event]:
    """Before the pre-review, one at a time, and so many times."""
    before_pre_review(record)
    expect_no_correction(record)
    terms = record.received.terms.corrections
    if record.corrections >= terms.times:
        raise NoMoreCorrections(f"每项申报至多补正{terms.times}次，须按现有材料作出初审结论。")
    fields = tuple(dict.fromkeys(command.fields))
    if wrong := [name for name in fields if name not in CORRECTABLE]:
        raise NotCorrectable(
            f"{'、'.join(wrong)}不能补正：须为推荐表的栏目（姓名、身份证号除外）或materials。"
            if set(wrong) <= THE_PERSON
            else "所列栏目中有不能补正的：须为推荐表的栏目（姓名、身份证号除外）或materials。",
            field="fields",
        )
    without_numbers(command.reason, "reason")
    window = term(command.at, terms.working_days)
    return [
        CorrectionRequested(
            **record.ids,
            fields=fields,
            reason=command.reason,
            due_on=window.closes_on,
            due_at=window.closes_at,
            calendar=window.calendar,
        )
    ]


def correct(command: CorrectNomination, record: Record) -> Sequence[Event]:
    """The answer ends the correction."""
    expect_answerable(record, command.by.organisation, command.corrected.fields, command.at)
    return [command.corrected]


def expect_answerable(
    record: Record, publisher: str, fields: Iterable[str], at: datetime
) -> OpenCorrection:
    """What was asked for may be answered by whoever nominated, in time, and with nothing else.

    Raises:
        OtherPublisher, NoCorrection, NotCorrectable: it may not.
    """
    if publisher != record.received.publisher:
        raise OtherPublisher("补正须由报送该申报的系统提交。")
    correction = record.correction
    if correction is None:
        raise NoCorrection("没有要求该申报补正。")
    if at >= correction.due_at:
        raise NoCorrection("补正期限已过，不再接受补正。")
    named = tuple(fields)
    if not named:
        raise NotCorrectable(f"补正须提交所要求的栏目：{'、'.join(correction.fields)}。")
    if others := sorted(set(named) - set(correction.fields)):
        raise NotCorrectable(
            f"只能补正所要求的栏目，不得改动：{'、'.join(others)}。", field=others[0]
        )
    return correction


def lapse(state: Situation) -> Sequence[Event]:
    """By the clock; nothing when the answer came, or when it does not matter any more."""
    if isinstance(state, Live) and state.record.correction is not None:
        return [CorrectionLapsed(**state.record.ids)]
    return []


def expect_no_correction(record: Record) -> None:
    """While something may still be mended, nothing is decided.

    Raises:
        CorrectionOpen: it may.
    """
    if record.correction is not None:
        raise CorrectionOpen("该申报正在补正，补正完成或期限届满后再作初审结论。")


AS_MENDED = (
    "employer_uscc",
    "tie",
    "executive",
    "identity",
    "contact",
    "dossier",
    "materials",
    "fingerprints",
    "findings",
)
"""What a correction may change of what was received."""


def mended(event: NominationCorrected) -> dict[str, Any]:
    """The fields of what was received, as they stand after the correction."""
    return {name: getattr(event, name) for name in AS_MENDED}
