"""A static copy of the whole public site, for a portal that takes only files.

Whatever a visitor can reach from the first page, the feeds and the evidence is fetched from the
running portal and written with relative links: it works from a disk and below any address. What
needs the portal itself (forms, the desk) keeps its link to it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape, unescape
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from urllib.parse import quote, unquote, urljoin, urlsplit

import httpx
import orjson
import typer

from deploy.operations.client import SECONDS, NotAsExpected
from deploy.operations.session import Session
from deploy.operations.terminal import Json, plain_words
from shared.audit.tree import WIDTH, needed, tile_path
from shared.audit.verifier import Checkpoint, SignedNote

app = typer.Typer(no_args_is_help=True, help="门户静态文件。")

MANIFEST = "site-manifest.json"
"""What belongs to the copy, with digests: nothing else in the folder is ever touched."""

SEEDS = (
    "/",
    "/audit/",
    "/audit/verifier.py",
    "/feed/publicity.json",
    "/feed/publicity.atom",
    "/feed/datastore.xml",
)
LIVE = (
    "/api",
    "/desk",
    "/login",
    "/logout",
    "/objections",
    "/openapi.json",
    "/acts",
    "/cases",
    "/view",
)
"""What only the running portal can answer."""

TRIES = 5

_LINK = re.compile(r"""(?P<name>\b(?:href|src|action|poster))="(?P<target>[^"]*)\"""")
_CSS_LINK = re.compile(r"""url\((?P<quote>["']?)(?P<target>[^"')]+)(?P=quote)\)""")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the portal answered: status, media type without parameters, and the bytes."""

    status: int
    media_type: str
    content: bytes
    tag: str = ""


Ask = Callable[[str], Answer]


def taken(ask: Ask, portal_url: str) -> dict[str, bytes]:
    """Every file of the copy by its path, all as of one moment.

    Raises:
        NotAsExpected: a link leads nowhere, or the site would not stand still.
    """
    for _ in range(TRIES):
        before = ask(SEEDS[3]).tag
        files = Copy(ask, portal_url).files()
        if ask(SEEDS[3]).tag == before:
            return files
    raise NotAsExpected("导出期间信息一直在变化，请稍后再试")


class Copy:
    """One walk through the site."""

    def __init__(self, ask: Ask, portal_url: str) -> None:
        self._ask = ask
        self._portal = portal_url.rstrip("/")
        self._answers: dict[str, Answer] = {}

    def files(self) -> dict[str, bytes]:
        """Walk it, and write the links anew."""
        waiting = [*SEEDS, *self._evidence()]
        while waiting:
            address = waiting.pop()
            if address in self._answers:
                continue
            answer = self._ask(address)
            if answer.status != httpx.codes.OK:
                raise NotAsExpected(f"{address}: {answer.status}")
            self._answers[address] = answer
            waiting += [found for found in self._found(address, answer) if found is not None]
        return {
            file_of(address, answer.media_type): self._written(address, answer)
            for address, answer in sorted(self._answers.items())
        }

    def _evidence(self) -> Iterator[str]:
        """The checkpoint, who is believed, and every tile of the tree (C2SP tlog-tiles)."""
        if self._ask("/audit/policy").status == httpx.codes.OK:
            yield "/audit/policy"
        answer = self._ask("/audit/checkpoint")
        if answer.status != httpx.codes.OK:
            return
        self._answers["/audit/checkpoint"] = answer
        size = Checkpoint.parse(SignedNote.parse(answer.content).text).size
        yield f"/audit/checkpoints/{size}"
        level, hashes = 0, size
        while hashes:
            for number in range(hashes // WIDTH):
                yield f"/audit/{tile_path(level, number)}"
            level, hashes = level + 1, hashes // WIDTH
        for level, number, width in needed(size):
            yield f"/audit/{tile_path(level, number, width)}"

    def _found(self, address: str, answer: Answer) -> Iterator[str | None]:
        if answer.media_type == "text/html":
            for link in _LINK.finditer(answer.content.decode()):
                yield self._inside(address, unescape(link["target"]))
        elif answer.media_type == "text/css":
            for link in _CSS_LINK.finditer(answer.content.decode()):
                yield self._inside(address, link["target"])
        elif answer.media_type == "application/json" and address.startswith("/feed/"):
            told = orjson.loads(answer.content)
            for target in (told["next"], *(one.get("url") for one in told["items"])):
                yield None if target is None else self._inside(address, target)
            for one in told["items"]:
                for file in one.get("attachments", ()):
                    yield self._inside(address, file["url"])
            if told["next"] is not None:
                yield self._inside(address, told["next"].replace(".json", ".atom"))

    def _inside(self, address: str, target: str) -> str | None:
        """The path that a link leads to, with its query, if it belongs to the copy."""
        whole = urlsplit(urljoin(f"{self._portal}{address}", target))
        ours = urlsplit(self._portal)
        if (whole.scheme, whole.netloc) != (ours.scheme, ours.netloc):
            return None
        path = whole.path.removeprefix(ours.path) or "/"
        if any(path == one or path.startswith(f"{one}/") for one in LIVE):
            return None
        kept = "" if path.startswith("/static/") or not whole.query else f"?{whole.query}"
        return f"{path}{kept}"

    def _written(self, address: str, answer: Answer) -> bytes:
        """The bytes as served, but for the links of pages and style sheets."""
        here = file_of(address, answer.media_type)
        if answer.media_type == "text/html":

            def link(found: re.Match[str]) -> str:
                led = self._led(address, here, unescape(found["target"]))
                return f'{found["name"]}="{escape(led)}"'

            return _LINK.sub(link, answer.content.decode()).encode()
        if answer.media_type == "text/css":
            return _CSS_LINK.sub(
                lambda found: f'url("{self._led(address, here, found["target"])}")',
                answer.content.decode(),
            ).encode()
        return answer.content

    def _led(self, address: str, here: str, target: str) -> str:
        """Where a link leads in the copy: to a file of it, or to the portal, or elsewhere."""
        if not target or target.startswith("#"):
            return target
        inside = self._inside(address, target)
        whole = urljoin(f"{self._portal}{address}", target)
        if inside is None or inside not in self._answers:
            return whole
        there = file_of(inside, self._answers[inside].media_type)
        fragment = urlsplit(target).fragment
        led = quote(relpath(there, str(PurePosixPath(here).parent)))
        return f"{led}#{fragment}" if fragment else led


def file_of(address: str, media_type: str) -> str:
    """The file of an address: a page gets its ending, a folder its `index.html`."""
    path, _, query = address.partition("?")
    name = unquote(path).lstrip("/")
    if normpath(f"/{name}") != f"/{name}".rstrip("/") and name:
        raise NotAsExpected(f"不能写成文件：{address}")
    if not name or name.endswith("/"):
        name += "index.html"
    if query:
        stem, dot, ending = name.rpartition(".")
        asked = quote(query, safe="=").replace("%", "_")
        name = f"{stem}~{asked}.{ending}" if dot else f"{name}~{asked}"
    if media_type == "text/html" and not name.endswith(".html"):
        name += ".html"
    return name


@dataclass(frozen=True, slots=True)
class Written:
    """How many files are there, were written anew, and were removed."""

    files: int
    written: int
    removed: int


def write(files: Mapping[str, bytes], folder: Path) -> Written:
    """Make the folder hold these files. What is the same is not touched, so it keeps its time.

    What is gone from the site goes first: a name that was withdrawn is not there a moment longer
    than it takes. Every file changes at once or not at all, and a copy that was broken off is
    finished by the next.

    Raises:
        NotAsExpected: the folder holds something else.
    """
    manifest = folder / MANIFEST
    if manifest.exists():
        known = set(orjson.loads(manifest.read_bytes()))
    elif folder.exists() and any(folder.iterdir()):
        raise NotAsExpected(f"{folder} 不是空目录，也不是先前导出的网站")
    else:
        known = set()
    digests = {name: sha256(content).hexdigest() for name, content in sorted(files.items())}
    folder.mkdir(parents=True, exist_ok=True)
    _replace(manifest, _lines(dict.fromkeys(known, "") | digests))
    gone = sorted(known - files.keys())
    removed = sum([_remove(folder, name) for name in gone])
    written = sum([_replace(folder / name, content) for name, content in sorted(files.items())])
    _replace(manifest, _lines(digests))
    return Written(len(files), written, removed)


def _lines(digests: Mapping[str, str]) -> bytes:
    return orjson.dumps(digests, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def _replace(file: Path, content: bytes) -> bool:
    """Whether it had to be written."""
    if file.is_file() and file.read_bytes() == content:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    partial.write_bytes(content)
    partial.replace(file)
    return True


def _remove(folder: Path, name: str) -> bool:
    """Whether it was there; a folder that is empty then goes as well."""
    file = folder / name
    if folder.resolve() not in file.resolve().parents:
        raise NotAsExpected(f"{MANIFEST}: {name}")
    was_there = file.exists()
    file.unlink(missing_ok=True)
    for above in file.parents:
        if above == folder or not above.is_dir() or any(above.iterdir()):
            break
        above.rmdir()
    return was_there


def asking(address: str, client: httpx.Client) -> Ask:
    """Asks the portal at this address, as a visitor's browser does."""

    def ask(path: str) -> Answer:
        answer = client.get(f"{address}{path}", headers={"accept": "text/html,*/*"})
        kind = answer.headers.get("content-type", "").partition(";")[0]
        return Answer(answer.status_code, kind, answer.content, answer.headers.get("etag", ""))

    return ask


def export(address: str, folder: Path) -> Written:
    """Copy the site that is served at this address."""
    with httpx.Client(timeout=SECONDS, trust_env=False) as client:
        return write(taken(asking(address, client), address), folder)


@app.command("export")
def site_export(directory: Path, as_json: Json = False) -> None:
    """把整个公开网站（页面、信息流、样式、存证）导出为静态文件；再次导出只改写变化的文件。"""
    with plain_words():
        done = export(Session.read().addresses["publicity"], directory)
    if as_json:
        typer.echo(
            orjson.dumps(
                {"files": done.files, "written": done.written, "removed": done.removed}
            ).decode()
        )
    else:
        typer.echo(f"共 {done.files} 个文件，写入 {done.written} 个，移除 {done.removed} 个")
