"""People at the pages: the public without JavaScript, a phone, an officer with a keyboard."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from deploy.operations.client import REHEARSAL_PASSWORD
from tests.browser.conftest import Played

FORGED = "good-4"
WINNERS = ("good-1", "good-2", "good-3")


def notice_address(played: Played) -> str:
    item = next(one for one in played.demonstration.feed()["items"] if one["type"] == "公示")
    return f"{played.system.addresses['publicity']}{urlsplit(item['url']).path}"


def test_the_public_reads_who_was_honoured_and_never_who_was_cancelled(
    played: Played, plain: BrowserContext, tmp_path: Path
) -> None:
    page = plain.new_page()
    page.goto(played.system.addresses["publicity"])
    page.screenshot(path=tmp_path / "portal.png", full_page=True)
    for name in WINNERS:
        expect(page.locator("body")).to_contain_text(played.demonstration.name(name))
    expect(page.locator("body")).not_to_contain_text(played.demonstration.name(FORGED))

    page.goto(notice_address(played))
    page.screenshot(path=tmp_path / "notice.png", full_page=True)
    for name in WINNERS:
        expect(page.locator("table.list")).to_contain_text(played.demonstration.name(name))
    expect(page.locator("body")).not_to_contain_text(played.demonstration.name(FORGED))
    expect(page.locator("h1")).to_contain_text("公示")


def test_the_notice_is_a_page_of_paper_too(played: Played, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(notice_address(played))
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_runs_off_a_phone_and_nothing_is_asked_of_third_parties(
    played: Played, browser: Browser, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).netloc))
    page.on("console", lambda message: faults.append(message.text))
    portal = played.system.addresses["publicity"]
    for address in (portal, notice_address(played), f"{portal}/login"):
        page.goto(address)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, address
    assert set(asked) == {urlsplit(portal).netloc}
    assert faults == []
    context.close()


def log_in(page: Page, address: str, account: str) -> None:
    """As with a keyboard: from field to field by Tab, and Enter."""
    page.goto(f"{address}/login")
    page.locator("input[name=id]").focus()
    page.keyboard.type(account)
    page.keyboard.press("Tab")
    page.keyboard.type(REHEARSAL_PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_an_officer_opens_a_dossier_by_keyboard_and_it_is_on_record(
    played: Played, plain: BrowserContext
) -> None:
    page = plain.new_page()
    intake = played.system.addresses["intake"]
    nomination = played.demonstration.id("good-2")
    log_in(page, intake, "office")
    page.goto(f"{intake}/nominations/{nomination}")
    person = played.demonstration.name("good-2")
    page.locator("#purpose").focus()
    page.keyboard.type("归档核对")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text(person)
    page.goto(f"{intake}/nominations/{nomination}")
    expect(page.locator("body")).to_contain_text("归档核对")


def test_a_keyboard_reaches_the_content_first(played: Played, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(played.system.addresses["publicity"])
    page.keyboard.press("Tab")
    target = page.evaluate("document.activeElement.getAttribute('href')")
    assert target.startswith("#")
    assert page.locator(target).count() == 1
    page.close()


def test_an_expert_sees_no_investigation(played: Played, plain: BrowserContext) -> None:
    """P4."""
    page = plain.new_page()
    review = played.system.addresses["review"]
    log_in(page, review, "expert-2")
    page.goto(review)
    expect(page.locator("body")).not_to_contain_text("伪造")
