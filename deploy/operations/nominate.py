"""Publishes nominations as an outside system does, over RabbitMQ, and waits for the receipts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from pika import BasicProperties, BlockingConnection, URLParameters
from pika.adapters.blocking_connection import BlockingChannel

EXCHANGE = "nominations"
ROUTING_KEY = "nomination.submitted"
STRUCTURED = "application/cloudevents+json"


class NoReceipt(Exception):
    """No receipt came in time."""


@dataclass(frozen=True)
class Letter:
    """A CloudEvent as it is published, and the user who publishes it."""

    user: str
    source: str
    message_id: str
    body: bytes


def read(file: Path, users: Mapping[str, str]) -> Letter:
    """A file with a whole CloudEvent; `users` says who speaks for which source.

    Raises:
        LookupError: nobody speaks for the source of this event.
    """
    body = file.read_bytes()
    event = json.loads(body)
    if (user := users.get(event["source"])) is None:
        raise LookupError(f"{file.name}: nobody is registered for {event['source']}")
    return Letter(user, event["source"], event["id"], body)


class Publisher:
    """One outside system: publishes with confirms, reads its own receipts."""

    def __init__(self, amqp_url: str, user: str) -> None:
        self.user = user
        parameters = URLParameters(amqp_url)
        self._login = parameters.credentials.username
        self._connection = BlockingConnection(parameters)
        self._channel: BlockingChannel = self._connection.channel()
        self._channel.confirm_delivery()
        self._receipts: dict[tuple[str, str], dict[str, Any]] = {}
        self._channel.basic_consume(
            f"receipts.{self._login}",
            lambda channel, method, _, body: self._take(channel, method.delivery_tag, body),
        )

    def publish(self, letter: Letter) -> None:
        """Publish and wait until the broker has taken it over."""
        self._channel.basic_publish(
            EXCHANGE,
            ROUTING_KEY,
            letter.body,
            BasicProperties(
                content_type=STRUCTURED,
                delivery_mode=2,
                user_id=self._login,
                message_id=letter.message_id,
            ),
            mandatory=True,
        )

    def receipt(self, letter: Letter, seconds: float = 30) -> dict[str, Any]:
        """The receipt for a letter.

        Raises:
            NoReceipt: none came within `seconds`.
        """
        end = monotonic() + seconds
        key = letter.source, letter.message_id
        while key not in self._receipts:
            if monotonic() > end:
                raise NoReceipt(f"no receipt for {letter.message_id} within {seconds} s")
            self._connection.process_data_events(time_limit=0.5)
        return self._receipts[key]

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _take(self, channel: BlockingChannel, tag: int, body: bytes) -> None:
        receipt = json.loads(body)
        self._receipts[receipt["source"], receipt["id"]] = receipt
        channel.basic_ack(tag)


def nominate(
    files: Sequence[Path], urls: Mapping[str, str], users: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Publish these files, each by the system that it names, and collect the receipts in order.

    Args:
        files: whole CloudEvents in JSON.
        urls: user to AMQP URL.
        users: CloudEvents source to user.
    """
    publishers: dict[str, Publisher] = {}
    receipts = []
    try:
        for file in files:
            letter = read(file, users)
            if letter.user not in publishers:
                publishers[letter.user] = Publisher(urls[letter.user], letter.user)
            publishers[letter.user].publish(letter)
            receipts.append(publishers[letter.user].receipt(letter))
    finally:
        for publisher in publishers.values():
            publisher.close()
    return receipts
