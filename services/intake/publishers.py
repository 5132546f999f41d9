"""Who may send nominations: the systems known to us, for whom, and through which channels (S26)."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter

from shared.contracts.intake import Channel
from shared.messages import Message
from shared.settings import Settings


class Publisher(Message):
    """One system: its RabbitMQ user, the CloudEvents sources it speaks for, and its channels."""

    model_config = ConfigDict(extra="ignore")

    user: str
    sources: frozenset[str]
    channels: frozenset[Channel]


Registry = Mapping[str, Publisher]
"""Publishers by user."""

_FILE: TypeAdapter[dict[str, list[Publisher]]] = TypeAdapter(dict[str, list[Publisher]])


def registry_of(settings: Settings) -> Registry:
    """The registry that the settings name.

    Raises:
        ValueError: they name none; nobody could send anything.
    """
    if settings.publishers is None:
        raise ValueError("GONGJIANG_PUBLISHERS is not set: nobody could send nominations")
    return registry(settings.publishers)


def registry(file: Path) -> Registry:
    """The registry in a file `{"publishers": [{"user", "sources", "channels"}, …]}`."""
    listed = _FILE.validate_json(file.read_bytes())["publishers"]
    return {publisher.user: publisher for publisher in listed}
