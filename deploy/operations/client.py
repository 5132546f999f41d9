"""Speaks to the three services over HTTP, as one of the local accounts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import IO, Any, TypeVar

import httpx

T = TypeVar("T")

REHEARSAL_PASSWORD = "rehearsal-only"  # noqa: S105  (public: accepted in rehearsals only)


SECONDS = 30.0
"""To wait for an answer."""


class NotAsExpected(Exception):
    """A service answered otherwise than it had to, or not in time."""


@dataclass
class Client:
    """A client of the system whose web sides answer at these addresses.

    Args:
        addresses: service name to base URL.
        password: of the accounts.
    """

    addresses: Mapping[str, str]
    password: str = REHEARSAL_PASSWORD
    _tokens: dict[str, str] = field(default_factory=dict)
    _http: httpx.Client = field(
        default_factory=lambda: httpx.Client(timeout=SECONDS, trust_env=False)
    )

    def token(self, account: str) -> str:
        """A signed token of this account, asked for once."""
        if account not in self._tokens:
            answer = self._http.post(
                f"{self.addresses['intake']}/token",
                json={"id": account, "password": self.password},
            )
            self._tokens[account] = self._body(answer)["token"]
        return self._tokens[account]

    def get(self, service: str, path: str, account: str | None = None) -> Any:
        """What a service answers to a question; a page comes as text.

        Raises:
            NotAsExpected: it did not answer with success.
        """
        answer = self._http.get(f"{self.addresses[service]}{path}", headers=self._headers(account))
        return self._body(answer)

    def post(self, service: str, path: str, account: str, body: Mapping[str, Any]) -> Any:
        """Ask a service to do something, as this account.

        Raises:
            NotAsExpected: it refused, or failed.
        """
        answer = self._http.post(
            f"{self.addresses[service]}{path}", headers=self._headers(account), json=body
        )
        return self._body(answer)

    def download(
        self,
        service: str,
        path: str,
        account: str,
        body: Mapping[str, Any],
        file: IO[bytes],
        seconds: float,
    ) -> None:
        """Ask for a file, as this account, and write it here piece by piece.

        Args:
            seconds: to wait for the next piece.

        Raises:
            NotAsExpected: the service refused, or failed.
        """
        with self._http.stream(
            "POST",
            f"{self.addresses[service]}{path}",
            headers=self._headers(account),
            json=body,
            timeout=httpx.Timeout(SECONDS, read=seconds),
        ) as answer:
            if not answer.is_success:
                answer.read()
                self._body(answer)
            for piece in answer.iter_bytes():
                file.write(piece)

    def command(
        self, service: str, aggregate: str, key: str, command: str, account: str, **fields: Any
    ) -> Any:
        """Give a command to an aggregate, as this account."""
        return self.post(service, f"/api/{aggregate}/{key}/{command}", account, fields)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _headers(self, account: str | None) -> dict[str, str]:
        return {} if account is None else {"Authorization": f"Bearer {self.token(account)}"}

    @staticmethod
    def _body(answer: httpx.Response) -> Any:
        if not answer.is_success:
            raise NotAsExpected(
                f"{_said(answer)}（{answer.request.method} {answer.request.url.path}:"
                f" {answer.status_code}）"
            )
        is_json = answer.headers.get("content-type", "").partition(";")[0].endswith("json")
        return answer.json() if is_json else answer.text


def _said(answer: httpx.Response) -> str:
    """Why a service refused: its own sentence with its code and rule, else what it answered."""
    try:
        said = answer.json()
        named = "，".join(filter(None, (said["code"], said["rule"])))
        return f"{said['message']} [{named}]"
    except (ValueError, TypeError, LookupError):
        return answer.text[:500]


def eventually(
    ask: Callable[[], T], holds: Callable[[T], bool], what: str, seconds: float = 90
) -> T:
    """Ask again until the answer is as it must be.

    Raises:
        NotAsExpected: it was not within `seconds`.
    """
    end = monotonic() + seconds
    while True:
        try:
            answer = ask()
        except (httpx.TransportError, NotAsExpected) as fault:
            if monotonic() > end:
                raise NotAsExpected(f"{what}: {fault}") from fault
        else:
            if holds(answer):
                return answer
            if monotonic() > end:
                raise NotAsExpected(f"{what}: {str(answer)[:500]}")
        sleep(0.02)
