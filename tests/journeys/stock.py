"""A partner's project: stock nameko, outside our tree, that knows nothing of us but the broker."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pika import BlockingConnection, URLParameters
from pika.exceptions import ChannelClosedByBroker

from deploy.local.system import System
from deploy.local.waiting import Unavailable, wait_until

PROJECT = """\
import json
from pathlib import Path

from nameko.events import event_handler


class Partner:
    name = "partner"

    @event_handler("intake", "nomination_received")
    def note(self, news):
        with Path("news.jsonl").open("a") as file:
            file.write(json.dumps(news) + "\\n")
"""
QUEUE = "evt-intake-nomination_received--partner.note"
CONNECTED = "Connected to amqp://"
COMES_UP_WITHIN = 20.0


@dataclass(frozen=True)
class Partner:
    """A project that runs."""

    directory: Path

    def news(self) -> list[dict[str, Any]]:
        """What its handler was given."""
        file = self.directory / "news.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()]


@contextmanager
def partner(system: System, directory: Path) -> Iterator[Partner]:
    """Make the project, and let nameko run it."""
    (directory / "partner.py").write_text(PROJECT)
    nameko = Path(sys.executable).with_name("nameko")
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [nameko, "run", "--broker", system.broker.admin_url, "partner"],
            cwd=directory,
            env={"PATH": os.environ["PATH"], "PYTHONWARNINGS": "ignore"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            with broker(system) as connection:
                wait_until(
                    lambda: process.poll() is not None or listens(connection),
                    what="a stock nameko project",
                    seconds=COMES_UP_WITHIN,
                )
            if process.poll() is not None:
                raise Unavailable((directory / "log").read_text())
            yield Partner(directory)
        finally:
            process.kill()
            process.wait()


def fails(process: subprocess.Popen[bytes]) -> bool:
    """Raises `Unavailable` if it has ended."""
    if process.poll() is not None:
        raise Unavailable("The stock nameko project did not start.")
    return False


@contextmanager
def broker(system: System) -> Iterator[BlockingConnection]:
    """A connection of our own."""
    connection = BlockingConnection(URLParameters(system.broker.admin_url))
    try:
        yield connection
    finally:
        connection.close()


def listens(connection: BlockingConnection) -> bool:
    """Whether the project reads its queue."""
    channel = connection.channel()
    try:
        consumers = channel.queue_declare(QUEUE, passive=True).method.consumer_count
    except ChannelClosedByBroker:
        return False
    channel.close()
    return bool(consumers)
