"""The vetting of one nomination: who is asked, who answers, what follows (P8, P9)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.review.asking import (
    Asked,
    Concluded,
    ExecutiveNoted,
    NomineeRuledOut,
    ReplyRecorded,
    ReplyWeighed,
    VettingConcluded,
    VettingEnded,
    VettingOpened,
    VettingOverdue,
    VettingRequested,
    VettingRestored,
)
from services.review.vetting import (
    VETTING,
    EndVetting,
    NoteExecutive,
    NoteOverdue,
    RecordReply,
    RequestVetting,
    RestoreVetting,
    WeighReply,
)
from shared.calendar import WORKING_DAYS
from shared.contracts.campaign import Authority, Veto, Vetting
from shared.messages import Actor, Event
from tests.actors import AT, EXPERT, LEADING_GROUP, OFFICE, SYSTEM_ACTOR, actor
from tests.given import given
from tests.review.campaign import ANNA, CAMPAIGN

POLICE = Authority(code="police", title="公安部门", account="authority-police")
CREDIT = Authority(code="credit", title="信用部门", account="authority-credit")
TAX = Authority(code="tax", title="税务部门", account="authority-tax", subjects="executives")
CRIMINAL = Veto(code="criminal", title="受过刑事处罚或正在被查处", authority="police")
RULES = Vetting(authorities=(POLICE, CREDIT), working_days=5, vetoes=(CRIMINAL,))
WITH_TAX = Vetting(authorities=(POLICE, TAX), working_days=5)
LETTER = UUID(int=301, version=4)
DUE = date(2019, 12, 18)
"""Five working days after Wednesday, 11 December 2019, which itself does not count."""


def opened(rules: Vetting = RULES) -> VettingOpened:
    return VettingOpened(nomination_id=ANNA, campaign_id=CAMPAIGN, vetting=rules)


def requested(authority: Authority) -> VettingRequested:
    return VettingRequested(
        nomination_id=ANNA,
        campaign_id=CAMPAIGN,
        authority=authority.code,
        title=authority.title,
        due_on=DUE,
        calendar=WORKING_DAYS,
    )


def replied(
    authority: str = "police",
    answer: str = "no_objection",
    veto: str | None = None,
    letter: UUID | None = None,
) -> ReplyRecorded:
    return ReplyRecorded.model_validate(
        {
            "nomination_id": ANNA,
            "campaign_id": CAMPAIGN,
            "authority": authority,
            "answer": answer,
            "dated": "2019-12-11",
            "sha256": "d" * 64,
            "veto": veto,
            "letter_id": letter,
        }
    )


def concluded(passed: bool, *unanswered: str) -> VettingConcluded:
    return VettingConcluded(
        nomination_id=ANNA, campaign_id=CAMPAIGN, vetted=passed, unanswered=unanswered
    )


def weighed(stands: bool) -> ReplyWeighed:
    return ReplyWeighed(
        nomination_id=ANNA,
        campaign_id=CAMPAIGN,
        authority="police",
        stands=stands,
        reason="所涉事项的研究意见",
    )


def ruled_out(ground: str, reason: str) -> NomineeRuledOut:
    return NomineeRuledOut.model_validate(
        {"nomination_id": ANNA, "campaign_id": CAMPAIGN, "ground": ground, "reason": reason}
    )


def executive(heads: bool) -> ExecutiveNoted:
    return ExecutiveNoted(nomination_id=ANNA, campaign_id=CAMPAIGN, executive=heads)


def ended(*unanswered: str) -> VettingEnded:
    return VettingEnded(
        nomination_id=ANNA, campaign_id=CAMPAIGN, ground="merged", unanswered=unanswered
    )


ASKED = (opened(), requested(POLICE), requested(CREDIT))
OBJECTED = (*ASKED, replied("police", "objection"), replied("credit"))
PASSED = (*ASKED, replied(), replied("credit"), concluded(True))


def request(rules: Vetting = RULES) -> RequestVetting:
    return RequestVetting(
        at=AT, by=SYSTEM_ACTOR, nomination_id=ANNA, campaign_id=CAMPAIGN, vetting=rules
    )


def note(heads: bool) -> NoteExecutive:
    return NoteExecutive(
        at=AT, by=SYSTEM_ACTOR, nomination_id=ANNA, campaign_id=CAMPAIGN, executive=heads
    )


def end() -> EndVetting:
    return EndVetting(
        at=AT, by=SYSTEM_ACTOR, nomination_id=ANNA, campaign_id=CAMPAIGN, ground="merged"
    )


def reply(
    authority: str = "police",
    by: Actor | None = None,
    answer: str = "no_objection",
    **changes: object,
) -> RecordReply:
    said: dict[str, object] = {
        "at": AT,
        "by": by or actor("authority", id=f"authority-{authority}"),
        "authority": authority,
        "answer": answer,
        "sealed": True,
        "dated": date(2019, 12, 11),
        "sha256": "d" * 64,
    }
    return RecordReply.model_validate({**said, **changes})


def weigh(stands: bool, by: Actor = LEADING_GROUP) -> WeighReply:
    return WeighReply(at=AT, by=by, authority="police", stands=stands, reason="所涉事项的研究意见")


class TestRequests:
    def test_every_department_is_asked_until_a_working_day(self) -> None:
        """P8"""
        given(VETTING).when(request()).then(*ASKED)

    def test_nobody_is_asked_twice(self) -> None:
        given(VETTING, *ASKED).when(request()).then()
        given(VETTING, *PASSED).when(request()).then()

    def test_some_departments_are_asked_about_heads_of_enterprises_only(self) -> None:
        """P8"""
        given(VETTING, executive(True)).when(request(WITH_TAX)).then(
            opened(WITH_TAX), requested(POLICE), requested(TAX)
        )
        given(VETTING, executive(False)).when(request(WITH_TAX)).then(
            opened(WITH_TAX), requested(POLICE)
        )

    def test_it_may_become_known_later_who_heads_an_enterprise(self) -> None:
        begun = (opened(WITH_TAX), requested(POLICE))
        given(VETTING, *begun).when(note(True)).then(executive(True), requested(TAX))
        given(VETTING, *begun, replied()).when(note(False)).then(executive(False), concluded(True))

    def test_until_it_is_known_nobody_passes(self) -> None:
        """P8"""
        given(VETTING, opened(WITH_TAX), requested(POLICE)).when(reply()).then(replied())

    def test_both_orders_lead_to_the_same(self) -> None:
        for heads in (True, False):
            states = []
            for commands in ((note(heads), request(WITH_TAX)), (request(WITH_TAX), note(heads))):
                state = VETTING.initial
                for command in commands:
                    state = VETTING.fold(VETTING.judge(command, state), state)
                states.append(state)
            assert states[0] == states[1]

    def test_whoever_left_is_not_vetted(self) -> None:
        """S39"""
        given(VETTING).when(end()).then(ended())
        given(VETTING, ended()).when(request()).then()
        given(VETTING, ended()).when(end()).then()


class TestReplies:
    def test_the_last_reply_without_objection_concludes_it(self) -> None:
        """P8"""
        given(VETTING, *ASKED).when(reply()).then(replied())
        given(VETTING, *ASKED, replied()).when(reply("credit")).then(
            replied("credit"), concluded(True)
        )

    def test_a_department_answers_for_itself(self) -> None:
        """P8"""
        stranger = actor("authority", id="authority-credit")
        given(VETTING, *ASKED).when(reply("police", by=stranger)).refused("P8")

    def test_the_office_puts_a_letter_on_paper_on_record(self) -> None:
        """P8"""
        given(VETTING, *ASKED).when(reply(by=OFFICE)).then(replied())

    @pytest.mark.parametrize("by", [EXPERT, LEADING_GROUP])
    def test_nobody_else_answers(self, by: Actor) -> None:
        given(VETTING, *ASKED).when(reply(by=by)).refused("P8")

    @pytest.mark.parametrize(
        "missing", [{"sealed": False}, {"dated": None}, {"dated": date(2019, 12, 12)}]
    )
    def test_without_seal_or_date_it_is_no_reply(self, missing: dict[str, Any]) -> None:
        """P8: nor with a date that has not come"""
        given(VETTING, *ASKED).when(reply(**missing)).refused("P8")

    def test_only_who_was_asked_answers(self) -> None:
        given(VETTING).when(reply()).refused("P8")
        given(VETTING, opened(WITH_TAX), requested(POLICE)).when(reply("tax")).refused("P8")

    def test_the_same_reply_counts_once(self) -> None:
        once = replied(letter=LETTER)
        given(VETTING, *ASKED).when(reply(letter_id=LETTER)).then(once)
        given(VETTING, *ASKED, once).when(reply(letter_id=LETTER)).then()
        given(VETTING, *ASKED, once).when(reply()).then()
        given(VETTING, *PASSED).when(reply()).then()

    def test_one_letter_does_not_say_two_things(self) -> None:
        """P8"""
        given(VETTING, *ASKED, replied(letter=LETTER)).when(
            reply(letter_id=LETTER, answer="objection")
        ).refused("P8")

    def test_a_letter_that_was_replaced_and_comes_again_changes_nothing(self) -> None:
        events = (*ASKED, replied(letter=LETTER), replied("police", "objection"))
        given(VETTING, *events).when(reply(letter_id=LETTER)).then()

    def test_a_department_may_change_its_answer_until_all_have_answered(self) -> None:
        given(VETTING, *ASKED, replied()).when(reply(answer="objection")).then(
            replied("police", "objection")
        )
        given(VETTING, *PASSED).when(reply(answer="objection")).refused("P8")


class TestVeto:
    def test_a_veto_rules_out_at_once(self) -> None:
        """P9: whoever else has not answered yet"""
        given(VETTING, *ASKED).when(reply(answer="objection", veto="criminal")).then(
            replied("police", "objection", "criminal"),
            concluded(False, "credit"),
            ruled_out("vetoed", CRIMINAL.title),
        )

    def test_also_after_everybody_had_passed_the_nominee(self) -> None:
        """P9"""
        given(VETTING, *PASSED).when(reply(answer="objection", veto="criminal")).then(
            replied("police", "objection", "criminal"),
            concluded(False),
            ruled_out("vetoed", CRIMINAL.title),
        )

    @pytest.mark.parametrize(
        "wrong",
        [
            reply(answer="objection", veto="unknown"),
            reply("credit", answer="objection", veto="criminal"),
            reply(answer="no_objection", veto="criminal"),
        ],
    )
    def test_only_grounds_of_the_campaign_told_by_their_department(
        self, wrong: RecordReply
    ) -> None:
        """P9"""
        given(VETTING, *ASKED).when(wrong).refused("P9")

    def test_a_nominee_who_is_out_is_ruled_out_once(self) -> None:
        failed = (*ASKED, replied("police", "objection", "criminal"), concluded(False, "credit"))
        given(VETTING, *failed).when(
            reply(answer="objection", veto="criminal", sha256="e" * 64)
        ).then(replied("police", "objection", "criminal").model_copy(update={"sha256": "e" * 64}))


class TestObjections:
    def test_an_objection_waits_for_the_leading_group(self) -> None:
        """P8"""
        given(VETTING, *ASKED, replied("credit")).when(reply(answer="objection")).then(
            replied("police", "objection")
        )

    def test_set_aside_it_stands_in_the_way_no_more(self) -> None:
        given(VETTING, *OBJECTED).when(weigh(False)).then(weighed(False), concluded(True))

    def test_upheld_it_excludes(self) -> None:
        """P6, P8"""
        given(VETTING, *OBJECTED).when(weigh(True)).then(
            weighed(True), concluded(False), ruled_out("ineligible", "所涉事项的研究意见")
        )

    @pytest.mark.parametrize("by", [OFFICE, EXPERT])
    def test_nobody_else_weighs_it(self, by: Actor) -> None:
        """S25"""
        given(VETTING, *OBJECTED).when(weigh(False, by)).refused("P8")

    @pytest.mark.parametrize("events", [(), ASKED, PASSED, (*OBJECTED, weighed(False))])
    def test_there_has_to_be_something_to_weigh(self, events: tuple[Event, ...]) -> None:
        given(VETTING, *events).when(weigh(False)).refused("P8")

    def test_the_reason_holds_no_personal_number(self) -> None:
        """P3"""
        telling = weigh(False).model_copy(update={"reason": "电话13800000000"})
        given(VETTING, *OBJECTED).when(telling).refused("P3")


class TestTime:
    def late(self) -> NoteOverdue:
        return NoteOverdue(at=datetime.fromisoformat("2019-12-19T00:00:00+08:00"), by=SYSTEM_ACTOR)

    def test_no_reply_is_no_consent(self) -> None:
        """P8: it is told of, once, and waited for"""
        told = VettingOverdue(nomination_id=ANNA, campaign_id=CAMPAIGN, authorities=("credit",))
        given(VETTING, *ASKED, replied()).when(self.late()).then(told)
        given(VETTING, *ASKED, replied(), told).when(self.late()).then()
        state = VETTING.fold([*ASKED, replied(), told])
        assert isinstance(state, Asked)
        assert not state.passed

    def test_an_overdue_reply_still_counts(self) -> None:
        told = VettingOverdue(nomination_id=ANNA, campaign_id=CAMPAIGN, authorities=("credit",))
        given(VETTING, *ASKED, replied(), told).when(reply("credit")).then(
            replied("credit"), concluded(True)
        )

    def test_nothing_is_overdue_before_the_day_is_over(self) -> None:
        early = self.late().model_copy(
            update={"at": datetime.fromisoformat("2019-12-18T23:59:59+08:00")}
        )
        given(VETTING, *ASKED).when(early).then()

    def test_whoever_left_is_waited_for_no_more(self) -> None:
        given(VETTING, *ASKED, replied()).when(end()).then(ended("credit"))
        given(VETTING, *ASKED, ended("credit", "police")).when(self.late()).then()


class TestReturn:
    def test_a_merger_that_is_taken_back_lets_it_go_on(self) -> None:
        """P7: what was answered meanwhile counts"""
        restored = VettingRestored(nomination_id=ANNA, campaign_id=CAMPAIGN)
        command = RestoreVetting(at=AT, by=SYSTEM_ACTOR, nomination_id=ANNA, campaign_id=CAMPAIGN)
        given(VETTING, *ASKED, ended("credit", "police"), replied(), replied("credit")).when(
            command
        ).then(restored, concluded(True))
        given(VETTING, *ASKED).when(command).then()

    def test_a_veto_that_was_told_meanwhile_counts_too(self) -> None:
        """P7, P9"""
        restored = VettingRestored(nomination_id=ANNA, campaign_id=CAMPAIGN)
        command = RestoreVetting(at=AT, by=SYSTEM_ACTOR, nomination_id=ANNA, campaign_id=CAMPAIGN)
        veto = replied("police", "objection", "criminal")
        given(VETTING, *ASKED, ended("credit", "police")).when(
            reply(answer="objection", veto="criminal")
        ).then(veto)
        given(VETTING, *ASKED, ended("credit", "police"), veto).when(command).then(
            restored, concluded(False, "credit"), ruled_out("vetoed", CRIMINAL.title)
        )

    def test_what_is_concluded_is_known_to_be(self) -> None:
        state = VETTING.fold(PASSED)
        assert isinstance(state, Concluded)
        assert state.passed
