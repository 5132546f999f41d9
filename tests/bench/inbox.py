"""Figures 1, 7 and 8: nominations from `intake.inbox` to the log.

With all that belongs to it: validation, duplicate check, seals and leaves; and beside it, in the
same process, the receipts, the relay and the views.
"""

import time
from collections.abc import Sequence
from itertools import count as counter
from itertools import islice, pairwise
from statistics import median
from typing import Any
from urllib.parse import unquote, urlsplit

import psutil
from pika import BasicProperties, BlockingConnection, URLParameters
from pika.exceptions import ChannelClosedByBroker
from psycopg.errors import UndefinedTable

from shared.confirmed import Outgoing, Publisher
from shared.topology import NOMINATIONS, receipts_queue
from tests.bench import limits, queues
from tests.bench.figures import Figure, Goal, Rounds, ratio
from tests.bench.ground import Ground, connect, until
from tests.bench.nominations import nominations
from tests.bench.synthetic import fill

PER_NOMINATION = 3
USER = "zlb"
WINDOW = 1000
PLAIN_SHARE = 5
"""The plain way is given a fifth of the messages, to save time."""

NUMBERS = counter()

SMALL, LARGE = 10_000, 1_000_000
FLAT = 1024
"""KiB for a thousand nominations: less is the allocator's own noise."""


def envelopes(count: int) -> list[tuple[str, bytes]]:
    """Nominations that this run has not used before."""
    first, *_ = numbers = list(islice(NUMBERS, count))
    return list(nominations(len(numbers), first))


def publish(
    url: str, exchange: str, key: str, bodies: Sequence[tuple[str, bytes]], **kind: Any
) -> None:
    """Publish all with confirms."""
    publisher = Publisher(url, lambda _: None)
    messages = [
        Outgoing(exchange, key, body, BasicProperties(delivery_mode=2, message_id=id, **kind))
        for id, body in bodies
    ]
    for start in range(0, len(messages), WINDOW):
        publisher.publish(messages[start : start + WINDOW])
    publisher.close()


def submit(here: Ground, bodies: Sequence[tuple[str, bytes]]) -> None:
    """Publish nominations as an outside system does."""
    publish(
        here.system.broker.urls[USER],
        NOMINATIONS,
        "nomination.submitted",
        bodies,
        content_type="application/cloudevents+json",
        user_id=USER,
    )


def ingest(here: Ground, count: int, replicas: Sequence[int] = (0,)) -> float:
    """Nominations a second, from a full inbox to the last event committed."""
    names = [f"intake.messages.{replica}" for replica in replicas]
    bodies = envelopes(count)
    wanted = here.intake.log.head + PER_NOMINATION * count
    for name in names:
        here.pause(name)
    submit(here, bodies)
    begin = time.perf_counter()
    for name in names:
        here.resume(name)
    end = until(lambda: here.intake.log.head >= wanted, f"{count} nominations")
    here.settle("intake")
    return count / (end - begin)


def limit(here: Ground, count: int) -> float:
    """Messages a second: pika consumes, COPY stores the same bytes."""
    url = here.system.broker.admin_url
    limits.declare(url, [queues.LIMIT])
    publish(url, "", queues.LIMIT, envelopes(count))
    with connect(here.bench.owner_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS copied (number bigint, body bytea)")
        begin = time.perf_counter()
        limits.copied(url, [queues.LIMIT], count, connection)
        return count / (time.perf_counter() - begin)


def start_plain(here: Ground) -> None:
    """Start the stock nameko service and wait until it reads both its queues."""
    parts = urlsplit(here.bench.owner_url)
    here.start_part(
        "plain",
        {
            "AMQP_URL": here.system.broker.admin_url,
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": parts.path[1:],
            "POSTGRES_HOST": str(parts.hostname),
            "POSTGRES_PORT": str(parts.port),
            "POSTGRES_USER": str(parts.username),
            "POSTGRES_PASSWORD": unquote(str(parts.password)),
            "POSTGRES_POOL_SIZE": "10",
        },
        "tests.bench.plain",
    )
    with BlockingConnection(URLParameters(here.system.broker.admin_url)) as connection:
        for queue in (queues.PLAIN, queues.NEWS_QUEUE):
            until(lambda queue=queue: consumed(connection, queue), queue, 0.1)  # type: ignore[misc]


def consumed(connection: BlockingConnection, queue: str) -> bool:
    """Whether somebody reads this queue."""
    channel = connection.channel()
    try:
        return bool(channel.queue_declare(queue, passive=True).method.consumer_count)
    except ChannelClosedByBroker:
        return False
    finally:
        if channel.is_open:
            channel.close()


def saved(here: Ground) -> int:
    """How many messages the plain way has saved."""
    with connect(here.bench.owner_url) as connection:
        try:
            row = connection.execute(f"SELECT count(*) AS n FROM {queues.PLAIN_TABLE}").fetchone()  # noqa: S608
        except UndefinedTable:
            return 0
    return int(row["n"]) if row is not None else 0


def plainly(here: Ground, exchange: str, key: str, bodies: Sequence[tuple[str, bytes]]) -> float:
    """Messages a second of the plain way."""
    wanted = saved(here) + len(bodies)
    here.pause("plain")
    publish(here.system.broker.admin_url, exchange, key, bodies, content_type="application/json")
    begin = time.perf_counter()
    here.resume("plain")
    return len(bodies) / (until(lambda: saved(here) >= wanted, "the plain way", 0.05) - begin)


def figure_1(here: Ground, count: int, rounds: int) -> Figure:
    """Ingest."""
    ingest(here, count)
    ours, limits_, plains = [], [], []
    for _ in range(rounds):
        ours.append(ingest(here, count))
        limits_.append(limit(here, count))
        plains.append(plainly(here, queues.PLAIN, "x", envelopes(count // PLAIN_SHARE)))
    empty_receipts(here)
    measured = Rounds(ours, limits_, plains)
    return measured.figure("ingest", "/s", measured.of_plain(8), measured.of_limit(0.3))


def empty_receipts(here: Ground) -> None:
    """Nobody reads them here."""
    with BlockingConnection(URLParameters(here.system.broker.admin_url)) as connection:
        connection.channel().queue_purge(receipts_queue(USER))


def figures_7(small: Ground, large: Ground, count: int, rounds: int, events: int) -> list[Figure]:
    """Growth: the same with many events stored, and whether memory grows."""
    for here, stored in ((small, SMALL), (large, events)):
        fill(here.intake, stored)
        here.start("intake")
        ingest(here, count)
    after, before = [], []
    memory: dict[str, list[float]] = {side: [] for side in ("messages", "tail")}
    for _ in range(rounds):
        before.append(ingest(small, count))
        after.append(ingest(large, count))
        for side, sizes in memory.items():
            sizes.append(process(large, 0, side).memory_info().rss / 1024)
    measured = Rounds(after, before)
    figures = [measured.figure(f"growth: ingest at {events:,}", "/s", measured.of_limit(0.9))]
    for side, sizes in memory.items():
        grown = [(last - first) / count * 1000 for first, last in pairwise(sizes)]
        flat = Goal(f"flat: < {FLAT} KiB", median(grown) < FLAT)
        figures.append(Rounds(grown).figure(f"growth: memory, {side} side", "KiB/1000", flat))
    return figures


def process(here: Ground, replica: int, side: str = "messages") -> psutil.Process:
    """A process of intake."""
    return psutil.Process(here.system.processes.pid(f"intake.{side}.{replica}"))


def figures_8(here: Ground, count: int, rounds: int) -> list[Figure]:
    """Two replicas and one, in turn, on the same work."""
    one, two, shares = [], [], []
    for _ in range(rounds):
        one.append(ingest(here, count))
        here.start("intake", 1)
        before = [busy(here, replica) for replica in (0, 1)]
        two.append(ingest(here, count, (0, 1)))
        spent = [busy(here, replica) - first for replica, first in enumerate(before)]
        shares.append(min(spent) / sum(spent))
        here.stop("intake", 1)
    measured, share = Rounds(two, one), Rounds(shares)
    both = median(shares)
    reached = ratio(two, one)
    return [
        measured.figure(
            "two replicas: ingest", "/s", Goal(f"≥ one replica: {reached:.2f} ×", reached >= 1)
        ),
        share.figure(
            "two replicas: the idler's share", "ratio", Goal(f"both busy: {both:.0%}", both > 0.2)
        ),
    ]


def busy(here: Ground, replica: int) -> float:
    """Seconds of processor time that a message side has used."""
    times = process(here, replica).cpu_times()
    return float(times.user + times.system)
