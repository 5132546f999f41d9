"""What an objection asks of the notices of its campaign (P4), in the transaction of the act.

Whether somebody was posted at all, whether the day of an objection lies within a window, and
whether who wants to know the reporter is of the nominee's unit: only the notices know.
"""

from datetime import date
from typing import assert_never
from uuid import UUID

from services.publicity.posted import Gathering, ObjectionAdmitted, Posting, Published, Situation
from shared.calendar import end_of_day, years_after
from shared.contracts.campaign import Archives
from shared.messages import SYSTEM, Command, Event, Refused

# what can be refused


class NotOnANotice(Refused):
    """An objection is made to somebody who is, or was, posted."""

    code = "not_on_a_notice"
    rule = "P4"


class OutsideTheWindow(Refused):
    """An objection is taken up if it came, or was postmarked, within the window."""

    code = "objection_outside_window"
    rule = "P4"


class WithinTheWindow(Refused):
    """An objection that came in time is not declined as late."""

    code = "objection_within_window"
    rule = "P4"


class OfTheNomineesUnit(Refused):
    """Who objects is told to nobody in the nominee's unit."""

    code = "of_the_nominees_unit"
    rule = "P4"


class TermRuns(Refused):
    """The file of a nomination is kept for its term, and with it who objected."""

    code = "retention_runs"
    rule = "P17"


# what may be asked


class ExpectPosted(Command, name="expect_posted", may={SYSTEM}, rule="P4"):
    """Somebody objects to this nomination: it must have been posted."""

    campaign_id: UUID
    nomination_id: UUID


class AdmitObjection(Command, name="admit_objection", may={SYSTEM}, rule="P4"):
    """An objection of this day is taken up: the day must lie within the window."""

    campaign_id: UUID
    nomination_id: UUID
    objection_id: UUID
    day: date


class ExpectLate(Command, name="expect_late", may={SYSTEM}, rule="P4"):
    """An objection of this day is declined as late: no window may hold the day."""

    campaign_id: UUID
    nomination_id: UUID
    day: date


class ExpectStranger(Command, name="expect_stranger", may={SYSTEM}, rule="P4"):
    """Somebody of this organisation wants to know who objects: it must not be the nominee's."""

    campaign_id: UUID
    nomination_id: UUID
    organisation: str


class ExpectTermOver(Command, name="expect_term_over", may={SYSTEM}, rule="P17"):
    """Who objected on this day is to be erased: the term of the file must be over."""

    campaign_id: UUID
    nomination_id: UUID
    day: date


Admission = ExpectPosted | AdmitObjection | ExpectLate | ExpectStranger | ExpectTermOver

# what is decided


def admit(command: Admission, state: Situation) -> list[Event]:
    """What comes of it: only what is admitted leaves a trace here.

    Raises:
        Refused: one of the refusals above; the act does not happen.
    """
    match command:
        case ExpectPosted():
            return _expect_posted(command, state)
        case AdmitObjection():
            return _admit(command, state)
        case ExpectLate():
            return _expect_late(command, state)
        case ExpectStranger():
            return _expect_stranger(command, state)
        case ExpectTermOver():
            return _expect_term_over(command, state)
        case _:
            assert_never(command)


def _expect_posted(command: ExpectPosted, state: Situation) -> list[Event]:
    if isinstance(state, Gathering) or state.latest(command.nomination_id) is None:
        raise NotOnANotice(
            "该人选未列入公示，不能按公示异议受理；有线索的，请向领导小组办公室反映。",
            field="nomination_id",
        )
    return []


def _admit(command: AdmitObjection, state: Situation) -> list[Event]:
    """P4: within the window of a notice on which the nomination was posted."""
    posting = _open_on(command.nomination_id, command.day, state)
    if posting is None:
        raise OutsideTheWindow("该异议不在公示期内提出，不予受理；请按逾期登记不予受理。")
    if isinstance(state, Published) and command.objection_id in state.objections:
        return []
    return [
        ObjectionAdmitted(
            campaign_id=command.campaign_id,
            notice_id=posting.notice_id,
            nomination_id=command.nomination_id,
            objection_id=command.objection_id,
        )
    ]


def _expect_late(command: ExpectLate, state: Situation) -> list[Event]:
    if _open_on(command.nomination_id, command.day, state) is not None:
        raise WithinTheWindow("该异议在公示期内提出，不属逾期，不得以此不予受理。", field="ground")
    return []


def _open_on(nomination_id: UUID, day: date, state: Situation) -> Posting | None:
    if isinstance(state, Gathering):
        return None
    listed = (one for one in reversed(state.postings) if one.listed_on(nomination_id, day))
    return next(listed, None)


def _expect_stranger(command: ExpectStranger, state: Situation) -> list[Event]:
    """P4: the reporter is sealed from the nominee's unit, the recommending one included."""
    postings = () if isinstance(state, Gathering) else state.postings
    entries = [one.entries.get(command.nomination_id) for one in postings]
    units = {unit for entry in entries if entry for unit in (entry.employer, entry.recommender)}
    if command.organisation in units:
        raise OfTheNomineesUnit("反映人信息对被反映人所在单位和推荐单位保密，您不得查看。")
    return []


def _expect_term_over(command: ExpectTermOver, state: Situation) -> list[Event]:
    """P17: as many years from the day of the objection as the campaign keeps nominations."""
    campaign = state.known.campaign
    years = (campaign.configuration.archives if campaign else Archives()).nomination_years
    last = years_after(command.day, years)
    if command.at < end_of_day(last):
        raise TermRuns(f"反映人信息随申报档案保存至{last}，自{end_of_day(last).date()}起方可删除。")
    return []
