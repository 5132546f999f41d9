"""What the tests share."""

from collections.abc import Iterator

import pytest

from deploy.local import servers as local
from deploy.local.servers import Servers


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """PostgreSQL and RabbitMQ for the whole run: give each test its own databases and vhost."""
    with local.servers(tmp_path_factory.mktemp("servers"), fresh=True) as running:
        yield running
