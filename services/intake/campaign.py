"""Campaign 评选活动: the notice that opens it and everything it decides beforehand (S2, S4, A8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from shared.calendar import BEIJING
from shared.contracts.campaign import CampaignConfiguration
from shared.contracts.ids import campaign_id
from shared.messages import Command, Decider, Event, Refused

# refusals


class TooEarly(Refused):
    """A campaign opens no earlier than its notice is dated."""

    code = "campaign_too_early"
    rule = "S4"


class AlreadyOpened(Refused):
    """What a campaign has decided is not changed by opening it again."""

    code = "campaign_already_opened"
    rule = "A8"


# commands


class OpenCampaign(Command, name="open_campaign", may={"office"}, rule="S25"):
    """Open the campaign of a notice under the rules that it fixes."""

    configuration: CampaignConfiguration


# events


class CampaignOpened(Event, name="campaign_opened", label="开展评选活动", rule="S2"):
    """Nominations are accepted."""

    campaign_id: UUID
    configuration: CampaignConfiguration


# state


@dataclass(frozen=True, slots=True)
class Unopened:
    """Nobody opened it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """It runs under this configuration."""

    configuration: CampaignConfiguration


Situation = Unopened | Opened


def decide(command: OpenCampaign, state: Situation) -> Sequence[Event]:
    """What the office may do with a campaign."""
    match state:
        case Unopened():
            return _open(command)
        case Opened(configuration) if configuration == command.configuration:
            return []
        case Opened():
            raise AlreadyOpened("该评选活动已经开展，配置不同的不得重复开展。")
        case _:
            assert_never(state)


def _open(command: OpenCampaign) -> Sequence[Event]:
    configuration = command.configuration
    if command.at.astimezone(BEIJING).date() < configuration.issued_on:
        raise TooEarly("评选活动不得早于通知的成文日期开展。", field="configuration.issued_on")
    return [
        CampaignOpened(
            campaign_id=campaign_id(configuration.document_number), configuration=configuration
        )
    ]


def evolve(_: Situation, event: CampaignOpened) -> Situation:
    """What is true after the event."""
    return Opened(event.configuration)


CAMPAIGN: Decider[Situation] = Decider(
    name="campaign",
    initial=Unopened(),
    decide=decide,
    evolve=evolve,
    commands=(OpenCampaign,),
    events=(CampaignOpened,),
    key_of=lambda command: campaign_id(command.configuration.document_number),
)
