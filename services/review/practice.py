"""Practice 工作规则 of a campaign: whom review asks about nominees, and by when (P5, P8, P9).

It knows what the campaign fixed for the vetting and for investigations, and turns it into orders
for those who keep the single vetting or investigation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never
from uuid import UUID

from shared.calendar import term
from shared.contracts.campaign import CampaignConfiguration, Objections, Vetting
from shared.messages import SYSTEM, Command, Decider, Event

# commands


class PreparePractice(Command, name="prepare_practice", may={SYSTEM}, rule="P8"):
    """The campaign was opened, or amended, with these rules."""

    campaign_id: UUID
    configuration: CampaignConfiguration


class OrderVetting(Command, name="order_vetting", may={SYSTEM}, rule="P8"):
    """These nominations lie before the leading group."""

    campaign_id: UUID
    nominations: tuple[UUID, ...]


class TimeInvestigation(Command, name="time_investigation", may={SYSTEM}, rule="P5"):
    """An investigation was opened."""

    campaign_id: UUID
    investigation_id: UUID


PracticeCommand = PreparePractice | OrderVetting | TimeInvestigation

# events


class PracticePrepared(Event, name="practice_prepared", label="确定联审和核查办法", rule="P8"):
    """What the campaign fixed."""

    campaign_id: UUID
    vetting: Vetting
    objections: Objections


class VettingOrdered(Event, name="vetting_ordered", label="启动联审", rule="P8"):
    """These nominations are to be vetted by these rules."""

    campaign_id: UUID
    nominations: tuple[UUID, ...]
    vetting: Vetting


class InvestigationTimed(Event, name="investigation_timed", label="核定核查期限", rule="P5"):
    """Until when this investigation is to be concluded."""

    campaign_id: UUID
    investigation_id: UUID
    due_on: date
    calendar: str
    extension_days: int


PracticeEvent = PracticePrepared | VettingOrdered | InvestigationTimed

# state


@dataclass(frozen=True, slots=True)
class Unknown:
    """The campaign is not known."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the campaign fixed, and whose vetting was ordered."""

    vetting: Vetting
    objections: Objections
    ordered: frozenset[UUID] = frozenset()


State = Unknown | Known

# decide


def decide(command: PracticeCommand, state: State) -> Sequence[Event]:
    """What comes of a command.

    Raises:
        YearNotCovered: a term needs a day of a year whose holidays are not known.
    """
    match command:
        case PreparePractice():
            return _prepare(command, state)
        case OrderVetting():
            return _order(command, state)
        case TimeInvestigation():
            return _time(command, state)
        case _:
            assert_never(command)


def _prepare(command: PreparePractice, state: State) -> list[Event]:
    vetting, objections = command.configuration.vetting, command.configuration.objections
    if isinstance(state, Known) and (state.vetting, state.objections) == (vetting, objections):
        return []
    return [
        PracticePrepared(campaign_id=command.campaign_id, vetting=vetting, objections=objections)
    ]


def _order(command: OrderVetting, state: State) -> list[Event]:
    """P8: everybody on a list once; where no department is named nobody is asked."""
    if isinstance(state, Unknown) or not state.vetting.authorities:
        return []
    new = tuple(one for one in command.nominations if one not in state.ordered)
    if not new:
        return []
    return [VettingOrdered(campaign_id=command.campaign_id, nominations=new, vetting=state.vetting)]


def _time(command: TimeInvestigation, state: State) -> list[Event]:
    """P5: counted from the working day after the opening."""
    if isinstance(state, Unknown):
        return []
    window = term(command.at, state.objections.investigation_days)
    return [
        InvestigationTimed(
            campaign_id=command.campaign_id,
            investigation_id=command.investigation_id,
            due_on=window.closes_on,
            calendar=window.calendar,
            extension_days=state.objections.extension_days,
        )
    ]


# evolve


def evolve(state: State, event: PracticeEvent) -> State:
    """The practice after the event."""
    match event:
        case PracticePrepared():
            ordered = state.ordered if isinstance(state, Known) else frozenset()
            return Known(event.vetting, event.objections, ordered)
        case VettingOrdered():
            if isinstance(state, Unknown):
                return state
            return replace(state, ordered=state.ordered | frozenset(event.nominations))
        case InvestigationTimed():
            return state
        case _:
            assert_never(event)


PRACTICE: Decider[State] = Decider(
    name="practice",
    initial=Unknown(),
    decide=decide,
    evolve=evolve,
    commands=(PreparePractice, OrderVetting, TimeInvestigation),
    events=(PracticePrepared, VettingOrdered, InvestigationTimed),
    of="campaign",
)
