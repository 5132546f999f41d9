"""What publicity makes of news, and what it tells."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from services.publicity import PLAN
from services.publicity.certificate import CertificateIssued
from services.publicity.honour import HONOUR
from services.publicity.notice import NOTICE, CloseNotice
from services.publicity.objection import OBJECTION
from services.publicity.policies import PUBLICITY, announce, follow, react, timers
from services.publicity.posted import NoticeEntryWithdrawn, NoticePublished
from services.publicity.revocation import REVOCATION
from services.publicity.revoking import RevocationCaseOpened
from services.publicity.title import (
    CandidacyCancelled,
    ClearanceLapsed,
    ClearanceNoted,
    TitleConferred,
)
from shared.contracts import intake, publicity, review
from shared.contracts.base import Heard, Published, Source
from shared.messages import (
    Addressed,
    Command,
    Event,
    Happened,
    LeafRef,
    Recorded,
    Refused,
)
from shared.plan import Due, Settled
from tests.actors import SYSTEM_ACTOR
from tests.publicity.house import House
from tests.publicity.stories import (
    BEFORE,
    BING,
    CAMPAIGN,
    CLOSING,
    CONFIGURATION,
    DIGEST,
    ENTRIES,
    INVESTIGATION,
    JIA,
    MEANWHILE,
    NOTICE_ID,
    OBJECTION_ID,
    YI,
    barred,
    cancelled,
    clear,
    clearance_noted,
    close,
    closed,
    conclude,
    confer,
    conferred,
    disqualify,
    end,
    entry_noted,
    entry_withdrawn,
    list_noted,
    note_entry,
    note_list,
    prepare,
    prepared,
    promote,
    publish,
    published,
    revocation_opened,
    set_aside,
    take_up_again,
    unclear,
    withdraw,
)


def heard(message: Published, at: datetime) -> Heard:
    source = Source(service="x", event_id=JIA, position=1, leaf_index=0, leaf_hash="00" * 32)
    return Heard(message, source, at, SYSTEM_ACTOR, JIA)


def recorded(event: Event, at: datetime = MEANWHILE) -> Recorded:
    return Recorded(
        position=7,
        stream=JIA,
        version=1,
        event=event,
        at=at,
        by=SYSTEM_ACTOR,
        recorded_at=at,
        correlation=JIA,
        causation="test",
        leaf=LeafRef(0, b""),
    )


def outcome(nomination_id: UUID, *, approved: bool) -> review.Outcome:
    return review.Outcome(nomination_id=nomination_id, approved=approved, yes=5, no=0, abstained=0)


def by_us(command: Command) -> Command:
    return command.model_copy(update={"by": PUBLICITY})


@pytest.mark.parametrize(
    ("message", "decider", "key", "command"),
    [
        (
            intake.CampaignOpened(campaign_id=CAMPAIGN, configuration=CONFIGURATION),
            NOTICE,
            CAMPAIGN,
            prepare(),
        ),
        (
            intake.PublicationReleased(nomination_id=JIA, campaign_id=CAMPAIGN, entry=ENTRIES[JIA]),
            NOTICE,
            CAMPAIGN,
            note_entry(JIA),
        ),
        (
            review.ListDecided(
                campaign_id=CAMPAIGN,
                digest=DIGEST,
                outcomes=(
                    outcome(YI, approved=True),
                    outcome(BING, approved=False),
                    outcome(JIA, approved=True),
                ),
            ),
            NOTICE,
            CAMPAIGN,
            note_list(YI, JIA),
        ),
        (review.ClearanceGranted(nomination_id=JIA, campaign_id=CAMPAIGN), HONOUR, JIA, clear()),
        (
            review.ClearanceWithdrawn(nomination_id=JIA, campaign_id=CAMPAIGN),
            HONOUR,
            JIA,
            unclear(),
        ),
        (
            review.NominationDisqualified(
                nomination_id=JIA,
                campaign_id=CAMPAIGN,
                investigation_id=INVESTIGATION,
                reason="奖励证书系伪造",
            ),
            HONOUR,
            JIA,
            disqualify(),
        ),
        (
            review.ReservePromoted(nomination_id=BING, campaign_id=CAMPAIGN, in_place_of=JIA),
            NOTICE,
            CAMPAIGN,
            promote(BING, JIA),
        ),
        (
            review.NominationExcluded(
                nomination_id=JIA, campaign_id=CAMPAIGN, ground="vetoed", reason="拖欠工资"
            ),
            HONOUR,
            JIA,
            end("vetoed"),
        ),
        (
            intake.NominationWithdrawn(nomination_id=JIA, campaign_id=CAMPAIGN, by="applicant"),
            HONOUR,
            JIA,
            end("withdrawn"),
        ),
        (
            intake.DuplicateResolved(nomination_id=JIA, campaign_id=CAMPAIGN, kept=False, other=YI),
            HONOUR,
            JIA,
            set_aside(),
        ),
        (
            intake.DuplicateResolved(nomination_id=JIA, campaign_id=CAMPAIGN, kept=True, other=YI),
            HONOUR,
            JIA,
            take_up_again(),
        ),
        (
            review.ObjectionInvestigated(
                nomination_id=JIA,
                campaign_id=CAMPAIGN,
                objection_id=OBJECTION_ID,
                investigation_id=INVESTIGATION,
                finding="immaterial",
            ),
            OBJECTION,
            OBJECTION_ID,
            conclude("immaterial"),
        ),
    ],
    ids=lambda value: getattr(type(value), "name", ""),
)
def test_news_becomes_one_command_of_ours(
    message: Published, decider: Any, key: UUID, command: Command
) -> None:
    """S37, S43, A12, P6, P7, P9, P16: given by the service itself, at the time of the news."""
    assert follow(heard(message, command.at)) == [Addressed(decider, key, by_us(command))]


def test_what_is_not_for_us_becomes_nothing() -> None:
    message = review.InvestigationOpened(
        nomination_id=JIA, campaign_id=CAMPAIGN, investigation_id=INVESTIGATION
    )
    assert follow(heard(message, BEFORE)) == []


def test_a_cancelled_candidacy_comes_off_the_notice_in_the_same_transaction() -> None:
    """S43."""
    happened = Happened(HONOUR.stream(JIA), cancelled(), MEANWHILE, SYSTEM_ACTOR)
    assert react(happened) == [Addressed(NOTICE, CAMPAIGN, by_us(withdraw(JIA)))]


def test_a_revocation_opens_by_itself_and_leaves_the_old_notice_alone() -> None:
    """P15: the notice was true when it was posted; the decision on the title is still to come."""
    [addressed] = react(Happened(JIA, revocation_opened(), MEANWHILE, SYSTEM_ACTOR))
    assert (addressed.decider, addressed.key) == (REVOCATION, JIA)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (
            published(YI, JIA),
            publicity.NoticePublished(
                campaign_id=CAMPAIGN,
                notice_id=NOTICE_ID,
                opens_on=published().opens_on,
                closes_on=published().closes_on,
                nominations=(YI, JIA),
            ),
        ),
        (
            entry_withdrawn(JIA),
            publicity.NoticeEntryWithdrawn(
                campaign_id=CAMPAIGN, notice_id=NOTICE_ID, nomination_id=JIA
            ),
        ),
        (
            closed(YI),
            publicity.NoticeClosed(campaign_id=CAMPAIGN, notice_id=NOTICE_ID, nominations=(YI,)),
        ),
        (cancelled(), publicity.CandidacyCancelled(nomination_id=JIA, campaign_id=CAMPAIGN)),
        (
            conferred(),
            publicity.TitleConferred(
                nomination_id=JIA,
                campaign_id=CAMPAIGN,
                certificate_number="GQGJ-2019-001",
                decision_number="嘉港区管〔2020〕1号",
            ),
        ),
        (
            RevocationCaseOpened(
                nomination_id=JIA,
                campaign_id=CAMPAIGN,
                cause="false_deeds",
                reason="奖励证书系伪造",
                investigation_id=INVESTIGATION,
            ),
            publicity.RevocationOpened(nomination_id=JIA, campaign_id=CAMPAIGN),
        ),
    ],
    ids=lambda value: value.name,
)
def test_what_partners_hear_names_nobody(event: Event, message: Published) -> None:
    """P3: ids cross the border, names are read on the portal."""
    assert announce(recorded(event)) == message
    assert "测试" not in message.model_dump_json()


@pytest.mark.parametrize(
    "event",
    [prepared(), list_noted(JIA), entry_noted(JIA), barred(JIA), clearance_noted()],
    ids=lambda event: event.name,
)
def test_what_was_only_heard_is_not_told_again(event: Event) -> None:
    assert announce(recorded(event)) is None


def test_the_clock_closes_a_published_notice() -> None:
    """P1: due when the last day is over; settled by the closing."""
    due = Due(f"notice:{NOTICE_ID}", CLOSING, "notice", CAMPAIGN, "close_notice")
    assert timers(recorded(published(JIA))) == [due]
    assert timers(recorded(closed(JIA))) == [Settled(due.key)]
    assert timers(recorded(conferred())) == []
    assert PLAN.command(due.decider, due.command) is CloseNotice


PEOPLE = [JIA, YI, BING]
ACTS: list[Addressed] = [
    Addressed(NOTICE, CAMPAIGN, prepare()),
    Addressed(NOTICE, CAMPAIGN, note_list(*PEOPLE)),
    *(Addressed(NOTICE, CAMPAIGN, note_entry(person)) for person in PEOPLE),
    Addressed(NOTICE, CAMPAIGN, publish()),
    Addressed(NOTICE, CAMPAIGN, close()),
    *(Addressed(HONOUR, person, clear(person)) for person in PEOPLE),
    *(Addressed(HONOUR, person, unclear(person)) for person in PEOPLE[:2]),
    *(Addressed(HONOUR, person, confer(certificate=f"证{n}")) for n, person in enumerate(PEOPLE)),
    *(Addressed(HONOUR, person, disqualify(person)) for person in PEOPLE[:2]),
]


@examples(st.permutations(ACTS), st.integers(0, len(ACTS)))
@settings(max_examples=300, deadline=None)
def test_in_no_order_is_the_disqualified_posted_or_conferred(
    order: list[Addressed], repeated: int
) -> None:
    """S40, S43: whatever comes first, and though some of it comes twice."""
    house = House()
    out: set[UUID] = set()
    for addressed in [*order, *order[:repeated]]:
        try:
            house.give(addressed)
        except Refused:
            continue
        out |= {e.nomination_id for e in house.events if isinstance(e, CandidacyCancelled)}
        assert not out & _posted(house.events)
        assert not out & _conferred(house.events)
    _conferred_only_when_cleared(house.events)


@examples(st.permutations([act for act in ACTS if act.command.by == SYSTEM_ACTOR]))
@settings(max_examples=200, deadline=None)
def test_what_policies_ask_is_never_refused_for_its_order(order: list[Addressed]) -> None:
    """S43: across services there is no order."""
    house = House()
    for addressed in order:
        if not isinstance(addressed.command, CloseNotice):
            house.give(addressed)
    house.give(Addressed(NOTICE, CAMPAIGN, publish()))
    assert _posted(house.events) == {BING}


def _posted(events: list[Event]) -> set[UUID]:
    on: set[UUID] = set()
    for event in events:
        if isinstance(event, NoticePublished):
            on |= {line.nomination_id for line in event.entries}
        elif isinstance(event, NoticeEntryWithdrawn):
            on.discard(event.nomination_id)
    return on


def _conferred(events: list[Event]) -> set[UUID]:
    return {event.nomination_id for event in events if isinstance(event, TitleConferred)}


def _conferred_only_when_cleared(events: list[Event]) -> None:
    cleared: set[UUID] = set()
    for event in events:
        match event:
            case ClearanceNoted():
                cleared.add(event.nomination_id)
            case ClearanceLapsed():
                cleared.discard(event.nomination_id)
            case TitleConferred():
                assert event.nomination_id in cleared
            case _:
                pass


def test_the_race_of_conferral_and_disqualification_has_two_ends_only() -> None:
    """S43, P15: conferred first, the revocation opens; disqualified first, it is cancelled."""
    acts = [
        Addressed(HONOUR, JIA, confer()),
        Addressed(HONOUR, JIA, disqualify()),
    ]
    first = House()
    first.give(Addressed(HONOUR, JIA, clear()))
    for act in acts:
        first.give(act)
    told: list[Event] = [clearance_noted(), conferred(), revocation_opened()]
    others = (CertificateIssued, RevocationCaseOpened)
    assert [event for event in first.events if not isinstance(event, others)] == told

    second = House()
    second.give(Addressed(HONOUR, JIA, clear()))
    second.give(acts[1])
    with pytest.raises(Refused) as refusal:
        second.give(acts[0])
    assert refusal.value.rule == "S43"
    assert second.events == [clearance_noted(), cancelled(), barred(JIA)]
