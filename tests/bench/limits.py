"""The physical limits: what the broker, the database and pika do with the same bytes, no logic."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from pika import BlockingConnection, SelectConnection, URLParameters
from pika.channel import Channel
from psycopg import Connection

from shared.confirmed import Outgoing
from shared.topology import QUORUM

WINDOW = 1000
BATCH = 500


def copied(amqp_url: str, queues: Sequence[str], count: int, into: Connection[Any]) -> None:
    """Consume so many messages in batches and COPY their bytes; acknowledged when committed."""
    connection = BlockingConnection(URLParameters(amqp_url))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=BATCH)
    pending: list[tuple[int, bytes]] = []
    for queue in queues:
        channel.basic_consume(
            queue, lambda _, method, __, body: pending.append((method.delivery_tag, body))
        )
    done = 0
    while done < count:
        connection.process_data_events(time_limit=1)
        if not pending:
            continue
        with (
            into.transaction(),
            into.cursor() as cursor,
            cursor.copy("COPY copied FROM STDIN (FORMAT BINARY)") as copy,
        ):
            copy.set_types(["int8", "bytea"])
            for row in pending:
                copy.write_row(row)
        channel.basic_ack(pending[-1][0], multiple=True)
        done += len(pending)
        pending.clear()
    connection.close()


class Windowed:
    """pika's own way of publishing fast: as many unconfirmed messages as the window holds."""

    def __init__(self, amqp_url: str, messages: Sequence[Outgoing]) -> None:
        self._messages = messages
        self._sent = 0
        self._lowest = 1
        self._unconfirmed: set[int] = set()
        self._connection = SelectConnection(
            URLParameters(amqp_url),
            on_open_callback=lambda connection: connection.channel(on_open_callback=self._opened),
        )

    def run(self) -> None:
        """Publish all of them; returns when each is confirmed."""
        self._connection.ioloop.start()
        self._connection.close()

    def _opened(self, channel: Channel) -> None:
        channel.confirm_delivery(
            partial(self._confirm, channel), callback=lambda _: self._fill(channel)
        )

    def _confirm(self, channel: Channel, frame: Any) -> None:
        tag = frame.method.delivery_tag
        if frame.method.multiple:
            self._unconfirmed.difference_update(range(self._lowest, tag + 1))
            self._lowest = tag + 1
        else:
            self._unconfirmed.discard(tag)
        if len(self._unconfirmed) <= WINDOW // 2:
            self._fill(channel)
        if not self._unconfirmed:
            self._connection.ioloop.stop()

    def _fill(self, channel: Channel) -> None:
        upto = min(self._sent + WINDOW - len(self._unconfirmed), len(self._messages))
        for message in self._messages[self._sent : upto]:
            self._sent += 1
            self._unconfirmed.add(self._sent)
            channel.basic_publish(
                message.exchange, message.routing_key, message.body, message.properties
            )


def one_by_one(amqp_url: str, messages: Sequence[Outgoing]) -> None:
    """The plain way of publishing safely: each is confirmed before the next."""
    connection = BlockingConnection(URLParameters(amqp_url))
    channel = connection.channel()
    channel.confirm_delivery()
    for message in messages:
        channel.basic_publish(
            message.exchange, message.routing_key, message.body, message.properties
        )
    connection.close()


def declare(amqp_url: str, queues: Sequence[str]) -> None:
    """Quorum queues, as ours are."""
    connection = BlockingConnection(URLParameters(amqp_url))
    channel = connection.channel()
    for queue in queues:
        channel.queue_declare(queue, durable=True, arguments=QUORUM)
    connection.close()
