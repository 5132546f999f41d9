"""From what a department publishes to the command that records it (P8)."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pydantic import ValidationError

from services.review.vetting import VETTING, RecordReply
from shared.contracts.cloudevents import Delivery, Unreadable, opened
from shared.contracts.ids import reply_id
from shared.contracts.replies import TYPE, VettingReplied
from shared.messages import Actor, Addressed

LARGEST = 64 * 1024


class Incoming(NamedTuple):
    """A reply that can be read: whom the broker authenticated, and what was sent."""

    user: str
    letter_id: UUID
    data: VettingReplied


def read(delivery: Delivery) -> Incoming:
    """Who answers what.

    Raises:
        Unreadable: the sender, the envelope or the data is not what can be recorded.
    """
    if delivery.user is None:
        raise Unreadable("unknown_user: the broker names nobody")
    if len(delivery.body) > LARGEST:
        raise Unreadable(f"too_large: more than {LARGEST} bytes")
    envelope, data = opened(delivery, TYPE)
    try:
        replied = VettingReplied.model_validate(data)
    except ValidationError as fault:
        fields = sorted({".".join(map(str, error["loc"])) for error in fault.errors()})
        raise Unreadable(f"misshapen: {len(fields)} fields are not those of a reply") from fault
    return Incoming(delivery.user, reply_id(delivery.user, envelope.source, envelope.id), replied)


def recording(incoming: Incoming, at: datetime) -> Addressed:
    """The command, in the name of the account that the broker authenticated.

    Whether it may answer for that department, the vetting decides.
    """
    user, data = incoming.user, incoming.data
    command = RecordReply(
        at=at,
        by=Actor(id=user, name=user, organisation=user, roles=frozenset({"authority"})),
        authority=data.authority,
        answer=data.answer,
        sealed=data.sealed,
        sha256=data.sha256,
        dated=data.dated,
        veto=data.veto,
        letter_id=incoming.letter_id,
    )
    return Addressed(VETTING, data.nomination_id, command)
