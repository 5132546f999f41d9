"""Reception: from a delivery to one answer for ever."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.claim import CLAIM, Held
from services.intake.duplicates import ResolveDuplicate
from services.intake.nomination import NOMINATION
from services.intake.publishers import Publisher
from services.intake.reception import LARGEST, Unreadable, read
from services.intake.record import Absent, Live, Merged
from services.intake.submission import SUBMISSION, SubmissionAnswered
from shared.contracts.cloudevents import Delivery
from shared.contracts.ids import submission_id
from shared.contracts.opened import ContactDetails, Dossier, Identity
from shared.contracts.submission import MATERIALS, NominationSubmitted
from tests.actors import AT, OFFICE
from tests.intake.house import House, binary, nomination_of, structured, submission_of
from tests.intake.samples import CAMPAIGN_ID, IN_TIME, REGISTRY, event, expected, sample


def errors(answer: SubmissionAnswered) -> list[str]:
    """The rules that found an error, in the receipt."""
    return [finding.rule for finding in answer.findings if finding.severity == "error"]


def person_of(house: House, name: str) -> UUID:
    return house.vault.person(CAMPAIGN_ID, sample(name).form.id_number)


class TestSamples:
    """The eleven messages of the demo."""

    @pytest.mark.parametrize("together", [True, False])
    def test_each_gets_the_receipt_that_it_must_meet(self, together: bool) -> None:
        house = House()
        names = sorted(
            expected(), key=lambda name: (expected()[name]["publish_at"], name == "bad-5")
        )
        if together:
            early = [name for name in names if name != "bad-7"]
            house.send(*early)
            house.send("bad-7", at=datetime.fromisoformat(expected()["bad-7"]["publish_at"]))
        else:
            for name in names:
                house.send(name, at=datetime.fromisoformat(expected()[name]["publish_at"]))
        for name, said in expected().items():
            answer = house.answer(submission_of(name))
            assert answer.outcome == said["outcome"]
            # listed without being a reason of its own to refuse, as the sample's note says
            listed = {"S31"} if name == "bad-4" else set()
            assert set(errors(answer)) == {*said["errors"], *listed}
            assert len(set(errors(answer))) == len(errors(answer))
            assert [f.rule for f in answer.findings if f.severity == "warning"] == said["warnings"]
            taken_in = said["outcome"] != "refused"
            assert answer.nomination_id == (nomination_of(name) if taken_in else None)
            assert isinstance(house.nomination(name), Live) is taken_in

    def test_no_personal_value_is_stored_in_the_clear(self) -> None:
        house = House()
        house.send(*expected())
        stored = b"".join(row[4] for row in house.rows.rows).decode()
        for name in expected():
            data = sample(name)
            form = data.form
            canaries = {
                *(form.name, form.id_number, form.mobile, form.postal_address, form.email),
                *(form.office_phone, form.photo_sha256, form.household_registration),
                *(form.achievements, form.specialty, form.education),
                *(post.post for post in form.career),
                *(honour.title for honour in form.honours),
                *(patent.number for patent in form.patents),
                *(material.title for material in data.materials),
                form.recommender_opinion.signed_by,
            } - {"", *MATERIALS.values()}
            assert not {canary for canary in canaries if canary in stored}


class TestTakenIn:
    """What a nomination is made of."""

    def test_its_stream_tells_who_sent_what_when(self) -> None:
        house = House()
        (answer,) = house.send("good-1")
        state = house.nomination("good-1")
        assert isinstance(state, Live)
        received = state.record.received
        assert received.submission_id == answer.submission_id
        assert received.campaign_id == CAMPAIGN_ID
        assert received.publisher == "zlb"
        assert received.received_at == IN_TIME
        assert received.recommender.uscc == "91890000MAXXXX015J"
        assert [material.id for material in received.materials] == [f"m{n}" for n in range(1, 11)]
        kinds = [fingerprint.kind for fingerprint in received.fingerprints]
        assert kinds == ["patent", "honour", "certificate"]
        by = {recorded.by.id for recorded in house.recorded() if recorded.stream != CAMPAIGN_ID}
        assert by == {"publisher:zlb"}

    def test_what_two_people_claim_can_be_compared_but_not_read(self) -> None:
        """P7."""
        house = House()
        house.send("good-1", "good-2", "bad-5")
        marks = {}
        for name in ("good-1", "good-2", "bad-5"):
            state = house.nomination(name)
            assert isinstance(state, Live)
            marks[name] = {fingerprint.of for fingerprint in state.record.received.fingerprints}
        assert len(marks["good-1"]) == 3
        assert marks["good-1"] == marks["bad-5"]
        assert not marks["good-1"] & marks["good-2"]

    def test_the_sealed_parts_give_back_the_form(self) -> None:
        house = House()
        house.send("good-3")
        state = house.nomination("good-3")
        assert isinstance(state, Live)
        received, form = state.record.received, sample("good-3").form
        identity = Identity.model_validate_json(house.vault.open(received.identity))
        contact = ContactDetails.model_validate_json(house.vault.open(received.contact))
        dossier = Dossier.model_validate_json(house.vault.open(received.dossier))
        assert form == dossier.form.model_copy(update={**dict(identity), **dict(contact)})
        assert dossier.titles["m10"] == "技能大师工作室文件"

    def test_claim_nomination_and_answer_are_one_transaction(self) -> None:
        house = House()
        batch = house.log.batch()
        before = len(house.rows.rows)
        house.send("good-1")
        assert batch.events == []
        assert house.topics()[before:] == [
            "claim_taken.v1",
            "nomination_received.v2",
            "submission_answered.v1",
        ]

    def test_a_whole_batch_needs_two_look_ups(self) -> None:
        house = House()
        before = house.rows.queries
        house.deliver(*(structured(name) for name in expected() if name != "bad-5"))
        assert house.rows.queries - before == 2

    def test_keys_are_made_once_and_only_for_those_taken_in(self) -> None:
        house = House()
        house.send("good-1", "good-2", "bad-1", "bad-4")
        people = {person_of(house, "good-1"), person_of(house, "good-2")}
        assert house.vault.made == [people]

    def test_a_person_who_was_erased_is_not_taken_in_again(self) -> None:
        """P17."""
        house = House()
        house.vault.erased.add(person_of(house, "good-1"))
        (answer,) = house.send("good-1")
        assert (answer.outcome, errors(answer)) == ("refused", ["P17"])
        assert house.nomination("good-1") == Absent()

    def test_without_a_campaign_nothing_is_taken_in(self) -> None:
        """S2."""
        house = House(campaign=False)
        (answer,) = house.send("good-1")
        assert (answer.outcome, errors(answer)) == ("refused", ["S2"])
        assert answer.campaign_id is None


class TestRepeats:
    """The same message again, and another under its id."""

    def test_the_same_message_gets_the_same_answer(self) -> None:
        house = House()
        (first,) = house.deliver(structured("good-1"))
        stored = list(house.rows.rows)
        (second,) = house.deliver(structured("good-1"))
        assert (first.repeat, second.repeat) == (False, True)
        assert second.submission == first.submission
        assert house.rows.rows == stored

    def test_also_in_the_same_batch(self) -> None:
        house = House()
        replies = house.deliver(structured("good-1"), structured("good-1"))
        assert [reply.repeat for reply in replies] == [False, True]
        assert house.topics().count("nomination_received.v2") == 1

    def test_also_after_the_deadline(self) -> None:
        """S32: the answer was given in time."""
        house = House()
        house.send("good-1")
        (answer,) = house.send("good-1", at=datetime.fromisoformat("2020-01-02T09:00:00+08:00"))
        assert answer.outcome == "received"

    def test_a_refused_message_stays_refused(self) -> None:
        house = House(campaign=False)
        house.send("good-1")
        again = House()
        again.rows.rows = house.rows.rows
        (answer,) = again.send("good-1")
        assert answer.outcome == "refused"

    def test_another_message_under_the_same_id_is_refused_on_record(self) -> None:
        house = House()
        (first,) = house.send("good-1")
        other = structured("good-1", {"form.specialty": "另一专业"})
        (reply,) = house.deliver(other)
        answer = house.answer(reply.submission)
        assert (answer.outcome, errors(answer)) == ("refused", ["conflicting_repeat"])
        assert reply.submission == uuid5(first.submission_id, answer.digest)
        assert house.answer(first.submission_id) == first
        assert house.deliver(other) == [replace(reply, repeat=True)]

    def test_the_same_id_of_another_source_is_another_message(self) -> None:
        both = Publisher(
            user="zlb",
            sources=frozenset({"urn:a", "urn:gongjiang:publisher:zlb"}),
            channels=frozenset({"employer"}),
        )
        house = House(registry={"zlb": both})
        house.send("good-1")
        body = json.dumps(event("good-2") | {"id": "good-1", "source": "urn:a"}).encode()
        (reply,) = house.deliver(replace(structured("good-1"), body=body))
        assert not reply.repeat
        assert reply.submission == submission_id("zlb", "urn:a", "good-1")


class TestDuplicates:
    """One person, one live nomination (P7)."""

    def test_both_nominations_are_held(self) -> None:
        house = House()
        house.send("good-1")
        (answer,) = house.send("bad-5")
        assert (answer.outcome, errors(answer)) == ("held", ["P7"])
        first, second = house.nomination("good-1"), house.nomination("bad-5")
        assert isinstance(first, Live)
        assert isinstance(second, Live)
        assert first.record.rivals == {nomination_of("bad-5")}
        assert second.record.rivals == {nomination_of("good-1")}
        assert second.record.received.findings == ()

    def test_a_unit_and_an_association_nominate_the_same_person_once(self) -> None:
        """A11: neither the channel nor the condition makes another nomination of it."""
        house = House()
        house.send("good-1")
        (answer,) = house.send("good-3", changes={"form.id_number": "890000198503070011"})
        assert answer.outcome == "held"
        unit, association = house.nomination("good-1"), house.nomination("good-3")
        assert isinstance(unit, Live)
        assert isinstance(association, Live)
        told = (unit.record.received, association.record.received)
        assert [one.channel for one in told] == ["employer", "industry_association"]
        assert set(told[0].claimed_conditions).isdisjoint(told[1].claimed_conditions)
        assert told[0].claim == told[1].claim
        assert unit.record.rivals == {nomination_of("good-3")}

    def test_also_when_they_come_in_one_batch(self) -> None:
        house = House()
        answers = house.send("good-1", "bad-5")
        assert [answer.outcome for answer in answers] == ["received", "held"]

    def test_the_later_one_may_be_kept_and_everything_changes_at_once(self) -> None:
        house = House()
        house.send("good-1", "bad-5")
        house.ask(NOMINATION, nomination_of("bad-5"), ResolveDuplicate(at=AT, by=OFFICE))
        kept, merged = house.nomination("bad-5"), house.nomination("good-1")
        assert isinstance(kept, Live)
        assert isinstance(merged, Merged)
        assert kept.record.rivals == merged.record.rivals == frozenset()
        claim = house.state(CLAIM, kept.record.received.claim)
        assert claim == Held(nomination_of("bad-5"))

    def test_of_three_one_is_kept_and_two_are_merged(self) -> None:
        house = House()
        house.send("good-1", "bad-5")
        third = structured("good-1")
        body = json.dumps(event("good-1") | {"id": "good-1-again"}).encode()
        (reply,) = house.deliver(replace(third, body=body))
        answer = house.answer(reply.submission)
        assert answer.outcome == "held"
        assert answer.nomination_id is not None
        house.ask(NOMINATION, answer.nomination_id, ResolveDuplicate(at=AT, by=OFFICE))
        assert isinstance(house.nomination("good-1"), Merged)
        assert isinstance(house.nomination("bad-5"), Merged)
        kept = house.state(NOMINATION, answer.nomination_id)
        assert kept.record.rivals == frozenset()
        assert house.state(CLAIM, kept.record.received.claim) == Held(answer.nomination_id)

    def test_a_number_written_otherwise_is_the_same_person(self) -> None:
        house = House()
        house.send("good-1")
        (answer,) = house.send("bad-5", changes={"form.id_number": " 890000 198503070011"})
        assert answer.outcome == "held"

    def test_another_person_is_not_held(self) -> None:
        house = House()
        assert [answer.outcome for answer in house.send("good-1", "good-2")] == ["received"] * 2


class TestEnvelope:
    """CloudEvents 1.0, structured and binary; what cannot be answered is parked by the caller."""

    @pytest.mark.parametrize(
        "delivery",
        [
            structured("good-1"),
            replace(structured("good-1"), content_type="application/json"),
            replace(structured("good-1"), content_type=None),
            binary("good-1"),
            binary("good-1", "cloudEvents_"),
        ],
    )
    def test_a_message_is_read_in_every_mode(self, delivery: Delivery) -> None:
        incoming = read(delivery, REGISTRY)
        assert (incoming.publisher.user, incoming.id) == ("zlb", "good-1")
        assert incoming.data == sample("good-1")
        assert incoming.submission_id == submission_of("good-1")

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"user": None}, "unknown_user"),
            ({"user": "nobody"}, "unknown_user"),
            ({"user": "rsj"}, "unknown_source"),
            ({"body": b" " * (LARGEST + 1)}, "too_large"),
            ({"body": b""}, "unreadable"),
            ({"body": b"{"}, "unreadable"),
            ({"body": b"[]"}, "unreadable"),
            ({"body": b"\xff\xfe"}, "unreadable"),
            ({"body": b'{"specversion": "0.3"}'}, "unreadable"),
        ],
    )
    def test_what_cannot_be_answered_is_unreadable(self, change: dict[str, Any], code: str) -> None:
        with pytest.raises(Unreadable) as caught:
            read(replace(structured("good-1"), **change), REGISTRY)
        assert caught.value.code == code

    @pytest.mark.parametrize(
        ("attributes", "code"),
        [
            ({"type": "gongjiang.nomination.submitted.v2"}, "unknown_type"),
            ({"type": "com.example.other", "data": {"any": "thing"}}, "unknown_type"),
            ({"source": "urn:gongjiang:publisher:rsj"}, "unknown_source"),
            ({"specversion": "2.0"}, "unreadable"),
            ({"id": ""}, "bad_attribute"),
            ({"id": "a\u0000b"}, "bad_attribute"),
            ({"id": "x" * 257}, "bad_attribute"),
            ({"id": 7}, "unreadable"),
        ],
    )
    def test_an_envelope_that_we_do_not_take_is_unreadable(
        self, attributes: dict[str, Any], code: str
    ) -> None:
        body = json.dumps(event("good-1") | attributes).encode()
        with pytest.raises(Unreadable) as caught:
            read(replace(structured("good-1"), body=body), REGISTRY)
        assert caught.value.code == code

    @pytest.mark.parametrize("attribute", ["specversion", "id", "source", "type"])
    def test_a_header_that_is_missing_makes_it_unreadable(self, attribute: str) -> None:
        delivery = binary("good-1")
        headers = {
            name: value
            for name, value in delivery.headers.items()
            if name != f"cloudEvents:{attribute}"
        }
        with pytest.raises(Unreadable) as caught:
            read(replace(delivery, headers=headers), REGISTRY)
        assert caught.value.code == "unreadable"

    def test_a_binary_body_that_is_not_json_is_unreadable(self) -> None:
        with pytest.raises(Unreadable):
            read(replace(binary("good-1"), body=b"<xml/>"), REGISTRY)

    def test_a_reason_never_repeats_what_the_message_says(self) -> None:
        body = json.dumps(event("good-1") | {"specversion": "测试甲"}).encode()
        with pytest.raises(Unreadable) as caught:
            read(replace(structured("good-1"), body=body), REGISTRY)
        assert "测试甲" not in caught.value.reason


class TestShape:
    """A message that is no form is refused with the field and its rule, never with a value."""

    @pytest.mark.parametrize(
        ("changes", "rules"),
        [
            ({"form.name": 1}, ["S45"]),
            ({"form.id_number": 890000198503070011}, ["S49"]),
            ({"form.career.0.from": "1999"}, ["S63"]),
            ({"form.career.0.secret": "测试甲"}, ["S63"]),
            ({"materials.0.kind": "测试甲"}, ["S30"]),
            ({"materials.0.sha256": "测试甲"}, ["S30"]),
            ({"materials.0.id": "测试甲"}, ["S30"]),
            ({"claimed_conditions": ["C9"]}, ["S11"]),
            ({"form.claims": {"C1": []}}, ["S30"]),
            ({"form.mobile": ["测试甲"]}, ["S58"]),
            ({"paper_received_at": "2019-12-05T10:12:00"}, ["S32"]),
            ({"测试甲": 1}, ["schema"]),
            ({"form.测试甲": 1, "form.sex": {}}, ["S46", "schema"]),
        ],
    )
    def test_a_misshapen_message_is_refused(
        self, changes: dict[str, Any], rules: list[str]
    ) -> None:
        house = House()
        (answer,) = house.send("good-1", changes=changes)
        assert (answer.outcome, errors(answer)) == ("refused", rules)
        assert not any("测试甲" in finding.message for finding in answer.findings)
        assert house.nomination("good-1") == Absent()

    def test_the_finding_names_the_field(self) -> None:
        (answer,) = House().send("good-1", changes={"form.career.0.from": "1999"})
        assert "form.career.0.from" in answer.findings[0].message

    @pytest.mark.parametrize("data", [None, [], "测试甲", 7])
    def test_data_of_another_kind_is_refused(self, data: Any) -> None:
        house = House()
        body = json.dumps(event("good-1") | {"data": data}).encode()
        (reply,) = house.deliver(replace(structured("good-1"), body=body))
        answer = house.answer(reply.submission)
        assert (answer.outcome, errors(answer)) == ("refused", ["schema"])

    def test_a_binary_message_of_another_shape_is_refused(self) -> None:
        house = House()
        (reply,) = house.deliver(replace(binary("good-1"), body=b'{"campaign": 1}'))
        assert errors(house.answer(reply.submission)) == ["S2"]

    def test_a_message_without_data_is_refused(self) -> None:
        whole = event("good-1")
        del whole["data"]
        house = House()
        (reply,) = house.deliver(replace(structured("good-1"), body=json.dumps(whole).encode()))
        assert errors(house.answer(reply.submission)) == ["schema"]


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """The dotted paths of everything in a JSON value."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for step, inside in steps:
        yield f"{path}{step}"
        if isinstance(inside, dict | list):
            yield from leaves(inside, f"{path}{step}.")


ODD: tuple[Any, ...] = (
    *(None, "", "\x00", "测试", True, -1, 0, 10**30, 1.5, [], {}, [None], {"a": {}}),
    *("0001-01-01", "9999-12-31", "2020-02-30", "0001-01-01T00:00:00+14:00"),
    *("9999-12-31T23:59:59-12:00", "９" * 18, "ＺＬ", "C1", "m1", "𠮷" * 500, "٣" * 18),
)


@given(
    st.sampled_from(["good-1", "good-2", "good-3"]).flatmap(
        lambda name: st.tuples(
            st.just(name),
            st.dictionaries(
                st.sampled_from(sorted(leaves(event(name)["data"]), key=len)),
                st.sampled_from(ODD) | st.text(max_size=5),
                min_size=1,
                max_size=2,
            ),
        )
    )
)
def test_whatever_a_form_says_it_gets_an_answer(case: tuple[str, dict[str, Any]]) -> None:
    """No value breaks a rule: a message is received or refused, never a fault."""
    name, changes = case
    deepest_first = dict(sorted(changes.items(), key=lambda item: -item[0].count(".")))
    house = House()
    (reply,) = house.deliver(structured(name, deepest_first))
    answer = house.answer(reply.submission)
    assert answer.outcome in {"received", "refused"}
    assert all(recorded.event is not None for recorded in house.recorded())
    assert b"\\u0000" not in b"".join(row[4] for row in house.rows.rows)


def test_every_sample_has_the_shape_of_the_contract() -> None:
    for name in expected():
        assert isinstance(read(structured(name), REGISTRY).data, NominationSubmitted)


def test_an_answer_is_found_by_who_sent_what() -> None:
    assert SUBMISSION.stream(submission_of("good-1")) == submission_of("good-1")
