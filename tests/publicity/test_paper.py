"""Official documents on paper: their geometry, their bytes, and what is never on them."""

import asyncio
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup
from fastapi import FastAPI, Request, Response
from playwright.sync_api import Route, sync_playwright
from pypdf import PdfReader

from services.publicity import feeds, paper
from services.publicity.documents import notice_document
from services.publicity.picture import Picture
from shared.web.pages import STATIC
from shared.web.printing import WAITING, Busy, Printer, Sheet, inline, public_pdf
from shared.web.typesetting import NotOurs, OwnFiles, pdf_of
from tests.publicity.pictures import CANCELLED, DECIDED, DURING, ENDED, HONOURS, POSTED
from tests.publicity.stories import CONFIGURATION, NOTICE_ID
from tests.publicity.test_pages import STAMP, Stand, stand

__all__ = ["stand"]

POINT = 25.4 / 72
"""Millimetres."""

LEFT, TOP, WIDTH, HEIGHT = 28.0, 37.0, 156.0, 225.0
LINES, CHARACTERS = 22, 28
CHROMIUM = "/usr/bin/chromium"
REVOKED = replace(
    HONOURS[0],
    standing="revoked",
    revocation_number="嘉港区管〔2020〕9号",
    revoked_at=POSTED.closes_at,
)


@dataclass(frozen=True)
class Run:
    """A piece of text with the place of its first character, in millimetres from the upper left."""

    text: str
    x: float
    y: float
    size: float


def sheet(picture: Picture, item: str) -> Sheet:
    told = feeds.items(picture, "http://portal.example")
    return paper.announcement(picture, next(one for one in told if item in one.id), (STAMP,))


@cache
def printed(html: str) -> bytes:
    return pdf_of(html)


def reader(one: Sheet) -> PdfReader:
    return PdfReader(BytesIO(printed(one.html)))


def runs(pdf: PdfReader, page: int) -> list[Run]:
    found: list[Run] = []
    height = float(pdf.pages[page].mediabox.height)

    def visit(text: str, cm: list[float], tm: list[float], _: object, size: float) -> None:
        if text.strip():
            x = tm[4] * cm[0] + cm[4]
            y = tm[5] * cm[3] + cm[5]
            found.append(
                Run(text.strip(), x * POINT, (height - y) * POINT, abs(size * tm[0] * cm[0]))
            )

    pdf.pages[page].extract_text(visitor_text=visit)
    return found


def text_of(pdf: PdfReader) -> str:
    """Everything on its pages without spaces and page numbers; browsers write 工 as a radical."""
    whole = "".join("".join(page.extract_text().split()) for page in pdf.pages)
    return ordinary(re.sub(r"—\d+—", "", whole))


NOTICE = sheet(DURING, "notice:")
CALL = paper.call(DECIDED)
CERTIFICATE = paper.certificate(DECIDED, HONOURS[0], "http://portal.example")


class TestGeometry:
    """GB/T 9704."""

    @pytest.mark.parametrize("one", [NOTICE, CALL], ids=["notice", "call"])
    def test_every_page_is_a4_and_all_text_stands_in_the_text_area(self, one: Sheet) -> None:
        pdf = reader(one)
        for number, page in enumerate(pdf.pages):
            size = float(page.mediabox.width) * POINT, float(page.mediabox.height) * POINT
            assert size == pytest.approx((210, 297), abs=0.1)
            body = [run for run in runs(pdf, number) if "—" not in run.text]
            assert min(run.x for run in body) >= LEFT - 0.1
            assert max(run.x for run in body) < LEFT + WIDTH
            assert min(run.y for run in body) > TOP
            assert max(run.y for run in body) < TOP + HEIGHT

    def test_a_full_page_has_22_lines_of_28_characters(self) -> None:
        pdf = reader(CALL)
        body = [run for run in runs(pdf, 1) if "—" not in run.text]
        lines = sorted({round(run.y, 1) for run in body})
        assert len(lines) in (LINES, LINES - 1)  # a heading is not left alone at the foot
        steps = [after - before for before, after in pairwise(lines)]
        assert steps == pytest.approx([HEIGHT / LINES] * len(steps), abs=0.15)
        pages = [page.extract_text().splitlines() for page in pdf.pages]
        wide = [line.strip() for page in pages for line in page if not re.search("[ -~]", line)]
        assert max(map(len, wide)) == CHARACTERS

    def test_the_body_is_in_size_3_and_the_title_in_size_2(self) -> None:
        sizes = {run.text: run.size for run in runs(reader(NOTICE), 0)}
        title = next(size for text, size in sizes.items() if "评选结果的公示" in text)
        body = next(size for text, size in sizes.items() if "根据《关于开展" in text)
        assert (title, body) == pytest.approx((22, 16), abs=0.05)

    def test_the_red_rule_is_4_mm_below_the_number_and_as_wide_as_the_text(self) -> None:
        pdf = reader(sheet(ENDED, "decision:"))
        number = next(run for run in runs(pdf, 0) if "嘉港区管" in run.text)
        left, right, top = rule(pdf)
        assert (left, right - left) == pytest.approx((LEFT, WIDTH), abs=0.1)
        # the number's own line ends an eighth of its size below its base line
        assert top - number.y == pytest.approx(4 + number.size * POINT / 8, abs=0.5)

    def test_pages_are_numbered_between_dashes_odd_ones_on_the_right(self) -> None:
        pdf = reader(NOTICE)
        places = [
            next(run for run in runs(pdf, number) if run.text.startswith("—"))
            for number in range(len(pdf.pages))
        ]
        assert [place.text for place in places] == [f"—{n + 1}—" for n in range(len(pdf.pages))]
        middle = LEFT + WIDTH / 2
        assert [place.x > middle for place in places] == [n % 2 == 0 for n in range(len(places))]

    def test_the_date_ends_four_characters_from_the_right(self) -> None:
        dates = [
            run
            for number in range(2)
            for run in runs(reader(NOTICE), number)
            if re.fullmatch(r"2019年12月23日", run.text)
        ]
        width = (8 * 0.555 + 3) * 16 * POINT - 11 * 0.07
        assert dates[-1].x + width == pytest.approx(LEFT + WIDTH - 4 * 16 * POINT, abs=1.5)


def rule(pdf: PdfReader) -> tuple[float, float, float]:
    """The first rule that is drawn on the first page: left, right and upper edge in millimetres."""
    content = pdf.pages[0].get_contents()
    assert content is not None
    drawn = content.get_data().decode("latin-1")
    scale = re.search(r"([\d.]+) 0 0 [\d.]+ 0 0 cm", drawn)
    corners = re.search(r"([\d.]+) [\d.]+ m\s+([\d.]+) [\d.]+ l\s+[\d.]+ ([\d.]+) l", drawn)
    assert scale is not None
    assert corners is not None
    right, left, top = (float(place) * float(scale[1]) * POINT for place in corners.groups())
    return left, right, top


class TestBytes:
    def test_two_processes_make_the_same(self, tmp_path: Path) -> None:
        file = tmp_path / "sheet.html"
        file.write_text(NOTICE.html, "utf-8")
        program = (
            "import sys, hashlib, pathlib\n"
            "from shared.web.typesetting import pdf_of\n"
            "made = pdf_of(pathlib.Path(sys.argv[1]).read_text('utf-8'))\n"
            "print(hashlib.sha256(made).hexdigest())\n"
        )
        said = subprocess.run(
            [sys.executable, "-c", program, str(file)],
            env={**os.environ, "PYTHONHASHSEED": "20191223", "TZ": "America/New_York"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        assert said == sha256(printed(NOTICE.html)).hexdigest()

    @pytest.mark.parametrize("one", [NOTICE, CERTIFICATE], ids=["notice", "certificate"])
    def test_it_is_an_archival_file_that_can_be_read_aloud(self, one: Sheet) -> None:
        """P17: PDF/A, level A."""
        pdf = reader(one)
        catalog: Any = pdf.trailer["/Root"].get_object()
        assert catalog["/Lang"] == "zh-CN"
        assert catalog["/MarkInfo"]["/Marked"]
        assert "/StructTreeRoot" in catalog
        told = catalog["/Metadata"].get_object().get_data().decode()
        assert re.search(r'pdfaid:part(>|=")2', told)
        assert re.search(r'pdfaid:conformance(>|=")A', told)

    def test_its_dates_are_those_of_the_event(self) -> None:
        said = reader(NOTICE).metadata
        assert said is not None
        assert str(said["/CreationDate"]).startswith("D:20191223090000+08")

    @pytest.mark.parametrize(
        "one", [NOTICE, CALL, CERTIFICATE], ids=["notice", "call", "certificate"]
    )
    def test_all_its_fonts_are_free_and_inside(self, one: Sheet) -> None:
        named = set()
        for page in reader(one).pages:
            for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
                for descendant in font.get_object()["/DescendantFonts"]:
                    descriptor = descendant.get_object()["/FontDescriptor"].get_object()
                    assert {"/FontFile2", "/FontFile3"} & set(descriptor)
                    named.add(str(descriptor["/FontName"]).partition("+")[2])
        assert named
        assert all(name.startswith(("Noto-Serif-CJK-SC", "Noto-Sans-CJK-SC")) for name in named)


class TestContent:
    @pytest.mark.parametrize(
        ("picture", "item"),
        [
            (DURING, "notice:"),
            (CANCELLED, "withdrawal:"),
            (ENDED, "result:"),
            (ENDED, "decision:"),
        ],
    )
    def test_every_announcement_has_a_box_where_the_seal_goes_and_no_picture(
        self, picture: Picture, item: str
    ) -> None:
        pdf = reader(sheet(picture, item))
        assert ordinary("（公章）") in text_of(pdf)
        assert not [image for page in pdf.pages for image in page.images]

    @pytest.mark.parametrize("item", ["notice:", "withdrawal:", "result:", "decision:"])
    def test_who_was_withdrawn_is_on_no_sheet(self, item: str) -> None:
        """S43: neither in the text nor in what the file says of itself."""
        pdf = reader(sheet(ENDED, item))
        root: Any = pdf.trailer["/Root"].get_object()
        said = root["/Metadata"].get_object().get_data().decode()
        assert "测试甲" not in text_of(pdf) + said + str(pdf.metadata)
        assert "测试甲" in text_of(reader(NOTICE))

    def test_the_list_is_an_attachment_on_a_page_of_its_own(self) -> None:
        last = "".join(reader(NOTICE).pages[-1].extract_text().split())
        assert last.startswith("附件“港区工匠”拟授予人选名单序号")
        assert STAMP.root in last

    def test_a_certificate_names_holder_number_and_decision_and_nothing_private(self) -> None:
        text = text_of(reader(CERTIFICATE))
        for said in (
            "荣誉证书",
            "阿·测试丙同志：",
            "GQGJ-2019-001",
            "嘉港区管〔2020〕1号",
            "（公章）",
        ):
            assert ordinary(said) in text

    def test_what_was_released_with_markup_in_it_is_printed_as_text_and_fetches_nothing(
        self,
    ) -> None:
        named = replace(POSTED.entries[0], name="<img src='http://example.com/a.png'>")
        picture = replace(DURING, notices=(replace(POSTED, entries=(named,)),))
        assert "<imgsrc='http://example.com/a.png'>" in text_of(reader(sheet(picture, "notice:")))

    @pytest.mark.parametrize(
        "address",
        [
            "http://example.com/a.png",
            "file:///etc/passwd",
            "data:image/png;base64,AAAA",
            "https://sheet.invalid/static/../pages.py",
            "https://sheet.invalid/static/proof.js",
            "https://sheet.invalid.example.com/static/paper.css",
        ],
    )
    def test_nothing_is_fetched_but_our_own_static_files(self, address: str) -> None:
        with pytest.raises(NotOurs):
            OwnFiles().fetch(address)

    def test_the_page_printed_by_a_browser_says_the_same(self, stand: Stand) -> None:
        stand.picture, stand.stamps = DURING, ()
        said = words_of(notice_document(CONFIGURATION, POSTED).html)
        answers = {path: stand.get(path) for path in (f"/notices/{NOTICE_ID}", "/notice.css")}
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            page = chromium.new_page()
            styles = {one.name: one.read_bytes() for one in STATIC.glob("*.css")}

            def answer(route: Route) -> None:
                path = httpx.URL(route.request.url).path
                if path in answers:
                    kind = answers[path].headers["content-type"]
                    route.fulfill(body=answers[path].content, content_type=kind)
                elif (name := path.rpartition("/")[2]) in styles:
                    route.fulfill(body=styles[name], content_type="text/css")
                else:
                    route.abort()

            page.route("**/*", answer)
            page.goto(f"http://portal.example/notices/{NOTICE_ID}")
            browser = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
            chromium.close()
        size = browser.pages[0].mediabox
        assert (float(size.width) * POINT, float(size.height) * POINT) == pytest.approx(
            (210, 297), abs=0.5
        )
        for pdf in (browser, reader(NOTICE)):
            missing = Counter(ordinary(said)) - Counter(text_of(pdf))
            assert not missing, missing


RADICALS = str.maketrans(
    "⻔⻓⻅⻉⻋⻚⻛⻜⻝⻢⻥⻦⻩⻬⻰⻄⻁⺟⺠⻘", "门长见贝车页风飞食马鱼鸟黄齐龙西虎母民青"
)
"""What a PDF calls some characters, and NFKC leaves as it is (CJK Radicals Supplement)."""


def ordinary(text: str) -> str:
    """Without variants of characters and of brackets."""
    return unicodedata.normalize("NFKC", text).translate(RADICALS)


def words_of(html: str) -> str:
    return "".join(BeautifulSoup(html, "html.parser").get_text().split())


class TestPrinter:
    """One worker, however many ask."""

    def test_a_sheet_that_many_ask_for_is_made_once(self) -> None:
        made: list[str] = []

        def slowly(html: str) -> bytes:
            made.append(html)
            return html.encode()

        async def burst() -> list[bytes]:
            printer = Printer(slowly)
            one = Sheet("a", "<p>1</p>")
            first = await asyncio.gather(*(printer.print(one, keep=True) for _ in range(50)))
            return [*first, await printer.print(one, keep=True)]

        assert set(asyncio.run(burst())) == {b"<p>1</p>"}
        assert len(made) == 1

    def test_what_is_personal_is_not_kept(self) -> None:
        made: list[str] = []

        def print_it(html: str) -> bytes:
            made.append(html)
            return b""

        async def twice() -> None:
            printer = Printer(print_it)
            for _ in range(2):
                await printer.print(Sheet("a", "<p>1</p>"), keep=False)

        asyncio.run(twice())
        assert len(made) == 2

    def test_who_comes_when_too_many_wait_is_asked_to_come_back(self) -> None:
        async def burst() -> list[bytes | BaseException]:
            printer = Printer(str.encode)
            asked = (
                printer.print(Sheet("a", str(number)), keep=True) for number in range(WAITING + 1)
            )
            return await asyncio.gather(*asked, return_exceptions=True)

        *served, late = asyncio.run(burst())
        assert all(isinstance(one, bytes) for one in served)
        assert isinstance(late, Busy)

    def test_a_reader_who_leaves_takes_it_from_nobody_else(self) -> None:
        async def one_leaves() -> bytes:
            printer = Printer(str.encode)
            one = Sheet("a", "1")
            leaving = asyncio.create_task(printer.print(one, keep=True))
            staying = asyncio.create_task(printer.print(one, keep=True))
            await asyncio.sleep(0)
            leaving.cancel()
            return await staying

        assert asyncio.run(one_leaves()) == b"1"

    def test_a_reader_who_has_it_costs_nothing(self) -> None:
        app = FastAPI()
        app.state.printer = Printer(lambda html: 1 / 0)  # type: ignore[arg-type,return-value]

        @app.get("/")
        async def page(request: Request) -> Response:
            return await public_pdf(request, NOTICE)

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                return await client.get("/", headers={"if-none-match": f'"{NOTICE.digest}"'})

        assert asyncio.run(ask()).status_code == 304

    def test_a_file_is_called_what_it_is_in_any_language(self) -> None:
        """RFC 5987."""
        assert inline("公示 “a”.pdf") == (
            "inline; filename=\"a.pdf\"; filename*=UTF-8''"
            "%E5%85%AC%E7%A4%BA%20%E2%80%9Ca%E2%80%9D.pdf"
        )
        assert inline("公示.pdf").startswith('inline; filename="document.pdf"; ')


class TestAddresses:
    def test_a_notice_is_served_as_pdf_under_its_address_and_under_its_item(
        self, stand: Stand
    ) -> None:
        stand.picture, stand.stamps = DURING, (STAMP,)
        stand.app.state.printer = Printer(str.encode)
        first = stand.get(f"/notices/{NOTICE_ID}.pdf")
        assert first.headers["content-type"] == "application/pdf"
        assert "filename*=UTF-8''%E5%85%B3%E4%BA%8E" in first.headers["content-disposition"]
        assert stand.get(f"/announcements/notice:{NOTICE_ID}.pdf").content == first.content
        again = stand.get(f"/notices/{NOTICE_ID}.pdf", if_none_match=first.headers["etag"])
        assert again.status_code == 304
        assert f'href="/notices/{NOTICE_ID}.pdf"' in stand.get(f"/notices/{NOTICE_ID}").text

    def test_what_changes_a_notice_changes_its_tag(self, stand: Stand) -> None:
        """S43: no cache gives the withdrawn name back."""
        stand.app.state.printer = Printer(str.encode)
        stand.picture = DURING
        before = stand.get(f"/notices/{NOTICE_ID}.pdf")
        stand.picture = CANCELLED
        after = stand.get(f"/notices/{NOTICE_ID}.pdf", if_none_match=before.headers["etag"])
        assert after.status_code == 200
        assert "测试甲" in before.text
        assert "测试甲" not in after.text

    def test_a_certificate_is_served_until_it_is_taken_back(self, stand: Stand) -> None:
        """P15"""
        stand.app.state.printer = Printer(str.encode)
        stand.picture = ENDED
        assert stand.get("/certificates/GQGJ-2019-001.pdf").status_code == 200
        assert stand.get("/certificates/GQGJ-2019-009.pdf").status_code == 404
        stand.picture = replace(ENDED, honours=(REVOKED, *HONOURS[1:]))
        assert stand.get("/certificates/GQGJ-2019-001.pdf").status_code == 410

    def test_what_is_not_there_is_not_found(self, stand: Stand) -> None:
        stand.picture = DURING
        for path in (
            "/announcements/result:nothing.pdf",
            f"/notices/{DECIDED.campaign_id}.pdf",
            f"/campaigns/{NOTICE_ID}/call.pdf",
        ):
            assert stand.get(path).status_code == 404
