"""An officer appoints a panel by keyboard alone, on the page that knows no panel and no script."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from deploy.local.waiting import wait_until
from deploy.operations.client import NotAsExpected
from deploy.operations.session import Session
from shared.contracts.ids import campaign_id
from tests.browser.conftest import Played
from tests.browser.test_pages import log_in

NUMBER = "嘉港区办〔2020〕7号"
TABS = 150

JUDGES = (
    ("expert-1", "测试专家一（领导）", "虚构经济发展局", "11890000MBXXXX211U"),
    ("expert-2", "测试专家二", "虚构职业技术学院", "12890000MBXXXX22XG"),
)


@pytest.fixture(scope="module")
def campaign(played: Played) -> str:
    """A campaign for which nobody has been appointed yet, known at review."""
    configuration = json.loads(Path("deploy/campaigns/2019.json").read_text())
    configuration["document_number"] = NUMBER
    key = str(campaign_id(NUMBER))
    client = Session.of(played.system).client()

    def known_at_review() -> bool:
        try:
            client.get("review", f"/api/panels/{key}", "office")
        except NotAsExpected:
            return False
        return True

    try:
        client.command(
            "intake", "campaign", key, "open_campaign", "office", configuration=configuration
        )
        wait_until(known_at_review, what="the campaign at review", seconds=20)
    finally:
        client.close()
    return key


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus."""
    for _ in range(TABS):
        if page.locator(f"{selector}:focus").count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way by Tab to {selector}")


def press(page: Page, key: str) -> None:
    """A key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def name_judge(page: Page, seat: int) -> None:
    """The fields of a judge, one after the other; the focus is on the first, and ends on the kind:
    a leader comes before an expert there."""
    prefix = f"appoint_panel.members.{seat}"
    expect(page.locator(f'[name="{prefix}.id"]')).to_be_focused()
    for text in JUDGES[seat]:
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    for _ in range(seat + 1):
        page.keyboard.press("ArrowDown")


def test_an_officer_appoints_a_panel_by_keyboard(
    played: Played, campaign: str, plain: BrowserContext, tmp_path: Path
) -> None:
    """S36, WCAG 2.1.1, 2.4.3, 3.3.1: rows are added, a refusal is read, all without a script"""
    page, review = plain.new_page(), played.system.addresses["review"]
    log_in(page, review, "office")
    tab_to(page, 'header a[href="/acts"]')
    press(page, "Enter")
    tab_to(page, f'a[href="/acts/panel/{campaign}"]')
    press(page, "Enter")

    tab_to(page, "#appoint_panel > summary")
    page.keyboard.press("Enter")
    tab_to(page, '[name="appoint_panel.members.0.id"]')
    name_judge(page, 0)
    tab_to(page, 'button[value="add appoint_panel.members"]')
    press(page, "Enter")
    name_judge(page, 1)
    tab_to(page, '[name="appoint_panel.chair"]')
    page.keyboard.type("nobody")
    press(page, "Enter")

    expect(page.locator("#faults")).to_be_focused()
    page.screenshot(path=tmp_path / "refused.png", full_page=True)
    expect(page.locator("#faults")).to_contain_text("S36")
    expect(page.locator('[name="appoint_panel.members.1.name"]')).to_have_value("测试专家二")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator('[name="appoint_panel.chair"]')).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("expert-1")
    press(page, "Enter")

    expect(page.get_by_role("status")).to_contain_text("已办理：组建评审小组")
    expect(page.locator("#history")).to_contain_text("成立评审小组")
    page.screenshot(path=tmp_path / "appointed.png", full_page=True)
    page.goto(f"{review}/campaigns/{campaign}")
    expect(page.locator("#panel")).to_contain_text("测试专家二")


def test_an_officer_changes_one_thing_in_a_campaign_and_the_rest_stands_there_already(
    played: Played, campaign: str, plain: BrowserContext, tmp_path: Path
) -> None:
    """A8, WCAG 3.3.7: nobody types in again what was decided before"""
    page, intake = plain.new_page(), played.system.addresses["intake"]
    log_in(page, intake, "office")
    page.goto(f"{intake}/acts/campaign/{campaign}")
    tab_to(page, "#amend_campaign summary")
    page.keyboard.press("Enter")
    tab_to(page, '[name="amend_campaign.configuration.reward"]')
    page.keyboard.press("Control+A")
    page.keyboard.type("另行规定")
    tab_to(page, '[name="amend_campaign.reason"]')
    page.keyboard.type("上级文件调整奖励办法")
    page.screenshot(path=tmp_path / "amending.png", full_page=True)
    tab_to(page, "#amend_campaign button.primary")
    press(page, "Enter")

    expect(page.get_by_role("status")).to_contain_text("已办理：调整评选规则")
    page.locator("#amend_campaign summary").press("Enter")
    reward = page.locator('[name="amend_campaign.configuration.reward"]')
    expect(reward).to_have_value("另行规定")
    path = "amend_campaign.configuration.deadline"
    expect(page.locator(f'[name="{path}"]')).to_have_value("2019-12-10T23:59:59")


def test_nothing_runs_off_a_phone(played: Played, plain: BrowserContext) -> None:
    """WCAG 1.4.10"""
    page, review = plain.new_page(), played.system.addresses["review"]
    page.set_viewport_size({"width": 320, "height": 700})
    log_in(page, review, "office")
    key = campaign_id("嘉港区办〔2019〕60号")
    for path in ("/acts", f"/acts/panel/{key}", f"/acts/investigation/{key}"):
        page.goto(f"{review}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
