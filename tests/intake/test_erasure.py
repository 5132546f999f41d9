"""The end of a person's data: asked for, admitted, held; who and when, by rules alone (P17)."""

from datetime import datetime
from uuid import UUID

import pytest

from services.intake.campaign import CAMPAIGN, CampaignOpened, CloseCampaign, NotRunning
from services.intake.claim import CLAIM, ClaimTaken, TakeClaim
from services.intake.erasure import (
    ERASURE,
    AlreadyErased,
    HeldByLaw,
    Kept,
    NoSuchHold,
    PlaceLegalHold,
    RequestErasure,
)
from services.intake.nomination import NOMINATION
from services.intake.policies import timers
from services.intake.record import NotAtThisStage
from services.intake.retention import CandidacyRunning, StillOpen, TermRuns
from shared.contracts.sealed import PersonalKey
from shared.contracts.submission import TYPE
from shared.messages import Event, LeafRef, NotEntitled, Recorded
from shared.plan import Due, Settled
from tests.actors import AT, AUDITOR, COMMITTEE, INVESTIGATOR, OFFICE, SYSTEM_ACTOR
from tests.given import given
from tests.intake import erasures, stories
from tests.intake.erasures import TEN_YEARS_ON, THIRTY_YEARS_ON
from tests.intake.house import House, nomination_of, published
from tests.intake.samples import CAMPAIGN_ID, CONFIGURATION, event
from tests.intake.stories import NOMINATION_ID, OTHER, SENDER

RECEIVED = stories.received()
FAILED = (RECEIVED, stories.pre_reviewed(passed=False))
CONFERRED = (
    RECEIVED,
    stories.pre_reviewed(),
    stories.evaluated(),
    stories.approved(),
    stories.posted(),
    stories.ended(),
    stories.conferred(),
)
OPENED = CampaignOpened(campaign_id=CAMPAIGN_ID, configuration=CONFIGURATION)
CLOSED_AT = datetime.fromisoformat("2020-01-20T10:00:00+08:00")
CLOSE = CloseCampaign(at=CLOSED_AT, by=OFFICE, reason="评选结束")


class TestWhatIsAsked:
    def test_the_office_asks_for_parts_on_a_ground(self) -> None:
        """P17"""
        given(ERASURE).when(erasures.request("contact")).then(erasures.requested("contact"))

    def test_nobody_else_does(self) -> None:
        with pytest.raises(NotEntitled):
            ERASURE.judge(erasures.request(by=COMMITTEE), Kept())

    def test_what_is_gone_is_not_asked_for_again_but_the_rest_is(self) -> None:
        """P17"""
        gone = erasures.requested("contact"), erasures.completed("contact")
        given(ERASURE, *gone).when(erasures.request("contact")).refused("P17")
        given(ERASURE, *gone).when(erasures.request()).then(
            erasures.requested("identity", "dossier")
        )

    def test_what_is_going_is_neither_asked_for_nor_held(self) -> None:
        going = ERASURE.fold([erasures.requested()])
        for command in (erasures.request(), erasures.place_hold()):
            with pytest.raises(AlreadyErased):
                ERASURE.judge(command, going)

    def test_it_is_completed_once_whoever_tells_it_how_often(self) -> None:
        given(ERASURE).when(erasures.complete()).then()
        given(ERASURE, erasures.requested()).when(erasures.complete()).then(erasures.completed())
        given(ERASURE, erasures.requested(), erasures.completed()).when(erasures.complete()).then()

    def test_keys_that_came_back_are_on_record_each_time(self) -> None:
        """P17"""
        gone = erasures.requested(), erasures.completed(), erasures.returned()
        given(ERASURE, *gone).when(erasures.note_returned()).then(erasures.returned())
        given(ERASURE).when(erasures.note_returned()).then()


class TestLegalHold:
    def test_it_refuses_the_erasure_until_the_last_one_is_lifted(self) -> None:
        """P17"""
        held = erasures.hold_placed(1), erasures.hold_placed(2)
        given(ERASURE, *held).when(erasures.request()).refused("P17")
        given(ERASURE, *held, erasures.hold_lifted()).when(erasures.request()).refused("P17")
        given(ERASURE, erasures.hold_placed(), erasures.hold_lifted()).when(
            erasures.request()
        ).then(erasures.requested())

    @pytest.mark.parametrize("by", [AUDITOR, INVESTIGATOR])
    def test_auditors_and_investigators_place_it(self, by: object) -> None:
        placed = erasures.place_hold().model_copy(update={"by": by})
        given(ERASURE).when(placed).then(erasures.hold_placed())

    def test_whoever_erases_may_not_lift_it(self) -> None:
        held = ERASURE.fold([erasures.hold_placed()])
        with pytest.raises(NotEntitled):
            ERASURE.judge(erasures.lift_hold().model_copy(update={"by": OFFICE}), held)

    def test_only_what_stands_is_lifted_and_nothing_is_held_that_is_gone(self) -> None:
        with pytest.raises(NoSuchHold):
            ERASURE.judge(erasures.lift_hold(), Kept())
        gone = ERASURE.fold([erasures.requested(), erasures.completed()])
        with pytest.raises(AlreadyErased):
            ERASURE.judge(erasures.place_hold(), gone)

    def test_its_reason_tells_no_personal_number(self) -> None:
        """P3"""
        given(ERASURE).when(erasures.place_hold("联系15400000001")).refused("P3")


class TestWhatANominationSays:
    @pytest.mark.parametrize(
        "open_",
        [
            (*FAILED, stories.investigated()),
            (*CONFERRED, stories.revocation_opened()),
            (RECEIVED, stories.suspended()),
        ],
    )
    def test_nothing_is_erased_while_something_is_open(self, open_: tuple[Event, ...]) -> None:
        """P17: as if an auditor had placed a hold, also of what was kept unlawfully."""
        with pytest.raises(StillOpen):
            NOMINATION.judge(erasures.admit(ground="unlawful"), NOMINATION.fold(open_))

    def test_there_has_to_be_one(self) -> None:
        for command in (erasures.admit(), erasures.expect_received()):
            with pytest.raises(NotAtThisStage):
                NOMINATION.judge(command, NOMINATION.initial)
        given(NOMINATION, RECEIVED).when(erasures.expect_received()).then()

    def test_it_names_the_keys_and_how_it_ended(self) -> None:
        """P17"""
        given(NOMINATION, *FAILED).when(erasures.admit()).then(erasures.admitted())
        given(NOMINATION, *CONFERRED).when(erasures.admit("contact")).then(
            erasures.admitted("contact", file="conferred")
        )
        given(NOMINATION, RECEIVED).when(erasures.admit()).then(erasures.admitted(over=False))

    def test_a_title_that_was_revoked_is_still_kept_as_one(self) -> None:
        revoked = (*CONFERRED, stories.revocation_opened(), stories.title_revoked())
        given(NOMINATION, *revoked).when(erasures.admit()).then(erasures.admitted(file="conferred"))

    def test_keys_of_what_was_corrected_go_too(self) -> None:
        """P17: the log keeps every version, sealed by whatever sealed it."""
        other = stories.sealed("another identity")
        corrected = stories.corrected().model_copy(update={"identity": other})
        history = (RECEIVED, stories.correction_requested(), corrected, stories.taken_back())
        (said,) = NOMINATION.judge(erasures.admit("identity"), NOMINATION.fold(history))
        assert {PersonalKey(key=other.key, purpose="identity"), *erasures.keys_of("identity")} == {
            *said.keys  # type: ignore[attr-defined]
        }


class TestWhatACampaignSays:
    def test_terms_run_from_its_end_as_its_configuration_has_them(self) -> None:
        """P17"""
        house = House()
        house.ask(CAMPAIGN, CAMPAIGN_ID, CLOSE)
        assert house.log.batch().state(CAMPAIGN, CAMPAIGN_ID).terms == erasures.begun()

    def test_one_that_ended_before_is_begun_by_hand_and_once(self) -> None:
        by_hand = erasures.begin_retention(CLOSED_AT).model_copy(update={"by": OFFICE})
        closed = given(CAMPAIGN, OPENED, *CAMPAIGN.judge(CLOSE, CAMPAIGN.fold([OPENED])))
        closed.when(by_hand).then(erasures.begun())
        given(CAMPAIGN, *closed.events, erasures.begun()).when(by_hand).then()
        early = given(CAMPAIGN, OPENED).when(by_hand)
        assert isinstance(early.refusal, NotRunning)

    @pytest.mark.parametrize(
        ("command", "refusal"),
        [
            (erasures.expect_over(at=CLOSED_AT), TermRuns),
            (erasures.expect_over("identity", at=CLOSED_AT, ground="request"), TermRuns),
            (erasures.expect_over("contact", at=CLOSED_AT, over=False), None),
            (erasures.expect_over(at=CLOSED_AT, ground="unlawful"), None),
            (erasures.expect_over(at=TEN_YEARS_ON), None),
            (erasures.expect_over(at=TEN_YEARS_ON, file="conferred"), TermRuns),
            (erasures.expect_over(at=THIRTY_YEARS_ON, file="conferred"), None),
        ],
    )
    def test_a_part_goes_when_its_term_is_over(
        self, command: object, refusal: type[Exception] | None
    ) -> None:
        """P17"""
        state = CAMPAIGN.fold([OPENED, *closing(), erasures.begun()])
        if refusal is None:
            assert CAMPAIGN.judge(command, state) == []  # type: ignore[arg-type]
        else:
            with pytest.raises(refusal):
                CAMPAIGN.judge(command, state)  # type: ignore[arg-type]

    def test_a_refusal_says_from_when_on(self) -> None:
        """P17: the last day is still kept."""
        state = CAMPAIGN.fold([OPENED, *closing(), erasures.begun()])
        with pytest.raises(TermRuns) as refused:
            CAMPAIGN.judge(erasures.expect_over(at=CLOSED_AT), state)
        assert "自2030-01-21起" in refused.value.message

    def test_while_it_runs_only_what_was_unlawful_and_is_over_goes(self) -> None:
        """P17"""
        running = CAMPAIGN.fold([OPENED])
        with pytest.raises(CandidacyRunning):
            CAMPAIGN.judge(erasures.expect_over(ground="unlawful", over=False), running)
        with pytest.raises(TermRuns):
            CAMPAIGN.judge(erasures.expect_over("contact"), running)
        assert CAMPAIGN.judge(erasures.expect_over(ground="unlawful"), running) == []

    def test_without_terms_only_the_contact_goes(self) -> None:
        state = CAMPAIGN.fold([OPENED, *closing()])
        with pytest.raises(TermRuns):
            CAMPAIGN.judge(erasures.expect_over(at=THIRTY_YEARS_ON), state)
        assert CAMPAIGN.judge(erasures.expect_over("contact"), state) == []

    def test_the_clock_tells_the_office_once_and_erases_nothing(self) -> None:
        """P17"""
        first, second = timers(recorded(erasures.begun()))
        assert isinstance(first, Due)
        assert isinstance(second, Due)
        assert (first.at, second.at) == (TEN_YEARS_ON, THIRTY_YEARS_ON)
        kept = OPENED, *closing(), erasures.begun()
        given(CAMPAIGN, *kept).when(erasures.end_retention(CLOSED_AT)).then()
        given(CAMPAIGN, *kept).when(erasures.end_retention()).then(erasures.ended())
        over = (*kept, erasures.ended())
        given(CAMPAIGN, *over).when(erasures.end_retention()).then()
        given(CAMPAIGN, *over).when(erasures.end_retention(THIRTY_YEARS_ON)).then(
            erasures.ended("conferred")
        )
        assert timers(recorded(erasures.ended())) == [Settled(first.key)]


class TestWhatAClaimSays:
    def test_the_keys_of_a_person_are_not_destroyed_under_another_nomination(self) -> None:
        """P17: the refusal names the other one."""
        held = ClaimTaken(nomination_id=OTHER)
        judged = given(CLAIM, held).when(erasures.close_claim())
        judged.refused("P17")
        assert str(OTHER) in str(judged.refusal)
        own = given(CLAIM, ClaimTaken(nomination_id=NOMINATION_ID))
        own.when(erasures.close_claim()).then(erasures.claim_closed())

    def test_what_one_nomination_began_no_other_goes_on_with(self) -> None:
        """P17: a merged one has the shorter term."""
        closed = given(CLAIM, erasures.claim_closed())
        closed.when(erasures.close_claim()).then()
        closed.when(erasures.close_claim(OTHER)).refused("P17")

    def test_a_claim_without_a_nomination_closes_and_takes_nothing_more(self) -> None:
        given(CLAIM).when(erasures.close_claim()).then(erasures.claim_closed())
        take = TakeClaim(at=AT, by=SENDER, nomination_id=OTHER)
        given(CLAIM, erasures.claim_closed()).when(take).then()


class TestAllOfItInOneTransaction:
    def test_a_nomination_is_erased_ten_years_after_its_campaign(self) -> None:
        """P17"""
        house, nomination = rejected()
        house.ask(CAMPAIGN, CAMPAIGN_ID, CLOSE)
        early = erasures.request(nomination_id=nomination, at=CLOSED_AT)
        before = len(house.rows.rows)
        with pytest.raises(TermRuns):
            house.ask(ERASURE, nomination, early)
        assert len(house.rows.rows) == before
        late = erasures.request(nomination_id=nomination, at=TEN_YEARS_ON)
        events = house.ask(ERASURE, nomination, late)
        assert [one.name for one in events] == [
            "erasure_requested",
            "erasure_admitted",
            "claim_closed",
        ]

    def test_a_hold_on_nothing_is_refused(self) -> None:
        with pytest.raises(NotAtThisStage):
            House().ask(ERASURE, NOMINATION_ID, erasures.place_hold())

    def test_a_hold_refuses_it(self) -> None:
        """P17"""
        house, nomination = rejected()
        hold = PlaceLegalHold(at=AT, by=AUDITOR, nomination_id=nomination, reason="审计需要")
        house.ask(ERASURE, nomination, hold)
        with pytest.raises(HeldByLaw):
            house.ask(ERASURE, nomination, unlawful(nomination))

    def test_from_the_request_on_the_person_is_not_taken_in_again(self) -> None:
        """P17: the keys may be there for another moment, and what they sealed would be lost."""
        house, nomination = rejected()
        house.ask(ERASURE, nomination, unlawful(nomination))
        (reply,) = house.deliver(published("good-1", TYPE, event("good-1")["data"], "again"))
        answer = house.answer(reply.submission)
        assert answer.outcome == "refused"
        assert "已依法删除" in answer.findings[-1].message


def rejected() -> tuple[House, UUID]:
    """Intake with a nomination that did not pass the pre-review."""
    house, nomination = House(), nomination_of("good-1")
    house.send("good-1")
    house.ask(NOMINATION, nomination, stories.fail_pre_review())
    return house, nomination


def unlawful(nomination: UUID) -> RequestErasure:
    return erasures.request(nomination_id=nomination, ground="unlawful")


def closing() -> list[Event]:
    """What ends the campaign."""
    return CAMPAIGN.judge(CLOSE, CAMPAIGN.fold([OPENED]))


def recorded(happened: Event) -> Recorded:
    return Recorded(
        1, CAMPAIGN_ID, 1, happened, AT, SYSTEM_ACTOR, AT, CAMPAIGN_ID, "test", LeafRef(0, b"")
    )
