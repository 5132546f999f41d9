"""Keeps the read models up with the log.

A view's rows and its position change in one transaction, so that each event is applied once; an
event that is not for a view still moves its position. A view that begins, or is rebuilt, is filled
from the first event to the head in one transaction: until that is done readers see what was there
before, and never a moment of the past, at which somebody was still named who is so no more (S43).
"""

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from psycopg import Connection, Cursor
from psycopg.sql import SQL, Identifier

from shared.application import Application
from shared.leader import leadership
from shared.messages import Recorded
from shared.plan import InWindows, View
from shared.positions import (
    all_projected,
    ask_for_rebuild,
    begin_again,
    move_projected,
    projected,
    rebuilds,
)
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
        """Every view, those to be filled last: the others go on meanwhile."""
        reached, asked = all_projected(session), rebuilds(session)
        views = self._application.views
        new = [one for one in views if one.name in asked or not reached.get(one.name)]
        going = [one for one in views if one not in new]
        advanced = self._go_on(session, going)
        for view in new:
            fill = partial(self._fill, session, view, going)
            advanced = self._try([view], fill) or advanced
        return advanced

    def _go_on(self, session: Connection[dict[str, Any]], views: Sequence[View]) -> bool:
        """Views that stand at one position go on together, in one transaction."""
        reached = all_projected(session)
        standing: dict[int, list[View]] = {}
        for view in views:
            standing.setdefault(reached[view.name], []).append(view)
        advanced = [self._together(session, those, at) for at, those in standing.items()]
        return any(advanced)

    def _together(
        self, session: Connection[dict[str, Any]], views: Sequence[View], position: int
    ) -> bool:
        """Advance these, and alone where one of them cannot."""
        now = time.monotonic()
        free = [view for view in views if now >= self._stuck.get(view.name, 0.0)]
        try:
            return self._try(free, partial(self._advance, session, free, position))
        except _SomeCannot:
            alone = [self._together(session, [view], position) for view in free]
            return any(alone)

    def _try(self, views: Sequence[View], advance: Callable[[], bool]) -> bool:
        """Do it; a view that cannot go on waits, visibly, and holds up no other.

        Raises:
            _SomeCannot: one of several.
        """
        free = [view for view in views if time.monotonic() >= self._stuck.get(view.name, 0.0)]
        try:
            advanced = bool(free) and advance()
        except (*PASSING, _SomeCannot):
            raise
        except Exception as fault:
            if len(views) > 1:
                raise _SomeCannot from fault
            self._stuck[views[0].name] = time.monotonic() + STUCK
            log.exception("the view %s cannot go on", views[0].name)
            advanced = False
        else:
            for view in free:
                self._stuck.pop(view.name, None)
        self.state = f"stuck: {', '.join(self._stuck)}" if self._stuck else "leading"
        return advanced

    def advance(self, session: Connection[dict[str, Any]], view: View) -> bool:
        """Apply the next events to one view, or all of them to one that is to be filled.

        Returns:
            Whether there were any.
        """
        position = projected(session, view.name)
        if not position or view.name in rebuilds(session):
            return self._fill(session, view, ())
        return self._advance(session, [view], position)

    def _fill(
        self, session: Connection[dict[str, Any]], view: View, others: Sequence[View]
    ) -> bool:
        """From the first event to the head, on a connection of its own; others go on meanwhile."""
        if not self._application.log.head:
            return False
        with self._application.reading() as own, own.transaction(), own.cursor() as cursor:
            begin_again(cursor, view.name)
            for table in view.tables:
                cursor.execute(SQL("DELETE FROM {}").format(Identifier(table)))
            position = 0
            while events := self._application.log.read(position, WINDOW):
                with own.pipeline():
                    apply(view, cursor, events)
                move_projected(cursor, [view.name], position, events[-1].position)
                position = events[-1].position
                if others:
                    self._go_on(session, others)
        return position > 0

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
    """Let the projector fill a view again from the first event."""
    ask_for_rebuild(connection, view.name)


class _SomeCannot(Exception):
    """One of several views cannot go on."""
