"""What every message side has besides its entrypoints, as nameko extensions.

    class IntakeService:
        name = "intake"
        application = Runtime()

`Runtime` gives a worker the `Application`; the `Engine` behind it says every second how the
readers are.
"""

import logging
from collections.abc import Callable
from functools import cached_property
from typing import Any

import eventlet
from nameko.extensions import DependencyProvider, SharedExtension

from shared.application import Application
from shared.beats import BEAT, beat
from shared.recorder import PASSING

log = logging.getLogger(__name__)

CONFIG = "GONGJIANG"
"""The key of nameko's configuration under which plan and settings are handed to the extensions."""


class Engine(SharedExtension):
    """The one `Application` of a container."""

    def setup(self) -> None:
        """Begin without parts; each entrypoint that reads names itself here."""
        self.parts: dict[str, Callable[[], str]] = {}
        self._stopping = False

    @cached_property
    def application(self) -> Application:
        """The application, made when the first extension asks: they are set up side by side."""
        plan, settings = self.container.config[CONFIG]
        return Application(plan, settings)

    def start(self) -> None:
        """Start the process's heartbeat."""
        self._beating = self.container.spawn_managed_thread(self._beat)

    def stop(self) -> None:
        """Let the heartbeat end, then give the connections back."""
        self._stopping = True
        self._beating.wait()
        self.application.close()

    def _beat(self) -> None:
        while not self._stopping:
            try:
                beat(self.application, self.parts)
            except PASSING as fault:
                log.warning("no heartbeat: %s", fault)
            eventlet.sleep(BEAT)


class Runtime(DependencyProvider):
    """Gives each worker the service's `Application`."""

    engine = Engine()

    def get_dependency(self, worker_ctx: Any) -> Application:
        """The application."""
        return self.engine.application
