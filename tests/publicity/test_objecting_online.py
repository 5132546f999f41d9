"""The public form over real HTTP and PostgreSQL: drafts, receipts, files, limits (P4, P5)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from bs4 import BeautifulSoup

from services.publicity import drafts, limits, objecting, receipts, uploads, visitors
from services.publicity.limits import Limit, network_of
from services.publicity.objection import OBJECTION
from services.publicity.sniffing import MOST_BYTES
from shared.personal import vault_of
from tests.actors import AUDITOR, EXPERT, INVESTIGATOR, OFFICE, actor
from tests.publicity import stories
from tests.publicity.handed_in import jpeg, pdf, png
from tests.publicity.stories import ENTRIES, JIA, MEANWHILE
from tests.publicity.test_desk import Place, by, place
from tests.serving import visiting

__all__ = ["place"]

NAME, CONTACT = "测试具名人", "0573-00000042"
FACTS = "该人选所报技术成果于二〇一八年由他人完成，附当年项目文件为证。"
WHO = {"nomination_id": str(JIA), "reporter": NAME, "contact": CONTACT, "allegation": FACTS}


@pytest.fixture
def client(place: Place) -> Iterator[httpx.Client]:
    with psycopg.connect(place.database_url) as connection:
        connection.execute("DELETE FROM form_buckets")
    with visiting(place.address) as one:
        yield one


def soup(answer: httpx.Response) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def hidden(answer: httpx.Response, name: str = "draft") -> str:
    field = soup(answer).select_one(f"main input[name={name}]")
    assert field is not None, answer.text
    return str(field["value"])


def opened(client: httpx.Client) -> str:
    return hidden(client.get("/objections/new"))


def send(
    client: httpx.Client, token: str, *files: tuple[str, str, bytes], **fields: str
) -> httpx.Response:
    said = {"draft": token, "objector": "person", **WHO, "action": "send", **fields}
    parts: list[Any] = [(name, (None, value)) for name, value in said.items()]
    parts += [(part, (name, content)) for part, name, content in files]
    return client.post("/objections/new", files=parts)


def code_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    code = soup(answer).select_one("#code")
    assert code is not None, answer.text
    return code.text


def status(client: httpx.Client, code: str) -> httpx.Response:
    return client.post("/objections/status", data={"code": code})


def key_of(place: Place, code: str) -> UUID:
    vault = vault_of(place.application.settings)
    try:
        keys = receipts.form_keys(place.application, vault)
        return receipts.objection_of(place.application, keys, code)
    finally:
        vault.close()


def events(place: Place, key: UUID) -> list[Any]:
    return [one.event for one in place.application.log.load([key])]


def raised(place: Place) -> int:
    with psycopg.connect(place.database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM stored_events WHERE topic = 'objection_raised.v1'"
        ).fetchone()
    assert row is not None
    return int(row[0])


def faults(answer: httpx.Response) -> str:
    alert = soup(answer).select_one('[role="alert"]')
    assert alert is not None, answer.text
    return alert.text


class TestSending:
    def test_gives_a_code_and_stores_nobody_in_the_clear(
        self, place: Place, client: httpx.Client
    ) -> None:
        """P4, P3: neither name nor contact, nor the code, nor what the files say."""
        secret = b"%canary-in-the-file-4711"
        answer = send(client, opened(client), ("files", "张三的材料.pdf", pdf(secret)))
        code = code_of(answer)
        assert re.fullmatch(r"([0-9A-Z]{4}-){4}[0-9A-Z]{4}", code)
        assert "no-store" in answer.headers["cache-control"]
        [event, supplemented] = events(place, key_of(place, code))
        assert isinstance(event, objecting.ObjectionRaised)
        assert event.reporter is not None
        assert event.contact is not None
        assert isinstance(supplemented, objecting.ObjectionSupplemented)
        stored = place.stored() + all_bytes(place)
        for canary in (NAME, CONTACT, code, code.replace("-", ""), secret.decode(), "张三的材料"):
            assert canary not in stored
            assert canary.encode().hex() not in stored

    def test_by_a_unit_needs_a_seal(self, place: Place, client: httpx.Client) -> None:
        """P4."""
        unit = {"objector": "unit", "reporter": "虚构船舶示例有限公司"}
        answer = send(client, opened(client), **unit)
        assert answer.status_code == 422
        assert "公章" in faults(answer)
        answer = send(client, hidden(answer), ("seal", "盖章.png", png()), **unit)
        [event, supplemented] = events(place, key_of(place, code_of(answer)))
        assert event.objector == "unit"
        assert [one.part for one in supplemented.enclosed] == ["seal"]

    @pytest.mark.parametrize(
        ("field", "value", "rule"),
        [
            ("nomination_id", "", "P4"),
            ("objector", "", "P4"),
            ("reporter", "", "P4"),
            ("reporter", "匿名", "P4"),
            ("contact", "有", "P4"),
            ("allegation", "他不行", "P4"),
            ("allegation", FACTS + NAME, "P4"),
            ("allegation", FACTS + "电话15400000001", "P3"),
            ("allegation", FACTS * 40, "P4"),
            ("reporter", "测\u0007试", "P4"),
        ],
    )
    def test_without_what_must_be_there_comes_back_filled_and_says_where(
        self, place: Place, client: httpx.Client, field: str, value: str, rule: str
    ) -> None:
        """P3, P4: by rule and field; nothing is raised, a file is kept."""
        before = raised(place)
        answer = send(client, opened(client), ("files", "a.pdf", pdf()), **{field: value})
        assert answer.status_code == 422
        page = soup(answer)
        assert page.select_one(f'[role="alert"] a[href="#{field}"]') is not None
        assert rule in faults(answer)
        assert page.select_one(f"#{field}[aria-invalid=true]") is not None
        kept = page.select_one("#contact")
        assert kept is not None
        assert kept["value"] == (value if field == "contact" else CONTACT)
        assert "a.pdf" in page.select(".taken li")[0].text
        assert raised(place) == before
        code_of(send(client, hidden(answer)))

    def test_twice_is_one_objection_with_one_code(self, place: Place, client: httpx.Client) -> None:
        """P4: two clicks, a reload, the way back."""
        token, before = opened(client), raised(place)
        codes = {code_of(send(client, token, ("files", "a.pdf", pdf()))) for _ in range(3)}
        assert len(codes) == 1
        assert raised(place) == before + 1

    def test_something_else_with_the_same_form_never_shows_the_first_code(
        self, place: Place, client: httpx.Client
    ) -> None:
        """P4: the next person at the same machine goes back to the form."""
        token = opened(client)
        code = code_of(send(client, token))
        answer = send(client, token, reporter="测试另一人")
        assert answer.status_code == 409
        assert code not in answer.text
        assert code_of(send(client, hidden(answer), reporter="测试另一人")) != code

    def test_after_the_window_is_recorded_and_says_what_follows(
        self, place: Place, client: httpx.Client
    ) -> None:
        """P4: late, and not turned away at the door."""
        clock: Any = place.application.clock
        clock.set(stories.LATER, "operator")
        try:
            assert "公示期已满" in client.get("/objections/new").text
            answer = send(client, opened(client))
            code = code_of(answer)
            assert "逾期不予受理" in answer.text
            [event] = events(place, key_of(place, code))
            assert event.day == date(2020, 1, 3)
        finally:
            clock.set(MEANWHILE, "operator")


def all_bytes(place: Place) -> str:
    with psycopg.connect(place.database_url) as connection:
        rows = connection.execute("SELECT box FROM objection_file_pieces").fetchall()
        rows += connection.execute("SELECT box FROM objection_drafts").fetchall()
    return "".join(bytes(box).hex() for (box,) in rows)


class TestDrafts:
    def test_survive_a_form_whose_time_is_over(
        self, place: Place, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It comes back filled, with its files, and is sent by one more click."""
        token, before = opened(client), raised(place)
        with monkeypatch.context() as later:
            later.setattr(drafts, "LASTS", -1)
            answer = send(client, token, ("files", "a.png", png()))
        assert answer.status_code == 409
        assert "超时" in faults(answer)
        assert FACTS in answer.text
        assert "a.png" in answer.text
        assert raised(place) == before
        code = code_of(send(client, hidden(answer)))
        assert len(events(place, key_of(place, code))) == 2

    def test_of_another_browser_are_not_sent(self, place: Place, client: httpx.Client) -> None:
        """CSRF: a token without its cookie, a cookie without its token, another site."""
        token, before = opened(client), raised(place)
        with visiting(place.address) as other:
            assert send(other, token).status_code == 409
        assert send(client, "forged").status_code == 409
        assert send(client, "").status_code == 409
        client.headers["origin"] = "https://elsewhere.example"
        assert send(client, token).status_code == 403
        assert raised(place) == before

    def test_are_saved_without_being_sent_and_files_are_taken_out(
        self, place: Place, client: httpx.Client
    ) -> None:
        before = raised(place)
        saved = send(client, opened(client), ("files", "a.png", png()), action="save", reporter="")
        assert saved.status_code == 200
        assert "草稿已保存" in saved.text
        drop = str(soup(saved).select("input[name=drop]")[0]["value"])
        assert "a.png" not in send(client, hidden(saved), action="save", drop=drop).text
        assert raised(place) == before

    def test_are_gone_after_a_week(self, place: Place, client: httpx.Client) -> None:
        """And the files of what was never sent; what was sent stays."""
        code = code_of(send(client, opened(client), ("files", "kept.png", png(4, 4))))
        send(client, opened(client), ("files", "a.png", png()), action="save")
        with psycopg.connect(place.database_url) as connection:
            connection.execute("UPDATE objection_drafts SET touched_at = now() - interval '8 days'")
            connection.execute("UPDATE objection_files SET taken_at = now() - interval '8 days'")
        visitors.forget(place.application)
        with psycopg.connect(place.database_url) as connection:
            assert connection.execute("SELECT 1 FROM objection_drafts").fetchall() == []
            left = connection.execute("SELECT sealed IS NULL FROM objection_files").fetchall()
            of_it = connection.execute(
                "SELECT 1 FROM objection_files WHERE objection_id = %s", (key_of(place, code),)
            ).fetchall()
        assert (True,) not in left
        assert len(of_it) == 1


class TestFiles:
    def test_that_are_not_taken_are_named_and_the_others_kept(
        self, place: Place, client: httpx.Client
    ) -> None:
        """P4."""
        answer = send(
            client,
            opened(client),
            ("files", "fine.pdf", pdf()),
            ("files", "page.png", b"<html><script>alert(1)</script>"),
            ("files", "<b>x</b>.jpg", jpeg() + b"PK"),
        )
        assert answer.status_code == 422
        assert "“page.png”：只接收" in faults(answer)
        assert "<b>x" not in answer.text
        assert (
            next(line.text.split("（")[0].strip() for line in soup(answer).select(".taken li span"))
            == "证据材料：fine.pdf"
        )

    def test_are_five_of_ten_megabytes(self, place: Place, client: httpx.Client) -> None:
        """P4: the sixth and the eleventh megabyte are refused in words."""
        many = [("files", f"{n}.png", png(n, n)) for n in range(1, 7)]
        answer = send(client, opened(client), *many)
        assert answer.status_code == 422
        assert "至多5份" in faults(answer)
        large = pdf(bytes(MOST_BYTES))
        answer = send(client, opened(client), ("files", "large.pdf", large))
        assert "10 MB" in faults(answer)
        assert uploads.HELD == [0]

    def test_leave_as_downloads_for_a_purpose_on_record(
        self, place: Place, client: httpx.Client
    ) -> None:
        """P4: the event first; never shown in a page."""
        content = pdf(bytes(300_000))
        key = key_of(place, code_of(send(client, opened(client), ("files", "a.pdf", content))))
        listed = client.get(f"/desk/objections/{key}", headers=by(place, OFFICE))
        sha256 = events(place, key)[1].enclosed[0].sha256
        to = f"/desk/objections/{key}/documents/{sha256}"
        assert f'action="{to}"' in listed.text
        purpose = {"purpose": "核对项目文件"}
        for who in (EXPERT, AUDITOR, actor("desk")):
            assert client.post(to, data=purpose, headers=by(place, who)).status_code == 403
        colleague = actor("investigator", organisation=ENTRIES[JIA].employer)
        assert client.post(to, data=purpose, headers=by(place, colleague)).status_code == 409
        assert client.post(to, headers=by(place, OFFICE)).status_code == 422
        assert len(events(place, key)) == 2
        answer = client.post(to, data=purpose, headers=by(place, INVESTIGATOR))
        assert answer.content == content
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert events(place, key)[2] == objecting.DocumentOpened(
            nomination_id=JIA, campaign_id=stories.CAMPAIGN, sha256=sha256, purpose="核对项目文件"
        )

    def test_are_erased_with_the_reporter(self, place: Place, client: httpx.Client) -> None:
        """P17: the keys that the event names are the keys of the files."""
        key = key_of(place, code_of(send(client, opened(client), ("files", "a.pdf", pdf()))))
        state: Any = OBJECTION.fold(events(place, key))
        sha256 = events(place, key)[1].enclosed[0].sha256
        vault = vault_of(place.application.settings)
        try:
            vault.destroy_keys({one.key: one.purpose for one in state.facts.keys})
        finally:
            vault.close()
        to = f"/desk/objections/{key}/documents/{sha256}"
        answer = client.post(to, data={"purpose": "再看一次"}, headers=by(place, OFFICE))
        assert answer.status_code == 410


class TestStatus:
    def test_tells_stages_and_never_who(self, place: Place, client: httpx.Client) -> None:
        """P4, P5: however the code is copied."""
        code = code_of(send(client, opened(client)))
        key = key_of(place, code)
        place.give(OBJECTION, key, stories.accept())
        place.give(OBJECTION, key, stories.conclude("unfounded"))
        page = status(client, " " + code.lower().replace("-", " ") + " ")
        for words in ("收到异议", "予以受理", "核查已有结论", "尚无书面答复"):
            assert words in page.text
        place.give(OBJECTION, key, stories.answer())
        page = status(client, code)
        assert "已有书面答复" in page.text
        for private in (NAME, CONTACT, FACTS, ENTRIES[JIA].name, str(JIA), str(key)):
            assert private not in page.text

    @pytest.mark.parametrize("code", ["", "ABCD", "0000-0000-0000-0000-0001", "0000-" * 4 + "0000"])
    def test_of_no_objection_is_refused_in_words(self, client: httpx.Client, code: str) -> None:
        """P4: a wrong digit is noticed before anything is looked up."""
        answer = status(client, code)
        assert answer.status_code == 404
        assert "回执编号" in faults(answer)

    def test_takes_more_documents_once_each(self, place: Place, client: httpx.Client) -> None:
        """P5."""
        page = status(client, code := code_of(send(client, opened(client))))
        for expected in (2, 2):
            page = client.post(
                "/objections/status/documents",
                data={"case": hidden(page, "case")},
                files=[("files", ("more.jpg", jpeg()))],
            )
            assert page.status_code == 200, faults(page)
            assert len(events(place, key_of(place, code))) == expected
        bad = client.post(
            "/objections/status/documents",
            data={"case": hidden(page, "case")},
            files=[("files", ("more.jpg", b"MZ"))],
        )
        assert bad.status_code == 422

    def test_takes_it_back_after_a_second_thought(self, place: Place, client: httpx.Client) -> None:
        """P5: the box must be ticked; a foreign or old page does nothing."""
        page = status(client, code := code_of(send(client, opened(client))))
        to, case = "/objections/status/withdraw", hidden(page, "case")
        assert client.post(to, data={"case": case}).status_code == 422
        with visiting(place.address) as other:
            assert other.post(to, data={"case": case, "sure": "1"}).status_code == 409
        assert len(events(place, key_of(place, code))) == 1
        assert "已撤回" in client.post(to, data={"case": case, "sure": "1"}).text
        again = client.post(to, data={"case": case, "sure": "1"})
        assert again.status_code == 409
        assert [type(one).name for one in events(place, key_of(place, code))] == [
            "objection_raised",
            "objection_withdrawn",
            "objection_closed",
        ]


class TestLimits:
    def test_answer_429_in_words_and_keep_the_draft(
        self, place: Place, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        few = (replace(limits.FORMS[0], size=2), limits.FORMS[1])
        monkeypatch.setattr(limits, "FORMS", few)
        token, before = opened(client), raised(place)
        for _ in range(2):
            token = hidden(send(client, token, reporter=""))
        answer = send(client, token, ("files", "a.png", png()))
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 60
        assert "过于频繁" in faults(answer)
        assert NAME in answer.text
        assert FACTS in answer.text
        assert raised(place) == before
        monkeypatch.undo()
        with psycopg.connect(place.database_url) as connection:
            connection.execute("DELETE FROM form_buckets")
        code_of(send(client, hidden(answer)))

    def test_are_no_hindrance_to_many_behind_one_address(
        self, place: Place, client: httpx.Client
    ) -> None:
        """An office with one address: fifty forms in a row."""
        taken = limiter(place)
        assert [taken.take(limits.FORMS, "192.0.2.7", date(2019, 12, 25)) for _ in range(50)] == [
            0
        ] * 50

    def test_stop_one_network_and_no_other_until_it_is_full_again(
        self, place: Place, client: httpx.Client
    ) -> None:
        taken, today = limiter(place), date(2019, 12, 25)
        pair = (Limit("own", 2, 60), Limit("all", 4, 60))
        answers = [taken.take(pair, f"192.0.2.{last}", today) for last in (1, 2, 3)]
        assert answers[:2] == [0, 0]
        assert 0 < answers[2] <= 60
        others = [taken.take(pair, address, today) for address in ("198.51.100.1", "203.0.113.1")]
        assert others == [0, 0]
        assert taken.take(pair, "233.252.0.1", today) > 0
        with psycopg.connect(place.database_url) as connection:
            connection.execute("UPDATE form_buckets SET at = at - interval '2 minutes'")
        assert taken.take(pair, "192.0.2.9", today) == 0

    def test_know_a_network_and_nobody_in_it(self) -> None:
        assert network_of("192.0.2.77") == network_of("::ffff:192.0.2.1") == "192.0.2.0/24"
        assert network_of("2001:db8:0:12::1") == network_of("2001:db8:0:34::2")
        assert network_of("2001:db8:0:100::1") != network_of("2001:db8::1")
        assert network_of("a proxy") == "unknown"


def limiter(place: Place) -> limits.Limits:
    return limits.Limits(place.application, receipts.FormKeys(b"k" * 32))


def test_a_wrong_digit_of_a_code_is_always_noticed() -> None:
    code = receipts.plain(receipts.FormKeys(b"k" * 32).code(b"s" * 16))
    for at, right in enumerate(code):
        for wrong in set(receipts.ALPHABET) - {right}:
            with pytest.raises(receipts.UnknownReceipt):
                receipts.plain(code[:at] + wrong + code[at + 1 :])


def test_a_form_that_is_cut_off_or_endless_is_refused(place: Place, client: httpx.Client) -> None:
    """No fault, and nothing stays in memory."""
    kind = {"content-type": "multipart/form-data; boundary=x"}
    for body in (
        b"",
        b"--x\r\n",
        b"nothing",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb',
    ):
        assert client.post("/objections/new", content=body, headers=kind).status_code == 400
    assert client.post("/objections/new", content=b"{}").status_code == 415
    long = {"allegation": "字" * 40_000}
    assert send(client, opened(client), **long).status_code == 413
    assert uploads.HELD == [0]
