"""The witness at work: reads the exchange of checkpoints, and publishes what it cosigns.

A part of the tail side. One of the replicas reads; its queue is durable and bounded.
"""

import logging
import time
from base64 import b64decode
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pika import BasicProperties, BlockingConnection, URLParameters
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError
from psycopg import Connection

from shared.application import Application
from shared.audit.signing import STAMP
from shared.audit.verifier import Policy
from shared.audit.witness import Cosigned, Note, Witness, fetcher
from shared.confirmed import HEARTBEAT
from shared.leader import leadership
from shared.letters import PERSISTENT
from shared.recorder import PASSING
from shared.topology import CHECKPOINTS, cosigned_key, declare_witness, is_signed_key

NAME = "witness"
KEY = "witness-private.pem"
GLANCE = 0.25
STANDBY = 0.5
ALIVE = 1.0
WINDOW = 100

log = logging.getLogger(__name__)


class Witnessing:
    """Witnesses for as long as this process leads; `state` tells in a word what it is doing."""

    def __init__(
        self,
        application: Application,
        policy: Policy,
        *,
        wait: Callable[[float], object],
        stopped: Callable[[], bool],
    ) -> None:
        settings = application.settings
        key = load_pem_private_key((settings.secrets / KEY).read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{KEY} holds no Ed25519 key")
        get, self._close = fetcher(settings.url_of)
        self._settings = settings
        self._witness = Witness(application.plan.name, policy, key, get)
        self._wait = wait
        self._stopped = stopped
        self.state = "standby"

    def run(self) -> None:
        """Lead or stand by, again after every fault."""
        try:
            while not self._stopped():
                try:
                    with leadership(self._settings.database_url, NAME) as session:
                        if session is None:
                            self.state = "standby"
                        else:
                            self._lead(session)
                except (*PASSING, AMQPError) as fault:
                    self.state = "retrying"
                    log.warning("%s starts again: %r", NAME, fault)
                if not self._stopped():
                    self._wait(STANDBY)
        finally:
            self._close()

    def _lead(self, session: Connection[dict[str, Any]]) -> None:
        parameters = URLParameters(self._settings.amqp_url)
        parameters.heartbeat = HEARTBEAT
        connection = BlockingConnection(parameters)
        try:
            self._read(session, connection)
        finally:
            self.state = "standby"
            if connection.is_open:
                connection.close()

    def _read(self, session: Connection[dict[str, Any]], connection: BlockingConnection) -> None:
        channel, answers = connection.channel(), connection.channel()
        answers.confirm_delivery()
        channel.basic_qos(prefetch_count=WINDOW)
        pending: list[tuple[int, Note]] = []
        gone: list[object] = []
        channel.add_on_cancel_callback(gone.append)
        channel.basic_consume(
            declare_witness(channel, self._settings.service),
            lambda _, method, properties, body: pending.append(
                (method.delivery_tag, note_of(method.routing_key, properties, body))
            ),
        )
        self.state = "leading"
        alive = 0.0
        while not self._stopped():
            connection.process_data_events(time_limit=GLANCE)
            if gone:
                raise AMQPError("the queue was deleted")
            if pending:
                heard, pending[:] = pending[:], []
                said = self._witness.hear(session, [note for _, note in heard])
                self._publish(answers, said)
                channel.basic_ack(heard[-1][0], multiple=True)
            if time.monotonic() - alive > ALIVE:
                alive = time.monotonic()
                session.execute("SELECT 1")

    def _publish(self, channel: BlockingChannel, said: list[Cosigned]) -> None:
        for one in said:
            channel.basic_publish(
                CHECKPOINTS,
                cosigned_key(self._settings.service),
                one.note,
                BasicProperties(content_type="text/plain; charset=utf-8", delivery_mode=PERSISTENT),
            )


def note_of(routing_key: str, properties: BasicProperties, body: bytes) -> Note:
    """A message of the exchange as the witness hears it."""
    token = (properties.headers or {}).get(STAMP)
    return Note(body, is_signed_key(routing_key), None if token is None else b64decode(token))
