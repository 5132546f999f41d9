"""Taking a title back: step by step, and what the honour makes of it."""

from datetime import date, datetime
from typing import Any

import pytest

from services.publicity import revocation, revoking, title
from services.publicity.honour import HONOUR, NoteRevocationDecided, ObjectionOpen
from services.publicity.revocation import REVOCATION
from shared.messages import Actor, Command, Event
from tests import rejudged
from tests.actors import COMMITTEE, LEADING_GROUP, OFFICE, SYSTEM_ACTOR
from tests.given import given
from tests.publicity.house import House
from tests.publicity.stories import (
    CAMPAIGN,
    INVESTIGATION,
    JIA,
    LATER,
    PAPER,
    cancelled,
    clear,
    clearance_noted,
    confer,
    conferred,
    disqualify,
    end,
    note_objection,
    note_settled,
    pay,
    propose,
    revocation_opened,
    set_aside,
    take_up_again,
    unclear,
)

SPRING = datetime.fromisoformat("2020-03-02T09:00:00+08:00")
OF: dict[str, Any] = {"nomination_id": JIA, "campaign_id": CAMPAIGN}
NUMBER = "嘉港区管〔2020〕9号"

CASE = revoking.RevocationCaseOpened(
    **OF, cause="major_accident", reason="对一起事故负主要责任", investigation_id=None
)
BY_FRAUD = revoking.RevocationCaseOpened(
    **OF, cause="false_deeds", reason="奖励证书系伪造", investigation_id=INVESTIGATION
)
VERIFIED = revoking.VerificationRecorded(**OF, statement="调查报告属实", sha256=PAPER)
HEARD = revoking.StatementRecorded(**OF, heard_on=date(2020, 3, 2), declined=False, sha256=PAPER)
ADVISED = revoking.OpinionGiven(**OF, advice="revoke", statement="建议撤销")
REVOKED = revoking.TitleRevoked(**OF, decision_number=NUMBER, statement="决定撤销")
DISMISSED = revoking.RevocationDismissed(**OF, decision_number=NUMBER, statement="决定撤销")
CORRECTED = revoking.RevocationCorrected(
    **OF, decision_number="嘉港区管〔2020〕12号", statement="原认定有误"
)
COURSE: list[Event] = [CASE, VERIFIED, HEARD, ADVISED, REVOKED]


def verify(by: Actor = OFFICE) -> revocation.RecordVerification:
    return revocation.RecordVerification(at=SPRING, by=by, statement="调查报告属实", sha256=PAPER)


def hear(
    *, on: date = date(2020, 3, 2), declined: bool = False, paper: str | None = PAPER
) -> revocation.RecordStatement:
    return revocation.RecordStatement(
        at=SPRING, by=OFFICE, heard_on=on, declined=declined, sha256=paper
    )


def advise(by: Actor = LEADING_GROUP) -> revocation.GiveOpinion:
    return revocation.GiveOpinion(at=SPRING, by=by, advice="revoke", statement="建议撤销")


def decide(*, revoke: bool = True, by: Actor = COMMITTEE) -> revocation.DecideRevocation:
    return revocation.DecideRevocation(
        at=SPRING, by=by, revoke=revoke, decision_number=NUMBER, statement="决定撤销"
    )


def recover(
    what: revoking.Recovered = "certificate", amount: int | None = None
) -> revocation.RecordRecovery:
    return revocation.RecordRecovery(
        at=SPRING, by=OFFICE, what=what, sha256=PAPER, amount_fen=amount
    )


def correct(by: Actor = COMMITTEE) -> revocation.CorrectRevocation:
    return revocation.CorrectRevocation(
        at=SPRING, by=by, decision_number="嘉港区管〔2020〕12号", statement="原认定有误"
    )


def open_case(
    cause: title.Ground = "false_deeds", investigation: Any = INVESTIGATION
) -> revocation.OpenRevocation:
    return revocation.OpenRevocation(
        at=SPRING,
        by=SYSTEM_ACTOR,
        **OF,
        cause=cause,
        reason="奖励证书系伪造" if investigation else "对一起事故负主要责任",
        investigation_id=investigation,
    )


STEPS: list[tuple[Command, Event]] = [
    (verify(), VERIFIED),
    (hear(), HEARD),
    (advise(), ADVISED),
    (decide(), REVOKED),
]


class TestSteps:
    def test_each_follows_the_one_before_it(self) -> None:
        """P15: verified, heard, advised, decided."""
        for place, (command, event) in enumerate(STEPS, start=1):
            given(REVOCATION, *COURSE[:place]).when(command).then(event)

    @pytest.mark.parametrize("place", range(len(STEPS)))
    def test_none_comes_before_its_predecessor_or_twice(self, place: int) -> None:
        """S39, P15: at every step every other one is refused."""
        for at in range(len(COURSE) + 1):
            if at != place + 1:
                given(REVOCATION, *COURSE[:at]).when(STEPS[place][0]).refused("P15")

    @pytest.mark.parametrize("by", [OFFICE, LEADING_GROUP])
    def test_whoever_conferred_decides_alone(self, by: Actor) -> None:
        """P15, S40: neither the office nor the leading group."""
        given(REVOCATION, *COURSE[:4]).when(decide(by=by)).refused("P15")

    def test_the_opinion_is_the_leading_groups(self) -> None:
        """P15."""
        given(REVOCATION, *COURSE[:3]).when(advise(by=OFFICE)).refused("P15")
        given(REVOCATION, *COURSE[:1]).when(verify(by=COMMITTEE)).refused("P15")

    def test_the_committee_is_free_to_let_the_title_stand(self) -> None:
        """P15: whatever the opinion."""
        given(REVOCATION, *COURSE[:4]).when(decide(revoke=False)).then(DISMISSED)

    def test_the_person_may_be_silent_but_is_asked(self) -> None:
        """P15: the day is recorded either way, and what was said by its digest."""
        silent = revoking.StatementRecorded(
            **OF, heard_on=date(2020, 3, 2), declined=True, sha256=None
        )
        given(REVOCATION, *COURSE[:2]).when(hear(declined=True, paper=None)).then(silent)
        given(REVOCATION, *COURSE[:2]).when(hear(paper=None)).refused("P15")
        given(REVOCATION, *COURSE[:2]).when(hear(on=date(2020, 3, 3))).refused("P15")


class TestOpening:
    def test_proven_fraud_is_verified_already(self) -> None:
        """P15, S43: its investigation did that; the person is heard all the same."""
        given(REVOCATION).when(open_case()).then(BY_FRAUD)
        given(REVOCATION, BY_FRAUD).when(verify()).refused("P15")
        given(REVOCATION, BY_FRAUD).when(hear()).then(HEARD)
        given(REVOCATION, BY_FRAUD).when(decide()).refused("P15")

    def test_what_was_proposed_is_verified_first(self) -> None:
        """P15."""
        given(REVOCATION).when(open_case("major_accident", None)).then(CASE)

    def test_a_second_finding_is_put_to_the_person_too(self) -> None:
        """P15: the procedure goes back to the hearing; the same finding is heard once."""
        added = revoking.RevocationCauseAdded(
            **OF, cause="false_deeds", reason="奖励证书系伪造", investigation_id=INVESTIGATION
        )
        given(REVOCATION, *COURSE[:4]).when(open_case()).then(added)
        given(REVOCATION, *COURSE[:4], added).when(open_case()).then()
        given(REVOCATION, *COURSE[:4], added).when(decide()).refused("P15")
        given(REVOCATION, *COURSE[:4], added).when(hear()).then(HEARD)
        given(REVOCATION, *COURSE[:1], added).when(verify()).then(VERIFIED)

    def test_what_is_revoked_is_not_opened_again(self) -> None:
        """P15."""
        given(REVOCATION, *COURSE).when(open_case()).then()

    def test_what_was_kept_may_be_questioned_anew(self) -> None:
        """P15."""
        given(REVOCATION, *COURSE[:4], DISMISSED).when(open_case()).then(BY_FRAUD)


class TestAfterwards:
    def test_certificate_and_reward_are_taken_back_once_each(self) -> None:
        """P15: 收回证书、追回奖金."""
        certificate = revoking.RecoveryRecorded(
            **OF, what="certificate", sha256=PAPER, amount_fen=None
        )
        reward = revoking.RecoveryRecorded(**OF, what="reward", sha256=PAPER, amount_fen=100)
        given(REVOCATION, *COURSE).when(recover()).then(certificate)
        given(REVOCATION, *COURSE, certificate).when(recover("reward", 100)).then(reward)
        given(REVOCATION, *COURSE, certificate).when(recover()).refused("P15")
        given(REVOCATION, *COURSE).when(recover("reward")).refused("P15")
        given(REVOCATION, *COURSE[:4]).when(recover()).refused("P15")

    def test_it_stands_but_for_a_correction(self) -> None:
        """P15: 纠正, by whoever decided."""
        given(REVOCATION, *COURSE).when(correct()).then(CORRECTED)
        given(REVOCATION, *COURSE).when(correct(by=OFFICE)).refused("P15")
        given(REVOCATION, *COURSE[:4]).when(correct()).refused("P15")
        given(REVOCATION, *COURSE, CORRECTED).when(correct()).refused("P15")


class TestTheHonour:
    HELD = (clearance_noted(), conferred())
    PROPOSED = title.RevocationProposed(
        **OF,
        cause="major_accident",
        reason="对一起事故负主要责任",
        proposed_by="虚构应急管理部门",
    )

    def decided(self, *, revoked: bool) -> Command:
        return NoteRevocationDecided(at=LATER, by=SYSTEM_ACTOR, **OF, revoked=revoked)

    def test_the_office_proposes_what_a_department_says(self) -> None:
        """P15: on one of five grounds, of a title that was conferred."""
        given(HONOUR, *self.HELD).when(propose()).then(self.PROPOSED)
        given(HONOUR, clearance_noted()).when(propose()).refused("S39")
        given(HONOUR, *self.HELD).when(propose(by=COMMITTEE)).refused("P15")

    def test_not_a_second_time_while_the_procedure_runs(self) -> None:
        """P15: the revocation says so, and nothing is stored of the proposal either."""
        for place in range(1, len(COURSE)):
            given(REVOCATION, *COURSE[:place]).when(open_case("major_accident", None)).refused(
                "P15"
            )

    def test_a_title_in_question_from_before_there_was_a_procedure_gets_one(self) -> None:
        """P15: an old log holds only that the revocation was opened."""
        house = House()
        old = HONOUR.fold((*self.HELD, revocation_opened()))
        house.states[HONOUR.stream(JIA)] = HONOUR, old
        rejudged.TOLD.clear()  # the house has not heard how it began
        house.ask(HONOUR, JIA, propose())
        assert isinstance(house.state(REVOCATION, JIA), revoking.Opened)
        with pytest.raises(revocation.StepOutOfTurn):
            house.ask(HONOUR, JIA, propose())

    def test_its_reason_holds_no_personal_number(self) -> None:
        """P3."""
        given(HONOUR, *self.HELD).when(propose(reason="见15400000001")).refused("P3")

    def test_follows_the_decision(self) -> None:
        """P15."""
        forfeited, kept = title.TitleForfeited(**OF), title.TitleKept(**OF)
        questioned = (*self.HELD, self.PROPOSED)
        given(HONOUR, *questioned).when(self.decided(revoked=True)).then(forfeited)
        given(HONOUR, *questioned).when(self.decided(revoked=False)).then(kept)
        given(HONOUR, *questioned, forfeited).when(self.decided(revoked=False)).then(kept)
        given(HONOUR, *self.HELD).when(self.decided(revoked=True)).then()
        given(HONOUR, *questioned, forfeited).when(confer()).refused("S39")

    def test_another_investigation_while_it_is_in_question_is_heard(self) -> None:
        """P15: not lost, whatever becomes of the first; the same one is heard once."""
        given(HONOUR, *self.HELD, self.PROPOSED).when(disqualify()).then(revocation_opened())
        kept = (*self.HELD, revocation_opened(), title.TitleKept(**OF))
        given(HONOUR, *kept).when(disqualify()).then()

    def test_an_exclusion_after_the_conferral_is_the_offices_to_act_on(self) -> None:
        """P6, P15: recorded once; the title stands until the committee decides."""
        noted = title.ExclusionNoted(**OF, reason="ineligible")
        given(HONOUR, *self.HELD).when(end("ineligible")).then(noted)
        given(HONOUR, *self.HELD, noted).when(end("ineligible")).then()
        given(HONOUR, *self.HELD, noted).when(propose()).then(self.PROPOSED)

    def test_an_exclusion_during_a_revocation_is_not_lost(self) -> None:
        """P6, P15: in both orders, also where the title is given back afterwards."""
        noted = title.ExclusionNoted(**OF, reason="ineligible")
        questioned = (*self.HELD, self.PROPOSED)
        revoked = (*questioned, title.TitleForfeited(**OF))
        for history in (questioned, revoked):
            given(HONOUR, *history).when(end("ineligible")).then(noted)
            given(HONOUR, *history, noted).when(end("ineligible")).then()
            state = HONOUR.fold((*history, noted, title.TitleKept(**OF)))
            assert isinstance(state, title.Conferred)
            assert state.tenure.excluded
            assert type(HONOUR.fold((*history, noted))) is type(HONOUR.fold(history))


class TestTheReward:
    def test_is_paid_once_by_committee_or_office(self) -> None:
        """S40: the amount in fen, and the document that proves it."""
        paid = title.RewardPaid(**OF, amount_fen=1_000_000, sha256=PAPER)
        held = (clearance_noted(), conferred())
        given(HONOUR, *held).when(pay()).then(paid)
        given(HONOUR, *held).when(pay(by=OFFICE)).then(paid)
        given(HONOUR, *held).when(pay(by=LEADING_GROUP)).refused("S40")
        given(HONOUR, *held, paid).when(pay()).refused("S40")

    def test_not_before_the_conferral_nor_while_it_is_in_question(self) -> None:
        """S39, P15."""
        given(HONOUR, clearance_noted()).when(pay()).refused("S39")
        given(HONOUR, cancelled()).when(pay()).refused("S39")
        questioned = (clearance_noted(), conferred(), revocation_opened())
        given(HONOUR, *questioned).when(pay()).refused("P15")
        given(HONOUR, *questioned, title.TitleForfeited(**OF)).when(pay()).refused("P15")


class TestWhatStandsInTheWay:
    def test_no_title_while_an_objection_is_open(self) -> None:
        """S40: though review has cleared it, in both orders."""
        for order in ((clear(), note_objection()), (note_objection(), clear())):
            state = HONOUR.initial
            for command in order:
                state = HONOUR.fold(HONOUR.judge(command, state), state)
            with pytest.raises(ObjectionOpen):
                HONOUR.judge(confer(), state)

    def test_settled_it_is_conferred_in_whatever_order_it_was_heard(self) -> None:
        """S40, P6."""
        for first, second in (
            (note_objection(), note_settled()),
            (note_settled(), note_objection()),
        ):
            state = HONOUR.initial
            for command in (first, clear(), second, unclear(), clear()):
                state = HONOUR.fold(HONOUR.judge(command, state), state)
            assert HONOUR.judge(confer(), state) == [conferred()]

    def test_no_title_for_whoever_is_out(self) -> None:
        """P6: withdrawn, not eligible, ruled out, merged; fraud still counts as fraud (S43)."""
        ended = title.CandidacyEnded(**OF, reason="withdrawn")
        given(HONOUR, clearance_noted()).when(end("withdrawn")).then(ended)
        given(HONOUR, clearance_noted(), ended).when(confer()).refused("P6")
        given(HONOUR, clearance_noted(), ended).when(disqualify()).then(cancelled())
        given(HONOUR, cancelled()).when(end("withdrawn")).then()

    def test_a_merger_may_be_taken_back(self) -> None:
        """P7."""
        aside, again = title.CandidacySetAside(**OF), title.CandidacyTakenUp(**OF)
        given(HONOUR, clearance_noted()).when(set_aside()).then(aside)
        given(HONOUR, clearance_noted(), aside).when(confer()).refused("P6")
        given(HONOUR, clearance_noted(), aside).when(take_up_again()).then(again)
        given(HONOUR, clearance_noted(), aside, again).when(confer()).then(conferred())
        given(HONOUR, clearance_noted()).when(take_up_again()).then()
