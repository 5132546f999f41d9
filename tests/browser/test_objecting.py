"""A citizen objects in Chromium: as a person, as a unit, by keyboard, and without JavaScript."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from services.publicity import drafts
from tests.publicity.handed_in import jpeg, pdf, png
from tests.publicity.stories import JIA
from tests.publicity.test_desk import Place, place

__all__ = ["place"]

NAME, CONTACT = "测试具名人", "0573-00000042"
FACTS = "该人选所报技术成果于二〇一八年由他人完成，附当年项目文件为证。"


@pytest.fixture(params=["plain", "scripted"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """With JavaScript and without it, on a telephone."""
    context: BrowserContext = browser.new_context(
        java_script_enabled=request.param == "scripted",
        locale="zh-CN",
        viewport={"width": 390, "height": 844},
    )
    yield context.new_page()
    context.close()


def fill(page: Page, who: str = NAME, kind: str = "person") -> None:
    page.select_option("#nomination_id", str(JIA))
    page.check(f"input[name=objector][value={kind}]")
    page.fill("#reporter", who)
    page.fill("#contact", CONTACT)
    page.fill("#allegation", FACTS)


def attach(page: Page, field: str, name: str, content: bytes) -> None:
    page.set_input_files(
        field, {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def test_a_person_objects_loses_nothing_and_follows_it(
    place: Place, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P4, P5: an incomplete form, an expired one, a reload, the way back; then the status."""
    page.goto(f"{place.address}/objections/new")
    fill(page, who="")
    attach(page, "#files", "material.pdf", pdf())
    page.get_by_role("button", name="提交异议").click()
    expect(page.get_by_role("alert")).to_contain_text("真实姓名")
    expect(page.locator("#allegation")).to_have_value(FACTS)
    expect(page.locator(".taken")).to_contain_text("material.pdf")
    page.fill("#reporter", NAME)
    with monkeypatch.context() as later:
        later.setattr(drafts, "LASTS", -1)
        page.get_by_role("button", name="提交异议").click()
        expect(page.get_by_role("alert")).to_contain_text("超时")
    expect(page.locator("#reporter")).to_have_value(NAME)
    page.get_by_role("button", name="提交异议").click()
    code = page.locator("#code").inner_text()
    page.reload()
    expect(page.locator("#code")).to_have_text(code)
    page.goto(f"{place.address}/objections/status")
    page.fill("#code", code.lower())
    page.keyboard.press("Enter")
    expect(page.locator(".standing")).to_contain_text("待作受理决定")
    expect(page.locator("body")).not_to_contain_text(NAME)
    attach(page, "#files", "more.jpg", jpeg())
    page.get_by_role("button", name="提交材料").click()
    expect(page.get_by_role("status").first).to_contain_text("已收到1份材料")
    page.check("#sure")
    page.get_by_role("button", name="撤回异议").click()
    expect(page.locator(".standing")).to_contain_text("已撤回")


def test_a_unit_objects_under_its_seal(place: Place, page: Page) -> None:
    """P4."""
    page.goto(f"{place.address}/objections/new?nomination={JIA}")
    expect(page.locator("#nomination_id")).to_have_value(str(JIA))
    fill(page, "虚构船舶示例有限公司", "unit")
    page.get_by_role("button", name="提交异议").click()
    expect(page.get_by_role("alert")).to_contain_text("公章")
    attach(page, "#seal", "seal.png", png())
    page.get_by_role("button", name="提交异议").click()
    expect(page.locator("#code")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_stands_in_anybodys_way(
    place: Place, browser: Browser, tmp_path: Path, scheme: str
) -> None:
    """axe; nothing runs off a telephone."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
    )
    page = context.new_page()

    def look(name: str) -> None:
        page.screenshot(path=tmp_path / f"{name}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        found = Axe().run(page).response["violations"]
        serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
        assert serious == [], (name, found)

    page.goto(f"{place.address}/objections/new")
    look("form")
    page.get_by_role("button", name="提交异议").click()
    look("faults")
    fill(page)
    attach(page, "#files", "a.png", png())
    page.get_by_role("button", name="保存草稿").click()
    look("draft")
    page.get_by_role("button", name="提交异议").click()
    look("receipt")
    code = page.locator("#code").inner_text()
    page.goto(f"{place.address}/objections/status")
    look("ask")
    page.fill("#code", code)
    page.get_by_role("button", name="查询").click()
    look("status")
    context.close()
