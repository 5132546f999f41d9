"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable

POLL = 0.02


class Unavailable(Exception):
    """A server or process that is needed is not there. Its text is one sentence for people."""


def wait_until(ready: Callable[[], bool], *, what: str, seconds: float) -> None:
    """Ask `ready` until it says yes; it may raise `Unavailable` to end the wait early."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise Unavailable(f"{what} was not ready after {seconds:.0f} seconds.")
        time.sleep(POLL)
