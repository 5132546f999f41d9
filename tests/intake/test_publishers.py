"""The registry of publishers."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.intake.publishers import registry
from tests.intake.samples import REGISTRY


def test_each_user_speaks_for_its_sources_by_its_channels() -> None:
    """S26."""
    assert set(REGISTRY) == {"zlb", "rsj", "xcl-association"}
    assert REGISTRY["xcl-association"].channels == {"industry_association"}
    assert REGISTRY["zlb"].sources == {"urn:gongjiang:publisher:zlb"}


def test_a_channel_that_does_not_exist_is_no_registry(tmp_path: Path) -> None:
    file = tmp_path / "publishers.json"
    file.write_text('{"publishers": [{"user": "a", "sources": [], "channels": ["self"]}]}')
    with pytest.raises(ValidationError):
        registry(file)
