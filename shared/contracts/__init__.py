"""The published language: every message that crosses the border of a service, versioned."""

from shared.contracts import intake, publicity, review
from shared.contracts.base import Published

MESSAGES: dict[str, type[Published]] = {
    message.topic(): message
    for contracts in (intake, review, publicity)
    for message in vars(contracts).values()
    if isinstance(message, type) and issubclass(message, Published) and message is not Published
}
"""Every message by its topic, such as `nomination_received.v1`."""
