"""What receiving a message needs of the world: a transaction in the making, and a vault."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar
from uuid import UUID

from shared.contracts.sealed import Purpose, Sealed
from shared.messages import Addressed, Decider, Event

CauseT_contra = TypeVar("CauseT_contra", contravariant=True)


class Batch(Protocol[CauseT_contra]):
    """The transaction in the making (shared/eventlog.py)."""

    def preload(self, *wanted: tuple[Decider[Any], Iterable[UUID]]) -> None:
        """Load many streams with one query."""

    def state(self, decider: Decider[Any], key: UUID) -> Any:
        """The aggregate's state, with what this batch has already decided."""

    def ask(self, addressed: Addressed, cause: CauseT_contra) -> list[Event]:
        """Let the aggregate decide."""


class Fingerprints(Protocol):
    """Hashes with a key (shared/personal.py)."""

    def fingerprint(self, kind: str, *parts: str) -> UUID:
        """A keyed hash of values that may be compared but not read."""


class Vault(Fingerprints, Protocol):
    """Keeps personal data sealed (shared/personal.py)."""

    def person(self, campaign: UUID, id_number: str) -> UUID:
        """The person with this ID number in this campaign, by a keyed hash."""

    def ensure_keys(self, people: Iterable[UUID]) -> frozenset[UUID]:
        """Make what keys these people lack; returns those who were erased."""

    def seal(
        self, person: UUID, purpose: Purpose, nomination_id: UUID, field: str, value: str
    ) -> Sealed:
        """Seal a value for this nomination and field."""


Opener = Callable[[Mapping[str, Sealed], UUID], Mapping[str, str] | None]
"""Opens parts of a nomination; None when the person was erased."""
