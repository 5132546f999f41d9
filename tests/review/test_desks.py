"""What the desks tell of vetting, recusal and due dates; and to whom they tell nothing."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from typing import Any

import pytest

from deploy.local.servers import Servers
from services.review.drawing import DrawShortlist
from services.review.evaluation import EVALUATION
from services.review.facts import ScoresNotYetRead, facts
from services.review.judges import PanelMember
from services.review.marking import SubmitScore
from services.review.pages import router
from services.review.panel import PANEL
from services.review.recusal import RecuseMember
from services.review.seats import AppointPanel
from services.review.vetting import VETTING, RecordReply
from shared.contracts.campaign import Authority, Judging, Vetting
from shared.contracts.intake import CampaignOpened, NominationWithdrawn
from shared.messages import Actor
from shared.web import create_app
from tests.actors import AT, OFFICE, actor
from tests.review.campaign import ANNA, BODO, CAMPAIGN, CARL, ELSEWHERE, configuration, marks
from tests.review.running import Running, reviewing
from tests.review.test_policies import passed
from tests.review.visitor import Visitor, words
from tests.serving import serving, visiting

PAGE = f"/campaigns/{CAMPAIGN}"
RULES = configuration().model_copy(
    update={
        "judging": Judging(minimum_scores=2),
        "vetting": Vetting(
            authorities=(
                Authority(code="police", title="公安部门", account="authority-police"),
                Authority(code="credit", title="信用部门", account="authority-credit"),
            )
        ),
    }
)
MEMBERS = tuple(
    PanelMember(
        id=f"expert-{number}",
        name=f"测试专家{number}",
        organisation="虚构评审单位",
        uscc=ELSEWHERE,
        kind="leader" if number == 1 else "expert",
    )
    for number in (1, 2, 3)
)

Enter = Callable[[str], Visitor]


def expert(number: int) -> Actor:
    return actor("expert", id=f"expert-{number}")


@pytest.fixture(scope="module")
def running(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Two candidates are on the list and vetted by one of two departments; one has left."""
    with reviewing(servers, tmp_path_factory.mktemp("desks"), "test_review_desks") as made:
        made.hear(CampaignOpened(campaign_id=CAMPAIGN, configuration=RULES))
        made.ask(PANEL, CAMPAIGN, AppointPanel(at=AT, by=OFFICE, members=MEMBERS, chair="expert-1"))
        for nomination in (ANNA, BODO, CARL):
            made.hear(passed(nomination))
        recusal = RecuseMember(
            at=AT, by=OFFICE, member="expert-3", ground="master_apprentice", reason="师徒协议"
        )
        for nomination in (ANNA, BODO):
            for number in (1, 2, 3):
                command = SubmitScore(
                    at=AT, by=expert(number), marks=marks(achievement=str(20 + number))
                )
                made.ask(EVALUATION, nomination, command)
        made.ask(EVALUATION, ANNA, recusal)
        made.hear(NominationWithdrawn(nomination_id=CARL, campaign_id=CAMPAIGN, by="applicant"))
        made.ask(PANEL, CAMPAIGN, DrawShortlist(at=AT, by=expert(1)))
        reply = RecordReply(
            at=AT,
            by=actor("authority", id="authority-police"),
            authority="police",
            answer="no_objection",
            sealed=True,
            dated=date(2019, 12, 11),
            sha256="d" * 64,
        )
        made.ask(VETTING, ANNA, reply)
        yield made


@pytest.fixture(scope="module")
def enter(running: Running) -> Iterator[Enter]:
    """Log an account in."""
    with ExitStack() as sessions:
        address = sessions.enter_context(serving(create_app(running.application, router)))
        yield lambda account: Visitor(sessions.enter_context(visiting(address)), account)


def told(visitor: Visitor, path: str, status: int = 200) -> Any:
    answer = visitor.client.get(path)
    assert answer.status_code == status, answer.text
    return answer.json() if status == 200 else None


def test_the_office_sees_what_waits_for_whom_until_when(enter: Enter) -> None:
    """P8: three replies, five working days after the shortlist"""
    office = enter("office")
    waiting = told(office, f"/api/waiting?campaign={CAMPAIGN}")
    assert [(one["kind"], one["who"], one["due_on"], one["overdue"]) for one in waiting] == [
        ("reply", "信用部门", "2019-12-18", False),
        ("reply", "信用部门", "2019-12-18", False),
        ("reply", "公安部门", "2019-12-18", False),
    ]
    page = words(office.page(PAGE))
    assert "等待联审回复" in page
    assert "已撤回" in page


def test_a_department_sees_what_it_was_asked_itself(enter: Enter) -> None:
    """P8"""
    own = told(enter("authority-credit"), f"/api/vettings?campaign={CAMPAIGN}")
    assert {request["authority"] for one in own for request in one["requests"]} == {"credit"}
    everything = told(enter("leading-group"), f"/api/vettings?campaign={CAMPAIGN}")
    assert [len(one["requests"]) for one in everything] == [2, 2]
    told(enter("expert-1"), f"/api/vettings?campaign={CAMPAIGN}", 403)
    told(enter("authority-police"), f"/api/waiting?campaign={CAMPAIGN}", 403)


def test_whoever_is_recused_is_shown_no_score_of_this_candidate(enter: Enter) -> None:
    """P10: on no page and in no JSON, also after the shortlist"""
    recused, judge = enter("expert-3"), enter("expert-1")
    total = told(judge, f"/api/evaluations/{ANNA}")["evaluation"]["total"]
    assert total == "76.50"
    for path in (
        f"/api/evaluations/{ANNA}",
        f"/api/evaluations?campaign={CAMPAIGN}",
        f"/evaluations/{ANNA}",
        PAGE,
        f"/approvals/{CAMPAIGN}",
    ):
        assert total not in recused.client.get(path).text
    assert told(recused, f"/api/evaluations/{BODO}")["evaluation"]["total"] is not None
    assert told(recused, f"/api/evaluations/{ANNA}")["all"] == []


def test_a_struck_score_is_shown_to_nobody_as_one_that_counts(enter: Enter) -> None:
    """P10"""
    judge = enter("expert-2")
    (struck,) = [one for one in told(judge, f"/api/evaluations/{ANNA}")["all"] if one["struck"]]
    assert (struck["member"], struck["marks"]) == ("expert-3", None)
    assert "原评分作废" in words(judge.page(f"/evaluations/{ANNA}"))


def test_the_auditor_counts_the_ranking_again(enter: Enter) -> None:
    """P11"""
    counted = told(enter("auditor"), f"/api/panels/{CAMPAIGN}/recount")
    assert counted["agrees"]
    assert counted["drawn"] == counted["recounted"]
    told(enter("office"), f"/api/panels/{CAMPAIGN}/recount", 403)


def test_how_the_judges_scored_is_compared_afterwards_by_the_office_and_the_auditor(
    enter: Enter,
) -> None:
    """P11"""
    for account in ("office", "auditor"):
        compared = told(enter(account), f"/api/panels/{CAMPAIGN}/calibration")
        assert {one["member"]: one["candidates"] for one in compared["judges"]} == {
            "expert-1": 2,
            "expert-2": 2,
            "expert-3": 1,
        }
    for account in ("expert-1", "leading-group"):
        told(enter(account), f"/api/panels/{CAMPAIGN}/calibration", 403)
    assert "评委评分比对" in words(enter("office").page(PAGE))
    assert "评委评分比对" not in words(enter("expert-1").page(PAGE))


def test_the_leading_group_sees_whose_vetting_is_not_done(enter: Enter) -> None:
    """P8"""
    page = words(enter("leading-group").page(f"/approvals/{CAMPAIGN}"))
    assert page.count("联审中") == 2


def test_scores_are_told_to_those_who_look_for_fraud_only_once_the_list_is_decided(
    running: Running,
) -> None:
    """P11: the list is drawn here, and may be drawn again"""
    with pytest.raises(ScoresNotYetRead):
        facts(running.application, CAMPAIGN)
