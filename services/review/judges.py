"""Judges 评委: who is on a panel, and how they judged before that was configured (S36, P11)."""

from typing import Any, Literal

from pydantic import Field

from services.review.interests import Uscc
from shared.contracts.campaign import Judging
from shared.messages import Message

Kind = Literal["leader", "expert"]


class PanelMember(Message):
    """One judge: the id of an account, and the unit that recusal (P10) looks at."""

    id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    organisation: str = Field(min_length=1)
    uscc: Uscc
    kind: Kind


def with_judging(data: dict[str, Any]) -> dict[str, Any]:
    """Before judging was configured, one score sufficed and equals shared a rank (P11)."""
    return {**data, "judging": Judging().model_dump(mode="json")}
