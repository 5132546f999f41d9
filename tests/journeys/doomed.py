"""A side that dies where it hurts: `python -m tests.journeys.doomed messages|tail FOLDER`.

It is killed once in each of its parts: a reader after the batch was stored and before the broker
hears of it; a relay after the broker stored a message and before anybody notes that it did; an
eraser after keys were destroyed and before the log knows. So that
nobody takes the easy way round (acknowledge first, note first), it is also killed when a batch was
read and not yet stored, and when a message was written and not yet sent. The folder keeps count
over all lives.
"""

# ruff: noqa: I001  (what comes first patches what everything after it imports)

from services import __main__ as program

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pika.frame import Method

from shared.confirmed import Outgoing, Publisher
from shared.deliveries import Batches, Delivered, Flight
from shared.erasing import Eraser

FATAL = {
    "inbox": 1,
    "relay": 2,
    "announcer, unsent": 2,
    "inbox, unstored": 3,
    "announcer": 4,
    "eraser": 1,
}
"""Which chance it takes; of others the second. So they do not all die of the same message."""


def chance(part: str) -> None:
    """Count one chance to die, and die if it is the fatal one."""
    file = Path(sys.argv[2]) / f"{os.environ['GONGJIANG_SERVICE']} {part}"
    with file.open("ab") as count:
        count.write(b".")
        chances = count.tell()
    if chances == FATAL.get(part, 2):
        file.with_name(f"{file.name} died").touch()
        os.kill(os.getpid(), signal.SIGKILL)


class BeforeAcknowledging:
    """A channel that does not live to acknowledge."""

    def __init__(self, channel: Any, part: str) -> None:
        self._channel = channel
        self._part = part

    def basic_ack(self, tag: int, *, multiple: bool) -> None:
        """Everything is stored; the broker does not know."""
        chance(self._part)
        self._channel.basic_ack(tag, multiple=multiple)


def doom_the_readers() -> None:
    """Whenever a batch has more than heads."""
    finish, launch = Batches._finish, Batches._launch

    def doomed_finish(self: Batches, channel: Any, answers: Any, flight: Flight) -> None:
        if says_something(flight.batch):
            channel = BeforeAcknowledging(channel, self.part)
        finish(self, channel, answers, flight)

    def doomed_launch(self: Batches, connection: Any, flight: Flight) -> None:
        if self.part == "inbox":
            chance("inbox, unstored")
        launch(self, connection, flight)

    Batches._finish = doomed_finish  # type: ignore[method-assign]
    Batches._launch = doomed_launch  # type: ignore[method-assign]


def says_something(batch: Sequence[Delivered]) -> bool:
    """Whether there is more than heads."""
    return any(body for _, _, body in batch)


def doom_the_relays() -> None:
    """Whenever a window has more than heads."""
    publish, confirmed = Publisher.publish, Publisher._confirmed
    waiting: dict[Publisher, str] = {}

    def doomed_publish(self: Publisher, messages: Sequence[Outgoing]) -> None:
        speaking = next((message for message in messages if message.body), None)
        if speaking is not None:
            waiting[self] = "relay" if speaking.exchange.endswith(".log") else "announcer"
            if waiting[self] == "announcer":
                chance("announcer, unsent")
        publish(self, messages)

    def doomed_confirmed(self: Publisher, frame: Method[Any]) -> None:
        if (part := waiting.pop(self, None)) is not None:
            chance(part)
        confirmed(self, frame)

    Publisher.publish = doomed_publish  # type: ignore[method-assign]
    Publisher._confirmed = doomed_confirmed  # type: ignore[method-assign]


def doom_the_eraser() -> None:
    """Whenever keys are destroyed and nobody knows it yet."""
    tell = Eraser._tell

    def doomed_tell(self: Eraser, *said: Any) -> None:
        chance("eraser")
        tell(self, *said)

    Eraser._tell = doomed_tell  # type: ignore[assignment,method-assign]


if __name__ == "__main__":
    doom_the_readers()
    doom_the_relays()
    doom_the_eraser()
    program.main()
