"""Submission: one message, one answer."""

from services.intake.submission import SUBMISSION, AnswerSubmission, SubmissionAnswered
from shared.contracts.ids import submission_id
from tests.actors import AT, OFFICE
from tests.given import given
from tests.intake.stories import SENDER

ANSWERED = SubmissionAnswered(
    submission_id=submission_id("zlb", "urn:gongjiang:publisher:zlb", "a-1"),
    campaign_id=None,
    publisher="zlb",
    source="urn:gongjiang:publisher:zlb",
    message_id="a-1",
    digest="aa" * 32,
    outcome="refused",
    nomination_id=None,
    findings=(),
)


def answer(answered: SubmissionAnswered = ANSWERED) -> AnswerSubmission:
    return AnswerSubmission(at=AT, by=SENDER, answer=answered)


def test_a_message_is_answered() -> None:
    given(SUBMISSION).when(answer()).then(ANSWERED)


def test_the_same_message_has_its_answer_already() -> None:
    given(SUBMISSION, ANSWERED).when(answer()).then()


def test_the_answer_stays_even_if_another_would_be_given_today() -> None:
    today = ANSWERED.model_copy(update={"outcome": "received"})
    given(SUBMISSION, ANSWERED).when(answer(today)).then()


def test_another_message_under_the_same_id_is_refused() -> None:
    other = ANSWERED.model_copy(update={"digest": "bb" * 32})
    given(SUBMISSION, ANSWERED).when(answer(other)).refused("P7")


def test_only_a_publisher_can_have_an_answer() -> None:
    """S26: nobody at a desk enters a nomination as if another system had sent it."""
    by_office = AnswerSubmission(at=AT, by=OFFICE, answer=ANSWERED)
    given(SUBMISSION).when(by_office).refused("S26")
