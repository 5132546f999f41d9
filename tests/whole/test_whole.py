"""The three services together, by chance: whatever is asked in whatever order, and heard in any.

Hypothesis plays the people and the broker. What must hold of every history is an `@invariant`;
what must hold when everything was heard is checked in the end.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.intake.campaign import CAMPAIGN, OpenCampaign
from services.intake.claim import CLAIM, TakeClaim
from services.intake.correction import CorrectNomination, RequestCorrection
from services.intake.disclosure import ReleaseForPublication
from services.intake.duplicates import ReopenDuplicate, ResolveDuplicate
from services.intake.nomination import NOMINATION, ReceiveNomination
from services.intake.prereview import FailPreReview, PassPreReview
from services.intake.record import Live, status_of
from services.intake.suspension import ResumeNomination, SuspendNomination
from services.intake.withdrawal import WithdrawNomination
from services.publicity import honour, notice, posted, revocation, title
from services.publicity.extension import ExtendNotice
from services.publicity.honour import HONOUR
from services.publicity.notice import NOTICE
from services.publicity.objecting import Accepted, Received
from services.publicity.objection import (
    OBJECTION,
    AcceptObjection,
    DeclineObjection,
    RaiseObjection,
    WithdrawObjection,
)
from services.publicity.revocation import REVOCATION
from services.review.approval import APPROVAL
from services.review.clearance import CLEARANCE, Granted, Pending
from services.review.deciding import Submitted
from services.review.drawing import DrawShortlist
from services.review.evaluation import EVALUATION
from services.review.investigating import Investigator
from services.review.investigation import (
    INVESTIGATION,
    ConcludeInvestigation,
    OpenInvestigation,
    RecordEvidence,
    RecordHearing,
)
from services.review.marking import SubmitScore
from services.review.meeting import DecideList, Votes
from services.review.panel import PANEL
from services.review.recusal import DeclareInterest
from services.review.seats import AppointPanel
from services.review.vetting import VETTING, RecordReply
from shared.contracts.campaign import Authority, Places, Veto, Vetting
from shared.messages import Command, Decider, Refused
from tests.actors import COMMITTEE, LEADING_GROUP, OFFICE, actor
from tests.intake import stories
from tests.intake.samples import CAMPAIGN_ID, CONFIGURATION
from tests.rejudged import expect_same
from tests.review.campaign import CHAIR, ELSEWHERE, UNITS, as_judge, judge
from tests.whole.world import World

PEOPLE = tuple(uuid5(stories.SPACE, f"person {number}") for number in range(3))
NOMINATIONS = {
    uuid5(stories.SPACE, f"whole {number}"): PEOPLE[number % len(PEOPLE)] for number in range(4)
}
"""Four nominations of three people: the last competes with the first."""
KEYS = tuple(NOMINATIONS)
VETTING_RULES = Vetting(
    authorities=(Authority(code="police", title="虚构公安分局", account="authority-police"),),
    vetoes=(Veto(code="criminal", title="刑事处罚", authority="police"),),
)
JUDGES = (judge(1), judge(2), judge(3))
OPENING = datetime.fromisoformat("2019-12-11T09:00:00+08:00")

TITLES = {"已授予", "撤销程序中", "已撤销", "资格取消", "撤出名单"}

which = st.sampled_from(KEYS)
"""One of the nominations."""

one_or_two = st.integers(1, 2)
"""The number of an investigation or an objection."""


def investigation_of(nomination: UUID, number: int) -> UUID:
    """One of two investigations of a nomination."""
    return uuid5(nomination, f"investigation {number}")


def objection_of(nomination: UUID, number: int) -> UUID:
    """One of two objections to a nomination."""
    return uuid5(nomination, f"objection {number}")


class Selection(RuleBasedStateMachine):
    """A campaign with four nominations, played by chance."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.now = OPENING
        self.certificates = 0

    def tries(self, service: str, decider: Decider[Any], key: UUID, command: Command) -> bool:
        """Whether it was taken; a refusal changes nothing."""
        before = self.lengths(), self.world.routes
        refused = None
        try:
            self.world.ask(service, decider, key, command)
        except Refused as refusal:
            refused = refusal
        if refused is not None:
            assert refused.rule
            assert refused.message
            assert (self.lengths(), self.world.routes) == before
        return refused is None

    def lengths(self) -> dict[str, int]:
        """How long each service's log is."""
        return {name: len(log.recorded) for name, log in self.world.logs.items()}

    # intake

    @initialize(stage=st.sampled_from(range(8, -1, -1)), heard=st.booleans())
    def open(self, stage: int, heard: bool) -> None:
        """A campaign that has gone undisturbed to some stage, of which others may not know yet."""
        configuration = CONFIGURATION.model_copy(
            update={
                "quota": 2,
                "shortlist_size": 3,
                "places": Places(reserve=1, promote_reserve=True),
                "vetting": VETTING_RULES,
            }
        )
        command = OpenCampaign(at=self.now, by=OFFICE, configuration=configuration)
        assert self.tries("intake", CAMPAIGN, CAMPAIGN_ID, command)
        for nomination in KEYS:
            self.receive(nomination)
        panel = AppointPanel(at=self.now, by=OFFICE, members=JUDGES, chair=JUDGES[0].id)
        self.world.settle()
        assert self.tries("review", PANEL, CAMPAIGN_ID, panel)
        for step in (
            partial(self.choose, KEYS[0]),
            partial(self.pass_pre_review, set(KEYS)),
            partial(self.score, {1, 2, 3}, 80),
            self.draw_and_vet,
            partial(self.decide, set()),
            self.post_all,
            partial(self.wait, 7),
            partial(self.confer, KEYS[1]),
        )[:stage]:
            self.world.settle()
            step()
        if heard:
            self.world.settle()

    def draw_and_vet(self) -> None:
        self.draw()
        self.reply(set(KEYS), False)

    def post_all(self) -> None:
        for nomination in KEYS:
            self.release(nomination)
        self.world.settle()
        self.post()

    def receive(self, nomination: UUID) -> None:
        """As the inbox does: the claim, then the nomination, in one."""
        claim = uuid5(NOMINATIONS[nomination], "claim")
        log = self.world.logs["intake"]
        known = log.state(CLAIM, claim)
        rivals: Sequence[UUID] = getattr(known, "live", ())
        received = stories.received(nomination_id=nomination, claim=claim)
        take = TakeClaim(at=self.now, by=stories.SENDER, nomination_id=nomination)
        self.tries("intake", CLAIM, claim, take)
        receive = ReceiveNomination(
            at=self.now, by=stories.SENDER, received=received, rivals=tuple(rivals)
        )
        self.tries("intake", NOMINATION, nomination, receive)

    @rule(nomination=which)
    def choose(self, nomination: UUID) -> None:
        command = ResolveDuplicate(at=self.now, by=OFFICE)
        self.tries("intake", NOMINATION, nomination, command)

    @rule(nominations=st.sets(which, min_size=1))
    def pass_pre_review(self, nominations: set[UUID]) -> None:
        for nomination in sorted(nominations):
            command = PassPreReview(
                at=self.now, by=OFFICE, conditions=("C1",), opinion="符合条件。"
            )
            self.tries("intake", NOMINATION, nomination, command)

    @rule(nominations=st.sets(which, min_size=1))
    def fail_pre_review(self, nominations: set[UUID]) -> None:
        for nomination in sorted(nominations):
            command = FailPreReview(at=self.now, by=OFFICE, reasons=("S9",), opinion="不符合。")
            self.tries("intake", NOMINATION, nomination, command)

    @rule(nomination=which, answered=st.booleans())
    def correct(self, nomination: UUID, answered: bool) -> None:
        """What nobody answers lapses by the clock."""
        command: Command = RequestCorrection(
            at=self.now, by=OFFICE, fields=("education",), reason="学历须与毕业证书一致"
        )
        self.tries("intake", NOMINATION, nomination, command)
        if answered:
            corrected = stories.corrected().model_copy(
                update={"nomination_id": nomination, "fields": ("education",)}
            )
            command = CorrectNomination(at=self.now, by=stories.SENDER, corrected=corrected)
            self.tries("intake", NOMINATION, nomination, command)

    @rule(nomination=which, post=st.sampled_from(("检修钳工", "检修钳工", "焊工")))
    def release(self, nomination: UUID, post: str = "检修钳工") -> None:
        """Released otherwise than before, it is to be posted again."""
        name = f"测试{KEYS.index(nomination)}"
        entry = stories.ENTRY.model_copy(update={"name": name, "post": post})
        command = ReleaseForPublication(at=self.now, by=OFFICE, entry=entry)
        self.tries("intake", NOMINATION, nomination, command)

    @rule(nomination=which)
    def choose_otherwise(self, nomination: UUID) -> None:
        command = ReopenDuplicate(at=self.now, by=OFFICE, reason="单位来函说明")
        self.tries("intake", NOMINATION, nomination, command)

    @rule(nomination=which)
    def withdraw(self, nomination: UUID) -> None:
        command = WithdrawNomination(
            at=self.now,
            by=OFFICE,
            party="recommender",
            signed_on=self.now.date(),
            letter="ab" * 32,
        )
        self.tries("intake", NOMINATION, nomination, command)

    @rule(nomination=which, over=st.booleans())
    def suspend(self, nomination: UUID, over: bool) -> None:
        kind = ResumeNomination if over else SuspendNomination
        command = kind(at=self.now, by=OFFICE, reason="收到来信，核实情况")
        self.tries("intake", NOMINATION, nomination, command)

    # review

    @rule(nominations=st.sets(which, min_size=1), veto=st.booleans())
    def reply(self, nominations: set[UUID], veto: bool) -> None:
        for nomination in sorted(nominations):
            command = RecordReply(
                at=self.now,
                by=actor("authority", id="authority-police"),
                authority="police",
                answer="objection" if veto else "no_objection",
                veto="criminal" if veto else None,
                sealed=True,
                sha256="cd" * 32,
                dated=self.now.date(),
            )
            self.tries("review", VETTING, nomination, command)

    @rule(nomination=which, member=st.integers(1, 3))
    def step_back(self, nomination: UUID, member: int) -> None:
        command = DeclareInterest(at=self.now, by=as_judge(member), ground="other")
        self.tries("review", EVALUATION, nomination, command)

    @rule(members=st.sets(st.integers(1, 3), min_size=1), mark=st.integers(60, 90))
    def score(self, members: set[int], mark: int) -> None:
        codes = {criterion.code: criterion.weight for criterion in CONFIGURATION.scoring.criteria}
        marks = {code: Decimal(weight * mark) / 100 for code, weight in codes.items()}
        marks = {code: value.quantize(Decimal("0.01")) for code, value in marks.items()}
        for nomination in KEYS:
            for member in sorted(members):
                command = SubmitScore(at=self.now, by=as_judge(member), marks=marks)
                self.tries("review", EVALUATION, nomination, command)

    @rule()
    def draw(self) -> None:
        command = DrawShortlist(at=self.now, by=as_judge(1))
        self.tries("review", PANEL, CAMPAIGN_ID, command)

    @rule(against=st.sets(which))
    def decide(self, against: set[UUID]) -> None:
        state = self.world.state("review", APPROVAL, CAMPAIGN_ID)
        if not isinstance(state, Submitted):
            return
        everybody = len(UNITS)
        votes = {
            nomination: Votes(yes=0, no=everybody, abstain=0)
            if nomination in against
            else Votes(yes=everybody, no=0, abstain=0)
            for nomination in state.submitted.nominations
        }
        command = DecideList(
            at=self.now,
            by=LEADING_GROUP,
            digest=state.submitted.digest,
            chair=CHAIR,
            present=UNITS,
            votes=votes,
        )
        self.tries("review", APPROVAL, CAMPAIGN_ID, command)

    @rule(nomination=which, number=one_or_two, objected=st.none() | st.tuples(which, one_or_two))
    def investigate(self, nomination: UUID, number: int, objected: tuple[UUID, int] | None) -> None:
        """The office may name the wrong objection."""
        command = OpenInvestigation(
            at=self.now,
            by=OFFICE,
            nomination_id=nomination,
            campaign_id=CAMPAIGN_ID,
            allegation="反映其奖项不实",
            investigators=tuple(
                Investigator(id=f"inspector-{one}", organisation="核查组", uscc=ELSEWHERE)
                for one in (1, 2)
            ),
            objection_id=objection_of(*objected) if objected is not None else None,
        )
        self.tries("review", INVESTIGATION, investigation_of(nomination, number), command)

    @rule(
        nomination=which,
        number=st.integers(1, 2),
        finding=st.sampled_from(["unfounded", "immaterial", "ineligible", "fraud"]),
    )
    def conclude(self, nomination: UUID, number: int, finding: Any) -> None:
        key = investigation_of(nomination, number)
        inspector = actor("investigator", id="inspector-1")
        evidence = RecordEvidence(at=self.now, by=inspector, sha256="ab" * 32, description="复函")
        self.tries("review", INVESTIGATION, key, evidence)
        hearing = RecordHearing(
            at=self.now, by=inspector, outcome="declined", dated=self.now.date()
        )
        self.tries("review", INVESTIGATION, key, hearing)
        command = ConcludeInvestigation(
            at=self.now,
            by=LEADING_GROUP,
            finding=finding,
            statement="经查。",
            public_reason="申报材料与事实不符",
        )
        self.tries("review", INVESTIGATION, key, command)

    # publicity

    @rule()
    def post(self) -> None:
        command = notice.PublishNotice(at=self.now, by=OFFICE)
        self.tries("publicity", NOTICE, CAMPAIGN_ID, command)

    @rule(nomination=which)
    def confer(self, nomination: UUID) -> None:
        self.certificates += 1
        command = honour.ConferTitle(
            at=self.now,
            by=COMMITTEE,
            certificate_number=f"GQGJ-2019-{self.certificates:03}",
            decision_number="嘉港区管〔2019〕1号",
        )
        self.tries("publicity", HONOUR, nomination, command)

    @rule(days=st.integers(1, 5))
    def extend(self, days: int) -> None:
        state = self.world.state("publicity", NOTICE, CAMPAIGN_ID)
        if not isinstance(state, posted.Published):
            return
        for one in state.postings:
            command = ExtendNotice(
                at=self.now,
                by=OFFICE,
                notice_id=one.notice_id,
                reason="门户停机",
                until=one.closes_on + timedelta(days=days),
            )
            self.tries("publicity", NOTICE, CAMPAIGN_ID, command)

    @rule(nomination=which)
    def pay(self, nomination: UUID) -> None:
        command = honour.RecordPayment(at=self.now, by=OFFICE, amount_fen=100, sha256="01" * 32)
        self.tries("publicity", HONOUR, nomination, command)

    @rule(nomination=which, number=one_or_two, accepted=st.sampled_from((True, True, False)))
    def object(self, nomination: UUID, number: int, accepted: bool) -> None:
        command = RaiseObjection(
            at=self.now,
            by=OFFICE,
            nomination_id=nomination,
            campaign_id=CAMPAIGN_ID,
            objector="person",
            signed=True,
            reporter=stories.sealed("reporter"),
            contact=stories.sealed("reporter's contact"),
            allegation="反映其业绩不实",
            sha256="ef" * 32,
            terms=CONFIGURATION.objections,
        )
        self.tries("publicity", OBJECTION, objection_of(nomination, number), command)
        decided = (
            AcceptObjection(at=self.now, by=OFFICE)
            if accepted
            else DeclineObjection(at=self.now, by=OFFICE, ground="no_facts")
        )
        self.tries("publicity", OBJECTION, objection_of(nomination, number), decided)

    @rule(nomination=which, number=one_or_two, continued=st.booleans())
    def take_back(self, nomination: UUID, number: int, continued: bool) -> None:
        command = WithdrawObjection(at=self.now, by=OFFICE, continued=continued)
        self.tries("publicity", OBJECTION, objection_of(nomination, number), command)

    @rule(nomination=which)
    def propose(self, nomination: UUID) -> None:
        command = honour.ProposeRevocation(
            at=self.now,
            by=OFFICE,
            ground="major_accident",
            reason="对一起事故负主要责任",
            proposed_by="虚构应急管理部门",
        )
        self.tries("publicity", HONOUR, nomination, command)

    @rule(nomination=which)
    def give_back(self, nomination: UUID) -> None:
        command = revocation.CorrectRevocation(
            at=self.now, by=COMMITTEE, decision_number="嘉港区管〔2020〕3号", statement="原认定有误"
        )
        self.tries("publicity", REVOCATION, nomination, command)

    @rule(nomination=which, revoke=st.booleans())
    def decide_on_the_title(self, nomination: UUID, revoke: bool) -> None:
        document = "01" * 32
        for command in (
            revocation.RecordVerification(
                at=self.now, by=OFFICE, statement="经核实。", sha256=document
            ),
            revocation.RecordStatement(
                at=self.now, by=OFFICE, heard_on=self.now.date(), sha256=document
            ),
            revocation.GiveOpinion(
                at=self.now, by=LEADING_GROUP, advice="revoke", statement="提请决定。"
            ),
            revocation.DecideRevocation(
                at=self.now,
                by=COMMITTEE,
                revoke=revoke,
                decision_number="嘉港区管〔2020〕2号",
                statement="经研究决定。",
            ),
        ):
            self.tries("publicity", REVOCATION, nomination, command)

    # clock and broker

    @rule(days=st.integers(1, 10))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.world.fire(self.now)

    @precondition(lambda self: self.world.routes)
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        for _ in range(data.draw(st.integers(1, 6))):
            if routes := self.world.routes:
                self.world.deliver(data.draw(st.sampled_from(routes)))

    @rule()
    def settle(self) -> None:
        self.world.settle()

    # what holds at any moment

    @invariant()
    def of_one_person_one_nomination_goes_on(self) -> None:
        """P7: two may wait for the office's choice; of two that go on, none has passed."""
        for person in PEOPLE:
            mine = [
                self.world.state("intake", NOMINATION, nomination)
                for nomination, of in NOMINATIONS.items()
                if of == person
            ]
            live = [one for one in mine if isinstance(one, Live)]
            passed = [one for one in live if one.record.course not in ("已受理", "初审不通过")]
            assert len(passed) < 2

    @invariant()
    def nobody_is_conferred_the_title_that_review_had_not_cleared(self) -> None:
        """S40: every conferral comes after a clearance, and never while an objection is open."""
        for nomination in KEYS:
            events = self.world.logs["publicity"].streams.get(HONOUR.stream(nomination), [])
            cleared, objected = False, False
            for event in events:
                match event:
                    case title.ObjectionNoted():
                        objected = True
                    case title.ObjectionSettled():
                        objected = False
                    case title.ClearanceNoted():
                        cleared = True
                    case title.ClearanceLapsed() | title.CandidacyCancelled():
                        cleared = False
                    case title.TitleConferred():
                        assert cleared
                        assert not objected
                    case _:
                        pass

    @invariant()
    def who_is_out_is_on_no_notice_that_is_up(self) -> None:
        """S43: as soon as publicity has heard of it."""
        notices = self.world.state("publicity", NOTICE, CAMPAIGN_ID)
        if not isinstance(notices, posted.Published):
            return
        for nomination in KEYS:
            match self.world.state("publicity", HONOUR, nomination):
                case title.Cancelled() | title.Ended():
                    assert nomination not in notices.standing
                case title.Candidate(known) | title.Cleared(obstacles=known) if known.set_aside:
                    assert nomination not in notices.standing
                case _:
                    pass

    @invariant()
    def a_person_has_one_title(self) -> None:
        """P7, S39."""
        held = title.Conferred | title.UnderRevocation | title.Revoked
        for person in PEOPLE:
            mine = [one for one, of in NOMINATIONS.items() if of == person]
            states = [self.world.state("publicity", HONOUR, one) for one in mine]
            assert sum(isinstance(state, held) for state in states) < 2

    @invariant()
    def whoever_waits_for_a_notice_will_see_it_end(self) -> None:
        """P6, S40: it is up with the person on it, or the next one will post the person."""
        notices = self.world.state("publicity", NOTICE, CAMPAIGN_ID)
        for nomination in KEYS:
            state = self.world.state("publicity", HONOUR, nomination)
            if not isinstance(state, title.Candidate | title.Cleared):
                continue
            known = state.obstacles
            if known.awaited is None or known.set_aside:
                continue
            assert isinstance(notices, posted.Published)
            up = notices.posting(known.awaited)
            if up is None:
                assert known.awaited == notice.notice_id(CAMPAIGN_ID, len(notices.postings) + 1)
                assert nomination in notices.known.changed
            else:
                assert not up.closed
                assert nomination in up.nominations

    # what holds in the end

    def teardown(self) -> None:
        """When everything was heard, all three know the same of everybody."""
        self.world.settle()
        for log in self.world.logs.values():
            expect_same(log.plan, log.recorded)
        for nomination in KEYS:
            told = status_of(self.world.state("intake", NOMINATION, nomination))
            honoured = self.world.state("publicity", HONOUR, nomination)
            clearance = self.world.state("review", CLEARANCE, nomination)
            self.expect_objections_known(nomination, honoured, clearance)
            match honoured:
                case title.Conferred():
                    assert told == "已授予"
                case title.UnderRevocation():
                    assert told == "撤销程序中"
                case title.Revoked():
                    assert told == "已撤销"
                case title.Cancelled():
                    assert told == "资格取消"
                case title.Ended():
                    assert told in ("撤回", "重复并入", "撤出名单", "资格取消")
                case _:
                    assert told not in TITLES, (told, clearance)

    def expect_objections_known(self, nomination: UUID, honoured: Any, clearance: Any) -> None:
        """P5: whoever is objected to stands still in review too, until the objection is closed."""
        for number in (1, 2):
            state = self.world.state("publicity", OBJECTION, objection_of(nomination, number))
            if not isinstance(clearance, Pending | Granted):
                continue
            known = clearance.conditions
            held = objection_of(nomination, number) in known.held - known.released
            assert held == isinstance(state, Accepted)
            if isinstance(state, Received | Accepted) and isinstance(honoured, title.Cleared):
                assert honoured.obstacles.objected


Selection.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestSelection = Selection.TestCase
