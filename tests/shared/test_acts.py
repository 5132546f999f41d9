"""办理: what people at the desks see of any aggregate, and what comes of the forms there."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import httpx
import pytest
from bs4 import BeautifulSoup, Tag

from deploy.local.servers import Servers
from services import intake
from services.intake.campaign import CAMPAIGN as CAMPAIGN_DECIDER
from services.review.evaluation import EVALUATION
from services.review.pages import router
from shared.application import Answer
from shared.contracts.ids import campaign_id
from shared.identity import ROLES
from shared.web import create_app
from shared.web.acts import acts_of, asked
from tests.actors import AT, OFFICE, actor
from tests.review.campaign import ANNA, CAMPAIGN, configuration
from tests.review.running import Running, reviewing
from tests.review.test_policies import OPENED, passed
from tests.review.visitor import Visitor, words
from tests.serving import serving, visiting

PANEL = f"/acts/panel/{CAMPAIGN}"
EVALUATING = f"/acts/evaluation/{ANNA}"
EXPERTS = ("expert-1", "expert-2", "expert-3")

Enter = Callable[[str], Visitor]


@pytest.fixture(scope="module")
def running(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with reviewing(servers, tmp_path_factory.mktemp("acts"), "test_acts") as one:
        one.hear(OPENED)
        one.hear(passed(ANNA))
        yield one


@pytest.fixture(scope="module")
def address(running: Running) -> Iterator[str]:
    with serving(create_app(running.application, router)) as at:
        yield at


@pytest.fixture(scope="module")
def enter(address: str) -> Iterator[Enter]:
    """Log an account in."""
    with ExitStack() as sessions:
        known: dict[str, Visitor] = {}

        def visitor(account: str) -> Visitor:
            if account not in known:
                client = sessions.enter_context(visiting(address))
                client.headers["accept"] = "text/html"
                known[account] = Visitor(client, account)
            return known[account]

        yield visitor


def members(*accounts: str, kind: str = "") -> dict[str, Any]:
    """The fields of the form in which these judges are named."""
    filled: dict[str, Any] = {"appoint_panel.members.row": [str(n) for n in range(len(accounts))]}
    for seat, account in enumerate(accounts):
        filled |= {
            f"appoint_panel.members.{seat}.id": account,
            f"appoint_panel.members.{seat}.name": f"测试专家{seat + 1}",
            f"appoint_panel.members.{seat}.organisation": "虚构评审单位",
            f"appoint_panel.members.{seat}.uscc": "12890000MBXXXX22XG",
            f"appoint_panel.members.{seat}.kind": kind or ("expert" if seat else "leader"),
        }
    return {**filled, "appoint_panel.chair": "expert-1"}


def appoint(office: Visitor, filled: dict[str, Any], status: int = 200) -> BeautifulSoup:
    return office.send(PANEL, f"{PANEL}/appoint_panel", filled, status)


def value(page: BeautifulSoup, name: str) -> str:
    """What stands in a field."""
    field = page.select_one(f'[name="{name}"]')
    assert isinstance(field, Tag)
    return str(field["value"])


def summary(page: BeautifulSoup) -> Tag:
    """What the page says went wrong."""
    box = page.find(id="faults")
    assert isinstance(box, Tag)
    return box


def history(page: BeautifulSoup) -> str:
    """The table of what has happened."""
    table = page.find(id="history")
    assert isinstance(table, Tag)
    return words(table)


# before anything is asked


def test_the_first_page_lists_what_a_role_may_do_and_where_something_happened(
    enter: Enter,
) -> None:
    page = enter("office").page("/acts")
    assert "组建评审小组" in words(page)
    assert page.find("a", href=PANEL)
    assert "提交评分" not in words(page)
    assert "提交评分" in words(enter("expert-1").page("/acts"))


def test_what_a_role_can_begin_gets_a_number_and_what_it_cannot_does_not(enter: Enter) -> None:
    office = enter("office").page("/acts")
    assert office.select_one('a[href^="/acts/investigation/"]')
    investigator = enter("investigator-1").page("/acts")
    assert "登记证据" in words(investigator)
    assert not investigator.select_one('a[href^="/acts/investigation/"]')


def test_a_number_leads_to_the_page_of_the_aggregate(enter: Enter) -> None:
    answer = enter("office").client.get("/acts/panel", params={"key": str(CAMPAIGN)})
    assert (answer.status_code, answer.headers["location"]) == (303, PANEL)
    assert enter("office").client.get("/acts/panel", params={"key": "60"}).status_code == 422


def test_an_aggregate_nobody_has_is_not_found(enter: Enter) -> None:
    enter("office").page(f"/acts/riddle/{CAMPAIGN}", 404)


def test_every_desk_links_there_and_nobody_enters_without_a_login(
    enter: Enter, address: str
) -> None:
    assert enter("office").page("/").select_one('header a[href="/acts"]')
    with visiting(address) as stranger:
        answer = stranger.get(PANEL, headers={"accept": "text/html"})
        assert answer.headers["location"] == f"/login?next={PANEL}"


# who sees what


@pytest.mark.parametrize(
    ("account", "path"),
    [
        ("investigator-1", PANEL),
        ("expert-1", f"/acts/investigation/{ANNA}"),
        ("expert-1", f"/acts/clearance/{ANNA}"),
        ("office", f"/acts/clearance/{ANNA}"),
    ],
)
def test_whose_roles_allow_nothing_sees_nothing(enter: Enter, account: str, path: str) -> None:
    """S25, P4"""
    page = enter(account).page(path, 403)
    assert "您的身份无权办理此事" in words(page)
    assert not page.find(id="history")


def test_an_auditor_sees_what_has_happened_and_no_form(enter: Enter) -> None:
    """S25"""
    page = enter("auditor").page(PANEL)
    assert "列入评审候选人" in history(page)
    assert not page.select("main form")
    assert "仅供查阅办理记录" in words(enter("auditor").page("/acts"))


def test_only_commands_of_the_own_roles_have_a_form(enter: Enter) -> None:
    """S25"""
    assert enter("office").may_send(PANEL, f"{PANEL}/appoint_panel")
    assert not enter("office").may_send(PANEL, f"{PANEL}/draw_shortlist")
    assert enter("expert-1").may_send(PANEL, f"{PANEL}/draw_shortlist")


@pytest.mark.parametrize("command", ["prepare_panel", "draw_shortlist"])
def test_a_command_of_another_role_is_refused_even_without_a_form(
    enter: Enter, command: str
) -> None:
    """S25"""
    office = enter("office")
    proof = value(office.page(PANEL), "csrf")
    answer = office.client.post(f"{PANEL}/{command}", data={"csrf": proof})
    assert answer.status_code == 403


def test_what_needs_a_page_of_its_own_has_no_form_here() -> None:
    """P3: opening and releasing personal data"""
    everybody = actor(*ROLES)
    offered = {one.name for decider in intake.PLAN.owns for one in acts_of(decider, everybody)}
    assert "pass_pre_review" in offered
    assert not {one for one in offered if one in {"open_personal_data", "release_for_publication"}}


def test_a_form_of_another_site_is_not_taken(enter: Enter) -> None:
    office = enter("office")
    answer = office.client.post(f"{PANEL}/appoint_panel", data=members(*EXPERTS))
    assert (answer.status_code, "表单已失效" in answer.text) == (403, True)
    proof = value(office.page(PANEL), "csrf")
    answer = office.client.post(
        f"{PANEL}/appoint_panel", data={"csrf": proof}, headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403


# a form


def test_one_row_more_and_one_less_keep_what_was_typed(enter: Enter, running: Running) -> None:
    before = running.application.log.head
    more = appoint(enter("office"), {**members("expert-1"), "change": "add appoint_panel.members"})
    assert value(more, "appoint_panel.members.0.id") == "expert-1"
    assert value(more, "appoint_panel.members.1.id") == ""
    assert more.find("input", attrs={"name": "appoint_panel.members.1.id", "autofocus": True})
    assert not more.find(id="faults")
    less = appoint(
        enter("office"),
        {**members("expert-1", "expert-2"), "change": "drop appoint_panel.members.0"},
    )
    assert value(less, "appoint_panel.members.0.id") == "expert-2"
    assert not less.select_one('[name="appoint_panel.members.1.id"]')
    assert running.application.log.head == before


def test_fields_that_are_wrong_are_named_linked_and_described(enter: Enter) -> None:
    """WCAG 3.3.1: in words, at the field and above the form"""
    page = appoint(
        enter("office"), {**members(*EXPERTS), "appoint_panel.members.1.uscc": "18 位"}, 422
    )
    link = summary(page).find("a")
    assert isinstance(link, Tag)
    assert link["href"] == "#appoint_panel.members.1.uscc"
    assert link.get_text() == "评委 2，统一社会信用代码"
    assert summary(page).has_attr("autofocus")
    field = page.find(id="appoint_panel.members.1.uscc")
    assert isinstance(field, Tag)
    assert field["aria-invalid"] == "true"
    described = page.find(id=str(field["aria-describedby"]).split()[0])
    assert isinstance(described, Tag)
    assert "格式不符" in described.get_text()
    assert value(page, "appoint_panel.members.1.uscc") == "18 位"
    assert value(page, "appoint_panel.members.2.id") == "expert-3"


def test_a_refusal_stands_on_the_page_with_its_rule_and_all_that_was_typed(enter: Enter) -> None:
    """S36"""
    page = appoint(enter("office"), members(*EXPERTS, kind="expert"), 409)
    assert "至少各一人" in words(summary(page))
    assert "S36" in words(summary(page))
    assert value(page, "appoint_panel.members.2.name") == "测试专家3"


def test_control_characters_are_refused_like_anywhere(enter: Enter) -> None:
    """S42"""
    filled = {**members(*EXPERTS), "appoint_panel.chair": "expert\x07"}
    assert "控制字符" in words(summary(appoint(enter("office"), filled, 409)))


# a course of events


def test_a_panel_is_appointed_and_judges_score_blindly(enter: Enter, running: Running) -> None:
    """S25, P11: done is told, read again at once; who scored is told to no other judge"""
    page = appoint(enter("office"), members(*EXPERTS))
    assert "已办理：组建评审小组" in words(page)
    assert "交评审小组评分" in history(page)
    assert "测试办公室经办" in history(page)
    chair, second = enter("expert-1"), enter("expert-2")
    done = chair.send(EVALUATING, f"{EVALUATING}/submit_score", scored("29.37"))
    assert "评委（本人）" in history(done)
    theirs = second.page(EVALUATING)
    assert "评委评分" in history(theirs)
    assert "测试专家一" not in theirs.decode()
    assert "29.37" not in theirs.decode() + done.decode()
    assert "测试专家一" in history(enter("auditor").page(EVALUATING))
    stored = [one.event for one in running.application.log.load([EVALUATION.stream(ANNA)])]
    assert stored[-1].model_dump(mode="json")["marks"]["achievement"] == "29.37"


def scored(achievement: str) -> dict[str, Any]:
    """A score as its form sends it."""
    marks = {"spirit": "15", "skill": "25", "teaching": "15", "achievement": achievement}
    filled: dict[str, Any] = {"submit_score.marks.row": [str(n) for n in range(len(marks))]}
    for row, (code, mark) in enumerate(marks.items()):
        filled |= {f"submit_score.marks.{row}.key": code, f"submit_score.marks.{row}.value": mark}
    return filled


def test_a_mark_that_is_too_high_is_refused_at_the_row_of_its_criterion(enter: Enter) -> None:
    """P11"""
    page = enter("expert-3").send(EVALUATING, f"{EVALUATING}/submit_score", scored("31"), 409)
    link = summary(page).find("a")
    assert isinstance(link, Tag)
    assert link["href"] == "#submit_score.marks.3.value"


def test_what_can_be_told_shows_no_content_of_events(enter: Enter) -> None:
    """P3, P4: an allegation is read where it belongs"""
    path = f"/acts/investigation/{uuid4()}"
    filled = {
        "open_investigation.nomination_id": str(ANNA),
        "open_investigation.campaign_id": str(CAMPAIGN),
        "open_investigation.allegation": "证书与查询结果不符",
        "open_investigation.investigators.row": ["0", "1"],
    }
    for row in range(2):
        filled |= {
            f"open_investigation.investigators.{row}.id": f"investigator-{row + 1}",
            f"open_investigation.investigators.{row}.organisation": "虚构核查单位",
            f"open_investigation.investigators.{row}.uscc": "12890000MBXXXX22XG",
        }
    page = enter("office").send(path, f"{path}/open_investigation", filled)
    assert "启动核查" in history(page)
    assert "证书与查询结果不符" not in page.decode()


def test_a_form_that_is_sent_twice_tells_of_the_refusal_and_stores_nothing(
    enter: Enter, running: Running
) -> None:
    """S39"""
    before = running.application.log.head
    page = appoint(enter("office"), members(*EXPERTS), 409)
    assert "未能办理：组建评审小组" in words(summary(page))
    assert running.application.log.head == before


# what does not exist yet


class Remembering:
    """An application in memory, of which one campaign is asked."""

    def __init__(self, events: int) -> None:
        self.plan = intake.PLAN
        self.events = events
        self.keys: list[Any] = []

    @property
    def log(self) -> "Remembering":
        return self

    def batch(self) -> "Remembering":
        return self

    def version(self, *_: Any) -> int:
        return self.events

    def addressed(self, _: str, key: Any, name: str, body: Any, by: Any) -> Any:
        kind = self.plan.command("campaign", name)
        assert kind is not None
        command = kind.model_validate({**body, "at": AT, "by": by})
        return type("Addressed", (), {"command": command, "key": key})

    def execute(self, _: str, key: Any, *__: Any) -> Answer:
        self.keys.append(key)
        return Answer(1, ())


@pytest.mark.parametrize("events", [0, 1])
def test_what_is_begun_gets_the_number_that_follows_from_what_it_says(events: int) -> None:
    """S2: a campaign is found by its document number; one that exists keeps its own"""
    application: Any = Remembering(events)
    command = CAMPAIGN_DECIDER.commands[0]
    body = {"configuration": configuration().model_dump(mode="json")}
    typed = uuid4()
    key, _ = asked(application, CAMPAIGN_DECIDER, typed, command, body, OFFICE)
    assert application.keys == [key]
    assert key == (typed if events else campaign_id("嘉港区办〔2019〕60号"))


def test_a_page_is_not_kept_by_the_browser(enter: Enter) -> None:
    answer: httpx.Response = enter("office").client.get(PANEL)
    assert answer.headers["cache-control"] == "no-store"
