"""What every service of the message side runs besides its entrypoints, as nameko extensions.

    class IntakeService:
        name = "intake"
        application = Runtime()

`Runtime` gives a worker the `Application`, and keeps relay, announcer, projector and timers going
in managed threads of the container.
"""

import logging
import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import eventlet
from nameko.extensions import DependencyProvider, SharedExtension

from shared.application import Application
from shared.projector import Projector
from shared.pulse import Pulse
from shared.recorder import PASSING
from shared.relay import Carrier, House, World

TICK = 0.2
BEAT = 1.0

log = logging.getLogger(__name__)

CONFIG = "GONGJIANG"
"""The key of nameko's configuration under which plan and settings are handed to the extensions."""


class Engine(SharedExtension):
    """The one `Application` of a container and its background threads."""

    def setup(self) -> None:
        """Begin without parts; each extension that runs one names it here."""
        self.parts: dict[str, Callable[[], str]] = {}

    @cached_property
    def application(self) -> Application:
        """The application, made when the first extension asks: they are set up side by side."""
        plan, settings = self.container.config[CONFIG]
        return Application(plan, settings)

    @cached_property
    def pulse(self) -> Pulse:
        """What wakes the threads when the log grows."""
        return Pulse(self.application.settings.database_url)

    def start(self) -> None:
        """Start relay, announcer, projector, timers and the process's own heartbeat."""
        carriers = [
            Carrier(
                self.application,
                outlet(self.application),
                wait=self.pulse.waiter().wait,
                stopped=self.pulse.stopped,
            )
            for outlet in (House, World)
        ]
        projector = Projector(
            self.application, wait=self.pulse.waiter().wait, stopped=self.pulse.stopped
        )
        for name, part in zip(
            ("relay", "announcer", "projector"), (*carriers, projector), strict=True
        ):
            self.parts[name] = lambda part=part: part.state  # type: ignore[misc]
        threads = [self.pulse.listen, *(carrier.run for carrier in carriers), projector.run]
        self._threads = [
            self.container.spawn_managed_thread(thread)
            for thread in (*threads, self._fire_timers, self._beat)
        ]

    def stop(self) -> None:
        """Let the threads end, then give the connections back."""
        self.pulse.stop()
        for thread in self._threads:
            thread.wait()
        self.application.close()

    def _fire_timers(self) -> None:
        while not self.pulse.stopping:
            try:
                self.application.fire_timers()
            except PASSING as fault:
                log.warning("timers wait: %s", fault)
            except Exception:  # timers wait, visibly, until the code can fire this one
                log.exception("timers cannot go on")
            eventlet.sleep(TICK)

    def _beat(self) -> None:
        process = f"{socket.gethostname()}/{os.getpid()}"
        while not self.pulse.stopping:
            try:
                with self.application.reading() as connection, connection.cursor() as cursor:
                    now = datetime.now(UTC)
                    for part, state in self.parts.items():
                        cursor.execute(
                            "INSERT INTO beats (process, part, state, at) VALUES (%s, %s, %s, %s)"
                            " ON CONFLICT (process, part) DO UPDATE"
                            " SET state = excluded.state, at = excluded.at",
                            (process, part, state(), now),
                        )
                    cursor.execute("DELETE FROM beats WHERE at < now() - interval '1 hour'")
            except PASSING as fault:
                log.warning("no heartbeat: %s", fault)
            eventlet.sleep(BEAT)


class Runtime(DependencyProvider):
    """Gives each worker the service's `Application`."""

    engine = Engine()

    def get_dependency(self, worker_ctx: Any) -> Application:
        """The application."""
        return self.engine.application
