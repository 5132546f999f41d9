"""Opening personal data: on record first, and only then in plaintext (P3).

Whoever asks goes this way: intake's own desk, and another service in the name of its reader. Intake
knows a reader's roles. It does not know who sits on a panel, who stepped back or who investigates:
the service that asks checks that before it does.
"""

import logging
import traceback
from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints, ValidationError
from pydantic_core import from_json

from services.intake.campaign import CAMPAIGN, Unopened
from services.intake.disclosure import AUTHORITY, OpenPersonalData
from services.intake.erasure import ERASURE
from services.intake.erasure import Situation as Erasure
from services.intake.nomination import NOMINATION
from services.intake.record import Absent, NominationReceived, NotAtThisStage, Situation
from shared.application import Answer, Application
from shared.contracts.sealed import Purpose, Sealed
from shared.identity import Unauthenticated, Verifier
from shared.messages import Actor, Message, Refused
from shared.personal import Erased, Vault
from shared.recorder import PASSING

log = logging.getLogger(__name__)


class PurposeMissing(Refused):
    """Nothing is opened without saying which parts and what for."""

    code = "purpose_missing"
    rule = "P3"


class Opening(Message):
    """Which parts are to be opened, and what for."""

    purpose: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
    fields: tuple[Purpose, ...] = Field(min_length=1)


class NotOpened(Exception):
    """A fault, without its own words: they may repeat what was opened."""


def open_parts(
    application: Application,
    vault: Vault,
    received: NominationReceived,
    actor: Actor,
    purpose: str,
    parts: Iterable[Purpose],
) -> tuple[dict[Purpose, str], Answer]:
    """Put the opening on record, and only then open.

    Returns:
        Each part as it was sealed, and the answer to the command.

    Raises:
        Refused, ValidationError: nothing was opened.
        Erased: the person's keys are destroyed, or are to be.
    """
    chosen = tuple(dict.fromkeys(parts))
    answer = application.execute(
        NOMINATION.name,
        received.nomination_id,
        OpenPersonalData.name,
        {
            "purpose": purpose,
            "fields": chosen,
            "authorities": answered_for(application, received.campaign_id, actor),
        },
        actor,
    )
    erasure: Erasure = application.log.batch().state(ERASURE, received.nomination_id)
    if erasure.gone & set(chosen):  # from the request on, and also with a key out of a backup
        raise Erased
    boxes: dict[str, Sealed] = {part: getattr(received, part) for part in chosen}
    opened = vault.open_all(boxes, received.nomination_id)
    return {part: opened[part] for part in chosen}, answer


def answered_for(application: Application, campaign_id: UUID, actor: Actor) -> frozenset[str]:
    """The departments of a campaign that somebody answers for (P8)."""
    if AUTHORITY not in actor.roles:
        return frozenset()
    campaign = application.log.batch().state(CAMPAIGN, campaign_id)
    if isinstance(campaign, Unopened):
        return frozenset()
    authorities = campaign.configuration.vetting.authorities
    return frozenset(one.code for one in authorities if one.account == actor.id)


def open_for_another_service(
    application: Application,
    vault: Vault,
    verifier: Verifier,
    token: str,
    nomination_id: str,
    purpose: str,
    parts: Iterable[str],
) -> dict[str, Any]:
    """What intake answers to a service that asks with its reader's token.

    Returns:
        `{"parts": {part: its content}}`; or why there are none: `{"refused": {"code", "rule",
        "field", "message"}}`, `{"erased": true}`, `{"unauthenticated": {"code", "message"}}`,
        `{"unavailable": true}` where a server is away and one may ask again.

    Raises:
        NotOpened: a fault; it is logged by its kind and place alone.
    """
    try:
        opening = Opening.model_validate({"purpose": purpose, "fields": parts})
    except ValidationError:
        missing = PurposeMissing("须写明用途（2至200个字）和所要查看的部分", field="purpose")
        return {"refused": missing.as_dict()}
    try:
        actor = verifier.actor(token)
        received = _received(application, UUID(nomination_id))
        opened, _ = open_parts(application, vault, received, actor, opening.purpose, opening.fields)
        return {"parts": {part: from_json(text) for part, text in opened.items()}}
    except Unauthenticated as unknown:
        return {"unauthenticated": {"code": unknown.code, "message": unknown.message}}
    except Refused as refusal:
        return {"refused": refusal.as_dict()}
    except Erased:
        return {"erased": True}
    except PASSING as fault:
        log.warning("an opening has to wait: %s", type(fault).__name__)
        return {"unavailable": True}
    except Exception as fault:  # noqa: BLE001  (whatever it is, its words stay here)
        places = "".join(traceback.format_tb(fault.__traceback__))
        log.error("an opening failed: %s\n%s", type(fault).__name__, places)  # noqa: TRY400
        raise NotOpened from None


def _received(application: Application, nomination_id: UUID) -> NominationReceived:
    state: Situation = application.log.batch().state(NOMINATION, nomination_id)
    if isinstance(state, Absent):
        raise NotAtThisStage("没有这项申报。")
    return state.record.received
