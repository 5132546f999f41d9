"""One fictional nomination: its events and its commands, for given().when().then()."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from services.intake import milestones
from services.intake.correction import (
    CorrectionLapsed,
    CorrectionRequested,
    CorrectNomination,
    LapseCorrection,
    NominationCorrected,
    RequestCorrection,
)
from services.intake.disclosure import (
    OpenPersonalData,
    PersonalDataOpened,
    PublicationReleased,
    ReleaseForPublication,
)
from services.intake.duplicates import (
    DuplicateReopened,
    DuplicateResolved,
    HoldLifted,
    HoldNomination,
    LiftHold,
    MergeNomination,
    NominationHeld,
    ReopenDuplicate,
    ReopenRival,
    ResolveDuplicate,
)
from services.intake.nomination import CarriedOver, CarryOver, ReceiveNomination, RecordMilestone
from services.intake.papers import (
    JudgePaperLate,
    OriginalsSighted,
    PaperFoundLate,
    PaperReceived,
    RecordPaperReceipt,
    SightOriginals,
)
from services.intake.prereview import (
    FailPreReview,
    NominationPreReviewed,
    NoteTies,
    PassPreReview,
    TiesNoted,
)
from services.intake.record import Fingerprint, Mark, Material, NominationReceived, Terms
from services.intake.submission import PUBLISHER
from services.intake.suspension import (
    NominationResumed,
    NominationSuspended,
    ResumeNomination,
    SuspendNomination,
)
from services.intake.withdrawal import (
    AcceptWithdrawal,
    NominationWithdrawn,
    WithdrawNomination,
)
from shared.calendar import WORKING_DAYS
from shared.contracts.base import Source
from shared.contracts.intake import Entry, Finding, Organisation
from shared.contracts.sealed import Sealed
from shared.messages import Actor
from tests.actors import AT, OFFICE, SYSTEM_ACTOR, actor
from tests.intake.samples import CAMPAIGN_ID, CONFIGURATION, IN_TIME

SPACE = UUID("00000000-0000-5000-8000-000000002019")
NOMINATION_ID = uuid5(SPACE, "nomination")
OTHER = uuid5(SPACE, "other nomination")
THIRD = uuid5(SPACE, "third nomination")
CLAIM_ID = uuid5(SPACE, "claim")
STANDING_ID = uuid5(SPACE, "standing")
TIE = uuid5(SPACE, "person")
NOTICE_ID = uuid5(SPACE, "notice")
INVESTIGATION_ID = uuid5(SPACE, "investigation")
OBJECTION_ID = uuid5(SPACE, "objection")
SUSPENSION_ID = uuid5(NOMINATION_ID, "suspension 1")
PRECEDENT_ID = uuid5(SPACE, "precedent")
SENDER = actor(PUBLISHER, id="publisher:zlb", organisation="zlb")
DESK = actor("desk")
IDS = {"nomination_id": NOMINATION_ID, "campaign_id": CAMPAIGN_ID}
UNPROVEN = Finding(rule="S10", severity="error", message="未满3年。")
UNUSUAL = Finding(rule="S57", severity="warning", message="填报的年限多于简历。")

ENTRY = Entry(
    name="测试甲",
    sex="男",
    employer="虚构石化示例有限公司",
    post="检修班长",
    qualification="化工检修钳工（一级/高级技师）",
    achievements="独创四步诊断法。",
    recommender="虚构石化示例有限公司",
)


def sealed(part: str) -> Sealed:
    """A box for a part, which nobody opens."""
    return Sealed(key=uuid5(SPACE, part), box="AAECAwQFBgcICQoLDA0ODw==")


def source(name: str, service: str = "review") -> Source:
    """Where another service recorded something."""
    return Source(
        service=service,
        event_id=uuid5(SPACE, f"event {name}"),
        position=7,
        leaf_index=6,
        leaf_hash="ab" * 32,
    )


# events


def received(
    *findings: Finding,
    nomination_id: UUID = NOMINATION_ID,
    claim: UUID = CLAIM_ID,
    paper_received_at: datetime | None = IN_TIME,
) -> NominationReceived:
    return NominationReceived(
        nomination_id=nomination_id,
        campaign_id=CAMPAIGN_ID,
        submission_id=uuid5(nomination_id, "submission"),
        publisher="zlb",
        channel="employer",
        recommender=Organisation(name="虚构石化示例有限公司", uscc="91890000MAXXXX015J"),
        employer_uscc="91890000MAXXXX015J",
        claimed_conditions=("C1", "C2"),
        claim=claim,
        standing=STANDING_ID,
        tie=TIE,
        executive=False,
        identity=sealed("identity"),
        contact=sealed("contact"),
        dossier=sealed("dossier"),
        materials=(
            Material(
                id="m1",
                kind="recommendation_form",
                sha256="0a" * 32,
                media_type="application/pdf",
                original_presented=True,
            ),
        ),
        fingerprints=(Fingerprint(kind="patent", of=uuid5(SPACE, "patent")),),
        findings=findings,
        terms=Terms(corrections=CONFIGURATION.corrections, bar_years=3),
        paper_received_at=paper_received_at,
        received_at=IN_TIME,
    )


def held(other: UUID = OTHER) -> NominationHeld:
    return NominationHeld(**IDS, other=other)


def resolved(*, kept: bool, other: UUID = OTHER) -> DuplicateResolved:
    return DuplicateResolved(**IDS, claim=CLAIM_ID, kept=kept, other=other)


def pre_reviewed(*, passed: bool = True) -> NominationPreReviewed:
    return NominationPreReviewed(
        **IDS,
        passed=passed,
        conditions=("C1",) if passed else (),
        opinion="材料属实，符合条件。" if passed else "年限不足。",
        reasons=() if passed else ("S10",),
        employer_uscc="91890000MAXXXX015J",
        recommender_uscc="91890000MAXXXX015J",
    )


def opened(by: str = "初审核对证件") -> PersonalDataOpened:
    return PersonalDataOpened(**IDS, purpose=by, fields=("identity", "dossier"))


def released(entry: Entry = ENTRY) -> PublicationReleased:
    return PublicationReleased(**IDS, entry=entry)


def reopened(*, restored: bool, other: UUID = OTHER) -> DuplicateReopened:
    return DuplicateReopened(
        **IDS,
        claim=CLAIM_ID,
        other=other,
        restored=restored,
        reason="推荐单位已更正。" if restored else "",
    )


def hold_lifted(other: UUID = OTHER) -> HoldLifted:
    return HoldLifted(**IDS, other=other)


def correction_requested(*fields: str) -> CorrectionRequested:
    """Asked on Wednesday 2019-12-11: five working days."""
    return CorrectionRequested(
        **IDS,
        fields=fields or ("education", "materials"),
        reason="毕业证书不清晰。",
        due_on=date(2019, 12, 18),
        due_at=datetime.fromisoformat("2019-12-19T00:00:00+08:00"),
        calendar=WORKING_DAYS,
    )


def corrected(*findings: Finding, fields: tuple[str, ...] = ("education",)) -> NominationCorrected:
    whole = received()
    return NominationCorrected(
        **IDS,
        submission_id=uuid5(SPACE, "correction"),
        fields=fields,
        employer_uscc=whole.employer_uscc,
        tie=TIE,
        executive=False,
        identity=sealed("identity"),
        contact=sealed("contact"),
        dossier=sealed("mended dossier"),
        materials=whole.materials,
        fingerprints=whole.fingerprints,
        findings=findings,
    )


def lapsed() -> CorrectionLapsed:
    return CorrectionLapsed(**IDS)


def paper_received(*, matches: bool = True, at: datetime = AT) -> PaperReceived:
    return PaperReceived(**IDS, received_at=at, electronic_matches=matches)


def paper_late() -> PaperFoundLate:
    return PaperFoundLate(**IDS, deadline=CONFIGURATION.deadline)


def sighted(*materials: str, complete: bool = True) -> OriginalsSighted:
    return OriginalsSighted(**IDS, materials=materials, complete=complete)


def suspended(suspension_id: UUID = SUSPENSION_ID) -> NominationSuspended:
    return NominationSuspended(**IDS, suspension_id=suspension_id, reason="收到反映。")


def resumed(suspension_id: UUID = SUSPENSION_ID) -> NominationResumed:
    return NominationResumed(**IDS, suspension_id=suspension_id, reason="反映不实。")


def taken_back(*rivals: UUID) -> NominationWithdrawn:
    return NominationWithdrawn(
        **IDS,
        by="applicant",
        signed_on=date(2019, 12, 11),
        letter="0c" * 32,
        submission_id=None,
        claim=CLAIM_ID,
        rivals=rivals,
    )


def ties_noted(*, executive: bool = False) -> TiesNoted:
    return TiesNoted(**IDS, ties=(TIE, uuid5(SPACE, "patent")), executive=executive)


def carried(mark: Mark, until: date | None = None) -> CarriedOver:
    return CarriedOver(**IDS, standing=STANDING_ID, mark=mark, until=until)


def evaluated(*, shortlisted: bool = True) -> milestones.NominationEvaluated:
    return milestones.NominationEvaluated(
        **IDS,
        source=source("evaluated"),
        total=Decimal("88.50"),
        rank=1,
        shortlisted=shortlisted,
        digest="cd" * 32,
    )


def approved(*, passed: bool = True) -> milestones.NominationApproved:
    return milestones.NominationApproved(
        **IDS,
        source=source("approved"),
        approved=passed,
        yes=6 if passed else 1,
        no=0 if passed else 5,
        abstained=1,
        digest="cd" * 32,
    )


def posted() -> milestones.NominationPosted:
    return milestones.NominationPosted(
        **IDS,
        source=source("posted", "publicity"),
        notice_id=NOTICE_ID,
        opens_on=date(2019, 12, 23),
        closes_on=date(2019, 12, 27),
    )


def withdrawn() -> milestones.EntryWithdrawn:
    return milestones.EntryWithdrawn(
        **IDS, source=source("withdrawn", "publicity"), notice_id=NOTICE_ID
    )


def ended() -> milestones.NoticeEnded:
    return milestones.NoticeEnded(**IDS, source=source("ended", "publicity"), notice_id=NOTICE_ID)


def investigated(investigation: UUID = INVESTIGATION_ID) -> milestones.InvestigationOpened:
    return milestones.InvestigationOpened(
        **IDS, source=source(f"investigated {investigation}"), investigation_id=investigation
    )


def concluded(
    investigation: UUID = INVESTIGATION_ID, *, fraud: bool = False
) -> milestones.InvestigationConcluded:
    return milestones.InvestigationConcluded(
        **IDS,
        source=source(f"concluded {investigation}"),
        investigation_id=investigation,
        finding="fraud" if fraud else "unfounded",
    )


def cleared() -> milestones.NominationCleared:
    return milestones.NominationCleared(**IDS, source=source("cleared"))


def clearance_lost() -> milestones.ClearanceLost:
    return milestones.ClearanceLost(**IDS, source=source("clearance lost"))


def disqualified() -> milestones.NominationDisqualified:
    return milestones.NominationDisqualified(
        **IDS,
        source=source("disqualified"),
        investigation_id=INVESTIGATION_ID,
        reason="申报的专利奖证书系伪造",
    )


def cancelled() -> milestones.CandidacyCancelled:
    return milestones.CandidacyCancelled(**IDS, source=source("cancelled", "publicity"))


def conferred() -> milestones.NominationConferred:
    return milestones.NominationConferred(
        **IDS,
        source=source("conferred", "publicity"),
        certificate_number="GQGJ-2019-001",
        decision_number="嘉港区〔2019〕99号",
    )


def revocation_opened() -> milestones.RevocationOpened:
    return milestones.RevocationOpened(**IDS, source=source("revocation", "publicity"))


def title_revoked() -> milestones.TitleRevoked:
    return milestones.TitleRevoked(
        **IDS, source=source("revoked", "publicity"), decision_number="嘉港区〔2020〕12号"
    )


def revocation_dismissed() -> milestones.RevocationDismissed:
    return milestones.RevocationDismissed(**IDS, source=source("dismissed", "publicity"))


def reward_paid() -> milestones.RewardPaid:
    return milestones.RewardPaid(**IDS, source=source("paid", "publicity"))


def excluded() -> milestones.NominationExcluded:
    return milestones.NominationExcluded(
        **IDS, source=source("excluded"), ground="vetoed", reason="所在单位发生较大安全事故。"
    )


def asked(authority: str = "police") -> milestones.VettingRequested:
    return milestones.VettingRequested(
        **IDS,
        source=source(f"asked {authority}"),
        authority=authority,
        due_on=date(2019, 12, 18),
    )


def vetted(*, passed: bool = True) -> milestones.VettingConcluded:
    return milestones.VettingConcluded(**IDS, source=source("vetted"), passed=passed)


def reserved() -> milestones.NominationReserved:
    return milestones.NominationReserved(
        **IDS, source=source("reserved"), place=1, digest="cd" * 32
    )


def promoted() -> milestones.ReservePromoted:
    return milestones.ReservePromoted(**IDS, source=source("promoted"), in_place_of=OTHER)


def extended() -> milestones.NoticeExtended:
    return milestones.NoticeExtended(
        **IDS,
        source=source("extended", "publicity"),
        notice_id=NOTICE_ID,
        closes_on=date(2019, 12, 30),
    )


def objected() -> milestones.ObjectionReceived:
    return milestones.ObjectionReceived(
        **IDS, source=source("objected", "publicity"), objection_id=OBJECTION_ID
    )


def objection_accepted() -> milestones.ObjectionAccepted:
    return milestones.ObjectionAccepted(
        **IDS,
        source=source("objection accepted", "publicity"),
        objection_id=OBJECTION_ID,
        investigate_by=date(2020, 1, 15),
    )


def objection_declined() -> milestones.ObjectionDeclined:
    return milestones.ObjectionDeclined(
        **IDS,
        source=source("objection declined", "publicity"),
        objection_id=OBJECTION_ID,
        ground="anonymous",
    )


def objection_investigated() -> milestones.ObjectionInvestigated:
    return milestones.ObjectionInvestigated(
        **IDS,
        source=source("objection investigated"),
        objection_id=OBJECTION_ID,
        investigation_id=INVESTIGATION_ID,
        finding="immaterial",
    )


def objection_closed() -> milestones.ObjectionClosed:
    return milestones.ObjectionClosed(
        **IDS,
        source=source("objection closed", "publicity"),
        objection_id=OBJECTION_ID,
        outcome="immaterial",
    )


ALL_MILESTONES: tuple[milestones.Milestone, ...] = (
    evaluated(),
    approved(),
    reserved(),
    promoted(),
    posted(),
    extended(),
    withdrawn(),
    ended(),
    asked(),
    vetted(),
    excluded(),
    objected(),
    objection_accepted(),
    objection_declined(),
    objection_investigated(),
    objection_closed(),
    investigated(),
    concluded(),
    cleared(),
    clearance_lost(),
    disqualified(),
    cancelled(),
    conferred(),
    reward_paid(),
    revocation_opened(),
    revocation_dismissed(),
    title_revoked(),
)


# commands


def receive(event: NominationReceived, *rivals: UUID) -> ReceiveNomination:
    return ReceiveNomination(at=AT, by=SENDER, received=event, rivals=rivals)


def hold(other: UUID = OTHER) -> HoldNomination:
    return HoldNomination(at=AT, by=SYSTEM_ACTOR, other=other)


def merge(into: UUID = OTHER) -> MergeNomination:
    return MergeNomination(at=AT, by=SYSTEM_ACTOR, into=into)


def resolve(by: Actor = OFFICE) -> ResolveDuplicate:
    return ResolveDuplicate(at=AT, by=by)


def pass_pre_review(by: Actor = OFFICE, **changes: Any) -> PassPreReview:
    fields: dict[str, Any] = {"conditions": ("C1",), "opinion": "材料属实，符合条件。"}
    return PassPreReview(at=AT, by=by, **fields | changes)


def fail_pre_review(by: Actor = OFFICE, **changes: Any) -> FailPreReview:
    fields: dict[str, Any] = {"reasons": ("S10",), "opinion": "年限不足。"}
    return FailPreReview(at=AT, by=by, **fields | changes)


def open_data(by: Actor = OFFICE, purpose: str = "初审核对证件") -> OpenPersonalData:
    return OpenPersonalData(
        at=AT, by=by, purpose=purpose, fields=("identity", "dossier", "identity")
    )


def release(entry: Entry = ENTRY, by: Actor = OFFICE) -> ReleaseForPublication:
    return ReleaseForPublication(at=AT, by=by, entry=entry)


def record(milestone: milestones.Milestone, by: Actor = SYSTEM_ACTOR) -> RecordMilestone:
    return RecordMilestone(at=AT, by=by, milestone=milestone)


def reopen(by: Actor = OFFICE, reason: str = "推荐单位已更正。") -> ReopenDuplicate:
    return ReopenDuplicate(at=AT, by=by, reason=reason)


def reopen_rival(other: UUID = OTHER) -> ReopenRival:
    return ReopenRival(at=AT, by=SYSTEM_ACTOR, other=other)


def lift_hold(other: UUID = OTHER) -> LiftHold:
    return LiftHold(at=AT, by=SYSTEM_ACTOR, other=other)


def request_correction(
    *fields: str, by: Actor = OFFICE, reason: str = "毕业证书不清晰。", at: datetime = AT
) -> RequestCorrection:
    return RequestCorrection(
        at=at, by=by, fields=fields or ("education", "materials"), reason=reason
    )


def correct(
    event: NominationCorrected, *, by: Actor = SENDER, at: datetime = AT
) -> CorrectNomination:
    return CorrectNomination(at=at, by=by, corrected=event)


def lapse() -> LapseCorrection:
    return LapseCorrection(at=AT, by=SYSTEM_ACTOR)


def record_paper(
    by: Actor = DESK, *, matches: bool = True, at: datetime = AT
) -> RecordPaperReceipt:
    return RecordPaperReceipt(at=at, by=by, electronic_matches=matches)


def judge_late() -> JudgePaperLate:
    return JudgePaperLate(at=AT, by=SYSTEM_ACTOR, deadline=CONFIGURATION.deadline)


def sight(*materials: str, by: Actor = DESK) -> SightOriginals:
    return SightOriginals(at=AT, by=by, materials=materials)


def suspend(by: Actor = OFFICE, reason: str = "收到反映。") -> SuspendNomination:
    return SuspendNomination(at=AT, by=by, reason=reason)


def resume(by: Actor = OFFICE, reason: str = "反映不实。") -> ResumeNomination:
    return ResumeNomination(at=AT, by=by, reason=reason)


def withdraw(by: Actor = OFFICE, **changes: Any) -> WithdrawNomination:
    fields = {"party": "applicant", "signed_on": date(2019, 12, 11), "letter": "0c" * 32}
    return WithdrawNomination.model_validate({"at": AT, "by": by, **fields, **changes})


def accept_withdrawal(by: Actor = SENDER) -> AcceptWithdrawal:
    return AcceptWithdrawal(
        at=AT,
        by=by,
        party="recommender",
        signed_on=date(2019, 12, 11),
        submission_id=uuid5(SPACE, "withdrawal"),
    )


def note_ties() -> NoteTies:
    return NoteTies(at=AT, by=SYSTEM_ACTOR)


def carry_over(mark: Mark) -> CarryOver:
    return CarryOver(at=AT, by=SYSTEM_ACTOR, mark=mark)
