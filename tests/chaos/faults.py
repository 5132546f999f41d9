"""What can go wrong, each as a function that does it and undoes it.

A fault is a generator. It strikes, yields how long it lasts, repairs, and yields a question whose
yes means that all is well again. Whoever runs it does the waiting.
"""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

import httpx
import psutil
import psycopg
from pika import BasicProperties, BlockingConnection, URLParameters
from pika.exceptions import AMQPError

from deploy.local.broker import management, prepare_broker
from deploy.local.databases import administrator
from deploy.local.guarded import Guarded
from deploy.local.ports import is_open
from deploy.local.postgresql import PostgreSQL
from deploy.local.rabbitmq import RabbitMQ
from deploy.local.system import PLANS, SERVICES, System, permissions
from shared.confirmed import HEARTBEAT
from shared.topology import declare_follower, follower_queue, log_exchange
from tests.chaos.load import IN_TIME, Sender, set_clock
from tests.chaos.reading import quietly
from tests.chaos.watching import Beats

Wait = float | Callable[[], bool]
Fault = Callable[["World"], Iterator[Wait]]

LONGER_THAN_A_HEARTBEAT = 3.5 * HEARTBEAT
FULL_FOR = 6.0
PIECES = (64 << 20, 1 << 20, 16 << 10)
AWAY = 1.0
JUNK = 120
PARTITIONS = 4
PARTS = ("relay", "announcer", "projector", "follower:intake", "follower:review", "inbox")


@dataclass
class World:
    """What the faults happen to."""

    system: System
    senders: Sequence[Sender]
    rng: random.Random
    small_disk: bool = False
    busy: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    @property
    def broker(self) -> RabbitMQ:
        """Ours."""
        assert self.system.servers.own_rabbitmq is not None
        return self.system.servers.own_rabbitmq

    @property
    def api(self) -> str:
        """Where the broker is managed."""
        assert self.system.servers.broker_api is not None
        return self.system.servers.broker_api

    @property
    def database(self) -> PostgreSQL:
        """Ours."""
        assert self.system.servers.own_postgresql is not None
        return self.system.servers.own_postgresql

    @property
    def beats(self) -> Beats:
        """Who works."""
        return Beats(self.system)

    @property
    def vhost(self) -> str:
        """The virtual host's name."""
        return str(URLParameters(self.system.broker.admin_url).virtual_host)

    def all_work(self) -> Callable[[], bool]:
        """Asks whether everything has been at work since now."""
        since = time.time()
        return quietly(lambda: self.beats.all_work(since))

    @contextmanager
    def alone_with(self, *candidates: str) -> Iterator[str]:
        """One of these processes that no other fault is about."""
        with self.lock:
            free = [name for name in candidates if name not in self.busy]
            name = self.rng.choice(free or list(candidates))
            self.busy.add(name)
        try:
            yield name
        finally:
            with self.lock:
                self.busy.discard(name)


def workers(world: World) -> list[str]:
    """All message sides and tail sides."""
    return [name for service in SERVICES for name in world.system.names(service)[:-1]]


# processes


def kill_worker(world: World) -> Iterator[Wait]:
    """SIGKILL, whatever it is doing."""
    yield from _kill(world, *workers(world))


def kill_leader(world: World) -> Iterator[Wait]:
    """SIGKILL of the very process that relays, announces, projects or follows."""
    service, part = world.rng.choice(SERVICES), world.rng.choice(PARTS)
    leader = world.beats.leader(service, part)
    yield from _kill(world, *([leader] if leader is not None else workers(world)))


def _kill(world: World, *candidates: str) -> Iterator[Wait]:
    processes = world.system.processes
    with world.alone_with(*candidates) as name:
        processes.kill(name)
        yield AWAY
        processes.restart(name)
        since = time.time()
        yield quietly(lambda: world.beats.process_works(name, since))


def kill_web_side(world: World) -> Iterator[Wait]:
    """SIGKILL of a web side."""
    yield from _kill_web(world, world.rng.choice(SERVICES))


def kill_each(names: Callable[[World], list[str]]) -> Fault:
    """SIGKILL of these at once."""

    def kill_them(world: World) -> Iterator[Wait]:
        chosen = names(world)
        for name in chosen:
            world.system.processes.kill(name)
        yield AWAY
        for name in chosen:
            world.system.processes.restart(name)
        since = time.time()
        yield quietly(lambda: all(world.beats.process_works(name, since) for name in chosen))

    return kill_them


def _kill_web(world: World, service: str) -> Iterator[Wait]:
    name = world.system.names(service)[-1]
    world.system.processes.kill(name)
    yield AWAY
    world.system.processes.restart(name)
    yield lambda: answers(world.system.addresses[service])


def answers(address: str) -> bool:
    """Whether a web side is ready."""
    try:
        return httpx.get(f"{address}/health", timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def hang_worker(world: World) -> Iterator[Wait]:
    """SIGSTOP for longer than broker and database wait for a sign of life."""
    with world.alone_with(*workers(world)) as name:
        world.system.processes.kill(name, signal.SIGSTOP)
        yield LONGER_THAN_A_HEARTBEAT
        world.system.processes.kill(name, signal.SIGCONT)
        since = time.time()
        yield quietly(lambda: world.beats.process_works(name, since))


# the broker


def kill_broker(world: World) -> Iterator[Wait]:
    """SIGKILL of the node."""
    end(world.broker.server, signal.SIGKILL)
    yield AWAY
    yield from _start_broker(world)


def stop_broker(world: World) -> Iterator[Wait]:
    """The node is asked to stop."""
    end(world.broker.server, signal.SIGTERM)
    yield AWAY
    yield from _start_broker(world)


def _start_broker(world: World) -> Iterator[Wait]:
    world.broker.server.start()
    yield lambda: broker_answers(world.broker)
    yield world.all_work()


def broker_answers(broker: RabbitMQ) -> bool:
    """Whether the node takes connections and calls."""
    try:
        with httpx.Client(base_url=broker.api, trust_env=False, timeout=5) as api:
            return is_open(broker.port) and api.get("/whoami").is_success
    except httpx.HTTPError:
        return False


def lose_the_brokers_data(world: World) -> Iterator[Wait]:
    """The whole data directory is gone; an operator makes users and virtual host anew."""
    end(world.broker.server, signal.SIGKILL)
    shutil.rmtree(world.broker.home.path / "mnesia")
    yield AWAY
    world.broker.server.start()
    yield lambda: broker_answers(world.broker)
    prepare_broker(world.system.servers, world.vhost, permissions(), world.system.secrets)
    for sender in world.senders:
        sender.publish_again()
    yield world.all_work()


def close_connections(world: World) -> Iterator[Wait]:
    """Every connection is closed by the broker."""
    with management(world.api) as api:
        for connection in api.get("/connections").json():
            api.delete(f"/connections/{quote(connection['name'], safe='')}")
    yield 0.0
    yield world.all_work()


def purge_queue(world: World) -> Iterator[Wait]:
    """What waits in a follower's queue is thrown away; more is soon to come."""
    with management(world.api) as api:
        yield from _harm_queue(world, lambda path: api.delete(f"{path}/contents"))


def delete_queue(world: World) -> Iterator[Wait]:
    """A follower's queue is deleted under its readers."""
    with management(world.api) as api:
        yield from _harm_queue(world, api.delete)


def overflow_queue(world: World) -> Iterator[Wait]:
    """A follower's queue holds two messages and drops the oldest, for a while and under junk."""
    name = "tests-overflow"
    policy = f"/policies/{quote(world.vhost, safe='')}/{name}"
    with management(world.api) as api:
        pattern = {
            "pattern": r"^(intake|review|publicity)\.from\.",
            "definition": {"max-length": 2},
            "apply-to": "queues",
        }
        api.put(policy, json=pattern).raise_for_status()
        yield from _harm_queue(world, lambda _: publish_stale_heads(world))
        api.delete(policy).raise_for_status()


def _harm_queue(world: World, harm: Callable[[str], Any]) -> Iterator[Wait]:
    consumer, upstream = world.rng.choice(
        [(plan.name, upstream) for plan in PLANS for upstream in plan.hears]
    )
    queues = [follower_queue(consumer, upstream, partition) for partition in range(PARTITIONS)]
    for queue in queues:
        harm(f"/queues/{quote(world.vhost, safe='')}/{quote(queue, safe='')}")
    yield 0.0
    since = time.time()
    heads: dict[str, list[int]] = {}

    def healed() -> bool:
        if not heads:
            heads.update(world.beats.heads())
        followed = world.beats.have_followed(heads, consumer, upstream)
        return followed and all_read(world, queues) and world.beats.all_work(since)

    yield quietly(healed)


def lose_queue(world: World) -> Iterator[Wait]:
    """The node is killed a moment after follower queues were deleted and declared again.

    RabbitMQ 3.10 then knows their names and nothing else: whoever reads them has its connection
    closed, whoever publishes to them is never confirmed, and no restart heals it.
    """
    consumer, upstream = world.rng.choice(
        [(plan.name, upstream) for plan in PLANS for upstream in plan.hears]
    )
    with closing(BlockingConnection(URLParameters(world.system.broker.admin_url))) as connection:
        channel = connection.channel()
        for partition in range(PARTITIONS):
            channel.queue_delete(follower_queue(consumer, upstream, partition))
        declare_follower(channel, consumer, upstream, PARTITIONS)
    end(world.broker.server, signal.SIGKILL)
    yield AWAY
    yield from _start_broker(world)


def all_read(world: World, queues: Sequence[str]) -> bool:
    """Whether each of these queues is there and has a reader."""
    connection = BlockingConnection(URLParameters(world.system.broker.admin_url))
    try:
        channel = connection.channel()
        return all(
            channel.queue_declare(queue, passive=True).method.consumer_count for queue in queues
        )
    except AMQPError:
        return False
    finally:
        connection.close()


def publish_stale_heads(world: World) -> None:
    """Old heads: what a follower knows already, and too much of it."""
    connection = BlockingConnection(URLParameters(world.system.broker.admin_url))
    try:
        channel = connection.channel()
        for service in SERVICES:
            for number in range(JUNK):
                headers = {"partition": number % PARTITIONS, "position": 0, "previous": 0}
                properties = BasicProperties(delivery_mode=2, headers=headers)
                channel.basic_publish(log_exchange(service), "", b"", properties)
    finally:
        connection.close()


# the database


def kill_database(world: World) -> Iterator[Wait]:
    """SIGKILL of PostgreSQL with all its processes."""
    end(world.database.server, signal.SIGKILL)
    yield AWAY
    yield from _start_database(world)


def restart_database(world: World) -> Iterator[Wait]:
    """PostgreSQL is asked to stop at once, and started again."""
    end(world.database.server, signal.SIGINT)
    yield AWAY
    yield from _start_database(world)


def _start_database(world: World) -> Iterator[Wait]:
    world.database.server.start()
    yield quietly(world.database.answers)
    since = time.time()
    yield quietly(lambda: world.beats.projects(since))


def terminate_sessions(world: World) -> Iterator[Wait]:
    """Every session is ended by an administrator."""
    with administrator(world.system.servers.database_url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    yield 0.0
    since = time.time()
    yield quietly(lambda: world.beats.projects(since))


def fill_disk(world: World) -> Iterator[Wait]:
    """Nothing more fits on PostgreSQL's disk."""
    ballast = world.database.data / "ballast"
    full_until = time.monotonic() + FULL_FOR
    try:
        fill(ballast)
        assert nothing_fits(world), "the disk was not full"
        while time.monotonic() < full_until:
            fill(ballast)
            yield 0.1
    finally:
        ballast.unlink()
    guard = world.database.server.guard
    if guard is None or guard.poll() is not None:
        world.database.server.start()
    yield quietly(world.database.answers)
    since = time.time()
    yield quietly(lambda: world.beats.projects(since))


def nothing_fits(world: World) -> bool:
    """Whether PostgreSQL cannot store a hundred megabytes."""
    try:
        with administrator(world.system.servers.database_url) as connection:
            connection.execute(
                "CREATE TABLE too_much AS"
                " SELECT gen_random_uuid() AS id FROM generate_series(1, 2000000)"
            )
    except psycopg.Error:
        return True
    return False


def fill(ballast: Path) -> None:
    """Take what is free, in ever smaller pieces: others take of it meanwhile."""
    with ballast.open("ab") as file:
        for piece in PIECES:
            with suppress(OSError):
                while True:
                    os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, piece)


# the clock


def clock_jumps(world: World) -> Iterator[Wait]:
    """The clock of the selection jumps a day ahead or back, and is set right again."""
    jump = world.rng.choice(("2019-12-11T10:00:00+08:00", "2019-11-25T10:00:00+08:00"))
    set_clock(world.system, jump)
    yield 0.5
    set_clock(world.system, IN_TIME)
    yield lambda: True


# servers


def end(server: Guarded, number: signal.Signals) -> None:
    """Send a signal to a server, and wait until nothing of it is left."""
    assert server.guard is not None
    for process in psutil.Process(server.guard.pid).children():
        process.send_signal(number)
    server.guard.wait()
    server.stop(keep_data=True)
