"""Campaign: a notice opens it once, under rules that stay."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.intake.campaign import (
    CAMPAIGN,
    SETTLED,
    AmendCampaign,
    CampaignAmended,
    CampaignClosed,
    CampaignOpened,
    CloseCampaign,
    ConfigurationFrozen,
    ExtendDeadline,
    FreezeConfiguration,
    JudgePaper,
    LatePaperNoted,
    OpenCampaign,
)
from shared.contracts.campaign import (
    Authority,
    CampaignConfiguration,
    Judging,
    Readings,
    Veto,
    Vetting,
)
from shared.messages import Actor, Event
from tests.actors import AT, EXPERT, LEADING_GROUP, OFFICE, SYSTEM_ACTOR
from tests.given import given
from tests.intake.samples import CAMPAIGN_ID, CONFIGURATION

OPENED = CampaignOpened(campaign_id=CAMPAIGN_ID, configuration=CONFIGURATION)


def open_campaign(
    configuration: CampaignConfiguration = CONFIGURATION, at: datetime = AT, by: Actor = OFFICE
) -> OpenCampaign:
    return OpenCampaign(at=at, by=by, configuration=configuration)


def test_the_office_opens_a_campaign() -> None:
    """S2, S25."""
    given(CAMPAIGN).when(open_campaign()).then(OPENED)


@pytest.mark.parametrize("by", [EXPERT, LEADING_GROUP])
def test_nobody_else_opens_it(by: Actor) -> None:
    """S25."""
    given(CAMPAIGN).when(open_campaign(by=by)).refused("S25")


def test_it_opens_no_earlier_than_its_notice_is_dated() -> None:
    """S4: by the day in Beijing."""
    early = datetime.fromisoformat("2019-11-19T23:59:59+08:00")
    given(CAMPAIGN).when(open_campaign(at=early)).refused("S4")
    that_day = datetime.fromisoformat("2019-11-19T16:00:00+00:00")
    given(CAMPAIGN).when(open_campaign(at=that_day)).then(OPENED)


def test_opening_it_again_changes_nothing() -> None:
    given(CAMPAIGN, OPENED).when(open_campaign()).then()


def test_opening_it_with_other_rules_is_refused() -> None:
    """A8."""
    other = CONFIGURATION.model_copy(update={"quota": 9})
    given(CAMPAIGN, OPENED).when(open_campaign(other)).refused("A8")


def test_a_document_number_of_another_form_is_no_configuration() -> None:
    """S2."""
    with pytest.raises(ValidationError):
        CampaignConfiguration.model_validate(
            CONFIGURATION.model_dump() | {"document_number": "嘉港区办[2019]60号"}
        )


def test_the_notice_s_own_rules_are_in_its_file() -> None:
    """S2, S4, S10, S23, A1, A2, P1, P11, P12."""
    assert CONFIGURATION.deadline == datetime.fromisoformat("2019-12-10T23:59:59+08:00")
    assert CONFIGURATION.base_date.isoformat() == "2019-12-10"
    assert CONFIGURATION.issued_on.isoformat() == "2019-11-20"
    assert CONFIGURATION.required_years == 3
    assert set(CONFIGURATION.bodies.leading_group_members) >= {
        *("乍浦镇", "办公室", "人力社保局", "经发局", "财政分局", "总工会")
    }
    assert (CONFIGURATION.notice.days, CONFIGURATION.notice.count_publication_day) == (5, True)
    assert sum(criterion.weight for criterion in CONFIGURATION.scoring.criteria) == 100
    codes = {criterion.code for criterion in CONFIGURATION.scoring.criteria}
    assert codes.issuperset(CONFIGURATION.scoring.tie_break)
    assert CONFIGURATION.voting.majority.reached(4, 6)
    assert not CONFIGURATION.voting.majority.reached(3, 6)


# what a configuration must be

SCORING, BODIES = CONFIGURATION.scoring, CONFIGURATION.bodies


def heavier() -> object:
    first, *others = SCORING.criteria
    return SCORING.model_copy(
        update={"criteria": (first.model_copy(update={"weight": first.weight + 1}), *others)}
    )


@pytest.mark.parametrize(
    ("rule", "field", "changes"),
    [
        ("P11", "scoring.criteria", {"scoring": heavier()}),
        ("P11", "scoring.tie_break", {"scoring": SCORING.model_copy(update={"tie_break": ("x",)})}),
        ("P13", "shortlist_size", {"shortlist_size": CONFIGURATION.quota - 1}),
        ("S32", "deadline", {"deadline": datetime.fromisoformat("2019-11-19T12:00:00+08:00")}),
        ("P20", "approval_reference", {"approval_reference": " "}),
        (
            "S23",
            "bodies.leading_group_members",
            {
                "bodies": BODIES.model_copy(
                    update={"leading_group_members": BODIES.leading_group_members[1:]}
                )
            },
        ),
        (
            "S1",
            "bodies",
            {"bodies": BODIES.model_copy(update={"conferring_body": BODIES.issuer})},
        ),
    ],
)
def test_a_configuration_that_contradicts_itself_or_the_notice_opens_nothing(
    rule: str, field: str, changes: dict[str, object]
) -> None:
    """S1, S23, S32, P11, P13, P20."""
    other = CONFIGURATION.model_copy(update=changes)
    given(CAMPAIGN).when(open_campaign(other)).refused(rule)
    assert field in [named for _, named, _ in other.faults()]
    given(CAMPAIGN, OPENED).when(amend(other)).refused(rule)


POLICE = Authority(code="police", title="公安部门", account="authority-police")
CODES = tuple(criterion.code for criterion in SCORING.criteria)
CRIMINAL = Veto(code="criminal", title="受过刑事处罚或正在被查处", authority="police")


@pytest.mark.parametrize(
    "changes",
    [
        {"scoring": SCORING.model_copy(update={"pass_mark": Decimal(0)})},
        {"scoring": SCORING.model_copy(update={"pass_mark": Decimal(100)})},
        {"scoring": SCORING.model_copy(update={"tie_break": CODES})},
        {"shortlist_size": CONFIGURATION.quota},
        {"deadline": datetime.fromisoformat("2019-11-20T00:00:00+08:00")},
        {"vetting": Vetting(authorities=(POLICE,), vetoes=(CRIMINAL,))},
    ],
    ids=str,
)
def test_what_lies_on_the_line_contradicts_nothing(changes: dict[str, object]) -> None:
    """S32, P8, P9, P11, P13."""
    other = CONFIGURATION.model_copy(update=changes)
    given(CAMPAIGN).when(open_campaign(other)).then(
        CampaignOpened(campaign_id=CAMPAIGN_ID, configuration=other)
    )


@pytest.mark.parametrize("mark", [Decimal("-0.01"), Decimal("100.01")])
def test_a_pass_mark_nobody_can_miss_or_reach_is_refused(mark: Decimal) -> None:
    """P11."""
    other = CONFIGURATION.model_copy(
        update={"scoring": SCORING.model_copy(update={"pass_mark": mark})}
    )
    given(CAMPAIGN).when(open_campaign(other)).refused("P11")


@pytest.mark.parametrize(("shortlisted", "enough"), [(10, False), (11, False), (12, True)])
def test_more_are_shortlisted_than_chosen_by_what_the_campaign_says(
    shortlisted: int, enough: bool
) -> None:
    """P13: a fifth more than ten are twelve."""
    other = CONFIGURATION.model_copy(
        update={
            "quota": 10,
            "shortlist_size": shortlisted,
            "judging": Judging(differential_percent=20),
        }
    )
    assert [rule for rule, _, _ in other.faults()] == ([] if enough else ["P13"])


def test_more_member_units_than_the_six_are_welcome() -> None:
    """S23: "等" lets more be added."""
    units = (*BODIES.leading_group_members, "应急分局")
    bodies = BODIES.model_copy(update={"leading_group_members": units})
    other = CONFIGURATION.model_copy(update={"bodies": bodies})
    given(CAMPAIGN, OPENED).when(amend(other)).then(amended(other, "bodies"))


# what changes later

REASON = "申报踊跃，经领导小组同意增加名额。"
APPROVAL = "嘉港区办〔2019〕66号（演练）"
FROZEN = ConfigurationFrozen(campaign_id=CAMPAIGN_ID)
CLOSED = CampaignClosed(campaign_id=CAMPAIGN_ID, reason=REASON)
WIDER = CONFIGURATION.model_copy(update={"quota": CONFIGURATION.quota + 1})


def amend(
    configuration: CampaignConfiguration, approval: str | None = None, by: Actor = OFFICE
) -> AmendCampaign:
    return AmendCampaign(
        at=AT, by=by, configuration=configuration, reason=REASON, approval=approval
    )


def amended(
    configuration: CampaignConfiguration, *changed: str, approval: str | None = None
) -> CampaignAmended:
    return CampaignAmended(
        campaign_id=CAMPAIGN_ID,
        configuration=configuration,
        changed=changed,
        reason=REASON,
        approval=approval,
    )


def test_before_the_first_pre_review_a_reason_is_enough() -> None:
    """A8."""
    given(CAMPAIGN, OPENED).when(amend(WIDER)).then(amended(WIDER, "quota"))


def test_an_amendment_that_changes_nothing_is_none() -> None:
    given(CAMPAIGN, OPENED).when(amend(CONFIGURATION)).then()


def test_the_first_pre_review_freezes_the_configuration_once() -> None:
    """A8."""
    freeze = FreezeConfiguration(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN_ID)
    given(CAMPAIGN, OPENED).when(freeze).then(FROZEN)
    given(CAMPAIGN, OPENED, FROZEN).when(freeze).then()
    given(CAMPAIGN).when(freeze).then()


def test_after_it_a_change_needs_an_approval() -> None:
    """A8."""
    given(CAMPAIGN, OPENED, FROZEN).when(amend(WIDER)).refused("A8")
    given(CAMPAIGN, OPENED, FROZEN).when(amend(WIDER, APPROVAL)).then(
        amended(WIDER, "quota", approval=APPROVAL)
    )


@pytest.mark.parametrize("field", [name for name in SETTLED if name != "honour"])
def test_what_decided_cases_rest_on_is_never_changed_after_it(field: str) -> None:
    """A8: the base date, the years, the strictness of lists."""
    value = {
        "base_date": CONFIGURATION.base_date.replace(day=11),
        "required_years": CONFIGURATION.required_years + 1,
        "all_listed_areas": not CONFIGURATION.all_listed_areas,
        "readings": Readings(patent_awards=("虚构专利奖",)),
    }[field]
    other = CONFIGURATION.model_copy(update={field: value})
    given(CAMPAIGN, OPENED).when(amend(other)).then(amended(other, field))
    given(CAMPAIGN, OPENED, FROZEN).when(amend(other, APPROVAL)).refused("A8")
    given(CAMPAIGN, OPENED, FROZEN, amended(WIDER, "quota", approval=APPROVAL)).when(
        amend(other, APPROVAL)
    ).refused("A8")


def test_the_deadline_is_extended_and_the_base_date_stays() -> None:
    """S32, A2."""
    later = datetime.fromisoformat("2019-12-17T23:59:59+08:00")
    extend = ExtendDeadline(at=AT, by=OFFICE, deadline=later, reason=REASON)
    extended = CONFIGURATION.model_copy(update={"deadline": later})
    given(CAMPAIGN, OPENED).when(extend).then(amended(extended, "deadline"))
    assert extended.base_date == CONFIGURATION.base_date


def test_a_deadline_is_never_moved_to_earlier() -> None:
    """S32: who has time to the deadline keeps it."""
    same = ExtendDeadline(at=AT, by=OFFICE, deadline=CONFIGURATION.deadline, reason=REASON)
    given(CAMPAIGN, OPENED).when(same).refused("S32")
    sooner = CONFIGURATION.model_copy(
        update={"deadline": CONFIGURATION.deadline - timedelta(seconds=1)}
    )
    given(CAMPAIGN, OPENED).when(amend(sooner)).refused("S32")
    given(CAMPAIGN, OPENED, FROZEN).when(amend(sooner, APPROVAL)).refused("S32")


def test_what_is_published_of_a_change_tells_no_number() -> None:
    """P3: every reason and approval crosses the border."""
    told = "请联系13800000000"
    for command in (
        amend(WIDER, told),
        amend(WIDER).model_copy(update={"reason": told}),
        CloseCampaign(at=AT, by=OFFICE, reason=told),
        ExtendDeadline(
            at=AT, by=OFFICE, deadline=CONFIGURATION.deadline + timedelta(days=1), reason=told
        ),
    ):
        given(CAMPAIGN, OPENED).when(command).refused("P3")


def test_a_closed_campaign_is_not_changed_any_more() -> None:
    """S39."""
    close = CloseCampaign(at=AT, by=OFFICE, reason=REASON)
    given(CAMPAIGN, OPENED).when(close).then(CLOSED)
    for command in (close, amend(WIDER)):
        given(CAMPAIGN, OPENED, CLOSED).when(command).refused("S39")
        given(CAMPAIGN).when(command).refused("S39")
    given(CAMPAIGN, OPENED, CLOSED).when(open_campaign()).refused("A8")


@pytest.mark.parametrize("by", [EXPERT, LEADING_GROUP])
def test_only_the_office_changes_it(by: Actor) -> None:
    """S25."""
    given(CAMPAIGN, OPENED).when(amend(WIDER, by=by)).refused("A8")


@pytest.mark.parametrize("history", [(OPENED,), (OPENED, CLOSED)])
def test_a_paper_in_time_is_nothing_to_speak_of_and_a_late_one_is_noted(
    history: tuple[Event, ...],
) -> None:
    """S32, A1: the last second counts."""
    deadline = CONFIGURATION.deadline
    given(CAMPAIGN, *history).when(judge_paper(deadline)).then()
    late = deadline + timedelta(seconds=1)
    noted = LatePaperNoted(
        campaign_id=CAMPAIGN_ID, nomination_id=PAPER, received_at=late, deadline=deadline
    )
    given(CAMPAIGN, *history).when(judge_paper(late)).then(noted)
    given(CAMPAIGN, *history, noted).when(judge_paper(deadline)).then()
    given(CAMPAIGN).when(judge_paper(late)).then()


PAPER = UUID(int=2019)


def judge_paper(received_at: datetime) -> JudgePaper:
    return JudgePaper(
        at=AT,
        by=SYSTEM_ACTOR,
        campaign_id=CAMPAIGN_ID,
        nomination_id=PAPER,
        received_at=received_at,
    )
