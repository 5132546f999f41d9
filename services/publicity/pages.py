"""The web side of publicity: the portal, its feeds, and the desk, each a router of its own."""

from fastapi import APIRouter

from services.publicity import desk, printed, site, subscriptions

router = APIRouter()
router.include_router(printed.router)
router.include_router(site.router)
router.include_router(subscriptions.router)
router.include_router(desk.router)
