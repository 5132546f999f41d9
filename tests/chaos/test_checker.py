"""The checker finds what it is there for: each fault is planted once and must be named."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from services.intake.duplicates import ReopenDuplicate, ResolveDuplicate
from services.intake.nomination import NOMINATION
from shared.messages import Addressed
from tests.actors import AT, OFFICE
from tests.chaos.books import Book, World, answers, rewritten, selection
from tests.chaos.checker import Aside, Fact, History, Receipt, check


@pytest.fixture
def world() -> World:
    """A selection in which nothing is wrong."""
    return selection()


def found_in(world: World, **changes: object) -> list[str]:
    """What the checker says, after changes to the witness."""
    witness = replace(world.witness, **changes)  # type: ignore[arg-type]
    return check(world.histories(), witness)


def with_history(world: World, service: str, change: Callable[[History], History]) -> list[str]:
    """What the checker says when one history is read differently."""
    histories = world.histories()
    histories[service] = change(histories[service])
    return check(histories, world.witness)


def place(book: Book, topic: str, number: int = 0) -> int:
    """Where an event of this topic stands."""
    return [index for index, fact in enumerate(book.facts) if fact.topic == topic][number]


def rewrite(book: Book, facts: Sequence[Fact]) -> None:
    """Another course of things, with a ledger that fits."""
    book.facts = rewritten(book.plan.name, facts)


def says(found: list[str], *words: str) -> bool:
    """Whether some sentence has all these words."""
    return any(all(word in sentence for word in words) for sentence in found)


def test_nothing_is_found_in_an_undisturbed_selection(world: World) -> None:
    assert found_in(world) == []
    assert {len(book.facts) > 4 for book in world.books.values()} == {True}


# one skipped


def test_an_event_of_a_follower_that_was_skipped(world: World) -> None:
    review = world.books["review"]
    skipped = place(review, "evaluation_opened.v1", 1)
    stream = review.facts[skipped].stream
    rewrite(review, [fact for fact in review.facts if fact.stream != stream])
    assert says(found_in(world), "review: intake", "nomination_pre_reviewed", "did not come")


def test_a_milestone_that_was_skipped(world: World) -> None:
    intake = world.books["intake"]
    del intake.facts[place(intake, "nomination_disqualified.v1")]
    rewrite(intake, intake.facts)
    assert says(found_in(world), "intake: review", "nomination_disqualified", "did not come")


def test_one_of_two_effects_that_was_skipped(world: World) -> None:
    review = world.books["review"]
    del review.facts[place(review, "approval_prepared.v2")]
    rewrite(review, review.facts)
    assert says(found_in(world), "campaign_opened", "did not come to approval")


BLIND = {("review", "ties_noted.v1")}
"""What may rightly do nothing when it comes late, after an evaluation has ended."""


def choose_one_then_the_other(world: World) -> None:
    """P7: of one person's nominations the office keeps one, and after all the other."""
    mine, theirs, public = (world.books[name] for name in ("intake", "review", "publicity"))
    kept, merged = (
        answer.event.nomination_id
        for outcome in ("received", "held")
        for answer in answers(mine)
        if answer.event.outcome == outcome and answer.event.nomination_id in held_in(mine)
    )
    for number, (nomination, command) in enumerate(
        [
            (kept, ResolveDuplicate(at=AT, by=OFFICE)),
            (merged, ReopenDuplicate(at=AT, by=OFFICE, reason="推荐单位已更正。")),
            (merged, ResolveDuplicate(at=AT, by=OFFICE)),
        ]
    ):
        mine.ask(Addressed(NOMINATION, nomination, command), f"request:choice {number}")
    for consumer, upstream in ((theirs, mine), (public, mine), (public, theirs), (mine, public)):
        consumer.hear(upstream)


def held_in(book: Book) -> set[UUID]:
    """The nominations that are held as duplicates."""
    return {fact.stream for fact in book.facts if fact.topic == "nomination_held.v1"}


def test_what_changed_nothing_when_it_came_but_would_change_something_in_the_end(
    world: World,
) -> None:
    choose_one_then_the_other(world)
    assert found_in(world) == []


def test_a_choice_whose_effects_were_all_skipped(world: World) -> None:
    choose_one_then_the_other(world)
    public = world.books["publicity"]
    off, on = place(public, "candidacy_set_aside.v1"), place(public, "candidacy_taken_up.v1")
    rewrite(public, [fact for at, fact in enumerate(public.facts) if at not in (off, on)])
    assert says(found_in(world), "publicity: intake", "duplicate_resolved", "did not come")


@pytest.mark.parametrize("then", [lambda _: None, choose_one_then_the_other])
def test_whatever_one_message_did_is_missed_when_it_is_gone(
    world: World, then: Callable[[World], None]
) -> None:
    """Every effect of every message in turn."""
    then(world)
    histories = world.histories()
    unnoticed = set()
    for name, history in histories.items():
        said = [one for upstream in history.plan.hears for one in histories[upstream].said]
        heard = {str(one.source.event_id) for one in said}
        effects = {(one.causation, one.stream) for one in history.facts if one.causation in heard}
        for effect in effects:
            left = [one for one in history.facts if (one.causation, one.stream) != effect]
            lost = replace(history, facts=rewritten(name, left))
            if not says(check(histories | {name: lost}, world.witness), "did not come"):
                unnoticed |= {(name, one.topic) for one in history.facts if one not in left}
    assert unnoticed == BLIND


def test_an_event_that_was_lost_from_the_log(world: World) -> None:
    del world.books["intake"].facts[4]
    assert says(found_in(world), "intake: position 6: 5 was expected")


def test_an_answer_that_was_lost_with_its_ledger(world: World) -> None:
    intake = world.books["intake"]
    del intake.facts[place(intake, "submission_answered.v1", 2)]
    rewrite(intake, intake.facts)
    assert says(found_in(world), "confirmed and has no answer")


def test_a_command_that_was_answered_and_not_stored(world: World) -> None:
    intake = world.books["intake"]
    rewrite(intake, intake.facts[1:])
    assert says(found_in(world), "intake: campaign_opened was promised at 1")


# one doubled


def test_a_message_that_was_taken_in_twice(world: World) -> None:
    intake = world.books["intake"]
    doubled = intake.facts[place(intake, "nomination_disqualified.v1")]
    rewrite(intake, [*intake.facts, doubled])
    assert says(found_in(world), "nomination_disqualified.v1 stands 2 times")


def test_a_message_that_was_answered_twice(world: World) -> None:
    intake = world.books["intake"]
    doubled = intake.facts[place(intake, "submission_answered.v1")]
    rewrite(intake, [*intake.facts, doubled])
    assert says(found_in(world), "was answered again")


def test_a_person_who_was_taken_in_twice(world: World) -> None:
    intake = world.books["intake"]
    contested = place(intake, "claim_contested.v1")
    taken = intake.facts[place(intake, "claim_taken.v1")]
    intake.facts[contested] = replace(taken, stream=intake.facts[contested].stream)
    rewrite(intake, intake.facts)
    assert says(found_in(world), "was taken 2 times")


# two swapped


def test_two_messages_of_one_nomination_in_the_wrong_order(world: World) -> None:
    intake = world.books["intake"]
    one = place(intake, "investigation_opened.v1")
    stream = intake.facts[one].stream
    other = next(
        index
        for index, fact in enumerate(intake.facts)
        if fact.topic == "investigation_concluded.v1" and fact.stream == stream
    )
    facts = list(intake.facts)
    facts[one], facts[other] = facts[other], facts[one]
    rewrite(intake, facts)
    assert says(found_in(world), "intake: position", "tells of review", "after")


# something changed


def test_an_event_that_was_changed(world: World) -> None:
    index = place(world.books["intake"], "submission_answered.v1")

    def damaged(history: History) -> History:
        facts = list(history.facts)
        state = facts[index].state.replace(b'"received"', b'"refused_"')
        facts[index] = replace(facts[index], state=state)
        return replace(history, facts=facts)

    found = with_history(world, "intake", damaged)
    assert says(found, f"intake: position {index + 1}: the leaf is not that of the event")
    assert says(found, f"position {index + 1} (submission_answered.v1) is unreadable")


def test_an_actor_that_was_changed(world: World) -> None:
    intake = world.books["intake"]
    intake.facts[3] = replace(intake.facts[3], actor="somebody-else")
    assert says(found_in(world), "intake: position 4: the leaf is not that of the event")


def test_a_receipt_with_another_outcome(world: World) -> None:
    first, *rest = world.witness.receipts
    doubled = [*world.witness.receipts, replace(first, outcome="refused")]
    assert says(found_in(world, receipts=doubled), "receipt refused for", "the answer is received")
    assert found_in(world, receipts=[*world.witness.receipts, first]) == []
    assert says(found_in(world, receipts=rest), "no receipt for")


def test_a_receipt_out_of_nowhere(world: World) -> None:
    nowhere = Receipt("zlb", "0", "urn:nobody", "1", "received", None)
    assert says(found_in(world, receipts=[*world.witness.receipts, nowhere]), "tells of no event")


def test_an_answer_to_a_message_that_nobody_sent(world: World) -> None:
    assert says(found_in(world, sent=world.witness.sent[1:]), "nobody sent it")


def test_a_row_of_a_view_that_was_changed(world: World) -> None:
    def changed(history: History) -> History:
        return replace(history, kept={"events": [*history.kept["events"][1:], "changed"]})

    found = with_history(world, "review", changed)
    assert says(found, "review: events has a row that a rebuilt one has not: changed")
    assert says(found, "review: events lacks a row that a rebuilt one has")


# somebody behind


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: replace(one, followed={**one.followed, ("review", 0): 1}), "review.0 is at 1"),
        (lambda one: replace(one, outboxes={**one.outboxes, "relay": 2}), "relay is at 2"),
        (lambda one: replace(one, projected={**one.projected, "timers": 2}), "timers is at 2"),
        (lambda one: replace(one, parked=[Aside("follower:review", "X")]), "parked from follower"),
    ],
)
def test_whoever_has_not_come_to_the_end(
    world: World, change: Callable[[History], History], words: str
) -> None:
    assert says(with_history(world, "intake", change), words)


def test_a_position_that_went_back(world: World) -> None:
    found = found_in(world, positions={"review intake.0": [4, 9, 7]})
    assert found == ["review intake.0 went back from 9 to 7"]


def test_poison_must_be_parked_and_nothing_else(world: World) -> None:
    poison = {"intake": [Aside("inbox:zlb", "unreadable")]}
    assert found_in(world, poison=poison) == ["intake: not parked from inbox:zlb: unreadable"]
    assert found_in(world, perhaps=poison) == []
