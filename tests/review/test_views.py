"""What the desks are shown, at each stage; and that no score is told early (P11)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from deploy.local.databases import administrator, drop_databases, named, prepare_database
from deploy.local.servers import Servers
from services.review import desks
from services.review.desks import ApprovalEntry, Clearance, Evaluation, Evidence, Judgement
from services.review.evaluation import EVALUATION
from services.review.marking import CorrectScore
from services.review.panel import PANEL
from services.review.recusal import DeclareInterest
from services.review.views import DESKS
from tests.actors import AT
from tests.review.campaign import (
    ANNA,
    BODO,
    CAMPAIGN,
    CARL,
    CHAIR,
    INQUIRY,
    SCORING,
    UNITS,
    as_judge,
    marks,
)
from tests.review.house import House
from tests.review.test_minutes import TODAY, record
from tests.review.test_policies import (
    APPOINT,
    DRAW,
    OPENED,
    approved_house,
    closed,
    decide,
    disqualify,
    find_nothing,
    investigate,
    passed,
    score,
    scored_house,
)

NAMESPACE = "test_review_views"


@pytest.fixture(scope="module")
def database(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    secrets: Path = tmp_path_factory.mktemp("review") / "secrets"
    with administrator(servers.database_url) as connection:
        name = named(NAMESPACE, "review")
        made = prepare_database(connection, servers.database_url, name, secrets)
    yield made.owner_url
    drop_databases(servers.database_url, NAMESPACE)


@pytest.fixture
def connection(database: str) -> Iterator[Connection[DictRow]]:
    """The tables, empty; nothing of a test stays."""
    with psycopg.connect(database, row_factory=dict_row) as made:
        made.execute(DESKS.schema)
        yield made
        made.rollback()


def show(connection: Connection[Any], house: House) -> None:
    """Let the views hear everything, each event twice: as after a crash, it makes no difference."""
    with connection.cursor() as cursor:
        for recorded in house.recorded():
            DESKS.apply(cursor, recorded)
            DESKS.apply(cursor, recorded)


def waiting(**changes: Any) -> Evaluation:
    """A candidate of whom nothing is known yet."""
    known: dict[str, Any] = {
        "nomination_id": ANNA,
        "campaign_id": CAMPAIGN,
        "status": "waiting",
        "judges": 0,
        "scores": 0,
        "total": None,
        "rank": None,
        "shortlisted": None,
    }
    return Evaluation(**{**known, **changes})


class TestPanel:
    def test_a_campaign_is_shown_from_its_opening_on(self, connection: Connection[Any]) -> None:
        house = House()
        house.hear(OPENED)
        show(connection, house)
        (panel,) = desks.panels(connection)
        assert panel == desks.panel(connection, CAMPAIGN)
        assert (panel.stage, panel.chair, panel.members) == ("prepared", None, ())
        assert panel.scoring == SCORING
        assert panel.document_number == "嘉港区办〔2019〕60号"

    def test_the_judges_stand_in_the_order_of_their_appointment(
        self, connection: Connection[Any]
    ) -> None:
        show(connection, scored_house(ANNA))
        panel = desks.panel(connection, CAMPAIGN)
        assert panel is not None
        assert panel.stage == "appointed"
        assert [member.id for member in panel.members] == ["judge-1", "judge-2", "judge-3"]
        assert [member.kind for member in panel.members] == ["leader", "expert", "expert"]

    def test_shortlist_and_decision_move_it_on(self, connection: Connection[Any]) -> None:
        house = scored_house(ANNA, BODO)
        house.ask(PANEL, CAMPAIGN, DRAW)
        show(connection, house)
        panel = desks.panel(connection, CAMPAIGN)
        assert panel is not None
        assert panel.stage == "drawn"
        assert panel.digest == house.digest()
        decide(house)
        show(connection, house)
        panel = desks.panel(connection, CAMPAIGN)
        assert panel is not None
        assert panel.stage == "closed"

    def test_the_minutes_are_those_of_the_list(self, connection: Connection[Any]) -> None:
        """S72: a list that is drawn anew waits for its own."""
        house = scored_house(ANNA)
        house.ask(PANEL, CAMPAIGN, DRAW)
        assert self.minutes_of(connection, house) is None
        house.ask(PANEL, CAMPAIGN, record())
        assert self.minutes_of(connection, house) == TODAY
        house.hear(passed(BODO))
        for judge in (1, 2, 3):
            score(house, BODO, judge)
        house.ask(PANEL, CAMPAIGN, DRAW)
        assert self.minutes_of(connection, house) is None

    def minutes_of(self, connection: Connection[Any], house: House) -> date | None:
        show(connection, house)
        panel = desks.panel(connection, CAMPAIGN)
        return panel.minutes_of if panel is not None else None

    def test_an_unknown_campaign_has_no_panel(self, connection: Connection[Any]) -> None:
        assert desks.panel(connection, CAMPAIGN) is None
        assert desks.panels(connection) == ()


class TestEvaluations:
    def test_a_candidate_waits_for_the_panel(self, connection: Connection[Any]) -> None:
        house = House()
        house.hear(passed(ANNA))
        show(connection, house)
        assert desks.evaluation(connection, ANNA, "reader") == waiting()
        assert desks.evaluation(connection, BODO, "reader") is None

    def test_scores_are_counted_and_nothing_is_told_before_the_last(
        self, connection: Connection[Any]
    ) -> None:
        """P11"""
        house = House()
        house.hear(OPENED)
        house.hear(passed(ANNA))
        house.ask(PANEL, CAMPAIGN, APPOINT)
        score(house, ANNA, 1)
        score(house, ANNA, 2, achievement="30")
        show(connection, house)
        assert desks.evaluation(connection, ANNA, "reader") == waiting(
            status="assigned", judges=3, scores=2
        )
        mine = desks.sheet(connection, ANNA, "judge-1")
        assert mine is not None
        assert mine.mine == Judgement("judge-1", None, marks())
        assert (mine.means, mine.all) == (None, ())
        others = desks.sheet(connection, ANNA, "judge-3")
        assert others is not None
        assert others.mine == Judgement("judge-3", None, None)
        assert (others.means, others.all) == (None, ())
        assert desks.sheet(connection, ANNA, "office") == desks.Sheet(
            waiting(status="assigned", judges=3, scores=2), None, None, ()
        )

    def test_when_all_are_in_everybody_sees_everything(self, connection: Connection[Any]) -> None:
        """P11"""
        house = scored_house(ANNA)
        show(connection, house)
        sheet = desks.sheet(connection, ANNA, "office")
        assert sheet is not None
        assert sheet.evaluation == waiting(
            status="completed", judges=3, scores=3, total=Decimal("80.00")
        )
        assert sheet.means == marks("15.00", "25.00", "15.00", "25.00")
        assert [one.marks for one in sheet.all] == [marks(), marks(), marks()]

    def test_a_correction_is_shown_instead(self, connection: Connection[Any]) -> None:
        house = scored_house(ANNA)
        correction = CorrectScore(at=AT, by=as_judge(1), marks=marks(skill="28"), reason="录入有误")
        house.ask(EVALUATION, ANNA, correction)
        show(connection, house)
        sheet = desks.sheet(connection, ANNA, "judge-1")
        assert sheet is not None
        assert sheet.mine == Judgement("judge-1", None, marks(skill="28"))
        assert sheet.evaluation.total == Decimal("81.00")

    def test_who_is_recused_is_no_judge(self, connection: Connection[Any]) -> None:
        """P10"""
        house = House()
        house.hear(OPENED)
        house.hear(passed(ANNA))
        house.ask(PANEL, CAMPAIGN, APPOINT)
        house.ask(EVALUATION, ANNA, DeclareInterest(at=AT, by=as_judge(2), ground="relative"))
        show(connection, house)
        assert desks.evaluation(connection, ANNA, "reader") == waiting(status="assigned", judges=2)
        assert desks.judgements(connection, CAMPAIGN, "judge-2") == {
            ANNA: Judgement("judge-2", "relative", None)
        }

    def test_the_shortlist_comes_first(self, connection: Connection[Any]) -> None:
        house = scored_house(CARL, BODO)
        for judge in (1, 2, 3):
            correction = CorrectScore(
                at=AT, by=as_judge(judge), marks=marks(achievement="30"), reason="录入有误"
            )
            house.ask(EVALUATION, CARL, correction)
        house.ask(PANEL, CAMPAIGN, DRAW)
        house.hear(passed(ANNA))
        show(connection, house)
        shown = desks.evaluations(connection, CAMPAIGN, "reader")
        assert [one.nomination_id for one in shown] == [CARL, BODO, ANNA]
        assert [one.rank for one in shown] == [1, 2, None]
        assert [one.status for one in shown] == ["closed", "closed", "assigned"]

    def test_a_disqualification_stops_it_and_hides_the_result(
        self, connection: Connection[Any]
    ) -> None:
        """S43"""
        house = scored_house(ANNA)
        disqualify(house)
        show(connection, house)
        assert desks.evaluation(connection, ANNA, "reader") == waiting(
            status="stopped", judges=3, scores=3
        )


class TestApprovals:
    def test_the_rules_are_shown_before_there_is_a_list(self, connection: Connection[Any]) -> None:
        house = House()
        house.hear(OPENED)
        show(connection, house)
        approval = desks.approval(connection, CAMPAIGN)
        assert approval is not None
        assert (approval.status, approval.chair, approval.units) == ("prepared", CHAIR, UNITS)
        assert (approval.quota, approval.entries) == (2, ())
        assert approval.voting == OPENED.configuration.voting

    def test_the_list_is_shown_with_who_is_barred(self, connection: Connection[Any]) -> None:
        """S37, S43"""
        house = scored_house(ANNA, BODO)
        house.ask(PANEL, CAMPAIGN, DRAW)
        disqualify(house)
        show(connection, house)
        approval = desks.approval(connection, CAMPAIGN)
        assert approval is not None
        assert approval.status == "submitted"
        assert approval.digest == house.digest()
        assert approval.entries == (
            ApprovalEntry(ANNA, True, None, None, None, None),
            ApprovalEntry(BODO, False, None, None, None, None),
        )

    def test_the_decision_is_shown_with_its_votes(self, connection: Connection[Any]) -> None:
        house = approved_house(ANNA, BODO)
        show(connection, house)
        approval = desks.approval(connection, CAMPAIGN)
        assert approval is not None
        assert (approval.status, approval.present) == ("decided", UNITS)
        assert approval.entries == (
            ApprovalEntry(ANNA, False, True, 6, 0, 0),
            ApprovalEntry(BODO, False, True, 6, 0, 0),
        )

    def test_an_unknown_campaign_has_none(self, connection: Connection[Any]) -> None:
        assert desks.approval(connection, CAMPAIGN) is None


class TestInvestigations:
    def test_an_investigation_is_shown_from_opening_to_finding(
        self, connection: Connection[Any]
    ) -> None:
        """S43"""
        house = scored_house(ANNA)
        investigate(house)
        show(connection, house)
        (opened,) = desks.investigations(connection, CAMPAIGN)
        assert (opened.status, opened.finding) == ("open", None)
        assert opened.investigators == ("inspector-1", "inspector-2")

    def test_a_finding_of_fraud_is_shown_with_its_evidence(
        self, connection: Connection[Any]
    ) -> None:
        """S43"""
        house = scored_house(ANNA)
        disqualify(house)
        show(connection, house)
        found = desks.investigation(connection, INQUIRY)
        assert found is not None
        assert (found.status, found.finding) == ("concluded", "fraud")
        assert found.evidence == (Evidence("e" * 64, "公布名单的副本"),)
        assert found.public_reason == "获奖证书系伪造"
        assert desks.investigation(connection, ANNA) is None


class TestClearances:
    def test_every_condition_is_shown(self, connection: Connection[Any]) -> None:
        """S40"""
        house = approved_house(ANNA, BODO)
        house.hear(closed(ANNA))
        show(connection, house)
        assert desks.clearances(connection, CAMPAIGN) == (
            Clearance(ANNA, CAMPAIGN, "granted", True, True, ()),
            Clearance(BODO, CAMPAIGN, "pending", True, False, ()),
        )

    def test_an_investigation_holds_it_until_it_ends(self, connection: Connection[Any]) -> None:
        """S40"""
        house = approved_house(ANNA)
        house.hear(closed(ANNA))
        investigate(house)
        show(connection, house)
        assert desks.clearance(connection, ANNA) == Clearance(
            ANNA, CAMPAIGN, "pending", True, True, (INQUIRY,)
        )
        find_nothing(house)
        show(connection, house)
        assert desks.clearance(connection, ANNA) == Clearance(
            ANNA, CAMPAIGN, "granted", True, True, ()
        )

    def test_a_disqualification_bars_it_and_leaves_nothing_open(
        self, connection: Connection[Any]
    ) -> None:
        """S43"""
        house = approved_house(ANNA)
        house.hear(closed(ANNA))
        disqualify(house)
        show(connection, house)
        assert desks.clearance(connection, ANNA) == Clearance(
            ANNA, CAMPAIGN, "barred", True, True, ()
        )

    def test_of_an_unknown_nomination_nothing_is_known(self, connection: Connection[Any]) -> None:
        assert desks.clearance(connection, ANNA) is None
