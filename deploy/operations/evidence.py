"""Bundles of evidence: the parts of the three services in one file, and what an auditor keeps."""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

import httpx
import orjson

from deploy.operations.client import Client, NotAsExpected
from shared.audit.bundle import MANIFEST, Files, bundle, manifest
from shared.audit.timeline import SERVICES, names_one
from shared.audit.verifier import Checkpoint, Malformed, SignedNote, base_of

PIECE = 1 << 20
SECONDS = 3600
"""A log of a million events takes a service minutes."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What came together: by service how many events, and who did not answer."""

    services: dict[str, dict[str, Any]]
    unreachable: Sequence[str]


def export(
    client: Client, keys: Sequence[str], target: Path, kept: Iterable[bytes] = ()
) -> Exported:
    """Ask every service for its part and merge them; no keys mean the whole logs.

    Args:
        kept: checkpoints that were kept earlier: cases are linked to them.

    Raises:
        NotAsExpected: no service answered with a part.
    """
    parts: dict[str, dict[str, Any]] = {}
    unreachable: dict[str, str] = {}
    known = list(keys)
    sizes = sizes_of(kept)
    with tempfile.TemporaryFile(dir=target.resolve().parent) as partial:
        with bundle(partial) as files:
            for service in SERVICES:
                try:
                    known = resolved(client, service, known)
                    which = {"keys": known} if keys else {"all": True}
                    asked = {**which, "sizes": sizes.get(service, [])}
                    parts |= section(client, service, asked, files)
                except (httpx.TransportError, NotAsExpected) as fault:
                    unreachable[service] = str(fault)
            if not parts:
                raise NotAsExpected("；".join(unreachable.values()))
            if keys and not unreachable and not any(part["events"] for part in parts.values()):
                raise NotAsExpected(f"三个服务都没有关于 {'、'.join(keys)} 的已存证的记录。")
            files.close(manifest(known, parts, list(unreachable), datetime.now(UTC)))
        partial.seek(0)
        with target.open("wb") as file:
            shutil.copyfileobj(partial, file, PIECE)
    return Exported(parts, list(unreachable))


def sizes_of(notes: Iterable[bytes]) -> dict[str, list[int]]:
    """The sizes of the services' logs by these notes; what is no note is passed over."""
    sizes: dict[str, list[int]] = defaultdict(list)
    for note in notes:
        try:
            said = Checkpoint.parse(SignedNote.parse(note).text)
        except Malformed:
            continue
        _, _, service = base_of(said.origin).rpartition("/")
        sizes[service].append(said.size)
    return sizes


def resolved(client: Client, service: str, keys: Sequence[str]) -> list[str]:
    """The keys, and the nominations that they stand for: only intake knows outside ids."""
    if service != "intake":
        return list(keys)
    lines = [line for key in keys for line in client.get(service, f"/audit/cases/{key}", "auditor")]
    named = [str(line["data"]["nomination_id"]) for line in lines if names_one(line)]
    return list(dict.fromkeys((*keys, *named)))


def section(client: Client, service: str, asked: dict[str, Any], files: Files) -> dict[str, Any]:
    """Ask a service for its own bundle, and take its files over.

    Returns:
        What the manifest of that bundle says of the service.
    """
    with tempfile.TemporaryFile() as own:
        client.download(service, "/audit/export", "auditor", asked, own, SECONDS)
        return merge(own, files)


def merge(own: IO[bytes], files: Files) -> dict[str, Any]:
    """Take the files of a bundle over, and what its manifest says of its services."""
    with ZipFile(own) as archive:
        about = orjson.loads(archive.read(MANIFEST))
        for path in about["files"]:
            with archive.open(path) as member, files.adding(path) as added:
                for piece in pieces(member):
                    added.write(piece)
    services: dict[str, Any] = about["services"]
    return services


def pieces(file: IO[bytes]) -> Iterable[bytes]:
    """What is in a file, piece by piece."""
    return iter(lambda: file.read(PIECE), b"")


def keep_checkpoints(client: Client, directory: Path | None) -> dict[str, str]:
    """The latest signed checkpoint of every log, kept in a folder under its name and size.

    One that is already there under this name stays as it is, beside a new one that differs.
    """
    notes = {service: str(client.get(service, "/audit/checkpoint")) for service in SERVICES}
    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True)
        for note in notes.values():
            keep(note, directory)
    return notes


def keep(note: str, directory: Path) -> Path:
    """Write a note, never over another one."""
    origin, size, root, *_ = note.split("\n")
    name = f"{origin.replace('/', '-')}-{size}"
    path = directory / f"{name}.txt"
    if path.exists() and path.read_text().split("\n")[2] != root:
        path = directory / f"{name}-{root[:8].replace('/', '_')}.txt"
    path.write_text(note)
    return path
