"""The desk of publicity: objections are sealed, opened on record, and listed by due date."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from deploy.local.databases import administrator, drop_databases, prepare_database
from deploy.local.secrets import prepare_secrets
from deploy.local.servers import Servers
from services.publicity import PLAN, objecting
from services.publicity.desk import DEALING_WITH_OBJECTIONS
from services.publicity.honour import HONOUR
from services.publicity.notice import NOTICE
from services.publicity.objection import OBJECTION
from services.publicity.pages import router
from shared.application import Application
from shared.clock import RehearsalClock
from shared.eventlog import Cause
from shared.identity import ROLES, Issuer
from shared.messages import Addressed, Command
from shared.personal import create, vault_of
from shared.schema import install
from shared.settings import Settings
from shared.web import create_app
from tests.actors import (
    AUDITOR,
    COMMITTEE,
    EXPERT,
    INVESTIGATOR,
    LEADING_GROUP,
    OFFICE,
    OPERATOR,
    actor,
)
from tests.publicity.stories import (
    CAMPAIGN,
    ENTRIES,
    JIA,
    MEANWHILE,
    PAPER,
    YI,
    clear,
    conclude,
    confer,
    note_entry,
    note_list,
    prepare,
    propose,
    publish,
)
from tests.serving import projecting, serving, visiting

ACCOUNTS = Path(__file__).parents[2] / "deploy/accounts/rehearsal.json"
REPORTER, CONTACT = "测试反映人", "fanying@example.com"


@dataclass(frozen=True)
class Place:
    """Publicity under test, with two people on its notice."""

    address: str
    application: Application
    database_url: str
    issuer: Issuer

    def give(self, decider: Any, key: UUID, command: Command) -> None:
        """What policies and people ask, at a time of their own."""
        asked = Addressed(decider, key, command)
        self.application.commit(lambda batch: batch.ask(asked, Cause("test")))

    def caught_up(self) -> None:
        assert self.application.wait_for_views(self.application.log.head, 5)

    def stored(self) -> str:
        """All that the database of the service holds, as text."""
        with psycopg.connect(self.database_url) as connection:
            tables = connection.execute(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
            ).fetchall()
            rows = [
                connection.execute(f"SELECT t::text FROM {table} t".encode()).fetchall()  # noqa: S608
                for (table,) in tables
            ]
            events = connection.execute("SELECT state FROM stored_events").fetchall()
        return str(rows) + "".join(bytes(state).decode() for (state,) in events)


@pytest.fixture(scope="module")
def place(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("publicity")
    secrets = prepare_secrets(folder, lookup=False)
    with administrator(servers.database_url) as connection:
        database, keys = (
            prepare_database(connection, servers.database_url, f"posted_{name}", folder)
            for name in ("publicity", "publicity_keys")
        )
    settings = Settings(
        profile="rehearsal",
        service="publicity",
        database_url=database.app_url,
        keys_database_url=keys.app_url,
        amqp_url=servers.amqp_url,
        secrets=folder,
        accounts=ACCOUNTS,
        port=0,
    )
    install(database.owner_url, f"{database.name}_app", settings.origin, PLAN)
    create(keys.owner_url, str(conninfo_to_dict(keys.app_url)["user"]))
    application = Application(PLAN, settings)
    assert isinstance(application.clock, RehearsalClock)
    application.clock.set(MEANWHILE, "operator")
    issuer = Issuer(secrets.identity_private.read_bytes())
    try:
        with projecting(application), serving(create_app(application, router)) as address:
            made = Place(address, application, database.owner_url, issuer)
            for command in (prepare(), note_list(JIA, YI), note_entry(JIA), note_entry(YI)):
                made.give(NOTICE, CAMPAIGN, command)
            made.give(NOTICE, CAMPAIGN, publish())
            yield made
    finally:
        application.close()
        drop_databases(servers.database_url, "posted")


@pytest.fixture
def client(place: Place) -> Iterator[httpx.Client]:
    with visiting(place.address) as one:
        yield one


def by(place: Place, who: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {place.issuer.token(who)}"}


def written(**changes: Any) -> dict[str, Any]:
    return {
        "nomination_id": str(JIA),
        "campaign_id": str(CAMPAIGN),
        "objector": "person",
        "signed": True,
        "reporter": REPORTER,
        "contact": CONTACT,
        "allegation": "所报技术成果并非本人完成",
        "sha256": PAPER,
        **changes,
    }


def raised(place: Place, client: httpx.Client, **changes: Any) -> UUID:
    answer = client.post("/api/objections", json=written(**changes), headers=by(place, OFFICE))
    assert answer.status_code == 200, answer.text
    place.caught_up()
    return UUID(answer.json()["objection_id"])


def test_who_objects_is_in_no_table_and_no_event(place: Place, client: httpx.Client) -> None:
    """P4, P3: sealed before anything is stored."""
    key = raised(place, client)
    [event] = [one.event for one in place.application.log.load([key])]
    assert isinstance(event, objecting.ObjectionRaised)
    assert event.reporter is not None
    assert REPORTER not in place.stored()
    assert CONTACT not in place.stored()


def test_it_is_opened_for_a_purpose_and_the_opening_is_on_record(
    place: Place, client: httpx.Client
) -> None:
    """P4: the event comes before the name."""
    key = raised(place, client)
    to = f"/api/objections/{key}/reporter"
    for who in (OFFICE, INVESTIGATOR):
        answer = client.post(to, json={"purpose": "联系反映人"}, headers=by(place, who))
        assert answer.json()["reporter"] == {"reporter": REPORTER, "contact": CONTACT}
    opened = [
        one.by.id
        for one in place.application.log.load([key])
        if isinstance(one.event, objecting.ReporterOpened)
    ]
    assert opened == [OFFICE.id, INVESTIGATOR.id]


@pytest.mark.parametrize("who", [EXPERT, LEADING_GROUP, COMMITTEE, AUDITOR, OPERATOR])
def test_it_is_opened_to_nobody_else(place: Place, client: httpx.Client, who: Any) -> None:
    """P4: neither panel nor leading group; and nothing is on record."""
    key = raised(place, client)
    answer = client.post(
        f"/api/objections/{key}/reporter", json={"purpose": "看看"}, headers=by(place, who)
    )
    assert answer.status_code == 403
    assert REPORTER not in answer.text
    assert len(list(place.application.log.load([key]))) == 1


def test_nor_to_a_colleague_of_the_nominee(place: Place, client: httpx.Client) -> None:
    """P4."""
    key = raised(place, client)
    colleague = actor("investigator", organisation=ENTRIES[JIA].employer)
    answer = client.post(
        f"/api/objections/{key}/reporter", json={"purpose": "看看"}, headers=by(place, colleague)
    )
    assert (answer.status_code, answer.json()["rule"]) == (409, "P4")


def test_a_reporter_can_be_erased_and_the_objection_stands(
    place: Place, client: httpx.Client
) -> None:
    """P17: its keys are its own."""
    key, other = raised(place, client), raised(place, client)
    vault = vault_of(place.application.settings)
    try:
        vault.destroy(key)
        with pytest.raises(ValueError, match="lookup key"):
            vault.person(CAMPAIGN, "890000198503070011")
    finally:
        vault.close()
    for one, status in ((key, 410), (other, 200)):
        answer = client.post(
            f"/api/objections/{one}/reporter",
            json={"purpose": "联系反映人"},
            headers=by(place, OFFICE),
        )
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"nomination_id": str(uuid4())}, "P4"),
        ({"campaign_id": str(uuid4())}, "S39"),
        ({"reporter": ""}, "P4"),
        ({"contact": " "}, "P4"),
        ({"allegation": "电15400000001"}, "P3"),
        ({"posted_on": "2019-12-26"}, "P4"),
        ({"reporter": "测\u0007试"}, "S42"),
    ],
)
def test_what_cannot_be_an_objection_is_refused(
    place: Place, client: httpx.Client, changes: dict[str, str], rule: str
) -> None:
    """P3, P4: nothing is stored of it."""
    head = place.application.log.head
    answer = client.post("/api/objections", json=written(**changes), headers=by(place, OFFICE))
    assert (answer.status_code, answer.json()["rule"]) == (409, rule)
    assert place.application.log.head == head


def test_only_office_and_desk_record_objections(place: Place, client: httpx.Client) -> None:
    """P4: with a token; the rule says who."""
    assert client.post("/api/objections", json=written()).status_code == 401
    answer = client.post("/api/objections", json=written(), headers=by(place, EXPERT))
    assert (answer.status_code, answer.json()["rule"]) == (403, "P4")


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_register_is_for_those_who_deal_with_it(
    place: Place, client: httpx.Client, role: str
) -> None:
    """P4: and it holds neither names nor words of an objection."""
    raised(place, client)
    answer = client.get("/api/objections", headers=by(place, actor(role)))
    assert (answer.status_code == 200) == (role in DEALING_WITH_OBJECTIONS)
    for text in (REPORTER, CONTACT, "所报技术成果"):
        assert text not in answer.text


def test_the_register_says_what_is_due_and_when(place: Place, client: httpx.Client) -> None:
    """P5: decision, verification, answer; what is declined may be a lead (P4)."""

    def row(key: UUID) -> Any:
        place.caught_up()
        rows = client.get("/api/objections", headers=by(place, OFFICE)).json()
        return next(one for one in rows if one["objection_id"] == str(key))

    def ask(key: UUID, command: str, **body: Any) -> None:
        answer = client.post(
            f"/api/objection/{key}/{command}", json=body, headers=by(place, OFFICE)
        )
        assert answer.status_code == 200, answer.text

    key = raised(place, client)
    assert (row(key)["step"], row(key)["due_on"]) == ("received", "2019-12-27")
    ask(key, "accept_objection")
    assert (row(key)["step"], row(key)["due_on"]) == ("accepted", "2020-01-16")
    place.give(OBJECTION, key, conclude("unfounded", at=MEANWHILE))
    assert (row(key)["step"], row(key)["due_on"]) == ("concluded", "2020-01-02")
    ask(key, "answer_objection", sha256=PAPER)
    assert (row(key)["step"], row(key)["due_on"]) == ("closed", None)
    lead = raised(place, client, signed=False, reporter="", contact="")
    ask(lead, "decline_objection", ground="anonymous", lead=True)
    assert (row(lead)["step"], row(lead)["lead"]) == ("declined", True)
    page = client.get("/desk", headers=by(place, OFFICE)).text
    assert "列为线索" in page
    assert "待作受理决定" in page


def test_a_revocation_is_listed_with_its_next_step(place: Place, client: httpx.Client) -> None:
    """P15: and shown to whoever takes part in it."""
    at = datetime.fromisoformat("2019-12-25T15:00:00+08:00")
    for command in (clear(YI), confer(certificate="GQGJ-2019-777"), propose()):
        place.give(HONOUR, YI, command.model_copy(update={"at": at}))
    place.caught_up()
    [row] = client.get("/api/revocations", headers=by(place, COMMITTEE)).json()
    assert (row["nomination_id"], row["stage"]) == (str(YI), "opened")
    assert client.get("/api/revocations", headers=by(place, EXPERT)).status_code == 403
    assert client.get("/desk", headers=by(place, EXPERT)).status_code == 403
    committee = client.get("/desk", headers=by(place, COMMITTEE)).text
    assert "待登记核查情况" in committee
    assert "异议台账" not in committee
    assert row["cause"] == "major_accident"


def test_review_seals_nothing_and_keeps_no_keys(place: Place) -> None:
    """P4: who objects is sealed from those who judge."""
    known = place.application.settings.model_dump()
    with pytest.raises(ValueError, match="review keeps no personal keys"):
        Settings.model_validate({**known, "service": "review"})
