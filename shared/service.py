"""What each service answers over nameko RPC, whoever it is."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from eventlet import Timeout
from kombu.exceptions import OperationalError
from nameko.exceptions import RemoteError, RpcTimeout, UnknownService
from nameko.rpc import ServiceProxy
from pydantic import ValidationError

from shared.answering import rpc
from shared.application import Application, UnknownCommand
from shared.following import Fetch, Following
from shared.identity import Unauthenticated, Verifier
from shared.letters import Fetched, Letter
from shared.messages import Refused
from shared.relay import letters_after
from shared.runtime import Runtime

FETCH_SECONDS = 10
"""nameko's own calls wait for ever: an upstream that hangs must not hold a follower."""


class Service:
    """The base of the three nameko services."""

    application: Application = Runtime()

    @rpc
    def execute(
        self, token: str, aggregate: str, key: str, command: str, body: dict[str, Any]
    ) -> dict[str, Any]:
        """Ask an aggregate something, as the actor of a signed token.

        Returns:
            `{"position", "events"}`; `{"refused": {"code", "rule", "field", "message"}}` when a
            rule says no; `{"invalid": [field, …]}` when the request does not have the command's
            fields; `{"unauthenticated": {"code", "message"}}`. Nothing repeats what was sent.
        """
        try:
            actor = self.verifier.actor(token)
            answer = self.application.ask(aggregate, UUID(key), command, body, actor)
        except Unauthenticated as unknown:
            return {"unauthenticated": {"code": unknown.code, "message": unknown.message}}
        except Refused as refusal:
            return {"refused": refusal.as_dict()}
        except ValidationError as fault:
            return {"invalid": [".".join(map(str, error["loc"])) for error in fault.errors()]}
        except (UnknownCommand, ValueError):
            return {"invalid": ["command"]}
        return {"position": answer.position, "events": list(answer.events)}

    @rpc
    def log_since(self, partition: int, after: int, limit: int) -> dict[str, Any]:
        """The letters of one partition after a position: how a follower repairs a gap."""
        fetched = letters_after(self.application, partition, after, limit)
        return {
            "letters": [letter.as_dict() for letter in fetched.letters],
            "scanned": fetched.scanned,
        }

    @cached_property
    def verifier(self) -> Verifier:
        """Checks the tokens of those who ask."""
        key = self.application.settings.secrets / "identity-public.pem"
        return Verifier(key.read_bytes())

    def hear(self, upstream: ServiceProxy, letters: Sequence[Letter]) -> None:
        """Follow another service; what is missing is asked of it."""
        Following(self.application, upstream.service_name, fetch_from(upstream)).take(letters)


def fetch_from(upstream: ServiceProxy) -> Fetch:
    """Asks an upstream service for letters.

    Raises (the function that is returned):
        OSError: it does not answer now.
    """

    def fetch(partition: int, after: int, limit: int) -> Fetched:
        try:
            with Timeout(FETCH_SECONDS, RpcTimeout):
                answer = upstream.log_since(partition, after, limit)
        except (RpcTimeout, UnknownService, RemoteError, OperationalError) as fault:
            raise OSError(f"{upstream.service_name} does not answer: {fault}") from fault
        return Fetched([Letter.of(fields) for fields in answer["letters"]], answer["scanned"])

    return fetch
