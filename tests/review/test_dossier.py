"""Who reads what a nominee submitted, at which desk, and what intake is asked for it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import httpx
import pytest
from bs4 import BeautifulSoup

from deploy.local.servers import Servers
from services.review.drawing import DrawShortlist
from services.review.evaluation import EVALUATION
from services.review.investigating import Investigator
from services.review.investigation import INVESTIGATION, ConcludeInvestigation, OpenInvestigation
from services.review.judges import PanelMember
from services.review.marking import SubmitScore
from services.review.pages import asking, router
from services.review.panel import PANEL
from services.review.recusal import DeclareInterest
from services.review.seats import AppointPanel
from shared.asking import FailedThere, NotAnswered
from shared.web import create_app
from tests.actors import AT, LEADING_GROUP, OFFICE, actor
from tests.review.campaign import ANNA, BODO, CAMPAIGN, CARL, ELSEWHERE, INQUIRY, marks
from tests.review.running import Running, reviewing
from tests.review.test_policies import OPENED, passed
from tests.review.visitor import Visitor, read, words
from tests.serving import serving, visiting

DOSSIER = {
    "form": {
        "education": "大专",
        "specialty": "化工机械",
        "years_in_trade": 14,
        "employer": {"name": "虚构石化示例有限公司", "uscc": "91890000MAXXXX0318"},
        "career": [
            {
                "from": "2008-07-01",
                "to": None,
                "employer": "虚构石化示例有限公司",
                "post": "检修班长",
                "in_port_area": True,
                "skilled_post": True,
            }
        ],
        "honours": [
            {
                "title": "示例市技能大赛钳工第二名",
                "issuer": "虚构总工会",
                "rank": 2,
                "material": "m7",
            }
        ],
        "patents": [{"title": "密封装置", "number": "ZL201819999991.4", "material": "m6"}],
        "achievements": "独创<b>四步</b>诊断法",
        "claims": {
            "C1": {
                "operating_method": {
                    "name": "四步诊断法",
                    "recognised_by": "虚构石化行业协会",
                    "date": "2016-05-01",
                    "material": "m8",
                },
                "areas": [
                    {
                        "area": "major_safety_hazard",
                        "project": "介质泄漏隐患消除",
                        "date": "2018-09-30",
                        "material": "m9",
                    }
                ],
            },
            "C2": {"contest": 0, "honour": 7},
            "C3": {"lead": True, "apprentices": 11, "studio": "示例工作室", "materials": ["m10"]},
            "C4": {
                "projects": [
                    {
                        "name": "示例装置",
                        "level": "province",
                        "role": "主要完成人",
                        "material": "m12",
                    }
                ]
            },
        },
    },
    "titles": {"m8": "先进操作法命名文件"},
}
IDENTITY = {
    "name": "测试甲",
    "sex": "男",
    "household_registration": "虚构省示例市",
    "photo_sha256": "a" * 64,
    "id_number": "890000198503070011",
}
SUBMITTED = {"dossier": DOSSIER, "identity": IDENTITY}

Enter = Callable[[str], Visitor]

ANNAS_PAGE, BODOS_PAGE = f"/evaluations/{ANNA}", f"/evaluations/{BODO}"
APPROVAL_PAGE = f"/approvals/{CAMPAIGN}"
INQUIRY_PAGE = f"/investigations/{INQUIRY}"


class Intake:
    """Intake as review asks it: opens what it is asked to, and remembers the questions."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], Any] = opened

    def __call__(self, service: str, method: str, **arguments: Any) -> Any:
        assert (service, method) == ("intake", "open_personal_data")
        self.asked.append(arguments)
        return self.answer(arguments)

    @property
    def last(self) -> dict[str, Any]:
        """The last question."""
        return self.asked[-1]


def opened(question: Mapping[str, Any]) -> Any:
    return {"parts": {part: SUBMITTED[part] for part in question["parts"]}}


@pytest.fixture(scope="module")
def running(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Anna and Bodo are judged by experts 1 and 2; one is recused from Anna, Bodo investigated."""
    with reviewing(servers, tmp_path_factory.mktemp("review"), "test_review_dossier") as one:
        for message in (OPENED, passed(ANNA), passed(BODO)):
            one.hear(message)
        one.ask(PANEL, CAMPAIGN, panel())
        recusal = DeclareInterest(at=AT, by=expert(2), ground="same_unit")
        one.ask(EVALUATION, ANNA, recusal)
        one.ask(INVESTIGATION, INQUIRY, inquiry())
        yield one


def expert(number: int) -> Any:
    return actor("expert", id=f"expert-{number}")


def panel() -> AppointPanel:
    return AppointPanel(
        at=AT,
        by=OFFICE,
        chair="expert-1",
        members=tuple(
            PanelMember(
                id=f"expert-{number}",
                name=f"测试专家{number}",
                organisation="虚构评审单位",
                uscc=ELSEWHERE,
                kind="leader" if number == 1 else "expert",
            )
            for number in (1, 2)
        ),
    )


def inquiry() -> OpenInvestigation:
    """The office named itself, though it has not the role of an investigator."""
    return OpenInvestigation(
        at=AT,
        by=OFFICE,
        nomination_id=BODO,
        campaign_id=CAMPAIGN,
        allegation="获奖证书与公布名单不符",
        investigators=tuple(
            Investigator(id=one, organisation="虚构核查组", uscc=ELSEWHERE)
            for one in ("investigator-1", "office")
        ),
    )


@pytest.fixture(scope="module")
def at_work(running: Running) -> Iterator[tuple[str, Intake]]:
    app, intake = create_app(running.application, router), Intake()
    app.dependency_overrides[asking] = lambda: intake
    with serving(app) as address:
        yield address, intake


@pytest.fixture
def intake(at_work: tuple[str, Intake]) -> Intake:
    """As it was in the beginning."""
    _, one = at_work
    one.asked.clear()
    one.answer = opened
    return one


@pytest.fixture(scope="module")
def enter(at_work: tuple[str, Intake]) -> Iterator[Enter]:
    with ExitStack() as sessions:
        known: dict[str, Visitor] = {}

        def visitor(account: str) -> Visitor:
            if account not in known:
                client = sessions.enter_context(visiting(at_work[0]))
                known[account] = Visitor(client, account)
            return known[account]

        yield visitor


def program(enter: Enter, account: str, path: str, **body: Any) -> httpx.Response:
    """What a program gets that acts for this account."""
    client = enter(account).client
    token = client.post("/token", json={"id": account, "password": "rehearsal-only"}).json()
    bearer = {"authorization": f"Bearer {token['token']}"}
    return client.post(f"/api{path}/dossier", json=body, headers=bearer)


def by_form(enter: Enter, account: str, page: str, status: int, **filled: str) -> BeautifulSoup:
    """What the page answers when the form is sent though it may not be offered."""
    visitor = enter(account)
    proof = visitor.page(page).select_one('input[name="csrf"]')
    assert proof is not None
    data = {"csrf": str(proof["value"]), **filled}
    return read(visitor.client.post(f"{page}/dossier", data=data), status)


class TestAJudge:
    def test_reads_the_dossier_for_the_purpose_that_is_said(
        self, enter: Enter, intake: Intake
    ) -> None:
        """P3, S36"""
        page = enter("expert-1").send(ANNAS_PAGE, f"{ANNAS_PAGE}/dossier", {})
        shown = page.select_one("#shown")
        assert shown is not None
        for word in (
            "用途：综合评审",
            "检修班长",
            "示例市技能大赛钳工第二名",
            "ZL201819999991.4",
            "独创<b>四步</b>诊断法",
            "四步诊断法，虚构石化行业协会，2016-05-01（m8）",
            "消除重大安全隐患",
            "介质泄漏隐患消除，2018-09-30（m9）",
            "示例市技能大赛钳工第二名（m7）",
            "11",
            "示例装置（省级），主要完成人（m12）",
            "先进操作法命名文件",
        ):
            assert word in words(shown)
        assert intake.last["parts"] == ["dossier"]
        assert intake.last["nomination_id"] == str(ANNA)
        assert intake.last["purpose"] == "综合评审"

    def test_asks_with_the_own_token(self, enter: Enter, intake: Intake) -> None:
        visitor = enter("expert-1")
        visitor.send(ANNAS_PAGE, f"{ANNAS_PAGE}/dossier", {})
        assert intake.last["token"] == visitor.client.cookies["gongjiang_session"]

    def test_sees_it_on_one_page_that_no_browser_keeps(self, enter: Enter, intake: Intake) -> None:
        visitor = enter("expert-1")
        proof = visitor.page(ANNAS_PAGE).select_one('input[name="csrf"]')
        assert proof is not None
        data = {"csrf": str(proof["value"]), "purpose": "综合评审"}
        answer = visitor.client.post(f"{ANNAS_PAGE}/dossier", data=data)
        assert answer.headers["cache-control"] == "no-store"
        assert "检修班长" in answer.text
        assert "检修班长" not in visitor.page(ANNAS_PAGE).decode()

    def test_reads_it_by_program_too(self, enter: Enter, intake: Intake) -> None:
        answer = program(enter, "expert-1", ANNAS_PAGE, purpose="综合评审")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json() == {"dossier": DOSSIER, "identity": None}

    @pytest.mark.parametrize("purpose", ["", " ", "评", "评" * 201])
    def test_has_to_say_what_for(self, enter: Enter, intake: Intake, purpose: str) -> None:
        page = by_form(enter, "expert-1", ANNAS_PAGE, 422, purpose=purpose)
        assert "purpose" in words(page)
        assert program(enter, "expert-1", ANNAS_PAGE, purpose=purpose.strip()).status_code == 422
        assert not intake.asked

    @pytest.mark.parametrize(
        ("account", "code", "rule", "status"),
        [
            ("expert-2", "recused", "P10", 409),
            ("expert-3", "not_a_member", "S36", 409),
            ("office", "not_entitled", "P3", 403),
            ("leading-group", "not_entitled", "P3", 403),
            ("auditor", "not_entitled", "P3", 403),
            ("operator", "not_entitled", "P3", 403),
        ],
    )
    def test_nobody_else_reads_it_through_review(
        self, enter: Enter, intake: Intake, account: str, code: str, rule: str, status: int
    ) -> None:
        """P10: intake is not even asked."""
        answer = program(enter, account, ANNAS_PAGE, purpose="综合评审")
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["rule"] == rule
        assert not intake.asked

    def test_who_stepped_back_is_not_offered_it_and_told_why(
        self, enter: Enter, intake: Intake
    ) -> None:
        """P10"""
        assert not enter("expert-2").may_send(ANNAS_PAGE, f"{ANNAS_PAGE}/dossier")
        assert "已经回避" in words(by_form(enter, "expert-2", ANNAS_PAGE, 409, purpose="综合评审"))
        assert enter("expert-2").may_send(BODOS_PAGE, f"{BODOS_PAGE}/dossier")
        assert not intake.asked

    def test_of_an_unknown_nomination_there_is_nothing_to_read(
        self, enter: Enter, intake: Intake
    ) -> None:
        """S39"""
        answer = program(enter, "expert-1", f"/evaluations/{CARL}", purpose="综合评审")
        assert (answer.status_code, answer.json()["rule"]) == (409, "S39")
        assert not intake.asked


class TestWhatIntakeAnswers:
    @pytest.mark.parametrize(
        ("answer", "status", "said"),
        [
            (
                {
                    "refused": {
                        "code": "not_at_this_stage",
                        "rule": "S39",
                        "field": None,
                        "message": "没有这项申报。",
                    }
                },
                409,
                "没有这项申报。",
            ),
            (
                {
                    "refused": {
                        "code": "not_entitled",
                        "rule": "P3",
                        "field": "by.roles",
                        "message": "您的身份无权执行此操作",
                    }
                },
                403,
                "您的身份无权执行此操作",
            ),
            ({"erased": True}, 410, "个人信息已依法删除"),
            ({"unauthenticated": {"code": "token_expired", "message": "…"}}, 401, "请先登录"),
            ({"unavailable": True}, 503, "请稍后重试"),
        ],
    )
    def test_is_passed_on_in_words(
        self, enter: Enter, intake: Intake, answer: Any, status: int, said: str
    ) -> None:
        intake.answer = lambda _: answer
        told = program(enter, "expert-1", ANNAS_PAGE, purpose="综合评审")
        assert (told.status_code, said in told.json()["message"]) == (status, True)
        assert said in words(by_form(enter, "expert-1", ANNAS_PAGE, status, purpose="综合评审"))

    def test_is_missing_while_its_message_side_is_away(self, enter: Enter, intake: Intake) -> None:
        intake.answer = failing(NotAnswered("intake: no answer"))
        page = by_form(enter, "expert-1", ANNAS_PAGE, 503, purpose="综合评审")
        assert "受理系统暂时没有答复" in words(page)
        told = program(enter, "expert-1", ANNAS_PAGE, purpose="综合评审")
        assert (told.status_code, told.headers["retry-after"]) == (503, "5")

    def test_may_be_a_fault(self, enter: Enter, intake: Intake) -> None:
        intake.answer = failing(FailedThere("NotOpened"))
        told = program(enter, "expert-1", ANNAS_PAGE, purpose="综合评审")
        assert (told.status_code, told.json()["code"]) == (500, "fault")


def failing(fault: Exception) -> Callable[[Any], Any]:
    def answer(_: Any) -> Any:
        raise fault

    return answer


def test_with_nobody_on_the_broker_the_page_says_so(running: Running) -> None:
    """The real question, over a broker on which no intake has ever listened."""
    with serving(create_app(running.application, router)) as address, visiting(address) as client:
        visitor = Visitor(client, "expert-1")
        page = visitor.send(ANNAS_PAGE, f"{ANNAS_PAGE}/dossier", {}, 503)
    assert "受理系统暂时没有答复" in words(page)


class TestAnInvestigator:
    def test_reads_also_who_it_is(self, enter: Enter, intake: Intake) -> None:
        """P5: a certificate is verified with its issuer by name and number."""
        page = enter("investigator-1").send(INQUIRY_PAGE, f"{INQUIRY_PAGE}/dossier", {})
        assert "用途：核查" in words(page)
        assert "890000198503070011" in words(page)
        assert "检修班长" in words(page)
        assert (intake.last["nomination_id"], intake.last["purpose"]) == (str(BODO), "核查")
        assert intake.last["parts"] == ["identity", "dossier"]

    def test_reads_it_by_program_too(self, enter: Enter, intake: Intake) -> None:
        answer = program(enter, "investigator-1", INQUIRY_PAGE, purpose="核查")
        assert answer.json() == {"dossier": DOSSIER, "identity": IDENTITY}

    @pytest.mark.parametrize(
        ("account", "code"),
        [
            ("investigator-2", "not_an_investigator"),
            ("office", "not_entitled"),
            ("leading-group", "not_entitled"),
            ("expert-1", "not_entitled"),
        ],
    )
    def test_who_was_not_named_reads_nothing(
        self, enter: Enter, intake: Intake, account: str, code: str
    ) -> None:
        """P5"""
        answer = program(enter, account, INQUIRY_PAGE, purpose="核查")
        assert answer.json()["code"] == code
        assert not intake.asked

    def test_the_panel_is_not_even_shown_the_page(self, enter: Enter, intake: Intake) -> None:
        """P4: the answer to a form that was never offered tells nothing either."""
        proof = enter("expert-1").page(ANNAS_PAGE).select_one('input[name="csrf"]')
        assert proof is not None
        data = {"csrf": str(proof["value"]), "purpose": "核查"}
        answer = enter("expert-1").client.post(f"{INQUIRY_PAGE}/dossier", data=data)
        assert answer.status_code == 403
        assert "获奖证书" not in answer.text

    def test_after_the_conclusion_there_is_nothing_to_verify(
        self, running: Running, enter: Enter, intake: Intake
    ) -> None:
        """S39"""
        conclusion = ConcludeInvestigation(
            at=AT, by=LEADING_GROUP, finding="unfounded", statement="与原件一致"
        )
        running.ask(INVESTIGATION, INQUIRY, conclusion)
        page = by_form(enter, "investigator-1", INQUIRY_PAGE, 409, purpose="核查")
        assert "核查已经结案" in words(page)
        assert not enter("investigator-1").may_send(INQUIRY_PAGE, f"{INQUIRY_PAGE}/dossier")
        assert not intake.asked


class TestTheLeadingGroup:
    def test_reads_nothing_before_there_is_a_list(self, enter: Enter, intake: Intake) -> None:
        """S39"""
        answer = read_on_list(enter, ANNA)
        assert (answer.status_code, answer.json()["rule"]) == (409, "S39")
        assert not intake.asked

    def test_reads_of_candidates_on_the_list(
        self, running: Running, enter: Enter, intake: Intake
    ) -> None:
        """S37"""
        draw(running)
        visitor = enter("leading-group")
        page = visitor.send(APPROVAL_PAGE, f"{APPROVAL_PAGE}/dossier", {"nomination": str(BODO)})
        assert "用途：审定" in words(page)
        assert "检修班长" in words(page)
        assert (intake.last["nomination_id"], intake.last["parts"]) == (str(BODO), ["dossier"])
        assert read_on_list(enter, ANNA).json()["dossier"] == DOSSIER

    def test_reads_of_nobody_else(self, enter: Enter, intake: Intake) -> None:
        """S37"""
        assert read_on_list(enter, CARL).json()["code"] == "not_on_the_list"
        assert not intake.asked

    def test_is_the_only_one_to_read_it_there(self, enter: Enter, intake: Intake) -> None:
        answer = read_on_list(enter, ANNA, "expert-1")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_entitled")
        assert not enter("expert-1").may_send(APPROVAL_PAGE, f"{APPROVAL_PAGE}/dossier")
        assert not intake.asked

    def test_has_left_the_judges_with_nothing_to_judge(self, enter: Enter, intake: Intake) -> None:
        """S39: whoever has judged needs the dossier no longer."""
        answer = program(enter, "expert-1", ANNAS_PAGE, purpose="综合评审")
        assert (answer.status_code, answer.json()["rule"]) == (409, "S39")
        assert not intake.asked


def read_on_list(enter: Enter, nomination: UUID, account: str = "leading-group") -> httpx.Response:
    return program(enter, account, APPROVAL_PAGE, purpose="审定", nomination=str(nomination))


def draw(running: Running) -> None:
    """The experts score, the chair draws the shortlist."""
    for number, nomination in ((1, ANNA), (1, BODO), (2, BODO)):
        score = SubmitScore(at=AT, by=expert(number), marks=marks())
        running.ask(EVALUATION, nomination, score)
    running.ask(PANEL, CAMPAIGN, DrawShortlist(at=AT, by=expert(1)))
