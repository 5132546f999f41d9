"""The portal over HTTP, with tables that a test has filled."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace

import httpx
import pytest
from bs4 import BeautifulSoup
from fastapi import FastAPI

from services.publicity import pages, stamping
from services.publicity import picture as shown
from services.publicity.picture import Picture
from services.publicity.site import stages
from services.publicity.stamping import Stamp
from tests.publicity.pictures import (
    CANCELLED,
    DECIDED,
    DURING,
    EMPTY,
    ENDED,
    OPENED,
    OVER,
    POSTED,
)
from tests.publicity.stories import CAMPAIGN, JIA, NOTICE_ID, OPENING, YI

STAMP = Stamp(
    service="publicity",
    title="公示与授予",
    origin="gongjiang/publicity",
    size=7,
    root="cm9vdA==",
    witnesses=("受理与资格初审",),
    seen_at=datetime.fromisoformat("2019-12-23T09:00:05+08:00"),
)


@dataclass
class Stand:
    """The web side with a picture in the place of a database."""

    app: FastAPI
    picture: Picture = EMPTY
    stamps: tuple[Stamp, ...] = ()
    now: datetime = OPENING

    def get(self, path: str, **headers: str) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(self.app), base_url="http://portal.example"
            ) as client:
                return await client.get(
                    path, headers={key.replace("_", "-"): said for key, said in headers.items()}
                )

        return asyncio.run(ask())

    def page(self, path: str) -> BeautifulSoup:
        return BeautifulSoup(self.get(path).text, "html.parser")


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    @contextmanager
    def reading() -> Iterator[None]:
        yield None

    settings = SimpleNamespace(
        service="publicity",
        portal_url="http://portal.example",
        intake_url="http://intake.example",
        review_url="http://review.example",
        site_operator="虚构示例办公室",
        site_id_code="8900000001",
        site_icp="虚构ICP备00000000号",
        site_police="虚构公网安备00000000000000号",
        rehearsal=True,
        audit_policy=None,
        origin="gongjiang/publicity",
        url_of=lambda service: f"http://{service}.example",
    )
    app = FastAPI()
    app.include_router(pages.router)
    standing = Stand(app)
    app.state.web = SimpleNamespace(
        application=SimpleNamespace(
            reading=reading, settings=settings, clock=SimpleNamespace(now=lambda: standing.now)
        ),
        visitor=lambda _: None,
        issuer=None,
    )
    monkeypatch.setattr(shown, "picture", lambda _: standing.picture)
    monkeypatch.setattr(shown, "told", lambda _: standing.picture.position)
    monkeypatch.setattr(
        stamping, "stamps", lambda _, __, position: standing.stamps if position == 4 else ()
    )
    monkeypatch.setattr(stamping, "latest", lambda _: standing.stamps)
    return standing


class TestFirstPage:
    def test_stands_before_the_first_campaign(self, stand: Stand) -> None:
        assert "目前没有正在进行的评选活动" in stand.page("/").text

    def test_shows_the_current_notice_and_who_is_on_it(self, stand: Stand) -> None:
        """S38, A12."""
        stand.picture = DURING
        page = stand.page("/")
        posted = page.select_one("ul.posted")
        assert posted is not None
        assert [line.text for line in posted("li")] == [
            "阿·测试丙（虚构石化示例有限公司）",
            "测试乙（虚构石化示例有限公司）",
            "测试甲（虚构石化示例有限公司）",
        ]
        assert page.select_one(f'a[href="/notices/{NOTICE_ID}"]') is not None

    def test_says_to_whom_the_notice_went_what_for_and_what_the_units_do(
        self, stand: Stand
    ) -> None:
        """S3, S5, S41: shown; nothing is decided by it."""
        stand.picture = DURING
        text = stand.page("/").text
        assert "主送：乍浦镇，各企事业单位" in text
        assert "本次评选旨在选树岗位技术创新和技术成才的榜样" in text
        assert "宣传、发掘、选拔、推荐、上报各环节" in text

    def test_marks_a_revoked_title_as_revoked(self, stand: Stand) -> None:
        """P15: the roll keeps the name and says what became of the title."""
        revoked = replace(
            ENDED.honours[0], standing="revoked", revocation_number="嘉港区管〔2020〕9号"
        )
        stand.picture = replace(ENDED, honours=(revoked, *ENDED.honours[1:]))
        roll = stand.page("/").select_one("#honours tbody")
        assert roll is not None
        assert [row.select("td")[4].text.split() for row in roll("tr")] == [
            ["已撤销", "嘉港区管〔2020〕9号"],
            ["已授予"],
        ]

    def test_shows_where_the_selection_stands(self, stand: Stand) -> None:
        """S39: one stage is going on."""
        stand.picture = DURING
        now = stand.page("/").select('.stages li[aria-current="step"] b')
        assert [stage.text for stage in now] == ["社会公示"]

    def test_shows_the_honours_and_the_news(self, stand: Stand) -> None:
        """S40, P14."""
        stand.picture = ENDED
        page = stand.page("/")
        roll = page.select_one("#honours tbody")
        assert roll is not None
        assert "阿·测试丙" in roll.text
        assert "嘉港区管〔2020〕1号" in roll.text
        assert [kind.text for kind in page.select(".news .told-kind")] == [
            "决定",
            "结果",
            "取消",
            "公示",
        ]


class TestNoticePage:
    def test_carries_the_meta_tags_of_government_sites(self, stand: Stand) -> None:
        """国办发〔2017〕47号."""
        stand.picture = DURING
        page = stand.page(f"/notices/{NOTICE_ID}")
        meta = {tag["name"]: tag.get("content") for tag in page("meta") if tag.get("name")}
        assert meta["ArticleTitle"] == "关于“港区工匠”评选结果的公示"
        assert meta["PubDate"] == "2019-12-23 09:00"
        assert meta["ContentSource"] == "嘉兴港区“港区工匠”评选活动领导小组办公室"
        assert meta["Url"] == f"http://portal.example/notices/{NOTICE_ID}"
        assert meta["SiteDomain"] == "portal.example"
        assert meta["SiteIDCode"] == "8900000001"
        foot = page.select_one("footer").text  # type: ignore[union-attr]
        for said in ("虚构示例办公室", "虚构ICP备00000000号", "虚构公网安备00000000000000号"):
            assert said in foot
        for name in ("SiteName", "ColumnName", "ColumnDescription", "ColumnType"):
            assert meta[name]

    def test_shows_the_list(self, stand: Stand) -> None:
        """S38."""
        stand.picture = DURING
        assert len(stand.page(f"/notices/{NOTICE_ID}").select("tbody tr")) == 3

    def test_of_a_notice_that_is_not_there_is_not_found(self, stand: Stand) -> None:
        stand.picture = DURING
        assert stand.get(f"/notices/{JIA}").status_code == 404

    def test_prints_the_roots_that_cover_its_publication(self, stand: Stand) -> None:
        """Once there are any; on paper nobody can change them."""
        stand.picture = DURING
        assert stand.page(f"/notices/{NOTICE_ID}").select_one(".stamps") is None
        stand.stamps = (STAMP,)
        printed = stand.page(f"/notices/{NOTICE_ID}").select(".stamps tbody td")
        assert [cell.text for cell in printed] == [
            "公示与授予",
            "gongjiang/publicity",
            "7",
            "cm9vdA==",
        ]

    def test_has_a_style_for_paper(self, stand: Stand) -> None:
        """GB/T 9704."""
        answer = stand.get("/notice.css")
        assert answer.headers["content-type"].startswith("text/css")
        assert "@page" in answer.text


class TestAnnouncements:
    """Everything that was told has a page of its own, and each names the others it belongs to."""

    RESULT = f"/announcements/result:{NOTICE_ID}"
    CANCELLATION = f"/announcements/withdrawal:{NOTICE_ID}:{JIA}"

    def test_are_linked_with_their_notice_both_ways(self, stand: Stand) -> None:
        """P6, S43: what came later stands above the notice, and the notice below what came."""
        stand.picture = ENDED
        notice = stand.page(f"/notices/{NOTICE_ID}")
        assert {str(link["href"]) for link in notice.select(".related a")} == {
            self.RESULT,
            self.CANCELLATION,
        }
        for path in (self.RESULT, self.CANCELLATION):
            back = [link["href"] for link in stand.page(path).select(".related a")]
            assert back == [f"/notices/{NOTICE_ID}"]

    def test_carry_the_tags_of_their_own_column(self, stand: Stand) -> None:
        """国办发〔2017〕47号."""
        stand.picture = ENDED
        page = stand.page("/announcements/decision:1")
        meta = {tag["name"]: tag.get("content") for tag in page("meta") if tag.get("name")}
        assert meta["ColumnName"] == "表彰决定"
        assert meta["ArticleTitle"] == "关于授予“港区工匠”荣誉称号的决定"
        assert meta["ContentSource"] == "嘉兴港区开发建设管理委员会"
        assert "嘉港区管〔2020〕1号" in page.select_one(".index-table").text  # type: ignore[union-attr]

    def test_have_a_number_in_their_year_that_stays(self, stand: Stand) -> None:
        """索引号: what is told later does not change it."""
        stand.picture = DURING
        before = stand.page(f"/notices/{NOTICE_ID}").select_one(".index-table dd")
        stand.picture = ENDED
        after = stand.page(f"/notices/{NOTICE_ID}").select_one(".index-table dd")
        assert before is not None
        assert before == after
        assert before.text == "GJ-2019-000020"

    def test_of_what_was_never_told_are_not_found(self, stand: Stand) -> None:
        stand.picture = DURING
        assert stand.get(self.RESULT).status_code == 404


def test_a_column_carries_no_article_and_the_first_page_no_column(stand: Stand) -> None:
    """国办发〔2017〕47号: each kind of page its own tags."""
    stand.picture = DURING
    kinds = {}
    for path in ("/", "/notices"):
        names = {str(tag.get("name")) for tag in stand.page(path)("meta")}
        kinds[path] = ("SiteName" in names, "ColumnName" in names, "ArticleTitle" in names)
    assert kinds == {"/": (True, False, False), "/notices": (True, True, False)}


def test_the_roll_is_there_by_year(stand: Stand) -> None:
    """S40, P14."""
    stand.picture = ENDED
    assert [name.text for name in stand.page("/honours/2020").select(".roll b")] == [
        "阿·测试丙",
        "测试乙",
    ]
    assert stand.get("/honours/2019").status_code == 404


def test_the_call_is_there_in_full(stand: Stand) -> None:
    """S4: red head, number, addressees, what is asked, sign-off; no address of a person."""
    stand.picture = DURING
    text = stand.page(f"/campaigns/{CAMPAIGN}/call").text
    for words in (
        "嘉兴港区开发建设管理委员会办公室文件",
        "嘉港区办〔2019〕60号",
        "乍浦镇，各企事业单位：",
        "于2019年12月10日前报送",
        "（此件公开发布）",
    ):
        assert words in text


def test_a_campaign_is_drawn_and_told_in_words_as_well(stand: Stand) -> None:
    stand.picture = ENDED
    page = stand.page(f"/campaigns/{CAMPAIGN}")
    told = page.select_one(".funnel desc")
    assert told is not None
    assert told.text.startswith("入围名额")
    assert "仍在名单2人" in told.text


def test_the_pages_are_as_their_reader_wants_to_see_them(stand: Stand) -> None:
    """The cookie chooses; what it cannot say is as it is for everybody."""
    stand.picture = DURING
    for cookie, attributes in (
        ("large.high.dark", {"data-text": "large", "data-contrast": "high", "data-scheme": "dark"}),
        ("huge.high.pink", {"data-contrast": "high"}),
        ("nonsense", {}),
    ):
        text = stand.get("/", cookie=f"gongjiang_view={cookie}").text
        root = BeautifulSoup(text, "html.parser").html
        assert root is not None
        assert {key: said for key, said in root.attrs.items() if key != "lang"} == attributes


def test_the_page_on_the_ledger_tells_how_to_check_it(stand: Stand) -> None:
    assert "尚未存证" in stand.page("/audit/").text
    stand.stamps = (STAMP,)
    page = stand.page("/audit/")
    assert "受理与资格初审" in page.text
    links = {str(link["href"]) for link in page.select("main a")}
    assert links >= {
        "http://publicity.example/audit/checkpoint",
        "/audit/policy",
        "/audit/verifier.py",
    }


@pytest.mark.parametrize("picture", [CANCELLED, ENDED], ids=["during", "after"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/notices/{NOTICE_ID}",
        "/notices",
        f"/campaigns/{CAMPAIGN}",
        "/honours",
        f"/announcements/withdrawal:{NOTICE_ID}:{JIA}",
        "/feed/publicity.json",
        "/feed/publicity.atom",
        "/feed/datastore.xml",
        "/api/notices",
        "/api/honours",
    ],
)
def test_nowhere_is_the_name_of_the_cancelled(stand: Stand, picture: Picture, path: str) -> None:
    """S43: it was on each page that lists people, and is on none."""
    stand.picture = picture
    answer = stand.get(path)
    assert answer.status_code == 200
    assert "测试甲" not in answer.text


class TestFeeds:
    @pytest.mark.parametrize(
        ("path", "kind"),
        [
            ("/feed/publicity.json", "application/json"),
            ("/feed/publicity.atom", "application/atom+xml"),
            ("/feed/datastore.xml", "application/xml"),
        ],
    )
    def test_answer_once_for_each_position(self, stand: Stand, path: str, kind: str) -> None:
        """Nothing new: 304; a cancellation is something new."""
        stand.picture = DURING
        first = stand.get(path)
        assert first.headers["content-type"].startswith(kind)
        again = stand.get(path, if_none_match=first.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        stand.picture = CANCELLED
        assert stand.get(path, if_none_match=first.headers["etag"]).status_code == 200


def test_notices_and_honours_are_there_as_json(stand: Stand) -> None:
    """What the portal shows, for programs."""
    stand.picture = ENDED
    [notice] = stand.get("/api/notices").json()
    assert notice["notice_id"] == str(NOTICE_ID)
    assert notice["closes_on"] == "2019-12-27"
    assert [entry["name"] for entry in notice["entries"]] == ["阿·测试丙", "测试乙"]
    assert [one["nomination_id"] for one in notice["withdrawn"]] == [str(JIA)]
    honours = stand.get("/api/honours").json()
    assert honours[1]["nomination_id"] == str(YI)
    assert honours[1]["standing"] == "conferred"


def test_the_stages_follow_what_has_happened() -> None:
    """S39: each is done, going on or ahead, and only one goes on."""
    courses = [
        stages(OPENED, (), 0),
        stages(DECIDED, (), 0),
        stages(DECIDED, (POSTED,), 0),
        stages(DECIDED, (OVER,), 0),
        stages(DECIDED, (OVER,), 2),
    ]
    assert [[stage.standing for stage in course] for course in courses] == [
        ["now", "ahead", "ahead", "ahead"],
        ["done", "done", "now", "ahead"],
        ["done", "done", "now", "ahead"],
        ["done", "done", "done", "now"],
        ["done", "done", "done", "done"],
    ]
    assert courses[2][2].note == "2019年12月23日至2019年12月27日"
    assert courses[4][3].note == "已授予2人"
    assert stages(replace(DECIDED), (), 0)[0].note == "申报截止：2019年12月10日"
