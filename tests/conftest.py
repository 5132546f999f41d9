"""What the tests share."""

import gc
from collections.abc import Iterator

import pytest

from deploy.local import servers as local
from deploy.local.servers import Servers
from tests import rejudged

gc.set_threshold(50_000, 20, 50)
"""As in our own processes: with the defaults, a seventh of the time goes into looking at what stays
(services/__main__.py)."""


def pytest_collection_finish() -> None:
    """What was collected stays until the end."""
    gc.collect()
    gc.freeze()


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
