"""From what the broker delivers to the commands that answer it.

The bus takes the place of the mailbox of the notice, which nobody reads (S34, A13).

    incoming = read(delivery, registry)                  # or Unreadable: to be parked
    judged = prepare(batch, [incoming, …], now, vault, rehearsal=False)
    reply = receive(batch, judged[0], vault, cause)      # all of it in the batch's transaction

Nothing here is a loop over the database: `prepare` loads what a whole batch of messages needs with
two queries and has the vault make all missing keys at once; `receive` then only computes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json, to_json

from services.intake.amending import ERASED, Sent, correct, materials_of, withdraw
from services.intake.campaign import CAMPAIGN, Opened
from services.intake.claim import CLAIM, ClaimContested, TakeClaim
from services.intake.claim import Closed as ClosedClaim
from services.intake.dossier import contact_of, dossier_of, identity_of
from services.intake.findings import Findings, judge, misshapen, sorted_findings
from services.intake.nomination import NOMINATION, ReceiveNomination
from services.intake.ports import Batch, CauseT_contra, Opener, Vault
from services.intake.precedents import PRECEDENTS
from services.intake.publishers import Publisher, Registry
from services.intake.record import NominationReceived, Terms
from services.intake.rules.case import error, warning
from services.intake.standing import STANDING, Known
from services.intake.submission import (
    PUBLISHER,
    SUBMISSION,
    Answered,
    AnswerSubmission,
    ConflictingRepeat,
    SubmissionAnswered,
)
from services.intake.ties import fingerprints, is_executive, person
from shared.calendar import beijing_date
from shared.contracts.campaign import CampaignConfiguration
from shared.contracts.cloudevents import Delivery
from shared.contracts.ids import campaign_id, nomination_id, submission_id
from shared.contracts.intake import Finding
from shared.contracts.submission import (
    CORRECTED,
    TYPE,
    WITHDRAWN,
    CorrectionSubmitted,
    NominationSubmitted,
    WithdrawalSubmitted,
)
from shared.formats import identity_numbers
from shared.messages import Actor, Addressed

LARGEST = 1024 * 1024
LONGEST_ATTRIBUTE = 256
STRUCTURED = "application/cloudevents+json"
PREFIXES = ("cloudEvents:", "cloudEvents_")

DUPLICATE = error("P7", "该人员在本次评选中已被推荐，由办公室核实后选定保留哪一项。")
WON_BEFORE = warning("P19", "该人员已获得过本称号，须有新的业绩方可再次推荐，请核实。")
WINS_ONCE = error("P19", "该人员已获得过本称号，本次评选不接受再次推荐。")
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


Said = NominationSubmitted | CorrectionSubmitted | WithdrawalSubmitted

AFTERWARDS: Mapping[str, type[CorrectionSubmitted | WithdrawalSubmitted]] = {
    CORRECTED: CorrectionSubmitted,
    WITHDRAWN: WithdrawalSubmitted,
}
"""What may be said of a nomination that is here, by the type of the CloudEvent."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that can be answered; `submission_id` is the stream of its answer.

    `data` is what it says, or what is wrong with its shape.
    """

    publisher: Publisher
    source: str
    id: str
    digest: str
    data: Said | Findings
    submission_id: UUID

    @property
    def nomination(self) -> UUID:
        """The nomination that it is about: one that is here, or the one that it asks for."""
        match self.data:
            case (
                CorrectionSubmitted(nomination_id=known) | WithdrawalSubmitted(nomination_id=known)
            ):
                return known
            case _:
                return nomination_id(self.submission_id)


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
    if attributes.type != TYPE and attributes.type not in AFTERWARDS:
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


def _structured(body: bytes) -> tuple[Attributes, Said | Findings]:
    try:
        whole = Structured.model_validate_json(body)
    except ValidationError as fault:
        envelope = _envelope(body)
        if (kind := AFTERWARDS.get(envelope.type)) is not None:
            return envelope, _afterwards(kind, body)
        errors = _errors(fault)
        inside = [found for found in errors if found["loc"][:1] == ("data",)]
        if len(inside) < len(errors):
            # of an event of another type only the type is worth saying
            return envelope, misshapen(())
        return envelope, _misshapen(inside, below=1)
    return whole, whole.data


def _afterwards(
    kind: type[CorrectionSubmitted | WithdrawalSubmitted], body: bytes
) -> Said | Findings:
    data = to_json(from_json(body).get("data"))
    try:
        return kind.model_validate_json(data)
    except ValidationError as fault:
        return _misshapen(_errors(fault), below=0)


def _envelope(body: bytes) -> Attributes:
    try:
        return Attributes.model_validate(from_json(body))
    except ValueError as fault:
        raise Unreadable("unreadable", "not a CloudEvent 1.0 in JSON") from fault


def _binary(headers: Mapping[str, Any], body: bytes) -> tuple[Attributes, Said | Findings]:
    try:
        attributes = Attributes.model_validate(headers)
    except ValidationError as fault:
        raise Unreadable("unreadable", "the headers are not those of a CloudEvent 1.0") from fault
    kind: type[Said] = AFTERWARDS.get(attributes.type, NominationSubmitted)
    try:
        return attributes, kind.model_validate_json(body)
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


class Candidate(NamedTuple):
    """A nomination that nothing refuses: its person and the claim on that person."""

    nomination_id: UUID
    campaign_id: UUID
    configuration: CampaignConfiguration
    data: NominationSubmitted
    person: UUID
    claim: UUID
    standing: UUID


@dataclass(frozen=True, slots=True)
class Judged:
    """A message with everything that its answer depends on, but what others do at the same time."""

    incoming: Incoming
    received_at: datetime
    campaign: UUID | None
    findings: tuple[Finding, ...]
    candidate: Candidate | None
    rehearsal: bool


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
        (SUBMISSION, {message.submission_id for message in incoming}),
        (CAMPAIGN, campaigns),
        (PRECEDENTS, campaigns),
    )
    judged = [_judged(batch, message, received_at, vault, rehearsal) for message in incoming]
    candidates = [one.candidate for one in judged if one.candidate is not None]
    batch.preload(
        (CLAIM, {candidate.claim for candidate in candidates}),
        (STANDING, {candidate.standing for candidate in candidates}),
        (NOMINATION, {message.nomination for message in incoming}),
    )
    erased = vault.ensure_keys({candidate.person for candidate in candidates})
    return [_with_standing(batch, _without(batch, erased, one)) for one in judged]


def _judged(
    batch: Batch[Any], incoming: Incoming, received_at: datetime, vault: Vault, rehearsal: bool
) -> Judged:
    match incoming.data:
        case NominationSubmitted() as data:
            return _judged_by_rules(batch, incoming, data, received_at, vault, rehearsal)
        case Findings(found=found):
            return Judged(incoming, received_at, None, found, None, rehearsal)
        case _:
            return Judged(incoming, received_at, None, (), None, rehearsal)


def _judged_by_rules(
    batch: Batch[Any],
    incoming: Incoming,
    data: NominationSubmitted,
    received_at: datetime,
    vault: Vault,
    rehearsal: bool,
) -> Judged:
    campaign = campaign_id(data.campaign)
    state = batch.state(CAMPAIGN, campaign)
    configuration = state.configuration if isinstance(state, Opened) else None
    findings = judge(
        data,
        incoming.publisher,
        configuration,
        received_at,
        rehearsal=rehearsal,
        precedents=batch.state(PRECEDENTS, campaign),
    )
    if configuration is None:
        return Judged(incoming, received_at, None, findings.found, None, rehearsal)
    taken = None if findings.refuse else _candidate(incoming, data, campaign, configuration, vault)
    return Judged(incoming, received_at, campaign, findings.found, taken, rehearsal)


def _candidate(
    incoming: Incoming,
    data: NominationSubmitted,
    campaign: UUID,
    configuration: CampaignConfiguration,
    vault: Vault,
) -> Candidate:
    number = identity_numbers.normal(data.form.id_number)
    return Candidate(
        nomination_id=incoming.nomination,
        campaign_id=campaign,
        configuration=configuration,
        data=data,
        person=vault.person(campaign, number),
        claim=vault.fingerprint("claim", str(campaign), number),
        standing=vault.fingerprint("standing", number),
    )


def _without(batch: Batch[Any], erased: frozenset[UUID], judged: Judged) -> Judged:
    """Whose keys are destroyed, or are just being destroyed, is not taken in again (P17)."""
    if (candidate := judged.candidate) is None:
        return judged
    closing = isinstance(batch.state(CLAIM, candidate.claim), ClosedClaim)
    return _declined(judged, ERASED) if closing or candidate.person in erased else judged


def _declined(judged: Judged, finding: Finding) -> Judged:
    found = sorted_findings((*judged.findings, finding))
    return replace(judged, findings=found, candidate=None)


def _with_standing(batch: Batch[Any], judged: Judged) -> Judged:
    """What earlier campaigns left behind: a bar refuses (P16), a title is worth a look (P19)."""
    if (candidate := judged.candidate) is None:
        return judged
    known: Known = batch.state(STANDING, candidate.standing)
    found, declined = with_standing(
        known, candidate.configuration, judged.received_at, judged.findings
    )
    return replace(judged, findings=found, candidate=None if declined else candidate)


def with_standing(
    known: Known,
    configuration: CampaignConfiguration,
    received_at: datetime,
    found: tuple[Finding, ...],
) -> tuple[tuple[Finding, ...], bool]:
    """The findings with what earlier campaigns say of the person, and whether that refuses."""
    if (until := known.barred_on(beijing_date(received_at))) is not None:
        barred = error("P16", f"该人员因弄虚作假，{until}前不得申报。")
        return sorted_findings((*found, barred)), True
    if not known.holds_title:
        return found, False
    if configuration.entrance.repeat_winners == "refused":
        return sorted_findings((*found, WINS_ONCE)), True
    return sorted_findings((*found, WON_BEFORE)), False


# the answer


def receive(
    batch: Batch[CauseT_contra],
    judged: Judged,
    vault: Vault,
    opened: Opener,
    cause: CauseT_contra,
) -> Reply:
    """Answer a message, once: claim, nomination and answer go into the batch's transaction."""
    key = judged.incoming.submission_id
    state = batch.state(SUBMISSION, key)
    if isinstance(state, Answered):
        if state.answer.digest == judged.incoming.digest:
            return Reply(key, repeat=True)
        return _conflict(batch, judged, cause)
    if isinstance(judged.incoming.data, CorrectionSubmitted | WithdrawalSubmitted):
        return _afterwards_answered(batch, judged, judged.incoming.data, vault, opened, cause)
    if judged.candidate is None:
        return _answer(batch, judged, key, cause, "refused", judged.findings)
    return _take_in(batch, judged, judged.candidate, vault, cause)


def _conflict(batch: Batch[CauseT_contra], judged: Judged, cause: CauseT_contra) -> Reply:
    """Another message under a known id: refused, in a stream of its own."""
    key = uuid5(judged.incoming.submission_id, judged.incoming.digest)
    if isinstance(batch.state(SUBMISSION, key), Answered):
        return Reply(key, repeat=True)
    return _answer(batch, judged, key, cause, "refused", (CONFLICT,))


def _afterwards_answered(
    batch: Batch[CauseT_contra],
    judged: Judged,
    said: CorrectionSubmitted | WithdrawalSubmitted,
    vault: Vault,
    opened: Opener,
    cause: CauseT_contra,
) -> Reply:
    incoming = judged.incoming
    sent = Sent(
        publisher=incoming.publisher,
        actor=_actor(incoming.publisher),
        at=judged.received_at,
        submission=incoming.submission_id,
        rehearsal=judged.rehearsal,
    )
    match said:
        case CorrectionSubmitted():
            outcome = correct(batch, sent, said, vault, opened, cause)
        case WithdrawalSubmitted():
            outcome = withdraw(batch, sent, said, cause)
    judged = replace(judged, campaign=outcome.campaign)
    return _answer(
        batch,
        judged,
        incoming.submission_id,
        cause,
        outcome.outcome,
        outcome.findings,
        outcome.nomination,
    )


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
    data, form, whose = candidate.data, candidate.data.form, candidate.person
    nomination, campaign = candidate.nomination_id, candidate.campaign_id
    configuration = candidate.configuration
    return NominationReceived(
        nomination_id=nomination,
        campaign_id=campaign,
        submission_id=judged.incoming.submission_id,
        publisher=judged.incoming.publisher.user,
        channel="employer" if data.channel == "employer" else "industry_association",
        recommender=data.recommender.organisation,
        employer_uscc=form.employer.uscc,
        claimed_conditions=tuple(dict.fromkeys(data.claimed_conditions)),
        claim=candidate.claim,
        standing=candidate.standing,
        tie=person(vault, campaign, form),
        executive=is_executive(form.career, beijing_date(judged.received_at)),
        identity=vault.seal(whose, "identity", nomination, "identity", identity_of(form)),
        contact=vault.seal(whose, "contact", nomination, "contact", contact_of(form)),
        dossier=vault.seal(whose, "dossier", nomination, "dossier", dossier_of(data)),
        materials=materials_of(data),
        fingerprints=fingerprints(vault, campaign, form),
        findings=judged.findings,
        terms=Terms(corrections=configuration.corrections, bar_years=configuration.bar_years),
        paper_received_at=data.paper_received_at,
        received_at=judged.received_at,
    )
