"""Personal data, sealed for one person and one purpose before anything is stored or sent.

    person = vault.person(campaign, id_number)  # a keyed hash: nobody counts ID numbers back
    vault.ensure_keys([person])
    sealed = vault.seal(person, "identity", nomination_id, "name", "…")
    vault.open(sealed, nomination_id, "name")
    vault.destroy(person)                       # from now on: Erased, for ever

AES-256-GCM. A random key for each person in a campaign and each purpose, wrapped by the master
key, is kept in a database of its own. The log keeps ciphertext only, so destroying a key erases
the person and leaves every proof valid. A destroyed key leaves a tombstone under its id, which
follows from person and purpose: a key can never be made again or restored.

    Exception
    ├── Erased          the key was destroyed: there is nothing to open any more
    └── Unopenable      no key, another master key, or not the nomination or field it was sealed for

An unreachable key store raises `psycopg.OperationalError`: a fault like any other.
"""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from threading import Lock
from typing import Any, get_args
from uuid import UUID, uuid5

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import sql

from shared.contracts.sealed import Purpose, Sealed
from shared.pool import Pool
from shared.settings import Settings

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)

KEY_BYTES = 32
NONCE_BYTES = 12
CACHED_KEYS = 3_000

NOBODY = UUID(int=0)
"""In the place of a person whom nobody can name any more, on a tombstone without a key before."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS personal_keys (
    key uuid PRIMARY KEY,
    person uuid NOT NULL,
    purpose text NOT NULL,
    wrapped bytea,
    made_at timestamptz NOT NULL DEFAULT now(),
    destroyed_at timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
) WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

CREATE OR REPLACE FUNCTION keys_are_only_destroyed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.wrapped IS NULL OR NEW.wrapped IS NOT NULL AND current_user <> (
        SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID
    ) THEN
        RAISE EXCEPTION 'a personal key is never changed or restored, only destroyed';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER keys_are_only_destroyed BEFORE UPDATE ON personal_keys
    FOR EACH ROW EXECUTE FUNCTION keys_are_only_destroyed();
"""
"""The table is vacuumed as soon as a key is destroyed, so that its old bytes do not stay. Only the
owner wraps a living key anew (`rewrap`)."""

GRANTS = """
GRANT INSERT, SELECT, UPDATE (wrapped, destroyed_at) ON personal_keys TO {role}
"""


class Erased(Exception):
    """The person's key was destroyed."""

    code = "erased"
    message = "个人信息已依法删除，无法查看"

    def __init__(self) -> None:
        super().__init__(self.message)


class Unopenable(Exception):
    """This box does not open here: another master key, nomination, field, or a damaged box."""

    code = "unopenable"
    message = "密封数据无法开启：密钥或用途不符"

    def __init__(self) -> None:
        super().__init__(self.message)


def create(owner_url: str, app_role: str) -> None:
    """Make the table, and let the application's role make, read and destroy keys; nothing else."""
    with psycopg.connect(owner_url) as connection:
        connection.execute(SCHEMA)
        connection.execute(sql.SQL(GRANTS).format(role=sql.Identifier(app_role)))


def rewrap(owner_url: str, old: bytes, new: bytes) -> int:
    """Wrap every living key by a new master key, all or none. Harmless to repeat.

    Nobody may seal meanwhile: the service is stopped.

    Args:
        owner_url: the store, under its owner's role.
        old, new: master keys, 32 bytes each.

    Returns:
        How many were still wrapped by the old one.

    Raises:
        Unopenable: a key is wrapped by neither; nothing was changed.
    """
    before, after = AESGCM(old), AESGCM(new)
    with psycopg.connect(owner_url) as connection:
        rows = connection.execute(
            "SELECT key, wrapped FROM personal_keys WHERE wrapped IS NOT NULL FOR UPDATE"
        ).fetchall()
        changed = [
            (wrap(after, key, unwrap(before, key, wrapped)), key)
            for key, wrapped in rows
            if not opens(after, key, wrapped)
        ]
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE personal_keys SET wrapped = %s WHERE key = %s", changed)
    return len(changed)


def wrap(master: AESGCM, key: UUID, plain: bytes) -> bytes:
    """A person's key under a master key, bound to its id."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + master.encrypt(nonce, plain, packed(b"gongjiang-key-v1", key.bytes))


def unwrap(master: AESGCM, key: UUID, wrapped: bytes) -> bytes:
    """The person's key itself.

    Raises:
        Unopenable: another master key, or another id.
    """
    nonce, box = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    try:
        return master.decrypt(nonce, box, packed(b"gongjiang-key-v1", key.bytes))
    except InvalidTag:
        raise Unopenable from None


def opens(master: AESGCM, key: UUID, wrapped: bytes) -> bool:
    """Whether this is the master key by which it is wrapped."""
    try:
        unwrap(master, key, wrapped)
    except Unopenable:
        return False
    return True


def key_id(person: UUID, purpose: Purpose) -> UUID:
    """The id of a person's key for a purpose, always the same."""
    return uuid5(person, purpose)


def packed(*parts: bytes) -> bytes:
    """The parts, each after its length: no two lists of parts look alike."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


@dataclass(frozen=True)
class VaultKeys:
    """The two secrets of a vault, 32 bytes each. Without `lookup` it can look nobody up."""

    master: bytes
    lookup: bytes | None = None

    @classmethod
    def read(cls, directory: Path) -> "VaultKeys":
        """From `master.key` and, where it is, `lookup.key` in the folder of secrets."""
        lookup = directory / "lookup.key"
        return cls(
            master=(directory / "master.key").read_bytes(),
            lookup=lookup.read_bytes() if lookup.exists() else None,
        )


class Vault:
    """Seals and opens. Safe in several threads and in eventlet's.

    Args:
        url: the store of the keys, under the application's role.
        keys: the secrets of this installation.
        origin: the name of the ledger, part of what a box is bound to.
    """

    def __init__(self, url: str, keys: VaultKeys, origin: str, cached: int = CACHED_KEYS) -> None:
        self._master = AESGCM(keys.master)
        self._lookup = keys.lookup
        self._origin = origin.encode()
        self._pool: Pool[psycopg.Connection[Any]] = Pool(
            url,
            min_size=0,
            max_size=8,
            timeout=5,
            reconnect_timeout=5,
            open=True,
            kwargs={"autocommit": True},
        )
        self._cache: OrderedDict[UUID, AESGCM] = OrderedDict()
        self._cached = cached
        self._destroyed: set[UUID] = set()
        self._lock = Lock()

    def close(self) -> None:
        """Give the connections back."""
        self._pool.close()

    def person(self, campaign: UUID, id_number: str) -> UUID:
        """The person with this ID number (S49) in one campaign, by a keyed hash.

        Another campaign knows the same person by another id: nobody can follow a person from one
        to the next, and who was erased in one may be nominated in the next.
        """
        return self._keyed(b"gongjiang-person-v1", str(campaign), id_number.strip().upper())

    def fingerprint(self, kind: str, *parts: str) -> UUID:
        """A keyed hash of values that may be compared but not read (P7)."""
        return self._keyed(b"gongjiang-fingerprint-v1", kind, *parts)

    def _keyed(self, domain: bytes, *parts: str) -> UUID:
        if self._lookup is None:
            raise ValueError("this vault has no lookup key: it can look nobody up")
        text = packed(domain, *(part.encode() for part in parts))
        return UUID(bytes=hmac.digest(self._lookup, text, hashlib.sha256)[:16], version=5)

    def ensure_keys(self, people: Iterable[UUID]) -> frozenset[UUID]:
        """Make what keys these people lack, committed on return; at most two statements.

        Returns:
            Those among them of whom a key was destroyed: what it sealed can never be sealed again.
        """
        stored = self._ensured(people)
        return frozenset(person for (person, _), wrapped in stored.items() if wrapped is None)

    def _ensured(self, people: Iterable[UUID]) -> dict[tuple[UUID, Purpose], bytes | None]:
        wanted = {
            key_id(person, purpose): (person, purpose)
            for person in dict.fromkeys(people)
            for purpose in PURPOSES
        }
        found = self._make(wanted) if wanted else {}
        found |= self._fetch(wanted.keys() - found.keys())
        self._remember({key: wrapped for key, wrapped in found.items() if wrapped is not None})
        self._forget(key for key, wrapped in found.items() if wrapped is None)
        return {wanted[key]: wrapped for key, wrapped in found.items()}

    def _fetch(self, keys: Iterable[UUID]) -> dict[UUID, bytes | None]:
        ids = list(keys)
        if not ids:
            return {}
        with self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT key, wrapped FROM personal_keys WHERE key = ANY(%s)", (ids,)
            ).fetchall()
        return dict(rows)

    def _make(self, keys: Mapping[UUID, tuple[UUID, Purpose]]) -> dict[UUID, bytes | None]:
        """Make those that are not there yet, and say which: most people are nominated once."""
        ids = sorted(keys)
        wrapped = [wrap(self._master, key, secrets.token_bytes(KEY_BYTES)) for key in ids]
        with self._pool.connection() as connection:
            made = connection.execute(
                "INSERT INTO personal_keys (key, person, purpose, wrapped)"
                " SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bytea[])"
                " ON CONFLICT DO NOTHING RETURNING key",
                (ids, [keys[key][0] for key in ids], [keys[key][1] for key in ids], wrapped),
            ).fetchall()
        offered = dict(zip(ids, wrapped, strict=True))
        return {key: offered[key] for (key,) in made}

    def _remember(self, found: Mapping[UUID, bytes]) -> None:
        with self._lock:
            for key, wrapped in found.items():
                if key in self._destroyed:
                    continue
                if key not in self._cache:
                    self._cache[key] = AESGCM(unwrap(self._master, key, wrapped))
                self._cache.move_to_end(key)
            while len(self._cache) > self._cached:
                self._cache.popitem(last=False)

    def seal(
        self, person: UUID, purpose: Purpose, nomination_id: UUID, field: str, value: str
    ) -> Sealed:
        """Seal a value for this nomination and field.

        Raises:
            Erased: the person's key was destroyed.
            Unopenable: the key was wrapped by another master key.
        """
        key = key_id(person, purpose)
        nonce = secrets.token_bytes(NONCE_BYTES)
        box = self._key_to_seal(key, person, purpose).encrypt(
            nonce, value.encode(), self._bound_to(nomination_id, field, key)
        )
        return Sealed(key=key, box=b64encode(nonce + box).decode())

    def _key_to_seal(self, key: UUID, person: UUID, purpose: Purpose) -> AESGCM:
        with self._lock:
            if (known := self._cache.get(key)) is not None:
                return known
        if (wrapped := self._ensured((person,))[person, purpose]) is None:
            raise Erased
        return AESGCM(unwrap(self._master, key, wrapped))

    def _bound_to(self, nomination_id: UUID, field: str, key: UUID) -> bytes:
        return packed(
            b"gongjiang-seal-v1", self._origin, nomination_id.bytes, field.encode(), key.bytes
        )

    def open(self, sealed: Sealed, nomination_id: UUID, field: str) -> str:
        """The value, if its key still lives.

        Raises:
            Erased: the key was destroyed.
            Unopenable: sealed for another nomination or field, by other keys, or damaged.
        """
        return self.open_all({field: sealed}, nomination_id)[field]

    def open_all(self, boxes: Mapping[str, Sealed], nomination_id: UUID) -> dict[str, str]:
        """The values of several fields of one nomination, with one look at the store.

        Raises:
            Erased, Unopenable: as `open`, for any of them.
        """
        stored = self._fetch({sealed.key for sealed in boxes.values()})
        return {
            field: self._open(sealed, nomination_id, field, stored)
            for field, sealed in boxes.items()
        }

    def _open(
        self, sealed: Sealed, nomination_id: UUID, field: str, stored: Mapping[UUID, bytes | None]
    ) -> str:
        if sealed.key not in stored:
            raise Unopenable
        if (wrapped := stored[sealed.key]) is None:
            raise Erased
        try:
            box = b64decode(sealed.box, validate=True)
            plain = AESGCM(unwrap(self._master, sealed.key, wrapped)).decrypt(
                box[:NONCE_BYTES],
                box[NONCE_BYTES:],
                self._bound_to(nomination_id, field, sealed.key),
            )
        except (InvalidTag, ValueError):
            raise Unopenable from None
        return plain.decode()

    def destroy(self, person: UUID, purposes: Iterable[Purpose] = PURPOSES) -> None:
        """Destroy the person's keys, also those that were never made. Asking again is harmless."""
        self._destroy({key_id(person, purpose): purpose for purpose in purposes}, person)

    def destroy_keys(self, keys: Mapping[UUID, Purpose]) -> None:
        """Destroy these keys, as a log names them, whoever's they are; see `destroy`."""
        self._destroy(keys, NOBODY)

    def _destroy(self, keys: Mapping[UUID, Purpose], person: UUID) -> None:
        with self._pool.connection() as connection:
            connection.execute(
                "INSERT INTO personal_keys (key, person, purpose, destroyed_at)"
                " SELECT key, %s, purpose, now()"
                " FROM unnest(%s::uuid[], %s::text[]) AS wanted(key, purpose)"
                " ON CONFLICT (key) DO UPDATE SET wrapped = NULL, destroyed_at = now()"
                " WHERE personal_keys.wrapped IS NOT NULL",
                (person, list(keys), list(keys.values())),
            )
        self._forget(keys)

    def living(self, keys: Iterable[UUID]) -> frozenset[UUID]:
        """Those of these keys that are there and were not destroyed."""
        found = self._fetch(keys)
        return frozenset(key for key, wrapped in found.items() if wrapped is not None)

    def _forget(self, keys: Iterable[UUID]) -> None:
        gone = set(keys)
        with self._lock:
            self._destroyed |= gone
            for key in gone:
                self._cache.pop(key, None)


def tombstones(url: str, keys: Iterable[UUID]) -> list[dict[str, str]]:
    """What the store at `url` still says of keys that were destroyed, in the order of their ids.

    Returns:
        `{"key", "purpose", "destroyed_at"}` for each of these that was: an id, a part, and a
        moment in UTC in ISO 8601. A key that lives, or never was, is not among them.
    """
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT key, purpose, destroyed_at FROM personal_keys"
            " WHERE key = ANY(%s) AND destroyed_at IS NOT NULL ORDER BY key",
            (list(keys),),
        ).fetchall()
    return [
        {
            "key": str(key),
            "purpose": purpose,
            "destroyed_at": destroyed_at.astimezone(UTC).isoformat(),
        }
        for key, purpose, destroyed_at in rows
    ]


def vault_of(settings: Settings) -> Vault:
    """The vault of a service that seals: intake those who are nominated, publicity who objects.

    Raises:
        ValueError: the settings name no store of keys; nothing could be sealed.
    """
    if settings.keys_database_url is None:
        raise ValueError("GONGJIANG_KEYS_DATABASE_URL is not set: nothing could be sealed")
    keys = VaultKeys.read(settings.secrets)
    return Vault(settings.keys_database_url, keys, settings.origin)
