"""The file in which evidence travels: a zip with a manifest that names every other file.

Whoever made it vouches for nothing by it: the verifier believes signatures and hashes alone.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import IO, Any
from zipfile import ZIP_STORED, ZipFile

FORMAT = "gongjiang-bundle/1"
MANIFEST = "manifest.json"


@dataclass
class Files:
    """The members of a bundle, and what its manifest says of each."""

    archive: ZipFile
    listed: dict[str, dict[str, Any]] = field(default_factory=dict)

    @contextmanager
    def adding(self, path: str) -> Iterator["Adding"]:
        """A member that is written piece by piece."""
        with self.archive.open(path, "w", force_zip64=True) as member:
            adding = Adding(member)
            yield adding
        self.listed[path] = {"sha256": adding.digest.hexdigest(), "bytes": adding.size}

    def add(self, path: str, content: bytes) -> None:
        """A member."""
        with self.adding(path) as member:
            member.write(content)

    def close(self, about: dict[str, Any]) -> None:
        """Write the manifest: what the bundle is about, and every file that is in it."""
        self.archive.writestr(MANIFEST, as_json({**about, "files": self.listed}))


@dataclass
class Adding:
    """A member that is being written."""

    member: IO[bytes]
    digest: Any = field(default_factory=sha256)
    size: int = 0

    def write(self, piece: bytes) -> None:
        """The next piece."""
        self.member.write(piece)
        self.digest.update(piece)
        self.size += len(piece)


@contextmanager
def bundle(file: IO[bytes]) -> Iterator[Files]:
    """An empty bundle in this file. Nothing is compressed: most of it is digests."""
    with ZipFile(file, "w", ZIP_STORED) as archive:
        yield Files(archive)


def manifest(
    keys: Sequence[str], parts: Mapping[str, Any], unreachable: Sequence[str], made_at: datetime
) -> dict[str, Any]:
    """What a bundle says of itself beside its files."""
    return {
        "format": FORMAT,
        "made_at": made_at.isoformat(),
        "keys": list(keys),
        "complete": not unreachable,
        "services": parts,
        "unreachable": list(unreachable),
    }


def as_json(value: Any) -> bytes:
    """JSON for a file."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
