"""The public at the portal: with a phone, a keyboard, large text, and without JavaScript."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from deploy.operations.client import eventually
from deploy.operations.session import Session
from tests.browser.conftest import Played

SHOTS = Path(__file__).parents[2] / ".local/screenshots"
"""Kept for people to look at."""

PHONE: ViewportSize = {"width": 360, "height": 780}
DESK: ViewportSize = {"width": 1280, "height": 900}

LOOKS = {
    "light": (DESK, "normal.normal.light"),
    "dark": (DESK, "normal.normal.dark"),
    "contrast": (DESK, "normal.high.light"),
    "contrast-dark": (DESK, "normal.high.dark"),
    "large": (DESK, "larger.normal.light"),
    "phone": (PHONE, "normal.normal.light"),
    "phone-large": (PHONE, "larger.normal.dark"),
}


def pages_of(played: Played) -> dict[str, str]:
    """One page of each kind."""
    items = played.demonstration.feed()["items"]
    kinds = {item["type"]: urlsplit(item["url"]).path for item in items}
    campaign = f"/campaigns/{items[0]['campaign_id']}"
    return {
        "home": "/",
        "notices": "/notices",
        "campaign": campaign,
        "call": f"{campaign}/call",
        "honours": "/honours",
        "audit": "/audit/",
        **{
            name: kinds[kind]
            for kind, name in (
                ("公示", "notice"),
                ("结果", "result"),
                ("取消", "cancellation"),
                ("决定", "decision"),
            )
        },
    }


def portal(played: Played) -> str:
    return played.system.addresses["publicity"]


def looking(browser: Browser, address: str, viewport: ViewportSize, view: str) -> BrowserContext:
    context = browser.new_context(viewport=viewport, locale="zh-CN")
    context.add_cookies([{"name": "gongjiang_view", "value": view, "url": address}])
    return context


@pytest.fixture
def citizen(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=DESK, locale="zh-CN")
    yield context
    context.close()


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_accessible_and_fits_in_every_look(
    played: Played, browser: Browser, look: str
) -> None:
    """axe-core finds nothing serious, nothing runs off the side, nobody else is asked."""
    viewport, view = LOOKS[look]
    address = portal(played)
    context = looking(browser, address, viewport, view)
    page = context.new_page()
    asked: set[str] = set()
    complaints: list[str] = []
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.on("console", lambda message: complaints.append(message.text))
    SHOTS.mkdir(parents=True, exist_ok=True)
    found = []
    for name, path in pages_of(played).items():
        answer = page.goto(address + path)
        assert answer is not None
        assert answer.status == 200, path
        page.screenshot(path=SHOTS / f"{name}-{look}.png", full_page=True)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > viewport["width"]:
            found.append(f"{name}: {width} wide")
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                where = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
                found.append(f"{name}: {violation['id']}: {where}")
    context.close()
    assert found == []
    assert asked == {urlsplit(address).netloc}
    assert complaints == []


def test_a_citizen_follows_an_announcement_to_its_notice_and_back(
    played: Played, plain: BrowserContext
) -> None:
    """Without JavaScript; each names the other."""
    page = plain.new_page()
    paths = pages_of(played)
    page.goto(portal(played))
    page.locator(".site-columns").get_by_role("link", name="公告公示").click()
    page.locator(f'a[href="{paths["result"]}"]').first.click()
    page.locator(".related a").first.click()
    assert urlsplit(page.url).path == paths["notice"]
    for later in ("result", "cancellation"):
        assert page.locator(f'.related a[href="{paths[later]}"]').count() == 1
    page.locator(f'.related a[href="{paths["cancellation"]}"]').click()
    expect(page.locator("h1")).to_contain_text("取消")


def test_a_reader_without_javascript_chooses_large_text_and_keeps_it(
    played: Played, plain: BrowserContext
) -> None:
    page = plain.new_page()
    page.goto(f"{portal(played)}/notices")
    page.get_by_role("button", name="特大").click()
    assert urlsplit(page.url).path == "/notices"
    assert page.locator("html").get_attribute("data-text") == "larger"
    page.goto(portal(played))
    assert page.locator("html").get_attribute("data-text") == "larger"
    assert page.locator('.viewing button[value="larger"]').get_attribute("aria-pressed") == "true"


def test_with_javascript_the_choice_is_seen_at_once_and_kept(
    played: Played, citizen: BrowserContext
) -> None:
    page = citizen.new_page()
    page.goto(portal(played))
    page.wait_for_load_state("networkidle")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.locator('.viewing button[name="scheme"][value="dark"]').click()
    expect(page.locator("html")).to_have_attribute("data-scheme", "dark")
    assert sent == []
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-scheme", "dark")


def test_a_keyboard_alone_reaches_the_notice(played: Played, citizen: BrowserContext) -> None:
    page = citizen.new_page()
    page.goto(f"{portal(played)}/notices")
    target = pages_of(played)["notice"]
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == target:
            break
    shown = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert shown != "none"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert urlsplit(page.url).path == target


@pytest.fixture
def a_proof(played: Played) -> str:
    """The proof of one event of intake, once a signed checkpoint covers it."""
    client = Session.of(played.system).client()
    nomination = played.demonstration.id("good-1")
    [line, *_] = client.get("intake", f"/audit/cases/{nomination}", "auditor")
    text: str = eventually(
        lambda: client.get("intake", f"/audit/proofs/{line['id']}", "auditor"),
        lambda said: str(said).startswith("c2sp.org/tlog-proof"),
        "a proof",
    )
    client.close()
    return text


def check(page: Page, proof: str) -> None:
    page.locator("#proof-text").fill(proof)
    page.get_by_role("button", name="核验").click()


def test_a_citizen_checks_a_receipt_in_the_page_offline(
    played: Played, citizen: BrowserContext, a_proof: str
) -> None:
    """Nothing leaves the page; a byte that was changed is found."""
    page = citizen.new_page()
    page.goto(f"{portal(played)}/audit/")
    expect(page.locator("#verify-form")).to_be_visible()
    citizen.set_offline(True)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    check(page, a_proof)
    expect(page.locator("#verify-result")).to_contain_text("核验通过")
    forged = re.sub(r"^index \d+$", "index 0", a_proof, flags=re.MULTILINE)
    check(page, forged)
    expect(page.locator("#verify-result")).to_contain_text("未通过核验")
    assert sent == []


def test_every_link_of_the_site_leads_somewhere(played: Played, plain: BrowserContext) -> None:
    address = portal(played)
    page = plain.new_page()
    known, waiting = {"/"}, ["/"]
    while waiting:
        path = waiting.pop()
        answer = page.request.get(address + path, headers={"accept": "text/html"})
        assert answer.status == 200, path
        if "html" not in answer.headers["content-type"]:
            continue
        for link in re.findall(r'(?:href|src)="([^"]+)"', answer.text()):
            found = urlsplit(urljoin(address + path, link))
            if f"{found.scheme}://{found.netloc}" != address or found.path in known:
                continue
            if found.path.startswith(("/login", "/desk", "/objections")):
                continue
            known.add(found.path)
            waiting.append(found.path)
    assert len(known) > 12
