"""A virtual host, and users each confined to their part of it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx

from deploy.local.secrets import password
from deploy.local.servers import Servers

NOTHING = "^$"
EVERYTHING = ".*"
SECONDS = 30


@dataclass(frozen=True)
class Topic:
    """The routing keys of one topic exchange, as regular expressions."""

    write: str = NOTHING
    read: str = NOTHING


@dataclass(frozen=True)
class Permissions:
    """The names of exchanges and queues, as regular expressions that must match from ^ to $."""

    configure: str = NOTHING
    write: str = NOTHING
    read: str = NOTHING
    topics: Mapping[str, Topic] = field(default_factory=dict)


@dataclass(frozen=True)
class Broker:
    """One virtual host. The URLs hold passwords: they are not for logs."""

    admin_url: str
    urls: Mapping[str, str]
    """User -> AMQP URL on the virtual host."""
    confined: bool
    """False where a named broker lets us make no users: every URL is then the administrator's."""


def prepare_broker(
    servers: Servers, vhost: str, users: Mapping[str, Permissions], secrets: Path
) -> Broker:
    """Create what is missing and set every permission anew. Passwords are kept."""
    if servers.broker_api is None:
        return Broker(servers.amqp_url, dict.fromkeys(users, servers.amqp_url), confined=False)
    with management(servers.broker_api) as api:
        put(api, f"/vhosts/{part(vhost)}", {})
        administrator = api.get("/whoami").json()["name"]
        permit(api, vhost, administrator, Permissions(EVERYTHING, EVERYTHING, EVERYTHING))
        for user, permissions in users.items():
            put(api, f"/users/{part(user)}", {"password": password(secrets, user), "tags": ""})
            permit(api, vhost, user, permissions)
    return Broker(
        admin_url=url_on(servers.amqp_url, vhost),
        urls={
            user: url_on(servers.amqp_url, vhost, user, password(secrets, user)) for user in users
        },
        confined=True,
    )


def drop_broker(servers: Servers, vhost: str, users: Iterable[str] = ()) -> None:
    """Delete the virtual host with all that is in it, and these users."""
    if servers.broker_api is None:
        return
    paths = [f"/vhosts/{part(vhost)}", *(f"/users/{part(user)}" for user in users)]
    with management(servers.broker_api) as api:
        for path in paths:
            delete(api, path)


def permit(api: httpx.Client, vhost: str, user: str, permissions: Permissions) -> None:
    place = f"{part(vhost)}/{part(user)}"
    allowed = {
        "configure": permissions.configure,
        "write": permissions.write,
        "read": permissions.read,
    }
    put(api, f"/permissions/{place}", allowed)
    delete(api, f"/topic-permissions/{place}")
    for exchange, topic in permissions.topics.items():
        keys = {"exchange": exchange, "write": topic.write, "read": topic.read}
        put(api, f"/topic-permissions/{place}", keys)


def put(api: httpx.Client, path: str, body: Mapping[str, str]) -> None:
    api.put(path, json=body).raise_for_status()


def delete(api: httpx.Client, path: str) -> None:
    answer = api.delete(path)
    if answer.status_code != httpx.codes.NOT_FOUND:
        answer.raise_for_status()


@contextmanager
def management(api_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api_url, timeout=SECONDS, trust_env=False) as api:
        yield api


def url_on(amqp_url: str, vhost: str, user: str | None = None, secret: str | None = None) -> str:
    server = urlsplit(amqp_url)
    login, _, address = server.netloc.rpartition("@")
    if user is not None and secret is not None:
        login = f"{part(user)}:{part(secret)}"
    netloc = f"{login}@{address}" if login else address
    return server._replace(netloc=netloc, path=f"/{part(vhost)}").geturl()


def part(name: str) -> str:
    return quote(name, safe="")
