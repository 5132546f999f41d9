"""A new master key: everything that a service keeps sealed is sealed anew, while nobody works."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from deploy.local.databases import prepare_databases
from deploy.local.secrets import MASTER, next_master_key, use_next_master_key
from deploy.local.servers import servers
from deploy.local.system import SEALING
from shared import parking, personal
from shared.parking import Seal


class Resealed(NamedTuple):
    """How much was still under the old key."""

    personal_keys: int
    parked: int


def change_master_key(directory: Path, service: str, log: Callable[[str], None]) -> Resealed:
    """Seal anew what `service` keeps, then use the new key. After a fault, do it again.

    Args:
        directory: where `gongjiang up` keeps secrets and private servers. Nothing runs there now.
    """
    secrets = directory / "secrets" / service
    old, new = (secrets / MASTER).read_bytes(), next_master_key(secrets)
    with servers(directory, log=log) as where:
        databases = prepare_databases(where.database_url, "gongjiang", directory / "secrets")
        people = 0
        if service in SEALING:
            people = personal.rewrap(databases[f"{service}_keys"].owner_url, old, new)
        letters = parking.reseal(databases[service].owner_url, Seal(old), Seal(new))
    use_next_master_key(secrets)
    return Resealed(people, letters)
