"""What every request of a web side can ask for."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from starlette.requests import HTTPConnection

from shared.application import Application
from shared.identity import Accounts, Issuer, Unauthenticated, Verifier
from shared.messages import Actor

COOKIE = "gongjiang_session"

Check = Callable[[], str | None]
"""Nothing when all is well, else what is wrong, in words."""

TITLES = {
    "intake": "受理与资格初审",
    "review": "评审与核查",
    "publicity": "公示与授予",
}


class ForeignForm(Exception):
    """A form that did not come from a page of ours, or from a session that has ended."""

    code = "foreign_form"
    message = "表单已失效，或并非来自本站页面，请刷新页面后重试"

    def __init__(self) -> None:
        super().__init__(self.message)


@dataclass(frozen=True)
class Web:
    """One web side. Without accounts of its own it believes tokens but gives none."""

    application: Application
    verifier: Verifier
    issuer: Issuer | None
    accounts: Accounts | None
    checks: Sequence[Check]

    @property
    def title(self) -> str:
        """The service as its pages call it."""
        return TITLES[self.application.settings.service]

    def visitor(self, request: HTTPConnection) -> Actor | None:
        """Who looks at a page, for its header; nobody may act by this."""
        try:
            return self.verifier.actor(request.cookies.get(COOKIE))
        except Unauthenticated:
            return None


def web_of(request: HTTPConnection) -> Web:
    """The web side that answers this request."""
    return cast("Web", request.app.state.web)


def form_proof(token: str | None) -> str:
    """What a form must send along: nobody can say it who does not hold the session's token."""
    return hmac.digest((token or "").encode(), b"gongjiang-form-v1", hashlib.sha256).hex()
