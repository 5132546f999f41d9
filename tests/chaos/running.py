"""Runs faults against a system under load, waits until it has calmed down, and has it checked."""

import logging
import math
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from threading import Event
from typing import Any

from deploy.local.system import SERVICES, System
from tests.chaos import faults
from tests.chaos.checker import Aside, Witness, check
from tests.chaos.faults import Fault, Wait, World
from tests.chaos.load import FORMS, Author, People, Sender
from tests.chaos.reading import histories, quietly, unsettled
from tests.chaos.watching import Watch

WELL_WITHIN = 120.0
CALM_WITHIN = 180.0
GLANCE = 0.1
WATCHERS = 8

log = logging.getLogger(__name__)
# a broker that is away takes pika ten lines and a trace for each of our publishers, each time
logging.getLogger("pika").setLevel(logging.CRITICAL)

Say = Callable[[str], None]
Lane = Sequence[tuple[float, Fault]]
"""Faults that come one after the other: each not before its time, and not before the last is over.
Lanes run side by side."""

TEN_MINUTES: Mapping[str, Mapping[Fault, int]] = {
    "processes": {
        faults.kill_worker: 22,
        faults.kill_leader: 18,
        faults.kill_web_side: 6,
        faults.clock_jumps: 8,
    },
    "hangs": {faults.hang_worker: 12},
    "broker": {
        faults.kill_broker: 10,
        faults.stop_broker: 2,
        faults.lose_the_brokers_data: 3,
        faults.close_connections: 7,
        faults.purge_queue: 5,
        faults.delete_queue: 4,
        faults.lose_queue: 3,
        faults.overflow_queue: 4,
    },
    "database": {
        faults.kill_database: 10,
        faults.restart_database: 4,
        faults.terminate_sessions: 14,
        faults.fill_disk: 4,
    },
}
"""How often each fault comes in ten minutes, by lane."""


def schedule(seconds: float, rng: random.Random, skipped: set[Fault]) -> dict[str, Lane]:
    """Faults for a run of this length, in an order and at moments drawn from the seed."""
    lanes: dict[str, Lane] = {}
    for name, counts in TEN_MINUTES.items():
        drawn = [
            fault
            for fault, count in counts.items()
            if fault not in skipped
            for _ in range(math.ceil(count * seconds / 600))
        ]
        rng.shuffle(drawn)
        step = seconds / max(len(drawn), 1)
        lanes[name] = [
            (step * (number + rng.random() / 2), fault) for number, fault in enumerate(drawn)
        ]
    return lanes


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that happened: `lasted` until it was over, `recovered` until all was well again."""

    kind: str
    at: float
    lasted: float
    recovered: float | None


@dataclass
class Report:
    """What came of a run."""

    seed: int
    struck: list[Struck] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    """Processes that ended by themselves and were started again, as any supervisor does."""
    messages: int = 0
    receipts: int = 0
    commands: int = 0
    events: dict[str, int] = field(default_factory=dict)
    silence: float = 0.0
    memory: dict[str, tuple[int, int]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def table(self) -> list[tuple[str, int, float, float]]:
        """Kind, how often, and median and longest time until all was well again."""
        kinds: dict[str, list[float]] = {}
        for one in self.struck:
            kinds.setdefault(one.kind, []).append(
                one.recovered if one.recovered is not None else math.inf
            )
        return [
            (kind, len(times), median(times), max(times)) for kind, times in sorted(kinds.items())
        ]

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "seed": self.seed,
            "faults": len(self.struck),
            "messages": self.messages,
            "violations": self.violations,
            "receipts": self.receipts,
            "commands": self.commands,
            "events": self.events,
            "longest_silence_seconds": round(self.silence, 1),
            "ended_by_themselves": dict(Counter(self.ended)),
            "memory_bytes": {name: list(sizes) for name, sizes in self.memory.items()},
            "skipped": self.skipped,
            "table": [
                {
                    "fault": kind,
                    "count": count,
                    "recovery_seconds": {"median": rounded(middle), "longest": rounded(longest)},
                }
                for kind, count, middle, longest in self.table()
            ],
        }


def rounded(seconds: float) -> float | None:
    """For JSON, which knows no infinity."""
    return None if math.isinf(seconds) else round(seconds, 1)


@dataclass
class Run:
    """One run against one system.

    Args:
        rate: messages a second that all publishers together send.
        acts: acts of people a second.
    """

    system: System
    seed: int
    say: Say
    rate: float = 30.0
    acts: float = 6.0
    longest: float = 900.0
    small_disk: bool = False
    stop: Event = field(default_factory=Event)
    over: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        rng = random.Random(self.seed)
        draining = Event()
        self.report = Report(self.seed)
        self.senders = [
            Sender(
                user=user,
                url=self.system.broker.urls[user],
                author=Author(user, number, random.Random(rng.random())),
                rate=self.rate / len(FORMS),
                stop=self.stop,
                rng=random.Random(rng.random()),
                draining=draining,
            )
            for number, user in enumerate(FORMS, start=1)
        ]
        people_rng = random.Random(rng.random())
        self.people = People(self.system, self.senders, self.acts, self.over, people_rng)
        self.watch = Watch(self.system, self.stop)
        self.world = World(self.system, self.senders, rng, self.small_disk)
        self.draining = draining
        self.begun = 0.0

    def run(self, lanes: Mapping[str, Lane]) -> Report:
        """All of it: load and faults, calm, check."""
        self.people.open_campaign()
        self.begun = time.monotonic()
        # whoever starts a process must outlive it: the threads of a pool do, to the pool's end
        with ThreadPoolExecutor(len(lanes) + len(self.senders) + WATCHERS) as pool:
            helpers = [pool.submit(sender.run) for sender in self.senders]
            helpers += [pool.submit(work) for work in (self.people.run, self.watch.run)]
            helpers.append(pool.submit(self._supervise))
            try:
                running = [pool.submit(self._lane, name, lane) for name, lane in lanes.items()]
                self._await(running, helpers)
                self.over.set()
                self.say("all faults are over; waiting until everything has settled")
                self._calm()
            finally:
                self.over.set()
                self.stop.set()
            for helper in helpers:
                helper.result()
            self._check()
        return self.report

    def _await(self, running: list[Future[None]], helpers: list[Future[None]]) -> None:
        while not all(one.done() for one in running):
            for helper in helpers:
                if helper.done():
                    helper.result()
            time.sleep(GLANCE)
        for one in running:
            one.result()

    def _lane(self, name: str, lane: Lane) -> None:
        for moment, fault in lane:
            now = time.monotonic() - self.begun
            if now > self.longest:
                self.report.violations.append(f"no time was left for {words(fault)}")
                continue
            time.sleep(max(0.0, moment - now))
            self._strike(name, fault)

    def _strike(self, lane: str, fault: Fault) -> None:
        begun = time.monotonic()
        over: float | None = None
        recovered: float | None = None
        try:
            for wait in fault(self.world):
                if not callable(wait):
                    time.sleep(wait)
                    continue
                over = over or time.monotonic()
                if not until(wait):
                    self.report.violations.append(f"not well {WELL_WITHIN} s after {words(fault)}")
                    break
            else:
                recovered = time.monotonic() - (over or begun)
        except Exception as broken:
            log.exception("%s", words(fault))
            self.report.violations.append(f"{words(fault)} could not be done: {broken!r}")
        lasted = (over or time.monotonic()) - begun
        self.report.struck.append(Struck(words(fault), begun - self.begun, lasted, recovered))
        told = "not" if recovered is None else f"after {recovered:.1f} s"
        self.say(f"{begun - self.begun:6.1f}  {lane:10} {words(fault):24} well {told}")

    def _supervise(self) -> None:
        """Start again whatever ended that nobody killed."""
        processes = self.system.processes
        while not self.stop.wait(GLANCE):
            for name, child in list(processes._children.items()):
                if not child.is_alive and not child.was_stopped:
                    last = processes.log(name).strip().splitlines()[-1:]
                    self.report.ended.append(f"{name}: {' '.join(last)[:200]}")
                    self.say(f"        {name} ended by itself and is started again")
                    processes.restart(name)

    def _calm(self) -> None:
        self.draining.set()
        since = time.time()
        if not until(quietly(lambda: self.world.beats.all_work(since)), CALM_WITHIN):
            self.report.violations.append("not everything is at work in the end")
        end = time.monotonic() + CALM_WITHIN
        while (missing := self._missing()) and time.monotonic() < end:
            time.sleep(1)
        self.report.violations += [f"not settled in the end: {one}" for one in missing]

    def _missing(self) -> list[str]:
        waiting = [
            f"{sender.user} waits for {len(unanswered)} receipts"
            for sender in self.senders
            if (unanswered := sender.unanswered()) or sender.again
        ]
        try:
            return waiting + unsettled(self.system)
        except Exception as fault:  # noqa: BLE001  (a database that is away has not settled)
            return [*waiting, repr(fault)]

    def _check(self) -> None:
        report = self.report
        found = histories(self.system)
        witness = Witness(
            sent=[one for sender in self.senders for one in sender.witnessed()],
            receipts=[one for sender in self.senders for one in sender.receipts],
            promises=self.people.promises,
            positions=self.watch.positions,
            poison={"intake": self._poison(confirmed=True)},
            perhaps={"intake": self._poison(confirmed=False)},
        )
        report.violations += check(found, witness)
        report.messages = sum(one.confirmed for one in witness.sent)
        report.receipts = len(witness.receipts)
        report.commands = len(witness.promises)
        report.events = {service: len(found[service].facts) for service in SERVICES}
        report.silence = max(sender.longest_silence for sender in self.senders)
        report.memory = {
            name: (sizes[min(10, len(sizes) - 1)], max(sizes[-10:]))
            for name, sizes in self.watch.memory.items()
        }

    def _poison(self, *, confirmed: bool) -> list[Aside]:
        return [aside for sender in self.senders for aside in sender.poison(confirmed=confirmed)]


def until(ask: Wait, seconds: float = WELL_WITHIN) -> bool:
    """Ask until yes; whether it came in time."""
    assert callable(ask)
    end = time.monotonic() + seconds
    while not ask():
        if time.monotonic() > end:
            return False
        time.sleep(GLANCE)
    return True


def words(fault: Fault) -> str:
    """A fault's name as people read it."""
    return fault.__name__.replace("_", " ")
