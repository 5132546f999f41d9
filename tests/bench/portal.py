"""Figures 12 and 13: the portal's first page by wrk, itself and behind nginx.

12: publicity's web side, beside a bare Starlette handler on uvicorn with the same bytes; and the
    slowest hundredth of the answers while somebody is disqualified.
13: the same behind nginx with `deploy/nginx/portal.conf`, beside nginx as Debian sets it up with a
    static file that gives the same bytes, headers and all; and (plain) the bare file at its
    fastest, copied as we copy.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from uuid import UUID

import httpx

from deploy.local.ports import HOST, free_ports
from deploy.local.system import command
from services.publicity.notice import NOTICE
from shared.application import Application
from shared.clock import RehearsalClock
from shared.eventlog import Cause
from shared.messages import Addressed, Command
from tests.bench.figures import Figure, Goal, Rounds, ratio
from tests.bench.ground import Ground, until
from tests.fronting import Ports, prepare_nginx
from tests.publicity.stories import (
    CAMPAIGN,
    ENTRIES,
    JIA,
    OPENING,
    YI,
    note_entry,
    note_list,
    prepare,
    publish,
    withdraw,
)
from tests.serving import projecting

READERS = 64
TURN = 2
"""Seconds; whole ones, so that each turn has its share of fetching anew what is kept for one."""
TURNS = 6
"""For each round of the other figures."""
NAME = ENTRIES[JIA].name

OF_BARE, OF_STATIC = 0.5, 0.9

STATIC = """
server {{
    listen {at}; root {folder}/static; open_file_cache max=1000 inactive=10s; {further}
}}
"""
OF_THE_FILE = {"content-length", "content-type", "date", "etag", "last-modified", "server"}
"""Headers that nginx itself gives to a static file."""


class Unmeasured(Exception):
    """wrk was not answered as it should have been."""


def wrk(url: str, seconds: int) -> tuple[float, float]:
    """Answers a second, and the milliseconds that 99 of 100 did not exceed.

    Raises:
        Unmeasured: an answer was not 200.
    """
    told = subprocess.run(
        ["wrk", "-t1", f"-c{READERS}", f"-d{seconds}s", "--latency", url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in told:
        raise Unmeasured(told)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", told)
    if rate is None or slow is None:
        raise Unmeasured(told)
    return float(rate[1]), float(slow[1]) * {"us": 0.001, "ms": 1, "s": 1000}[slow[2]]


def answers(address: str) -> Callable[[], bool]:
    """Whether somebody answers there."""

    def ready() -> bool:
        try:
            return httpx.get(address, timeout=2, trust_env=False).is_success
        except httpx.TransportError:
            return False

    return ready


def give(application: Application, asked: Command) -> None:
    """Ask the notice, and wait until the views know."""
    addressed = Addressed(NOTICE, CAMPAIGN, asked)
    position, _ = application.commit(lambda batch: batch.ask(addressed, Cause("bench")))
    application.wait_for_views(position, 30)


def post_a_notice(application: Application, *people: UUID) -> None:
    """What the first page shows."""
    assert isinstance(application.clock, RehearsalClock)
    application.clock.set(OPENING, "bench")
    for asked in (prepare(), note_list(*people), *map(note_entry, people), publish()):
        give(application, asked)


@contextmanager
def nginx(here: Ground, folder: Path, page: httpx.Response) -> Iterator[tuple[str, str, str]]:
    """nginx with our configuration, with a file that gives our headers too, and the bare file."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "static").mkdir(parents=True)
    (folder / "static/index.html").write_bytes(page.content)
    (folder / "static").chmod(0o755)
    (folder / "static/index.html").chmod(0o644)
    front, keeping, *static = free_ports(4)
    head = "".join(
        f'add_header {name} "{value}";'
        for name, value in page.headers.items()
        if name not in OF_THE_FILE
    )
    start = prepare_nginx(
        folder,
        here.system.addresses["publicity"].rpartition("/")[2],
        Ports(front, keeping),
        "".join(
            STATIC.format(at=f"{HOST}:{port}", folder=folder, further=said)
            for port, said in zip(static, (head, "sendfile off;"), strict=True)
        ),
    )
    addresses = [f"http://{HOST}:{port}/" for port in (front, *static)]
    here.system.processes.start("nginx", start)
    try:
        for address in addresses:
            until(answers(address), "nginx")
        ours, same, bare = addresses
        assert httpx.get(ours, trust_env=False).content == page.content
        yield ours, same, bare
    finally:
        here.system.processes.stop("nginx")


def figures_12_and_13(here: Ground, directory: Path, seconds: int, rounds: int) -> list[Figure]:
    """See the module."""
    application = here.application("publicity")
    folder = directory.resolve() / "portal"
    with projecting(application):
        post_a_notice(application, YI, JIA)
        environment = here.system.environment_of("publicity")
        here.system.processes.start("publicity.web", command("web"), env=environment)
        ours = f"{here.system.addresses['publicity']}/"
        until(answers(ours), "publicity's web side")
        shown = httpx.get(ours, trust_env=False)
        with nginx(here, folder, shown) as (front, same, bare_file):
            (port,) = free_ports(1)
            bare = f"http://{HOST}:{port}/"
            page = folder / "static/index.html"
            here.start_part("page", {}, "tests.bench.page", str(port), str(page))
            until(answers(bare), "the bare page")
            direct, slowest = Rounds(), Rounds()
            for number in range(rounds):
                landing = number == rounds - 1
                rate, slow = during(application, ours, seconds) if landing else wrk(ours, seconds)
                bare_rate, bare_slow = wrk(bare, seconds)
                direct.ours.append(rate)
                direct.limit.append(bare_rate)
                if landing:
                    slowest.ours.append(slow)
                    slowest.limit.append(bare_slow)
            cached = in_short_turns(front, same, bare_file, TURNS * rounds)
            gone = NAME not in httpx.get(front, trust_env=False).text
        for name in ("page", "publicity.web"):
            here.system.processes.stop(name)
    return [
        direct.figure("12 portal: pages", "/s", direct.of_limit(OF_BARE)),
        slowest.figure(
            "12 portal: p99, a name withdrawn",
            "ms",
            Goal("the next answer is without the name", met=True),
            Goal(f"{ratio(slowest.ours, slowest.limit):.1f} × bare", met=True),
        ),
        cached.figure(
            "13 portal behind nginx",
            "/s",
            cached.of_limit(OF_STATIC),
            Goal(f"{ratio(cached.ours, cached.plain):.0%} of the bare file, copied", met=True),
            Goal("after a second without the name", met=gone),
        ),
    ]


def in_short_turns(ours: str, limit: str, plain: str, count: int) -> Rounds:
    """Answers a second of each, in so many turns. Their order changes, since what else the machine
    does comes and goes in less time than a round of the other figures takes."""
    rates = Rounds()
    turns = [(ours, rates.ours), (limit, rates.limit), (plain, rates.plain)]
    for number in range(count):
        for url, rate in turns[number % 3 :] + turns[: number % 3]:
            rate.append(wrk(url, TURN)[0])
    return rates


def during(application: Application, url: str, seconds: int) -> tuple[float, float]:
    """What `wrk` says while somebody is disqualified in the midst of it.

    Raises:
        Unmeasured: an answer that was asked for afterwards named the person.
    """
    measured: list[tuple[float, float]] = []
    load = Thread(target=lambda: measured.append(wrk(url, seconds)))
    with httpx.Client(trust_env=False) as reader:
        before = NAME in reader.get(url).text
        load.start()
        give(application, withdraw(JIA))
        if not before or NAME in reader.get(url).text:
            raise Unmeasured("the next answer after the withdrawal names who was withdrawn")
        load.join()
    if not measured:
        raise Unmeasured(f"wrk did not measure {url}")
    return measured[0]
