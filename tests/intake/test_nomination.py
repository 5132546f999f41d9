"""Nomination: what people decide, and what stands in their way."""

from uuid import UUID

import pytest
from pydantic import ValidationError

from services.intake.duplicates import DuplicateResolved, NominationHeld
from services.intake.nomination import NOMINATION
from shared.messages import SYSTEM, Actor, Event
from tests.actors import (
    AUDITOR,
    COMMITTEE,
    EXPERT,
    INVESTIGATOR,
    LEADING_GROUP,
    OFFICE,
    OPERATOR,
    SYSTEM_ACTOR,
    actor,
)
from tests.given import given
from tests.intake.samples import CAMPAIGN_ID
from tests.intake.stories import (
    CLAIM_ID,
    ENTRY,
    IDS,
    NOMINATION_ID,
    OTHER,
    THIRD,
    UNPROVEN,
    UNUSUAL,
    approved,
    concluded,
    conferred,
    disqualified,
    evaluated,
    fail_pre_review,
    held,
    hold,
    investigated,
    merge,
    open_data,
    opened,
    pass_pre_review,
    posted,
    pre_reviewed,
    receive,
    received,
    release,
    released,
    resolve,
    resolved,
)

PASSED = (received(), pre_reviewed())
OUTSIDERS = [EXPERT, LEADING_GROUP, COMMITTEE, INVESTIGATOR, AUDITOR, OPERATOR, SYSTEM_ACTOR]


class TestReceived:
    """A message of another system became a nomination."""

    def test_it_is_received(self) -> None:
        given(NOMINATION).when(receive(received())).then(received())

    def test_receiving_it_twice_changes_nothing(self) -> None:
        given(NOMINATION, received()).when(receive(received())).then()

    def test_it_is_held_against_every_other_of_the_person(self) -> None:
        """P7."""
        given(NOMINATION).when(receive(received(), OTHER, THIRD)).then(
            received(), held(OTHER), held(THIRD)
        )


class TestPreReview:
    """The office decides on eligibility, once (S35)."""

    def test_the_office_passes_it(self) -> None:
        given(NOMINATION, received(UNUSUAL)).when(pass_pre_review()).then(pre_reviewed())

    def test_the_office_fails_it_with_reasons(self) -> None:
        given(NOMINATION, received(UNPROVEN)).when(fail_pre_review()).then(
            pre_reviewed(passed=False)
        )

    @pytest.mark.parametrize("by", OUTSIDERS)
    def test_nobody_else_does(self, by: Actor) -> None:
        """S24, S25."""
        given(NOMINATION, received()).when(pass_pre_review(by)).refused("S25")
        given(NOMINATION, received()).when(fail_pre_review(by)).refused("S25")

    def test_it_does_not_pass_while_an_error_stands(self) -> None:
        """S10: the refusal names the rule of the error."""
        given(NOMINATION, received(UNPROVEN)).when(pass_pre_review()).refused("S10")

    def test_it_does_not_pass_while_the_person_is_nominated_twice(self) -> None:
        """P7."""
        given(NOMINATION, received(), held()).when(pass_pre_review()).refused("P7")

    def test_it_may_fail_while_the_person_is_nominated_twice(self) -> None:
        given(NOMINATION, received(), held()).when(fail_pre_review()).then(
            pre_reviewed(passed=False)
        )

    def test_it_passes_once_the_office_has_chosen(self) -> None:
        history = (received(), held(), resolved(kept=True))
        given(NOMINATION, *history).when(pass_pre_review()).then(pre_reviewed())

    def test_it_stands_still_while_its_facts_are_verified(self) -> None:
        """P5."""
        given(NOMINATION, received(), investigated()).when(pass_pre_review()).refused("P5")
        history = (received(), investigated(), concluded())
        given(NOMINATION, *history).when(pass_pre_review()).then(pre_reviewed())

    @pytest.mark.parametrize("conditions", [(), ("C3",), ("C1", "C4")])
    def test_at_least_one_claimed_condition_must_hold(self, conditions: tuple[str, ...]) -> None:
        """S11."""
        command = pass_pre_review(conditions=conditions)
        given(NOMINATION, received()).when(command).refused("S11")

    @pytest.mark.parametrize("reasons", [(), ("S5",), ("S35",), ("年限不足",)])
    def test_it_fails_only_by_rules_of_the_notice(self, reasons: tuple[str, ...]) -> None:
        """S35: S6 to S34."""
        given(NOMINATION, received()).when(fail_pre_review(reasons=reasons)).refused("S35")

    def test_it_is_decided_once(self) -> None:
        """S39."""
        given(NOMINATION, *PASSED).when(pass_pre_review()).refused("S39")
        given(NOMINATION, *PASSED).when(fail_pre_review()).refused("S39")
        given(NOMINATION, received(), pre_reviewed(passed=False)).when(pass_pre_review()).refused(
            "S39"
        )

    def test_there_must_be_a_nomination(self) -> None:
        """S39."""
        given(NOMINATION).when(pass_pre_review()).refused("S39")

    def test_a_disqualified_one_is_not_reviewed(self) -> None:
        """S43."""
        given(NOMINATION, received(), disqualified()).when(pass_pre_review()).refused("S43")
        given(NOMINATION, received(), disqualified()).when(fail_pre_review()).refused("S43")

    def test_a_merged_one_is_not_reviewed(self) -> None:
        history = (received(), held(), resolved(kept=False))
        given(NOMINATION, *history).when(pass_pre_review()).refused("S39")

    def test_an_opinion_is_written(self) -> None:
        """S69."""
        with pytest.raises(ValidationError):
            pass_pre_review(opinion="")


class TestDuplicates:
    """The same person twice (P7)."""

    def test_it_is_held_once_against_each_other(self) -> None:
        given(NOMINATION, received()).when(hold()).then(held())
        given(NOMINATION, received(), held()).when(hold()).then()
        given(NOMINATION, received(), held()).when(hold(THIRD)).then(held(THIRD))

    def test_the_office_keeps_it_against_all_others(self) -> None:
        history = (received(), held(OTHER), held(THIRD))
        expected = sorted((OTHER, THIRD))
        given(NOMINATION, *history).when(resolve()).then(
            *(resolved(kept=True, other=other) for other in expected)
        )

    @pytest.mark.parametrize("by", OUTSIDERS)
    def test_nobody_else_chooses(self, by: Actor) -> None:
        given(NOMINATION, received(), held()).when(resolve(by)).refused("P7")

    def test_there_must_be_a_duplicate(self) -> None:
        given(NOMINATION, received()).when(resolve()).refused("P7")
        history = (received(), held(), resolved(kept=True))
        given(NOMINATION, *history).when(resolve()).refused("P7")

    def test_it_is_merged_into_the_one_kept(self) -> None:
        given(NOMINATION, received(), held()).when(merge()).then(resolved(kept=False))

    def test_merging_it_twice_changes_nothing(self) -> None:
        history = (received(), held(), resolved(kept=False))
        given(NOMINATION, *history).when(merge()).then()
        given(NOMINATION, *history).when(hold(THIRD)).then()

    def test_a_disqualified_person_does_not_go_on_by_another_nomination(self) -> None:
        """S43."""
        given(NOMINATION, received(), held(), disqualified()).when(merge()).refused("S43")

    def test_a_disqualified_one_is_not_held(self) -> None:
        given(NOMINATION, received(), disqualified()).when(hold()).then()

    def test_a_holder_of_the_title_is_not_merged_away(self) -> None:
        given(NOMINATION, received(), conferred()).when(merge()).refused("S39")

    def test_there_is_nothing_to_hold_or_merge_without_a_nomination(self) -> None:
        given(NOMINATION).when(hold()).then()
        given(NOMINATION).when(merge()).then()

    def test_its_events_say_whose_they_are(self) -> None:
        assert held() == NominationHeld(
            nomination_id=NOMINATION_ID, campaign_id=CAMPAIGN_ID, other=OTHER
        )
        assert resolved(kept=True) == DuplicateResolved(
            **IDS, claim=CLAIM_ID, kept=True, other=OTHER
        )


class TestPersonalData:
    """It is opened for a purpose, and what the public may see is released (P3)."""

    @pytest.mark.parametrize("by", [OFFICE, INVESTIGATOR, AUDITOR, actor(SYSTEM)])
    def test_those_who_verify_open_everything_on_record(self, by: Actor) -> None:
        given(NOMINATION, received()).when(open_data(by)).then(opened())
        told = open_data(by, purpose="核对890000198503070011")
        given(NOMINATION, received()).when(told).refused("P3")

    @pytest.mark.parametrize("by", [EXPERT, LEADING_GROUP, COMMITTEE])
    def test_those_who_judge_deeds_open_the_deeds_alone(self, by: Actor) -> None:
        given(NOMINATION, received()).when(open_data(by)).refused("P3")
        deeds = open_data(by).model_copy(update={"fields": ("dossier",)})
        given(NOMINATION, received()).when(deeds).then(
            opened().model_copy(update={"fields": ("dossier",)})
        )

    @pytest.mark.parametrize("by", [OPERATOR, actor("desk"), actor("publisher")])
    def test_nobody_else_opens_it(self, by: Actor) -> None:
        given(NOMINATION, received()).when(open_data(by)).refused("P3")

    def test_it_is_opened_at_any_stage_and_each_time_on_record(self) -> None:
        history = (received(), opened(), disqualified())
        given(NOMINATION, *history).when(open_data()).then(opened())

    def test_there_must_be_a_nomination(self) -> None:
        given(NOMINATION).when(open_data()).refused("S39")

    @pytest.mark.parametrize("changes", [{"purpose": ""}, {"fields": ()}, {"fields": ("all",)}])
    def test_a_purpose_and_the_parts_are_stated(self, changes: dict[str, object]) -> None:
        with pytest.raises(ValidationError):
            type(open_data()).model_validate(open_data().model_dump() | changes)

    @pytest.mark.parametrize(
        "history", [(), (evaluated(),), (evaluated(), approved()), (approved(), posted())]
    )
    def test_the_office_releases_it_from_the_pre_review_on(
        self, history: tuple[Event, ...]
    ) -> None:
        given(NOMINATION, *PASSED, *history).when(release()).then(released())

    @pytest.mark.parametrize(
        "history",
        [
            (),
            (pre_reviewed(passed=False),),
            (pre_reviewed(), evaluated(shortlisted=False)),
            (pre_reviewed(), approved(passed=False)),
        ],
    )
    def test_it_is_not_released_before_or_for_those_who_are_out(
        self, history: tuple[Event, ...]
    ) -> None:
        """S39, A12."""
        given(NOMINATION, received(), *history).when(release()).refused("S39")

    def test_a_disqualified_one_is_not_released(self) -> None:
        """S43."""
        given(NOMINATION, *PASSED, disqualified()).when(release()).refused("S43")

    @pytest.mark.parametrize("by", OUTSIDERS)
    def test_nobody_else_releases_it(self, by: Actor) -> None:
        given(NOMINATION, *PASSED).when(release(by=by)).refused("P3")

    def test_releasing_the_same_again_changes_nothing(self) -> None:
        given(NOMINATION, *PASSED, released()).when(release()).then()

    def test_a_corrected_entry_is_released_anew(self) -> None:
        corrected = ENTRY.model_copy(update={"post": "检修主管"})
        given(NOMINATION, *PASSED, released()).when(release(corrected)).then(released(corrected))

    def test_no_personal_number_is_ever_published(self) -> None:
        """P3: whatever the form said."""
        told = ENTRY.model_copy(update={"achievements": "详询13800000000"})
        given(NOMINATION, *PASSED).when(release(told)).refused("P3")


def test_a_nomination_is_found_by_its_own_id() -> None:
    assert NOMINATION.stream(UUID(int=1)) == UUID(int=1)
