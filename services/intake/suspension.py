"""Suspension 暂缓: a complaint is not yet a finding, but the nomination stands still (S43)."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from services.intake.record import NotAtThisStage, Reason, Record, without_numbers
from shared.messages import Command, Event, Refused

# refusals


class Suspended(Refused):
    """Nothing is decided in favour of a nomination that stands still."""

    code = "suspended"
    rule = "S43"


class NotSuspended(Refused):
    """Only what was suspended is resumed, and only what runs is suspended."""

    code = "not_suspended"
    rule = "S43"


# commands


class SuspendNomination(Command, name="suspend_nomination", may={"office"}, rule="S43"):
    """There is a complaint: let it stand still until somebody has looked."""

    reason: Reason


class ResumeNomination(Command, name="resume_nomination", may={"office"}, rule="S43"):
    """Nothing came of it, or an investigation has taken over."""

    reason: Reason


# events


class NominationSuspended(Event, name="nomination_suspended", label="暂缓办理", rule="S43"):
    """No pre-review is passed and nothing released until `suspension_id` ends."""

    nomination_id: UUID
    campaign_id: UUID
    suspension_id: UUID
    reason: str


class NominationResumed(Event, name="nomination_resumed", label="恢复办理", rule="S43"):
    """The suspension ended."""

    nomination_id: UUID
    campaign_id: UUID
    suspension_id: UUID
    reason: str


# decide


def suspend(command: SuspendNomination, record: Record) -> Sequence[Event]:
    """At most one suspension at a time."""
    if record.course == "已授予":
        raise NotAtThisStage("称号已经授予，不得再暂缓办理；须按撤销程序办理。")
    if record.suspension is not None:
        raise NotSuspended("该申报已经暂缓办理。")
    without_numbers(command.reason, "reason")
    suspension = uuid5(record.received.nomination_id, f"suspension {record.suspensions + 1}")
    return [NominationSuspended(**record.ids, suspension_id=suspension, reason=command.reason)]


def resume(command: ResumeNomination, record: Record) -> Sequence[Event]:
    """End the suspension."""
    if record.suspension is None:
        raise NotSuspended("该申报没有暂缓办理。")
    without_numbers(command.reason, "reason")
    return [NominationResumed(**record.ids, suspension_id=record.suspension, reason=command.reason)]


def expect_running(record: Record) -> None:
    """Mere complaint is enough to stand still (S43).

    Raises:
        Suspended: it does.
    """
    if record.suspension is not None:
        raise Suspended("该申报因被反映问题暂缓办理，恢复办理前不得通过初审或核定公开内容。")
