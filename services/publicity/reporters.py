"""Who objects: sealed before anything is stored, opened only once that is on record (P4).

Each objection has keys of its own, so that its reporter can be erased without touching another.
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field, StringConstraints

from services.publicity.enclosures import SupplementObjection
from services.publicity.notice import NOTICE, CampaignNotKnown
from services.publicity.objecting import Enclosed, NotRaised, ObjectionRaised, Objector
from services.publicity.objecting import Situation as Objection
from services.publicity.objection import (
    OBJECTION,
    NobodySealed,
    NotAtThisStep,
    OpenReporter,
    RaiseObjection,
)
from services.publicity.posted import Situation
from services.publicity.wording import Sha256, Text
from shared.application import Answer, Application, refuse_controls
from shared.contracts.sealed import Purpose, Sealed
from shared.eventlog import Batch, Cause
from shared.messages import Actor, Addressed, Message, NotEntitled
from shared.personal import Erased, Vault, key_id

PURPOSES: dict[str, Purpose] = {"reporter": "identity", "contact": "contact"}
"""Which key seals which of the two."""


class WrittenObjection(Message):
    """An objection as somebody wrote it: who signed, and what it says.

    `sha256` is that of the paper or file; `posted_on` the day of the postmark of a letter.
    """

    nomination_id: UUID
    campaign_id: UUID
    objector: Objector
    signed: bool
    reporter: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    contact: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    allegation: Text
    sha256: Sha256
    posted_on: date | None = Field(default=None)


class Reporter(Message):
    """Who objects, and how to reach whoever it is."""

    reporter: str
    contact: str


def raise_objection(
    application: Application,
    vault: Vault,
    objection_id: UUID,
    written: WrittenObjection,
    actor: Actor,
) -> Answer:
    """Record an objection; its reporter under seal, its clocks as the campaign has them.

    Raises:
        Refused: by a rule; nothing was stored.
    """
    if not actor.roles & RaiseObjection.may:
        raise NotEntitled(RaiseObjection)
    body = _under_seal(application, vault, objection_id, written)
    return application.execute(OBJECTION.name, objection_id, RaiseObjection.name, body, actor)


def lodge(
    application: Application,
    vault: Vault,
    objection_id: UUID,
    written: WrittenObjection,
    enclosed: Sequence[Enclosed],
    actor: Actor,
) -> Answer:
    """Record an objection together with what came along; both, or neither.

    Raises:
        Refused: by a rule; nothing was stored.
    """
    body = _under_seal(application, vault, objection_id, written)
    asked = [
        application.addressed(OBJECTION.name, objection_id, RaiseObjection.name, body, actor),
    ]
    if enclosed:
        asked.append(_supplement(application, objection_id, enclosed, actor))
    return _ask(application, asked)


def supplement(
    application: Application, objection_id: UUID, enclosed: Sequence[Enclosed], actor: Actor
) -> Answer:
    """Add documents to an objection; they are stored and sealed already.

    Raises:
        Refused: by a rule; nothing is on record.
    """
    return _ask(application, [_supplement(application, objection_id, enclosed, actor)])


def _supplement(
    application: Application, objection_id: UUID, enclosed: Sequence[Enclosed], actor: Actor
) -> Addressed:
    body = {
        "enclosed": [one.model_dump(mode="json") for one in enclosed],
        "key": str(key_id(objection_id, "dossier")),
    }
    return application.addressed(
        OBJECTION.name, objection_id, SupplementObjection.name, body, actor
    )


def _ask(application: Application, asked: Sequence[Addressed]) -> Answer:
    cause = Cause(f"request:{uuid4()}")

    def all_of(batch: Batch) -> tuple[str, ...]:
        return tuple(event.name for one in asked for event in batch.ask(one, cause))

    return Answer(*application.commit(all_of))


def _under_seal(
    application: Application, vault: Vault, objection_id: UUID, written: WrittenObjection
) -> dict[str, object]:
    said = written.model_dump(mode="json")
    refuse_controls(said)
    notices: Situation = application.log.batch().state(NOTICE, written.campaign_id)
    if notices.known.campaign is None:
        raise CampaignNotKnown("没有这项评选活动；请核对活动编号。", field="campaign_id")
    sealed = {
        field: _sealed(vault, objection_id, field, said[field]) if said[field] else None
        for field in PURPOSES
    }
    terms = notices.known.campaign.configuration.objections.model_dump(mode="json")
    return {**said, **sealed, "terms": terms}


def _sealed(vault: Vault, objection_id: UUID, field: str, value: str) -> dict[str, str]:
    vault.ensure_keys((objection_id,))
    box = vault.seal(objection_id, PURPOSES[field], objection_id, field, value)
    return box.model_dump(mode="json")


def open_reporter(
    application: Application, vault: Vault, objection_id: UUID, purpose: str, actor: Actor
) -> tuple[Reporter, Answer]:
    """Who objects, after the event that says who looked and what for was stored.

    Raises:
        Refused, ValidationError: nothing was opened.
        Erased: the keys are destroyed, or are to be.
    """
    answer = application.execute(
        OBJECTION.name, objection_id, OpenReporter.name, {"purpose": purpose}, actor
    )
    objection: Objection = application.log.batch().state(OBJECTION, objection_id)
    if not isinstance(objection, NotRaised) and objection.facts.erasure != "none":
        raise Erased  # from the request on, and also with a key out of a backup
    opened = vault.open_all(_boxes(application, objection_id), objection_id)
    return Reporter.model_validate({"contact": "", **opened}), answer


def _boxes(application: Application, objection_id: UUID) -> dict[str, Sealed]:
    for recorded in application.log.load([OBJECTION.stream(objection_id)]):
        match recorded.event:
            case ObjectionRaised(reporter=Sealed() as reporter, contact=contact):
                return {"reporter": reporter} | ({"contact": contact} if contact else {})
            case ObjectionRaised():
                raise NobodySealed("该异议没有反映人信息可查看。")
            case _:
                continue
    raise NotAtThisStep("没有这项异议；须先登记。")
