"""Pages that are made once: never shown after the views or the day have moved on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread

import httpx
import pytest
from psycopg.conninfo import conninfo_to_dict

from deploy.local.databases import administrator, drop_databases, prepare_database
from deploy.local.secrets import prepare_secrets
from deploy.local.servers import Servers
from services.publicity import PLAN
from services.publicity.notice import NOTICE
from services.publicity.pages import KEPT, router
from shared.application import Application
from shared.clock import RehearsalClock
from shared.eventlog import Cause
from shared.messages import Addressed, Command
from shared.personal import create
from shared.schema import install
from shared.settings import Settings
from shared.web import create_app
from tests.publicity.stories import (
    CAMPAIGN,
    ENTRIES,
    JIA,
    NOTICE_ID,
    OPENING,
    YI,
    note_entry,
    note_list,
    prepare,
    publish,
    withdraw,
)
from tests.serving import projecting, serving

NAME = ENTRIES[JIA].name
PATHS = ("/", f"/notices/{NOTICE_ID}", "/notices", f"/campaigns/{CAMPAIGN}")


@dataclass(frozen=True)
class Place:
    """Publicity under test, with two people on its notice."""

    address: str
    application: Application

    def give(self, command: Command) -> None:
        """Ask it, and wait until the views know."""
        asked = Addressed(NOTICE, CAMPAIGN, command)
        position, _ = self.application.commit(lambda batch: batch.ask(asked, Cause("test")))
        assert self.application.wait_for_views(position, 10)

    def set_clock(self, moment: datetime) -> None:
        assert isinstance(self.application.clock, RehearsalClock)
        self.application.clock.set(moment, "operator")


@pytest.fixture
def place(servers: Servers, tmp_path: Path) -> Iterator[Place]:
    prepare_secrets(tmp_path, lookup=False)
    with administrator(servers.database_url) as connection:
        database, keys = (
            prepare_database(connection, servers.database_url, f"kept_{name}", tmp_path)
            for name in ("publicity", "publicity_keys")
        )
    settings = Settings(
        profile="rehearsal",
        service="publicity",
        database_url=database.app_url,
        keys_database_url=keys.app_url,
        amqp_url=servers.amqp_url,
        secrets=tmp_path,
        port=0,
    )
    install(database.owner_url, f"{database.name}_app", settings.origin, PLAN)
    create(keys.owner_url, str(conninfo_to_dict(keys.app_url)["user"]))
    application = Application(PLAN, settings)
    app = create_app(application, router, kept=KEPT)
    try:
        with projecting(application), serving(app) as address:
            made = Place(address, application)
            made.set_clock(OPENING)
            for command in (prepare(), note_list(JIA, YI), note_entry(JIA), note_entry(YI)):
                made.give(command)
            made.give(publish())
            yield made
    finally:
        application.close()
        drop_databases(servers.database_url, "kept")


@pytest.fixture
def reader(place: Place) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=place.address, trust_env=False) as client:
        yield client


def test_the_next_page_after_a_withdrawal_never_names_who_was_withdrawn(
    place: Place, reader: httpx.Client
) -> None:
    """S43: while many read, and at the first answer after the views have heard of it."""
    for path in PATHS[:2]:
        assert NAME in reader.get(path).text
    heard = False
    wrong: list[str] = []

    def read(path: str) -> None:
        with httpx.Client(base_url=place.address, trust_env=False) as own:
            for _ in range(60):
                known = heard
                if NAME in own.get(path).text and known:
                    wrong.append(path)

    readers = [Thread(target=read, args=(path,)) for path in PATHS[:2] * 2]
    for one in readers:
        one.start()
    place.give(withdraw(JIA))
    heard = True
    for path in PATHS:
        assert NAME not in reader.get(path).text
    for one in readers:
        one.join()
    assert wrong == []


def test_a_reader_who_holds_the_page_is_told_that_it_is_still_so(
    place: Place, reader: httpx.Client
) -> None:
    """A strong entity tag of the bytes: another after a change, another for another display."""
    first = reader.get("/")
    tag = first.headers["etag"]
    assert not tag.startswith("W/")
    assert parsed(first) <= datetime.now().astimezone()
    again = reader.get("/", headers={"if-none-match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    large = reader.get("/", headers={"cookie": "gongjiang_view=large.normal.auto"})
    assert large.headers["etag"] != tag
    place.give(withdraw(JIA))
    assert reader.get("/", headers={"if-none-match": tag}).status_code == 200


def parsed(answer: httpx.Response) -> datetime:
    said = answer.headers["last-modified"]
    return datetime.strptime(said, "%a, %d %b %Y %H:%M:%S GMT").astimezone()


def test_the_countdown_goes_on_with_the_days_though_nothing_happens(
    place: Place, reader: httpx.Client
) -> None:
    """P1: the page depends on the business day too."""
    assert "公示还剩5个工作日（含今天）" in reader.get("/").text
    place.set_clock(OPENING + timedelta(days=4))
    assert "今天是公示最后一天" in reader.get("/").text
    place.set_clock(OPENING + timedelta(days=9))
    assert "公示时间已到" in reader.get("/").text


def test_what_is_not_there_is_not_kept(place: Place, reader: httpx.Client) -> None:
    missing = "/announcements/result:4bffc9c5-92a3-5fe3-b667-bab563d1f65e"
    answer = reader.get(missing)
    assert answer.status_code == 404
    assert "etag" not in answer.headers


def test_whoever_is_known_gets_a_page_of_their_own(place: Place, reader: httpx.Client) -> None:
    answer = reader.get("/", headers={"cookie": "gongjiang_session=x"})
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    assert reader.get("/").headers["cache-control"] == "no-cache"
