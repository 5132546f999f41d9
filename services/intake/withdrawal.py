"""Withdrawal 撤回: the applicant, or the unit that nominated, takes a nomination back.

A nomination rests on both, the person's commitment and the unit's opinion (A10): without one of
them it goes no further, until a title was conferred. Who signed and why is kept out; the letter
is known by its digest.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal
from uuid import UUID

from services.intake.record import Digest, NotAtThisStage, OtherPublisher, Record
from services.intake.submission import PUBLISHER
from shared.calendar import beijing_date
from shared.messages import Command, Event, Refused

Party = Literal["applicant", "recommender"]


# refusals


class NotYetSigned(Refused):
    """A declaration is dated no later than the day on which it arrives."""

    code = "not_yet_signed"
    rule = "A10"


# commands


class WithdrawNomination(Command, name="withdraw_nomination", may={"office", "desk"}, rule="A10"):
    """A signed letter came on paper: `letter` is the SHA-256 of its scan."""

    party: Party
    signed_on: date
    letter: Digest


class AcceptWithdrawal(Command, name="accept_withdrawal", may={PUBLISHER}, rule="A10"):
    """The system that nominated sent the withdrawal; `submission_id` is its answer's stream."""

    party: Party
    signed_on: date
    submission_id: UUID


# events


class NominationWithdrawn(Event, name="nomination_withdrawn", label="撤回申报", rule="A10"):
    """It was taken back `by` one of the two; the claim on the person is free again.

    It came as a letter on paper, or as a message.
    """

    nomination_id: UUID
    campaign_id: UUID
    by: Party
    signed_on: date
    letter: str | None
    submission_id: UUID | None
    claim: UUID
    rivals: tuple[UUID, ...]


# decide


def withdraw(command: WithdrawNomination | AcceptWithdrawal, record: Record) -> Sequence[Event]:
    """From every stage before the conferral."""
    if isinstance(command, AcceptWithdrawal) and command.by.organisation != (
        record.received.publisher
    ):
        raise OtherPublisher("撤回须由报送该申报的系统提出，或以书面方式向办公室提出。")
    if record.course == "已授予":
        raise NotAtThisStage("称号已经授予，不得再撤回申报。")
    if command.signed_on > beijing_date(command.at):
        raise NotYetSigned("撤回声明的日期须不晚于收到日期。", field="signed_on")
    return [
        NominationWithdrawn(
            **record.ids,
            by=command.party,
            signed_on=command.signed_on,
            letter=command.letter if isinstance(command, WithdrawNomination) else None,
            submission_id=command.submission_id if isinstance(command, AcceptWithdrawal) else None,
            claim=record.received.claim,
            rivals=tuple(sorted(record.rivals)),
        )
    ]
