"""Every situation, every command, every role: what is answered, and deploy/permissions.md."""

import pytest

from services import intake, publicity, review
from services.intake.submission import PUBLISHER
from services.publicity.enclosures import PUBLIC
from shared.identity import ROLES
from shared.messages import SYSTEM
from tests.rules.permissions import DOCUMENT, SERVICES, document
from tests.rules.situations import (
    Examples,
    asked_by,
    by_the_entitled,
    is_entitled,
    observe,
    untouched,
)

EVERYBODY = ROLES | {SYSTEM, PUBLISHER, PUBLIC}
ALL = [one for service in SERVICES for one in service.examples]


def test_deploy_permissions_md_is_what_is_observed() -> None:
    """If not: `make rules-docs`, and read the difference."""
    assert document() == DOCUMENT.read_text()


def test_every_aggregate_has_examples_in_the_order_of_the_plan() -> None:
    assert [service.plan for service in SERVICES] == [intake.PLAN, review.PLAN, publicity.PLAN]
    for service in SERVICES:
        assert [one.decider.name for one in service.examples] == [
            decider.name for decider in service.plan.owns
        ]


def test_a_decision_that_changes_the_state_it_judges_is_noticed() -> None:
    state = ["before"]
    with pytest.raises(AssertionError, match="changed the state"), untouched(state):
        state.append("judged")


@pytest.mark.parametrize("examples", ALL, ids=lambda examples: examples.decider.name)
class TestOfEachAggregate:
    def test_every_command_has_an_example(self, examples: Examples) -> None:
        shown = {type(command) for command in examples.commands}
        assert shown == set(examples.decider.commands)

    def test_every_situation_is_reached(self, examples: Examples) -> None:
        assert [one for one in examples.situations if not examples.reaching(one)] == []

    def test_what_happens_is_listed_as_an_event_of_the_aggregate(self, examples: Examples) -> None:
        known = set(examples.decider.events)
        assert {type(event) for told in examples.histories.values() for event in told} <= known
        for state in examples.states:
            for command in examples.commands:
                for _, asked in by_the_entitled(command):
                    observed = observe(examples.decider, asked, state)
                    assert is_entitled(observed)
                    assert {type(event) for event in observed.events} <= known

    def test_who_has_no_entitled_role_is_refused_in_every_situation(
        self, examples: Examples
    ) -> None:
        """S24, S25: whatever has happened, and by the rule of the command."""
        for state in examples.states:
            for command in examples.commands:
                for role in EVERYBODY - command.may:
                    observed = observe(examples.decider, asked_by(role, command), state)
                    assert not is_entitled(observed), (command.name, role)
                    assert observed.refusal is not None
                    assert observed.refusal.rule == command.rule

    def test_neither_a_decision_nor_a_refusal_changes_what_it_judges(
        self, examples: Examples
    ) -> None:
        for state in examples.states:
            with untouched(state):
                for command in examples.commands:
                    for role in EVERYBODY:
                        observe(examples.decider, asked_by(role, command), state)
