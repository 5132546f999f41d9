"""What departments send: the data of `gongjiang.vetting.replied.v1` (P8, P9).

A department publishes it to the exchange `vetting`, as the user of the broker that the campaign
names as its account. Field names are normative.
"""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.messages import Message

TYPE = "gongjiang.vetting.replied.v1"
"""The CloudEvents type."""


class VettingReplied(Message):
    """A department's answer about one nominee: under its seal, with its date, and the SHA-256 of
    its document. Which case it is about stays with the department."""

    nomination_id: UUID
    authority: str = Field(min_length=1, max_length=30)
    answer: Literal["no_objection", "objection"]
    sealed: bool
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    dated: date | None = None
    veto: str | None = Field(default=None, max_length=30)
