"""What intake tells auditors of a whole campaign, so that fraud can be looked for (P3, P7).

Each nomination is opened for the purpose that was stated: one event on each, stored before anything
of its window is opened. What the detectors do not compare is not told.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from uuid import UUID, uuid4

from services.intake.campaign import CAMPAIGN, Unopened
from services.intake.correction import CorrectionRequested, NominationCorrected
from services.intake.disclosure import OpenPersonalData
from services.intake.nomination import NOMINATION
from services.intake.record import NominationReceived, NotAtThisStage
from shared.application import Application, refuse_controls
from shared.audit.investigation.edits import gains
from shared.audit.investigation.facts import (
    Document,
    Edit,
    IntakeFacts,
    Nomination,
    Person,
    at,
)
from shared.contracts.opened import Dossier, Identity
from shared.contracts.sealed import Purpose
from shared.contracts.submission import Form
from shared.eventlog import Batch, Cause
from shared.formats import identity_numbers
from shared.messages import Actor, Addressed, Recorded
from shared.personal import Erased, Unopenable, Vault

WINDOW = 100
"""Nominations opened in one transaction."""

PARTS: tuple[Purpose, ...] = ("identity", "dossier")

Sent = NominationReceived | NominationCorrected


def facts(
    application: Application, vault: Vault, campaign: UUID, actor: Actor, purpose: str
) -> IntakeFacts:
    """Open the campaign's nominations, on record, and tell what detectors compare.

    Raises:
        NotAtThisStage: there is no such campaign.
        Refused: the actor may not open them, or the purpose is none; nothing was opened.
    """
    refuse_controls({"purpose": purpose})
    known = application.log.batch().state(CAMPAIGN, campaign)
    if isinstance(known, Unopened):
        raise NotAtThisStage("没有这项评选活动。")
    with application.reading() as connection:
        rows = connection.execute(
            "SELECT nomination_id FROM nominations WHERE campaign_id = %s ORDER BY arrived",
            (campaign,),
        ).fetchall()
    told: list[Nomination] = []
    ids = iter([row["nomination_id"] for row in rows])
    cause = Cause(f"request:{uuid4()}")
    while window := list(islice(ids, WINDOW)):
        application.commit(partial(_on_record, application, window, actor, purpose, cause))
        told += _opened(application, vault, window)
    configuration = known.configuration
    return IntakeFacts(
        campaign=campaign,
        deadline=configuration.deadline,
        base_date=configuration.base_date,
        nominations=tuple(told),
    )


def _on_record(
    application: Application,
    window: Sequence[UUID],
    actor: Actor,
    purpose: str,
    cause: Cause,
    batch: Batch,
) -> None:
    batch.preload((NOMINATION, window))
    opening = OpenPersonalData(at=application.clock.now(), by=actor, purpose=purpose, fields=PARTS)
    for nomination in window:
        batch.ask(Addressed(NOMINATION, nomination, opening), cause)


def _opened(application: Application, vault: Vault, window: Sequence[UUID]) -> Iterator[Nomination]:
    streams: dict[UUID, list[Recorded]] = {NOMINATION.stream(one): [] for one in window}
    for recorded in application.log.load(list(streams)):
        streams[recorded.stream].append(recorded)
    for stream in streams.values():
        yield _nomination(vault, stream)


def _nomination(vault: Vault, stream: Sequence[Recorded]) -> Nomination:
    """One nomination as it stands now, and what its corrections changed."""
    received: NominationReceived | None = None
    asked: Recorded | None = None
    latest: Sent | None = None
    edits: list[Edit] = []
    arrived: Recorded | None = None
    for recorded in stream:
        match recorded.event:
            case NominationReceived() as event:
                received = latest = event
                arrived = recorded
            case CorrectionRequested():
                asked = recorded
            case NominationCorrected() as event if latest is not None:
                edits.append(_edit(vault, asked, recorded, latest, event))
                latest = event
            case _:
                pass
    if received is None or latest is None or arrived is None:
        raise NotAtThisStage("没有这项申报。")
    return Nomination(
        id=received.nomination_id,
        claim=received.claim,
        channel=received.channel,
        recommender=received.recommender,
        employer=latest.employer_uscc,
        executive=latest.executive,
        received=at("intake", arrived),
        documents=_documents(latest),
        edits=tuple(edits),
        opened=_person(vault, latest),
    )


def _documents(sent: Sent) -> tuple[Document, ...]:
    return tuple(Document(kind=one.kind, sha256=one.sha256) for one in sent.materials)


def _edit(
    vault: Vault, asked: Recorded | None, done: Recorded, before: Sent, after: NominationCorrected
) -> Edit:
    request = asked.event if asked is not None else None
    forms = _form(vault, before), _form(vault, after)
    gained: tuple[str, ...] = ()
    if forms[0] is not None and forms[1] is not None:
        gained = gains(forms[0], forms[1], _documents(before), _documents(after))
    return Edit(
        asked=None if asked is None else at("intake", asked),
        done=at("intake", done),
        due_at=request.due_at if isinstance(request, CorrectionRequested) else None,
        fields=after.fields,
        gained=gained,
    )


def _form(vault: Vault, sent: Sent) -> Form | None:
    try:
        text = vault.open(sent.dossier, sent.nomination_id, "dossier")
    except (Erased, Unopenable):
        return None
    return Dossier.model_validate_json(text).form


def _person(vault: Vault, sent: Sent) -> Person | None:
    boxes = {"identity": sent.identity, "dossier": sent.dossier}
    try:
        parts = vault.open_all(boxes, sent.nomination_id)
    except (Erased, Unopenable):
        return None
    identity = Identity.model_validate_json(parts["identity"])
    form = Dossier.model_validate_json(parts["dossier"]).form
    number = identity_numbers.normal(identity.id_number)
    return Person(
        name=identity.name,
        sex=identity.sex,
        birth=identity_numbers.birth(number),
        number_sex=identity_numbers.sex(number),
        employer=form.employer.name,
        years_in_trade=form.years_in_trade,
        years_in_port_area=form.years_in_port_area,
        qualification=form.vocational_qualification,
        career=form.career,
        honours=form.honours,
        patents=form.patents,
        signed_by=form.recommender_opinion.signed_by,
        reviewed_by=form.recommender_opinion.reviewed_by,
    )
