"""What an investigation is told by the three services, and no more than its detectors need.

Plaintext of a person (`Person`) is in the answer to an authenticated auditor only, after each
opening was put on record. It is needed: whether spans overlap, digits disagree or titles are the
same cannot be seen from what is sealed. It is never stored, logged or part of a finding. No ID
number is told: only the date and the digit that detectors compare.
"""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.intake import Channel, Organisation
from shared.contracts.submission import Honour, MaterialKind, Patent, Post, Qualification
from shared.messages import Message, Recorded


class At(Message):
    """An event as evidence: where it stands in its service's log and ledger, and when it was."""

    service: Literal["intake", "review", "publicity"]
    id: UUID
    event: str
    position: int
    leaf: int
    hash: str
    at: AwareDatetime


def at(service: Literal["intake", "review", "publicity"], recorded: Recorded) -> At:
    """A stored event as evidence."""
    return At(
        service=service,
        id=recorded.id,
        event=recorded.event.topic(),
        position=recorded.position,
        leaf=recorded.leaf.index,
        hash=recorded.leaf.hash.hex(),
        at=recorded.at,
    )


class Person(Message):
    """What was opened of a nominee. `birth` and `number_sex` are what the ID number says."""

    name: str
    sex: str
    birth: date | None
    number_sex: str | None
    employer: str
    years_in_trade: int | None
    years_in_port_area: int | None
    qualification: Qualification | None
    career: tuple[Post, ...]
    honours: tuple[Honour, ...]
    patents: tuple[Patent, ...]
    signed_by: str
    reviewed_by: str


class Document(Message):
    """One piece of evidence, by the digest of its file."""

    kind: MaterialKind
    sha256: str


class Edit(Message):
    """A correction: asked for, answered, and what the answer gained (words without values).

    `weighty` is false where nothing changed that a condition or a score rests on.
    """

    asked: At | None
    done: At
    due_at: AwareDatetime | None
    fields: tuple[str, ...]
    gained: tuple[str, ...]

    @property
    def weighty(self) -> bool:
        """Whether the nomination came out stronger."""
        return bool(self.gained)


class Nomination(Message):
    """One nomination. `claim` is the same for all nominations of one person in this campaign.

    `opened` is None where the person was erased or the seal does not open.
    """

    id: UUID
    claim: UUID
    channel: Channel
    recommender: Organisation
    employer: str
    executive: bool
    received: At
    documents: tuple[Document, ...]
    edits: tuple[Edit, ...] = ()
    opened: Person | None = None


class IntakeFacts(Message):
    """What intake tells."""

    campaign: UUID
    deadline: AwareDatetime
    base_date: date
    nominations: tuple[Nomination, ...]


class Score(Message):
    """What an expert gave a candidate in the end, and what it was before it was corrected."""

    expert: str
    total: Decimal
    given: At
    before: Decimal | None = None


class Candidate(Message):
    """Whom the panel scored, and the units that employ and nominate (USCC)."""

    nomination: UUID
    units: frozenset[str]
    scores: tuple[Score, ...]


class ReviewFacts(Message):
    """What review tells once the shortlist is decided (P11); `drawn_at` is when it was drawn."""

    experts: tuple[str, ...]
    drawn_at: AwareDatetime
    candidates: tuple[Candidate, ...]


class Objection(Message):
    """An objection and how far it came; nobody is told who objects (P4)."""

    id: UUID
    nomination: UUID
    signed: bool
    raised: At
    accepted: At | None = None
    withdrawn: At | None = None
    continued: bool = False


class PublicityFacts(Message):
    """What publicity tells."""

    objections: tuple[Objection, ...]


class Facts(Message):
    """All of it; a service that did not answer, or may not yet, is None."""

    intake: IntakeFacts
    review: ReviewFacts | None = None
    publicity: PublicityFacts | None = None
