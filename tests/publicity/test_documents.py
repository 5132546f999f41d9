"""The official texts, word by word, and what is never in them."""

from dataclasses import replace

from bs4 import BeautifulSoup

from services.publicity.documents import (
    beijing_minute,
    by_decision,
    cancellation_document,
    decision_document,
    notice_document,
    result_document,
)
from shared.contracts.campaign import NoticePeriod
from tests.publicity.pictures import HONOURS, LISTED, OVER, POSTED, WITHOUT_JIA
from tests.publicity.stories import CONFIGURATION, JIA, OPENING


def words(html: str) -> str:
    """The text of a page without its spaces."""
    return "".join(BeautifulSoup(html, "html.parser").get_text().split())


class TestNotice:
    def test_reads_as_the_official_form_has_it(self) -> None:
        """S38, P2: basis, procedure, names, window, how to object, contact, sign-off."""
        document = notice_document(CONFIGURATION, POSTED)
        text = words(document.html)
        assert document.title == "关于“港区工匠”评选结果的公示"
        for sentence in (
            "根据《关于开展“港区工匠”评选活动的通知》（嘉港区办〔2019〕60号）要求，",
            "经推荐申报、资格初审、综合评审、领导小组审定，",
            "拟授予阿·测试丙等3名同志“港区工匠”荣誉称号。现将名单予以公示（按姓氏笔画排序）。",
            "公示时间：2019年12月23日至2019年12月27日（5个工作日）。",
            "以书面形式向嘉兴港区“港区工匠”评选活动领导小组办公室实名反映（信函以当地邮戳为准）",
            "匿名、冒名或逾期的异议不予受理，我们对反映人信息予以保密。",
            "受理部门测试受理部门电话0573-00000009地址嘉兴港区示例路9号（虚构）",
            "邮编000000电子邮箱yiyi@example.com",
            "附件：“港区工匠”拟授予人选名单序号姓名性别工作单位岗位（工种）推荐单位",
            "嘉兴港区“港区工匠”评选活动领导小组办公室（公章）2019年12月23日",
        ):
            assert sentence in text

    def test_lists_everybody_in_the_columns_of_the_form(self) -> None:
        """P2, P3: what the columns name and nothing else."""
        page = BeautifulSoup(notice_document(CONFIGURATION, POSTED).html, "html.parser")
        rows = [[cell.text for cell in row("td")] for row in page("tr")[1:]]
        assert rows[0] == [
            "1",
            "阿·测试丙",
            "男",
            "虚构石化示例有限公司",
            "检修钳工",
            "虚构石化示例有限公司",
        ]
        assert [row[1] for row in rows] == ["阿·测试丙", "测试乙", "测试甲"]

    def test_counts_in_the_unit_of_the_campaign(self) -> None:
        """P1: some campaigns post for natural days."""
        period = NoticePeriod(days=7, unit="days", count_publication_day=True)
        configuration = CONFIGURATION.model_copy(update={"notice": period})
        assert "（7个自然日）" in words(notice_document(configuration, POSTED).html)

    def test_names_one_person_without_a_number(self) -> None:
        alone = replace(POSTED, entries=LISTED[2:])
        assert "拟授予测试甲同志“港区工匠”" in words(notice_document(CONFIGURATION, alone).html)

    def test_forgets_the_withdrawn_but_not_the_withdrawal(self) -> None:
        """S43: number, day and ground stay, the name does not."""
        document = notice_document(CONFIGURATION, WITHOUT_JIA)
        text = words(document.html)
        assert "测试甲" not in document.html + document.summary
        assert "等2名同志" in text
        assert f"推荐编号{JIA}因弄虚作假查实，已于2019年12月25日取消评选申报资格" in text

    def test_stands_even_with_nobody_left(self) -> None:
        """S43."""
        text = words(notice_document(CONFIGURATION, replace(WITHOUT_JIA, entries=())).html)
        assert "已全部从名单中撤下" in text
        assert "序号" not in text

    def test_says_when_the_window_is_over(self) -> None:
        """P1."""
        assert "公示期已届满" in words(notice_document(CONFIGURATION, OVER).html)
        assert "公示期已届满" not in words(notice_document(CONFIGURATION, POSTED).html)

    def test_shows_what_was_released_as_text_never_as_markup(self) -> None:
        """A unit may call itself what it likes."""
        sly = replace(LISTED[0], employer="<script>alert('甲')</script>&公司")
        html = notice_document(CONFIGURATION, replace(POSTED, entries=(sly,))).html
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_a_result_names_who_is_left_by_name_and_unit() -> None:
    """P3: shrunk to what the result needs."""
    document = result_document(CONFIGURATION, OVER)
    text = words(document.html)
    assert "仍在名单上的人选共2人：阿·测试丙（虚构石化示例有限公司）测试乙（" in text
    assert "检修钳工" not in text
    assert "测试甲" not in text
    nobody = words(result_document(CONFIGURATION, replace(OVER, entries=())).html)
    assert "公示名单中的人选已全部撤下。" in nobody


def test_a_cancellation_names_neither_the_person_nor_the_unit() -> None:
    """S43: the number of the nomination and the words of the rule."""
    document = cancellation_document(CONFIGURATION, WITHOUT_JIA, WITHOUT_JIA.withdrawn[0])
    text = words(document.html) + document.title + document.summary
    assert f"推荐编号{JIA}" in text
    assert "对有弄虚作假的，一经查实，立即取消评选申报资格" in text
    assert "测试" not in text.replace("测试数据", "")
    assert "虚构石化" not in text


def test_a_decision_is_the_committees() -> None:
    """S40, P14: who confers what on whom, under which numbers."""
    text = words(decision_document(CONFIGURATION, HONOURS).html)
    assert text.startswith("嘉港区管〔2020〕1号")
    assert "嘉兴港区开发建设管理委员会决定授予下列2名同志“港区工匠”荣誉称号" in text
    assert "1阿·测试丙虚构石化示例有限公司GQGJ-2019-001" in text
    assert text.endswith("嘉兴港区开发建设管理委员会（公章）2020年1月3日")


def test_honours_go_by_their_decision() -> None:
    """P14: one document for each decision."""
    other = replace(HONOURS[0], decision_number="嘉港区管〔2020〕2号")
    assert by_decision((HONOURS[0], other, HONOURS[1])) == {
        "嘉港区管〔2020〕1号": HONOURS,
        "嘉港区管〔2020〕2号": (other,),
    }


def test_the_portals_write_beijing_time_without_a_zone() -> None:
    """国办发〔2017〕47号: YYYY-MM-DD HH:MM."""
    assert beijing_minute(OPENING) == "2019-12-23 09:00"
