"""What holds whatever anybody does in whatever order: a state machine over the whole house."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.review import PLAN
from services.review.approval import APPROVAL
from services.review.asking import Asked, Concluded
from services.review.clearance import CLEARANCE, Granted
from services.review.deciding import Decided, ListDecided, Submitted
from services.review.drawing import DrawShortlist
from services.review.evaluation import EVALUATION
from services.review.investigating import Investigator, Open
from services.review.investigation import (
    INVESTIGATION,
    ConcludeInvestigation,
    OpenInvestigation,
    RecordEvidence,
    RecordHearing,
)
from services.review.marking import Abstain, SubmitScore
from services.review.meeting import DecideList, Votes
from services.review.panel import PANEL
from services.review.recount import recompute
from services.review.recusal import RecuseMember
from services.review.scoring import Assigned, Closed
from services.review.seats import DeclareInterests
from services.review.shortlisting import ShortlistDrawn
from services.review.vetting import VETTING, RecordReply, WeighReply
from shared.contracts.base import Published
from shared.contracts.campaign import Authority, Judging, Places, Veto, Vetting
from shared.contracts.intake import (
    CampaignOpened,
    DuplicateReopened,
    DuplicateResolved,
    NominationResumed,
    NominationSuspended,
    NominationWithdrawn,
    TiesNoted,
)
from shared.contracts.publicity import NoticeClosed, ObjectionAccepted, ObjectionClosed
from shared.messages import Command, Decider, Refused
from tests.actors import AT, LEADING_GROUP, OFFICE, actor
from tests.review.campaign import (
    ANNA,
    BODO,
    CAMPAIGN,
    CARL,
    CHAIR,
    ELSEWHERE,
    UNITS,
    as_judge,
    configuration,
    marks,
)
from tests.review.house import House
from tests.review.test_policies import APPOINT, passed

NOMINEES = (ANNA, BODO, CARL, UUID(int=4, version=4))
QUOTA = 1
TIE = UUID(int=701, version=4)
POLICE = Authority(code="police", title="公安部门", account="authority-police")
TAX = Authority(code="tax", title="税务部门", account="authority-tax", subjects="executives")
RULES = configuration(quota=QUOTA, shortlist_size=4).model_copy(
    update={
        "judging": Judging(minimum_scores=2),
        "vetting": Vetting(
            authorities=(POLICE, TAX),
            vetoes=(Veto(code="criminal", title="受过刑事处罚", authority="police"),),
        ),
        "places": Places(reserve=3, promote_reserve=True),
    }
)

nominees = st.sampled_from(NOMINEES)
judges = st.sampled_from([1, 2, 3])
cases = st.sampled_from([1, 2])


class Selection(RuleBasedStateMachine):
    """Everybody acts as they like; what a rule refuses leaves nothing behind."""

    def __init__(self) -> None:
        super().__init__()
        self.house = House()
        self.pauses: dict[UUID, set[str]] = {nomination: set() for nomination in NOMINEES}
        self.ended: set[tuple[UUID, str]] = set()

    @initialize(
        scores=st.lists(st.integers(min_value=10, max_value=30), min_size=12, max_size=12),
        stage=st.sampled_from(["empty", "scored", "decided"]),
    )
    def begin(self, scores: list[int], stage: str) -> None:
        """A campaign with its panel: nobody scored yet, everybody, or decided and posted."""
        self.house.hear(CampaignOpened(campaign_id=CAMPAIGN, configuration=RULES))
        self.house.ask(PANEL, CAMPAIGN, APPOINT)
        for nomination in NOMINEES if stage != "empty" else ():
            self.house.hear(passed(nomination))
            for judge in (1, 2, 3):
                self.score(nomination, judge, scores.pop())
        if stage == "decided":
            self.vet_and_decide()

    def ask(self, decider: Decider[Any], key: UUID, command: Command) -> None:
        """Ask; every refusal leaves the log unchanged."""
        before = list(self.house.events)
        try:
            self.house.ask(decider, key, command)
        except Refused:
            assert self.house.events == before

    # what others say

    @rule(nomination=nominees)
    def is_passed(self, nomination: UUID) -> None:
        self.house.hear(passed(nomination))

    @rule(nomination=nominees, executive=st.booleans(), tied=st.booleans())
    def is_tied(self, nomination: UUID, executive: bool, tied: bool) -> None:
        self.house.hear(
            TiesNoted(
                nomination_id=nomination,
                campaign_id=CAMPAIGN,
                ties=(TIE,) if tied else (),
                executive=executive,
            )
        )

    @rule(
        nomination=nominees,
        what=st.sampled_from(["withdrawn", "merged", "reopened", "suspended", "resumed"]),
    )
    def intake_says(self, nomination: UUID, what: str) -> None:
        about: dict[str, Any] = {"nomination_id": nomination, "campaign_id": CAMPAIGN}
        pause = {"suspension_id": uuid5(nomination, "suspension")}
        messages: dict[str, Published] = {
            "withdrawn": NominationWithdrawn(**about, by="applicant"),
            "merged": DuplicateResolved(**about, kept=False, other=ANNA),
            "reopened": DuplicateReopened(**about, other=ANNA),
            "suspended": NominationSuspended(**about, **pause),
            "resumed": NominationResumed(**about, **pause),
        }
        self.house.hear(messages[what])
        self.note(nomination, what, begins="suspended", ends="resumed")

    def note(self, nomination: UUID, what: str, *, begins: str, ends: str) -> None:
        """Remember what stands still; an end that came first ends it as well."""
        if what == ends:
            self.ended.add((nomination, begins))
        if what == begins:
            self.pauses[nomination].add(begins)
        if (nomination, begins) in self.ended:
            self.pauses[nomination].discard(begins)

    @rule(nomination=nominees, what=st.sampled_from(["closed", "accepted", "answered"]))
    def publicity_says(self, nomination: UUID, what: str) -> None:
        about: dict[str, Any] = {
            "nomination_id": nomination,
            "campaign_id": CAMPAIGN,
            "objection_id": uuid5(nomination, "objection"),
        }
        notice = UUID(int=702, version=4)
        messages: dict[str, Published] = {
            "closed": NoticeClosed(
                campaign_id=CAMPAIGN, notice_id=notice, nominations=(nomination,)
            ),
            "accepted": ObjectionAccepted(**about, investigate_by=date(2020, 1, 2)),
            "answered": ObjectionClosed(**about, outcome="unfounded"),
        }
        self.house.hear(messages[what])
        self.note(nomination, what, begins="accepted", ends="answered")

    # what the panel does

    @rule(nomination=nominees, judge=judges, achievement=st.integers(min_value=0, max_value=30))
    def score(self, nomination: UUID, judge: int, achievement: int) -> None:
        command = SubmitScore(at=AT, by=as_judge(judge), marks=marks(achievement=str(achievement)))
        self.ask(EVALUATION, nomination, command)

    @rule(nomination=nominees, judge=judges)
    def abstain(self, nomination: UUID, judge: int) -> None:
        command = Abstain(at=AT, by=as_judge(judge), reason="不熟悉该工种")
        self.ask(EVALUATION, nomination, command)

    @rule(nomination=nominees, judge=judges)
    def declare(self, nomination: UUID, judge: int) -> None:
        command = DeclareInterests(
            at=AT,
            by=as_judge(judge),
            ties=frozenset({TIE}) if judge == 3 else frozenset(),
            nominations={nomination: "relative"} if judge != 3 else {},
        )
        self.ask(PANEL, CAMPAIGN, command)

    @rule(nomination=nominees, judge=judges)
    def recuse(self, nomination: UUID, judge: int) -> None:
        command = RecuseMember(
            at=AT, by=OFFICE, member=f"judge-{judge}", ground="other", reason="利害关系"
        )
        self.ask(EVALUATION, nomination, command)

    @rule()
    def draw(self) -> None:
        self.ask(PANEL, CAMPAIGN, DrawShortlist(at=AT, by=as_judge(1)))

    # what departments and the leading group do

    @rule(nomination=nominees, authority=st.sampled_from([POLICE, TAX]), how=st.integers(0, 5))
    def reply(self, nomination: UUID, authority: Authority, how: int) -> None:
        command = RecordReply(
            at=AT,
            by=actor("authority", id=authority.account),
            authority=authority.code,
            answer="objection" if how < 2 else "no_objection",
            sealed=how != 5,
            dated=date(2019, 12, 11) - timedelta(days=how),
            sha256="d" * 64,
            veto="criminal" if how == 0 else None,
        )
        self.ask(VETTING, nomination, command)

    @rule(nomination=nominees, stands=st.booleans())
    def weigh(self, nomination: UUID, stands: bool) -> None:
        command = WeighReply(
            at=AT, by=LEADING_GROUP, authority="police", stands=stands, reason="研究意见"
        )
        self.ask(VETTING, nomination, command)

    @rule(yes=st.lists(st.integers(min_value=3, max_value=6), min_size=4, max_size=4))
    def decide(self, yes: list[int]) -> None:
        state = self.house.state(APPROVAL, CAMPAIGN)
        if not isinstance(state, Submitted):
            return
        command = DecideList(
            at=AT,
            by=LEADING_GROUP,
            digest=state.submitted.digest,
            chair=CHAIR,
            present=UNITS,
            votes={
                nomination: Votes(yes=count, no=6 - count, abstain=0)
                for nomination, count in zip(state.submitted.nominations, yes, strict=False)
            },
        )
        self.ask(APPROVAL, CAMPAIGN, command)

    @rule()
    def vet_and_decide(self) -> None:
        """The long way in one step, so that it is often gone to its end."""
        self.draw()
        for one in NOMINEES:
            self.is_tied(one, executive=False, tied=False)
            self.reply(one, POLICE, 3)
            self.publicity_says(one, "closed")
        self.decide([6, 6, 6, 6])

    @rule(what=st.sampled_from(["withdrawn", "merged", "suspended", "accepted", "fraud"]))
    def something_befalls_the_approved(self, what: str) -> None:
        """Where it would hurt most."""
        state = self.house.state(APPROVAL, CAMPAIGN)
        if not isinstance(state, Decided):
            return
        for nomination in sorted(state.standing):
            match what:
                case "accepted":
                    self.publicity_says(nomination, what)
                case "fraud":
                    self.investigate(nomination, 1)
                    self.conclude(1, "fraud", heard=False)
                case _:
                    self.intake_says(nomination, what)

    # what is investigated

    @rule(nomination=nominees, case=cases)
    def investigate(self, nomination: UUID, case: int) -> None:
        people = tuple(
            Investigator(id=f"inspector-{number}", organisation="示例核查单位", uscc=ELSEWHERE)
            for number in (1, 2)
        )
        command = OpenInvestigation(
            at=AT,
            by=OFFICE,
            nomination_id=nomination,
            campaign_id=CAMPAIGN,
            allegation="获奖证书与公布名单不符",
            investigators=people,
        )
        self.ask(INVESTIGATION, UUID(int=800 + case, version=4), command)

    @rule(
        case=cases,
        finding=st.sampled_from(["unfounded", "immaterial", "ineligible", "fraud"]),
        heard=st.booleans(),
    )
    def conclude(self, case: int, finding: str, heard: bool) -> None:
        key = UUID(int=800 + case, version=4)
        inspector = actor("investigator", id="inspector-1")
        if heard:
            hearing = RecordHearing(
                at=AT, by=inspector, outcome="declined", dated=date(2019, 12, 11)
            )
            self.ask(INVESTIGATION, key, hearing)
        evidence = RecordEvidence(at=AT, by=inspector, sha256="e" * 64, description="副本")
        self.ask(INVESTIGATION, key, evidence)
        command = ConcludeInvestigation.model_validate(
            {
                "at": AT,
                "by": LEADING_GROUP,
                "finding": finding,
                "statement": "核查情况",
                "public_reason": "公布的理由",
            }
        )
        self.ask(INVESTIGATION, key, command)

    # what holds

    @invariant()
    def no_recused_member_is_in_a_result(self) -> None:
        """P10"""
        for nomination in NOMINEES:
            state = self.house.state(EVALUATION, nomination)
            if isinstance(state, Assigned | Closed):
                assert not state.sheet.scores.keys() & state.sheet.recused

    @invariant()
    def nobody_is_ranked_on_fewer_scores_than_the_campaign_wants(self) -> None:
        """P11"""
        results = self.house.state(PANEL, CAMPAIGN).roll.results
        for nomination in results:
            state = self.house.state(EVALUATION, nomination)
            if isinstance(state, Assigned):
                assert len(state.sheet.scores) >= 2

    @invariant()
    def nobody_is_cleared_while_anything_stands_against_it(self) -> None:
        """S40, S43, P8"""
        for nomination in NOMINEES:
            if not isinstance(self.house.state(CLEARANCE, nomination), Granted):
                continue
            vetting = self.house.state(VETTING, nomination)
            assert isinstance(vetting, Concluded)
            assert vetting.passed
            assert not vetting.ends
            approval = self.house.state(APPROVAL, CAMPAIGN)
            assert isinstance(approval, Decided)
            assert nomination in approval.standing
            assert nomination not in self.open_matters()
            for case in (1, 2):
                inquiry = self.house.state(INVESTIGATION, UUID(int=800 + case, version=4))
                assert not isinstance(inquiry, Open) or inquiry.nomination_id != nomination

    def open_matters(self) -> set[UUID]:
        """Who is suspended, or objected to, as far as anybody said."""
        return {nomination for nomination, pauses in self.pauses.items() if pauses}

    @invariant()
    def no_more_are_approved_than_the_quota(self) -> None:
        """P13, P16"""
        state = self.house.state(APPROVAL, CAMPAIGN)
        if isinstance(state, Decided):
            assert len(state.standing) <= QUOTA
        cleared = [one for one in NOMINEES if isinstance(self.house.state(CLEARANCE, one), Granted)]
        assert len(cleared) <= QUOTA

    @invariant()
    def nothing_is_decided_before_everybody_is_vetted(self) -> None:
        """P8"""
        for event in self.house.happened(ListDecided):
            assert isinstance(event, ListDecided)
            for outcome in event.outcomes:
                if outcome.approved:
                    assert not isinstance(self.house.state(VETTING, outcome.nomination_id), Asked)

    def teardown(self) -> None:
        """P11: the last list is what the events before it come to, counted by themselves."""
        drawn = self.house.happened(ShortlistDrawn)
        if not drawn:
            return
        last = drawn[-1]
        assert isinstance(last, ShortlistDrawn)
        place = max(index for index, event in enumerate(self.house.events) if event is last)
        again = recompute(self.house.events[:place])
        assert again is not None
        assert again.digest == last.digest
        assert all(PLAN.timers(recorded) is not None for recorded in self.house.recorded())


TestSelection = Selection.TestCase
TestSelection.settings = settings(
    deadline=None, derandomize=True, max_examples=60, stateful_step_count=30
)
