"""Duplicates 重复申报: the office may take its choice back, as long as nothing rests on it (P7)."""

import json
from dataclasses import replace

import pytest

from services.intake.claim import CLAIM, Held
from services.intake.duplicates import ChoiceRelied
from services.intake.nomination import NOMINATION
from services.intake.record import CandidacyOver, Live, Merged, Record
from shared.messages import Actor
from tests.actors import EXPERT, SYSTEM_ACTOR
from tests.given import given
from tests.intake.house import House, nomination_of, structured
from tests.intake.stories import (
    DESK,
    OTHER,
    disqualified,
    evaluated,
    excluded,
    held,
    pass_pre_review,
    pre_reviewed,
    received,
    record,
    reopen,
    reopen_rival,
    reopened,
    resolve,
    resolved,
    taken_back,
)

FIRST, SECOND = nomination_of("good-1"), nomination_of("bad-5")
MERGED = (received(), held(), resolved(kept=False))
KEPT = (received(), held(), resolved(kept=True))


class TestOneSide:
    """What each of the two nominations says."""

    def test_the_one_that_was_merged_comes_back(self) -> None:
        given(NOMINATION, *MERGED).when(reopen()).then(reopened(restored=True))
        state = NOMINATION.fold([*MERGED, reopened(restored=True)])
        assert isinstance(state, Live)
        assert state.record.rivals == {OTHER}

    def test_the_one_that_was_kept_is_held_again(self) -> None:
        given(NOMINATION, *KEPT).when(reopen_rival()).then(reopened(restored=False))
        history = (*KEPT, reopened(restored=False))
        given(NOMINATION, *history).when(reopen_rival()).then()
        given(NOMINATION, *history).when(pass_pre_review()).refused("P7")

    @pytest.mark.parametrize("by", [EXPERT, DESK, SYSTEM_ACTOR])
    def test_nobody_else_takes_it_back(self, by: Actor) -> None:
        given(NOMINATION, *MERGED).when(reopen(by)).refused("P7")

    def test_there_must_be_something_to_take_back(self) -> None:
        given(NOMINATION, received()).when(reopen()).refused("P7")
        given(NOMINATION, *KEPT).when(reopen()).refused("P7")
        given(NOMINATION, *MERGED, reopened(restored=True)).when(reopen()).refused("P7")

    def test_not_once_a_pre_review_rests_on_it(self) -> None:
        """P7, S39: of either of the two."""
        given(NOMINATION, *KEPT, pre_reviewed()).when(reopen_rival()).refused("P7")
        passed = (received(), pre_reviewed(), held(), resolved(kept=False))
        given(NOMINATION, *passed).when(reopen()).refused("P7")
        given(NOMINATION, *MERGED, evaluated()).when(reopen()).refused("P7")

    def test_not_against_one_that_is_over(self) -> None:
        """S43."""
        given(NOMINATION, *KEPT, disqualified()).when(reopen_rival()).refused("S43")
        given(NOMINATION, *KEPT, taken_back()).when(reopen_rival()).refused("S39")

    def test_not_of_one_that_is_out_for_good(self) -> None:
        """P6, P9: told while it was merged, that counts as if it had been told before."""
        given(NOMINATION, *MERGED, excluded()).when(reopen()).refused("P7")
        given(NOMINATION, received(), held(), excluded()).when(reopen()).refused("P7")

    def test_the_reason_tells_no_number(self) -> None:
        """P3."""
        given(NOMINATION, *MERGED).when(reopen(reason="电话13800000000")).refused("P3")


class TestBothSides:
    """Nominations and claim go together, or not at all."""

    @pytest.fixture
    def house(self) -> House:
        """good-1 and bad-5 are of one person; the office kept good-1."""
        house = House()
        house.send("good-1")
        house.send("bad-5")
        house.ask(NOMINATION, FIRST, resolve())
        return house

    def live(self, house: House, name: str) -> Record:
        state = house.nomination(name)
        assert isinstance(state, Live)
        return state.record

    def test_both_are_held_again_and_the_office_chooses_anew(self, house: House) -> None:
        assert isinstance(house.nomination("bad-5"), Merged)
        house.ask(NOMINATION, SECOND, reopen())
        assert self.live(house, "good-1").rivals == {SECOND}
        assert self.live(house, "bad-5").rivals == {FIRST}
        claim = self.live(house, "good-1").received.claim
        assert house.state(CLAIM, claim) == Held(FIRST, (SECOND,))
        house.ask(NOMINATION, SECOND, resolve())
        assert isinstance(house.nomination("good-1"), Merged)
        assert house.state(CLAIM, claim) == Held(SECOND)

    def test_a_third_one_that_came_meanwhile_is_a_rival_of_both(self, house: House) -> None:
        """P7: no two of a person ever run side by side."""
        third = json.loads(structured("bad-5").body) | {"id": "third"}
        house.deliver(replace(structured("bad-5"), body=json.dumps(third).encode()))
        house.ask(NOMINATION, SECOND, reopen())
        assert len(self.live(house, "bad-5").rivals) == 2
        assert len(self.live(house, "good-1").rivals) == 2

    def test_nothing_happens_when_one_of_them_was_pre_reviewed(self, house: House) -> None:
        command = pass_pre_review(conditions=("C1",))
        house.ask(NOMINATION, FIRST, command)
        stored = len(house.rows.rows)
        with pytest.raises(ChoiceRelied):
            house.ask(NOMINATION, SECOND, reopen())
        assert len(house.rows.rows) == stored
        assert isinstance(house.nomination("bad-5"), Merged)

    def test_nothing_happens_when_the_other_was_disqualified(self, house: House) -> None:
        """S43: no way around a disqualification."""
        fraud = disqualified().model_copy(update={"nomination_id": FIRST})
        house.ask(NOMINATION, FIRST, record(fraud))
        stored = len(house.rows.rows)
        with pytest.raises(CandidacyOver):
            house.ask(NOMINATION, SECOND, reopen())
        assert len(house.rows.rows) == stored
