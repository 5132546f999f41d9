"""What the tests of evidence share."""

from collections.abc import Iterator

import pytest

from deploy.local.servers import Servers
from tests.audit.signed_log import SignedLog, signed_log


@pytest.fixture(scope="package")
def log(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignedLog]:
    """A signed log, built once: attack copies of it."""
    with signed_log(servers, tmp_path_factory.mktemp("signed_log")) as made:
        yield made
