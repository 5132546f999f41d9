"""CloudEvents 1.0 over AMQP, as other systems send them: who, in whose name, and what. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

STRUCTURED = "application/cloudevents+json"
PREFIXES = ("cloudEvents:", "cloudEvents_")
LONGEST_ATTRIBUTE = 256


class Unreadable(Exception):
    """A message of which nothing can be made; `reason` never repeats what the message says."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as the broker delivers it; `user` is whom the broker authenticated."""

    user: str | None
    content_type: str | None
    headers: Mapping[str, Any]
    body: bytes


class Envelope(BaseModel):
    """The attributes of a CloudEvent that matter here; any others are its sender's business."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str


def opened(delivery: Delivery, kind: str) -> tuple[Envelope, Any]:
    """The envelope and the data of an event of this type, structured or binary.

    Raises:
        Unreadable: it is no CloudEvent in JSON, or one of another type.
    """
    headers = {
        name[len(prefix) :]: value
        for name, value in delivery.headers.items()
        for prefix in PREFIXES
        if name.startswith(prefix)
    }
    structured = (delivery.content_type or "").startswith(STRUCTURED) or not headers
    try:
        content = from_json(delivery.body)
        envelope = Envelope.model_validate(content if structured else headers)
    except (ValueError, ValidationError) as fault:
        raise Unreadable("unreadable: not a CloudEvent 1.0 in JSON") from fault
    if envelope.type != kind:
        raise Unreadable("unknown_type: not a type of event that is taken here")
    for name, value in (("id", envelope.id), ("source", envelope.source)):
        if not 0 < len(value) <= LONGEST_ATTRIBUTE or not value.isprintable():
            raise Unreadable(f"bad_attribute: the {name} is empty, too long or not printable")
    return envelope, content.get("data") if structured else content
