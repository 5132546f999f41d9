"""The objection: received, taken up or not, with its outcome, answered."""

from datetime import date, datetime
from typing import Any

import pytest

from services.publicity import objecting
from services.publicity.objection import OBJECTION, NoteAcceptanceOverdue, NoteAnswerOverdue
from shared.calendar import end_of_day
from tests.actors import COMMITTEE, EXPERT, INVESTIGATOR, LEADING_GROUP, OFFICE, SYSTEM_ACTOR, actor
from tests.given import given
from tests.publicity.stories import (
    CAMPAIGN,
    CONFIGURATION,
    INVESTIGATION,
    JIA,
    LATER,
    PAPER,
    YI,
    accept,
    answer,
    box,
    conclude,
    decline,
    open_reporter,
    raise_objection,
    take_back,
)

OF: dict[str, Any] = {"nomination_id": JIA, "campaign_id": CAMPAIGN}
DAY = date(2019, 12, 25)


def raised(
    *, signed: bool = True, named: bool = True, day: date = DAY
) -> objecting.ObjectionRaised:
    return objecting.ObjectionRaised(
        **OF,
        objector="person",
        signed=signed,
        reporter=box("reporter") if named else None,
        contact=box("contact") if named else None,
        allegation="所报技术成果并非本人完成",
        sha256=PAPER,
        day=day,
        terms=CONFIGURATION.objections,
        accept_by=date(2019, 12, 27),
    )


ANONYMOUS = raised(signed=False, named=False)
ACCEPTED = objecting.ObjectionAccepted(**OF, day=DAY, investigate_by=date(2020, 1, 16))
TAKEN_UP = (raised(), ACCEPTED)


def withdrawn(*, continued: bool) -> objecting.ObjectionWithdrawn:
    return objecting.ObjectionWithdrawn(**OF, continued=continued)


def found(
    finding: objecting.Verdict, answer_by: date | None = date(2020, 1, 10)
) -> objecting.FindingNoted:
    return objecting.FindingNoted(
        **OF, investigation_id=INVESTIGATION, finding=finding, answer_by=answer_by
    )


def ended(outcome: objecting.Outcome) -> objecting.ObjectionClosed:
    return objecting.ObjectionClosed(**OF, outcome=outcome)


def declined(ground: objecting.Refusal, *, lead: bool = False) -> objecting.ObjectionDeclined:
    return objecting.ObjectionDeclined(**OF, day=DAY, ground=ground, lead=lead)


class TestReceiving:
    def test_a_signed_objection_is_recorded_with_its_clock(self) -> None:
        """P4, P5: received on Wednesday, to be decided on by Friday."""
        given(OBJECTION).when(raise_objection()).then(raised())

    def test_the_postmark_counts(self) -> None:
        """P4: a letter that came later is of the day of its postmark."""
        letter = raise_objection(
            at=datetime.fromisoformat("2019-12-31T09:00:00+08:00"), posted_on=date(2019, 12, 27)
        )
        [event] = OBJECTION.judge(letter, OBJECTION.initial)
        assert isinstance(event, objecting.ObjectionRaised)
        assert event.day == date(2019, 12, 27)

    def test_a_postmark_of_tomorrow_is_none(self) -> None:
        """P4."""
        given(OBJECTION).when(raise_objection(posted_on=date(2019, 12, 26))).refused("P4")

    def test_whoever_signs_is_named(self) -> None:
        """P4: true name, or seal, and how to be reached."""
        given(OBJECTION).when(raise_objection(named=False)).refused("P4")

    def test_the_anonymous_one_is_recorded_too(self) -> None:
        """P4."""
        given(OBJECTION).when(raise_objection(signed=False, named=False)).then(ANONYMOUS)

    def test_once(self) -> None:
        """P4."""
        given(OBJECTION, raised()).when(raise_objection()).refused("P4")

    def test_its_text_holds_no_personal_number(self) -> None:
        """P3."""
        text = "身份证号89000019700101001X的人"
        given(OBJECTION).when(raise_objection(allegation=text)).refused("P3")

    @pytest.mark.parametrize("by", [EXPERT, LEADING_GROUP, COMMITTEE])
    def test_office_and_desk_record_it_and_nobody_else(self, by: object) -> None:
        """P4."""
        given(OBJECTION).when(raise_objection(by=by)).refused("P4")  # type: ignore[arg-type]


class TestTakingUp:
    def test_the_office_takes_it_up_and_the_facts_are_verified_in_time(self) -> None:
        """P5: within fifteen working days."""
        given(OBJECTION, raised()).when(accept()).then(ACCEPTED)

    def test_nobody_else_does(self) -> None:
        """P5."""
        given(OBJECTION, raised()).when(accept(by=INVESTIGATOR)).refused("P5")

    def test_never_what_nobody_signed(self) -> None:
        """P4."""
        given(OBJECTION, ANONYMOUS).when(accept()).refused("P4")

    def test_late_but_still(self) -> None:
        """P5: what is overdue is on record; the duty remains."""
        overdue = objecting.AcceptanceOverdue(**OF)
        [event] = OBJECTION.judge(accept(at=LATER), OBJECTION.fold((raised(), overdue)))
        assert isinstance(event, objecting.ObjectionAccepted)

    def test_is_decided_once(self) -> None:
        """P5."""
        for decided in (ACCEPTED, declined("late")):
            given(OBJECTION, raised(), decided).when(accept()).refused("P5")
            given(OBJECTION, raised(), decided).when(decline("late")).refused("P5")
        given(OBJECTION).when(accept()).refused("P5")


class TestDeclining:
    def test_with_its_ground_and_as_a_lead_if_it_is_concrete(self) -> None:
        """P4: 不予受理, but on record and looked into."""
        given(OBJECTION, ANONYMOUS).when(decline("anonymous", lead=True)).then(
            declined("anonymous", lead=True)
        )
        given(OBJECTION, raised()).when(decline("no_facts")).then(declined("no_facts"))
        given(OBJECTION, raised()).when(decline("false_name")).then(declined("false_name"))

    def test_a_signed_one_is_not_anonymous_and_an_unsigned_name_is_not_false(self) -> None:
        """P4."""
        given(OBJECTION, raised()).when(decline("anonymous")).refused("P4")
        given(OBJECTION, ANONYMOUS).when(decline("false_name")).refused("P4")


class TestOutcome:
    @pytest.mark.parametrize("finding", ["unfounded", "immaterial", "ineligible", "fraud"])
    def test_once_it_is_known_it_stands_in_the_way_no_more(
        self, finding: objecting.Verdict
    ) -> None:
        """P6: what follows from it review has decided; the answer is due in five working days."""
        given(OBJECTION, *TAKEN_UP).when(conclude(finding)).then(found(finding), ended(finding))

    def test_may_come_before_it_is_taken_up(self) -> None:
        """P6: policies commute."""
        given(OBJECTION, raised()).when(conclude("unfounded")).then(
            found("unfounded"), ended("unfounded")
        )

    def test_is_heard_once_and_changes_nothing_that_is_over(self) -> None:
        """P6."""
        known = (*TAKEN_UP, found("unfounded"), ended("unfounded"))
        given(OBJECTION, *known).when(conclude("unfounded")).then()
        given(OBJECTION, raised(), declined("late")).when(conclude("unfounded")).then()
        given(OBJECTION).when(conclude("unfounded")).then()

    def test_a_finding_about_somebody_else_ends_nothing(self) -> None:
        """S40, P6: whoever opened that investigation named the wrong objection."""
        for known in ((raised(),), TAKEN_UP):
            given(OBJECTION, *known).when(conclude("unfounded", nomination_id=YI)).then()

    def test_is_heard_though_the_calendar_ends(self) -> None:
        """P5: a day in a year that is not known is not guessed."""
        at = datetime.fromisoformat("2026-12-30T09:00:00+08:00")
        given(OBJECTION, *TAKEN_UP).when(conclude("unfounded", at=at)).then(
            found("unfounded", answer_by=None), ended("unfounded")
        )


class TestAnswering:
    def test_the_office_answers_in_writing_once(self) -> None:
        """P5."""
        known = (*TAKEN_UP, found("unfounded"), ended("unfounded"))
        answered = objecting.ObjectionAnswered(**OF, sha256=PAPER)
        given(OBJECTION, *known).when(answer()).then(answered)
        given(OBJECTION, *known, answered).when(answer()).refused("P5")

    def test_not_before_the_outcome(self) -> None:
        """P5."""
        given(OBJECTION).when(answer()).refused("P5")
        given(OBJECTION, raised()).when(answer()).refused("P5")
        given(OBJECTION, *TAKEN_UP).when(answer()).refused("P5")

    def test_nobody_else_answers(self) -> None:
        """P5."""
        given(OBJECTION, *TAKEN_UP, found("fraud")).when(answer(by=LEADING_GROUP)).refused("P5")


class TestTakingItBack:
    def test_ends_it(self) -> None:
        """P5: before and after it was taken up."""
        for course in ((raised(),), TAKEN_UP):
            given(OBJECTION, *course).when(take_back()).then(
                withdrawn(continued=False), ended("withdrawn")
            )

    def test_unless_the_office_goes_on_with_concrete_facts(self) -> None:
        """P5: then nobody is to be answered."""
        going_on = (*TAKEN_UP, withdrawn(continued=True))
        given(OBJECTION, *TAKEN_UP).when(take_back(continued=True)).then(withdrawn(continued=True))
        given(OBJECTION, *going_on).when(conclude("fraud")).then(
            found("fraud", answer_by=None), ended("fraud")
        )
        given(OBJECTION, *going_on, found("fraud", None), ended("fraud")).when(answer()).refused(
            "P5"
        )

    def test_not_twice_and_not_after_its_end(self) -> None:
        """P5."""
        given(OBJECTION, *TAKEN_UP, withdrawn(continued=True)).when(take_back()).refused("P5")
        given(OBJECTION, *TAKEN_UP, found("fraud"), ended("fraud")).when(take_back()).refused("P5")
        given(OBJECTION, raised(), declined("late")).when(take_back()).refused("P5")


class TestClocks:
    def test_a_decision_that_nobody_made_is_overdue_once(self) -> None:
        """P5: from the midnight after the last day on."""
        due = NoteAcceptanceOverdue(at=end_of_day(date(2019, 12, 27)), by=SYSTEM_ACTOR)
        early = NoteAcceptanceOverdue(
            at=LATER.replace(year=2019, month=12, day=27), by=SYSTEM_ACTOR
        )
        overdue = objecting.AcceptanceOverdue(**OF)
        given(OBJECTION, raised()).when(early).then()
        given(OBJECTION, raised()).when(due).then(overdue)
        given(OBJECTION, raised(), overdue).when(due).then()
        given(OBJECTION, *TAKEN_UP).when(due).then()
        given(OBJECTION).when(due).then()

    def test_so_is_an_answer_that_nobody_gave(self) -> None:
        """P5."""
        due = NoteAnswerOverdue(at=end_of_day(date(2020, 1, 10)), by=SYSTEM_ACTOR)
        early = NoteAnswerOverdue(at=LATER, by=SYSTEM_ACTOR)
        overdue = objecting.AnswerOverdue(**OF)
        known = (*TAKEN_UP, found("unfounded"), ended("unfounded"))
        given(OBJECTION, *known).when(early).then()
        given(OBJECTION, *known).when(due).then(overdue)
        given(OBJECTION, *known, overdue).when(due).then()
        given(OBJECTION, *TAKEN_UP).when(due).then()

    def test_nobody_fires_them_by_hand(self) -> None:
        """P5."""
        given(OBJECTION, raised()).when(NoteAcceptanceOverdue(at=LATER, by=OFFICE)).refused("P5")


class TestWhoObjects:
    @pytest.mark.parametrize("by", [OFFICE, INVESTIGATOR])
    def test_is_opened_for_a_purpose_that_is_on_record(self, by: object) -> None:
        """P4."""
        opened = objecting.ReporterOpened(**OF, purpose="联系反映人核实情况")
        given(OBJECTION, raised()).when(open_reporter(by=by)).then(opened)  # type: ignore[arg-type]

    @pytest.mark.parametrize("role", ["expert", "leading_group", "committee", "authority", "desk"])
    def test_is_sealed_from_those_who_judge_the_nominee(self, role: str) -> None:
        """P4: even if they are of the office too."""
        given(OBJECTION, raised()).when(open_reporter(by=actor(role))).refused("P4")
        if role != "desk":
            given(OBJECTION, raised()).when(open_reporter(by=actor(role, "office"))).refused("P4")

    def test_is_nobody_where_nobody_signed(self) -> None:
        """P4."""
        given(OBJECTION, ANONYMOUS).when(open_reporter()).refused("P4")
        given(OBJECTION).when(open_reporter()).refused("P5")
