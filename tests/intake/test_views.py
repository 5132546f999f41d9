"""The desk's views say what the aggregates say, and can be rebuilt."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from deploy.local.databases import administrator, drop_databases, named, prepare_database
from deploy.local.secrets import prepare_secrets
from deploy.local.servers import Servers
from services.intake import PLAN, views
from services.intake.campaign import CAMPAIGN, OpenCampaign
from services.intake.duplicates import ResolveDuplicate
from services.intake.milestones import Milestone
from services.intake.nomination import NOMINATION, RecordMilestone
from services.intake.prereview import PassPreReview
from services.intake.reception import prepare, read, receive
from services.intake.record import status_of
from shared.application import Application
from shared.eventlog import Batch
from shared.messages import Addressed, Command, Recorded
from shared.projector import Projector, rebuild
from shared.schema import install
from shared.settings import Settings
from tests.actors import AT, OFFICE, SYSTEM_ACTOR
from tests.intake.house import CAUSE, TestVault, nomination_of, structured, submission_of
from tests.intake.samples import CAMPAIGN_ID, CONFIGURATION, IN_TIME, REGISTRY, expected
from tests.intake.stories import (
    ALL_MILESTONES,
    OTHER,
    approved,
    concluded,
    conferred,
    disqualified,
    evaluated,
    investigated,
    lapse,
    posted,
    record_paper,
    reopen,
    request_correction,
    resume,
    revocation_dismissed,
    suspend,
    withdraw,
)

NAMESPACE = "test_intake_views"
RECEIVED = ("good-1", "good-2", "good-3", "good-4", "bad-2", "bad-3", "bad-5")


class Desk:
    """Intake on a database of its own, with its views."""

    def __init__(
        self, application: Application, session: psycopg.Connection[dict[str, Any]]
    ) -> None:
        self.application = application
        self.session = session
        self.projector = Projector(application, wait=lambda _: None, stopped=lambda: False)

    def ask(self, nomination: UUID, command: Command) -> None:
        """Ask a nomination, and let the views follow."""
        addressed = Addressed(NOMINATION, nomination, command)
        self.application.commit(lambda batch: batch.ask(addressed, CAUSE))
        self.follow()

    def tell(self, nomination: UUID, *milestones: Milestone) -> None:
        """Let a nomination hear these."""
        for milestone in milestones:
            own = milestone.model_copy(update={"nomination_id": nomination})
            self.ask(nomination, RecordMilestone(at=AT, by=SYSTEM_ACTOR, milestone=own))

    def follow(self) -> None:
        """Apply what is new."""
        for view in PLAN.views:
            while self.projector.advance(self.session, view):
                continue

    def row(self, name: str) -> views.NominationRow:
        """What the desk sees of a sample."""
        shown = {row.nomination_id: row for row in views.nominations(self.session)}
        row = shown[nomination_of(name)]
        state = self.application.log.batch().state(NOMINATION, nomination_of(name))
        assert row.status == status_of(state)
        assert set(row.rivals) == state.record.rivals
        return row


@pytest.fixture(scope="module")
def application(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("views")
    prepare_secrets(folder)
    with administrator(servers.database_url) as connection:
        name = named(NAMESPACE, "intake")
        database = prepare_database(connection, servers.database_url, name, folder)
    settings = Settings(
        profile="rehearsal",
        service="intake",
        database_url=database.app_url,
        amqp_url=servers.amqp_url,
        secrets=folder,
        port=0,
    )
    install(database.owner_url, f"{name}_app", settings.origin, PLAN)
    application = Application(PLAN, settings)
    try:
        yield application
    finally:
        application.close()
        drop_databases(servers.database_url, NAMESPACE)


@pytest.fixture(scope="module")
def desk(application: Application) -> Iterator[Desk]:
    """The campaign is open, the samples were received, and things have happened to them."""
    url = application.settings.database_url
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as session:
        desk = Desk(application, session)
        application.commit(take_in)
        desk.ask(nomination_of("bad-5"), ResolveDuplicate(at=AT, by=OFFICE))
        passed = PassPreReview(at=AT, by=OFFICE, conditions=("C2",), opinion="符合条件。")
        desk.ask(nomination_of("good-2"), passed)
        desk.tell(nomination_of("good-2"), evaluated(), approved(), posted(), conferred())
        desk.tell(nomination_of("good-3"), posted(), investigated(), investigated(OTHER))
        desk.tell(nomination_of("good-3"), concluded(OTHER))
        desk.tell(nomination_of("good-4"), posted(), disqualified(), approved())
        told = [one for one in ALL_MILESTONES if one != revocation_dismissed()]
        desk.tell(nomination_of("bad-3"), *told)
        yield desk


def take_in(batch: Batch) -> None:
    """The campaign, and every sample in time."""
    opened = OpenCampaign(at=IN_TIME, by=OFFICE, configuration=CONFIGURATION)
    batch.ask(Addressed(CAMPAIGN, CAMPAIGN_ID, opened), CAUSE)
    vault = TestVault()
    incoming = [read(structured(name), REGISTRY) for name in expected() if name != "bad-7"]
    for judged in prepare(batch, incoming, IN_TIME, vault, rehearsal=True):
        receive(batch, judged, vault, vault.opened, CAUSE)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("good-1", "重复并入"),
        ("bad-5", "已受理"),
        ("good-2", "已授予"),
        ("good-3", "异议核查中"),
        ("good-4", "资格取消"),
        ("bad-2", "已受理"),
        ("bad-3", "已撤销"),
    ],
)
def test_the_desk_sees_where_each_nomination_is(desk: Desk, name: str, status: str) -> None:
    assert desk.row(name).status == status


def test_the_desk_sees_what_came_and_what_was_found(desk: Desk) -> None:
    row = desk.row("bad-2")
    assert (row.publisher, row.source) == ("rsj", "urn:gongjiang:publisher:rsj")
    assert (row.message_id, row.outcome) == ("bad-2", "received")
    assert (row.channel, row.recommender) == ("employer", "示例港务测试有限公司")
    assert row.claimed_conditions == ("C2",)
    assert [finding.rule for finding in row.findings] == ["S10", "S57"]
    assert row.received_at == IN_TIME


def test_a_campaign_s_nominations_are_listed_in_their_order(desk: Desk) -> None:
    listed = views.nominations(desk.session, CAMPAIGN_ID)
    assert [row.message_id for row in listed] == list(RECEIVED)
    assert views.nominations(desk.session) == listed
    assert views.nominations(desk.session, OTHER) == []


def test_what_two_people_share_is_found_on_both_sides(desk: Desk) -> None:
    """P7: their certificates of honour are one file."""
    for name, other in (("good-2", "bad-2"), ("bad-2", "good-2")):
        found = views.shared_works(desk.session, nomination_of(name))
        (one,) = (finding for finding in found if str(nomination_of(other)) in finding.message)
        assert (one.rule, one.severity) == ("P7", "warning")
        assert "荣誉或奖励、证明材料文件" in one.message or "证明材料文件" in one.message


def test_what_one_person_has_in_two_nominations_is_no_finding(desk: Desk) -> None:
    """P7: good-1 was merged into bad-5; both are of one person."""
    found = views.shared_works(desk.session, nomination_of("bad-5"))
    assert not [finding for finding in found if str(nomination_of("good-1")) in finding.message]


@pytest.mark.parametrize(
    ("commands", "status"),
    [
        ([suspend()], "异议核查中"),
        ([resume()], "已受理"),
        ([request_correction("materials")], "补正中"),
        ([lapse()], "已受理"),
        ([record_paper(at=AT)], "已受理"),
        ([withdraw()], "撤回"),
    ],
)
def test_the_view_goes_with_the_aggregate_through_what_the_desk_does(
    desk: Desk, commands: list[Command], status: str
) -> None:
    """One after the other, on bad-2; `row` compares the two."""
    for command in commands:
        desk.ask(nomination_of("bad-2"), command)
    row = desk.row("bad-2")
    assert row.status == status
    assert row.suspended is (status == "异议核查中")
    assert (row.correct_by is not None) is (status == "补正中")


def test_a_choice_that_was_taken_back_is_seen(desk: Desk) -> None:
    """P7: bad-5 had been kept."""
    desk.ask(nomination_of("good-1"), reopen())
    assert desk.row("good-1").rivals == (nomination_of("bad-5"),)
    assert desk.row("bad-5").rivals == (nomination_of("good-1"),)
    desk.ask(nomination_of("bad-5"), ResolveDuplicate(at=AT, by=OFFICE))
    assert desk.row("good-1").status == "重复并入"


def test_a_refused_message_shows_every_reason(desk: Desk) -> None:
    (row,) = views.submissions_of(desk.session, "urn:gongjiang:publisher:zlb", "bad-4")
    assert row.submission_id == submission_of("bad-4")
    assert (row.outcome, row.nomination_id) == ("refused", None)
    assert [finding.rule for finding in row.findings] == ["S31", "S66", "S68"]
    assert views.submissions_of(desk.session, "urn:gongjiang:publisher:zlb", "none") == []


def everything(desk: Desk) -> Sequence[Any]:
    """What both views show."""
    return [
        views.nominations(desk.session),
        *(
            views.submissions_of(desk.session, row.source or "", row.message_id or "")
            for row in views.nominations(desk.session)
        ),
    ]


def test_the_views_are_rebuilt_from_the_log(desk: Desk) -> None:
    before = everything(desk)
    for view in PLAN.views:
        rebuild(desk.session, view)
        for table in view.tables:  # whatever has become of it
            desk.session.execute(SQL("DELETE FROM {}").format(Identifier(table)))
    desk.follow()
    assert everything(desk) == before


def test_applying_the_log_twice_changes_nothing(desk: Desk) -> None:
    before = everything(desk)
    log: list[Recorded] = desk.application.log.read(0, 1000)
    with desk.session.cursor() as cursor:
        for view in PLAN.views:
            for recorded in log:
                view.apply(cursor, recorded)
    assert everything(desk) == before
