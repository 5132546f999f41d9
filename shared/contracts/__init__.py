"""The published language: every message that crosses the border of a service, versioned.

read(topic, text)   a message of any version that was ever sent, lifted to the newest
"""

from typing import Any

from pydantic_core import from_json

from shared.contracts import intake, publicity, review
from shared.contracts.base import Published
from shared.contracts.lifts import LIFTS
from shared.messages import next_version

MESSAGES: dict[str, type[Published]] = {
    message.topic(): message
    for contracts in (intake, review, publicity)
    for message in vars(contracts).values()
    if isinstance(message, type) and issubclass(message, Published) and message is not Published
}
"""Every message by its topic, such as `nomination_received.v1`, in its newest version."""


def read(topic: str, text: bytes) -> Published:
    """The message of this topic with these data as JSON.

    Raises:
        KeyError: no version of any message has this topic.
        ValueError: the data are not those of the message.
    """
    if topic in MESSAGES:
        return MESSAGES[topic].model_validate_json(text)
    data: dict[str, Any] = from_json(text)
    while topic not in MESSAGES:
        data, topic = LIFTS[topic](data), next_version(topic)
    return MESSAGES[topic].model_validate(data)
