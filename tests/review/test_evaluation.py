"""The evaluation of one nomination: recusal, scores, result (P10, P11)."""

from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.review.evaluation import (
    EVALUATION,
    AdmitInvestigation,
    AssignPanel,
    CloseEvaluation,
    OpenEvaluation,
    StopEvaluation,
)
from services.review.investigating import Investigator
from services.review.judges import PanelMember
from services.review.marking import CorrectScore, SubmitScore
from services.review.recusal import AddJudge, DeclareInterest, RecuseMember
from services.review.scoring import (
    EvaluationAssigned,
    EvaluationClosed,
    EvaluationCompleted,
    EvaluationOpened,
    EvaluationStopped,
    RecusalDeclared,
    ScoreCorrected,
    ScoreSubmitted,
)
from services.review.sheet import mean
from shared.messages import Actor, Event
from tests.actors import AT, EXPERT, LEADING_GROUP, OFFICE, SYSTEM_ACTOR
from tests.given import given
from tests.review.campaign import (
    ANNA,
    CAMPAIGN,
    ELSEWHERE,
    EMPLOYER,
    JUDGES,
    RECOMMENDER,
    SCORING,
    as_judge,
    judge,
    marks,
)

OPENED = EvaluationOpened(
    nomination_id=ANNA,
    campaign_id=CAMPAIGN,
    employer_uscc=EMPLOYER,
    recommender_uscc=RECOMMENDER,
)
STOPPED = EvaluationStopped(nomination_id=ANNA, campaign_id=CAMPAIGN)
CLOSED = EvaluationClosed(nomination_id=ANNA, campaign_id=CAMPAIGN, rank=1, shortlisted=True)


def assigned(*members: PanelMember, recused: tuple[str, ...] = ()) -> EvaluationAssigned:
    return EvaluationAssigned(
        nomination_id=ANNA,
        campaign_id=CAMPAIGN,
        members=members or JUDGES,
        scoring=SCORING,
        recused=recused,
    )


def scored(number: int, given_marks: dict[str, Decimal] | None = None) -> ScoreSubmitted:
    return ScoreSubmitted(
        nomination_id=ANNA,
        campaign_id=CAMPAIGN,
        member=f"judge-{number}",
        marks=given_marks or marks(),
    )


def recused(number: int) -> RecusalDeclared:
    return RecusalDeclared(
        nomination_id=ANNA, campaign_id=CAMPAIGN, member=f"judge-{number}", ground="relative"
    )


def marks_of(means: dict[str, str]) -> dict[str, Decimal]:
    return {code: Decimal(mean) for code, mean in means.items()}


def completed(total: str, scores: int, **means: str) -> EvaluationCompleted:
    return EvaluationCompleted(
        nomination_id=ANNA,
        campaign_id=CAMPAIGN,
        total=Decimal(total),
        means={**marks("15.00", "25.00", "15.00", "25.00"), **marks_of(means)},
        scores=scores,
    )


def open_() -> OpenEvaluation:
    return OpenEvaluation(
        at=AT,
        by=SYSTEM_ACTOR,
        nomination_id=ANNA,
        campaign_id=CAMPAIGN,
        employer_uscc=EMPLOYER,
        recommender_uscc=RECOMMENDER,
    )


def assign(*members: PanelMember) -> AssignPanel:
    return AssignPanel(at=AT, by=SYSTEM_ACTOR, members=members or JUDGES, scoring=SCORING)


def submit(number: int, by: Actor | None = None, **given_marks: str) -> SubmitScore:
    return SubmitScore(at=AT, by=by or as_judge(number), marks=marks(**given_marks))


def correct(number: int, **given_marks: str) -> CorrectScore:
    return CorrectScore(at=AT, by=as_judge(number), marks=marks(**given_marks), reason="录入有误")


def declare(number: int) -> DeclareInterest:
    return DeclareInterest(at=AT, by=as_judge(number), ground="relative")


def close(rank: int = 1, *, shortlisted: bool = True) -> CloseEvaluation:
    return CloseEvaluation(at=AT, by=SYSTEM_ACTOR, rank=rank, shortlisted=shortlisted)


def stop() -> StopEvaluation:
    return StopEvaluation(at=AT, by=SYSTEM_ACTOR, nomination_id=ANNA, campaign_id=CAMPAIGN)


class TestOpening:
    def test_a_passed_nomination_waits_for_the_panel(self) -> None:
        given(EVALUATION).when(open_()).then(OPENED)

    @pytest.mark.parametrize("event", [OPENED, STOPPED])
    def test_it_is_opened_once_and_never_after_a_disqualification(self, event: Event) -> None:
        given(EVALUATION, event).when(open_()).then()

    def test_the_panel_is_assigned_once(self) -> None:
        given(EVALUATION, OPENED).when(assign()).then(assigned())
        given(EVALUATION, OPENED, assigned()).when(assign()).then()

    @pytest.mark.parametrize("events", [(), (STOPPED,)])
    def test_without_an_open_evaluation_there_is_nothing_to_assign(
        self, events: tuple[Event, ...]
    ) -> None:
        given(EVALUATION, *events).when(assign()).then()


class TestRecusal:
    @pytest.mark.parametrize("unit", [EMPLOYER, RECOMMENDER])
    def test_a_member_of_the_nominees_units_is_recused_without_asking(self, unit: str) -> None:
        """P10"""
        panel = (judge(1), judge(2, unit), judge(3))
        given(EVALUATION, OPENED).when(assign(*panel)).then(assigned(*panel, recused=("judge-2",)))

    def test_who_is_recused_does_not_score(self) -> None:
        """P10"""
        events = (OPENED, assigned(recused=("judge-2",)))
        given(EVALUATION, *events).when(submit(2)).refused("P10")
        given(EVALUATION, *events).when(declare(2)).refused("P10")

    def test_a_member_steps_back(self) -> None:
        """P10"""
        given(EVALUATION, OPENED, assigned()).when(declare(2)).then(recused(2))
        given(EVALUATION, OPENED, assigned(), recused(2)).when(submit(2)).refused("P10")

    def test_not_after_having_scored(self) -> None:
        """P10"""
        given(EVALUATION, OPENED, assigned(), scored(2)).when(declare(2)).refused("P10")

    def test_the_last_who_steps_back_completes_the_evaluation(self) -> None:
        given(EVALUATION, OPENED, assigned(), scored(1), scored(2)).when(declare(3)).then(
            recused(3), completed("80.00", scores=2)
        )

    def test_when_everybody_is_recused_there_is_no_result(self) -> None:
        given(EVALUATION, OPENED, assigned(), recused(1), recused(2)).when(declare(3)).then(
            recused(3)
        )


class TestScores:
    READY = (OPENED, assigned())

    def test_a_member_scores(self) -> None:
        given(EVALUATION, *self.READY).when(submit(1)).then(scored(1))

    def test_the_last_score_completes_the_evaluation(self) -> None:
        """P11"""
        given(EVALUATION, *self.READY, scored(1), scored(2)).when(submit(3)).then(
            scored(3), completed("80.00", scores=3)
        )

    @pytest.mark.parametrize("by", [OFFICE, LEADING_GROUP])
    def test_the_office_and_the_leading_group_do_not_score(self, by: Actor) -> None:
        """S25"""
        given(EVALUATION, *self.READY).when(submit(1, by)).refused("S25")

    def test_an_expert_who_is_no_member_does_not_score(self) -> None:
        """S36"""
        given(EVALUATION, *self.READY).when(submit(9, EXPERT)).refused("S36")

    def test_nobody_scores_twice(self) -> None:
        """P11"""
        given(EVALUATION, *self.READY, scored(1)).when(submit(1)).refused("P11")

    @pytest.mark.parametrize(
        ("criterion", "mark"), [("spirit", "20.01"), ("skill", "30.5"), ("teaching", "-0.01")]
    )
    def test_a_mark_lies_between_nothing_and_the_weight(self, criterion: str, mark: str) -> None:
        """P11"""
        given(EVALUATION, *self.READY).when(submit(1, None, **{criterion: mark})).refused("P11")

    @pytest.mark.parametrize("mark", ["0", "20"])
    def test_nothing_and_the_full_weight_are_marks(self, mark: str) -> None:
        """P11"""
        given(EVALUATION, *self.READY).when(submit(1, spirit=mark)).then(
            scored(1, marks(spirit=mark))
        )

    @pytest.mark.parametrize(
        "wrong",
        [
            {code: mark for code, mark in marks().items() if code != "skill"},
            {**marks(), "charm": Decimal(1)},
            {},
        ],
    )
    def test_every_criterion_is_marked_and_no_other(self, wrong: dict[str, Decimal]) -> None:
        """P11"""
        command = SubmitScore(at=AT, by=as_judge(1), marks=wrong)
        given(EVALUATION, *self.READY).when(command).refused("P11")

    @pytest.mark.parametrize("mark", ["1.005", "NaN", "Infinity"])
    def test_a_mark_is_a_number_with_two_decimals_at_most(self, mark: str) -> None:
        with pytest.raises(ValidationError):
            submit(1, spirit=mark)

    @pytest.mark.parametrize("events", [(), (OPENED,)])
    def test_not_before_the_panel_is_assigned(self, events: tuple[Event, ...]) -> None:
        """S39"""
        given(EVALUATION, *events).when(submit(1)).refused("S39")

    def test_not_after_the_shortlist(self) -> None:
        """S39"""
        given(EVALUATION, *self.READY, scored(1), CLOSED).when(submit(2)).refused("S39")

    def test_not_after_a_disqualification(self) -> None:
        """S43"""
        given(EVALUATION, *self.READY, STOPPED).when(submit(1)).refused("S43")
        substitute = AddJudge(at=AT, by=SYSTEM_ACTOR, member=judge(4), interests=())
        given(EVALUATION, *self.READY, STOPPED).when(substitute).refused("S43")
        recusal = RecuseMember(at=AT, by=OFFICE, member="judge-1", ground="other", reason="利害")
        given(EVALUATION, *self.READY, STOPPED).when(recusal).refused("S43")


class TestCorrection:
    SCORED = (OPENED, assigned(), scored(1))

    def test_a_correction_is_an_event_of_its_own(self) -> None:
        """P11"""
        given(EVALUATION, *self.SCORED).when(correct(1, skill="20")).then(
            ScoreCorrected(
                nomination_id=ANNA,
                campaign_id=CAMPAIGN,
                member="judge-1",
                marks=marks(skill="20"),
                reason="录入有误",
            )
        )

    def test_a_correction_of_a_complete_evaluation_leads_to_a_new_result(self) -> None:
        events = (*self.SCORED, scored(2), scored(3), completed("80.00", scores=3))
        judged = given(EVALUATION, *events).when(correct(1, skill="28"))
        assert judged.events is not None
        assert judged.events[1] == completed("81.00", scores=3, skill="26.00")

    def test_there_must_be_something_to_correct(self) -> None:
        given(EVALUATION, *self.SCORED).when(correct(2)).refused("P11")

    def test_it_obeys_the_same_limits(self) -> None:
        given(EVALUATION, *self.SCORED).when(correct(1, skill="31")).refused("P11")

    def test_not_after_the_shortlist(self) -> None:
        """S39"""
        given(EVALUATION, *self.SCORED, CLOSED).when(correct(1)).refused("S39")


class TestMean:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (["80"], "80.00"),
            (["80", "90", "100", "10"], "70.00"),
            (["0", "80", "80", "81", "100"], "80.33"),
            (["80", "80.01"], "80.01"),
            (["0", "0", "0", "100", "100"], "33.33"),
        ],
    )
    def test_extremes_fall_from_five_scores_on_and_halves_go_up(
        self, values: list[str], expected: str
    ) -> None:
        """P11"""
        assert mean(map(Decimal, values), SCORING) == Decimal(expected)

    def test_something_is_left_whatever_is_configured(self) -> None:
        eager = SCORING.model_copy(update={"drop_extremes_from": 1})
        assert mean([Decimal(80), Decimal(90)], eager) == Decimal("85.00")
        assert mean([Decimal(1), Decimal(80), Decimal(90)], eager) == Decimal("80.00")


class TestEnd:
    def test_the_shortlist_closes_it(self) -> None:
        """S36: 入围 or 未入围"""
        given(EVALUATION, OPENED, assigned(), scored(1)).when(close()).then(CLOSED)
        given(EVALUATION, OPENED, assigned(), scored(1), CLOSED).when(close()).then()

    def test_a_list_drawn_anew_may_change_its_place(self) -> None:
        given(EVALUATION, OPENED, assigned(), CLOSED).when(close(3, shortlisted=False)).then(
            CLOSED.model_copy(update={"rank": 3, "shortlisted": False})
        )

    @pytest.mark.parametrize("events", [(), (OPENED,), (OPENED, assigned(), STOPPED)])
    def test_what_was_not_scored_is_not_closed(self, events: tuple[Event, ...]) -> None:
        given(EVALUATION, *events).when(close()).then()

    @pytest.mark.parametrize("events", [(), (OPENED,), (OPENED, assigned()), (OPENED, CLOSED)])
    def test_a_disqualification_stops_it_at_any_time(self, events: tuple[Event, ...]) -> None:
        """S43"""
        given(EVALUATION, *events).when(stop()).then(STOPPED)
        given(EVALUATION, *events, STOPPED).when(stop()).then()


class TestInvestigators:
    def admit(self, *units: str, campaign: UUID = CAMPAIGN) -> AdmitInvestigation:
        people = tuple(
            Investigator(id=f"inspector-{number}", organisation="示例单位", uscc=unit)
            for number, unit in enumerate(units)
        )
        return AdmitInvestigation(
            at=AT,
            by=SYSTEM_ACTOR,
            campaign_id=campaign,
            investigators=people,
        )

    @pytest.mark.parametrize("unit", [EMPLOYER, RECOMMENDER])
    @pytest.mark.parametrize(
        "events", [(OPENED,), (OPENED, assigned()), (OPENED, assigned(), CLOSED)]
    )
    def test_nobody_investigates_a_nomination_of_the_own_unit(
        self, unit: str, events: tuple[Event, ...]
    ) -> None:
        """P5, P10"""
        given(EVALUATION, *events).when(self.admit(ELSEWHERE, unit)).refused("P5")

    @pytest.mark.parametrize("events", [(), (OPENED,), (OPENED, STOPPED)])
    def test_others_may(self, events: tuple[Event, ...]) -> None:
        given(EVALUATION, *events).when(self.admit(ELSEWHERE, ELSEWHERE)).then()

    def test_the_campaign_must_be_that_of_the_nomination(self) -> None:
        given(EVALUATION, OPENED).when(self.admit(ELSEWHERE, campaign=ANNA)).refused("P5")
