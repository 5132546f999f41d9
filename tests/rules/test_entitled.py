"""What an auditor is told that a role could have done is what the aggregate answers that role."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from services.intake.nomination import NOMINATION
from shared.audit.entitled import asked, permissions, question
from shared.messages import SYSTEM, Command
from tests.actors import AT
from tests.rules import intake, publicity, review
from tests.rules.situations import Examples, Observed, by_the_entitled, observe

SERVICES = (intake.SERVICE, review.SERVICE, publicity.SERVICE)
EXAMPLES = [one for service in SERVICES for one in service.examples]


def people(examples: Examples) -> Iterator[tuple[str, Command]]:
    """Every example of a command, by each role but the services themselves."""
    for command in examples.commands:
        yield from ((role, one) for role, one in by_the_entitled(command) if role != SYSTEM)


def ids(command: Command) -> dict[str, Any]:
    """The fields that follow from the case."""
    return {name: getattr(command, name, None) for name in ("nomination_id", "campaign_id")}


@pytest.mark.parametrize("examples", EXAMPLES, ids=lambda one: one.decider.name)
def test_what_is_told_as_refused_is_refused_whatever_the_command_says(examples: Examples) -> None:
    """S24, S25"""
    for state in examples.states:
        for role, command in people(examples):
            open_question = question(type(command), role, command.at, ids(command))
            answer, refusal = asked(examples.decider, open_question, state)
            observed = observe(examples.decider, command, state)
            where = f"{command.name} by {role} in {type(state).__name__}"
            match answer:
                case "refused":
                    assert refusal is not None
                    assert observed.refusal is not None, where
                    assert observed.refusal.code == refusal.code, where
                case "possible":
                    assert observed.refusal is None, where
                case "nothing":
                    assert observed == Observed(), where
                case "depends":
                    pass


def test_who_has_no_such_role_is_not_told_of_a_command() -> None:
    told = list(permissions(NOMINATION, UUID(int=1), NOMINATION.initial, AT, {}))
    assert {one.command for one in told if one.role == "committee"} == {"open_personal_data"}
    assert not [one for one in told if one.role == SYSTEM]
