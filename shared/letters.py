"""How an event travels between our services: the wire form of a message of the house.

The headers carry what routing and order need: `partition` (an integer: a string would match no
binding), the log's `position`, and `previous`, the position of the message before it in the same
partition. The body carries the message with its source. A *head* has no body: it says how far a
partition has come, so that a follower notices a loss even when nothing else comes.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from pika import BasicProperties

from shared import contracts
from shared.confirmed import Outgoing
from shared.contracts.base import PARTITIONED_BY, Heard, Published, Source
from shared.messages import Actor, Recorded
from shared.topology import log_exchange
from shared.tracing import HEADER

PERSISTENT = 2
RECORDED = "recorded"
"""A header: milliseconds of the machine's clock since 1970."""

EPOCH, KEPT = "epoch", "kept"
"""Headers of a log that was restored once."""

log = logging.getLogger(__name__)


class Unreadable(Exception):
    """The message is not one of the published language; `reason` says why, without its content."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it was delivered or fetched; `body` is empty for a head.

    `recorded` is when its log stored it, and `trace` what a tracing system reads on its way: no
    follower decides by them. `epoch` counts how often the log was restored (shared/restoring.py),
    `kept` is how many of its leaves survived the last time.
    """

    partition: int
    position: int
    previous: int
    body: bytes
    trace: str | None = None
    recorded: datetime | None = None
    epoch: int = 1
    kept: int = 0

    @property
    def is_head(self) -> bool:
        """Whether it only says how far the partition has come."""
        return not self.body

    def as_dict(self) -> dict[str, Any]:
        """The letter as an RPC answers with it."""
        return {
            "partition": self.partition,
            "position": self.position,
            "previous": self.previous,
            "body": self.body.decode(),
        }

    @classmethod
    def of(cls, fields: dict[str, Any]) -> "Letter":
        """What `as_dict` gave."""
        return cls(
            int(fields["partition"]),
            int(fields["position"]),
            int(fields["previous"]),
            str(fields["body"]).encode(),
        )


@dataclass(frozen=True, slots=True)
class Fetched:
    """Letters read from an upstream's own log, and how far it was read for them."""

    letters: Sequence[Letter]
    scanned: int


def key_of(body: bytes) -> str | None:
    """The nomination or campaign a message is about, even where this version cannot read it."""
    try:
        data = orjson.loads(body)["data"]
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(data, dict):
        return None
    return next((str(data[name]) for name in PARTITIONED_BY if data.get(name)), None)


def write(service: str, message: Published, recorded: Recorded) -> bytes:
    """The body for a message that tells of a recorded event."""
    by = recorded.by
    return b'{"topic":%s,"data":%s,"source":%s,"at":%s,"by":%s,"correlation":%s}' % (
        orjson.dumps(message.topic()),
        message.model_dump_json().encode(),
        orjson.dumps(
            {
                "service": service,
                "event_id": recorded.id,
                "position": recorded.position,
                "leaf_index": recorded.leaf.index,
                "leaf_hash": recorded.leaf.hash.hex(),
            }
        ),
        orjson.dumps(recorded.at),
        orjson.dumps(
            {
                "id": by.id,
                "name": by.name,
                "organisation": by.organisation,
                "roles": sorted(by.roles),
            }
        ),
        orjson.dumps(recorded.correlation),
    )


def read(body: bytes) -> Heard:
    """What the body says.

    Raises:
        Unreadable: it is not a message that this version knows.
    """
    try:
        fields = orjson.loads(body)
        return Heard(
            message=contracts.read(fields["topic"], orjson.dumps(fields["data"])),
            source=Source.model_validate(fields["source"]),
            at=datetime.fromisoformat(fields["at"]),
            by=Actor.model_validate(fields["by"]),
            correlation=UUID(fields["correlation"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{type(error).__name__} in a message of the house") from error


def delivered(properties: BasicProperties, body: bytes) -> Letter | None:
    """The letter that was delivered; None for a message that no relay of ours has sent."""
    headers = properties.headers or {}
    match [headers.get(name) for name in ("partition", "position", "previous")]:
        case [int(partition), int(position), int(previous)]:
            trace, recorded = headers.get(HEADER), moment(headers.get(RECORDED))
            epoch, kept = headers.get(EPOCH, 1), headers.get(KEPT, 0)
            return Letter(partition, position, previous, body, trace, recorded, epoch, kept)
        case _:
            log.error("a message without our headers was dropped")
            return None


def moment(milliseconds: object) -> datetime | None:
    """The moment that a header tells, if it does."""
    try:
        return datetime.fromtimestamp(float(str(milliseconds)) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def outgoing(service: str, letter: Letter) -> Outgoing:
    """The letter on its way to the followers."""
    return Outgoing(
        exchange=log_exchange(service),
        routing_key="",
        body=letter.body,
        properties=BasicProperties(
            content_type="application/json",
            delivery_mode=PERSISTENT,
            headers={
                "partition": letter.partition,
                "position": letter.position,
                "previous": letter.previous,
                **({HEADER: letter.trace} if letter.trace else {}),
                **({EPOCH: letter.epoch, KEPT: letter.kept} if letter.epoch > 1 else {}),
                **(
                    {RECORDED: round(letter.recorded.timestamp() * 1000)} if letter.recorded else {}
                ),
            },
        ),
    )
