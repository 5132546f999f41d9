"""The static copy: what it holds, where its links lead, and what a folder has after each export."""

from pathlib import Path

import pytest

from deploy.operations.client import NotAsExpected
from deploy.operations.site import Answer, file_of, taken, write

PORTAL = "http://portal.example"
FEED = b'{"next": null, "items": [{"url": "http://portal.example/notices/7"}]}'
PAGES = {
    "/": ("text/html", b'<a href="/notices/7#top">7</a> <a href="/desk">x</a> <img src="/m.svg">'),
    "/notices/7": ("text/html", b'<link href="/static/a.css?v=1"> <a href="https://gov.example/">'),
    "/static/a.css": ("text/css", b"a { background: url(/m.svg) }"),
    "/m.svg": ("image/svg+xml", b"<svg/>"),
    "/audit/": ("text/html", b'<a href="../">up</a>'),
    "/audit/verifier.py": ("text/x-python", b"#"),
    "/feed/publicity.json": ("application/json", FEED),
    "/feed/publicity.atom": ("application/atom+xml", b"<feed/>"),
    "/feed/datastore.xml": ("application/xml", b"<datastore/>"),
}


def ask(path: str) -> Answer:
    kind, content = PAGES.get(path, ("text/plain", b""))
    return Answer(200 if path in PAGES else 404, kind, content)


def test_links_lead_to_files_and_what_needs_the_portal_leads_to_it() -> None:
    files = taken(ask, PORTAL)
    assert files["index.html"] == (
        b'<a href="notices/7.html#top">7</a> <a href="http://portal.example/desk">x</a>'
        b' <img src="m.svg">'
    )
    assert files["notices/7.html"] == (
        b'<link href="../static/a.css"> <a href="https://gov.example/">'
    )
    assert files["static/a.css"] == b'a { background: url("../m.svg") }'
    assert files["audit/index.html"] == b'<a href="../index.html">up</a>'
    assert files["feed/publicity.json"] == FEED


def test_a_link_to_nowhere_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PAGES, "/", ("text/html", b'<a href="/gone">x</a>'))
    with pytest.raises(NotAsExpected, match="/gone"):
        taken(ask, PORTAL)


@pytest.mark.parametrize("address", ["/../etc", "/a/../b", "/a//b", "/%2e%2e/x"])
def test_no_address_leaves_the_folder(address: str) -> None:
    with pytest.raises(NotAsExpected):
        file_of(address, "text/plain")


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(NotAsExpected):
        write({"index.html": b""}, tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


def test_an_export_that_was_broken_off_is_finished_by_the_next(tmp_path: Path) -> None:
    """What the broken one may have written is known, and goes if the site has it no more."""
    folder = tmp_path / "site"
    write({"a": b"1", "b/c": b"2"}, folder)
    (folder / "a").write_bytes(b"half")
    done = write({"a": b"1"}, folder)
    assert (done.written, done.removed) == (1, 1)
    assert sorted(one.name for one in folder.iterdir()) == ["a", "site-manifest.json"]
