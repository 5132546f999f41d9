"""Where the data of a private server lie."""

import os
from pathlib import Path

import pytest

from deploy.local.owners import ELSEWHERE, can_use, make_home, owner, remove_home

# a user that every Debian has; it stands for the one that a server's package makes
SOMEBODY = "nobody"


def test_the_directory_is_private_to_the_owner_of_the_server(tmp_path: Path) -> None:
    home = make_home(tmp_path / "server", SOMEBODY, fresh=False, lock=0)
    assert can_use(home.path, owner(SOMEBODY))
    assert home.path.stat().st_mode & 0o077 == 0
    remove_home(tmp_path / "server")


def test_it_is_found_again_with_what_it_holds(tmp_path: Path) -> None:
    first = make_home(tmp_path / "server", SOMEBODY, fresh=False, lock=0)
    first.write("kept", "text")
    again = make_home(tmp_path / "server", SOMEBODY, fresh=False, lock=0)
    assert (again.path / "kept").read_text() == "text"
    remove_home(tmp_path / "server")


def test_a_fresh_one_holds_nothing_and_the_old_one_is_gone(tmp_path: Path) -> None:
    old = make_home(tmp_path / "server", SOMEBODY, fresh=False, lock=0)
    old.write("kept", "text")
    fresh = make_home(tmp_path / "server", SOMEBODY, fresh=True, lock=0)
    assert list(fresh.path.iterdir()) == []
    assert not (old.path / "kept").exists()
    remove_home(tmp_path / "server")


def test_a_path_that_rabbitmq_cannot_live_in_leads_elsewhere(tmp_path: Path) -> None:
    directory = tmp_path / "工匠 的 目录"
    directory.mkdir()
    home = make_home(directory / "server", SOMEBODY, fresh=False, lock=0)
    assert home.path != directory / "server"
    assert home.path.is_relative_to(ELSEWHERE)
    remove_home(directory / "server")
    assert not home.path.exists()
    assert not (directory / "server").is_symlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs a server as another user")
def test_a_directory_closed_to_the_owner_of_the_server_leads_elsewhere(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    home = make_home(tmp_path / "server", SOMEBODY, fresh=False, lock=0)
    assert home.path.is_relative_to(ELSEWHERE)
    assert home.path.stat().st_uid == owner(SOMEBODY).uid
    remove_home(tmp_path / "server")
