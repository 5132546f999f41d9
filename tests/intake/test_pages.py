"""The office's desk: what it shows, what it lets one do, and that data is opened only on record."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, get_args
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

from deploy.local.databases import administrator, drop_databases, prepare_database
from deploy.local.secrets import prepare_secrets
from deploy.local.servers import Servers
from services.intake import PLAN
from services.intake.disclosure import PersonalDataOpened, PublicationReleased
from services.intake.history import TELLINGS
from services.intake.nomination import NOMINATION
from services.intake.pages import READERS, TONES, router
from services.intake.prereview import NominationPreReviewed
from services.intake.publishers import registry
from services.intake.receiving import Receiving
from services.intake.record import COURSE
from shared.application import Application
from shared.clock import RehearsalClock
from shared.contracts.campaign import Authority, Vetting
from shared.contracts.cloudevents import Delivery
from shared.contracts.ids import campaign_id, nomination_id, submission_id
from shared.contracts.submission import MATERIALS, MaterialKind
from shared.eventlog import Cause
from shared.identity import ROLES, Issuer
from shared.messages import Addressed
from shared.personal import Vault, create, vault_of
from shared.schema import install
from shared.settings import Settings
from shared.web import create_app
from shared.web.operations import router as operations
from tests.actors import AUDITOR, COMMITTEE, EXPERT, INVESTIGATOR, OFFICE, OPERATOR, actor
from tests.intake.stories import asked, record
from tests.serving import projecting, serving, visiting

DEPLOY = Path(__file__).parents[2] / "deploy"
CONFIGURATION = json.loads((DEPLOY / "campaigns/2019.json").read_text())
DOCUMENT = CONFIGURATION["document_number"]
SENDERS = {f"urn:gongjiang:publisher:{user}": user for user in ("zlb", "rsj", "xcl-association")}
CANARIES = ("测试甲", "890000198503070011", "15400000001", "ceshi-a@example.com", "户籍")


@dataclass(frozen=True)
class Place:
    """Intake under test."""

    address: str
    application: Application
    vault: Vault
    issuer: Issuer

    def received(self, name: str, **changes: Any) -> UUID:
        """The nomination of a sample, sent anew under an id of its own."""
        sample = json.loads((DEPLOY / f"samples/{name}.json").read_text())
        sample["id"] = f"{name}-{uuid4()}"
        for path, value in changes.items():
            *way, last = path.split("__")
            target = sample["data"]
            for step in way:
                target = target[step]
            target[last] = value
        user = SENDERS[sample["source"]]
        body = json.dumps(sample).encode()
        receiving = Receiving(
            self.application, registry((DEPLOY / "publishers.json").read_bytes()), self.vault
        )
        receiving.take([Delivery(user, "application/cloudevents+json", {}, body)])
        assert self.application.wait_for_views(self.application.log.head, 5)
        return nomination_id(submission_id(user, sample["source"], sample["id"]))

    def stream(self, nomination: UUID) -> list[Any]:
        """What has happened to a nomination."""
        events = self.application.log.load([NOMINATION.stream(nomination)])
        return [recorded.event for recorded in events]


@pytest.fixture(scope="module")
def place(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("intake")
    secrets = prepare_secrets(folder)
    with administrator(servers.database_url) as connection:
        database, keys = (
            prepare_database(connection, servers.database_url, f"desk_{name}", folder)
            for name in ("intake", "intake_keys")
        )
    settings = Settings(
        profile="rehearsal",
        service="intake",
        database_url=database.app_url,
        keys_database_url=keys.app_url,
        amqp_url=servers.amqp_url,
        secrets=folder,
        publishers=DEPLOY / "publishers.json",
        accounts=DEPLOY / "accounts/rehearsal.json",
        port=0,
    )
    install(database.owner_url, f"{database.name}_app", settings.origin, PLAN)
    create(keys.owner_url, f"{keys.name}_app")
    application, vault = Application(PLAN, settings), vault_of(settings)
    assert isinstance(application.clock, RehearsalClock)
    application.clock.set(datetime.fromisoformat("2019-12-10T17:00:00+08:00"), "operator")
    application.execute(
        "campaign",
        campaign_id(DOCUMENT),
        "open_campaign",
        {"configuration": CONFIGURATION},
        OFFICE,
    )
    issuer = Issuer(secrets.identity_private.read_bytes())
    try:
        app = create_app(application, operations, router)
        with projecting(application), serving(app) as address:
            yield Place(address, application, vault, issuer)
    finally:
        application.close()
        vault.close()
        drop_databases(servers.database_url, "desk")


PEOPLE = iter(range(1, 1000))


def someone_else() -> str:
    """A valid fictional ID number of a man whom nobody has nominated yet."""
    body = f"89000019850307{next(PEOPLE) * 2 - 1 + 100:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    rest = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11
    return body + "10X98765432"[rest]


@pytest.fixture
def good(place: Place) -> UUID:
    """A nomination against which nothing speaks."""
    return place.received("good-1", form__id_number=someone_else())


@pytest.fixture
def client(place: Place) -> Iterator[httpx.Client]:
    with visiting(place.address) as one:
        one.timeout = httpx.Timeout(60)  # the first sheet of a process loads its fonts
        yield one


def by(place: Place, actor: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {place.issuer.token(actor)}"}


class Person:
    """Somebody at a browser."""

    def __init__(self, client: httpx.Client, account: str) -> None:
        self._client = client
        client.headers["accept"] = "text/html"
        answer = client.post("/login", data={"id": account, "password": "rehearsal-only"})
        assert answer.status_code == 303

    def sees(self, path: str) -> BeautifulSoup:
        """A page."""
        answer = self._client.get(path)
        assert answer.status_code == 200, answer.text
        return BeautifulSoup(answer.text, "html.parser")

    def submits(self, page: BeautifulSoup, to: str, **filled: Any) -> httpx.Response:
        """The form of the page that leads there, filled in."""
        form = page.find("form", action=re.compile(f"{to}$"))
        assert form is not None, f"no form to {to}"
        hidden = form.select("input[type=hidden]")
        given = {str(one["name"]): str(one["value"]) for one in hidden}
        return self._client.post(str(form["action"]), data=given | filled)


@pytest.fixture
def office(client: httpx.Client) -> Person:
    return Person(client, "office")


def words(answer: httpx.Response | BeautifulSoup) -> str:
    page = (
        answer if isinstance(answer, BeautifulSoup) else BeautifulSoup(answer.text, "html.parser")
    )
    return page.get_text(" ", strip=True)


# what is shown


def test_the_desk_lists_what_came_with_status_and_findings(place: Place, office: Person) -> None:
    place.received("bad-3", form__id_number=someone_else())
    shown = words(office.sees("/"))
    assert CONFIGURATION["title"] in shown
    assert DOCUMENT in shown
    assert "不符 S16" in shown
    assert "已受理" in shown


def test_the_desk_can_be_narrowed_to_one_status(place: Place, office: Person, good: UUID) -> None:
    href = f"/nominations/{good}"
    assert office.sees("/?status=已受理").find("a", href=href)
    assert not office.sees("/?status=已授予").find("a", href=href)


def test_neither_list_nor_page_shows_whom_it_is_about(
    place: Place, client: httpx.Client, office: Person, good: UUID
) -> None:
    pages = [client.get(path).text for path in ("/", f"/nominations/{good}")]
    answers = [
        client.get(path, headers=by(place, OFFICE)).text
        for path in ("/api/nominations", f"/api/nominations/{good}")
    ]
    for canary in CANARIES:
        assert canary not in "".join(pages + answers)


def test_a_nomination_shows_findings_materials_and_history(office: Person, good: UUID) -> None:
    shown = words(office.sees(f"/nominations/{good}"))
    assert "未发现问题" in shown
    assert "先进事迹材料" in shown
    assert "受理推荐申报" in shown
    assert "依据 S26" in shown


def test_an_unknown_nomination_is_404(place: Place, client: httpx.Client, office: Person) -> None:
    assert client.get(f"/nominations/{uuid4()}").status_code == 404
    assert client.get(f"/api/nominations/{uuid4()}", headers=by(place, OFFICE)).status_code == 404


def test_who_runs_the_machines_does_not_see_the_cases(
    place: Place, client: httpx.Client, good: UUID
) -> None:
    for path in ("/", "/api/nominations", f"/api/nominations/{good}", f"/nominations/{good}"):
        assert client.get(path, headers=by(place, OPERATOR)).status_code == 403
        assert client.get(path).status_code == 401
    assert ROLES.difference(READERS) == {"operator", "authority"}


def test_a_department_sees_whom_it_was_asked_about_and_no_list(
    place: Place, client: httpx.Client, good: UUID
) -> None:
    """P8, P3."""
    police = actor("authority", id="authority-police")
    asked_of = Vetting(
        authorities=(Authority(code="police", title="虚构公安分局", account=police.id),)
    )
    configuration = {**CONFIGURATION, "vetting": asked_of.model_dump(mode="json")}
    campaign = campaign_id(DOCUMENT)
    amendment = {"configuration": configuration, "reason": "增加联审", "approval": "演练批复1号"}
    place.application.execute("campaign", campaign, "amend_campaign", amendment, OFFICE)

    def answers(*paths: str) -> set[int]:
        return {client.get(path, headers=by(place, police)).status_code for path in paths}

    lists = ("/", "/api/nominations", f"/api/campaigns/{campaign}/precedents")
    one = (f"/nominations/{good}", f"/api/nominations/{good}")
    assert answers(*lists, *one) == {403}
    told = asked().model_copy(update={"nomination_id": good, "campaign_id": campaign})
    milestone = record(told)
    cause = Cause("test", None)
    place.application.commit(lambda batch: batch.ask(Addressed(NOMINATION, good, milestone), cause))
    assert answers(*one) == {200}
    assert answers(*lists) == {403}


# the same as JSON


def test_the_list_of_a_campaign_is_found_by_its_document_number_or_id(
    place: Place, client: httpx.Client, good: UUID
) -> None:
    def found(campaign: str) -> set[str]:
        answer = client.get(
            "/api/nominations", params={"campaign": campaign}, headers=by(place, AUDITOR)
        )
        return {row["nomination_id"] for row in answer.json()}

    assert str(good) in found(DOCUMENT)
    assert found(str(campaign_id(DOCUMENT))) == found(DOCUMENT)
    assert found("嘉港区办〔2020〕1号") == set()


def test_a_nomination_as_json_has_its_history(
    place: Place, client: httpx.Client, good: UUID
) -> None:
    case = client.get(f"/api/nominations/{good}", headers=by(place, AUDITOR)).json()
    assert case["status"] == "已受理"
    assert case["recommender"]["name"] == "虚构石化示例有限公司"
    assert [line["event"] for line in case["history"]] == ["nomination_received"]
    assert case["history"][0]["rule"] == "S26"


def test_the_answer_to_a_message_is_found_by_source_and_id(
    place: Place, client: httpx.Client
) -> None:
    place.received("bad-1")
    rows = client.get("/api/nominations", headers=by(place, AUDITOR)).json()
    wanted = {"source": rows[0]["source"], "id": rows[0]["message_id"]}
    (answer,) = client.get("/api/submissions", params=wanted, headers=by(place, AUDITOR)).json()
    assert answer["nomination_id"] == rows[0]["nomination_id"]


# the pre-review


def test_the_office_passes_a_nomination_with_the_conditions_it_found(
    place: Place, office: Person, good: UUID
) -> None:
    """S35: the outcome is a person's to decide, and stands on the page at once."""
    page = office.sees(f"/nominations/{good}")
    answer = office.submits(page, "/pass", conditions=["C1"], opinion="材料齐全，条件成立。")
    assert answer.headers["location"] == f"/nominations/{good}?done=passed"
    shown = words(office.sees(answer.headers["location"]))
    assert "已记录：资格初审通过" in shown
    assert "拟入围" in shown
    assert "材料齐全，条件成立。" in shown
    assert not office.sees(f"/nominations/{good}").find("form", action=re.compile("/pass$"))
    assert "拟入围" in words(office.sees("/?status=拟入围"))


def test_several_conditions_can_be_found(place: Place, office: Person) -> None:
    two = place.received("good-3", form__id_number=someone_else(), form__sex="男")
    page = office.sees(f"/nominations/{two}")
    office.submits(page, "/pass", conditions=["C3", "C4"], opinion="均成立")
    (passed,) = (one for one in place.stream(two) if isinstance(one, NominationPreReviewed))
    assert passed.conditions == ("C3", "C4")


def test_passing_without_a_condition_is_refused_in_words_and_keeps_what_was_typed(
    place: Place, office: Person, good: UUID
) -> None:
    """S11."""
    page = office.sees(f"/nominations/{good}")
    answer = office.submits(page, "/pass", opinion="写了很久的意见")
    assert answer.status_code == 409
    assert "通过初审须认定所申报条件中的至少一项" in words(answer)
    assert "依据规则 S11" in words(answer)
    assert "写了很久的意见" in answer.text
    assert len(place.stream(good)) == 1


def test_an_error_that_a_rule_found_cannot_be_passed_over(place: Place, office: Person) -> None:
    """S16."""
    bad = place.received("bad-3", form__id_number=someone_else())
    page = office.sees(f"/nominations/{bad}")
    answer = office.submits(page, "/pass", conditions=["C2"], opinion="通融")
    assert answer.status_code == 409
    assert "依据规则 S16" in words(answer)


def test_the_office_fails_a_nomination_by_the_rules_that_were_found(
    place: Place, office: Person
) -> None:
    """S35: the form proposes the rules of the findings."""
    bad = place.received("bad-3", form__id_number=someone_else())
    page = office.sees(f"/nominations/{bad}")
    proposed = page.find("input", {"name": "reasons"})
    assert proposed is not None
    assert proposed["value"] == "S16"
    answer = office.submits(page, "/fail", reasons="s16、S9", opinion="条件不成立。")
    assert answer.status_code == 303
    assert place.stream(bad)[-1].reasons == ("S16", "S9")
    assert "初审不通过" in words(office.sees(answer.headers["location"]))


def test_failing_by_no_rule_is_refused(place: Place, office: Person, good: UUID) -> None:
    page = office.sees(f"/nominations/{good}")
    answer = office.submits(page, "/fail", reasons="不合适", opinion="不合适。")
    assert (answer.status_code, "依据规则 S35" in words(answer)) == (409, True)
    assert 'value="不合适"' in answer.text


def test_an_opinion_must_be_written(place: Place, office: Person, good: UUID) -> None:
    page = office.sees(f"/nominations/{good}")
    answer = office.submits(page, "/pass", conditions=["C1"], opinion="")
    assert answer.status_code == 422
    assert "opinion：至少 1 个字" in words(answer)


def test_nobody_but_the_office_is_offered_the_pre_review(client: httpx.Client, good: UUID) -> None:
    """S25: and who asks all the same is refused by the rule."""
    expert = Person(client, "expert-1")
    page = expert.sees(f"/nominations/{good}")
    assert not page.find("form", action=re.compile("/(pass|fail|keep|release)$"))
    proof = page.find("input", {"name": "csrf"})
    assert proof is not None
    answer = client.post(
        f"/nominations/{good}/pass",
        data={"csrf": str(proof["value"]), "conditions": "C1", "opinion": "好"},
    )
    assert answer.status_code == 403
    assert "领导小组办公室" in words(answer)
    assert "依据规则 S25" in words(answer)


def test_the_office_chooses_between_two_nominations_of_one_person(
    place: Place, office: Person
) -> None:
    """P7."""
    number = someone_else()
    first = place.received("good-1", form__id_number=number)
    second = place.received("bad-5", form__id_number=number)
    page = office.sees(f"/nominations/{first}")
    assert "重复申报待处理" in words(page)
    assert page.find("a", href=f"/nominations/{second}")
    answer = office.submits(page, "/keep")
    assert "并入本项" in words(office.sees(answer.headers["location"]))
    assert "重复并入" in words(office.sees(f"/nominations/{second}"))


# personal data


def test_opening_shows_the_data_once_and_stands_in_the_history(
    place: Place, office: Person, good: UUID
) -> None:
    """P3: opening is an event of its own."""
    page = office.sees(f"/nominations/{good}")
    answer = office.submits(page, "/open", purpose="核对身份", fields=["identity", "contact"])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "测试甲" in words(answer)
    assert "15400000001" in words(answer)
    assert "独创" not in words(answer)
    opened = place.stream(good)[-1]
    assert isinstance(opened, PersonalDataOpened)
    assert (opened.purpose, opened.fields) == ("核对身份", ("identity", "contact"))
    afterwards = words(office.sees(f"/nominations/{good}"))
    assert "测试甲" not in afterwards
    assert "查看身份信息、联系方式；用途：核对身份" in afterwards


def test_the_dossier_is_readable(office: Person, good: UUID) -> None:
    page = office.sees(f"/nominations/{good}")
    shown = words(office.submits(page, "/open", purpose="初审", fields=["dossier"]))
    assert "独创“听、摸、比、测”四步诊断法" in shown
    assert "检修班长" in shown
    assert "一级/高级技师" in shown
    assert "ZL201819999991.4" in shown
    assert "先进操作法命名文件" in shown


@pytest.mark.parametrize(
    ("filled", "words_"),
    [
        ({"purpose": "", "fields": ["identity"]}, "purpose：至少 2 个字"),
        ({"purpose": "   ", "fields": ["identity"]}, "purpose：至少 2 个字"),
        ({"purpose": "核对身份"}, "fields：至少 1 项"),
        ({"purpose": "核对身份", "fields": ["everything"]}, "只能是"),
    ],
)
def test_nothing_is_opened_without_purpose_and_part(
    place: Place, office: Person, good: UUID, filled: dict[str, Any], words_: str
) -> None:
    page = office.sees(f"/nominations/{good}")
    answer = office.submits(page, "/open", **filled)
    assert answer.status_code == 422
    assert words_ in words(answer)
    assert len(place.stream(good)) == 1


@pytest.mark.parametrize("actor", [OFFICE, INVESTIGATOR, AUDITOR], ids=lambda a: a.id)
def test_entitled_roles_open_by_program(
    place: Place, client: httpx.Client, good: UUID, actor: Any
) -> None:
    answer = client.post(
        f"/api/nominations/{good}/dossier",
        json={"purpose": "综合评审", "fields": ["identity", "dossier"]},
        headers=by(place, actor),
    )
    assert answer.status_code == 200
    opened = answer.json()
    assert opened["identity"]["name"] == "测试甲"
    assert opened["contact"] is None
    assert opened["dossier"]["form"]["employer"]["name"] == "虚构石化示例有限公司"
    events = list(place.application.log.load([NOMINATION.stream(good)]))
    assert events[-1].by == actor
    assert events[-1].position == opened["position"]


def test_an_operator_opens_nothing(place: Place, client: httpx.Client, good: UUID) -> None:
    answer = client.post(
        f"/api/nominations/{good}/dossier",
        json={"purpose": "好奇", "fields": ["identity"]},
        headers=by(place, OPERATOR),
    )
    assert answer.status_code == 403
    assert len(place.stream(good)) == 1


def test_when_the_opening_cannot_be_stored_nothing_is_opened(
    place: Place, client: httpx.Client, good: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise psycopg.OperationalError

    monkeypatch.setattr(place.application, "execute", away)
    answer = client.post(
        f"/api/nominations/{good}/dossier",
        json={"purpose": "核对身份", "fields": ["identity"]},
        headers=by(place, OFFICE),
    )
    assert answer.status_code == 503
    assert "测试甲" not in answer.text


def test_what_was_erased_stays_closed_and_says_so(
    place: Place, client: httpx.Client, office: Person
) -> None:
    number = someone_else()
    erased = place.received("good-1", form__id_number=number)
    place.vault.destroy(place.vault.person(campaign_id(DOCUMENT), number))
    page = office.sees(f"/nominations/{erased}")
    answer = office.submits(page, "/open", purpose="核对身份", fields=["identity"])
    assert (answer.status_code, "已依法删除" in words(answer)) == (410, True)
    told = client.post(
        f"/api/nominations/{erased}/dossier",
        json={"purpose": "核对身份", "fields": ["identity"]},
        headers=by(place, OFFICE),
    )
    assert (told.status_code, told.json()["code"]) == (410, "erased")


# release


def passed(place: Place, nomination: UUID) -> UUID:
    place.application.execute(
        "nomination",
        nomination,
        "pass_pre_review",
        {"conditions": ["C1"], "opinion": "可以"},
        OFFICE,
    )
    return nomination


def paper_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    pages = PdfReader(BytesIO(answer.content)).pages
    assert float(pages[0].mediabox.height) == pytest.approx(841.9, abs=0.1)
    return "".join("".join(page.extract_text().split()) for page in pages)


LABELS = (
    "嘉兴港区“港区工匠”评选推荐表",
    "姓名",
    "性别",
    "户籍",
    "正面免冠",
    "身份证号",
    "学历",
    "从事专业",
    "本工种",
    "归口行业",
    "技术职称",
    "职业资格",
    "工作单位",
    "在港区",
    "申请人",
    "手机",
    "通信地址",
    "办公电话",
    "电子邮箱",
    "推荐类型",
    "工作简历",
    "荣誉和奖励",
    "获得的发明",
    "主要业绩、",
    "自荐承诺",
    "推荐单位",
    "初审单位",
    "领导小组",
    "社会公示",
)


def test_the_form_is_printed_with_all_its_fields_for_a_purpose_on_record(
    place: Place, office: Person, good: UUID
) -> None:
    """S44–S71, P3: what did not happen yet is empty."""
    page = office.sees(f"/nominations/{good}")
    to = f"/desk/nominations/{good}/form.pdf"
    assert office.submits(page, to, purpose="", copy="unit").status_code == 422
    assert not [event for event in place.stream(good) if isinstance(event, PersonalDataOpened)]
    text = paper_of(office.submits(page, to, purpose="交推荐单位留存", copy="unit"))
    for said in (
        *LABELS,
        CANARIES[0],
        *CANARIES[2:4],
        "身份证号8900001985",
        "■单位推荐",
        "□行业组织推荐",
    ):
        assert said in text
    assert "推荐单位留存" in text
    assert "用途：交推荐单位留存" in text
    assert "资格初审通过" not in text
    opened = place.stream(good)[-1]
    assert isinstance(opened, PersonalDataOpened)
    assert set(opened.fields) == {"identity", "contact", "dossier"}


def test_a_block_of_the_form_is_filled_by_what_happened(
    place: Place, office: Person, good: UUID
) -> None:
    """S69"""
    said = {"conditions": ["C1"], "opinion": "材料齐全，同意列为拟入围人选。"}
    page = office.sees(f"/nominations/{good}")
    assert office.submits(page, f"/nominations/{good}/pass", **said).status_code == 303
    to = f"/desk/nominations/{good}/form.pdf"
    text = paper_of(office.submits(page, to, purpose="存档", copy="office"))
    assert "认定符合条件：绝技高招或先进操作法。材料齐全，同意列为拟入围人选。" in text


@pytest.mark.parametrize(
    "person", [EXPERT, COMMITTEE, OPERATOR], ids=lambda one: next(iter(one.roles))
)
def test_who_has_no_business_with_all_parts_prints_no_form(
    place: Place, client: httpx.Client, good: UUID, person: Any
) -> None:
    answer = client.post(
        f"/desk/nominations/{good}/form.pdf", data={"purpose": "看看"}, headers=by(place, person)
    )
    assert answer.status_code == 403


def test_a_release_takes_exactly_what_may_be_public_from_the_nomination_itself(
    place: Place, client: httpx.Client, good: UUID
) -> None:
    """P3: and the opening that it needs is on record before it."""
    answer = client.post(
        f"/api/nominations/{passed(place, good)}/release", json={}, headers=by(place, OFFICE)
    )
    assert answer.status_code == 200
    assert answer.json()["events"] == ["publication_released"]
    entry = answer.json()["entry"]
    assert entry.pop("achievements").startswith("扎根检修一线十四年")
    assert entry == {
        "name": "测试甲",
        "sex": "男",
        "employer": "虚构石化示例有限公司",
        "post": "检修班长",
        "qualification": "化工检修钳工（一级/高级技师）",
        "recommender": "虚构石化示例有限公司",
    }
    opened, released = place.stream(good)[-2:]
    assert isinstance(opened, PersonalDataOpened)
    assert opened.fields == ("identity", "dossier")
    assert isinstance(released, PublicationReleased)


def test_the_office_releases_by_a_form(place: Place, office: Person, good: UUID) -> None:
    passed(place, good)
    answer = office.submits(office.sees(f"/nominations/{good}"), "/release")
    assert answer.status_code == 303
    shown = words(office.sees(answer.headers["location"]))
    assert "公开内容核定完成" in shown
    assert "测试甲" in shown
    assert "15400000001" not in shown


def test_before_the_pre_review_there_is_nothing_to_release(
    place: Place, client: httpx.Client, good: UUID
) -> None:
    """S39."""
    answer = client.post(f"/api/nominations/{good}/release", headers=by(place, OFFICE))
    assert (answer.status_code, answer.json()["rule"]) == (409, "S39")


@pytest.mark.parametrize("actor", [EXPERT, COMMITTEE, AUDITOR], ids=lambda actor: actor.id)
def test_nobody_but_the_office_releases_and_nothing_is_opened_for_it(
    place: Place, client: httpx.Client, good: UUID, actor: Any
) -> None:
    passed(place, good)
    answer = client.post(f"/api/nominations/{good}/release", headers=by(place, actor))
    assert answer.status_code == 403
    assert not any(isinstance(event, PersonalDataOpened) for event in place.stream(good))


# completeness


def test_every_event_of_a_nomination_can_be_told() -> None:
    assert TELLINGS.keys() == set(NOMINATION.events)


def test_every_status_and_material_has_its_words() -> None:
    assert set(MATERIALS) == set(get_args(MaterialKind))
    assert set(COURSE) <= TONES.keys()


def test_the_page_is_well_formed_for_readers_of_all_kinds(office: Person, good: UUID) -> None:
    """Every field has its label, every table its header cells, every id is one of a kind."""
    page = office.sees(f"/nominations/{good}")
    ids = [one["id"] for one in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    for one in page.select("input:not([type=hidden]):not([type=checkbox]), textarea"):
        assert page.find("label", {"for": one["id"]})
    for one in page.select("input[type=checkbox]"):
        assert one.find_parent("label")
    assert all(table.find("th", scope="col") for table in page.find_all("table"))
    assert len(page.find_all("h1")) == 1
    assert all(one.get("src") and not one.text for one in page.find_all("script"))


def test_a_message_that_was_parked_is_answered_when_an_operator_retries_it(
    place: Place, client: httpx.Client
) -> None:
    """One whose sender was not registered yet; what never was a nomination stays parked."""
    good = json.loads((DEPLOY / "samples/good-2.json").read_text())
    good["data"]["form"]["id_number"] = someone_else()
    receiving = Receiving(place.application, registry(b'{"publishers": []}'), place.vault)
    bodies = [json.dumps(good).encode(), b"{}"]
    kind = "application/cloudevents+json"
    receiving.take(Delivery("rsj", kind, {}, body) for body in bodies)
    headers = by(place, OPERATOR)
    parked = client.get("/parked", headers=headers).json()
    first, second = (client.post(f"/parked/{one['id']}/retry", headers=headers) for one in parked)
    assert first.json() == {"processed": 1}
    assert second.status_code == 409
    assert second.json()["code"] == "still_fails"
    left = client.get("/parked", headers=headers).json()
    assert [one["id"] for one in left] == [parked[1]["id"]]


def test_a_campaign_is_looked_through_for_a_purpose_that_stands_on_each_nomination(
    place: Place, client: httpx.Client
) -> None:
    """P3: identity and dossier are opened on record; no ID number and no contact is told"""
    nominations = [place.received("good-1", form__id_number=someone_else()) for _ in range(2)]
    path = f"/audit/facts/{campaign_id(DOCUMENT)}"
    for somebody in (OFFICE, EXPERT, actor("auditor", "expert")):
        refused = client.post(path, json={"purpose": "核查"}, headers=by(place, somebody))
        assert refused.status_code == 403
    assert client.post(path, json={"purpose": ""}, headers=by(place, AUDITOR)).status_code == 422
    numbered = {"purpose": "核查890000198503070011"}
    assert client.post(path, json=numbered, headers=by(place, AUDITOR)).status_code >= 400
    assert not any(
        isinstance(event, PersonalDataOpened) for one in nominations for event in place.stream(one)
    )
    answer = client.post(path, json={"purpose": "专项核查"}, headers=by(place, AUDITOR))
    assert answer.status_code == 200, answer.text
    told = {UUID(one["id"]): one for one in answer.json()["nominations"]}
    for one in nominations:
        opened = place.stream(one)[-1]
        assert isinstance(opened, PersonalDataOpened)
        assert (opened.purpose, set(opened.fields)) == ("专项核查", {"identity", "dossier"})
        assert told[one]["opened"]["birth"] == "1985-03-07"
        assert told[one]["opened"]["patents"][0]["number"] == "ZL201819999991.4"
        assert told[one]["received"]["event"] == "nomination_received.v2"
    assert not re.search(r"89000019850307|15400000001|ceshi-a@", answer.text)
