"""Messages that cannot be processed: parked with their reason, on record, and never lost.

A fault (not a refusal) that does not go away parks the one message that causes it. What comes
later about the same nomination waits behind it, in order; everything else goes on. Retrying and
discarding are commands of an operator. The body is kept sealed in the table; the log has its
digest, so that its history survives it.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, assert_never
from uuid import UUID, uuid5

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from psycopg import Connection, Cursor

from shared.messages import SYSTEM, Command, Decider, Event, Refused

PARKED = (
    """
    CREATE TABLE IF NOT EXISTS parked (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        id uuid NOT NULL UNIQUE,
        source text NOT NULL,
        key text NOT NULL,
        reason text NOT NULL,
        body bytea NOT NULL,
        at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS parked_key ON parked (source, key, number)",
)

NAMESPACE = UUID("0b7a1c52-3c8e-5d13-9a51-7f3c1d5a9e60")


class NotParked(Refused):
    """The message is not parked, or no longer."""

    code = "not_parked"
    rule = "S42"


class ParkLetter(Command, name="park_letter", may={SYSTEM}, rule="S42"):
    """Keep a message aside. `reason` never repeats what the message says."""

    source: str
    key: str
    reason: str
    digest: str


class SettleLetter(Command, name="settle_letter", may={SYSTEM}, rule="S42"):
    """The message was processed after all."""


class DiscardLetter(Command, name="discard_letter", may={"operator"}, rule="S42"):
    """Give the message up, for a stated reason."""

    reason: str


class LetterParked(Event, name="letter_parked", label="搁置消息", rule="S42"):
    """A message waits for somebody."""

    source: str
    key: str
    reason: str
    digest: str


class LetterSettled(Event, name="letter_settled", label="处理搁置消息", rule="S42"):
    """A parked message was processed."""


class LetterDiscarded(Event, name="letter_discarded", label="放弃搁置消息", rule="S42"):
    """A parked message was given up."""

    reason: str


Situation = Literal["unknown", "parked", "settled", "discarded"]


def decide(command: ParkLetter | SettleLetter | DiscardLetter, state: Situation) -> list[Event]:
    """What may happen to a message that cannot be processed."""
    match command:
        case ParkLetter():
            if state == "parked":
                return []
            return [
                LetterParked(
                    source=command.source,
                    key=command.key,
                    reason=command.reason,
                    digest=command.digest,
                )
            ]
        case SettleLetter():
            return [LetterSettled()] if state == "parked" else []
        case DiscardLetter():
            if state != "parked":
                raise NotParked("该消息未被搁置，或已处理完毕。")
            return [LetterDiscarded(reason=command.reason)]
        case _:
            assert_never(command)


def evolve(state: Situation, event: LetterParked | LetterSettled | LetterDiscarded) -> Situation:
    """Where the message is now."""
    match event:
        case LetterParked():
            return "parked"
        case LetterSettled():
            return "settled"
        case LetterDiscarded():
            return "discarded"
        case _:
            assert_never(event)


PARKING: Decider[Situation] = Decider(
    name="parking",
    initial="unknown",
    decide=decide,
    evolve=evolve,
    commands=(ParkLetter, SettleLetter, DiscardLetter),
    events=(LetterParked, LetterSettled, LetterDiscarded),
)


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked message as an operator sees it; `body` only when it was unsealed."""

    number: int
    id: UUID
    source: str
    key: str
    reason: str
    at: datetime


def parked_id(source: str, body: bytes) -> UUID:
    """The same message from the same place is parked once."""
    return uuid5(NAMESPACE, f"{source}\n{sha256(body).hexdigest()}")


class Seal:
    """Seals the bodies of parked messages with a key derived from the service's master key."""

    def __init__(self, master: bytes) -> None:
        key = HKDF(SHA256(), 32, salt=None, info=b"gongjiang/parked").derive(master)
        self._cipher = AESGCM(key)

    @classmethod
    def read(cls, secrets: Path) -> "Seal":
        """By the master key in the folder of secrets."""
        return cls((secrets / "master.key").read_bytes())

    def seal(self, letter: UUID, body: bytes) -> bytes:
        """Nonce and ciphertext, bound to the letter's id."""
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, body, letter.bytes)

    def open(self, letter: UUID, sealed: bytes) -> bytes:
        """The body as it came."""
        return self._cipher.decrypt(sealed[:12], sealed[12:], letter.bytes)


def keep(
    cursor: Cursor[Any],
    letter: UUID,
    source: str,
    key: str,
    reason: str,
    body: bytes,
    at: datetime,
) -> None:
    """Put a sealed body into the list of its nomination."""
    cursor.execute(
        "INSERT INTO parked (id, source, key, reason, body, at) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (id) DO NOTHING",
        (letter, source, key, reason, body, at),
    )


def remove(cursor: Cursor[Any], letter: UUID) -> None:
    """Take a message off the list; its history stays in the log."""
    cursor.execute("DELETE FROM parked WHERE id = %s", (letter,))


def waiting_keys(connection: Connection[Any], source: str) -> set[str]:
    """The nominations whose messages wait behind a parked one."""
    rows = connection.execute(
        "SELECT DISTINCT key FROM parked WHERE source = %s", (source,)
    ).fetchall()
    return {row["key"] for row in rows}


def listed(connection: Connection[Any]) -> list[Parked]:
    """Every parked message, the oldest first."""
    rows = connection.execute(
        "SELECT number, id, source, key, reason, at FROM parked ORDER BY number"
    ).fetchall()
    return [Parked(**row) for row in rows]


def list_of(connection: Connection[Any], source: str, key: str) -> list[tuple[UUID, bytes]]:
    """The ids and sealed bodies of one nomination's list, in order."""
    rows = connection.execute(
        "SELECT id, body FROM parked WHERE source = %s AND key = %s ORDER BY number", (source, key)
    ).fetchall()
    return [(row["id"], bytes(row["body"])) for row in rows]


def reseal(owner_url: str, old: Seal, new: Seal) -> int:
    """Seal every parked body anew, all or none. Harmless to repeat.

    Returns:
        How many were still under the old seal.

    Raises:
        InvalidTag: a body is under neither; nothing was changed.
    """
    with psycopg.connect(owner_url) as connection:
        rows = connection.execute("SELECT id, body FROM parked FOR UPDATE").fetchall()
        changed = [
            (new.seal(letter, old.open(letter, body)), letter)
            for letter, body in rows
            if not _is_under(new, letter, body)
        ]
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE parked SET body = %s WHERE id = %s", changed)
    return len(changed)


def _is_under(seal: Seal, letter: UUID, body: bytes) -> bool:
    try:
        seal.open(letter, body)
    except InvalidTag:
        return False
    return True
