"""What the system that nominated says afterwards: a correction 补正, or a withdrawal 撤回.

A correction opens what was sealed, on record, puts the fields that were named in place, and lets
every rule judge the whole nomination again. Nothing that would be refused replaces what is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from services.intake.campaign import CAMPAIGN, Unopened
from services.intake.correction import CorrectNomination, NominationCorrected, expect_answerable
from services.intake.disclosure import OpenPersonalData
from services.intake.dossier import contact_of, dossier_of, identity_of, rebuilt
from services.intake.findings import Findings, judge
from services.intake.nomination import NOMINATION
from services.intake.policies import INTAKE
from services.intake.ports import Batch, CauseT_contra, Opener, Vault
from services.intake.precedents import PRECEDENTS
from services.intake.publishers import Publisher
from services.intake.record import Absent, Material, NominationReceived, Record, Situation, live
from services.intake.rules.case import error
from services.intake.ties import fingerprints, is_executive, person
from services.intake.withdrawal import AcceptWithdrawal
from shared.calendar import beijing_date
from shared.contracts.intake import Finding
from shared.contracts.sealed import Purpose, Sealed
from shared.contracts.submission import (
    CorrectionSubmitted,
    NominationSubmitted,
    WithdrawalSubmitted,
)
from shared.formats import identity_numbers
from shared.messages import Actor, Addressed, Refused

PURPOSE = "按补正内容重新审核申报"

PARTS: tuple[Purpose, ...] = ("identity", "contact", "dossier")

ERASED = error("P17", "该人员在本次评选中的个人信息已依法删除，不能再次受理。")


class Outcome(NamedTuple):
    """The answer to such a message."""

    campaign: UUID | None
    outcome: Literal["received", "refused"]
    findings: tuple[Finding, ...]
    nomination: UUID | None


@dataclass(frozen=True, slots=True)
class Sent:
    """Such a message: who sent it and when, and where its answer will stand."""

    publisher: Publisher
    actor: Actor
    at: datetime
    submission: UUID
    rehearsal: bool


def withdraw(
    batch: Batch[CauseT_contra], sent: Sent, said: WithdrawalSubmitted, cause: CauseT_contra
) -> Outcome:
    """Take the nomination back, if it may be."""
    campaign = _campaign(batch, said.nomination_id)
    command = AcceptWithdrawal(
        at=sent.at,
        by=sent.actor,
        party=said.by,
        signed_on=said.date,
        submission_id=sent.submission,
    )
    try:
        batch.ask(Addressed(NOMINATION, said.nomination_id, command), cause)
    except Refused as refusal:
        return _refused(campaign, refusal)
    return Outcome(campaign, "received", (), said.nomination_id)


def correct(
    batch: Batch[CauseT_contra],
    sent: Sent,
    said: CorrectionSubmitted,
    vault: Vault,
    opened: Opener,
    cause: CauseT_contra,
) -> Outcome:
    """Put what was mended in place, if it may be and no rule refuses the whole."""
    campaign = _campaign(batch, said.nomination_id)
    try:
        record = live(batch.state(NOMINATION, said.nomination_id))
        expect_answerable(record, sent.publisher.user, said.fields, sent.at)
    except Refused as refusal:
        return _refused(campaign, refusal)
    received = record.received
    opening = OpenPersonalData(at=sent.at, by=INTAKE, purpose=PURPOSE, fields=PARTS)
    batch.ask(Addressed(NOMINATION, received.nomination_id, opening), cause)
    boxes: dict[str, Sealed] = {part: getattr(received, part) for part in PARTS}
    if (parts := opened(boxes, received.nomination_id)) is None:
        return Outcome(campaign, "refused", (ERASED,), None)
    mended = _mended(received, parts, said)
    findings = _judged(batch, sent, record, mended)
    if findings.refuse:
        return Outcome(campaign, "refused", findings.found, None)
    corrected = _corrected(received, mended, findings.found, said, sent, vault)
    command = CorrectNomination(at=sent.at, by=sent.actor, corrected=corrected)
    batch.ask(Addressed(NOMINATION, received.nomination_id, command), cause)
    return Outcome(campaign, "received", findings.found, received.nomination_id)


def _campaign(batch: Batch[CauseT_contra], nomination_id: UUID) -> UUID | None:
    state: Situation = batch.state(NOMINATION, nomination_id)
    return None if isinstance(state, Absent) else state.record.received.campaign_id


def _refused(campaign: UUID | None, refusal: Refused) -> Outcome:
    return Outcome(campaign, "refused", (error(refusal.rule, refusal.message),), None)


def _mended(
    received: NominationReceived, parts: Mapping[str, str], said: CorrectionSubmitted
) -> NominationSubmitted:
    """The nomination as it would have been sent with these fields."""
    known = rebuilt(received, received.materials, parts)
    named = {name: getattr(said.form, name) for name in said.form.model_fields_set}
    materials = {material.id: material for material in (*known.materials, *said.materials)}
    return known.model_copy(
        update={
            "form": known.form.model_copy(update=named),
            "materials": tuple(materials.values()),
        }
    )


def _judged(
    batch: Batch[CauseT_contra], sent: Sent, record: Record, mended: NominationSubmitted
) -> Findings:
    """All rules, as on the day of the reception; only what is signed may be signed until now."""
    received = record.received
    campaign = batch.state(CAMPAIGN, received.campaign_id)
    configuration = None if isinstance(campaign, Unopened) else campaign.configuration
    return judge(
        mended,
        sent.publisher,
        configuration,
        received.received_at,
        rehearsal=sent.rehearsal,
        precedents=batch.state(PRECEDENTS, received.campaign_id),
        mended_at=sent.at,
    )


def _corrected(
    received: NominationReceived,
    mended: NominationSubmitted,
    findings: tuple[Finding, ...],
    said: CorrectionSubmitted,
    sent: Sent,
    vault: Vault,
) -> NominationCorrected:
    nomination, campaign, form = received.nomination_id, received.campaign_id, mended.form
    whose = vault.person(campaign, identity_numbers.normal(form.id_number))
    return NominationCorrected(
        nomination_id=nomination,
        campaign_id=campaign,
        submission_id=sent.submission,
        fields=said.fields,
        employer_uscc=form.employer.uscc,
        tie=person(vault, campaign, form),
        executive=is_executive(form.career, beijing_date(received.received_at)),
        identity=vault.seal(whose, "identity", nomination, "identity", identity_of(form)),
        contact=vault.seal(whose, "contact", nomination, "contact", contact_of(form)),
        dossier=vault.seal(whose, "dossier", nomination, "dossier", dossier_of(mended)),
        materials=materials_of(mended),
        fingerprints=fingerprints(vault, campaign, form),
        findings=findings,
    )


def materials_of(data: NominationSubmitted) -> tuple[Material, ...]:
    """The materials without their titles, which are sealed."""
    return tuple(
        Material(
            id=material.id,
            kind=material.kind,
            sha256=material.sha256,
            media_type=material.media_type,
            original_presented=material.original_presented,
        )
        for material in data.materials
    )
