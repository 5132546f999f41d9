"""Personal data: sealed for one person, purpose, nomination and field; erased with its key."""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from deploy.local.databases import Database, administrator, drop_databases, prepare_database
from deploy.local.servers import Servers
from shared.contracts.sealed import Sealed
from shared.personal import (
    PURPOSES,
    Erased,
    Unopenable,
    Vault,
    VaultKeys,
    create,
    key_id,
    rewrap,
    tombstones,
)

KEYS = VaultKeys(master=secrets.token_bytes(32), lookup=secrets.token_bytes(32))
CAMPAIGN = UUID("20190000-0000-5000-8000-000000000060")
NOMINATION = UUID("11111111-1111-5111-8111-111111111111")
OTHER = UUID("22222222-2222-5222-8222-222222222222")
ID_NUMBER = "890000198503070011"
NAME = "测试甲·𠮷"

Opening = Callable[..., Vault]


@pytest.fixture(scope="module")
def database(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with administrator(servers.database_url) as connection:
        made = prepare_database(
            connection, servers.database_url, "vault_intake_keys", tmp_path_factory.mktemp("keys")
        )
    try:
        create(made.owner_url, f"{made.name}_app")
        create(made.owner_url, f"{made.name}_app")
        yield made
    finally:
        drop_databases(servers.database_url, "vault")


@pytest.fixture(scope="module")
def store(database: Database) -> str:
    """The store of keys, under the application's role."""
    return database.app_url


@pytest.fixture
def opening(store: str) -> Iterator[Opening]:
    """Opens vaults on the store, as processes do."""
    vaults: list[Vault] = []

    def open_one(
        keys: VaultKeys = KEYS, origin: str = "gongjiang/intake", cached: int = 1000
    ) -> Vault:
        vaults.append(Vault(store, keys, origin, cached))
        return vaults[-1]

    yield open_one
    for vault in vaults:
        vault.close()


@pytest.fixture
def vault(opening: Opening) -> Vault:
    return opening()


def test_what_was_sealed_opens_for_its_nomination_and_field(vault: Vault) -> None:
    person = vault.person(CAMPAIGN, ID_NUMBER)
    sealed = vault.seal(person, "identity", NOMINATION, "name", NAME)
    assert vault.open(sealed, NOMINATION, "name") == NAME


def test_another_process_opens_it_too(vault: Vault, opening: Opening) -> None:
    sealed = vault.seal(
        vault.person(CAMPAIGN, ID_NUMBER), "contact", NOMINATION, "mobile", "15400000001"
    )
    assert opening().open(sealed, NOMINATION, "mobile") == "15400000001"


def test_two_processes_that_meet_a_person_at_once_agree_on_the_keys(opening: Opening) -> None:
    person = uuid4()
    vaults = [opening() for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        boxes = list(
            threads.map(lambda one: one.seal(person, "dossier", NOMINATION, "form", "{}"), vaults)
        )
    assert {vaults[0].open(box, NOMINATION, "form") for box in boxes} == {"{}"}


def test_several_fields_open_at_once(vault: Vault) -> None:
    person = uuid4()
    boxes = {
        "name": vault.seal(person, "identity", NOMINATION, "name", NAME),
        "email": vault.seal(person, "contact", NOMINATION, "email", "a@example.com"),
    }
    assert vault.open_all(boxes, NOMINATION) == {"name": NAME, "email": "a@example.com"}


def test_a_box_moved_to_another_nomination_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(uuid4(), "identity", NOMINATION, "name", NAME)
    with pytest.raises(Unopenable):
        vault.open(sealed, OTHER, "name")


def test_a_box_moved_to_another_field_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(uuid4(), "identity", NOMINATION, "name", NAME)
    with pytest.raises(Unopenable):
        vault.open(sealed, NOMINATION, "sex")


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_box_moved_to_another_person_or_purpose_does_not_open(vault: Vault, purpose: str) -> None:
    mine, theirs = uuid4(), uuid4()
    vault.ensure_keys([mine, theirs])
    sealed = vault.seal(mine, "identity", NOMINATION, "name", NAME)
    moved = sealed.model_copy(update={"key": key_id(theirs, purpose)})  # type: ignore[arg-type]
    with pytest.raises(Unopenable):
        vault.open(moved, NOMINATION, "name")


def test_a_box_of_another_ledger_does_not_open(vault: Vault, opening: Opening) -> None:
    sealed = vault.seal(uuid4(), "identity", NOMINATION, "name", NAME)
    with pytest.raises(Unopenable):
        opening(origin="gongjiang/elsewhere").open(sealed, NOMINATION, "name")


def test_a_box_with_any_bit_changed_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(uuid4(), "identity", NOMINATION, "sex", "女")
    box = b64decode(sealed.box)
    for place in range(len(box)):
        changed = bytes([*box[:place], box[place] ^ 1, *box[place + 1 :]])
        with pytest.raises(Unopenable):
            vault.open(Sealed(key=sealed.key, box=b64encode(changed).decode()), NOMINATION, "sex")


@pytest.mark.parametrize("box", ["", "AAAA", "not base64!", "国"])
def test_what_is_no_box_does_not_open(vault: Vault, box: str) -> None:
    person = uuid4()
    vault.ensure_keys([person])
    with pytest.raises(Unopenable):
        vault.open(Sealed(key=key_id(person, "identity"), box=box), NOMINATION, "name")


def test_a_box_of_an_unknown_key_does_not_open(vault: Vault) -> None:
    with pytest.raises(Unopenable):
        vault.open(Sealed(key=uuid4(), box="AAAA"), NOMINATION, "name")


def test_the_same_value_never_looks_the_same(vault: Vault) -> None:
    person = uuid4()
    boxes = {vault.seal(person, "identity", NOMINATION, "sex", "男").box for _ in range(20)}
    assert len(boxes) == 20


def test_another_master_key_opens_nothing(vault: Vault, opening: Opening) -> None:
    person = uuid4()
    sealed = vault.seal(person, "identity", NOMINATION, "name", NAME)
    stranger = opening(VaultKeys(master=secrets.token_bytes(32), lookup=KEYS.lookup))
    with pytest.raises(Unopenable):
        stranger.open(sealed, NOMINATION, "name")
    with pytest.raises(Unopenable):
        stranger.seal(person, "identity", NOMINATION, "name", NAME)


def test_wrapped_keys_cannot_change_places(vault: Vault, database: Database) -> None:
    """Who may write the table as its owner still cannot give one person the key of another."""
    mine, theirs = uuid4(), uuid4()
    vault.ensure_keys([mine, theirs])
    sealed = vault.seal(mine, "identity", NOMINATION, "name", NAME)
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("ALTER TABLE personal_keys DISABLE TRIGGER USER")
        connection.execute(
            "UPDATE personal_keys SET wrapped ="
            " (SELECT wrapped FROM personal_keys WHERE key = %s) WHERE key = %s",
            (key_id(theirs, "identity"), key_id(mine, "identity")),
        )
        connection.execute("ALTER TABLE personal_keys ENABLE TRIGGER USER")
    with pytest.raises(Unopenable):
        vault.open(sealed, NOMINATION, "name")


def test_a_person_is_found_again_by_the_id_number_alone(vault: Vault, opening: Opening) -> None:
    assert opening().person(CAMPAIGN, "89000019850307001x ") == vault.person(
        CAMPAIGN, "89000019850307001X"
    )
    assert vault.person(NOMINATION, ID_NUMBER) != vault.person(CAMPAIGN, ID_NUMBER)
    assert vault.person(CAMPAIGN, "890000198503070011") != vault.person(
        CAMPAIGN, "890000198503070038"
    )


def test_without_the_lookup_key_nobody_counts_id_numbers_back(
    vault: Vault, opening: Opening
) -> None:
    guess = opening(VaultKeys(master=KEYS.master, lookup=secrets.token_bytes(32)))
    assert guess.person(CAMPAIGN, ID_NUMBER) != vault.person(CAMPAIGN, ID_NUMBER)


def test_fingerprints_keep_their_parts_and_kinds_apart(vault: Vault) -> None:
    prints = {
        vault.person(CAMPAIGN, ID_NUMBER),
        vault.fingerprint("claim", ID_NUMBER),
        vault.fingerprint("patent", ID_NUMBER),
        vault.fingerprint("claim", "", ID_NUMBER),
        vault.fingerprint("claim", ID_NUMBER, ""),
        vault.fingerprint("claim", ID_NUMBER[:9], ID_NUMBER[9:]),
        vault.fingerprint("claim" + ID_NUMBER),
    }
    assert len(prints) == 7


def test_a_batch_of_people_gets_all_keys_and_no_key_twice(vault: Vault, store: str) -> None:
    people = [uuid4() for _ in range(50)]
    assert vault.ensure_keys([*people, *people]) == frozenset()
    assert vault.ensure_keys(people) == frozenset()
    with psycopg.connect(store) as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM personal_keys WHERE person = ANY(%s)", (people,)
        ).fetchone() or (0,)
    assert count == len(people) * len(PURPOSES)


def test_more_people_than_the_memory_holds_are_sealed_all_the_same(opening: Opening) -> None:
    small = opening(cached=2)
    people = [uuid4() for _ in range(5)]
    small.ensure_keys(people)
    boxes = [small.seal(person, "dossier", NOMINATION, "form", "{}") for person in people]
    assert {small.open(box, NOMINATION, "form") for box in boxes} == {"{}"}
    assert len(small._cache) == 2


def test_a_destroyed_key_opens_nothing_any_more(vault: Vault) -> None:
    person = uuid4()
    sealed = vault.seal(person, "identity", NOMINATION, "name", NAME)
    vault.destroy(person)
    with pytest.raises(Erased):
        vault.open(sealed, NOMINATION, "name")


def test_a_destroyed_key_seals_nothing_any_more(vault: Vault) -> None:
    person = uuid4()
    vault.ensure_keys([person])
    vault.destroy(person)
    with pytest.raises(Erased):
        vault.seal(person, "identity", NOMINATION, "name", NAME)


def test_another_process_hears_of_it_without_being_told(vault: Vault, opening: Opening) -> None:
    person = uuid4()
    other = opening()
    sealed = other.seal(person, "identity", NOMINATION, "name", NAME)
    vault.destroy(person)
    with pytest.raises(Erased):
        other.open(sealed, NOMINATION, "name")
    assert other.ensure_keys([person]) == {person}


def test_a_destroyed_key_can_never_be_made_again(vault: Vault, opening: Opening) -> None:
    person = uuid4()
    sealed = vault.seal(person, "identity", NOMINATION, "name", NAME)
    vault.destroy(person)
    fresh = opening()
    assert fresh.ensure_keys([person]) == {person}
    with pytest.raises(Erased):
        fresh.seal(person, "identity", NOMINATION, "name", NAME)
    with pytest.raises(Erased):
        fresh.open(sealed, NOMINATION, "name")


def test_a_key_that_never_was_can_be_forbidden(vault: Vault) -> None:
    person = uuid4()
    vault.destroy(person)
    assert vault.ensure_keys([person]) == {person}


def test_destroying_again_keeps_the_first_tombstone(vault: Vault, store: str) -> None:
    person = uuid4()
    vault.ensure_keys([person])

    def tombstones() -> list[tuple[object, ...]]:
        with psycopg.connect(store) as connection:
            return connection.execute(
                "SELECT key, wrapped, destroyed_at FROM personal_keys WHERE person = %s"
                " ORDER BY key",
                (person,),
            ).fetchall()

    vault.destroy(person)
    first = tombstones()
    vault.destroy(person)
    assert tombstones() == first
    assert len(first) == len(PURPOSES)


def test_one_purpose_can_be_erased_alone(vault: Vault) -> None:
    person = uuid4()
    name = vault.seal(person, "identity", NOMINATION, "name", NAME)
    mobile = vault.seal(person, "contact", NOMINATION, "mobile", "15400000001")
    vault.destroy(person, ["contact"])
    assert vault.open(name, NOMINATION, "name") == NAME
    with pytest.raises(Erased):
        vault.open(mobile, NOMINATION, "mobile")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE personal_keys SET wrapped = '\\x00', destroyed_at = NULL WHERE person = %s",
        "UPDATE personal_keys SET person = person WHERE person = %s",
        "DELETE FROM personal_keys WHERE person = %s",
        (
            "INSERT INTO personal_keys (key, person, purpose, wrapped)"
            " SELECT key, person, purpose, '\\x00' FROM personal_keys WHERE person = %s"
        ),
    ],
)
def test_the_application_can_neither_restore_nor_remove_a_tombstone(
    vault: Vault, store: str, statement: str
) -> None:
    person = uuid4()
    vault.ensure_keys([person])
    vault.destroy(person)
    with psycopg.connect(store) as connection, pytest.raises(psycopg.Error):
        connection.execute(statement, (person,))


def test_a_living_key_cannot_be_replaced(vault: Vault, store: str) -> None:
    person = uuid4()
    vault.ensure_keys([person])
    with (
        psycopg.connect(store) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="only destroyed"),
    ):
        connection.execute(
            "UPDATE personal_keys SET wrapped = '\\x00' WHERE person = %s", (person,)
        )


def test_no_plaintext_and_no_bare_key_lies_in_the_store(vault: Vault, store: str) -> None:
    person = vault.person(CAMPAIGN, "890000197701010009")
    vault.seal(person, "identity", NOMINATION, "id_number", "890000197701010009")
    vault.seal(person, "identity", NOMINATION, "name", "金丝雀")
    with psycopg.connect(store) as connection:
        text = str(connection.execute("SELECT * FROM personal_keys").fetchall())
        wrapped = connection.execute(
            "SELECT wrapped FROM personal_keys WHERE wrapped IS NOT NULL"
        ).fetchall()
    assert "890000197701010009" not in text
    assert "金丝雀" not in text
    assert all(len(row[0]) == 12 + 32 + 16 for row in wrapped)


def test_a_store_that_is_away_is_a_fault_not_an_answer() -> None:
    away = Vault("host=127.0.0.1 port=1 connect_timeout=1", KEYS, "gongjiang/intake")
    away._pool.timeout = 0.3
    try:
        with pytest.raises(psycopg.OperationalError):
            away.ensure_keys([uuid4()])
    finally:
        away.close()


def test_keys_are_destroyed_by_their_ids_and_leave_a_tombstone_each(
    vault: Vault, store: str
) -> None:
    """P17: as a log names them, also one that the store has never seen."""
    person, unseen = uuid4(), uuid4()
    vault.ensure_keys([person])
    identity, contact = key_id(person, "identity"), key_id(person, "contact")
    assert vault.living([identity, contact, unseen]) == {identity, contact}
    vault.destroy_keys({identity: "identity", unseen: "dossier"})
    vault.destroy_keys({identity: "identity", unseen: "dossier"})
    assert vault.living([identity, contact, unseen]) == {contact}
    told = {one["key"]: one["purpose"] for one in tombstones(store, [identity, contact, unseen])}
    assert told == {str(identity): "identity", str(unseen): "dossier"}


def test_a_key_that_another_process_destroyed_seals_nothing_more(
    vault: Vault, opening: Opening
) -> None:
    """P17: what would be sealed by it could never be opened."""
    person = uuid4()
    vault.seal(person, "identity", NOMINATION, "name", NAME)
    opening().destroy(person)
    assert vault.ensure_keys([person]) == {person}
    with pytest.raises(Erased):
        vault.seal(person, "identity", NOMINATION, "name", NAME)


@pytest.fixture
def own(servers: Servers, tmp_path: Path) -> Iterator[Database]:
    """A store in which everything is wrapped by one master key."""
    with administrator(servers.database_url) as connection:
        made = prepare_database(connection, servers.database_url, "rewrap_intake_keys", tmp_path)
    create(made.owner_url, f"{made.name}_app")
    try:
        yield made
    finally:
        drop_databases(servers.database_url, "rewrap")


def test_a_new_master_key_opens_what_the_old_one_sealed(own: Database) -> None:
    """Who was erased stays erased; the old key opens nothing any more."""
    master = secrets.token_bytes(32)
    with (
        closing(Vault(own.app_url, KEYS, "gongjiang/intake")) as old,
        closing(Vault(own.app_url, VaultKeys(master, KEYS.lookup), "gongjiang/intake")) as new,
    ):
        kept, gone = (old.person(CAMPAIGN, f"8900001980010100{number}") for number in (11, 12))
        boxes = {one: old.seal(one, "identity", NOMINATION, "name", NAME) for one in (kept, gone)}
        old.destroy(gone)

        assert rewrap(own.owner_url, KEYS.master, master) > 0
        assert rewrap(own.owner_url, KEYS.master, master) == 0

        assert new.open(boxes[kept], NOMINATION, "name") == NAME
        with pytest.raises(Erased):
            new.open(boxes[gone], NOMINATION, "name")
        with pytest.raises(Unopenable):
            old.open(boxes[kept], NOMINATION, "name")


def test_a_key_under_a_third_master_key_stops_the_change(own: Database) -> None:
    """All or none: it is better to know that before anything was written."""
    with closing(Vault(own.app_url, KEYS, "gongjiang/intake")) as vault:
        vault.ensure_keys([vault.person(CAMPAIGN, ID_NUMBER)])
    with pytest.raises(Unopenable):
        rewrap(own.owner_url, secrets.token_bytes(32), secrets.token_bytes(32))
    assert rewrap(own.owner_url, secrets.token_bytes(32), KEYS.master) == 0
