"""The registry of publishers."""

import pytest
from pydantic import ValidationError

from services.intake.publishers import registry
from tests.intake.samples import REGISTRY


def test_each_user_speaks_for_its_sources_by_its_channels() -> None:
    """S26."""
    assert set(REGISTRY) == {"zlb", "rsj", "xcl-association"}
    assert REGISTRY["xcl-association"].channels == {"industry_association"}
    assert REGISTRY["zlb"].sources == {"urn:gongjiang:publisher:zlb"}


def test_a_channel_that_does_not_exist_is_no_registry() -> None:
    with pytest.raises(ValidationError):
        registry(b'{"publishers": [{"user": "a", "sources": [], "channels": ["self"]}]}')
