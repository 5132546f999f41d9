"""The witness: keeps the checkpoints of all logs as heard, and cosigns those of the others.

What it cosigned last it finds in its own tables. It cosigns a greater checkpoint only after the
log's own tiles have shown that it goes on from that one; a signature that contradicts what was
signed before is put on record as a fork and never cosigned. Whatever could not be checked comes
again: the signer repeats its last checkpoint.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import Connection

from shared.audit import checkpoints, tree
from shared.audit.checkpoints import Kept
from shared.audit.policy import Judged, cosigner_name, judge
from shared.audit.tiles import Damaged, FetchedTiles, StoredTiles, root_of_leaves
from shared.audit.verifier import Malformed, Policy, Untrusted, cosign, verify_consistency
from shared.restoring import freeze, is_on_record

SECONDS = 5.0
PREFIX = "/audit/"

log = logging.getLogger(__name__)

Get = Callable[[str, str], bytes | None]
"""service, path below its audit prefix -> the body; None where there is nothing.

Raises OSError where the service does not answer."""


class Unverifiable(Exception):
    """What a log serves is not what was signed: neither cosigned nor proven wrong."""


@dataclass(frozen=True, slots=True)
class Note:
    """A signed note as it came, with the token of a time-stamping authority if there was one.

    `first` tells that its log has signed it just now or again, and not that a witness repeats it:
    only those are answered by a cosignature.
    """

    body: bytes
    first: bool = True
    token: bytes | None = None


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A signed note with our cosignature, to be told to the others."""

    origin: str
    note: bytes


class Witness:
    """What one service does with the checkpoints that it hears.

    Args:
        service: ours.
        policy: whose signatures are believed.
        key: ours, for cosignatures.
        get: reads what another service serves.
        now: the machine's clock.
    """

    def __init__(
        self,
        service: str,
        policy: Policy,
        key: Ed25519PrivateKey,
        get: Get,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._service = service
        self._policy = policy
        self._key = key
        self._get = get
        self._now = now
        self.name = cosigner_name(service)

    def hear(self, connection: Connection[Any], notes: Sequence[Note]) -> list[Cosigned]:
        """Keep what these notes say, and cosign the greatest of each other log.

        Returns:
            What is to be published.
        """
        greatest: dict[str, Judged] = {}
        for note in notes:
            heard = self._keep(connection, note)
            if not note.first or heard is None or service_of(heard.origin) == self._service:
                continue
            known = greatest.get(heard.origin)
            if known is None or heard.size > known.size:
                greatest[heard.origin] = heard
        cosigned = [self._cosign(connection, heard) for heard in greatest.values()]
        return [one for one in cosigned if one is not None]

    def _keep(self, connection: Connection[Any], note: Note) -> Judged | None:
        """Keep a checkpoint that its log has signed, and the cosignatures on it.

        Of two with one size and different roots both are kept: the pair is what convinces.

        Returns:
            The checkpoint, unless it is not signed by the log, or contradicts another one.
        """
        try:
            heard = judge(self._policy, note.body)
        except (Malformed, Untrusted) as fault:
            log.warning("what was heard is no signed checkpoint: %s", str(fault))
            return None
        others = [
            one
            for one in checkpoints.all_at(connection, heard.origin, heard.size)
            if one.root != heard.root
        ]
        for other in others:
            self._fork(connection, heard, other.note, "two_roots")
        if not others and not self._is_in_our_tree(connection, heard):
            own = checkpoints.latest(connection, heard.origin)
            self._fork(connection, heard, b"" if own is None else own.note, "rolled_back")
            freeze(connection, heard.origin, heard.size, heard.root, heard.note, "rolled_back")
            return None
        key = heard.origin, heard.size, heard.root
        checkpoints.keep(connection, *key, heard.note, self._now())
        for witness, line in heard.cosignatures.items():
            checkpoints.keep_cosignature(connection, *key, witness, line)
        if note.token is not None:
            checkpoints.keep_timestamp(connection, *key, note.token)
        return None if others else heard

    def _is_in_our_tree(self, connection: Connection[Any], heard: Judged) -> bool:
        """Whether it is another's log, or known, or our own tree has this root at this size."""
        if service_of(heard.origin) != self._service:
            return True
        known = checkpoints.at_size(connection, heard.origin, heard.size)
        return (
            known is not None
            or self._is_ours(connection, heard)
            or is_on_record(connection, heard.origin, heard.size)
        )

    def _is_ours(self, connection: Connection[Any], heard: Judged) -> bool:
        """Whether our own leaves give this root.

        They always do, unless the database was put back to an earlier moment, or changed: nothing
        is signed that was not committed here. Tiles may be damaged, and then prove nothing.
        """
        try:
            if tree.root(StoredTiles(connection), heard.size) == heard.root:
                return True
        except LookupError:
            pass
        try:
            return root_of_leaves(connection, heard.size) == heard.root
        except Damaged:
            return False

    def _fork(self, connection: Connection[Any], heard: Judged, other: bytes, reason: str) -> None:
        """Put it on record, once."""
        if checkpoints.note_fork(
            connection, heard.origin, heard.size, heard.note, other, reason, self._now()
        ):
            log.error(
                "a fork of %s at size %d (%s): two signed checkpoints contradict each other",
                heard.origin,
                heard.size,
                reason,
            )

    def _cosign(self, connection: Connection[Any], heard: Judged) -> Cosigned | None:
        """Our cosignature, if the checkpoint goes on from what we have cosigned."""
        last = checkpoints.witnessed(connection, heard.origin, self.name)
        if last is not None and (last.size, last.root) == (heard.size, heard.root):
            return Cosigned(heard.origin, last.note)  # said again: it may have been lost
        try:
            shown = self._shown_at_the_portal(connection, heard)
            if shown is not None and shown.origin == heard.origin and shown.size > heard.size:
                heard = shown  # our time on an old one would make what followed look back-dated
            if self._extends(connection, heard, last):
                return self._say(connection, heard)
        except (Unverifiable, LookupError, OSError) as fault:
            log.warning("%s is not cosigned yet: %s", heard.origin, str(fault))
        return None

    def _shown_at_the_portal(self, connection: Connection[Any], heard: Judged) -> Judged | None:
        """What the log shows to everybody, which must be what it tells on the bus."""
        shown = self._get(service_of(heard.origin), "checkpoint")
        return None if shown is None else self._keep(connection, Note(shown))

    def _extends(self, connection: Connection[Any], heard: Judged, last: Kept | None) -> bool:
        """Whether it goes on from the last one we cosigned; the other way is a fork."""
        if len(checkpoints.all_at(connection, heard.origin, heard.size)) > 1:
            return False
        service = service_of(heard.origin)
        tiles = FetchedTiles(lambda path: self._get(service, path))
        if last is None:
            if tree.root(tiles, heard.size) != heard.root:
                raise Unverifiable("the tiles do not give the root that was signed")
            return True
        if last.size == heard.size:
            return False
        small, large = sorted(
            ((last.size, last.root), (heard.size, heard.root)), key=lambda one: one[0]
        )
        proof = tree.consistency(tiles, small[0], large[0])
        if verify_consistency(small[0], large[0], small[1], large[1], proof):
            return heard.size > last.size
        if tree.root(tiles, heard.size) != heard.root:
            raise Unverifiable("the tiles do not give the root that was signed")
        self._fork(connection, heard, last.note, "not_an_extension")
        return False

    def _say(self, connection: Connection[Any], heard: Judged) -> Cosigned:
        line = cosign(heard.text, self.name, self._key, int(self._now().timestamp()))
        checkpoints.keep_cosignature(
            connection, heard.origin, heard.size, heard.root, self.name, line
        )
        return Cosigned(heard.origin, heard.note + line)


def service_of(origin: str) -> str:
    """The service whose log this is: `gongjiang/<service>`, with the epoch behind it or not."""
    return origin.split("/")[1] if "/" in origin else origin


def fetcher(url_of: Callable[[str], str]) -> tuple[Get, Callable[[], None]]:
    """Reads by HTTP what the services serve below `/audit/`, and what closes its connections."""
    client = httpx.Client(timeout=SECONDS, trust_env=False)

    def get(service: str, path: str) -> bytes | None:
        try:
            answer = client.get(f"{url_of(service)}{PREFIX}{path}")
        except httpx.HTTPError as fault:
            raise OSError(f"{service} does not answer: {type(fault).__name__}") from fault
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if not answer.is_success:
            raise OSError(f"{service} answers {answer.status_code}")
        return answer.content

    return get, client.close
