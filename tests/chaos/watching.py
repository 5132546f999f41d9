"""How the system is while faults come and go: positions, heartbeats, memory."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import Any

import psutil
import psycopg

from deploy.local.system import SERVICES, System
from tests.chaos.reading import connect, quietly

FOLLOWED = "SELECT upstream || '.' || partition AS name, position FROM followed"
OUTBOXES = "SELECT name, position FROM outboxes"
LED = ("relay", "announcer", "projector", "integrator")
"""Parts of a tail side of which one process leads."""
EVIDENCE = ("witness", "proofs")
"""Those that wait for the signer and for other services, and hold nobody up."""
PROJECTED = "SELECT 'view ' || view AS name, position FROM projected"
BEATS = "SELECT process, part, state FROM beats WHERE at > %s"
WORKING = {"reading", "leading", "standby"}
EVERY = 0.5


@dataclass
class Watch:
    """Notes every position again and again, and how much memory each process has."""

    system: System
    stop: Event
    positions: dict[str, list[int]] = field(default_factory=dict)
    memory: dict[str, list[int]] = field(default_factory=dict)

    def run(self) -> None:
        """Watch until stopped; what is away is not seen."""
        while not self.stop.wait(EVERY):
            for service in SERVICES:
                quietly(lambda service=service: self._note(service))()  # type: ignore[misc]
            self._weigh()

    def _note(self, service: str) -> bool:
        with connect(self.system, service) as connection:
            for query in (FOLLOWED, OUTBOXES, PROJECTED):
                for row in connection.execute(query.encode()):
                    course = self.positions.setdefault(f"{service} {row['name']}", [])
                    if not course or course[-1] != row["position"]:
                        course.append(row["position"])
        return True

    def _weigh(self) -> None:
        for service in SERVICES:
            for name in self.system.names(service):
                try:
                    resident = psutil.Process(self.system.processes.pid(name)).memory_info().rss
                except psutil.Error:
                    continue
                self.memory.setdefault(name, []).append(resident)


@dataclass(frozen=True)
class Beats:
    """Asks the heartbeats who works; `since` a moment of the machine's clock."""

    system: System

    def all_work(self, since: float) -> bool:
        """Whether in each service every part is at work somewhere, and somebody leads."""
        return all(self._service_works(service, since) for service in SERVICES)

    def projects(self, since: float) -> bool:
        """Whether in each service somebody leads who needs PostgreSQL alone."""
        return all(
            any(beat["part"] == "projector" and beat["state"] == "leading" for beat in beats)
            for beats in (self._beats(service, since) for service in SERVICES)
        )

    def process_works(self, name: str, since: float) -> bool:
        """Whether all parts of a message or tail side are at work."""
        service = name.partition(".")[0]
        pid = str(self.system.processes.pid(name))
        beats = [
            beat for beat in self._beats(service, since) if beat["process"].endswith(f"/{pid}")
        ]
        return len(beats) > 1 and all(beat["state"] in WORKING for beat in beats)

    def leader(self, service: str, part: str) -> str | None:
        """The process that leads a part, or follows it, if it can be seen."""
        try:
            beats = self._beats(service, time.time() - 5)
        except psycopg.Error:
            return None
        pids = {
            beat["process"].rpartition("/")[2]
            for beat in beats
            if beat["part"] == part and beat["state"] in ("leading", "reading")
        }
        for name in self.system.names(service)[:-1]:
            if str(self.system.processes.pid(name)) in pids:
                return name
        return None

    def heads(self) -> dict[str, list[int]]:
        """How far each service has told the others."""
        heads: dict[str, list[int]] = {}
        for service in SERVICES:
            with connect(self.system, service) as connection:
                rows = connection.execute("SELECT heads FROM outboxes WHERE name = 'relay'")
                heads[service] = next((row["heads"] for row in rows), [])
        return heads

    def have_followed(self, heads: dict[str, list[int]], consumer: str, upstream: str) -> bool:
        """Whether a consumer has come as far as an upstream was."""
        with connect(self.system, consumer) as connection:
            rows = connection.execute(
                "SELECT partition, position FROM followed WHERE upstream = %s", (upstream,)
            )
            reached = {row["partition"]: row["position"] for row in rows}
        return all(
            reached.get(partition, 0) >= head for partition, head in enumerate(heads[upstream])
        )

    def _service_works(self, service: str, since: float) -> bool:
        parts: dict[str, set[str]] = {}
        for beat in self._beats(service, since):
            parts.setdefault(beat["part"], set()).add(beat["state"])
        led = all("leading" in parts.pop(part, ()) for part in LED)
        readers = [states for part, states in parts.items() if part not in EVIDENCE]
        return led and bool(readers) and all("reading" in states for states in readers)

    def _beats(self, service: str, since: float) -> list[dict[str, Any]]:
        with connect(self.system, service) as connection:
            moment = datetime.fromtimestamp(since, UTC)
            return connection.execute(BEATS, (moment,)).fetchall()
