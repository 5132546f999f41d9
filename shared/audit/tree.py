"""The Merkle tree of a log (RFC 6962) in tiles (C2SP tlog-tiles, height 8): pure, of bytes alone.

A tile is a row of up to 256 hashes. On level 0 they are leaves; on each level above, one hash
stands for a full tile below. Whatever is asked of the tree is read from the tiles that are given
as a function, so a database, a web address and a folder serve alike.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256

Tiles = Callable[[int, int, int], bytes]
"""(level, number, width) -> width * 32 bytes; raises LookupError if that is not there."""

HASH = 32
WIDTH = 256
FULL = WIDTH * HASH
EMPTY_ROOT = sha256(b"").digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def root(tiles: Tiles, size: int) -> bytes:
    """The root of the first `size` leaves; SHA-256 of nothing for an empty tree."""
    return _Reader(tiles, size).span(0, size)


def inclusion(tiles: Tiles, index: int, size: int) -> list[bytes]:
    """The hashes that lead from a leaf to the root, the leaf's sibling first."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    begin, end, spans = 0, size, list[tuple[int, int]]()
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin = middle
    return _Reader(tiles, size).spans(spans)


def consistency(tiles: Tiles, old: int, new: int) -> list[bytes]:
    """The hashes that show that the tree of `new` leaves begins with the tree of `old`."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} cannot begin with one of {old}")
    if old in (0, new):
        return []
    begin, end, spans = 0, new, list[tuple[int, int]]()
    while end != old:
        middle = begin + _split(end - begin)
        if old <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin = middle
    if begin:
        spans.append((begin, end))
    return _Reader(tiles, new).spans(spans)


def needed(size: int) -> Iterator[tuple[int, int, int]]:
    """The tiles that make the root at this size: the rightmost of each level, unless it is full."""
    level, hashes = 0, size
    while hashes:
        if hashes % WIDTH:
            yield level, hashes // WIDTH, hashes % WIDTH
        level, hashes = level + 1, hashes // WIDTH


def tile_path(level: int, number: int, width: int = WIDTH) -> str:
    """Where a tile is served: `tile/0/x001/234`, with `.p/<width>` behind it if it is partial."""
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    elements = [f"x{part}" for part in parts[:-1]] + parts[-1:]
    return f"tile/{level}/{'/'.join(elements)}" + (f".p/{width}" if width < WIDTH else "")


_TILE_PATH = re.compile(
    r"tile/([0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


def tile_of_path(path: str) -> tuple[int, int, int]:
    """(level, number, width) of a path; raises ValueError for any other spelling of it."""
    found = _TILE_PATH.fullmatch(path)
    if found is None:
        raise ValueError(f"not the path of a tile: {path!r}")
    level, number = int(found[1]), int(found[2].replace("x", "").replace("/", ""))
    width = int(found[3]) if found[3] else WIDTH
    if level > 63 or tile_path(level, number, width) != path:
        raise ValueError(f"not the path of a tile: {path!r}")
    return level, number, width


class Frontier:
    """The right edge of a tree: leaves are added here, and the tiles that they change come out."""

    def __init__(self, size: int = 0, tiles: Tiles | None = None) -> None:
        """Begin at the edge of a tree of this size; its tiles are read once, if it is not empty."""
        self.size = size
        self._rows: list[bytearray] = []
        if tiles is not None:
            edge = {level: tiles(level, number, width) for level, number, width in needed(size)}
            for level in range(max(edge, default=-1) + 1):
                self._rows.append(bytearray(edge.get(level, b"")))

    def append(self, leaves: Iterable[bytes]) -> Iterator[tuple[int, int, bytes]]:
        """Each tile that changes as (level, number, hashes): first those now full, then the edge.

        Consume it to the end: the tree grows as the tiles come.
        """
        changed: set[int] = set()
        for leaf in leaves:
            self.size += 1
            level, carried = 0, leaf
            while True:
                if level == len(self._rows):
                    self._rows.append(bytearray())
                row = self._rows[level]
                row += carried
                changed.add(level)
                if len(row) < FULL:
                    break
                yield level, (self.size >> 8 * (level + 1)) - 1, bytes(row)
                carried = fold(row)
                row.clear()
                level += 1
        for level in sorted(changed):
            if self._rows[level]:
                yield level, self.size >> 8 * (level + 1), bytes(self._rows[level])

    def root(self) -> bytes:
        """The root of all leaves so far."""
        return root(self._tile, self.size)

    def _tile(self, level: int, _number: int, width: int) -> bytes:
        return bytes(self._rows[level][: width * HASH])


def fold(hashes: bytes | bytearray) -> bytes:
    """The root of a full subtree whose hashes stand in a row (a power of two of them)."""
    row = [bytes(hashes[at : at + HASH]) for at in range(0, len(hashes), HASH)]
    while len(row) > 1:
        row = [node(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def _split(size: int) -> int:
    """The greatest power of two that is smaller than the size."""
    return int(1 << (size - 1).bit_length() - 1)


class _Reader:
    """Reads spans of leaves from the tiles of a tree of one size, each tile once."""

    def __init__(self, tiles: Tiles, size: int) -> None:
        self._tiles = tiles
        self._size = size
        self._read: dict[tuple[int, int], bytes] = {}

    def spans(self, spans: list[tuple[int, int]]) -> list[bytes]:
        """The hashes of these spans, from the lowest to the highest."""
        return [self.span(begin, end) for begin, end in reversed(spans)]

    def span(self, begin: int, end: int) -> bytes:
        """The hash over a span that begins where a subtree of its size can begin."""
        if begin == end:
            return EMPTY_ROOT
        peaks = []
        while begin < end:
            height = (end - begin).bit_length() - 1
            peaks.append(self._subtree(height, begin >> height))
            begin += 1 << height
        result = peaks.pop()
        while peaks:
            result = node(peaks.pop(), result)
        return result

    def _subtree(self, height: int, index: int) -> bytes:
        level, above = divmod(height, 8)
        first = index << above
        number, at = divmod(first, WIDTH)
        row = self._tile(level, number)
        return fold(row[at * HASH : (at + (1 << above)) * HASH])

    def _tile(self, level: int, number: int) -> bytes:
        if (level, number) not in self._read:
            width = min(WIDTH, (self._size >> 8 * level) - number * WIDTH)
            row = self._tiles(level, number, width)
            if len(row) != width * HASH:
                raise LookupError(f"tile {tile_path(level, number, width)} is damaged")
            self._read[level, number] = row
        return self._read[level, number]
