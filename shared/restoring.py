"""A log that was restored from a backup goes on only with an entry that says so.

After a restore the tables agree with themselves: what contradicts them is the last checkpoint that
was signed and is kept elsewhere. A service that hears it *freezes*: the database refuses every
further leaf, and lets nobody thaw it without an entry. An operator then records the restore. That
entry names the head that was lost, as it was signed, and in the same transaction the log thaws and
its tree goes on under a new origin with a key of its own. Those who follow the log hear of the new
*epoch* and turn back to what survived.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, assert_never
from uuid import UUID

from psycopg import Connection, Cursor
from pydantic import Field

from shared.messages import SYSTEM, Command, Decider, Event, Refused

LEDGER_ID = UUID("5a3f8e0c-6d0b-5b39-8f5d-2f6b3a6c9e11")
"""The one aggregate of this kind in each service."""

FROZEN_STATE = "GJ001"
"""The SQLSTATE with which the database refuses a leaf."""

RESTORING = (
    """
    CREATE TABLE IF NOT EXISTS ledger_frozen (
        origin text PRIMARY KEY,
        size bigint NOT NULL,
        root bytea NOT NULL,
        note bytea NOT NULL,
        reason text NOT NULL,
        since timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS epochs (
        epoch int NOT NULL,
        kept bigint NOT NULL,
        lost_origin text NOT NULL,
        lost_size bigint NOT NULL,
        PRIMARY KEY (epoch, lost_origin)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS followed_epochs (
        upstream text PRIMARY KEY,
        epoch int NOT NULL
    )
    """,
    f"""
    CREATE OR REPLACE FUNCTION refuse_while_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the ledger is frozen: a larger one was signed' USING ERRCODE = '{FROZEN_STATE}';
    END $$
    """,  # noqa: E501
    """
    CREATE OR REPLACE TRIGGER refuse_while_frozen BEFORE INSERT ON stored_events
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_while_frozen()
    """,
    # The trigger is on only while the log is frozen: to ask for it at each save would cost this a
    # thirtieth. Whoever may freeze and thaw may not alter the table, so the owner's right does it.
    """
    CREATE OR REPLACE FUNCTION close_or_open() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
        IF EXISTS (SELECT FROM ledger_frozen) THEN
            ALTER TABLE stored_events ENABLE TRIGGER refuse_while_frozen;
        ELSE
            ALTER TABLE stored_events DISABLE TRIGGER refuse_while_frozen;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER close_or_open AFTER INSERT OR DELETE ON ledger_frozen
        FOR EACH STATEMENT EXECUTE FUNCTION close_or_open()
    """,
    "DELETE FROM ledger_frozen WHERE false",  # opens a log that was just made
    """
    CREATE OR REPLACE FUNCTION thaw_only_on_record() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF NEW.origin <> OLD.origin OR NEW.size < OLD.size THEN
                RAISE EXCEPTION 'a lost head is never made another or a smaller one';
            END IF;
        ELSIF NOT EXISTS (
            SELECT FROM epochs e JOIN stored_events s ON s.notification_id = e.kept + 1
            WHERE e.lost_origin = OLD.origin AND e.lost_size >= OLD.size
              AND s.topic = 'log_restored.v1'
        ) THEN
            RAISE EXCEPTION 'the ledger thaws only with an entry that tells of the restore';
        END IF;
        RETURN NULL;
    END $$
    """,
    "DROP TRIGGER IF EXISTS thaw_only_on_record ON ledger_frozen",
    """
    CREATE CONSTRAINT TRIGGER thaw_only_on_record AFTER UPDATE OR DELETE ON ledger_frozen
        DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION thaw_only_on_record()
    """,
)


class NotFrozen(Refused):
    """There is nothing to put right: no larger log is known than this one."""

    code = "not_frozen"
    rule = "S42"


class NotTheNextEpoch(Refused):
    """Each restore begins an epoch that there never was, not even in what was lost."""

    code = "not_the_next_epoch"
    rule = "S42"


# commands


class RecordRestore(Command, name="record_restore", may={"operator"}, rule="S42", inside=True):
    """Put on record that the log was restored: what was lost, what survived, and why."""

    origin: str
    size: int
    root: str
    note: str
    kept: int
    epoch: int
    origin_now: str
    reason: str = Field(min_length=2, max_length=500)


class FollowRestore(Command, name="follow_restore", may={SYSTEM}, rule="S42"):
    """An upstream log was restored: this is how far we had followed the one that was lost."""

    upstream: str
    epoch: int
    kept: int
    reached: tuple[int, ...]


# events


class LogRestored(Event, name="log_restored", label="恢复备份后续记", rule="S42"):
    """This log continues a restored one.

    `origin`, `size`, `root` (hex) and `note` are the lost head as it was signed; the leaves before
    `kept` survived, and this event is the leaf at `kept`. The tree goes on as `origin_now`.
    """

    origin: str
    size: int
    root: str
    note: str
    kept: int
    epoch: int
    origin_now: str
    reason: str


class UpstreamRestored(Event, name="upstream_restored", label="上游恢复备份", rule="S42"):
    """An upstream was restored; what we had heard of it beyond `kept` it no longer has.

    `reached` is how far we had come in each of its partitions.
    """

    upstream: str
    epoch: int
    kept: int
    reached: tuple[int, ...]


# state


@dataclass(frozen=True, slots=True)
class Epochs:
    """Which epoch our own log is in, and those of the logs that we follow."""

    own: int = 1
    upstream: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


# decide, evolve


def decide(command: RecordRestore | FollowRestore, state: Epochs) -> Sequence[Event]:
    """Each restore is recorded once."""
    match command:
        case RecordRestore():
            if command.epoch <= state.own:
                raise NotTheNextEpoch(f"下一段至少应为第{state.own + 1}段。", field="epoch")
            return [LogRestored(**command.model_dump(exclude={"at", "by"}))]
        case FollowRestore():
            if command.epoch <= state.upstream.get(command.upstream, 1):
                return []
            return [UpstreamRestored(**command.model_dump(exclude={"at", "by"}))]
        case _:
            assert_never(command)


def evolve(state: Epochs, event: LogRestored | UpstreamRestored) -> Epochs:
    """The epochs after this event."""
    match event:
        case LogRestored():
            return Epochs(event.epoch, state.upstream)
        case UpstreamRestored():
            known = {**state.upstream, event.upstream: event.epoch}
            return Epochs(state.own, MappingProxyType(known))
        case _:
            assert_never(event)


LEDGER: Decider[Epochs] = Decider(
    name="ledger",
    initial=Epochs(),
    decide=decide,
    evolve=evolve,
    commands=(RecordRestore, FollowRestore),
    events=(LogRestored, UpstreamRestored),
)


# what the database knows


@dataclass(frozen=True, slots=True)
class Frozen:
    """The signed head that this log does not have, and why that is so."""

    origin: str
    size: int
    root: bytes
    note: bytes
    reason: str
    since: datetime


def freeze(
    connection: Connection[Any], origin: str, size: int, root: bytes, note: bytes, reason: str
) -> None:
    """Let the database refuse every further leaf; the greatest head that was lost is kept."""
    connection.execute(
        "INSERT INTO ledger_frozen (origin, size, root, note, reason) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root,"
        " note = excluded.note WHERE ledger_frozen.size < excluded.size",
        (origin, size, root, note, reason),
    )


def frozen(connection: Connection[Any]) -> Frozen | None:
    """Why nothing can be stored, if that is so: the lost head of the latest epoch."""
    row = connection.execute(
        "SELECT origin, size, root, note, reason, since FROM ledger_frozen"
        " ORDER BY length(origin) DESC, origin DESC LIMIT 1"
    ).fetchone()
    return (
        None
        if row is None
        else Frozen(**{**row, "root": bytes(row["root"]), "note": bytes(row["note"])})
    )


def epoch_of(origin: str) -> int:
    """The epoch whose tree has this origin: `gongjiang/intake` is the first, `…/2` the second."""
    _, _, number = origin.partition("/")[2].partition("/")
    return int(number or 1)


def epoch(connection: Connection[Any]) -> tuple[int, int]:
    """The epoch of our own log, and how many leaves it has of the one before (1 and 0 at first)."""
    row = connection.execute(
        "SELECT epoch, kept FROM epochs ORDER BY epoch DESC LIMIT 1"
    ).fetchone()
    return (1, 0) if row is None else (row["epoch"], row["kept"])


def begin_epoch(cursor: Cursor[Any], begun: RecordRestore) -> None:
    """From the leaf at `kept` on; lets leaves in again, in the transaction that stores why.

    A backup from before an earlier restore loses the heads of several epochs. The entry names the
    latest, and all of them are known to be lost from then on.
    """
    cursor.execute(
        "WITH lost AS (DELETE FROM ledger_frozen RETURNING origin, size)"
        " INSERT INTO epochs (epoch, kept, lost_origin, lost_size)"
        " SELECT %s, %s, origin, size FROM lost",
        (begun.epoch, begun.kept),
    )


def is_on_record(connection: Connection[Any], origin: str, size: int) -> bool:
    """Whether a head of this origin and size is among what is known to be lost."""
    row = connection.execute(
        "SELECT FROM epochs WHERE lost_origin = %s AND lost_size >= %s", (origin, size)
    ).fetchone()
    return row is not None


def followed_epoch(connection: Connection[Any], upstream: str) -> int:
    """The epoch in which we follow an upstream service."""
    row = connection.execute(
        "SELECT epoch FROM followed_epochs WHERE upstream = %s", (upstream,)
    ).fetchone()
    return 1 if row is None else int(row["epoch"])


def turn_back(cursor: Cursor[Any], *, upstream: str, epoch: int, kept: int) -> None:
    """Follow a restored upstream in its new epoch, from what survived."""
    cursor.execute(
        "INSERT INTO followed_epochs (upstream, epoch) VALUES (%s, %s)"
        " ON CONFLICT (upstream) DO UPDATE SET epoch = excluded.epoch"
        " WHERE followed_epochs.epoch < excluded.epoch",
        (upstream, epoch),
    )
    cursor.execute(
        "UPDATE followed SET position = %s WHERE upstream = %s AND position > %s",
        (kept, upstream, kept),
    )
