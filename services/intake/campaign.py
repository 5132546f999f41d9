"""Campaign 评选活动: the notice that opens it and everything it decides beforehand (S2, S4, A8).

Its configuration may be amended as long as nothing was decided by it; the first pre-review freezes
it. What is changed after that needs an approval, and never what decided cases rest on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never, get_args
from uuid import UUID

from pydantic import AwareDatetime, Field

from services.intake.record import without_numbers
from services.intake.retention import (
    BeginRetention,
    EndRetention,
    ExpectTermOver,
    File,
    RetentionBegun,
    RetentionEnded,
    begun,
    ended,
    expect_over,
)
from shared.calendar import BEIJING
from shared.contracts.campaign import CampaignConfiguration
from shared.contracts.ids import campaign_id
from shared.contracts.lifts import with_practice
from shared.messages import SYSTEM, Command, Decider, Event, Refused

SETTLED = ("base_date", "required_years", "all_listed_areas", "honour", "readings")
"""What pre-reviews are decided by: frozen with the first of them, for everybody alike."""

# refusals


class TooEarly(Refused):
    """A campaign opens no earlier than its notice is dated."""

    code = "campaign_too_early"
    rule = "S4"


class AlreadyOpened(Refused):
    """What a campaign has decided is not changed by opening it again."""

    code = "campaign_already_opened"
    rule = "A8"


class Contradictory(Refused):
    """The configuration contradicts itself, or the notice."""

    code = "configuration_contradictory"

    def __init__(self, rule: str, field: str, message: str) -> None:
        super().__init__(message, field=f"configuration.{field}")
        self.rule = rule  # type: ignore[misc]


class NotRunning(Refused):
    """The campaign was not opened, or is closed."""

    code = "campaign_not_running"
    rule = "S39"


class Frozen(Refused):
    """Cases were decided by this configuration."""

    code = "configuration_frozen"
    rule = "A8"


class NoExtension(Refused):
    """A deadline is only ever moved to later."""

    code = "no_extension"
    rule = "S32"


# commands


class OpenCampaign(Command, name="open_campaign", may={"office"}, rule="S25"):
    """Open the campaign of a notice under the rules that it fixes."""

    configuration: CampaignConfiguration


class AmendCampaign(Command, name="amend_campaign", may={"office"}, rule="A8"):
    """Change the configuration, for a reason; once it is frozen, with an approval.

    The document number stays: it is the campaign's name.
    """

    configuration: CampaignConfiguration
    reason: str = Field(min_length=1, max_length=500)
    approval: str | None = Field(default=None, min_length=1, max_length=200)


class ExtendDeadline(Command, name="extend_deadline", may={"office"}, rule="S32"):
    """Take nominations for longer. The base date stays where it is (A2)."""

    deadline: AwareDatetime
    reason: str = Field(min_length=1, max_length=500)


class FreezeConfiguration(Command, name="freeze_configuration", may={SYSTEM}, rule="A8"):
    """A nomination was pre-reviewed by it."""

    campaign_id: UUID


class JudgePaper(Command, name="judge_paper", may={SYSTEM}, rule="S32"):
    """The desk received the paper of a nomination at this moment."""

    campaign_id: UUID
    nomination_id: UUID
    received_at: AwareDatetime


class CloseCampaign(Command, name="close_campaign", may={"office"}, rule="S25"):
    """Take in nothing any more."""

    reason: str = Field(min_length=1, max_length=500)


CampaignCommand = (
    OpenCampaign
    | AmendCampaign
    | ExtendDeadline
    | FreezeConfiguration
    | JudgePaper
    | CloseCampaign
    | BeginRetention
    | EndRetention
    | ExpectTermOver
)

# events


class CampaignOpened(Event, name="campaign_opened", label="开展评选活动", rule="S2", version=2):
    """Nominations are accepted."""

    campaign_id: UUID
    configuration: CampaignConfiguration


class CampaignAmended(Event, name="campaign_amended", label="调整评选规则", rule="A8", version=2):
    """From now on this configuration holds; `changed` names its fields that are new."""

    campaign_id: UUID
    configuration: CampaignConfiguration
    changed: tuple[str, ...]
    reason: str
    approval: str | None


class ConfigurationFrozen(Event, name="configuration_frozen", label="评选规则固定", rule="A8"):
    """The first nomination was pre-reviewed."""

    campaign_id: UUID


class LatePaperNoted(Event, name="late_paper_noted", label="纸质材料逾期", rule="S32"):
    """The paper of this nomination came after the deadline that held then."""

    campaign_id: UUID
    nomination_id: UUID
    received_at: AwareDatetime
    deadline: AwareDatetime


class CampaignClosed(Event, name="campaign_closed", label="评选活动结束", rule="S25"):
    """Nothing is taken in any more."""

    campaign_id: UUID
    reason: str


CampaignEvent = (
    CampaignOpened
    | CampaignAmended
    | ConfigurationFrozen
    | LatePaperNoted
    | CampaignClosed
    | RetentionBegun
    | RetentionEnded
)

# state


@dataclass(frozen=True, slots=True)
class Unopened:
    """Nobody opened it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """It runs under this configuration."""

    configuration: CampaignConfiguration
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """It ran under this configuration; its files are kept for these terms, some of them `over`."""

    configuration: CampaignConfiguration
    terms: RetentionBegun | None = None
    over: frozenset[File] = frozenset()


Situation = Unopened | Opened | Closed


def decide(command: CampaignCommand, state: Situation) -> Sequence[Event]:
    """What the office may do with a campaign; what it writes for that is published (P3)."""
    match command:
        case AmendCampaign() | ExtendDeadline() | CloseCampaign():
            without_numbers(command.reason, "reason")
        case _:
            pass
    match command:
        case OpenCampaign():
            return _open(command, state)
        case AmendCampaign():
            return _amend(command, _running(state))
        case ExtendDeadline():
            return _extend(command, _running(state))
        case FreezeConfiguration():
            unfrozen = isinstance(state, Opened) and not state.frozen
            return [ConfigurationFrozen(campaign_id=command.campaign_id)] if unfrozen else []
        case JudgePaper():
            return _judge_paper(command, state)
        case CloseCampaign():
            opened = _running(state)
            return [CampaignClosed(campaign_id=_id_of(opened), reason=command.reason)]
        case BeginRetention() | EndRetention() | ExpectTermOver():
            return _keep(command, state)
        case _:
            assert_never(command)


def _open(command: OpenCampaign, state: Situation) -> Sequence[Event]:
    configuration = command.configuration
    match state:
        case Unopened():
            _check(configuration)
        case Opened(known) if known == configuration:
            return []
        case Opened():
            raise AlreadyOpened("该评选活动已经开展，配置不同的不得重复开展；须另行调整评选规则。")
        case Closed():
            raise AlreadyOpened("该评选活动已经结束，不得重复开展。")
        case _:
            assert_never(state)
    if command.at.astimezone(BEIJING).date() < configuration.issued_on:
        raise TooEarly("评选活动不得早于通知的成文日期开展。", field="configuration.issued_on")
    return [
        CampaignOpened(
            campaign_id=campaign_id(configuration.document_number), configuration=configuration
        )
    ]


def _check(configuration: CampaignConfiguration) -> None:
    for rule, field, message in configuration.faults():
        raise Contradictory(rule, field, message)


def _running(state: Situation) -> Opened:
    match state:
        case Opened():
            return state
        case Unopened():
            raise NotRunning("该评选活动尚未开展。")
        case Closed():
            raise NotRunning("该评选活动已经结束，不得再作调整。")
        case _:
            assert_never(state)


def _amend(command: AmendCampaign, state: Opened) -> Sequence[Event]:
    before, after = state.configuration, command.configuration
    changed = tuple(
        name
        for name in CampaignConfiguration.model_fields
        if getattr(before, name) != getattr(after, name)
    )
    if not changed:
        return []
    if after.deadline < before.deadline:
        raise NoExtension("截止时间只能延后，不得提前。", field="configuration.deadline")
    without_numbers(command.approval or "", "approval")
    if state.frozen and (settled := [name for name in SETTLED if name in changed]):
        raise Frozen(
            "资格初审已经开始，审核所依据的条件不得再调整。", field=f"configuration.{settled[0]}"
        )
    if state.frozen and command.approval is None:
        raise Frozen("资格初审已经开始，调整评选规则须填写批准依据。", field="approval")
    _check(after)
    return [
        CampaignAmended(
            campaign_id=_id_of(state),
            configuration=after,
            changed=changed,
            reason=command.reason,
            approval=command.approval,
        )
    ]


def _extend(command: ExtendDeadline, state: Opened) -> Sequence[Event]:
    if command.deadline <= state.configuration.deadline:
        raise NoExtension("延期后的截止时间须晚于原截止时间。", field="deadline")
    configuration = state.configuration.model_copy(update={"deadline": command.deadline})
    return [
        CampaignAmended(
            campaign_id=_id_of(state),
            configuration=configuration,
            changed=("deadline",),
            reason=command.reason,
            approval=None,
        )
    ]


def _judge_paper(command: JudgePaper, state: Situation) -> Sequence[Event]:
    """S32 with A1: in time there is nothing to say."""
    if isinstance(state, Unopened) or command.received_at <= state.configuration.deadline:
        return []
    return [
        LatePaperNoted(
            campaign_id=command.campaign_id,
            nomination_id=command.nomination_id,
            received_at=command.received_at,
            deadline=state.configuration.deadline,
        )
    ]


def _keep(
    command: BeginRetention | EndRetention | ExpectTermOver, state: Situation
) -> Sequence[Event]:
    """P17: terms run from the end of the campaign."""
    closed = state if isinstance(state, Closed) else None
    match command:
        case BeginRetention():
            if closed is None:
                raise NotRunning("评选活动尚未结束，保存期限自活动结束之日起算。")
            archives = closed.configuration.archives
            return [] if closed.terms else [begun(_id_of(closed), command.at, archives)]
        case EndRetention():
            if closed is None or closed.terms is None:
                return []
            return ended(closed.terms, command.at, closed.over)
        case ExpectTermOver():
            expect_over(command, closed is not None, closed.terms if closed else None)
            return []
        case _:
            assert_never(command)


def _id_of(state: Opened | Closed) -> UUID:
    return campaign_id(state.configuration.document_number)


def evolve(state: Situation, event: CampaignEvent) -> Situation:
    """What is true after the event."""
    match event:
        case CampaignOpened():
            return Opened(event.configuration)
        case CampaignAmended():
            return Opened(event.configuration, frozen=isinstance(state, Opened) and state.frozen)
        case ConfigurationFrozen():
            return replace(state, frozen=True) if isinstance(state, Opened) else state
        case LatePaperNoted():
            return state
        case CampaignClosed():
            return Closed(state.configuration) if not isinstance(state, Unopened) else state
        case RetentionBegun():
            return replace(state, terms=event) if isinstance(state, Closed) else state
        case RetentionEnded(file=file):
            return replace(state, over=state.over | {file}) if isinstance(state, Closed) else state
        case _:
            assert_never(event)


def _key_of(command: CampaignCommand) -> UUID | None:
    match command:
        case OpenCampaign() | AmendCampaign():
            return campaign_id(command.configuration.document_number)
        case FreezeConfiguration() | JudgePaper() | ExpectTermOver():
            return command.campaign_id
        case _:
            return None


CAMPAIGN: Decider[Situation] = Decider(
    name="campaign",
    initial=Unopened(),
    decide=decide,
    evolve=evolve,
    commands=get_args(CampaignCommand),
    events=get_args(CampaignEvent),
    key_of=_key_of,
    upcasters={"campaign_opened.v1": with_practice, "campaign_amended.v1": with_practice},
)
