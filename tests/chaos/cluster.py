"""Three RabbitMQ nodes of one cluster on loopback, behind a port that leads to whichever lives."""

import asyncio
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote

import httpx

from deploy.local.owners import Home, make_home, remove_home
from deploy.local.ports import HOST, free_ports
from deploy.local.rabbitmq import ADMINISTRATOR, PACKAGE_USER, RabbitMQ
from deploy.local.servers import Servers, new_log, only_user_of
from deploy.local.waiting import wait_until
from shared.topology import INBOX, follower_queue, rpc_queue
from tests.chaos import faults
from tests.chaos.faults import AWAY, Fault, Wait, World, broker_answers, end
from tests.chaos.running import Lane

SIZE = 3
KILLED = 4
STARTS_WITHIN = 120.0
CHUNK = 65536
CONTROL = Path("/usr/lib/rabbitmq/bin/rabbitmqctl")


class NamedElsewhere:
    """Stands for an epmd that another node has started."""

    def start(self) -> None:
        """It runs."""

    def must_run(self) -> None:
        """It does."""

    def stop(self, *, keep_data: bool = False) -> None:
        """It is another's to stop."""


class Node(RabbitMQ):
    """One of the nodes; the first brings the epmd that names all of them."""

    def __init__(self, home: Home, log_file: Path, name: str, first: "Node | None" = None) -> None:
        self.name = f"{name}@localhost"
        if first is not None:
            for secret in ("cookie.password", "administrator.password"):
                shutil.copy(first.home.path / secret, home.path / secret)
        super().__init__(home, log_file)
        if first is not None:
            self.epmd_port = first.epmd_port
            self.epmd = NamedElsewhere()  # type: ignore[assignment]
            self.server.env = self.environment()

    def environment(self) -> dict[str, str]:
        """The node's, under its own name."""
        return {**super().environment(), "RABBITMQ_NODENAME": self.name}

    def join(self, other: "Node") -> None:
        """Become one cluster with another node."""
        for words in (["stop_app"], ["join_cluster", other.name], ["start_app"]):
            self.control(*words)

    def control(self, *words: str) -> None:
        """Have the node do something."""
        subprocess.run(
            [CONTROL, "--node", self.name, "--quiet", *words],
            check=True,
            cwd=self.home.path,
            env={"PATH": "/usr/bin:/bin", **self.environment()},
            stdout=subprocess.DEVNULL,
            user=self.home.owner.uid,
            group=self.home.owner.gid,
            extra_groups=None if self.home.owner.uid is None else [],
        )


class Balancer:
    """One port that leads to the ports behind it, in turn, as far as somebody answers there."""

    def __init__(self, behind: Sequence[int]) -> None:
        self._behind = list(behind)
        (self.port,) = free_ports(1)

    async def serve(self) -> None:
        """Until cancelled."""
        server = await asyncio.start_server(self._connect, HOST, self.port)
        async with server:
            await server.serve_forever()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in self._behind:
            self._behind.append(self._behind.pop(0))
            try:
                far_reader, far_writer = await asyncio.open_connection(HOST, self._behind[0])
            except OSError:
                continue
            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
            return
        writer.close()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way until either side ends."""
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextmanager
def balanced(*balancers: Balancer) -> Iterator[None]:
    """They work in a thread of their own."""
    loop = asyncio.new_event_loop()
    started = Event()

    def work() -> None:
        asyncio.set_event_loop(loop)
        serving = [loop.create_task(balancer.serve()) for balancer in balancers]
        loop.call_soon(started.set)
        loop.run_forever()
        for task in (*serving, *asyncio.all_tasks(loop)):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = Thread(target=work)
    thread.start()
    started.wait()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


@dataclass(frozen=True)
class Cluster:
    """Nodes that run, and where they are reached."""

    nodes: Sequence[Node]
    amqp_url: str
    api: str

    def leader(self, vhost: str, queue: str) -> Node | None:
        """The node that leads a queue, or the only one that has it."""
        path = f"{self.api}/queues/{quote(vhost, safe='')}/{quote(queue, safe='')}"
        with suppress(httpx.HTTPError):
            found = httpx.get(path, trust_env=False, timeout=5).json()
            name = found.get("leader") or found.get("node")
            return next((node for node in self.nodes if node.name == name), None)
        return None

    def complete(self) -> bool:
        """Whether every node answers and knows all others."""
        try:
            nodes = httpx.get(f"{self.api}/nodes", trust_env=False, timeout=5).json()
        except (httpx.HTTPError, ValueError):
            return False
        running = [node for node in nodes if node.get("running")]
        return len(running) == SIZE and all(broker_answers(node) for node in self.nodes)

    def servers(self, where: Servers) -> Servers:
        """These servers, with the cluster for a broker."""
        return replace(where, amqp_url=self.amqp_url, broker_api=self.api, own_rabbitmq=None)


@contextmanager
def cluster(directory: Path) -> Iterator[Cluster]:
    """Three nodes that have found each other; nothing is left of them in the end."""
    with ExitStack() as stack:
        lock = stack.enter_context(only_user_of(directory))
        nodes: list[Node] = []
        for number in range(SIZE):
            link = directory / f"node{number}"
            home = make_home(link, PACKAGE_USER, fresh=True, lock=lock)
            log_file = new_log(directory, f"node{number}")
            node = Node(home, log_file, f"node{number}", nodes[0] if nodes else None)
            stack.callback(remove_home, link)
            stack.callback(node.stop)
            node.start()
            nodes.append(node)
        for node in nodes:
            node.wait()
        for node in nodes[1:]:
            node.join(nodes[0])
        amqp = Balancer([node.port for node in nodes])
        api = Balancer([node.api_port for node in nodes])
        stack.enter_context(balanced(amqp, api))
        secret = nodes[0].password
        made = Cluster(
            nodes,
            f"amqp://{ADMINISTRATOR}:{secret}@{HOST}:{amqp.port}/%2F",
            f"http://{ADMINISTRATOR}:{secret}@{HOST}:{api.port}/api",
        )
        wait_until(made.complete, what="a cluster of three nodes", seconds=STARTS_WITHIN)
        yield made


def kill_leading_node(made: Cluster) -> Fault:
    """SIGKILL of the node that leads a queue; it comes back later."""

    def kill_the_node_that_leads(world: World) -> Iterator[Wait]:
        queue = world.rng.choice(
            (INBOX, follower_queue("review", "intake", 0), rpc_queue("intake"))
        )
        leader = made.leader(world.vhost, queue)
        node = leader or world.rng.choice(made.nodes)
        end(node.server, signal.SIGKILL)
        yield AWAY
        yield world.all_work()  # two of three go on by themselves, and heal what is lost meanwhile
        yield from faults.purge_queue(world)
        node.server.start()
        yield made.complete

    return kill_the_node_that_leads


def lanes(made: Cluster) -> dict[str, Lane]:
    """A node dies again and again, and processes beside it."""
    kill = kill_leading_node(made)
    return {
        "nodes": [(5.0 + 20 * number, kill) for number in range(KILLED)],
        "processes": [(15.0 + 20 * number, faults.kill_leader) for number in range(KILLED)],
    }
