"""Who owns a private server, and where its data lie.

PostgreSQL refuses to run as root. Started by root, a server runs as the user whom its Debian
package made; started by anybody else, as that user. Its data lie below the directory that the
caller names, unless the owner cannot get there (a checkout below root's home, say) or the path is
not plain ASCII (RabbitMQ then fails): then they lie below /var/tmp and a link leads to them.
"""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

ELSEWHERE = "/var/tmp"  # noqa: S108  # the directory made there is private, its name random
PLAIN = re.compile(r"[A-Za-z0-9/._@%+=,-]+")


@dataclass(frozen=True)
class Owner:
    """A user, or (None, None): whoever we are."""

    uid: int | None
    gid: int | None


OURSELVES = Owner(None, None)


@dataclass(frozen=True)
class Home:
    """The private directory of one server."""

    path: Path
    owner: Owner
    passing: bool
    """Its data are thrown away when the server stops."""
    lock: int
    """An open file, locked as long as somebody uses the directory."""

    def write(self, name: str, text: str, *, mode: int = 0o600) -> None:
        """Write a file that only the owner reads, from the moment it exists."""
        file = self.path / name
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as new:
            new.write(text)
        give(file, self.owner)


def owner(package_user: str) -> Owner:
    if os.geteuid() != 0:
        return OURSELVES
    try:
        entry = pwd.getpwnam(package_user)
    except KeyError:
        return OURSELVES
    return Owner(entry.pw_uid, entry.pw_gid)


def make_home(link: Path, package_user: str, *, fresh: bool, lock: int) -> Home:
    """The server's directory, at `link` or where it leads."""
    who = owner(package_user)
    if fresh or not link.exists():
        remove_home(link)
        make_directory(link, who)
    return Home(link.resolve(), who, passing=fresh, lock=lock)


def make_directory(link: Path, who: Owner) -> None:
    link.mkdir(mode=0o700)
    give(link, who)
    if PLAIN.fullmatch(str(link)) and can_use(link, who):
        return
    link.rmdir()
    elsewhere = Path(tempfile.mkdtemp(prefix="gongjiang-", dir=ELSEWHERE))
    give(elsewhere, who)
    link.symlink_to(elsewhere)


def remove_home(link: Path) -> None:
    shutil.rmtree(link.resolve(), ignore_errors=True)
    link.unlink(missing_ok=True)


def give(path: Path, to: Owner) -> None:
    if to.uid is not None and to.gid is not None:
        os.chown(path, to.uid, to.gid)


def can_use(directory: Path, who: Owner) -> bool:
    if who.uid is None:
        return True
    answer = subprocess.run(
        ["/usr/bin/test", "-w", str(directory)],
        check=False,
        cwd="/",
        user=who.uid,
        group=who.gid,
        extra_groups=[],
    )
    return answer.returncode == 0
