"""What each service answers over nameko RPC, whoever it is."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

from eventlet import Timeout
from kombu.exceptions import OperationalError
from nameko.exceptions import RemoteError, RpcTimeout, UnknownService
from nameko.rpc import ServiceProxy, rpc

from shared.application import Application
from shared.following import Following
from shared.identity import Verifier
from shared.letters import Letter
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
            `{"position", "events"}`, or `{"refused": {"code", "rule", "field", "message"}}`.
        """
        actor = self.verifier.actor(token)
        try:
            answer = self.application.ask(aggregate, UUID(key), command, body, actor)
        except Refused as refusal:
            return {"refused": refusal.as_dict()}
        return {"position": answer.position, "events": list(answer.events)}

    @rpc
    def log_since(self, partition: int, after: int, limit: int) -> list[dict[str, Any]]:
        """The letters of one partition after a position: how a follower repairs a gap."""
        letters = letters_after(self.application, partition, after, limit)
        return [letter.as_dict() for letter in letters]

    @cached_property
    def verifier(self) -> Verifier:
        """Checks the tokens of those who ask."""
        key = self.application.settings.secrets / "identity-public.pem"
        return Verifier(key.read_bytes())

    def hear(self, upstream: ServiceProxy, letters: Sequence[Letter]) -> None:
        """Follow another service; what is missing is asked of it."""
        Following(self.application, upstream.service_name, fetch_from(upstream)).take(letters)


def fetch_from(upstream: ServiceProxy) -> Callable[[int, int, int], list[Letter]]:
    """Asks an upstream service for letters.

    Raises (the function that is returned):
        OSError: it does not answer now.
    """

    def fetch(partition: int, after: int, limit: int) -> list[Letter]:
        try:
            with Timeout(FETCH_SECONDS, RpcTimeout):
                answer = upstream.log_since(partition, after, limit)
        except (RpcTimeout, UnknownService, RemoteError, OperationalError) as fault:
            raise OSError(f"{upstream.service_name} does not answer: {fault}") from fault
        return [Letter.of(fields) for fields in answer]

    return fetch
