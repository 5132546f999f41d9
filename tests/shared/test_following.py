"""A follower applies each letter exactly once, whatever is repeated, lost, away or broken."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from deploy.local.servers import Servers
from shared import parking
from shared.application import Application
from shared.contracts.review import ClearanceGranted
from shared.following import Following, retry
from shared.letters import Fetched, Letter, write
from shared.messages import LeafRef, Recorded
from shared.parked import discard
from shared.parking import NotParked, Seal, reseal
from shared.positions import followed
from shared.recorder import Conflict
from shared.restoring import LEDGER, LEDGER_ID, UpstreamRestored, followed_epoch
from shared.topology import partition_of
from tests.actors import AT, OFFICE, OPERATOR
from tests.shared.counters import COUNTER, UNLUCKY, Added, Poison
from tests.shared.machinery import counting

PARTITIONS = 4


@pytest.fixture(scope="module")
def application(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    with counting(servers, tmp_path_factory.mktemp("following"), "test_following") as made:
        yield made


class Upstream:
    """Another service's log: what it has said, and a way to ask it for what was missed."""

    def __init__(self, application: Application) -> None:
        self.name = f"upstream-{uuid4()}"
        self.letters: list[Letter] = []
        self.asked = 0
        self.answers = True
        self.following = Following(application, self.name, self.fetch)
        self._heads = [0] * PARTITIONS

    def say(self, nomination: UUID) -> Letter:
        """Something about a nomination: the follower will count on by the position."""
        position = len(self.letters) + 1
        partition = partition_of(str(nomination), PARTITIONS)
        recorded = Recorded(
            position=position,
            stream=nomination,
            version=position,
            event=Added(nomination_id=nomination, number=1),
            at=AT,
            by=OFFICE,
            recorded_at=datetime.now(UTC),
            correlation=nomination,
            causation="test",
            leaf=LeafRef(position - 1, bytes(32)),
        )
        message = ClearanceGranted(nomination_id=nomination, campaign_id=nomination)
        letter = Letter(
            partition, position, self._heads[partition], write(self.name, message, recorded)
        )
        self._heads[partition] = position
        self.letters.append(letter)
        return letter

    def skip(self, until: int) -> None:
        """Say things that concern nobody here, so that the next position is `until`."""
        while len(self.letters) + 1 < until:
            self.say(UUID(int=0))

    def head(self, letter: Letter) -> Letter:
        """The partition of this letter has come so far."""
        head = self._heads[letter.partition]
        return Letter(letter.partition, head, head, b"")

    def fetch(self, partition: int, after: int, limit: int) -> Fetched:
        """From the log."""
        self.asked += 1
        if not self.answers:
            raise OSError("away")
        found = [one for one in self.letters if one.partition == partition and one.position > after]
        part = found[:limit]
        return Fetched(part, part[-1].position if part else after)


@pytest.fixture
def upstream(application: Application) -> Upstream:
    return Upstream(application)


def total(application: Application, nomination: UUID) -> int:
    state: int = application.log.batch().state(COUNTER, nomination)
    return state


def test_a_letter_that_comes_again_is_dropped(application: Application, upstream: Upstream) -> None:
    nomination = uuid4()
    letter = upstream.say(nomination)
    upstream.following.take([letter, letter])
    upstream.following.take([letter])
    assert total(application, nomination) == letter.position
    assert upstream.asked == 0


def test_a_gap_is_fetched_from_the_log_before_what_comes_after_it(
    application: Application, upstream: Upstream
) -> None:
    nomination = uuid4()
    letters = [upstream.say(nomination) for _ in range(5)]
    upstream.following.take([letters[0], letters[4]])
    assert total(application, nomination) == 1 + 2 + 3 + 4 + 5
    assert upstream.asked == 1


def test_the_lag_is_told_in_positions_and_in_seconds_until_it_is_made_up(
    application: Application, upstream: Upstream
) -> None:
    nomination = uuid4()
    first, _, third = (upstream.say(nomination) for _ in range(3))
    old = replace(third, recorded=datetime.now(UTC) - timedelta(minutes=1))

    def lag(name: str) -> float | None:
        labels = {"upstream": upstream.name, "partition": str(first.partition)}
        return REGISTRY.get_sample_value(f"gongjiang_follow_{name}", labels)

    upstream.answers = False
    with pytest.raises(OSError, match="away"):
        upstream.following.take([old])
    assert lag("lag") == old.position
    assert 60 <= (lag("lag_seconds") or 0) < 120
    upstream.answers = True
    upstream.following.take([old])
    assert (lag("lag"), lag("lag_seconds")) == (0, 0)


def test_a_head_shows_a_loss_when_nothing_else_comes(
    application: Application, upstream: Upstream
) -> None:
    nomination = uuid4()
    letters = [upstream.say(nomination) for _ in range(3)]
    upstream.following.take([upstream.head(letters[0])])
    upstream.following.take([upstream.head(letters[0])])
    assert total(application, nomination) == 1 + 2 + 3
    assert upstream.asked == 1


def test_nothing_is_skipped_while_the_upstream_does_not_answer(
    application: Application, upstream: Upstream
) -> None:
    nomination = uuid4()
    letters = [upstream.say(nomination) for _ in range(3)]
    upstream.answers = False
    with pytest.raises(OSError, match="away"):
        upstream.following.take([letters[2]])
    assert total(application, nomination) == 0
    upstream.answers = True
    upstream.following.take([letters[2]])
    assert total(application, nomination) == 1 + 2 + 3


def test_a_letter_that_always_fails_is_parked_and_blocks_no_other_nomination(
    application: Application, upstream: Upstream
) -> None:
    poisoned, healthy = uuid4(), uuid4()
    upstream.skip(UNLUCKY - 2)
    before = upstream.say(healthy)
    poisoned_first = upstream.say(poisoned)
    poison = upstream.say(poisoned)
    waits = upstream.say(poisoned)
    after = upstream.say(healthy)
    assert poison.position == UNLUCKY

    upstream.following.take(upstream.letters[:-2])
    upstream.following.take(upstream.letters[-2:])

    assert total(application, healthy) == before.position + after.position
    assert total(application, poisoned) == poisoned_first.position
    source = f"follower:{upstream.name}"
    with application.reading() as connection:
        parked = [one for one in parking.listed(connection) if one.source == source]
        assert followed(connection, upstream.name, PARTITIONS)[waits.partition] >= waits.position
    assert [one.key for one in parked] == [str(poisoned), str(poisoned)]
    assert parked[0].reason == "Poison"

    with pytest.raises(Poison):
        retry(application, source, str(poisoned))
    parking_discard(application, parked[0].id)
    assert retry(application, source, str(poisoned)) == 1
    assert total(application, poisoned) == poisoned_first.position + waits.position


def parking_discard(application: Application, letter: UUID) -> None:
    discard(application, letter, OPERATOR, "测试：无法处理")
    with pytest.raises(NotParked):
        discard(application, letter, OPERATOR, "第二次")


def test_a_zombie_cannot_move_a_position_that_another_has_moved(
    application: Application, upstream: Upstream
) -> None:
    nomination = uuid4()
    letter = upstream.say(nomination)
    zombie = Following(application, upstream.name, upstream.fetch)
    course = zombie._course()  # what it believed before it was stopped
    upstream.following.take([letter])
    zombie._course = lambda: course  # type: ignore[method-assign]
    with pytest.raises(Conflict):
        zombie.take([letter])
    assert total(application, nomination) == letter.position


def test_one_who_was_slow_drops_what_another_has_applied_meanwhile(
    application: Application, upstream: Upstream
) -> None:
    nomination = uuid4()
    letters = [upstream.say(nomination) for _ in range(6)]
    upstream.following.take(letters[:2])
    slow = Following(application, upstream.name, upstream.fetch)
    portions = slow._portions(letters[2:3], slow._course())
    late = next(portions)  # judged new, and then it hung
    upstream.following.take(letters)
    slow._store(late)
    slow._park(late[0], Poison())
    assert total(application, nomination) == sum(letter.position for letter in letters)
    with application.reading() as connection:
        reached = followed(connection, upstream.name, PARTITIONS)[letters[0].partition]
    assert reached == letters[-1].position


@given(data=st.data())
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_loss_and_repetition_leads_to_the_same_sums(
    application: Application, data: st.DataObject
) -> None:
    upstream = Upstream(application)
    nominations = [uuid4() for _ in range(3)]
    upstream.skip(UNLUCKY + 1)
    for _ in range(8):
        upstream.say(data.draw(st.sampled_from(nominations)))
    sent = data.draw(st.lists(st.sampled_from(upstream.letters), max_size=20))
    cut = data.draw(st.integers(0, len(sent)))
    for part in (sent[:cut], sent[cut:]):
        upstream.following.take([one for one in part if one.position > UNLUCKY])
    upstream.following.take([upstream.head(one) for one in upstream.letters])
    for nomination in nominations:
        expected = sum(
            one.position for one in upstream.letters if str(nomination).encode() in one.body
        )
        assert total(application, nomination) == expected


def test_parked_bodies_are_sealed_anew_by_a_new_master_key(application: Application) -> None:
    """All or none, and harmless to repeat."""
    old = Seal.read(application.settings.secrets)
    new, letter, source = Seal(bytes(32)), uuid4(), f"follower:{uuid4()}"
    owner = application.settings.database_url
    with application.reading() as connection, connection.cursor() as cursor:
        sealed = old.seal(letter, b"what it said")
        parking.keep(cursor, letter, source, "key", "KeyError", sealed, AT)

    def kept() -> bytes:
        with application.reading() as connection:
            ((_, body),) = parking.list_of(connection, source, "key")
        return body

    assert reseal(owner, old, new) > 0
    assert reseal(owner, old, new) == 0
    assert new.open(letter, kept()) == b"what it said"
    with pytest.raises(InvalidTag):
        reseal(owner, Seal(bytes(31) + b"1"), old)
    assert reseal(owner, new, old) > 0


def restored(letter: Letter, kept: int) -> Letter:
    """What the same log says at this position after it was restored."""
    return replace(letter, previous=min(letter.previous, kept), epoch=2, kept=kept)


def position(application: Application, upstream: Upstream, letter: Letter) -> int:
    """How far the partition of this letter was followed."""
    with application.reading() as connection:
        return followed(connection, upstream.name, PARTITIONS)[letter.partition]


def test_a_follower_of_a_restored_log_turns_back_to_what_survived(
    application: Application, upstream: Upstream
) -> None:
    """What the upstream says anew at positions that we had passed is heard."""
    nomination = uuid4()
    letters = [upstream.say(nomination) for _ in range(5)]
    upstream.following.take(letters)
    before = total(application, nomination)
    anew = restored(letters[3], letters[2].position)

    upstream.following.take([anew])

    assert position(application, upstream, anew) == anew.position
    assert total(application, nomination) == before + anew.position
    with application.reading() as connection:
        assert followed_epoch(connection, upstream.name) == 2


def test_what_a_lost_log_had_said_is_not_heard_after_the_restore(
    application: Application, upstream: Upstream
) -> None:
    """A letter of the lost epoch that comes late changes nothing."""
    nomination = uuid4()
    letters = [upstream.say(nomination) for _ in range(5)]
    upstream.following.take(letters[:3])
    anew = restored(letters[3], letters[2].position)
    upstream.following.take([anew])
    before = total(application, nomination)

    upstream.following.take(letters[3:])

    assert position(application, upstream, anew) == anew.position
    assert total(application, nomination) == before


def test_a_restore_that_a_follower_hears_of_is_on_record_once(
    application: Application, upstream: Upstream
) -> None:
    """With how far it had come in each partition of the log that is lost."""
    letters = [upstream.say(uuid4()) for _ in range(4)]
    upstream.following.take(letters)
    with application.reading() as connection:
        before = followed(connection, upstream.name, PARTITIONS)
    head = Letter(0, 0, 0, b"", epoch=2, kept=2)

    upstream.following.take([head])
    upstream.following.take([head])

    told = [
        one.event
        for one in application.log.load([LEDGER.stream(LEDGER_ID)])
        if isinstance(one.event, UpstreamRestored) and one.event.upstream == upstream.name
    ]
    assert [(one.epoch, one.kept, one.reached) for one in told] == [(2, 2, tuple(before))]
