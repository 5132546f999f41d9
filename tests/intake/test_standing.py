"""Standing 个人评选记录: a bar and a title follow the person into the next campaign (P16, P19)."""

from datetime import date, datetime
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.intake.campaign import CAMPAIGN, OpenCampaign
from services.intake.milestones import Milestone
from services.intake.nomination import NOMINATION
from services.intake.policies import INTAKE
from services.intake.record import Live
from services.intake.standing import (
    STANDING,
    BarPerson,
    HoldHonour,
    HonourHeld,
    HonourLost,
    Known,
    LoseHonour,
    PersonBarred,
)
from services.intake.submission import SubmissionAnswered
from shared.contracts.campaign import CampaignConfiguration, Entrance
from shared.contracts.ids import campaign_id
from shared.messages import Event
from tests.actors import AT, OFFICE
from tests.given import given
from tests.intake.house import House, nomination_of, structured
from tests.intake.samples import CONFIGURATION, IN_TIME
from tests.intake.stories import (
    IDS,
    carried,
    carry_over,
    conferred,
    disqualified,
    received,
    record,
    title_revoked,
)

UNTIL = date(2022, 12, 11)
BARRED = PersonBarred(**IDS, until=UNTIL)
HELD, LOST = HonourHeld(**IDS), HonourLost(**IDS)
FACTS: dict[str, Any] = {"at": AT, "by": INTAKE, **IDS}


class TestStanding:
    """What is known of a person, each fact once and in any order."""

    def test_each_fact_is_noted_once(self) -> None:
        given(STANDING).when(BarPerson(**FACTS, until=UNTIL)).then(BARRED)
        given(STANDING, BARRED).when(BarPerson(**FACTS, until=UNTIL)).then()
        given(STANDING).when(HoldHonour(**FACTS)).then(HELD)
        given(STANDING, HELD).when(HoldHonour(**FACTS)).then()
        given(STANDING).when(LoseHonour(**FACTS)).then(LOST)
        given(STANDING, LOST).when(LoseHonour(**FACTS)).then()

    def test_nobody_notes_it_by_hand(self) -> None:
        given(STANDING).when(BarPerson(**FACTS | {"by": OFFICE}, until=UNTIL)).refused("P16")

    def test_every_order_leads_to_the_same(self) -> None:
        known = {repr(STANDING.fold(order)) for order in permutations((BARRED, HELD, LOST))}
        assert len(known) == 1

    def test_a_bar_includes_its_last_day(self) -> None:
        """P16."""
        known: Known = STANDING.fold([BARRED])
        assert known.barred_on(UNTIL) == UNTIL
        assert known.barred_on(date(2022, 12, 12)) is None

    def test_a_title_that_was_taken_back_is_none(self) -> None:
        """P15, P19."""
        assert STANDING.fold([HELD]).holds_title
        assert not STANDING.fold([HELD, LOST]).holds_title
        assert not STANDING.fold([LOST, HELD]).holds_title

    def test_it_is_found_by_its_own_key(self) -> None:
        assert STANDING.stream(UUID(int=1)) == UUID(int=1)


class TestCarriedOver:
    """The nomination hears of its end, and tells the person's stream."""

    def test_a_bar_ends_after_the_years_of_its_campaign(self) -> None:
        """P16: three years."""
        given(NOMINATION, received(), disqualified()).when(carry_over("barred")).then(
            carried("barred", UNTIL)
        )

    def test_a_campaign_without_a_bar_bars_nobody(self) -> None:
        """P16."""
        terms = received().terms.model_copy(update={"bar_years": 0})
        lenient = received().model_copy(update={"terms": terms})
        given(NOMINATION, lenient, disqualified()).when(carry_over("barred")).then()

    def test_each_is_told_once(self) -> None:
        given(NOMINATION, received(), conferred()).when(carry_over("honoured")).then(
            carried("honoured")
        )
        history = (received(), conferred(), carried("honoured"))
        given(NOMINATION, *history).when(carry_over("honoured")).then()
        given(NOMINATION, *history).when(carry_over("revoked")).then(carried("revoked"))

    def test_what_was_received_before_standing_was_kept_tells_nothing(self) -> None:
        old = received().model_copy(update={"standing": None})
        given(NOMINATION, old, conferred()).when(carry_over("honoured")).then()
        given(NOMINATION).when(carry_over("honoured")).then()


def of(name: str, milestone: Milestone) -> Milestone:
    """The milestone, of what a sample became."""
    return milestone.model_copy(update={"nomination_id": nomination_of(name)})


def after(*milestones: Milestone) -> House:
    """good-1, and what came of it in 2019."""
    house = House()
    house.send("good-1")
    for milestone in milestones:
        house.ask(NOMINATION, nomination_of("good-1"), record(of("good-1", milestone)))
    return house


def next_campaign(house: House, configuration: CampaignConfiguration) -> None:
    """Another campaign, with the same dates."""
    opening = OpenCampaign(at=IN_TIME, by=OFFICE, configuration=configuration)
    house.ask(CAMPAIGN, campaign_id(configuration.document_number), opening)


NEXT = CONFIGURATION.model_copy(update={"document_number": "嘉港区办〔2020〕8号"})
ONCE = NEXT.model_copy(update={"entrance": Entrance(repeat_winners="refused")})


def nominated_again(house: House, configuration: CampaignConfiguration) -> SubmissionAnswered:
    """The person of good-1 in another campaign."""
    next_campaign(house, configuration)
    delivery = structured("bad-5", {"campaign": configuration.document_number})
    (reply,) = house.deliver(delivery, at=IN_TIME)
    return house.answer(reply.submission)


class TestNextCampaign:
    """What the reception makes of it."""

    def test_whoever_is_barred_is_refused(self) -> None:
        """P16."""
        answer = nominated_again(after(disqualified()), NEXT)
        assert (answer.outcome, answer.findings[-1].rule) == ("refused", "P16") or "P16" in {
            finding.rule for finding in answer.findings
        }
        assert answer.nomination_id is None

    def test_a_title_is_worth_a_look(self) -> None:
        """P19: new merit is for a person to judge."""
        answer = nominated_again(after(conferred()), NEXT)
        assert answer.outcome == "received"
        assert [(one.rule, one.severity) for one in answer.findings] == [("P19", "warning")]

    def test_or_is_refused_where_the_campaign_says_so(self) -> None:
        """P19."""
        answer = nominated_again(after(conferred()), ONCE)
        assert (answer.outcome, [one.rule for one in answer.findings]) == ("refused", ["P19"])

    def test_a_title_that_was_taken_back_is_none(self) -> None:
        """P15, P19."""
        for order in ((conferred(), title_revoked()), (title_revoked(), conferred())):
            assert nominated_again(after(*order), ONCE).outcome == "received"

    def test_whoever_has_neither_is_taken_in(self) -> None:
        answer = nominated_again(after(), ONCE)
        assert (answer.outcome, answer.findings) == ("received", ())

    @pytest.mark.parametrize("milestone", [conferred(), disqualified(), title_revoked()])
    def test_it_is_noted_in_the_same_transaction(self, milestone: Event) -> None:
        house = after()
        house.ask(NOMINATION, nomination_of("good-1"), record(of("good-1", milestone)))  # type: ignore[arg-type]
        assert len(house.topics()) == 4 + 3

    def test_the_key_is_the_same_in_every_campaign_and_tells_no_number(self) -> None:
        """P16, P3."""
        house = after()
        nominated_again(house, NEXT)
        first, second = house.nomination("good-1"), house.nomination("bad-5")
        assert isinstance(first, Live)
        assert isinstance(second, Live)
        assert first.record.received.standing == second.record.received.standing
        assert first.record.received.claim != second.record.received.claim

    def test_the_bar_is_over_after_its_last_day(self) -> None:
        """P16."""
        house = after(disqualified())
        later = datetime.fromisoformat("2022-12-12T09:00:00+08:00")
        extended = NEXT.model_copy(update={"deadline": later})
        next_campaign(house, extended)
        delivery = structured(
            "bad-5", {"campaign": extended.document_number, "paper_received_at": None}
        )
        (reply,) = house.deliver(delivery, at=later)
        assert "P16" not in {one.rule for one in house.answer(reply.submission).findings}
