"""What is taken of what people hand in, and what is refused in which words (P4)."""

import io
import os
import zipfile
import zlib

import pytest

from services.publicity.sniffing import MOST_BYTES, NotTaken, kind_of
from tests.publicity.handed_in import chunk, jpeg, pdf, png


def looked_at(content: bytes, name: str) -> str:
    with os.fdopen(os.memfd_create("test"), "w+b") as file:
        file.write(content)
        return kind_of(file, name)


def zipped(comment: bytes = b"") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "x")
        archive.comment = comment
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (pdf(), "材料.PDF", "application/pdf"),
        (jpeg(), "a.jpeg", "image/jpeg"),
        (jpeg(), "a.jpg", "image/jpeg"),
        (jpeg() + jpeg(4, 4), "with-preview.jpg", "image/jpeg"),
        (jpeg() + bytes(64), "padded.jpg", "image/jpeg"),
        (png(), "a.png", "image/png"),
        (png(extra=chunk(b"tEXt", b"Title\0scan")), "a.png", "image/png"),
    ],
)
def test_what_is_whole_and_what_it_says_is_taken(content: bytes, name: str, kind: str) -> None:
    assert looked_at(content, name) == kind


BOMB = zlib.compress(bytes(40_000_000))

ATTACKS = {
    "nothing": (b"", "a.pdf", "空的"),
    "too big": (pdf(bytes(MOST_BYTES)), "a.pdf", "10 MB"),
    "a program": (b"\x7fELF" + bytes(200), "a.pdf", "只接收"),
    "an archive": (zipped(), "a.pdf", "实为 ZIP"),
    "a page": (b"<html><script>alert(1)</script>", "a.png", "只接收"),
    "a drawing": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png", "只接收"),
    "wrong extension": (pdf(), "a.jpg", "文件名"),
    "two extensions": (png(), "a.png.exe", "文件名"),
    "no extension": (png(), "png", "文件名"),
    "pdf without end": (pdf()[:-8], "a.pdf", "不完整"),
    "pdf and archive": (pdf() + zipped(), "a.pdf", "附有其他内容"),
    "archive that ends as a pdf": (pdf()[:-6] + zipped(b"\n%%EOF\n"), "a.pdf", ""),
    "pdf within an archive": (
        b"%PDF-1.4\n" + zipped(b"\nstartxref\n0\n%%EOF\n"),
        "a.pdf",
        "压缩包",
    ),
    "pdf with a script": (pdf(b"<</S/JavaScript/JS(app.alert(1))>>"), "a.pdf", "脚本"),
    "pdf with a file": (pdf(b"<</Type/EmbeddedFile>>"), "a.pdf", "内嵌文件"),
    "locked pdf": (pdf(b"<</Encrypt 5 0 R>>"), "a.pdf", "密码"),
    "jpeg cut off": (jpeg()[:-2], "a.jpg", "不完整"),
    "jpeg and page": (jpeg() + b"<script>", "a.jpg", "附有其他内容"),
    "jpeg with a page": (jpeg(comment=b"<script>alert(1)</script>"), "a.jpg", "夹带"),
    "jpeg with a pdf": (jpeg(comment=b"%PDF-1.4"), "a.jpg", "夹带"),
    "jpeg and archive": (jpeg() + zipped(), "a.jpg", "附有其他内容"),
    "jpeg of nothing": (b"\xff\xd8\xff\xd9", "a.jpg", ""),
    "huge jpeg": (jpeg(14_000, 14_000), "a.jpg", "5000万像素"),
    "long jpeg": (jpeg(60_000, 10), "a.jpg", "像素"),
    "png cut off": (png()[:-4], "a.png", "不完整"),
    "png with a wrong sum": (png().replace(b"IDAT", b"IDAX"), "a.png", "不完整"),
    "png and more": (png() + b"x", "a.png", "附有其他内容"),
    "huge png": (png(14_000, 14_000, raw=b""), "a.png", "5000万像素"),
    "png that is a bomb": (png(raw=bytes(40_000_000)), "a.png", "解压"),
    "png with a packed bomb": (png(extra=chunk(b"zTXt", b"a\0\0" + BOMB)), "a.png", "解压"),
    "png without an image": (png(raw=b""), "a.png", "不完整"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_everything_else_is_refused_in_words(attack: str) -> None:
    """P4: and the words say what would be right."""
    content, name, words = ATTACKS[attack]
    with pytest.raises(NotTaken, match=r"请|只|不予|须") as refused:
        looked_at(content, name)
    assert words in refused.value.message
