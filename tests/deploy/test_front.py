"""nginx before the portal: what it keeps and for how long, what it never keeps, what it adds."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from deploy.local.ports import HOST, free_ports
from deploy.local.processes import processes
from deploy.local.waiting import wait_until
from shared.web.protection import HEADERS
from tests.fronting import CONF, Ports, prepare_nginx
from tests.serving import serving

SESSION = {"cookie": "gongjiang_session=a"}
HOLDING = {"if-none-match": '"same"'}
LARGE = {"cookie": "gongjiang_view=large.normal.auto"}


@dataclass(frozen=True)
class Front:
    """nginx, and what has come through to publicity's place."""

    client: httpx.Client
    seen: list[Request]

    def get(self, path: str = "/", **headers: str) -> httpx.Response:
        """Ask with these headers and no others that matter."""
        answer = self.client.get(path, headers=headers)
        self.client.cookies.clear()
        return answer

    def came_through(self, path: str, headers: dict[str, str] | None = None, times: int = 4) -> int:
        """How many of so many equal requests were not answered by nginx itself."""
        before = len(self.seen)
        for _ in range(times):
            self.get(path, **(headers or {}))
        return len(self.seen) - before

    def is_kept(self, path: str, headers: dict[str, str] | None = None) -> bool:
        """Whether no more of a hundred equal requests came through than seconds went by."""
        began = int(time.time())
        came = self.came_through(path, headers, 100)
        return came <= int(time.time()) - began + 1


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    seen: list[Request] = []
    with serving(place(seen)) as behind, processes(tmp_path_factory.mktemp("front")) as running:
        ports = Ports(*free_ports(2))
        folder = running.directory / "nginx"
        running.start("nginx", prepare_nginx(folder, behind.removeprefix("http://"), ports))
        address = f"http://{HOST}:{ports.front}"
        plain = {"accept-encoding": "identity"}
        with httpx.Client(base_url=address, headers=plain, trust_env=False) as client:
            wait_until(lambda: answers(client), what="nginx", seconds=10)
            yield Front(client, seen)


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/").is_success
    except httpx.TransportError:
        return False


def place(seen: list[Request]) -> FastAPI:
    """A web side that tells by its body when it was asked, and with which cookies."""
    app = FastAPI()
    said = {
        "/private": {"cache-control": "private, no-cache"},
        "/secret": {"cache-control": "no-store"},
        "/new": {"set-cookie": "gongjiang_session=a"},
    }

    @app.get("/{path:path}")
    def page(request: Request) -> Response:
        seen.append(request)
        path = request.url.path
        headers = {"cache-control": "no-cache", **HEADERS, **said.get(path, {})}
        if path == "/same":
            known = request.headers.get("if-none-match") == '"same"'
            return Response(
                b"" if known else b"same",
                status_code=304 if known else 200,
                headers={**headers, "etag": '"same"'},
            )
        told = f"{time.time()} {request.headers.get('cookie', '')}"
        return Response(told, status_code=404 if path == "/gone" else 200, headers=headers)

    return app


def test_what_nginx_adds_is_what_every_page_of_ours_has() -> None:
    """Both are the constants of `protection.py`: whoever changes one finds the other here."""
    said = CONF.read_text("utf-8")
    assert dict(re.findall(r'add_header ([a-z-]+) "(.*)" always;', said)) == HEADERS
    assert set(re.findall(r"proxy_hide_header ([a-z-]+);", said)) == set(HEADERS)


@pytest.mark.parametrize("path", ["/", "/gone", "/view", "/objections/new"])
def test_a_browser_is_bound_once_by_each_header(front: Front, path: str) -> None:
    for _ in range(2):
        headers = front.get(path).headers
        assert {name: headers.get_list(name) for name in HEADERS} == {
            name: [value] for name, value in HEADERS.items()
        }
        assert headers["cache-control"] == "no-cache"


def test_nothing_is_shown_a_second_after_it_was_true(front: Front) -> None:
    until, shown = time.time() + 4, set[float]()
    while (asked := time.time()) < until:
        made = float(front.get("/").text.split()[0])
        assert asked - made < 1
        shown.add(made)
    assert len(shown) <= 6


def test_one_answer_serves_all_of_a_second(front: Front) -> None:
    assert front.is_kept("/notices")
    assert front.is_kept("/same")


def test_who_holds_the_page_is_told_so_from_what_is_kept(front: Front) -> None:
    """The entity tag stays strong, also when the kept answer was itself found unchanged."""
    for _ in range(3):
        assert front.is_kept("/same", HOLDING)
        answer = front.get("/same", **HOLDING)
        assert (answer.status_code, answer.headers["etag"]) == (304, '"same"')
        assert front.get("/same").text == "same"


@pytest.mark.parametrize("path", ["/private", "/secret", "/new", "/gone"])
def test_what_is_for_one_reader_or_no_page_is_not_kept(front: Front, path: str) -> None:
    assert front.came_through(path) == 4


@pytest.mark.parametrize(
    "path",
    ["/objections/new", "/login", "/logout", "/view", "/token", "/desk/x", "/acts", "/health"],
)
def test_forms_are_not_kept(front: Front, path: str) -> None:
    assert front.came_through(path) == 4


def test_whoever_is_logged_in_neither_gets_nor_leaves_a_kept_answer(front: Front) -> None:
    assert front.came_through("/mine", SESSION) == 4
    assert front.came_through("/mine", {"authorization": "Bearer a"}) == 4
    assert front.get("/mine", **SESSION).text.endswith("gongjiang_session=a")
    assert not front.get("/mine").text.endswith("gongjiang_session=a")


@pytest.mark.parametrize("cookie", ["gongjiang_view=x; \tgongjiang_session=a", "other=1"])
def test_a_session_that_nginx_does_not_see_is_not_seen_behind_it_either(
    front: Front, cookie: str
) -> None:
    front.get(f"/unseen?{time.time()}", cookie=cookie)
    assert front.seen[-1].cookies.keys() == {"gongjiang_view"}


def test_readers_with_other_settings_hosts_or_addresses_get_other_answers(front: Front) -> None:
    asked: list[tuple[str, dict[str, str]]] = [
        ("/?", {}),
        ("/?", LARGE),
        ("/?large.normal.auto", {}),
        ("/?", {"cookie": "gongjiang_view=a; gongjiang_view=large.normal.auto"}),
        ("/?", {"host": "portal.example"}),
    ]
    before = len(front.seen)
    for path, headers in asked:
        front.get(path, **headers)
    assert len(front.seen) - before == len(asked)
    assert [one.cookies.get("gongjiang_view") for one in front.seen[before:]] == [
        "",
        "large.normal.auto",
        "",
        "a",
        "",
    ]
    assert front.seen[-1].headers["host"] == "portal.example"


def test_bytes_are_the_same_whatever_coding_a_reader_takes(front: Front) -> None:
    front.get(f"/coded?{time.time()}", **{"accept-encoding": "gzip, br"})
    assert "accept-encoding" not in front.seen[-1].headers


def test_publicity_learns_the_network_and_not_what_a_reader_says_of_it(front: Front) -> None:
    for path in (f"/from?{time.time()}", "/desk"):
        front.get(path, **{"x-forwarded-for": "192.0.2.1"})
        assert front.seen[-1].headers["x-forwarded-for"] == HOST
        assert front.seen[-1].headers["x-forwarded-proto"] == "http"


def test_the_state_of_the_machine_is_not_for_the_public(front: Front) -> None:
    assert front.get("/metrics").status_code == 404
