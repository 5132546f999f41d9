"""What the world is told of the feeds: which item came, reads differently, or was taken down. Pure.

Beside what `telling.py` tells: one event may change several items. The messages hold ids alone;
texts are in the feeds, so that no name travels (P3) and none has to be called back (S43).
"""

from collections.abc import Sequence
from uuid import UUID

from services.publicity import item_ids, posted, revoking, title
from services.publicity.item_ids import urn
from shared.contracts.base import Published
from shared.contracts.publicity import (
    Kind,
    PortalItemChanged,
    PortalItemPublished,
    PortalItemWithdrawn,
)
from shared.messages import Recorded


def news(recorded: Recorded) -> Sequence[Published]:
    """What is told of an event, in the order in which a reader should take it."""
    match recorded.event:
        case posted.NoticePublished() as event:
            return [_came(event.campaign_id, item_ids.of_notice(event.notice_id), "公示")]
        case posted.NoticeRepublished() as event:
            earlier = item_ids.of_notice(event.earlier)
            return [
                _came(event.campaign_id, item_ids.of_notice(event.notice_id), "公示", earlier),
                _changed(event.campaign_id, earlier, "公示"),
            ]
        case posted.NoticeExtended() as event:
            item = item_ids.of_extension(event.notice_id, event.closes_on)
            return _about_notice(event.campaign_id, event.notice_id, item, "更正")
        case posted.NoticeEntryWithdrawn() as event:
            item = item_ids.of_withdrawal(event.notice_id, event.nomination_id)
            notice = item_ids.of_notice(event.notice_id)
            return [
                _changed(event.campaign_id, notice, "公示"),
                _came(event.campaign_id, item, "取消"),
            ]
        case posted.NoticeEntryRemoved() as event:
            item = item_ids.of_removal(event.notice_id, event.nomination_id)
            return _about_notice(event.campaign_id, event.notice_id, item, "更正")
        case posted.NoticeClosed() as event:
            item = item_ids.of_result(event.notice_id)
            return _about_notice(event.campaign_id, event.notice_id, item, "结果")
        case title.TitleConferred() as event:
            item = item_ids.of_decision(event.campaign_id, event.decision_number)
            return [_came(event.campaign_id, item, "决定")]
        case revoking.TitleRevoked() as event:
            item = item_ids.of_revocation(event.nomination_id)
            return [_came(event.campaign_id, item, "撤销")]
        case revoking.RevocationCorrected() as event:
            revocation = item_ids.of_revocation(event.nomination_id)
            correction = item_ids.of_correction(event.nomination_id)
            return [
                PortalItemWithdrawn(
                    campaign_id=event.campaign_id, item_id=urn(revocation), type="撤销"
                ),
                _came(event.campaign_id, correction, "更正", revocation),
            ]
        case _:
            return []


def _about_notice(campaign_id: UUID, notice_id: UUID, item: str, kind: Kind) -> Sequence[Published]:
    """The notice itself first: it may name somebody no more."""
    notice = item_ids.of_notice(notice_id)
    return [_changed(campaign_id, notice, "公示"), _came(campaign_id, item, kind, notice)]


def _came(
    campaign_id: UUID, item: str, kind: Kind, supersedes: str | None = None
) -> PortalItemPublished:
    return PortalItemPublished(
        campaign_id=campaign_id,
        item_id=urn(item),
        type=kind,
        supersedes=None if supersedes is None else urn(supersedes),
    )


def _changed(campaign_id: UUID, item: str, kind: Kind) -> PortalItemChanged:
    return PortalItemChanged(campaign_id=campaign_id, item_id=urn(item), type=kind)
