"""The web side of a service: its own routers and what the three share."""

from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from shared.application import Application, UnknownCommand
from shared.identity import Accounts, Issuer, Unauthenticated, Verifier
from shared.messages import Refused
from shared.personal import Erased, Unopenable
from shared.settings import Settings
from shared.web import acts, cases, choosing, health
from shared.web.commands import command_router
from shared.web.context import TITLES, Check, ForeignForm, Web
from shared.web.keeping import Keeping, Kept
from shared.web.login import login_router
from shared.web.pages import STATIC
from shared.web.protection import Protection, answer_to

EXPECTED = (
    Refused,
    Unauthenticated,
    ForeignForm,
    UnknownCommand,
    Erased,
    Unopenable,
    ValidationError,
    RequestValidationError,
    HTTPException,
)


def create_app(
    application: Application,
    *routers: APIRouter,
    checks: Sequence[Check] = (),
    kept: Kept | None = None,
) -> FastAPI:
    """The web side of a service.

    Tokens are believed by `identity-public.pem` in the folder of secrets. Where the settings name
    a file of accounts, `identity-private.pem` signs tokens for them.

    Args:
        application: the service; whoever made it closes it.
        routers: its own pages and JSON.
        checks: what `/health` asks beside the database.
        kept: the pages that are made once for all readers.

    Raises:
        UnusableAccounts: the accounts may not be used in this profile.
    """
    settings = application.settings
    web = Web(
        application=application,
        verifier=Verifier((settings.secrets / "identity-public.pem").read_bytes()),
        issuer=issuer_of(settings),
        accounts=accounts_of(settings.accounts, rehearsal=settings.rehearsal),
        checks=checks,
    )
    app = FastAPI(
        title=f"港区工匠评选：{TITLES[settings.service]}",
        version="1",
        docs_url=None,
        redoc_url=None,
    )
    app.state.web = web
    app.add_middleware(Protection)
    if kept is not None:
        app.add_middleware(Keeping, kept=kept, settings=settings)
    for kind in EXPECTED:
        app.add_exception_handler(kind, in_words)
    if web.issuer is not None:
        app.include_router(login_router(web.issuer))
    app.include_router(choosing.router)
    app.include_router(health.router)
    for router in routers:
        app.include_router(router)
    app.include_router(cases.router)
    app.include_router(acts.router)
    app.include_router(command_router(application.plan))
    app.mount("/static", StaticFiles(directory=STATIC))
    return app


def issuer_of(settings: Settings) -> Issuer | None:
    """Who signs tokens here, if local accounts are in use."""
    if settings.accounts is None:
        return None
    return Issuer((settings.secrets / "identity-private.pem").read_bytes())


def accounts_of(file: Path | None, *, rehearsal: bool) -> Accounts | None:
    """The local accounts, if they are in use."""
    return None if file is None else Accounts.read(file, rehearsal=rehearsal)


def in_words(request: Request, fault: Exception) -> Response:
    """What is foreseen to go wrong."""
    return answer_to(request, fault)
