"""Every process says every second how each of its parts is: the table `beats`."""

import os
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from shared.application import Application

BEAT = 1.0

Parts = Mapping[str, Callable[[], str]]
"""What each part of a process is doing, in a word: `reading`, `leading`, `standby`, `stuck: …`"""


def beat(application: Application, parts: Parts) -> None:
    """Note how these parts of this process are."""
    process = f"{socket.gethostname()}/{os.getpid()}"
    now = datetime.now(UTC)
    with application.reading() as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO beats (process, part, state, at) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (process, part) DO UPDATE SET state = excluded.state, at = excluded.at",
            [(process, part, state(), now) for part, state in parts.items()],
        )
        cursor.execute("DELETE FROM beats WHERE at < now() - interval '1 hour'")
