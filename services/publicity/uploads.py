"""Files that the public hands in: received in pieces, looked at, sealed, and kept by digest (P4).

What arrives stays in memory that has no name on any disk, at most ten megabytes for a file. It is
stored in pieces under a key of its own. As long as the form is a draft that key follows from the
form's secret; once the objection is raised it is under the vault's seal, and goes with the
reporter. A file is never shown: it leaves as a download, for a purpose on record.
"""

import asyncio
import hashlib
import json
import os
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any, cast
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Request
from psycopg import Connection
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException

from services.publicity.lodging import Part
from services.publicity.objecting import Enclosed
from services.publicity.sniffing import MOST_BYTES, kind_of
from shared.application import Application
from shared.contracts.sealed import Sealed
from shared.personal import Vault

MOST_FILES = 5
MOST_FIELDS = 64 * 1024
MOST_DRAINED = 130 * 1024 * 1024
"""A form that is larger is not read to its end."""

MOST_HELD = 400 * 1024 * 1024
"""What the process keeps of all forms that are on their way."""

LONGEST = 300.0
"""Seconds for a form to arrive."""

PIECE = 256 * 1024

HELD = [0]


@dataclass(slots=True)
class Incoming:
    """A file that has arrived: its field, its name, its digest; `size` counts what was not kept."""

    part: Part
    name: str
    file: IO[bytes]
    digest: Any = field(default_factory=hashlib.sha256)
    size: int = 0

    @property
    def sha256(self) -> str:
        """The digest, in hexadecimal."""
        return cast("str", self.digest.hexdigest())


@dataclass(slots=True)
class Sent:
    """A form that has arrived. `choices` are the fields that may come several times."""

    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    files: list[Incoming] = field(default_factory=list)
    held: int = 0

    def close(self) -> None:
        """Let go of the files."""
        HELD[0] -= self.held
        self.held = 0
        for one in self.files:
            one.file.close()


async def receive(request: Request, *, files: bool = True) -> Sent:
    """Read a multipart form as it comes.

    Args:
        files: whether they are kept; otherwise they are read over, for the sake of the fields.

    Raises:
        HTTPException: 400 (no such form), 408 (too slow), 413 (too much), 503 (too many at once).
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise HTTPException(415)
    reading = _Reading(options[b"boundary"], keep=files)
    try:
        async with asyncio.timeout(LONGEST):
            async for chunk in request.stream():
                reading.take(chunk)
        reading.finish()
    except BaseException as fault:
        reading.close()
        if isinstance(fault, FormParserError):
            raise HTTPException(400) from None
        if isinstance(fault, TimeoutError):
            raise HTTPException(408) from None
        raise
    return reading.sent


class _Reading:
    """The parser, and the part that it is in."""

    def __init__(self, boundary: bytes, *, keep: bool) -> None:
        self.sent = Sent()
        self._keep = keep
        self._read = self._in_fields = 0
        self._header = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._name, self._text, self._file = "", b"", None
        self._complete = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._more_header(data[start:end]),
                "on_header_value": lambda data, start, end: self._more_value(data[start:end]),
                "on_header_end": self._header_ends,
                "on_headers_finished": self._headers_end,
                "on_part_data": lambda data, start, end: self._data(data[start:end]),
                "on_part_end": self._ends,
                "on_end": self._done,
            },
        )

    _file: Incoming | None

    def take(self, chunk: bytes) -> None:
        self._read += len(chunk)
        if self._read > MOST_DRAINED:
            raise HTTPException(413)
        self._parser.write(chunk)

    def finish(self) -> None:
        self._parser.finalize()
        if not self._complete:
            raise HTTPException(400)

    def close(self) -> None:
        """It did not come to its end."""
        self.sent.close()
        if self._file is not None:
            self._file.file.close()

    def _begin(self) -> None:
        self._headers, self._name, self._text, self._file = {}, "", b"", None

    def _more_header(self, data: bytes) -> None:
        self._header += data

    def _more_value(self, data: bytes) -> None:
        self._value += data

    def _header_ends(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            return
        name = options[b"filename"].decode("utf-8", "replace").replace("\\", "/").split("/")[-1]
        part: Part = "seal" if self._name == "seal" else "evidence"
        self._file = Incoming(part, name[-100:], os.fdopen(os.memfd_create("handed-in"), "w+b"))

    def _data(self, data: bytes) -> None:
        if self._file is None:
            self._in_fields += len(data)
            if self._in_fields > MOST_FIELDS:
                raise HTTPException(413)
            self._text += data
            return
        self._file.size += len(data)
        if not self._keep or self._file.size > MOST_BYTES or len(self.sent.files) > MOST_FILES:
            return
        if HELD[0] + len(data) > MOST_HELD:
            raise HTTPException(503)
        HELD[0] += len(data)
        self.sent.held += len(data)
        self._file.file.write(data)
        self._file.digest.update(data)

    def _ends(self) -> None:
        if self._file is None:
            text = self._text.decode("utf-8", "replace")
            self.sent.fields[self._name] = text
            self.sent.choices[self._name].append(text)
        elif self._file.size and self._keep:
            self.sent.files.append(self._file)
        else:  # nothing was chosen
            self._file.file.close()

    def _done(self) -> None:
        self._complete = True


def checked(one: Incoming) -> Enclosed:
    """What was handed in.

    Raises:
        NotTaken: it is none of the files that are taken.
    """
    kind = kind_of(one.file, one.name) if one.size <= MOST_BYTES else _too_big(one)
    return Enclosed(sha256=one.sha256, kind=kind, part=one.part, size=one.size)


def _too_big(one: Incoming) -> Any:
    """What is left of it is as long as is taken, and one byte more says so."""
    one.file.truncate(MOST_BYTES + 1)
    return kind_of(one.file, one.name)


def store(application: Application, objection_id: UUID, one: Incoming, key: bytes) -> None:
    """Keep a file under this key, in place of what was kept of it before it was enclosed."""
    cipher = AESGCM(key)
    pieces = _pieces(one.size)
    one.file.seek(0)
    with application.reading() as connection, connection.transaction():
        connection.execute(
            "DELETE FROM objection_files WHERE objection_id = %s AND sha256 = %s"
            " AND sealed IS NULL",
            (objection_id, one.sha256),
        )
        made = connection.execute(
            "INSERT INTO objection_files (objection_id, sha256, size) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING RETURNING size",
            (objection_id, one.sha256, one.size),
        ).fetchone()
        for number in range(pieces if made is not None else 0):
            bound = _bound(objection_id, one.sha256, number, pieces)
            box = cipher.encrypt(_nonce(number), one.file.read(PIECE), bound)
            connection.execute(
                "INSERT INTO objection_file_pieces VALUES (%s, %s, %s, %s)",
                (objection_id, one.sha256, number, box),
            )


def seal(
    application: Application, vault: Vault, objection_id: UUID, sha256: str, key: bytes
) -> None:
    """Put the key of a file under the vault's seal, with those of the reporter."""
    box = vault.seal(objection_id, "dossier", objection_id, _field(sha256), b64encode(key).decode())
    with application.reading() as connection:
        connection.execute(
            "UPDATE objection_files SET sealed = %s WHERE objection_id = %s AND sha256 = %s"
            " AND sealed IS NULL",
            (json.dumps(box.model_dump(mode="json")), objection_id, sha256),
        )


def opened(
    application: Application, vault: Vault, objection_id: UUID, sha256: str
) -> Iterator[bytes]:
    """The file, piece by piece.

    Raises:
        Erased: at once; the key was destroyed.
        Unopenable: a piece was changed.
        LookupError: there is no such file.
    """
    with application.reading() as connection:
        row = connection.execute(
            "SELECT size, sealed FROM objection_files WHERE objection_id = %s AND sha256 = %s"
            " AND sealed IS NOT NULL",
            (objection_id, sha256),
        ).fetchone()
    if row is None:
        raise LookupError("there is no such file")
    key = vault.open(Sealed.model_validate(row["sealed"]), objection_id, _field(sha256))
    return _unsealed(application, objection_id, sha256, row["size"], b64decode(key))


def _unsealed(
    application: Application, objection_id: UUID, sha256: str, size: int, key: bytes
) -> Iterator[bytes]:
    cipher, pieces = AESGCM(key), _pieces(size)
    for number in range(pieces):
        with application.reading() as connection:
            row = connection.execute(
                "SELECT box FROM objection_file_pieces"
                " WHERE objection_id = %s AND sha256 = %s AND number = %s",
                (objection_id, sha256, number),
            ).fetchone()
        if row is None:
            raise LookupError("a piece of the file is missing")
        bound = _bound(objection_id, sha256, number, pieces)
        yield cipher.decrypt(_nonce(number), bytes(row["box"]), bound)


def forget(connection: Connection[Any]) -> None:
    """Remove the files of drafts that are a week old, and those whose reporter was erased."""
    connection.execute(
        "DELETE FROM objection_files WHERE sealed IS NULL AND taken_at < now() - interval '7 days'"
    )
    connection.execute(
        "DELETE FROM objection_files WHERE objection_id IN"
        " (SELECT subject FROM erasures WHERE completed_at IS NOT NULL)"
    )


def _pieces(size: int) -> int:
    return -(-size // PIECE)


def _nonce(number: int) -> bytes:
    """A key is used for one file only, and a file never changes."""
    return number.to_bytes(12, "big")


def _bound(objection_id: UUID, sha256: str, number: int, pieces: int) -> bytes:
    return f"gongjiang-file-v1 {objection_id} {sha256} {number} {pieces}".encode()


def _field(sha256: str) -> str:
    return f"file {sha256}"
