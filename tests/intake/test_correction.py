"""Correction 补正: named fields, in time, by whoever nominated, and the whole judged anew (S31)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.intake.correction import CORRECTABLE, NominationCorrected
from services.intake.dossier import SEALED_APART
from services.intake.nomination import NOMINATION
from services.intake.record import Live, Record, status_of
from services.intake.submission import SubmissionAnswered
from shared.contracts.ids import submission_id
from shared.contracts.opened import ContactDetails, Dossier, Identity
from shared.contracts.submission import CORRECTED, Form
from shared.messages import Actor, Event
from tests.actors import AT, EXPERT, SYSTEM_ACTOR, actor
from tests.given import given
from tests.intake.house import House, nomination_of, published
from tests.intake.samples import event, publisher_of
from tests.intake.stories import (
    DESK,
    UNPROVEN,
    UNUSUAL,
    conferred,
    correct,
    corrected,
    correction_requested,
    disqualified,
    fail_pre_review,
    held,
    lapse,
    lapsed,
    pass_pre_review,
    pre_reviewed,
    received,
    request_correction,
    resolved,
    taken_back,
)

DUE = datetime.fromisoformat("2019-12-19T00:00:00+08:00")
OPEN = (received(), correction_requested())


class TestRequested:
    """The office names what is to be mended."""

    def test_until_the_end_of_the_fifth_working_day(self) -> None:
        """S31: asked on a Wednesday; the weekend does not count."""
        given(NOMINATION, received(UNPROVEN)).when(request_correction()).then(
            correction_requested()
        )

    @pytest.mark.parametrize("by", [EXPERT, DESK, SYSTEM_ACTOR])
    def test_nobody_else_does(self, by: Actor) -> None:
        given(NOMINATION, received()).when(request_correction(by=by)).refused("S31")

    def test_one_at_a_time(self) -> None:
        given(NOMINATION, *OPEN).when(request_correction()).refused("S31")

    @pytest.mark.parametrize("end", [corrected(), lapsed()])
    def test_as_often_as_the_campaign_says(self, end: Event) -> None:
        """S31: twice in 2019."""
        once = (*OPEN, end)
        given(NOMINATION, *once).when(request_correction()).then(correction_requested())
        twice = (*once, correction_requested(), end)
        given(NOMINATION, *twice).when(request_correction()).refused("S31")

    @pytest.mark.parametrize("name", ["name", "id_number", "channel", "everything"])
    def test_the_person_and_the_recommendation_are_not_mended(self, name: str) -> None:
        """S45, S49: another person is another nomination."""
        given(NOMINATION, received()).when(request_correction(name)).refused("S31")

    def test_every_other_field_of_the_form_may_be_named(self) -> None:
        assert {*Form.model_fields, "materials"} - {"name", "id_number"} == CORRECTABLE
        assert {"name", "id_number"} < set(SEALED_APART)

    def test_only_before_the_pre_review(self) -> None:
        """S39."""
        given(NOMINATION, received(), pre_reviewed()).when(request_correction()).refused("S39")

    def test_the_reason_tells_no_number(self) -> None:
        """P3."""
        command = request_correction(reason="请核对13800000000")
        given(NOMINATION, received()).when(command).refused("P3")

    def test_not_for_a_year_whose_holidays_are_unknown(self) -> None:
        """P1: nothing is guessed."""
        late = datetime.fromisoformat("2099-01-01T09:00:00+08:00")
        given(NOMINATION, received()).when(request_correction(at=late)).refused("P1")


class TestOpen:
    """While something may be mended, nothing is decided."""

    def test_neither_way(self) -> None:
        given(NOMINATION, *OPEN).when(pass_pre_review()).refused("S31")
        given(NOMINATION, *OPEN).when(fail_pre_review()).refused("S31")

    def test_after_the_answer_it_is(self) -> None:
        given(NOMINATION, *OPEN, corrected()).when(pass_pre_review()).then(pre_reviewed())

    def test_after_the_deadline_it_is(self) -> None:
        given(NOMINATION, *OPEN, lapsed()).when(fail_pre_review()).then(pre_reviewed(passed=False))

    def test_it_lapses_once(self) -> None:
        given(NOMINATION, *OPEN).when(lapse()).then(lapsed())
        given(NOMINATION, *OPEN, lapsed()).when(lapse()).then()
        given(NOMINATION, *OPEN, corrected()).when(lapse()).then()
        given(NOMINATION).when(lapse()).then()

    @pytest.mark.parametrize("end", [disqualified(), taken_back(), conferred()])
    def test_what_is_over_does_not_lapse_any_more(self, end: Event) -> None:
        over = isinstance(NOMINATION.fold([*OPEN, end]), Live)
        given(NOMINATION, *OPEN, end).when(lapse()).then(*([lapsed()] if over else []))

    def test_what_was_merged_is_not_mended_when_it_comes_back(self) -> None:
        state = NOMINATION.fold([*OPEN, held(), resolved(kept=False)])
        assert not isinstance(state, Live)
        assert status_of(state) == "重复并入"


class TestAnswered:
    """The publisher that nominated answers."""

    def test_what_it_says_now_is_what_stands(self) -> None:
        mended = corrected(UNUSUAL)
        given(NOMINATION, *OPEN).when(correct(mended)).then(mended)
        state = NOMINATION.fold([received(UNPROVEN), correction_requested(), mended])
        assert isinstance(state, Live)
        assert (state.record.received.findings, state.record.correction) == ((UNUSUAL,), None)
        assert state.record.received.dossier == mended.dossier

    def test_nothing_that_was_not_named(self) -> None:
        """S31: the refusal names the field."""
        mended = corrected(fields=("education", "career"))
        judged = given(NOMINATION, *OPEN).when(correct(mended))
        judged.refused("S31")
        assert judged.refusal is not None
        assert judged.refusal.field == "career"

    def test_something(self) -> None:
        given(NOMINATION, *OPEN).when(correct(corrected(fields=()))).refused("S31")

    def test_in_time(self) -> None:
        """S31: the last moment counts, the first one after it does not."""
        mended = corrected()
        last = DUE - timedelta(microseconds=1)
        given(NOMINATION, *OPEN).when(correct(mended, at=last)).then(mended)
        given(NOMINATION, *OPEN).when(correct(mended, at=DUE)).refused("S31")

    def test_only_what_was_asked_for(self) -> None:
        given(NOMINATION, received()).when(correct(corrected())).refused("S31")

    def test_by_nobody_else(self) -> None:
        """S42."""
        other = actor("publisher", id="publisher:other", organisation="other")
        given(NOMINATION, *OPEN).when(correct(corrected(), by=other)).refused("S42")

    def test_not_when_it_is_over(self) -> None:
        """S43."""
        given(NOMINATION, *OPEN, disqualified()).when(correct(corrected())).refused("S43")


def correction(name: str, **data: Any) -> dict[str, Any]:
    """The data of a correction of what a sample became."""
    return {"nomination_id": str(nomination_of(name)), **data}


def answered(house: House, name: str, id: str = "c-1", **data: Any) -> SubmissionAnswered:
    """Let the publisher of a sample send a correction; the receipt."""
    delivery = published(name, CORRECTED, correction(name, **data), id)
    house.deliver(delivery, at=AT)
    user, source = publisher_of(name).user, event(name)["source"]
    return house.answer(submission_id(user, source, id))


def record(house: House, name: str) -> Record:
    """What is true of what a sample became."""
    state = house.nomination(name)
    assert isinstance(state, Live)
    return state.record


class TestReceived:
    """It comes over the bus, and its answer is a receipt like any other."""

    @pytest.fixture
    def house(self) -> House:
        """bad-2 is one day short of three years (S10)."""
        house = House()
        house.send("bad-2")
        command = request_correction("career", "years_in_port_area", "materials")
        house.ask(NOMINATION, nomination_of("bad-2"), command)
        return house

    def career(self) -> list[dict[str, Any]]:
        """The career of bad-2, with one day more."""
        posts: list[dict[str, Any]] = event("bad-2")["data"]["form"]["career"]
        return [
            post | {"from": "2016-12-10"} if post["from"] == "2016-12-11" else post
            for post in posts
        ]

    def test_all_is_judged_anew(self, house: House) -> None:
        """S10 holds now; the rest is as it was."""
        answer = answered(house, "bad-2", form={"career": self.career()})
        assert (answer.outcome, answer.nomination_id) == ("received", nomination_of("bad-2"))
        assert [one for one in answer.findings if one.severity == "error"] == []
        assert record(house, "bad-2").received.findings == answer.findings
        command = pass_pre_review(conditions=("C2",))
        house.ask(NOMINATION, nomination_of("bad-2"), command)

    def test_what_was_sealed_is_opened_on_record_and_sealed_anew(self, house: House) -> None:
        """P3."""
        before = record(house, "bad-2").received
        answered(house, "bad-2", form={"career": self.career()})
        assert house.topics()[-3:] == [
            "personal_data_opened.v1",
            "nomination_corrected.v1",
            "submission_answered.v1",
        ]
        opening = house.recorded()[-3]
        assert opening.by.id == "system:intake"
        after = record(house, "bad-2").received
        told = house.vault.open(after.dossier)
        assert [str(one.since) for one in Dossier.model_validate_json(told).form.career] == [
            post["from"] for post in self.career()
        ]
        for part, kind in (("identity", Identity), ("contact", ContactDetails)):
            old, new = (house.vault.open(getattr(one, part)) for one in (before, after))
            assert kind.model_validate_json(old) == kind.model_validate_json(new)
        assert (after.claim, after.standing) == (before.claim, before.standing)

    def test_materials_are_added_or_replaced_by_their_id(self, house: House) -> None:
        """S30."""
        materials = event("bad-2")["data"]["materials"]
        mended = {**materials[0], "sha256": "0f" * 32}
        new = {**materials[-1], "id": "new", "original_presented": False}
        answer = answered(house, "bad-2", materials=[mended, new])
        assert answer.outcome == "received"
        received = record(house, "bad-2").received
        assert len(received.materials) == len(materials) + 1
        assert received.materials[0].sha256 == "0f" * 32
        assert "S31" in {finding.rule for finding in received.findings}

    def test_a_field_that_was_not_named_is_refused(self, house: House) -> None:
        """S31."""
        answer = answered(house, "bad-2", form={"specialty": "化工"})
        assert (answer.outcome, answer.nomination_id) == ("refused", None)
        assert [finding.rule for finding in answer.findings] == ["S31"]
        assert "personal_data_opened.v1" not in house.topics()

    def test_the_person_is_never_another(self, house: House) -> None:
        answer = answered(house, "bad-2", form={"id_number": "890000198503070011"})
        assert [finding.rule for finding in answer.findings] == ["S31"]

    def test_what_the_notice_would_refuse_does_not_replace_what_is_there(
        self, house: House
    ) -> None:
        """S30: a claim without its material; one may try again in time."""
        before = record(house, "bad-2")
        house.ask(NOMINATION, nomination_of("bad-2"), lapse())
        house.ask(NOMINATION, nomination_of("bad-2"), request_correction("honours"))
        honours = event("bad-2")["data"]["form"]["honours"]
        lost = [{**honour, "material": "lost"} for honour in honours]
        answer = answered(house, "bad-2", form={"honours": lost})
        assert answer.outcome == "refused"
        assert "S30" in {finding.rule for finding in answer.findings}
        after = record(house, "bad-2")
        assert after.correction is not None
        assert after.received == before.received

    def test_it_may_be_signed_again_until_now(self, house: House) -> None:
        """S68: the unit's date is after the reception, and not after the correction."""
        house.ask(NOMINATION, nomination_of("bad-2"), lapse())
        command = request_correction("recommender_opinion")
        house.ask(NOMINATION, nomination_of("bad-2"), command)
        opinion = event("bad-2")["data"]["form"]["recommender_opinion"]
        late = answered(
            house, "bad-2", "c-1", form={"recommender_opinion": {**opinion, "date": "2019-12-12"}}
        )
        assert "S68" in {finding.rule for finding in late.findings}
        now = answered(
            house, "bad-2", "c-2", form={"recommender_opinion": {**opinion, "date": "2019-12-11"}}
        )
        assert now.outcome == "received"

    def test_the_same_message_has_the_same_answer(self, house: House) -> None:
        first = answered(house, "bad-2", form={"career": self.career()})
        stored = len(house.rows.rows)
        assert answered(house, "bad-2", form={"career": self.career()}) == first
        assert len(house.rows.rows) == stored

    def test_there_must_be_a_nomination(self) -> None:
        """S39."""
        answer = answered(House(), "bad-2", form={"career": []})
        assert [finding.rule for finding in answer.findings] == ["S39"]

    def test_whoever_was_erased_is_not_opened(self, house: House) -> None:
        """P17."""
        number = event("bad-2")["data"]["form"]["id_number"]
        house.vault.erased.add(
            house.vault.person(record(house, "bad-2").received.campaign_id, number)
        )
        answer = answered(house, "bad-2", form={"career": self.career()})
        assert [finding.rule for finding in answer.findings] == ["P17"]

    def test_another_shape_is_told_as_findings(self, house: House) -> None:
        answer = answered(house, "bad-2", form={"career": "long"})
        assert (answer.outcome, answer.findings[0].rule) == ("refused", "S63")

    def test_another_publisher_is_refused(self, house: House) -> None:
        """S42."""
        delivery = published("bad-2", CORRECTED, correction("bad-2", form={"career": []}), "c-9")
        other = next(
            one for one in house.registry.values() if one.user != publisher_of("bad-2").user
        )
        said = delivery.body.replace(
            event("bad-2")["source"].encode(), next(iter(other.sources)).encode()
        )
        (reply,) = house.deliver(replace(delivery, user=other.user, body=said), at=AT)
        assert [one.rule for one in house.answer(reply.submission).findings] == ["S42"]


def test_an_event_of_a_correction_tells_no_value() -> None:
    """P3: names of fields and digests only."""
    assert set(NominationCorrected.model_fields) & {"form", "reason", "titles"} == set()
