"""What a witness finds: every message that left, every row and every line that was kept."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from pika import BlockingConnection, URLParameters
from pika.adapters.blocking_connection import BlockingChannel
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from deploy.local.system import SERVICES, System, publishers
from shared.topology import RECEIPTS, events_exchange, log_exchange

SAMPLES = Path(__file__).parents[2] / "deploy" / "samples"


# what left


@dataclass(frozen=True)
class Message:
    """A message as anybody who is bound gets it."""

    exchange: str
    routing_key: str
    id: str | None
    headers: dict[str, Any]
    body: bytes

    @property
    def said(self) -> Any:
        """The body, as JSON."""
        return json.loads(self.body)


class Tap:
    """Hears all that our services publish, from now on."""

    def __init__(self, channel: BlockingChannel) -> None:
        self._channel = channel
        self._queue = channel.queue_declare("", exclusive=True).method.queue
        for service in SERVICES:
            channel.queue_bind(self._queue, events_exchange(service), "#")
            everything = {"x-match": "all"}
            channel.queue_bind(self._queue, log_exchange(service), arguments=everything)
        for publisher in publishers():
            channel.queue_bind(self._queue, RECEIPTS, publisher.user)

    def hear(self) -> list[Message]:
        """What has come since the last time."""
        heard = []
        while (got := self._channel.basic_get(self._queue, auto_ack=True))[0] is not None:
            method, properties, body = got
            if body:
                heard.append(
                    Message(
                        method.exchange,
                        method.routing_key,
                        properties.message_id,
                        dict(properties.headers or {}),
                        body,
                    )
                )
        return heard


@contextmanager
def tap(system: System) -> Iterator[Tap]:
    """Ends with its connection."""
    parameters = URLParameters(system.broker.admin_url)
    parameters.heartbeat = 0
    connection = BlockingConnection(parameters)
    try:
        yield Tap(connection.channel())
    finally:
        connection.close()


# what was kept


@dataclass(frozen=True)
class Kept:
    """Something that was kept; an event of a log also names its topic."""

    where: str
    content: bytes


def kept_in_databases(system: System) -> Iterator[Kept]:
    """Every row of every table."""
    for database in system.databases:
        yield from rows_of(system, database)


def rows_of(system: System, database: str) -> Iterator[Kept]:
    """Every row of every table of one database."""
    with psycopg.connect(system.databases[database].owner_url, row_factory=dict_row) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        ).fetchall()
        for table in (str(row["tablename"]) for row in tables):
            for row in connection.execute(SQL("SELECT * FROM {}").format(Identifier(table))):
                where = f"{database}.{table}"
                if "topic" in row:
                    where = f"{where} {row['topic']}"
                yield Kept(where, b"\n".join(content_of(value) for value in row.values()))


def content_of(value: object) -> bytes:
    """A column as bytes."""
    match value:
        case bytes() | memoryview():
            return bytes(value)
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str).encode()
        case _:
            return str(value).encode()


def kept_in_logs(*directories: Path) -> Iterator[Kept]:
    """Every log file of these."""
    for directory in directories:
        for file in sorted((directory / "logs").glob("*.log")):
            yield Kept(f"log {file.name}", file.read_bytes())


def carried(messages: list[Message]) -> Iterator[Kept]:
    """What messages said, by exchange and topic."""
    for message in messages:
        topic = message.said.get("topic", message.routing_key)
        yield Kept(f"{message.exchange} {topic}", message.body)


# what is personal


@dataclass(frozen=True)
class Private:
    """A personal value of a sample."""

    sample: str
    field: str
    value: str


PERSONAL = (
    "name",
    "id_number",
    "mobile",
    "email",
    "postal_address",
    "office_phone",
    "household_registration",
    "achievements",
)


@cache
def privates() -> tuple[Private, ...]:
    """The personal values of all samples."""
    found = []
    for file in sorted(SAMPLES.glob("*-?.json")):
        form = json.loads(file.read_bytes())["data"]["form"]
        found += [Private(file.stem, field, form[field]) for field in PERSONAL if form[field]]
    return tuple(found)


@dataclass(frozen=True, order=True)
class Leak:
    """A personal value in plaintext, and where it is."""

    where: str
    field: str
    value: str


def leaks(kept: Iterator[Kept]) -> set[Leak]:
    """The personal values that can be read there, as they are or as JSON may escape them."""
    values = {(private.field, private.value) for private in privates()}
    written = [
        (field, value, {value.encode(), json.dumps(value)[1:-1].encode()})
        for field, value in sorted(values)
    ]
    return {
        Leak(one.where, field, value)
        for one in kept
        for field, value, forms in written
        if any(form in one.content for form in forms)
    }
