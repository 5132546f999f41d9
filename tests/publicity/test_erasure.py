"""The end of who objects, in a log that is for ever (P4, P17)."""

from datetime import datetime

import pytest

from services.publicity.admission import TermRuns
from services.publicity.erasure import AlreadyErased, HeldByLaw, NoSuchHold, ReporterUnknown
from services.publicity.notice import NOTICE
from services.publicity.objecting import ErasureCompleted, ErasureRequested, KeysReturned
from services.publicity.objection import OBJECTION
from services.publicity.policies import react
from shared.messages import Command, Happened, NotEntitled
from tests.actors import INVESTIGATOR, OFFICE
from tests.given import Given, given
from tests.publicity import erasures, stories
from tests.publicity.stories import CAMPAIGN, JIA, MEANWHILE, OBJECTION_ID
from tests.rules.situations import after

IDS = {"nomination_id": JIA, "campaign_id": CAMPAIGN}
RAISED = (stories.raise_objection(),)
ANSWERED = (*RAISED, stories.accept(), stories.conclude("unfounded"), stories.answer())
REQUESTED = ErasureRequested(**IDS, ground="retention", day=MEANWHILE.date(), keys=erasures.KEYS)
THE_LAST_DAY = datetime.fromisoformat(f"{MEANWHILE.year + 30}-{MEANWHILE:%m-%d}T23:59:59+08:00")


def objection(*commands: Command) -> Given:
    return given(OBJECTION, *after(OBJECTION, *commands))


@pytest.mark.parametrize("ended", [ANSWERED, (*RAISED, stories.decline("no_facts"))])
def test_who_objected_goes_when_the_objection_is_answered(ended: tuple[Command, ...]) -> None:
    """P17"""
    objection(*ended).when(erasures.request()).then(REQUESTED)


@pytest.mark.parametrize("still_open", [ANSWERED[:1], ANSWERED[:2], ANSWERED[:3]])
def test_who_is_still_to_be_heard_or_answered_is_kept(still_open: tuple[Command, ...]) -> None:
    """P17: also whom one should never have known."""
    objection(*still_open).when(erasures.request("unlawful")).refused("P17")


def test_nobody_is_no_reporter() -> None:
    anonymous = stories.raise_objection(signed=False, named=False)
    for known in (objection(), objection(anonymous, stories.decline("anonymous"))):
        judged = known.when(erasures.request())
        assert isinstance(judged.refusal, ReporterUnknown)


def test_the_term_is_that_of_the_nominations_file_from_the_day_of_the_objection() -> None:
    """P17: what was kept unlawfully waits for none."""
    notices = given(NOTICE, stories.prepared())
    early = notices.when(erasures.expect_over(at=THE_LAST_DAY))
    assert isinstance(early.refusal, TermRuns)
    notices.when(erasures.expect_over()).then()
    expecting = react(Happened(OBJECTION_ID, REQUESTED, erasures.LONG_AFTER, OFFICE))
    assert [type(one.command).name for one in expecting] == ["expect_term_over"]
    unlawful = REQUESTED.model_copy(update={"ground": "unlawful"})
    assert react(Happened(OBJECTION_ID, unlawful, MEANWHILE, OFFICE)) == []


def test_a_hold_refuses_it_until_who_placed_it_lifts_it() -> None:
    """P17"""
    held = (*ANSWERED, erasures.place_hold())
    assert isinstance(objection(*held).when(erasures.request()).refusal, HeldByLaw)
    objection(*held, erasures.lift_hold()).when(erasures.request()).then(REQUESTED)
    by_office = erasures.lift_hold().model_copy(update={"by": OFFICE})
    assert isinstance(objection(*held).when(by_office).refusal, NotEntitled)
    twice = objection(*held, erasures.lift_hold()).when(erasures.lift_hold())
    assert isinstance(twice.refusal, NoSuchHold)


def test_an_investigator_places_a_hold_on_whoever_is_there() -> None:
    """P17"""
    placed = erasures.place_hold().model_copy(update={"by": INVESTIGATOR})
    assert objection(*RAISED).when(placed).events
    gone = objection(*ANSWERED, erasures.request()).when(placed)
    assert isinstance(gone.refusal, AlreadyErased)


def test_it_is_completed_once_and_every_return_is_on_record() -> None:
    """P17"""
    asked = (*ANSWERED, erasures.request())
    done = ErasureCompleted(**IDS, keys=erasures.KEYS)
    objection(*ANSWERED).when(erasures.complete()).then()
    objection(*asked).when(erasures.complete()).then(done)
    objection(*asked, erasures.complete()).when(erasures.complete()).then()
    objection(*asked, erasures.complete()).when(erasures.note_returned()).then(
        KeysReturned(**IDS, keys=erasures.KEYS)
    )
    objection(*ANSWERED).when(erasures.note_returned()).then()
