"""Figures 4 and 5: how long one message takes when 200 come each second, beside the bare path."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from uuid import UUID

import orjson
from pika import BasicProperties, BlockingConnection, URLParameters

from shared.topology import NOMINATIONS, receipts_queue
from tests.bench import limits
from tests.bench.figures import Figure, Rounds, quantile
from tests.bench.ground import Ground, TooSlow, connect, until
from tests.bench.inbox import USER, consumed, envelopes
from tests.bench.queues import REPLIES, REQUESTS
from tests.bench.synthetic import pre_reviewed

A_SECOND = 200
GLANCE = 0.002
LAST_ONES = 30.0

Times = dict[str, float]


def paced(count: int, act: Callable[[int], None]) -> None:
    """Do something so many times, 200 a second."""
    begin = time.perf_counter()
    for number in range(count):
        pause = begin + number / A_SECOND - time.perf_counter()
        if pause > 0:
            time.sleep(pause)
        act(number)


@contextmanager
def replies(url: str, queue: str, arrived: Times) -> Iterator[None]:
    """Note when each reply in this queue comes, by the id of the message that it answers."""
    connection = BlockingConnection(URLParameters(url))
    channel = connection.channel()
    channel.queue_purge(queue)
    channel.basic_consume(
        queue,
        lambda _, __, ___, body: arrived.__setitem__(orjson.loads(body)["id"], time.perf_counter()),
        auto_ack=True,
    )
    thread = Thread(target=channel.start_consuming)
    thread.start()
    try:
        yield
    finally:
        connection.add_callback_threadsafe(channel.stop_consuming)
        thread.join()
        connection.close()


def answered(
    here: Ground, count: int, exchange: str, key: str, queue: str, properties: BasicProperties
) -> list[float]:
    """Milliseconds from publishing to the reply, for each message."""
    bodies = envelopes(count)
    sent: Times = {}
    arrived: Times = {}
    url = here.system.broker.urls[USER] if properties.user_id else here.system.broker.admin_url
    with (
        replies(here.system.broker.admin_url, queue, arrived),
        BlockingConnection(URLParameters(url)) as connection,
    ):
        channel = connection.channel()

        def send(number: int) -> None:
            id, body = bodies[number]
            properties.message_id = id
            sent[id] = time.perf_counter()
            channel.basic_publish(exchange, key, body, properties)

        paced(count, send)
        until(lambda: len(arrived) >= count, "the last replies")
    return [1000 * (arrived[id] - begin) for id, begin in sent.items()]


def receipts(here: Ground, count: int) -> list[float]:
    """From publishing a nomination to its receipt."""
    return answered(
        here,
        count,
        NOMINATIONS,
        "nomination.submitted",
        receipts_queue(USER),
        BasicProperties(content_type="application/cloudevents+json", user_id=USER, delivery_mode=2),
    )


def bare_path(here: Ground, count: int) -> list[float]:
    """From publishing the same bytes to a reply after one INSERT."""
    return answered(here, count, "", REQUESTS, REPLIES, BasicProperties(delivery_mode=2))


def visible(here: Ground, count: int) -> list[float]:
    """From an event committed in intake to its row in review's view."""
    made = pre_reviewed(here.intake.log.codec, here.intake.clock.now(), count)
    committed: dict[UUID, float] = {}
    seen: dict[UUID, float] = {}

    def watch() -> None:
        end = time.perf_counter() + count / A_SECOND + LAST_ONES
        with connect(here.system.databases["review"].app_url) as connection:
            while len(seen) < count and time.perf_counter() < end:
                time.sleep(GLANCE)
                waiting = [one for one in tuple(committed) if one not in seen]
                rows = connection.execute(
                    "SELECT nomination_id FROM evaluations WHERE nomination_id = ANY(%s)",
                    (waiting,),
                ).fetchall()
                now = time.perf_counter()
                seen.update((row["nomination_id"], now) for row in rows)

    def commit(number: int) -> None:
        nomination, entry = made[number]
        here.intake.recorder.store([entry], {})
        committed[nomination] = time.perf_counter()

    watcher = Thread(target=watch)
    watcher.start()
    paced(count, commit)
    watcher.join()
    if len(seen) < count:
        raise TooSlow(f"{count - len(seen)} events are not visible in review")
    return [1000 * (seen[one] - begin) for one, begin in committed.items()]


def figures_4_and_5(here: Ground, count: int, rounds: int) -> list[Figure]:
    """Receipts and views."""
    url = here.system.broker.admin_url
    limits.declare(url, [REQUESTS, REPLIES])
    with connect(here.bench.owner_url) as connection:
        connection.execute(
            "CREATE TABLE bare (number bigint GENERATED ALWAYS AS IDENTITY, body bytea)"
        )
    here.start_part(
        "bare", {"AMQP_URL": url, "DATABASE_URL": here.bench.owner_url}, "tests.bench.bare"
    )
    with BlockingConnection(URLParameters(url)) as connection:
        until(lambda: consumed(connection, REQUESTS), REQUESTS, 0.1)
    half, most, seen = Rounds(), Rounds(), Rounds()
    for warming in (True, *[False] * rounds):
        path = bare_path(here, count)
        ours = receipts(here, count)
        views = visible(here, count)
        if warming:
            continue
        half.ours.append(quantile(ours, 0.5))
        half.limit.append(quantile(path, 0.5))
        most.ours.append(quantile(ours, 0.99))
        seen.ours.append(quantile(views, 0.99))
        for one in (most, seen):
            one.limit.append(quantile(path, 0.99))
    here.system.processes.stop("bare")
    return [
        half.figure("publish to receipt, p50", "ms", half.within(2)),
        most.figure("publish to receipt, p99", "ms", most.within(4)),
        seen.figure("commit to another's view, p99", "ms", seen.within(5)),
    ]
