"""What the tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import servers as local
from deploy.local.servers import Servers
from tests import rejudged

HERE = Path(__file__).parent

SYSTEMS = ("journeys", "chaos", "browser", "deploy")
"""Folders whose tests start whole systems: one process runs them all, so that no two systems have
to share the processors."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Side by side (`pytest -n`), what shares a costly fixture stays in one process."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group(item)))
    items.sort(key=lambda item: folder(item) not in SYSTEMS)  # stable: files stay as they were


def group(item: pytest.Item) -> str:
    """A file's tests share its fixtures, the journeys an undisturbed selection."""
    return "systems" if folder(item) in SYSTEMS else str(item.path.relative_to(HERE))


def folder(item: pytest.Item) -> str:
    """The folder of the tests in which it stands."""
    return item.path.relative_to(HERE).parts[0]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """PostgreSQL and RabbitMQ for the whole run: give each test its own databases and vhost."""
    with local.servers(tmp_path_factory.mktemp("servers"), fresh=True) as running:
        yield running


@pytest.fixture(autouse=True)
def every_story_is_decided_the_same_again() -> Iterator[None]:
    """Whatever a house was told in a test is judged again in the end."""
    rejudged.TOLD.clear()
    yield
    for plan, house in rejudged.TOLD[-rejudged.MOST :]:
        rejudged.expect_same(plan, house.recorded())
