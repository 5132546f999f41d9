"""The blocks of the form 推荐表, each filled by what happened and by nothing else."""

from datetime import date, datetime

from services.intake import milestones
from services.intake.form_paper import ERASED, Filled, filled
from shared.contracts.opened import Parts
from shared.messages import Event, LeafRef, Recorded
from tests.actors import OFFICE
from tests.intake.stories import IDS, NOMINATION_ID, NOTICE_ID, OBJECTION_ID, received, source

OFFICE_NAME, GROUP = "测试领导小组办公室", "测试领导小组"
AT = datetime.fromisoformat("2019-12-30T09:00:00+08:00")

POSTED = milestones.NominationPosted(
    **IDS,
    source=source("posted"),
    notice_id=NOTICE_ID,
    opens_on=date(2019, 12, 23),
    closes_on=date(2019, 12, 27),
)
ENDED = milestones.NoticeEnded(**IDS, source=source("ended"), notice_id=NOTICE_ID)
ACCEPTED = milestones.ObjectionAccepted(
    **IDS, source=source("accepted"), objection_id=OBJECTION_ID, investigate_by=date(2020, 1, 20)
)
CLOSED = milestones.ObjectionClosed(
    **IDS, source=source("closed"), objection_id=OBJECTION_ID, outcome="unfounded"
)


def form(*events: Event) -> Filled:
    """The form after these, of somebody whose data is erased."""
    stream = [
        Recorded(
            event=event,
            stream=NOMINATION_ID,
            version=place,
            position=place,
            at=AT,
            by=OFFICE,
            recorded_at=AT,
            correlation=NOMINATION_ID,
            causation="test",
            leaf=LeafRef(index=place - 1, hash=bytes(32)),
        )
        for place, event in enumerate([received(), *events], start=1)
    ]
    return filled(stream, Parts(), OFFICE_NAME, GROUP)


def test_what_is_erased_says_so_and_what_the_office_did_stays() -> None:
    """P17"""
    empty = form()
    personal = (empty.name, empty.id_number, empty.mobile, empty.employer, empty.achievements)
    assert set(personal) == {ERASED}
    assert empty.opinion.body == "虚构石化示例有限公司"
    assert (empty.pre_review, empty.approval, empty.posting) == (None, None, None)


def test_the_approval_is_that_of_the_leading_group() -> None:
    """S70"""
    approved = milestones.NominationApproved(
        **IDS, source=source("approved"), approved=True, yes=6, no=1, abstained=0, digest="ab" * 32
    )
    block = form(approved).approval
    assert block is not None
    assert (block.body, block.on) == (GROUP, AT.date())
    assert "同意列为授予人选。赞成6票，反对1票，弃权0票。" in block.text


def test_the_public_notice_is_told_when_its_window_has_closed() -> None:
    """S71"""
    assert form(POSTED).posting is None
    block = form(POSTED, ENDED).posting
    assert block is not None
    assert block.text == "公示期2019年12月23日至2019年12月27日，无异议。"


def test_an_extension_and_an_objection_are_told_with_what_became_of_it() -> None:
    """S71, P6"""
    extended = milestones.NoticeExtended(
        **IDS, source=source("extended"), notice_id=NOTICE_ID, closes_on=date(2019, 12, 30)
    )
    block = form(POSTED, extended, ACCEPTED, ENDED, CLOSED).posting
    assert block is not None
    assert block.text == "公示期2019年12月23日至2019年12月30日，有异议1件，处理结果：不属实1件。"
