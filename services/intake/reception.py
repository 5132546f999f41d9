"""From what the broker delivers to the commands that answer it.

    incoming = read(delivery, registry)                  # or Unreadable: to be parked
    judged = prepare(batch, [incoming, …], now, vault, rehearsal=False)
    reply = receive(batch, judged[0], vault, cause)      # all of it in the batch's transaction

Nothing here is a loop over the database: `prepare` loads what a whole batch of messages needs with
two queries and has the vault make all missing keys at once; `receive` then only computes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, NamedTuple, Protocol, TypeVar
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from services.intake.campaign import CAMPAIGN, Opened
from services.intake.claim import CLAIM, ClaimContested, TakeClaim
from services.intake.dossier import contact_of, dossier_of, identity_of
from services.intake.findings import Findings, judge, misshapen
from services.intake.nomination import (
    NOMINATION,
    Fingerprint,
    Material,
    NominationReceived,
    ReceiveNomination,
)
from services.intake.publishers import Publisher, Registry
from services.intake.rules.case import error
from services.intake.submission import (
    PUBLISHER,
    SUBMISSION,
    Answered,
    AnswerSubmission,
    ConflictingRepeat,
    SubmissionAnswered,
)
from shared.contracts.cloudevents import Delivery
from shared.contracts.ids import campaign_id, nomination_id, submission_id
from shared.contracts.intake import Finding
from shared.contracts.sealed import Purpose, Sealed
from shared.contracts.submission import TYPE, NominationSubmitted
from shared.formats import identity_numbers, patents, written
from shared.messages import Actor, Addressed, Decider, Event

LARGEST = 1024 * 1024
LONGEST_ATTRIBUTE = 256
STRUCTURED = "application/cloudevents+json"
PREFIXES = ("cloudEvents:", "cloudEvents_")

DUPLICATE = error("P7", "该人员在本次评选中已被推荐，由办公室核实后选定保留哪一项。")
ERASED = error("P17", "该人员在本次评选中的个人信息已依法删除，不能再次受理。")
CONFLICT = Finding(
    rule=ConflictingRepeat.code,
    severity="error",
    message="同一编号已报送过内容不同的消息，请另用新的编号。",
)

Code = Literal[
    "unknown_user",
    "unknown_source",
    "unknown_type",
    "too_large",
    "unreadable",
    "bad_attribute",
]


class Unreadable(Exception):
    """No answer can be given to this message: it is parked, as `code` says and `reason` explains.

    `reason` never repeats what the message says.
    """

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


# what comes


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that can be answered; `submission_id` is the stream of its answer.

    `data` is what it says, or what is wrong with its shape.
    """

    publisher: Publisher
    source: str
    id: str
    digest: str
    data: NominationSubmitted | Findings
    submission_id: UUID


class Attributes(BaseModel):
    """The attributes of a CloudEvent that matter here; any others are its sender's business."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str


class Structured(Attributes):
    """A whole CloudEvent in one JSON text."""

    data: NominationSubmitted


def read(delivery: Delivery, registry: Registry) -> Incoming:
    """Whom the message is from, and what it says.

    CloudEvents 1.0 over AMQP, structured (`application/cloudevents+json`, also plain JSON) or
    binary (attributes in headers).

    Raises:
        Unreadable: the sender, the envelope or the JSON is not what we can answer.
    """
    publisher = registry.get(delivery.user) if delivery.user is not None else None
    if publisher is None:
        raise Unreadable("unknown_user", "the broker's user is not a known publisher")
    if len(delivery.body) > LARGEST:
        raise Unreadable("too_large", f"more than {LARGEST} bytes")
    headers = _attributes_in(delivery.headers)
    structured = (delivery.content_type or "").startswith(STRUCTURED) or not headers
    attributes, data = _structured(delivery.body) if structured else _binary(headers, delivery.body)
    if attributes.type != TYPE:
        raise Unreadable("unknown_type", "not a type of event that intake takes")
    if attributes.source not in publisher.sources:
        raise Unreadable("unknown_source", "the user may not speak for this source")
    if not 0 < len(attributes.id) <= LONGEST_ATTRIBUTE or not attributes.id.isprintable():
        raise Unreadable("bad_attribute", "the id is empty, too long or not printable")
    return Incoming(
        publisher=publisher,
        source=attributes.source,
        id=attributes.id,
        digest=sha256(delivery.body).hexdigest(),
        data=data,
        submission_id=submission_id(publisher.user, attributes.source, attributes.id),
    )


def _attributes_in(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name[len(prefix) :]: value
        for name, value in headers.items()
        for prefix in PREFIXES
        if name.startswith(prefix)
    }


def _structured(body: bytes) -> tuple[Attributes, NominationSubmitted | Findings]:
    try:
        whole = Structured.model_validate_json(body)
    except ValidationError as fault:
        errors = _errors(fault)
        inside = [found for found in errors if found["loc"][:1] == ("data",)]
        if len(inside) < len(errors):
            # of an event of another type only the type is worth saying
            return _envelope(body), misshapen(())
        return _envelope(body), _misshapen(inside, below=1)
    return whole, whole.data


def _envelope(body: bytes) -> Attributes:
    try:
        return Attributes.model_validate(from_json(body))
    except ValueError as fault:
        raise Unreadable("unreadable", "not a CloudEvent 1.0 in JSON") from fault


def _binary(
    headers: Mapping[str, Any], body: bytes
) -> tuple[Attributes, NominationSubmitted | Findings]:
    try:
        attributes = Attributes.model_validate(headers)
    except ValidationError as fault:
        raise Unreadable("unreadable", "the headers are not those of a CloudEvent 1.0") from fault
    try:
        return attributes, NominationSubmitted.model_validate_json(body)
    except ValidationError as fault:
        errors = _errors(fault)
        if any(found["type"] == "json_invalid" for found in errors):
            raise Unreadable("unreadable", "the body is not JSON") from None
        return attributes, _misshapen(errors, below=0)


def _errors(fault: ValidationError) -> list[Any]:
    return fault.errors(include_url=False, include_context=False, include_input=False)


def _misshapen(errors: Iterable[Any], *, below: int) -> Findings:
    return misshapen({**found, "loc": found["loc"][below:]} for found in errors)


# what we need for an answer

CauseT_contra = TypeVar("CauseT_contra", contravariant=True)


class Batch(Protocol[CauseT_contra]):
    """The transaction in the making (shared/eventlog.py)."""

    def preload(self, *wanted: tuple[Decider[Any], Iterable[UUID]]) -> None:
        """Load many streams with one query."""

    def state(self, decider: Decider[Any], key: UUID) -> Any:
        """The aggregate's state, with what this batch has already decided."""

    def ask(self, addressed: Addressed, cause: CauseT_contra) -> list[Event]:
        """Let the aggregate decide."""


class Vault(Protocol):
    """Keeps personal data sealed (shared/personal.py)."""

    def person(self, campaign: UUID, id_number: str) -> UUID:
        """The person with this ID number in this campaign, by a keyed hash."""

    def fingerprint(self, kind: str, *parts: str) -> UUID:
        """A keyed hash of values that may be compared but not read."""

    def ensure_keys(self, people: Iterable[UUID]) -> frozenset[UUID]:
        """Make what keys these people lack; returns those who were erased."""

    def seal(
        self, person: UUID, purpose: Purpose, nomination_id: UUID, field: str, value: str
    ) -> Sealed:
        """Seal a value for this nomination and field."""


class Candidate(NamedTuple):
    """A nomination that nothing refuses: its person and the claim on that person."""

    nomination_id: UUID
    campaign_id: UUID
    data: NominationSubmitted
    person: UUID
    claim: UUID


@dataclass(frozen=True, slots=True)
class Judged:
    """A message with everything that its answer depends on, but what others do at the same time."""

    incoming: Incoming
    received_at: datetime
    campaign: UUID | None
    findings: tuple[Finding, ...]
    candidate: Candidate | None


@dataclass(frozen=True, slots=True)
class Reply:
    """Where the answer stands; `repeat`: it had been given before, and may be sent again."""

    submission: UUID
    repeat: bool


def prepare(
    batch: Batch[Any],
    incoming: Sequence[Incoming],
    received_at: datetime,
    vault: Vault,
    *,
    rehearsal: bool,
) -> list[Judged]:
    """Judge a batch of messages, and load what `receive` will look at."""
    campaigns = {
        campaign_id(message.data.campaign)
        for message in incoming
        if isinstance(message.data, NominationSubmitted)
    }
    batch.preload(
        (SUBMISSION, {message.submission_id for message in incoming}), (CAMPAIGN, campaigns)
    )
    judged = [_judged(batch, message, received_at, vault, rehearsal) for message in incoming]
    candidates = [one.candidate for one in judged if one.candidate is not None]
    batch.preload(
        (CLAIM, {candidate.claim for candidate in candidates}),
        (NOMINATION, {candidate.nomination_id for candidate in candidates}),
    )
    erased = vault.ensure_keys({candidate.person for candidate in candidates})
    return [_without(erased, one) for one in judged]


def _judged(
    batch: Batch[Any], incoming: Incoming, received_at: datetime, vault: Vault, rehearsal: bool
) -> Judged:
    data = incoming.data
    if isinstance(data, Findings):
        return Judged(incoming, received_at, None, data.found, None)
    campaign = campaign_id(data.campaign)
    state = batch.state(CAMPAIGN, campaign)
    configuration = state.configuration if isinstance(state, Opened) else None
    findings = judge(data, incoming.publisher, configuration, received_at, rehearsal=rehearsal)
    opened = campaign if configuration is not None else None
    candidate = None if findings.refuse else _candidate(incoming, data, campaign, vault)
    return Judged(incoming, received_at, opened, findings.found, candidate)


def _candidate(
    incoming: Incoming, data: NominationSubmitted, campaign: UUID, vault: Vault
) -> Candidate:
    number = identity_numbers.normal(data.form.id_number)
    return Candidate(
        nomination_id=nomination_id(incoming.submission_id),
        campaign_id=campaign,
        data=data,
        person=vault.person(campaign, number),
        claim=vault.fingerprint("claim", str(campaign), number),
    )


def _without(erased: frozenset[UUID], judged: Judged) -> Judged:
    if judged.candidate is None or judged.candidate.person not in erased:
        return judged
    return Judged(
        judged.incoming, judged.received_at, judged.campaign, (*judged.findings, ERASED), None
    )


# the answer


def receive(
    batch: Batch[CauseT_contra], judged: Judged, vault: Vault, cause: CauseT_contra
) -> Reply:
    """Answer a message, once: claim, nomination and answer go into the batch's transaction."""
    key = judged.incoming.submission_id
    state = batch.state(SUBMISSION, key)
    if isinstance(state, Answered):
        if state.answer.digest == judged.incoming.digest:
            return Reply(key, repeat=True)
        return _conflict(batch, judged, cause)
    if judged.candidate is None:
        return _answer(batch, judged, key, cause, "refused", judged.findings)
    return _take_in(batch, judged, judged.candidate, vault, cause)


def _conflict(batch: Batch[CauseT_contra], judged: Judged, cause: CauseT_contra) -> Reply:
    """Another message under a known id: refused, in a stream of its own."""
    key = uuid5(judged.incoming.submission_id, judged.incoming.digest)
    if isinstance(batch.state(SUBMISSION, key), Answered):
        return Reply(key, repeat=True)
    return _answer(batch, judged, key, cause, "refused", (CONFLICT,))


def _take_in(
    batch: Batch[CauseT_contra],
    judged: Judged,
    candidate: Candidate,
    vault: Vault,
    cause: CauseT_contra,
) -> Reply:
    at, by = judged.received_at, _actor(judged.incoming.publisher)
    received = _received(judged, candidate, vault)
    nomination = received.nomination_id
    take = TakeClaim(at=at, by=by, nomination_id=nomination)
    taken = batch.ask(Addressed(CLAIM, candidate.claim, take), cause)
    rivals = next((event.rivals for event in taken if isinstance(event, ClaimContested)), ())
    receive_it = ReceiveNomination(at=at, by=by, received=received, rivals=rivals)
    batch.ask(Addressed(NOMINATION, nomination, receive_it), cause)
    key = judged.incoming.submission_id
    if rivals:
        findings = (*judged.findings, DUPLICATE)
        return _answer(batch, judged, key, cause, "held", findings, nomination)
    return _answer(batch, judged, key, cause, "received", judged.findings, nomination)


def _answer(
    batch: Batch[CauseT_contra],
    judged: Judged,
    key: UUID,
    cause: CauseT_contra,
    outcome: Literal["received", "refused", "held"],
    findings: tuple[Finding, ...],
    nomination: UUID | None = None,
) -> Reply:
    incoming = judged.incoming
    answer = SubmissionAnswered(
        submission_id=key,
        campaign_id=judged.campaign,
        publisher=incoming.publisher.user,
        source=incoming.source,
        message_id=incoming.id,
        digest=incoming.digest,
        outcome=outcome,
        nomination_id=nomination,
        findings=findings,
    )
    command = AnswerSubmission(at=judged.received_at, by=_actor(incoming.publisher), answer=answer)
    batch.ask(Addressed(SUBMISSION, key, command), cause)
    return Reply(key, repeat=False)


def _actor(publisher: Publisher) -> Actor:
    """The sending system, as the broker authenticated it."""
    user = publisher.user
    return Actor(id=f"publisher:{user}", name=user, organisation=user, roles=frozenset({PUBLISHER}))


def _received(judged: Judged, candidate: Candidate, vault: Vault) -> NominationReceived:
    data, form, person = candidate.data, candidate.data.form, candidate.person
    nomination = candidate.nomination_id
    return NominationReceived.model_validate(
        {
            "nomination_id": nomination,
            "campaign_id": candidate.campaign_id,
            "submission_id": judged.incoming.submission_id,
            "publisher": judged.incoming.publisher.user,
            "channel": data.channel,
            "recommender": data.recommender.organisation,
            "employer_uscc": form.employer.uscc,
            "claimed_conditions": tuple(dict.fromkeys(data.claimed_conditions)),
            "claim": candidate.claim,
            "identity": vault.seal(person, "identity", nomination, "identity", identity_of(form)),
            "contact": vault.seal(person, "contact", nomination, "contact", contact_of(form)),
            "dossier": vault.seal(person, "dossier", nomination, "dossier", dossier_of(data)),
            "materials": _materials(data),
            "fingerprints": _fingerprints(data, candidate.campaign_id, vault),
            "findings": judged.findings,
            "paper_received_at": data.paper_received_at,
            "received_at": judged.received_at,
        }
    )


def _materials(data: NominationSubmitted) -> tuple[Material, ...]:
    return tuple(
        Material(
            id=material.id,
            kind=material.kind,
            sha256=material.sha256,
            media_type=material.media_type,
            original_presented=material.original_presented,
        )
        for material in data.materials
    )


def _fingerprints(data: NominationSubmitted, campaign: UUID, vault: Vault) -> list[Fingerprint]:
    """What another person might claim as well (P7), comparable within the campaign only."""
    form, scope = data.form, str(campaign)
    numbers = (patents.read(patent.number) for patent in form.patents)
    found = [
        Fingerprint(kind="patent", of=vault.fingerprint("patent", scope, patent.number))
        for patent in numbers
        if patent is not None
    ]
    for honour in form.honours:
        named = written.name(honour.title), written.name(honour.issuer), str(honour.date)
        found.append(Fingerprint(kind="honour", of=vault.fingerprint("honour", scope, *named)))
    qualification = form.vocational_qualification
    if qualification is not None and qualification.certificate_number:
        number = written.code(qualification.certificate_number)
        of = vault.fingerprint("certificate", scope, number)
        found.append(Fingerprint(kind="certificate", of=of))
    return found
