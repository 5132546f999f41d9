"""The official texts of publicity: notice, result, cancellation, decision. Pure.

Each is made from the tables as they stand, every time it is read: a name that has left the tables
is in no text any more. Names and other released fields are escaped by the templates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from services.publicity.views import Honour, Listed, Notice, Withdrawn
from shared.calendar import BEIJING, beijing_date
from shared.contracts.campaign import CampaignConfiguration, NoticePeriod


@dataclass(frozen=True, slots=True)
class Document:
    """A text for the public: HTML of the body, and one sentence that says what it is."""

    title: str
    summary: str
    html: Markup


def chinese_date(day: date) -> str:
    """Such as 2019年12月23日."""
    return f"{day.year}年{day.month}月{day.day}日"


def beijing_day(at: datetime) -> str:
    """The Chinese date of a moment in Beijing."""
    return chinese_date(beijing_date(at))


def beijing_minute(at: datetime) -> str:
    """Such as 2019-12-23 09:00, Beijing time without a zone, as the portals' meta tags have it."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def period_in_words(period: NoticePeriod) -> str:
    """Such as 5个工作日 (P1)."""
    return f"{period.days}个{'工作日' if period.unit == 'working_days' else '自然日'}"


def people_in_words(entries: Sequence[Listed]) -> str:
    """Such as 测试甲等3名同志; one person is named without a number."""
    first = entries[0].name
    return f"{first}同志" if len(entries) == 1 else f"{first}等{len(entries)}名同志"


def texts() -> Environment:
    """The templates of this service with what they need; undefined names are errors."""
    environment = Environment(
        loader=PackageLoader("services.publicity"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment


FILTERS = {
    "chinese_date": chinese_date,
    "beijing_day": beijing_day,
    "beijing_minute": beijing_minute,
    "period_in_words": period_in_words,
    "people_in_words": people_in_words,
}

_TEXTS = texts()


def notice_document(campaign: CampaignConfiguration, notice: Notice) -> Document:
    """The public notice in its official form (S38, P2), without whoever was taken off it."""
    return Document(
        title=f"关于“{campaign.honour}”评选结果的公示",
        summary=(
            f"公示时间：{chinese_date(notice.opens_on)}至{chinese_date(notice.closes_on)}"
            f"（{period_in_words(campaign.notice)}），名单共{len(notice.entries)}人。"
        ),
        html=_html("document_notice.html", campaign=campaign, notice=notice),
    )


def result_document(campaign: CampaignConfiguration, notice: Notice) -> Document:
    """That the window ended, and who is still on the list, by name and unit alone (P3)."""
    return Document(
        title=f"关于“{campaign.honour}”评选公示结果的通告",
        summary=f"公示期于{chinese_date(notice.closes_on)}届满，名单尚有{len(notice.entries)}人。",
        html=_html("document_result.html", campaign=campaign, notice=notice),
    )


def cancellation_document(
    campaign: CampaignConfiguration, notice: Notice, withdrawn: Withdrawn
) -> Document:
    """That a nomination was cancelled (S43).

    Practice names the person, the unit and a short reason here. This text names neither person
    nor unit: from the cancellation on, the name is to be found nowhere on the portal, and the
    unit would betray it. It refers to the nomination by its number, and says what the rule says.
    """
    return Document(
        title="关于取消一名推荐人选评选申报资格的公告",
        summary=f"推荐编号{withdrawn.nomination_id}已取消评选申报资格，并从公示名单中撤下。",
        html=_html(
            "document_cancellation.html", campaign=campaign, notice=notice, withdrawn=withdrawn
        ),
    )


def decision_document(campaign: CampaignConfiguration, honours: Sequence[Honour]) -> Document:
    """The decision by which the committee conferred the title (S40, P14), with the list."""
    number = honours[0].decision_number
    return Document(
        title=f"关于授予“{campaign.honour}”荣誉称号的决定",
        summary=f"{number}：授予{len(honours)}名同志“{campaign.honour}”荣誉称号。",
        html=_html("document_decision.html", campaign=campaign, number=number, honours=honours),
    )


def by_decision(honours: Sequence[Honour]) -> dict[str, tuple[Honour, ...]]:
    """Honours by the number of the decision that conferred them, in the order given."""
    decisions: dict[str, list[Honour]] = {}
    for honour in honours:
        decisions.setdefault(honour.decision_number, []).append(honour)
    return {number: tuple(conferred) for number, conferred in decisions.items()}


def _html(template: str, **values: object) -> Markup:
    return Markup(_TEXTS.get_template(template).render(values))  # noqa: S704 - autoescaped
