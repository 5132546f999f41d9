"""Publicity as a whole: what may never happen, in whatever order things are heard and done."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.publicity import PLAN, honour, notice, objecting, posted, revocation, revoking, title
from services.publicity.honour import HONOUR
from services.publicity.notice import NOTICE
from services.publicity.objection import OBJECTION
from services.publicity.posted import Published as PublishedNotices
from services.publicity.revocation import REVOCATION
from shared.calendar import end_of_day
from shared.contracts import intake, publicity, review
from shared.contracts.base import Published
from shared.messages import Command, Decider, Refused
from tests.actors import COMMITTEE, INVESTIGATOR, LEADING_GROUP, OFFICE, actor
from tests.publicity.house import House
from tests.publicity.stories import (
    BING,
    CAMPAIGN,
    CLOSING,
    CONFIGURATION,
    DIGEST,
    ENTRIES,
    INVESTIGATION,
    JIA,
    LATER,
    MEANWHILE,
    NOTICE_ID,
    OBJECTION_ID,
    OPENING,
    PAPER,
    SECOND_NOTICE,
    YI,
    accept,
    confer,
    decline,
    entry,
    extend,
    open_reporter,
    propose,
    publish,
    raise_objection,
)

PEOPLE = (JIA, YI, BING)
DING = uuid5(CAMPAIGN, "ding")
DING_ENTRY = entry("测试丁")
CORRECTED = entry("测试甲", employer="虚构港务示例有限公司")


def decided(*approved: UUID) -> review.ListDecided:
    outcomes = tuple(
        review.Outcome(nomination_id=one, approved=one in approved, yes=6, no=0, abstained=0)
        for one in (*PEOPLE, DING)
    )
    return review.ListDecided(campaign_id=CAMPAIGN, digest=DIGEST, outcomes=outcomes)


def released(nomination: UUID, what: intake.Entry | None = None) -> intake.PublicationReleased:
    read = {**ENTRIES, DING: DING_ENTRY}
    return intake.PublicationReleased(
        nomination_id=nomination, campaign_id=CAMPAIGN, entry=what or read[nomination]
    )


def cleared(nomination: UUID) -> review.ClearanceGranted:
    return review.ClearanceGranted(nomination_id=nomination, campaign_id=CAMPAIGN)


def disqualified(nomination: UUID) -> review.NominationDisqualified:
    return review.NominationDisqualified(
        nomination_id=nomination,
        campaign_id=CAMPAIGN,
        investigation_id=INVESTIGATION,
        reason="奖励证书系伪造",
    )


def promoted(nomination: UUID, place: UUID) -> review.ReservePromoted:
    return review.ReservePromoted(nomination_id=nomination, campaign_id=CAMPAIGN, in_place_of=place)


def investigated(
    finding: review.Verdict, nomination: UUID = JIA, objection: UUID = OBJECTION_ID
) -> review.ObjectionInvestigated:
    return review.ObjectionInvestigated(
        nomination_id=nomination,
        campaign_id=CAMPAIGN,
        objection_id=objection,
        investigation_id=INVESTIGATION,
        finding=finding,
    )


def opened() -> intake.CampaignOpened:
    return intake.CampaignOpened(campaign_id=CAMPAIGN, configuration=CONFIGURATION)


def posted_house() -> House:
    """Three people are posted."""
    house = House()
    for message in (opened(), decided(*PEOPLE), *(released(one) for one in PEOPLE)):
        house.hear(message)
    house.ask(NOTICE, CAMPAIGN, publish())
    return house


def confer_all(house: House) -> list[UUID]:
    """Whoever can be conferred is."""
    for place, nomination in enumerate((*PEOPLE, DING)):
        try:
            house.ask(HONOUR, nomination, confer(certificate=f"证{place}"))
        except Refused:
            continue
    return [one.nomination_id for one in of(house, title.TitleConferred)]


def of(house: House, kind: Any) -> list[Any]:
    return house.happened(kind)


class TestOneObjection:
    def test_stops_one_person_and_nobody_else(self) -> None:
        """P5, S40: three are posted, one is objected to, two are conferred; then the third."""
        house = posted_house()
        house.ask(OBJECTION, OBJECTION_ID, raise_objection(JIA))
        house.ask(OBJECTION, OBJECTION_ID, accept())
        house.pass_time(CLOSING)
        for nomination in PEOPLE:
            house.hear(cleared(nomination))
        assert confer_all(house) == [YI, BING]
        house.hear(investigated("unfounded"), LATER)
        assert sorted(confer_all(house)) == sorted(PEOPLE)

    def test_is_told_to_review_step_by_step_and_names_nobody(self) -> None:
        """P4, P5, P6."""
        house = posted_house()
        house.said.clear()
        house.ask(OBJECTION, OBJECTION_ID, raise_objection(JIA))
        house.ask(OBJECTION, OBJECTION_ID, accept())
        house.hear(investigated("immaterial"), LATER)
        about = {"nomination_id": JIA, "campaign_id": CAMPAIGN, "objection_id": OBJECTION_ID}
        assert house.said == [
            publicity.ObjectionReceived(**about),
            publicity.ObjectionAccepted(**about, investigate_by=date(2020, 1, 16)),
            publicity.ObjectionClosed(**about, outcome="immaterial"),
        ]

    def test_declined_lets_the_person_go_on(self) -> None:
        """P4: and is told as what it is."""
        house = posted_house()
        house.ask(OBJECTION, OBJECTION_ID, raise_objection(JIA, signed=False, named=False))
        house.hear(cleared(JIA))
        assert confer_all(house) == []
        house.ask(OBJECTION, OBJECTION_ID, decline("anonymous", lead=True))
        assert confer_all(house) == [JIA]
        assert house.said[-2] == publicity.ObjectionDeclined(
            nomination_id=JIA, campaign_id=CAMPAIGN, objection_id=OBJECTION_ID, ground="anonymous"
        )

    def test_is_made_to_somebody_who_is_posted(self) -> None:
        """P4: before the notice there is nothing to object to; nothing is left behind."""
        house = House()
        house.hear(opened())
        before = list(house.facts)
        with pytest.raises(Refused) as refusal:
            house.ask(OBJECTION, OBJECTION_ID, raise_objection(JIA))
        assert refusal.value.rule == "P4"
        assert house.facts == before
        assert house.state(OBJECTION, OBJECTION_ID) == objecting.NotRaised()

    @pytest.mark.parametrize(
        ("at", "posted_on", "in_time"),
        [
            ("2019-12-23T00:00:00+08:00", None, True),
            ("2019-12-27T23:59:59+08:00", None, True),
            ("2019-12-28T00:00:00+08:00", None, False),
            ("2019-12-30T09:00:00+08:00", date(2019, 12, 27), True),
            ("2019-12-30T09:00:00+08:00", date(2019, 12, 28), False),
            ("2019-12-24T09:00:00+08:00", date(2019, 12, 22), False),
        ],
    )
    def test_is_taken_up_if_it_is_of_a_day_of_the_window(
        self, at: str, posted_on: date | None, in_time: bool
    ) -> None:
        """P4: received, or postmarked, within it; else it is late, and only then."""
        house = posted_house()
        moment = datetime.fromisoformat(at)
        house.ask(OBJECTION, OBJECTION_ID, raise_objection(JIA, at=moment, posted_on=posted_on))
        right, wrong = accept(at=moment), decline("late", at=moment)
        if not in_time:
            right, wrong = wrong, right  # type: ignore[assignment]
        before = list(house.facts)
        with pytest.raises(Refused) as refusal:
            house.ask(OBJECTION, OBJECTION_ID, wrong)
        assert refusal.value.rule == "P4"
        assert house.facts == before
        house.ask(OBJECTION, OBJECTION_ID, right)

    def test_is_in_time_to_the_end_of_an_extended_window(self) -> None:
        """P1, P4: longer posted, longer open to objections."""
        house = posted_house()
        monday = datetime.fromisoformat("2019-12-30T16:00:00+08:00")
        house.ask(NOTICE, CAMPAIGN, extend(until=date(2019, 12, 30)))
        house.ask(OBJECTION, OBJECTION_ID, raise_objection(JIA, at=monday))
        house.ask(OBJECTION, OBJECTION_ID, accept(at=monday))
        assert len(of(house, posted.ObjectionAdmitted)) == 1

    def test_taken_up_it_is_on_record_of_the_notice(self) -> None:
        """S71: 有异议; what is declined leaves the notice 无异议."""
        house = posted_house()
        house.ask(OBJECTION, OBJECTION_ID, raise_objection(JIA))
        house.ask(OBJECTION, OBJECTION_ID, accept())
        other = uuid5(CAMPAIGN, "another objection")
        house.ask(OBJECTION, other, raise_objection(YI, signed=False, named=False))
        house.ask(OBJECTION, other, decline("anonymous"))
        assert of(house, posted.ObjectionAdmitted) == [
            posted.ObjectionAdmitted(
                campaign_id=CAMPAIGN,
                notice_id=NOTICE_ID,
                nomination_id=JIA,
                objection_id=OBJECTION_ID,
            )
        ]

    @pytest.mark.parametrize("by", [OFFICE, INVESTIGATOR])
    def test_tells_nobody_of_the_nominees_unit_who_objects(self, by: Any) -> None:
        """P4: neither the employer's nor the recommending unit's people."""
        house = posted_house()
        house.ask(OBJECTION, OBJECTION_ID, raise_objection(JIA))
        colleague = actor(*by.roles, organisation=ENTRIES[JIA].employer)
        with pytest.raises(Refused) as refusal:
            house.ask(OBJECTION, OBJECTION_ID, open_reporter(by=colleague))
        assert refusal.value.rule == "P4"
        assert of(house, objecting.ReporterOpened) == []
        house.ask(OBJECTION, OBJECTION_ID, open_reporter(by=by))
        assert len(of(house, objecting.ReporterOpened)) == 1


class TestClocks:
    def test_of_a_service_that_was_down_all_fire_in_one_go_and_once(self) -> None:
        """P1, P5: both windows and the decision on an objection, each at its own time."""
        house = posted_house()
        house.hear(released(JIA, CORRECTED), MEANWHILE)
        house.ask(NOTICE, CAMPAIGN, publish(at=MEANWHILE))
        house.ask(OBJECTION, OBJECTION_ID, raise_objection(YI))
        assert house.pass_time(LATER) == 3
        assert house.pass_time(LATER) == 0
        ends = [fact for fact in house.facts if isinstance(fact.event, posted.NoticeClosed)]
        assert [(fact.at, fact.event.notice_id) for fact in ends] == [  # type: ignore[attr-defined]
            (CLOSING, NOTICE_ID),
            (end_of_day(date(2019, 12, 31)), SECOND_NOTICE),
        ]
        [overdue] = [f for f in house.facts if isinstance(f.event, objecting.AcceptanceOverdue)]
        assert overdue.at == end_of_day(date(2019, 12, 27))

    def test_a_window_that_was_extended_ends_at_its_new_time_alone(self) -> None:
        """P1: the timer has moved."""
        house = posted_house()
        house.ask(NOTICE, CAMPAIGN, extend(until=date(2019, 12, 30)))
        assert house.pass_time(CLOSING) == 0
        assert house.pass_time(end_of_day(date(2019, 12, 30))) == 1
        assert len(of(house, posted.NoticeClosed)) == 1
        assert [type(said) for said in house.said[-2:]] == [
            publicity.NoticeExtended,
            publicity.NoticeClosed,
        ]

    def test_an_answer_that_is_due_is_due_once(self) -> None:
        """P5: five working days after the conclusion."""
        house = posted_house()
        house.ask(OBJECTION, OBJECTION_ID, raise_objection(JIA))
        house.ask(OBJECTION, OBJECTION_ID, accept())
        house.hear(investigated("unfounded"), LATER)
        assert house.pass_time(LATER + timedelta(days=30)) == 2
        assert house.pass_time(LATER + timedelta(days=30)) == 0
        assert len(of(house, objecting.AnswerOverdue)) == 1


class TestBothOrders:
    def test_of_conferral_and_disqualification_have_two_ends_only(self) -> None:
        """S43, P15: cancelled and off the notice, or up for a revocation that opened by itself."""
        first, second = posted_house(), posted_house()
        for house in (first, second):
            house.pass_time(CLOSING)
            house.hear(cleared(JIA))
        first.ask(HONOUR, JIA, confer())
        first.hear(disqualified(JIA))
        assert isinstance(first.state(REVOCATION, JIA), revoking.Verified)
        assert JIA in first.state(NOTICE, CAMPAIGN).standing
        second.hear(disqualified(JIA))
        with pytest.raises(Refused):
            second.ask(HONOUR, JIA, confer())
        assert second.state(HONOUR, JIA) == title.Cancelled()
        assert JIA not in second.state(NOTICE, CAMPAIGN).standing

    @pytest.mark.parametrize(
        "order",
        list(permutations([cleared(JIA), investigated("unfounded"), "raise"])),
        ids=str,
    )
    def test_of_objection_and_clearance_confer_only_when_it_is_over(
        self, order: Sequence[Published | str]
    ) -> None:
        """S40, P6."""
        house = posted_house()
        for step in order:
            if isinstance(step, Published):
                house.hear(step)
            else:
                house.ask(OBJECTION, OBJECTION_ID, raise_objection(JIA))
        if order.index("raise") > order.index(investigated("unfounded")):
            assert confer_all(house) == []
            house.hear(investigated("unfounded"))
        assert confer_all(house) == [JIA]

    @pytest.mark.parametrize(
        "order",
        list(permutations([disqualified(JIA), promoted(DING, JIA), released(DING), "publish"])),
        ids=lambda order: "-".join(getattr(type(one), "name", str(one)) for one in order),
    )
    def test_of_promotion_and_notice_post_the_same_people(
        self, order: Sequence[Published | str]
    ) -> None:
        """S43, P6, P16, A12."""
        house = House()
        for message in (opened(), decided(*PEOPLE), *(released(one) for one in PEOPLE)):
            house.hear(message)
        for step in (*order, "publish"):
            if isinstance(step, Published):
                house.hear(step)
                continue
            try:
                house.ask(NOTICE, CAMPAIGN, publish())
            except Refused:
                continue
        assert house.state(NOTICE, CAMPAIGN).standing == {YI, BING, DING}

    @pytest.mark.parametrize("ground", ["ineligible", "vetoed"])
    def test_of_exclusion_and_conferral_leave_no_title_unnoticed(self, ground: Any) -> None:
        """P6, P9, P15: out before it; after it, on record for the office."""
        out = review.NominationExcluded(
            nomination_id=JIA, campaign_id=CAMPAIGN, ground=ground, reason="不符合条件"
        )
        first, second = posted_house(), posted_house()
        for house in (first, second):
            house.hear(cleared(JIA))
        first.hear(out)
        assert confer_all(first) == []
        assert of(first, posted.NoticeEntryRemoved)[0].reason == ground
        second.ask(HONOUR, JIA, confer())
        second.hear(out)
        assert len(of(second, title.ExclusionNoted)) == 1
        second.ask(HONOUR, JIA, propose())
        assert isinstance(second.state(REVOCATION, JIA), revoking.Opened)

    def test_of_a_changed_fact_and_the_clearance_wait_for_the_second_window(self) -> None:
        """P6, S40."""
        for order in permutations([cleared(JIA), released(JIA, CORRECTED)]):
            house = posted_house()
            for message in order:
                house.hear(message)
            house.pass_time(CLOSING)
            assert confer_all(house) == []
            house.ask(NOTICE, CAMPAIGN, publish(at=MEANWHILE))
            assert confer_all(house) == []
            house.pass_time(LATER)
            assert confer_all(house) == [JIA]


class TestTheOtherWaysOut:
    def test_a_withdrawn_nomination_is_removed_not_cancelled(self) -> None:
        """P6: 撤回 is no fraud, and partners hear only that it is off."""
        house = posted_house()
        house.hear(
            intake.NominationWithdrawn(nomination_id=JIA, campaign_id=CAMPAIGN, by="applicant")
        )
        assert of(house, posted.NoticeEntryRemoved)[0].reason == "withdrawn"
        assert house.said[-1] == publicity.NoticeEntryWithdrawn(
            campaign_id=CAMPAIGN, notice_id=NOTICE_ID, nomination_id=JIA
        )
        assert not [one for one in house.said if isinstance(one, publicity.CandidacyCancelled)]

    def test_a_merged_nomination_comes_back_when_it_is_kept_after_all(self) -> None:
        """P7."""
        house = posted_house()
        for kept in (False, True):
            house.hear(
                intake.DuplicateResolved(
                    nomination_id=JIA, campaign_id=CAMPAIGN, kept=kept, other=DING
                )
            )
        house.hear(cleared(JIA))
        assert confer_all(house) == []
        house.ask(NOTICE, CAMPAIGN, publish())
        house.pass_time(CLOSING)
        assert confer_all(house) == [JIA]

    def test_whoever_was_merged_while_others_were_posted_again_waits_for_the_notice_after(
        self,
    ) -> None:
        """P6, P7, S40: a change that the second notice did not post is posted by the third."""
        house = posted_house()
        house.hear(cleared(JIA))
        house.hear(released(JIA, CORRECTED))
        merged = intake.DuplicateResolved(
            nomination_id=JIA, campaign_id=CAMPAIGN, kept=False, other=DING
        )
        house.hear(merged)
        house.hear(released(YI, entry("测试乙", employer="虚构港务示例有限公司")))
        house.ask(NOTICE, CAMPAIGN, publish(at=MEANWHILE))
        house.hear(merged.model_copy(update={"kept": True}))
        house.ask(NOTICE, CAMPAIGN, publish(at=MEANWHILE))
        assert confer_all(house) == []
        house.pass_time(LATER)
        assert confer_all(house) == [JIA]

    def test_fraud_found_while_a_revocation_runs_opens_no_second_one(self) -> None:
        """P15: the others hear of one procedure, which one decision ends."""
        house = posted_house()
        house.hear(cleared(JIA))
        house.ask(HONOUR, JIA, confer())
        house.ask(HONOUR, JIA, propose())
        house.hear(disqualified(JIA))
        told = [one for one in house.said if isinstance(one, publicity.RevocationOpened)]
        assert told == [publicity.RevocationOpened(nomination_id=JIA, campaign_id=CAMPAIGN)]

    def test_a_revoked_title_is_the_conferring_bodys_doing_alone(self) -> None:
        """P15: from the proposal to the correction, heard by the others."""
        house = posted_house()
        house.hear(cleared(JIA))
        house.ask(HONOUR, JIA, confer())
        house.ask(HONOUR, JIA, propose())
        number = "嘉港区管〔2020〕9号"
        for step in REVOKING:
            house.ask(REVOCATION, JIA, step)
        assert isinstance(house.state(HONOUR, JIA), title.Revoked)
        assert house.said[-2:] == [
            publicity.RevocationOpened(nomination_id=JIA, campaign_id=CAMPAIGN),
            publicity.TitleRevoked(nomination_id=JIA, campaign_id=CAMPAIGN, decision_number=number),
        ]
        house.ask(
            REVOCATION,
            JIA,
            revocation.CorrectRevocation(
                at=LATER, by=COMMITTEE, decision_number="嘉港区管〔2020〕12号", statement="有误"
            ),
        )
        assert isinstance(house.state(HONOUR, JIA), title.Conferred)
        assert isinstance(house.said[-1], publicity.RevocationDismissed)


OBJECTIONS = tuple(uuid5(CAMPAIGN, f"objection {number}") for number in range(2))
person = st.sampled_from((JIA, JIA, DING))
an_objection = st.sampled_from(OBJECTIONS)


REVOKING: list[Command] = [
    revocation.RecordVerification(at=LATER, by=OFFICE, statement="调查属实", sha256=PAPER),
    revocation.RecordStatement(at=LATER, by=OFFICE, heard_on=date(2020, 1, 2), declined=True),
    revocation.GiveOpinion(at=LATER, by=LEADING_GROUP, advice="keep", statement="建议保留"),
    revocation.DecideRevocation(
        at=LATER, by=COMMITTEE, revoke=True, decision_number="嘉港区管〔2020〕9号", statement="撤销"
    ),
]
LIST: list[Published] = [
    decided(*PEOPLE),
    released(JIA, CORRECTED),
    *(released(one) for one in (*PEOPLE, DING)),
    promoted(DING, JIA),
]
EXITS: list[Published] = [
    disqualified(JIA),
    disqualified(DING),
    review.NominationExcluded(
        nomination_id=JIA, campaign_id=CAMPAIGN, ground="vetoed", reason="不符合条件"
    ),
    intake.NominationWithdrawn(nomination_id=DING, campaign_id=CAMPAIGN, by="recommender"),
    *(
        intake.DuplicateResolved(
            nomination_id=JIA, campaign_id=CAMPAIGN, kept=kept, other=INVESTIGATION
        )
        for kept in (False, True)
    ),
]


class Selection(RuleBasedStateMachine):
    """Everybody does anything at any time; some of it is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.house = House()
        self.now = OPENING

    @initialize(posted=st.booleans())
    def begin(self, posted: bool) -> None:
        """From the beginning, or with one person cleared while the first notice is up."""
        self.house.hear(opened())
        if posted:
            self.house = posted_house()
            self.house.hear(cleared(JIA))

    def hear(self, message: Published) -> None:
        """P6, S43: what policies make of news is never refused, and twice is as good as once."""
        self.house.hear(message, self.now)
        told = len(self.house.facts)
        self.house.hear(message, self.now)
        assert len(self.house.facts) == told

    def ask(self, decider: Decider[Any], key: UUID, command: Command) -> None:
        """A refusal leaves nothing behind."""
        before = list(self.house.facts), dict(self.house.states)
        try:
            self.house.ask(decider, key, command)
        except Refused:
            assert (self.house.facts, self.house.states) == before

    @rule(message=st.sampled_from(LIST))
    def hear_of_the_list(self, message: Published) -> None:
        self.hear(message)

    @rule(one=person, granted=st.booleans())
    def hear_of_the_clearance(self, one: UUID, granted: bool) -> None:
        withdrawn = review.ClearanceWithdrawn(nomination_id=one, campaign_id=CAMPAIGN)
        self.hear(cleared(one) if granted else withdrawn)

    @rule(message=st.sampled_from(EXITS))
    def hear_of_an_exit(self, message: Published) -> None:
        self.hear(message)

    @rule()
    def publish(self) -> None:
        self.ask(NOTICE, CAMPAIGN, notice.PublishNotice(at=self.now, by=OFFICE))

    @rule(number=st.integers(1, 3), days=st.integers(1, 4))
    def extend(self, number: int, days: int) -> None:
        until = (self.now + timedelta(days=days)).date()
        key = notice.notice_id(CAMPAIGN, number)
        self.ask(NOTICE, CAMPAIGN, extend(at=self.now, until=until, notice_id=key))

    @rule(key=an_objection, one=person, signed=st.booleans())
    def object_to(self, key: UUID, one: UUID, signed: bool) -> None:
        self.ask(OBJECTION, key, raise_objection(one, at=self.now, signed=signed, named=signed))

    @rule(
        key=an_objection, command=st.sampled_from([accept(), decline("anonymous"), decline("late")])
    )
    def settle(self, key: UUID, command: Command) -> None:
        self.ask(OBJECTION, key, command.model_copy(update={"at": self.now}))

    @rule(key=an_objection, finding=st.sampled_from(["unfounded", "immaterial"]))
    def conclude(self, key: UUID, finding: Any) -> None:
        self.hear(investigated(finding, JIA, key))

    @rule(one=person)
    def confer(self, one: UUID) -> None:
        command = honour.ConferTitle(
            at=self.now,
            by=COMMITTEE,
            certificate_number=f"GQGJ-{one}",
            decision_number="嘉港区管〔2020〕1号",
        )
        self.ask(HONOUR, one, command)

    @rule(one=person, step=st.sampled_from([propose(), *REVOKING]))
    def question(self, one: UUID, step: Command) -> None:
        self.ask(HONOUR if isinstance(step, honour.ProposeRevocation) else REVOCATION, one, step)

    @rule(days=st.integers(1, 9))
    def wait(self, days: int) -> None:
        """P1, P5: whatever is due fires once, and closes no window before its end."""
        self.now += timedelta(days=days)
        self.house.pass_time(self.now)
        assert self.house.pass_time(self.now) == 0

    @invariant()
    def nobody_who_is_out_is_on_a_notice(self) -> None:
        """S43, P6: withdrawn, ruled out, disqualified before a conferral."""
        state = self.house.state(NOTICE, CAMPAIGN)
        if isinstance(state, PublishedNotices):
            assert not state.standing & state.known.barred.keys()
            standing = [one for each in state.postings for one in each.nominations]
            assert len(standing) == len(set(standing))
            assert state.standing <= {*PEOPLE, *state.known.promoted}

    @invariant()
    def nothing_is_conferred_while_it_is_open(self) -> None:
        """S40: as the history tells it, not as the state remembers it."""
        open_ones: dict[UUID, UUID] = {}
        approved: set[UUID] = set()
        out: set[UUID] = set()
        for fact in self.house.facts:
            match fact.event:
                case objecting.ObjectionRaised() as raised:
                    open_ones[fact.stream] = raised.nomination_id
                case objecting.ObjectionDeclined() | objecting.ObjectionClosed():
                    open_ones.pop(fact.stream)
                case title.ClearanceNoted() as noted:
                    approved.add(noted.nomination_id)
                case title.ClearanceLapsed() as lapsed:
                    approved.discard(lapsed.nomination_id)
                case title.CandidacyCancelled() | title.CandidacyEnded() as ended:
                    out.add(ended.nomination_id)
                case title.TitleConferred() as conferred:
                    assert conferred.nomination_id not in open_ones.values()
                    assert conferred.nomination_id in approved
                    assert conferred.nomination_id not in out
                case _:
                    pass

    @invariant()
    def read_again_it_is_the_same(self) -> None:
        """What is true follows from what happened alone."""
        live = {stream: state for stream, (_, state) in self.house.states.items()}
        assert self.house.replayed() == live

    @invariant()
    def every_window_that_is_open_has_a_clock(self) -> None:
        """P1: and none that is over."""
        state = self.house.state(NOTICE, CAMPAIGN)
        if isinstance(state, PublishedNotices):
            up = {f"notice:{one.notice_id}" for one in state.postings if not one.closed}
            assert {key for key in self.house.timers if key.startswith("notice:")} == up


TestSelection = Selection.TestCase
TestSelection.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)


def test_every_timer_gives_a_command_that_needs_no_field_of_its_own() -> None:
    """P1, P5."""
    for decider, name in (
        (NOTICE, notice.CloseNotice.name),
        (OBJECTION, "note_acceptance_overdue"),
        (OBJECTION, "note_answer_overdue"),
    ):
        kind = PLAN.command(decider.name, name)
        assert kind is not None
        assert set(kind.model_fields) == {"at", "by"}
