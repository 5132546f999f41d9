"""An entrypoint that reads queues in batches: the base of `follow` and `receive`.

One managed thread reads by pika and hands each batch to a worker: one at a time where order
matters, else a few side by side, so that one decides while another waits for the database. A batch
stays unacknowledged until it and those before it are stored; a passing fault is tried again with a
growing pause, and a lost connection brings the messages again. nameko's own consumers acknowledge
when a handler raises, and their worker pool has no order.
"""

import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import eventlet
from nameko.extensions import Entrypoint
from pika import BasicProperties, BlockingConnection, URLParameters
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError, ConnectionClosedByBroker
from pika.spec import Basic
from prometheus_client import Counter, Histogram

from shared.confirmed import HEARTBEAT
from shared.runtime import Engine
from shared.timestamps import be_lenient

GLANCE = 0.05
"""How long a reader waits for the broker while a batch may have to be tried again."""
AT_REST = 0.5
"""And while it has none: what arrives wakes it, only the end of the process does not."""
RECONNECT = 0.5
SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 5.0
DECLARE_EVERY = 5.0
"""Somebody may have unbound a queue: nothing tells us, so we bind it again."""
INTERNAL_ERROR = 541
"""The broker's answer to whoever would read a quorum queue of which it has nothing but the name.
RabbitMQ 3.10 comes to that when a queue is deleted and declared again, and its node is killed
within a moment; nobody can read it or be confirmed a message to it, and no restart heals it."""
ENDURED = 3
"""So many such answers in a row: the queue is not about to come back."""
CONSIDERED = 20.0
"""Seconds: the broker looked for the queue so long before it gave that answer, which it does for a
minute when the queue's server is registered but cannot be elected. One such answer is enough."""

RETRIES = Counter("gongjiang_retries_total", "Batches tried again after a passing fault", ["part"])
BATCH = Histogram(
    "gongjiang_batch_messages",
    "Messages handed to a worker at a time",
    ["part"],
    buckets=(1, 5, 20, 50, 100, 200, 500),
)

Delivered = tuple[Basic.Deliver, BasicProperties, bytes]

log = logging.getLogger(__name__)

be_lenient()


class ConnectionGone(Exception):
    """The connection was lost while a batch was being processed; it will come again."""


def readers(channel: BlockingChannel, queue: str) -> int:
    """How many read a queue, those that stand by included."""
    return int(channel.queue_declare(queue, passive=True).method.consumer_count)


class Batches(Entrypoint):
    """See the module. `size` is the most messages of a batch, `lanes` how many batches there may be
    at a time; as many messages may be unacknowledged."""

    engine = Engine()

    size = 500
    lanes = 1

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
            begun = time.monotonic()
            try:
                if endured >= ENDURED:
                    endured = 0
                    self._give_up_lost_queues()
                self._read()
            except (AMQPError, OSError, ConnectionGone) as fault:
                considered = time.monotonic() - begun
                if not self._was_refused(fault):
                    endured = 0
                else:
                    endured += ENDURED if considered > CONSIDERED else 1
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
            channel.basic_qos(prefetch_count=self.size * self.lanes)
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
            flying: deque[Flight] = deque()
            while flying or not self._stopping:
                connection.process_data_events(time_limit=GLANCE if flying else AT_REST)
                if self._gone:
                    raise ConnectionGone("a queue was deleted")
                if time.monotonic() - declared > DECLARE_EVERY:
                    declared = time.monotonic()
                    self.declare(channel)
                    if not all(readers(channel, queue) for queue in queues):
                        raise ConnectionGone("nobody reads a queue of ours")
                if pending and len(flying) < self.lanes and not self._stopping:
                    self._take_in(connection, pending)
                    flying.append(Flight(pending[: self.size]))
                    del pending[: self.size]
                    self._launch(connection, flying[-1])
                self._retry(connection, flying)
                while flying and flying[0].landed:
                    self._finish(channel, answers, flying.popleft())

    def _cancelled(self, _: object) -> None:
        """The broker tells that a queue we read is gone."""
        self._gone = True

    def _take_in(self, connection: BlockingConnection, pending: list[Delivered]) -> None:
        """What has already arrived, as long as there is more."""
        count = 0
        while count < len(pending) < self.size:
            count = len(pending)
            connection.process_data_events(time_limit=0)

    def _launch(self, connection: BlockingConnection, flight: "Flight") -> None:
        def handle_result(_: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            flight.end(result, exc_info[1] if exc_info else None)
            if connection.is_open:  # let the reading thread see it at once
                connection.add_callback_threadsafe(lambda: None)
            return result, exc_info

        arguments = self.arguments(flight.batch)
        self.container.spawn_worker(self, arguments, {}, handle_result=handle_result)

    def _retry(self, connection: BlockingConnection, flying: Sequence["Flight"]) -> None:
        """Launch again what has failed, when its pause is over."""
        now = time.monotonic()
        for flight in flying:
            if flight.fault is None:
                continue
            if self._stopping:
                raise ConnectionGone("stopping") from flight.fault
            if flight.again_at is None:
                log.warning(
                    "%s tries a batch of %d again: %r", self.part, len(flight.batch), flight.fault
                )
                self._state = "retrying"
                RETRIES.labels(self.part).inc()
                flight.wait_from(now)
            elif flight.again_at <= now:
                flight.begin_again()
                self._launch(connection, flight)

    def _finish(self, channel: BlockingChannel, answers: BlockingChannel, flight: "Flight") -> None:
        self._state = "reading"
        BATCH.labels(self.part).observe(len(flight.batch))
        for answer in flight.result or ():
            answers.basic_publish(
                answer.exchange,
                answer.routing_key,
                answer.body,
                answer.properties,
                mandatory=answer.mandatory,
            )
        last = flight.batch[-1][0].delivery_tag
        channel.basic_ack(last, multiple=True)


class Flight:
    """A batch that a worker has in hand."""

    def __init__(self, batch: list[Delivered]) -> None:
        self.batch = batch
        self.result: Any = None
        self.fault: BaseException | None = None
        self.landed = False
        self.again_at: float | None = None
        self._pause = SHORTEST_PAUSE

    def end(self, result: Any, fault: BaseException | None) -> None:
        """The worker has finished: well, or with a fault."""
        self.result, self.fault, self.landed = result, fault, fault is None

    def wait_from(self, now: float) -> None:
        """Pause before the next try, each time for longer."""
        self.again_at = now + self._pause
        self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def begin_again(self) -> None:
        """Another try."""
        self.fault = self.again_at = None
