"""What every message that crosses a border has in common."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from shared.messages import WHEN_USED, Actor, Message

Audience = Literal["house", "public", "publisher"]

PARTITIONED_BY = ("nomination_id", "campaign_id", "submission_id")


class Published(Message):
    """A message of the published language, versioned by its own name.

    `audience` says how far it travels: `house` to our other services, `public` also to the
    exchange `<service>.events`, `publisher` to the one system that it answers.
    """

    model_config = WHEN_USED

    name: ClassVar[str]
    version: ClassVar[int]
    audience: ClassVar[Audience]

    def __init_subclass__(
        cls, *, name: str, audience: Audience = "public", version: int = 1, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls.name, cls.audience, cls.version = name, audience, version

    @classmethod
    def topic(cls) -> str:
        """Name and version on the wire, such as `nomination_received.v1`."""
        return f"{cls.name}.v{cls.version}"

    @property
    def partition_key(self) -> str:
        """What must stay in order: the nomination, or the campaign where there is none."""
        keys = (getattr(self, name, None) for name in PARTITIONED_BY)
        return str(next(key for key in keys if key is not None))


class Source(Message):
    """Where a fact heard from another service is recorded: event, position and ledger leaf."""

    service: str
    event_id: UUID
    position: int
    leaf_index: int
    leaf_hash: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of another service as a policy sees it."""

    message: Published
    source: Source
    at: datetime
    by: Actor
    correlation: UUID
