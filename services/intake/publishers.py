"""Who may send nominations: the systems known to us, for whom, and through which channels (S26)."""

from collections.abc import Mapping

from pydantic import ConfigDict, TypeAdapter

from shared.contracts.intake import Channel
from shared.messages import Message


class Publisher(Message):
    """One system: its RabbitMQ user, the CloudEvents sources it speaks for, and its channels."""

    model_config = ConfigDict(extra="ignore")

    user: str
    sources: frozenset[str]
    channels: frozenset[Channel]


Registry = Mapping[str, Publisher]
"""Publishers by user."""

_FILE: TypeAdapter[dict[str, list[Publisher]]] = TypeAdapter(dict[str, list[Publisher]])


def registry(text: bytes) -> Registry:
    """The registry in a JSON text `{"publishers": [{"user", "sources", "channels"}, …]}`."""
    listed = _FILE.validate_json(text)["publishers"]
    return {publisher.user: publisher for publisher in listed}
