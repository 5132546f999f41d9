"""Figures 2 and 3: from intake's log to the broker, and from the broker into review."""

import time
from dataclasses import replace

from pika import BlockingConnection, URLParameters

from shared.confirmed import Outgoing
from shared.letters import outgoing, read
from shared.positions import followed
from shared.relay import House
from shared.topology import QUORUM
from tests.bench import limits, queues
from tests.bench.figures import Figure, Rounds
from tests.bench.ground import PARTITIONS, Ground, connect, until
from tests.bench.inbox import plainly
from tests.bench.synthetic import pre_reviewed

EXCHANGE = "bench.log"
QUEUES = tuple(f"bench.from.{partition}" for partition in range(PARTITIONS))
CARRIER, REVIEW = "carry", "review.messages.0"
SHARE = 10
"""What is confirmed one by one, or saved one by one, is a tenth of the messages."""


def declare(here: Ground) -> None:
    """An exchange and queues like those between our services."""
    with BlockingConnection(URLParameters(here.system.broker.admin_url)) as connection:
        channel = connection.channel()
        channel.exchange_declare(EXCHANGE, "headers", durable=True)
        for partition, queue in enumerate(QUEUES):
            channel.queue_declare(queue, durable=True, arguments=QUORUM)
            binding = {"x-match": "all", "partition": partition}
            channel.queue_bind(queue, EXCHANGE, arguments=binding)


def purge(here: Ground) -> None:
    """Empty the queues of the limit."""
    with BlockingConnection(URLParameters(here.system.broker.admin_url)) as connection:
        channel = connection.channel()
        for queue in QUEUES:
            channel.queue_purge(queue)


def relayed(here: Ground, count: int) -> float:
    """Messages a second, from the log to the last confirm; they wait for review then."""
    here.pause(CARRIER)
    made = pre_reviewed(here.intake.log.codec, here.intake.clock.now(), count)
    for start in range(0, count, 1000):
        here.intake.recorder.store([entry for _, entry in made[start : start + 1000]], {})
    head = here.intake.log.head
    begin = time.perf_counter()
    here.resume(CARRIER)
    return count / (until(lambda: position(here) >= head, "the relay") - begin)


def position(here: Ground) -> int:
    """How far intake's relay has come."""
    with here.intake.reading() as connection:
        row = connection.execute("SELECT position FROM outboxes WHERE name = 'relay'").fetchone()
    return int(row["position"]) if row is not None else 0


def heard(here: Ground, count: int) -> float:
    """Messages a second, from review's queues to the last commit."""
    heads = here.heads()
    review = here.application("review")

    def arrived() -> bool:
        with review.reading() as connection:
            return followed(connection, "intake", PARTITIONS) == heads

    begin = time.perf_counter()
    here.resume(REVIEW)
    end = until(arrived, "review")
    here.settle("review")
    return count / (end - begin)


def bodies(here: Ground, count: int) -> list[Outgoing]:
    """The last messages of intake's log as the relay sends them, for an exchange of the bench."""
    house, heads = House(here.intake), [0] * PARTITIONS
    head = here.intake.log.head
    letters = (
        house.letter(recorded, heads)
        for recorded in map(
            here.intake.log.codec.recorded, here.intake.recorder.rows_after(head - count, count)
        )
    )
    return [
        replace(outgoing("intake", letter), exchange=EXCHANGE)
        for letter in letters
        if letter is not None
    ]


def figures_2_and_3(here: Ground, count: int, rounds: int) -> list[Figure]:
    """Relay and follower: what one has carried, the other takes."""
    declare(here)
    url = here.system.broker.admin_url
    relay = Rounds()
    follower = Rounds()
    here.start_part(CARRIER, here.system.environment_of("intake"), "tests.bench.carry")
    until(lambda: position(here) >= here.intake.log.head, "the relay to lead")
    for warming in (True, *[False] * rounds):
        here.pause(REVIEW)
        taken = relayed(here, count), heard(here, count)
        if warming:
            continue
        relay.ours.append(taken[0])
        follower.ours.append(taken[1])
        messages = bodies(here, count)
        windowed = limits.Windowed(url, messages)
        begin = time.perf_counter()
        windowed.run()
        relay.limit.append(count / (time.perf_counter() - begin))
        with connect(here.bench.owner_url) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS copied (number bigint, body bytea)")
            begin = time.perf_counter()
            limits.copied(url, QUEUES, count, connection)
            follower.limit.append(count / (time.perf_counter() - begin))
        few = messages[: count // SHARE]
        begin = time.perf_counter()
        limits.one_by_one(url, few)
        relay.plain.append(len(few) / (time.perf_counter() - begin))
        purge(here)
        news = [
            (str(number), read(one.body).message.model_dump_json().encode())
            for number, one in enumerate(few)
        ]
        follower.plain.append(plainly(here, queues.NEWS_EXCHANGE, queues.NEWS, news))
    here.system.processes.stop(CARRIER)
    return [
        relay.figure("relay: log to confirmed", "/s", relay.of_limit(0.6)),
        follower.figure("follower: queue to committed", "/s", follower.of_plain(10)),
    ]
