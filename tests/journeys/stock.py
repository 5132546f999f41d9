"""A partner's project: stock nameko, outside our tree, that knows nothing of us but the broker."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pika import BlockingConnection, URLParameters
from pika.exceptions import ChannelClosedByBroker

from deploy.local.processes import processes
from deploy.local.system import System

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
NAME = "partner"
QUEUE = "evt-intake-nomination_received--partner.note"
CONNECTED = "Connected to amqp://"


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
    """Make the project, and let nameko run it; it ends with us, whatever happens."""
    (directory / "partner.py").write_text(PROJECT)
    nameko = str(Path(sys.executable).with_name("nameko"))
    run = ["env", "-C", str(directory), nameko, "run", "--broker", system.broker.admin_url, NAME]
    with processes(directory) as running:
        running.env = {"PATH": os.environ["PATH"], "PYTHONWARNINGS": "ignore"}
        with broker(system) as connection:
            running.start(
                NAME, run, ready=lambda: CONNECTED in running.log(NAME) and listens(connection)
            )
            running.wait()
        yield Partner(directory)


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
