"""Papers 纸质材料: in time, as the electronic version, and the originals seen (S31–S34)."""

from datetime import datetime, timedelta

import pytest

from services.intake.campaign import CAMPAIGN, ExtendDeadline
from services.intake.nomination import NOMINATION
from services.intake.record import Live, NominationReceived, Paper
from shared.contracts.intake import Finding
from shared.messages import Actor
from tests.actors import AT, EXPERT, OFFICE, SYSTEM_ACTOR
from tests.given import given
from tests.intake.house import House, nomination_of
from tests.intake.samples import CAMPAIGN_ID, CONFIGURATION, IN_TIME
from tests.intake.stories import (
    DESK,
    conferred,
    judge_late,
    paper_late,
    paper_received,
    pass_pre_review,
    pre_reviewed,
    received,
    record_paper,
    sight,
    sighted,
    taken_back,
)

WITHOUT = received(paper_received_at=None)
UNSEEN = Finding(rule="S31", severity="error", message="尚未出示原件：身份证、毕业证书。")


def shown_later() -> NominationReceived:
    """A nomination of which two originals were not presented."""
    (form,) = received().materials
    unseen = (
        form.model_copy(update={"id": "m2", "kind": "identity_card", "original_presented": False}),
        form.model_copy(
            update={"id": "m3", "kind": "graduation_certificate", "original_presented": False}
        ),
    )
    return received(UNSEEN).model_copy(update={"materials": (form, *unseen)})


class TestPaper:
    """Both versions are required (S34)."""

    def test_without_the_paper_it_does_not_pass(self) -> None:
        """S34: nobody said that it came."""
        given(NOMINATION, WITHOUT).when(pass_pre_review()).refused("S34")

    def test_the_desk_records_that_it_is_here_now(self) -> None:
        """S33."""
        given(NOMINATION, WITHOUT).when(record_paper()).then(paper_received())
        history = (WITHOUT, paper_received())
        given(NOMINATION, *history).when(pass_pre_review()).then(pre_reviewed())

    @pytest.mark.parametrize("by", [OFFICE, EXPERT, SYSTEM_ACTOR])
    def test_nobody_else_does(self, by: Actor) -> None:
        """S33: the receiving desk is not the office."""
        given(NOMINATION, WITHOUT).when(record_paper(by)).refused("S33")

    def test_a_difference_from_the_electronic_version_stands_in_the_way(self) -> None:
        """S34."""
        history = (WITHOUT, paper_received(matches=False))
        given(NOMINATION, *history).when(pass_pre_review()).refused("S34")

    def test_a_second_look_may_find_them_the_same(self) -> None:
        """S34; the first receipt counts for the deadline."""
        history = (WITHOUT, paper_received(matches=False))
        later = record_paper(at=datetime.fromisoformat("2019-12-12T09:00:00+08:00"))
        given(NOMINATION, *history).when(later).then(paper_received())

    def test_recording_the_same_again_changes_nothing(self) -> None:
        given(NOMINATION, WITHOUT, paper_received()).when(record_paper()).then()

    def test_only_before_the_pre_review(self) -> None:
        """S39."""
        given(NOMINATION, received(), pre_reviewed()).when(record_paper()).refused("S39")

    def test_a_late_paper_is_on_record_and_does_not_pass(self) -> None:
        """S32."""
        history = (WITHOUT, paper_received())
        given(NOMINATION, *history).when(judge_late()).then(paper_late())
        given(NOMINATION, *history, paper_late()).when(judge_late()).then()
        given(NOMINATION, *history, paper_late()).when(pass_pre_review()).refused("S32")

    def test_what_came_with_its_paper_is_not_judged_again(self) -> None:
        given(NOMINATION, received()).when(judge_late()).then()


class TestDeadline:
    """The campaign judges, since it alone knows of an extension (S32)."""

    def house(self) -> House:
        house = House()
        house.send("good-1", changes={"paper_received_at": None})
        return house

    def paper(self, house: House) -> Paper | None:
        state = house.nomination("good-1")
        assert isinstance(state, Live)
        return state.record.paper

    @pytest.mark.parametrize(
        ("at", "late"),
        [("2019-12-10T23:59:59+08:00", False), ("2019-12-11T00:00:00+08:00", True)],
    )
    def test_to_the_second(self, at: str, late: bool) -> None:
        """S32, A1: the last second counts."""
        house = self.house()
        moment = datetime.fromisoformat(at)
        house.ask(NOMINATION, nomination_of("good-1"), record_paper(at=moment))
        assert self.paper(house) == Paper(moment, electronic_matches=True, late=late)

    def test_an_extension_counts(self) -> None:
        """S32."""
        house = self.house()
        until = datetime.fromisoformat("2019-12-15T23:59:59+08:00")
        extend = ExtendDeadline(at=IN_TIME, by=OFFICE, deadline=until, reason="延期。")
        house.ask(CAMPAIGN, CAMPAIGN_ID, extend)
        house.ask(NOMINATION, nomination_of("good-1"), record_paper(at=AT))
        assert self.paper(house) == Paper(AT, electronic_matches=True)

    def test_what_was_late_is_judged_again_after_an_extension(self) -> None:
        """S32: by when it came, not by when it is recorded again."""
        house = self.house()
        house.ask(NOMINATION, nomination_of("good-1"), record_paper(at=AT))
        house.ask(NOMINATION, nomination_of("good-1"), record_paper(at=AT))
        assert self.paper(house) == Paper(AT, electronic_matches=True, late=True)
        until = datetime.fromisoformat("2019-12-15T23:59:59+08:00")
        extend = ExtendDeadline(at=AT, by=OFFICE, deadline=until, reason="延期。")
        house.ask(CAMPAIGN, CAMPAIGN_ID, extend)
        later = AT + timedelta(days=2)
        house.ask(NOMINATION, nomination_of("good-1"), record_paper(at=later))
        assert self.paper(house) == Paper(AT, electronic_matches=True)

    def test_nothing_is_written_in_the_campaign_about_a_paper_in_time(self) -> None:
        house = self.house()
        house.ask(NOMINATION, nomination_of("good-1"), record_paper(at=IN_TIME))
        assert house.topics()[-1] == "paper_received.v1"
        assert CONFIGURATION.deadline > IN_TIME

    def test_a_late_paper_is_noted_on_both_sides(self) -> None:
        """S32: the event is kept."""
        house = self.house()
        house.ask(NOMINATION, nomination_of("good-1"), record_paper(at=AT))
        assert house.topics()[-3:] == [
            "paper_received.v1",
            "late_paper_noted.v1",
            "paper_found_late.v1",
        ]


class TestOriginals:
    """Each is seen once and given back (S31)."""

    def test_until_all_are_seen_it_does_not_pass(self) -> None:
        """S31."""
        given(NOMINATION, shown_later()).when(pass_pre_review()).refused("S31")
        first = sighted("m2", complete=False)
        given(NOMINATION, shown_later()).when(sight("m2")).then(first)
        given(NOMINATION, shown_later(), first).when(pass_pre_review()).refused("S31")
        given(NOMINATION, shown_later(), first).when(sight("m3")).then(sighted("m3"))
        history = (shown_later(), first, sighted("m3"))
        given(NOMINATION, *history).when(pass_pre_review()).then(pre_reviewed())

    @pytest.mark.parametrize("by", [DESK, OFFICE])
    def test_desk_and_office_may_see_them(self, by: Actor) -> None:
        given(NOMINATION, shown_later()).when(sight("m2", "m3", by=by)).then(sighted("m2", "m3"))

    def test_nobody_else_does(self) -> None:
        given(NOMINATION, shown_later()).when(sight("m2", by=EXPERT)).refused("S31")

    def test_an_original_is_of_a_material_that_is_there(self) -> None:
        """S30."""
        given(NOMINATION, shown_later()).when(sight("m2", "m9")).refused("S30")

    def test_what_was_seen_is_not_seen_again(self) -> None:
        given(NOMINATION, shown_later()).when(sight("m1")).then()
        given(NOMINATION, shown_later()).when(sight("m1", "m2", "m2")).then(
            sighted("m2", complete=False)
        )

    def test_only_while_it_is_before_the_pre_review(self) -> None:
        """S39."""
        for end in (pre_reviewed(), conferred(), taken_back()):
            given(NOMINATION, shown_later(), end).when(sight("m2")).refused("S39")
