"""Intake's relay alone, in a process of its own, as the tail side runs it.

python -m tests.bench.carry
"""

import time

from services.__main__ import settle_down
from services.intake import PLAN
from shared.application import Application
from shared.relay import Carrier, House
from shared.settings import Settings

LONGEST_WAIT = 0.005


def main() -> None:
    """Carry until the process ends."""
    application = Application(PLAN, Settings())
    settle_down()
    Carrier(
        application,
        House(application),
        wait=lambda seconds: time.sleep(min(seconds, LONGEST_WAIT)),
        stopped=lambda: False,
    ).run()


if __name__ == "__main__":
    main()
