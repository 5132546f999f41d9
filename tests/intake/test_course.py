"""Whatever people and policies do in whatever order, a person has one live nomination (P7, S39)."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import example, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.intake import PLAN
from services.intake.claim import CLAIM, Held
from services.intake.nomination import NOMINATION
from services.intake.record import Absent, Live, Situation
from shared.messages import Command, Refused
from tests.intake.house import House, nomination_of
from tests.intake.stories import (
    asked,
    conferred,
    disqualified,
    excluded,
    fail_pre_review,
    investigated,
    pass_pre_review,
    record,
    record_paper,
    reopen,
    request_correction,
    resolve,
    resume,
    revocation_opened,
    sight,
    suspend,
    title_revoked,
    withdraw,
)

NAMES = ("good-1", "bad-5")
"""Two nominations of one person, through two channels."""

WORK: dict[str, Callable[[], Command]] = {
    "resolve": resolve,
    "reopen": reopen,
    "withdraw": withdraw,
    "suspend": suspend,
    "resume": resume,
    "pass": pass_pre_review,
    "fail": fail_pre_review,
    "correct": partial(request_correction, "education"),
    "paper": record_paper,
    "sight": partial(sight, "m1"),
}
"""What people at the desks do."""

MILESTONES = {
    one.name: one
    for one in (
        asked(),
        investigated(),
        excluded(),
        disqualified(),
        conferred(),
        revocation_opened(),
        title_revoked(),
    )
}
"""What the others tell."""

Step = tuple[str, str]

steps = st.lists(
    st.tuples(st.sampled_from(("send", *WORK, *MILESTONES)), st.sampled_from(NAMES)),
    max_size=14,
)


def take(house: House, step: Step) -> None:
    """Do one thing; a refusal is an answer."""
    kind, name = step
    key = nomination_of(name)
    if kind == "send":
        house.send(name)
    elif kind in WORK:
        house.ask(NOMINATION, key, WORK[kind]())
    else:
        milestone = MILESTONES[kind].model_copy(update={"nomination_id": key})
        house.ask(NOMINATION, key, record(milestone))


def situations(house: House) -> dict[UUID, Situation]:
    """Where both nominations are."""
    return {nomination_of(name): house.nomination(name) for name in NAMES}


def running(state: Situation) -> bool:
    """Whether it takes part and nothing of the person's others holds it."""
    return isinstance(state, Live) and not state.record.rivals


def claimed(house: House) -> frozenset[UUID]:
    """The nominations that the claim on the person knows as live."""
    for state in situations(house).values():
        if not isinstance(state, Absent):
            claim: Any = house.state(CLAIM, state.record.received.claim)
            return frozenset(claim.live) if isinstance(claim, Held) else frozenset()
    return frozenset()


CHOSEN_TWICE: list[Step] = [
    ("send", "bad-5"),
    ("resolve", "good-1"),
    ("reopen", "bad-5"),
    ("resolve", "bad-5"),
    ("reopen", "good-1"),
]
"""The office takes its choice back, and the next one too."""


@example(CHOSEN_TWICE)
@settings(max_examples=60, deadline=timedelta(seconds=5))
@for_all(steps)
def test_a_person_never_runs_twice(taken: list[Step]) -> None:
    """P7: two live nominations are held against each other."""
    house = House()
    house.send("good-1")
    for step in taken:
        before, stored = situations(house), len(house.rows.rows)
        try:
            take(house, step)
        except Refused:
            assert len(house.rows.rows) == stored
            assert situations(house) == before
        after = situations(house)
        assert sum(map(running, after.values())) <= 1
        live = {key: state for key, state in after.items() if isinstance(state, Live)}
        assert live.keys() <= claimed(house)
        for key, state in live.items():
            assert live.keys() - {key} <= state.record.rivals
        revived = {
            key
            for key in after
            if isinstance(after[key], Live) and not isinstance(before[key], Live | Absent)
        }
        assert not revived or step[0] == "reopen"


@example(CHOSEN_TWICE)
@settings(max_examples=20, deadline=timedelta(seconds=5))
@for_all(steps)
def test_what_is_replayed_is_what_was(taken: list[Step]) -> None:
    """Every aggregate, from its stored events alone."""
    house = House()
    house.send("good-1")
    for step in taken:
        try:
            take(house, step)
        except Refused:
            continue
    told = house.recorded()
    for decider in PLAN.owns:
        for stream in {one.stream for one in told if isinstance(one.event, decider.events)}:
            events = [one.event for one in told if one.stream == stream]
            if decider.of == "itself":
                assert decider.fold(events) == house.state(decider, stream)
