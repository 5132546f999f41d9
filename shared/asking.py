"""Asks a service over nameko's RPC, from a process that has neither nameko nor eventlet in it.

    Asker(settings.amqp_url).ask("intake", "open_personal_data", token=…, nomination_id=…)

Each question has a connection of its own, and on it an exclusive queue for the answer, which goes
when the connection does. Neither the question nor what is left of it outlives the asker: it is not
persistent, and expires when nobody waits for the answer any more.

    OSError
    └── NotAnswered         nobody answers now: one may ask again
        └── UnknownService  nobody has ever listened under this name
    Exception
    └── FailedThere         it was heard, and the answer is a fault
"""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import uuid4

from pika import BasicProperties, BlockingConnection, URLParameters
from pika.exceptions import AMQPError, UnroutableError

EXCHANGE = "nameko-rpc"
TRANSIENT = 1
PATIENCE = 5.0
"""Seconds; as long as a person looks at a page that does not come."""


class NotAnswered(OSError):
    """The broker or the service is away, or too slow. Whether the question was heard is unknown."""


class UnknownService(NotAnswered):
    """No service has a queue under this name."""


class FailedThere(Exception):
    """The other side's fault: the name of its class, never its words, which may repeat anything."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks over one broker, `seconds` long at most."""

    amqp_url: str = field(repr=False)
    seconds: float = PATIENCE

    def ask(self, service: str, method: str, **arguments: Any) -> Any:
        """What the method answers; arguments and answer are JSON.

        Raises:
            NotAnswered, FailedThere: see the module.
        """
        until = monotonic() + self.seconds
        try:
            with closing(BlockingConnection(self._parameters())) as connection:
                answer = self._answer(connection, f"{service}.{method}", arguments, until)
        except UnroutableError:
            raise UnknownService(service) from None
        except AMQPError as fault:
            raise NotAnswered(f"{service}: {type(fault).__name__}") from fault
        if answer["error"] is not None:
            raise FailedThere(answer["error"]["exc_type"])
        return answer["result"]

    def _parameters(self) -> URLParameters:
        parameters = URLParameters(self.amqp_url)
        parameters.socket_timeout = parameters.stack_timeout = self.seconds
        parameters.blocked_connection_timeout = self.seconds
        return parameters

    def _answer(
        self,
        connection: BlockingConnection,
        routing_key: str,
        arguments: Mapping[str, Any],
        until: float,
    ) -> dict[str, Any]:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.exchange_declare(EXCHANGE, "topic", durable=True)
        question, place, answers = str(uuid4()), str(uuid4()), []
        queue = f"rpc.reply-{place}"
        channel.queue_declare(queue, exclusive=True, auto_delete=True)
        channel.queue_bind(queue, EXCHANGE, place)
        channel.basic_consume(
            queue,
            lambda _, __, properties, body: answers.append((properties.correlation_id, body)),
            auto_ack=True,
        )
        channel.basic_publish(
            EXCHANGE,
            routing_key,
            json.dumps({"args": [], "kwargs": arguments}).encode(),
            BasicProperties(
                content_type="application/json",
                content_encoding="utf-8",
                reply_to=place,
                correlation_id=question,
                delivery_mode=TRANSIENT,
                expiration=str(int(self.seconds * 1000)),
            ),
            mandatory=True,
        )
        while (left := until - monotonic()) > 0:
            connection.process_data_events(time_limit=left)
            for about, body in answers:
                if about == question:
                    return dict(json.loads(body))
        raise NotAnswered(f"{routing_key}: no answer within {self.seconds:g} seconds")
