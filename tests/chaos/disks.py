"""A disk that can be filled: PostgreSQL's data on a small tmpfs that only this process tree sees.

Needs root. The mount goes with the last process of the tree, whatever happens.
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local.postgresql import PostgreSQL

CLONE_NEWNS = 0x00020000
SIZE = "3g"


def can_be_made() -> bool:
    """Whether we may mount a file system of our own; from then on mounts are ours alone.

    Call it before any thread is started.
    """
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        return False
    return subprocess.run(["mount", "--make-rprivate", "/"], check=False).returncode == 0


@contextmanager
def small_disk(database: PostgreSQL) -> Iterator[None]:
    """PostgreSQL moves to a disk of its own, and stays there."""
    database.stop(keep_data=True)
    elsewhere = database.data.with_name("data.before")
    database.data.rename(elsewhere)
    database.data.mkdir(mode=0o700)
    options = f"size={SIZE},mode=0700"
    if (uid := database.home.owner.uid) is not None:
        options += f",uid={uid},gid={database.home.owner.gid}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", database.data], check=True)
    try:
        subprocess.run(["cp", "--archive", f"{elsewhere}/.", database.data], check=True)
        shutil.rmtree(elsewhere)
        database.start()
        database.wait()
        yield
    finally:
        database.stop(keep_data=True)
        subprocess.run(["umount", "--lazy", database.data], check=True)
        shutil.rmtree(database.home.path, ignore_errors=True)
