"""The web side of publicity: the portal, its feeds, and the desk, each a router of its own."""

import re

from fastapi import APIRouter

from services.publicity import (
    desk,
    objection_desk,
    objection_status,
    objections_page,
    printed,
    site,
    subscriptions,
)
from shared.web.keeping import Kept

KEPT = Kept(
    view="portal",
    pages=re.compile(
        r"/|/notices|/notices/[0-9a-f-]{36}|/announcements/[a-z]+:[0-9a-f:-]{1,100}"
        r"|/campaigns/[0-9a-f-]{36}(/call)?|/honours(/[0-9]{4})?|/audit/"
    ),
    evidence=re.compile(r"/notices/|/audit/"),
)
"""The pages that are the same for everybody."""

router = APIRouter()
router.include_router(printed.router)
router.include_router(site.router)
router.include_router(subscriptions.router)
router.include_router(objections_page.router)
router.include_router(objection_status.router)
router.include_router(objection_desk.router)
router.include_router(desk.router)
