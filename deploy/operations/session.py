"""How a client finds a running system: what `gongjiang up` wrote down for this machine."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.local.system import System, departments, publishers
from deploy.operations.client import Client

HOME = Path(".local")
FILE = HOME / "session.json"


class NothingRuns(Exception):
    """No system was started from this folder."""


@dataclass(frozen=True)
class Session:
    """Addresses and users of a running system. Holds passwords: the file is 0600."""

    addresses: dict[str, str]
    amqp_urls: dict[str, str]
    sources: dict[str, str]
    policy: str
    """The file that names whose signatures on checkpoints are believed."""

    @classmethod
    def of(cls, system: System) -> "Session":
        """Of a system that was just started."""
        known = publishers()
        return cls(
            addresses=dict(system.addresses),
            amqp_urls={
                user: system.broker.urls[user]
                for user in (*(one.user for one in known), *departments())
            },
            sources={source: one.user for one in known for source in one.sources},
            policy=str(system.policy.resolve()),
        )

    @classmethod
    def read(cls) -> "Session":
        """Of the system that runs in this folder.

        Raises:
            NothingRuns: there is none.
        """
        if not FILE.exists():
            raise NothingRuns("这个文件夹里没有正在运行的系统：请先用 gongjiang up 启动。")
        return cls(**json.loads(FILE.read_text()))

    def write(self) -> None:
        """For clients that come later."""
        FILE.parent.mkdir(exist_ok=True)
        FILE.touch(mode=0o600)
        FILE.write_text(json.dumps(asdict(self)))

    def client(self) -> Client:
        """A client of this system."""
        return Client(self.addresses)
