"""Publishes many messages at once and returns when the broker has confirmed every one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, cast

from pika import BasicProperties, SelectConnection, URLParameters
from pika.channel import Channel
from pika.frame import Method
from pika.spec import Basic

HEARTBEAT = 5
"""Seconds; the broker gives a reader that hangs up after two of them."""


class NotConfirmed(Exception):
    """The broker refused a message, or the connection was lost before it confirmed it."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way to an exchange; if it is `mandatory`, some queue must take it."""

    exchange: str
    routing_key: str
    body: bytes
    properties: BasicProperties
    mandatory: bool = False


class Publisher:
    """One connection with publisher confirms, driven by whoever publishes.

    Who opens one to a broker that does not answer gives up after two heartbeats, and who publishes
    after three; the farewell takes one at most.

    `publish` sends a whole window before it waits for the first confirm: that is fourteen times
    as many messages a second as one confirm for each.
    """

    def __init__(self, amqp_url: str, declare: Callable[[Channel], None]) -> None:
        parameters = URLParameters(amqp_url)
        parameters.heartbeat = HEARTBEAT
        parameters.socket_timeout = parameters.blocked_connection_timeout = HEARTBEAT
        parameters.stack_timeout = HEARTBEAT
        self._declare = declare
        self._failure: BaseException | None = None
        self._channel: Channel | None = None
        self._sent = 0
        self._lowest = 1
        self._outstanding: set[int] = set()
        self._ready = False
        self._connection = SelectConnection(
            parameters,
            on_open_callback=lambda connection: connection.channel(on_open_callback=self._opened),
            on_open_error_callback=lambda _, error: self._fail(error),
            on_close_callback=lambda _, error: self._fail(error),
        )
        try:
            self._spin(lambda: self._ready, 2 * HEARTBEAT)
        except NotConfirmed:
            self.close()
            raise

    def publish(self, messages: Sequence[Outgoing]) -> None:
        """Send these and wait until all are confirmed.

        Raises:
            NotConfirmed: at least one was not; the publisher is of no use any more. What was
                sent may have arrived.
        """
        self.alive()
        channel = cast("Channel", self._channel)
        for message in messages:
            self._sent += 1
            self._outstanding.add(self._sent)
            channel.basic_publish(
                message.exchange,
                message.routing_key,
                message.body,
                message.properties,
                mandatory=message.mandatory,
            )
        if messages:
            self._spin(lambda: not self._outstanding, 3 * HEARTBEAT)

    def alive(self) -> None:
        """Serve heartbeats and notice a lost connection.

        Raises:
            NotConfirmed: the connection is lost.
        """
        self._spin(lambda: True, 0)

    def close(self) -> None:
        """Close the connection, and give back what its loop holds.

        A broker that does not answer is waited for as long as for a heartbeat.
        """
        loop = self._connection.ioloop
        if self._connection.is_open:  # one that is not open yet gives up by itself
            self._connection.close()
        end = monotonic() + HEARTBEAT
        while not self._connection.is_closed and (left := end - monotonic()) > 0:
            self._turn(left)
        self._turn(0.01)  # the transport closes its socket after the connection is closed
        loop.close()

    def _turn(self, seconds: float) -> None:
        loop = self._connection.ioloop
        timeout = loop.call_later(seconds, loop.stop)
        loop.start()
        loop.remove_timeout(timeout)

    def _opened(self, channel: Channel) -> None:
        self._channel = channel
        channel.add_on_close_callback(lambda _, error: self._fail(error))
        channel.add_on_return_callback(
            lambda *_: self._fail(NotConfirmed("there is no queue for a message"))
        )
        self._declare(channel)
        channel.confirm_delivery(self._confirmed, callback=self._confirming)

    def _confirming(self, _: Method[Any]) -> None:
        self._ready = True
        self._connection.ioloop.stop()

    def _confirmed(self, frame: Method[Any]) -> None:
        if isinstance(frame.method, Basic.Nack):
            self._fail(NotConfirmed("the broker refused a message"))
            return
        tag = frame.method.delivery_tag
        if frame.method.multiple:
            self._outstanding.difference_update(range(self._lowest, tag + 1))
            self._lowest = max(self._lowest, tag + 1)
        else:
            self._outstanding.discard(tag)
        if not self._outstanding:
            self._connection.ioloop.stop()

    def _fail(self, error: BaseException | None) -> None:
        self._failure = self._failure or error or NotConfirmed("the connection was closed")
        self._connection.ioloop.stop()

    def _spin(self, done: Callable[[], bool], seconds: float) -> None:
        self._turn(seconds)
        if self._failure is not None:
            raise NotConfirmed(str(self._failure) or repr(self._failure)) from self._failure
        if not done():
            raise NotConfirmed(f"no confirm within {seconds} seconds")
