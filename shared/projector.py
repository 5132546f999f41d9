"""Keeps the read models up with the log.

A view's rows and its position change in one transaction, so that each event is applied once; an
event that is not for a view still moves its position. Rebuilding is: empty the tables, position
zero, and let the projector go on.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from psycopg import Connection, Cursor
from psycopg.sql import SQL, Identifier

from shared.application import Application
from shared.leader import leadership
from shared.messages import Recorded
from shared.plan import InWindows, View
from shared.positions import all_projected, move_projected, projected
from shared.recorder import PASSING

WINDOW = 500
STANDBY = 0.5
HEARTBEAT = 1.0
STUCK = 5.0

log = logging.getLogger(__name__)


class Projector:
    """Applies the log to every view while this process leads."""

    def __init__(
        self,
        application: Application,
        *,
        wait: Callable[[float], object],
        stopped: Callable[[], bool],
    ) -> None:
        self._application = application
        self._wait = wait
        self._stopped = stopped
        self.state = "standby"
        self._stuck: dict[str, float] = {}

    def run(self) -> None:
        """Lead or stand by, again after every fault."""
        while not self._stopped():
            try:
                with leadership(self._application.settings.database_url, "projector") as session:
                    if session is None:
                        self.state = "standby"
                    else:
                        self._lead(session)
            except PASSING as fault:
                self.state = "retrying"
                log.warning("projector starts again: %s", fault)
            if not self._stopped():
                self._wait(STANDBY)

    def _lead(self, session: Connection[dict[str, Any]]) -> None:
        self.state = "leading"
        try:
            while not self._stopped():
                if not self._advance_all(session):
                    self._wait(HEARTBEAT)
                    session.execute("SELECT 1")
        finally:
            self.state = "standby"

    def _advance_all(self, session: Connection[dict[str, Any]]) -> bool:
        """Views that stand at one position go on together, in one transaction."""
        reached = all_projected(session)
        standing: dict[int, list[View]] = {}
        for view in self._application.views:
            standing.setdefault(reached.get(view.name, 0), []).append(view)
        advanced = [self._try(session, views, at) for at, views in standing.items()]
        return any(advanced)

    def _try(self, session: Connection[dict[str, Any]], views: list[View], position: int) -> bool:
        """Advance these; one that cannot go on waits, visibly, and holds up no other."""
        now = time.monotonic()
        free = [view for view in views if now >= self._stuck.get(view.name, 0.0)]
        try:
            advanced = bool(free) and self._advance(session, free, position)
        except PASSING:
            raise
        except Exception:
            if len(free) > 1:
                alone = [self._try(session, [view], position) for view in free]
                return any(alone)
            self._stuck[free[0].name] = time.monotonic() + STUCK
            log.exception("the view %s cannot go on", free[0].name)
            advanced = False
        else:
            for view in free:
                self._stuck.pop(view.name, None)
        self.state = f"stuck: {', '.join(self._stuck)}" if self._stuck else "leading"
        return advanced

    def advance(self, session: Connection[dict[str, Any]], view: View) -> bool:
        """Apply the next events to one view.

        Returns:
            Whether there were any.
        """
        return self._advance(session, [view], projected(session, view.name))

    def _advance(
        self, session: Connection[dict[str, Any]], views: Sequence[View], position: int
    ) -> bool:
        events = self._application.log.read(position, WINDOW)
        if not events:
            return False
        with session.transaction(), session.cursor() as cursor:
            names = [view.name for view in views]
            move_projected(cursor, names, position, events[-1].position)
            with session.pipeline():  # the statements of a window travel together
                for view in views:
                    apply(view, cursor, events)
        return True


def apply(view: View, cursor: Cursor[Any], window: Sequence[Recorded]) -> None:
    """Change a view for these events, in their order."""
    if isinstance(view, InWindows):
        view.apply_all(cursor, window)
        return
    for recorded in window:
        view.apply(cursor, recorded)


def rebuild(connection: Connection[dict[str, Any]], view: View) -> None:
    """Empty a view and let the projector fill it again from the first event."""
    with connection.transaction(), connection.cursor() as cursor:
        # The row is locked first: a projector that is at work commits before, or starts anew.
        cursor.execute(
            "INSERT INTO projected (view, position) VALUES (%s, 0)"
            " ON CONFLICT (view) DO UPDATE SET position = 0",
            (view.name,),
        )
        for table in view.tables:
            cursor.execute(SQL("DELETE FROM {}").format(Identifier(table)))
