"""The tail side of a service: all that follows its own log.

Relay and announcer carry it to the broker, the projector keeps the views, the integrator the
Merkle tree, the timers fire what the views say is due, the eraser destroys the keys that they say
are to go; the witness keeps and cosigns checkpoints, and proofs follow receipts. Each is a thread
of its own; readers of the broker are in the message side, so that a burst of either does not hold
up the other.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Protocol

from shared.application import Application
from shared.audit.integrator import Integrator
from shared.audit.policy import read_policy
from shared.audit.receipts import Receipts
from shared.audit.verifier import Policy
from shared.audit.witnessing import Witnessing
from shared.beats import BEAT, beat
from shared.erasing import LOOKING_BACK, Eraser
from shared.projector import Projector
from shared.pulse import Pulse
from shared.recorder import PASSING
from shared.relay import Carrier, House, World

TICK = 0.2


class Part(Protocol):
    """What works in a thread of its own until it is told to stop."""

    state: str

    def run(self) -> None:
        """Work, again after every fault."""


log = logging.getLogger(__name__)


class Tailing:
    """Follows the log of one service until told to stop."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._pulse = pulse = Pulse(application.settings.database_url)
        relay, announcer = (
            Carrier(
                application, outlet(application), wait=pulse.waiter().wait, stopped=pulse.stopped
            )
            for outlet in (House, World)
        )
        self._parts: dict[str, Part] = {
            "relay": relay,
            "announcer": announcer,
            "projector": Projector(application, wait=pulse.waiter().wait, stopped=pulse.stopped),
            "integrator": Integrator(application, wait=pulse.waiter().wait, stopped=pulse.stopped),
        }
        if application.settings.audit_policy is not None:
            self._add_evidence(read_policy(application.settings.audit_policy))

    def _add_evidence(self, policy: Policy) -> None:
        """What needs to know whose signatures are believed."""
        application, pulse = self._application, self._pulse
        self._parts["witness"] = Witnessing(
            application, policy, wait=pulse.ended.wait, stopped=pulse.stopped
        )
        if application.plan.answers_publishers:
            proofs = Receipts(application, policy)
            self._parts[proofs.name] = Carrier(
                application,
                proofs,
                wait=pulse.waiter().wait,
                stopped=pulse.stopped,
                until=proofs.until,
            )

    def run(self) -> None:
        """Work until `stop`.

        Raises:
            Exception: what nobody had foreseen in one of the parts; the others have stopped too.
        """
        work = [self._pulse.listen, self._fire_timers, self._beat]
        work += [part.run for part in self._parts.values()]
        if (erases := self._application.plan.erases) is not None:
            work.append(lambda: self._erase(Eraser(self._application, erases)))
        with ThreadPoolExecutor(len(work), thread_name_prefix="tail") as pool:
            running = [pool.submit(one) for one in work]
            wait(running, return_when=FIRST_COMPLETED)
            self.stop()
        for one in running:
            one.result()

    def stop(self) -> None:
        """Let every part end after the window in hand."""
        self._pulse.stop()

    def _fire_timers(self) -> None:
        def fire() -> None:
            try:
                self._application.fire_timers()
            except PASSING as fault:
                log.warning("timers wait: %s", fault)
            except Exception:  # timers wait, visibly, until the code can fire this one
                log.exception("timers cannot go on")

        self._every(TICK, fire)

    def _erase(self, eraser: Eraser) -> None:
        """Finish what is asked for at once, and look back now and every minute (P17)."""
        looked = -LOOKING_BACK

        def erase() -> None:
            nonlocal looked
            try:
                eraser.finish()
                if time.monotonic() - looked >= LOOKING_BACK:
                    eraser.look_back()
                    looked = time.monotonic()
            except PASSING as fault:
                log.warning("an erasure waits: %s", fault)
            except Exception:  # it stays asked for, visibly, until it can be done
                log.exception("an erasure cannot go on")

        try:
            self._every(TICK, erase)
        finally:
            eraser.close()

    def _beat(self) -> None:
        def say() -> None:
            try:
                beat(
                    self._application,
                    {name: lambda part=part: part.state for name, part in self._parts.items()},  # type: ignore[misc]
                )
            except PASSING as fault:
                log.warning("no heartbeat: %s", fault)

        self._every(BEAT, say)

    def _every(self, seconds: float, act: Callable[[], None]) -> None:
        while not self._pulse.stopped():
            act()
            self._pulse.ended.wait(seconds)
