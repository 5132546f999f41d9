"""Minutes 评审纪要 of the panel's meeting (S72).

The form has no block for the panel's evaluation, so what it rests on is a record of its own: the
digest of the minutes, beside the digest of the list that the meeting drew.
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.calendar import beijing_date
from shared.messages import Command, Event, Refused

# refusals


class MinutesNotInOrder(Refused):
    """Minutes are of a meeting that was held, and drew a list."""

    code = "minutes_not_in_order"
    rule = "S72"


# commands


class RecordMinutes(Command, name="record_minutes", may={"expert", "office"}, rule="S72"):
    """The minutes were signed: the day of the meeting, and the SHA-256 of what was signed."""

    held_on: date
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


# events


class MinutesRecorded(Event, name="minutes_recorded", label="登记评审纪要", rule="S72"):
    """The minutes of the meeting that drew the list with this digest."""

    campaign_id: UUID
    digest: str
    held_on: date
    sha256: str


# decide


def record(command: RecordMinutes, campaign_id: UUID, digest: str) -> MinutesRecorded:
    """S72: kept for the list that was drawn; a meeting that is still to come has no minutes."""
    if command.held_on > beijing_date(command.at):
        raise MinutesNotInOrder("评审会议的日期不得晚于登记之日", field="held_on")
    return MinutesRecorded(
        campaign_id=campaign_id, digest=digest, held_on=command.held_on, sha256=command.sha256
    )
