"""Documents of an objection, and the public that hands them in: decisions."""

from typing import Any

import pytest

from services.publicity import objecting
from services.publicity.enclosures import MOST, PUBLIC
from services.publicity.objection import OBJECTION
from services.publicity.policies import react
from shared.contracts.sealed import PersonalKey
from shared.messages import Actor, Happened
from tests.actors import AUDITOR, INVESTIGATOR, OFFICE, actor
from tests.given import given
from tests.publicity import erasures, stories
from tests.publicity.stories import CAMPAIGN, JIA, MEANWHILE, OBJECTION_ID, SCAN
from tests.publicity.test_objection import TAKEN_UP, declined, ended, found, raised, withdrawn

OF: dict[str, Any] = {"nomination_id": JIA, "campaign_id": CAMPAIGN}
VISITOR = actor(PUBLIC)
KEY = stories.supplement().key


def supplemented(*digests: str) -> objecting.ObjectionSupplemented:
    enclosed = tuple(stories.enclosed(one) for one in digests or (SCAN,))
    return objecting.ObjectionSupplemented(**OF, enclosed=enclosed, key=KEY)


class TestHandingIn:
    @pytest.mark.parametrize("by", [VISITOR, OFFICE, actor("desk")])
    def test_is_for_the_public_and_those_who_record(self, by: Actor) -> None:
        """P4: before and after it was taken up."""
        for course in ((raised(),), TAKEN_UP):
            given(OBJECTION, *course).when(stories.supplement(by=by)).then(supplemented())

    def test_is_not_for_those_who_investigate(self) -> None:
        """P4."""
        given(OBJECTION, raised()).when(stories.supplement(by=INVESTIGATOR)).refused("P4")

    def test_ends_with_the_objection(self) -> None:
        """P5: nothing is added to what is over, taken back or was never there."""
        over: tuple[tuple[Any, ...], ...] = (
            (),
            (raised(), declined("late")),
            (*TAKEN_UP, found("unfounded"), ended("unfounded")),
            (raised(), withdrawn(continued=False), ended("withdrawn")),
            (*TAKEN_UP, withdrawn(continued=True)),
        )
        for course in over:
            given(OBJECTION, *course).when(stories.supplement()).refused("P5")

    def test_takes_each_document_once_and_twenty_of_them(self) -> None:
        """P5."""
        many = [f"{number:064x}" for number in range(MOST)]
        given(OBJECTION, raised(), supplemented()).when(stories.supplement()).refused("P5")
        given(OBJECTION, raised()).when(stories.supplement(SCAN, SCAN)).refused("P5")
        given(OBJECTION, raised()).when(stories.supplement(*many)).then(supplemented(*many))
        full = (raised(), supplemented(*many))
        given(OBJECTION, *full).when(stories.supplement()).refused("P5")


class TestLooking:
    @pytest.mark.parametrize("by", [OFFICE, INVESTIGATOR])
    def test_is_for_a_purpose_that_is_on_record(self, by: Actor) -> None:
        """P4: a scan may show who objects."""
        opened = objecting.DocumentOpened(**OF, sha256=SCAN, purpose="核对单位公章")
        known = given(OBJECTION, raised(), supplemented())
        known.when(stories.open_document(by=by)).then(opened)
        asked = react(Happened(OBJECTION_ID, opened, MEANWHILE, by))
        assert [type(one.command).name for one in asked] == ["expect_stranger"]

    @pytest.mark.parametrize("by", [VISITOR, AUDITOR, actor("desk"), actor("office", "expert")])
    def test_is_for_nobody_else(self, by: Actor) -> None:
        """P4: least of all for those who judge the nominee, in whatever other role."""
        known = given(OBJECTION, raised(), supplemented())
        known.when(stories.open_document(by=by)).refused("P4")

    def test_needs_the_document(self) -> None:
        """P4."""
        given(OBJECTION).when(stories.open_document()).refused("P4")
        given(OBJECTION, raised()).when(stories.open_document()).refused("P4")


class TestThePublic:
    def test_raises_an_objection(self) -> None:
        """P4."""
        given(OBJECTION).when(stories.raise_objection(by=VISITOR)).then(raised())

    def test_takes_back_what_is_not_taken_up_and_stops_no_verification(self) -> None:
        """P5: whoever presses a reporter gains nothing by it."""
        take_back = stories.take_back().model_copy(update={"by": VISITOR})
        given(OBJECTION, raised()).when(take_back).then(
            withdrawn(continued=False), ended("withdrawn")
        )
        given(OBJECTION, *TAKEN_UP).when(take_back).then(withdrawn(continued=True))

    def test_decides_nothing(self) -> None:
        """P4, P5."""
        given(OBJECTION, raised()).when(stories.accept(by=VISITOR)).refused("P5")
        given(OBJECTION, raised()).when(stories.open_reporter(by=VISITOR)).refused("P4")


def test_the_key_of_the_documents_goes_with_the_reporter() -> None:
    """P17."""
    asked = erasures.request()
    over = (raised(), supplemented(), supplemented("cd" * 32), declined("no_facts"))
    [requested] = given(OBJECTION, *over).when(asked).events or []
    assert isinstance(requested, objecting.ErasureRequested)
    assert requested.keys[-1] == PersonalKey(key=KEY, purpose="dossier")
    assert len(requested.keys) == 3
