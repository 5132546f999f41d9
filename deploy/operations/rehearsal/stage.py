"""The hands of a rehearsal: many commands side by side, messages in and receipts out, progress."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.operations.client import Client, NotAsExpected, eventually
from deploy.operations.nominate import Letter, Publisher
from deploy.operations.session import Session

T = TypeVar("T")

HANDS = 8
PATIENCE = 180.0
"""Seconds for everything that was asked to have been heard everywhere."""


def progress() -> Progress:
    """A bar for each step, on standard error."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


@dataclass
class Stage:
    """A running system, as the people and systems outside reach it."""

    session: Session
    bars: Progress
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.session.client()

    def close(self) -> None:
        """Give the connections back."""
        self.client.close()

    def set_clock(self, moment: str) -> None:
        """Set the rehearsal clock of all services."""
        for service in self.session.addresses:
            self.client.post(service, "/clock", "operator", {"at": moment})

    def each(self, what: str, items: Iterable[T], act: Callable[[T], object]) -> None:
        """Do this for every item, several at a time, and show how far it is.

        Raises:
            NotAsExpected: the first that went wrong.
        """
        if not (todo := list(items)):
            return
        bar = self.bars.add_task(what, total=len(todo))
        with ThreadPoolExecutor(HANDS) as hands:
            for _ in hands.map(act, todo):
                self.bars.advance(bar)

    def soon(
        self, service: str, aggregate: str, key: str, command: str, account: str, **fields: Any
    ) -> Any:
        """Give a command, again until what it depends on was heard there."""
        return eventually(
            lambda: self.client.command(service, aggregate, key, command, account, **fields),
            bool,
            f"{command} of {aggregate} {key}",
            PATIENCE,
        )

    def publish(self, what: str, events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Publish these CloudEvents, each as the system that it names, and take the receipts."""
        bar = self.bars.add_task(what, total=len(events))
        with self._publishers() as publisher_for:
            letters = [letter_of(event, self.session.sources) for event in events]
            for letter in letters:
                publisher_for(letter.user).publish(letter)
            receipts = []
            for letter in letters:
                receipts.append(publisher_for(letter.user).receipt(letter, PATIENCE))
                self.bars.advance(bar)
            return receipts

    @contextmanager
    def _publishers(self) -> Iterator[Callable[[str], Publisher]]:
        with ExitStack() as stack:
            known: dict[str, Publisher] = {}

            def publisher_for(user: str) -> Publisher:
                if user not in known:
                    made = Publisher(self.session.amqp_urls[user], user)
                    known[user] = stack.enter_context(closing(made))
                return known[user]

            yield publisher_for

    def until(self, what: str, ask: Callable[[], T], holds: Callable[[T], bool]) -> T:
        """Wait until the answer is as it must be."""
        return eventually(ask, holds, what, PATIENCE)


def letter_of(event: Mapping[str, Any], users: Mapping[str, str]) -> Letter:
    """A CloudEvent as it is published."""
    body = json.dumps(event, ensure_ascii=False).encode()
    source = str(event["source"])
    if source not in users:
        raise NotAsExpected(f"nobody is registered for {source}")
    return Letter(users[source], source, str(event["id"]), body)
