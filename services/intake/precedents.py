"""Precedents 等同认定: which other awards a campaign counts as those that the notice names (A5).

The lists of S16 and S21 end in 等. Whether an award is equal is decided once, by the office with a
reason, and holds for everybody alike: for nominations that come later, and for those that are
here and name the decision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, assert_never
from uuid import UUID, uuid5

from pydantic import StringConstraints

from services.intake.prereview import Equivalence, OpenClause
from services.intake.record import Reason, without_numbers
from shared.formats import written
from shared.messages import SYSTEM, Command, Decider, Event, Refused

Named = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80)]

# refusals


class AlreadyDecided(Refused):
    """The same award is not equal for one and unequal for another."""

    code = "equivalence_already_decided"
    rule = "A5"


class NoSuchPrecedent(Refused):
    """A nomination rests on a decision that was made, for this clause, in its favour."""

    code = "no_such_precedent"
    rule = "A5"


# commands


class DecideEquivalence(Command, name="decide_equivalence", may={"office"}, rule="A5"):
    """Whether this award counts for this clause."""

    campaign_id: UUID
    clause: OpenClause
    title: Named
    issuer: Named
    equal: bool
    reason: Reason


class RelyOnPrecedents(Command, name="rely_on_precedents", may={SYSTEM}, rule="A5"):
    """A pre-review named these decisions."""

    campaign_id: UUID
    equivalences: tuple[Equivalence, ...]


# events


class EquivalenceDecided(Event, name="equivalence_decided", label="认定等同奖项", rule="A5"):
    """`precedent` follows from campaign, clause and award: who knows those finds it again."""

    campaign_id: UUID
    precedent: UUID
    clause: OpenClause
    title: str
    issuer: str
    equal: bool
    reason: str


# state


@dataclass(frozen=True, slots=True)
class Decided:
    """The decisions, by the id of the precedent."""

    decisions: Mapping[UUID, EquivalenceDecided] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def equal(self, campaign_id: UUID, clause: OpenClause, title: str, issuer: str) -> UUID | None:
        """The decision by which an award counts for the clause, if there is one."""
        precedent = precedent_id(campaign_id, clause, title, issuer)
        decision = self.decisions.get(precedent)
        return precedent if decision is not None and decision.equal else None


def precedent_id(campaign_id: UUID, clause: OpenClause, title: str, issuer: str) -> UUID:
    """The one decision on this award: however its name and that of its issuer are typed."""
    named = f"{clause}\n{written.name(title)}\n{written.name(issuer)}"
    return uuid5(campaign_id, f"equivalence\n{named}")


def decide(command: DecideEquivalence | RelyOnPrecedents, state: Decided) -> Sequence[Event]:
    """Each award once; and only what was decided is relied on."""
    match command:
        case DecideEquivalence():
            return _decide(command, state)
        case RelyOnPrecedents(equivalences=equivalences):
            for equivalence in equivalences:
                _expect(equivalence, state)
            return []
        case _:
            assert_never(command)


def _decide(command: DecideEquivalence, state: Decided) -> Sequence[Event]:
    for name in ("title", "issuer", "reason"):
        without_numbers(getattr(command, name), name)
    precedent = precedent_id(command.campaign_id, command.clause, command.title, command.issuer)
    known = state.decisions.get(precedent)
    if known is not None and known.equal == command.equal:
        return []
    if known is not None:
        raise AlreadyDecided("该奖项已经作出认定，同一评选活动中不得另作认定。", field="equal")
    return [
        EquivalenceDecided(
            campaign_id=command.campaign_id,
            precedent=precedent,
            clause=command.clause,
            title=command.title,
            issuer=command.issuer,
            equal=command.equal,
            reason=command.reason,
        )
    ]


def _expect(equivalence: Equivalence, state: Decided) -> None:
    decision = state.decisions.get(equivalence.precedent)
    if decision is None or decision.clause != equivalence.clause or not decision.equal:
        raise NoSuchPrecedent(
            f"没有就{equivalence.clause}认定该奖项等同，须先作出等同认定。", field="equivalences"
        )


def evolve(state: Decided, event: EquivalenceDecided) -> Decided:
    """What is true after the event."""
    return Decided({**state.decisions, event.precedent: event})


PRECEDENTS: Decider[Decided] = Decider(
    name="precedents",
    initial=Decided(),
    decide=decide,
    evolve=evolve,
    commands=(DecideEquivalence, RelyOnPrecedents),
    events=(EquivalenceDecided,),
    of="campaign",
)
