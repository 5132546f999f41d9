"""Pre-review 资格初审: each condition by its claims, each claim by its evidence (S8–S22, S35)."""

import pytest

from services.intake.nomination import NOMINATION
from services.intake.precedents import PRECEDENTS, DecideEquivalence, NoSuchPrecedent
from services.intake.prereview import (
    CLAUSES,
    Assessment,
    Clause,
    ConditionsAssessed,
    Equivalence,
)
from services.intake.record import Live
from shared.contracts.intake import Condition, Finding
from shared.messages import Refused
from tests.actors import AT, OFFICE
from tests.given import given
from tests.intake.house import House, nomination_of
from tests.intake.samples import CAMPAIGN_ID, event
from tests.intake.stories import (
    IDS,
    PRECEDENT_ID,
    note_ties,
    pass_pre_review,
    pre_reviewed,
    received,
    taken_back,
    ties_noted,
)


def wrong(rule: str) -> Finding:
    """An error of this rule."""
    return Finding(rule=rule, severity="error", message=f"不符合{rule}。")


def assessed(*conditions: Condition, without: str = "") -> tuple[Assessment, ...]:
    """Every claim of these conditions, by the one material that there is."""
    return tuple(
        Assessment(condition=condition, clause=clause, evidence=("m1",))
        for condition in conditions
        for clause in CLAUSES[condition]
        if clause != without
    )


class TestConditions:
    """S11: one that holds is enough."""

    @pytest.mark.parametrize("rule", ["S16"])
    def test_an_error_stands_against_its_own_condition_alone(self, rule: str) -> None:
        """S16 belongs to C2; C1 holds all the same."""
        given(NOMINATION, received(wrong(rule))).when(pass_pre_review(conditions=("C1",))).then(
            pre_reviewed()
        )
        for conditions in (("C2",), ("C1", "C2")):
            command = pass_pre_review(conditions=conditions)
            given(NOMINATION, received(wrong(rule))).when(command).refused(rule)

    @pytest.mark.parametrize(
        ("condition", "rule"),
        [("C1", "S14"), ("C2", "S16"), ("C3", "S18"), ("C3", "S19"), ("C4", "S21"), ("C4", "S22")],
    )
    def test_each_hard_clause_belongs_to_a_condition(
        self, condition: Condition, rule: Clause
    ) -> None:
        """S14, S16, S18, S19, S21, S22."""
        assert rule in CLAUSES[condition]
        whole = received(wrong(rule)).model_copy(
            update={"claimed_conditions": ("C1", "C2", "C3", "C4")}
        )
        command = pass_pre_review(conditions=(condition,))
        given(NOMINATION, whole).when(command).refused(rule)

    @pytest.mark.parametrize("rule", ["S6", "S9", "S10", "S31", "P18"])
    def test_any_other_error_stands_against_the_whole(self, rule: str) -> None:
        """S6, S9, S10, S31: 同时 (S11)."""
        given(NOMINATION, received(wrong(rule))).when(pass_pre_review()).refused(rule)

    def test_the_opinion_alone_is_an_assessment_too(self) -> None:
        """S8, S12, S13, S15, S17, S20, S69: a person judges, and says so in the opinion."""
        given(NOMINATION, received()).when(pass_pre_review()).then(pre_reviewed())

    def test_an_opinion_tells_no_number(self) -> None:
        """P3."""
        command = pass_pre_review(opinion="已与13800000000核实")
        given(NOMINATION, received()).when(command).refused("P3")


class TestAssessments:
    """Claim by claim, with evidence."""

    def test_they_are_on_record_before_the_result(self) -> None:
        """S12, S13, S14."""
        claims = assessed("C1")
        given(NOMINATION, received()).when(pass_pre_review(assessments=claims)).then(
            ConditionsAssessed(**IDS, assessments=claims, equivalences=()), pre_reviewed()
        )

    @pytest.mark.parametrize("missing", ["S12", "S13", "S14"])
    def test_each_claim_of_a_condition_is_assessed(self, missing: str) -> None:
        """S12, S13, S14: the refusal names the one that is missing."""
        command = pass_pre_review(assessments=assessed("C1", without=missing))
        given(NOMINATION, received()).when(command).refused(missing)

    @pytest.mark.parametrize(
        ("condition", "clauses"),
        [
            ("C1", ("S12", "S13", "S14")),
            ("C2", ("S15", "S16")),
            ("C3", ("S17", "S18", "S19")),
            ("C4", ("S20", "S21", "S22")),
        ],
    )
    def test_what_each_condition_claims(
        self, condition: Condition, clauses: tuple[str, ...]
    ) -> None:
        """S12 to S22."""
        assert CLAUSES[condition] == clauses

    def test_every_condition_that_was_found_is_assessed(self) -> None:
        """S15: C2 was found, and nothing said of it."""
        command = pass_pre_review(conditions=("C1", "C2"), assessments=assessed("C1"))
        given(NOMINATION, received()).when(command).refused("S15")

    def test_evidence_is_a_material_of_the_nomination(self) -> None:
        """S30: no orphans."""
        orphan = Assessment(condition="C1", clause="S12", evidence=("m1", "m9"))
        command = pass_pre_review(assessments=(orphan, *assessed("C1", without="S12")))
        given(NOMINATION, received()).when(command).refused("S30")

    def test_a_claim_belongs_to_a_condition_that_was_found(self) -> None:
        """S15, S16: of C2, which was not."""
        command = pass_pre_review(assessments=assessed("C1", "C2"))
        given(NOMINATION, received()).when(command).refused("S15")
        elsewhere = Assessment(condition="C1", clause="S16", evidence=("m1",))
        command = pass_pre_review(assessments=(*assessed("C1"), elsewhere))
        given(NOMINATION, received()).when(command).refused("S16")


class TestEquivalence:
    """等 in S16 and S21 is for a person to fill, the same for all (A5)."""

    def test_a_decision_that_is_named_lifts_the_error_of_its_clause(self) -> None:
        """A5, S16."""
        equal = Equivalence(clause="S16", precedent=PRECEDENT_ID)
        passed = pre_reviewed().model_copy(update={"conditions": ("C2",)})
        command = pass_pre_review(conditions=("C2",), equivalences=(equal,))
        given(NOMINATION, received(wrong("S16"))).when(command).then(
            ConditionsAssessed(**IDS, assessments=(), equivalences=(equal,)), passed
        )

    def test_and_no_other_error(self) -> None:
        """S10."""
        equal = Equivalence(clause="S16", precedent=PRECEDENT_ID)
        command = pass_pre_review(conditions=("C2",), equivalences=(equal,))
        given(NOMINATION, received(wrong("S16"), wrong("S10"))).when(command).refused("S10")

    def decide(self, house: House, *, equal: bool = True) -> Equivalence:
        """The office decides on the award of bad-3."""
        honour = event("bad-3")["data"]["form"]["honours"][0]
        decide = DecideEquivalence(
            at=AT,
            by=OFFICE,
            campaign_id=CAMPAIGN_ID,
            clause="S16",
            title=honour["title"],
            issuer=honour["issuer"],
            equal=equal,
            reason="与市级大赛同等。",
        )
        (decided,) = house.ask(PRECEDENTS, CAMPAIGN_ID, decide)
        return Equivalence(clause="S16", precedent=decided.precedent)  # type: ignore[attr-defined]

    def test_a_nomination_that_is_here_names_the_decision(self) -> None:
        """A5."""
        house = House()
        house.send("bad-3")
        equal = self.decide(house)
        command = pass_pre_review(conditions=("C2",), equivalences=(equal,))
        house.ask(NOMINATION, nomination_of("bad-3"), command)
        state = house.nomination("bad-3")
        assert isinstance(state, Live)
        assert state.record.course == "拟入围"

    def test_a_decision_that_was_not_made_is_not_named(self) -> None:
        """A5: nothing of the pre-review is kept."""
        house = House()
        house.send("bad-3")
        stored = len(house.rows.rows)
        unknown = Equivalence(clause="S16", precedent=PRECEDENT_ID)
        with pytest.raises(NoSuchPrecedent):
            house.ask(
                NOMINATION,
                nomination_of("bad-3"),
                pass_pre_review(conditions=("C2",), equivalences=(unknown,)),
            )
        assert len(house.rows.rows) == stored

    @pytest.mark.parametrize(("clause", "rule"), [("S16", "A5"), ("S21", "S16")])
    def test_a_decision_against_it_or_for_another_clause_does_not_help(
        self, clause: Clause, rule: str
    ) -> None:
        """A5, S16."""
        house = House()
        house.send("bad-3")
        decided = self.decide(house, equal=clause == "S21")
        named = Equivalence.model_validate({**dict(decided), "clause": clause})
        with pytest.raises(Refused) as refusal:
            house.ask(
                NOMINATION,
                nomination_of("bad-3"),
                pass_pre_review(conditions=("C2",), equivalences=(named,)),
            )
        assert refusal.value.rule == rule


class TestTies:
    """Who passed is told to those who judge (P10)."""

    def test_person_and_works(self) -> None:
        given(NOMINATION, received(), pre_reviewed()).when(note_ties()).then(ties_noted())

    def test_whether_the_person_heads_an_enterprise(self) -> None:
        """P8."""
        head = received().model_copy(update={"executive": True})
        given(NOMINATION, head, pre_reviewed()).when(note_ties()).then(ties_noted(executive=True))

    def test_what_was_received_before_ties_were_kept_has_only_works(self) -> None:
        old = received().model_copy(update={"tie": None})
        expected = ties_noted().model_copy(update={"ties": ties_noted().ties[1:]})
        given(NOMINATION, old, pre_reviewed()).when(note_ties()).then(expected)

    def test_of_nobody_who_is_out(self) -> None:
        given(NOMINATION, received(), taken_back()).when(note_ties()).then()

    def test_they_are_said_with_the_pre_review(self) -> None:
        house = House()
        house.send("good-1")
        house.ask(NOMINATION, nomination_of("good-1"), pass_pre_review())
        assert house.topics()[-3:] == [
            "nomination_pre_reviewed.v1",
            "configuration_frozen.v1",
            "ties_noted.v1",
        ]
