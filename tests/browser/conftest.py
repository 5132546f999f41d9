"""A selection that was played to its end, and Chromium to look at it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from deploy.local.servers import Servers
from deploy.local.system import System, system
from deploy.operations.demo import Demonstration
from deploy.operations.session import Session

CHROMIUM = "/usr/bin/chromium"

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""No sandbox: tests also run as root. And it asks nothing of anybody but us."""

SECONDS = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A whole selection is played first, once; who opens another campaign comes last."""
    places = [n for n, item in enumerate(items) if Path(__file__).parent in item.path.parents]
    ours = sorted((items[n] for n in places), key=lambda item: item.path.name == "test_acts.py")
    for place, item in zip(places, ours, strict=True):
        items[place] = item
        item.add_marker(pytest.mark.timeout(SECONDS))


@dataclass(frozen=True)
class Played:
    """A running system and what was played on it."""

    system: System
    demonstration: Demonstration


@pytest.fixture(scope="package")
def played(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with system(
        servers, tmp_path_factory.mktemp("browser"), namespace="browser", fresh=True, own_ports=True
    ) as running:
        demonstration = Demonstration(Session.of(running), lambda _: None)
        demonstration.play()
        yield Played(running, demonstration)
        demonstration.close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture
def plain(browser: Browser) -> Iterator[BrowserContext]:
    """A reader without JavaScript."""
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    yield context
    context.close()
