"""The tree: RFC 6962 by its own definition, in every size where something could go wrong."""

import json
import subprocess
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.audit import tree
from shared.audit.verifier import Peaks, leaf_hash, verify_consistency, verify_inclusion
from tests.audit.logbook import tiles_of

MOST = 300
EACH = 7
"""Every proof must hold; of each so many, all that is nearly it is tried, too."""
LARGE = 65_540
SIZES = (255, 256, 257, 65_535, 65_536, 65_537)
ENTRIES = [
    bytes.fromhex(one)
    for one in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Roots of the first 0, 1 … 8 of these entries, as Certificate Transparency publishes them."""


@cache
def leaf(number: int) -> bytes:
    return leaf_hash(number.to_bytes(4, "big"))


@cache
def definition(begin: int, end: int) -> bytes:
    """The Merkle tree hash as RFC 6962 defines it."""
    if begin == end:
        return sha256(b"").digest()
    if end - begin == 1:
        return leaf(begin)
    split = 1
    while split * 2 < end - begin:
        split *= 2
    left, right = definition(begin, begin + split), definition(begin + split, end)
    return sha256(b"\x01" + left + right).digest()


@cache
def tiles() -> tree.Tiles:
    return tiles_of([leaf(number) for number in range(LARGE)])


def test_roots_are_those_that_are_published() -> None:
    leaves = [leaf_hash(one) for one in ENTRIES]
    for size, expected in enumerate(ROOTS):
        assert tree.root(tiles_of(leaves[:size]), size).hex() == expected


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same subtrees come again and again in 45,000 proofs: each is folded once."""
    tiles()
    monkeypatch.setattr(tree, "fold", cache(tree.fold))


@pytest.mark.usefixtures("remembered")
def test_every_inclusion_up_to_300_is_proven_and_nothing_else() -> None:
    for size in range(1, MOST + 1):
        root = tree.root(tiles(), size)
        assert root == definition(0, size)
        for index in range(size):
            proof = tree.inclusion(tiles(), index, size)
            assert verify_inclusion(leaf(index), index, size, proof, root)
            if (index + size) % EACH:
                continue
            assert not verify_inclusion(leaf(index + 1), index, size, proof, root)
            assert not verify_inclusion(leaf(index), index, size, proof, leaf(0) + b"!")
            assert not verify_inclusion(leaf(index), size, size, proof, root)
            assert not verify_inclusion(leaf(index), index, size, [*proof, root], root)
            if proof:
                other = (index + 1) % size
                assert not verify_inclusion(leaf(index), other, size, proof, root)
                assert not verify_inclusion(leaf(index), index, size, proof[:-1], root)
                assert not verify_inclusion(leaf(index), index, size, proof[1:], root)


@pytest.mark.usefixtures("remembered")
def test_every_consistency_up_to_300_is_proven_and_nothing_else() -> None:
    roots = [definition(0, size) for size in range(MOST + 1)]
    for new in range(MOST + 1):
        for old in range(new + 1):
            proof = tree.consistency(tiles(), old, new)
            assert verify_consistency(old, new, roots[old], roots[new], proof)
            if 0 < old < new and (old + new) % EACH == 0:
                assert not verify_consistency(old, new, roots[old - 1], roots[new], proof)
                assert not verify_consistency(old, new, roots[old], roots[new - 1], proof)
                assert not verify_consistency(old, new, roots[old], roots[new], proof[:-1])
                assert not verify_consistency(old - 1, new, roots[old], roots[new], proof)
    assert not verify_consistency(5, 4, roots[5], roots[4], [])
    assert not verify_consistency(4, 4, roots[4], roots[5], [])
    assert not verify_consistency(0, 4, roots[1], roots[4], [])


@pytest.mark.parametrize("size", [1, 2, 7, 8, 100, 255, 256, 257, 300])
def test_no_hash_of_a_proof_may_be_another(size: int) -> None:
    root = definition(0, size)
    for index in range(0, size, 7):
        proof = tree.inclusion(tiles(), index, size)
        for at in range(len(proof)):
            for false in (bytes(32), proof[at][:31], proof[at] + b"!"):
                other = [*proof[:at], false, *proof[at + 1 :]]
                assert not verify_inclusion(leaf(index), index, size, other, root)
        proof = tree.consistency(tiles(), index, size)
        for at in range(len(proof)):
            other = [*proof[:at], bytes(32), *proof[at + 1 :]]
            assert not verify_consistency(index, size, definition(0, index), root, other)


@pytest.mark.parametrize("size", SIZES)
def test_it_holds_where_tiles_become_full(size: int) -> None:
    root = tree.root(tiles(), size)
    assert root == definition(0, size)
    for index in {0, 1, 254, 255, 256, size - 257, size - 256, size - 2, size - 1}:
        if 0 <= index < size:
            proof = tree.inclusion(tiles(), index, size)
            assert verify_inclusion(leaf(index), index, size, proof, root)
    for old in (1, 128, 255, 256, 257, 65_535, 65_536, size):
        if old <= size:
            proof = tree.consistency(tiles(), old, size)
            assert verify_consistency(old, size, definition(0, old), root, proof)


def test_what_a_root_needs_is_enough_for_it() -> None:
    for size in (*range(MOST + 1), *SIZES):
        edge = {(one[0], one[1]): tiles()(*one) for one in tree.needed(size)}

        def only(level: int, number: int, width: int) -> bytes:
            return edge[level, number][: width * 32]  # noqa: B023

        assert tree.root(only, size) == tree.root(tiles(), size)
        assert tree.Frontier(size, only).root() == tree.root(tiles(), size)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 600), min_size=1, max_size=6))
def test_a_frontier_gives_the_same_tiles_in_whatever_steps_it_grows(steps: list[int]) -> None:
    stored: dict[tuple[int, int], bytes] = {}
    size = 0

    def read(level: int, number: int, width: int) -> bytes:
        return stored[level, number][: width * 32]

    for step in steps:
        frontier = tree.Frontier(size, read)
        for level, number, hashes in frontier.append(leaf(size + n) for n in range(step)):
            stored[level, number] = hashes
        size += step
        assert frontier.size == size
        assert frontier.root() == definition(0, size) == tree.root(read, size)
    for (level, number), hashes in stored.items():
        assert hashes == tiles()(level, number, len(hashes) // 32)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 5000))
def test_the_verifier_makes_the_same_root_while_it_reads(size: int) -> None:
    peaks = Peaks()
    for number in range(size):
        peaks.row.append(leaf(number))
        if len(peaks.row) == Peaks.ROW:
            peaks.fold()
    assert peaks.root() == tree.root(tiles(), size)


def test_a_tile_that_is_short_is_damage() -> None:
    with pytest.raises(LookupError, match="is damaged"):
        tree.root(lambda *_: bytes(31), 5)
    with pytest.raises(ValueError, match="not in a tree"):
        tree.inclusion(tiles(), 5, 5)
    with pytest.raises(ValueError, match="cannot begin"):
        tree.consistency(tiles(), 6, 5)


@given(st.integers(0, 63), st.integers(0, 10**17), st.integers(1, 256))
def test_the_path_of_a_tile_leads_back_to_it(level: int, number: int, width: int) -> None:
    assert tree.tile_of_path(tree.tile_path(level, number, width)) == (level, number, width)


def test_paths_are_those_of_the_specification() -> None:
    assert tree.tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tree.tile_path(2, 0, 1) == "tile/2/000.p/1"
    for path in (
        "tile/0/67",
        "tile/00/067",
        "tile/64/000",
        "tile/0/x000/067",
        "tile/0/001/234",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000/",
        "tile/0/000\n",
        "tile/0/../000",
        "tile/entries/000",
        "tile/0/٠٠٠",
    ):
        with pytest.raises(ValueError, match="not the path of a tile"):
            tree.tile_of_path(path)


def test_node_agrees_on_every_small_proof(tmp_path: Path) -> None:
    """The other implementation climbs from the root down, by recursion."""
    cases = [
        {
            "index": index,
            "size": size,
            "leaf": leaf(index).hex(),
            "roots": [definition(0, index).hex(), definition(0, size).hex()],
            "inclusion": [one.hex() for one in tree.inclusion(tiles(), index, size)],
            "consistency": [one.hex() for one in tree.consistency(tiles(), index, size)],
        }
        for size in (*range(1, 26), 255, 256, 257)
        for index in range(0, size, 1 if size < 26 else 50)
    ]
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    ran = subprocess.run(
        ["node", Path(__file__).parents[1] / "node" / "tree.mjs", tmp_path / "cases.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(ran.stdout) == {"good": 2 * len(cases), "false": 0}, ran.stderr
