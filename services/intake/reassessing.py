"""Receptions judged again by today's rules, from what their seal keeps (S10, S16, S26, S31, P7).

Opening is on record before it, once for each nomination; nothing else is stored. A message that was
refused left only its digest, and what was erased is never guessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.intake.amending import PARTS
from services.intake.campaign import CAMPAIGN, Opened, Unopened
from services.intake.claim import CLAIM, Held
from services.intake.correction import NominationCorrected
from services.intake.dossier import rebuilt
from services.intake.erasure import ERASURE
from services.intake.findings import Findings, judge
from services.intake.opening import open_parts
from services.intake.precedents import PRECEDENTS
from services.intake.publishers import Publisher, Registry
from services.intake.reception import DUPLICATE, with_standing
from services.intake.record import NominationReceived
from services.intake.standing import STANDING
from services.intake.submission import SubmissionAnswered
from shared.application import Application
from shared.audit.recipes import Reassess, Reassessed, StateOf, Unjudged
from shared.contracts.intake import Finding
from shared.contracts.sealed import Sealed
from shared.contracts.submission import NominationSubmitted
from shared.messages import Actor, Event, Recorded
from shared.personal import Erased, Unopenable, Vault

ERASED = Unjudged("个人信息已依法删除，不能复判。")
WITHDRAWAL = Unjudged("是对撤回的答复，随撤回本身一并复判。")

REBUILT = (
    "（据开启的密封内容和受理记录还原；报文原文只留摘要，发送系统当时获授权的渠道"
    "和当时是否为演练未留记录，按现行登记和设置复判。）"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A nomination, and what was sent of it, as it was received and after each correction."""

    received: NominationReceived
    sent: Mapping[UUID, NominationSubmitted]


@dataclass(frozen=True, slots=True)
class Reassessing:
    """Judges answers and corrections again.

    Args:
        files: what was opened, by nomination; or why it was not.
        registry: who may send today.
        rehearsal: whether fictional numbers are accepted today.
    """

    files: Mapping[UUID, Kept | Unjudged]
    registry: Registry
    rehearsal: bool

    def __call__(self, one: Recorded, state: StateOf) -> Reassessed | Unjudged | None:
        """Today's event in the place of this one, None when it needs no seal to be opened."""
        event = one.event
        match event:
            case SubmissionAnswered(outcome="received" | "held", nomination_id=UUID() as whose):
                file = self.files.get(whose)
            case NominationCorrected(nomination_id=whose):
                file = self.files.get(whose)
            case _:
                return None
        if file is None or isinstance(file, Unjudged):
            return file
        if event.submission_id not in file.sent:
            return WITHDRAWAL
        findings = self._findings(one, event.submission_id, file, state)
        outcome, found = _outcome(event.submission_id, file, findings, state)
        return _beside(event, outcome, found)

    def _findings(self, one: Recorded, submission: UUID, file: Kept, state: StateOf) -> Findings:
        received = file.received
        campaign = state(CAMPAIGN, received.campaign_id)
        corrected = submission != received.submission_id
        runs = not isinstance(campaign, Unopened) if corrected else isinstance(campaign, Opened)
        return judge(
            file.sent[submission],
            self._publisher(received),
            campaign.configuration if runs else None,
            received.received_at,
            rehearsal=self.rehearsal,
            precedents=state(PRECEDENTS, received.campaign_id),
            mended_at=one.at if corrected else None,
        )

    def _publisher(self, received: NominationReceived) -> Publisher:
        """As it is registered today; one that is no more could use the channel that it used."""
        return self.registry.get(received.publisher) or Publisher(
            user=received.publisher, sources=frozenset(), channels=frozenset({received.channel})
        )


Outcome = Literal["received", "refused", "held"]


def _outcome(
    submission: UUID, file: Kept, findings: Findings, state: StateOf
) -> tuple[Outcome, tuple[Finding, ...]]:
    """What comes of the findings, by what was known of the person then (P7, P16, P19)."""
    received = file.received
    if findings.refuse:
        return "refused", findings.found
    if submission != received.submission_id:
        return "received", findings.found
    found = findings.found
    if received.standing is not None:
        campaign = state(CAMPAIGN, received.campaign_id)
        known = state(STANDING, received.standing)
        found, declined = with_standing(known, campaign.configuration, received.received_at, found)
        if declined:
            return "refused", found
    claim = state(CLAIM, received.claim)
    if isinstance(claim, Held) and received.nomination_id in claim.contenders:
        return "held", (*found, DUPLICATE)
    return "received", found


def _beside(
    event: SubmissionAnswered | NominationCorrected, outcome: Outcome, found: tuple[Finding, ...]
) -> Reassessed:
    update: dict[str, object] = {"findings": found}
    if isinstance(event, SubmissionAnswered):
        update |= {"outcome": outcome}
        if outcome == "refused":
            update |= {"nomination_id": None}
    today: Event = event.model_copy(update=update)
    rules = tuple(
        dict.fromkeys(
            one.rule for one in (*found, *event.findings) if not _in_both(one, event, found)
        )
    )
    new = _named(one for one in found if one not in event.findings)
    gone = _named(one for one in event.findings if one not in found)
    said = "；".join(
        part
        for part in (
            f"会指出{new}" if new else "",
            f"不再指出{gone}" if gone else "",
            "会拒绝受理" if outcome == "refused" else "",
        )
        if part
    )
    words = f"按今天的规则{said or '会作出不同的答复'}。{REBUILT}"
    same = today == event and outcome != "refused"
    return Reassessed(today, "、".join(rules) or event.rule, REBUILT if same else words, same)


def _in_both(
    one: Finding, event: SubmissionAnswered | NominationCorrected, found: Sequence[Finding]
) -> bool:
    return one in found and one in event.findings


def _named(findings: Iterable[Finding]) -> str:
    return "、".join(dict.fromkeys(f"{one.rule}“{one.message}”" for one in findings))


class Unsealing:
    """Opens what receptions rest on, for a stated purpose.

    Args:
        application: intake.
        vault: what sealed them.
        registry: who may send.
    """

    def __init__(self, application: Application, vault: Vault, registry: Registry) -> None:
        self._application = application
        self._vault = vault
        self._registry = registry

    def __call__(
        self, told: Sequence[Recorded], positions: frozenset[int], actor: Actor, purpose: str | None
    ) -> Reassess:
        """What judges the receptions and corrections at these positions again.

        Without a purpose nothing is opened; what was erased is known all the same.

        Raises:
            Refused: the actor may not open them, or not for this purpose; nothing was opened.
        """
        wanted = {
            whose
            for one in told
            if one.position in positions
            and isinstance(one.event, SubmissionAnswered | NominationCorrected)
            and (whose := one.event.nomination_id) is not None
        }
        files = {}
        for one in told:
            if isinstance(one.event, NominationReceived) and one.event.nomination_id in wanted:
                file = self._file(one.event, told, actor, purpose)
                if file is not None:
                    files[one.event.nomination_id] = file
        return Reassessing(files, self._registry, self._application.settings.rehearsal)

    def _file(
        self,
        received: NominationReceived,
        told: Sequence[Recorded],
        actor: Actor,
        purpose: str | None,
    ) -> Kept | Unjudged | None:
        nomination = received.nomination_id
        erasure = self._application.log.batch().state(ERASURE, nomination)
        if erasure.gone & set(PARTS):
            return ERASED
        if purpose is None:
            return None
        corrections = [
            one.event
            for one in told
            if isinstance(one.event, NominationCorrected) and one.event.nomination_id == nomination
        ]
        try:
            parts, _ = open_parts(self._application, self._vault, received, actor, purpose, PARTS)
            sent = {
                received.submission_id: rebuilt(
                    received, received.materials, {str(name): text for name, text in parts.items()}
                )
            }
            for one in corrections:
                boxes: dict[str, Sealed] = {part: getattr(one, part) for part in PARTS}
                opened = self._vault.open_all(boxes, nomination)
                sent[one.submission_id] = rebuilt(received, one.materials, opened)
        except Erased:
            return ERASED
        except Unopenable as fault:
            return Unjudged(f"{fault.message}，不能复判。")
        return Kept(received, sent)
