"""A log in memory, with keys of its own: whoever holds it can forge what an administrator could."""

import io
import json
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.audit import tree
from shared.audit.verifier import (
    COSIGNATURE,
    NO_PREVIOUS,
    NOTE,
    PREFIX,
    Policy,
    Report,
    VerifierKey,
    cosign,
    leaf_hash,
    sign_note,
    verify,
)

SPACE = UUID("890000aa-0000-4000-8000-000000000000")
BEGAN = 1_767_225_600
"""When the first event is recorded (seconds); one follows each minute."""
MINUTE = 60
SERVICES = ("intake", "review", "publicity")
WITNESSES = ("review", "publicity")


def key(name: str) -> Ed25519PrivateKey:
    """A key that belongs to this name, the same in each run."""
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def public(name: str, kind: int, of: str | None = None) -> VerifierKey:
    """Its public half, under this name."""
    raw = key(of or name).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return VerifierKey.of(name, kind, raw)


def policy_text(*origins: str) -> bytes:
    """The logs of the services (or these), and two of three witnesses."""
    logs = [f"log {public(o, NOTE)}" for o in origins or [f"gongjiang/{s}" for s in SERVICES]]
    witnesses = [f"witness {s} {public(f'gongjiang/witness/{s}', COSIGNATURE)}" for s in SERVICES]
    group = f"group others 2 {' '.join(SERVICES)}"
    return "\n".join((*logs, *witnesses, group, "quorum others", "")).encode()


POLICY = Policy.parse(policy_text())


def stream(name: str) -> UUID:
    """The id of a stream."""
    return uuid5(SPACE, name)


def lp(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


@dataclass(frozen=True)
class Entry:
    """One event; a forger may give it another previous leaf, and bytes behind its end."""

    stream: UUID
    version: int
    topic: str
    state: bytes
    seconds: float
    origin: str
    previous: bytes | None = None
    tail: bytes = b""

    def record(self, index: int, previous: bytes) -> bytes:
        salt = sha256(f"salt {index}".encode()).digest()
        return b"".join(
            (
                PREFIX,
                lp(self.origin.encode()),
                self.stream.bytes,
                self.version.to_bytes(8, "big"),
                lp(self.topic.encode()),
                int(self.seconds * 1_000_000).to_bytes(8, "big"),
                lp("职员-7".encode()),
                lp(self.stream.bytes),
                lp(b"request-1"),
                previous if self.previous is None else self.previous,
                sha256(self.state).digest(),
                salt,
                self.tail,
            )
        )


@dataclass
class Logbook:
    """The events of one service, its keys, and what was signed."""

    service: str = "intake"
    entries: list[Entry] = field(default_factory=list)
    origin: str = ""

    def __post_init__(self) -> None:
        self.origin = self.origin or f"gongjiang/{self.service}"

    @property
    def base(self) -> str:
        return f"gongjiang/{self.service}"

    def add(self, name: str, topic: str = "noted.v1", state: bytes | None = None) -> int:
        """An event at the end of a stream, a minute after the last; returns its index."""
        index, at = len(self.entries), stream(name)
        version = 1 + sum(one.stream == at for one in self.entries)
        state = state if state is not None else f'{{"data":{{"n":{index}}}}}'.encode()
        seconds = BEGAN + MINUTE * index
        self.entries.append(Entry(at, version, topic, state, seconds, self.base))
        return index

    def change(self, index: int, **fields: Any) -> None:
        """Rewrite an event; all hashes that follow from it are made anew."""
        self.entries[index] = replace(self.entries[index], **fields)

    def records(self) -> list[bytes]:
        heads: dict[UUID, bytes] = {}
        made = []
        for index, one in enumerate(self.entries):
            record = one.record(index, heads.get(one.stream, NO_PREVIOUS))
            heads[one.stream] = leaf_hash(record)
            made.append(record)
        return made

    def tiles(self) -> tree.Tiles:
        return tiles_of([leaf_hash(record) for record in self.records()])

    def text(self, size: int | None = None, origin: str | None = None) -> bytes:
        """A checkpoint's text."""
        size = len(self.entries) if size is None else size
        root = b64encode(tree.root(self.tiles(), size)).decode()
        return f"{origin or self.origin}\n{size}\n{root}\n".encode()

    def note(
        self,
        size: int | None = None,
        *,
        seconds: int | None = None,
        witnesses: Iterable[str] = WITNESSES,
        by: str | None = None,
    ) -> bytes:
        """A signed checkpoint, cosigned five seconds after its last event."""
        size = len(self.entries) if size is None else size
        if seconds is None:
            seconds = BEGAN + MINUTE * (size - 1) + 5
        return signed(self.text(size), seconds, witnesses, by or self.origin)


def signed(text: bytes, seconds: int, witnesses: Iterable[str], by: str) -> bytes:
    """The note of a checkpoint's text, with the key of `by` under the name in the text."""
    name = text.decode().partition("\n")[0]
    lines = [sign_note(text, name, key(by))]
    for one in witnesses:
        cosigner = f"gongjiang/witness/{one}"
        lines.append(cosign(text, cosigner, key(cosigner), seconds))
    return text + b"\n" + b"".join(lines)


def tiles_of(leaves: Sequence[bytes]) -> tree.Tiles:
    """The tiles of these leaves."""
    stored = {(level, number): row for level, number, row in tree.Frontier().append(leaves)}
    return lambda level, number, width: stored[level, number][: width * 32]


Files = dict[str, bytes]


def frame(index: int, record: bytes, state: bytes) -> bytes:
    """As leaves.bin has it."""
    return index.to_bytes(8, "big") + lp(record) + lp(state)


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def section(
    book: Logbook,
    note: bytes,
    *,
    only: Sequence[int] | None = None,
    archived: Mapping[str, bytes] | None = None,
    consistency: Iterable[int] = (),
    tombstones: Sequence[Any] = (),
) -> Files:
    """A service's files; `only` these leaves, or the whole log."""
    size = int(note.split(b"\n")[1])
    records, tiles = book.records(), book.tiles()
    indices = range(min(size, len(records))) if only is None else only
    proofs = {
        "inclusion": {}
        if only is None
        else {str(i): encoded(tree.inclusion(tiles, i, size)) for i in indices},
        "consistency": {
            str(old): encoded(tree.consistency(tiles, old, size)) for old in consistency
        },
    }
    frames = [frame(i, records[i], book.entries[i].state) for i in indices]
    files = {
        "checkpoint": note,
        "leaves.bin": b"".join(frames),
        "proofs.json": as_json(proofs),
        "tombstones.json": as_json(list(tombstones)),
        **{f"checkpoints/{name}": one for name, one in (archived or {}).items()},
    }
    return {f"{book.service}/{name}": content for name, content in files.items()}


def encoded(hashes: Sequence[bytes]) -> list[str]:
    return [b64encode(one).decode() for one in hashes]


def promise(book: Logbook, files: Files, **changes: Any) -> dict[str, Any]:
    """What a manifest says of a service."""
    text = files[f"{book.service}/checkpoint"].split(b"\n")
    events, at = 0, files[f"{book.service}/leaves.bin"]
    while at:
        length = int.from_bytes(at[8:12], "big")
        told = int.from_bytes(at[12 + length : 16 + length], "big")
        at = at[16 + length + told :]
        events += 1
    return {
        "origin": text[0].decode(),
        "size": int(text[1]),
        "events": events,
        "whole_log": True,
        "uncovered": 0,
        "withheld": 0,
        **changes,
    }


def manifest(files: Files, services: Mapping[str, Any], **changes: Any) -> bytes:
    """The manifest of these files, honest but for the changes."""
    about = {
        "format": "gongjiang-bundle/1",
        "made_at": "2026-01-02T00:00:00+00:00",
        "keys": [],
        "complete": True,
        "services": services,
        "unreachable": [],
        "files": {
            name: {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in files.items()
        },
    }
    return as_json({**about, **changes})


def zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip, the same in each run."""
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_STORED) as archive:
        for name, content in members:
            archive.writestr(ZipInfo(name), content)
    return made.getvalue()


def bundle(book: Logbook, files: Files, **changes: Any) -> bytes:
    """A bundle with one service in it; `services` etc. of the manifest may be changed."""
    about = {key: changes.pop(key) for key in list(changes) if key in MANIFEST_FIELDS}
    services = about.pop("services", None) or {book.service: promise(book, files, **changes)}
    told = manifest(files, services, **about)
    return zipped([*files.items(), ("manifest.json", told)])


MANIFEST_FIELDS = {"format", "keys", "complete", "services", "unreachable", "files"}


def judged(
    folder: Path,
    content: bytes,
    *kept: bytes,
    policy: Policy = POLICY,
    since: int = 0,
) -> Report:
    """What the verifier says of a bundle."""
    file = folder / "evidence.zip"
    file.write_bytes(content)
    return verify(file, policy, [(f"kept-{n}", one) for n, one in enumerate(kept)], since)


def a_log(service: str = "intake", events: int = 12) -> Logbook:
    """Three streams, by turns."""
    book = Logbook(service)
    for number in range(events):
        book.add("abc"[number % 3])
    return book
