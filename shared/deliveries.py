"""An entrypoint that reads queues in batches: the base of `follow` and `receive`.

One managed thread reads by pika and hands a batch to one worker at a time. The batch stays
unacknowledged until the worker has stored it; a passing fault is tried again with a growing pause,
and a lost connection brings the messages again. nameko's own consumers acknowledge when a handler
raises, and their worker pool has no order.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import eventlet
from eventlet.event import Event
from nameko.extensions import Entrypoint
from pika import BasicProperties, BlockingConnection, URLParameters
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError, ConnectionClosedByBroker
from pika.spec import Basic

from shared.confirmed import HEARTBEAT
from shared.runtime import Engine
from shared.timestamps import be_lenient

RECONNECT = 0.5
LONGEST_PAUSE = 5.0
DECLARE_EVERY = 5.0
"""Somebody may have unbound a queue: nothing tells us, so we bind it again."""
INTERNAL_ERROR = 541
"""The broker's answer to whoever would read a quorum queue of which it has nothing but the name.
RabbitMQ 3.10 comes to that when a queue is deleted and declared again, and its node is killed
within a moment; nobody can read it or be confirmed a message to it, and no restart heals it."""
ENDURED = 3
"""So many such answers in a row: the queue is not about to come back."""

Delivered = tuple[Basic.Deliver, BasicProperties, bytes]

log = logging.getLogger(__name__)

be_lenient()


class ConnectionGone(Exception):
    """The connection was lost while a batch was being processed; it will come again."""


def readers(channel: BlockingChannel, queue: str) -> int:
    """How many read a queue, those that stand by included."""
    return int(channel.queue_declare(queue, passive=True).method.consumer_count)


class Batches(Entrypoint):
    """See the module. `prefetch` is how many messages of a queue may be unacknowledged."""

    engine = Engine()

    prefetch = 500

    def declare(self, channel: BlockingChannel) -> list[str]:
        """Declare the queues and name those to read."""
        raise NotImplementedError

    def give_up(self, channel: BlockingChannel, queue: str) -> None:
        """A queue was lost by the broker: delete it, unless what was in it might be missed."""

    def arguments(self, deliveries: Sequence[Delivered]) -> tuple[Any, ...]:
        """What the worker's method is called with."""
        raise NotImplementedError

    @property
    def part(self) -> str:
        """What the heartbeat calls this reader."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin to read."""
        self._stopping = False
        self._state = "connecting"
        self.engine.parts[self.part] = lambda: self._state
        self._thread = self.container.spawn_managed_thread(self._run)

    def stop(self) -> None:
        """End after the batch in hand."""
        self._stopping = True
        self._thread.wait()

    def _run(self) -> None:
        endured = 0
        while not self._stopping:
            try:
                if endured == ENDURED:
                    endured = 0
                    self._give_up_lost_queues()
                self._read()
            except (AMQPError, OSError, ConnectionGone) as fault:
                endured = endured + 1 if self._was_refused(fault) else 0
                self._state = "connecting"
                log.warning("%s reads again: %r", self.part, fault)
                eventlet.sleep(RECONNECT)

    def _was_refused(self, fault: Exception) -> bool:
        """Whether the broker could not let us begin to read."""
        return (
            self._state == "connecting"
            and isinstance(fault, ConnectionClosedByBroker)
            and fault.reply_code == INTERNAL_ERROR
        )

    @contextmanager
    def _connected(self) -> Iterator[BlockingConnection]:
        parameters = URLParameters(self.engine.application.settings.amqp_url)
        parameters.heartbeat = HEARTBEAT
        connection = BlockingConnection(parameters)
        try:
            yield connection
        finally:
            if connection.is_open:
                connection.close()

    def _give_up_lost_queues(self) -> None:
        """On a connection of its own: a channel that has deleted a queue is no longer told when
        the new one of this name is deleted."""
        with self._connected() as connection:
            channel = connection.channel()
            for queue in self.declare(channel):
                if not readers(channel, queue):
                    log.error("%s: the broker has lost %s", self.part, queue)
                    self.give_up(channel, queue)

    def _read(self) -> None:
        with self._connected() as connection:
            channel = connection.channel()
            answers = connection.channel()
            answers.confirm_delivery()
            pending: list[Delivered] = []
            channel.basic_qos(prefetch_count=self.prefetch)
            channel.add_on_cancel_callback(self._cancelled)
            self._gone = False
            queues = self.declare(channel)
            for queue in queues:
                channel.basic_consume(
                    queue,
                    lambda _, method, properties, body: pending.append((method, properties, body)),
                )
            self._state = "reading"
            declared = time.monotonic()
            while not self._stopping:
                connection.process_data_events(time_limit=0.2)
                if self._gone:
                    raise ConnectionGone("a queue was deleted")
                if time.monotonic() - declared > DECLARE_EVERY:
                    declared = time.monotonic()
                    self.declare(channel)
                    if not all(readers(channel, queue) for queue in queues):
                        raise ConnectionGone("nobody reads a queue of ours")
                if pending:
                    self._hand_over(connection, pending)
                    batch, pending[:] = list(pending), []
                    self._process(connection, channel, answers, batch)

    def _cancelled(self, _: object) -> None:
        """The broker tells that a queue we read is gone."""
        self._gone = True

    def _hand_over(self, connection: BlockingConnection, pending: list[Delivered]) -> None:
        """Take in what has already arrived, as long as there is more."""
        count = 0
        while count < len(pending) < self.prefetch:
            count = len(pending)
            connection.process_data_events(time_limit=0)

    def _process(
        self,
        connection: BlockingConnection,
        channel: BlockingChannel,
        answers: BlockingChannel,
        batch: list[Delivered],
    ) -> None:
        pause = 0.05
        while True:
            result, fault = self._work(connection, batch)
            if fault is None:
                break
            self._state = "retrying"
            log.warning("%s tries a batch of %d again: %r", self.part, len(batch), fault)
            if self._stopping:
                raise ConnectionGone("stopping")
            self._idle(connection, pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        self._state = "reading"
        for answer in result or ():
            answers.basic_publish(
                answer.exchange,
                answer.routing_key,
                answer.body,
                answer.properties,
                mandatory=answer.mandatory,
            )
        last = batch[-1][0].delivery_tag
        channel.basic_ack(last, multiple=True)

    def _work(
        self, connection: BlockingConnection, batch: list[Delivered]
    ) -> tuple[Any, BaseException | None]:
        done = Event()

        def handle_result(_: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            done.send((result, exc_info[1] if exc_info else None))
            self._poke(connection)
            return result, exc_info

        self.container.spawn_worker(self, self.arguments(batch), {}, handle_result=handle_result)
        while not done.ready():
            connection.process_data_events(time_limit=1.0)
        answer: tuple[Any, BaseException | None] = done.wait()
        return answer

    @staticmethod
    def _poke(connection: BlockingConnection) -> None:
        """Let the reading thread see at once that its worker has finished."""
        if connection.is_open:
            connection.add_callback_threadsafe(lambda: None)

    @staticmethod
    def _idle(connection: BlockingConnection, seconds: float) -> None:
        connection.sleep(seconds)
