"""Free ports on the loopback address."""

import random
import socket

HOST = "127.0.0.1"

# Below the range from which Linux takes the ports of outgoing connections, so that none of those
# can take a port between the moment we find it free and the moment a server listens on it.
CANDIDATES = range(20_000, 32_000)


def free_ports(count: int) -> list[int]:
    """Distinct ports on which nobody listens now."""
    found: list[int] = []
    for port in random.SystemRandom().sample(CANDIDATES, len(CANDIDATES)):
        if len(found) == count:
            break
        if is_free(port):
            found.append(port)
    return found


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def is_open(port: int) -> bool:
    """Whether somebody listens on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0
