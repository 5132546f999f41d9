"""What the items of the feeds are called: names made of ids that the log already has. Pure."""

from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

OURS = "urn:gongjiang:publicity:"


def urn(item_id: str) -> str:
    """What other portals know an item by: a UUID (RFC 9562) that comes of its name alone."""
    return uuid5(NAMESPACE_URL, item_id).urn


def of_notice(notice_id: UUID) -> str:
    """公示."""
    return f"{OURS}notice:{notice_id}"


def of_extension(notice_id: UUID, closes_on: date) -> str:
    """更正: the window is longer."""
    return f"{OURS}extension:{notice_id}:{closes_on}"


def of_withdrawal(notice_id: UUID, nomination_id: UUID) -> str:
    """取消: off the notice for fraud (S43)."""
    return f"{OURS}withdrawal:{notice_id}:{nomination_id}"


def of_removal(notice_id: UUID, nomination_id: UUID) -> str:
    """更正: off the notice without fraud (P6)."""
    return f"{OURS}removal:{notice_id}:{nomination_id}"


def of_result(notice_id: UUID) -> str:
    """结果."""
    return f"{OURS}result:{notice_id}"


def of_decision(campaign_id: UUID, decision_number: str) -> str:
    """决定: one for all whom it names (P14)."""
    return f"{OURS}decision:{uuid5(campaign_id, decision_number)}"


def of_revocation(nomination_id: UUID) -> str:
    """撤销."""
    return f"{OURS}revocation:{nomination_id}"


def of_correction(nomination_id: UUID) -> str:
    """更正: the revocation was put right (P15)."""
    return f"{OURS}correction:{nomination_id}"
