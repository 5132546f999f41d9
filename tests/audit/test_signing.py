"""The signer never signs two roots of one size and no shorter log, whatever happens to anybody."""

import json
import multiprocessing
import random
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import psycopg
import pytest

from deploy.local.servers import Servers
from shared.application import Application
from shared.audit.integrator import Integrator
from shared.audit.signing import Log, Refuses, checkpoint_of
from shared.audit.tiles import rebuild
from tests.audit.signed import Ledger, ledger
from tests.audit.test_integrating import DAMAGE

FORK = multiprocessing.get_context("fork")


@pytest.fixture(scope="module")
def made(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with ledger(servers, tmp_path_factory.mktemp("secrets"), "review", "signing") as one:
        yield one


@pytest.fixture
def ours(made: Ledger, tmp_path: Path) -> Ledger:
    """An empty log, and a signer that has signed nothing."""
    with made.administrator() as owner:
        owner.execute("TRUNCATE stored_events, ledger_tiles, ledger_tree")
    made.state = tmp_path / "signer"
    return made


def archived(ours: Ledger) -> list[tuple[int, bytes]]:
    """Size and root of everything that was ever signed."""
    lines = (ours.state / f"{ours.service}.archive").read_bytes().split(b"\n")[:-1]
    notes = [checkpoint_of(json.loads(line)["note"].encode()) for line in lines]
    return [(one.size, one.root) for one in notes]


def test_what_has_grown_is_signed_once(ours: Ledger) -> None:
    assert ours.sign() is None
    signed = ours.grow()
    assert (signed.checkpoint.origin, signed.checkpoint.size) == ("gongjiang/review", 2)
    assert ours.sign() is None
    assert ours.log().last() == signed
    assert ours.grow().checkpoint.size == 4
    assert [size for size, _ in archived(ours)] == [2, 4]


def test_the_signer_can_change_nothing_in_the_database(ours: Ledger) -> None:
    ours.grow()
    assert ours.database.signer_url is not None
    with psycopg.connect(ours.database.signer_url, autocommit=True) as signer:
        for statement in (
            "UPDATE ledger_tree SET size = 0",
            "DELETE FROM ledger_tiles",
            "INSERT INTO checkpoints VALUES ('', 0, '', '', now())",
            "DELETE FROM stored_events",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                signer.execute(statement)


@pytest.mark.parametrize(
    ("damage", "words"),
    [("damaged", "算不出第4条处的根"), ("stale", "存储块缺失"), ("missing", "存储块缺失")],
)
def test_nothing_is_signed_on_damaged_tiles_until_they_are_made_anew(
    ours: Ledger, damage: str, words: str
) -> None:
    """Attack 11."""
    ours.grow()
    ours.count()
    ours.integrate()
    with ours.administrator() as owner:
        owner.execute(DAMAGE[damage])
    with pytest.raises(Refuses, match=words):
        ours.sign()
    with ours.session() as session:
        rebuild(session)
    signed = ours.sign()
    assert signed is not None
    assert signed.checkpoint.size == 4


def test_tiles_that_are_not_those_of_the_leaves_are_not_signed(ours: Ledger) -> None:
    """A tree of one piece, but of other leaves than the ledger's."""
    ours.grow()
    ours.count()
    ours.integrate()
    with ours.administrator() as owner:
        owner.execute("UPDATE stored_events SET leaf = sha256(leaf) WHERE notification_id = 4")
    with pytest.raises(Refuses, match="与账本第2至3条不符"):
        ours.sign()


def cut(ours: Ledger) -> None:
    ours.cut(2)


def cut_and_grown_again(ours: Ledger) -> None:
    ours.cut(2)
    ours.count()
    ours.integrate()


def cut_and_grown_further(ours: Ledger) -> None:
    ours.cut(2)
    ours.count()
    ours.count()
    ours.integrate()


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        (cut, "日志变短：已签名6条，现只有4条"),
        (cut_and_grown_again, "第6条处的根与已签名的不同"),
        (cut_and_grown_further, "不是已签名的前6条的延续"),
        (Ledger.forge, "第6条处的根与已签名的不同"),
    ],
)
def test_a_log_that_was_rewritten_and_rehashed_is_not_signed(
    ours: Ledger, attack: Callable[[Ledger], None], words: str
) -> None:
    """Attacks 9 and 10, as the signer sees them."""
    ours.grow(3)
    attack(ours)
    assert ours.is_of_one_piece()
    with pytest.raises(Refuses, match=words):
        ours.sign()
    assert [size for size, _ in archived(ours)] == [6]


def test_a_state_that_was_put_back_is_noticed_by_the_archive(ours: Ledger) -> None:
    """Attack 12."""
    ours.grow()
    note = ours.state / "review.note"
    old = note.read_bytes()
    ours.grow()
    note.write_bytes(old)
    ours.forge()
    with pytest.raises(Refuses, match="第4条处的根与已签名的不同"):
        ours.sign()


def test_an_archive_that_was_put_back_is_noticed_by_the_state(ours: Ledger) -> None:
    ours.grow()
    archive = ours.state / "review.archive"
    old = archive.read_bytes()
    ours.grow()
    archive.write_bytes(old)
    with pytest.raises(Refuses, match="签名档案比最后签名旧"):
        ours.sign()
    archive.unlink()
    with pytest.raises(Refuses, match="签名档案缺失"):
        ours.sign()


def signing(log: Log, url: str, say: Pipe) -> None:
    """What a signer does all day; what it would publish it says."""
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            if (signed := log.sign(connection)) is not None:
                say.send((signed.checkpoint.size, signed.checkpoint.root))


def growing(ours: Ledger) -> None:
    """Writes and integrates all day."""
    integrator = Integrator(ours.application, wait=lambda _: None, stopped=lambda: False)
    with ours.session() as session:
        while True:
            ours.count()
            integrator.advance(session)


class Children:
    """Processes that are killed at once and without a word."""

    def __init__(self, ours: Ledger) -> None:
        self._ours = ours
        self.heard: list[tuple[int, bytes]] = []

    def sign(self) -> tuple[multiprocessing.process.BaseProcess, Pipe]:
        hears, says = FORK.Pipe(duplex=False)
        url = self._ours.database.signer_url or ""
        child = FORK.Process(target=signing, args=(self._ours.log(), url, says), daemon=True)
        child.start()
        says.close()
        return child, hears

    def hear_one(self, pipe: Pipe) -> None:
        """The next that is said."""
        assert pipe.poll(30), "nothing is signed"
        self.heard.append(pipe.recv())

    def hear(self, pipe: Pipe) -> None:
        """What was said until the end, but for a last word that was cut."""
        try:
            while True:
                self.heard.append(pipe.recv())
        except (EOFError, OSError):
            pipe.close()


def test_two_signers_at_once_sign_one_history(ours: Ledger) -> None:
    """Attack 12."""
    children = Children(ours)
    running = [children.sign() for _ in range(2)]
    for _ in range(40):
        ours.count()
        ours.integrate()
    for child, pipe in running:
        child.kill()
        child.join()
        children.hear(pipe)
    known = archived(ours)
    assert all(one[0] < other[0] for one, other in pairwise(known))
    assert len(children.heard) == len(set(children.heard))
    assert set(children.heard) <= set(known)


def test_whatever_is_killed_when_tree_and_signatures_stay_one_history(ours: Ledger) -> None:
    """Attack 13: at random moments of saving, integrating, signing and publishing."""
    chance = random.Random(13)
    children = Children(ours)
    for _ in range(8):
        signer, pipe = children.sign()
        grower = FORK.Process(target=grow_anew, args=(ours,), daemon=True)
        grower.start()
        for _ in range(chance.randint(1, 3)):
            children.hear_one(pipe)
        time.sleep(chance.uniform(0, 0.02))
        for child in chance.sample([signer, grower], 2):
            child.kill()
            child.join()
            time.sleep(chance.uniform(0, 0.02))
        children.hear(pipe)
        assert ours.is_of_one_piece()
    known = archived(ours)
    assert all(one[0] < other[0] for one, other in pairwise(known))
    assert set(children.heard) <= set(known), "published before it was on the disk"


def grow_anew(ours: Ledger) -> None:
    """In a child: with connections of its own."""
    growing(
        Ledger(
            Application(ours.application.plan, ours.application.settings),
            ours.database,
            ours.secrets,
            ours.state,
        )
    )


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """As a full disk would: writing ends in the middle."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_on_a_full_disk_nothing_is_signed_and_nothing_is_lost(ours: Ledger) -> None:
    """Attack 13."""
    first = ours.grow()
    archive = ours.state / "review.archive"
    ours.count()
    ours.integrate()
    for more in (0, 1, 100):
        full = no_file_longer_than(archive.stat().st_size + more)
        with full, pytest.raises(OSError, match="large"):
            ours.sign()
        assert ours.log().last() == first
    signed = ours.sign()
    assert signed is not None
    assert [size for size, _ in archived(ours)] == [2, 4]


def test_a_note_that_cannot_be_written_is_signed_by_its_line_in_the_archive(ours: Ledger) -> None:
    """The archive counts; the same is said again, never another."""
    ours.grow()
    ours.count()
    ours.integrate()
    (ours.state / "review.draft").mkdir()
    with pytest.raises(OSError, match=r"review\.draft"):
        ours.sign()
    last = ours.log().last()
    assert last is not None
    assert last.checkpoint.size == 4
    (ours.state / "review.draft").rmdir()
    assert ours.sign() is None
    assert ours.grow().checkpoint.size == 6


def test_half_a_line_in_the_archive_is_cut_off(ours: Ledger) -> None:
    first = ours.grow()
    with (ours.state / "review.archive").open("ab") as archive:
        archive.write(b'{"note": "gongjiang/review\\n4\\n')
    assert ours.log().last() == first
    ours.grow()
    assert [size for size, _ in archived(ours)] == [2, 4]


def test_a_whole_folder_and_a_database_put_back_fool_the_signer_and_not_a_witness(
    ours: Ledger, tmp_path: Path
) -> None:
    """Attack 12: what nobody inside can notice, whoever kept a checkpoint does."""
    ours.grow()
    shutil.copytree(ours.state, tmp_path / "backup")
    second = ours.grow()
    ours.forge()
    shutil.rmtree(ours.state)
    shutil.copytree(tmp_path / "backup", ours.state)
    again = ours.sign()
    assert again is not None
    assert again.checkpoint.size == second.checkpoint.size
    assert again.checkpoint.root != second.checkpoint.root
