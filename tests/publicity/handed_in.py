"""Files that people hand in, honest ones and others; made here, of nobody."""

import struct
import zlib


def chunk(name: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int = 8, height: int = 8, *, raw: bytes | None = None, extra: bytes = b"") -> bytes:
    """A grey image."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    raw = b"".join(b"\0" + bytes(width) for _ in range(height)) if raw is None else raw
    parts = chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def jpeg(width: int = 8, height: int = 8, *, comment: bytes = b"") -> bytes:
    """The bones of an image: markers as they must be, and a scan that nobody decodes."""
    size = b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00"
    said = b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment if comment else b""
    app = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\xff\x00\x34"
    return b"\xff\xd8" + app + said + size + scan + b"\xff\xd9"


def pdf(inside: bytes = b"") -> bytes:
    """One empty page."""
    body = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n" + inside
    tail = b"\nxref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Size 1>>\n"
    return body + tail + b"startxref\n%d\n%%%%EOF\n" % len(body)
