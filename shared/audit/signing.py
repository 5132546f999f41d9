"""The signer: a process of its own that signs the checkpoints of the three logs.

It holds the logs' keys, which no service can read, and only reads their databases. What it signed
last is in a file for each log, written under a lock and down to the disk before anybody hears of
it; so of two signers, or after any crash, there are never two roots of one size, and no log
shrinks. Everything it signed stays in an archive beside that, by which it notices a file that was
put back.
"""

import fcntl
import json
import logging
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import FileIO
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pika import BasicProperties
from psycopg import Connection

from shared.audit import tree
from shared.audit.integrator import Tree, tree_of
from shared.audit.ledger import NO_PREVIOUS, Entry
from shared.audit.tiles import HASH, Damaged, StoredTiles, leaves
from shared.audit.verifier import Checkpoint, SignedNote, sign_note, verify_consistency
from shared.confirmed import NotConfirmed, Outgoing, Publisher
from shared.letters import PERSISTENT
from shared.restoring import LogRestored
from shared.settings import SignerSettings
from shared.topology import CHECKPOINTS, declare_checkpoints, signed_key

AT_WORK = "at-work"
"""The file by which whoever started the signer sees that it has begun."""
STAMP = "timestamp"
"""The header that holds an RFC 3161 token, in base64."""
CONNECTED_WITHIN = 5
LONGEST = 64 * 1024
"""Bytes of the archive's longest line, a token included."""

log = logging.getLogger(__name__)


Stamp = Callable[[bytes], bytes | None]
"""A signed note -> the token of a time-stamping authority, if it gave one."""


class Refuses(Exception):
    """The signer will not sign this, in words."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed last: the note and, where an authority was asked, its token."""

    note: bytes
    token: bytes | None = None

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says."""
        return checkpoint_of(self.note)


def checkpoint_of(note: bytes) -> Checkpoint:
    """The checkpoint in a signed note, its signatures not looked at."""
    return Checkpoint.parse(SignedNote.parse(note).text)


class State:
    """The memory of the signer for one log: what it signed last, and everything it ever signed.

    Args:
        folder: nobody else's.
        name: of the log.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._last = folder / f"{name}.note"
        self._archive = folder / f"{name}.archive"
        self._lock = folder / f"{name}.lock"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One signer at a time reads, decides and writes."""
        with self._lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def last(self) -> Signed | None:
        """What was signed last, None before the first.

        Raises:
            Refuses: file and archive contradict each other.
        """
        archived = self._last_archived()
        if not self._last.exists():
            return archived
        note = self._last.read_bytes()
        kept = checkpoint_of(note)
        if archived is None:
            raise Refuses("签名状态有误：有最后签名，但签名档案缺失或损坏")
        newest = archived.checkpoint
        if kept.origin == newest.origin and kept.size > newest.size:
            raise Refuses("签名状态有误：签名档案比最后签名旧，疑被替换")
        return archived

    def keep(self, signed: Signed) -> None:
        """Write down what was signed, to the disk, before it is published.

        Raises:
            OSError: it is not written; what was there before still is.
        """
        token = {} if signed.token is None else {"token": b64encode(signed.token).decode()}
        line = json.dumps({"note": signed.note.decode(), **token}).encode() + b"\n"
        with self._archive.open("a+b", buffering=0) as archive:
            whole = archive.seek(0, os.SEEK_END) - len(self._tail(archive)[1])
            archive.truncate(whole)  # a crash, or a full disk, may have left half a line
            to_disk(archive, line)
        draft = self._last.with_suffix(".draft")
        with draft.open("wb", buffering=0) as new:
            to_disk(new, signed.note)
        draft.replace(self._last)
        folder = os.open(self._last.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _tail(self, archive: FileIO) -> tuple[bytes, bytes]:
        """The last whole line of the archive, and what stands behind it."""
        archive.seek(max(0, archive.seek(0, os.SEEK_END) - LONGEST))
        whole, _, rest = archive.read(LONGEST).rpartition(b"\n")
        return whole.rpartition(b"\n")[2], rest

    def _last_archived(self) -> Signed | None:
        if not self._archive.exists():
            return None
        with self._archive.open("rb", buffering=0) as archive:
            line, _ = self._tail(archive)
        if not line:
            return None
        fields = json.loads(line)
        token = fields.get("token")
        return Signed(fields["note"].encode(), None if token is None else b64decode(token))


def to_disk(file: FileIO, content: bytes) -> None:
    """Write all of it, down to the disk.

    Raises:
        OSError: there is no room for it, or the disk fails.
    """
    while content:
        content = content[file.write(content) or 0 :]
    os.fsync(file.fileno())


class Log:
    """One log as the signer sees it: a key, a state, and a way to read the tree.

    Args:
        service: whose log it is.
        keys: the private key by which the log signs under an origin; OSError if there is none.
        state: what was signed before.
        stamp: asks a time-stamping authority for a token over a note; None where there is none.
    """

    def __init__(
        self,
        service: str,
        keys: Callable[[str], Ed25519PrivateKey],
        state: State,
        stamp: Stamp | None = None,
    ) -> None:
        self.service = service
        self._keys = keys
        self._state = state
        self._stamp = stamp

    def sign(self, connection: Connection[Any]) -> Signed | None:
        """Sign the tree as it is, if it has grown.

        Returns:
            What was signed, already on the disk; None when there is nothing new.

        Raises:
            Refuses: the tree is not what it was, or not that of its leaves.
        """
        with self._state.locked(), connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            now, last = tree_of(connection), self.last()
            if last is None and (now is None or not now.size):
                return None
            if now is None:
                raise Refuses("已签名的日志不见了，不予签名")
            before = None if last is None else last.checkpoint
            if before is not None and now.origin != before.origin:
                self._expect_a_recorded_restore(connection, now, before)
                before = None
            if before is not None and self._is_known(now, before):
                return None
            self._examine(connection, now, before)
            text = f"{now.origin}\n{now.size}\n{b64encode(now.root).decode()}\n".encode()
            note = text + b"\n" + sign_note(text, now.origin, self._key_for(now.origin))
            token = None if self._stamp is None else self._stamp(note)
            signed = Signed(note, token)
            self._state.keep(signed)
            return signed

    def last(self) -> Signed | None:
        """What was signed last."""
        return self._state.last()

    def _is_known(self, now: Tree, last: Checkpoint) -> bool:
        if now.size < last.size:
            raise Refuses(f"日志变短：已签名{last.size}条，现只有{now.size}条，不予签名")
        if now.size == last.size and now.root != last.root:
            raise Refuses(f"日志第{now.size}条处的根与已签名的不同，不予签名")
        return now.size == last.size

    def _expect_a_recorded_restore(
        self, connection: Connection[Any], now: Tree, lost: Checkpoint
    ) -> None:
        """A new epoch begins with the leaf that names what was signed last."""
        said = restore_in(connection, now.origin)
        named = {"origin": lost.origin, "size": lost.size, "root": lost.root.hex()}
        if said is None or any(said[field] != value for field, value in named.items()):
            raise Refuses(
                f"日志名称由{lost.origin}变为{now.origin}，而账本中没有记录恢复备份的条目，不予签名"
            )

    def _key_for(self, origin: str) -> Ed25519PrivateKey:
        try:
            return self._keys(origin)
        except OSError as fault:
            raise Refuses(f"{origin}的签名密钥不存在：请按手册生成，并更新信任策略") from fault

    def _examine(self, connection: Connection[Any], now: Tree, last: Checkpoint | None) -> None:
        """The root comes of the tiles, the tiles of the leaves, and all of what was signed."""
        stored = StoredTiles(connection)
        try:
            if tree.root(stored, now.size) != now.root:
                raise Refuses(f"默克尔树的存储块算不出第{now.size}条处的根，不予签名")
            begin = 0
            if last is not None:
                begin = last.size
                proof = tree.consistency(stored, last.size, now.size)
                if not verify_consistency(last.size, now.size, last.root, now.root, proof):
                    raise Refuses(f"日志不是已签名的前{last.size}条的延续，不予签名")
            self._compare(connection, stored, begin, now.size)
        except Damaged as fault:
            raise Refuses(f"账本缺少记录，不予签名：{fault}") from fault
        except LookupError as fault:
            raise Refuses(f"默克尔树的存储块缺失，不予签名：{fault}") from fault

    def _compare(
        self, connection: Connection[Any], stored: StoredTiles, begin: int, end: int
    ) -> None:
        """The tiles of the new leaves hold what the ledger holds."""
        at = begin
        for window in leaves(connection, begin, end):
            if b"".join(window) != hashes_of(stored, at, at + len(window), end):
                raise Refuses(
                    f"默克尔树的存储块与账本第{at}至{at + len(window) - 1}条不符，不予签名"
                )
            at += len(window)


def hashes_of(stored: StoredTiles, begin: int, end: int, size: int) -> bytes:
    """The leaf hashes in the tiles of a tree of this size."""
    first, last = begin // 256, (end - 1) // 256
    joined = b"".join(
        stored(0, number, min(256, size - number * 256)) for number in range(first, last + 1)
    )
    return joined[(begin - first * 256) * HASH : (end - first * 256) * HASH]


class Signer:
    """Signs whatever has grown, every few seconds, until told to stop.

    Args:
        settings: of the process.
        stamp_for: makes what asks a time-stamping authority for one log.
    """

    def __init__(
        self, settings: SignerSettings, stamp_for: Callable[[], Stamp | None] = lambda: None
    ) -> None:
        self._settings = settings
        self._ended = Event()
        self._publisher: Publisher | None = None
        self._connections: dict[str, Connection[Any]] = {}
        self._published_at: dict[str, float] = {}
        self._said: dict[str, str] = {}
        settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.logs = [
            Log(
                service,
                partial(key_of, settings.keys),
                State(settings.state, service),
                stamp_for(),
            )
            for service in settings.databases
        ]

    def run(self) -> None:
        """Work until `stop`."""
        (self._settings.state / AT_WORK).write_text(str(os.getpid()))
        while not self._ended.is_set():
            for one in self.logs:
                self._serve(one)
            self._ended.wait(self._settings.interval)
        self._give_up_publisher()
        for connection in self._connections.values():
            connection.close()

    def stop(self) -> None:
        """End after the log in hand."""
        self._ended.set()

    def _serve(self, one: Log) -> None:
        """Whatever is wrong with one log holds up no other."""
        try:
            signed = one.sign(self._connection(one.service))
        except Refuses as refusal:
            self._say(one.service, str(refusal))
            signed = None
        except (psycopg.Error, OSError) as fault:
            if (broken := self._connections.pop(one.service, None)) is not None:
                broken.close()
            self._say(one.service, f"暂时不能签名：{type(fault).__name__}: {fault}")
            return
        else:
            self._said.pop(one.service, None)
        due = self._published_at.get(one.service, -self._settings.again) + self._settings.again
        try:
            if signed is None and time.monotonic() >= due:
                signed = one.last()
            if signed is not None:
                self._publish(one.service, signed)
        except Refuses as refusal:
            self._say(one.service, str(refusal))
        except (NotConfirmed, OSError) as fault:
            self._give_up_publisher()
            self._published_at.pop(one.service, None)
            log.warning("a checkpoint waits for the broker: %s", str(fault))

    def _connection(self, service: str) -> Connection[Any]:
        if service not in self._connections:
            self._connections[service] = psycopg.connect(
                self._settings.databases[service],
                autocommit=True,
                connect_timeout=CONNECTED_WITHIN,
                tcp_user_timeout=1000 * CONNECTED_WITHIN,
            )
        return self._connections[service]

    def _say(self, service: str, words: str) -> None:
        """At error, once for each new reason."""
        if self._said.get(service) != words:
            self._said[service] = words
            log.error("%s: %s", service, words)

    def _publish(self, service: str, signed: Signed) -> None:
        if self._publisher is None:
            self._publisher = Publisher(self._settings.amqp_url, declare_checkpoints)
        self._publisher.publish([outgoing(service, signed)])
        self._published_at[service] = time.monotonic()

    def _give_up_publisher(self) -> None:
        if self._publisher is not None:
            self._publisher.close()
            self._publisher = None


def outgoing(service: str, signed: Signed) -> Outgoing:
    """A signed checkpoint on its way to whoever keeps checkpoints."""
    headers: Mapping[str, str] = (
        {} if signed.token is None else {STAMP: b64encode(signed.token).decode()}
    )
    return Outgoing(
        CHECKPOINTS,
        signed_key(service),
        signed.note,
        BasicProperties(
            content_type="text/plain; charset=utf-8",
            delivery_mode=PERSISTENT,
            headers=dict(headers),
        ),
    )


def restore_in(connection: Connection[Any], origin: str) -> dict[str, Any] | None:
    """What the leaf with which this epoch begins says, if it is the record of a restore.

    Read from the stored bytes, and only if they give the leaf that the tree covers.
    """
    row = connection.execute(
        "SELECT e.topic, e.state, t.first_index, e.originator_id, e.originator_version,"
        " e.recorded_at, e.actor, e.correlation, e.causation, e.salt, e.leaf,"
        " (SELECT p.leaf FROM stored_events p WHERE p.originator_id = e.originator_id"
        "  AND p.originator_version = e.originator_version - 1)"
        " FROM ledger_tree t JOIN stored_events e ON e.notification_id = t.first_index + 1"
        " WHERE t.origin = %s",
        (origin,),
    ).fetchone()
    if row is None:
        return None
    (
        topic,
        state,
        index,
        stream,
        version,
        recorded,
        actor,
        correlation,
        causation,
        salt,
        leaf,
        before,
    ) = row
    entry = Entry(stream, version, topic, recorded, actor, correlation, causation, bytes(state))
    log_name = origin.rpartition("/")[0].encode()
    if entry.leaf(log_name, bytes(before or NO_PREVIOUS), bytes(salt)) != bytes(leaf):
        return None
    said: dict[str, Any] = json.loads(state)["data"]
    is_it = topic == LogRestored.topic() and said["origin_now"] == origin and said["kept"] == index
    return said if is_it else None


def key_of(folder: Path, origin: str) -> Ed25519PrivateKey:
    """The private key of a log: `<service>.pem`, `<service>-2.pem` in its second epoch …"""
    return read_key(folder / f"{'-'.join(origin.split('/')[1:])}.pem")


def read_key(file: Path) -> Ed25519PrivateKey:
    """A private key in PEM.

    Raises:
        TypeError: it is none of Ed25519.
    """
    key = load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{file.name} holds no Ed25519 key")
    return key
