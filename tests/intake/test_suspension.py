"""Suspension 暂缓: a complaint lets a nomination stand still, and proves nothing (S43)."""

from uuid import uuid5

import pytest

from services.intake.nomination import NOMINATION
from services.intake.record import Live
from shared.messages import Actor
from tests.actors import EXPERT, SYSTEM_ACTOR
from tests.given import given
from tests.intake.stories import (
    DESK,
    NOMINATION_ID,
    conferred,
    disqualified,
    fail_pre_review,
    pass_pre_review,
    pre_reviewed,
    received,
    release,
    resume,
    resumed,
    suspend,
    suspended,
)


def test_the_office_suspends_and_resumes_under_one_id() -> None:
    """S43: the two messages belong together."""
    given(NOMINATION, received()).when(suspend()).then(suspended())
    given(NOMINATION, received(), suspended()).when(resume()).then(resumed())
    assert suspended().suspension_id == resumed().suspension_id


def test_a_second_suspension_has_an_id_of_its_own() -> None:
    again = suspended(uuid5(NOMINATION_ID, "suspension 2"))
    given(NOMINATION, received(), suspended(), resumed()).when(suspend()).then(again)


@pytest.mark.parametrize("by", [EXPERT, DESK, SYSTEM_ACTOR])
def test_nobody_else_does(by: Actor) -> None:
    given(NOMINATION, received()).when(suspend(by)).refused("S43")
    given(NOMINATION, received(), suspended()).when(resume(by)).refused("S43")


def test_it_neither_passes_nor_is_released_meanwhile() -> None:
    """S43."""
    given(NOMINATION, received(), suspended()).when(pass_pre_review()).refused("S43")
    history = (received(), pre_reviewed(), suspended())
    given(NOMINATION, *history).when(release()).refused("S43")


def test_it_may_fail_meanwhile() -> None:
    """Only a decision in its favour waits."""
    failed = pre_reviewed(passed=False)
    given(NOMINATION, received(), suspended()).when(fail_pre_review()).then(failed)


def test_a_mere_complaint_is_no_finding() -> None:
    """S43: it is as live as before, and passes afterwards."""
    assert isinstance(NOMINATION.fold([received(), suspended()]), Live)
    history = (received(), suspended(), resumed())
    given(NOMINATION, *history).when(pass_pre_review()).then(pre_reviewed())


def test_one_at_a_time() -> None:
    given(NOMINATION, received(), suspended()).when(suspend()).refused("S43")
    given(NOMINATION, received()).when(resume()).refused("S43")


def test_not_after_the_conferral() -> None:
    """S39, P15: a title is taken back by a procedure of its own."""
    given(NOMINATION, received(), conferred()).when(suspend()).refused("S39")
    given(NOMINATION, received(), disqualified()).when(suspend()).refused("S43")


def test_the_reason_tells_no_number() -> None:
    """P3."""
    command = suspend(reason="举报人电话13800000000")
    given(NOMINATION, received()).when(command).refused("P3")
    command2 = resume(reason="举报人电话13800000000")
    given(NOMINATION, received(), suspended()).when(command2).refused("P3")
