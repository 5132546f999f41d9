"""What intake hashes for review, so that a judge's declaration can be compared with ties (P10).

Only intake has the key. Whoever asks learns nothing but whether two things are the same.
"""

import logging
import traceback
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.intake.campaign import CAMPAIGN, Unopened
from services.intake.ties import NotComparable, tie
from shared.application import Application
from shared.identity import Unauthenticated, Verifier
from shared.messages import Actor, Refused
from shared.personal import Vault
from shared.recorder import PASSING

log = logging.getLogger(__name__)

MAY = frozenset({"office", "expert", "investigator"})
"""Whose ties are looked at, and who looks at them (P10)."""

MOST = 200
"""Things that one question may be about."""


class NotForYou(Refused):
    """Only those whom recusal concerns have something compared."""

    code = "not_entitled"
    rule = "P10"


class NotCompared(Exception):
    """A fault, without its own words: they may repeat what was to be compared."""


def fingerprints_for_another_service(
    application: Application,
    vault: Vault,
    verifier: Verifier,
    token: str,
    campaign_id: str,
    items: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """What intake answers to a service that asks with its reader's token.

    Args:
        application: intake.
        vault: has the key.
        verifier: believes the token.
        token: who asks.
        campaign_id: ties are comparable within it only.
        items: each `{"kind": "patent" | "honour" | "person", "parts": [text, …]}` (ties.py).

    Returns:
        `{"fingerprints": [UUID, …]}` in the same order; or why there are none, as an opening is
        answered (opening.py).

    Raises:
        NotCompared: a fault; it is logged by its kind and place alone.
    """
    try:
        actor = verifier.actor(token)
        ties = _ties(application, vault, actor, campaign_id, items)
        return {"fingerprints": [str(one) for one in ties]}
    except Unauthenticated as unknown:
        return {"unauthenticated": {"code": unknown.code, "message": unknown.message}}
    except Refused as refusal:
        return {"refused": refusal.as_dict()}
    except PASSING as fault:
        log.warning("a comparison has to wait: %s", type(fault).__name__)
        return {"unavailable": True}
    except Exception as fault:  # noqa: BLE001  (whatever it is, its words stay here)
        places = "".join(traceback.format_tb(fault.__traceback__))
        log.error("a comparison failed: %s\n%s", type(fault).__name__, places)  # noqa: TRY400
        raise NotCompared from None


def _ties(
    application: Application,
    vault: Vault,
    actor: Actor,
    campaign_id: str,
    items: Sequence[Mapping[str, Any]],
) -> list[UUID]:
    if not actor.roles & MAY:
        raise NotForYou("只有评审专家、办公室和核查人员可以比对回避事项。", field="by.roles")
    campaign = UUID(campaign_id)
    if isinstance(application.log.batch().state(CAMPAIGN, campaign), Unopened):
        raise NotComparable("没有这项评选活动。", field="campaign_id")
    if len(items) > MOST:
        raise NotComparable(f"一次至多比对{MOST}项。", field="items")
    return [
        tie(vault, campaign, str(item.get("kind")), tuple(map(str, item.get("parts", ()))))
        for item in items
    ]
