"""Interests 利害关系 of those who judge (P10): what they declare, and what follows from it."""

from collections.abc import Collection
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.messages import Message

Uscc = Annotated[str, Field(pattern=r"^[0-9A-HJ-NP-RTUW-Y]{18}$")]
Interest = Literal[
    "relative", "same_unit", "master_apprentice", "shared_work", "recommender_office", "other"
]
"""The grounds of P10: 近亲属、同单位、师徒、同项目或共同获奖、推荐单位任职、其他利害关系."""


class Interests(Message):
    """What one member signed for the campaign: units, ties, and nominations with the ground.

    A tie is a keyed hash of a person, an award or a patent, as intake tells them of nominees.
    """

    member: str
    units: frozenset[Uscc] = frozenset()
    ties: frozenset[UUID] = frozenset()
    nominations: dict[UUID, Interest] = Field(default_factory=dict)

    def ground(
        self, nomination_id: UUID, units: Collection[str], ties: Collection[UUID]
    ) -> Interest | None:
        """Why the member may not judge this nominee; None where nothing speaks against it."""
        if (declared := self.nominations.get(nomination_id)) is not None:
            return declared
        if not self.units.isdisjoint(units):
            return "same_unit"
        return None if self.ties.isdisjoint(ties) else "shared_work"
