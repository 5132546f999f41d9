"""What a file really is: read by its content, strictly, from the first byte to the last.

PDF, JPEG and PNG are taken; each must begin and end as its format says and be of a sane size when
it is unpacked. Whatever is two things at once is none of them. Nothing is rendered here.
"""

import mmap
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, Literal

import filetype  # type: ignore[import-untyped]

from shared.messages import Refused

Kind = Literal["application/pdf", "image/jpeg", "image/png"]

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 15_000
MOST_UNPACKED = 4 * 1024 * 1024
"""Bytes of a text or colour profile within an image, once unpacked."""

NAMES: dict[Kind, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
}
TITLES: dict[Kind, str] = {"application/pdf": "PDF", "image/jpeg": "JPEG", "image/png": "PNG"}

PDF_HEADS = tuple(f"%PDF-{version}".encode() for version in ("1.", "2.0"))
ACTIVE = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia")
FOREIGN = (b"%PDF-", b"<html", b"<script", b"<!doctype", b"<svg", b"<?php")
"""What no image says in its first kilobyte."""

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
PACKED = {b"zTXt", b"iCCP", b"iTXt"}
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}

JPEG_HEAD = b"\xff\xd8\xff"
JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})

Bytes = mmap.mmap | bytes


class NotTaken(Refused):
    """The file is not one that is taken; the sentence says why, and what would be right."""

    code = "file_not_taken"
    rule = "P4"


def kind_of(file: IO[bytes], name: str) -> Kind:
    """What the file is.

    Args:
        file: a real file on disk, which is mapped and not read as a whole.
        name: as the visitor's machine calls it; it must end as the content says.

    Raises:
        NotTaken: it is something else, damaged, disguised or too big when it is unpacked.
    """
    file.flush()
    file.seek(0, 2)
    size = file.tell()
    if not size:
        raise NotTaken("文件是空的，请重新选择。", field="files")
    if size > MOST_BYTES:
        raise NotTaken("文件超过10 MB，请压缩或拆分后再提交。", field="files")
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        kind, check = _claimed(content)
        if PurePosixPath(name.lower()).suffix not in NAMES[kind]:
            raise NotTaken(
                f"文件内容是{TITLES[kind]}，文件名却不以{'或'.join(NAMES[kind])}结尾，请改正文件名。",
                field="files",
            )
        check(content)
        _only_that(content)
    return kind


def _claimed(content: Bytes) -> tuple[Kind, Callable[[Bytes], None]]:
    head = content[:8]
    if head.startswith(PDF_HEADS):
        return "application/pdf", _check_pdf
    if head.startswith(JPEG_HEAD):
        return "image/jpeg", _check_jpeg
    if head == PNG_HEAD:
        return "image/png", _check_png
    known = filetype.guess(bytearray(content[:8192]))
    what = f"（实为 {known.extension.upper()} 文件）" if known is not None else ""
    raise NotTaken(f"只接收PDF、JPEG、PNG文件，该文件不是{what}，请转换后再提交。", field="files")


def _only_that(content: Bytes) -> None:
    """No archive, page or program rides along."""
    if zipfile.is_zipfile(BytesIO(content[-70_000:])):
        raise NotTaken("文件中夹带了压缩包，不予接收，请另存后再提交。", field="files")
    start = content[:1024].lower()
    if not start.startswith(b"%pdf") and any(word.lower() in start for word in FOREIGN):
        raise NotTaken("图片中夹带了其他类型的内容，不予接收，请另存后再提交。", field="files")


# PDF


def _check_pdf(content: Bytes) -> None:
    end = content.rfind(b"%%EOF")
    rest = content[end + 5 : end + 1024] if end >= 0 else b""
    if end < 0 or end + 5 + len(rest) != len(content) or rest.strip(b"\r\n\t \x00"):
        raise NotTaken("PDF文件不完整，或末尾附有其他内容，请重新导出后再提交。", field="files")
    if content.rfind(b"startxref", max(0, end - 1024), end) < 0:
        raise NotTaken("PDF文件已损坏（缺少目录位置），请重新导出后再提交。", field="files")
    if content.find(b"/Encrypt") >= 0:
        raise NotTaken("PDF文件设有密码或已加密，无法查阅，请解除后再提交。", field="files")
    if any(content.find(word) >= 0 for word in ACTIVE):
        raise NotTaken("PDF文件含有脚本、程序或内嵌文件，请打印为普通PDF后再提交。", field="files")


# PNG


def _check_png(content: Bytes) -> None:
    damaged = NotTaken("PNG图片不完整、已损坏或附有其他内容，请另存后再提交。", field="files")
    at, expected, unpack, given = 8, 0, zlib.decompressobj(), 0
    name = b""
    while name != b"IEND":
        head = content[at : at + 8]
        name, end = head[4:8], at + 12 + int.from_bytes(head[:4], "big")
        data = content[at + 8 : end - 4] if end <= len(content) else b""
        whole = zlib.crc32(name + data) == int.from_bytes(content[end - 4 : end], "big")
        if len(name) < 4 or not whole or (at == 8) != (name == b"IHDR"):
            raise damaged
        if name == b"IHDR":
            expected = _pixels_of_png(data, damaged)
        elif name == b"IDAT":
            given += _unpacked(unpack, data, expected + 1 - given, damaged)
            if given > expected:
                raise NotTaken("PNG图片解压后超过应有大小，不予接收。", field="files")
        elif name in PACKED:
            _within_bounds(data, damaged)
        at = end
    if at != len(content) or not given:
        raise damaged


def _pixels_of_png(data: bytes, damaged: NotTaken) -> int:
    """How many bytes the image has when it is unpacked, at most."""
    if len(data) != 13 or data[9] not in CHANNELS or data[8] not in {1, 2, 4, 8, 16}:
        raise damaged
    width, height = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
    _sane(width, height)
    row = (width * CHANNELS[data[9]] * data[8] + 7) // 8 + 1
    return row * height + (height + row) * 14 * bool(data[12])


def _unpacked(unpack: "zlib._Decompress", data: bytes, most: int, damaged: NotTaken) -> int:
    """How many bytes these make, counted in small pieces; it stops beyond `most`."""
    count = 0
    try:
        while data and count <= most:
            count += len(unpack.decompress(data, 65_536))
            data = unpack.unconsumed_tail
    except zlib.error:
        raise damaged from None
    return count


def _within_bounds(data: bytes, damaged: NotTaken) -> None:
    """A text or profile that is packed: none of them may be a bomb."""
    packed = data[data.find(b"\0") + 2 :]
    if packed[:1] != b"\x78":  # a text that is not packed
        return
    if _unpacked(zlib.decompressobj(), packed, MOST_UNPACKED, damaged) > MOST_UNPACKED:
        raise NotTaken("图片附带的信息解压后过大，不予接收，请另存后再提交。", field="files")


# JPEG


def _check_jpeg(content: Bytes) -> None:
    """One image; a telephone may put further whole ones behind it (its preview, its gain map)."""
    at = _end_of_jpeg(content, 0)
    while content[at : at + 3] == JPEG_HEAD:
        at = _end_of_jpeg(content, at)
    if content[at:].strip(b"\0"):
        raise NotTaken("JPEG图片末尾附有其他内容，请另存后再提交。", field="files")


def _end_of_jpeg(content: Bytes, start: int) -> int:
    damaged = NotTaken("JPEG图片不完整或已损坏，请另存后再提交。", field="files")
    at, sized = start + 2, False
    while True:
        if content[at : at + 1] != b"\xff" or at + 2 > len(content):
            raise damaged
        marker = content[at + 1]
        if marker == 0xFF:  # a filling byte
            at += 1
            continue
        if marker == 0xD9:
            if not sized:
                raise damaged
            return at + 2
        if marker in STANDALONE:
            at += 2
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if length < 2 or at + 2 + length > len(content):
            raise damaged
        if marker in JPEG_SIZES:
            size = content[at + 5 : at + 9]
            _sane(int.from_bytes(size[2:], "big"), int.from_bytes(size[:2], "big"))
            sized = True
        at += 2 + length
        if marker == 0xDA:
            at = _behind_the_scan(content, at, damaged)


def _behind_the_scan(content: Bytes, at: int, damaged: NotTaken) -> int:
    """Where the next marker stands."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise damaged
        following = content[at + 1]
        if following != 0 and not 0xD0 <= following <= 0xD7:
            return at
        at += 2


def _sane(width: int, height: int) -> None:
    if not width or not height or max(width, height) > LONGEST_SIDE:
        raise NotTaken(f"图片边长须在1至{LONGEST_SIDE}像素之间，请缩小后再提交。", field="files")
    if width * height > MOST_PIXELS:
        raise NotTaken("图片超过5000万像素，请缩小后再提交。", field="files")
