"""Submission 报送: one message of another system and its one answer, for ever.

The stream is found by who sent the message, for whom and under which id; that it has an event is
the idempotency. The event is announced as the receipt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, assert_never
from uuid import UUID

from shared.contracts.intake import Finding
from shared.messages import Command, Decider, Event, Refused

PUBLISHER = "publisher"
"""The role of another system: of whoever the broker authenticated, and of nobody else."""

# refusals


class ConflictingRepeat(Refused):
    """An id names one message: another one under the same id is not taken."""

    code = "conflicting_repeat"
    rule = "P7"


# events


class SubmissionAnswered(Event, name="submission_answered", label="答复推荐报送", rule="S26"):
    """The answer. `publisher` is the user, `digest` the SHA-256 of the bytes that came."""

    submission_id: UUID
    campaign_id: UUID | None
    publisher: str
    source: str
    message_id: str
    digest: str
    outcome: Literal["received", "refused", "held"]
    nomination_id: UUID | None
    findings: tuple[Finding, ...]


# commands


class AnswerSubmission(Command, name="answer_submission", may={PUBLISHER}, rule="S26"):
    """Give the message this answer."""

    answer: SubmissionAnswered


# state


@dataclass(frozen=True, slots=True)
class Unanswered:
    """It was never seen."""


@dataclass(frozen=True, slots=True)
class Answered:
    """It has its answer."""

    answer: SubmissionAnswered


Situation = Unanswered | Answered


def decide(command: AnswerSubmission, state: Situation) -> Sequence[Event]:
    """Answer once."""
    match state:
        case Unanswered():
            return [command.answer]
        case Answered(answer) if answer.digest == command.answer.digest:
            return []
        case Answered():
            raise ConflictingRepeat(
                "同一编号已报送过内容不同的消息，请另用新的编号。", field="message_id"
            )
        case _:
            assert_never(state)


def evolve(_: Situation, event: SubmissionAnswered) -> Situation:
    """What is true after the event."""
    return Answered(event)


SUBMISSION: Decider[Situation] = Decider(
    name="submission",
    initial=Unanswered(),
    decide=decide,
    evolve=evolve,
    commands=(AnswerSubmission,),
    events=(SubmissionAnswered,),
)
