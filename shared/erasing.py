"""Erasing: what a log asked for is done to the keys, whoever crashes in between, for ever (P17).

    asked (an event) -> keys destroyed (idempotent, tombstones) -> completed (an event)

The view `erasures` has what was asked and what is completed; the tail side of a service whose plan
`erases` finishes whatever is not, again after every fault. Every minute, and when it starts, it
also looks whether keys that the log says are gone are there again, as after an old backup of the
key store: it destroys them once more, says so at error, and has it recorded.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, LiteralString, Protocol, cast
from uuid import UUID

from psycopg import Connection, Cursor

from shared.application import Application
from shared.contracts.sealed import PersonalKey, Purpose
from shared.messages import Event, Recorded
from shared.personal import vault_of
from shared.plan import Erases

log = logging.getLogger(__name__)

LOOKING_BACK = 60.0
"""Seconds between two looks at keys that should be gone."""

PENDING: LiteralString = (
    "SELECT subject, key, purpose FROM erasures WHERE completed_at IS NULL ORDER BY asked_at"
)
GONE: LiteralString = (
    "SELECT subject, key, purpose FROM erasures WHERE completed_at IS NOT NULL ORDER BY asked_at"
)

NOTED = timedelta(days=7)
"""How long `/health` tells of keys that came back."""


class HasKeys(Protocol):
    """An event that names the keys it is about."""

    @property
    def keys(self) -> tuple[PersonalKey, ...]: ...


class Erasures:
    """The keys that the log wants gone, each with the aggregate that is told of it.

    Args:
        asked, completed, returned: the events that say so; each has `keys`.
        subject: whom the keys belong to: what the aggregate is found by.
    """

    name = "erasures"
    tables: tuple[LiteralString, ...] = ("erasures",)
    schema: LiteralString = """
    CREATE TABLE IF NOT EXISTS erasures (
        key uuid PRIMARY KEY,
        subject uuid NOT NULL,
        purpose text NOT NULL,
        asked_at timestamptz NOT NULL,
        completed_at timestamptz,
        returned_at timestamptz
    );
    CREATE INDEX IF NOT EXISTS erasures_pending ON erasures (subject) WHERE completed_at IS NULL
    """

    def __init__(
        self,
        *,
        asked: type[Event],
        completed: type[Event],
        returned: type[Event],
        subject: Callable[[Recorded], UUID],
    ) -> None:
        self._asked, self._completed, self._returned = asked, completed, returned
        self._subject = subject

    def apply(self, cursor: Cursor[Any], recorded: Recorded) -> None:
        """Note what is asked, done and found."""
        event, at = recorded.event, recorded.recorded_at
        if isinstance(event, self._asked):
            cursor.executemany(
                "INSERT INTO erasures (key, subject, purpose, asked_at) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (key) DO NOTHING",
                [(one.key, self._subject(recorded), one.purpose, at) for one in _keys(event)],
            )
        elif isinstance(event, self._completed):
            cursor.execute(
                "UPDATE erasures SET completed_at = %s WHERE key = ANY(%s)", (at, _ids(event))
            )
        elif isinstance(event, self._returned):
            cursor.execute(
                "UPDATE erasures SET returned_at = %s WHERE key = ANY(%s)", (at, _ids(event))
            )


def _keys(event: Event) -> Sequence[PersonalKey]:
    return cast("HasKeys", event).keys


def _ids(event: Event) -> list[UUID]:
    return [one.key for one in _keys(event)]


class Eraser:
    """Does what `Erasures` says is asked for. One for each tail side; two harm nothing."""

    def __init__(self, application: Application, erases: Erases) -> None:
        self._application = application
        self._erases = erases
        self._vault = vault_of(application.settings)

    def close(self) -> None:
        """Close the vault."""
        self._vault.close()

    def finish(self) -> int:
        """Destroy the keys of every erasure that is not completed, and complete it.

        Returns:
            How many there were.
        """
        pending = self._read(PENDING)
        for subject, keys in pending.items():
            self._vault.destroy_keys(keys)
            self._tell(subject, self._erases.completed, keys)
        return len(pending)

    def look_back(self) -> int:
        """Destroy again what is there again; on record first, so that no crash hides it.

        Returns:
            How many keys had come back.
        """
        gone = self._read(GONE)
        back = self._vault.living(key for keys in gone.values() for key in keys)
        for subject, keys in gone.items():
            if not (again := {key: keys[key] for key in keys if key in back}):
                continue
            log.error("%d destroyed keys are there again, and are destroyed: %s", len(again), again)
            try:
                self._tell(subject, self._erases.returned, again)
            finally:
                self._vault.destroy_keys(again)
        return len(back)

    def _read(self, query: LiteralString) -> Mapping[UUID, Mapping[UUID, Purpose]]:
        with self._application.reading() as connection:
            rows = connection.execute(query).fetchall()
        found: dict[UUID, dict[UUID, Purpose]] = {}
        for row in rows:
            found.setdefault(row["subject"], {})[row["key"]] = row["purpose"]
        return found

    def _tell(self, subject: UUID, command: str, keys: Mapping[UUID, Purpose]) -> None:
        named = [{"key": str(key), "purpose": purpose} for key, purpose in keys.items()]
        self._application.execute(
            self._erases.decider, subject, command, {"keys": named}, self._application.actor
        )


def notes(connection: Connection[dict[str, Any]]) -> Sequence[str]:
    """What `/health` says of erasures, in words."""
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE completed_at IS NULL"
        "  AND asked_at < now() - interval '10 seconds') AS waiting,"
        " count(*) FILTER (WHERE returned_at > now() - %s) AS returned"
        " FROM erasures",
        (NOTED,),
    ).fetchone()
    said = []
    if row is not None and row["waiting"]:
        said.append(f"有{row['waiting']}个已决定销毁的个人信息密钥尚未销毁，请检查密钥库")
    if row is not None and row["returned"]:
        said.append(f"有{row['returned']}个已销毁的个人信息密钥曾重新出现，已再次销毁，请查明来源")
    return said
