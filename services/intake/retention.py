"""Retention 保存期限: until when a nomination's file is kept, and what an erasure waits for (P17).

The reading, all of it configuration of the campaign (`archives`): terms run from the day on which
the campaign ends. The file of somebody on whom the title was conferred is kept for
`nomination_years` (30), also after a revocation; every other for `rejected_years` (10). Contact
details are not part of the file: they may go as soon as the campaign has ended and nothing is open.
What was kept unlawfully waits for no term, but for the end of the candidacy and of what is open.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from services.intake.erasure import Ground
from services.intake.record import (
    Absent,
    Live,
    NotAtThisStage,
    Record,
    Situation,
    status_of,
)
from shared.calendar import beijing_date, end_of_day, years_after
from shared.contracts.campaign import Archives
from shared.contracts.sealed import PersonalKey, Purpose
from shared.messages import SYSTEM, Command, Event, Refused

File = Literal["conferred", "rejected"]
"""Which term an archive keeps a nomination for."""

OVER = frozenset({"初审不通过", "未入围", "审定未通过", "已授予"})
"""The courses of a nomination that takes part and yet has nothing before it."""

# refusals


class StillOpen(Refused):
    """An investigation, an objection or a revocation holds the file, as a legal hold does."""

    code = "still_open"
    rule = "P17"


class CandidacyRunning(Refused):
    """Nobody's data is erased while it is being judged."""

    code = "candidacy_running"
    rule = "P17"


class TermRuns(Refused):
    """An archive keeps its files for their term."""

    code = "retention_runs"
    rule = "P17"


# commands


class ExpectReceived(Command, name="expect_received", may={SYSTEM}, rule="P17"):
    """Somebody speaks of this nomination: there has to be one."""


class AdmitErasure(Command, name="admit_erasure", may={SYSTEM}, rule="P17"):
    """The office wants these parts erased."""

    ground: Ground
    parts: tuple[Purpose, ...]


class BeginRetention(Command, name="begin_retention", may={"office", SYSTEM}, rule="P17"):
    """The campaign has ended: from today its terms run. One that ended before is begun by hand."""


class EndRetention(Command, name="end_retention", may={SYSTEM}, rule="P17"):
    """A term is over."""


class ExpectTermOver(Command, name="expect_term_over", may={SYSTEM}, rule="P17"):
    """A nomination of the campaign is to be erased; `over`: by its own history it has ended."""

    campaign_id: UUID
    nomination_id: UUID
    ground: Ground
    parts: tuple[Purpose, ...]
    file: File
    over: bool


# events


class ErasureAdmitted(Event, name="erasure_admitted", label="个人信息列入删除", rule="P17"):
    """Nothing is open, and these keys are all that sealed the parts, corrections included."""

    nomination_id: UUID
    campaign_id: UUID
    claim: UUID
    ground: Ground
    parts: tuple[Purpose, ...]
    keys: tuple[PersonalKey, ...]
    file: File
    over: bool


class RetentionBegun(Event, name="retention_begun", label="档案保存期限起算", rule="P17"):
    """Until the end of which day each kind of file is kept, as the configuration has it."""

    campaign_id: UUID
    begins_on: date
    rejected_until: date
    conferred_until: date


class RetentionEnded(Event, name="retention_ended", label="档案保存期限届满", rule="P17"):
    """The files of this kind may be erased; that somebody does it is the office's decision."""

    campaign_id: UUID
    file: File


# what a nomination says


def known(state: Situation) -> Sequence[Event]:
    """Nothing, if there is one.

    Raises:
        NotAtThisStage: there is none.
    """
    if isinstance(state, Absent):
        raise NotAtThisStage("没有这项申报，请核对申报编号。", field="nomination_id")
    return []


def admit(command: AdmitErasure, state: Situation) -> Sequence[Event]:
    """At the end of a candidacy, with nothing open.

    Raises:
        NotAtThisStage, StillOpen: there is none, or something is.
    """
    if isinstance(state, Absent):
        raise NotAtThisStage("没有这项申报，请核对申报编号。", field="nomination_id")
    record = state.record
    if record.investigated:
        raise StillOpen("该申报尚有核查或异议未办结，办结后方可删除个人信息。")
    if record.suspension is not None:
        raise StillOpen("该申报正在暂缓办理，恢复办理或作出结论后方可删除个人信息。")
    if status_of(state) == "撤销程序中":
        raise StillOpen("该称号正在办理撤销程序，办结后方可删除个人信息。")
    return [
        ErasureAdmitted(
            **record.ids,
            claim=record.received.claim,
            ground=command.ground,
            parts=command.parts,
            keys=_keys(record, command.parts),
            file="conferred" if record.course == "已授予" else "rejected",
            over=not isinstance(state, Live) or record.course in OVER,
        )
    ]


def _keys(record: Record, parts: tuple[Purpose, ...]) -> tuple[PersonalKey, ...]:
    chosen = (one for one in record.keys if one.purpose in parts)
    return tuple(sorted(chosen, key=lambda one: (one.purpose, one.key)))


# what a campaign says


def begun(campaign_id: UUID, at: AwareDatetime, archives: Archives) -> RetentionBegun:
    """The terms of a campaign that has ended at this moment."""
    today = beijing_date(at)
    return RetentionBegun(
        campaign_id=campaign_id,
        begins_on=today,
        rejected_until=years_after(today, archives.rejected_years),
        conferred_until=years_after(today, archives.nomination_years),
    )


def until(terms: RetentionBegun, file: File) -> date:
    """The last day on which a file is kept."""
    return terms.conferred_until if file == "conferred" else terms.rejected_until


def ended(terms: RetentionBegun, at: AwareDatetime, told: frozenset[File]) -> Sequence[Event]:
    """The terms that are over and of which nobody has told."""
    files: tuple[File, ...] = ("rejected", "conferred")
    return [
        RetentionEnded(campaign_id=terms.campaign_id, file=file)
        for file in files
        if file not in told and at >= end_of_day(until(terms, file))
    ]


def expect_over(command: ExpectTermOver, closed: bool, terms: RetentionBegun | None) -> None:
    """Whether a part of a nomination may go.

    Raises:
        CandidacyRunning, TermRuns: not yet; the message says from when on.
    """
    if not (closed or command.over):
        raise CandidacyRunning("该申报仍在评选中，不得删除个人信息；申请人可先撤回申报。")
    if command.ground == "unlawful":
        return
    if not closed:
        raise TermRuns("评选活动尚未结束，保存期限尚未起算；活动结束后再办理。")
    if set(command.parts) == {"contact"}:
        return
    if terms is None:
        raise TermRuns("该评选活动的保存期限尚未起算，须先办理“档案保存期限起算”。")
    last = until(terms, command.file)
    if command.at < end_of_day(last):
        first = end_of_day(last).date()
        raise TermRuns(
            f"该申报档案须保存至{last}，自{first}起方可删除身份信息和申报内容；"
            "联系方式不属归档内容，可单独删除。",
            field="parts",
        )
