"""Who acts: tokens for programs, a session cookie for people, and proof that a form is ours."""

import hmac
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from shared.identity import VALID_FOR, Issuer, Unauthenticated, WrongCredentials
from shared.messages import Actor
from shared.web.context import COOKIE, ForeignForm, Web, form_proof, web_of
from shared.web.pages import Pages
from shared.web.problems import ProblemBody, problem_of

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PAGES = Pages()

bearer = HTTPBearer(auto_error=False, description="POST /token 签发的身份令牌")


async def current_actor(request: Request, _: Annotated[object, Depends(bearer)]) -> Actor:
    """Who acts, from the Bearer token or the session's cookie.

    Raises:
        Unauthenticated: nobody is known.
        ForeignForm: the cookie came along, but the form is not one of ours.
    """
    web = web_of(request)
    token = bearer_token(request)
    if token is not None:
        return web.verifier.actor(token)
    session = request.cookies.get(COOKIE)
    actor = web.verifier.actor(session)
    if request.method not in SAFE:
        ensure_same_origin(request)
        await ensure_own_form(request, session)
    return actor


CurrentActor = Annotated[Actor, Depends(current_actor)]


def bearer_token(request: Request) -> str | None:
    """The token that came with the request itself."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def own_token(request: Request, _: CurrentActor) -> str:
    """The token of whoever acts, for another service that is asked in the actor's name."""
    token = bearer_token(request)
    return request.cookies[COOKIE] if token is None else token


OwnToken = Annotated[str, Depends(own_token)]


def ensure_same_origin(request: Request) -> None:
    """Browsers say where a form stood.

    Raises:
        ForeignForm: on a page of another site.
    """
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise ForeignForm


async def ensure_own_form(request: Request, session: str | None) -> None:
    """The form (or the header `X-CSRF-Token`) carries the proof that belongs to the session.

    Raises:
        ForeignForm: it does not.
    """
    given: object = request.headers.get("x-csrf-token")
    if given is None and is_form(request):
        given = (await request.form()).get("csrf")
    if not isinstance(given, str) or not hmac.compare_digest(
        given.encode(), form_proof(session).encode()
    ):
        raise ForeignForm


def is_form(request: Request) -> bool:
    """Whether the body is that of an HTML form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    return kind in {"application/x-www-form-urlencoded", "multipart/form-data"}


class Credentials(BaseModel):
    """An account and its password."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=200)
    password: str = Field(max_length=1000)


class Token(BaseModel):
    """A signed actor token, valid for eight hours."""

    token: str


def login_router(issuer: Issuer) -> APIRouter:
    """`/token` for programs, `/login` and `/logout` for people."""
    router = APIRouter()

    @router.post(
        "/token",
        tags=["identity"],
        summary="以本地账号换取身份令牌",
        responses={401: {"model": ProblemBody}, 422: {"model": ProblemBody}},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    kind: {"schema": Credentials.model_json_schema()}
                    for kind in ("application/json", "application/x-www-form-urlencoded")
                },
            }
        },
    )
    async def token(request: Request) -> Token:
        if is_form(request):
            credentials = Credentials.model_validate(dict(await request.form()))
        else:
            credentials = Credentials.model_validate_json(await request.body())
        actor = await run_in_threadpool(
            authenticate, web_of(request), credentials.id, credentials.password
        )
        return Token(token=issuer.token(actor))

    @router.get("/login", include_in_schema=False)
    def login_page(request: Request, next: str = "/") -> Response:  # noqa: A002
        return PAGES.show(request, "login.html", next=own_path(next), id="", problem=None)

    @router.post("/login", include_in_schema=False)
    def login(
        request: Request,
        id: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=1000)] = "",
        next: Annotated[str, Form()] = "/",  # noqa: A002
    ) -> Response:
        ensure_same_origin(request)
        try:
            actor = authenticate(web_of(request), id, password)
        except Unauthenticated as unknown:
            problem = problem_of(unknown)
            return PAGES.show(
                request, "login.html", status=401, next=own_path(next), id=id, problem=problem
            )
        answer = RedirectResponse(own_path(next), status_code=303)
        remember(answer, web_of(request), issuer.token(actor))
        return answer

    @router.post("/logout", include_in_schema=False)
    def logout(request: Request, _: CurrentActor) -> Response:
        answer = RedirectResponse("/", status_code=303)
        remember(answer, web_of(request), "")
        return answer

    return router


def authenticate(web: Web, account: str, password: str) -> Actor:
    """Who this is, by the local accounts."""
    if web.accounts is None:
        raise WrongCredentials
    return web.accounts.authenticate(account, password)


def remember(answer: Response, web: Web, token: str) -> None:
    """Let the browser keep the token, or forget it."""
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(VALID_FOR.total_seconds()) if token else 0,
        httponly=True,
        samesite="strict",
        secure=not web.application.settings.rehearsal,
    )


def own_path(target: str) -> str:
    """The target if it is a path of this site, else the first page."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target[1:2] in {"/", "\\"}:
        return "/"
    return target
