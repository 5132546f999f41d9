"""What to do when a batch fails: wait for what passes, find and park what does not."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from shared.recorder import PASSING

T = TypeVar("T")

TRIES = 3

log = logging.getLogger(__name__)


def apply_or_park(
    items: Sequence[T],
    store: Callable[[Sequence[T]], None],
    park: Callable[[T, Exception], None],
) -> None:
    """Store all items in one transaction; on a lasting fault each half by itself, in order.

    One item that fails by itself three times is parked, and the rest goes on.

    Raises:
        Exception: one of `PASSING`. What was stored before stays stored.
    """
    if not items:
        return
    for tries in range(TRIES):
        try:
            store(items)
        except PASSING:
            raise
        except Exception as fault:  # noqa: BLE001  (whatever it is, it ends parked and visible)
            log.warning("a batch of %d failed: %s", len(items), type(fault).__name__)
            if len(items) > 1:
                break
            if tries == TRIES - 1:
                park(items[0], fault)
                return
            time.sleep(0.05 * 2**tries)
        else:
            return
    half = len(items) // 2
    apply_or_park(items[:half], store, park)
    apply_or_park(items[half:], store, park)
