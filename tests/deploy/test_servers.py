"""Private servers come up, are sound, and never outlive whoever started them."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pika
import psutil
import psycopg
import pytest

from deploy.local.guarded import Guarded
from deploy.local.owners import OURSELVES, Home
from deploy.local.servers import Servers, servers
from deploy.local.waiting import Unavailable, wait_until

PATIENCE = 30.0

USER_OF_SERVERS = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from deploy.local.servers import servers

with servers(Path(sys.argv[1]), log=lambda line: None) as running:
    print(json.dumps([running.database_url, running.amqp_url]), flush=True)
    sys.stdin.read()
"""

# stands for a server that leaves a daemon behind, as RabbitMQ leaves epmd
SERVER_WITH_A_DAEMON = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
daemon = [sys.executable, "-c", "import time; time.sleep(600)"]
if os.fork() == 0:
    subprocess.Popen(daemon, start_new_session=True)
    os._exit(0)
os.wait()
print("up", flush=True)
time.sleep(600)
"""

USER_OF_A_GUARD = f"""
import signal, sys
from pathlib import Path
from deploy.local.guarded import Guarded
from deploy.local.owners import OURSELVES, Home
from deploy.local.waiting import wait_until

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
here = Path(sys.argv[1])
server = Guarded(
    "server", [sys.executable, "-c", {SERVER_WITH_A_DAEMON!r}],
    Home(here, OURSELVES, passing=False, lock=0), here / "log", signal.SIGTERM, patience=0.1,
)
server.start()
wait_until(lambda: "up" in (here / "log").read_text(), what="server", seconds=30)
print("up", flush=True)
sys.stdin.read()
server.stop()
"""


@contextmanager
def python(program: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-c", program, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def none_is_left(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    return not alive


def scalar(url: str, query: str) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


@contextmanager
def channel(url: str) -> Iterator[Any]:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        yield connection.channel()
    finally:
        connection.close()


def test_the_database_keeps_what_it_has_confirmed(servers: Servers) -> None:
    assert scalar(servers.database_url, "SHOW fsync") == "on"
    assert scalar(servers.database_url, "SHOW synchronous_commit") == "on"
    assert scalar(servers.database_url, "SHOW server_encoding") == "UTF8"


def test_nobody_enters_the_private_database_without_the_password(servers: Servers) -> None:
    if servers.own_postgresql is None:
        pytest.skip("DATABASE_URL names the server")
    wrong = servers.database_url.replace(servers.own_postgresql.password, "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_a_quorum_queue_takes_and_gives_a_message(servers: Servers) -> None:
    with channel(servers.amqp_url) as broker:
        broker.queue_declare("a-quorum", durable=True, arguments={"x-queue-type": "quorum"})
        broker.confirm_delivery()
        broker.basic_publish("", "a-quorum", b"body")
        assert next(broker.consume("a-quorum", auto_ack=True))[2] == b"body"
        broker.cancel()
        broker.queue_delete("a-quorum")


def test_private_servers_listen_on_the_loopback_address_only(servers: Servers) -> None:
    ports = set[int]()
    if servers.own_postgresql is not None:
        ports |= {servers.own_postgresql.port}
    if servers.own_rabbitmq is not None:
        own = servers.own_rabbitmq
        ports |= {own.port, own.api_port, own.dist_port, own.epmd_port}
    listening = {
        (ip_address(address.ip), address.port)
        for address, state in (
            (connection.laddr, connection.status)
            for connection in psutil.net_connections(kind="tcp")
        )
        if state == psutil.CONN_LISTEN and address and address.port in ports
    }
    assert {port for _, port in listening} == ports
    assert all(address.is_loopback for address, _ in listening), listening


@pytest.mark.parametrize("end", ["returns", "SIGINT", "SIGTERM", "SIGKILL"])
def test_neither_a_server_nor_its_daemon_is_left_when_its_user_ends(
    tmp_path: Path, end: str
) -> None:
    with python(USER_OF_A_GUARD, tmp_path) as user:
        assert first_line(user) == "up\n"
        started = descendants(user.pid)
        if end == "returns":
            user.communicate()
        else:
            user.send_signal(signal.Signals[end])
        assert len(started) == 3
        assert none_is_left(started)


def test_a_server_ends_with_its_guard(tmp_path: Path) -> None:
    log = tmp_path / "log"
    server = Guarded(
        name="server",
        argv=["sleep", "600"],
        home=Home(tmp_path, OURSELVES, passing=False, lock=0),
        log_file=log,
        stop_signal=signal.SIGTERM,
        patience=1.0,
    )
    server.start()
    guard = server.guard
    assert guard is not None
    wait_until(lambda: bool(descendants(guard.pid)), what="server", seconds=PATIENCE)
    started = descendants(guard.pid)
    guard.kill()
    assert none_is_left(started)
    with pytest.raises(Unavailable, match="server has ended"):
        server.must_run()
    server.stop()


def test_after_sigkill_nothing_runs_and_the_next_run_finds_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("AMQP_URL", raising=False)
    with python(USER_OF_SERVERS, tmp_path) as user:
        database_url, amqp_url = json.loads(first_line(user))
        with pytest.raises(Unavailable, match=f"in use by process {user.pid}"):
            servers(tmp_path).__enter__()
        with psycopg.connect(database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        with channel(amqp_url) as broker:
            broker.queue_declare("kept", durable=True, arguments={"x-queue-type": "quorum"})
            broker.confirm_delivery()
            broker.basic_publish("", "kept", b"body")
        started = descendants(user.pid)
        user.kill()
    with servers(tmp_path) as running:
        assert none_is_left(started)
        assert scalar(running.database_url, "SELECT answer FROM kept") == 42
        with running.without_postgresql(), pytest.raises(psycopg.OperationalError):
            psycopg.connect(running.database_url)
        assert scalar(running.database_url, "SELECT answer FROM kept") == 42
        with channel(running.amqp_url) as broker:
            assert broker.basic_get("kept")[2] == b"body"
        assert running.own_postgresql is not None
        assert running.own_rabbitmq is not None
        homes = [running.own_postgresql.home.path, running.own_rabbitmq.home.path]
    for home in homes:
        shutil.rmtree(home)
