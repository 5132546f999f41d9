"""The web side that the services share: who may enter, what a command answers, faults in words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, assert_never
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from fastapi import APIRouter, Form, Request, Response
from pydantic import AfterValidator, Field

from deploy.local.databases import administrator, drop_databases, prepare_database
from deploy.local.servers import Servers
from shared.application import Application
from shared.identity import Issuer
from shared.messages import SYSTEM, Actor, Command, Decider, Event, Refused
from shared.personal import Erased
from shared.plan import Plan
from shared.schema import install
from shared.settings import Settings
from shared.web import Pages, Problem, attempt, create_app, web_of
from shared.web.context import COOKIE
from shared.web.login import CurrentActor, remember
from tests.actors import AUDITOR, OFFICE
from tests.serving import projecting, serving, visiting
from tests.shared.test_identity import REHEARSAL, key_pair

PRIVATE, PUBLIC = key_pair()
CANARY = "890000198503070011"
CASE = UUID("33333333-3333-5333-8333-333333333333")


class AlreadyNoted(Refused):
    """One remark is enough."""

    code = "already_noted"
    rule = "S39"


def no_riddles(text: str) -> str:
    """Raise ValueError for a question mark."""
    if "?" in text:
        raise ValueError("请用陈述句")
    return text


class Note(Command, name="note", may={"office"}, rule="S25"):
    """Write a remark."""

    text: Annotated[str, AfterValidator(no_riddles)] = Field(max_length=20)
    weight: int = Field(default=1, ge=1)


class Expire(Command, name="expire", may={SYSTEM}, rule="P1"):
    """The time is over."""


class Withdraw(Command, name="withdraw", may={"office", SYSTEM}, rule="S25"):
    """Take it back; needs nothing to be said."""


class Noted(Event, name="noted", label="记录备注", rule="S25"):
    """A remark was written."""

    text: str
    at: datetime
    by: str


def decide(command: Note | Expire | Withdraw, state: bool) -> Sequence[Event]:
    match command:
        case Note():
            if state:
                raise AlreadyNoted("已有批注，不能重复填写", field="text")
            return [Noted(text=command.text, at=command.at, by=command.by.id)]
        case Expire() | Withdraw():
            return []
        case _:
            assert_never(command)


REMARK: Decider[bool] = Decider(
    name="remark",
    initial=False,
    decide=decide,
    evolve=lambda _state, _event: True,
    commands=(Note, Expire, Withdraw),
    events=(Noted,),
)

PLAN = Plan(
    name="intake",
    owns=(REMARK,),
    hears=(),
    follow=lambda _: (),
    react=lambda _: (),
    announce=lambda _: None,
    timers=lambda _: (),
    views=(),
)

PAGES = Pages(Path(__file__).parent / "pages")
router = APIRouter()


@router.get("/desk")
def desk(request: Request, actor: CurrentActor) -> Response:
    return shown(request, actor, None)


def shown(request: Request, actor: Actor, problem: Problem | None) -> Response:
    status = problem.status if problem else 200
    said = problem or Problem(200, "none", f"{actor.name}的办公桌", "S24")
    return PAGES.show(request, "problem.html", status=status, problem=said)


@router.post("/desk/{key}")
def note(
    request: Request, key: UUID, actor: CurrentActor, text: Annotated[str, Form()]
) -> Response:
    return attempt(
        request,
        actor,
        "remark",
        key,
        "note",
        {"text": text},
        then="/desk?done=noted",
        otherwise=lambda problem: shown(request, actor, problem),
    )


@router.get("/faulty/{kind}")
def faulty(kind: str) -> Response:
    match kind:
        case "away":
            raise psycopg.OperationalError("connection to 10.0.0.1 failed")
        case "wrapped":
            raise RuntimeError(CANARY) from ConnectionRefusedError()
        case "erased":
            raise Erased
        case _:
            raise RuntimeError(CANARY)


@dataclass(frozen=True)
class Place:
    """The service under test: where it answers and what it is made of."""

    address: str
    settings: Settings
    application: Application


@pytest.fixture(scope="module")
def place(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "identity-private.pem").write_bytes(PRIVATE)
    (folder / "identity-public.pem").write_bytes(PUBLIC)
    with administrator(servers.database_url) as connection:
        database = prepare_database(connection, servers.database_url, "web_intake", folder)
    settings = Settings(
        profile="rehearsal",
        service="intake",
        database_url=database.app_url,
        amqp_url=servers.amqp_url,
        secrets=folder,
        accounts=REHEARSAL,
        port=0,
    )
    install(database.owner_url, f"{database.name}_app", settings.origin, PLAN)
    application = Application(PLAN, settings)
    try:
        with projecting(application), serving(create_app(application, router)) as address:
            yield Place(address, settings, application)
    finally:
        application.close()
        drop_databases(servers.database_url, "web")


@pytest.fixture
def client(place: Place) -> Iterator[httpx.Client]:
    with visiting(place.address) as one:
        yield one


def bearer(actor: Actor) -> dict[str, str]:
    return {"authorization": f"Bearer {Issuer(PRIVATE).token(actor)}"}


BROWSER = {"accept": "text/html,application/xhtml+xml"}


def log_in(client: httpx.Client) -> str:
    """Log in as a person does; the proof that forms carry from now on."""
    client.headers.update(BROWSER)
    answer = client.post("/login", data={"id": "office", "password": "rehearsal-only"})
    assert answer.status_code == 303
    found = re.search(r'name="csrf" value="(\w+)"', client.get("/desk").text)
    assert found
    return found[1]


# identity


@pytest.mark.parametrize("form", ["json", "data"])
def test_an_account_gets_a_token_by_json_or_form(client: httpx.Client, form: str) -> None:
    said = client.post("/token", **{form: {"id": "office", "password": "rehearsal-only"}})  # type: ignore[arg-type]
    assert said.status_code == 200
    entered = client.get("/desk", headers={"authorization": f"Bearer {said.json()['token']}"})
    assert "测试办公室经办的办公桌" in entered.text


def test_a_wrong_password_gets_none(client: httpx.Client) -> None:
    answer = client.post("/token", json={"id": "office", "password": "guessed"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "wrong_credentials"


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"id": "office"}', b"\xff"])
def test_what_is_no_request_for_a_token_is_said(client: httpx.Client, body: bytes) -> None:
    assert client.post("/token", content=body).status_code == 422


def test_a_login_is_a_cookie_that_scripts_and_other_sites_do_not_get(client: httpx.Client) -> None:
    answer = client.post("/login", data={"id": "office", "password": "rehearsal-only"})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "max-age=28800" in cookie


def test_in_production_the_cookie_never_goes_unencrypted(place: Place) -> None:
    web = create_app(place.application, router).state.web
    production = place.settings.model_copy(update={"profile": "production"})
    outside = replace(web, application=FakeApplication(production, PLAN))
    answer = Response()
    remember(answer, outside, "token")
    assert "secure" in answer.headers["set-cookie"].lower()


@dataclass(frozen=True)
class FakeApplication:
    """An application of which only the settings are asked."""

    settings: Settings
    plan: Plan


def test_a_person_who_is_not_logged_in_is_sent_to_the_login_and_back(client: httpx.Client) -> None:
    answer = client.get("/desk?status=held", headers=BROWSER)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/desk%3Fstatus%3Dheld"
    page = client.get(answer.headers["location"])
    assert 'value="/desk?status=held"' in page.text


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", ""]
)
def test_a_login_never_leads_to_another_site(client: httpx.Client, target: str) -> None:
    answer = client.post(
        "/login", data={"id": "office", "password": "rehearsal-only", "next": target}
    )
    assert answer.headers["location"] == "/"


def test_a_failed_login_is_told_on_the_page_without_the_password(client: httpx.Client) -> None:
    answer = client.post("/login", data={"id": "<b>", "password": "geheim"}, headers=BROWSER)
    assert answer.status_code == 401
    assert "账号或密码不正确" in answer.text
    assert "geheim" not in answer.text
    assert "&lt;b&gt;" in answer.text


def test_who_logs_out_is_nobody(client: httpx.Client) -> None:
    proof = log_in(client)
    assert client.post("/logout", data={"csrf": proof}).status_code == 303
    assert client.get("/desk").status_code == 303


def test_without_local_accounts_there_is_no_login_but_tokens_count(place: Place) -> None:
    settings = place.settings.model_copy(update={"accounts": None})
    app = create_app(FakeApplication(settings, PLAN), router)  # type: ignore[arg-type]
    with serving(app) as address, visiting(address) as one:
        assert one.get("/login").status_code == 404
        assert one.get("/desk", headers=bearer(OFFICE)).status_code == 200
        assert one.get("/desk", headers=BROWSER).status_code == 401


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "token_missing"),
        ({"authorization": "Bearer"}, "token_missing"),
        ({"authorization": "Bearer nonsense"}, "token_forged"),
        ({"authorization": "Basic b2ZmaWNlOng="}, "token_missing"),
    ],
)
def test_a_program_without_a_good_token_gets_401(
    client: httpx.Client, headers: dict[str, str], code: str
) -> None:
    answer = client.post(f"/api/remark/{CASE}/note", json={"text": "x"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_an_expired_token_gets_401(client: httpx.Client) -> None:
    old = Issuer(PRIVATE, now=lambda: datetime.now(UTC) - timedelta(hours=9)).token(OFFICE)
    answer = client.get("/desk", headers={"authorization": f"Bearer {old}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


# forms


def test_a_form_of_ours_becomes_a_command_and_leads_on(client: httpx.Client) -> None:
    proof = log_in(client)
    answer = client.post(f"/desk/{uuid4()}", data={"csrf": proof, "text": "可以"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk?done=noted")


def test_a_refusal_stands_on_the_page_in_words_with_its_rule(client: httpx.Client) -> None:
    proof, key = log_in(client), uuid4()
    client.post(f"/desk/{key}", data={"csrf": proof, "text": "可以"})
    answer = client.post(f"/desk/{key}", data={"csrf": proof, "text": "再来"})
    assert answer.status_code == 409
    assert "已有批注，不能重复填写" in answer.text
    assert "依据规则 S39" in answer.text


@pytest.mark.parametrize("proof", [None, "", "0" * 64, "汉"])
def test_a_form_without_the_proof_is_not_taken(client: httpx.Client, proof: str | None) -> None:
    log_in(client)
    data = {"text": "可以"} | ({} if proof is None else {"csrf": proof})
    assert client.post(f"/desk/{uuid4()}", data=data).status_code == 403


def test_the_proof_of_another_session_is_not_taken(client: httpx.Client) -> None:
    earlier = log_in(client)
    client.cookies.clear()
    log_in(client)
    answer = client.post(f"/desk/{uuid4()}", data={"csrf": earlier, "text": "可以"})
    assert answer.status_code == 403


def test_a_form_on_a_foreign_page_is_not_taken(client: httpx.Client) -> None:
    proof = log_in(client)
    foreign = {"origin": "https://evil.example"}
    answer = client.post(f"/desk/{uuid4()}", data={"csrf": proof, "text": "可以"}, headers=foreign)
    assert answer.status_code == 403
    assert client.post("/login", data={"id": "office"}, headers=foreign).status_code == 403
    own = {"origin": str(client.base_url).rstrip("/")}
    answer = client.post(f"/desk/{uuid4()}", data={"csrf": proof, "text": "可以"}, headers=own)
    assert answer.status_code == 303


def test_a_command_by_cookie_needs_the_proof_in_a_header(client: httpx.Client) -> None:
    proof, address = log_in(client), f"/api/remark/{uuid4()}/note"
    assert client.post(address, json={"text": "可以"}).status_code == 403
    given = {"x-csrf-token": proof}
    assert client.post(address, json={"text": "可以"}, headers=given).status_code == 200


# commands


def test_a_command_answers_with_the_position_and_the_events(client: httpx.Client) -> None:
    answer = client.post(
        f"/api/remark/{uuid4()}/note", json={"text": "可以"}, headers=bearer(OFFICE)
    )
    assert answer.status_code == 200
    assert answer.json()["events"] == ["noted"]
    assert answer.json()["position"] > 0


def test_the_actor_is_the_token_and_the_time_the_clock(client: httpx.Client, place: Place) -> None:
    key, correlation = uuid4(), uuid4()
    headers = bearer(OFFICE) | {"x-correlation-id": str(correlation)}
    client.post(f"/api/remark/{key}/note", json={"text": "可以"}, headers=headers)
    (recorded,) = place.application.log.load([key])
    assert recorded.by == OFFICE
    assert recorded.correlation == correlation


@pytest.mark.parametrize("stamp", [{"by": {"id": "x"}}, {"at": "2019-12-10T00:00:00Z"}])
def test_neither_actor_nor_time_can_be_sent(client: httpx.Client, stamp: dict[str, object]) -> None:
    answer = client.post(
        f"/api/remark/{uuid4()}/note", json={"text": "可以"} | stamp, headers=bearer(OFFICE)
    )
    assert answer.status_code == 422
    assert answer.json()["field"] in {"at", "by"}


def test_a_refusal_is_409_with_rule_and_field(client: httpx.Client) -> None:
    address = f"/api/remark/{uuid4()}/note"
    client.post(address, json={"text": "可以"}, headers=bearer(OFFICE))
    answer = client.post(address, json={"text": "再来"}, headers=bearer(OFFICE))
    assert answer.status_code == 409
    assert answer.json() == {
        "code": "already_noted",
        "rule": "S39",
        "field": "text",
        "message": "已有批注，不能重复填写",
    }


def test_a_role_that_is_not_entitled_gets_403_with_the_roles_in_chinese(
    client: httpx.Client,
) -> None:
    answer = client.post(
        f"/api/remark/{uuid4()}/note", json={"text": "可以"}, headers=bearer(AUDITOR)
    )
    assert answer.status_code == 403
    assert answer.json()["rule"] == "S25"
    assert "领导小组办公室" in answer.json()["message"]


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({}, "text", "必须填写"),
        ({"text": "长" * 21}, "text", "至多 20 个字"),
        ({"text": 5}, "text", "应为文字"),
        ({"text": "可以", "weight": 0}, "weight", "不能小于 1"),
        ({"text": "可以", "weight": "x"}, "weight", "应为整数"),
        ({"text": "可以", "more": 1}, "more", "没有这一项"),
        ({"text": "真的?"}, "text", "请用陈述句"),
    ],
)
def test_a_wrong_field_is_422_in_chinese(
    client: httpx.Client, body: dict[str, object], field: str, words: str
) -> None:
    answer = client.post(f"/api/remark/{uuid4()}/note", json=body, headers=bearer(OFFICE))
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert words in answer.json()["message"]


def test_what_was_sent_is_never_repeated_in_an_error(client: httpx.Client) -> None:
    answer = client.post(
        f"/api/remark/{uuid4()}/note",
        json={"text": ["890000198503070011"], "weight": "15400000001"},
        headers=bearer(OFFICE),
    )
    assert "890000198503070011" not in answer.text
    assert "15400000001" not in answer.text


def test_no_json_is_422(client: httpx.Client) -> None:
    answer = client.post(
        f"/api/remark/{uuid4()}/note",
        content=b"{",
        headers=bearer(OFFICE) | {"content-type": "application/json"},
    )
    assert answer.status_code == 422
    assert answer.json()["message"] == "不是有效的 JSON"


@pytest.mark.parametrize("path", ["remark/{}/forget", "nothing/{}/note", "remark/{}/expire"])
def test_what_nobody_may_ask_does_not_exist(client: httpx.Client, path: str) -> None:
    """Commands of the services themselves are no route at all."""
    answer = client.post(f"/api/{path.format(uuid4())}", json={}, headers=bearer(OFFICE))
    assert answer.status_code == 404


def test_a_command_without_fields_needs_no_body(client: httpx.Client) -> None:
    answer = client.post(f"/api/remark/{uuid4()}/withdraw", headers=bearer(OFFICE))
    assert answer.json() == {"position": 0, "events": []}


def test_the_catalogue_lists_each_command_with_its_own_fields(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    paths = [path for path in document["paths"] if path.startswith("/api/")]
    assert paths == ["/api/remark/{key}/note", "/api/remark/{key}/withdraw"]
    operation = document["paths"]["/api/remark/{key}/note"]["post"]
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    model = document["components"]["schemas"][reference.rpartition("/")[2]]
    assert model["properties"].keys() == {"text", "weight"}
    assert model["properties"]["text"]["maxLength"] == 20
    assert model["required"] == ["text"]
    assert {"401", "403", "404", "409", "422"} <= operation["responses"].keys()


# faults


@pytest.mark.parametrize("kind", ["away", "wrapped"])
def test_a_server_that_is_away_is_503_in_words(client: httpx.Client, kind: str) -> None:
    page = client.get(f"/faulty/{kind}", headers=BROWSER)
    assert page.status_code == 503
    assert "稍后重试" in page.text
    assert "10.0.0.1" not in page.text
    assert page.headers["retry-after"] == "5"
    assert client.get(f"/faulty/{kind}").json()["code"] == "unavailable"


def test_an_unknown_fault_is_500_and_neither_shown_nor_logged_in_its_own_words(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    page = client.get("/faulty/other", headers=BROWSER)
    assert page.status_code == 500
    assert "故障已记录" in page.text
    assert "RuntimeError" in caplog.text
    assert "test_web.py" in caplog.text
    assert CANARY not in page.text + caplog.text


def test_what_was_erased_says_so(client: httpx.Client) -> None:
    answer = client.get("/faulty/erased")
    assert (answer.status_code, answer.json()["code"]) == (410, "erased")


def test_an_unknown_page_is_told_in_chinese(client: httpx.Client) -> None:
    page = client.get("/nowhere", headers=BROWSER)
    assert page.status_code == 404
    assert "没有这个页面或记录" in page.text
    assert client.get("/nowhere").json()["code"] == "http_404"


def test_a_database_that_is_away_is_told_by_health(place: Place) -> None:
    settings = place.settings.model_copy(
        update={"database_url": "host=127.0.0.1 port=1 dbname=x user=x password=x"}
    )

    class Away(FakeApplication):
        def reading(self) -> Any:
            raise psycopg.OperationalError

    app = create_app(Away(settings, PLAN), checks=[lambda: "消息队列无法连接"])  # type: ignore[arg-type]
    with serving(app) as address, visiting(address) as one:
        answer = one.get("/health")
    assert answer.status_code == 503
    assert answer.json() == {
        "live": True,
        "ready": False,
        "reasons": ["数据库无法连接", "消息队列无法连接"],
        "notes": [],
    }


# what stands around


def test_all_well_is_ready(client: httpx.Client, place: Place) -> None:
    with place.application.reading() as connection:
        connection.execute(
            "INSERT INTO beats (process, part, state, at) VALUES"
            " ('one', 'follower:intake', 'reading', now()), ('two', 'projector', 'leading', now())"
            " ON CONFLICT (process, part) DO UPDATE SET at = now()"
        )
    assert client.get("/health").json() == {
        "live": True,
        "ready": True,
        "reasons": [],
        "notes": [],
    }


@pytest.mark.parametrize(
    ("left", "noted"),
    [("follower:intake", "日志跟进进程没有心跳"), ("projector", "消息处理进程没有心跳")],
)
def test_a_side_that_is_away_is_noted_and_work_goes_on(
    client: httpx.Client, place: Place, left: str, noted: str
) -> None:
    with place.application.reading() as connection:
        connection.execute("DELETE FROM beats")
        connection.execute(
            "INSERT INTO beats (process, part, state, at) VALUES ('one', %s, 'fine', now())",
            (left,),
        )
    said = client.get("/health")
    assert (said.status_code, said.json()["ready"]) == (200, True)
    (note,) = said.json()["notes"]
    assert note.startswith(noted)


def test_requests_are_counted_by_route_not_by_path(client: httpx.Client) -> None:
    client.post(f"/api/remark/{CASE}/withdraw", headers=bearer(OFFICE))
    said = client.get("/metrics").text
    assert 'route="/api/remark/{key}/withdraw",status="200"' in said
    assert str(CASE) not in said


@pytest.mark.parametrize("path", ["/desk", "/login", "/nowhere", "/faulty/other", "/health"])
def test_every_answer_binds_the_browser(client: httpx.Client, path: str) -> None:
    headers = client.get(path, headers=BROWSER).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_the_browser_is_bound_to_tls_behind_tls_alone(client: httpx.Client) -> None:
    """RFC 6797, 7.2: the proxy that ends it says so."""
    assert "strict-transport-security" not in client.get("/health").headers
    behind = client.get("/health", headers={"x-forwarded-proto": "https"})
    assert "max-age" in behind.headers["strict-transport-security"]


def test_what_a_person_sees_is_kept_nowhere(client: httpx.Client) -> None:
    log_in(client)
    assert client.get("/desk").headers["cache-control"] == "no-store"


def test_the_style_sheet_is_ours_and_is_not_sent_twice(client: httpx.Client) -> None:
    page = client.get("/login", headers=BROWSER).text
    (address,) = re.findall(r'rel="stylesheet" href="([^"]+)"', page)
    first = client.get(address)
    assert first.status_code == 200
    again = client.get(address, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304


def test_a_page_asks_nothing_of_a_third_party_and_runs_what_is_ours_alone(
    client: httpx.Client,
) -> None:
    page = client.get("/login", headers=BROWSER).text
    sources = re.findall(r'<(?:link|img|script|iframe)[^>]*(?:src|href)="([^"]+)"', page)
    assert sources
    assert all(source.startswith("/static/") for source in sources)
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL)
    assert scripts
    assert all("src=" in opening and not inside for opening, inside in scripts)
    assert not re.search(r"\son[a-z]+=", page)
    assert " style=" not in page
    assert re.search(r'<html lang="zh-CN">', page)
    assert 'href="#content">跳到正文' in page


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, by WCAG 2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_both_schemes(scheme: str) -> None:
    """WCAG AA: 4.5 to 1."""
    style = (Path(__file__).parents[2] / "shared/web/static/gongjiang.css").read_text()
    blocks = re.findall(r":root \{([^}]*)\}", style)[:2]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", blocks[0]))
    if scheme == "dark":
        colours |= dict(re.findall(r"--([\w-]+): (#\w{6})", blocks[1]))
    pairs = [
        *((text, ground) for text in ("ink", "muted", "link") for ground in ("ground", "paper")),
        *((tone, f"{tone}-soft") for tone in ("good", "wait", "stop", "calm")),
        *(("ink", f"{tone}-soft") for tone in ("wait", "stop")),
        *(("muted", f"{tone}-soft") for tone in ("wait", "stop")),
        ("muted", "sunken"),
        ("on-seal", "seal"),
        ("on-seal", "seal-deep"),
    ]
    assert [pair for pair in pairs if contrast(colours[pair[0]], colours[pair[1]]) < 4.5] == []


def test_the_visitor_stands_in_the_header(client: httpx.Client) -> None:
    log_in(client)
    assert "测试办公室经办" in client.get("/nowhere").text
    client.cookies.set(COOKIE, "nonsense")
    assert "测试办公室经办" not in client.get("/nowhere").text


def test_the_request_knows_its_web_side(place: Place) -> None:
    app = create_app(place.application)
    assert web_of(Request({"type": "http", "app": app})).title == "受理与资格初审"
