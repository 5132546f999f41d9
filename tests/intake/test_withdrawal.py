"""Withdrawal 撤回: from every stage before the conferral, by either of the two whom it rests on."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from services.intake.claim import CLAIM, Free, Held
from services.intake.nomination import NOMINATION
from services.intake.record import Live, Withdrawn, status_of
from services.intake.submission import SubmissionAnswered
from services.intake.withdrawal import NominationWithdrawn
from shared.contracts.ids import submission_id
from shared.contracts.submission import WITHDRAWN
from shared.messages import Actor, Event
from tests.actors import AT, EXPERT, OFFICE, SYSTEM_ACTOR, actor
from tests.given import given
from tests.intake.house import House, nomination_of, published
from tests.intake.samples import IN_TIME, event, publisher_of
from tests.intake.stories import (
    DESK,
    IDS,
    accept_withdrawal,
    approved,
    conferred,
    correction_requested,
    disqualified,
    ended,
    evaluated,
    excluded,
    fail_pre_review,
    held,
    hold,
    hold_lifted,
    lift_hold,
    merge,
    pass_pre_review,
    posted,
    pre_reviewed,
    received,
    release,
    resolved,
    suspended,
    taken_back,
    withdraw,
)


class TestOnPaper:
    """A signed letter came to the office or the desk."""

    @pytest.mark.parametrize(
        "history",
        [
            (),
            (correction_requested(),),
            (suspended(),),
            (pre_reviewed(),),
            (pre_reviewed(passed=False),),
            (evaluated(),),
            (approved(),),
            (posted(),),
            (ended(),),
        ],
    )
    def test_from_every_stage_before_the_conferral(self, history: tuple[Event, ...]) -> None:
        given(NOMINATION, received(), *history).when(withdraw()).then(taken_back())

    @pytest.mark.parametrize("by", [OFFICE, DESK])
    def test_office_and_desk_take_the_letter(self, by: Actor) -> None:
        given(NOMINATION, received()).when(withdraw(by)).then(taken_back())

    @pytest.mark.parametrize("by", [EXPERT, SYSTEM_ACTOR])
    def test_nobody_else_does(self, by: Actor) -> None:
        given(NOMINATION, received()).when(withdraw(by)).refused("A10")

    def test_the_unit_may_take_it_back_as_well(self) -> None:
        """A10: a nomination without the unit's opinion is none."""
        expected = taken_back().model_copy(update={"by": "recommender"})
        given(NOMINATION, received()).when(withdraw(party="recommender")).then(expected)

    def test_not_after_the_conferral(self) -> None:
        """S39."""
        given(NOMINATION, received(), conferred()).when(withdraw()).refused("S39")

    def test_after_a_disqualification_it_changes_nothing(self) -> None:
        """S43."""
        given(NOMINATION, received(), disqualified()).when(withdraw()).refused("S43")

    @pytest.mark.parametrize(
        "history", [(taken_back(),), (excluded(),), (held(), resolved(kept=False))]
    )
    def test_what_is_out_is_not_taken_back(self, history: tuple[Event, ...]) -> None:
        """S39."""
        given(NOMINATION, received(), *history).when(withdraw()).refused("S39")

    def test_it_is_not_dated_in_the_future(self) -> None:
        """A10."""
        command = withdraw(signed_on=date(2019, 12, 12))
        given(NOMINATION, received()).when(command).refused("A10")

    @pytest.mark.parametrize("changes", [{"letter": "scan"}, {"party": "neighbour"}])
    def test_it_is_a_letter_of_one_of_the_two(self, changes: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            withdraw(**changes)


class TestAfterwards:
    """No stage follows."""

    def test_nothing_is_decided_any_more(self) -> None:
        """S39."""
        for command in (pass_pre_review(), fail_pre_review(), release()):
            given(NOMINATION, received(), taken_back()).when(command).refused("S39")

    def test_neither_held_nor_merged(self) -> None:
        """P7."""
        given(NOMINATION, received(), taken_back()).when(hold()).then()
        given(NOMINATION, received(), taken_back()).when(merge()).then()

    def test_what_was_held_against_it_is_held_no_more(self) -> None:
        """P7."""
        given(NOMINATION, received(), held()).when(lift_hold()).then(hold_lifted())
        given(NOMINATION, received()).when(lift_hold()).then()
        given(NOMINATION, received(), taken_back()).when(lift_hold()).then()
        history = (received(), held(), hold_lifted())
        given(NOMINATION, *history).when(pass_pre_review()).then(pre_reviewed())

    def test_fraud_outweighs_it(self) -> None:
        """S43."""
        state = NOMINATION.fold([received(), taken_back(), disqualified()])
        assert status_of(state) == "资格取消"

    def test_it_says_nothing_of_who_signed_or_why(self) -> None:
        """P3."""
        assert not {"signed_by", "reason", "name"} & set(NominationWithdrawn.model_fields)


def test_only_the_system_that_nominated_takes_it_back() -> None:
    """S42."""
    given(NOMINATION, received()).when(accept_withdrawal()).then(
        NominationWithdrawn(
            **IDS,
            by="recommender",
            signed_on=date(2019, 12, 11),
            letter=None,
            submission_id=accept_withdrawal().submission_id,
            claim=received().claim,
            rivals=(),
        )
    )
    other = actor("publisher", id="publisher:other", organisation="other")
    given(NOMINATION, received()).when(accept_withdrawal(other)).refused("S42")


def answered(house: House, name: str, **changes: Any) -> SubmissionAnswered:
    """Let the publisher of a sample take it back; the receipt."""
    said = {
        "nomination_id": str(nomination_of(name)),
        "by": "applicant",
        "signed_by": "测试甲",
        "date": "2019-12-10",
    }
    house.deliver(published(name, WITHDRAWN, said | changes, "w-1"), at=IN_TIME)
    return house.answer(submission_id(publisher_of(name).user, event(name)["source"], "w-1"))


class TestOverTheBus:
    """The same, with a receipt."""

    def test_the_person_may_be_nominated_again(self) -> None:
        """P7: not held as a duplicate."""
        house = House()
        house.send("good-1")
        answer = answered(house, "good-1")
        assert (answer.outcome, answer.nomination_id) == ("received", nomination_of("good-1"))
        assert isinstance(house.nomination("good-1"), Withdrawn)
        (again,) = house.send("bad-5")
        assert again.outcome == "received"
        second = house.nomination("bad-5")
        assert isinstance(second, Live)
        assert second.record.rivals == frozenset()
        assert house.state(CLAIM, second.record.received.claim) == Held(nomination_of("bad-5"))

    def test_a_rival_goes_on_alone(self) -> None:
        """P7."""
        house = House()
        house.send("good-1")
        house.send("bad-5")
        answered(house, "good-1")
        other = house.nomination("bad-5")
        assert isinstance(other, Live)
        assert other.record.rivals == frozenset()
        assert house.state(CLAIM, other.record.received.claim) == Held(nomination_of("bad-5"))
        house.ask(NOMINATION, nomination_of("bad-5"), withdraw())
        assert house.state(CLAIM, other.record.received.claim) == Free()

    def test_a_second_time_is_refused(self) -> None:
        """S39."""
        house = House()
        house.send("good-1")
        house.ask(NOMINATION, nomination_of("good-1"), withdraw().model_copy(update={"at": AT}))
        answer = answered(house, "good-1")
        assert [finding.rule for finding in answer.findings] == ["S39"]
        assert answer.outcome == "refused"

    def test_who_signed_is_not_kept(self) -> None:
        """P3."""
        house = House()
        house.send("good-1")
        answered(house, "good-1", signed_by="从未见过的人")
        assert not [row for row in house.rows.rows if "从未见过的人".encode() in row[4]]

    def test_without_a_signature_it_is_none(self) -> None:
        house = House()
        house.send("good-1")
        assert answered(house, "good-1", signed_by="").outcome == "refused"
        assert isinstance(house.nomination("good-1"), Live)


def test_a_withdrawal_of_what_is_not_there_is_refused() -> None:
    """S39."""
    assert [one.rule for one in answered(House(), "good-1").findings] == ["S39"]
