"""The review desk as people use it, by keyboard and without JavaScript; and its JSON."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import pytest
from bs4 import BeautifulSoup, Tag

from deploy.local.servers import Servers
from services.review.pages import router
from shared.web import create_app
from shared.web.context import COOKIE, form_proof
from tests.review.campaign import ANNA, BODO, CAMPAIGN, CHAIR, INQUIRY, UNITS
from tests.review.running import Running, reviewing
from tests.review.test_policies import OPENED, closed, passed
from tests.review.visitor import Visitor, words
from tests.serving import serving, visiting

CAMPAIGN_PAGE = f"/campaigns/{CAMPAIGN}"
APPROVAL_PAGE = f"/approvals/{CAMPAIGN}"
EXPERTS = ("expert-1", "expert-2", "expert-3")

Enter = Callable[[str], Visitor]


@pytest.fixture(scope="module")
def running(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with reviewing(servers, tmp_path_factory.mktemp("review"), "test_review_pages") as one:
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
                known[account] = Visitor(client, account)
            return known[account]

        yield visitor


def panel_form() -> dict[str, str]:
    """The three experts of the rehearsal; the first is a leader and the chair."""
    filled = {"chair": "1"}
    for seat, account in enumerate(EXPERTS, start=1):
        filled |= {
            f"id.{seat}": account,
            f"name.{seat}": f"测试专家{seat}",
            f"organisation.{seat}": "虚构评审单位",
            f"uscc.{seat}": "12890000MBXXXX22XG",
            f"kind.{seat}": "leader" if seat == 1 else "expert",
        }
    return filled


def score_form(achievement: str = "25") -> dict[str, str]:
    return {
        "marks.spirit": "15",
        "marks.skill": "25",
        "marks.teaching": "15",
        "marks.achievement": achievement,
    }


def evaluation_page(nomination: UUID) -> str:
    return f"/evaluations/{nomination}"


def alert(page: BeautifulSoup) -> str:
    """What the page says went wrong."""
    box = page.find(role="alert")
    assert isinstance(box, Tag)
    return box.get_text(" ")


def as_json(visitor: Visitor, path: str) -> Any:
    answer = visitor.client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_selection_is_played_through_the_forms(running: Running, enter: Enter) -> None:
    """S36, S37, S43, P10, P11, P12: every act of the desk, in the order of a selection"""
    office, leading_group = enter("office"), enter("leading-group")
    experts = [enter(account) for account in EXPERTS]
    for message in (OPENED, passed(ANNA), passed(BODO)):
        running.hear(message)
    appoints(office)
    scores(experts)
    draws_the_shortlist(experts)
    decides(leading_group)
    running.hear(closed(ANNA, BODO))
    granted = as_json(office, f"/api/clearances?campaign={CAMPAIGN}")
    assert [one["status"] for one in granted] == ["granted", "granted"]
    investigates(office, enter("investigator-1"), leading_group)
    assert as_json(office, f"/api/clearances/{ANNA}")["status"] == "barred"
    assert as_json(office, f"/api/clearances/{BODO}")["status"] == "granted"
    assert "已取消资格" in words(office.page(CAMPAIGN_PAGE))


def appoints(office: Visitor) -> None:
    """S36: and what was entered is still there after a refusal"""
    action = f"{CAMPAIGN_PAGE}/panel"
    assert "嘉港区办〔2019〕60号" in words(office.page("/"))
    only_experts = {**panel_form(), "kind.1": "expert"}
    refused = office.send(CAMPAIGN_PAGE, action, only_experts, 409)
    assert "至少各一人" in alert(refused)
    field = refused.find("input", attrs={"name": "organisation.2"})
    assert isinstance(field, Tag)
    assert field["value"] == "虚构评审单位"
    page = office.send(CAMPAIGN_PAGE, action, panel_form())
    assert "评审中" in words(page)
    assert not office.may_send(CAMPAIGN_PAGE, action)
    panel = as_json(office, f"/api/panels/{CAMPAIGN}")
    assert [member["id"] for member in panel["members"]] == list(EXPERTS)
    assert as_json(office, "/api/panels") == [panel]


def scores(experts: list[Visitor]) -> None:
    """P10, P11: nobody sees another's score before all are in"""
    chair, second, third = experts
    page = evaluation_page(ANNA)
    refused = chair.send(page, f"{page}/score", score_form("31"), 409)
    assert "业绩成果" in alert(refused)
    chair.send(page, f"{page}/score", score_form("29.37"))
    assert "29.37" in chair.page(page).decode()
    assert "29.37" not in second.page(page).decode()
    assert "29.37" not in second.client.get(f"/api{page}").text
    assert as_json(second, f"/api{page}")["all"] == []
    recused = second.send(page, f"{page}/recusal", {"ground": "master_apprentice"})
    assert "已回避（师徒）" in words(recused)
    complete = third.send(page, f"{page}/score", score_form())
    assert "29.37" in words(complete)
    assert as_json(chair, f"/api{page}")["evaluation"]["total"] == "82.19"
    told = second.client.get(f"/api{page}").text + second.client.get(page).text
    told += second.client.get(f"/campaigns/{CAMPAIGN}").text
    told += second.client.get(f"/api/evaluations?campaign={CAMPAIGN}").text
    assert "82.19" not in told
    assert "29.37" not in told
    corrected = third.send(page, f"{page}/score", {**score_form("26"), "reason": "录入有误"})
    assert "82.69" in words(corrected)
    other = evaluation_page(BODO)
    for expert in experts:
        expert.send(other, f"{other}/score", score_form("20"))


def draws_the_shortlist(experts: list[Visitor]) -> None:
    """S36: only the chair is offered the button"""
    chair, second, _ = experts
    action = f"{CAMPAIGN_PAGE}/shortlist"
    assert not second.may_send(CAMPAIGN_PAGE, action)
    drawn = chair.send(CAMPAIGN_PAGE, action, {})
    assert "待领导小组审定" in words(drawn)
    ranked = as_json(chair, f"/api/evaluations?campaign={CAMPAIGN}")
    assert [one["nomination_id"] for one in ranked] == [str(ANNA), str(BODO)]
    assert all(one["shortlisted"] for one in ranked)
    again = chair.send(CAMPAIGN_PAGE, action, {}, 409)
    assert "不能重新产生" in alert(again)


def decides(leading_group: Visitor) -> None:
    """S37, P12: and what was entered is still there after a refusal"""
    votes = {f"{kind}.{one}": "0" for one in (ANNA, BODO) for kind in ("no", "abstain")}
    filled: dict[str, Any] = {
        **votes,
        "chair": CHAIR,
        "present": list(UNITS),
        f"yes.{ANNA}": "6",
        f"yes.{BODO}": "5",
    }
    refused = leading_group.send(APPROVAL_PAGE, APPROVAL_PAGE, filled, 409)
    assert "等于到会单位数" in alert(refused)
    field = refused.find("input", attrs={"name": f"yes.{BODO}"})
    assert isinstance(field, Tag)
    assert field["value"] == "5"
    assert len(refused.find_all("input", attrs={"name": "present", "checked": True})) == 6
    decided = leading_group.send(APPROVAL_PAGE, APPROVAL_PAGE, {**filled, f"no.{BODO}": "1"})
    assert words(decided).count("审定通过") == 2
    shown = as_json(leading_group, f"/api{APPROVAL_PAGE}")
    assert (shown["status"], shown["present"]) == ("decided", list(UNITS))
    assert [one["yes"] for one in shown["entries"]] == [6, 5]


def investigates(office: Visitor, inspector: Visitor, leading_group: Visitor) -> None:
    """S43: allegation, evidence, finding"""
    form = f"/investigations/new?nomination={ANNA}&campaign={CAMPAIGN}"
    filled = {"allegation": "获奖证书与公布名单不符"}
    for seat in (1, 2):
        filled |= {
            f"id.{seat}": f"investigator-{seat}",
            f"organisation.{seat}": "虚构核查组",
            f"uscc.{seat}": "11890000MBXXXX510R",
        }
    assert "核查中" in words(office.send(form, "/investigations/", filled))
    (opened,) = as_json(office, f"/api/investigations?campaign={CAMPAIGN}")
    page = f"/investigations/{opened['investigation_id']}"
    assert not office.may_send(page, f"{page}/evidence")
    refused = leading_group.send(
        page, f"{page}/conclusion", {"finding": "fraud", "statement": "系伪造"}, 409
    )
    assert "请先登记证据" in alert(refused)
    evidence = {"sha256": "E" * 64, "description": "公布名单的副本"}
    assert "1 件" in words(inspector.send(page, f"{page}/evidence", evidence))
    concluded = leading_group.send(
        page,
        f"{page}/conclusion",
        {"finding": "fraud", "statement": "系伪造", "public_reason": "获奖证书系伪造"},
    )
    assert "查实弄虚作假" in words(concluded)
    (found,) = as_json(office, f"/api/investigations?campaign={CAMPAIGN}")
    assert found == as_json(office, f"/api{page}")
    assert (found["finding"], found["evidence"][0]["sha256"]) == ("fraud", "e" * 64)


class TestWhoMayLook:
    @pytest.mark.parametrize(
        "path",
        ["/", CAMPAIGN_PAGE, APPROVAL_PAGE, evaluation_page(ANNA), f"/api/panels/{CAMPAIGN}"],
    )
    def test_nobody_looks_without_having_logged_in(self, address: str, path: str) -> None:
        with visiting(address) as stranger:
            answer = stranger.get(path)
            assert answer.status_code in {303, 401}
            assert "候选人" not in answer.text

    @pytest.mark.parametrize(
        "path",
        [
            f"/api/investigations?campaign={CAMPAIGN}",
            f"/api/investigations/{INQUIRY}",
            f"/investigations/{INQUIRY}",
            f"/investigations/new?nomination={ANNA}&campaign={CAMPAIGN}",
        ],
    )
    def test_the_panel_hears_of_no_allegation(self, enter: Enter, path: str) -> None:
        """P4"""
        assert enter("expert-2").client.get(path).status_code == 403

    @pytest.mark.parametrize(
        "path", ["/", f"/api/panels/{CAMPAIGN}", f"/api{evaluation_page(ANNA)}"]
    )
    def test_whoever_runs_the_machines_has_no_business_here(self, enter: Enter, path: str) -> None:
        assert enter("operator").client.get(path).status_code == 403

    @pytest.mark.parametrize(
        ("account", "action"),
        [
            ("expert-2", f"/investigations/{INQUIRY}/evidence"),
            ("expert-2", f"/investigations/{INQUIRY}/conclusion"),
            ("operator", f"{CAMPAIGN_PAGE}/panel"),
            ("operator", f"{CAMPAIGN_PAGE}/shortlist"),
            ("operator", f"{evaluation_page(ANNA)}/score"),
            ("operator", f"{evaluation_page(ANNA)}/recusal"),
            ("operator", APPROVAL_PAGE),
        ],
    )
    def test_a_form_that_nobody_offered_is_answered_with_nothing(
        self, enter: Enter, account: str, action: str
    ) -> None:
        """P4: a refusal is shown on the page of its form, which not everybody may see."""
        visitor = enter(account)
        proof = form_proof(visitor.client.cookies[COOKIE])
        answer = visitor.client.post(action, data={"csrf": proof}, headers={"accept": "text/html"})
        assert answer.status_code == 403
        assert "候选人" not in answer.text
        assert "获奖证书" not in answer.text

    def test_the_committee_sees_whom_it_may_confer_on_and_nothing_else(self, enter: Enter) -> None:
        """S40"""
        committee = enter("committee").client
        assert committee.get(f"/api/clearances?campaign={CAMPAIGN}").status_code == 200
        assert committee.get(f"/api/evaluations?campaign={CAMPAIGN}").status_code == 403

    @pytest.mark.parametrize(
        "path",
        [
            f"/campaigns/{BODO}",
            f"/approvals/{BODO}",
            f"/evaluations/{CAMPAIGN}",
            f"/investigations/{CAMPAIGN}",
            f"/investigations/new?nomination={ANNA}&campaign={BODO}",
            f"/api/panels/{BODO}",
            f"/api/clearances/{CAMPAIGN}",
        ],
    )
    def test_what_does_not_exist_is_not_found(self, enter: Enter, path: str) -> None:
        assert enter("office").client.get(path).status_code == 404
