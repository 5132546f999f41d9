"""A whole log of synthetic frames in a bundle, and how fast it is verified beside a bare loop."""

import json
import struct
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from uuid import UUID
from zipfile import ZIP_STORED, ZipFile

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.audit.tree import Frontier
from shared.audit.verifier import NOTE, Policy, VerifierKey, sign_note, verify
from tests.bench.figures import Figure, Goal, Rounds

ORIGIN = "gongjiang/intake"
KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"bench").digest())
BEGAN = 1_767_225_600_000_000
EVENTS_A_STREAM = 8
STATE = b'{"at":"2026-01-01T00:00:00Z","by":{"id":"890000"},"data":{"sealed":"%s"}}' % (b"x" * 600)
"""As long as an event of intake is."""
CHUNK = 1 << 20


def policy() -> Policy:
    """The key of the log alone."""
    public = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Policy.parse(str(VerifierKey.of(ORIGIN, NOTE, public)).encode())


def make_synthetic(path: Path, count: int) -> None:
    """Write the bundle of a whole log of intake with this many events."""
    frontier, digest, size = Frontier(), sha256(), 0
    with ZipFile(path, "w", ZIP_STORED) as archive:
        with archive.open("intake/leaves.bin", "w", force_zip64=True) as member:
            for frames, leaves in batches(count):
                member.write(frames)
                digest.update(frames)
                size += len(frames)
                for _ in frontier.append(leaves):
                    pass
        text = f"{ORIGIN}\n{count}\n{b64encode(frontier.root()).decode()}\n".encode()
        files = {
            "intake/checkpoint": text + b"\n" + sign_note(text, ORIGIN, KEY),
            "intake/proofs.json": b'{"inclusion":{},"consistency":{}}',
            "intake/tombstones.json": b"[]",
        }
        listed = {"intake/leaves.bin": {"sha256": digest.hexdigest(), "bytes": size}}
        for name, content in files.items():
            archive.writestr(name, content)
            listed[name] = {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
        promise = {"origin": ORIGIN, "size": count, "events": count, "whole_log": True}
        about = {"format": "gongjiang-bundle/1", "complete": True, "files": listed}
        archive.writestr("manifest.json", json.dumps({**about, "services": {"intake": promise}}))


def batches(count: int) -> Iterator[tuple[bytes, list[bytes]]]:
    """Frames and their leaves, some thousand at a time."""
    head = b"gongjiang-event-v1\0\x01" + lp(ORIGIN.encode())
    state, state_hash, previous = lp(STATE), sha256(STATE).digest(), bytes(32)
    tail = lp(b"890000-0001") + lp(bytes(16)) + lp(str(UUID(int=7)).encode())
    frames, leaves = [], list[bytes]()
    for index in range(count):
        number, version = divmod(index, EVENTS_A_STREAM)
        record = b"".join(
            (
                head,
                number.to_bytes(16, "big"),
                (version + 1).to_bytes(8, "big"),
                lp(b"nomination_received.v1"),
                (BEGAN + index * 1000).to_bytes(8, "big"),
                tail,
                previous if version else bytes(32),
                state_hash,
                sha256(index.to_bytes(8, "big")).digest(),
            )
        )
        previous = sha256(b"\0" + record).digest()
        frames.append(index.to_bytes(8, "big") + lp(record) + state)
        leaves.append(previous)
        if len(frames) == 4096:
            yield b"".join(frames), leaves
            frames, leaves = [], []
    yield b"".join(frames), leaves


def lp(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def bare(path: Path) -> int:
    """Read the same frames and hash each record and each state; nothing else."""
    count, rest = 0, b""
    head, length_of = struct.Struct(">QI").unpack_from, struct.Struct(">I").unpack_from
    with ZipFile(path) as archive, archive.open("intake/leaves.bin") as file:
        while piece := file.read(CHUNK):
            buffer, at = rest + piece, 0
            while at + 12 <= len(buffer):
                middle = at + 12 + head(buffer, at)[1]
                if middle + 4 > len(buffer):
                    break
                end = middle + 4 + length_of(buffer, middle)[0]
                if end > len(buffer):
                    break
                sha256(buffer[at + 12 : middle]).digest()
                sha256(buffer[middle + 4 : end]).digest()
                count, at = count + 1, end
            rest = buffer[at:]
    return count


def verified(path: Path) -> int:
    """The verifier on the same file."""
    report = verify(path, policy())
    if report.exit_code:
        raise RuntimeError("\n".join(report.lines()))
    return int(report.services["intake"]["events"])


def rate(work: Callable[[Path], int], path: Path) -> float:
    """Events a second."""
    begun = time.perf_counter()
    return work(path) / (time.perf_counter() - begun)


def verification(large: int = 200_000, small: int = 10_000, rounds: int = 5) -> Figure:
    """Events verified a second beside the bare loop, and beside a small log."""
    measured, at_small = Rounds(), list[float]()
    with tempfile.TemporaryDirectory() as folder:
        long, short = Path(folder, "long.zip"), Path(folder, "short.zip")
        make_synthetic(long, large)
        make_synthetic(short, small)
        for _ in range(rounds):
            at_small.append(rate(verified, short))
            measured.ours.append(rate(verified, long))
            measured.limit.append(rate(bare, long))
    flat = min(measured.ours) / max(at_small)
    return measured.figure(
        "verify a whole log",
        "/s",
        measured.of_limit(0.4),
        Goal(f"flat from {small:,} to {large:,}: {flat:.0%}", flat >= 0.7),
    )
