"""A publisher gives its connection back, however long the way to the broker is."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import repeat
from threading import Thread

import pytest
from pika import URLParameters

from deploy.local.servers import Servers
from shared import confirmed
from shared.confirmed import NotConfirmed, Publisher

HOST = "127.0.0.1"
SECONDS = 0.1
"""That everything takes from one end to the other."""
SILENT = 30.0
"""Seconds in which somebody who waits for a broker's word for one has given up for certain."""


@contextmanager
def long_way(amqp_url: str) -> Iterator[str]:
    """The address of a broker that is far away."""
    there = URLParameters(amqp_url)
    with socket.create_server((HOST, 0)) as listening:
        port = listening.getsockname()[1]

        def accept() -> None:
            with suppress(OSError):
                near, _ = listening.accept()
                far = socket.create_connection((there.host, there.port))
                back = Thread(target=carry, args=(far, near))
                back.start()
                carry(near, far)
                back.join()
                near.close()
                far.close()

        carrier = Thread(target=accept)
        carrier.start()
        yield amqp_url.replace(f":{there.port}/", f":{port}/")
        listening.shutdown(socket.SHUT_RDWR)
        carrier.join()


def carry(source: socket.socket, target: socket.socket) -> None:
    """Hand over, late, whatever comes."""
    for _ in repeat(None):
        with suppress(OSError):
            if came := source.recv(65536):
                time.sleep(SECONDS)
                target.sendall(came)
                continue
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        return


def test_a_connection_is_closed_when_its_publisher_is(servers: Servers) -> None:
    with long_way(servers.amqp_url) as address:
        publisher = Publisher(address, lambda _: None)
        publisher.close()
        assert publisher._connection.is_closed


def test_a_broker_that_answers_nothing_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmed, "HEARTBEAT", 1)
    begun = time.monotonic()
    with socket.create_server((HOST, 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(NotConfirmed):
            Publisher(f"amqp://nobody:secret@{HOST}:{port}/%2F", lambda _: None)
    assert time.monotonic() - begun < SILENT
