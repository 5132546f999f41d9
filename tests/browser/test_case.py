"""An auditor looks at a whole case: on each service, without script, by keyboard, on paper."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from deploy.local.system import SERVICES
from tests.browser.conftest import Played
from tests.browser.test_pages import log_in

FORGED, HONOURED = "good-4", "good-1"


def look(played: Played, page: Page, service: str, name: str) -> None:
    """Log in as the auditor and open a case."""
    address = played.system.addresses[service]
    log_in(page, address, "auditor")
    page.goto(f"{address}/audit/case/{played.demonstration.id(name)}")


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_draws_the_case_of_all_three(
    played: Played, plain: BrowserContext, service: str
) -> None:
    page = plain.new_page()
    look(played, page, service, FORGED)
    for lane in ("外部系统", "受理", "评审", "公示"):
        expect(page.locator("svg.case .lane-title", has_text=lane)).to_have_count(1)
    expect(page.locator("svg.case .node.disqualification:not(.echo)").first).to_be_visible()
    expect(page.locator("svg.case .letter .name").first).to_be_visible()
    assert page.locator("svg.case .arrow").count() > 5
    expect(page.locator("body")).not_to_contain_text(played.demonstration.name(FORGED))


def test_an_auditor_asks_for_a_case_by_the_id_of_an_outside_message(
    played: Played, plain: BrowserContext
) -> None:
    page = plain.new_page()
    address = played.system.addresses["intake"]
    log_in(page, address, "auditor")
    page.get_by_role("link", name="审计").click()
    page.locator("#key").fill(HONOURED)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("svg.case .node.conferral:not(.echo)")).to_have_count(1)


def test_a_mark_leads_to_its_row_and_every_event_has_both(
    played: Played, plain: BrowserContext
) -> None:
    page = plain.new_page()
    look(played, page, "review", HONOURED)
    marks = page.locator("svg.case a.node")
    targets = [one.get_attribute("href") for one in marks.all()]
    assert len(targets) == page.locator("#rows tbody tr").count() > 30
    for target in targets[:: len(targets) // 5]:
        assert page.locator(f"[id='{str(target)[1:]}']").count() == 1
    star = page.locator("svg.case a.node.conferral:not(.echo)")
    star.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == star.get_attribute("href")


def test_a_moment_is_chosen_by_keyboard_and_what_came_later_is_pale(
    played: Played, plain: BrowserContext
) -> None:
    page = plain.new_page()
    look(played, page, "publicity", FORGED)
    page.locator("#as_of").focus()
    page.keyboard.type("2019-12-20")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("2019-12-11")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("svg.case .moment text")).to_contain_text("2019-12-20")
    later = page.locator("svg.case a.node.unseen")
    assert later.count() == page.locator("#rows tr.unseen").count() > 10
    expect(page.locator("svg.case a.node.disqualification.unseen").first).to_be_attached()
    expect(page.locator("#states")).to_contain_text("参评中")
    expect(page.locator("#states")).not_to_contain_text("资格已取消")
    expect(page.locator("#changes")).to_contain_text("审定通过")


def test_who_saw_personal_data_and_what_led_to_the_decision_are_told(
    played: Played, plain: BrowserContext
) -> None:
    """P3"""
    page = plain.new_page()
    look(played, page, "intake", FORGED)
    expect(page.locator("#openings")).to_contain_text("资格初审")
    expect(page.locator("#openings")).to_contain_text("身份信息")
    out = page.locator("#chains details", has_text="取消评选申报资格").first
    expect(out).to_contain_text("外部系统")
    expect(out).to_contain_text("good-4")


def test_the_drawing_has_words_names_its_parts_and_is_reached_by_keyboard(
    played: Played, plain: BrowserContext
) -> None:
    page = plain.new_page()
    look(played, page, "intake", HONOURED)
    drawing = page.locator("svg.case")
    assert drawing.get_attribute("role") == "group"  # its links are read, which in an image are not
    assert "授予" in (page.locator("#svg-words").text_content() or "")
    assert page.locator("svg.case a:not(:has(title))").count() == 0
    assert page.locator("h1").count() == 1
    for field in page.locator("form.moments input").all():
        assert page.locator(f"label[for='{field.get_attribute('id')}']").count() == 1
    for table in page.locator("table").all():
        assert table.locator("thead th[scope=col]").count() > 0
    ids = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_runs_off_a_phone_and_nothing_breaks_the_browsers_bounds(
    played: Played, browser: Browser, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    look(played, page, "review", FORGED)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert faults == []
    context.close()


def test_it_prints(played: Played, browser: Browser) -> None:
    page = browser.new_page()
    look(played, page, "review", FORGED)
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()


def test_who_judges_sees_nothing_of_it(played: Played, plain: BrowserContext) -> None:
    """S25, P11"""
    page = plain.new_page()
    address = played.system.addresses["review"]
    log_in(page, address, "expert-1")
    answer = page.goto(f"{address}/audit/case/{played.demonstration.id(FORGED)}")
    assert answer is not None
    assert answer.status == 403
    assert page.locator("svg.case").count() == 0
