"""What stands around every answer: headers that bind the browser, faults in words, a measure."""

import logging
import time
import traceback
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from prometheus_client import Histogram
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.identity import Unauthenticated
from shared.web.context import COOKIE, web_of
from shared.web.pages import Pages
from shared.web.problems import BROKEN, Problem, problem_of

log = logging.getLogger(__name__)

ANSWERED = Histogram(
    "gongjiang_http_seconds", "Time to answer a request", ["method", "route", "status"]
)

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST"})

PAGES = Pages()

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

SECURE_ONLY = "max-age=31536000; includeSubDomains"


class Protection:
    """Wraps the whole web side."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, began, status = Request(scope, receive), time.perf_counter(), 0

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                protect(request, MutableHeaders(scope=message))
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as fault:  # noqa: BLE001  # the last place where it can become words
            report(request, fault)
            if status == 0:
                await answer_to(request, fault)(scope, receive, guarded)
        route = getattr(scope.get("route"), "path", "unknown")
        method = scope["method"] if scope["method"] in METHODS else "other"
        ANSWERED.labels(method, route, status).observe(time.perf_counter() - began)


def protect(request: Request, headers: MutableHeaders) -> None:
    """Set what a page does not set itself."""
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if request.url.scheme == "https":  # behind TLS alone (RFC 6797, 7.2)
        headers.setdefault("strict-transport-security", SECURE_ONLY)
    personal = COOKIE in request.cookies or "authorization" in request.headers
    if request.url.path.startswith("/static/"):
        headers.setdefault("cache-control", "public, max-age=86400")
    else:
        headers.setdefault("cache-control", "no-store" if personal else "no-cache")


def report(request: Request, fault: Exception) -> None:
    """Log where it happened, never its own words: they may hold personal values."""
    if problem_of(fault) is not BROKEN:
        log.warning("%s %s: %s", request.method, request.url.path, type(fault).__name__)
        return
    places = "".join(traceback.format_tb(fault.__traceback__))
    log.error("%s %s: %s\n%s", request.method, request.url.path, type(fault).__name__, places)


def answer_to(request: Request, fault: Exception) -> Response:
    """The fault as JSON for programs, as a page for people."""
    problem = problem_of(fault)
    if not wants_page(request):
        return JSONResponse(problem.body(), status_code=problem.status, headers=extra(problem))
    if isinstance(fault, Unauthenticated) and request.method == "GET" and can_log_in(request):
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(target)}", status_code=303)
    return PAGES.show(
        request, "problem.html", status=problem.status, headers=extra(problem), problem=problem
    )


def can_log_in(request: Request) -> bool:
    """Whether this web side has a page to log in."""
    return web_of(request).issuer is not None


def extra(problem: Problem) -> dict[str, str]:
    """The headers that belong to some answers."""
    return {401: {"www-authenticate": "Bearer"}, 503: {"retry-after": "5"}}.get(problem.status, {})


def wants_page(request: Request) -> bool:
    """Whether a person asks with a browser."""
    accepted = request.headers.get("accept", "")
    return "text/html" in accepted and not request.url.path.startswith("/api/")
