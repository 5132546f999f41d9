"""Plays the demonstration on real processes, with something done to them in between."""

import operator
import re
import signal
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any, TypeVar

import httpx

from deploy.local.system import SERVICES, System
from deploy.operations.client import Client, eventually
from deploy.operations.demo import Demonstration, Outcome
from deploy.operations.session import Session
from shared.audit.timeline import Timeline

T = TypeVar("T")

GIVE_UP = 45.0
GLANCE = 0.05

Between = Callable[[int], None]
"""Told how many acts were done so far, right after each."""

Say = Callable[[str], None]


def nothing(_: object) -> None:
    """Nothing happens in between."""


class Patient(Client):
    """A client that tries again when nobody took its call, as a person would.

    Only a connection that was never made is tried again: whatever may have been heard might have
    been done.
    """

    def __init__(self, addresses: Mapping[str, str], between: Between) -> None:
        super().__init__(addresses)
        self._between = between
        self._acts = 0

    def get(self, service: str, path: str, account: str | None = None) -> Any:
        """As the client does, with patience."""
        return patiently(lambda: super(Patient, self).get(service, path, account))

    def post(self, service: str, path: str, account: str, body: Mapping[str, Any]) -> Any:
        """As the client does, with patience; then comes what is to come in between."""
        answer = patiently(lambda: super(Patient, self).post(service, path, account, body))
        self._acts += 1
        self._between(self._acts)
        return answer


def patiently(ask: Callable[[], T]) -> T:
    """Ask until the connection can be made."""
    end = monotonic() + GIVE_UP
    while True:
        try:
            return ask()
        except httpx.ConnectError:
            if monotonic() > end:
                raise


class Player(Demonstration):
    """The demonstration by a patient client."""

    def __init__(self, system: System, between: Between, say: Say) -> None:
        super().__init__(Session.of(system), say)
        self._client.close()
        self._client = Patient(system.addresses, between)

    def play(self) -> Outcome:
        """Play it, and give the connections back."""
        with closing(self._client):
            return super().play()


def play(
    system: System, *, between: Between = nothing, say: Say = nothing, revive: bool = False
) -> Outcome:
    """Play the whole selection.

    Args:
        between: called after each act of a person.
        say: called at the beginning of each step.
        revive: start again whichever process ends; otherwise none may end.

    Raises:
        NotAsExpected: something did not happen as it had to.
        Died: a process ended that should not have.
    """
    with ThreadPoolExecutor(1) as stage:
        playing = stage.submit(Player(system, between, say).play)
        while not wait([playing], timeout=GLANCE).done:
            if revive:
                for name in system.processes.ended():
                    system.processes.restart(name)
            else:
                system.processes.check()
        return playing.result()


def kill(system: System, name: str) -> None:
    """As a power cut would: at once and without a word."""
    system.processes.kill(name, signal.SIGKILL)


def carried_out(system: System) -> None:
    """Wait until every service has told the others and the world all it has to say now."""
    with closing(Patient(system.addresses, nothing)) as client:
        for service in SERVICES:
            head = client.get(service, "/status", "operator")["head"]
            eventually(
                partial(said_until, client, service),
                partial(operator.le, head),
                f"all that {service} says",
            )


def said_until(client: Client, service: str) -> int:
    """Up to which position of its log a service has told the others and the world."""
    status = client.get(service, "/status", "operator")
    return min(
        int(outbox["position"]) for outbox in status["outboxes"] if outbox["name"] != "proofs"
    )


History = dict[tuple[str, str, str], list[Any]]
"""(service, stream, where it came from) -> what happened there, in order."""

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")


def histories(outcome: Outcome) -> dict[str, History]:
    """The history of each message, without what differs between two runs of the same.

    Those are the ciphertexts, minutes and seconds, and places in logs and ledgers. Between two
    services, and between two partitions of one, there is no order: so the events of a stream are
    compared in the order of what caused them, for each stream that did.
    """
    return {name: history(case) for name, case in outcome.timelines.items()}


def history(case: Timeline) -> History:
    """See `histories`."""
    by_id = {line["id"]: line for line in case.lines}
    courses: History = defaultdict(list)
    for line in sorted(case.lines, key=lambda line: int(line["version"])):
        cause = by_id.get(line["causation"])
        origin = cause["stream"] if cause is not None else line["causation"].partition(":")[0]
        if cause is None and ":" not in line["causation"]:
            origin = "elsewhere"
        courses[line["service"], line["stream"], origin].append(
            {
                "event": line["event"],
                "cause": cause["event"] if cause is not None else origin,
                "at": to_the_hour(line["at"]),
                "actor": line["actor"],
                "rules": line["rules"],
                "data": plain(line["data"]),
            }
        )
    return dict(courses)


def plain(value: Any) -> Any:
    """A payload without what differs between two runs."""
    match value:
        case {"key": _, "box": _}:
            return "sealed"
        case {"service": service, "event_id": _, "leaf_hash": _}:
            return f"from {service}"
        case dict():
            return {key: plain(one) for key, one in value.items()}
        case list():
            return [plain(one) for one in value]
        case str() if MOMENT.fullmatch(value):
            return to_the_hour(value)
        case _:
            return value


def to_the_hour(moment: str) -> str:
    """The rehearsal clock is set to the hour, and runs on from there."""
    return datetime.fromisoformat(moment).strftime("%Y-%m-%d %H")


def differences(one: dict[str, History], other: dict[str, History]) -> list[str]:
    """What is not the same in two sets of histories; for a reader, hence only the names."""
    found = []
    for name in sorted(one.keys() | other.keys()):
        mine, theirs = one.get(name, {}), other.get(name, {})
        for course in sorted(mine.keys() | theirs.keys()):
            left, right = mine.get(course, []), theirs.get(course, [])
            if left != right:
                found.append(f"{name} {course[0]} {course[2]}: {told(left)} / {told(right)}")
    return found


def told(course: list[Any]) -> list[str]:
    """The names of the events."""
    return [fact["event"] for fact in course]
