"""Intake's relay alone, in a process of its own, as the message side runs it.

python -m tests.bench.carry
"""

import shared.green  # noqa: F401, I001  (patches what everything after it imports)

import eventlet

from services.intake import PLAN
from shared.application import Application
from shared.relay import Carrier, House
from shared.settings import Settings

LONGEST_WAIT = 0.005


def main() -> None:
    """Carry until the process ends."""
    application = Application(PLAN, Settings())
    Carrier(
        application,
        House(application),
        wait=lambda seconds: eventlet.sleep(min(seconds, LONGEST_WAIT)),
        stopped=lambda: False,
    ).run()


if __name__ == "__main__":
    main()
