"""A witness cosigns what goes on from what it cosigned, and keeps what contradicts it."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.local.servers import Servers
from shared.audit import checkpoints, tree
from shared.audit.policy import has_quorum, judge
from shared.audit.signing import checkpoint_of, read_key
from shared.audit.tiles import StoredTiles
from shared.audit.verifier import sign_note, verify_consistency
from shared.audit.witness import Get, Note, Witness
from shared.recorder import LedgerFrozen
from tests.audit.signed import Ledger, ledger
from tests.audit.test_integrating import DAMAGE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secrets")


@pytest.fixture(scope="module")
def both(servers: Servers, folder: Path) -> Iterator[tuple[Ledger, Ledger]]:
    with (
        ledger(servers, folder, "review", "watched") as review,
        ledger(servers, folder, "intake", "watching") as intake,
    ):
        yield review, intake


@pytest.fixture
def review(both: tuple[Ledger, Ledger], tmp_path: Path) -> Ledger:
    """The log that is watched."""
    for one in both:
        one.state = tmp_path / one.service
        one.begin_anew()
    return both[0]


@pytest.fixture
def intake(both: tuple[Ledger, Ledger], review: Ledger) -> Ledger:
    """Who watches."""
    del review
    return both[1]


def forged(review: Ledger, size: int, root: bytes) -> bytes:
    """What only the holder of the log's key can make: a signature on another root."""
    text = checkpoint_of_text("gongjiang/review", size, root)
    key = read_key(review.secrets / "signer" / "review.pem")
    return text + b"\n" + sign_note(text, "gongjiang/review", key)


def checkpoint_of_text(origin: str, size: int, root: bytes) -> bytes:
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n".encode()


def test_each_checkpoint_that_goes_on_from_the_last_is_cosigned(
    review: Ledger, intake: Ledger
) -> None:
    witness = intake.witness(review.serves())
    for _ in range(3):
        note = review.grow().note
        (cosigned,) = intake.hear(witness, note)
        heard = judge(intake.policy, cosigned)
        assert list(heard.cosignatures) == ["gongjiang/witness/intake"]
        assert heard.note == note
    with intake.session() as session:
        kept = checkpoints.latest(session, "gongjiang/review")
    assert kept is not None
    assert kept.size == 6
    assert list(kept.witnesses) == ["gongjiang/witness/intake"]
    assert not has_quorum(intake.policy, kept.note)


def test_two_witnesses_make_the_quorum(review: Ledger, intake: Ledger) -> None:
    note = review.grow().note
    (first,) = intake.hear(intake.witness(review.serves()), note)
    publicity = read_key(review.secrets / "publicity" / "witness-private.pem")
    other = Witness("publicity", review.policy, publicity, review.serves())
    with review.session() as session:
        second = other.hear(session, [Note(note)])[0].note
        review_witness = review.witness(review.serves())
        assert review_witness.hear(session, [Note(first, first=False)]) == []
        kept = checkpoints.covering(session, "gongjiang/review", 0)
        assert kept is not None
        assert has_quorum(review.policy, kept.note)
        assert checkpoints.before(session, "gongjiang/review", 0) is None
    assert not has_quorum(review.policy, first)
    assert not has_quorum(review.policy, second)


def test_the_same_is_cosigned_once_and_said_again(review: Ledger, intake: Ledger) -> None:
    witness = intake.witness(review.serves())
    note = review.grow().note
    assert intake.hear(witness, note) == intake.hear(witness, note)
    with intake.session() as session:
        assert witness.hear(session, [Note(note, first=False)]) == []


def test_what_a_stranger_has_signed_is_not_heard(review: Ledger, intake: Ledger) -> None:
    signed = review.grow()
    text = signed.checkpoint.text
    stranger = text + b"\n" + sign_note(text, "gongjiang/review", Ed25519PrivateKey.generate())
    assert intake.hear(intake.witness(review.serves()), stranger, b"", b"nonsense\n") == []
    with intake.session() as session:
        assert checkpoints.origins(session) == []


def test_a_second_root_of_one_size_is_a_fork_and_never_cosigned(
    review: Ledger, intake: Ledger
) -> None:
    """Attack 17: the signer's key is in wrong hands. The pair alone convinces."""
    witness = intake.witness(review.serves())
    intake.hear(witness, review.grow().note)
    assert intake.hear(witness, forged(review, 2, bytes(32))) == []
    assert intake.forks() == ["two_roots"]
    with intake.session() as session:
        one, other = checkpoints.all_at(session, "gongjiang/review", 2)
        row = session.execute("SELECT note, other FROM forks").fetchone()
    assert row is not None
    pair = [intake.policy.signed(bytes(row[name])).checkpoint for name in ("note", "other")]
    assert pair[0].origin == pair[1].origin
    assert pair[0].size == pair[1].size
    assert {pair[0].root, pair[1].root} == {one.root, other.root}
    assert len({pair[0].root, pair[1].root}) == 2


def test_a_portal_that_shows_another_root_than_the_bus_is_found_out(
    review: Ledger, intake: Ledger
) -> None:
    """Attack 17: each side is shown a tree of one piece; both are signed."""
    served = review.serves()
    elsewhere = forged(review, 4, bytes(32))

    def split(service: str, path: str) -> bytes | None:
        return elsewhere if path == "checkpoint" else served(service, path)

    witness = intake.witness(split)
    review.grow()
    note = review.grow().note
    assert intake.hear(witness, note) == []
    assert intake.forks() == ["two_roots"]


def test_a_log_that_does_not_go_on_from_what_was_cosigned_is_a_fork(
    review: Ledger, intake: Ledger, tmp_path: Path
) -> None:
    """Attacks 10 and 12: database and signer were put back together, and both grew again."""
    witness = intake.witness(review.serves())
    review.grow()
    intake.hear(witness, review.grow().note)
    review.cut(2)
    review.state = tmp_path / "put back"
    review.count()
    later = review.grow()
    assert later.checkpoint.size == 6
    assert intake.hear(witness, later.note) == []
    assert intake.forks() == ["not_an_extension"]
    review.state = tmp_path / "put back again"
    review.cut(4)
    review.integrate()
    smaller = review.sign()
    assert smaller is not None
    assert intake.hear(witness, smaller.note) == []


def test_what_cannot_be_checked_now_is_cosigned_when_it_can(review: Ledger, intake: Ledger) -> None:
    """Attack 11: tiles are missing at the portal, or it is away; that proves nothing."""
    answers: list[Get] = [review.serves()]

    def ask(service: str, path: str) -> bytes | None:
        return answers[0](service, path)

    witness = intake.witness(ask)
    note = review.grow().note

    def away(service: str, path: str) -> bytes | None:
        raise OSError(service, path)

    def without_tiles(_service: str, _path: str) -> bytes | None:
        return None

    def damaged(service: str, path: str) -> bytes | None:
        shown = review.serves()(service, path)
        return shown if path == "checkpoint" or shown is None else bytes(len(shown))

    for answers[0] in (away, without_tiles, damaged):
        assert intake.hear(witness, note) == []
    answers[0] = review.serves()
    assert len(intake.hear(witness, note)) == 1
    assert intake.forks() == []


def test_only_the_greatest_of_many_is_cosigned(review: Ledger, intake: Ledger) -> None:
    notes = [review.grow().note for _ in range(4)]
    cosigned = intake.hear(intake.witness(review.serves()), *notes)
    assert [checkpoint_of(one).size for one in cosigned] == [8]
    with intake.session() as session:
        kept = list(checkpoints.newest(session, "gongjiang/review", 2))
    assert [one.size for one in kept] == [8, 6, 4]
    proof = tree_proof(review, 2, 8)
    first = checkpoint_of(notes[0])
    assert verify_consistency(2, 8, first.root, kept[0].root, proof)


def tree_proof(review: Ledger, old: int, new: int) -> list[bytes]:
    with review.session() as session:
        return tree.consistency(StoredTiles(session), old, new)


def test_who_hears_late_cosigns_what_stands_now(review: Ledger, intake: Ledger) -> None:
    """A late time on an old checkpoint would say of honest events behind it: back-dated."""
    old, now = review.grow().note, review.grow().note
    witness = intake.witness(review.serves())
    (cosigned,) = intake.hear(witness, old)
    assert judge(intake.policy, cosigned).note == now
    with intake.session() as session:
        first = checkpoints.covering(session, "gongjiang/review", 0)
    assert first is not None
    assert not first.witnesses


def test_a_service_keeps_its_own_and_notices_that_it_was_put_back(review: Ledger) -> None:
    """Attack 10: the tables agree with themselves; what the signer says again does not."""
    own = review.witness(review.serves())
    review.hear(own, review.grow().note)
    latest = review.grow().note
    review.cut(2)
    assert review.hear(own, latest) == []
    assert review.forks() == ["rolled_back"]
    review.hear(own, latest)
    assert review.forks() == ["rolled_back"]
    with pytest.raises(LedgerFrozen):
        review.count()
    with review.session() as session:
        kept = checkpoints.latest(session, "gongjiang/review")
    assert kept is not None
    assert kept.size == 2


def test_damaged_tiles_of_our_own_prove_nothing_against_us(review: Ledger) -> None:
    """Attack 11: what counts are the leaves."""
    own = review.witness(review.serves())
    note = review.grow().note
    with review.administrator() as owner:
        owner.execute(DAMAGE["damaged"])
    review.hear(own, note)
    assert review.forks() == []


def test_nobody_of_ours_can_take_a_checkpoint_away(review: Ledger, intake: Ledger) -> None:
    intake.hear(intake.witness(review.serves()), review.grow().note)
    with intake.session() as session:
        for table in ("checkpoints", "cosignatures", "timestamps", "forks"):
            for statement in ("DELETE FROM {}", "UPDATE {} SET origin = ''", "TRUNCATE {}"):
                with pytest.raises(Exception, match="permission denied"):
                    session.execute(statement.format(table))
