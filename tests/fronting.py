"""nginx as `deploy/nginx/portal.conf` sets it up, on other ports and in a folder of its own."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from deploy.local.ports import HOST

CONF = Path(__file__).resolve().parents[1] / "deploy/nginx/portal.conf"

MAIN = """
# What matters here is set as Debian sets it.
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    sendfile on; tcp_nopush on;
    access_log off; default_type text/html; keepalive_requests 1000000;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/portal.conf;
    {further}
}}
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where nginx listens: for readers, and between its cache and publicity."""

    front: int
    keeping: int


def prepare_nginx(folder: Path, behind: str, ports: Ports, further: str = "") -> list[str]:
    """Write the configuration into the folder; how nginx is started with it.

    Args:
        folder: everything that nginx writes is there too.
        behind: publicity's web side, as host and port.
        ports: where it listens.
        further: what else stands in `http { }`.
    """
    said = CONF.read_text("utf-8")
    for ours, theirs in (
        ("127.0.0.1:8000", behind),
        ("127.0.0.1:8009", f"{HOST}:{ports.keeping}"),
        ("listen 80;", f"listen {HOST}:{ports.front};"),
        ("    listen [::]:80;\n", ""),
        ("/var/cache/nginx/gongjiang", f"{folder}/cache"),
    ):
        assert ours in said
        said = said.replace(ours, theirs)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    (folder / "portal.conf").write_text(said, "utf-8")
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, further=further), "utf-8")
    command = [shutil.which("nginx") or "/usr/sbin/nginx", "-p", str(folder)]
    command += ["-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"]
    if os.geteuid() == 0:  # its workers may be ours
        command += ["-g", "user root;"]
    return command
