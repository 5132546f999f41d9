"""Publishes nominations as an outside system does, over RabbitMQ, and waits for the receipts.

The proof of a receipt comes later, once a signed checkpoint covers the answer; both have the id of
the event that is the answer.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from pika import BasicProperties, BlockingConnection, URLParameters
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic

EXCHANGE = "nominations"
ROUTING_KEY = "nomination.submitted"
STRUCTURED = "application/cloudevents+json"


class NoReceipt(Exception):
    """No receipt, or no proof of one, came in time."""


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
        self._answers: dict[tuple[str, str], str] = {}
        self._proofs: dict[str, bytes] = {}
        self._channel.basic_consume(f"receipts.{self._login}", self._take)

    def expect_proofs(self) -> None:
        """Read the proofs as well; without this they wait in their queue."""
        self._channel.basic_consume(f"receipts.{self._login}.proofs", self._take_proof)

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

    def receipt(self, letter: Letter, seconds: float = 90) -> dict[str, Any]:
        """The receipt for a letter.

        Raises:
            NoReceipt: none came within `seconds`.
        """
        key = letter.source, letter.message_id
        self._wait(lambda: key in self._receipts, f"no receipt for {letter.message_id}", seconds)
        return self._receipts[key]

    def proof(self, letter: Letter, seconds: float = 60) -> bytes:
        """The `.tlog-proof` of a receipt that has come; see `expect_proofs`.

        Raises:
            NoReceipt: none came within `seconds`.
        """
        event = self._answers[letter.source, letter.message_id]
        self._wait(lambda: event in self._proofs, f"no proof for {letter.message_id}", seconds)
        return self._proofs[event]

    def _wait(self, come: Callable[[], bool], missing: str, seconds: float) -> None:
        end = monotonic() + seconds
        while not come():
            if monotonic() > end:
                raise NoReceipt(f"{missing} within {seconds} s")
            self._connection.process_data_events(time_limit=0.5)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _take(
        self,
        channel: BlockingChannel,
        method: Basic.Deliver,
        properties: BasicProperties,
        body: bytes,
    ) -> None:
        receipt = json.loads(body)
        key = receipt["source"], receipt["id"]
        self._receipts[key] = receipt
        self._answers[key] = str(properties.message_id)
        channel.basic_ack(method.delivery_tag)

    def _take_proof(
        self,
        channel: BlockingChannel,
        method: Basic.Deliver,
        properties: BasicProperties,
        body: bytes,
    ) -> None:
        self._proofs[str(properties.message_id)] = body
        channel.basic_ack(method.delivery_tag)


def nominate(
    files: Sequence[Path],
    urls: Mapping[str, str],
    users: Mapping[str, str],
    proofs: Path | None = None,
) -> list[dict[str, Any]]:
    """Publish these files, each by the system that it names, and collect the receipts in order.

    Args:
        files: whole CloudEvents in JSON.
        urls: user to AMQP URL.
        users: CloudEvents source to user.
        proofs: a folder in which the proof of each receipt is written as `<file>.tlog-proof`.
    """
    publishers: dict[str, Publisher] = {}
    receipts, letters = [], []
    try:
        for file in files:
            letter = read(file, users)
            if letter.user not in publishers:
                publishers[letter.user] = Publisher(urls[letter.user], letter.user)
                if proofs is not None:
                    publishers[letter.user].expect_proofs()
            publishers[letter.user].publish(letter)
            receipts.append(publishers[letter.user].receipt(letter))
            letters.append((file, letter))
        if proofs is not None:
            proofs.mkdir(parents=True, exist_ok=True)
            for file, letter in letters:
                proof = publishers[letter.user].proof(letter)
                (proofs / f"{file.stem}.tlog-proof").write_bytes(proof)
    finally:
        for publisher in publishers.values():
            publisher.close()
    return receipts
